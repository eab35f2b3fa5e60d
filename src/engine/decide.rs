//! `decide(memory, policies, batch) → Decision`: the only sequencing there is.
//!
//! Reads no clock, no disk, no randomness. An empty database takes the same road as a busy one: a
//! keepalive is an event like any other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::assess::Circumstances;
use super::assess::coverage::Gap as CoverageGap;
use super::classified::Classified;
use super::classify::TableProfile;
use super::decision::{Checkpoint, Counts, Decision};
use super::detect::{Settled, Tally, Touch};
use super::incident;
use super::keys;
use super::ledger::{self, Place, Stamp, SubjectRecord};
use super::pseudonym::Pseudonymizer;
use super::questions::{Assessment, Assessor};
use super::record::Record;
use super::state::{State, View};
use crate::model::limits::{CLOCK_SLACK, DUE_PER_EVENT, SAMPLE_EVERY, SAMPLE_ROWS};
use crate::model::{
    Activity, Batch, Begin, CatalogueEntry, Category, Change, Code, Commit, Emission, Event, Fault,
    Finding, Gap, GapCause, Idle, Incident, Lsn, Outcome, Position, Status, Table, TableName,
    Timestamp, TransactionKind,
};
use crate::policy::{Policies, TableMapping};

/// The decision core with the policies in force.
pub struct Engine {
    pub(super) policies: Arc<Policies>,
    pub(super) pseudonyms: Pseudonymizer,
    /// System identifier and database name: what ids are derived from.
    pub(super) system: String,
}

/// How far the stream has been decided, and the transaction in the middle of which it may stand.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Progress {
    checkpoint: Checkpoint,
    open: Option<Open>,
    /// Judgements that wait for the end of their grace.
    waiting: i64,
    /// How often the stream has broken off.
    part: u32,
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
}

impl Engine {
    /// `system` names the database for good: ids are derived from it.
    pub fn new(policies: Arc<Policies>, pseudonyms: Pseudonymizer, system: String) -> Self {
        Engine { policies, pseudonyms, system }
    }

    /// What is pending in the engine's memory: incidents whose time is running, and how many
    /// judgements wait.
    pub fn pending(view: &dyn View) -> Result<(Vec<Incident>, u64), Fault> {
        let state = State::new(view);
        let progress = state.read::<Progress>(keys::PROGRESS)?.unwrap_or_default();
        Ok((incident::running(&state)?, progress.waiting.unsigned_abs()))
    }

