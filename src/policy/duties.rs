//! What a pack says of duties beyond bases and permissions: levels of consent, copies of a person's data,
//! pseudonyms, exports that were asked for, recipients in third countries.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Condition, Selector};
use crate::model::{Country, TableName};

/// What the rows of one table have to do with such duties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// How far the person consents, in levels of which each includes the lower ones.
    pub consent_level: Option<Selector<Level>>,
    /// The level that a message, or a place on a list, needs.
    pub needs_level: Option<Selector<Level>>,
    /// When the CRM itself sees to the levels, by a row of its settings; all must hold.
    pub levels_enforced: Vec<Condition>,
    /// Columns that repeat one of the row of whom they are about.
    pub copies: BTreeMap<String, String>,
    /// Rows whose columns stand under pseudonyms.
    pub pseudonymised: Option<PseudonymisedMapping>,
    /// Column with a token in place of the person.
    pub token: Option<String>,
    /// Rows that say whom a token stands for.
    pub resolves: Option<ResolvesMapping>,
    /// Rows that are a copy of their data for the people they are about.
    pub delivery: Option<DeliveryMapping>,
    /// Rows that name who receives data, and in which country.
    pub transfer: Option<TransferMapping>,
    /// Columns of people that other tables repeat. Linking finds out, as of all that follows.
    pub repeated: BTreeSet<String>,
    /// What the row is to the deletion of a person.
    pub deletion: Deletion,
    /// The activity has no impact assessment.
    pub unassessed: bool,
    /// Whether any of this, or of the register's, is asked of a row.
    pub any: bool,
}

/// A level of consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Level(pub u8);

/// When columns of a row stand under pseudonyms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PseudonymisedMapping {
    /// All must hold.
    pub when: Vec<Condition>,
    /// The columns.
    pub columns: Vec<String>,
}

/// A row that says whom a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvesMapping {
    /// Column with the token.
    pub column: String,
    /// The table whose rows bear the token.
    pub table: TableName,
}

/// A copy of a person's data, to be handed over (Art. 20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMapping {
    /// When the row is one; all must hold.
    pub when: Vec<Condition>,
    /// When it has been handed over; all must hold.
    pub delivered: Vec<Condition>,
    /// When it is not needed any more; all must hold, and an empty list never does.
    pub cancelled: Vec<Condition>,
    /// Column with the key of the person whose data it holds.
    pub data_of: Option<String>,
}

/// A recipient of personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferMapping {
    /// Where the data goes.
    pub country: Selector<Country>,
    /// When data goes there; all must hold.
    pub when: Vec<Condition>,
    /// When safeguards or a derogation are on record (Art. 46 to 49); all must hold, and an empty list
    /// never does.
    pub safeguards: Vec<Condition>,
}

/// What a row is to the deletion of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing.
    #[default]
    Unrelated,
    /// The person's own.
    Person,
    /// About the person.
    About,
    /// About the person, and proof of bases, permissions or requests.
    Evidence,
}
