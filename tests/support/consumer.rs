//! Reads events back from Kafka as any consumer would.

use std::time::{Duration, Instant};

use lawtail::wire::{CloudEvent, Signature, Topic};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::broker::Broker;

/// No reading waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(120);

fn header(message: &BorrowedMessage<'_>, name: &str) -> String {
    optional(message, name).expect(name)
}

fn optional(message: &BorrowedMessage<'_>, name: &str) -> Option<String> {
    let headers = message.headers().expect("a CloudEvent in binary mode has headers");
    let mut found = headers.iter().filter(|header| header.key == name);
    let value = found.next().and_then(|header| header.value)?;
    assert!(found.next().is_none(), "{name} comes twice");
    Some(String::from_utf8(value.to_vec()).unwrap())
}

/// Reads the event back from the message as any consumer would.
fn received(topic: Topic, message: &BorrowedMessage<'_>) -> CloudEvent {
    assert_eq!(header(message, "ce_specversion"), "1.0");
    assert_eq!(header(message, "content-type"), "application/json");
    let key = String::from_utf8(message.key().unwrap().to_vec()).unwrap();
    assert_eq!(header(message, "ce_partitionkey"), key);
    CloudEvent {
        topic,
        id: header(message, "ce_id"),
        kind: header(message, "ce_type"),
        source: header(message, "ce_source"),
        subject: header(message, "ce_subject"),
        time: header(message, "ce_time"),
        schema: header(message, "ce_dataschema"),
        key,
        sequence: header(message, "ce_sequence").parse().unwrap(),
        previous: header(message, "ce_previoushash"),
        hash: header(message, "ce_hash"),
        signature: optional(message, "ce_signature").map(|value| Signature {
            authority: header(message, "ce_authorityuid"),
            fingerprint: header(message, "ce_fingerprint"),
            value,
        }),
        data: String::from_utf8(message.payload().unwrap().to_vec()).unwrap(),
    }
}

/// Everything in partition 0 of a topic that a consumer of committed messages sees.
pub fn consume(broker: &Broker, prefix: &str, topic: Topic) -> Vec<CloudEvent> {
    let name = format!("{prefix}.{}", topic.suffix());
    read(broker, &name, |message| received(topic, message))
}

/// The bodies of what such a consumer sees.
#[allow(dead_code, reason = "not every test binary reads letters")]
pub fn bodies(broker: &Broker, name: &str) -> Vec<String> {
    read(broker, name, |message| String::from_utf8(message.payload().unwrap().to_vec()).unwrap())
}

fn read<T>(broker: &Broker, name: &str, take: impl Fn(&BorrowedMessage<'_>) -> T) -> Vec<T> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker.address())
        .set("group.id", "test")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(name, 0, Offset::Beginning).unwrap();
    consumer.assign(&partitions).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let mut events = Vec::new();
    loop {
        assert!(Instant::now() < deadline, "{name} has no end after {} events", events.len());
        match consumer.poll(Duration::from_secs(1)) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(_))) => return events,
            Some(message) => events.push(take(&message.unwrap())),
        }
    }
}
