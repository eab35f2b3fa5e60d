//! The record of processing activities (GDPR Art. 30), compiled.

use std::collections::{BTreeMap, BTreeSet};

use super::LawfulBasis;
use crate::model::{Category, TableName};

/// The register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Name of the controller.
    pub controller: String,
    /// Contact of the controller or its representative.
    pub contact: String,
    /// Contact of the data protection officer, when there is one.
    pub data_protection_officer: Option<String>,
    /// Every purpose, by identifier.
    pub purposes: BTreeMap<String, Purpose>,
    /// The processing activities.
    pub activities: Vec<ProcessingActivity>,
}

/// One purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Term of the Data Privacy Vocabulary, such as `dpv:DirectMarketing`.
    pub term: String,
    /// Whether messages for it need the recipient's permission. False for service messages.
    pub direct_marketing: bool,
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
    /// Categories of data subjects.
    pub subjects: Vec<String>,
    /// Categories of personal data.
    pub categories: Vec<Category>,
    /// Categories of recipients.
    pub recipients: Vec<String>,
    /// Transfers to third countries with their safeguards.
    pub transfers: Vec<String>,
    /// Time limit for erasure, in words.
    pub retention: String,
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
        let categories = activity.into_iter().flat_map(|activity| &activity.categories);
        categories.map(|listed| listed.key()).any(|listed| {
            let rest = category.key().strip_prefix(listed);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The processing activity in which a table takes part.
    pub fn activity_of(&self, table: &TableName) -> Option<&ProcessingActivity> {
        self.activities.iter().find(|activity| activity.tables.contains(table))
    }
}
