//! What the run loop tells of its work, made visible as metrics and health.

use std::sync::Arc;

use super::clock::Clock;
use super::contract::Queued;
use super::health::Health;
use super::metrics::{Metrics, Reload};
use super::source::postgres::CopyProgress;
use super::source::postgres::{Check, Outlook, SlotHealth};
use crate::engine::{Census, Decision, Requests};
use crate::model::{Incident, Lsn, Timestamp};
use crate::policy::Policies;
use crate::wire::{CloudEvent, Topic};

/// Metrics and health, fed by one hand.
pub struct Monitor {
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    health: Health,
}

impl Monitor {
    /// Nothing seen yet.
    pub fn new(policies: &Policies, clock: Arc<dyn Clock>) -> Self {
        let health = Health::new(Arc::clone(&clock));
        Monitor { clock, metrics: Metrics::new(policies), health }
    }

    /// Everything that Prometheus reads, in its text format.
    pub fn text(&self) -> String {
        self.metrics.health(&self.health.ready());
        self.metrics.text()
    }

    /// Whether the work gets done.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What earlier runs left: incidents whose time is running, waiting judgements, and events in
    /// the outbox.
    pub fn restore(&self, incidents: &[Incident], counts: (u64, &Requests), outbox: u64) {
        self.metrics.restore(incidents, counts, outbox);
        self.health.outbox(outbox, false);
    }

    /// How many permissions stand on record.
    pub fn permissions(&self, census: &Census) {
        self.metrics.permissions(census);
    }

    /// Other policies are in force.
    pub fn policies_replaced(&self, policies: &Policies) {
        self.metrics.policies_replaced(policies);
    }

    /// What came of an attempt to read the policies anew.
    pub fn policies_read(&self, outcome: Reload) {
        self.metrics.policies_read(outcome);
    }

    /// Log that the server may keep for us before we give way, in bytes.
    pub fn slot_budget(&self, bytes: u64) {
        self.metrics.slot_budget(bytes);
    }

    /// The replication connection was made or lost.
    pub fn connected(&self, connected: bool) {
        self.metrics.connected(connected);
    }

    /// How the server keeps the slot.
    pub fn slot(&self, slot: &SlotHealth, outlook: Outlook) {
        self.metrics.slot(slot, outlook);
    }

    /// Whether the database is as it should be.
    pub fn attested(&self, checks: &[(Check, bool)]) {
        checks.iter().for_each(|(check, passed)| self.metrics.attested(*check, *passed));
    }

    /// The schema was changed by this command, one of a bounded number.
    pub fn schema_changed(&self, command: &str) {
        self.metrics.schema_changed(command);
    }

    /// How a copy goes; `None` while there is none.
    pub fn copying(&self, progress: Option<&CopyProgress>) {
        self.metrics.copying(progress);
    }

    /// Bytes came from the database, changes or a keepalive, and work on them begins.
    pub fn received(&self) {
        self.metrics.connected(true);
        self.metrics.heard(self.clock.now());
        self.health.heard();
        self.health.work_begins();
    }

    /// A batch is decided and durable.
    pub fn decided(&self, decision: &Decision) {
        let now = self.clock.now();
        let (counts, emissions) = (decision.counts(), decision.emissions());
        self.metrics.decided(counts, emissions, &decision.checkpoint(), now);
        self.health.outbox(self.metrics.outbox_events(), false);
        counts.unfit.iter().for_each(|tables| self.health.unfit(tables));
        self.health.work_ends();
    }

    /// These events are the next to be delivered; none when the outbox is empty.
    pub fn next_to_deliver<'a>(&self, mut events: impl Iterator<Item = &'a Queued>) {
        let oldest = events.next().and_then(|queued| Timestamp::parse(&queued.event.time));
        self.metrics.outbox_oldest(oldest);
    }

    /// These events were delivered and left the outbox.
    pub fn delivered<'a>(&self, events: impl IntoIterator<Item = &'a Queued>) {
        for queued in events {
            self.metrics.delivered(queued.event.topic);
        }
        self.health.outbox(self.metrics.outbox_events(), true);
    }

    /// Events of these topics were refused for what they are; they are kept aside.
    pub fn set_aside(&self, topics: &[Topic]) {
        topics.iter().for_each(|topic| self.metrics.set_aside(*topic));
    }

    /// An attempt to publish these events failed; they stay in the outbox.
    pub fn publish_failed(&self, events: &[CloudEvent]) {
        for event in events {
            self.metrics.publish_failed(event.topic);
        }
    }

    /// The webhook took an event or did not.
    pub fn webhook_attempted(&self, delivered: bool) {
        self.metrics.webhook_attempted(delivered);
    }

    /// So many events wait for the webhook.
    pub fn webhook_waiting(&self, events: usize) {
        self.metrics.webhook_waiting(events);
    }

    /// An event is not given to the webhook any more.
    pub fn webhook_given_up(&self) {
        self.metrics.webhook_given_up();
    }

    /// Where decided and acknowledged positions stand, and what the server keeps for us.
    pub fn settled(&self, decided: Lsn, acknowledged: Lsn, retained_bytes: u64) {
        self.metrics.positions(decided, acknowledged, retained_bytes);
        self.health.positions(decided, acknowledged);
    }

    /// Whether undelivered events are acknowledged to spare the server's disk.
    pub fn giving_way(&self, giving_way: bool) {
        self.metrics.over_budget(giving_way);
    }

    /// The run loop has ended.
    pub fn stopped(&self) {
        self.metrics.connected(false);
        self.health.stopped();
    }
}
