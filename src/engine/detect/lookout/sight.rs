//! What was seen of one kind of change to one table in an open transaction.

use serde::{Deserialize, Serialize};

use crate::engine::detect::detector::Detector;
use crate::engine::detect::tripwire::{Observation, Span};
use crate::engine::detect::truncate::Truncated;
use crate::engine::detect::{Extent, Signal, Touch};
use crate::model::{Code, OperationKind, Reference, TableName, Timestamp};
use crate::policy::Detection;

/// What is looked out for before a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Kind {
    Change,
    Deletion,
    Truncation,
    SoftDeletion,
}

impl Kind {
    /// The kind of a change; `None` for one that alarms nobody.
    pub fn of(touch: &Touch) -> Option<Kind> {
        if touch.operation == OperationKind::Truncate {
            return Truncated::new(touch).is_about_people().then_some(Kind::Truncation);
        }
        let kinds = [Kind::SoftDeletion, Kind::Change, Kind::Deletion];
        kinds.into_iter().find(|kind| kind.detector().watches(touch))
    }

    /// Its code.
    pub fn code(self) -> Code {
        self.detector().code()
    }

    /// How many records there must be before it is worth a look.
    pub fn first_look(self, detection: &Detection) -> u64 {
        match self {
            Kind::Change | Kind::Deletion | Kind::SoftDeletion => {
                self.detector().tripwire(detection).subjects
            }
            Kind::Truncation => 1,
        }
    }

    /// The most rows that changes which were as many have touched: of a TRUNCATE it is not known.
    pub fn peak(self, changes: u64) -> u64 {
        match self {
            Kind::Change | Kind::Deletion | Kind::SoftDeletion => changes,
            Kind::Truncation => u64::MAX,
        }
    }

    /// The detector that will see it at the commit.
    fn detector(self) -> Detector {
        match self {
            Kind::Change => Detector::MassChange,
            Kind::SoftDeletion => Detector::SoftDeletion,
            Kind::Deletion | Kind::Truncation => Detector::MassDeletion,
        }
    }
}

/// What was touched, added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sight {
    extent: Extent,
    erased: u64,
    truncated: Option<Truncated>,
}

/// How far it is from its tripwire.
pub(super) struct Judged {
    /// As it is now; `None` when there is nothing to tell.
    pub signal: Option<Signal>,
    /// Rows that are missing at least until the tripwire is crossed; 0 when it is.
    pub short: u64,
}

impl Sight {
    /// Nothing yet, to be filled from this change on.
    pub fn new(touch: &Touch) -> Self {
        Sight { extent: Extent::from(touch.position), erased: 0, truncated: None }
    }

    /// Adds one change; `erased` of its personal cells were emptied or deleted.
    pub fn add(&mut self, touch: &Touch, erased: u64) {
        self.erased += erased;
        self.extent.add(touch);
        if touch.operation == OperationKind::Truncate {
            self.truncated = Some(Truncated::new(touch));
        }
    }

    /// Adds what other changes touched.
    pub fn merge(&mut self, other: &Sight) {
        self.erased += other.erased;
        self.extent.merge(&other.extent);
        self.truncated = other.truncated.clone().or(self.truncated.take());
    }

    /// Rows, counted once per change.
    pub fn records(&self) -> u64 {
        self.extent.records
    }

    /// Personal cells that were emptied or deleted.
    pub fn erased(&self) -> u64 {
        self.erased
    }

    /// Compares it with the tripwire. `rows` is how many the table held before the transaction.
    pub fn judge(
        &self,
        kind: Kind,
        table: &TableName,
        actor: Option<Reference>,
        detection: &Detection,
        rows: u64,
        time: Timestamp,
    ) -> Judged {
        if let Some(truncated) = &self.truncated {
            let mut signal = truncated.signal(table, rows, time);
            if let Some(signal) = &mut signal {
                signal.reason.push_str("; told before the commit");
            }
            return Judged { signal, short: 0 };
        }
        let detector = kind.detector();
        let tripwire = detector.tripwire(detection);
        // The detectors count the rows after the transaction, and what it deletes beside them.
        let left = match kind {
            Kind::Change | Kind::SoftDeletion | Kind::Truncation => rows,
            Kind::Deletion => rows.saturating_sub(self.extent.records),
        };
        let observation = Observation::new(detector, &self.extent, left);
        let span = Span::OpenTransaction;
        let signal = Signal {
            code: detector.code(),
            breach: detector.breach(),
            table: table.clone(),
            actor,
            together: None,
            extent: self.extent.clone(),
            countable: true,
            occurred: time,
            reason: observation.reason(detector, table, (actor, None), &tripwire, span),
        };
        Judged { signal: Some(signal), short: observation.short_of(&tripwire) }
    }
}

/// All of them as one; `None` of none.
pub(super) fn together<'a>(mut sights: impl Iterator<Item = &'a Sight>) -> Option<Sight> {
    let mut all = sights.next()?.clone();
    sights.for_each(|sight| all.merge(sight));
    Some(all)
}
