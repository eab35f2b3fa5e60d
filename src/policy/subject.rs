//! Whose data the rows of a table are.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::TableName;

/// Whose data a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectMapping {
    /// Each row is a data subject, named by this column.
    Itself {
        /// Key column.
        key: String,
    },
    /// Each row is about a data subject of another table.
    About {
        /// Table of the data subjects.
        table: TableName,
        /// Column that holds the data subject's key.
        column: String,
    },
    /// Each row is about a data subject, or through a record, of one of several tables.
    AboutOneOf {
        /// Column that says of which.
        kind: String,
        /// The table that each of its values stands for. A row with any other value is about
        /// somebody who is not known.
        tables: BTreeMap<String, TableName>,
        /// Those of them whose rows are about others themselves, and the tables of these people: a row is about
        /// whoever the record that it names is about.
        through: BTreeMap<TableName, BTreeSet<TableName>>,
        /// Column that holds the key of the data subject or record.
        column: String,
    },
    /// Each row is about whoever a record of another table is about: the claim of a contract.
    AboutThrough {
        /// Table of the records.
        table: TableName,
        /// Column that holds the key of the record.
        column: String,
        /// The tables of the data subjects about whom the records are.
        people: BTreeSet<TableName>,
    },
}

impl SubjectMapping {
    /// The columns of the row that say whose data it is.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            SubjectMapping::Itself { key } => vec![key],
            SubjectMapping::About { column, .. } | SubjectMapping::AboutThrough { column, .. } => {
                vec![column]
            }
            SubjectMapping::AboutOneOf { kind, column, .. } => vec![kind, column],
        }
    }

    /// The tables of the people about whom the rows of another are.
    pub fn people(&self) -> Vec<&TableName> {
        match self {
            SubjectMapping::Itself { .. } => Vec::new(),
            SubjectMapping::About { table, .. } => vec![table],
            SubjectMapping::AboutOneOf { tables, through, .. } => {
                let direct = tables.values().filter(|table| !through.contains_key(*table));
                direct.chain(through.values().flatten()).collect()
            }
            SubjectMapping::AboutThrough { people, .. } => people.iter().collect(),
        }
    }
}
