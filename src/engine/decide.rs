//! `decide(memory, policies, batch) → Decision`: the only sequencing there is.
//!
//! Reads no clock, no disk, no randomness. An empty database takes the same road as a busy one: a
//! keepalive is an event like any other.

mod gaps;
mod missing;
mod progress;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::assess::Circumstances;
use super::assess::coverage::Gap as CoverageGap;
use super::classified::Classified;
use super::data_map::DataMap;
use super::decision::{Checkpoint, Counts, Decision, Requests};
use super::detect::decoy::Decoys;
use super::detect::leaver::Accounts;
use super::detect::{Settled, Tally};
use super::incident;
use super::incident::alarm::Name;
use super::keys;
use super::ledger::{self, Census, Place, Stamp};
use super::lookout::{Lookout, Watched};
use super::maintenance::Envelopes;
use super::observed::{Committed, Observed};
use super::pseudonym::{Actors, Pseudonymizer};
use super::questions::{Assessment, Assessor};
use super::record::Record;
use super::series::Watch;
use super::standing::ExceptedActors;
use super::state::{State, View};
use super::unfit::Unfit;
use crate::model::limits::{CLOCK_SLACK, DUE_PER_EVENT, REGISTER_LOOK};
use crate::model::{
    Batch, Begin, Change, Code, Commit, Emission, Event, Fault, Idle, Incident, Lsn, Message, News,
    Outcome, Position, Reference, TableName, Timestamp, TransactionKind, Uncommitted,
};
use crate::policy::Policies;

/// The decision core with the policies in force.
pub struct Engine {
    pub(super) policies: Arc<Policies>,
    pub(super) pseudonyms: Pseudonymizer,
    pub(super) excepted: ExceptedActors,
    /// System identifier and database name: what ids are derived from.
    pub(super) system: String,
    pub(super) decoys: Decoys,
    pub(super) envelopes: Envelopes,
    /// Whether all tables fitted the policies when they began to be followed.
    pub(super) fitted: bool,
}

/// How far the stream has been decided, and the transaction in the middle of which it may stand.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// Nothing that is or will be due lies before it. What has been reached leaves traces in a
    /// store on disk, so that looking from the beginning would step over all that was due lately.
    due_from: Vec<u8>,
    checkpoint: Checkpoint,
    open: Option<Open>,
    /// Judgements that wait for the end of their grace.
    waiting: i64,
    /// How often the stream has broken off.
    part: u32,
    /// Commit LSN of the transaction that was begun last, new or told again.
    told: Lsn,
    watched: Watched,
    /// End of the last transaction of which a message could not be read.
    undecodable: Lsn,
    missing: missing::Missing,
    /// When the register was last compared with what was seen.
    register_looked: Timestamp,
    /// Requests of data subjects that are open, and those that are overdue.
    requests: Requests,
    /// Mapped tables that do not have the shape in which the policies read them.
    unfit: BTreeMap<TableName, Unfit>,
}

/// The transaction in progress.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Open {
    xid: u32,
    /// Commit time.
    time: Timestamp,
    /// Stream time: see [`Stamp`].
    arrived: Timestamp,
    kind: TransactionKind,
    /// Who is behind it, as it says itself.
    actor: Option<Reference>,
    /// Whether it was applied here by replication from elsewhere.
    foreign: bool,
}

impl Engine {
    /// `system` names the database for good: ids are derived from it.
    pub fn new(policies: Arc<Policies>, pseudonyms: Pseudonymizer, system: String) -> Self {
        let pseudonyms = pseudonyms.spelling(&policies.pack);
        let decoys = Decoys::new(&policies.register.decoys, &pseudonyms);
        let excepted = ExceptedActors::new(&policies, &pseudonyms);
        let envelopes = Envelopes::new(&policies.maintenances, &pseudonyms);
        Engine { policies, pseudonyms, excepted, system, decoys, envelopes, fitted: false }
    }

