//! What the transaction in progress has touched so far, added up.
//!
//! A batch may end within a transaction, so the tally survives in the engine's state; but it is
//! held in memory from the beginning of a batch to its end, because a record read and written per
//! row would cost more than everything else.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::declared::{Declared, Envelope, Held};
use super::decoy::Went;
use super::detector::{Detector, POOLS};
use super::firsts::{Firsts, Met};
use super::rows::{RowChange, RowCounts};
use super::schema_change::SchemaChange;
use super::scramble::Moves;
use super::tripwire::{Observation, Span};
use super::truncate::Truncated;
use super::windows::{Series, Windows};
use super::{Extent, Signal, Touch, audit_bypass, decoy, recent_moves, table_key};
use crate::engine::state::State;
use crate::model::{
    Fault, OperationKind, Reference, TableName, Timestamp, TransactionKind, limits,
};
use crate::policy::{Policies, Tripwire};

const PREFIX: &[u8] = b"detect/tally/";
const PREFIX_END: &[u8] = b"detect/tally0";

/// A transaction that has been decided to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Commit time.
    pub time: Timestamp,
    /// How it came. An initial copy counts rows and alarms nobody.
    pub kind: TransactionKind,
    /// Whether it was applied here by replication from elsewhere, past triggers and application.
    pub foreign: bool,
}

/// Detector, actor and object: what is told apart of the changes of one table.
type Kind = (Detector, Option<Reference>, Option<Reference>);

/// One table's part of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableTally {
    rows: RowChange,
    truncated: Option<Truncated>,
    series: BTreeMap<Kind, Extent>,
    /// Entries about the table that were added to the CRM's own audit log.
    audited: u64,
    /// Rows changed or deleted.
    altered: u64,
    /// Rows added.
    inserted: u64,
    schema: Vec<SchemaChange>,
    moves: Moves,
    /// Whether this batch has added to it.
    #[serde(skip)]
    changed: bool,
}

/// The detectors' memory of one batch.
///
/// Use: [`Tally::load`] at the beginning of a batch that goes on within a transaction and
/// [`Tally::begin`] of any other, [`Tally::touch`] for every change,
/// [`Tally::settle`] at every commit (or [`Tally::abandon`]), [`Tally::store`] at the end of the
/// batch.
#[derive(Debug)]
pub struct Tally {
    tables: BTreeMap<TableName, TableTally>,
    /// Tables of which the state holds a part of this transaction.
    stored: BTreeSet<TableName>,
    /// How many series the transaction may still open.
    /// For series of an actor, and for those of an object: neither takes the other's.
    room: [usize; POOLS],
    pub(super) rows: RowCounts,
    pub(super) windows: Windows,
    firsts: Firsts,
    declared: Declared,
    held: Held,
    pub(super) overflow: u64,
}

impl Tally {
    /// Between two transactions.
    pub fn begin(state: &State) -> Result<Self, Fault> {
        Ok(Tally {
            stored: BTreeSet::new(),
            tables: BTreeMap::new(),
            room: [limits::TALLY_SERIES; POOLS],
            rows: RowCounts::default(),
            windows: Windows::load(state)?,
            firsts: Firsts::default(),
            declared: Declared::default(),
            held: Held::default(),
            overflow: 0,
        })
    }

    /// Within a transaction: with what earlier batches left.
    pub fn load(state: &State) -> Result<Self, Fault> {
        let records = state.all::<(TableName, TableTally)>(PREFIX, PREFIX_END)?;
        let tables: BTreeMap<TableName, TableTally> =
            records.into_iter().map(|(_, record)| record).collect();
        let stored = tables.keys().cloned().collect();
        let mut room = [limits::TALLY_SERIES; POOLS];
        for (detector, _, object) in tables.values().flat_map(|tally| tally.series.keys()) {
            let room = &mut room[usize::from(detector.pool(object.is_some()))];
            *room = room.saturating_sub(1);
        }
        let declared = Declared::load(state)?;
        Ok(Tally { stored, tables, room, declared, ..Tally::begin(state)? })
    }

    /// Adds one change of the transaction in progress. Changes of every followed table belong
    /// here, personal or not, because the row counts need them.
    pub fn touch(&mut self, touch: &Touch) {
        let tally = match self.tables.get_mut(&touch.table) {
            Some(tally) => tally,
            None => self.tables.entry(touch.table.clone()).or_default(),
        };
        self.overflow += tally.touch(touch, &mut self.room);
    }

