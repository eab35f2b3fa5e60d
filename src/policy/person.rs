//! What a pack says of people beyond who they are: how long they may be kept, where they came from,
//! by which channel they want to be reached, whether they are children.

use super::{AgeOfConsent, Condition, PermissionStatus, Selector};
use crate::model::{Channel, Country};

/// What the row of a data subject says of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonMapping {
    /// Which of the register's categories of data subjects the person belongs to.
    pub category: Option<Selector<String>>,
    /// When the person's data must not be erased, as for a legal claim; all must hold.
    pub legal_hold: Vec<Condition>,
    /// Column with the moment at which the data was collected, as the CRM claims it.
    pub collected_at: Option<String>,
    /// When the data did not come from the person.
    pub source: Option<SourceMapping>,
    /// When the person came with a list.
    pub import: Option<ImportMapping>,
    /// The channel by which the person wants to be reached.
    pub preferred_channel: Option<Selector<Channel>>,
}

/// Rows that are, or record, an act of the data subject's own: an order, a call that came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectAct {
    /// When the row is one; all must hold.
    pub when: Vec<Condition>,
    /// Column with the moment of the act, as the CRM claims it.
    pub at: Option<String>,
}

/// People whose data was not obtained from them (Art. 14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMapping {
    /// When that is so; all must hold.
    pub when: Vec<Condition>,
    /// When the person has been informed; all must hold, and an empty list never does.
    pub informed: Vec<Condition>,
}

/// People who came with a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportMapping {
    /// When that is so; all must hold.
    pub when: Vec<Condition>,
    /// When the row tells what the list rests on; all must hold, and an empty list never does.
    pub evidence: Vec<Condition>,
}

/// Rows that put a data subject on a list: a segment, a target list, an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipMapping {
    /// What the list is for.
    pub purpose: Selector<String>,
    /// When the row puts somebody on it; all must hold.
    pub when: Vec<Condition>,
}

/// Rows of a portal in which data subjects choose what they get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalMapping {
    /// Channel.
    pub channel: Selector<Channel>,
    /// Purpose; `None`: every purpose.
    pub purpose: Option<Selector<String>>,
    /// Yes (`given`, `confirmed`) or no (`opted_out`).
    pub status: Selector<PermissionStatus>,
    /// When the row is a choice; all must hold.
    pub when: Vec<Condition>,
}

/// What pack and register together ask of a table's rows; linking the two finds out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Time limits for erasure.
    pub storage: Storage,
    /// Messages to people whose data was not obtained from them.
    pub informs: bool,
    /// Messages to people who may prefer a channel.
    pub prefers: bool,
    /// People who may choose in a portal what they get.
    pub chooses: bool,
    /// People whose permissions are bound to the contact point that they were given for.
    pub hinges: bool,
    /// People whose permissions are bound to no contact point: others may have the same one.
    pub shares: bool,
}

/// What the rows of a table have to do with time limits for erasure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// Nothing.
    #[default]
    Unjudged,
    /// People for whom the register sets no limit, though it does for others.
    Unlimited,
    /// People for whom the register sets a limit.
    Limited,
    /// Rows about such people. `holds`: the law asks to keep them.
    About {
        /// See there.
        holds: bool,
    },
}

/// Children below the age of consent, by the row of the data subject. Whom either of the two calls one is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildMapping {
    /// When the row says that the person is one; all must hold. Empty: it does not say so.
    pub when: Vec<Condition>,
    /// Where it says when the person was born.
    pub born: Option<BirthMapping>,
    /// When the holder of parental responsibility has consented or is on record; all must hold. Empty: no
    /// row tells.
    pub guardian: Vec<Condition>,
}

/// Where the row of a data subject says since when the person lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BirthMapping {
    /// Column with the date of birth, or the year.
    pub column: String,
    /// Where the person lives.
    pub country: Option<Selector<Country>>,
    /// Until which age people are children there; the profile says it.
    pub ages: AgeOfConsent,
}
