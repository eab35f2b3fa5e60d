//! RS-001: restricted data was processed.
//!
//! *What*: processing of a person's data is restricted, by a request that was granted or by a flag on
//! the person, and personal data of that person was altered or a message was sent.
//!
//! What for, or over which channel, may stand in a record that is written after the message, as a mailing: the
//! question waits for it until the end of the grace.
//!
//! *Undecided*: that record does not come, or says nothing that the register knows.
//!
//! *Not a finding*: storing (new rows, columns that are not personal); emptying and deleting; purposes
//! that the register marks as `legal_claims`; records of requests, bases and permissions; a
//! restriction that is lifted within the grace.

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::keys;
use crate::engine::ledger::SubjectRecord;
use crate::engine::state::State;
use crate::engine::word::Word;
use crate::model::{Channel, Code, Evidence, Fault};
use crate::policy::Policies;

/// What was done with the data.
pub struct Use<'a> {
    /// For which purpose.
    pub purpose: &'a str,
    /// Over which channel a message was sent; `None`: data was altered.
    pub channel: Option<Channel>,
}

/// A message that was sent.
pub struct Sent<'a> {
    /// What for.
    pub purpose: &'a Word<String>,
    /// Over which channel.
    pub channel: &'a Word<Channel>,
}

/// Answers once the records are there that say what the message was for.
pub fn answer_through(
    restriction: &Evidence,
    sent: &Sent<'_>,
    (change, until): (&Circumstances, Until),
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    if until == Until::Open {
        return Ok(Answer::Open);
    }
    let mapping = policies.pack.tables.get(&change.table);
    let message = mapping.and_then(|mapping| mapping.activity.as_ref());
    let for_what = message.map(|it| &it.purpose);
    let purpose = Word::as_far_as_known(Some(sent.purpose), for_what, state)?;
    let over = message.map(|it| &it.channel);
    let channel = Word::as_far_as_known(Some(sent.channel), over, state)?;
    let (Some(purpose), Some(channel)) = (purpose, channel) else { return Ok(Answer::Undecided) };
    match policies.register.purposes.get(&purpose) {
        None => Ok(Answer::Undecided),
        Some(meant) if meant.legal_claims => Ok(Answer::Lawful),
        Some(_) => {
            let used = Use { purpose: &purpose, channel: Some(channel) };
            answer(restriction, &used, change, until, state)
        }
    }
}

/// Answers from the ledger: whether the restriction still stands at the end of the grace.
pub fn answer(
    restriction: &Evidence,
    used: &Use<'_>,
    change: &Circumstances,
    until: Until,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    let Some(subject) = change.subject else { return Ok(Answer::Undecided) };
    if until == Until::Open {
        return Ok(Answer::Open);
    }
    let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
    if !known.is_still_restricted(restriction.row, change.stamp.place, state)? {
        return Ok(Answer::Lawful);
    }
    let what = match used.channel {
        Some(channel) => format!("a message for {} was sent by {}", used.purpose, channel.name()),
        None => format!("personal data was altered for {}", used.purpose),
    };
    Ok(Answer::Unlawful(Violation {
        code: Code::RS_001,
        severity: Code::RS_001.severity(),
        reason: format!("{what} while processing was restricted"),
        evidence: vec![restriction.clone()],
        purpose: Some(used.purpose.to_owned()),
        channel: used.channel,
        column: None,
    }))
}