    /// Adds one change that lies in an envelope of declared maintenance. The rows of its table are
    /// counted like any others.
    pub fn touch_within(&mut self, envelope: &str, touch: &Touch) {
        self.tables.entry(touch.table.clone()).or_default().count(touch);
        let (rows, tally) = self.declared.part(envelope, &touch.table);
        // How many rows TRUNCATE removes is known when the transaction ends.
        *rows = rows.saturating_add(u64::from(touch.operation != OperationKind::Truncate));
        self.overflow += tally.touch(touch, &mut self.room);
    }

    /// Adds a schema change that lies in an envelope of declared maintenance.
    pub fn schema_changed_within(&mut self, envelope: &str, change: SchemaChange) {
        let (_, tally) = self.declared.part(envelope, &change.table.clone());
        tally.add_schema(change);
    }

    /// The transaction declares an envelope for itself; `None` is one that it may not declare.
    pub fn speak(&mut self, envelope: Option<Envelope>, most: u64) {
        self.declared.speak(envelope, most);
    }

    /// The first of the envelopes that the transaction has declared for itself that fits.
    pub fn spoken(&self, fits: impl Fn(&Envelope) -> bool) -> Option<String> {
        self.declared.spoken(fits)
    }

    /// What became of the envelopes that the last transaction used.
    pub fn held(&mut self) -> Held {
        std::mem::take(&mut self.held)
    }

    /// Whether values that changes of this table replaced are still compared.
    pub fn compares(&self, table: &TableName) -> bool {
        self.tables.get(table).is_none_or(|tally| tally.moves.has_room())
    }

    /// Adds an entry of the CRM's own audit log about a table.
    pub fn audited(&mut self, table: &TableName) {
        let tally = self.tables.entry(table.clone()).or_default();
        tally.changed = true;
        tally.audited += 1;
    }

    /// Adds a schema change of the transaction in progress; one that is told again is the same.
    pub fn schema_changed(&mut self, change: SchemaChange) {
        // Any session may send such messages, about tables without number.
        let told = self.tables.values().filter(|tally| !tally.schema.is_empty()).count();
        let first = self.tables.get(&change.table).is_none_or(|tally| tally.schema.is_empty());
        if first && told >= limits::SCHEMA_CHANGES {
            self.overflow += 1;
            return;
        }
        self.tables.entry(change.table.clone()).or_default().add_schema(change);
    }

    /// The transaction ends: moves its numbers into row counts and windows, and returns the
    /// alarms, in the order of tables, detectors and actors.
    pub fn settle(
        &mut self,
        state: &mut State,
        policies: &Policies,
        settled: &Settled,
    ) -> Result<Vec<Signal>, Fault> {
        let Tally { declared, tables, rows, .. } = self;
        let counted = |table, tally| tables.entry(table).or_default().merge(tally);
        let emptied = |state: &State, table: &_| rows.of(state, table);
        self.held = declared.settle(state, policies, counted, emptied)?;
        let mut signals = Vec::new();
        for (table, tally) in std::mem::take(&mut self.tables) {
            let (before, after) = self.rows.apply(state, &table, tally.rows, settled.kind)?;
            if settled.kind.is_copy() {
                continue;
            }
            if before > 0 && after == 0 && audit_bypass::is_log(policies, &table) {
                state.write(audit_bypass::seen_key(&table), &true);
            }
            let truncated = tally.truncated.as_ref();
            signals.extend(truncated.and_then(|it| it.signal(&table, before, settled.time)));
            match tally.moves.signal(&table, settled.time) {
                None => {
                    signals.extend(recent_moves::add(state, &table, &tally.moves, settled.time)?)
                }
                signal => signals.extend(signal),
            }
            let schema = tally.schema.iter();
            signals.extend(schema.map(|change| change.signal(before, settled.time)));
            let decoys = tally.series.keys().filter(|(detector, ..)| *detector == Detector::Decoy);
            let rows = Went { altered: tally.altered, inserted: tally.inserted, before, after };
            let batch = decoy::is_batch(policies, &table, decoys, rows);
            for ((detector, actor, object), extent) in tally.series {
                let excused = (matches!(detector, Detector::AuditBypass | Detector::AuditTampered)
                    && settled.foreign)
                    || (detector == Detector::Decoy && batch);
                if excused {
                    continue;
                }
                let log = audit_bypass::log(policies, &table, detector);
                // A log of which no row was ever seen may not be followed at all.
                if let Some(log) = log
                    && (log.is_kept(&extent, tally.audited)
                        || (self.rows.of(state, &log.table)? == 0
                            && state
                                .recall::<bool>(&audit_bypass::seen_key(&log.table))?
                                .is_none()))
                {
                    continue;
                }
                let series =
                    Series { detector, table: table.clone(), actor, object, together: false };
                let at = (&detector.tripwire(&policies.detection), after, settled.time);
                signals.extend(self.watch_all(state, series, extent, at)?);
            }
        }
        self.abandon(state);
        Ok(signals)
    }

