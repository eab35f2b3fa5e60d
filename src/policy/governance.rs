//! What a controller declares beside the processing activities: who may enrich, what may go with a
//! person, and what only people can attest.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Category, TableName, Timestamp};
use crate::model::{Heading, limits::LARGE_SCALE};

/// Declarations of the register that concern no single activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governance {
    /// The categories that an account of an integration may fill in, by the account's name.
    pub enrichment: BTreeMap<String, Vec<Heading>>,
    /// From how many people on processing is on a large scale (Art. 35(3)).
    pub large_scale: u64,
    /// Tables whose evidence may go with the person.
    pub deleted_with_person: BTreeSet<TableName>,
    /// What people have attested, by item.
    pub attestations: BTreeMap<Attestation, Attested>,
}

impl Default for Governance {
    fn default() -> Self {
        Governance {
            enrichment: BTreeMap::new(),
            large_scale: LARGE_SCALE,
            deleted_with_person: BTreeSet::new(),
            attestations: BTreeMap::new(),
        }
    }
}

impl Governance {
    /// Whether an account may fill in this category, by its own key or one that includes it.
    pub fn may_enrich(&self, account: &str, category: Category) -> Option<bool> {
        let allowed = self.enrichment.get(account)?;
        Some(allowed.iter().any(|heading| heading.includes(category)))
    }
}

/// A data protection impact assessment (Art. 35).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImpactAssessment {
    /// Done on this day.
    Done(Timestamp),
    /// Not needed, for this reason.
    NotNeeded(String),
}

/// When something was attested last, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The day.
    pub day: Timestamp,
    /// By which role.
    pub by: String,
}

/// Obligations that no row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attestation {
    /// Art. 37
    DataProtectionOfficer,
    /// Art. 24(2), Art. 39(1)(b)
    TrainingAndPolicies,
    /// Art. 13, Art. 21(4)
    PrivacyLinks,
    /// ePrivacy Art. 5(3)
    CookieBanner,
    /// Art. 17(2)
    SearchEngineDelisting,
    /// Art. 32(1)
    StorageAndUpdates,
    /// Art. 83
    AwarenessOfFines,
    /// Art. 3, Art. 27
    TerritorialScope,
    /// Art. 35(7)
    ImpactAssessments,
}

impl Attestation {
    /// Every item: the name that registers use, itself, and what is attested.
    pub const ALL: [(&'static str, Attestation, &'static str); 9] = [
        (
            "data_protection_officer",
            Attestation::DataProtectionOfficer,
            "a data protection officer is designated, or need not be (GDPR Art. 37)",
        ),
        (
            "training_and_policies",
            Attestation::TrainingAndPolicies,
            "policies are in force and staff are trained (GDPR Art. 24(2), Art. 39(1)(b))",
        ),
        (
            "privacy_links",
            Attestation::PrivacyLinks,
            "messages, invoices and contracts lead to the privacy notice and to unsubscribing \
             (GDPR Art. 13, Art. 21(4))",
        ),
        (
            "cookie_banner",
            Attestation::CookieBanner,
            "websites ask before they store or read anything on devices (ePrivacy Art. 5(3))",
        ),
        (
            "search_engine_delisting",
            Attestation::SearchEngineDelisting,
            "who has received or indexed what was erased is told (GDPR Art. 17(2))",
        ),
        (
            "storage_and_updates",
            Attestation::StorageAndUpdates,
            "storage is secured and systems are kept up to date (GDPR Art. 32(1))",
        ),
        (
            "awareness_of_fines",
            Attestation::AwarenessOfFines,
            "management knows what infringements may cost (GDPR Art. 83)",
        ),
        (
            "territorial_scope",
            Attestation::TerritorialScope,
            "it was looked at where the GDPR applies and whether a representative is needed \
             (GDPR Art. 3, Art. 27)",
        ),
        (
            "impact_assessments",
            Attestation::ImpactAssessments,
            "the impact assessments say what Art. 35(7) asks and are kept up to date (GDPR Art. 35)",
        ),
    ];
}
