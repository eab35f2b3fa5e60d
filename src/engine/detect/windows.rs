//! The windows of all series, bounded in number.
//!
//! A window lives in the engine's state under its series and is held in memory from its first use
//! in a batch to the batch's end. An index by expiry time finds those that have emptied, and the
//! quietest one when room must be made.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::detector::{Detector, POOLS};
use super::window::Window;
use super::{Extent, everywhere};
use crate::engine::state::State;
use crate::model::{Fault, Reference, TableName, Timestamp, limits};

const WINDOWS: &[u8] = b"detect/window/";
const EXPIRY: &[u8] = b"detect/expiry/";
const CENSUS: &[u8] = b"detect/windows";

/// In place of the names of a table: no name in PostgreSQL has this byte.
const NOWHERE: &str = "\0";

/// In place of a table: all of them.
pub(super) fn nowhere() -> TableName {
    TableName::new(NOWHERE, NOWHERE)
}

/// What one window is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Series {
    pub detector: Detector,
    pub table: TableName,
    pub actor: Option<Reference>,
    /// To whom or what it all went, such as a new owner.
    pub object: Option<Reference>,
    /// Whether it is what all actors do ([`joint`](super::joint)).
    pub together: bool,
}

impl Series {
    /// As bytes.
    pub fn name(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("records of the engine serialise")
    }

    /// The same in all tables together ([`everywhere`]).
    pub fn everywhere(&self) -> Series {
        Series { detector: self.detector.kind(), table: nowhere(), ..self.clone() }
    }

    fn is_everywhere(&self) -> bool {
        &*self.table.name == NOWHERE
    }

    fn pool(&self) -> u8 {
        self.detector.pool(self.object.is_some())
    }
}

/// A window with the time under which the index lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    window: Window,
    expires: Timestamp,
}

/// All windows of one pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pool {
    /// How many there are.
    windows: u64,
    /// None is listed before it. What was given up leaves traces in a store on disk, which looking
    /// from the beginning would step over.
    listed_from: Vec<u8>,
}

/// The windows that this batch has used, and how many there are altogether.
#[derive(Debug)]
pub(super) struct Windows {
    held: BTreeMap<Series, Held>,
    pools: [Pool; POOLS],
    /// From where to look among those that this batch has not touched, by pool.
    untouched_from: [Vec<u8>; POOLS],
    /// Those that this batch has listed, by key: new ones come in no order, so that the first of
    /// them would be looked for behind those that were given up.
    listed: [BTreeMap<Vec<u8>, (Timestamp, Series)>; POOLS],
    evicted: u64,
}

impl Windows {
    pub fn load(state: &State) -> Result<Self, Fault> {
        let pools: [Pool; POOLS] = state.read(CENSUS)?.unwrap_or_default();
        let untouched_from = pools.each_ref().map(|pool| pool.listed_from.clone());
        let (held, listed) = (BTreeMap::new(), Default::default());
        Ok(Windows { held, pools, untouched_from, listed, evicted: 0 })
    }

    /// Windows given up while they were still in use, in this batch.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Adds what one transaction touched to the window of its series, and returns the window.
    pub fn add(
        &mut self,
        state: &mut State,
        series: Series,
        extent: Extent,
        time: Timestamp,
        length: Duration,
    ) -> Result<&mut Window, Fault> {
        let before = match self.held.remove(&series) {
            Some(held) => Some(held),
            None => state.read::<Held>(&window_key(&series))?,
        };
        let listed = before.as_ref().map(|held| held.expires);
        let mut window = before.map(|held| held.window).unwrap_or_default();
        let expires = window.add(extent, time, length);
        if listed != Some(expires) {
            let number = usize::from(series.pool());
            if let Some(listed) = listed {
                let key = expiry_key(listed, &series);
                self.pools[number].windows = self.pools[number].windows.saturating_sub(1);
                self.listed[number].remove(&key);
                state.remove(key);
            }
            self.make_room(state, series.pool(), time)?;
            let pool = &mut self.pools[number];
            pool.windows += 1;
            let key = expiry_key(expires, &series);
            if key < pool.listed_from {
                pool.listed_from.clone_from(&key);
            }
            state.write(key.clone(), &(expires, &series));
            self.listed[number].insert(key, (expires, series.clone()));
        }
        let held = self.held.entry(series).or_insert(Held { window, expires });
        Ok(&mut held.window)
    }

    /// What no signal has told of yet in the window of a series, if there is one ([`Window::report`]).
    pub fn report(
        &mut self,
        state: &State,
        series: Series,
        time: Timestamp,
        length: Duration,
    ) -> Result<Option<(Extent, Timestamp)>, Fault> {
        if !self.held.contains_key(&series) {
            let Some(held) = state.read::<Held>(&window_key(&series))? else { return Ok(None) };
            self.held.insert(series.clone(), held);
        }
        let held = self.held.get_mut(&series);
        Ok(held.and_then(|held| {
            held.window.slide(time, length);
            held.window.report()
        }))
    }

    /// Everything in a window that was just added to.
    pub fn whole(&mut self, series: &Series) -> Option<Extent> {
        self.held.get_mut(series)?.window.observed().cloned()
    }

    /// Writes them back.
    pub fn store(&self, state: &mut State) {
        for (series, held) in &self.held {
            state.write(window_key(series), held);
        }
        if !self.held.is_empty() {
            state.write(CENSUS.to_vec(), &self.pools);
        }
    }

