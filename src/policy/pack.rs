//! A pack, compiled: which tables of one CRM hold the facts that lawfulness depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    ChildMapping, Duties, Followed, Hashing, MembershipMapping, PersonMapping, PortalMapping,
    Security, SubjectAct, SubjectMapping,
};
use crate::model::{CallingCode, Category, Channel, TableName, TimeZone};

/// What the followed database is to the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The CRM's own database.
    Origin,
    /// A synced copy: commit time, transaction and actor belong to the sync job, so rules that
    /// rest on them switch themselves off.
    Replica,
    /// Events from elsewhere.
    Feed,
}

/// One CRM's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Its name.
    pub name: String,
    /// What the database is to the CRM.
    pub provenance: Provenance,
    /// On whose wall days are counted, and times without an offset read.
    pub time_zone: TimeZone,
    /// Where telephone numbers without a country's code are dialled.
    pub telephone_country: Option<CallingCode>,
    /// What each table means. A table that is not here is not mapped.
    pub tables: BTreeMap<TableName, TableMapping>,
}

/// What one table means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableMapping {
    /// Whose data a row is; `None` for tables that are about nobody, such as campaigns.
    pub subject: Option<SubjectMapping>,
    /// Column that names a row, where it is neither the data subject's key nor `id`. Lookups and
    /// references of other tables hold its value.
    pub key: Option<String>,
    /// Columns that hold contact points of the data subject.
    pub contact_points: Vec<ContactPointMapping>,
    /// Rows that record a lawful basis.
    pub basis: Option<BasisMapping>,
    /// Columns or rows that record permissions; several flags may stand in one row.
    pub permissions: Vec<PermissionMapping>,
    /// Rows that are an act towards the data subject.
    pub activity: Option<ActivityMapping>,
    /// Rows that are a request of the data subject.
    pub request: Option<RequestMapping>,
    /// When a person of the table is switched off, though still there; all must hold.
    pub deactivated: Vec<Condition>,
    /// When processing of the data of a person of the table is restricted; all must hold.
    pub restricted: Vec<Condition>,
    /// Whether processing of the data of whom the rows are about may be restricted, other than of the
    /// records of requests, bases and permissions. Linking a pack to its register finds out.
    pub restrictable: bool,
    /// Whether rows of other tables are about whoever its rows are about.
    pub passes_on: bool,
    /// Whether an erasure of the person must reach the rows of the table. Linking a pack to its
    /// register finds out.
    pub erasable: bool,
    /// Columns that other tables look up through [`Selector::Lookup`], with the words that mean
    /// something there. Any other content is not kept.
    pub looked_up: BTreeMap<String, BTreeSet<String>>,
    /// Rows are written once and never changed, as in a history of consents or an audit log.
    pub append_only: Option<AppendOnly>,
    /// Which data subjects are children, and when somebody has consented for them.
    pub child: Option<ChildMapping>,
    /// Columns that evaluate the data subject.
    pub profiling: Option<ProfilingMapping>,
    /// What the row of a data subject says of the person.
    pub person: PersonMapping,
    /// Rows that are an act of the data subject's own.
    pub subject_act: Option<SubjectAct>,
    /// Rows that put a data subject on a list.
    pub membership: Option<MembershipMapping>,
    /// Rows in which data subjects choose what they get.
    pub portal: Option<PortalMapping>,
    /// What pack and register together ask of the rows. Linking the two finds out.
    pub followed: Followed,
    /// Duties beyond bases and permissions.
    pub duties: Duties,
    /// Where times without an offset are read on the wall.
    pub time_zone: TimeZone,
    /// Column that names who made the change.
    pub actor: Option<String>,
    /// Rows that are tests, not people: never judged.
    pub test_rows: Vec<Condition>,
    /// Columns that breaches show in.
    pub security: Security,
    /// Columns whose category the pack declares; `None` declares "not personal".
    pub columns: BTreeMap<String, Option<Category>>,
}

/// A column that holds a contact point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPointMapping {
    /// Channel by which it reaches the person.
    pub channel: Channel,
    /// Column.
    pub column: String,
    /// When it is one, and of this channel; all must hold, and an empty list always does.
    pub when: Vec<Condition>,
    /// When the data subject changed it, and not staff; all must hold, and an empty list never does.
    pub changed_by_subject: Vec<Condition>,
}

/// A value that stands in the row, in a row it points at, or that is the same for all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector<T> {
    /// The same for every row.
    Fixed(T),
    /// In a column.
    Column {
        /// Column.
        column: String,
        /// What its values mean.
        values: ValueMap<T>,
    },
    /// In a column of another table's row.
    Lookup {
        /// Column of this row that holds the other row's key.
        column: String,
        /// The other table.
        table: TableName,
        /// Column of the other row.
        field: String,
        /// What its values mean.
        values: ValueMap<T>,
    },
}

impl<T> Selector<T> {
    /// The column of the row itself that it reads.
    pub fn column(&self) -> Option<&str> {
        match self {
            Selector::Fixed(_) => None,
            Selector::Column { column, .. } | Selector::Lookup { column, .. } => Some(column),
        }
    }
}

