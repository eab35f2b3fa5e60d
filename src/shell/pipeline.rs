//! The production loop: source → decide → commit → publish → acknowledge.
//!
//! ```text
//! source.next ──► engine.decide ──► store.commit ──► outbox ──► publisher task
//!      ▲                                                             │
//!      └──────────── acknowledge(min(decided, delivered)) ◄──────────┘
//! ```
//!
//! The publisher works in a task of its own, so that a receiver that is slow or away never stops
//! the reading; what it has not taken waits in the store's outbox.

mod replace;

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use super::contract::{Commitment, Publisher, Queued, Source, Store};
use super::desk::Question;
use super::monitor::Monitor;
use super::schema_changes;
use super::store::Identity;
use super::webhook::Webhook;
use crate::engine::{Checkpoint, Decision, Engine};
use crate::model::limits::{BACKOFF, DRAIN_TIMEOUT, OUTBOX_PAGE};
use crate::model::{
    Activity, Batch, Code, Emission, Event, Fault, Idle, Incident, IncidentState, Instruction, Lsn,
    Recovery,
};
use crate::wire::{Chain, CloudEvent, Origin, timeline_body};

/// Where the chains' memory lies among the records.
pub const CHAIN_MEMORY: &[u8] = b"v";

/// Everything the loop needs beside the three contracts.
pub struct Parts {
    /// The decision core.
    pub engine: Engine,
    /// The hash chains, resumed from the store's heads.
    pub chain: Chain,
    /// What the events name as their source.
    pub origin: Origin,
    /// Whose change stream it is.
    pub identity: Identity,
    /// Metrics and health.
    pub monitor: Arc<Monitor>,
    /// Log that the server may keep for us, in bytes; beyond it we give way.
    pub slot_budget: u64,
}

/// The loop.
pub struct Pipeline<S, T> {
    parts: Parts,
    source: S,
    store: T,
    checkpoint: Checkpoint,
    acknowledged: Lsn,
    /// Events handed to the publisher task and not yet delivered.
    in_flight: VecDeque<Queued>,
    /// The oldest event in the outbox that is not delivered allows acknowledging up to here.
    undelivered: Option<Lsn>,
    giving_way: bool,
    /// Whether anything has come from the source since the start. Until then it is not known
    /// whether the store's positions are those of the database at the other end.
    heard: bool,
    /// Whether something that is due was left for later.
    more_is_due: bool,
    /// What people ask about incidents, if anybody may.
    questions: Option<mpsc::Receiver<Question>>,
    /// Takes critical incidents beside the publisher, if anything does.
    webhook: Option<Webhook>,
}

impl<S: Source, T: Store> Pipeline<S, T> {
    /// Continues where the store stands.
    pub fn resume(parts: Parts, source: S, store: T) -> Result<Self, Fault> {
        let checkpoint = store.checkpoint()?.unwrap_or_default();
        let undelivered = store.outbox(1)?.first().map(|queued| queued.before);
        Ok(Pipeline {
            parts,
            source,
            store,
            checkpoint,
            acknowledged: Lsn::ZERO,
            in_flight: VecDeque::new(),
            undelivered,
            giving_way: false,
            heard: false,
            more_is_due: false,
            questions: None,
            webhook: None,
        })
    }

    /// Answers these questions as well.
    pub fn answering(self, questions: mpsc::Receiver<Question>) -> Self {
        Pipeline { questions: Some(questions), ..self }
    }

    /// Tells a webhook of critical incidents.
    pub fn telling(self, webhook: Option<Webhook>) -> Self {
        Pipeline { webhook, ..self }
    }

    /// Runs until `stop` is ready, then delivers what is left, as long as the stop may take.
    ///
    /// # Errors
    /// A fault that does not mend itself. Nothing is lost: what was not committed comes again,
    /// what was not delivered waits in the outbox.
    pub async fn run<P: Publisher + 'static>(
        &mut self,
        publisher: P,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Fault> {
        let (mut delivery, task) = Delivery::start(publisher, Arc::clone(&self.parts.monitor));
        let result = self.work(&mut delivery, stop).await;
        drop(delivery);
        task.abort();
        result
    }

