//! Is this lawful? Each change becomes questions; each question is answered now or, when the
//! records it needs may still come, after the grace.
//!
//! One family of rules per file: [`basis`], [`special`], [`child`], [`swap`] (LB), [`message`],
//! [`asking`], [`objection`], [`through`], [`late`], [`hinge`], [`consent`], [`propagation`], [`append_only`] (CN), [`profiling`], [`level`] (OB), [`returned`] and [`erasure`]
//! (ER), [`request`] (RT), [`restricted`] (RS), [`retention`] (RET), [`source`] (SRC), [`drift`] (PL), [`coverage`] (COV), [`minimisation`] (MIN),
//! [`accuracy`] (ACC), [`own`] (OWN).

pub mod accuracy;
pub mod append_only;
pub mod asking;
pub mod basis;
pub mod child;
pub mod claim;
pub mod consent;
pub mod coverage;
pub mod drift;
pub mod erasure;
pub mod hinge;
pub mod late;
pub mod level;
pub mod message;
pub mod minimisation;
pub mod objection;
pub mod own;
pub mod profiling;
pub mod propagation;
pub mod request;
pub mod restricted;
pub mod retention;
pub mod returned;
pub mod source;
pub mod special;
pub mod swap;
pub mod through;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ledger::{Period, Place, Stamp, Withdrawal};
use super::own::Left;
use super::state::State;
use super::word::Word;
use crate::model::{
    Channel, Code, Evidence, EvidenceRole, Fault, Outcome, Position, Reference, Severity,
    TableName, Timestamp,
};
use crate::policy::{LawfulBasis, Level, Policies};

/// The change that is judged, as far as a judgement needs it later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstances {
    /// When and where it came.
    pub stamp: Stamp,
    /// Its transaction.
    pub xid: u32,
    /// Its commit time.
    pub time: Timestamp,
    /// Its table.
    pub table: TableName,
    /// Its row.
    pub row: Option<Reference>,
    /// About whom.
    pub subject: Option<Reference>,
    /// By whom.
    pub actor: Option<Reference>,
    /// Found by the initial copy.
    pub copied: bool,
}

impl Circumstances {
    /// Its position.
    pub fn position(&self) -> Position {
        self.stamp.place.position
    }

    /// The change itself, as evidence.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            role: EvidenceRole::Processing,
            table: self.table.clone(),
            row: self.row,
            position: self.position(),
        }
    }
}

