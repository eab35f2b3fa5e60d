//! Rows that come again as they were.
//!
//! *Why*: jobs that renew a table delete or empty it and load it anew. What a row said before it was taken away, and
//! says again, is no news, and as old as it was.
//!
//! *Not so*: a row that was deleted in an earlier transaction, which may be anybody's by now; a row that says
//! anything else.

use super::Ledger;
use crate::engine::ledger::histories::Recorded;
use crate::engine::ledger::{History, Place, deleted, histories, since};
use crate::model::{Fault, OperationKind};

impl Ledger<'_, '_> {
    /// Whether the row has come again as it was: its record goes on.
    pub(super) fn comes_again<T: Recorded + PartialEq>(
        &mut self,
        key: &[u8],
        history: &History<T>,
        says: &T,
    ) -> Result<bool, Fault> {
        let inserted = self.record.change.operation.kind() == OperationKind::Insert;
        if self.copied || !inserted || history.is_empty() {
            return Ok(false);
        }
        let mut history = history.clone();
        match &mut history[..] {
            [.., was, end] if end.says.is_none() && was.says.as_ref() == Some(says) => {
                if !self.is_of_this_transaction(end.stamp.place) {
                    return Ok(false);
                }
                history.pop();
            }
            [.., was] if was.says.as_ref() == Some(says) => {
                let table = &self.record.change.table.name;
                let emptied = since(self.state, table)?;
                let back = self.is_of_this_transaction(emptied)
                    || deleted::was_cleared(table, emptied, self.state)?;
                if was.outlives(emptied) || !back {
                    return Ok(false);
                }
                was.again = Some(self.stamp);
            }
            _ => return Ok(false),
        }
        histories::write(self.state, key, history)?;
        Ok(true)
    }

    fn is_of_this_transaction(&self, place: Place) -> bool {
        place.transaction() == self.stamp.place.transaction()
    }
}