    /// All tables fit the policies as they are: one that does not at first sight has lost its shape since.
    pub fn fitted(self) -> Self {
        Engine { fitted: true, ..self }
    }

    /// What is pending in the engine's memory: incidents whose time is running, and how many
    /// judgements wait.
    pub fn pending(view: &dyn View) -> Result<(Vec<Incident>, u64), Fault> {
        let state = State::new(view);
        let progress = state.read::<Progress>(keys::PROGRESS)?.unwrap_or_default();
        Ok((incident::running(&state)?, progress.waiting.unsigned_abs()))
    }

    /// How many permissions stand on record.
    pub fn permissions(view: &dyn View) -> Result<Census, Fault> {
        ledger::census(&State::new(view))
    }

    /// How many requests of data subjects are open, and overdue, by kind.
    pub fn requests(view: &dyn View) -> Result<Requests, Fault> {
        let progress = State::new(view).read::<Progress>(keys::PROGRESS)?.unwrap_or_default();
        Ok(progress.requests)
    }

    /// Transactions that were last seen open, or whose end is still to come. After a restart
    /// nobody follows them any more, until they are told again from their beginning.
    pub fn lost(view: &dyn View) -> Result<Vec<Uncommitted>, Fault> {
        let progress = State::new(view).read::<Progress>(keys::PROGRESS)?.unwrap_or_default();
        let time = progress.checkpoint.time;
        let lost = |Name { xid, first }| Uncommitted { xid, first, time, news: News::Lost };
        Ok(progress.watched.all().into_iter().map(lost).collect())
    }

    /// Decides one batch. Deciding `a` and then `b` gives the same as deciding `a ++ b`, wherever
    /// it is cut; what lies at or before the checkpoint is skipped.
    ///
    /// # Errors
    /// When the memory cannot be read, or a transaction is not properly opened and closed.
    pub fn decide(&self, view: &dyn View, batch: &Batch) -> Result<Decision, Fault> {
        let mut deciding = Deciding::resume(self, view)?;
        deciding.tell_replaced()?;
        for event in &batch.events {
            deciding.take(event)?;
        }
        if deciding.recounts {
            deciding.counts.permissions = Some(ledger::census(&deciding.state)?);
        }
        Ok(deciding.finish())
    }
}

/// One decision in progress.
pub(super) struct Deciding<'e> {
    pub(super) engine: &'e Engine,
    pub(super) state: State<'e>,
    pub(super) counts: Counts,
    pub(super) now: Timestamp,
    progress: Progress,
    pub(super) emissions: Vec<Emission>,
    pub(super) tally: Tally,
    pub(super) accounts: Accounts,
    pub(super) watch: Watch,
    pub(super) lookout: Lookout<'e>,
    pub(super) data_map: DataMap,
    observed: Observed,
    actors: Actors,
    /// See [`Progress::due_from`].
    pub(super) due_from: Vec<u8>,
    /// Whether an idle event has reached as much of what is due as it may.
    pub(super) more_is_due: bool,
    /// Whether there may be other permissions on record than before.
    pub(super) recounts: bool,
    /// Whether other tables may fit the policies than before.
    refits: bool,
    /// See [`Decision::copy_again`].
    pub(super) copy_again: BTreeSet<TableName>,
}

impl<'e> Deciding<'e> {
    pub(super) fn resume(engine: &'e Engine, view: &'e dyn View) -> Result<Self, Fault> {
        let state = State::new(view);
        let progress = state.read::<Progress>(keys::PROGRESS)?.unwrap_or_default();
        // Looking for what is not there costs more than many a change.
        let watch = Watch::load(&state, &engine.policies.statistics, progress.open.is_some())?;
        let tally = match progress.open {
            Some(_) => Tally::load(&state)?,
            None => Tally::begin(&state)?,
        };
        let observed = Observed::load(&state)?;
        Ok(Deciding {
            engine,
            state,
            observed,
            counts: Counts::default(),
            now: progress.checkpoint.time,
            emissions: Vec::new(),
            tally,
            accounts: Accounts::new(&engine.policies.pack),
            watch,
            lookout: Lookout::default(),
            data_map: DataMap::default(),
            actors: Actors::default(),
            due_from: progress.due_from.clone().max(keys::DUE_FROM.to_vec()),
            more_is_due: false,
            recounts: false,
            refits: false,
            copy_again: BTreeSet::new(),
            progress,
        })
    }