/// What has to be known to judge a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// Is there a lawful basis? (LB-001)
    Basis {
        /// For this purpose.
        purpose: String,
        /// One of these.
        accepted: BTreeSet<LawfulBasis>,
        /// Whether it is certain that personal data was set: false when the old values that would
        /// show it were not sent.
        certain: bool,
    },
    /// Was the message permitted? (CN-001, CN-002, CN-003, CN-010)
    Message {
        /// Over this channel.
        channel: Channel,
        /// For this purpose.
        purpose: String,
        /// Contact point and data subject.
        holders: Vec<Reference>,
    },
    /// Has an erased person returned by an act of their own? (ER-002)
    Returned {
        /// Where the erasure was recorded.
        erased: Place,
        /// The row that records the erasure.
        evidence: Evidence,
        /// Purpose of the table, to look for a new basis.
        purpose: Option<String>,
    },
    /// Has somebody consented for a child? (LB-003)
    Child {
        /// For this purpose; empty for every purpose.
        purpose: String,
    },
    /// Was there a reason for the basis that came after a withdrawn consent? (LB-004)
    Swapped {
        /// For this purpose.
        purpose: String,
        /// The new basis.
        basis: LawfulBasis,
        /// The withdrawal.
        withdrawal: Withdrawal,
    },
    /// Was processing restricted? (RS-001)
    Restricted {
        /// The row that restricts it.
        restriction: Evidence,
        /// What for.
        purpose: String,
        /// Over which channel a message was sent; `None`: data was altered.
        channel: Option<Channel>,
    },
    /// Was somebody asked for a permission that they had refused? (CN-015)
    Asking {
        /// Over this channel.
        channel: Channel,
        /// For this purpose.
        purpose: String,
        /// Contact point and data subject.
        holders: Vec<Reference>,
    },
    /// Is anything on record that the data of somebody who came with a list rests on? (SRC-002)
    Imported,
    /// Was the data collected for this purpose? (PL-001)
    Drift {
        /// For this purpose.
        purpose: String,
        /// The purposes for which the register declares that the data is there.
        declared: Vec<String>,
    },
    /// Did the person's consent go as far as it had to? (OB-002)
    Level {
        /// The level that it needs.
        needed: u8,
        /// Whether the CRM says that it sees to this itself.
        enforced: bool,
        /// For which purpose, and over which channel.
        used: (Option<String>, Option<Channel>),
    },
    /// Does the condition of a rule of the controller's own hold? (OWN-001)
    Own {
        /// The rule's name.
        rule: String,
        /// What is left of its condition.
        left: Left,
    },
    /// Was the message permitted whose purpose or channel stands in a record that has not been seen?
    Through {
        /// For this purpose.
        purpose: Word<String>,
        /// Over this channel.
        channel: Word<Channel>,
        /// Contact point and data subject, for each channel that it may be.
        holders: Vec<(Channel, Vec<Reference>)>,
    },
    /// The same of whom it turns out to be about, or with where that person is reached: either may be written after
    /// the change.
    Late {
        /// The record through which the change is about somebody, when it has not been seen.
        through: Option<Reference>,
        /// Whether the person's own contact points can have permitted it.
        reached: bool,
        /// What is asked.
        question: Box<Question>,
    },
    /// As [`Question::Level`], where some of it stands in a record that has not been seen.
    LevelThrough {
        /// The level that it needs.
        needed: Word<Level>,
        /// Whether the CRM says that it sees to this itself.
        enforced: bool,
        /// For which purpose, and over which channel.
        used: (Option<Word<String>>, Option<Word<Channel>>),
    },
    /// As [`Question::Restricted`] of a message whose purpose or channel stands in a record that has not been seen.
    RestrictedThrough {
        /// The row that restricts it.
        restriction: Evidence,
        /// For this purpose.
        purpose: Word<String>,
        /// Over this channel.
        channel: Word<Channel>,
    },
}

/// What was found against a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Rule.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// Why, in words.
    pub reason: String,
    /// Rows beside the change itself.
    pub evidence: Vec<Evidence>,
    /// For which purpose.
    pub purpose: Option<String>,
    /// Over which channel.
    pub channel: Option<Channel>,
    /// What else tells it from another finding of its rule: a column, a category.
    pub column: Option<String>,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There was a basis or permission.
    Lawful,
    /// It cannot be judged.
    Undecided,
    /// There was none.
    Unlawful(Violation),
    /// What is missing may still come.
    Open,
}

impl Answer {
    /// The outcome; `None` while open.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Answer::Lawful => Some(Outcome::Lawful),
            Answer::Undecided => Some(Outcome::Undecided),
            Answer::Unlawful(_) => Some(Outcome::Unlawful),
            Answer::Open => None,
        }
    }
}

/// Until when records may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Records may still come: what is missing stays open.
    Open,
    /// Only what was on record by then counts, and what is missing is missing.
    Closed(Timestamp),
}

impl Until {
    /// What the ledger is asked about.
    pub fn period(self, change: &Circumstances) -> Period {
        match self {
            Until::Open => Period::Now,
            Until::Closed(to) => Period::Grace { from: change.stamp.place, to },
        }
    }
}

impl Question {
    /// Whether a record that was not seen could have made the change lawful.
    pub fn may_be_healed(&self) -> bool {
        !matches!(self, Question::Returned { .. } | Question::Own { .. })
    }

