//! CN-001, CN-002, CN-003, CN-010, CN-017: messages without permission, after opt-out, before confirmation,
//! after its validity.
//!
//! *What*: a message for direct marketing has been sent. The permission counts as it stood at the
//! position of the message: an opt-out just before it forbids it, a confirmation just after it does
//! not heal it. Only when nothing at all is on record does the judgement wait for the grace,
//! because CRMs write consent and message in either order.
//!
//! *Undecided*: what is on record cannot be read; nothing is on record of a contact point that somebody
//! who was erased had as well, since the erasure has removed it.
//!
//! *Not a finding*: service messages (the register's purpose is not direct marketing); queued,
//! suppressed or test messages (the pack's conditions); opt-out channels under the profile; an
//! existing customer where the profile allows soft opt-in.

use super::{Answer, Circumstances, Until, Violation, hinge, objection};
use crate::engine::ledger::{self, Period, PermissionRecord, Version};
use crate::engine::state::State;
use crate::model::limits::RENEWALS_FOLLOWED;
use crate::model::{Channel, Code, Evidence, EvidenceRole, Fault, Reference, Severity};
use crate::policy::{ChannelRule, PermissionStatus, Policies};

/// What was sent.
pub struct Message<'a> {
    /// Channel.
    pub channel: Channel,
    /// Purpose.
    pub purpose: &'a str,
    /// Contact point and data subject.
    pub holders: &'a [Reference],
}

/// Answers from the ledger.
///
/// An opt-out wins over everything else: somebody who said "no messages at all" has not said yes to
/// one kind by an older consent. Next comes what cannot be read, because it may be an opt-out. But
/// when nothing was on record at the message, a yes that came within the grace is enough, and an
/// opt-out that came within it says nothing about the message.
pub fn answer(
    message: &Message<'_>,
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    answer_of((message, change), (until.period(change), until == Until::Open), (policies, state))
}

