//! Is this a breach? Deterministic tripwires over what each transaction touched.

use crate::model::{Category, OperationKind, Position, Reference, TableName};

/// What one change touched, as the detectors see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The change.
    pub position: Position,
    /// Its table.
    pub table: TableName,
    /// What was done.
    pub operation: OperationKind,
    /// Whether each row of the table is a data subject.
    pub subject_table: bool,
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
}
