//! What the engine remembers of copies, so that one that was interrupted goes on where its rows
//! have been decided, and no published table is left out.
//!
//! Each record is written in the transaction of the rows that it speaks of.
//!
//! A copy that goes on after an interruption reads what is left under a later snapshot. Of the rows
//! that were to be copied, those changed in between are not there any more as they were: the stream
//! brings what became of them, from the copy's own position on. Until it has passed the later
//! snapshot, records may be missing from the ledger. So a change below that place is lawful only
//! where a basis for it is on record; whatever else the ledger says of it counts as undecided.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::decide::{Deciding, Engine};
use super::keys;
use super::ledger::Place;
use super::state::{State, View};
use crate::model::{
    ChunkId, CopyMemory, CopyNews, CopyOrigin, Fault, Gap, GapCause, LeftTable, Lsn, OpenCopy,
    Position, Reached, TableName, TransactionKind,
};
use crate::policy::{Hidden, Policies};

/// The copy that has begun and has not ended.
#[derive(Serialize, Deserialize)]
struct Open {
    origin: CopyOrigin,
    void: BTreeSet<TableName>,
    /// Position of the last snapshot under which it went on.
    later: Lsn,
}

/// The tables that have been copied, and whether the pack knew each of them then.
type Copied = BTreeMap<TableName, bool>;

/// How each of them was read then.
type Readings = BTreeMap<TableName, String>;

/// The tables whose records are missing until they have been copied on their own.
type Awaited = BTreeSet<TableName>;

impl Engine {
    /// What is remembered of copies. A table that the pack has learnt of since it was copied, or that it reads
    /// otherwise, counts as not copied: its rows were not understood.
    pub fn copy_memory(view: &dyn View, policies: &Policies) -> Result<CopyMemory, Fault> {
        let state = State::new(view);
        let open = match state.read::<Open>(keys::COPY)? {
            None => None,
            Some(Open { origin, void, .. }) => {
                Some(OpenCopy { origin, void, reached: marks(&state)?.into_iter().collect() })
            }
        };
        let copied = state.read::<Copied>(keys::COPIED_TABLES)?.unwrap_or_default();
        let understood = |(table, mapped): (TableName, bool)| {
            (mapped || !policies.pack.tables.contains_key(&table)).then_some(table)
        };
        let awaited = state.read::<Awaited>(keys::AWAITED_TABLES)?.unwrap_or_default();
        let mut copied: BTreeSet<TableName> = copied.into_iter().filter_map(understood).collect();
        for table in read_otherwise(&state, policies)? {
            copied.remove(&table);
        }
        Ok(CopyMemory { open, copied, awaited })
    }
}

/// The tables that were read otherwise when they were copied than they would be now.
fn read_otherwise(state: &State<'_>, policies: &Policies) -> Result<Vec<TableName>, Fault> {
    let before = state.read::<Readings>(keys::READINGS)?.unwrap_or_default();
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let now = policies.pack.readings();
    let differs = |(table, reading): (TableName, String)| {
        now.get(&table).is_some_and(|now| *now != reading).then_some(table)
    };
    Ok(before.into_iter().filter_map(differs).collect())
}

/// How far each chunk has come.
fn marks(state: &State<'_>) -> Result<Vec<(ChunkId, Reached)>, Fault> {
    let (from, to) = keys::copy_marks();
    let marks = state.all::<(ChunkId, Reached)>(&from, &to)?;
    Ok(marks.into_iter().map(|(_, mark)| mark).collect())
}

