//! The daemon as `lawtail run` starts it, on the demonstration's database.

use std::net::SocketAddr;

use tokio::sync::{oneshot, watch};

use super::Followed;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Code, Fault};
use crate::policy;
use crate::shell::daemon::{Following, Watchers, follow};
use crate::shell::signing::Signing;
use crate::shell::source::postgres::{Address, SourceSettings};
use crate::shell::store::StoreSettings;

/// Block cache of the store, in bytes.
const CACHE_BYTES: u64 = 20 << 20;

/// Log that the throwaway server may keep, in bytes.
const SLOT_BUDGET: u64 = 1 << 30;

/// Follows until the watch says `true`.
pub async fn run(
    followed: Followed,
    mut stopped: watch::Receiver<bool>,
    listening: oneshot::Sender<SocketAddr>,
) -> Result<(), Fault> {
    let policies = policy::compile(&followed.policies).map_err(|faults| {
        let broken = || Fault::new(Code::POL_002, "the demonstration's policies are broken");
        faults.into_iter().next().unwrap_or_else(broken)
    })?;
    let following = Following {
        source: SourceSettings::new(
            Address::parse(&followed.database_url)?,
            followed.slot,
            followed.publication,
            followed.store.clone(),
        ),
        policies,
        watched: None,
        store: StoreSettings { folder: followed.store, cache_bytes: CACHE_BYTES, key: None },
        pseudonyms: Pseudonymizer::new(&followed.pseudonym_key),
        events: Some(followed.events),
        rotate: None,
        kafka: None,
        webhook: None,
        listen: followed.listen,
        tokens: Vec::new(),
        signing: Signing::default(),
        slot_budget: SLOT_BUDGET,
    };
    let (copy, _) = watch::channel(None);
    let stop = async move {
        // An error means that nobody is left who could say it.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    follow(following, Watchers { listening, copy }, stop).await
}
