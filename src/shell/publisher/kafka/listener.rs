//! What librdkafka tells on its own account.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;

/// Passes librdkafka's log lines on, and remembers its last error: the delivery reports know only
/// that nothing came, this knows why.
#[derive(Clone, Debug, Default)]
pub(super) struct Listener {
    last_error: Arc<Mutex<Option<String>>>,
}

impl Listener {
    pub(super) fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget(&self) {
        self.set(None);
    }

    fn set(&self, error: Option<String>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

impl ConsumerContext for Listener {}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => {
                tracing::warn!(target: "lawtail::kafka", facility, "{message}");
                self.set(Some(message.to_owned()));
            }
            // It warns of every property that its authors call experimental, at every start.
            RDKafkaLogLevel::Warning if facility == "CONFWARN" => {
                tracing::debug!(target: "lawtail::kafka", facility, "{message}")
            }
            RDKafkaLogLevel::Warning => {
                tracing::warn!(target: "lawtail::kafka", facility, "{message}")
            }
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(target: "lawtail::kafka", facility, "{message}")
            }
            RDKafkaLogLevel::Debug => {
                tracing::debug!(target: "lawtail::kafka", facility, "{message}")
            }
        }
    }

    /// The same errors come as log lines, also to a client that nobody polls.
    fn error(&self, _: KafkaError, _: &str) {}

    fn stats(&self, _: Statistics) {}
}
