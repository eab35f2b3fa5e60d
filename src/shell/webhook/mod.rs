//! Critical incidents by HTTP, for when Kafka is away.
//!
//! An event that is critical is remembered in the store, in the transaction of its decision, until the
//! receiver has confirmed it or, where the webhook only stands in for the way out, that has. A task of its own
//! sends it, so that no receiver holds up the stream. What comes twice has the same id.

mod request;
pub(crate) mod signature;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{info, warn};

pub use self::request::{Receiver, Tried, Unanswered};
use super::clock::Clock;
use super::monitor::Monitor;
use crate::engine::state::{View, Writes};
use crate::model::limits::webhook as limits;
use crate::model::{Activity, Code, Emission, Fault, Incident, Severity, Stage, Timestamp};
use crate::wire::{CloudEvent, incident_event_id};

/// What waits lies among the records under this, followed by the event's id.
const WAITING: &[u8] = b"9W";

/// See [`WAITING`].
const WAITING_END: &[u8] = b"9X";

/// When events are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once, whatever else receives them.
    Always,
    /// When nothing has left the outbox for so long, although something waits there.
    KafkaAway(Duration),
}

/// Where to, signed with what, and when.
#[derive(Debug)]
pub struct WebhookSettings {
    /// The receiver.
    pub receiver: Receiver,
    /// Shared with the receiver: key of the signatures.
    pub secret: SecretString,
    /// When.
    pub when: When,
}

/// An event that waits for its receiver, with the moment at which it began to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    since: Timestamp,
    event: CloudEvent,
}

/// The task that sends, and what waits for it.
pub struct Webhook {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    task: JoinHandle<()>,
}

struct Shared {
    when: When,
    queue: Mutex<Queue>,
    changed: Notify,
    monitor: Arc<Monitor>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Ids of those that need not be remembered any more.
    done: Vec<String>,
    /// Since when what waits in the outbox has not moved.
    stuck: Option<Instant>,
}

impl Webhook {
    /// Starts with what an earlier run has left.
    ///
    /// # Errors
    /// `STO-003` when that cannot be read.
    pub fn start(
        settings: WebhookSettings,
        view: &dyn View,
        monitor: Arc<Monitor>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        let unreadable = |_| Fault::new(Code::STO_003, "an event that waits for the webhook");
        let left = view.scan(WAITING, WAITING_END, usize::MAX)?.into_iter();
        let left: Result<VecDeque<Waiting>, Fault> =
            left.map(|(_, value)| postcard::from_bytes(&value).map_err(unreadable)).collect();
        let mut waiting = left?;
        waiting.make_contiguous().sort_by_key(|it| (it.since, it.event.sequence));
        let queue = Mutex::new(Queue { waiting, ..Queue::default() });
        let when = settings.when;
        let shared = Arc::new(Shared { when, queue, changed: Notify::new(), monitor });
        shared.show();
        let task = tokio::spawn(send(Arc::clone(&shared), settings, Arc::clone(&clock)));
        Ok(Webhook { shared, clock, task })
    }

    /// Adds to what is about to become durable: what waits from now on, and that something no longer does.
    /// What is returned is to be given to [`Webhook::offer`] once it is.
    pub fn note(
        &self,
        emissions: &[Emission],
        events: &[CloudEvent],
        writes: &mut Writes,
    ) -> Vec<CloudEvent> {
        for id in self.shared.queue().done.drain(..) {
            writes.insert(key(&id), None);
        }
        let urgent: Vec<String> = emissions.iter().filter_map(urgent).collect();
        let events = events.iter().filter(|event| urgent.contains(&event.id));
        let events: Vec<CloudEvent> = events.cloned().collect();
        for event in &events {
            let waiting = Waiting { since: self.clock.now(), event: event.clone() };
            let value = postcard::to_stdvec(&waiting).expect("events serialise");
            writes.insert(key(&event.id), Some(value));
        }
        events
    }

    /// Takes events that are durable.
    pub fn offer(&self, events: Vec<CloudEvent>) {
        if events.is_empty() {
            return;
        }
        let since = self.clock.now();
        let mut queue = self.shared.queue();
        queue.waiting.extend(events.into_iter().map(|event| Waiting { since, event }));
        while queue.waiting.len() > limits::WAITING {
            self.shared.give_up(&mut queue);
        }
        drop(queue);
        self.shared.show();
    }

    /// What waits in the outbox was handed to the publisher.
    pub fn publishing(&self) {
        self.shared.queue().stuck.get_or_insert_with(Instant::now);
        self.shared.changed.notify_one();
    }

