//! Looks after the slot while it streams.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use super::control::Control;
use super::headroom::{Headroom, Outlook};
use super::looks::{Look, Looks};
use super::publication::Memberships;
use super::slot_health::SlotHealth;
use super::status::SourceStatus;
use super::{attest, publication, slot};
use crate::model::{Code, Fault, limits};

/// What is watched.
pub(super) struct Watched<'a> {
    /// The slot.
    pub slot: &'a str,
    /// The publication.
    pub publication: &'a str,
    /// `server_version_num`.
    pub version: i32,
    /// What was published when the stream began.
    pub memberships: &'a Memberships,
    /// When that was seen to be so still.
    pub looks: &'a Mutex<Looks>,
    /// Some of it could not be copied: when to try again.
    pub look_again: Option<Instant>,
}

impl Watched<'_> {
    async fn is_published_anew(&self, control: &Control) -> bool {
        if self.look_again.is_some_and(|moment| moment <= Instant::now()) {
            return true;
        }
        // Somebody may have locked one of the tables, for which the server waits from 16 on; a lost
        // connection shows at the next look at the slot.
        let Ok(look) = Look::now(control).await else { return false };
        match publication::memberships(control, self.version, self.publication).await {
            Ok(memberships) if memberships == *self.memberships => {
                self.looks.lock().unwrap_or_else(PoisonError::into_inner).add(look);
                false
            }
            found => found.is_ok(),
        }
    }
}

/// Looks at the slot at intervals, and less often at the publication; returns when other tables are
/// published, or when the stream has to be begun anew for another reason.
///
/// A server that shuts down closes this session first, and then waits for walsenders until their
/// clients have confirmed everything. Hanging up then is what keeps a publisher that is behind
/// from holding up the shutdown of the CRM's database.
pub(super) async fn watch_slot(
    control: &mut Control,
    watched: &Watched<'_>,
    status: &watch::Sender<SourceStatus>,
) -> Result<(), Fault> {
    let &Watched { slot: name, publication, version, .. } = watched;
    slot::expire_when_silent(control, version).await?;
    let patience = limits::WATCH_LOCK_TIMEOUT.as_millis();
    control.execute(&format!("SET lock_timeout = {patience}")).await?;
    let (mut headroom, mut outlook) = (Headroom::default(), Outlook::default());
    // The first look was before the stream.
    let pause = limits::ATTESTATION_INTERVAL;
    let mut attest = interval_at(Instant::now() + pause, pause);
    attest.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tables = interval(limits::PUBLICATION_CHECK_INTERVAL);
    tables.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut look = interval(limits::SLOT_CHECK_INTERVAL);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            fault = control.closed() => return Err(fault),
            _ = attest.tick() => {
                // What cannot be seen now is looked at again.
                if let Ok(observed) = attest::observe(control, version, publication, name).await {
                    status.send_modify(|status| status.observed = Some(Arc::new(observed)));
                }
                continue;
            }
            _ = tables.tick() => {
                if watched.is_published_anew(control).await {
                    return Ok(());
                }
                continue;
            }
            _ = look.tick() => {}
        }
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
