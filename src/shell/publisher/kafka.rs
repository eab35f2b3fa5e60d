//! Events to Kafka: CloudEvents in binary mode (CloudEvents Kafka protocol binding 1.0.2).
//!
//! Exactly once: each call is one transaction, together with a message that says how far it goes
//! (`progress`). What was committed is left out when it comes again, what was not is seen by no
//! consumer that reads committed messages. The transactional id is that of the slot, so that
//! another lawtail that takes over a slot fences the one before it.
//!
//! Without transactions an idempotent producer keeps the order within a partition as long as no
//! message is given up alone. So none ever is: messages have no timeout of their own, a call as a
//! whole does.
//!
//! In both cases everything under way is dropped together with the producer after any failure.
//! What comes again comes from the beginning of the call.

mod dead_letter;
mod headers;
mod listener;
mod progress;
mod settings;
mod topics;

pub use settings::KafkaSettings;

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};

use self::listener::Listener;
use self::progress::Progress;
use crate::model::limits::KAFKA_ABORT_TIMEOUT;
use crate::model::{Code, Fault};
use crate::shell::contract::Publisher;
use crate::wire::{CloudEvent, Topic};

/// Pause before trying again when the producer's own queue is full and nothing of this call is
/// under way.
const QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// What the last progress message under our id is, unless another lawtail has written one. Brokers
/// also fence a producer when a request of its own predecessor is answered late, or when they lost
/// sight of its transaction for too long.
#[derive(Default)]
struct Mark {
    /// As it was read or committed; `None` before the first look.
    last: Option<Option<Progress>>,
    /// Of a transaction whose end is not known.
    attempted: Option<Progress>,
    /// Fenced, and not looked by whom.
    fenced: bool,
}

impl Mark {
    fn is_ours(&self, found: &Option<Progress>) -> bool {
        self.last.as_ref().is_none_or(|last| last == found)
            || self.attempted.is_some() && self.attempted == *found
    }
}

