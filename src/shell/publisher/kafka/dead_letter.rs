//! What the brokers refuse for itself: kept whole beside the store, and told of in the topic
//! `dead-letters`, which carries the reason and no body.
//!
//! An event is written by us and bounded, so what comes here is a limit that somebody has set too low
//! (`max.message.bytes`) or a broker's own check of records. Whoever has no right to a topic, or no
//! room, refuses every event alike: that is an outage, and nothing is set aside for it.

use std::path::Path;

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::listener::Listener;
use super::progress::Progress;
use super::{KafkaPublisher, topics};
use crate::model::Fault;
use crate::shell::contract::Publisher;
use crate::shell::publisher::FilePublisher;
use crate::wire::{CloudEvent, DeadLetter, lines};

impl KafkaPublisher {
    /// Keeps an event in the file and publishes the letter in its place, so that the next can follow.
    ///
    /// # Errors
    /// `refused`, when there is no file to keep it in; `PUB-001` when that cannot be written; as
    /// [`Publisher::publish`] for the letter.
    pub(super) async fn put_aside(
        &mut self,
        event: &CloudEvent,
        refused: Fault,
    ) -> Result<(), Fault> {
        let Some(path) = self.settings.set_aside.clone() else { return Err(refused) };
        keep(&path, event).await?;
        let letter = DeadLetter::of(event, &refused);
        self.listener.forget();
        let limit = self.settings.timeout;
        let outcome = tokio::time::timeout(limit, self.deliver_letter(event, &letter)).await;
        let outcome = self.conclude(outcome.unwrap_or_else(|_| Err(self.silence()))).await;
        self.unless_fenced(outcome, &event.source).await?;
        self.set_aside.push(event.topic);
        tracing::warn!(
            code = %refused.code,
            cause = refused.cause,
            remedy = refused.remedy(),
            kept_in = %path.display(),
            "an event was set aside"
        );
        Ok(())
    }

    async fn deliver_letter(
        &mut self,
        event: &CloudEvent,
        letter: &DeadLetter<'_>,
    ) -> Result<(), Fault> {
        let producer = self.connect(&event.source).await?;
        topics::prepare_letters(&self.settings, &self.client, &self.listener).await?;
        if !self.settings.exactly_once {
            return self.send_letter(&producer, letter).await;
        }
        let told = std::slice::from_ref(event);
        let told = self.progress.as_ref().map_or(told, |progress| progress.rest(told));
        // Told by a call whose answer was lost.
        let Some(progress) = Progress::after(told) else { return Ok(()) };
        self.begin(&producer, &progress)?;
        self.send_letter(&producer, letter).await?;
        self.commit(&producer, &event.source, &progress).await
    }

    async fn send_letter(
        &self,
        producer: &FutureProducer<Listener>,
        letter: &DeadLetter<'_>,
    ) -> Result<(), Fault> {
        let topic = self.settings.dead_letters();
        let value = letter.body();
        let attributes = letter.attributes();
        let headers = attributes.iter().map(|(name, value)| (format!("ce_{name}"), value));
        let headers = headers.fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header { key: &key, value: Some(value) })
        });
        let content = Header { key: "content-type", value: Some(lines::CONTENT_TYPE) };
        let record = FutureRecord::to(&topic).partition(0).key(letter.topic).payload(&value);
        match producer.send_result(record.headers(headers.insert(content))) {
            Ok(mut report) => self.confirm(producer, &topic, &mut report).await,
            Err((error, _)) => Err(self.refusal(producer, &topic, &error)),
        }
    }
}

/// Once, however often its letter fails after it.
async fn keep(path: &Path, event: &CloudEvent) -> Result<(), Fault> {
    let mut file = FilePublisher::open(path)?;
    let last = file.last_line()?.and_then(|line| lines::decode(&line).ok());
    if last.is_some_and(|last| last.hash == event.hash) {
        return Ok(());
    }
    file.publish(std::slice::from_ref(event)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Chain;
    use crate::wire::samples::{emissions, origin};

    #[tokio::test]
    async fn an_event_whose_letter_fails_is_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead-letters.jsonl");
        let mut chain = Chain::default();
        let said = emissions().into_iter().take(2);
        let events: Vec<_> = said.map(|emission| chain.seal(&emission, &origin())).collect();
        for at in [0, 0, 1, 1, 1] {
            keep(&path, &events[at]).await.unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: Vec<_> =
            text.lines().map(|line| lines::decode(line.as_bytes()).unwrap()).collect();
        assert_eq!(kept, events);
    }
}
