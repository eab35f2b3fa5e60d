//! OB-002: data is used for more than the person's level of consent reaches.
//!
//! *What*: a message is sent, or a person put on a list, that needs a level of consent above the one that
//! the person's row showed from then until the end of the grace. GDPR Art. 6(1)(a), Art. 7(3). Where the
//! CRM's own enforcement is switched off, that is graver as a setting and less so in each case.
//!
//! Which level is needed may stand in a record that is written after the message, as a mailing: the question waits
//! for it until the end of the grace.
//!
//! *Undecided*: no level of the person is known, or one is written that the pack does not list; the record that
//! says which is needed does not come, or says none that the pack lists.
//!
//! *Not a finding*: a level that is reached within the grace, as where both are written by one job.

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::duties::Levels;
use crate::engine::keys;
use crate::engine::ledger::since;
use crate::engine::state::State;
use crate::engine::word::{Read, Word};
use crate::model::{Channel, Code, Fault, Severity};
use crate::policy::{Level, Policies};

/// What is needed.
pub struct Needed<'a> {
    /// The level.
    pub level: u8,
    /// Whether the CRM says that it sees to this itself.
    pub enforced: bool,
    /// Purpose and channel.
    pub used: &'a (Option<String>, Option<Channel>),
}

/// What is needed, as far as it is known which record says so.
pub struct Unread<'a> {
    /// The level.
    pub level: &'a Word<Level>,
    /// Whether the CRM says that it sees to this itself.
    pub enforced: bool,
    /// Purpose and channel.
    pub used: &'a (Option<Word<String>>, Option<Word<Channel>>),
}

/// Answers once the record is there that says which level is needed.
pub fn answer_through(
    unread: &Unread<'_>,
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Some(mapping) = policies.pack.tables.get(&change.table) else {
        return Ok(Answer::Undecided);
    };
    let Some(selector) = &mapping.duties.needs_level else { return Ok(Answer::Undecided) };
    let level = match unread.level.read(selector, state)? {
        Read::Known(Level(level)) => level,
        Read::Missing(_) if until == Until::Open => return Ok(Answer::Open),
        Read::Missing(_) | Read::Unknown => return Ok(Answer::Undecided),
    };
    let (message, list) = (mapping.activity.as_ref(), mapping.membership.as_ref());
    let (purpose, channel) = unread.used;
    let for_what = message.map(|it| &it.purpose).or(list.map(|it| &it.purpose));
    let purpose = Word::as_far_as_known(purpose.as_ref(), for_what, state)?;
    let over = message.map(|it| &it.channel);
    let channel = Word::as_far_as_known(channel.as_ref(), over, state)?;
    let used = &(purpose, channel);
    answer(&Needed { level, enforced: unread.enforced, used }, change, until, state)
}

/// Answers from what the person's row has shown.
pub fn answer(
    needed: &Needed<'_>,
    change: &Circumstances,
    until: Until,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    let Some(subject) = change.subject else { return Ok(Answer::Undecided) };
    let levels = state.read::<Levels>(&keys::levels(subject))?.unwrap_or_default();
    let end = match until {
        Until::Open => None,
        Until::Closed(end) => Some(end),
    };
    let here = change.stamp.place;
    let mut unknown = true;
    let mut below = None;
    for (index, (stamp, level, evidence)) in levels.iter().enumerate() {
        let next = levels.get(index + 1).map(|(next, ..)| next.place);
        let stood = next.is_none_or(|next| next > here) && end.is_none_or(|end| stamp.time <= end);
        if !stood || since(state, &evidence.table)? > stamp.place {
            continue;
        }
        match level {
            Some(level) if *level >= needed.level => return Ok(Answer::Lawful),
            Some(_) => {
                unknown = false;
                below = Some(evidence.clone());
            }
            None => {
                unknown = true;
                break;
            }
        }
    }
    Ok(match until {
        Until::Open => Answer::Open,
        Until::Closed(_) if unknown => Answer::Undecided,
        Until::Closed(_) => Answer::Unlawful(Violation {
            code: Code::OB_002,
            severity: if needed.enforced { Code::OB_002.severity() } else { Severity::Medium },
            reason: format!(
                "it needs level {} of consent, and the person has not gone so far{}",
                needed.level,
                if needed.enforced { "" } else { "; the CRM's own enforcement is switched off" }
            ),
            evidence: below.into_iter().collect(),
            purpose: needed.used.0.clone(),
            channel: needed.used.1,
            column: None,
        }),
    })
}
