//! Metrics of the stream: is it heard, how far is it decided, what does it cost the server.

use prometheus::{Gauge, Histogram, IntCounter, IntGauge, IntGaugeVec};

use super::registration::Registration;
use super::signed;
use crate::engine::Checkpoint;
use crate::model::{Lsn, Timestamp};
use crate::shell::health::Report;

/// See the module.
pub(super) struct StreamMetrics {
    connected: IntGauge,
    last_commit: Gauge,
    last_heartbeat: Gauge,
    retained: IntGauge,
    budget: IntGauge,
    over_budget: IntGauge,
    latency: Histogram,
    transactions: IntCounter,
    decided: IntGauge,
    acknowledged: IntGauge,
    lag: IntGauge,
    health: IntGaugeVec,
}

impl StreamMetrics {
    pub fn new(register: &Registration) -> Self {
        StreamMetrics {
            connected: register
                .gauge("source_connected", "1 while the replication connection stands."),
            last_commit: register.moment(
                "last_commit_timestamp_seconds",
                "Stream time of the last transaction that was decided.",
            ),
            last_heartbeat: register
                .moment("last_heartbeat_timestamp_seconds", "When the database was last heard."),
            retained: register
                .gauge("slot_retained_bytes", "Write-ahead log that the server keeps for us."),
            budget: register
                .gauge("slot_budget_bytes", "slot_budget: beyond this, lawtail gives way."),
            over_budget: register.gauge(
                "slot_over_budget",
                "1 while undelivered events are acknowledged to spare the server's disk.",
            ),
            latency: register.latency(
                "change_latency_seconds",
                "From the commit of a transaction to its durable decision, once per batch.",
            ),
            transactions: register
                .counter("transactions_total", "Transactions decided to their end."),
            decided: register
                .gauge("decided_lsn", "Position up to which the stream is decided, in bytes."),
            acknowledged: register
                .gauge("acknowledged_lsn", "Position acknowledged to the server, in bytes."),
            lag: register
                .gauge("checkpoint_lsn_lag_bytes", "Log that is decided and not yet acknowledged."),
            health: register.gauges(
                "health_ok",
                "1 when this check of /readyz passes, as of the moment of reading.",
                &["check"],
            ),
        }
    }

    pub fn connected(&self, connected: bool) {
        self.connected.set(i64::from(connected));
    }

    pub fn heard(&self, now: Timestamp) {
        self.last_heartbeat.set(now.as_seconds());
    }

    pub fn decided(&self, transactions: u64, checkpoint: &Checkpoint, now: Timestamp) {
        if transactions > 0 {
            self.transactions.inc_by(transactions);
            self.last_commit.set(checkpoint.time.as_seconds());
            let latency = now.microseconds_since(checkpoint.time).max(0);
            self.latency.observe(Timestamp(latency).as_seconds());
        }
    }

    pub fn positions(&self, decided: Lsn, acknowledged: Lsn, retained_bytes: u64) {
        self.decided.set(signed(decided.0));
        self.acknowledged.set(signed(acknowledged.0));
        self.lag.set(signed(decided.bytes_since(acknowledged)));
        self.retained.set(signed(retained_bytes));
    }

    pub fn budget(&self, bytes: u64) {
        self.budget.set(signed(bytes));
    }

    pub fn health(&self, report: &Report) {
        for check in &report.checks {
            self.health.with_label_values(&[check.name]).set(i64::from(check.ok));
        }
    }

    pub fn over_budget(&self, over_budget: bool) {
        self.over_budget.set(i64::from(over_budget));
    }
}
