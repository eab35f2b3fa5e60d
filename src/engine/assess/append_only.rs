//! CN-012: a record that proves consent was changed after the fact.
//!
//! *What*: a row of a table that is written once (a history of consents, an audit log) is updated or
//! deleted, or the table emptied. GDPR Art. 5(2), Art. 7(1).
//!
//! *Undecided*: old values that would tell are missing; the time that a deleted row claims cannot be read.
//!
//! *Not a finding*: an update that changes nothing; the deletion of a row whose declared time has
//! come. A row that says nothing of when it was written has no such time.

use super::Violation;
use super::claim::Claim;
use crate::engine::record::Record;
use crate::model::{Cell, Code, OperationKind, Timestamp};
use crate::policy::AppendOnly;

/// What a change of such a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// A new row, a change that changes nothing, a row whose time has come.
    None,
    /// It cannot be told: old values were not sent.
    Unknown,
    /// It cannot be told: what stands in the row is no time.
    Unreadable,
    /// A record was falsified or is gone.
    Found(Violation),
}

/// Judges a change of a table that is written once.
pub fn mutation(rule: &AppendOnly, record: &Record<'_>, time: Timestamp) -> Mutation {
    match record.change.operation.kind() {
        OperationKind::Insert => Mutation::None,
        OperationKind::Truncate => found("a table of records that are written once was emptied"),
        OperationKind::Update => match is_changed(record) {
            Some(true) => found("a record that is written once was changed"),
            Some(false) => Mutation::None,
            None => Mutation::Unknown,
        },
        OperationKind::Delete => deletion(rule, record, time),
    }
}

fn is_changed(record: &Record<'_>) -> Option<bool> {
    let mut known = true;
    for index in 0..record.change.table.columns.len() {
        match record.changed(index) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}

/// A row may go when its time has come.
fn deletion(rule: &AppendOnly, record: &Record<'_>, time: Timestamp) -> Mutation {
    let early = || found("a record that is written once was deleted before its time");
    let Some(retention) = &rule.retention else { return early() };
    let column = &retention.recorded_at;
    let blank = || record.text(column).is_some_and(|text| text.trim().is_empty());
    match (record.cell(column), Claim::of(record, column)) {
        (Cell::Unchanged, _) => Mutation::Unknown,
        (Cell::Known(_), Some(recorded)) if recorded.earliest + retention.kept_for <= time => {
            Mutation::None
        }
        (Cell::Known(_), Some(_)) => early(),
        (Cell::Known(_), None) if !blank() => Mutation::Unreadable,
        (Cell::Known(_) | Cell::Null, _) => {
            found("a record that is written once was deleted, and nothing says since when it stood")
        }
    }
}

fn found(why: &str) -> Mutation {
    Mutation::Found(Violation {
        code: Code::CN_012,
        severity: Code::CN_012.severity(),
        reason: why.to_owned(),
        evidence: Vec::new(),
        purpose: None,
        channel: None,
        column: None,
    })
}