    /// Gives the source back, so that it can take leave of the server.
    pub fn into_source(self) -> S {
        self.source
    }

    async fn work(
        &mut self,
        delivery: &mut Delivery,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Fault> {
        let mut stop = std::pin::pin!(stop);
        self.hand_over(delivery)?;
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                done = delivery.done.recv() => self.delivered(done, delivery)?,
                next = next(&mut self.source, &mut self.questions) => match next {
                    Next::Batch(batch) => self.take(&batch?, delivery)?,
                    Next::Question(question) => self.answer(question, delivery)?,
                },
                // After a large import far more is due at one moment than one decision may reach.
                // While nothing comes it goes on; it yields, as whoever brings something must run.
                () = tokio::task::yield_now(), if self.more_is_due => self.go_on(delivery)?,
            }
        }
        let drained = self.drain(delivery);
        match tokio::time::timeout(DRAIN_TIMEOUT, drained).await {
            Ok(result) => result,
            Err(_) => {
                info!("stopped with events in the outbox; they are published after the next start");
                Ok(())
            }
        }
    }

    async fn drain(&mut self, delivery: &mut Delivery) -> Result<(), Fault> {
        while !self.in_flight.is_empty() {
            let done = delivery.done.recv().await;
            self.delivered(done, delivery)?;
        }
        Ok(())
    }

    /// Takes what has come from the source.
    fn take(&mut self, batch: &Batch, delivery: &mut Delivery) -> Result<(), Fault> {
        self.parts.monitor.received();
        schema_changes::report(batch, self.checkpoint.end, &self.parts.monitor);
        if !self.heard {
            self.heard = true;
            // What an earlier run saw open nobody has followed since. Said together with the first
            // that comes, so that nothing of a new identity is durable before its gap.
            let lost = Engine::lost(self.store.view())?.into_iter().map(Event::Uncommitted);
            let events = lost.chain(batch.events.iter().cloned()).collect();
            return self.decide(&Batch { events }, delivery);
        }
        self.decide(batch, delivery)
    }

    /// Reaches more of what is due, as at an idle event that says nothing new.
    fn go_on(&mut self, delivery: &mut Delivery) -> Result<(), Fault> {
        let Checkpoint { end: lsn, time, .. } = self.checkpoint;
        let events = vec![Event::Idle(Idle { lsn, time })];
        self.decide(&Batch { events }, delivery)
    }

    /// Decides a batch and makes the decision durable.
    fn decide(&mut self, batch: &Batch, delivery: &mut Delivery) -> Result<(), Fault> {
        let decision = self.parts.engine.decide(self.store.view(), batch)?;
        self.settle(decision, delivery)
    }

    /// Answers a question about incidents. Whoever asked may be gone: what was done is done.
    fn answer(&mut self, question: Question, delivery: &mut Delivery) -> Result<(), Fault> {
        match question {
            Question::List(answer) => _ = answer.send(Engine::incidents(self.store.view())),
            Question::Show(id, answer) => _ = answer.send(Engine::incident(self.store.view(), id)),
            // Nobody waits for it any more, and may ask again.
            Question::Instruct(_, answer) if answer.is_closed() => {}
            Question::Timeline(whom, answer) => {
                let engine = &self.parts.engine;
                let timeline = engine.timeline(self.store.view(), &whom);
                _ = answer.send(timeline.map(|it| timeline_body(&it, engine.policies())));
            }
            Question::Replace(read, answer) => _ = answer.send(self.replace(*read, delivery)?),
            Question::Instruct(asked, answer) => {
                let done = self.instruct(&asked, delivery)?;
                _ = answer.send(done);
            }
        }
        Ok(())
    }

    /// Does what a person asks for; the inner fault is theirs, the outer one ours.
    fn instruct(
        &mut self,
        asked: &Instruction,
        delivery: &mut Delivery,
    ) -> Result<Result<Incident, Fault>, Fault> {
        // Nothing may be durable before it is known whose stream it belongs to.
        if !self.heard {
            let cause = "the database has not been heard of since the start";
            return Ok(Err(Fault::new(Code::API_002, cause)));
        }
        match self.parts.engine.instruct(self.store.view(), asked) {
            Ok(decision) => {
                let more_is_due = self.more_is_due;
                self.settle(decision, delivery)?;
                self.more_is_due = more_is_due;
                Engine::incident(self.store.view(), asked.incident).map(Ok)
            }
            Err(fault) => Ok(Err(fault)),
        }
    }

    /// Makes a decision durable and passes on what comes of it.
    fn settle(&mut self, mut decision: Decision, delivery: &mut Delivery) -> Result<(), Fault> {
        let Parts { chain, origin, identity, .. } = &mut self.parts;
        let (time, timeline) = (decision.checkpoint().time, identity.timeline);
        let mut events = chain.observe(decision.observations(), origin, timeline, time);
        events.extend(chain.extend(decision.emissions(), origin, time));
        if !events.is_empty() && self.undelivered.is_none() {
            self.undelivered = Some(self.checkpoint.end);
        }
        let mut writes = decision.take_writes();
        if !events.is_empty() {
            writes.insert(CHAIN_MEMORY.to_vec(), Some(chain.memory()));
        }
        let webhook = self.webhook.as_ref();
        let urgent = webhook.map(|it| it.note(decision.emissions(), &events, &mut writes));
        self.checkpoint = decision.checkpoint();
        self.more_is_due = decision.more_is_due();
        let known = self.parts.identity.timeline;
        self.parts.identity.timeline = self.source.timeline().unwrap_or(known);
        self.store.commit(Commitment {
            writes,
            events,
            checkpoint: self.checkpoint,
            identity: self.parts.identity.clone(),
        })?;
        if let (Some(webhook), Some(urgent)) = (&self.webhook, urgent) {
            webhook.offer(urgent);
        }
        if !decision.copy_again().is_empty() {
            self.source.copy_again(decision.copy_again());
        }
        self.parts.monitor.decided(&decision);
        decision.emissions().iter().for_each(|emission| self.say_alarm(emission));
        self.hand_over(delivery)?;
        self.acknowledge();
        Ok(())
    }

    /// An alarm before the commit is also told to the source, which may still do something.
    fn say_alarm(&self, emission: &Emission) {
        let Emission::Incident(incident) = emission else { return };
        let raised = (incident.state, incident.activity);
        if let Some(transaction) = &incident.transaction
            && raised == (IncidentState::Provisional, Activity::Create)
        {
            let (incident, code) = (incident.id, incident.code);
            warn!(%incident, %code, xid = transaction.xid, "an open transaction raises an alarm");
            self.source.alarmed(transaction.xid, transaction.first);
        }
    }

    /// Gives the publisher task the next events when it is idle.
    fn hand_over(&mut self, delivery: &mut Delivery) -> Result<(), Fault> {
        if !self.in_flight.is_empty() || self.undelivered.is_none() {
            return Ok(());
        }
        self.in_flight = self.store.outbox(OUTBOX_PAGE)?.into();
        self.undelivered = self.in_flight.front().map(|queued| queued.before);
        self.parts.monitor.next_to_deliver(self.in_flight.iter());
        let events: Vec<CloudEvent> =
            self.in_flight.iter().map(|queued| queued.event.clone()).collect();
        if !events.is_empty() {
            delivery.publish(events);
            self.webhook.iter().for_each(Webhook::publishing);
        }
        Ok(())
    }

    fn delivered(
        &mut self,
        done: Option<Result<(), Fault>>,
        delivery: &mut Delivery,
    ) -> Result<(), Fault> {
        let stopped = || Err(Fault::new(Code::PUB_001, "the publisher stopped"));
        done.unwrap_or_else(stopped)?;
        if let Some(last) = self.in_flight.back() {
            self.store.delivered(last.number)?;
        }
        self.parts.monitor.delivered(&self.in_flight);
        if let Some(webhook) = &self.webhook {
            webhook.published(self.in_flight.iter().map(|queued| &queued.event));
        }
        self.in_flight.clear();
        self.hand_over(delivery)?;
        self.acknowledge();
        Ok(())
    }

    /// The smallest position that is both committed and delivered; never a smaller one than
    /// before.
    fn acknowledge(&mut self) {
        if !self.heard {
            return;
        }
        // The smaller of the two: an undelivered event may date from another system's log.
        let decided = self.checkpoint.end;
        let mut position = self.undelivered.map_or(decided, |before| before.min(decided));
        let over_budget = self.source.retained_bytes() > self.parts.slot_budget;
        let holding_back = position < decided;
        if over_budget && holding_back {
            position = decided;
        }
        self.say_giving_way(over_budget && holding_back);
        if position > self.acknowledged {
            self.acknowledged = position;
            self.source.acknowledge(position);
        }
        let retained = self.source.retained_bytes();
        self.parts.monitor.settled(decided, self.acknowledged, retained);
    }

    /// The CRM's disk comes before our convenience, and not in silence.
    fn say_giving_way(&mut self, now: bool) {
        if now && !self.giving_way {
            warn!(
                budget_bytes = self.parts.slot_budget,
                "slot_budget reached: acknowledging what is stored here though not yet published; \
                 the events stay in the outbox"
            );
        }
        self.giving_way = now;
        self.parts.monitor.giving_way(now);
    }
}