    /// Removes every window that has emptied by `now`, and the quietest ones while there is no
    /// room for another.
    fn make_room(&mut self, state: &mut State, number: u8, now: Timestamp) -> Result<(), Fault> {
        let end = [EXPIRY, &[number + 1]].concat();
        // No name of a series begins with this byte.
        let emptied = [EXPIRY, &[number], &now.sortable(), &[u8::MAX]].concat();
        let index = usize::from(number);
        let from = self.untouched_from[index].clone().max([EXPIRY, &[number]].concat());
        let (pool, listed) = (&mut self.pools[index], &mut self.listed[index]);
        loop {
            if pool.windows < limits::WINDOWS && pool.listed_from > emptied {
                return Ok(());
            }
            let untouched = state.first_untouched::<(Timestamp, Series)>(&from, &end)?;
            let touched = listed.iter().next().map(|(key, record)| (key.clone(), record.clone()));
            let Some((key, (expires, series))) = untouched.into_iter().chain(touched).min() else {
                pool.listed_from = end;
                return Ok(());
            };
            pool.listed_from.clone_from(&key);
            let in_use = expires > now;
            if in_use && pool.windows < limits::WINDOWS {
                return Ok(());
            }
            listed.remove(&key);
            state.remove(key);
            state.remove(window_key(&series));
            self.held.remove(&series);
            if series.is_everywhere() {
                state.remove(everywhere::key(&series));
            }
            pool.windows = pool.windows.saturating_sub(1);
            self.evicted += u64::from(in_use);
        }
    }
}

fn window_key(series: &Series) -> Vec<u8> {
    [WINDOWS, &series.name()].concat()
}

fn expiry_key(expires: Timestamp, series: &Series) -> Vec<u8> {
    [EXPIRY, &[series.pool()], &expires.sortable(), &series.name()].concat()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::engine::detect::trial::{apply, person};
    use crate::engine::state::{Entry, View};
    use crate::model::{Lsn, Position};

    const LENGTH: Duration = Duration::from_secs(600);

    fn add(windows: &mut Windows, state: &mut State, actor: u32, seconds: i64) {
        let series = Series {
            detector: Detector::MassChange,
            table: TableName::new("crm", "contacts"),
            actor: Some(person(actor)),
            object: None,
            together: false,
        };
        let extent = Extent::from(Position { commit: Lsn(1), ordinal: 1 });
        windows.add(state, series, extent, Timestamp(seconds * 1_000_000), LENGTH).unwrap();
    }

    fn stored(state: &State) -> (usize, usize) {
        let windows = state.all::<Held>(WINDOWS, b"detect/window0").unwrap().len();
        let listed = state.all::<(Timestamp, Series)>(EXPIRY, b"detect/expiry0").unwrap().len();
        (windows, listed)
    }

    #[test]
    fn windows_that_have_emptied_are_removed_without_being_counted_as_evicted() {
        let mut view = BTreeMap::new();
        let mut state = State::new(&view);
        let mut windows = Windows::load(&state).unwrap();
        (0..5).for_each(|actor| add(&mut windows, &mut state, actor, 0));
        windows.store(&mut state);
        assert_eq!(stored(&state), (5, 5));
        let writes = state.into_writes();
        apply(&mut view, writes);
        let mut state = State::new(&view);
        let mut later = Windows::load(&state).unwrap();
        add(&mut later, &mut state, 9, 600);
        later.store(&mut state);
        assert_eq!(stored(&state), (1, 1));
        assert_eq!((later.pools.each_ref().map(|it| it.windows), later.evicted()), ([1, 0, 0], 0));
    }

    #[test]
    fn the_number_of_windows_is_bounded_and_evictions_are_counted() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let mut windows = Windows::load(&state).unwrap();
        for actor in 0..limits::WINDOWS as u32 + 3 {
            add(&mut windows, &mut state, actor, i64::from(actor) / 100);
        }
        windows.store(&mut state);
        let limit = limits::WINDOWS as usize;
        assert_eq!(stored(&state), (limit, limit));
        assert_eq!(windows.evicted(), 3);
    }

    #[test]
    fn a_window_that_is_listed_before_all_others_is_found_though_it_came_later() {
        let mut view = BTreeMap::new();
        let mut state = State::new(&view);
        let mut windows = Windows::load(&state).unwrap();
        add(&mut windows, &mut state, 0, 10_000);
        add(&mut windows, &mut state, 1, 20_000);
        // The server's clock was set back.
        add(&mut windows, &mut state, 2, 5_000);
        windows.store(&mut state);
        assert_eq!(stored(&state), (2, 2), "the first has emptied");
        let writes = state.into_writes();
        apply(&mut view, writes);
        let mut state = State::new(&view);
        let mut later = Windows::load(&state).unwrap();
        add(&mut later, &mut state, 3, 6_000);
        later.store(&mut state);
        assert_eq!(stored(&state), (2, 2), "and so has the third");
    }

    /// Counts how often it is looked through.
    struct Counting(BTreeMap<Vec<u8>, Vec<u8>>, Cell<usize>);

    impl View for Counting {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
            View::get(&self.0, key)
        }

        fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Entry>, Fault> {
            self.1.set(self.1.get() + 1);
            self.0.scan(from, to, limit)
        }
    }

    #[test]
    fn giving_up_windows_does_not_step_over_those_given_up_before() {
        let mut view = Counting(BTreeMap::new(), Cell::new(0));
        let limit = limits::WINDOWS as u32;
        for from in [0, limit] {
            let mut state = State::new(&view);
            let mut windows = Windows::load(&state).unwrap();
            (from..from + limit).for_each(|actor| add(&mut windows, &mut state, actor, 0));
            windows.store(&mut state);
            let writes = state.into_writes();
            let most = limits::WINDOWS as usize / 8;
            assert!(view.1.get() < most, "{} looks", view.1.get());
            apply(&mut view.0, writes);
        }
    }
}
