//! What the operator chooses about Kafka, and what is not for choosing.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;

use crate::model::{Code, Fault, limits};
use crate::wire::Topic;

/// How events reach Kafka.
#[derive(Clone)]
pub struct KafkaSettings {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// Beginning of the topics' names, before `.findings` and so on.
    pub prefix: String,
    /// Partitions of a topic that is created. With more than one, a consumer has to sort by
    /// `sequence` before it can verify the chain.
    pub partitions: i32,
    /// Replication factor of a topic that is created; `None` leaves it to the broker.
    pub replication: Option<i32>,
    /// Whether each call is a transaction, so that consumers that read committed messages see each
    /// event once.
    pub exactly_once: bool,
    /// Name of the slot; a part of the transactional id.
    pub slot: String,
    /// How long one call may take before Kafka counts as away.
    pub timeout: Duration,
    /// Largest message, in bytes.
    pub message_bytes: usize,
    /// File that keeps whole what the brokers refuse for itself, of which the topic `dead-letters`
    /// tells. Without one such an event stops everything after it.
    pub set_aside: Option<PathBuf>,
    /// Any other property of librdkafka: `security.protocol`, `sasl.mechanism`, `ssl.ca.location`
    /// and so on. Values may be secrets and are never shown.
    pub properties: BTreeMap<String, String>,
}

impl KafkaSettings {
    /// One partition, the broker's replication, transactions, no security.
    pub fn new(brokers: impl Into<String>, prefix: impl Into<String>) -> Self {
        KafkaSettings {
            brokers: brokers.into(),
            prefix: prefix.into(),
            partitions: 1,
            replication: None,
            exactly_once: true,
            slot: "lawtail".into(),
            timeout: limits::KAFKA_TIMEOUT,
            message_bytes: limits::KAFKA_MESSAGE_BYTES,
            set_aside: None,
            properties: BTreeMap::new(),
        }
    }

    /// The full name of a topic.
    pub(super) fn topic(&self, topic: Topic) -> String {
        format!("{}.{}", self.prefix, topic.suffix())
    }

    /// The full name of the topic that says how far transactions came.
    pub(super) fn progress(&self) -> String {
        format!("{}.progress", self.prefix)
    }

    /// The full name of the topic that tells of events which the brokers refuse.
    pub(super) fn dead_letters(&self) -> String {
        format!("{}.dead-letters", self.prefix)
    }

    /// The transactional id of the slot's events; `source` is that of the events.
    pub(super) fn transactional_id(&self, source: &str) -> String {
        format!("{}.{}{source}", self.prefix, self.slot)
    }