impl<T> Selector<T> {
    /// Whether it reads in another record.
    pub fn looks_up(&self) -> bool {
        matches!(self, Selector::Lookup { .. })
    }
}

impl<T: PartialEq> Selector<T> {
    /// Whether it may say this of some row.
    pub fn may_be(&self, wanted: &T) -> bool {
        match self {
            Selector::Fixed(value) => value == wanted,
            Selector::Column { values, .. } | Selector::Lookup { values, .. } => match values {
                ValueMap::Itself => true,
                ValueMap::Listed(listed) => listed.values().any(|value| value == wanted),
            },
        }
    }
}

/// What the values of a column mean. A value that is not here is not guessed at: the change is
/// undecided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueMap<T> {
    /// The value is the identifier of a purpose. Linking a pack to its register replaces it by
    /// the list of those; before, it means nothing.
    Itself,
    /// Each value is listed. SQL null is looked up as the empty text.
    Listed(BTreeMap<String, T>),
}

/// A test of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Column.
    pub column: String,
    /// Test.
    pub test: Test,
}

/// See [`Condition`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// The value is one of these.
    In(BTreeSet<String>),
    /// The value is none of these; null passes.
    NotIn(BTreeSet<String>),
    /// Null.
    Null,
    /// Not null.
    NotNull,
}

/// The six lawful bases of GDPR Art. 6(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LawfulBasis {
    /// (a)
    Consent,
    /// (b)
    Contract,
    /// (c)
    LegalObligation,
    /// (d)
    VitalInterests,
    /// (e)
    PublicInterest,
    /// (f)
    LegitimateInterests,
}

impl LawfulBasis {
    /// Every basis.
    pub const ALL: [LawfulBasis; 6] = [
        LawfulBasis::Consent,
        LawfulBasis::Contract,
        LawfulBasis::LegalObligation,
        LawfulBasis::VitalInterests,
        LawfulBasis::PublicInterest,
        LawfulBasis::LegitimateInterests,
    ];

    /// The name used in policies and events.
    pub fn name(self) -> &'static str {
        match self {
            LawfulBasis::Consent => "consent",
            LawfulBasis::Contract => "contract",
            LawfulBasis::LegalObligation => "legal_obligation",
            LawfulBasis::VitalInterests => "vital_interests",
            LawfulBasis::PublicInterest => "public_interest",
            LawfulBasis::LegitimateInterests => "legitimate_interests",
        }
    }

    /// Its article, as in `GDPR Art. 6(1)(a)`.
    pub fn article(self) -> &'static str {
        match self {
            LawfulBasis::Consent => "GDPR Art. 6(1)(a)",
            LawfulBasis::Contract => "GDPR Art. 6(1)(b)",
            LawfulBasis::LegalObligation => "GDPR Art. 6(1)(c)",
            LawfulBasis::VitalInterests => "GDPR Art. 6(1)(d)",
            LawfulBasis::PublicInterest => "GDPR Art. 6(1)(e)",
            LawfulBasis::LegitimateInterests => "GDPR Art. 6(1)(f)",
        }
    }
}

/// Rows that record "may we process?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasisMapping {
    /// Purpose it covers.
    pub purpose: Selector<String>,
    /// Which basis.
    pub basis: Selector<LawfulBasis>,
    /// When the row counts at all; all must hold.
    pub when: Vec<Condition>,
    /// When the row records a withdrawal or objection; all must hold.
    pub withdrawn: Vec<Condition>,
    /// Column with the end of its validity.
    pub valid_until: Option<String>,
}

/// Where a permission stands; after the consent statuses of the Data Privacy Vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionStatus {
    /// Nothing known, or asked and not answered.
    Unknown,
    /// Confirmation was asked for and has not come: single opt-in so far.
    Requested,
    /// Single opt-in.
    Given,
    /// Double opt-in.
    Confirmed,
    /// Existing customer, similar products (ePrivacy Art. 13(2)).
    SoftOptIn,
    /// Refused, withdrawn or objected.
    OptedOut,
}

impl PermissionStatus {
    /// The name used in policies and events.
    pub fn name(self) -> &'static str {
        match self {
            PermissionStatus::Unknown => "unknown",
            PermissionStatus::Requested => "requested",
            PermissionStatus::Given => "given",
            PermissionStatus::Confirmed => "confirmed",
            PermissionStatus::SoftOptIn => "soft_opt_in",
            PermissionStatus::OptedOut => "opted_out",
        }
    }
}

impl PermissionMapping {
    /// Whether what it says stands in other records.
    pub fn looks_up(&self) -> bool {
        let purpose = self.purpose.as_ref().is_some_and(Selector::looks_up);
        purpose || self.channel.looks_up() || self.status.looks_up()
    }
}

