//! Findings: what was judged, by which rule, on which rows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Category, Code, Gap, Incident, PolicyNews, Position, Reference, Sensitivity, Severity,
    TableName, Timestamp,
};

/// A judgement. What cannot be judged is undecided, never silently lawful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A change without personal data.
    NotPersonal,
    /// There was a basis or permission.
    Lawful,
    /// It could not be judged. Counted, and where it concerns a whole table said as a gap.
    Undecided,
    /// There was none.
    Unlawful,
}

impl Outcome {
    /// The name used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::NotPersonal => "not_personal",
            Outcome::Lawful => "lawful",
            Outcome::Undecided => "undecided",
            Outcome::Unlawful => "unlawful",
        }
    }
}

/// What a finding says about compliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The rule was broken.
    Violation,
    /// The rule could not be applied. Never counts as compliant, nor as a violation.
    Gap,
}

/// How much a finding counts, as the policies in force say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In full.
    #[default]
    Enforced,
    /// As information: its rule is on trial.
    Trial,
    /// As information: an exception holds. It stays on record.
    Suppressed {
        /// The exception's name.
        exception: String,
        /// Who answers for it: a role.
        owner: String,
    },
}

impl Standing {
    /// What tells it from others; empty in full.
    pub fn name(&self) -> &str {
        match self {
            Standing::Enforced => "",
            Standing::Trial => "trial",
            Standing::Suppressed { exception, .. } => exception,
        }
    }
}

/// Whether an event opens its object or tells more of it (OCSF `activity_id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// 1
    Create,
    /// 2
    Update,
    /// 3
    Close,
}

impl Activity {
    /// OCSF `activity_id`.
    pub fn id(self) -> u8 {
        self as u8 + 1
    }
}

/// What an evidence row proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceRole {
    /// The processing that was judged.
    Processing,
    /// The lawful basis on record.
    LawfulBasis,
    /// The permission, or the opt-out, on record.
    Permission,
    /// The erasure on record.
    Erasure,
    /// The request on record.
    Request,
    /// What an erasure has left behind.
    Remainder,
    /// The restriction of processing on record.
    Restriction,
    /// The opt-out that was on record, where its record was deleted.
    DeletedOptOut,
}

/// A row that a judgement rests on: named by keyed hash, placed in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it proves.
    pub role: EvidenceRole,
    /// Its table.
    pub table: TableName,
    /// Its primary key, as a keyed hash; absent when the identity was not sent.
    pub row: Option<Reference>,
    /// Where it was written.
    pub position: Position,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Derived from its content: a replay repeats it.
    pub id: Uuid,
    /// Opened, or counted on.
    pub activity: Activity,
    /// Which rule.
    pub code: Code,
    /// Violation or gap.
    pub status: Status,
    /// How much it matters.
    pub severity: Severity,
    /// How much it counts.
    pub standing: Standing,
    /// The first change it is about.
    pub position: Position,
    /// Its transaction.
    pub xid: u32,
    /// When that transaction committed.
    pub time: Timestamp,
    /// Stream time of the judgement, after any grace.
    pub judged: Timestamp,
    /// The table of the change.
    pub table: TableName,
    /// About whom.
    pub subject: Option<Reference>,
    /// By whom.
    pub actor: Option<Reference>,
    /// For which purpose.
    pub purpose: Option<String>,
    /// Over which channel.
    pub channel: Option<Channel>,
    /// Why, in words, without any value.
    pub reason: String,
    /// The rows it rests on.
    pub evidence: Vec<Evidence>,
    /// How many changes it stands for.
    pub count: u64,
    /// Profile in force.
    pub profile: String,
    /// Digest of the policies in force, hexadecimal.
    pub policy_digest: String,
    /// Of OWN-001: the rule of the controller's own.
    pub own_rule: Option<OwnRuleName>,
}

impl Finding {
    /// What it rests on.
    pub fn article(&self) -> &str {
        self.own_rule.as_ref().map_or(self.code.article(), |rule| &rule.article)
    }
}

/// A rule of the controller's own, in its author's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRuleName {
    /// Its name.
    pub name: String,
    /// What it rests on.
    pub article: String,
    /// What it says of a change that it matches.
    pub says: String,
    /// What to do then.
    pub remedy: String,
}

/// How a person is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Electronic mail.
    Email,
    /// Text message.
    Sms,
    /// Telephone call.
    Phone,
    /// Letter.
    Post,
    /// Fax.
    Fax,
    /// Push notification.
    Push,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 6] =
        [Channel::Email, Channel::Sms, Channel::Phone, Channel::Post, Channel::Fax, Channel::Push];

    /// The name used in policies, events and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Phone => "phone",
            Channel::Post => "post",
            Channel::Fax => "fax",
            Channel::Push => "push",
        }
    }

    /// Whether a contact point of this kind can be reached over a channel: one number takes calls
    /// and text messages.
    pub fn reaches(self, channel: Channel) -> bool {
        match channel {
            Channel::Sms | Channel::Phone => matches!(self, Channel::Sms | Channel::Phone),
            other => self == other,
        }
    }
}

/// Where a column's verdict comes from. A declaration wins over values, and values over names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictSource {
    /// Name, type and place in the schema.
    Name,
    /// The values seen.
    Values,
    /// The pack or the operator said so.
    Declared,
    /// The values seen, which are texts and often mention special categories.
    SpecialTexts,
    /// The pack or the operator said so, and the texts seen often mention special categories.
    DeclaredSpecialTexts,
}

impl VerdictSource {
    /// The name in events.
    pub fn name(self) -> &'static str {
        match self {
            VerdictSource::Name => "name",
            VerdictSource::Values | VerdictSource::SpecialTexts => "values",
            VerdictSource::Declared | VerdictSource::DeclaredSpecialTexts => "declared",
        }
    }

    /// Whether texts were seen that often mention special categories.
    pub fn mentions_special(self) -> bool {
        matches!(self, VerdictSource::SpecialTexts | VerdictSource::DeclaredSpecialTexts)
    }
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnVerdict {
    /// `None`: not personal.
    pub category: Option<Category>,
    /// In thousandths.
    pub confidence: u16,
    /// Whose word it is.
    pub source: VerdictSource,
    /// Why, in words, without any value.
    pub why: String,
}

impl ColumnVerdict {
    /// Sensitivity of the category, or of what the texts seen often mention.
    pub fn sensitivity(&self) -> Option<Sensitivity> {
        let least = match self.source.mentions_special() {
            true => Sensitivity::Special,
            false => Sensitivity::Ordinary,
        };
        self.category.map(|category| category.sensitivity().max(least))
    }
}

/// One line of the data map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// Table.
    pub table: TableName,
    /// Column.
    pub column: String,
    /// Path within the column's values (`$.address.city`); `None`: the column itself.
    pub path: Option<String>,
    /// What it holds.
    pub verdict: ColumnVerdict,
    /// Position at which the verdict was reached.
    pub position: Position,
    /// Stream time of the verdict.
    pub time: Timestamp,
}

/// One thing to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Emission {
    /// To `lawtail.findings`.
    Finding(Box<Finding>),
    /// To `lawtail.incidents`.
    Incident(Box<Incident>),
    /// To `lawtail.catalog`.
    Catalogue(Box<CatalogueEntry>),
    /// To `lawtail.coverage`.
    Coverage(Gap),
    /// To `lawtail.policies`.
    Policies(Box<PolicyNews>),
}
