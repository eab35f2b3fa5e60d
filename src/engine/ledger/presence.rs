//! What is left of a person in the database: what stands in the person's own row, and how many rows
//! of other tables are about the person.
//!
//! Kept in the record of the data subject, which nearly every change about a person reads anyway, and
//! only where the pack maps requests for erasure. Rows are counted, not listed: a count can tell that
//! something is left, and where. It is trusted only where every row that left was seen to leave.

use serde::{Deserialize, Serialize};

use super::{Place, Stamp, SubjectRecord, since};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::says;
use crate::engine::state::State;
use crate::model::limits::COUNTED_TABLES;
use crate::model::{Fault, OperationKind, Reference, ReplicaIdentity, TableName};
use crate::policy::SubjectMapping;

/// What stands in the person's own row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It has not been seen, or cannot be told.
    #[default]
    Unknown,
    /// Personal data.
    Kept,
    /// Personal data, marked as switched off.
    Deactivated,
    /// Other values in place of all that was personal.
    Overwritten,
    /// Nothing personal.
    Emptied,
    /// It has been deleted.
    Gone,
}

/// See [`Standing`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRow {
    /// What stands in it.
    pub standing: Standing,
    /// Where it was inserted, overwritten, emptied or deleted.
    pub place: Place,
}

/// How many rows of a table are about the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowCount {
    table: u32,
    live: u32,
    /// Where it was counted last.
    place: Place,
}

/// Rows that are left in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remainder {
    /// The table.
    pub table: TableName,
    /// How many.
    pub rows: u32,
    /// Where the last of them came or another one left.
    pub place: Place,
}

impl SubjectRecord {
    /// What is left about the person in those of the tables whose rows can be counted.
    pub fn remainders<'t>(
        &self,
        state: &State<'_>,
        tables: impl Iterator<Item = &'t TableName>,
    ) -> Result<Vec<Remainder>, Fault> {
        let mut remainders = Vec::new();
        if state.recall::<bool>(keys::MISCOUNTED)?.is_some() {
            return Ok(remainders);
        }
        for table in tables {
            let since = since(state, table)?;
            let lost = state.recall::<Place>(&keys::uncounted(table))?;
            if lost.is_some_and(|lost| lost > since) {
                continue;
            }
            let number = number(table);
            let count = self.rows.iter().find(|count| count.table == number);
            if let Some(RowCount { live: rows @ 1.., place, .. }) = count.copied()
                && place > since
            {
                remainders.push(Remainder { table: table.clone(), rows, place });
            }
        }
        Ok(remainders)
    }
}

/// Brings one change into the record of whom it is about. `copied`: it was there before the stream.
pub fn note_presence(
    change: &Classified<'_>,
    (stamp, copied): (Stamp, bool),
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let record = change.record();
    if !record.mapping.erasable {
        return Ok(());
    }
    match &record.mapping.subject {
        Some(SubjectMapping::Itself { .. }) => note_own_row(change, stamp.place, copied, state),
        Some(SubjectMapping::About { .. }) => {
            count_row(change, stamp.place, copied, state, pseudonyms)
        }
        // Whom such a row left is not known, so that its table is not counted at all.
        Some(SubjectMapping::AboutOneOf { .. } | SubjectMapping::AboutThrough { .. }) | None => {
            Ok(())
        }
    }
}

fn note_own_row(
    change: &Classified<'_>,
    place: Place,
    copied: bool,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let Some(subject) = change.subject() else { return Ok(()) };
    let record = change.record();
    let operation = record.change.operation.kind();
    let key = keys::subject(subject);
    let known = state.share::<SubjectRecord>(&key)?;
    let (before, erased) = (known.own, known.erased);
    drop(known);
    let standing = match operation {
        OperationKind::Truncate => return Ok(()),
        OperationKind::Delete => Standing::Gone,
        OperationKind::Insert => written(change),
        OperationKind::Update => updated(change, before.standing),
    };
    let inserted = operation == OperationKind::Insert;
    let stays = |one| matches!(one, Standing::Kept | Standing::Deactivated);
    let same = !inserted && stays(standing) && stays(before.standing);
    let outdated = since(state, &record.change.table.name)? > before.place;
    if standing == before.standing && !outdated && !(inserted && erased.is_some()) {
        return Ok(());
    }
    let mut known = state.own::<SubjectRecord>(&key)?;
    known.own = OwnRow { standing, place: if same && !outdated { before.place } else { place } };
    // Whoever is entered again is a person again; that it happened has been said.
    if inserted && !copied {
        known.erased = None;
    }
    state.write_shared(key, known);
    Ok(())
}

