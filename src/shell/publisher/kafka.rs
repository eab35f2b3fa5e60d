//! Events to Kafka: CloudEvents in binary mode (CloudEvents Kafka protocol binding 1.0.2).
//!
//! Order and repetition: an idempotent producer keeps the order within a partition as long as no
//! message is given up alone. So none ever is: messages have no timeout of their own, a call as a
//! whole does, and after any failure everything under way is dropped together with the producer.
//! What comes again comes from the beginning of the call.

mod listener;
mod settings;
mod topics;

pub use settings::KafkaSettings;

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};

use self::listener::Listener;
use crate::model::{Code, Fault};
use crate::shell::contract::Publisher;
use crate::wire::{CloudEvent, lines};

/// Pause before trying again when the producer's own queue is full and nothing of this call is
/// under way.
const QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// Publishes to `<prefix>.findings` and its siblings.
pub struct KafkaPublisher {
    settings: KafkaSettings,
    client: ClientConfig,
    listener: Listener,
    producer: Option<FutureProducer<Listener>>,
    /// Whether the topics are known to be there.
    prepared: bool,
}

impl KafkaPublisher {
    /// Checks the settings; connects with the first call, so that the daemon starts while Kafka is
    /// away.
    ///
    /// # Errors
    /// `CFG-002` for a setting that is wrong or not for the operator to choose.
    pub fn new(settings: KafkaSettings) -> Result<Self, Fault> {
        let client = settings.client()?;
        let listener = Listener::default();
        Ok(KafkaPublisher { settings, client, listener, producer: None, prepared: false })
    }

    /// Connects, and creates or verifies the topics. Does nothing when that is done.
    ///
    /// # Errors
    /// `KFK-001` when no broker answers in time, `KFK-002` when a topic may not be created or is
    /// set up so that events would be lost.
    pub async fn prepare(&mut self) -> Result<(), Fault> {
        self.listener.forget();
        let limit = self.settings.timeout;
        let outcome = tokio::time::timeout(limit, self.connect()).await;
        self.conclude(outcome.unwrap_or_else(|_| Err(self.silence()))).await
    }

    /// Asks for the brokers, and creates nothing. Returns how many there are.
    ///
    /// # Errors
    /// `KFK-001` when none answers in time, `CFG-002` for a setting that is wrong.
    pub async fn reach(&self) -> Result<usize, Fault> {
        let made = self.client.create_with_context(self.listener.clone());
        let producer: FutureProducer<Listener> =
            made.map_err(|error| settings::refused_configuration(&error))?;
        let limit = self.settings.timeout;
        // The client waits on the thread that asks.
        let asked = tokio::task::spawn_blocking(move || {
            let found = producer.client().fetch_metadata(None, limit);
            found.map(|metadata| metadata.brokers().len())
        });
        match asked.await {
            Ok(Ok(brokers)) => Ok(brokers),
            Ok(Err(error)) => Err(Fault::new(Code::KFK_001, error.to_string())),
            Err(_) => Err(Fault::new(Code::KFK_001, "the client ended")),
        }
    }

    async fn connect(&mut self) -> Result<FutureProducer<Listener>, Fault> {
        let producer = match &self.producer {
            Some(producer) => producer.clone(),
            None => {
                let mut config = self.client.clone();
                settings::set_delivery(&mut config, &self.settings);
                let made = config.create_with_context(self.listener.clone());
                let made: FutureProducer<Listener> =
                    made.map_err(|error| settings::refused_configuration(&error))?;
                // Kept before the topics are looked at: its log lines tell why no broker answers.
                self.producer.insert(made).clone()
            }
        };
        if !self.prepared {
            topics::prepare(&self.settings, &self.client, &self.listener).await?;
            self.prepared = true;
        }
        Ok(producer)
    }

    async fn deliver(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        let producer = self.connect().await?;
        let mut reports = Vec::with_capacity(events.len());
        let mut confirmed = 0;
        for event in events {
            loop {
                match self.enqueue(&producer, event)? {
                    Some(report) => break reports.push((event, report)),
                    None if confirmed < reports.len() => {
                        let (event, report) = &mut reports[confirmed];
                        self.confirm(&producer, event, report).await?;
                        confirmed += 1;
                    }
                    None => tokio::time::sleep(QUEUE_PAUSE).await,
                }
            }
        }
        for (event, report) in &mut reports[confirmed..] {
            self.confirm(&producer, event, report).await?;
        }
        Ok(())
    }

