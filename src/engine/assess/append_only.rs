//! CN-012: a record that proves consent was changed after the fact.
//!
//! *What*: a row of a table that is written once (a history of consents, an audit log) is updated or
//! deleted, or the table emptied. GDPR Art. 5(2), Art. 7(1).
//!
//! *Undecided*: old values that would tell are missing.
//!
//! *Not a finding*: an update that changes nothing; the deletion of a row whose declared time has
//! come.

use super::Violation;
use super::claim::Claim;
use crate::engine::record::Record;
use crate::model::{Code, OperationKind, Timestamp};
use crate::policy::AppendOnly;

/// What a change of such a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// A new row, a change that changes nothing, a row whose time has come.
    None,
    /// It cannot be told.
    Unknown,
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
        OperationKind::Delete => match is_due(rule, record, time) {
            Some(true) => Mutation::None,
            Some(false) => found("a record that is written once was deleted before its time"),
            None => Mutation::Unknown,
        },
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

/// Whether a row's time had come.
fn is_due(rule: &AppendOnly, record: &Record<'_>, time: Timestamp) -> Option<bool> {
    let Some(retention) = &rule.retention else { return Some(false) };
    let recorded = Claim::of(record, &retention.recorded_at)?;
    Some(recorded.earliest + retention.kept_for <= time)
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