    fn take(&mut self, event: &Event) -> Result<(), Fault> {
        match event {
            Event::Begin(begin) => self.begin(begin),
            Event::Change(change) => self.change(change),
            Event::Commit(commit) => self.commit(commit),
            Event::Idle(idle) => self.idle(idle),
            Event::Gap(gap) => self.gap(gap),
            Event::Message(message) => {
                self.message(message);
                Ok(())
            }
            Event::Uncommitted(told) => self.uncommitted(told),
            Event::Copy(news) => self.copy_news(news),
        }
    }

    pub(super) fn finish(self) -> Decision {
        let Deciding { engine, mut state, mut progress, mut counts, .. } = self;
        self.data_map.store(&mut state, &engine.policies.digest);
        counts.evicted_series += self.tally.evicted();
        self.watch.store(&mut state, &engine.policies.statistics, &mut counts);
        self.tally.store(&mut state);
        self.lookout.store(&mut state);
        let observations = self.observed.store(&mut state);
        progress.checkpoint.time = self.now;
        progress.waiting += counts.waiting;
        progress.requests.add(&counts.requests);
        progress.due_from = self.due_from;
        if self.refits {
            let unfit = progress.unfit.iter();
            counts.unfit = Some(unfit.map(|(table, it)| (table.clone(), it.why(table))).collect());
        }
        state.write(keys::PROGRESS.to_vec(), &progress);
        Decision {
            writes: state.into_writes(),
            emissions: self.emissions,
            observations,
            counts,
            checkpoint: progress.checkpoint,
            more_is_due: self.more_is_due && progress.open.is_none(),
            copy_again: self.copy_again,
        }
    }

    fn begin(&mut self, begin: &Begin) -> Result<(), Fault> {
        let position = Position { commit: begin.commit, ordinal: 0 };
        self.progress.told = begin.commit;
        self.no_longer_open(begin.xid);
        if !self.is_new(position) {
            return Ok(());
        }
        // An initial copy that was cut off is taken anew, under another position.
        if self.progress.open.is_some() {
            self.break_off();
        }
        self.advance(begin.time, DUE_PER_EVENT.0)?;
        let Begin { xid, time, kind, .. } = *begin;
        let arrived = if time < self.now - CLOCK_SLACK { self.now } else { time };
        let open = Open { xid, time, arrived, kind, actor: None, foreign: false };
        self.recounts |= kind.is_copy();
        if kind == TransactionKind::InitialCopy {
            let place = self.stamp(open, position).place;
            self.state.write(keys::COPIED.to_vec(), &place);
            self.state.remove(keys::MISCOUNTED.to_vec());
            self.complete_from(place);
        }
        self.progress.open = Some(open);
        self.progress.checkpoint.position = position;
        Ok(())
    }