/// Columns or rows that record "may we send?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionMapping {
    /// Column with the contact point; `None`: the permission holds for the data subject of the
    /// row, whichever the contact point.
    pub address: Option<String>,
    /// The column holds a hash in place of the address.
    pub hashed: Option<Hashing>,
    /// Channel.
    pub channel: Selector<Channel>,
    /// Purpose; `None`: every purpose.
    pub purpose: Option<Selector<String>>,
    /// Status.
    pub status: Selector<PermissionStatus>,
    /// When the row counts at all; all must hold.
    pub when: Vec<Condition>,
    /// When the row proves an act of the data subject's own, such as a confirmation with its time
    /// and address; all must hold. Without conditions nothing proves it.
    pub evidence: Vec<Condition>,
    /// Column with the moment at which the data subject consented, as the CRM claims it.
    pub captured_at: Option<String>,
    /// Column with the moment at which confirmation was asked for, as the CRM claims it.
    pub requested_at: Option<String>,
    /// Column with the moment at which it came, as the CRM claims it.
    pub confirmed_at: Option<String>,
    /// Columns that document a consent: where it came from, what the person was told. Each must say
    /// something.
    pub documented_by: Vec<String>,
    /// Column with the end of its validity.
    pub valid_until: Option<String>,
    /// When staff wrote the row, and not what the data subject used; all must hold.
    pub by_staff: Vec<Condition>,
    /// When the row is a declared import of consents collected elsewhere; all must hold.
    pub imported: Vec<Condition>,
    /// A yes holds only for the contact points that the data subject had when it was given.
    pub hinged: bool,
}

impl PermissionMapping {
    /// The columns that hold what the CRM claims of the data subject's acts.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        let claims = [&self.captured_at, &self.requested_at, &self.confirmed_at];
        claims.into_iter().flatten().map(String::as_str)
    }
}

/// A table whose rows are written once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppendOnly {
    /// When its rows may be deleted; `None`: never.
    pub retention: Option<Retention>,
}

/// After how long the rows of a table may be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Column with the moment at which the row was recorded.
    pub recorded_at: String,
    /// From then on.
    pub kept_for: Duration,
}

/// What rows about a data subject say of profiling: one of the two at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfilingMapping {
    /// The columns that evaluate the person, such as a score or a segment.
    pub columns: Vec<String>,
    /// When the row says that the person has objected to it; all must hold. Empty: it does not say so.
    pub objected: Vec<Condition>,
}

/// Rows that are an act towards the data subject: a message, a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityMapping {
    /// Channel.
    pub channel: Selector<Channel>,
    /// Purpose.
    pub purpose: Selector<String>,
    /// Column with the address it went to; `None`: the data subject's own.
    pub address: Option<String>,
    /// The column holds a hash in place of the address.
    pub hashed: Option<Hashing>,
    /// When the act has taken place (a queued message is not sent); all must hold.
    pub when: Vec<Condition>,
}

/// What a data subject may ask for, as far as lawtail follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Art. 15
    Access,
    /// Art. 16
    Rectification,
    /// Art. 17
    Erasure,
    /// Art. 18
    Restriction,
    /// Art. 20
    Portability,
    /// Art. 21
    Objection,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [RequestKind; 6] = [
        RequestKind::Access,
        RequestKind::Rectification,
        RequestKind::Erasure,
        RequestKind::Restriction,
        RequestKind::Portability,
        RequestKind::Objection,
    ];

    /// The name used in policies, events and metrics.
    pub fn name(self) -> &'static str {
        match self {
            RequestKind::Access => "access",
            RequestKind::Rectification => "rectification",
            RequestKind::Erasure => "erasure",
            RequestKind::Restriction => "restriction",
            RequestKind::Portability => "portability",
            RequestKind::Objection => "objection",
        }
    }
}

/// Rows that are a request of the data subject. In each list of conditions all must hold; an empty
/// one never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMapping {
    /// Which right.
    pub kind: Selector<RequestKind>,
    /// When it has been fulfilled.
    pub fulfilled: Vec<Condition>,
    /// When it has been refused.
    pub rejected: Vec<Condition>,
    /// When the data subject has taken it back.
    pub withdrawn: Vec<Condition>,
    /// When the time has been extended by two months (Art. 12(3)).
    pub extended: Vec<Condition>,
    /// When the time rests, because the identity of whoever asks is being checked (Art. 12(6)).
    pub paused: Vec<Condition>,
    /// Column with the reason of a refusal (Art. 12(4)).
    pub reason: Option<String>,
    /// Column that says when it was received.
    pub received_at: Option<String>,
}

impl TableMapping {
    /// Whether each row is a data subject.
    pub fn is_subject_table(&self) -> bool {
        matches!(self.subject, Some(SubjectMapping::Itself { .. }))
    }

    /// Whether rows may be acts of people's own: requests, consents with evidence, and what the pack says.
    pub fn records_acts(&self) -> bool {
        let proven = |permission: &PermissionMapping| !permission.evidence.is_empty();
        self.subject_act.is_some() || self.request.is_some() || self.permissions.iter().any(proven)
    }

    /// Whether rows may be about the people of another table.
    pub fn is_about(&self, people: &TableName) -> bool {
        self.subject.as_ref().is_some_and(|subject| subject.people().contains(&people))
    }
}
