//! Looks after the slot while it streams.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use super::control::Control;
use super::headroom::{Headroom, Outlook};
use super::slot_health::SlotHealth;
use super::status::SourceStatus;
use super::{attest, slot};
use crate::model::{Code, Fault, limits};

/// Looks at the slot at intervals; returns when the stream has to be begun anew.
///
/// A server that shuts down closes this session first, and then waits for walsenders until their
/// clients have confirmed everything. Hanging up then is what keeps a publisher that is behind
/// from holding up the shutdown of the CRM's database.
pub(super) async fn watch_slot(
    control: &mut Control,
    watched: Watched<'_>,
    status: &watch::Sender<SourceStatus>,
) -> Fault {
    match watch_on(control, watched, status).await {
        Ok(never) => match never {},
        Err(fault) => fault,
    }
}

/// What is watched.
#[derive(Clone, Copy)]
pub(super) struct Watched<'a> {
    /// The slot.
    pub slot: &'a str,
    /// The publication.
    pub publication: &'a str,
    /// Our own application name.
    pub application_name: &'a str,
    /// `server_version_num`.
    pub version: i32,
}

async fn watch_on(
    control: &mut Control,
    watched: Watched<'_>,
    status: &watch::Sender<SourceStatus>,
) -> Result<Infallible, Fault> {
    let Watched { slot: name, publication, application_name, version } = watched;
    slot::expire_when_silent(control, version).await?;
    let (mut headroom, mut outlook, mut locked) = (Headroom::default(), Outlook::default(), false);
    // The first look was before the stream.
    let pause = limits::ATTESTATION_INTERVAL;
    let mut attest = interval_at(Instant::now() + pause, pause);
    attest.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut look = interval(limits::SLOT_CHECK_INTERVAL);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            fault = control.closed() => return Err(fault),
            _ = attest.tick() => {
                let observed = attest::observe(control, version, publication, name).await?;
                status.send_modify(|status| status.observed = Some(Arc::new(observed)));
                continue;
            }
            _ = look.tick() => {}
        }
        // The session of a run before may have held it until now.
        locked = locked || slot::lock(control, application_name).await?;
        let Some(slot) = slot::look(control, name, version).await? else {
            return Err(Fault::new(Code::PG_008, "the slot is gone"));
        };
        if let Some(reason) = slot.health.invalid() {
            let cause = format!("the server has given up on the slot: {reason}");
            return Err(Fault::new(Code::PG_008, cause));
        }
        let now = headroom.look(&slot.health, slot.flushed.time);
        say(&slot.health, outlook, now);
        outlook = now;
        status.send_modify(|status| {
            status.confirmed = slot.confirmed;
            status.retained_bytes = slot.retained_bytes;
            status.flushed = Some(slot.flushed);
            status.slot = Some(slot.health);
            status.outlook = outlook;
        });
    }
}

/// Says that the slot comes near its end, and that it is safe again, once each.
fn say(slot: &SlotHealth, before: Outlook, now: Outlook) {
    let left = slot.safe_wal_bytes;
    if now.low && !before.low {
        tracing::error!(
            safe_wal_bytes = left,
            limit_bytes = slot.limit_bytes,
            loss_expected = now.loss.map(|time| time.to_string()),
            "the server will soon give up on the slot: raise max_slot_wal_keep_size, or see why \
             lawtail's events are not taken"
        );
    } else if before.low && !now.low {
        tracing::info!(safe_wal_bytes = left, "the slot is safe again");
    }
}