impl Deciding<'_> {
    /// Brings news of a copy into the records.
    pub(super) fn copy_news(&mut self, news: &CopyNews) -> Result<(), Fault> {
        match news {
            CopyNews::Begun(origin) => self.copy_begun(origin),
            CopyNews::Reached(mark) => {
                if self.state.read::<Open>(keys::COPY)?.is_some() {
                    self.state.write(keys::copy_mark(mark.chunk), &(mark.chunk, mark.reached));
                }
                Ok(())
            }
            CopyNews::Void(table) => self.copy_void(table),
            CopyNews::Left(left) => self.table_left(left),
        }
    }

    fn copy_begun(&mut self, origin: &CopyOrigin) -> Result<(), Fault> {
        let Some(begin) = self.copy_place() else { return Ok(()) };
        self.forget_marks()?;
        if origin.kind == TransactionKind::TableCopy {
            // What was known of these tables stood on less than the whole of them.
            for table in &origin.tables {
                self.state.write(keys::emptied(table), &begin);
            }
        }
        let open = Open { origin: origin.clone(), void: BTreeSet::new(), later: Lsn::ZERO };
        self.state.write(keys::COPY.to_vec(), &open);
        Ok(())
    }

    /// The table's records are missing until it has been copied on its own.
    fn copy_void(&mut self, table: &TableName) -> Result<(), Fault> {
        let Some(mut open) = self.state.read::<Open>(keys::COPY)? else { return Ok(()) };
        open.void.insert(table.clone());
        self.state.write(keys::COPY.to_vec(), &open);
        self.incomplete_for_now();
        Ok(())
    }

    /// A transaction has ended. If it was a copy, its tables are known from now on.
    pub(super) fn copy_ended(&mut self, kind: TransactionKind) -> Result<(), Fault> {
        if !kind.is_copy() {
            return Ok(());
        }
        let Some(Open { origin, void, later }) = self.state.read::<Open>(keys::COPY)? else {
            return Ok(());
        };
        self.forget_marks()?;
        self.state.remove(keys::COPY.to_vec());
        let (mut copied, mut awaited) = match kind {
            TransactionKind::InitialCopy => (Copied::new(), Awaited::new()),
            _ => (self.copied()?, self.awaited()?),
        };
        let pack = &self.engine.policies.pack;
        let read = pack.readings();
        let mut readings = match kind {
            TransactionKind::InitialCopy => Readings::new(),
            _ => self.state.read::<Readings>(keys::READINGS)?.unwrap_or_default(),
        };
        for table in origin.tables {
            if void.contains(&table) {
                awaited.insert(table);
                continue;
            }
            awaited.remove(&table);
            let mapped = pack.tables.contains_key(&table);
            if let Some(reading) = read.get(&table) {
                readings.insert(table.clone(), reading.clone());
            }
            copied.insert(table, mapped);
        }
        self.state.write(keys::READINGS.to_vec(), &readings);
        self.state.write(keys::COPIED_TABLES.to_vec(), &copied);
        self.await_tables(&awaited, origin.point.max(later));
        Ok(())
    }

    /// Other policies are in force. What is on record of the tables that they read otherwise says nothing any
    /// more, until those have been copied anew. Of a store that does not say how they were read, they were as now.
    pub(super) fn read_anew(&mut self) -> Result<(), Fault> {
        let policies = &self.engine.policies;
        let (mut copied, mut awaited) = (self.copied()?, self.awaited()?);
        let known = self.state.read::<Readings>(keys::READINGS)?;
        if known.is_none() && copied.is_empty() {
            return Ok(());
        }
        let stale = read_otherwise(&self.state, policies)?;
        let mut readings = known.unwrap_or_else(|| {
            let mut readings = policies.pack.readings();
            readings.retain(|table, _| copied.contains_key(table));
            readings
        });
        for table in stale {
            readings.remove(&table);
            if copied.remove(&table).is_some() {
                awaited.insert(table);
                self.incomplete_for_now();
            }
        }
        self.state.write(keys::READINGS.to_vec(), &readings);
        self.state.write(keys::COPIED_TABLES.to_vec(), &copied);
        if !awaited.is_empty() {
            self.state.write(keys::AWAITED_TABLES.to_vec(), &awaited);
        }
        Ok(())
    }

    /// What rows of a table record is missing from here on, until it has been copied on its own.
    pub(super) fn lack_records_of(
        &mut self,
        table: &TableName,
        hidden: Hidden,
    ) -> Result<(), Fault> {
        let (mut copied, mut awaited) = (self.copied()?, self.awaited()?);
        if copied.remove(table).is_some() {
            self.state.write(keys::COPIED_TABLES.to_vec(), &copied);
        }
        awaited.insert(table.clone());
        self.state.write(keys::AWAITED_TABLES.to_vec(), &awaited);
        match hidden {
            Hidden::Everything => self.incomplete_for_now(),
            _ => self.permissions_missing_for_now(),
        }
        Ok(())
    }

    /// Whatever the pack reads is to be copied anew: a part of the stream was not seen, after which the stream
    /// goes on by itself.
    pub(super) fn copy_at_next_start(&mut self) -> Result<(), Fault> {
        let mut awaited = self.awaited()?;
        let pack = &self.engine.policies.pack;
        let (read, rest): (Copied, Copied) =
            self.copied()?.into_iter().partition(|(table, _)| pack.tables.contains_key(table));
        if read.is_empty() {
            return Ok(());
        }
        awaited.extend(read.into_keys());
        self.state.write(keys::COPIED_TABLES.to_vec(), &rest);
        self.state.write(keys::AWAITED_TABLES.to_vec(), &awaited);
        Ok(())
    }

    fn copied(&self) -> Result<Copied, Fault> {
        Ok(self.state.read(keys::COPIED_TABLES)?.unwrap_or_default())
    }

    fn awaited(&self) -> Result<Awaited, Fault> {
        Ok(self.state.read(keys::AWAITED_TABLES)?.unwrap_or_default())
    }

    /// When the last table that was void has been copied, or has left, nothing is missing any more
    /// from here on.
    fn await_tables(&mut self, awaited: &Awaited, here: Lsn) {
        if !awaited.is_empty() {
            return self.state.write(keys::AWAITED_TABLES.to_vec(), awaited);
        }
        self.state.remove(keys::AWAITED_TABLES.to_vec());
        if self.is_incomplete_for_now() {
            let position = Position { commit: here, ordinal: 0 };
            self.complete_from(Place { part: self.part(), position });
        }
    }

    /// A copy goes on under a later snapshot, of this position. Returns whether anything was written
    /// since the snapshot before, which is then a part that was not seen as it should be.
    pub(super) fn copy_interrupted(&mut self, later: Lsn) -> Result<bool, Fault> {
        let position = Position { commit: later, ordinal: 0 };
        self.incomplete_before(Place { part: self.part(), position });
        self.state.write(keys::MISCOUNTED.to_vec(), &true);
        let Some(open) = self.state.read::<Open>(keys::COPY)? else { return Ok(true) };
        let is_news = later > open.later.max(open.origin.point);
        self.state.write(keys::COPY.to_vec(), &Open { later: open.later.max(later), ..open });
        Ok(is_news)
    }

    /// Its changes are not seen from here on: said as a gap with its bounds, and by name.
    fn table_left(&mut self, left: &LeftTable) -> Result<(), Fault> {
        if self.is_unfit(&left.table) {
            self.unfit_mut().remove(&left.table);
        }
        let (mut copied, mut awaited) = (self.copied()?, self.awaited()?);
        if awaited.remove(&left.table) {
            // Nobody waits for a copy that never comes: what is missing of it is the gap.
            self.await_tables(&awaited, left.to);
        } else if copied.remove(&left.table).is_some() {
            self.state.write(keys::COPIED_TABLES.to_vec(), &copied);
        } else {
            return Ok(());
        }
        self.silence_says_nothing(&left.table)?;
        let cause = GapCause::TableUnpublished;
        let gap = Gap { from: left.from, to: left.to, time: left.time, cause };
        self.announce_gap(&gap, left.table.clone());
        Ok(())
    }

    /// Nothing of another log has been copied.
    pub(super) fn forget_copies(&mut self) -> Result<(), Fault> {
        self.forget_marks()?;
        for key in [keys::COPY, keys::COPIED_TABLES, keys::AWAITED_TABLES, keys::READINGS] {
            self.state.remove(key.to_vec());
        }
        Ok(())
    }

    fn forget_marks(&mut self) -> Result<(), Fault> {
        for (chunk, _) in marks(&self.state)? {
            self.state.remove(keys::copy_mark(chunk));
        }
        Ok(())
    }
}
