//! What a row that is deleted had to itself, as a time that runs: a job or a synchronisation may write the very row
//! anew in the transaction that has deleted it, and then it goes on. It is kept apart until the transaction is over.
//!
//! *Not so*: a row that was deleted in an earlier transaction, which may be anybody's by now.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::assess::Circumstances;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::Place;
use crate::model::{Fault, Lsn};

/// What is kept apart, and where the row was deleted.
#[derive(Serialize, Deserialize)]
struct Aside<T> {
    place: Place,
    what: T,
}

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 12;

impl Deciding<'_> {
    /// The row goes, and this was its own.
    pub(super) fn set_aside<T: Serialize>(
        &mut self,
        key: Vec<u8>,
        what: T,
        change: &Circumstances,
    ) {
        let place = change.stamp.place;
        let mut due = keys::due(change.stamp.time, place.position, LANE);
        due.extend_from_slice(&key);
        self.expect(due, &Due::Over(key.clone()));
        self.state.write(keys::ASIDE.to_vec(), &place.transaction());
        self.state.write(key, &Aside { place, what });
    }

    /// What was its own, where the transaction has deleted the row that comes.
    pub(super) fn take_back<T: DeserializeOwned>(
        &mut self,
        key: Vec<u8>,
        change: &Circumstances,
    ) -> Result<Option<T>, Fault> {
        let here = change.stamp.place.transaction();
        // Few transactions delete what they insert, and this look costs nothing.
        if self.state.recall::<(u32, Lsn)>(keys::ASIDE)? != Some(here) {
            return Ok(None);
        }
        let Some(Aside { place, what }) = self.state.read::<Aside<T>>(&key)? else {
            return Ok(None);
        };
        self.state.remove(key);
        Ok((place.transaction() == here).then_some(what))
    }
}
