//! Table names as label values, bounded in number.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::model::{TableName, limits};

/// The label of every table beyond the limit.
const OTHER: &str = "other";

/// The tables that have a label of their own: those of the pack first, then the first ones seen.
pub(super) struct TableLabels {
    own: Mutex<BTreeSet<TableName>>,
}

impl TableLabels {
    pub fn new<'a>(preferred: impl Iterator<Item = &'a TableName>) -> Self {
        let own = preferred.take(limits::TABLE_LABELS).cloned().collect();
        TableLabels { own: Mutex::new(own) }
    }

    /// The label of a table.
    pub fn of(&self, table: &TableName) -> String {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.contains(table) {
            return table.to_string();
        }
        if own.len() >= limits::TABLE_LABELS {
            return OTHER.to_owned();
        }
        own.insert(table.clone());
        table.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_beyond_the_limit_share_a_label() {
        let name = |number: usize| TableName::new("crm", format!("t{number}"));
        let mapped = name(limits::TABLE_LABELS + 5);
        let labels = TableLabels::new([&mapped].into_iter());
        for number in 0..limits::TABLE_LABELS - 1 {
            assert_eq!(labels.of(&name(number)), name(number).to_string());
        }
        assert_eq!(labels.of(&name(limits::TABLE_LABELS)), OTHER);
        assert_eq!(labels.of(&name(0)), "crm.t0");
        assert_eq!(labels.of(&mapped), mapped.to_string());
    }
}
