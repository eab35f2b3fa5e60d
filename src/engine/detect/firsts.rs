//! What has come to an object once so far.
//!
//! Telephone numbers and addresses are corrected all day long, nearly each to one that nobody else has. A window
//! of its own for each, with its place in the index of windows, was most of what a change cost. So the first row
//! to an object opens none. It is noted on one of a fixed number of pages, which a batch reads and writes once
//! however many rows it notes there, and goes into the window together with the second.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Extent;
use super::windows::Series;
use crate::engine::state::{self, State};
use crate::model::{Fault, Timestamp, limits};

const PAGES: &[u8] = b"6f";

/// Rows noted on a page, of which there are 256: as many in all as there may be windows.
const NOTES: usize = limits::WINDOWS as usize / 256;

/// What was noted of one object. A page is read whole for the sake of one of its notes, so that these stay bytes
/// until they are needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// [`Series::name`].
    series: Bytes,
    time: Timestamp,
    /// An [`Extent`]; `None` once it is in the window.
    first: Option<Bytes>,
}

/// In the order in which they came.
type Page = Vec<Note>;

/// How a row stands to those before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// There is none.
    First,
    /// There is one, which is in no window yet.
    Second(Box<Extent>, Timestamp),
    /// They are in the window.
    Further,
}

/// The pages that this batch has read.
#[derive(Debug, Default)]
pub(super) struct Firsts {
    pages: BTreeMap<u8, Page>,
    forgotten: u64,
}

impl Firsts {
    /// Notes a row, unless there was one within the length of the window.
    pub fn meet(
        &mut self,
        state: &State,
        series: &Series,
        (extent, time): (&Extent, Timestamp),
        length: Duration,
    ) -> Result<Met, Fault> {
        // A keyed hash: any of its bytes spreads objects evenly.
        let number = series.object.map_or(0, |object| object.0[0]);
        let page = match self.pages.entry(number) {
            Entry::Occupied(page) => page.into_mut(),
            Entry::Vacant(new) => new.insert(state.read(&key(number))?.unwrap_or_default()),
        };
        let is_over = |note: &Note| note.time + length <= time;
        let over = page.iter().take_while(|note| is_over(note)).count();
        page.drain(..over);
        let series = Bytes::from(series.name());
        let known = page.iter().position(|note| note.series == series);
        let before = known.map(|place| page.remove(place)).filter(|note| !is_over(note));
        let is_first = before.is_none() && extent.records == 1;
        let first = is_first.then(|| Bytes::from(state::encode(extent)));
        page.push(Note { series, time, first });
        if page.len() > NOTES {
            self.forgotten += u64::from(page.remove(0).first.is_some());
        }
        Ok(match before {
            None if is_first => Met::First,
            Some(Note { first: Some(extent), time, .. }) => {
                Met::Second(Box::new(state::decode(&extent)?), time)
            }
            _ => Met::Further,
        })
    }

    /// First rows that made room for others before their window was over, in this batch.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Writes them back.
    pub fn store(self, state: &mut State) {
        for (number, page) in self.pages {
            state.write(key(number), &page);
        }
    }
}

fn key(number: u8) -> Vec<u8> {
    [PAGES, &[number]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Detector;
    use crate::engine::detect::trial::{apply, person};
    use crate::model::{Lsn, Position, TableName};

    const LENGTH: Duration = Duration::from_secs(600);

    fn meet(firsts: &mut Firsts, state: &State, object: u32, seconds: i64) -> Met {
        let series = Series {
            detector: Detector::ContactPoint,
            table: TableName::new("crm", "contacts"),
            actor: None,
            object: Some(person(object)),
            together: false,
        };
        let time = Timestamp(seconds * 1_000_000);
        firsts.meet(state, &series, (&row(seconds), time), LENGTH).unwrap()
    }

    fn row(seconds: i64) -> Extent {
        let position = Position { commit: Lsn(seconds as u64), ordinal: 1 };
        Extent { records: 1, ..Extent::from(position) }
    }

    fn second(seconds: i64) -> Met {
        Met::Second(Box::new(row(seconds)), Timestamp(seconds * 1_000_000))
    }

    #[test]
    fn the_second_row_brings_the_first_along_and_further_ones_nothing() {
        let view = BTreeMap::new();
        let (mut firsts, state) = (Firsts::default(), State::new(&view));
        assert_eq!(meet(&mut firsts, &state, 1, 10), Met::First);
        assert_eq!(meet(&mut firsts, &state, 2, 15), Met::First);
        assert_eq!(meet(&mut firsts, &state, 1, 20), second(10));
        assert_eq!(meet(&mut firsts, &state, 1, 30), Met::Further);
    }

    #[test]
    fn what_the_window_would_have_forgotten_is_no_first_row() {
        let view = BTreeMap::new();
        let (mut firsts, state) = (Firsts::default(), State::new(&view));
        assert_eq!(meet(&mut firsts, &state, 1, 10), Met::First);
        assert_eq!(meet(&mut firsts, &state, 1, 610), Met::First);
        assert_eq!(meet(&mut firsts, &state, 1, 700), second(610));
    }

    #[test]
    fn batches_change_nothing() {
        let mut view = BTreeMap::new();
        let told = |view: &mut BTreeMap<Vec<u8>, Vec<u8>>, object, seconds| {
            let (mut firsts, mut state) = (Firsts::default(), State::new(view));
            let met = meet(&mut firsts, &state, object, seconds);
            firsts.store(&mut state);
            let writes = state.into_writes();
            apply(view, writes);
            met
        };
        assert_eq!(told(&mut view, 1, 10), Met::First);
        assert_eq!(told(&mut view, 1, 20), second(10));
        assert_eq!(told(&mut view, 1, 30), Met::Further);
    }

    #[test]
    fn a_page_has_an_end_and_what_is_forgotten_is_counted() {
        let view = BTreeMap::new();
        let (mut firsts, state) = (Firsts::default(), State::new(&view));
        let most = 256 * NOTES as u32;
        (0..4 * most).for_each(|object| drop(meet(&mut firsts, &state, object, 10)));
        assert!(firsts.pages.values().all(|page| page.len() <= NOTES));
        let kept: usize = firsts.pages.values().map(Vec::len).sum();
        assert_eq!(firsts.forgotten() + kept as u64, u64::from(4 * most));
    }
}
