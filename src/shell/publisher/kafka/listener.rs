//! What librdkafka tells on its own account.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;

use crate::model::Code;

/// Passes librdkafka's log lines on, and remembers its last error: the delivery reports know only
/// that nothing came, this knows why.
#[derive(Clone, Debug, Default)]
pub(super) struct Listener {
    last_error: Arc<Mutex<Option<String>>>,
    barred: Arc<Mutex<Option<(Code, String)>>>,
}

impl Listener {
    pub(super) fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why no connection comes to be, where it is not for want of an answer: the login
    /// (`KFK-005`) or TLS (`KFK-006`), in the client's words, which quote no secret.
    pub(super) fn barred(&self) -> Option<(Code, String)> {
        self.barred.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget(&self) {
        self.set(None);
        *self.barred.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn bar(&self, code: Code, reason: &str) {
        let mut barred = self.barred.lock().unwrap_or_else(PoisonError::into_inner);
        *barred = Some((code, reason.to_owned()));
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
                // What the other side of TLS says comes as bytes that cannot be received.
                if message.contains("SSL routines:") {
                    self.bar(Code::KFK_006, message);
                }
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

    /// The same errors come as log lines, also to a client that nobody polls; but only here with
    /// their kind.
    fn error(&self, error: KafkaError, reason: &str) {
        let code = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => {
                Code::KFK_005
            }
            Some(RDKafkaErrorCode::SSL) => Code::KFK_006,
            _ => return,
        };
        self.bar(code, reason);
    }

    fn stats(&self, _: Statistics) {}
}