    /// The configuration that producer and administration share.
    pub(super) fn client(&self) -> Result<ClientConfig, Fault> {
        self.check()?;
        let mut config = ClientConfig::new();
        // Otherwise the client would be silent unless a logger of the crate `log` is installed.
        config.set_log_level(RDKafkaLogLevel::Info);
        config.set("partitioner", "murmur2_random").set("log.connection.close", "false");
        for (key, value) in &self.properties {
            if is_denied(key) {
                let cause = format!("kafka.properties.{key} is set by lawtail itself");
                return Err(Fault::new(Code::CFG_002, cause).help("remove the property"));
            }
            config.set(key, value);
        }
        config.set("bootstrap.servers", &self.brokers).set("client.id", "lawtail");
        config.create_native_config().map_err(|error| refused_configuration(&error))?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Fault> {
        let wrong = |cause: &str| Err(Fault::new(Code::CFG_002, cause));
        let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.brokers.trim().is_empty() {
            return wrong("kafka.brokers is empty");
        }
        if self.prefix.is_empty() || self.prefix.len() > 200 || !self.prefix.chars().all(legal) {
            return wrong("kafka.prefix must be 1 to 200 of the characters a-z A-Z 0-9 . _ -");
        }
        if self.partitions < 1 || self.replication.is_some_and(|factor| factor < 1) {
            return wrong("kafka.partitions and kafka.replication must be at least 1");
        }
        if self.timeout.is_zero() || self.message_bytes < limits::KAFKA_LEAST_MESSAGE_BYTES {
            return wrong("kafka.timeout and kafka.message_bytes are too small");
        }
        Ok(())
    }
}

impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("prefix", &self.prefix)
            .field("partitions", &self.partitions)
            .field("replication", &self.replication)
            .field("exactly_once", &self.exactly_once)
            .field("slot", &self.slot)
            .field("timeout", &self.timeout)
            .field("message_bytes", &self.message_bytes)
            .field("set_aside", &self.set_aside)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

/// Properties on which delivery, order and bounded memory rest, and such as run foreign code.
fn is_denied(key: &str) -> bool {
    const DENIED: [&str; 21] = [
        "acks",
        "bootstrap.servers",
        "client.id",
        "delivery.timeout.ms",
        "enable.gapless.guarantee",
        "enable.idempotence",
        "group.id",
        "isolation.level",
        "max.in.flight",
        "max.in.flight.requests.per.connection",
        "message.max.bytes",
        "message.send.max.retries",
        "message.timeout.ms",
        "metadata.broker.list",
        "plugin.library.paths",
        "queue.buffering.max.kbytes",
        "queue.buffering.max.messages",
        "request.required.acks",
        "retries",
        "transactional.id",
        "transaction.timeout.ms",
    ];
    DENIED.contains(&key)
}

/// What makes delivery durable, ordered and bounded. `alone`: each message is a request of its own.
pub(super) fn set_delivery(
    config: &mut ClientConfig,
    settings: &KafkaSettings,
    source: &str,
    alone: bool,
) {
    if alone {
        config.set("batch.size", "1");
    }
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("message.max.bytes", settings.message_bytes.to_string())
        .set("queue.buffering.max.messages", limits::OUTBOX_PAGE.to_string())
        .set("queue.buffering.max.kbytes", (limits::KAFKA_QUEUE_BYTES >> 10).to_string());
    if settings.exactly_once {
        let timeout = limits::KAFKA_TRANSACTION_TIMEOUT.max(settings.timeout * 2);
        // A message that is given up takes the whole transaction with it.
        config
            .set("transactional.id", settings.transactional_id(source))
            .set("transaction.timeout.ms", timeout.as_millis().to_string());
    } else {
        config.set("enable.gapless.guarantee", "true").set("message.timeout.ms", "0");
    }
}

/// librdkafka's own text quotes the value, which may be a secret.
pub(super) fn refused_configuration(error: &KafkaError) -> Fault {
    let cause = match error {
        KafkaError::ClientConfig(_, _, key, _) => {
            format!("Kafka's client does not accept kafka.properties.{key}")
        }
        _ => "Kafka's client does not accept the properties together".into(),
    };
    Fault::new(Code::CFG_002, cause)
        .help("https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md lists them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::publisher::KafkaPublisher;

    fn with(key: &str, value: &str) -> Result<(), Fault> {
        let mut settings = KafkaSettings::new("localhost:9092", "lawtail");
        settings.properties.insert(key.into(), value.into());
        KafkaPublisher::new(settings).map(|_| ())
    }

    #[test]
    fn security_is_the_operators_choice() {
        with("security.protocol", "SASL_SSL").unwrap();
        with("sasl.mechanism", "SCRAM-SHA-512").unwrap();
        with("linger.ms", "20").unwrap();
    }

    #[test]
    fn what_delivery_rests_on_is_refused() {
        for key in ["acks", "enable.idempotence", "message.timeout.ms", "plugin.library.paths"] {
            let fault = with(key, "1").unwrap_err();
            assert_eq!(fault.code, Code::CFG_002);
            assert!(fault.cause.contains(key), "{fault}");
        }
    }

    #[test]
    fn a_refused_property_is_named_without_its_value() {
        for key in ["no.such.property", "linger.ms"] {
            let fault = with(key, "hunter2").unwrap_err();
            assert_eq!(fault.code, Code::CFG_002);
            assert!(fault.cause.contains(key) && !fault.to_string().contains("hunter2"), "{fault}");
        }
    }

    #[test]
    fn settings_never_show_the_values_of_properties() {
        let mut settings = KafkaSettings::new("localhost:9092", "lawtail");
        settings.properties.insert("sasl.password".into(), "hunter2".into());
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let good = KafkaSettings::new("localhost:9092", "lawtail");
        let bad = [
            KafkaSettings { brokers: " ".into(), ..good.clone() },
            KafkaSettings { prefix: "a b".into(), ..good.clone() },
            KafkaSettings { partitions: 0, ..good.clone() },
            KafkaSettings { replication: Some(0), ..good.clone() },
            KafkaSettings { timeout: Duration::ZERO, ..good.clone() },
            KafkaSettings { message_bytes: 1, ..good.clone() },
        ];
        for settings in bad {
            assert_eq!(KafkaPublisher::new(settings).map(|_| ()).unwrap_err().code, Code::CFG_002);
        }
        KafkaPublisher::new(good).map(|_| ()).unwrap();
    }
}
