//! OB-001: a person was profiled after they had objected to it.
//!
//! *What*: a score, a segment or the like of somebody is set or altered while the row, or another row about the
//! person, says that they have objected to profiling. GDPR Art. 21(1) and (2), Art. 22.
//!
//! *Silent*: old values are missing, so that nobody knows whether the score changed or the objection
//! was there.
//!
//! *Not a finding*: the value with which the person's own row begins; a row that is put elsewhere; a recomputation that writes the same value;
//! emptying the score, or setting it back to zero; an objection that comes with the change; what a
//! copy brings.

use super::Violation;
use crate::engine::record::Record;
use crate::model::{Cell, Code, Evidence};
use crate::policy::ProfilingMapping;

/// Judges a change of a row that may evaluate a person.
pub fn violation(rule: &ProfilingMapping, record: &Record<'_>) -> Option<Violation> {
    let column = evaluated(rule, record)?;
    let (before, objected) = objects(rule, record);
    (objected && before).then(|| found(column, ""))
}

/// The column in which the change evaluates the person.
pub fn evaluated<'r>(rule: &'r ProfilingMapping, record: &Record<'_>) -> Option<&'r str> {
    let table = &record.change.table;
    record.change.operation.new_row()?;
    let mut columns = rule.columns.iter().map(String::as_str);
    columns.find(|column| {
        let changed = table.column(column).and_then(|index| record.changed(index));
        changed == Some(true) && says_something(record, column)
    })
}

/// Whether the row is known to have recorded an objection before the change, and after it.
pub fn objects(rule: &ProfilingMapping, record: &Record<'_>) -> (bool, bool) {
    let stands = |holds: Option<bool>| !rule.objected.is_empty() && holds == Some(true);
    (stands(record.held(&rule.objected)), stands(record.holds(&rule.objected)))
}

/// Another row said so.
pub fn after(column: &str, objection: Evidence) -> Violation {
    Violation { evidence: vec![objection], ..found(column, "") }
}

/// An objection that is lifted and set again in one transaction stood all the time.
pub fn meanwhile(column: &str) -> Violation {
    found(column, "; the objection was lifted for it and set again in the same transaction")
}

fn found(column: &str, how: &str) -> Violation {
    Violation {
        code: Code::OB_001,
        severity: Code::OB_001.severity(),
        reason: format!("{column} was set although the person has objected to profiling{how}"),
        evidence: Vec::new(),
        purpose: None,
        channel: None,
        column: None,
    }
}

/// Whether a column holds an evaluation: blank text and zero are what a score is set back to.
fn says_something(record: &Record<'_>, column: &str) -> bool {
    let Cell::Known(_) = record.cell(column) else { return false };
    let Some(text) = record.text(column).map(str::trim) else { return true };
    !text.is_empty() && text.parse::<f64>() != Ok(0.0)
}
