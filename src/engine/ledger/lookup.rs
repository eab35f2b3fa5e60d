//! Questions to the ledger.

use super::deleted::{self, DeletedNos};
use super::{BasisRecord, ErasureRecord, PermissionRecord, Place, Version, histories};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Channel, Fault, Position, Reference, TableName, Timestamp};
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
/// purpose); of those that came within the grace, all. A no whose record was deleted counts as if it stood,
/// until a newer yes.
pub fn permissions(
    state: &State<'_>,
    holders: &[Reference],
    channel: Channel,
    purpose: &str,
    period: Period,
) -> Result<Vec<Version<PermissionRecord>>, Fault> {
    let mut found = Vec::new();
    let mut deleted = DeletedNos::default();
    for &holder in holders {
        for scope in [purpose, ""] {
            let key = keys::permissions(holder, channel, scope);
            let mut versions = Vec::new();
            histories::each::<PermissionRecord>(state, &key, |history| {
                versions.extend(stood(state, history, period)?.cloned());
                let emptied = since_emptied(state, history)?;
                deleted.note(history, (holders, period), emptied, state)?;
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
    found.extend(deleted.binding());
    Ok(found)
}

/// The one that counts of those that stand together: the newest. Of several flags of one row, which
/// are equally new, a no comes first, and then what cannot be read, because it may be a no. That
/// confirmation was asked for outdoes neither a yes nor a no. "Unknown" takes back an older yes of its
/// own table, where it is that record's last word, and nothing else.
fn counting(standing: Vec<Version<PermissionRecord>>) -> Option<Version<PermissionRecord>> {
    use PermissionStatus::{OptedOut, Requested, Unknown};
    let status = |version: &Version<PermissionRecord>| version.says.and_then(|says| says.status);
    let weight = |version: &Version<PermissionRecord>| match status(version) {
        Some(OptedOut) => 2,
        None => 1,
        Some(_) => 0,
    };
    let (resets, telling): (Vec<_>, Vec<_>) =
        standing.into_iter().partition(|version| status(version) == Some(Unknown));
    let is_taken_back = |yes: &Version<PermissionRecord>| {
        let mut own = resets.iter().filter(|it| it.evidence.table == yes.evidence.table);
        weight(yes) == 0 && own.any(|reset| yes.stamp.place < reset.stamp.place)
    };
    let (requests, decided): (Vec<_>, Vec<_>) = telling
        .into_iter()
        .filter(|version| !is_taken_back(version))
        .partition(|version| status(version) == Some(Requested));
    let newest = |versions: Vec<Version<PermissionRecord>>| {
        versions.into_iter().max_by_key(|version| (version.stamp.place, weight(version)))
    };
    newest(decided).or_else(|| newest(requests)).or_else(|| newest(resets))
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
/// deleting the record of a no, or emptying its table, takes nothing back. No yes or no `but` of these changes.
pub fn decisions(
    state: &State<'_>,
    (holder, channel, purpose): (Reference, Channel, &str),
    but: impl Fn(Position) -> bool,
) -> Result<Decisions, Fault> {
    use PermissionStatus::{Requested, Unknown};
    let mut found = Decisions::default();
    let key = keys::permissions(holder, channel, purpose);
    histories::each::<PermissionRecord>(state, &key, |history| {
        let since = since_copied(state, history)?;
        let standing = history.iter().filter(|version| version.stamp.place >= since);
        for (version, says) in standing.filter_map(|version| Some((version, version.says?))) {
            let newest = match says.status {
                Some(Unknown) => continue,
                Some(Requested) => &mut found.requested,
                _ if but(version.evidence.position) => continue,
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
/// next begins, and where its table was emptied or an initial copy has replaced everything before, unless its row
/// came again as it was.
pub(super) fn stood<'h, T>(
    state: &State<'_>,
    history: &'h [Version<T>],
    period: Period,
) -> Result<impl Iterator<Item = &'h Version<T>>, Fault> {
    let emptied = since_emptied(state, history)?;
    let counts = move |index: usize, version: &Version<T>| {
        let begin = version.stamp.place;
        let next = history.get(index + 1).map(|next| next.stamp.place);
        let came_again = version.again.is_some_and(|again| match period {
            Period::Now => again.place >= emptied,
            Period::At { place } => {
                place < emptied || (again.place >= emptied && again.place <= place)
            }
            Period::Grace { to, .. } => again.place >= emptied && again.time <= to,
        });
        let gone = (emptied > begin && !came_again).then_some(emptied);
        let end = next.into_iter().chain(gone).min();
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

/// Since when what the rows of a history's table have recorded is known, also where they were emptied away.
fn since_copied(state: &State<'_>, history: &[Version<PermissionRecord>]) -> Result<Place, Fault> {
    let emptied = since_emptied(state, history)?;
    let Some(oldest) = history.first() else { return Ok(emptied) };
    Ok(deleted::cleared(oldest, emptied, state)?.map_or(emptied, |cleared| cleared.copied))
}

/// Since when the records of the table of a history stand.
fn since_emptied<T>(state: &State<'_>, history: &[Version<T>]) -> Result<Place, Fault> {
    match history.last() {
        Some(newest) => since(state, &newest.evidence.table),
        None => Ok(Place::default()),
    }
}

#[cfg(test)]
mod tests {
    use PermissionStatus::{Confirmed, Given, OptedOut, Requested, Unknown};

    use super::*;
    use crate::engine::ledger::Stamp;
    use crate::model::{Evidence, EvidenceRole, Lsn, Position};

    /// What each word of a table, in this order, comes to.
    fn counts(said: &[(&str, PermissionStatus)]) -> Option<PermissionStatus> {
        let version = |(at, (table, status)): (usize, &(&str, PermissionStatus))| {
            let position = Position { commit: Lsn(at as u64 + 1), ordinal: 1 };
            let table = TableName::new("crm", *table);
            let says = PermissionRecord { status: Some(*status), ..PermissionRecord::default() };
            let place = Place { part: 0, position };
            Version {
                says: Some(says),
                stamp: Stamp { place, ..Stamp::default() },
                evidence: Evidence { role: EvidenceRole::Permission, table, row: None, position },
                again: None,
            }
        };
        let counted = counting(said.iter().enumerate().map(version).collect());
        counted.and_then(|version| version.says).and_then(|says| says.status)
    }

    #[test]
    fn the_newest_yes_or_no_counts_and_a_request_outdoes_neither() {
        assert_eq!(counts(&[("a", OptedOut), ("a", Given)]), Some(Given));
        assert_eq!(counts(&[("a", Given), ("b", OptedOut)]), Some(OptedOut));
        assert_eq!(counts(&[("a", OptedOut), ("a", Requested)]), Some(OptedOut));
        assert_eq!(counts(&[("a", Confirmed), ("b", Requested)]), Some(Confirmed));
        assert_eq!(counts(&[("a", Requested)]), Some(Requested));
    }

    #[test]
    fn unknown_takes_back_a_yes_of_its_own_table_alone() {
        assert_eq!(counts(&[("a", Given), ("a", Unknown)]), Some(Unknown));
        assert_eq!(counts(&[("a", Given), ("b", Unknown)]), Some(Given));
        assert_eq!(counts(&[("a", OptedOut), ("a", Unknown)]), Some(OptedOut));
        assert_eq!(counts(&[("a", Unknown), ("a", Given)]), Some(Given));
        assert_eq!(counts(&[("a", Given), ("b", Given), ("a", Unknown)]), Some(Given));
    }
}
