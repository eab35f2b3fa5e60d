//! What the columns that a pack maps for security say of one change.

use super::Detector;
use crate::model::Reference;

/// Something that a detector watches for. Most changes show none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Whose series it belongs to.
    pub detector: Detector,
    /// To whom or what it went: the new owner, the record that others were merged into.
    pub object: Option<Reference>,
    /// Where it came from: the former owner.
    pub source: Option<Reference>,
    /// Records that the row stands for.
    pub records: u64,
}

impl Sign {
    /// Of one record, without more.
    pub fn of(detector: Detector) -> Sign {
        Sign { detector, object: None, source: None, records: 1 }
    }

    /// Towards somebody or something.
    pub fn to(self, object: Reference) -> Sign {
        Sign { object: Some(object), ..self }
    }

    /// Away from somebody or something.
    pub fn from(self, source: Reference) -> Sign {
        Sign { source: Some(source), ..self }
    }
}