    /// Decides one batch. Deciding `a` and then `b` gives the same as deciding `a ++ b`, wherever
    /// it is cut; what lies at or before the checkpoint is skipped.
    ///
    /// # Errors
    /// When the memory cannot be read, or a transaction is not properly opened and closed.
    pub fn decide(&self, view: &dyn View, batch: &Batch) -> Result<Decision, Fault> {
        let mut deciding = Deciding::resume(self, view)?;
        for event in &batch.events {
            deciding.take(event)?;
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
    emissions: Vec<Emission>,
    tally: Tally,
    profiles: BTreeMap<TableName, Profiled>,
    /// Nothing that is due lies before it: what this decision has reached already need not be
    /// stepped over again.
    pub(super) due_from: Vec<u8>,
}

/// The data map of one table while a decision is in progress.
struct Profiled {
    profile: TableProfile,
    /// The shape that the last row had.
    shape: Option<Arc<Table>>,
    /// Judged under other policies.
    outdated: bool,
    changed: bool,
}

/// The data map of one table as it is stored: under other policies it is judged again.
#[derive(Serialize, Deserialize)]
struct StoredProfile {
    policy_digest: String,
    profile: TableProfile,
}

impl<'e> Deciding<'e> {
    fn resume(engine: &'e Engine, view: &'e dyn View) -> Result<Self, Fault> {
        let state = State::new(view);
        let progress = state.read::<Progress>(keys::PROGRESS)?.unwrap_or_default();
        let tally = Tally::load(&state)?;
        Ok(Deciding {
            engine,
            state,
            counts: Counts::default(),
            now: progress.checkpoint.time,
            progress,
            emissions: Vec::new(),
            tally,
            profiles: BTreeMap::new(),
            due_from: keys::DUE_FROM.to_vec(),
        })
    }

    fn take(&mut self, event: &Event) -> Result<(), Fault> {
        match event {
            Event::Begin(begin) => self.begin(begin),
            Event::Change(change) => self.change(change),
            Event::Commit(commit) => self.commit(commit),
            Event::Idle(idle) => self.idle(idle),
            Event::Gap(gap) => self.gap(gap),
            // The engine asks nothing of them yet.
            Event::Message(_) | Event::Uncommitted(_) => Ok(()),
        }
    }

    fn finish(self) -> Decision {
        let Deciding { engine, mut state, mut progress, mut counts, .. } = self;
        for (name, profiled) in self.profiles.into_iter().filter(|(_, it)| it.changed) {
            let policy_digest = engine.policies.digest.clone();
            let stored = StoredProfile { policy_digest, profile: profiled.profile };
            state.write(keys::profile(&name), &stored);
        }
        counts.evicted_series += self.tally.evicted();
        self.tally.store(&mut state);
        progress.checkpoint.time = self.now;
        progress.waiting += counts.waiting;
        state.write(keys::PROGRESS.to_vec(), &progress);
        Decision {
            writes: state.into_writes(),
            emissions: self.emissions,
            counts,
            checkpoint: progress.checkpoint,
        }
    }

    fn begin(&mut self, begin: &Begin) -> Result<(), Fault> {
        let position = Position { commit: begin.commit, ordinal: 0 };
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
        let open = Open { xid, time, arrived, kind };
        if kind == TransactionKind::InitialCopy {
            self.state.write(keys::COPIED.to_vec(), &self.stamp(open, position).place);
        }
        self.progress.open = Some(open);
        self.progress.checkpoint.position = position;
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), Fault> {
        if !self.is_new(change.position) {
            return Ok(());
        }
        let open = self.open()?;
        self.progress.checkpoint.position = change.position;
        let engine = self.engine;
        let nothing = TableMapping::default();
        let mapping = engine.policies.pack.tables.get(&change.table.name);
        let record = Record { change, mapping: mapping.unwrap_or(&nothing) };
        let profile = self.profile(&record, open.time)?;
        let classified = Classified::new(record, profile.verdicts(), &engine.pseudonyms);
        self.counts.seen(&classified);
        let stamp = self.stamp(open, change.position);
        let applied = ledger::apply(&classified, stamp, &mut self.state, &engine.pseudonyms)?;
        let test = self.is_test(&classified)?;
        self.tally.touch(&touch(&classified, applied, test));
        self.assess(&classified, mapping.is_some(), test, open)
    }

    /// Whether the row is a test record, or about one. A person who is declared to be a test is
    /// one only afterwards.
    fn is_test(&self, change: &Classified<'_>) -> Result<bool, Fault> {
        let record = change.record();
        if record.mapping.is_subject_table() {
            return Ok(record.is_test() == Some(true));
        }
        let Some(subject) = change.subject() else { return Ok(false) };
        let known = self.state.read::<SubjectRecord>(&keys::subject(subject))?;
        Ok(known.is_some_and(|subject| subject.test) || record.is_test() == Some(true))
    }

    fn assess(
        &mut self,
        change: &Classified<'_>,
        mapped: bool,
        test: bool,
        open: Open,
    ) -> Result<(), Fault> {
        let copied = open.kind == TransactionKind::InitialCopy;
        let assessment = {
            let assessor = Assessor {
                policies: &self.engine.policies,
                pseudonyms: &self.engine.pseudonyms,
                state: &self.state,
                copied,
            };
            match test {
                true => Assessment::settled(Outcome::NotPersonal),
                false => assessor.assess(change, mapped)?,
            }
        };
        let circumstances = Circumstances {
            stamp: self.stamp(open, change.record().change.position),
            xid: open.xid,
            time: open.time,
            table: change.record().change.table.name.clone(),
            row: change.row(),
            subject: change.subject(),
            actor: change.actor(),
            copied,
        };
        for gap in &assessment.gaps {
            self.announce(*gap, &circumstances)?;
        }
        let nameless = change.record().mapping.actor.is_some() && change.actor().is_none();
        if nameless && !copied && change.record().change.operation.new_row().is_some() {
            self.counts.unknown_actors += 1;
            self.announce(CoverageGap::Actor, &circumstances)?;
        }
        self.judge(circumstances, assessment.questions, assessment.outcome)
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), Fault> {
        if !self.is_new(commit.position) {
            return Ok(());
        }
        let open = self.open()?;
        self.progress.open = None;
        self.progress.checkpoint.position = commit.position;
        self.progress.checkpoint.end = self.progress.checkpoint.end.max(commit.end);
        self.counts.transactions += 1;
        let settled = Settled { time: open.time, kind: open.kind };
        let policies = &self.engine.policies;
        let signals = self.tally.settle(&mut self.state, policies, &settled)?;
        let system = &self.engine.system;
        let incidents = incident::correlate(&mut self.state, policies, system, signals, self.now)?;
        self.emissions.extend(incidents);
        // With no grace, the end of the transaction is the end of waiting.
        if self.engine.policies.profile.grace.is_zero() {
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

    /// A part of the stream was not seen: said twice, as a coverage event with its bounds and as a
    /// finding for whoever reads findings.
    fn gap(&mut self, gap: &Gap) -> Result<(), Fault> {
        self.break_off();
        self.now = self.now.max(gap.time);
        if gap.cause == GapCause::SystemChanged {
            // Positions of another system cannot be compared with ours.
            self.progress.checkpoint.position = Position::default();
            self.progress.checkpoint.end = Lsn::ZERO;
        }
        self.emit(Emission::Coverage(gap.clone()));
        let id = self.identify(&[gap.cause.name(), &gap.from.to_string(), &gap.to.to_string()]);
        let position = Position { commit: gap.to, ordinal: 0 };
        self.emit(Emission::Finding(Box::new(Finding {
            id,
            activity: Activity::Create,
            code: Code::COV_002,
            status: Status::Gap,
            severity: Code::COV_002.severity(),
            position,
            xid: 0,
            time: gap.time,
            judged: self.now,
            table: TableName::new("pg_catalog", "pg_replication_slots"),
            subject: None,
            actor: None,
            purpose: None,
            channel: None,
            reason: format!(
                "changes between {} and {} were not seen: {}",
                gap.from,
                gap.to,
                gap.cause.name()
            ),
            evidence: Vec::new(),
            count: 1,
            profile: self.engine.policies.profile.name.clone(),
            policy_digest: self.engine.policies.digest.clone(),
        })));
        Ok(())
    }

    /// What comes now does not follow on what came before: the open transaction never ends.
    fn break_off(&mut self) {
        self.state.write(keys::part_end(self.progress.part), &self.now);
        self.progress.part += 1;
        self.progress.open = None;
        self.tally.abandon(&mut self.state);
    }

    /// Which unbroken part of the stream this is.
    pub(super) fn part(&self) -> u32 {
        self.progress.part
    }

    fn stamp(&self, open: Open, position: Position) -> Stamp {
        Stamp { time: open.arrived, place: Place { part: self.progress.part, position } }
    }

    /// Stream time moves on; it never moves back, though commit times may. What is due is reached
    /// a little later, when no commit stamped before it can come any more.
    fn advance(&mut self, time: Timestamp, most: usize) -> Result<(), Fault> {
        self.now = self.now.max(time);
        self.reach_due(self.now - CLOCK_SLACK, most)?;
        let quiet = incident::advance(&mut self.state, self.now)?;
        self.emissions.extend(quiet);
        Ok(())
    }

    /// Brings the row into the data map of its table and publishes what changed in it.
    fn profile(&mut self, record: &Record<'_>, time: Timestamp) -> Result<&TableProfile, Fault> {
        let table = &record.change.table;
        let declared = &record.mapping.columns;
        let mut reached = Vec::new();
        if !self.profiles.contains_key(&table.name) {
            let (profiled, columns) = self.load_profile(record)?;
            self.profiles.insert(table.name.clone(), profiled);
            reached = columns;
        }
        let profiled = self.profiles.get_mut(&table.name).expect("it was put there");
        let Profiled { profile, shape, outdated, changed } = profiled;
        let mut dropped = Vec::new();
        let same = shape.as_ref().is_some_and(|shape| Arc::ptr_eq(shape, table));
        if !same && (*outdated || !profile.fits(table)) {
            dropped = profile.dropped(table);
            reached.extend(profile.reshape(table, declared));
            (*outdated, *changed) = (false, true);
        }
        if !same {
            *shape = Some(Arc::clone(table));
        }
        if let Some(row) = record.change.operation.new_row() {
            let early = profile.sampled() < SAMPLE_ROWS;
            if early || record.change.position.ordinal.is_multiple_of(SAMPLE_EVERY) {
                reached.extend(profile.observe(table, row, declared));
                *changed = true;
            }
        }
        reached.sort_unstable();
        reached.dedup();
        let verdicts = profile.verdicts();
        let reached = reached
            .into_iter()
            .map(|index| (table.columns[index].name.clone(), verdicts[index].clone()));
        for (column, verdict) in dropped.into_iter().chain(reached) {
            let (table, position) = (table.name.clone(), record.change.position);
            let entry = CatalogueEntry { table, column, verdict, position, time };
            self.emissions.push(Emission::Catalogue(Box::new(entry)));
        }
        Ok(profile)
    }

    /// The stored profile and the columns to publish: all of a new table.
    fn load_profile(&self, record: &Record<'_>) -> Result<(Profiled, Vec<usize>), Fault> {
        let table = &record.change.table;
        let stored = self.state.read::<StoredProfile>(&keys::profile(&table.name))?;
        let Some(StoredProfile { policy_digest, profile }) = stored else {
            let profile = TableProfile::new(table, &record.mapping.columns);
            let profiled = Profiled { profile, shape: None, outdated: false, changed: true };
            return Ok((profiled, (0..table.columns.len()).collect()));
        };
        let outdated = policy_digest != self.engine.policies.digest;
        Ok((Profiled { profile, shape: None, outdated, changed: false }, Vec::new()))
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

/// What the detectors see of a change. Of a test record only that there is a row more or less.
fn touch(change: &Classified<'_>, applied: ledger::Applied, test: bool) -> Touch {
    let record = change.record();
    let people = |categories: &[Category]| if test { Vec::new() } else { categories.to_vec() };
    Touch {
        position: record.change.position,
        table: record.change.table.name.clone(),
        operation: record.change.operation.kind(),
        about_people: record.mapping.subject.is_some() && !test,
        actor: change.actor(),
        subject: change.subject(),
        categories: people(change.categories()),
        reversible: change.reversible(),
        permission_granted: applied.permission_granted && !test,
        own_act: applied.own_act,
    }
}
