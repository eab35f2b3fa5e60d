//! SEC-001, SEC-002 before the commit: what an open transaction has touched so far.
//!
//! **What**: the tripwires of `mass_change` and
//! `mass_deletion`, and any TRUNCATE of a table about people, looked at
//! within each transaction that is still open. The sliding window does not matter here: one
//! transaction is one moment.
//!
//! **Counted**: as at the commit, but for two things that only the ledger could tell. Test records
//! are told by their own row alone, and consent given by the person is told by its evidence in the
//! row. The commit sets the numbers right.
//!
//! **Savepoints**: what each subtransaction changed is kept apart, so that a rollback to a
//! savepoint takes it back. Of more than [`limits::OPEN_PARTS`] the oldest is taken as kept.
//!
//! **Blind spots**: a transaction that is too small to be streamed before its commit
//! (`logical_decoding_work_mem`) is only seen there, and so is bulk consent (CN-007).

mod sight;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::sight::{Kind, Sight};
use super::{Signal, Touch};
use crate::model::{Backend, Code, Fault, Reference, TableName, Timestamp, limits};
use crate::policy::Detection;

/// How many rows a table holds, by what has been decided.
pub type Rows<'a> = &'a dyn Fn(&TableName) -> Result<u64, Fault>;

/// A look costs as much as some hundred rows, so it is taken at most once in this part of them.
const LOOKS: u64 = 64;

/// One open transaction. A record of the engine's state, so that a batch may end anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Id of the transaction itself, under which it counts what can no longer be taken back.
    own: u32,
    /// Whose it is, once that has been told.
    pub backend: Option<Backend>,
    /// Tables it has touched; series name them by their place here.
    tables: Vec<TableName>,
    /// Subtransactions whose changes are kept apart, oldest first.
    parts: Vec<u32>,
    series: BTreeMap<(Group, u32), Sight>,
    groups: BTreeMap<Group, Watch>,
    actor: Actor,
}

/// One table, by its place among the tables, and one kind of change.
type Group = (usize, Kind);

/// When to look at the numbers of a group again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Watch {
    records: u64,
    /// The most that there were, before anything was taken back.
    peak: u64,
    /// Below so many records there is nothing new.
    next: u64,
}

/// Who changed the rows, as far as they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Actor {
    #[default]
    Nobody,
    /// Always the same: by the hash that is cheap to compare, and by name.
    One(Reference, Reference),
    Several,
}

/// What adding a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Nothing worth looking at.
    Nothing,
    /// [`Open::observe`] may have something new of this code.
    Look(Code),
    /// It could not be followed for want of room.
    Overflow,
}

/// What has been seen of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// One signal per table whose tripwire is crossed; of every table when none is.
    pub signals: Vec<Signal>,
    /// Whether a tripwire is crossed.
    pub crossed: bool,
    /// Personal cells emptied or deleted in those tables.
    pub erased: u64,
    /// The most records that there were, before anything was taken back.
    pub peak: u64,
}

impl Open {
    /// Nothing of it has been seen yet.
    pub fn new(xid: u32) -> Self {
        Open { own: xid, ..Open::default() }
    }

    /// The rows name this actor. `named` is only asked for a name not heard before.
    pub fn acted(&mut self, counted: Reference, named: impl FnOnce() -> Reference) {
        self.actor = match self.actor {
            Actor::Nobody => Actor::One(counted, named()),
            Actor::One(known, _) if known == counted => return,
            Actor::One(..) | Actor::Several => Actor::Several,
        };
    }

