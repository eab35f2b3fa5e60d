//! Where the histories of rows lie. Those that are asked for together are one record, which is one
//! look into the store: the bases of a data subject beside its contact points, and the permissions
//! of one holder for one purpose. Beyond [`HISTORIES_TOGETHER`] each lies alone under its name, so
//! that no record grows without bound.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{BasisRecord, History, PermissionRecord, SubjectRecord};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::Fault;
use crate::model::limits::HISTORIES_TOGETHER;

/// By what they are called in their record. Only an erasure removes any, and fills up what room there
/// is then with those that lay alone.
pub(super) type Histories<T> = BTreeMap<Vec<u8>, History<T>>;

/// Each with its name.
type Named<T> = Vec<(Vec<u8>, History<T>)>;

/// What rows record, and where it lies.
pub(super) trait Recorded: Serialize + DeserializeOwned + Clone + 'static {
    /// The record in which they lie together.
    type Together: Serialize + DeserializeOwned + Default + Clone + 'static;

    /// The key of that record, and how those are called in it whose names begin like this.
    fn among(name: &[u8]) -> (Vec<u8>, &[u8]);

    /// Those that lie together.
    fn of(record: &Self::Together) -> &Histories<Self>;

    /// Those that lie together, to be changed.
    fn within(record: &mut Self::Together) -> &mut Histories<Self>;
}

impl Recorded for BasisRecord {
    type Together = SubjectRecord;

    fn among(name: &[u8]) -> (Vec<u8>, &[u8]) {
        keys::among_bases(name)
    }

    fn of(record: &SubjectRecord) -> &Histories<Self> {
        &record.bases
    }

    fn within(record: &mut SubjectRecord) -> &mut Histories<Self> {
        &mut record.bases
    }
}

impl Recorded for PermissionRecord {
    type Together = Histories<Self>;

    fn among(name: &[u8]) -> (Vec<u8>, &[u8]) {
        keys::among_permissions(name)
    }

    fn of(record: &Histories<Self>) -> &Histories<Self> {
        record
    }

    fn within(record: &mut Histories<Self>) -> &mut Histories<Self> {
        record
    }
}