    /// These have left the outbox: who only stands in has nothing to do with them any more.
    pub fn published<'a>(&self, events: impl Iterator<Item = &'a CloudEvent>) {
        let mut queue = self.shared.queue();
        queue.stuck = None;
        if self.shared.when != When::Always && !queue.waiting.is_empty() {
            events.for_each(|event| queue.end(&event.id));
        }
        drop(queue);
        self.shared.show();
    }

    /// Nothing waits in the outbox: what an earlier run left for the webhook has left it since.
    pub fn all_is_published(&self) {
        let waiting = self.shared.queue().waiting.clone();
        self.published(waiting.iter().map(|it| &it.event));
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Queue {
    fn end(&mut self, id: &str) {
        if let Some(place) = self.waiting.iter().position(|it| it.event.id == id) {
            self.waiting.remove(place);
            self.done.push(id.to_owned());
        }
    }

    fn has(&self, id: &str) -> bool {
        self.waiting.iter().any(|it| it.event.id == id)
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self) {
        self.monitor.webhook_waiting(self.queue().waiting.len());
        self.changed.notify_one();
    }

    /// Gives the oldest up.
    fn give_up(&self, queue: &mut Queue) {
        if let Some(oldest) = queue.waiting.pop_front() {
            self.monitor.webhook_given_up();
            let event = oldest.event;
            warn!(id = event.id, subject = event.subject, "given up: the webhook never took it");
            queue.done.push(event.id);
        }
    }

    /// From when on something may be sent; `None` while nothing is to be.
    fn due(&self) -> Option<Instant> {
        let queue = self.queue();
        if queue.waiting.is_empty() {
            return None;
        }
        match self.when {
            When::Always => Some(Instant::now()),
            When::KafkaAway(after) => queue.stuck.map(|since| since + after),
        }
    }

    async fn until_due(&self) {
        loop {
            let changed = self.changed.notified();
            match self.due() {
                Some(due) if due <= Instant::now() => return,
                Some(due) => _ = tokio::time::timeout_at(due, changed).await,
                None => changed.await,
            }
        }
    }
}

/// Sends what waits, in order, until the webhook goes.
async fn send(shared: Arc<Shared>, settings: WebhookSettings, clock: Arc<dyn Clock>) {
    let mut pause = limits::BACKOFF.0;
    loop {
        shared.until_due().await;
        match round(&shared, &settings, &*clock).await {
            Ok(()) => {
                if pause > limits::BACKOFF.0 {
                    info!("the webhook takes events again");
                }
                pause = limits::BACKOFF.0;
            }
            Err(fault) => {
                // Said once per outage, not once per attempt.
                if pause == limits::BACKOFF.0 {
                    let remedy = fault.remedy();
                    warn!(code = %fault.code, cause = fault.cause, remedy, "the webhook failed");
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(limits::BACKOFF.1);
            }
        }
    }
}

/// Tries each that waits once. One that is refused holds up no other; without a receiver there is no use in
/// trying the next. Returns the first fault.
async fn round(
    shared: &Shared,
    settings: &WebhookSettings,
    clock: &dyn Clock,
) -> Result<(), Fault> {
    let waiting: Vec<Waiting> = shared.queue().waiting.iter().cloned().collect();
    let mut outcome = Ok(());
    for Waiting { since, event } in waiting {
        if !shared.queue().has(&event.id) {
            continue;
        }
        if clock.now() >= since + limits::AGE {
            let mut queue = shared.queue();
            if queue.waiting.front().is_some_and(|oldest| oldest.event.id == event.id) {
                shared.give_up(&mut queue);
            }
            continue;
        }
        let sent = settings.receiver.send(&event, &settings.secret, clock.now()).await;
        shared.monitor.webhook_attempted(sent.is_ok());
        match sent {
            Ok(()) => {
                shared.queue().end(&event.id);
                shared.show();
            }
            Err(fault) => {
                let unreachable = fault.code == Code::WHK_001;
                outcome = outcome.and(Err(fault));
                if unreachable {
                    break;
                }
            }
        }
    }
    outcome
}

/// The id of the event, if it is one of an incident that is critical, is opened or has grown, and that
/// nobody has taken up.
fn urgent(emission: &Emission) -> Option<String> {
    let Emission::Incident(incident) = emission else { return None };
    let Incident { code, score, activity, handling, .. } = &**incident;
    let critical = code.severity().max(score.band().severity()) == Severity::Critical;
    let news = matches!(activity, Activity::Create | Activity::Update);
    let untouched = handling.stage == Stage::New;
    (critical && news && untouched).then(|| incident_event_id(incident))
}

fn key(id: &str) -> Vec<u8> {
    [WAITING, id.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
