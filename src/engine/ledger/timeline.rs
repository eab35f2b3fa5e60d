//! What is on record of one person or contact point, in the order in which it was recorded.

use super::histories::{Histories, Recorded};
use super::lookup::{Period, stood};
use super::{BasisRecord, History, PermissionRecord, Place, SubjectRecord, Version};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Channel, Evidence, Fault, Reference, Timestamp};
use crate::policy::{LawfulBasis, PermissionStatus};

/// One thing that a row has recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The person, or a contact point of theirs.
    pub holder: Reference,
    /// For which purpose; empty for every purpose.
    pub purpose: String,
    /// What it says.
    pub says: Says,
    /// End of its validity.
    pub valid_until: Option<Timestamp>,
    /// When it was recorded, in stream time.
    pub recorded: Timestamp,
    /// Whether it stands: its row says nothing newer, and its table has not been emptied since. Of
    /// several that stand for one channel and purpose, the newest counts.
    pub stands: bool,
    /// The row and the position that prove it.
    pub evidence: Evidence,
    place: Place,
}

/// What a statement says; `None` is a word that the pack does not know, or an end that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A lawful basis.
    Basis(Option<LawfulBasis>),
    /// That a lawful basis was withdrawn, deleted or moved to somebody else.
    BasisEnded,
    /// A permission over a channel.
    Permission(Channel, Option<PermissionStatus>),
    /// That the record of a permission was deleted or moved to somebody else.
    PermissionEnded(Channel),
}

/// All that is on record of a person: lawful bases, and permissions of the person and of every contact
/// point. Of a contact point, its permissions.
pub fn timeline(state: &State<'_>, whom: Reference) -> Result<Vec<Statement>, Fault> {
    let mut found = Vec::new();
    let known = state.share::<SubjectRecord>(&keys::subject(whom))?;
    let mut bases: Vec<(Vec<u8>, History<BasisRecord>)> =
        known.bases.iter().map(|(name, history)| (name.clone(), history.clone())).collect();
    let all = keys::bases_of(whom);
    let (from, to) = keys::behind(&all);
    let alone = state.all::<History<BasisRecord>>(&from, &to)?.into_iter();
    bases.extend(alone.map(|(name, history)| (name[all.len()..].to_vec(), history)));
    for (name, history) in bases {
        let said = |version: &Version<BasisRecord>| match version.says {
            Some(says) => (Says::Basis(says.basis), says.valid_until),
            None => (Says::BasisEnded, None),
        };
        tell(state, (whom, until_zero(&name)), &history, said, &mut found)?;
    }
    let points = known.contact_points.iter().map(|known| known.point);
    let mut holders: Vec<Reference> = points.chain([whom]).collect();
    holders.sort_unstable();
    holders.dedup();
    holders.iter().try_for_each(|holder| permissions(state, *holder, &mut found))?;
    found.sort_by_key(|statement| (statement.place, statement.holder));
    Ok(found)
}

fn permissions(
    state: &State<'_>,
    holder: Reference,
    found: &mut Vec<Statement>,
) -> Result<(), Fault> {
    let (from, to) = keys::permissions_of(holder);
    for name in state.keys(&from, &to)? {
        let (_, which) = PermissionRecord::among(&name);
        let histories: Vec<History<PermissionRecord>> = match which.is_empty() {
            true => state.read::<Histories<_>>(&name)?.unwrap_or_default().into_values().collect(),
            false => state.read(&name)?.into_iter().collect(),
        };
        // Behind the holder stand the channel and the purpose.
        let scope = &name[1 + size_of::<Reference>()..];
        let channel = Channel::ALL.into_iter().find(|it| Some(&(*it as u8)) == scope.first());
        let Some(channel) = channel else { continue };
        let said = |version: &Version<PermissionRecord>| match version.says {
            Some(says) => (Says::Permission(channel, says.status), says.valid_until),
            None => (Says::PermissionEnded(channel), None),
        };
        for history in &histories {
            tell(state, (holder, until_zero(&scope[1..])), history, said, found)?;
        }
    }
    Ok(())
}

/// The purpose with which a name begins.
fn until_zero(name: &[u8]) -> String {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    String::from_utf8_lossy(&name[..end]).into_owned()
}

fn tell<T>(
    state: &State<'_>,
    (holder, purpose): (Reference, String),
    history: &[Version<T>],
    said: impl Fn(&Version<T>) -> (Says, Option<Timestamp>),
    found: &mut Vec<Statement>,
) -> Result<(), Fault> {
    let standing = stood(state, history, Period::Now)?.map(|version| version.stamp.place).max();
    for version in history {
        let (says, valid_until) = said(version);
        found.push(Statement {
            holder,
            purpose: purpose.clone(),
            says,
            valid_until,
            recorded: version.stamp.time,
            stands: Some(version.stamp.place) == standing,
            evidence: version.evidence.clone(),
            place: version.stamp.place,
        });
    }
    Ok(())
}
