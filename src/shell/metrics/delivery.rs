//! Metrics of the way out: what waits in the outbox and what has left it.

use prometheus::{GaugeVec, IntCounterVec, IntGauge};

use super::registration::Registration;
use super::signed;
use crate::model::Timestamp;
use crate::wire::Topic;

/// Values of the label `outcome`.
const DELIVERED: &str = "delivered";
const FAILED: &str = "failed";

/// See the module.
pub(super) struct DeliveryMetrics {
    waiting: IntGauge,
    oldest: GaugeVec,
    published: IntCounterVec,
    dead_letters: IntCounterVec,
}

impl DeliveryMetrics {
    pub fn new(register: &Registration) -> Self {
        let published = register.counters(
            "published_events_total",
            "Attempts to publish an event, by topic and outcome.",
            &["topic", "outcome"],
        );
        for topic in Topic::ALL {
            published.with_label_values(&[topic.suffix(), DELIVERED]);
            published.with_label_values(&[topic.suffix(), FAILED]);
        }
        let dead_letters = register.counters(
            "dead_letters_total",
            "Events that Kafka refused for what they are, by topic; kept aside and told of.",
            &["topic"],
        );
        for topic in Topic::ALL {
            dead_letters.with_label_values(&[topic.suffix()]);
        }
        DeliveryMetrics {
            waiting: register.gauge("outbox_events", "Events that wait to be delivered."),
            oldest: register.absent_moment(
                "outbox_oldest_timestamp_seconds",
                "Stream time of the oldest event that waits to be delivered; absent without one.",
            ),
            published,
            dead_letters,
        }
    }

    pub fn restore(&self, waiting: u64) {
        self.waiting.set(signed(waiting));
    }

    pub fn queued(&self, events: usize) {
        self.waiting.add(signed(events as u64));
    }

    pub fn waiting(&self) -> u64 {
        u64::try_from(self.waiting.get()).unwrap_or(0)
    }

    pub fn oldest(&self, oldest: Option<Timestamp>) {
        match oldest {
            Some(time) => self.oldest.with_label_values::<&str>(&[]).set(time.as_seconds()),
            None => self.oldest.reset(),
        }
    }

    pub fn delivered(&self, topic: Topic) {
        self.published.with_label_values(&[topic.suffix(), DELIVERED]).inc();
        self.waiting.dec();
    }

    pub fn set_aside(&self, topic: Topic) {
        self.dead_letters.with_label_values(&[topic.suffix()]).inc();
    }

    pub fn failed(&self, topic: Topic) {
        self.published.with_label_values(&[topic.suffix(), FAILED]).inc();
    }
}