    /// The transaction will never end, because the stream broke off within it: forgets it.
    pub fn abandon(&mut self, state: &mut State) {
        self.declared.abandon(state);
        self.tables.clear();
        self.room = [limits::TALLY_SERIES; POOLS];
        for table in std::mem::take(&mut self.stored) {
            state.remove(key(&table));
        }
    }

    /// The end of the batch: writes what must survive it.
    pub fn store(self, state: &mut State) {
        for (table, tally) in self.tables.iter().filter(|(_, tally)| tally.changed) {
            state.write(key(table), &(table, tally));
        }
        self.declared.store(state);
        self.rows.store(state);
        self.windows.store(state);
        self.firsts.store(state);
    }

    /// How many rows a table holds, by what has been decided.
    pub fn rows(&self, state: &State, table: &TableName) -> Result<u64, Fault> {
        self.rows.of(state, table)
    }

    /// Windows given up to make room and changes not followed for want of it, in this batch.
    pub fn evicted(&self) -> u64 {
        self.windows.evicted() + self.firsts.forgotten() + self.overflow
    }

    /// Adds what a transaction did of one kind to its windows: that of the table, and, as long as no tripwire
    /// tells of it, those of all actors and of all tables.
    fn watch_all(
        &mut self,
        state: &mut State,
        series: Series,
        extent: Extent,
        at: (&Tripwire, u64, Timestamp),
    ) -> Result<Vec<Signal>, Fault> {
        let (tripwire, _, time) = at;
        let detector = series.detector;
        if !detector.adds_up() && detector.times_everywhere().is_none() {
            return Ok(self.watch(state, series, extent, at)?.0.into_iter().collect());
        }
        let (told, most) = self.watch(state, series.clone(), extent.clone(), at)?;
        if told.is_some() {
            return Ok(told.into_iter().collect());
        }
        if detector.adds_up()
            && let Some(told) = self.watch_together(state, series.clone(), extent.clone(), at)?
        {
            return Ok(vec![told]);
        }
        if let Some(told) = self.watch_slowly(state, &series, (&extent, most), at)? {
            return Ok(vec![told]);
        }
        let worth = detector.worth(tripwire, series.object.is_some());
        if most < worth {
            return Ok(Vec::new());
        }
        // What went to an object before the second row is not forgotten.
        let begins = series.object.is_some() && most - extent.records.min(most) < worth;
        let whole = if begins { self.windows.whole(&series) } else { None };
        self.watch_everywhere(state, &series, &whole.unwrap_or(extent), (tripwire, time))
    }

    /// The alarm of one series, and the most that its window may hold.
    fn watch(
        &mut self,
        state: &mut State,
        series: Series,
        extent: Extent,
        (tripwire, rows, time): (&Tripwire, u64, Timestamp),
    ) -> Result<(Option<Signal>, u64), Fault> {
        let Series { detector, actor, object, .. } = series;
        let table = series.table.clone();
        if detector.waits_for_a_second() {
            match self.firsts.meet(state, &series, (&extent, time), tripwire.window)? {
                Met::First => return Ok((None, 1)),
                Met::Second(first, time) => {
                    self.windows.add(state, series.clone(), *first, time, tripwire.window)?;
                }
                Met::Further => {}
            }
        }
        let window = self.windows.add(state, series, extent, time, tripwire.window)?;
        let most = window.at_most();
        if most < tripwire.subjects {
            return Ok((None, most));
        }
        let Some(observed) = window.observed() else { return Ok((None, most)) };
        if observed.sources.len() < detector.sources() {
            return Ok((None, most));
        }
        let observation = Observation::new(detector, observed, rows);
        if !observation.crosses(tripwire) {
            return Ok((None, most));
        }
        let told = window.report().map(|(extent, occurred)| Signal {
            code: detector.code(),
            breach: detector.breach(),
            reason: observation.reason(detector, &table, (actor, object), tripwire, Span::Window),
            table,
            actor,
            together: detector.joins_actors().then(Vec::new),
            extent,
            countable: true,
            occurred,
        });
        Ok((told, most))
    }
}

impl TableTally {
    /// Counts the rows of one change.
    fn count(&mut self, touch: &Touch) {
        self.changed = true;
        self.rows.count(touch);
        let altered = matches!(touch.operation, OperationKind::Update | OperationKind::Delete);
        self.altered += u64::from(altered);
        self.inserted += u64::from(touch.operation == OperationKind::Insert);
    }

