//! The record of processing activities (GDPR Art. 30), compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Governance, ImpactAssessment, LawfulBasis};
use crate::model::{Category, Heading, TableName};

/// The register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Name of the controller.
    pub controller: String,
    /// Contact of the controller or its representative.
    pub contact: String,
    /// Contact of the data protection officer, when there is one.
    pub data_protection_officer: Option<String>,
    /// Technical and organisational security measures, in words (Art. 30(1)(g)).
    pub measures: Vec<String>,
    /// Every purpose, by identifier.
    pub purposes: BTreeMap<String, Purpose>,
    /// The processing activities.
    pub activities: Vec<ProcessingActivity>,
    /// Rows of nobody's that only an intruder would touch, by table and key.
    pub decoys: BTreeMap<TableName, BTreeSet<String>>,
    /// What concerns no single activity.
    pub governance: Governance,
}

/// One purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Term of the Data Privacy Vocabulary, such as `dpv:DirectMarketing`.
    pub term: String,
    /// Whether messages for it need the recipient's permission. False for service messages.
    pub direct_marketing: bool,
    /// Whether it establishes, exercises or defends legal claims, for which restricted data may be
    /// processed (Art. 18(2)).
    pub legal_claims: bool,
    /// The purposes for which its messages ask permission.
    pub asks_permission_for: BTreeSet<String>,
    /// The purposes from which data may go on to this one (Art. 6(4)); `None`: it is not judged.
    pub compatible_with: Option<BTreeSet<String>>,
}

/// One processing activity: a row of the Art. 30 record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessingActivity {
    /// Identifier.
    pub id: String,
    /// Purpose, an identifier of [`Register::purposes`].
    pub purpose: String,
    /// Tables in which it takes place.
    pub tables: BTreeSet<TableName>,
    /// What makes it lawful.
    pub basis: RegisteredBasis,
    /// What allows it to process special categories of personal data (Art. 9); `None`: nothing.
    pub special_categories: Option<SpecialCondition>,
    /// Categories of data subjects.
    pub subjects: Vec<String>,
    /// Categories of personal data.
    pub categories: Vec<Heading>,
    /// Categories of recipients.
    pub recipients: Vec<String>,
    /// Transfers to third countries with their safeguards.
    pub transfers: Vec<String>,
    /// Time limit for erasure, in words.
    pub retention: String,
    /// Time limit for the erasure of the data subjects of its tables.
    pub erase_after: Option<StorageLimit>,
    /// Whether it outlives an erasure: its rows are still needed (Art. 17(3)).
    pub kept_after_erasure: bool,
    /// Its data protection impact assessment, or why there is none (Art. 35).
    pub impact_assessment: Option<ImpactAssessment>,
}

/// A time limit for erasure (Art. 5(1)(e), Art. 30(1)(f)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageLimit {
    /// Whether it counts from the data subject's last act; otherwise from the collection of the data.
    pub from_last_act: bool,
    /// How long.
    pub periods: Periods,
}

/// How long data subjects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Periods {
    /// All of them.
    All(Duration),
    /// By category of data subjects.
    ByCategory(BTreeMap<String, Duration>),
}

impl StorageLimit {
    /// How long somebody of this category is kept; `None` when the register does not say.
    pub fn period(&self, category: Option<&str>) -> Option<Duration> {
        match &self.periods {
            Periods::All(period) => Some(*period),
            Periods::ByCategory(periods) => periods.get(category?).copied(),
        }
    }
}

/// The ten conditions of GDPR Art. 9(2) under which special categories may be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialCondition {
    /// (a)
    ExplicitConsent,
    /// (b)
    EmploymentAndSocialProtection,
    /// (c)
    VitalInterests,
    /// (d)
    NonProfitBody,
    /// (e)
    MadePublic,
    /// (f)
    LegalClaims,
    /// (g)
    SubstantialPublicInterest,
    /// (h)
    HealthCare,
    /// (i)
    PublicHealth,
    /// (j)
    Archiving,
}

impl SpecialCondition {
    /// Every condition with the name that registers use.
    pub const NAMES: [(&'static str, SpecialCondition); 10] = [
        ("explicit_consent", SpecialCondition::ExplicitConsent),
        ("employment_and_social_protection", SpecialCondition::EmploymentAndSocialProtection),
        ("vital_interests", SpecialCondition::VitalInterests),
        ("non_profit_body", SpecialCondition::NonProfitBody),
        ("made_public", SpecialCondition::MadePublic),
        ("legal_claims", SpecialCondition::LegalClaims),
        ("substantial_public_interest", SpecialCondition::SubstantialPublicInterest),
        ("health_care", SpecialCondition::HealthCare),
        ("public_health", SpecialCondition::PublicHealth),
        ("archiving", SpecialCondition::Archiving),
    ];
}

/// What makes a processing activity lawful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisteredBasis {
    /// The same basis for everybody, declared here; no row is needed.
    Declared(LawfulBasis),
    /// One of these must be on record for each data subject.
    PerSubject(BTreeSet<LawfulBasis>),
}

impl Register {
    /// Whether an activity lists this category, or one that includes it, for the table.
    pub fn lists(&self, table: &TableName, category: Category) -> bool {
        let activity = self.activity_of(table);
        let mut listed = activity.into_iter().flat_map(|activity| &activity.categories);
        listed.any(|heading| heading.includes(category))
    }

    /// Whether rows of a table outlive the erasure of whom they are about: where the register says
    /// so, and where a legal obligation asks for them (Art. 17(3)(b)).
    pub fn keeps(&self, table: &TableName) -> bool {
        self.activity_of(table).is_some_and(|activity| {
            let obliged = RegisteredBasis::Declared(LawfulBasis::LegalObligation);
            activity.kept_after_erasure || activity.basis == obliged
        })
    }

    /// Whether it sets any time limit that can be counted.
    pub fn sets_limits(&self) -> bool {
        self.activities.iter().any(|activity| activity.erase_after.is_some())
    }

    /// The processing activity in which a table takes part.
    pub fn activity_of(&self, table: &TableName) -> Option<&ProcessingActivity> {
        self.activities.iter().find(|activity| activity.tables.contains(table))
    }
}
