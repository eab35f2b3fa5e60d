//! The windows of all series, bounded in number.
//!
//! A window lives in the engine's state under its series and is held in memory from its first use
//! in a batch to the batch's end. An index by expiry time finds those that have emptied, and the
//! quietest one when room must be made.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Extent;
use super::detector::{Detector, POOLS};
use super::window::Window;
use crate::engine::state::State;
use crate::model::{Fault, Reference, TableName, Timestamp, limits};

const WINDOWS: &[u8] = b"detect/window/";
const EXPIRY: &[u8] = b"detect/expiry/";
const CENSUS: &[u8] = b"detect/windows";

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

/// The windows that this batch has used, and how many there are altogether.
#[derive(Debug)]
pub(super) struct Windows {
    held: BTreeMap<Series, Held>,
    /// By pool.
    census: [u64; POOLS],
    evicted: u64,
}

impl Windows {
    pub fn load(state: &State) -> Result<Self, Fault> {
        let census = state.read(CENSUS)?.unwrap_or([0; POOLS]);
        Ok(Windows { held: BTreeMap::new(), census, evicted: 0 })
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
        let pool = usize::from(series.pool());
        let listed = before.as_ref().map(|held| held.expires);
        let mut window = before.map(|held| held.window).unwrap_or_default();
        let expires = window.add(extent, time, length);
        if listed != Some(expires) {
            if let Some(listed) = listed {
                self.census[pool] = self.census[pool].saturating_sub(1);
                state.remove(expiry_key(listed, &series));
            }
            self.make_room(state, series.pool(), time)?;
            self.census[pool] += 1;
            state.write(expiry_key(expires, &series), &(expires, &series));
        }
        let held = self.held.entry(series).or_insert(Held { window, expires });
        Ok(&mut held.window)
    }

    /// Writes them back.
    pub fn store(&self, state: &mut State) {
        for (series, held) in &self.held {
            state.write(window_key(series), held);
        }
        if !self.held.is_empty() {
            state.write(CENSUS.to_vec(), &self.census);
        }
    }

    /// Removes every window that has emptied by `now`, and the quietest ones while there is no
    /// room for another.
    fn make_room(&mut self, state: &mut State, pool: u8, now: Timestamp) -> Result<(), Fault> {
        let (from, to) = ([EXPIRY, &[pool]].concat(), [EXPIRY, &[pool + 1]].concat());
        loop {
            let first = state.first::<(Timestamp, Series)>(&from, &to)?;
            let Some((key, (expires, series))) = first else { return Ok(()) };
            let in_use = expires > now;
            let census = &mut self.census[usize::from(pool)];
            if in_use && *census < limits::WINDOWS {
                return Ok(());
            }
            state.remove(key);
            state.remove(window_key(&series));
            self.held.remove(&series);
            *census = census.saturating_sub(1);
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
    use super::*;
    use crate::engine::detect::trial::person;
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
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let mut windows = Windows::load(&state).unwrap();
        (0..5).for_each(|actor| add(&mut windows, &mut state, actor, 0));
        windows.store(&mut state);
        assert_eq!(stored(&state), (5, 5));
        let mut later = Windows::load(&state).unwrap();
        add(&mut later, &mut state, 9, 600);
        later.store(&mut state);
        assert_eq!(stored(&state), (1, 1));
        assert_eq!((later.census, later.evicted()), ([1, 0, 0], 0));
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
}
