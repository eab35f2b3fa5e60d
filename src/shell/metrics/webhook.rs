//! Metrics of the webhook.

use prometheus::{IntCounter, IntCounterVec, IntGauge};

use super::registration::Registration;
use super::signed;

/// See the module.
pub(super) struct WebhookMetrics {
    attempts: IntCounterVec,
    waiting: IntGauge,
    given_up: IntCounter,
}

impl WebhookMetrics {
    pub fn new(register: &Registration) -> Self {
        let attempts = register.counters(
            "webhook_attempts_total",
            "Attempts to give a critical incident's event to the webhook, by outcome.",
            &["outcome"],
        );
        for delivered in [true, false] {
            attempts.with_label_values(&[outcome(delivered)]);
        }
        WebhookMetrics {
            attempts,
            waiting: register.gauge(
                "webhook_waiting_events",
                "Events of critical incidents that the webhook or Kafka has still to take.",
            ),
            given_up: register.counter(
                "webhook_given_up_total",
                "Events of critical incidents that the webhook never took, and that are not tried again.",
            ),
        }
    }

    pub fn attempted(&self, delivered: bool) {
        self.attempts.with_label_values(&[outcome(delivered)]).inc();
    }

    pub fn waiting(&self, events: usize) {
        self.waiting.set(signed(events as u64));
    }

    pub fn given_up(&self) {
        self.given_up.inc();
    }
}

fn outcome(delivered: bool) -> &'static str {
    if delivered { "delivered" } else { "failed" }
}
