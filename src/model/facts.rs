//! What the server's catalogue says about a table beyond names and types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::table::TableName;

/// Facts about one table, as the server's catalogue tells them (`pg_description`,
/// `pg_constraint`, `pg_enum`). The change stream carries none of them; they are empty where nobody
/// asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableFacts {
    /// `COMMENT ON TABLE`.
    pub comment: Option<String>,
    /// By column; columns without facts are left out.
    pub columns: BTreeMap<String, ColumnFacts>,
}

/// Facts about one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// How the text of a value is put together.
    pub structure: Structure,
}

/// How the text of a value is put together of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structure {
    /// It is one datum, or nobody knows better.
    #[default]
    Plain,
    /// `json`, `jsonb`.
    Json,
    /// `hstore`: keys and texts.
    Map,
    /// An array, whatever its dimensions, of such elements.
    Array(Box<Part>),
    /// A composite type.
    Composite(Vec<(String, Part)>),
}

/// An element of an array or a field of a composite type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Part {
    /// Object identifier of its type in `pg_type`.
    pub type_oid: u32,
    /// How its own text is put together.
    pub structure: Structure,
}

impl Structure {
    /// What a built-in type says by itself. The object identifiers are those of `pg_type.dat`,
    /// which never change.
    pub fn of_type(type_oid: u32) -> Structure {
        let element = match type_oid {
            114 | 3802 => return Structure::Json,
            199 => 114,
            3807 => 3802,
            1000 => 16,
            1001 => 17,
            1002 => 18,
            1003 => 19,
            1005 => 21,
            1007 => 23,
            1009 => 25,
            1014 => 1042,
            1015 => 1043,
            1016 => 20,
            1021 => 700,
            1022 => 701,
            1040 => 829,
            1041 => 869,
            651 => 650,
            1115 => 1114,
            1182 => 1082,
            1185 => 1184,
            1231 => 1700,
            2951 => 2950,
            _ => return Structure::Plain,
        };
        let structure = Structure::of_type(element);
        Structure::Array(Box::new(Part { type_oid: element, structure }))
    }
}

/// The target of a foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencedColumn {
    /// Table.
    pub table: TableName,
    /// Column.
    pub column: String,
}
