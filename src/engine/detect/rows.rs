//! How many rows each table holds, approximately: those of the copy, plus inserts, minus
//! deletes. Exact while the stream is whole; rows from before an unknown beginning are missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Touch, table_key};
use crate::engine::state::State;
use crate::model::{Fault, OperationKind, TableName, TransactionKind};

const PREFIX: &[u8] = b"detect/rows/";

/// What one transaction did to a table's number of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowChange {
    emptied: bool,
    inserted: u64,
    deleted: u64,
}

impl RowChange {
    /// Adds one change. What was counted before a TRUNCATE is gone with it.
    pub fn count(&mut self, touch: &Touch) {
        match touch.operation {
            OperationKind::Insert => self.inserted += 1,
            OperationKind::Update => {}
            OperationKind::Delete => self.deleted += 1,
            OperationKind::Truncate => {
                *self = RowChange { emptied: true, inserted: 0, deleted: 0 };
            }
        }
    }

    fn apply(self, rows: u64, kind: TransactionKind) -> u64 {
        let replaced = self.emptied || kind.is_copy();
        let base = if replaced { 0 } else { rows };
        base.saturating_add(self.inserted).saturating_sub(self.deleted)
    }
}

/// The row counts that this batch has used. An initial copy replaces a table's count, because a
/// new one is taken after a gap.
#[derive(Debug, Default)]
pub(super) struct RowCounts {
    known: BTreeMap<TableName, u64>,
}

impl RowCounts {
    /// How many rows a table holds.
    pub fn of(&self, state: &State, table: &TableName) -> Result<u64, Fault> {
        match self.known.get(table) {
            Some(rows) => Ok(*rows),
            None => Ok(state.read(&key(table))?.unwrap_or(0)),
        }
    }

    /// Applies a transaction; returns the rows before and after it.
    pub fn apply(
        &mut self,
        state: &State,
        table: &TableName,
        change: RowChange,
        kind: TransactionKind,
    ) -> Result<(u64, u64), Fault> {
        let before = self.of(state, table)?;
        let after = change.apply(before, kind);
        self.known.insert(table.clone(), after);
        Ok((before, after))
    }

    /// Writes them back.
    pub fn store(&self, state: &mut State) {
        for (table, rows) in &self.known {
            state.write(key(table), rows);
        }
    }
}

fn key(table: &TableName) -> Vec<u8> {
    table_key(PREFIX, table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_inserts_deletes_and_truncate_and_never_fall_below_zero() {
        let live = TransactionKind::Live;
        let change = RowChange { emptied: false, inserted: 3, deleted: 1 };
        assert_eq!(change.apply(10, live), 12);
        assert_eq!(RowChange { emptied: true, ..change }.apply(10, live), 2);
        assert_eq!(RowChange { deleted: 50, ..change }.apply(10, live), 0);
        assert_eq!(change.apply(10, TransactionKind::InitialCopy), 2);
    }
}
