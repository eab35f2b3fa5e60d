//! A sliding window in stream time.
//!
//! Sliding and not tumbling, because an act that straddles the border of two tumbling windows
//! would show only half of itself in each.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Extent;
use crate::model::Timestamp;

/// A window slides in steps of this part of its length.
const BUCKETS: i64 = 10;

/// What one series of changes touched of late.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window {
    /// In the order of their start; none is older than the window is long.
    buckets: Vec<Bucket>,
    /// All of them together, once that was asked for: adding to it costs less than adding up.
    #[serde(skip)]
    whole: Option<Extent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    start: Timestamp,
    /// Commit time of its first transaction.
    since: Timestamp,
    /// Whether a signal has told of it.
    reported: bool,
    extent: Extent,
}

impl Window {
    /// Adds what one transaction touched.
    ///
    /// Commit times may step back a little; such a transaction counts as of the latest time seen.
    /// When they step back by more than the window, the server's clock was corrected: what is
    /// there is dated anew, so that the window goes on sliding and forgets nothing too early.
    ///
    /// Returns when everything in it will have slid out.
    pub fn add(&mut self, extent: Extent, time: Timestamp, window: Duration) -> Timestamp {
        let length = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
        let width = (length / BUCKETS).max(1);
        let mut start = Timestamp(time.0.saturating_sub(time.0.rem_euclid(width)));
        if let Some(latest) = self.buckets.last().map(|bucket| bucket.start) {
            if latest.microseconds_since(start) > length {
                self.buckets.iter_mut().for_each(|bucket| bucket.start = start);
            } else {
                start = start.max(latest);
            }
        }
        let before = self.buckets.len();
        self.buckets.retain(|bucket| start.microseconds_since(bucket.start) < length);
        self.whole = self.whole.take().filter(|_| self.buckets.len() == before);
        if let Some(whole) = &mut self.whole {
            whole.merge(&extent);
        }
        self.buckets.push(Bucket { start, since: time, reported: false, extent });
        self.join();
        start + window
    }

    /// Time has passed without anything to add.
    pub fn slide(&mut self, time: Timestamp, window: Duration) {
        let length = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
        let before = self.buckets.len();
        self.buckets.retain(|bucket| time.microseconds_since(bucket.start) < length);
        self.whole = self.whole.take().filter(|_| self.buckets.len() == before);
    }

    /// Everything in the window.
    pub fn observed(&mut self) -> Option<&Extent> {
        self.whole = self.whole.take().or_else(|| merged(self.buckets.iter()));
        self.whole.as_ref()
    }

    /// A number that [`Self::observed`] cannot exceed, in data subjects, and that costs nothing.
    pub fn at_most(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, bucket| sum.saturating_add(bucket.extent.records))
    }

    /// How many records no signal has told of yet.
    pub fn untold(&self) -> u64 {
        let fresh = self.buckets.iter().filter(|bucket| !bucket.reported);
        fresh.fold(0, |sum, bucket| sum.saturating_add(bucket.extent.records))
    }

    /// What no signal has told of yet, with the commit time of its first transaction. From now on
    /// it counts as told.
    pub fn report(&mut self) -> Option<(Extent, Timestamp)> {
        let fresh = || self.buckets.iter().filter(|bucket| !bucket.reported);
        let since = fresh().map(|bucket| bucket.since).min()?;
        let extent = merged(fresh())?;
        self.buckets.iter_mut().for_each(|bucket| bucket.reported = true);
        self.join();
        Some((extent, since))
    }

    /// Joins neighbours that differ in nothing that matters, so that their number stays bounded:
    /// by twice [`BUCKETS`].
    fn join(&mut self) {
        self.buckets.dedup_by(|next, bucket| {
            let same = next.start == bucket.start && next.reported == bucket.reported;
            if same {
                bucket.since = bucket.since.min(next.since);
                bucket.extent.merge(&next.extent);
            }
            same
        });
    }
}

fn merged<'a>(mut buckets: impl Iterator<Item = &'a Bucket>) -> Option<Extent> {
    let mut extent = buckets.next()?.extent.clone();
    buckets.for_each(|bucket| extent.merge(&bucket.extent));
    Some(extent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lsn, Position, Reference};

    const LENGTH: Duration = Duration::from_secs(600);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn one(number: u8) -> Extent {
        let mut extent = Extent::from(Position { commit: Lsn(number.into()), ordinal: 1 });
        extent.subjects.insert(Reference([number; 16]));
        extent.records = 1;
        extent
    }

    fn observed(window: &mut Window) -> u64 {
        window.observed().map_or(0, |extent| extent.subjects.count().value)
    }

    #[test]
    fn what_is_older_than_the_window_slides_out() {
        let mut window = Window::default();
        window.add(one(1), at(0), LENGTH);
        window.add(one(2), at(300), LENGTH);
        window.add(one(3), at(599), LENGTH);
        assert_eq!(observed(&mut window), 3);
        window.add(one(4), at(600), LENGTH);
        assert_eq!(observed(&mut window), 3);
        let expires = window.add(one(5), at(5_000), LENGTH);
        assert_eq!(observed(&mut window), 1);
        assert_eq!(expires, at(4_980 + 600));
    }

    #[test]
    fn commit_times_that_step_back_a_little_lose_nothing() {
        let mut window = Window::default();
        window.add(one(1), at(1_000), LENGTH);
        window.add(one(2), at(950), LENGTH);
        window.add(one(3), at(1_010), LENGTH);
        assert_eq!(observed(&mut window), 3);
    }

    #[test]
    fn a_corrected_clock_does_not_stop_the_window_from_sliding() {
        let mut window = Window::default();
        window.add(one(1), at(1_000_000), LENGTH);
        window.add(one(2), at(1_000), LENGTH);
        assert_eq!(observed(&mut window), 2);
        window.add(one(3), at(2_000), LENGTH);
        assert_eq!(observed(&mut window), 1);
    }

    #[test]
    fn what_was_reported_is_observed_but_not_reported_again() {
        let mut window = Window::default();
        window.add(one(1), at(0), LENGTH);
        window.add(one(2), at(120), LENGTH);
        let (extent, since) = window.report().unwrap();
        assert_eq!((extent.records, since), (2, at(0)));
        assert_eq!(window.report(), None);
        window.add(one(3), at(121), LENGTH);
        let (extent, since) = window.report().unwrap();
        assert_eq!((extent.records, since), (1, at(121)));
        assert_eq!(observed(&mut window), 3);
    }

    #[test]
    fn buckets_stay_few() {
        let mut window = Window::default();
        for second in 0..5_000 {
            window.add(one(second as u8), at(second), LENGTH);
            if second % 7 == 0 {
                window.report();
            }
            assert!(window.buckets.len() <= 2 * BUCKETS as usize);
        }
    }

    #[test]
    fn times_at_the_edge_of_the_range_are_no_panic() {
        let mut window = Window::default();
        for time in [i64::MIN, i64::MAX, 0, i64::MIN, i64::MAX] {
            window.add(one(1), Timestamp(time), LENGTH);
            window.add(one(1), Timestamp(time), Duration::ZERO);
            window.add(one(1), Timestamp(time), Duration::MAX);
        }
    }
}
