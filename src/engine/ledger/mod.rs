//! Who may what, now: lawful bases, permissions, contact points and erasures, as the stream
//! recorded them.
//!
//! Keyed by reference, never by value. Each record carries the row and position that prove it.

mod apply;
mod contact_point;
mod histories;
mod lookup;

pub use apply::{Applied, apply, contact_point};
pub use contact_point::normalise;
pub use lookup::{Period, bases, erasure, is_anybody_erased, permissions};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Evidence, Position, Reference, Timestamp};
use crate::policy::{LawfulBasis, PermissionStatus};

/// A place in all that was seen. Positions can be compared only within one unbroken part of the
/// stream: beyond a gap there may be another log with lower ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// How often the stream had broken off before.
    pub part: u32,
    /// Position.
    pub position: Position,
}

/// When and where something was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Stream time. It is the commit time, except for transactions whose commit time lies further
    /// back than it may: those of a foreign origin, and after the server's clock was set back.
    pub time: Timestamp,
    /// Place.
    pub place: Place,
}

/// A data subject: in one record what most judgements ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRecord {
    /// Contact points by which the person can be reached.
    pub contact_points: BTreeSet<KnownContactPoint>,
    /// A test record, not a person.
    pub test: bool,
    /// What rows have recorded of lawful bases, by purpose and row.
    bases: histories::Histories<BasisRecord>,
}

/// A contact point of a data subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KnownContactPoint {
    /// The row in which it stands.
    pub row: Option<Reference>,
    /// Channel.
    pub channel: Channel,
    /// Itself.
    pub point: Reference,
}

/// What a row that records a lawful basis says: may we process?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisRecord {
    /// Which; `None` when the pack does not know the word for it, or when the end of its validity
    /// cannot be read.
    pub basis: Option<LawfulBasis>,
    /// End of its validity.
    pub valid_until: Option<Timestamp>,
}

impl BasisRecord {
    /// Whether it is one of the accepted bases and had not expired; `None` when that cannot be
    /// told.
    pub fn covers(&self, accepted: &[LawfulBasis], used: Timestamp) -> Option<bool> {
        if self.valid_until.is_some_and(|end| end < used) {
            return Some(false);
        }
        self.basis.map(|basis| accepted.contains(&basis))
    }
}

/// What a row that records a permission says: may we send?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionRecord {
    /// Where it stands; `None` when the pack does not know the word for it.
    pub status: Option<PermissionStatus>,
}

/// One state of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version<T> {
    /// What it says; `None` once it is withdrawn, deleted or about something else.
    pub says: Option<T>,
    /// Since when.
    pub stamp: Stamp,
    /// The row that records it.
    pub evidence: Evidence,
}

/// What one row has recorded over time, oldest first. Judgements are reached after their grace,
/// and sometimes later still; the history makes the answer depend on the log alone and not on the
/// moment of asking.
pub type History<T> = Vec<Version<T>>;

/// What recognising an erased person's return needs, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRecord {
    /// When it was recorded.
    pub stamp: Stamp,
    /// The row that records the erasure.
    pub evidence: Evidence,
}
