//! Is this a breach? Deterministic tripwires over what each transaction touched.
//!
//! [`Tally`] adds up the changes of the transaction in progress. At commit it feeds the sliding
//! windows, and each detector that finds its tripwire crossed says so in a [`Signal`];
//! [`incident`](super::incident) makes incidents of them. One detector per file.

pub mod access;
pub mod account;
pub mod audit_bypass;
pub mod audit_tampered;
pub mod bulk_consent;
pub mod ciphertext;
pub mod contact_point;
pub mod declared;
pub mod decoy;
pub mod destination;
mod detector;
mod encoded;
mod everywhere;
pub mod export;
mod extent;
mod firsts;
mod joint;
pub mod leaver;
pub mod lookout;
pub mod mass_change;
pub mod mass_deletion;
pub mod merge;
pub mod moved;
mod opaque;
pub mod payee;
pub mod reassignment;
mod recent_moves;
mod rows;
pub mod schema_change;
pub mod scramble;
mod sign;
mod slow;
pub mod soft_deletion;
mod subjects;
mod tally;
#[cfg(test)]
pub(crate) mod trial;
mod tripwire;
mod truncate;
mod usual;
mod window;
mod windows;

pub use detector::Detector;
pub use extent::Extent;
pub use scramble::Move;
pub use sign::Sign;
pub use subjects::{Distinct, Subjects};
pub use tally::{Settled, Tally};
pub(super) use tripwire::grouped;

use super::classified::Classified;
use super::ledger::Applied;
use crate::model::{
    BreachType, Category, Code, OperationKind, Position, Reference, TableName, Timestamp,
};

/// Where a record about a table lies. Names may contain dots, but never the byte zero.
fn table_key(prefix: &[u8], table: &TableName) -> Vec<u8> {
    [prefix, table.schema.as_bytes(), &[0], table.name.as_bytes()].concat()
}

/// What one change touched, as the detectors see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The change.
    pub position: Position,
    /// Its table.
    pub table: TableName,
    /// What was done.
    pub operation: OperationKind,
    /// Whether each row of the table is, or is about, a data subject.
    pub about_people: bool,
    /// By whom.
    pub actor: Option<Reference>,
    /// About whom; `None` when unknown or not about anybody.
    pub subject: Option<Reference>,
    /// Personal categories whose cells were set, changed or deleted.
    pub categories: Vec<Category>,
    /// Whether the old values of all of them were in the stream.
    pub reversible: bool,
    /// Whether the change turned a permission from "no" or "unknown" into "yes" without evidence
    /// of the data subject's own act.
    pub permission_granted: bool,
    /// Whether the change recorded a permission with evidence of the data subject's own act.
    pub own_act: bool,
    /// What the columns that the pack maps for security say of the change.
    pub signs: Vec<Sign>,
    /// Identifying values that the change replaced by others.
    pub moves: Vec<Move>,
}

impl Touch {
    /// What the detectors see of a change. Of a test record only that there is a row more or less.
    pub fn of(change: &Classified<'_>, applied: &Applied, test: bool) -> Touch {
        let record = change.record();
        let people = |categories: &[Category]| if test { Vec::new() } else { categories.to_vec() };
        Touch {
            position: record.change.position,
            table: record.change.table.name.clone(),
            operation: record.change.operation.kind(),
            about_people: record.mapping.subject.is_some() && !test,
            actor: change.actor(),
            subject: change.subject(),
            categories: people(change.categories()),
            reversible: change.reversible(),
            permission_granted: applied.permission_granted && !test,
            own_act: applied.own_act,
            signs: Vec::new(),
            moves: Vec::new(),
        }
    }
}

/// A detector's alarm after one transaction: what has not been told before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The detector's code.
    pub code: Code,
    /// Which kind of breach it may be.
    pub breach: BreachType,
    /// Table.
    pub table: TableName,
    /// By whom; `None` when unknown.
    pub actor: Option<Reference>,
    /// Of what was counted over all actors: those of them that are known to have had a part in it.
    pub together: Option<Vec<Reference>>,
    /// What was touched since the last signal of the same series.
    pub extent: Extent,
    /// Whether the data subjects can be told from the stream at all.
    pub countable: bool,
    /// Commit time of the first transaction in it.
    pub occurred: Timestamp,
    /// Expected and observed, in words, without any value.
    pub reason: String,
}