/// Publishes to `<prefix>.findings` and its siblings.
pub struct KafkaPublisher {
    settings: KafkaSettings,
    client: ClientConfig,
    listener: Listener,
    producer: Option<FutureProducer<Listener>>,
    /// Whether the topics are known to be there.
    prepared: bool,
    /// Whether transactions may begin: whoever had the id before is fenced.
    initialised: bool,
    /// How far earlier transactions came, until the first call has taken it into account.
    progress: Option<Progress>,
    mark: Mark,
    /// Whether each message travels alone, since the brokers have refused some together.
    alone: bool,
    /// What was set aside and not asked for yet, also by calls that failed later on.
    set_aside: Vec<Topic>,
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
        Ok(KafkaPublisher {
            settings,
            client,
            listener,
            producer: None,
            prepared: false,
            initialised: false,
            progress: None,
            mark: Mark::default(),
            alone: false,
            set_aside: Vec::new(),
        })
    }

    /// Connects, and creates or verifies the topics. Does nothing when that is done.
    ///
    /// # Errors
    /// `KFK-001` when no broker answers in time, `KFK-002` when a topic may not be created or is
    /// set up so that events would be lost.
    pub async fn prepare(&mut self) -> Result<(), Fault> {
        self.listener.forget();
        let limit = self.settings.timeout;
        let outcome = tokio::time::timeout(limit, self.prepare_topics()).await;
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
            Ok(Err(error)) => Err(self.explain(Fault::new(Code::KFK_001, error.to_string()))),
            Err(_) => Err(Fault::new(Code::KFK_001, "the client ended")),
        }
    }

    async fn prepare_topics(&mut self) -> Result<(), Fault> {
        if !self.prepared {
            topics::prepare(&self.settings, &self.client, &self.listener).await?;
            self.prepared = true;
        }
        Ok(())
    }

    /// `source` is that of the events, which the transactional id is made of.
    async fn connect(&mut self, source: &str) -> Result<FutureProducer<Listener>, Fault> {
        let producer = match &self.producer {
            Some(producer) => producer.clone(),
            None => {
                let mut config = self.client.clone();
                settings::set_delivery(&mut config, &self.settings, source, self.alone);
                let made = config.create_with_context(self.listener.clone());
                let made: FutureProducer<Listener> =
                    made.map_err(|error| settings::refused_configuration(&error))?;
                // Kept before the topics are looked at: its log lines tell why no broker answers.
                self.producer.insert(made).clone()
            }
        };
        self.prepare_topics().await?;
        if self.settings.exactly_once && !self.initialised {
            self.look_for_another(source).await?;
            self.initialise(&producer, source).await?;
            self.initialised = true;
        }
        Ok(producer)
    }

    /// Fences whoever had our transactional id, which ends what they had open, and looks how far
    /// they came.
    async fn initialise(
        &mut self,
        producer: &FutureProducer<Listener>,
        source: &str,
    ) -> Result<(), Fault> {
        let (limit, initialising) = (self.step_limit(), producer.clone());
        self.transact(producer, move || initialising.init_transactions(limit)).await?;
        self.progress = self.read_progress(source).await?;
        self.mark = Mark { last: Some(self.progress.clone()), ..Mark::default() };
        Ok(())
    }

    async fn read_progress(&self, source: &str) -> Result<Option<Progress>, Fault> {
        let (client, listener, limit) =
            (self.client.clone(), self.listener.clone(), self.step_limit());
        let (topic, key) = (self.settings.progress(), self.settings.transactional_id(source));
        let read = move || progress::read(&client, &listener, &topic, &key, limit);
        let read = tokio::task::spawn_blocking(read).await;
        read.unwrap_or_else(|_| Err(self.silence()))
    }

    /// Who was fenced asks for the id again only if nobody has published under it since: whoever has
    /// is the one to go on.
    async fn look_for_another(&mut self, source: &str) -> Result<(), Fault> {
        if self.mark.fenced {
            let found = self.read_progress(source).await?;
            if !self.mark.is_ours(&found) {
                let cause =
                    format!("{}: fenced, and published by another", self.settings.progress());
                return Err(Fault::new(Code::KFK_003, cause));
            }
            self.mark.fenced = false;
        }
        Ok(())
    }

    /// One step of a transaction; the client waits on the thread that takes it.
    async fn transact(
        &self,
        producer: &FutureProducer<Listener>,
        step: impl FnOnce() -> Result<(), KafkaError> + Send + 'static,
    ) -> Result<(), Fault> {
        match tokio::task::spawn_blocking(step).await {
            Ok(outcome) => outcome.map_err(|error| self.refusal(producer, "transaction", &error)),
            Err(_) => Err(self.silence()),
        }
    }

    async fn deliver(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        let Some(first) = events.first() else { return Ok(()) };
        let producer = self.connect(&first.source).await?;
        if !self.settings.exactly_once {
            return self.send_all(&producer, events).await;
        }
        let events = self.progress.as_ref().map_or(events, |progress| progress.rest(events));
        let Some(progress) = Progress::after(events) else { return Ok(()) };
        self.begin(&producer, &progress)?;
        self.send_all(&producer, events).await?;
        self.commit(&producer, &first.source, &progress).await
    }

    /// Begins a transaction that is to end with this progress.
    fn begin(
        &mut self,
        producer: &FutureProducer<Listener>,
        progress: &Progress,
    ) -> Result<(), Fault> {
        self.mark.attempted = Some(progress.clone());
        let begun = producer.begin_transaction();
        begun.map_err(|error| self.refusal(producer, "transaction", &error))
    }

    async fn commit(
        &mut self,
        producer: &FutureProducer<Listener>,
        source: &str,
        progress: &Progress,
    ) -> Result<(), Fault> {
        self.send_progress(producer, source, progress).await?;
        let (limit, committing) = (self.step_limit(), producer.clone());
        self.transact(producer, move || committing.commit_transaction(limit)).await?;
        self.progress = None;
        self.mark.last = Some(self.mark.attempted.take());
        Ok(())
    }

    /// How long a step may wait on its thread. Less than the call, so that as a rule nothing of a
    /// producer is left when the next one asks for the same id.
    fn step_limit(&self) -> Duration {
        self.settings.timeout / 2
    }

    async fn send_all(
        &self,
        producer: &FutureProducer<Listener>,
        events: &[CloudEvent],
    ) -> Result<(), Fault> {
        let mut reports = Vec::with_capacity(events.len());
        let mut confirmed = 0;
        for event in events {
            loop {
                match self.enqueue(producer, event) {
                    Ok(Some(report)) => break reports.push((event, report)),
                    Ok(None) if confirmed < reports.len() => {
                        let (event, report) = &mut reports[confirmed];
                        self.confirm(producer, &self.place(event), report).await?;
                        confirmed += 1;
                    }
                    Ok(None) => tokio::time::sleep(QUEUE_PAUSE).await,
                    // A refusal ends the transaction: what is handed over after it is not taken.
                    Err(fault) if fault.code == Code::KFK_001 => {
                        self.confirm_all(producer, &mut reports[confirmed..]).await?;
                        return Err(fault);
                    }
                    Err(fault) => return Err(fault),
                }
            }
        }
        self.confirm_all(producer, &mut reports[confirmed..]).await
    }

    /// Of several failures the one that stands behind the others: that the brokers refuse an event.
    async fn confirm_all(
        &self,
        producer: &FutureProducer<Listener>,
        reports: &mut [(&CloudEvent, DeliveryFuture)],
    ) -> Result<(), Fault> {
        let mut outcome = Ok(());
        for (event, report) in reports {
            let confirmed = self.confirm(producer, &self.place(event), report).await;
            let refused = confirmed.as_ref().is_err_and(|fault| fault.code == Code::KFK_004);
            if outcome.is_ok() || refused {
                outcome = confirmed;
            }
            if refused {
                break;
            }
        }
        outcome
    }

    async fn send_progress(
        &self,
        producer: &FutureProducer<Listener>,
        source: &str,
        progress: &Progress,
    ) -> Result<(), Fault> {
        let (topic, key) = (self.settings.progress(), self.settings.transactional_id(source));
        let value = progress.encode();
        // Nothing else is under way, so that the queue has room; and it is read from partition 0.
        let record = FutureRecord::to(&topic).partition(0).key(&key).payload(&value);
        match producer.send_result(record) {
            Ok(mut report) => self.confirm(producer, &topic, &mut report).await,
            Err((error, _)) => Err(self.refusal(producer, &topic, &error)),
        }
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
            .headers(headers::of(event));
        match producer.send_result(record) {
            Ok(report) => Ok(Some(report)),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Ok(None),
            Err((error, _)) => Err(self.refusal(producer, &self.place(event), &error)),
        }
    }

    async fn confirm(
        &self,
        producer: &FutureProducer<Listener>,
        place: &str,
        report: &mut DeliveryFuture,
    ) -> Result<(), Fault> {
        match report.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((error, _))) => Err(self.refusal(producer, place, &error)),
            Err(_) => Err(self.silence()),
        }
    }

    /// After a failure nothing under way may arrive later than what comes again: the producer
    /// goes, and its queue with it.
    async fn conclude<T>(&mut self, outcome: Result<T, Fault>) -> Result<(), Fault> {
        if let Err(fault) = &outcome {
            let open = self.initialised && fault.code != Code::KFK_003;
            self.prepared = false;
            self.drop_producer(open).await;
        }
        outcome.map(|_| ()).map_err(|fault| self.explain(fault))
    }

    /// `open`: its transaction may be.
    async fn drop_producer(&mut self, open: bool) {
        (self.initialised, self.progress) = (false, None);
        if let Some(producer) = self.producer.take() {
            let ending = tokio::task::spawn_blocking(move || {
                if open {
                    // As a courtesy: until it ends, consumers see nothing that comes after it.
                    let _ = producer.abort_transaction(KAFKA_ABORT_TIMEOUT);
                }
            });
            ending.await.expect("dropping a producer does not panic");
        }
    }

    fn silence(&self) -> Fault {
        let seconds = self.settings.timeout.as_secs_f32();
        Fault::new(Code::KFK_001, format!("no confirmation within {seconds} s"))
    }

    /// Adds what the client said meanwhile: a report knows only that nothing came.
    fn explain(&self, mut fault: Fault) -> Fault {
        if fault.code == Code::KFK_001
            && let Some((code, reason)) = self.listener.barred()
        {
            return Fault::new(code, reason);
        }
        if fault.code == Code::KFK_001
            && let Some(reason) = self.listener.last_error()
        {
            fault.cause = format!("{}: {reason}", fault.cause);
        }
        fault
    }

    /// Where an event was to go, for whoever reads of its fault.
    fn place(&self, event: &CloudEvent) -> String {
        let topic = self.settings.topic(event.topic);
        format!("{topic}, sequence {} ({} bytes)", event.sequence, event.data.len())
    }

    fn refusal(
        &self,
        producer: &FutureProducer<Listener>,
        place: &str,
        error: &KafkaError,
    ) -> Fault {
        // A fatal error stands behind all that come after it.
        let fatal = producer.client().fatal_error().map(|(code, _)| code);
        let code = match error {
            KafkaError::Transaction(error) => Some(error.code()),
            error => error.rdkafka_error_code(),
        };
        // That an event is refused is the cause of what is fatal, not its consequence.
        let code = code.filter(|code| topics::is_of_the_event(*code)).or(fatal).or(code);
        match code {
            Some(code) => topics::fault(code, place),
            None => Fault::new(Code::KFK_001, format!("{place}: {error}")),
        }
    }
}

