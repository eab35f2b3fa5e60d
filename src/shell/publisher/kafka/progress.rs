//! How far a slot's events have been published: a message of the same transaction.
//!
//! A call that publishes ends its transaction with a message in `<prefix>.progress` that names the
//! last of its events. After a crash, or an answer that was lost, the last such message tells
//! whether the events that come again were published already. The topic is compacted; its key is
//! the transactional id.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};

use super::listener::Listener;
use super::{settings, topics};
use crate::model::{Code, Fault};
use crate::wire::CloudEvent;

/// Offsets from the end that are read first; nearly always the key is among them.
const TAIL: i64 = 2_000;

/// Between two looks whether the transactions of others have ended.
const PAUSE: Duration = Duration::from_millis(50);

/// The last event of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    topic: String,
    sequence: u64,
    hash: String,
}

impl Progress {
    /// After these events; `None` after none.
    pub(super) fn after(events: &[CloudEvent]) -> Option<Self> {
        let last = events.last()?;
        let (topic, sequence) = (last.topic.suffix().to_owned(), last.sequence);
        Some(Progress { topic, sequence, hash: last.hash.clone() })
    }

    /// The message's value.
    pub(super) fn encode(&self) -> String {
        serde_json::to_string(self).expect("text and numbers serialise")
    }

    /// The events that were not published yet. The store confirms each call durably before the
    /// next, so that what comes again begins where a transaction began: either that is the last
    /// one, whose end is among the events, or none of them was published. The hash tells the
    /// events of another store, which may have the same numbers. Ask for a whole call: a half of
    /// one may be published without the end being among it.
    pub(super) fn rest<'a>(&self, events: &'a [CloudEvent]) -> &'a [CloudEvent] {
        let is_last = |event: &CloudEvent| {
            event.sequence == self.sequence
                && event.hash == self.hash
                && event.topic.suffix() == self.topic
        };
        events.iter().rposition(is_last).map_or(events, |last| &events[last + 1..])
    }
}

/// Reads the last progress under a key. Waits for the thread; call it once no transaction under
/// that key is open.
///
/// # Errors
/// `KFK-001` when it cannot be read in time, `KFK-002` when that is not allowed.
pub(super) fn read(
    client: &ClientConfig,
    listener: &Listener,
    topic: &str,
    key: &str,
    limit: Duration,
) -> Result<Option<Progress>, Fault> {
    let reading = Reading { topic, key, deadline: Instant::now() + limit };
    let committed = consumer(client, listener, topic, "read_committed")?;
    let all = consumer(client, listener, topic, "read_uncommitted")?;
    let (first, end) = reading.bounds(&all)?;
    // What others have open hides what was committed after it; it ends within their own time.
    while reading.bounds(&committed)?.1 < end {
        reading.check_time()?;
        std::thread::sleep(PAUSE);
    }
    let tail = (end - TAIL).max(first);
    let found = reading.last(&committed, tail)?;
    if found.is_some() || tail == first { Ok(found) } else { reading.last(&committed, first) }
}

fn consumer(
    client: &ClientConfig,
    listener: &Listener,
    topic: &str,
    isolation: &str,
) -> Result<BaseConsumer<Listener>, Fault> {
    let mut config = client.clone();
    // Named as the client demands it; no group is joined and no offset committed.
    config
        .set("group.id", topic)
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation);
    let made = config.create_with_context(listener.clone());
    made.map_err(|error| settings::refused_configuration(&error))
}

struct Reading<'a> {
    topic: &'a str,
    key: &'a str,
    deadline: Instant,
}

impl Reading<'_> {
    fn check_time(&self) -> Result<(), Fault> {
        let late = Instant::now() >= self.deadline;
        let cause = || format!("{} cannot be read to its end in time", self.topic);
        if late { Err(Fault::new(Code::KFK_001, cause())) } else { Ok(()) }
    }

    /// First offset and the one after the last that the consumer may see.
    fn bounds(&self, consumer: &BaseConsumer<Listener>) -> Result<(i64, i64), Fault> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match consumer.fetch_watermarks(self.topic, 0, left) {
                Err(error) if is_on_its_way(&error) => self.check_time()?,
                bounds => return bounds.map_err(|error| self.broken(&error)),
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The last message under the key from an offset on.
    fn last(
        &self,
        consumer: &BaseConsumer<Listener>,
        from: i64,
    ) -> Result<Option<Progress>, Fault> {
        let mut partitions = TopicPartitionList::new();
        let begin = partitions.add_partition_offset(self.topic, 0, Offset::Offset(from));
        begin.and_then(|()| consumer.assign(&partitions)).map_err(|error| self.broken(&error))?;
        let mut last = None;
        loop {
            self.check_time()?;
            let message = match consumer.poll(PAUSE) {
                None => continue,
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(last),
                Some(Err(error)) if is_refused(&error) => return Err(self.broken(&error)),
                Some(Err(_)) => continue,
                Some(Ok(message)) => message,
            };
            if message.key() == Some(self.key.as_bytes()) {
                // What a later version has written says nothing to us: the events come again.
                last = message.payload().and_then(|text| serde_json::from_slice(text).ok());
            }
        }
    }

    fn broken(&self, error: &KafkaError) -> Fault {
        match error.rdkafka_error_code() {
            Some(code) => topics::fault(code, self.topic),
            None => Fault::new(Code::KFK_001, format!("{}: {error}", self.topic)),
        }
    }
}

/// A topic that was just made has no leader for a moment.
fn is_on_its_way(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::*;
    let code = error.rdkafka_error_code();
    matches!(code, Some(NotLeaderForPartition | LeaderNotAvailable | UnknownTopicOrPartition))
}

fn is_refused(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::TopicAuthorizationFailed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Chain;
    use crate::wire::samples::{emissions, origin};

    fn events(times: usize) -> Vec<CloudEvent> {
        let mut chain = Chain::default();
        let said = emissions().into_iter().cycle().take(times);
        said.map(|emission| chain.seal(&emission, &origin())).collect()
    }

    #[test]
    fn what_comes_again_is_left_out_and_nothing_else() {
        let events = events(20);
        for (begin, end) in [(0, 1), (0, 20), (3, 9), (8, 10)] {
            let progress = Progress::after(&events[begin..end]).unwrap();
            let read: Progress = serde_json::from_str(&progress.encode()).unwrap();
            assert_eq!(read.rest(&events[begin..]), &events[end..]);
            assert_eq!(read.rest(&events[end..]), &events[end..]);
        }
        assert_eq!(Progress::after(&[]), None);
    }

    /// A half that does not hold the last committed event cannot tell that it is committed.
    #[test]
    fn only_the_rest_of_a_page_may_be_halved() {
        let events = events(10);
        let progress = Progress::after(&events[..6]).unwrap();
        let (first, _) = events.split_at(5);
        assert_eq!(progress.rest(first), first);
        let (first, second) = progress.rest(&events).split_at(2);
        assert_eq!(progress.rest(first), &events[6..8]);
        assert_eq!(progress.rest(second), &events[8..]);
    }

    #[test]
    fn another_stores_events_are_not_taken_for_a_repetition() {
        let (ours, mut others) = (events(5), events(5));
        others[4].hash = "0".repeat(64);
        let progress = Progress::after(&ours).unwrap();
        assert_eq!(progress.rest(&others), &others[..]);
    }
}
