//! Who else has a contact point, where the pack binds permissions to none: whose record to hold against
//! what somebody says.
//!
//! Kept only for such packs, and only of so many people as are compared: a contact point that more of
//! them have is a placeholder.

use std::collections::BTreeSet;

use super::duplicate::{Conflict, yes_or_no};
use super::{PermissionRecord, SubjectRecord, histories};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::limits::RECORDS_COMPARED;
use crate::model::{Channel, Fault, Reference, Timestamp};

/// Those who have the contact point; empty when it is a placeholder.
pub fn having(state: &State<'_>, point: Reference) -> Result<BTreeSet<Reference>, Fault> {
    let all: BTreeSet<Reference> = state.read(&keys::shared(point))?.unwrap_or_default();
    Ok(if all.len() > RECORDS_COMPARED { BTreeSet::new() } else { all })
}

/// Notes that somebody has contact points, or no longer. What came is compared with what others say.
pub(super) fn note(
    state: &mut State<'_>,
    subject: Reference,
    (before, now): (&BTreeSet<Reference>, &BTreeSet<Reference>),
    time: Timestamp,
) -> Result<Vec<Conflict>, Fault> {
    for point in before.symmetric_difference(now) {
        let key = keys::shared(*point);
        let mut all: BTreeSet<Reference> = state.read(&key)?.unwrap_or_default();
        let changed = match now.contains(point) {
            true => all.len() <= RECORDS_COMPARED && all.insert(subject),
            false => all.remove(&subject),
        };
        match changed {
            true if all.is_empty() => state.remove(key),
            true => state.write(key, &all),
            false => {}
        }
    }
    let mut conflicts = Vec::new();
    for point in now.difference(before) {
        if having(state, *point)?.len() > 1 {
            conflicts.extend(arrived(state, subject, *point, time)?);
        }
    }
    Ok(conflicts)
}

/// What a contact point that came later than the permissions shows.
fn arrived(
    state: &State<'_>,
    subject: Reference,
    point: Reference,
    time: Timestamp,
) -> Result<Vec<Conflict>, Fault> {
    let (from, to) = keys::permissions_of(subject);
    let mut scopes = BTreeSet::new();
    for name in state.keys(&from, &to)? {
        let scope = keys::scope_of_permission(&name);
        scopes.extend(scope.map(|(channel, purpose)| (channel, purpose.to_owned())));
    }
    let mut conflicts = Vec::new();
    for (channel, purpose) in scopes {
        let mut said = BTreeSet::new();
        let scope = keys::permissions(subject, channel, &purpose);
        histories::each::<PermissionRecord>(state, &scope, |history| {
            let last = history.last().and_then(|version| version.says);
            said.extend(last.and_then(|says| says.status).and_then(yes_or_no));
            Ok(())
        })?;
        let conflict = Conflict { holder: point, channel, purpose };
        for says in said {
            if conflict.is_contradicted((subject, says), time, state)? {
                conflicts.push(conflict.clone());
                break;
            }
        }
    }
    Ok(conflicts)
}

/// What somebody says over a channel, if the record of another who has a contact point for it
/// contradicts that.
pub(super) fn contradicted(
    state: &State<'_>,
    (subject, says): (Reference, bool),
    (channel, purpose): (Channel, &str),
    time: Timestamp,
) -> Result<Option<Conflict>, Fault> {
    let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
    let reached = known.contact_points.iter().filter(|it| it.channel.reaches(channel));
    for point in reached.map(|known| known.point).collect::<BTreeSet<_>>() {
        let conflict = Conflict { holder: point, channel, purpose: purpose.to_owned() };
        if conflict.is_contradicted((subject, says), time, state)? {
            return Ok(Some(conflict));
        }
    }
    Ok(None)
}
