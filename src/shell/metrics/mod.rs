//! What Prometheus reads, in base units, moments as timestamps and never as ages.
//!
//! The label rule is a privacy rule too: no data subject, actor or value is ever a label, and the
//! number of series is bounded whatever the stream brings.

mod alarms;
mod copying;
mod delivery;
mod judgement;
mod policies;
mod registration;
mod running;
mod slot;
mod statistics;
mod stream;
mod tables;
mod webhook;

use prometheus::{Registry, TextEncoder};

use self::alarms::AlarmMetrics;
use self::copying::CopyMetrics;
use self::delivery::DeliveryMetrics;
use self::judgement::JudgementMetrics;
use self::policies::PolicyMetrics;
use self::registration::Registration;
use self::running::Running;
use self::slot::SlotMetrics;
use self::statistics::StatisticsMetrics;
use self::stream::StreamMetrics;
use self::webhook::WebhookMetrics;
use crate::engine::{Census, Checkpoint, Counts, Requests};
use crate::model::{Activity, Emission, Incident, Lsn, Timestamp};
use crate::policy::Policies;
use crate::shell::health::Report;
use crate::shell::source::postgres::CopyProgress;
use crate::shell::source::postgres::{Check, Outlook, SlotHealth};
use crate::wire::Topic;

/// Every metric, in a registry of its own.
pub struct Metrics {
    registry: Registry,
    stream: StreamMetrics,
    slot: SlotMetrics,
    copying: CopyMetrics,
    judgement: JudgementMetrics,
    policies: PolicyMetrics,
    running: Running,
    alarms: AlarmMetrics,
    statistics: StatisticsMetrics,
    delivery: DeliveryMetrics,
    webhook: WebhookMetrics,
}

impl Metrics {
    /// All of them, with every series whose labels are known beforehand at zero.
    pub fn new(policies: &Policies) -> Self {
        let registry = Registry::new();
        let register = Registration(&registry);
        register.process();
        Metrics {
            stream: StreamMetrics::new(&register),
            slot: SlotMetrics::new(&register),
            copying: CopyMetrics::new(&register),
            judgement: JudgementMetrics::new(&register, policies.pack.tables.keys()),
            policies: PolicyMetrics::new(&register, policies),
            running: Running::new(&register),
            alarms: AlarmMetrics::new(&register),
            statistics: StatisticsMetrics::new(&register),
            delivery: DeliveryMetrics::new(&register),
            webhook: WebhookMetrics::new(&register),
            registry,
        }
    }

    /// What earlier runs left: incidents whose time is running, waiting judgements, and events in
    /// the outbox.
    pub fn restore(
        &self,
        incidents: &[Incident],
        (waiting, requests): (u64, &Requests),
        outbox: u64,
    ) {
        for incident in incidents {
            self.running.update(incident);
        }
        self.judgement.restore(waiting, requests);
        self.delivery.restore(outbox);
    }

    /// How many permissions stand on record.
    pub fn permissions(&self, census: &Census) {
        self.judgement.permissions(census);
    }

    /// Whether the replication connection stands.
    pub fn connected(&self, connected: bool) {
        self.stream.connected(connected);
    }

    /// How a copy goes; `None` while there is none.
    pub fn copying(&self, progress: Option<&CopyProgress>) {
        self.copying.show(progress);
    }

    /// The database was heard.
    pub fn heard(&self, now: Timestamp) {
        self.stream.heard(now);
    }

    /// A batch was decided and is durable.
    pub fn decided(
        &self,
        counts: &Counts,
        emissions: &[Emission],
        checkpoint: &Checkpoint,
        now: Timestamp,
    ) {
        self.judgement.counted(counts);
        self.alarms.counted(counts);
        self.statistics.counted(counts);
        emissions.iter().for_each(|emission| self.emitted(emission));
        self.delivery.queued(emissions.len());
        self.running.advance(checkpoint.time);
        self.stream.decided(counts.transactions, checkpoint, now);
    }

    /// Where decided and acknowledged positions stand, and what the server keeps for us.
    pub fn positions(&self, decided: Lsn, acknowledged: Lsn, retained_bytes: u64) {
        self.stream.positions(decided, acknowledged, retained_bytes);
    }

    /// Other policies are in force.
    pub fn policies_replaced(&self, policies: &Policies) {
        self.policies.replaced(policies);
    }

    /// What came of an attempt to read the policies anew.
    pub fn policies_read(&self, outcome: Reload) {
        self.policies.read(outcome);
    }

    /// Log that the server may keep for us before we give way, in bytes.
    pub fn slot_budget(&self, bytes: u64) {
        self.stream.budget(bytes);
    }

    /// The checks of `/readyz`, as they are now.
    pub fn health(&self, report: &Report) {
        self.stream.health(report);
    }

    /// Whether undelivered events are acknowledged because the slot is over its budget.
    pub fn over_budget(&self, over_budget: bool) {
        self.stream.over_budget(over_budget);
    }

    /// How the server keeps the slot.
    pub fn slot(&self, slot: &SlotHealth, outlook: Outlook) {
        self.slot.slot(slot, outlook);
    }

    /// Whether the database is as it should be.
    pub fn attested(&self, check: Check, passed: bool) {
        self.slot.attested(check, passed);
    }

    /// The schema was changed by this command, one of a bounded number.
    pub fn schema_changed(&self, command: &str) {
        self.slot.schema_changed(command);
    }

    /// How many events wait in the outbox.
    pub fn outbox_events(&self) -> u64 {
        self.delivery.waiting()
    }

    /// Stream time of the oldest event in the outbox.
    pub fn outbox_oldest(&self, oldest: Option<Timestamp>) {
        self.delivery.oldest(oldest);
    }

    /// An event was delivered and left the outbox.
    pub fn delivered(&self, topic: Topic) {
        self.delivery.delivered(topic);
    }

    /// An event was refused for what it is, and is kept aside.
    pub fn set_aside(&self, topic: Topic) {
        self.delivery.set_aside(topic);
    }

    /// An event could not be delivered and stays in the outbox.
    pub fn publish_failed(&self, topic: Topic) {
        self.delivery.failed(topic);
    }

    /// The webhook took an event or did not.
    pub fn webhook_attempted(&self, delivered: bool) {
        self.webhook.attempted(delivered);
    }

    /// So many events wait for the webhook.
    pub fn webhook_waiting(&self, events: usize) {
        self.webhook.waiting(events);
    }

    /// An event is not tried again.
    pub fn webhook_given_up(&self) {
        self.webhook.given_up();
    }

    /// All metrics in Prometheus' text format.
    pub fn text(&self) -> String {
        let families = self.registry.gather();
        TextEncoder::new().encode_to_string(&families).expect("metrics are text")
    }

    fn emitted(&self, emission: &Emission) {
        match emission {
            Emission::Finding(finding) => {
                self.judgement.found(finding);
                self.policies.found(finding);
            }
            Emission::Incident(incident) => {
                let before = self.running.update(incident);
                if incident.activity == Activity::Create {
                    incident.codes().for_each(|code| self.judgement.opened(code));
                } else if let Some(before) = &before {
                    let new = incident.codes().filter(|code| !before.codes().any(|it| it == *code));
                    new.for_each(|code| self.judgement.opened(code));
                }
                self.alarms.told(incident, before.map(|incident| incident.state));
            }
            Emission::Catalogue(_) => {}
            Emission::Coverage(gap) => self.judgement.gap(gap),
            // Counted by whoever loaded them.
            Emission::Policies(_) => {}
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub use policies::Reload;

#[cfg(test)]
mod tests;
