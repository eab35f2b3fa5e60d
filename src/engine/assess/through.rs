//! A message whose purpose stands in a record that has not been seen: a mailing that is written after its
//! first mail, in the same transaction or a later one.
//!
//! The question waits for that record until the end of the grace, and is then the question about a message
//! for that purpose (CN-001 and its neighbours, CN-015, LB-001), about what stood on record when it was sent.
//!
//! *Undecided*: the record did not come, or says nothing that the register knows.

use super::message::{self, Message};
use super::{Answer, Circumstances, Until, asking, basis};
use crate::engine::keys;
use crate::engine::ledger::Period;
use crate::engine::record::{LookedUp, meaning};
use crate::engine::state::State;
use crate::model::{Channel, Fault, Outcome, Reference};
use crate::policy::{Policies, Purpose, RegisteredBasis, Selector};

/// What was sent.
pub struct Sent<'a> {
    /// The record that says what for.
    pub record: Reference,
    /// Channel.
    pub channel: Channel,
    /// Contact point and data subject.
    pub holders: &'a [Reference],
}

/// Answers once the record is there.
pub fn answer(
    sent: &Sent<'_>,
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let found = state.read::<LookedUp>(&keys::looked_up(sent.record))?;
    if until == Until::Open && found.is_none() {
        return Ok(Answer::Open);
    }
    let Some((purpose, meant)) = found.and_then(|columns| purpose(&columns, change, policies))
    else {
        return Ok(Answer::Undecided);
    };
    let message = Message { channel: sent.channel, purpose: &purpose, holders: sent.holders };
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

/// The purpose, by the words that the pack has for it.
fn purpose<'a>(
    columns: &LookedUp,
    change: &Circumstances,
    policies: &'a Policies,
) -> Option<(String, &'a Purpose)> {
    let activity = policies.pack.tables.get(&change.table)?.activity.as_ref()?;
    let Selector::Lookup { field, values, .. } = &activity.purpose else { return None };
    let purpose = meaning(values, columns.get(field)?.as_deref())?;
    let meant = policies.register.purposes.get(&purpose)?;
    Some((purpose, meant))
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
