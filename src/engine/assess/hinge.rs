//! CN-017: a message to an address that the consent was not given for.
//!
//! *What*: the only permission for a message is a yes of the person's that the pack calls `hinged`, and
//! the contact point that it went to took the place of another one after that yes. Whoever reads the
//! new address has not consented, unless the person says so again. GDPR Art. 7(1).
//!
//! *Undecided*: the old values were not sent, and the ledger does not tell whether there was another
//! contact point before. *Silent*: changes in a part of the stream that was not seen.
//!
//! *Not a finding*: a yes for the new address, or a newer one of the person's; a typing error corrected
//! within minutes; an address that the person changed (`changed_by_subject`); one that was added beside
//! the other, or that the person had at the yes already.

use super::message::Message;
use super::{Answer, Circumstances, Violation};
use crate::engine::ledger::{self, Period, PermissionRecord, Readdressed, Version};
use crate::engine::state::State;
use crate::model::limits::TYPING_ERROR_WITHIN;
use crate::model::{Code, Fault, Reference};
use crate::policy::Policies;

/// Whether a permission is enough for the message.
type Enough<'a> = &'a dyn Fn(&Version<PermissionRecord>) -> bool;

/// Judges whether all that permits the message was given for other addresses.
pub fn answer(
    message: &Message<'_>,
    change: &Circumstances,
    (period, enough): (Period, Enough<'_>),
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Message { channel, purpose, holders } = *message;
    let Some(subject) = change.subject else { return Ok(Answer::Lawful) };
    let points: Vec<Reference> =
        holders.iter().copied().filter(|holder| *holder != subject).collect();
    let own = ledger::permissions(state, &[subject], channel, purpose, period)?;
    let own: Vec<_> = own.into_iter().filter(|version| enough(version)).collect();
    let is_hinged = |version: &Version<PermissionRecord>| {
        let table = policies.pack.tables.get(&version.evidence.table);
        table.is_some_and(|table| table.permissions.iter().any(|permission| permission.hinged))
    };
    if points.is_empty() || own.is_empty() || !own.iter().all(is_hinged) {
        return Ok(Answer::Lawful);
    }
    if ledger::permissions(state, &points, channel, purpose, period)?.iter().any(enough) {
        return Ok(Answer::Lawful);
    }
    let changes = ledger::readdressed(state, subject)?;
    let (mut evidence, mut unknown) = (Vec::new(), false);
    for version in &own {
        for point in &points {
            let Some(change) = arrival(&changes, *point, version) else {
                return Ok(Answer::Lawful);
            };
            unknown |= change.former.is_none();
            evidence.push(change.evidence.clone());
        }
        evidence.push(version.evidence.clone());
    }
    if unknown {
        return Ok(Answer::Undecided);
    }
    Ok(Answer::Unlawful(Violation {
        code: Code::CN_017,
        severity: Code::CN_017.severity(),
        reason: format!(
            "{purpose} sent by {}: the address was changed after the consent, which was given for \
             another one",
            channel.name()
        ),
        evidence,
        purpose: Some(purpose.to_owned()),
        channel: Some(channel),
        column: None,
    }))
}

/// The change with which a contact point took, or may have taken, the place of another one after the yes;
/// `None` when the person had it at the yes already.
fn arrival<'a>(
    changes: &'a [Readdressed],
    point: Reference,
    yes: &Version<PermissionRecord>,
) -> Option<&'a Readdressed> {
    let meant = |it: &Readdressed| it.stamp.time <= yes.stamp.time + TYPING_ERROR_WITHIN;
    let since = changes.iter().filter(|it| it.stamp.place > yes.stamp.place);
    let mut telling = since.filter(|it| it.point == point || it.former == Some(point));
    telling.next().filter(|it| it.point == point && !meant(it))
}