    /// Whether it asks for a lawful basis.
    pub fn is_of_basis(&self) -> bool {
        match self {
            Question::Basis { .. } => true,
            Question::Late { question, .. } => question.is_of_basis(),
            _ => false,
        }
    }

    /// Who can have permitted what was sent.
    fn holders(&self) -> impl Iterator<Item = Reference> {
        let (one, several) = match self {
            Question::Message { holders, .. } | Question::Asking { holders, .. } => {
                (holders.as_slice(), [].as_slice())
            }
            Question::Through { holders, .. } => ([].as_slice(), holders.as_slice()),
            _ => ([].as_slice(), [].as_slice()),
        };
        one.iter().chain(several.iter().flat_map(|(_, holders)| holders)).copied()
    }

    /// The change with whom it is about, where that has become known since.
    pub fn about(&self, change: &Circumstances, state: &State<'_>) -> Result<Circumstances, Fault> {
        let subject = match self {
            Question::Late { through, question, .. } => {
                late::subject(*through, question, change, state)?
            }
            _ => change.subject,
        };
        Ok(Circumstances { subject, ..change.clone() })
    }

    /// Answers the question from the ledger.
    pub fn answer(
        &self,
        change: &Circumstances,
        until: Until,
        policies: &Policies,
        state: &State<'_>,
    ) -> Result<Answer, Fault> {
        match self {
            Question::Basis { purpose, accepted, certain } => {
                let sought = basis::Sought { purpose, accepted, certain: *certain };
                basis::answer(&sought, change, until, state)
            }
            Question::Message { channel, purpose, holders } => {
                let message = message::Message { channel: *channel, purpose, holders };
                message::answer(&message, change, until, (policies, state))
            }
            Question::Returned { erased, evidence, purpose } => {
                let erasure = returned::Erasure { place: *erased, evidence };
                returned::answer(&erasure, purpose.as_deref(), change, until, state)
            }
            Question::Child { purpose } => child::answer(purpose, change, until, state),
            Question::Swapped { purpose, basis, withdrawal } => {
                swap::answer((purpose, *basis), withdrawal, change, until, state)
            }
            Question::Restricted { restriction, purpose, channel } => {
                let used = restricted::Use { purpose, channel: *channel };
                restricted::answer(restriction, &used, change, until, state)
            }
            Question::Asking { channel, purpose, holders } => {
                let message = message::Message { channel: *channel, purpose, holders };
                asking::answer(&message, change, (policies, state))
            }
            Question::Imported => source::answer(change, until, policies, state),
            Question::Drift { purpose, declared } => {
                let used = drift::Use { purpose, declared };
                drift::answer(&used, change, until, (policies, state))
            }
            Question::Own { rule, left } => {
                own::answer((rule, left), change, until, (policies, state))
            }
            Question::Through { purpose, channel, holders } => {
                let sent = through::Sent { purpose, channel, holders };
                through::answer(&sent, change, until, (policies, state))
            }
            Question::Late { through, reached, question } => {
                let late = (*through, *reached);
                late::answer(late, question, (change, until), (policies, state))
            }
            Question::Level { needed, enforced, used } => {
                let needed = level::Needed { level: *needed, enforced: *enforced, used };
                level::answer(&needed, change, until, state)
            }
            Question::LevelThrough { needed, enforced, used } => {
                let unread = level::Unread { level: needed, enforced: *enforced, used };
                level::answer_through(&unread, change, until, (policies, state))
            }
            Question::RestrictedThrough { restriction, purpose, channel } => {
                let sent = restricted::Sent { purpose, channel };
                restricted::answer_through(restriction, &sent, (change, until), (policies, state))
            }
        }
    }
}

/// A change whose judgement waits for the end of the grace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The change.
    pub change: Circumstances,
    /// What is still open.
    pub questions: Vec<Question>,
    /// The worst answer so far.
    pub worst: Outcome,
    /// End of the grace.
    pub deadline: Timestamp,
}
