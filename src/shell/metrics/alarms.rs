//! Metrics of alarms before the commit, and of the circuit breaker.

use prometheus::{Histogram, IntCounterVec};

use super::registration::Registration;
use crate::engine::Counts;
use crate::model::{Incident, IncidentState, Interruption};

/// How the transaction of an alarm may end.
const OUTCOMES: [IncidentState; 3] =
    [IncidentState::Committed, IncidentState::Aborted, IncidentState::Unknown];

/// See the module.
pub(super) struct AlarmMetrics {
    settled: IntCounterVec,
    lead: Histogram,
    breaker: IntCounterVec,
    nameless: IntCounterVec,
}

impl AlarmMetrics {
    pub fn new(register: &Registration) -> Self {
        let metrics = AlarmMetrics {
            settled: register.counters(
                "open_transaction_alarms_total",
                "Alarms before the commit, by how their transaction ended.",
                &["outcome"],
            ),
            lead: register.latency(
                "alarm_lead_seconds",
                "How long before the commit an alarm was raised, both by the server's clock.",
            ),
            breaker: register.counters(
                "circuit_breaker_total",
                "What the circuit breaker did about open transactions, or would have done.",
                &["action"],
            ),
            nameless: register.counters(
                "open_transaction_alarms_without_backend_total",
                "Alarms before the commit of which it was not seen whose transaction it was.",
                &["outcome"],
            ),
        };
        for outcome in OUTCOMES {
            metrics.settled.with_label_values(&[outcome.name()]);
            metrics.nameless.with_label_values(&[outcome.name()]);
        }
        for action in Interruption::ALL {
            metrics.breaker.with_label_values(&[action.name()]);
        }
        metrics
    }

    pub fn counted(&self, counts: &Counts) {
        for (action, count) in &counts.interruptions {
            self.breaker.with_label_values(&[action.name()]).inc_by(*count);
        }
    }

    /// An incident was told; `before` is the state in which it was.
    pub fn told(&self, incident: &Incident, before: Option<IncidentState>) {
        let settles = before.is_some_and(IncidentState::is_unsettled)
            && before != Some(incident.state)
            && OUTCOMES.contains(&incident.state);
        let Some(transaction) = incident.transaction.as_ref().filter(|_| settles) else { return };
        self.settled.with_label_values(&[incident.state.name()]).inc();
        if transaction.backend.is_none() {
            self.nameless.with_label_values(&[incident.state.name()]).inc();
        }
        if let Some(committed) = transaction.committed {
            let lead = committed.microseconds_since(incident.detected).max(0);
            self.lead.observe(lead as f64 / 1e6);
        }
    }
}
