//! What the server's catalogue says about a table beyond names and types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::table::TableName;

/// Facts about one table, as the server's catalogue tells them (`pg_description`,
/// `pg_constraint`, `pg_enum`). The change stream carries none of them; they are empty where nobody
/// asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// `COMMENT ON TABLE`.
    pub comment: Option<String>,
    /// By column; columns without facts are left out.
    pub columns: BTreeMap<String, ColumnFacts>,
}

/// Facts about one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
    /// The column that a foreign key refers to.
    pub references: Option<ReferencedColumn>,
    /// It is, or belongs to, the primary key.
    pub primary_key: bool,
    /// No two rows may hold the same value.
    pub unique: bool,
    /// The labels of its enumeration, or the texts that a CHECK allows; empty when any value may
    /// stand there.
    pub allowed: Vec<String>,
}

/// The target of a foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencedColumn {
    /// Table.
    pub table: TableName,
    /// Column.
    pub column: String,
}
