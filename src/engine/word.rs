//! What a selector says of a row, or through which record it will be said.

use serde::{Deserialize, Serialize};

use super::keys;
use super::pseudonym::Pseudonymizer;
use super::record::{LookedUp, Record, meaning};
use super::state::State;
use crate::model::{Fault, Reference};
use crate::policy::Selector;

/// What a row says, itself or through a record that has not been seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word<T> {
    /// This.
    Known(T),
    /// What stands in this record.
    In(Reference),
}

/// What there is to know of a word by now.
pub(super) enum Read<T> {
    Known(T),
    /// This record has not come.
    Missing(Reference),
    /// What its record says means nothing.
    Unknown,
}

impl<T: Clone> Word<T> {
    /// What a selector says of a row, or the record that has not been seen and will say it; `None` where nothing
    /// does.
    pub(super) fn of(
        record: &Record<'_>,
        selector: &Selector<T>,
        (state, pseudonyms): (&State<'_>, &Pseudonymizer),
    ) -> Result<Option<Word<T>>, Fault> {
        if let Some(known) = record.select(selector, state, pseudonyms)? {
            return Ok(Some(Word::Known(known)));
        }
        let Some(named) = record.refers_to(selector, pseudonyms) else { return Ok(None) };
        let is_seen = state.read::<LookedUp>(&keys::looked_up(named))?.is_some();
        Ok((!is_seen).then_some(Word::In(named)))
    }

    /// What the selector says of it by now.
    pub(super) fn read(&self, selector: &Selector<T>, state: &State<'_>) -> Result<Read<T>, Fault> {
        let record = match self {
            Word::Known(known) => return Ok(Read::Known(known.clone())),
            Word::In(record) => *record,
        };
        let Some(columns) = state.read::<LookedUp>(&keys::looked_up(record))? else {
            return Ok(Read::Missing(record));
        };
        let Selector::Lookup { field, values, .. } = selector else { return Ok(Read::Unknown) };
        let found = columns.get(field).and_then(|word| meaning(values, word.as_deref()));
        Ok(found.map_or(Read::Unknown, Read::Known))
    }

    /// What is said, as far as that is known by now.
    pub(super) fn as_far_as_known(
        word: Option<&Word<T>>,
        selector: Option<&Selector<T>>,
        state: &State<'_>,
    ) -> Result<Option<T>, Fault> {
        let read = word.zip(selector).map(|(word, selector)| word.read(selector, state));
        Ok(match read.transpose()? {
            Some(Read::Known(known)) => Some(known),
            Some(Read::Missing(_) | Read::Unknown) | None => None,
        })
    }

    /// What the row says itself.
    pub(super) fn known(self) -> Option<T> {
        match self {
            Word::Known(known) => Some(known),
            Word::In(_) => None,
        }
    }

    /// The record that it waits for.
    pub(super) fn awaits(&self) -> Option<Reference> {
        match self {
            Word::Known(_) => None,
            Word::In(record) => Some(*record),
        }
    }
}
