//! Questions to the ledger.

use super::{BasisRecord, ErasureRecord, PermissionRecord, Place, Version, histories};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Channel, Fault, Reference, TableName, Timestamp};
use crate::policy::PermissionStatus;

/// The time a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Where the log has come to.
    Now,
    /// At a place.
    At {
        /// The place.
        place: Place,
    },
    /// From a change on, to the end of its grace: what stood at any time in between counts, also
    /// when it has ended since.
    Grace {
        /// The change.
        from: Place,
        /// End of the grace.
        to: Timestamp,
    },
}

/// The lawful bases of the data subject for the purpose.
pub fn bases(
    state: &State<'_>,
    subject: Reference,
    purpose: &str,
    period: Period,
) -> Result<Vec<Version<BasisRecord>>, Fault> {
    let mut found = Vec::new();
    histories::each::<BasisRecord>(state, &keys::bases(subject, purpose), |history| {
        found.extend(stood(state, history, period)?.cloned());
        Ok(())
    })?;
    Ok(found)
}

/// The permissions of a message over `channel` for `purpose` to any of `holders` (the contact point
/// it goes to and the data subject).
///
/// Of those that stand, or stood at the change, the one that counts for each scope (holder, channel,
/// purpose); of those that came within the grace, all.
pub fn permissions(
    state: &State<'_>,
    holders: &[Reference],
    channel: Channel,
    purpose: &str,
    period: Period,
) -> Result<Vec<Version<PermissionRecord>>, Fault> {
    let mut found = Vec::new();
    for &holder in holders {
        for scope in [purpose, ""] {
            let key = keys::permissions(holder, channel, scope);
            let mut versions = Vec::new();
            histories::each::<PermissionRecord>(state, &key, |history| {
                versions.extend(stood(state, history, period)?.cloned());
                Ok(())
            })?;
            let is_new = |version: &Version<PermissionRecord>| match period {
                Period::Now | Period::At { .. } => false,
                Period::Grace { from, .. } => from < version.stamp.place,
            };
            let (new, old): (Vec<_>, Vec<_>) = versions.into_iter().partition(is_new);
            found.extend(counting(old));
            found.extend(new);
        }
    }
    Ok(found)
}

/// The one that counts of those that stand together: the newest. Of several flags of one row, which
/// are equally new, a no comes first, and then what cannot be read, because it may be a no. "Unknown"
/// takes back an older yes and no more: it counts for nothing beside a no, nor beside anything that
/// the same change says.
fn counting(standing: Vec<Version<PermissionRecord>>) -> Option<Version<PermissionRecord>> {
    use PermissionStatus::{OptedOut, Unknown};
    let status = |version: &Version<PermissionRecord>| version.says.and_then(|says| says.status);
    let weight = |version: &Version<PermissionRecord>| match status(version) {
        Some(OptedOut) => 2,
        None => 1,
        Some(_) => 0,
    };
    let (unknown, telling): (Vec<_>, Vec<_>) =
        standing.into_iter().partition(|version| status(version) == Some(Unknown));
    let last = telling.into_iter().max_by_key(|version| (version.stamp.place, weight(version)));
    let reset = unknown.into_iter().max_by_key(|version| version.stamp.place);
    match (last, reset) {
        (Some(last), Some(reset)) if weight(&last) == 0 && last.stamp.place < reset.stamp.place => {
            Some(reset)
        }
        (last, reset) => last.or(reset),
    }
}

/// What was decided so far about a permission, whichever row recorded it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The newest record of a yes, of a no, or of a word that the pack does not know.
    pub last: Option<Version<PermissionRecord>>,
    /// The newest record that confirmation was asked for.
    pub requested: Option<Version<PermissionRecord>>,
}

/// The decisions of a holder for a channel and purpose; also those of rows that are gone, because
/// deleting the record of a no takes nothing back.
pub fn decisions(
    state: &State<'_>,
    holder: Reference,
    channel: Channel,
    purpose: &str,
) -> Result<Decisions, Fault> {
    use PermissionStatus::{Requested, Unknown};
    let mut found = Decisions::default();
    let key = keys::permissions(holder, channel, purpose);
    histories::each::<PermissionRecord>(state, &key, |history| {
        let emptied = emptied(state, history)?;
        let standing = history.iter().filter(|version| version.stamp.place >= emptied);
        for (version, says) in standing.filter_map(|version| Some((version, version.says?))) {
            let newest = match says.status {
                Some(Unknown) => continue,
                Some(Requested) => &mut found.requested,
                _ => &mut found.last,
            };
            let place = version.stamp.place;
            if newest.as_ref().is_none_or(|newest| newest.stamp.place < place) {
                *newest = Some(version.clone());
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Whether anybody was ever erased: as long as nobody was, nobody returns.
pub fn is_anybody_erased(state: &State<'_>) -> Result<bool, Fault> {
    Ok(state.recall::<bool>(keys::ERASED)?.unwrap_or_default())
}

/// The erasure of a data subject or contact point.
pub fn erasure(state: &State<'_>, reference: Reference) -> Result<Option<ErasureRecord>, Fault> {
    state.read(&keys::erased(reference))
}

/// Since when the records of a table stand: what was written before was emptied away, or an initial
/// copy has replaced it.
pub fn since(state: &State<'_>, table: &TableName) -> Result<Place, Fault> {
    let mut since = Place::default();
    for key in [keys::COPIED.to_vec(), keys::emptied(table)] {
        since = since.max(state.recall::<Place>(&key)?.unwrap_or_default());
    }
    Ok(since)
}

/// The versions of a history that stood in the period and said something. A version ends where the
/// next begins, and where its table was emptied or an initial copy has replaced everything before.
pub(super) fn stood<'h, T>(
    state: &State<'_>,
    history: &'h [Version<T>],
    period: Period,
) -> Result<impl Iterator<Item = &'h Version<T>>, Fault> {
    let emptied = emptied(state, history)?;
    let counts = move |index: usize, version: &Version<T>| {
        let begin = version.stamp.place;
        let next = history.get(index + 1).map(|next| next.stamp.place);
        let end = next.into_iter().chain((emptied > begin).then_some(emptied)).min();
        match period {
            Period::Now => end.is_none(),
            Period::At { place } => begin <= place && end.is_none_or(|end| end > place),
            Period::Grace { from, to } => {
                version.stamp.time <= to && end.is_none_or(|end| end > from)
            }
        }
    };
    let versions = history.iter().enumerate();
    let stood = versions.filter(move |(index, version)| counts(*index, version));
    Ok(stood.map(|(_, version)| version).filter(|version| version.says.is_some()))
}

/// Since when the records of the table of a history stand.
fn emptied<T>(state: &State<'_>, history: &[Version<T>]) -> Result<Place, Fault> {
    match history.last() {
        Some(newest) => since(state, &newest.evidence.table),
        None => Ok(Place::default()),
    }
}
