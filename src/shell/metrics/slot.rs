//! Metrics of the slot and of the database around it.

use prometheus::{GaugeVec, IntCounterVec, IntGauge, IntGaugeVec};

use super::registration::Registration;
use super::signed;
use crate::model::Timestamp;
use crate::shell::source::postgres::{Check, Outlook, SlotHealth};

/// Values of `wal_status` (PostgreSQL manual, `pg_replication_slots`).
const WAL_STATUSES: [&str; 4] = ["reserved", "extended", "unreserved", "lost"];

/// See the module. What a server is too old to tell has no series.
pub(super) struct SlotMetrics {
    wal_status: IntGaugeVec,
    safe: IntGaugeVec,
    limit: IntGaugeVec,
    low: IntGauge,
    loss: GaugeVec,
    inactive_since: GaugeVec,
    conflicting: IntGaugeVec,
    failover: IntGaugeVec,
    synced: IntGaugeVec,
    idle_timeout: IntGaugeVec,
    attested: IntGaugeVec,
    schema_changes: IntCounterVec,
}

impl SlotMetrics {
    pub fn new(register: &Registration) -> Self {
        let gauge = |name, help| register.gauges(name, help, &[]);
        SlotMetrics {
            wal_status: register.gauges(
                "slot_wal_status",
                "1 for the slot's wal_status, 0 for the others.",
                &["status"],
            ),
            safe: gauge(
                "slot_safe_wal_bytes",
                "Log that can be written before the slot is in danger; absent without a limit.",
            ),
            limit: gauge("slot_wal_limit_bytes", "max_slot_wal_keep_size; absent without a limit."),
            low: register.gauge(
                "slot_wal_low",
                "1 while little of max_slot_wal_keep_size is left to the slot.",
            ),
            loss: register.absent_moment(
                "slot_loss_expected_timestamp_seconds",
                "When the slot is lost if nothing changes; absent while its room does not shrink.",
            ),
            inactive_since: register.absent_moment(
                "slot_inactive_since_timestamp_seconds",
                "Since when nobody uses the slot; absent while it is used.",
            ),
            conflicting: gauge("slot_conflicting", "1 when the slot conflicted with recovery."),
            failover: gauge("slot_failover", "1 when standbys may keep a copy of the slot."),
            synced: gauge("slot_synced", "1 when the slot came from another server as a copy."),
            idle_timeout: gauge(
                "slot_idle_timeout_seconds",
                "idle_replication_slot_timeout; absent where it is off.",
            ),
            attested: register.gauges(
                "attestation_ok",
                "1 when the database is as it was and as it should be.",
                &["check"],
            ),
            schema_changes: register.counters(
                "schema_changes_total",
                "Schema changes reported by the event triggers, by command.",
                &["command"],
            ),
        }
    }

    pub fn slot(&self, slot: &SlotHealth, outlook: Outlook) {
        for status in WAL_STATUSES {
            let is = i64::from(slot.wal_status == status);
            self.wal_status.with_label_values(&[status]).set(is);
        }
        self.low.set(i64::from(outlook.low));
        set_or_reset(&self.safe, slot.safe_wal_bytes.map(signed));
        set_or_reset(&self.limit, slot.limit_bytes.map(signed));
        set_or_reset(&self.conflicting, slot.conflicting.map(i64::from));
        set_or_reset(&self.failover, slot.failover.map(i64::from));
        set_or_reset(&self.synced, slot.synced.map(i64::from));
        set_or_reset(&self.idle_timeout, slot.idle_timeout.map(|it| signed(it.as_secs())));
        set_moment(&self.loss, outlook.loss);
        set_moment(&self.inactive_since, slot.inactive_since);
    }

    pub fn attested(&self, check: Check, passed: bool) {
        self.attested.with_label_values(&[check.name()]).set(i64::from(passed));
    }

    pub fn schema_changed(&self, command: &str) {
        self.schema_changes.with_label_values(&[command]).inc();
    }
}

fn set_or_reset(gauge: &IntGaugeVec, value: Option<i64>) {
    match value {
        Some(value) => gauge.with_label_values::<&str>(&[]).set(value),
        None => gauge.reset(),
    }
}

fn set_moment(gauge: &GaugeVec, moment: Option<Timestamp>) {
    match moment {
        Some(time) => gauge.with_label_values::<&str>(&[]).set(time.as_seconds()),
        None => gauge.reset(),
    }
}
