//! The detectors that watch a series of changes through a sliding window.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Touch, bulk_consent, mass_change, mass_deletion};
use crate::model::{BreachType, Code, limits};
use crate::policy::{Detection, Tripwire};

/// One of them; each is described in its own file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Detector {
    /// [`mass_change`]
    MassChange,
    /// [`mass_deletion`]
    MassDeletion,
    /// [`bulk_consent`]
    BulkConsent,
    /// [`soft_deletion`](super::soft_deletion)
    SoftDeletion,
    /// [`reassignment`](super::reassignment), to one owner from several
    Reassignment,
    /// [`reassignment`](super::reassignment), to whoever did it
    TakenOver,
    /// [`merge`](super::merge)
    Merge,
    /// [`export`](super::export)
    Export,
    /// [`leaver`](super::leaver)
    Leaver,
    /// [`account`](super::account), a privileged role
    Privilege,
    /// [`account`](super::account), the second factor
    SecondFactor,
    /// [`account`](super::account), addresses of several accounts
    AccountAddress,
    /// [`account`](super::account), a credential that opens everything
    Credential,
    /// [`payee`](super::payee)
    Payee,
    /// [`audit_bypass`](super::audit_bypass)
    AuditBypass,
    /// [`destination`](super::destination)
    Destination,
    /// [`decoy`](super::decoy)
    Decoy,
}

impl Detector {
    /// Those that see every change; the others only what a [`Sign`](super::Sign) says.
    pub const UNSIGNED: [Detector; 3] =
        [Detector::MassChange, Detector::MassDeletion, Detector::BulkConsent];

    /// Whether a change belongs to its series.
    pub fn watches(self, touch: &Touch) -> bool {
        match self {
            Detector::MassChange => mass_change::watches(touch),
            Detector::MassDeletion => mass_deletion::watches(touch),
            Detector::BulkConsent => bulk_consent::watches(touch),
            signed => touch.signs.iter().any(|sign| sign.detector == signed),
        }
    }

    /// Its setting.
    pub fn tripwire(self, detection: &Detection) -> Tripwire {
        match self {
            Detector::MassChange => detection.mass_change,
            Detector::MassDeletion | Detector::SoftDeletion => detection.mass_deletion,
            Detector::BulkConsent => detection.bulk_consent,
            Detector::Reassignment | Detector::TakenOver => detection.reassignment,
            Detector::Merge => detection.merge,
            Detector::Export => detection.export,
            Detector::Payee => detection.payee,
            Detector::AccountAddress => once(limits::ACCOUNTS_MOVED, limits::ACCOUNT_WINDOW),
            Detector::Leaver
            | Detector::Privilege
            | Detector::SecondFactor
            | Detector::Credential
            | Detector::AuditBypass
            | Detector::Destination
            | Detector::Decoy => once(1, limits::ACCOUNT_WINDOW),
        }
    }

    /// From how many different places what was touched must have come, as owners and bank accounts.
    pub fn sources(self) -> usize {
        match self {
            Detector::Reassignment | Detector::Payee => limits::SOURCES,
            _ => 0,
        }
    }

    /// Whether what several actors did adds up.
    pub fn joins_actors(self) -> bool {
        matches!(self, Detector::Payee | Detector::AccountAddress)
    }

    /// Its code.
    pub fn code(self) -> Code {
        match self {
            Detector::MassChange => Code::SEC_001,
            Detector::MassDeletion | Detector::SoftDeletion => Code::SEC_002,
            Detector::BulkConsent => Code::CN_007,
            Detector::Export => Code::SEC_003,
            Detector::Leaver => Code::SEC_004,
            Detector::Privilege
            | Detector::SecondFactor
            | Detector::AccountAddress
            | Detector::Credential => Code::SEC_005,
            Detector::AuditBypass => Code::SEC_008,
            Detector::Reassignment | Detector::TakenOver => Code::SEC_010,
            Detector::Merge => Code::SEC_011,
            Detector::Payee => Code::SEC_012,
            Detector::Destination => Code::TR_002,
            Detector::Decoy => Code::SEC_015,
        }
    }

    /// The security property it sees hurt.
    pub fn breach(self) -> BreachType {
        match self {
            Detector::MassChange
            | Detector::BulkConsent
            | Detector::Merge
            | Detector::Payee
            | Detector::AuditBypass => BreachType::Integrity,
            Detector::MassDeletion | Detector::SoftDeletion => BreachType::Availability,
            Detector::Reassignment
            | Detector::TakenOver
            | Detector::Export
            | Detector::Leaver
            | Detector::Privilege
            | Detector::SecondFactor
            | Detector::AccountAddress
            | Detector::Credential
            | Detector::Destination
            | Detector::Decoy => BreachType::Confidentiality,
        }
    }

    /// What it counts, one and many; `None`: data subjects.
    pub fn counted(self) -> Option<(&'static str, &'static str)> {
        match self {
            Detector::Export | Detector::Merge | Detector::AuditBypass => {
                Some(("record", "records"))
            }
            Detector::Privilege | Detector::SecondFactor | Detector::AccountAddress => {
                Some(("account", "accounts"))
            }
            Detector::Credential => Some(("credential", "credentials")),
            Detector::Destination => Some(("destination", "destinations")),
            Detector::Decoy => Some(("decoy", "decoys")),
            _ => None,
        }
    }

    /// What happened to what it counts, between the number and the table's name.
    pub fn wording(self) -> &'static str {
        match self {
            Detector::MassChange => "changed in",
            Detector::MassDeletion => "deleted from",
            Detector::BulkConsent => "opted in without evidence in",
            Detector::SoftDeletion => "marked as deleted in",
            Detector::Reassignment => "of several owners given to one in",
            Detector::TakenOver => "of others given to the actor's own account in",
            Detector::Merge => "merged into one in",
            Detector::Export => "exported by",
            Detector::Leaver => "touched under an account that is switched off in",
            Detector::Privilege => "made privileged in",
            Detector::SecondFactor => "left without the second factor in",
            Detector::AccountAddress => "moved to one new address domain in",
            Detector::Credential => "that opens everything made in",
            Detector::Payee => "given one bank account in place of their own in",
            Detector::Destination => "never seen before entered in",
            Detector::Decoy => "touched in",
            Detector::AuditBypass => "changed without an entry in the CRM's own audit log in",
        }
    }
}

fn once(subjects: u64, window: Duration) -> Tripwire {
    Tripwire { subjects, share_per_mille: 0, window }
}