impl KafkaPublisher {
    /// One call, one transaction.
    async fn publish_together(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        let Some(first) = events.first() else { return Ok(()) };
        self.listener.forget();
        let limit = self.settings.timeout;
        let outcome = tokio::time::timeout(limit, self.deliver(events)).await;
        let outcome = self.conclude(outcome.unwrap_or_else(|_| Err(self.silence()))).await;
        self.unless_fenced(outcome, &first.source).await
    }

    /// Who was fenced tries again, unless another has published since.
    async fn unless_fenced(
        &mut self,
        outcome: Result<(), Fault>,
        source: &str,
    ) -> Result<(), Fault> {
        match outcome {
            Err(fenced) if fenced.code == Code::KFK_003 => {
                self.mark.fenced = true;
                self.look_for_another(source).await?;
                let cause = format!("{}; nobody else has published since", fenced.cause);
                Err(Fault::new(Code::KFK_001, cause))
            }
            outcome => outcome,
        }
    }

    /// What of a refused part no earlier call committed: halves are taken of this alone, since of
    /// those only one shows where that call ended.
    async fn rest_of<'a>(&mut self, part: &'a [CloudEvent]) -> Result<&'a [CloudEvent], Fault> {
        let Some(first) = part.first() else { return Ok(part) };
        self.listener.forget();
        let limit = self.settings.timeout;
        let connected = tokio::time::timeout(limit, self.connect(&first.source)).await;
        let connected = connected.unwrap_or_else(|_| Err(self.silence()));
        let outcome = self.conclude(connected.map(|_| ())).await;
        self.unless_fenced(outcome, &first.source).await?;
        Ok(self.progress.as_ref().map_or(part, |progress| progress.rest(part)))
    }
}

impl Publisher for KafkaPublisher {
    /// What the brokers refuse together is published by halves, until it is known which event they
    /// do not take: that one is set aside, and nothing overtakes another.
    async fn publish(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        let mut parts = vec![events];
        while let Some(part) = parts.pop() {
            let Err(refused) = self.publish_together(part).await else { continue };
            if refused.code != Code::KFK_004 {
                return Err(refused);
            }
            if let [event] = part {
                self.put_aside(event, refused).await?;
            } else {
                self.alone = true;
                let rest = self.rest_of(part).await?;
                let (first, second) = rest.split_at(rest.len() / 2);
                parts.extend([second, first]);
            }
        }
        if std::mem::take(&mut self.alone) {
            // What comes next may travel together again, with another producer.
            self.drop_producer(false).await;
        }
        Ok(())
    }

    fn set_aside(&mut self) -> Vec<Topic> {
        std::mem::take(&mut self.set_aside)
    }
}
