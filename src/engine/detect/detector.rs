//! The detectors that watch a series of changes through a sliding window.

use serde::{Deserialize, Serialize};

use super::{Touch, bulk_consent, mass_change, mass_deletion};
use crate::model::{BreachType, Code};
use crate::policy::{Detection, Tripwire};

/// One of them; each is described in its own file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Detector {
    /// [`mass_change`]
    MassChange,
    /// [`mass_deletion`]
    MassDeletion,
    /// [`bulk_consent`]
    BulkConsent,
}

impl Detector {
    /// All of them.
    pub const ALL: [Detector; 3] =
        [Detector::MassChange, Detector::MassDeletion, Detector::BulkConsent];

    /// Whether a change belongs to its series.
    pub fn watches(self, touch: &Touch) -> bool {
        match self {
            Detector::MassChange => mass_change::watches(touch),
            Detector::MassDeletion => mass_deletion::watches(touch),
            Detector::BulkConsent => bulk_consent::watches(touch),
        }
    }

    /// Its setting.
    pub fn tripwire(self, detection: &Detection) -> Tripwire {
        match self {
            Detector::MassChange => detection.mass_change,
            Detector::MassDeletion => detection.mass_deletion,
            Detector::BulkConsent => detection.bulk_consent,
        }
    }

    /// Its code.
    pub fn code(self) -> Code {
        match self {
            Detector::MassChange => Code::SEC_001,
            Detector::MassDeletion => Code::SEC_002,
            Detector::BulkConsent => Code::CN_007,
        }
    }

    /// The security property it sees hurt.
    pub fn breach(self) -> BreachType {
        match self {
            Detector::MassChange | Detector::BulkConsent => BreachType::Integrity,
            Detector::MassDeletion => BreachType::Availability,
        }
    }

    /// What happened to the data subjects, between their number and the table's name.
    pub fn wording(self) -> &'static str {
        match self {
            Detector::MassChange => "changed in",
            Detector::MassDeletion => "deleted from",
            Detector::BulkConsent => "opted in without evidence in",
        }
    }
}