/// Visits all whose names begin with a [`keys::bases`] or [`keys::permissions`], in the order of
/// the rows.
pub(super) fn each<T: Recorded>(
    state: &State<'_>,
    scope: &[u8],
    mut visit: impl FnMut(&History<T>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (key, which) = T::among(scope);
    let record = state.share::<T::Together>(&key)?;
    let histories = T::of(&record);
    let begin = (Bound::Included(which), Bound::Unbounded);
    let mut together =
        histories.range::<[u8], _>(begin).take_while(|(name, _)| name.starts_with(which));
    if histories.len() < HISTORIES_TOGETHER {
        return together.try_for_each(|(_, history)| visit(history));
    }
    let row = |name: &[u8]| name[which.len()..].to_vec();
    let mut all: Histories<T> =
        together.map(|(name, history)| (row(name), history.clone())).collect();
    let (from, to) = keys::behind(scope);
    let alone = state.all::<History<T>>(&from, &to)?.into_iter();
    all.extend(alone.map(|(name, history)| (name[scope.len()..].to_vec(), history)));
    all.values().try_for_each(visit)
}

/// All whose names begin like this, by their names.
pub(super) fn named<T: Recorded>(state: &State<'_>, scope: &[u8]) -> Result<Named<T>, Fault> {
    let (key, which) = T::among(scope);
    let record = state.share::<T::Together>(&key)?;
    let histories = T::of(&record);
    let begin = (Bound::Included(which), Bound::Unbounded);
    let together =
        histories.range::<[u8], _>(begin).take_while(|(name, _)| name.starts_with(which));
    let name = |name: &[u8]| [scope, &name[which.len()..]].concat();
    let mut all: Vec<_> = together.map(|(it, history)| (name(it), history.clone())).collect();
    if histories.len() >= HISTORIES_TOGETHER {
        let (from, to) = keys::behind(scope);
        all.extend(state.all::<History<T>>(&from, &to)?);
    }
    Ok(all)
}

/// Visits at most so many whose names begin with `name`, which begins with the `scope`, a
/// [`keys::permissions`]: those that lie together first. Ends when `visit` says so.
pub(super) fn some<T: Recorded>(
    state: &State<'_>,
    (scope, name): (&[u8], &[u8]),
    most: usize,
    mut visit: impl FnMut(&History<T>) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let (key, which) = T::among(name);
    let record = state.share::<T::Together>(&key)?;
    let histories = T::of(&record);
    let begin = (Bound::Included(which), Bound::Unbounded);
    let together = histories.range::<[u8], _>(begin).take_while(|(it, _)| it.starts_with(which));
    let mut left = most;
    for (_, history) in together.take(most) {
        left -= 1;
        if !visit(history)? {
            return Ok(());
        }
    }
    if histories.len() < HISTORIES_TOGETHER {
        return Ok(());
    }
    let (mut from, to) = keys::behind(scope);
    from = from.max(name.to_vec());
    while left > 0 {
        let found = state.first::<History<T>>(&from, &to)?;
        let Some((key, history)) = found.filter(|(key, _)| key.starts_with(name)) else { break };
        if !visit(&history)? {
            break;
        }
        left -= 1;
        from = key;
        from.push(0);
    }
    Ok(())
}

/// The one with a name; empty when there is none yet.
pub(super) fn one<T: Recorded>(state: &State<'_>, name: &[u8]) -> Result<History<T>, Fault> {
    let (key, which) = T::among(name);
    let record = state.share::<T::Together>(&key)?;
    let histories = T::of(&record);
    match histories.get(which) {
        Some(history) => Ok(history.clone()),
        None if histories.len() < HISTORIES_TOGETHER => Ok(History::new()),
        None => Ok(state.read(name)?.unwrap_or_default()),
    }
}

/// Writes the one with a name.
pub(super) fn write<T: Recorded>(
    state: &mut State<'_>,
    name: &[u8],
    history: History<T>,
) -> Result<(), Fault> {
    let (key, which) = T::among(name);
    let mut record = state.own::<T::Together>(&key)?;
    let histories = T::within(&mut record);
    if histories.len() < HISTORIES_TOGETHER || histories.contains_key(which) {
        histories.insert(which.to_vec(), history);
        state.write_shared(key, record);
    } else {
        state.write(name.to_vec(), &history);
    }
    Ok(())
}

/// Gives one another name, when its row has got one.
pub(super) fn rename<T: Recorded>(
    state: &mut State<'_>,
    from: &[u8],
    to: &[u8],
) -> Result<History<T>, Fault> {
    let (key, which) = T::among(from);
    let mut record = state.own::<T::Together>(&key)?;
    let history = match T::within(&mut record).remove(which) {
        Some(history) => {
            state.write_shared(key, record);
            history
        }
        None => {
            let Some(history) = state.read::<History<T>>(from)? else { return Ok(History::new()) };
            state.remove(from.to_vec());
            history
        }
    };
    write(state, to, history.clone())?;
    Ok(history)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ledger::{Stamp, Version};
    use crate::model::{Channel, Evidence, EvidenceRole, Position, Reference, TableName};

    fn history(row: Reference) -> History<BasisRecord> {
        let table = TableName::new("crm", "bases");
        let (role, position) = (EvidenceRole::LawfulBasis, Position::default());
        let evidence = Evidence { role, table, row: Some(row), position };
        vec![Version { says: None, stamp: Stamp::default(), evidence, again: None }]
    }

    #[test]
    fn more_than_lie_together_are_found_in_the_order_of_their_rows() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let someone = Reference([7; 16]);
        let rows: Vec<Reference> = (0..=HISTORIES_TOGETHER as u8 + 9)
            .rev()
            .map(|number| Reference([number; 16]))
            .collect();
        for row in &rows {
            let name = keys::basis(someone, "news", *row);
            assert!(one::<BasisRecord>(&state, &name).unwrap().is_empty());
            write(&mut state, &name, history(*row)).unwrap();
            assert_eq!(one::<BasisRecord>(&state, &name).unwrap(), history(*row));
        }
        let late = Reference([1; 16]);
        write(&mut state, &keys::basis(someone, "survey", late), history(late)).unwrap();
        let found = |purpose| {
            let mut found = Vec::new();
            let visit = |history: &History<BasisRecord>| {
                found.push(history[0].evidence.row.unwrap());
                Ok(())
            };
            each(&state, &keys::bases(someone, purpose), visit).unwrap();
            found
        };
        assert!(found("news").iter().eq(rows.iter().rev()));
        assert_eq!(found("survey"), [late], "no room was left beside those of another purpose");
        assert_eq!(found("newsletter"), []);
        assert_eq!(found("new"), []);
    }

    #[test]
    fn of_many_no_more_are_visited_than_are_asked_for() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let name = |number: usize| {
            let row = Reference([u8::try_from(number).unwrap(); 16]);
            keys::permission(Reference([7; 16]), Channel::Email, "news", row, 0)
        };
        let written = |number: usize| {
            let position = Position { ordinal: number as u64, ..Position::default() };
            let (role, table) = (EvidenceRole::Permission, TableName::new("crm", "consents"));
            let evidence = Evidence { role, table, row: None, position };
            let (stamp, again) = (Stamp::default(), None);
            vec![Version::<PermissionRecord> { says: None, stamp, evidence, again }]
        };
        for number in 0..3 * HISTORIES_TOGETHER {
            write(&mut state, &name(number), written(number)).unwrap();
        }
        let scope = keys::permissions(Reference([7; 16]), Channel::Email, "news");
        let visited = |begin: &[u8], most: usize, last: u64| {
            let mut seen = Vec::new();
            some::<PermissionRecord>(&state, (&scope, begin), most, |history| {
                seen.push(history[0].evidence.position.ordinal);
                Ok(seen.last() != Some(&last))
            })
            .unwrap();
            seen
        };
        for most in [1, HISTORIES_TOGETHER, HISTORIES_TOGETHER + 9, 3 * HISTORIES_TOGETHER] {
            assert_eq!(visited(&scope, most, u64::MAX), (0..most as u64).collect::<Vec<_>>());
        }
        assert_eq!(visited(&scope, 90, 50).len(), 51, "until it is enough");
        let one = name(70);
        assert_eq!(visited(&one[..one.len() - 1], 1, u64::MAX), [70]);
        assert_eq!(visited(&name(5), 1, u64::MAX), [5]);
    }
}
