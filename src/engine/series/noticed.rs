//! What metrics are told of the statistics.

use super::name::Class;
use super::shared::Stage;
use crate::model::{Position, Reference, TableName};

/// What became of alarms, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noticed {
    /// It opened an incident.
    Told,
    /// It belongs to an incident that is open.
    Joined,
    /// The budget was spent.
    OverBudget,
    /// The statistics are still learning.
    Shadow,
}

impl Noticed {
    /// Every kind.
    pub const ALL: [Noticed; 4] =
        [Noticed::Told, Noticed::Joined, Noticed::OverBudget, Noticed::Shadow];

    /// The name used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Noticed::Told => "told",
            Noticed::Joined => "joined",
            Noticed::OverBudget => "over_budget",
            Noticed::Shadow => "shadow",
        }
    }
}

/// How ready the statistics are, for metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// How far they have come.
    pub stage: Stage,
    /// Thresholds by class, in thousandths of `-log₁₀ p`.
    pub thresholds: Vec<(Class, u32)>,
    /// Series that are followed.
    pub series: u64,
    /// Incidents that were opened in the seven days before the last transaction, and how many may be.
    pub budget: (u32, u32),
}

/// An alarm that nobody is told of, since the budget is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// First change of what was counted.
    pub position: Position,
    /// The table, or that with the most of it.
    pub table: TableName,
    /// By whom, where somebody in particular did it.
    pub actor: Option<Reference>,
    /// Data subjects, and rows of nobody known.
    pub number: u64,
    /// Expected and observed, in words.
    pub reason: String,
    /// A number for what was counted, the same everywhere.
    pub series: u64,
}
