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
    /// [`access`](super::access)
    Access,
    /// [`ciphertext`](super::ciphertext), text where ciphertext stood
    ClearText,
    /// [`ciphertext`](super::ciphertext), ciphertext where text stood
    Encryption,
    /// [`contact_point`](super::contact_point)
    ContactPoint,
    /// [`moved`](super::moved), to another tenant
    Tenant,
    /// [`moved`](super::moved), to another key
    Rekeyed,
    /// [`moved`](super::moved), to a later end of storage
    KeptLonger,
    /// [`audit_tampered`](super::audit_tampered)
    AuditTampered,
}

/// Rooms that series have: see [`Detector::pool`].
pub(super) const POOLS: usize = 3;

impl Detector {
    /// In which room its series are kept. Of those by an object there may be as many as rows, of those by
    /// a contact point as many as are corrected: neither pushes out others.
    pub(super) fn pool(self, by_object: bool) -> u8 {
        match self {
            Detector::ContactPoint => 2,
            _ => u8::from(by_object),
        }
    }

    /// Whether a window is opened with the second row only: nearly every object sees no other.
    pub(super) fn waits_for_a_second(self) -> bool {
        self == Detector::ContactPoint
    }

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
            | Detector::Decoy
            | Detector::Access
            | Detector::ClearText
            | Detector::AuditTampered => once(1, limits::ACCOUNT_WINDOW),
            Detector::Encryption => once(limits::ENCRYPTED.0, limits::ENCRYPTED.2),
            Detector::ContactPoint => once(limits::CONTACT_POINTS_REDIRECTED, DAY),
            Detector::Tenant => once(limits::TENANT_MOVES, limits::ACCOUNT_WINDOW),
            Detector::Rekeyed | Detector::KeptLonger => {
                once(limits::RECORDS_REWRITTEN, limits::ACCOUNT_WINDOW)
            }
        }
    }

    /// From how many different places what was touched must have come, as owners and bank accounts.
    pub fn sources(self) -> usize {
        match self {
            Detector::Reassignment | Detector::Payee | Detector::ContactPoint => limits::SOURCES,
            Detector::Encryption => limits::ENCRYPTED.1,
            _ => 0,
        }
    }

    /// Whether what several actors did adds up.
    pub fn joins_actors(self) -> bool {
        matches!(self, Detector::Payee | Detector::AccountAddress | Detector::ContactPoint)
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
            Detector::Access => Code::SEC_006,
            Detector::ClearText => Code::SEC_007,
            Detector::Encryption => Code::SEC_016,
            Detector::ContactPoint => Code::SEC_017,
            Detector::Tenant => Code::SEC_018,
            Detector::Rekeyed => Code::SEC_019,
            Detector::KeptLonger => Code::SEC_020,
            Detector::AuditTampered => Code::SEC_021,
        }
    }

    /// The security property it sees hurt.
    pub fn breach(self) -> BreachType {
        match self {
            Detector::MassChange
            | Detector::BulkConsent
            | Detector::Merge
            | Detector::Payee
            | Detector::AuditBypass
            | Detector::ContactPoint
            | Detector::KeptLonger
            | Detector::AuditTampered => BreachType::Integrity,
            Detector::MassDeletion
            | Detector::SoftDeletion
            | Detector::Encryption
            | Detector::Rekeyed => BreachType::Availability,
            Detector::Reassignment
            | Detector::TakenOver
            | Detector::Export
            | Detector::Leaver
            | Detector::Privilege
            | Detector::SecondFactor
            | Detector::AccountAddress
            | Detector::Credential
            | Detector::Destination
            | Detector::Decoy
            | Detector::Access
            | Detector::ClearText
            | Detector::Tenant => BreachType::Confidentiality,
        }
    }

    /// What it counts, one and many; `None`: data subjects.
    pub fn counted(self) -> Option<(&'static str, &'static str)> {
        match self {
            Detector::Export
            | Detector::Merge
            | Detector::AuditBypass
            | Detector::Tenant
            | Detector::KeptLonger => Some(("record", "records")),
            Detector::AuditTampered => Some(("entry", "entries")),
            Detector::Access => Some((
                "rule that opens records to more people",
                "rules that open records to more people",
            )),
            Detector::ClearText => Some(("value in clear", "values in clear")),
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
            Detector::AuditTampered => "of the CRM's own audit log changed or taken out in",
            Detector::Access => "made in",
            Detector::ClearText => "where ciphertext is expected in",
            Detector::Encryption => "whose values were replaced by ciphertext in",
            Detector::ContactPoint => "given one contact point in place of their own in",
            Detector::Tenant => "given to another tenant in",
            Detector::Rekeyed => "given another key in",
            Detector::KeptLonger => "to be kept for longer in",
            Detector::AuditBypass => "changed without an entry in the CRM's own audit log in",
        }
    }
}

/// Window of what is done by several over a day.
const DAY: Duration = Duration::from_secs(86_400);

fn once(subjects: u64, window: Duration) -> Tripwire {
    Tripwire { subjects, share_per_mille: 0, window }
}