    fn add_schema(&mut self, change: SchemaChange) {
        self.changed = true;
        let known = self.schema.iter().any(|known| known.is_same(&change));
        if !known && self.schema.len() < limits::SCHEMA_CHANGES {
            self.schema.push(change);
        }
    }

    /// Whether the table was emptied by TRUNCATE.
    pub(super) fn is_emptied(&self) -> bool {
        self.truncated.is_some()
    }

    /// Adds what was counted apart; the rows of the table were counted already.
    fn merge(&mut self, other: TableTally) {
        self.changed = true;
        self.truncated = self.truncated.take().or(other.truncated);
        for (kind, extent) in other.series {
            match self.series.entry(kind) {
                Entry::Occupied(mut known) => known.get_mut().merge(&extent),
                Entry::Vacant(new) => drop(new.insert(extent)),
            }
        }
        other.schema.into_iter().for_each(|change| self.add_schema(change));
        self.moves.extend(other.moves);
    }

    /// Keeps what was counted in an envelope, for the case that it will be exceeded: all but the
    /// moves of values, which are compared within one transaction, as far as there is room.
    pub(super) fn keep(&mut self, other: TableTally) {
        self.merge(TableTally { moves: Moves::default(), ..other });
        while self.series.len() > limits::TALLY_SERIES {
            self.series.pop_last();
        }
    }

    /// Adds one change; returns how often it could not be followed for want of room.
    fn touch(&mut self, touch: &Touch, room: &mut [usize; POOLS]) -> u64 {
        self.count(touch);
        if touch.operation == OperationKind::Truncate && self.truncated.is_none() {
            self.truncated = Some(Truncated::new(touch));
        }
        let mut overflow = 0;
        let unsigned = Detector::UNSIGNED.into_iter().filter(|detector| detector.watches(touch));
        for detector in unsigned {
            match self.extent((detector, touch.actor, None), touch, room) {
                Some(extent) => extent.add(touch),
                None => overflow += 1,
            }
        }
        for sign in &touch.signs {
            let actor = touch.actor.filter(|_| !sign.detector.joins_actors());
            match self.extent((sign.detector, actor, sign.object), touch, room) {
                Some(extent) => extent.add_signed(touch, sign),
                None => overflow += 1,
            }
        }
        self.moves.add(touch);
        overflow
    }

    /// What was counted of a kind so far; `None` when there is no room for another.
    fn extent(
        &mut self,
        kind: Kind,
        touch: &Touch,
        room: &mut [usize; POOLS],
    ) -> Option<&mut Extent> {
        let room = &mut room[usize::from(kind.0.pool(kind.2.is_some()))];
        match self.series.entry(kind) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(_) if *room == 0 => None,
            Entry::Vacant(new) => {
                *room -= 1;
                Some(new.insert(Extent::from(touch.position)))
            }
        }
    }
}

fn key(table: &TableName) -> Vec<u8> {
    table_key(PREFIX, table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::trial::{Trial, change, person, truncation};

    #[test]
    fn the_initial_copy_counts_rows_and_alarms_nobody() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 50);
        trial.rows("crm.contacts", 40);
        let signals = trial.commit(60, [truncation("crm.contacts")]);
        assert_eq!(signals[0].extent.records, 40, "a second copy replaces the first");
    }

    #[test]
    fn an_abandoned_transaction_leaves_nothing_to_the_next() {
        let mut trial = Trial::new();
        trial.begin((0..19).map(|number| change("crm.contacts", number)));
        trial.abandon();
        assert!(trial.commit(60, (19..38).map(|number| change("crm.contacts", number))).is_empty());
        trial.begin((0..10).map(|number| change("crm.leads", number)));
        let signals = trial.commit(61, (10..20).map(|number| change("crm.leads", number)));
        assert_eq!(signals.len(), 1, "but one that goes on in the next batch counts as a whole");
    }

    #[test]
    fn once_the_alarm_is_raised_every_further_change_is_told_once() {
        let mut trial = Trial::new();
        trial.commit(60, (0..20).map(|number| change("crm.contacts", number)));
        let signals = trial.commit(61, (20..23).map(|number| change("crm.contacts", number)));
        assert_eq!((signals.len(), signals[0].extent.records), (1, 3));
        assert!(signals[0].reason.starts_with("23 data subjects"));
    }

    #[test]
    fn a_transaction_of_countless_actors_stays_bounded_and_says_so() {
        let view = BTreeMap::new();
        let state = State::new(&view);
        let mut tally = Tally::load(&state).unwrap();
        for number in 0..limits::TALLY_SERIES as u32 + 7 {
            let mut touch = change("crm.contacts", number);
            touch.actor = Some(person(number));
            tally.touch(&touch);
        }
        assert_eq!(tally.evicted(), 7);
    }
}
