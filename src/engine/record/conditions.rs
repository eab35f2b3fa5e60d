//! Whether the pack's conditions hold of a row, and whether they did before.

use super::{Reading, Record, cell};
use crate::model::{Cell, OperationKind};
use crate::policy::{Condition, Test};

impl Record<'_> {
    /// Whether all conditions hold; `None` when a column they need is not known.
    pub fn holds(&self, conditions: &[Condition]) -> Option<bool> {
        all(conditions, |column| self.cell(column))
    }

    /// Whether all conditions held before an update; `None` when the old row was not sent whole.
    pub fn held(&self, conditions: &[Condition]) -> Option<bool> {
        let old = self.change.operation.old_row()?.full()?;
        let table = &self.change.table;
        all(conditions, |column| cell(table, column, |index| old.cell(index)))
    }

    /// Whether conditions hold since this change: of a new row, or other than before.
    pub fn began(&self, conditions: &[Condition]) -> bool {
        let inserted = self.change.operation.kind() == OperationKind::Insert;
        let before = || inserted || self.held(conditions) == Some(false);
        !conditions.is_empty()
            && self.change.operation.new_row().is_some()
            && self.holds(conditions) == Some(true)
            && before()
    }

    /// Whether conditions held before an update and do not any more.
    pub fn ended(&self, conditions: &[Condition]) -> bool {
        !conditions.is_empty()
            && self.change.operation.new_row().is_some()
            && self.held(conditions) == Some(true)
            && self.holds(conditions) == Some(false)
    }
}

/// Whether conditions say so; a mapping without conditions says no.
pub(in crate::engine) fn says(record: &Record<'_>, conditions: &[Condition]) -> Option<bool> {
    if conditions.is_empty() { Some(false) } else { record.holds(conditions) }
}

/// Whether all conditions hold of the cells; `None` when it depends on one that is not known.
fn all<'a>(conditions: &[Condition], cell: impl Fn(&str) -> Cell<'a>) -> Option<bool> {
    let mut holds = Some(true);
    for condition in conditions {
        match test(&condition.test, cell(&condition.column)) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => holds = None,
        }
    }
    holds
}

fn test(test: &Test, cell: Cell<'_>) -> Option<bool> {
    let value = match Reading::of(cell) {
        Reading::Unknown => return None,
        Reading::Null => None,
        Reading::Text(text) => Some(text),
    };
    Some(match (test, value) {
        (Test::Null, value) => value.is_none(),
        (Test::NotNull, value) => value.is_some(),
        (Test::In(values), Some(value)) => values.contains(value),
        (Test::NotIn(values), Some(value)) => !values.contains(value),
        (Test::In(_), None) => false,
        (Test::NotIn(_), None) => true,
    })
}
