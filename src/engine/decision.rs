//! What a decision says.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::classified::Classified;
use super::ledger::Census;
use super::series::{Class, Noticed, Readiness};
use super::state::Writes;
use super::unfit::UnfitTables;
use crate::model::{
    Category, Channel, Emission, Interruption, Lsn, Observation, OperationKind, Outcome, Position,
    TableName, Timestamp,
};
use crate::policy::RequestKind;

/// How far the stream has been decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Everything up to and including this event has been decided; a replay skips it.
    pub position: Position,
    /// First byte after the last transaction that has been decided to its end. Acknowledging it
    /// loses nothing.
    pub end: Lsn,
    /// Stream time: the largest commit time or server clock so far.
    pub time: Timestamp,
}

/// Numbers for metrics. Adding up those of two decisions gives those of deciding both at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes seen, by table and operation.
    pub changes: BTreeMap<(TableName, OperationKind), u64>,
    /// Changes judged, by table and outcome. A change whose judgement waits is counted when it is
    /// reached.
    pub judged: BTreeMap<(TableName, Outcome), u64>,
    /// Judgements that began to wait, minus those that were reached.
    pub waiting: i64,
    /// Personal cells changed, by category and operation.
    pub cells: BTreeMap<(Category, OperationKind), u64>,
    /// Changes whose actor is unknown, in tables that should name one.
    pub unknown_actors: u64,
    /// Series of changes that the detectors gave up for want of room, and changes they could not
    /// follow.
    pub evicted_series: u64,
    /// Rows that stayed within an envelope of declared maintenance, and rows that went beyond one.
    pub maintenance_rows: [u64; 2],
    /// Statistical alarms, by what became of them.
    pub noticed: BTreeMap<(Class, Noticed), u64>,
    /// How the statistics stand at the end; not a number that adds up.
    pub statistics: Option<Readiness>,
    /// What the circuit breaker did, by action.
    pub interruptions: BTreeMap<Interruption, u64>,
    /// Transactions decided to their end.
    pub transactions: u64,
    /// How many permissions stand at the end, where that may have changed; not a number that adds up.
    pub permissions: Option<Census>,
    /// The tables that do not fit the policies at the end, where that has changed; not a number that adds up.
    pub unfit: Option<UnfitTables>,
    /// Requests of data subjects that became open or overdue, minus those that are no longer.
    pub requests: Requests,
    /// How many seconds after a no the last message came, for each no whose time is over.
    pub silences: Vec<(Channel, u64)>,
}

/// How many requests of data subjects there are; or how many more, when some were decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Open, by kind; what has come to nothing is left out.
    pub open: BTreeMap<RequestKind, i64>,
    /// Of these, overdue.
    pub overdue: BTreeMap<RequestKind, i64>,
}

impl Requests {
    /// Adds what was decided.
    pub(super) fn add(&mut self, more: &Requests) {
        more.open.iter().for_each(|(kind, count)| add(&mut self.open, *kind, *count));
        more.overdue.iter().for_each(|(kind, count)| add(&mut self.overdue, *kind, *count));
    }

    /// A request went from one standing (its kind, and whether it is overdue) to another; `None` is
    /// not open.
    pub(super) fn moved(
        &mut self,
        before: Option<(RequestKind, bool)>,
        after: Option<(RequestKind, bool)>,
    ) {
        for (standing, sign) in [(before, -1), (after, 1)] {
            let Some((kind, overdue)) = standing else { continue };
            add(&mut self.open, kind, sign);
            add(&mut self.overdue, kind, sign * i64::from(overdue));
        }
    }
}

fn add(counts: &mut BTreeMap<RequestKind, i64>, kind: RequestKind, difference: i64) {
    let count = counts.entry(kind).or_default();
    *count += difference;
    if *count == 0 {
        counts.remove(&kind);
    }
}

impl Counts {
    /// A change was seen.
    pub(super) fn seen(&mut self, change: &Classified<'_>) {
        let operation = change.record().change.operation.kind();
        let table = change.record().change.table.name.clone();
        *self.changes.entry((table, operation)).or_default() += 1;
        for &category in change.categories() {
            *self.cells.entry((category, operation)).or_default() += 1;
        }
    }

    /// A change was judged.
    pub(super) fn judged(&mut self, table: &TableName, outcome: Outcome) {
        *self.judged.entry((table.clone(), outcome)).or_default() += 1;
    }
}

/// The result of deciding one batch: all that is to be stored, in one transaction, and published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub(super) writes: Writes,
    pub(super) emissions: Vec<Emission>,
    pub(super) observations: Vec<Observation>,
    pub(super) counts: Counts,
    pub(super) checkpoint: Checkpoint,
    pub(super) more_is_due: bool,
    pub(super) copy_again: BTreeSet<TableName>,
}

impl Decision {
    /// Records to write.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// The records to write, taken out of the decision.
    pub fn take_writes(&mut self) -> Writes {
        std::mem::take(&mut self.writes)
    }

    /// What to publish, in order.
    pub fn emissions(&self) -> &[Emission] {
        &self.emissions
    }

    /// Intervals of the log that have ended, for the evidence.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// Numbers for metrics.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How far the stream has been decided.
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// Tables whose rows were not understood for a while and are again, so that they have to be copied anew.
    pub fn copy_again(&self) -> &BTreeSet<TableName> {
        &self.copy_again
    }

    /// Whether more may be due than this decision was allowed to reach: then an idle event without
    /// a new position or time goes on with it.
    pub fn more_is_due(&self) -> bool {
        self.more_is_due
    }
}
