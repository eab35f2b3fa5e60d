//! CN-002 after an objection: a request that was granted, and direct marketing all the same.
//!
//! *What*: the person had objected by a request of the kind `objection`, it was granted, and a message for
//! direct marketing went out. GDPR Art. 21(3): whatever it rested on before, a yes or legitimate interests.
//!
//! *Undecided*: a copy brought the objection together with a yes of the person's, or with what cannot be read:
//! which of them came first is not known.
//!
//! *Not a finding*: service messages; an objection that is open, was refused or taken back; a newer yes of the
//! person's own, which has its evidence, where the pack says what that is, and is not said to be of before.

use super::message::{Message, refused, status};
use super::{Answer, Circumstances};
use crate::engine::ledger::{self, Against, Objection, Period, PermissionRecord, Version};
use crate::engine::state::State;
use crate::model::Fault;
use crate::policy::{PermissionStatus, Policies};

/// What stands on record of permissions.
type Found = Vec<Version<PermissionRecord>>;

/// What the person's objections leave of the permissions that were found.
pub enum Left {
    /// These.
    Newer(Found),
    /// Nobody knows which of them came first.
    Unknown,
    /// Nothing: these objections stand, the oldest first.
    Nothing(Vec<Version<Objection>>),
}

/// What of the permissions is left by the person's objections, or the answer that they give.
pub fn weigh(
    (message, change): (&Message<'_>, &Circumstances),
    (found, period): (Found, Period),
    (policies, state): (&Policies, &State<'_>),
) -> Result<Result<Found, Answer>, Fault> {
    let objections = match left(change, (found, period), state)? {
        Left::Newer(found) => return Ok(Ok(found)),
        Left::Unknown => return Ok(Err(Answer::Undecided)),
        Left::Nothing(objections) => objections,
    };
    let grace = policies.profile.consent.in_flight;
    let is_new = |since| !grace.is_zero() && change.stamp.time <= since + grace;
    let in_flight = objections.iter().all(|it| is_new(it.stamp.time));
    let no = &objections[0].evidence;
    Ok(Err(refused(message, no, "objected to direct marketing", in_flight)))
}

/// Holds the permissions against the objections of the person of the same period.
pub fn left(
    change: &Circumstances,
    (found, period): (Found, Period),
    state: &State<'_>,
) -> Result<Left, Fault> {
    let Some(subject) = change.subject else { return Ok(Left::Newer(found)) };
    let objections = ledger::objections(state, (subject, Against::DirectMarketing), period)?;
    let Some(newest) = objections.last() else { return Ok(Left::Newer(found)) };
    let may_be_yes = |it: &Version<_>| status(it).is_none_or(is_own_yes);
    let is_newer_act = |it: &Version<PermissionRecord>| {
        it.says.is_some_and(|says| {
            !says.unproven && says.claimed.is_none_or(|claimed| claimed > newest.stamp.time)
        })
    };
    let transaction = newest.stamp.place.transaction();
    let together = |it: &Version<_>| it.stamp.place.transaction() == transaction;
    let (newer, older): (Found, Found) =
        found.into_iter().partition(|it| it.stamp.place > newest.stamp.place);
    let copied = newest.says.is_some_and(|says| says.copied);
    let is_apart = |it: &_| may_be_yes(it) && is_newer_act(it) && !(copied && together(it));
    if newer.iter().any(is_apart) {
        return Ok(Left::Newer(newer));
    }
    let unknown = copied && newer.iter().chain(&older).any(|it| may_be_yes(it) && together(it));
    Ok(if unknown { Left::Unknown } else { Left::Nothing(objections) })
}

fn is_own_yes(status: PermissionStatus) -> bool {
    matches!(status, PermissionStatus::Given | PermissionStatus::Confirmed)
}