/// What comes next.
enum Next {
    Batch(Result<Batch, Fault>),
    Question(Question),
}

/// Neither waits for ever behind the other.
async fn next<S: Source>(source: &mut S, questions: &mut Option<mpsc::Receiver<Question>>) -> Next {
    tokio::select! {
        batch = source.next() => Next::Batch(batch),
        question = asked(questions) => Next::Question(question),
    }
}

/// The next question; never, when nobody may ask.
async fn asked(questions: &mut Option<mpsc::Receiver<Question>>) -> Question {
    match questions {
        Some(questions) => match questions.recv().await {
            Some(question) => question,
            // Nobody is left who could ask.
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// The publisher task and the two channels to it.
struct Delivery {
    pages: mpsc::Sender<Vec<CloudEvent>>,
    done: mpsc::Receiver<Result<(), Fault>>,
}

impl Delivery {
    fn start<P: Publisher + 'static>(
        publisher: P,
        monitor: Arc<Monitor>,
    ) -> (Delivery, JoinHandle<()>) {
        let (pages, next_page) = mpsc::channel(1);
        let (outcome, done) = mpsc::channel(1);
        let task = tokio::spawn(deliver(publisher, next_page, outcome, monitor));
        (Delivery { pages, done }, task)
    }

    /// Only called while no page is on its way, so the channel has room.
    fn publish(&mut self, events: Vec<CloudEvent>) {
        if self.pages.try_send(events).is_err() {
            error!("the publisher task is gone");
        }
    }
}

/// Publishes page after page, each until it is durable.
async fn deliver<P: Publisher>(
    mut publisher: P,
    mut pages: mpsc::Receiver<Vec<CloudEvent>>,
    outcome: mpsc::Sender<Result<(), Fault>>,
    monitor: Arc<Monitor>,
) {
    while let Some(page) = pages.recv().await {
        let result = publish_until_durable(&mut publisher, &page, &monitor).await;
        if outcome.send(result).await.is_err() {
            return;
        }
    }
}

async fn publish_until_durable<P: Publisher>(
    publisher: &mut P,
    page: &[CloudEvent],
    monitor: &Monitor,
) -> Result<(), Fault> {
    let mut pause = BACKOFF.0;
    loop {
        let outcome = publisher.publish(page).await;
        // Also when it failed later on: what was set aside before that does not come again.
        monitor.set_aside(&publisher.set_aside());
        let fault = match outcome {
            Ok(()) => {
                if pause > BACKOFF.0 {
                    info!(events = page.len(), "publishing again");
                }
                return Ok(());
            }
            Err(fault) => fault,
        };
        monitor.publish_failed(page);
        if fault.recovery() == Recovery::Stop {
            return Err(fault);
        }
        // Said once per outage, not once per attempt.
        if pause == BACKOFF.0 {
            warn!(code = %fault.code, cause = fault.cause, remedy = fault.remedy(), "publishing failed");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(BACKOFF.1);
    }
}
