//! CN-014: a withdrawal did not reach every record.
//!
//! *What*: a person says no to messages over a channel, whatever the contact point; and when the
//! profile's time has passed, an older yes still stands for the person or one of their contact
//! points, in another row or table. Sooner or later somebody sends by it. GDPR Art. 7(3), Art. 21(3).
//!
//! *Not a finding*: a no to one purpose, as to the others and as to other rows of its own table; what
//! else the row of the no says; a no that was taken back; a yes that came after it or has expired; a no
//! that a copy brought.

use super::{Circumstances, Violation};
use crate::engine::keys;
use crate::engine::ledger::{self, Period, PermissionRecord, Refusal, SubjectRecord, Version};
use crate::engine::state::State;
use crate::model::{Channel, Code, Fault, Reference};
use crate::policy::{PermissionStatus, Policies};

/// Looks for what is left of the permissions that a person has taken back.
pub fn violation(
    refusal: &Refusal,
    change: &Circumstances,
    policies: &Policies,
    state: &State<'_>,
) -> Result<Option<Violation>, Fault> {
    let Some(subject) = change.subject else { return Ok(None) };
    let Refusal { channel, purpose } = refusal;
    let standing = |holder: Reference, purpose: &str| {
        ledger::permissions(state, &[holder], *channel, purpose, Period::Now)
    };
    let status = |it: &Version<PermissionRecord>| it.says.and_then(|says| says.status);
    let is_no = |it: &Version<PermissionRecord>| status(it) == Some(PermissionStatus::OptedOut);
    if !standing(subject, purpose)?.iter().any(is_no) {
        return Ok(None);
    }
    let every = policies.register.purposes.keys().map(String::as_str);
    let purposes: Vec<&str> = match purpose.as_str() {
        "" => every.chain([""]).collect(),
        one => vec![one],
    };
    let now = change.stamp.time + policies.profile.consent.propagated_within;
    // Beside a no to one purpose, the rows of its own table are other subscriptions.
    let is_another = |it: &Version<PermissionRecord>| {
        let beside = !purpose.is_empty() && it.evidence.table == change.table;
        it.evidence.row != change.row && !beside
    };
    let is_left = |it: &Version<PermissionRecord>| {
        let yes = [PermissionStatus::Given, PermissionStatus::Confirmed];
        status(it).is_some_and(|status| yes.contains(&status))
            && it.stamp.place < change.stamp.place
            && it.says.is_some_and(|says| !says.is_over(now))
            && is_another(it)
    };
    for holder in holders(subject, *channel, state)? {
        for purpose in &purposes {
            if let Some(left) = standing(holder, purpose)?.into_iter().find(is_left) {
                return Ok(Some(unpropagated(refusal, &left)));
            }
        }
    }
    Ok(None)
}

/// The person, and the contact points by which the channel reaches them.
fn holders(
    subject: Reference,
    channel: Channel,
    state: &State<'_>,
) -> Result<Vec<Reference>, Fault> {
    let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
    let reached = known.contact_points.iter().filter(|it| it.channel.reaches(channel));
    Ok(std::iter::once(subject).chain(reached.map(|it| it.point)).collect())
}

fn unpropagated(refusal: &Refusal, left: &Version<PermissionRecord>) -> Violation {
    let Refusal { channel, purpose } = refusal;
    Violation {
        code: Code::CN_014,
        severity: Code::CN_014.severity(),
        reason: format!(
            "the person withdrew permission for messages by {}, and a yes of before still stands in {}",
            channel.name(),
            left.evidence.table
        ),
        evidence: vec![left.evidence.clone()],
        purpose: (!purpose.is_empty()).then(|| purpose.clone()),
        channel: Some(*channel),
        column: Some(format!("{} {purpose}", channel.name())),
    }
}