/// As [`answer`], of what is on record in a period; `open`: what is missing may still come.
pub(super) fn answer_of(
    (message, change): (&Message<'_>, &Circumstances),
    (period, open): (Period, bool),
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Message { channel, purpose, holders } = *message;
    let rule = policies.profile.channel(channel);
    let found = ledger::permissions(state, holders, channel, purpose, period)?;
    let opt_out = found.iter().find(|it| status(it) == Some(PermissionStatus::OptedOut));
    if let Some(opt_out) = opt_out.filter(|_| open) {
        let in_flight = is_new(message, change, &found, (policies, state))?;
        return Ok(refused(message, &opt_out.evidence, "opted out", in_flight));
    }
    let found = match open {
        true => objection::weigh((message, change), (found, period), (policies, state))?,
        false => Ok(found),
    };
    let found = match found {
        Ok(found) => found,
        Err(answer) => return Ok(answer),
    };
    let find = |wanted| found.iter().find(|version| status(version) == Some(wanted));
    let sufficient = |it: &&Version<_>| status(it).is_some_and(|status| suffices(status, rule));
    let is_over =
        |it: &Version<PermissionRecord>| it.says.is_some_and(|says| says.is_over(change.time));
    let expired = found.iter().filter(sufficient).find(|it| is_over(it));
    let enough = found.iter().filter(sufficient).any(|it| !is_over(it));
    let unreadable = found.iter().any(|version| status(version).is_none());
    if unreadable && (open || !enough) {
        return Ok(Answer::Undecided);
    }
    if enough && rule.opt_in {
        let enough = |it: &Version<_>| sufficient(&it) && !is_over(it);
        return hinge::answer(message, change, (period, &enough), (policies, state));
    }
    if enough || !rule.opt_in {
        return Ok(Answer::Lawful);
    }
    if let Some(expired) = expired {
        let why = "the permission had expired";
        return Ok(unlawful(Code::CN_010, message, Some(&expired.evidence), why));
    }
    if let Some(given) = find(PermissionStatus::Given) {
        let why = "the opt-in had not been confirmed";
        return Ok(unlawful(Code::CN_003, message, Some(&given.evidence), why));
    }
    if let Some(asked) = find(PermissionStatus::Requested).filter(|_| rule.double_opt_in) {
        let why = "confirmation had been asked for and not come";
        return Ok(unlawful(Code::CN_003, message, Some(&asked.evidence), why));
    }
    if open {
        return Ok(Answer::Open);
    }
    if is_shared_with_an_erased_person(message, change, state)? {
        return Ok(Answer::Undecided);
    }
    let why = "no permission of the recipient was on record";
    Ok(unlawful(Code::CN_001, message, None, why))
}

/// Whether no no had stood for longer than a message may be on its way. A no that is renewed, as by a second
/// click, began with the first.
fn is_new(
    message: &Message<'_>,
    change: &Circumstances,
    found: &[Version<PermissionRecord>],
    (policies, state): (&Policies, &State<'_>),
) -> Result<bool, Fault> {
    let grace = policies.profile.consent.in_flight;
    if grace.is_zero() {
        return Ok(false);
    }
    let mut found = found.to_vec();
    for _ in 0..RENEWALS_FOLLOWED {
        found.retain(|it| status(it) == Some(PermissionStatus::OptedOut));
        if found.iter().any(|no| change.stamp.time > no.stamp.time + grace) {
            return Ok(false);
        }
        let Some(mut place) = found.iter().map(|no| no.stamp.place).min() else { return Ok(true) };
        let Some(before) = place.position.ordinal.checked_sub(1) else { return Ok(false) };
        place.position.ordinal = before;
        let Message { channel, purpose, holders } = *message;
        found = ledger::permissions(state, holders, channel, purpose, Period::At { place })?;
    }
    Ok(false)
}

/// Whether the contact point was that of somebody else who was erased: the erasure has removed what was
/// on record of the contact point, whoever had recorded it.
fn is_shared_with_an_erased_person(
    message: &Message<'_>,
    change: &Circumstances,
    state: &State<'_>,
) -> Result<bool, Fault> {
    if !ledger::is_anybody_erased(state)? {
        return Ok(false);
    }
    if let Some(subject) = change.subject
        && ledger::erasure(state, subject)?.is_some()
    {
        return Ok(false);
    }
    for holder in message.holders {
        if ledger::erasure(state, *holder)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a version says.
pub(super) fn status(version: &Version<PermissionRecord>) -> Option<PermissionStatus> {
    version.says.and_then(|says| says.status)
}

/// Whether a status is what the profile asks for.
fn suffices(status: PermissionStatus, rule: ChannelRule) -> bool {
    match status {
        PermissionStatus::Confirmed => true,
        PermissionStatus::Given => !rule.double_opt_in,
        PermissionStatus::SoftOptIn => rule.soft_opt_in,
        PermissionStatus::Requested | PermissionStatus::Unknown | PermissionStatus::OptedOut => {
            false
        }
    }
}

/// A message that was on its way when the no came is told of, and weighs little.
pub(super) fn refused(message: &Message<'_>, no: &Evidence, how: &str, in_flight: bool) -> Answer {
    let when = match in_flight {
        true => "moments before, when it may have been on its way",
        false => "before",
    };
    let mut why = format!("the recipient had {how} {when}");
    if no.role == EvidenceRole::DeletedOptOut {
        why.push_str("; the record of it was deleted, and no newer yes has come");
    }
    match unlawful(Code::CN_002, message, Some(no), &why) {
        Answer::Unlawful(found) if in_flight => {
            Answer::Unlawful(Violation { severity: Severity::Informational, ..found })
        }
        answer => answer,
    }
}

/// What is found against a message, by what is on record.
pub(super) fn unlawful(
    code: Code,
    message: &Message<'_>,
    found: Option<&Evidence>,
    why: &str,
) -> Answer {
    Answer::Unlawful(Violation {
        code,
        severity: code.severity(),
        reason: format!("{} sent by {}: {why}", message.purpose, message.channel.name()),
        evidence: found.cloned().into_iter().collect(),
        purpose: Some(message.purpose.to_owned()),
        channel: Some(message.channel),
        column: None,
    })
}
