//! The counter of each series: small, because it is read and written with every transaction that
//! touches the series, while the model is looked at once an hour.
//!
//! Their number is bounded. An index by the day of last use finds the series that has been quiet for
//! longest; when even that one is in use, a new series is counted together with all others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::deeds::Deeds;
use super::habit::or_empty;
use super::name::Series;
use super::people::People;
use crate::engine::state::State;
use crate::model::{Fault, Hour, Position, Reference, Timestamp, limits};

pub(super) const COUNTERS: &[u8] = b"sc";
pub(super) const COUNTERS_END: &[u8] = b"sd";
const MODELS: &[u8] = b"sm";
const INDEX: &[u8] = b"si";
const INDEX_END: &[u8] = b"sj";

const DAY: Hour = 24;

/// What became of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Told {
    /// Nothing unusual.
    #[default]
    Nothing,
    /// An alarm that was not told: shadow, or over the budget.
    Withheld,
    /// An alarm.
    Alarm,
}

/// The hour of a series that is in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counter {
    /// When the series was first seen.
    pub born: Hour,
    /// The hour.
    pub hour: Hour,
    /// Whom it was about so far.
    pub people: People,
    /// How many those are.
    pub number: u64,
    /// Rows so far.
    pub records: u64,
    /// Fewer are not worth a look.
    pub bar: u64,
    /// First change.
    pub first: Position,
    /// Commit time of that.
    pub since: Timestamp,
    /// What became of it.
    pub told: Told,
    /// Whether the actor was in an open incident: then it is not learnt.
    pub involved: bool,
    /// Of a table: who was at it, up to [`CROWD`].
    #[serde(deserialize_with = "or_empty")]
    pub actors: Vec<Reference>,
    /// Whether many were changed at once.
    #[serde(deserialize_with = "or_empty")]
    pub batch: bool,
    /// What was touched so far.
    #[serde(deserialize_with = "or_empty")]
    pub deeds: Deeds,
    /// Whether there was an alarm in the hour before.
    #[serde(deserialize_with = "or_empty")]
    pub follows: bool,
}

/// More actors of an hour are not told apart.
pub(super) const CROWD: usize = 64;

impl Counter {
    /// An hour begins.
    pub fn new(born: Hour, hour: Hour, bar: u64, since: Timestamp) -> Self {
        Counter {
            born,
            hour,
            people: People::default(),
            number: 0,
            records: 0,
            bar,
            first: Position::default(),
            since,
            told: Told::Nothing,
            involved: false,
            actors: Vec::new(),
            batch: false,
            deeds: Deeds::default(),
            follows: false,
        }
    }

    /// These were at it.
    pub fn meet(&mut self, actors: &[Reference]) {
        for actor in actors {
            if let Err(place) = self.actors.binary_search(actor)
                && self.actors.len() < CROWD
            {
                self.actors.insert(place, *actor);
            }
        }
    }
}

/// The counters that this batch has used, and how many there are altogether.
#[derive(Debug, Default)]
pub(super) struct Counters {
    held: BTreeMap<Series, Counter>,
    number: u64,
    evicted: u64,
}

impl Counters {
    /// So many there were.
    pub fn new(number: u64) -> Self {
        Counters { number, ..Counters::default() }
    }

    /// How many there are.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Series that were given up, or found no room, in this batch.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The counter of a series, to be held again; `None` of one that is new.
    pub fn take(&mut self, state: &State, series: &Series) -> Result<Option<Counter>, Fault> {
        match self.held.remove(series) {
            Some(counter) => Ok(Some(counter)),
            None => state.read(&series.key(COUNTERS)),
        }
    }

    /// What a series has had in this hour.
    pub fn number_in(&self, state: &State, series: &Series, hour: Hour) -> Result<u64, Fault> {
        let number = |counter: &Counter| if counter.hour == hour { counter.number } else { 0 };
        match self.held.get(series) {
            Some(counter) => Ok(number(counter)),
            None => Ok(state.read(&series.key(COUNTERS))?.as_ref().map_or(0, number)),
        }
    }

    /// Whether there was an alarm of a series within this hour, as far as this batch has seen it.
    pub fn has_told(&self, series: &Series, hour: Hour) -> bool {
        let counter = self.held.get(series).filter(|counter| counter.hour == hour);
        counter.is_some_and(|counter| counter.told == Told::Alarm)
    }

    /// When a series began that this batch has used.
    pub fn born(&self, series: &Series) -> Option<Hour> {
        self.held.get(series).map(|counter| counter.born)
    }

    /// Keeps a counter until the end of the batch.
    pub fn hold(&mut self, series: Series, counter: Counter) {
        self.held.insert(series, counter);
    }

