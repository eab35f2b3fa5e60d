//! Rows carried forward by changes, to be compared with what a new initial copy finds.

use std::collections::BTreeMap;

use lawtail::model::{OperationKind, TableName};

use crate::told::{Cell, Cells, Told};

/// How a table's rows are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By these columns.
    Key(Vec<String>),
    /// By the whole row; of equal rows any one is meant.
    Whole,
}

impl Identity {
    /// What is told of an old row with this identity: the columns that are not null.
    fn of(&self, row: &Cells) -> Cells {
        let belongs = |(name, cell): &&(String, Cell)| match self {
            Identity::Key(columns) => columns.contains(name),
            Identity::Whole => *cell != Cell::Null,
        };
        row.iter().filter(belongs).cloned().collect()
    }
}

/// Tables with their rows.
pub struct Carried {
    identities: BTreeMap<TableName, Identity>,
    tables: BTreeMap<TableName, BTreeMap<Cells, Vec<Cells>>>,
}

impl Carried {
    /// Tables without a known identity are left out.
    pub fn new(identities: BTreeMap<TableName, Identity>) -> Self {
        Carried { identities, tables: BTreeMap::new() }
    }

    /// Applies one change; panics when it is about a row that is not there.
    pub fn apply(&mut self, told: &Told) {
        let Some(identity) = self.identities.get(&told.table) else { return };
        let rows = self.tables.entry(told.table.clone()).or_default();
        if told.kind == OperationKind::Truncate {
            rows.clear();
            return;
        }
        let mut before = None;
        if told.kind != OperationKind::Insert {
            let key = told.old.clone().or_else(|| told.new.as_ref().map(|new| identity.of(new)));
            let key = key.expect("an update or delete names its row");
            let equal = rows.get_mut(&key).unwrap_or_else(|| panic!("no such row: {told:?}"));
            before = equal.pop();
            if equal.is_empty() {
                rows.remove(&key);
            }
        }
        let Some(mut after) = told.new.clone() else { return };
        for (name, cell) in &mut after {
            if *cell == Cell::Unchanged {
                let before = before.iter().flatten().find(|(other, _)| other == name);
                *cell = before.expect("what is unchanged was there").1.clone();
            }
        }
        rows.entry(identity.of(&after)).or_default().push(after);
    }

    /// The rows of every table that is not empty, sorted.
    pub fn rows(&self) -> BTreeMap<TableName, Vec<Cells>> {
        let mut tables = BTreeMap::new();
        for (name, rows) in &self.tables {
            let mut rows: Vec<Cells> = rows.values().flatten().cloned().collect();
            rows.sort();
            if !rows.is_empty() {
                tables.insert(name.clone(), rows);
            }
        }
        tables
    }

    /// The same rows of what a copy found.
    pub fn found(&self, copied: Vec<Told>) -> BTreeMap<TableName, Vec<Cells>> {
        let known = copied.into_iter().filter(|row| self.identities.contains_key(&row.table));
        crate::scene::by_table(known)
    }
}
