//! Tables as the stream describes them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Serialize};

use super::facts::TableFacts;

/// A table's qualified name. Copies share the text: each change makes several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// Schema.
    pub schema: Arc<str>,
    /// Table.
    pub name: Arc<str>,
}

impl TableName {
    /// From its two parts.
    pub fn new(schema: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        TableName { schema: schema.into(), name: name.into() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A table name needs its schema: `crm.contacts`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table is named with its schema, as in crm.contacts")]
pub struct InvalidTableName;

impl FromStr for TableName {
    type Err = InvalidTableName;

    fn from_str(text: &str) -> Result<Self, InvalidTableName> {
        match text.split_once('.') {
            Some((schema, name)) if !schema.is_empty() && !name.is_empty() => {
                Ok(TableName::new(schema, name))
            }
            _ => Err(InvalidTableName),
        }
    }
}

impl Serialize for TableName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Without the formatter, which a record would run twice: once to count.
        serializer.serialize_str(&[&*self.schema, ".", &*self.name].concat())
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

/// Reads a name where it stands, without a copy of the whole: histories hold one for each version.
struct Written;

impl Visitor<'_> for Written {
    type Value = TableName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table name with its schema")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TableName, E> {
        text.parse().map_err(E::custom)
    }
}

/// Which old values an update or delete carries (PostgreSQL manual, `ALTER TABLE … REPLICA
/// IDENTITY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplicaIdentity {
    /// The primary key, when it changed.
    Default,
    /// None: updates and deletes of a published table are refused by the server.
    Nothing,
    /// Every column.
    Full,
    /// The columns of a chosen unique index.
    Index,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Object identifier of the type in `pg_type`; 0 when unknown.
    pub type_oid: u32,
    /// Whether the column belongs to the replica identity.
    pub key: bool,
}

/// A table in one shape. A change of shape is a new value; changes hold the shape that they were
/// made under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Object identifier in `pg_class`.
    pub oid: u32,
    /// Qualified name.
    pub name: TableName,
    /// Which old values arrive.
    pub replica_identity: ReplicaIdentity,
    /// Columns in the order of a row's cells.
    pub columns: Vec<Column>,
    /// What the catalogue says beyond that.
    pub facts: TableFacts,
}

impl Table {
    /// Index of a column by name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Indexes of the columns of the primary key, as far as the catalogue was asked.
    pub fn primary_key(&self) -> impl Iterator<Item = usize> + '_ {
        let primary = self.facts.columns.iter().filter(|(_, facts)| facts.primary_key);
        primary.filter_map(|(name, _)| self.column(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_name_needs_its_schema() {
        assert_eq!("crm.contacts".parse(), Ok(TableName::new("crm", "contacts")));
        for text in ["contacts", ".contacts", "crm.", ""] {
            assert_eq!(text.parse::<TableName>(), Err(InvalidTableName));
        }
    }
}
