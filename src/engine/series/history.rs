//! What was learnt from a history, as records for the memory of an engine that begins.

use std::collections::BTreeMap;

use super::actors::{ACTORS, ACTORS_END, Actor};
use super::budget::Budget;
use super::counters::{COUNTERS, COUNTERS_END, Counter};
use super::deeds::Deeds;
use super::shared::Shared;
use crate::engine::state::{State, Writes};
use crate::model::{Fault, Position};

/// Counters, models, what all share, and what tripwires that add up know of busy hours.
const LEARNT: [&[u8]; 9] = [b"sb", b"sc", b"si", b"sm", b"sp", b"sq", b"na", b"6u", b"6b"];

/// The statistics' records of a memory, as for another stream: nothing of it is in progress there, its positions
/// mean something else, and nothing of its budget is spent.
///
/// # Errors
/// `STO-003` when a record cannot be read.
pub fn learnt(memory: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<Writes, Fault> {
    let mut state = State::new(memory);
    let mut shared = Shared::load(&state)?;
    shared.budget = Budget::default();
    shared.store(&mut state);
    for (key, counter) in state.all::<Counter>(COUNTERS, COUNTERS_END)? {
        let (first, deeds) = (Position::default(), Deeds::default());
        state.write(key, &Counter { records: 0, first, deeds, ..counter });
    }
    for (key, actor) in state.all::<Actor>(ACTORS, ACTORS_END)? {
        state.write(key, &actor.elsewhere());
    }
    let is_learnt = |key: &[u8]| LEARNT.iter().any(|prefix| key.starts_with(prefix));
    let kept = memory.iter().filter(|(key, _)| is_learnt(key));
    let mut writes: Writes = kept.map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    writes.extend(state.into_writes());
    Ok(writes)
}

/// Whether a memory has statistics of its own.
///
/// # Errors
/// `STO-003` when a record cannot be read.
pub fn has_learnt(state: &State) -> Result<bool, Fault> {
    Ok(Shared::load(state)?.has_begun())
}