/// What stands in a row that holds something personal.
fn written(change: &Classified<'_>) -> Standing {
    let record = change.record();
    match says(record, &record.mapping.deactivated) {
        Some(true) => Standing::Deactivated,
        Some(false) | None => Standing::Kept,
    }
}

fn updated(change: &Classified<'_>, before: Standing) -> Standing {
    let left = change.left();
    if !left.touched {
        return match before {
            Standing::Kept | Standing::Deactivated => written(change),
            other => other,
        };
    }
    match (left.kept, left.unsure, left.written + left.taken_out) {
        (0, 0, 0) => Standing::Emptied,
        (0, 0, _) => Standing::Overwritten,
        (0, _, _) => Standing::Unknown,
        // What this statement leaves alone was replaced before.
        _ if matches!(before, Standing::Overwritten | Standing::Emptied) => before,
        _ => written(change),
    }
}

/// Counts the rows of a table about somebody.
fn count_row(
    change: &Classified<'_>,
    place: Place,
    copied: bool,
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let record = change.record();
    let table = &record.change.table;
    let operation = record.change.operation.kind();
    if operation == OperationKind::Truncate {
        return Ok(());
    }
    if operation == OperationKind::Insert {
        return match change.subject() {
            Some(subject) => count(subject, 1, (&table.name, place), copied, state),
            None => Ok(()),
        };
    }
    // Without old values nobody knows about whom the row was.
    if table.replica_identity != ReplicaIdentity::Full {
        return lose_count(&table.name, place, state);
    }
    let deleted = operation == OperationKind::Delete;
    if !deleted && !record.subject_changed() {
        return Ok(());
    }
    if let Some(left) = record.former_subject(pseudonyms) {
        count(left, -1, (&table.name, place), copied, state)?;
    }
    match change.subject() {
        Some(joined) if !deleted => count(joined, 1, (&table.name, place), copied, state),
        Some(_) | None => Ok(()),
    }
}

/// What is written about somebody after the erasure is a return, and nothing that was left.
fn count(
    subject: Reference,
    difference: i32,
    (table, place): (&TableName, Place),
    copied: bool,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let key = keys::subject(subject);
    let since = since(state, table)?;
    let known = state.share::<SubjectRecord>(&key)?;
    let number = number(table);
    let position = known.rows.binary_search_by_key(&number, |count| count.table);
    let counted = position.ok().map(|at| known.rows[at]).filter(|count| count.place > since);
    let returned = difference > 0 && known.erased.is_some() && !copied;
    let nothing = difference < 0 && counted.is_none();
    let full = position.is_err() && known.rows.len() >= COUNTED_TABLES;
    drop(known);
    if returned || nothing {
        return Ok(());
    }
    if full {
        return lose_count(table, place, state);
    }
    let live = counted.map_or(0, |count| count.live).saturating_add_signed(difference);
    let mut known = state.own::<SubjectRecord>(&key)?;
    let count = RowCount { table: number, live, place };
    match position {
        Ok(at) => known.rows[at] = count,
        Err(at) => known.rows.insert(at, count),
    }
    state.write_shared(key, known);
    Ok(())
}

/// From here on the counts of the table say nothing, until it is emptied or copied anew.
fn lose_count(table: &TableName, place: Place, state: &mut State<'_>) -> Result<(), Fault> {
    let key = keys::uncounted(table);
    let lost = state.recall::<Place>(&key)?.unwrap_or_default();
    if lost <= since(state, table)? {
        state.write(key, &place);
    }
    Ok(())
}

/// A table in four bytes (FNV-1a): there is one such number for each person and table.
fn number(table: &TableName) -> u32 {
    let bytes = table.schema.bytes().chain(*b"\0").chain(table.name.bytes());
    bytes.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