    /// Hands an event to the producer; `None` when its queue is full.
    fn enqueue(
        &self,
        producer: &FutureProducer<Listener>,
        event: &CloudEvent,
    ) -> Result<Option<DeliveryFuture>, Fault> {
        let topic = self.settings.topic(event.topic);
        let record = FutureRecord::to(&topic)
            .key(event.key.as_bytes())
            .payload(event.data.as_bytes())
            .headers(headers(event));
        match producer.send_result(record) {
            Ok(report) => Ok(Some(report)),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Ok(None),
            Err((error, _)) => Err(self.refusal(producer, event, &error)),
        }
    }

    async fn confirm(
        &self,
        producer: &FutureProducer<Listener>,
        event: &CloudEvent,
        report: &mut DeliveryFuture,
    ) -> Result<(), Fault> {
        match report.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((error, _))) => Err(self.refusal(producer, event, &error)),
            Err(_) => Err(self.silence()),
        }
    }

    /// After a failure nothing under way may arrive later than what comes again: the producer
    /// goes, and its queue with it.
    async fn conclude<T>(&mut self, outcome: Result<T, Fault>) -> Result<(), Fault> {
        if outcome.is_err()
            && let Some(producer) = self.producer.take()
        {
            self.prepared = false;
            let dropping = tokio::task::spawn_blocking(move || drop(producer));
            dropping.await.expect("dropping a producer does not panic");
        }
        outcome.map(|_| ()).map_err(|fault| self.explain(fault))
    }

    fn silence(&self) -> Fault {
        let seconds = self.settings.timeout.as_secs_f32();
        Fault::new(Code::KFK_001, format!("no confirmation within {seconds} s"))
    }

    /// Adds what the client said meanwhile: a report knows only that nothing came.
    fn explain(&self, mut fault: Fault) -> Fault {
        if fault.code == Code::KFK_001
            && let Some(reason) = self.listener.last_error()
        {
            fault.cause = format!("{}: {reason}", fault.cause);
        }
        fault
    }

    fn refusal(
        &self,
        producer: &FutureProducer<Listener>,
        event: &CloudEvent,
        error: &KafkaError,
    ) -> Fault {
        let code = match error.rdkafka_error_code() {
            // It stands for another error, which the producer knows.
            Some(RDKafkaErrorCode::Fatal) => producer.client().fatal_error().map(|(code, _)| code),
            code => code,
        };
        let topic = self.settings.topic(event.topic);
        let place = format!("{topic}, sequence {} ({} bytes)", event.sequence, event.data.len());
        match code {
            Some(code) => topics::fault(code, &place),
            None => Fault::new(Code::KFK_001, format!("{place}: {error}")),
        }
    }
}

impl Publisher for KafkaPublisher {
    async fn publish(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        self.listener.forget();
        let limit = self.settings.timeout;
        let outcome = tokio::time::timeout(limit, self.deliver(events)).await;
        self.conclude(outcome.unwrap_or_else(|_| Err(self.silence()))).await
    }
}

fn headers(event: &CloudEvent) -> OwnedHeaders {
    let sequence = lines::sequence_text(event.sequence);
    let headers: [(&str, &str); 12] = [
        ("ce_specversion", lines::SPECIFICATION),
        ("ce_id", &event.id),
        ("ce_source", &event.source),
        ("ce_type", &event.kind),
        ("ce_subject", &event.subject),
        ("ce_time", &event.time),
        ("ce_dataschema", &event.schema),
        ("ce_partitionkey", &event.key),
        ("ce_sequence", &sequence),
        ("ce_previoushash", &event.previous),
        ("ce_hash", &event.hash),
        ("content-type", lines::CONTENT_TYPE),
    ];
    let empty = OwnedHeaders::new_with_capacity(headers.len());
    headers
        .into_iter()
        .fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(value) }))
}
