//! Where the histories of rows lie. Those of one data subject or holder for one purpose are asked
//! for together, so they are one record, which is one look into the store; beyond
//! [`HISTORIES_TOGETHER`] each lies alone behind it, so that no record grows without bound.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::History;
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::Fault;
use crate::model::limits::HISTORIES_TOGETHER;

/// By the part of the name that says which it is. None is ever removed.
type Histories<T> = BTreeMap<Vec<u8>, History<T>>;

/// All under a key of [`keys::bases`] or [`keys::permissions`], in the order of the rows.
pub(super) fn all<T: DeserializeOwned>(
    state: &State<'_>,
    key: &[u8],
) -> Result<impl Iterator<Item = History<T>> + use<T>, Fault> {
    let mut histories = together(state, key)?;
    if histories.len() >= HISTORIES_TOGETHER {
        let (from, to) = keys::behind(key);
        let alone = state.all(&from, &to)?.into_iter();
        histories.extend(alone.map(|(name, history)| (name[key.len()..].to_vec(), history)));
    }
    Ok(histories.into_values())
}

/// The one with a name; empty when there is none yet.
pub(super) fn one<T: DeserializeOwned>(
    state: &State<'_>,
    name: &[u8],
) -> Result<History<T>, Fault> {
    let (key, which) = keys::among(name);
    let mut histories = together(state, key)?;
    match histories.remove(which) {
        Some(history) => Ok(history),
        None if histories.len() < HISTORIES_TOGETHER => Ok(History::new()),
        None => Ok(state.read(name)?.unwrap_or_default()),
    }
}

/// Writes the one with a name.
pub(super) fn write<T: Serialize + DeserializeOwned>(
    state: &mut State<'_>,
    name: &[u8],
    history: History<T>,
) -> Result<(), Fault> {
    let (key, which) = keys::among(name);
    let mut histories = together(state, key)?;
    if histories.len() < HISTORIES_TOGETHER || histories.contains_key(which) {
        histories.insert(which.to_vec(), history);
        state.write(key.to_vec(), &histories);
    } else {
        state.write(name.to_vec(), &history);
    }
    Ok(())
}

fn together<T: DeserializeOwned>(state: &State<'_>, key: &[u8]) -> Result<Histories<T>, Fault> {
    Ok(state.read(key)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ledger::{BasisRecord, Stamp, Version};
    use crate::model::{Evidence, EvidenceRole, Position, Reference, TableName};

    fn history(row: Reference) -> History<BasisRecord> {
        let table = TableName::new("crm", "bases");
        let (role, position) = (EvidenceRole::LawfulBasis, Position::default());
        let evidence = Evidence { role, table, row: Some(row), position };
        vec![Version { says: None, stamp: Stamp::default(), evidence }]
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
        let found = all::<BasisRecord>(&state, &keys::bases(someone, "news")).unwrap();
        let found: Vec<_> = found.map(|history| history[0].evidence.row.unwrap()).collect();
        assert!(found.iter().eq(rows.iter().rev()));
        let other = keys::bases(someone, "newsletter");
        assert_eq!(all::<BasisRecord>(&state, &other).unwrap().count(), 0);
    }
}
