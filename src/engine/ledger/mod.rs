//! Who may what, now: lawful bases, permissions, contact points and erasures, as the stream
//! recorded them.
//!
//! Keyed by reference, never by value. Each record carries the row and position that prove it.

mod apply;
mod census;
mod childhood;
mod contact_point;
mod deleted;
mod duplicate;
mod erase;
mod histories;
mod lookup;
mod objection;
mod orphans;
mod presence;
mod readdressed;
mod restriction;
mod sharing;
mod timeline;
mod withdrawal;

pub use apply::{Applied, Grant, Refusal, Swap, apply, carried_out, contact_point, read_late};
pub use census::{Census, census};
pub use childhood::{Childhood, told as childhood};
pub(super) use contact_point::normalise;
pub use duplicate::{Conflict, UNNAMED, note_identity};
pub use erase::erase;
pub use lookup::{
    Decisions, Period, bases, decisions, erasure, is_anybody_erased, permissions, since,
};
pub use objection::{Against, Objection, note_objection, note_unprofiled, objections};
pub use presence::{OwnRow, Remainder, Standing, note_presence};
pub use readdressed::{Readdressed, note_readdressed, readdressed};
pub use restriction::note_restriction;
pub use sharing::having;
pub use timeline::{Says, Statement, timeline};
pub use withdrawal::{Withdrawal, is_any_consent_withdrawn, note_contract, withdrawal};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Evidence, Lsn, Position, Reference, Timestamp};
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

impl Place {
    /// What places within one transaction have in common, and others not.
    pub fn transaction(self) -> (u32, Lsn) {
        (self.part, self.position.commit)
    }
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
    /// What stands in the person's own row, where requests for erasure are mapped.
    pub own: OwnRow,
    /// Where an erasure of the person was fulfilled, unless the person was entered again since.
    pub erased: Option<Place>,
    /// The rows that say that processing is restricted.
    restricted: Vec<restriction::Restriction>,
    /// Rows of other tables about the person, by table.
    rows: Vec<presence::RowCount>,
    /// Whether it is a child for whom nobody with parental responsibility is on record.
    pub childhood: Childhood,
    /// A keyed hash of what the person is called, or [`UNNAMED`]; `None`: no person, or not any more.
    pub identity: Option<u64>,
    /// What rows have recorded of lawful bases, by purpose and row.
    bases: histories::Histories<BasisRecord>,
}

impl SubjectRecord {
    /// The contact points, whichever rows they stand in.
    pub fn points(&self) -> BTreeSet<Reference> {
        self.contact_points.iter().map(|known| known.point).collect()
    }

    /// Whether a lawful basis has been recorded after this place.
    pub fn has_basis_since(&self, place: Place) -> bool {
        let newest = self.bases.values().filter_map(|history| history.last());
        newest.into_iter().any(|version| version.says.is_some() && version.stamp.place > place)
    }
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionRecord {
    /// Where it stands; `None` when the pack does not know the word for it, or when the end of its
    /// validity cannot be read.
    pub status: Option<PermissionStatus>,
    /// End of its validity.
    pub valid_until: Option<Timestamp>,
    /// About whom the row is, where the permission belongs to a contact point.
    pub about: Option<Reference>,
    /// What the pack takes for evidence of the person's own act is missing.
    pub unproven: bool,
    /// The latest moment at which the CRM says that the person acted; of a date, its end.
    pub claimed: Option<Timestamp>,
}

impl PermissionRecord {
    /// Whether it says the same, whoever it is about and however it is proven.
    pub fn agrees(&self, other: &PermissionRecord) -> bool {
        (self.status, self.valid_until) == (other.status, other.valid_until)
    }

    /// Whether it had expired.
    pub fn is_over(&self, used: Timestamp) -> bool {
        self.valid_until.is_some_and(|end| end < used)
    }
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
    /// Where the row came again as it was, after its table had been emptied.
    pub again: Option<Stamp>,
}

impl<T> Version<T> {
    /// Whether it was recorded after its table was emptied, or has come again since.
    fn outlives(&self, emptied: Place) -> bool {
        self.stamp.place >= emptied || self.again.is_some_and(|again| again.place >= emptied)
    }
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
    /// The person's contact points, until it is carried out in memory: the request may be opened again.
    pub taken: BTreeSet<KnownContactPoint>,
}