    /// Adds one change of a subtransaction, or of the transaction itself.
    pub fn add(&mut self, part: u32, touch: &Touch, erased: u64, detection: &Detection) -> Added {
        let Some(kind) = Kind::of(touch) else { return Added::Nothing };
        let group = (self.place(&touch.table), kind);
        if part != self.own && !self.parts.contains(&part) {
            if self.parts.len() == limits::OPEN_PARTS {
                self.keep_oldest();
            }
            self.parts.push(part);
        }
        let full = self.series.len() >= limits::OPEN_SERIES;
        if full && !self.series.contains_key(&(group, part)) {
            return Added::Overflow;
        }
        let sight = self.series.entry((group, part));
        sight.or_insert_with(|| Sight::new(touch)).add(touch, erased);
        let fresh = Watch { next: kind.first_look(detection), ..Watch::default() };
        let watch = self.groups.entry(group).or_insert(fresh);
        watch.records += 1;
        watch.peak = watch.peak.max(watch.records);
        if watch.records < watch.next { Added::Nothing } else { Added::Look(kind.code()) }
    }

    /// A subtransaction was rolled back; returns the codes of what it took with it, which are to be
    /// observed again.
    pub fn undo(&mut self, part: u32) -> Vec<Code> {
        self.parts.retain(|known| *known != part);
        let undone: Vec<Group> =
            self.series.keys().filter(|(_, of)| *of == part).map(|(group, _)| *group).collect();
        for group in &undone {
            let sight = self.series.remove(&(*group, part));
            let records = sight.map_or(0, |sight| sight.records());
            if let Some(watch) = self.groups.get_mut(group) {
                watch.records = watch.records.saturating_sub(records);
            }
        }
        let mut codes: Vec<Code> = undone.into_iter().map(|(_, kind)| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// What has been seen of a code so far. Afterwards there is something new when it has doubled,
    /// or when a tripwire may have been crossed.
    pub fn observe(
        &mut self,
        code: Code,
        detection: &Detection,
        rows: Rows<'_>,
        time: Timestamp,
    ) -> Result<Observed, Fault> {
        let actor = match self.actor {
            Actor::One(_, named) => Some(named),
            Actor::Nobody | Actor::Several => None,
        };
        let (mut seen, mut peak) = (Vec::new(), 0_u64);
        for (group, watch) in self.groups.iter_mut().filter(|((_, kind), _)| kind.code() == code) {
            peak = peak.saturating_add(group.1.peak(watch.peak));
            let parts = self.series.iter().filter(|((of, _), _)| of == group);
            let Some(sight) = sight::together(parts.map(|(_, sight)| sight)) else {
                watch.next = group.1.first_look(detection);
                continue;
            };
            let (table, kind) = (&self.tables[group.0], group.1);
            let judged = sight.judge(kind, table, actor, detection, rows(table)?, time);
            watch.next = match judged.short {
                0 => watch.records.saturating_mul(2),
                // Nor after each row that one person's record is saved once more.
                short => watch.records.saturating_add(short.max(watch.records / LOOKS).max(1)),
            };
            seen.push((judged, sight.erased()));
        }
        let crossed = seen.iter().any(|(judged, _)| judged.short == 0);
        seen.retain(|(judged, _)| !crossed || judged.short == 0);
        let erased = seen.iter().map(|(_, erased)| erased).sum();
        let signals = seen.into_iter().filter_map(|(judged, _)| judged.signal).collect();
        Ok(Observed { signals, crossed, erased, peak })
    }

    /// The place of a table among those touched.
    fn place(&mut self, table: &TableName) -> usize {
        if let Some(place) = self.tables.iter().position(|known| known == table) {
            return place;
        }
        self.tables.push(table.clone());
        self.tables.len() - 1
    }

    /// What the oldest subtransaction changed can no longer be taken back.
    fn keep_oldest(&mut self) {
        let oldest = self.parts.remove(0);
        let kept: Vec<Group> =
            self.series.keys().filter(|(_, of)| *of == oldest).map(|(group, _)| *group).collect();
        for group in kept {
            let Some(sight) = self.series.remove(&(group, oldest)) else { continue };
            match self.series.get_mut(&(group, self.own)) {
                Some(own) => own.merge(&sight),
                None => {
                    self.series.insert((group, self.own), sight);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