    /// Who is behind the changes that follow in this transaction. A message has no position: while
    /// an earlier transaction is told again, it is not about the one in progress.
    fn message(&mut self, message: &Message) {
        let position = self.progress.checkpoint.position;
        let told = self.progress.told == position.commit;
        let Some(open) = self.progress.open.as_mut().filter(|_| told) else { return };
        match message.prefix.as_str() {
            Message::ACTOR => {
                let name = message.content.trim_ascii();
                open.actor = (!name.is_empty()).then(|| self.engine.pseudonyms.actor(name));
            }
            Message::ORIGIN => open.foreign = true,
            Message::SCHEMA => self.schema_changed(message, position),
            Message::MAINTENANCE => self.declare(message),
            _ => {}
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), Fault> {
        if !self.is_new(change.position) {
            return Ok(());
        }
        let open = self.open()?;
        self.progress.checkpoint.position = change.position;
        let engine = self.engine;
        let mapping = engine.policies.pack.tables.get(&change.table.name);
        let mut record = Record::new(change, mapping);
        record.put_back = self.is_put_back(&record)?;
        let (news, reshaped) = self.profile(&record, open.time)?;
        let unfit = match reshaped {
            Some(reshaped) => self.hold_against_policies(change, &reshaped)?,
            None => false,
        };
        // The column names who is responsible in the CRM; where it names nobody, the transaction may
        // say who held the pen.
        let named = record.actor_name();
        let named = named.map(|name| self.actors.reference(name, &engine.pseudonyms));
        let verdicts = self.data_map.verdicts(&change.table.name);
        let known = (&self.state, &engine.pseudonyms);
        let classified = Classified::new(record, verdicts, known, named.or(open.actor))?;
        self.counts.seen(&classified);
        let stamp = self.stamp(open, change.position);
        let seen = (stamp, open.kind.is_copy());
        self.recounts |= mapping.is_some_and(|mapping| !mapping.permissions.is_empty());
        let (state, pseudonyms) = (&mut self.state, &engine.pseudonyms);
        ledger::note_readdressed(&classified, stamp, state, pseudonyms)?;
        let mut applied = ledger::apply(&classified, seen, state, pseudonyms)?;
        ledger::read_late(classified.record(), &engine.policies.pack, state, pseudonyms)?;
        ledger::note_presence(&classified, seen, state, pseudonyms)?;
        ledger::note_restriction(&classified, stamp, state, pseudonyms)?;
        ledger::note_identity(&classified, verdicts, state, pseudonyms)?;
        let test = self.is_test(&classified)?;
        self.touched(&classified, &applied, test, (open.arrived, open.kind.is_copy()))?;
        let circumstances = self.circumstances(&classified, open);
        self.compare(&news, &circumstances)?;
        if unfit && classified.record().mapping.request.is_some() {
            self.announce(CoverageGap::Request, &circumstances)?;
        }
        let assessment = match test {
            true => Assessment::settled(Outcome::NotPersonal),
            false => {
                self.inspect(&classified, &circumstances)?;
                if let Some(contact_points) = applied.erased.take() {
                    self.await_erasure(&classified, &circumstances, contact_points)?;
                }
                self.follow_request(&classified, &circumstances)?;
                let recorded = self.judge_record(&classified, applied, &circumstances)?;
                let copied = circumstances.copied;
                let own = self.judge_own(&classified, &circumstances)?;
                recorded.and(own).and(self.assess(&classified, copied, mapping.is_some())?)
            }
        };
        let assessment = match self.is_unfit(&change.table.name) {
            true => assessment.and(Assessment::settled(Outcome::Undecided)),
            false => assessment,
        };
        self.conclude(&classified, circumstances, assessment)
    }

    fn circumstances(&self, change: &Classified<'_>, open: Open) -> Circumstances {
        Circumstances {
            stamp: self.stamp(open, change.record().change.position),
            xid: open.xid,
            time: open.time,
            table: change.record().change.table.name.clone(),
            row: change.row(),
            subject: change.subject(),
            actor: change.actor(),
            copied: open.kind.is_copy(),
        }
    }

    fn assess(
        &self,
        change: &Classified<'_>,
        copied: bool,
        mapped: bool,
    ) -> Result<Assessment, Fault> {
        let assessor = Assessor {
            policies: &self.engine.policies,
            pseudonyms: &self.engine.pseudonyms,
            state: &self.state,
            place: Place { part: self.progress.part, position: change.record().change.position },
            copied,
        };
        assessor.assess(change, mapped)
    }

    fn conclude(
        &mut self,
        change: &Classified<'_>,
        circumstances: Circumstances,
        assessment: Assessment,
    ) -> Result<(), Fault> {
        for gap in &assessment.gaps {
            self.announce(*gap, &circumstances)?;
        }
        let nameless = change.record().mapping.actor.is_some() && change.actor().is_none();
        let written = change.record().change.operation.new_row().is_some();
        if nameless && !circumstances.copied && written {
            self.counts.unknown_actors += 1;
            self.announce(CoverageGap::Actor, &circumstances)?;
        }
        let about = (change.record(), circumstances);
        self.judge(about, assessment.questions, assessment.outcome)
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), Fault> {
        if !self.is_new(commit.position) {
            return Ok(());
        }
        let open = self.open()?;
        self.progress.open = None;
        self.progress.checkpoint.position = commit.position;
        if !open.kind.is_copy() {
            let Open { xid, time, arrived, .. } = open;
            let (position, end) = (commit.position.commit, commit.end);
            let record = Committed { commit: position, end, xid, time, arrived };
            self.observed.committed(self.progress.checkpoint.end, record);
        }
        self.progress.checkpoint.end = self.progress.checkpoint.end.max(commit.end);
        self.counts.transactions += 1;
        self.copy_ended(open.kind)?;
        let settled = Settled { time: open.time, kind: open.kind, foreign: open.foreign };
        let Engine { policies, system, .. } = self.engine;
        let mut signals = self.tally.settle(&mut self.state, policies, &settled)?;
        self.settle_maintenance();
        self.note_size(commit.position, open.arrived)?;
        signals.extend(self.unusual(&settled, open.xid, &signals)?);
        let alarms = self.alarms_of(open.xid, commit.position)?;
        let (state, now, time) = (&mut self.state, self.now, open.time);
        let told = incident::correlate(state, policies, system, signals, alarms, time, now)?;
        self.emissions.extend(told);
        // With no grace, the end of the transaction is the end of waiting.
        if policies.profile.grace.is_zero() {
            self.reach_due(Timestamp(self.now.0.saturating_add(1)), DUE_PER_EVENT.1)?;
        }
        Ok(())
    }

    fn idle(&mut self, idle: &Idle) -> Result<(), Fault> {
        // Within a transaction time stands still: its commit may be of long ago.
        if self.progress.open.is_some() {
            return Ok(());
        }
        self.advance(idle.time, DUE_PER_EVENT.1)?;
        let end = &mut self.progress.checkpoint.end;
        // Before the initial copy has been decided to its end, nothing may be acknowledged.
        if *end != Lsn::ZERO {
            *end = (*end).max(idle.lsn);
        }
        Ok(())
    }

    fn stamp(&self, open: Open, position: Position) -> Stamp {
        Stamp { time: open.arrived, place: Place { part: self.progress.part, position } }
    }

    /// Stream time moves on; it never moves back, though commit times may. What is due is reached
    /// a little later, when no commit stamped before it can come any more.
    fn advance(&mut self, time: Timestamp, most: usize) -> Result<(), Fault> {
        self.now = self.now.max(time);
        self.observed.advance(self.now);
        if self.now >= self.progress.register_looked + REGISTER_LOOK {
            self.progress.register_looked = self.now;
            self.look_at_register()?;
        }
        self.tell_expired()?;
        self.tell_maintenance_over()?;
        self.reach_due(self.now - CLOCK_SLACK, most)?;
        self.emissions.extend(incident::advance(&mut self.state, self.now)?);
        Ok(())
    }

    pub(super) fn emit(&mut self, emission: Emission) {
        self.emissions.push(emission);
    }

    fn is_new(&self, position: Position) -> bool {
        position > self.progress.checkpoint.position
    }

    fn open(&self) -> Result<Open, Fault> {
        let outside = || Fault::new(Code::WIR_001, "a change outside of a transaction");
        self.progress.open.ok_or_else(outside)
    }
}