    /// Changes a counter that this batch has used.
    pub fn mark(&mut self, series: &Series, told: Told) {
        if let Some(counter) = self.held.get_mut(series) {
            counter.told = told;
        }
    }

    /// Makes room for a new series; without any, says which one it is counted with.
    pub fn admit(
        &mut self,
        state: &mut State,
        series: Series,
        hour: Hour,
    ) -> Result<Series, Fault> {
        if matches!(series, Series::Other { .. }) {
            return Ok(series);
        }
        if self.number >= limits::SERIES && !self.evict(state, hour)? {
            self.evicted += 1;
            return Ok(Series::Other { class: series.class() });
        }
        self.number += 1;
        state.write(index_key(hour, &series), &(hour, &series));
        Ok(series)
    }

    /// A series is used on another day than before.
    pub fn list(&self, state: &mut State, series: &Series, before: Hour, hour: Hour) {
        if before.div_euclid(DAY) != hour.div_euclid(DAY) && !matches!(series, Series::Other { .. })
        {
            state.remove(index_key(before, series));
            state.write(index_key(hour, series), &(hour, series));
        }
    }

    /// Writes them back.
    pub fn store(self, state: &mut State) {
        for (series, counter) in &self.held {
            state.write(series.key(COUNTERS), counter);
        }
    }

    /// Gives up the series that has been quiet for longest; false when all are in use.
    fn evict(&mut self, state: &mut State, hour: Hour) -> Result<bool, Fault> {
        let first = state.first::<(Hour, Series)>(INDEX, INDEX_END)?;
        let Some((key, (used, series))) = first else { return Ok(false) };
        if hour.saturating_sub(used) < limits::SERIES_QUIET_DAYS * DAY {
            return Ok(false);
        }
        // What a batch holds must not matter: another one may begin right here.
        self.held.remove(&series);
        state.remove(key);
        state.remove(series.key(COUNTERS));
        state.remove(model_key(&series));
        self.number = self.number.saturating_sub(1);
        self.evicted += 1;
        Ok(true)
    }
}

/// Where the model of a series lies.
pub(super) fn model_key(series: &Series) -> Vec<u8> {
    series.key(MODELS)
}

fn index_key(hour: Hour, series: &Series) -> Vec<u8> {
    let day = hour.div_euclid(DAY).wrapping_sub(i32::MIN) as u32;
    series.key(&[INDEX, &day.to_be_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::trial::{apply, person};
    use crate::model::{OperationKind, TableName};

    fn series(number: u32) -> Series {
        let table = TableName::new("crm", "contacts");
        Series::Actor { actor: person(number), table, operation: OperationKind::Update }
    }

    fn use_one(counters: &mut Counters, state: &mut State, series: Series, hour: Hour) -> Series {
        if let Some(counter) = counters.take(state, &series).unwrap() {
            counters.list(state, &series, counter.hour, hour);
            counters.hold(series.clone(), Counter { hour, ..counter });
            return series;
        }
        let series = counters.admit(state, series, hour).unwrap();
        let counter = Counter::new(hour, hour, 1, Timestamp(0));
        counters.hold(series.clone(), counter);
        series
    }

    #[test]
    fn the_number_of_series_is_bounded_and_whoever_is_in_use_stays() {
        let mut store = BTreeMap::new();
        let mut state = State::new(&store);
        let mut counters = Counters::default();
        let limit = limits::SERIES as u32;
        (0..limit).for_each(|number| drop(use_one(&mut counters, &mut state, series(number), -50)));
        let refused = use_one(&mut counters, &mut state, series(limit), 3);
        assert!(matches!(refused, Series::Other { .. }), "all are in use");
        assert_eq!(counters.evicted(), 1);
        counters.store(&mut state);
        let writes = state.into_writes();
        apply(&mut store, writes);

        let mut state = State::new(&store);
        let mut counters = Counters::new(limits::SERIES);
        let later = limits::SERIES_QUIET_DAYS * DAY + 1;
        use_one(&mut counters, &mut state, series(0), later);
        for number in limit..limit + 3 {
            assert_eq!(use_one(&mut counters, &mut state, series(number), later), series(number));
        }
        assert_eq!((counters.evicted(), counters.number()), (3, limits::SERIES));
        assert!(counters.take(&state, &series(0)).unwrap().is_some(), "it was used today");
        counters.store(&mut state);
        let kept = state.all::<Counter>(COUNTERS, b"sd").unwrap().len();
        let listed = state.keys(INDEX, INDEX_END).unwrap().len();
        // One of the counters is that of the others, and one was taken out above.
        assert_eq!((kept, listed), (limits::SERIES as usize + 1, limits::SERIES as usize));
    }
}
