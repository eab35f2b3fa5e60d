//! A message whose purpose or channel stands in a record that has not been seen: a mailing that is written after
//! its first mail, in the same transaction or a later one.
//!
//! The question waits for that record until the end of the grace, and is then the question about a message
//! for that purpose over that channel (CN-001 and its neighbours, CN-015, LB-001), about what stood on record when
//! it was sent.
//!
//! *Undecided*: the record did not come, or says nothing that the register knows.

use super::message::{self, Message};
use super::{Answer, Circumstances, Until, asking, basis};
use crate::engine::ledger::Period;
use crate::engine::state::State;
use crate::engine::word::{Read, Word};
use crate::model::{Channel, Fault, Outcome, Reference};
use crate::policy::{Policies, RegisteredBasis};

/// What was sent.
pub struct Sent<'a> {
    /// What for.
    pub purpose: &'a Word<String>,
    /// Over which channel.
    pub channel: &'a Word<Channel>,
    /// Contact point and data subject, for each channel that it may be.
    pub holders: &'a [(Channel, Vec<Reference>)],
}

/// Answers once the records are there.
pub fn answer(
    sent: &Sent<'_>,
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let mapping = policies.pack.tables.get(&change.table);
    let Some(activity) = mapping.and_then(|mapping| mapping.activity.as_ref()) else {
        return Ok(Answer::Undecided);
    };
    let purpose = sent.purpose.read(&activity.purpose, state)?;
    let channel = sent.channel.read(&activity.channel, state)?;
    let (purpose, channel) = match (purpose, channel) {
        (Read::Known(purpose), Read::Known(channel)) => (purpose, channel),
        (Read::Unknown, _) | (_, Read::Unknown) => return Ok(Answer::Undecided),
        (Read::Missing(_), _) | (_, Read::Missing(_)) => {
            return Ok(if until == Until::Open { Answer::Open } else { Answer::Undecided });
        }
    };
    let holders = sent.holders.iter().find(|(of, _)| *of == channel);
    let known = policies.register.purposes.get(&purpose).zip(holders);
    let Some((meant, (_, holders))) = known.filter(|(_, (_, holders))| !holders.is_empty()) else {
        return Ok(Answer::Undecided);
    };
    let message = Message { channel, purpose: &purpose, holders };
    let asked = match meant.asks_permission_for.is_empty() {
        true => Answer::Lawful,
        false => asking::answer(&message, change, (policies, state))?,
    };
    let permitted = match meant.direct_marketing {
        true => permitted(&message, change, until, (policies, state))?,
        false => processed(change, until, (policies, state))?,
    };
    let is_worse = asked.outcome() > permitted.outcome().or(Some(Outcome::Lawful));
    Ok(if is_worse { asked } else { permitted })
}

/// What stood at the message comes first: a no just before it forbids it, whatever came since.
fn permitted(
    message: &Message<'_>,
    change: &Circumstances,
    until: Until,
    known: (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let then = (Period::At { place: change.stamp.place }, true);
    match message::answer_of((message, change), then, known)? {
        Answer::Open => message::answer(message, change, until, known),
        answer => Ok(answer),
    }
}

/// A service message is processing like any other.
fn processed(
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Some(activity) = policies.register.activity_of(&change.table) else {
        return Ok(Answer::Undecided);
    };
    match &activity.basis {
        RegisteredBasis::Declared(_) => Ok(Answer::Lawful),
        RegisteredBasis::PerSubject(accepted) => {
            let sought = basis::Sought { purpose: &activity.purpose, accepted, certain: true };
            basis::answer(&sought, change, until, state)
        }
    }
}
