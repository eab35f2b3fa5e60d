//! What a series has in its busiest hours: by that it is measured where several add up.
//!
//! The limit is a multiple of the tripwire, and never below three times what the series has had in any hour of
//! the last four to eight weeks, in people; an hour that was an alarm counts as no more than its limit.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Reference, Timestamp};
use crate::policy::Tripwire;

/// What is looked at in one piece.
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// So many times the busiest hour.
const OF_BUSIEST: u64 = 3;

/// Busiest hours are kept by stretches of four weeks: this one and the one before.
const STRETCH: i64 = 28 * 24;

/// Actors of an hour that are named.
const NAMED: usize = 16;

/// What a series has in an hour, and who is at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Usual {
    hour: i64,
    /// Most that the window held in this hour.
    pub most: u64,
    /// Most that it held in an hour of this stretch, and of the one before.
    peaks: [u64; 2],
    /// Who was seen when, the latest last.
    pub actors: Vec<(Reference, Timestamp)>,
}

impl Usual {
    /// Time has passed; hours that have ended are learnt.
    pub fn reach(&mut self, time: Timestamp) {
        let hour = time.0.div_euclid(HOUR.as_micros() as i64);
        if hour <= self.hour {
            return;
        }
        let [now, before] = self.peaks;
        let now = now.max(std::mem::take(&mut self.most));
        self.peaks = match hour.div_euclid(STRETCH) - self.hour.div_euclid(STRETCH) {
            0 => [now, before],
            1 => [0, now],
            _ => [0, 0],
        };
        self.hour = hour;
    }

    /// An actor is seen at it.
    pub fn meet(&mut self, actor: Option<Reference>, time: Timestamp, length: Duration) {
        self.actors.retain(|(other, seen)| Some(*other) != actor && time < *seen + length);
        self.actors.extend(actor.map(|actor| (actor, time)));
        let surplus = self.actors.len().saturating_sub(NAMED);
        self.actors.drain(..surplus);
    }

    /// So many times the tripwire, and no less than what is usual allows.
    pub fn limit(&self, tripwire: &Tripwire, times: u64) -> Tripwire {
        let busiest = self.peaks[0].max(self.peaks[1]);
        let subjects = times.saturating_mul(tripwire.subjects);
        Tripwire { subjects: subjects.max(OF_BUSIEST.saturating_mul(busiest)), ..*tripwire }
    }

    /// When it was looked at last, as a number that grows.
    pub fn last(&self) -> i64 {
        self.hour
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(number: i64) -> Timestamp {
        Timestamp(number * 3_600_000_000)
    }

    #[test]
    fn a_tripwire_that_is_switched_off_stays_so() {
        let never = Tripwire { subjects: u64::MAX, share_per_mille: 0, window: HOUR };
        let usual = Usual { peaks: [u64::MAX, 3], ..Usual::default() };
        assert_eq!(usual.limit(&never, 2).subjects, u64::MAX);
    }

    #[test]
    fn hours_are_forgotten_after_two_stretches() {
        let mut usual = Usual { most: 7, ..Usual::default() };
        usual.reach(hours(5));
        assert_eq!(usual.peaks, [7, 0]);
        usual.reach(hours(STRETCH));
        assert_eq!(usual.peaks, [0, 7]);
        usual.reach(hours(3 * STRETCH));
        assert_eq!(usual.peaks, [0, 0]);
    }
}
