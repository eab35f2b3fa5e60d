//! Where events go: Kafka, a file of JSON lines, or both.

mod file;
mod kafka;

pub use file::FilePublisher;
pub use kafka::{KafkaPublisher, KafkaSettings};

use std::collections::BTreeMap;

use crate::model::Fault;
use crate::shell::contract::Publisher;
use crate::wire::{CloudEvent, Topic};

/// The publishers of a daemon: a call succeeds when every one of them has confirmed.
#[derive(Default)]
pub struct Publishers {
    file: Option<FilePublisher>,
    kafka: Option<KafkaPublisher>,
    /// Last sequence of each topic that the file has confirmed. While Kafka is away the same
    /// events come again and again, and need not be written again and again.
    filed: BTreeMap<Topic, u64>,
}

impl Publishers {
    /// To whichever are given; to nowhere when none is.
    pub fn new(file: Option<FilePublisher>, kafka: Option<KafkaPublisher>) -> Self {
        Publishers { file, kafka, filed: BTreeMap::new() }
    }

    async fn publish_to_file(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let is_new = |event: &&CloudEvent| {
            self.filed.get(&event.topic).is_none_or(|last| event.sequence > *last)
        };
        if events.iter().all(|event| is_new(&event)) {
            file.publish(events).await?;
        } else {
            let new: Vec<CloudEvent> = events.iter().filter(is_new).cloned().collect();
            file.publish(&new).await?;
        }
        for event in events {
            let last = self.filed.entry(event.topic).or_default();
            *last = event.sequence.max(*last);
        }
        Ok(())
    }
}

impl Publisher for Publishers {
    async fn publish(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        self.publish_to_file(events).await?;
        match &mut self.kafka {
            Some(kafka) => kafka.publish(events).await,
            None => Ok(()),
        }
    }

    fn set_aside(&mut self) -> Vec<Topic> {
        self.kafka.as_mut().map(Publisher::set_aside).unwrap_or_default()
    }
}
