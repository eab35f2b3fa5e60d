//! What is counted: the series, and the classes that share a threshold.

use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::engine::detect::Touch;
use crate::model::{Category, OperationKind, Reference, Sensitivity, TableName};

/// One series of counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Series {
    /// Rows that one actor inserted into, updated in or deleted from a table.
    Actor { actor: Reference, table: TableName, operation: OperationKind },
    /// Rows with personal data of one sensitivity that one actor touched.
    Sensitivity { actor: Reference, sensitivity: Sensitivity },
    /// Rows inserted into, updated in or deleted from a table.
    Table { table: TableName, operation: OperationKind },
    /// Updates of a table that changed cells of exactly these categories.
    Columns { table: TableName, categories: u64 },
    /// All series for which there is no room.
    Other { class: Class },
    /// Rows that one actor inserted, updated or deleted in all tables together.
    Everywhere { actor: Reference, operation: OperationKind },
    /// Rows inserted into, updated in or deleted from a table by nobody who is named.
    Unnamed { table: TableName, operation: OperationKind },
    /// Rows updated in or deleted from a table by all actors together who are new there.
    Fresh { table: TableName, operation: OperationKind },
}

/// Series whose scores are compared with one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// What one actor does.
    Actors,
    /// What happens to one table.
    Tables,
    /// What is seen for the first time: its first week, and actors who were away for long.
    Newcomers,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 3] = [Class::Actors, Class::Tables, Class::Newcomers];

    /// The name used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Class::Actors => "actors",
            Class::Tables => "tables",
            Class::Newcomers => "newcomers",
        }
    }

    /// Its part of the alarms that may be. Together they are half of the budget: the rest is for what
    /// the tail of the past did not tell.
    pub(super) fn share(self) -> f64 {
        match self {
            Class::Actors => 0.25,
            Class::Tables | Class::Newcomers => 0.125,
        }
    }
}

impl Series {
    /// The class of a series that is no longer new.
    pub fn class(&self) -> Class {
        match self {
            Series::Actor { .. }
            | Series::Sensitivity { .. }
            | Series::Everywhere { .. }
            | Series::Unnamed { .. } => Class::Actors,
            Series::Table { .. } | Series::Columns { .. } => Class::Tables,
            Series::Fresh { .. } => Class::Newcomers,
            Series::Other { class } => *class,
        }
    }

    /// Whose it is.
    pub fn actor(&self) -> Option<Reference> {
        match self {
            Series::Actor { actor, .. }
            | Series::Sensitivity { actor, .. }
            | Series::Everywhere { actor, .. } => Some(*actor),
            Series::Table { .. }
            | Series::Columns { .. }
            | Series::Other { .. }
            | Series::Unnamed { .. }
            | Series::Fresh { .. } => None,
        }
    }

    /// The table and the kind of change, of what all actors do to one.
    pub fn of_table(&self) -> Option<(&TableName, OperationKind)> {
        match self {
            Series::Table { table, operation } => Some((table, *operation)),
            Series::Columns { table, .. } => Some((table, OperationKind::Update)),
            _ => None,
        }
    }

    /// Its name as bytes, behind a prefix.
    pub fn key(&self, prefix: &[u8]) -> Vec<u8> {
        let name = postcard::to_stdvec(self).expect("records of the engine serialise");
        [prefix, &name].concat()
    }

    /// A number for it, the same everywhere.
    pub fn number(&self) -> u64 {
        let mut hash = SipHasher13::new_with_keys(0, 0);
        hash.write(&self.key(b""));
        hash.finish()
    }

    /// What is counted, in words, after the number of rows.
    pub fn wording(&self) -> String {
        match self {
            Series::Actor { table, operation, .. } => {
                format!("{} {table} by one actor", past(*operation))
            }
            Series::Sensitivity { sensitivity, .. } => {
                let sensitivity = match sensitivity {
                    Sensitivity::Ordinary => "personal data",
                    Sensitivity::Special => "special categories of personal data",
                    Sensitivity::Criminal => "data on criminal offences",
                };
                format!("with {sensitivity} touched by one actor")
            }
            Series::Table { table, operation } => {
                format!("{} {table} by all actors", past(*operation))
            }
            Series::Columns { table, categories } => {
                format!("updated in {table} in {} alone by all actors", in_categories(*categories))
            }
            Series::Everywhere { operation, .. } => {
                format!("{} all tables together by one actor", past(*operation))
            }
            Series::Unnamed { table, operation } => {
                format!("{} {table} by nobody who is named", past(*operation))
            }
            Series::Fresh { table, operation } => {
                format!("{} {table} by several actors who are new there", past(*operation))
            }
            Series::Other { .. } => "touched in series for which there was no room".to_owned(),
        }
    }
}

pub(super) fn past(operation: OperationKind) -> &'static str {
    match operation {
        OperationKind::Insert => "inserted into",
        OperationKind::Update => "updated in",
        OperationKind::Delete | OperationKind::Truncate => "deleted from",
    }
}

const _: () = assert!(Category::ALL.len() <= 64);

pub(super) fn bit(category: Category) -> u64 {
    1 << (category as u64)
}

/// A set of categories in words.
pub(super) fn in_categories(categories: u64) -> String {
    let among = Category::ALL.iter().filter(|it| categories & bit(**it) != 0);
    among.map(|category| category.key()).collect::<Vec<&str>>().join(", ")
}

/// The categories of a change as a set.
pub(super) fn categories(touch: &Touch) -> u64 {
    touch.categories.iter().fold(0, |set, category| set | bit(*category))
}

/// The most sensitive category of a change; `None` when it touched no personal cell.
pub(super) fn sensitivity(touch: &Touch) -> Option<Sensitivity> {
    touch.categories.iter().map(|category| category.sensitivity()).max()
}
