//! How high a score must be so that alarms stay as few as they are allowed to be.
//!
//! A model's probabilities are never true: people do things that no distribution knows. So scores only
//! rank, and the threshold comes from the scores themselves: the peaks over a high level, pooled over all
//! series of a class, follow a generalised Pareto distribution (Pickands 1975; as in SPOT, Siffer et al.
//! 2017), fitted by probability-weighted moments (Hosking and Wallis 1987). The threshold is where so
//! many peaks a week are expected as the class may have alarms.

use serde::{Deserialize, Serialize};

use super::tail::Score;
use crate::model::Hour;

/// Peaks that are kept, and those the distribution is fitted to.
const KEPT: usize = 128;
const FITTED: usize = 64;

/// Fewer say nothing about the tail.
const LEAST_FITTED: usize = 20;

/// Scores below are nothing out of the ordinary: once in a hundred hours of a series.
const BASE: Score = 2_000;

/// The threshold while nothing is known of the tail, and the lowest there is where one alarm a week may be: a
/// few calm weeks say little of what is rare. Ten times as many may be ten times as probable.
const UNKNOWN: Score = 6_000;
const LOWEST: f64 = 4_200.0;
const LOWEST_OF_MANY: f64 = 3_000.0;

/// Days on which the threshold is reached by a series that is loud, and how many of all series are remembered.
const LOUD: usize = 3;
const REACHED: usize = 512;

/// Peaks of one series among those of all.
const OF_ONE: usize = 8;

/// No rate is taken over less.
const LEAST_HOURS: Hour = 48;

/// Peaks are forgotten after eight weeks.
const WEEK: Hour = 7 * 24;
const WEEKS: Hour = 8;

/// The heaviest tail that is believed: a heavier one would never let an alarm through.
const HEAVIEST: f64 = 0.4;

/// The largest score of a series within an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Peak {
    score: Score,
    hour: Hour,
    series: u64,
}

/// The peaks of one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Peaks {
    /// In falling order.
    kept: Vec<Peak>,
}

impl Peaks {
    /// Hours after the first one that was counted before models know enough for peaks to be noted.
    pub const BEGIN: Hour = 5 * 24;

    /// A series has reached a score within an hour.
    pub fn note(&mut self, series: u64, hour: Hour, score: Score) {
        let lower = |peak: &Peak| peak.series == series && peak.hour == hour && peak.score <= score;
        if self
            .kept
            .iter()
            .any(|peak| (peak.series, peak.hour) == (series, hour) && peak.score > score)
        {
            return;
        }
        self.kept.retain(|peak| !lower(peak) && peak.hour > hour.saturating_sub(WEEKS * WEEK));
        let place = self.kept.partition_point(|peak| peak.score >= score);
        self.kept.insert(place, Peak { score, hour, series });
        self.kept.truncate(KEPT);
    }

    /// Scores below are not worth noting.
    pub fn floor(&self) -> Score {
        let lowest = self.kept.last().filter(|_| self.kept.len() == KEPT);
        lowest.map_or(BASE, |peak| peak.score.max(BASE))
    }

    /// The score that is reached so often a week. `since` is when noting began.
    pub fn threshold(&self, per_week: f64, since: Hour, now: Hour) -> Score {
        let hours = now.saturating_sub(since).clamp(LEAST_HOURS, WEEKS * WEEK);
        let weeks = f64::from(hours) / f64::from(WEEK);
        let fitted = FITTED.min(self.kept.len().saturating_sub(1));
        if fitted < LEAST_FITTED {
            let highest = self.kept.first().map_or(0, |peak| peak.score);
            return UNKNOWN.max(highest.min(2 * UNKNOWN));
        }
        let level = f64::from(self.kept[fitted].score);
        let excesses = self.kept[..fitted].iter().map(|peak| f64::from(peak.score) - level);
        let (scale, shape) = fit(excesses, fitted as f64);
        let ratio = (fitted as f64 / weeks / per_week).max(1.0);
        let above = match shape < 1e-3 {
            true => scale * libm::log(ratio),
            false => scale / shape * (libm::pow(ratio, shape) - 1.0),
        };
        (level + above).clamp(lowest(per_week), f64::from(u32::MAX)) as Score
    }
}

/// Series of which the tail is not the whole class's: those that reach the threshold on three days are measured by
/// themselves, and of the others each has its highest few peaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quiet {
    peaks: Peaks,
    /// Who has reached the threshold, on which day.
    reached: Vec<(u64, Hour)>,
}

impl Quiet {
    /// A series has reached a score within an hour, where this is the threshold.
    pub fn note(&mut self, series: u64, hour: Hour, score: Score, threshold: Score) {
        let day = (series, hour.div_euclid(24));
        if score >= threshold && !self.reached.contains(&day) {
            self.reached.retain(|(_, day)| *day > hour.saturating_sub(WEEKS * WEEK).div_euclid(24));
            self.reached.truncate(REACHED - 1);
            self.reached.insert(0, day);
        }
        if self.is_loud(series) {
            self.peaks.kept.retain(|peak| peak.series != series);
            return;
        }
        // What is beyond is told apart by who reaches it again, and not by how far it is.
        self.peaks.note(series, hour, score.min(threshold).min(UNKNOWN));
        let mut own = 0;
        self.peaks.kept.retain(|peak| {
            own += usize::from(peak.series == series);
            peak.series != series || own <= OF_ONE
        });
    }

    /// Whether a series reaches the threshold again and again.
    pub fn is_loud(&self, series: u64) -> bool {
        self.reached.iter().filter(|(reached, _)| *reached == series).count() >= LOUD
    }

    /// The peaks of all others.
    pub fn peaks(&self) -> &Peaks {
        &self.peaks
    }

    /// The score that these reach so often a week, see [`Peaks::threshold`].
    pub fn threshold(&self, per_week: f64, since: Hour, now: Hour) -> Score {
        self.peaks.threshold(per_week, since, now).min(2 * UNKNOWN)
    }
}

/// The lowest threshold where so many alarms a week may be.
fn lowest(per_week: f64) -> f64 {
    (LOWEST - 1_000.0 * libm::log10(per_week.max(1e-3))).max(LOWEST_OF_MANY)
}

/// Scale and shape from the excesses in falling order.
fn fit(excesses: impl Iterator<Item = f64>, count: f64) -> (f64, f64) {
    let (mut mean, mut weighted) = (0.0, 0.0);
    for (rank, excess) in excesses.enumerate() {
        mean += excess / count;
        weighted += excess * (rank as f64 + 0.5) / count / count;
    }
    let mean = mean.max(1.0);
    let denominator = mean - 2.0 * weighted;
    let shape = if denominator > 0.0 { 2.0 - mean / denominator } else { HEAVIEST };
    let shape = shape.clamp(0.0, HEAVIEST);
    (mean * (1.0 - shape), shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peaks of an exponential tail: `count` a week over 2,000 with a scale of 500.
    fn exponential(weeks: Hour, count: u32) -> Peaks {
        let mut peaks = Peaks::default();
        let total = count * weeks as u32;
        for rank in 0..total {
            let share = (f64::from(rank) + 0.5) / f64::from(total);
            let score = 2_000.0 - 500.0 * libm::log(share);
            peaks.note(rank.into(), (rank as Hour * 7919) % (weeks * WEEK), score as Score);
        }
        peaks
    }

    #[test]
    fn the_threshold_is_where_the_tail_has_as_many_peaks_as_are_allowed() {
        for (weeks, count) in [(1, 100), (4, 100), (8, 500)] {
            let peaks = exponential(weeks, count);
            for allowed in [0.5, 2.0] {
                let threshold = peaks.threshold(allowed, 0, weeks * WEEK);
                let expected = 2_000.0 + 500.0 * libm::log(f64::from(count) / allowed);
                let difference = (f64::from(threshold) - expected.max(lowest(allowed))).abs();
                assert!(difference < 300.0, "{weeks} {count} {allowed}: {threshold} {expected}");
            }
        }
    }

    #[test]
    fn one_job_does_not_set_the_threshold_of_all_tables() {
        let (mut quiet, mut all) = (Quiet::default(), Peaks::default());
        for day in 0..56 {
            for hour in 0..3 {
                quiet.note(1, day * 24 + hour, 90_000, UNKNOWN);
                all.note(1, day * 24 + hour, 90_000);
            }
            quiet.note(2 + day as u64 % 20, day * 24, 2_000 + 20 * day as Score, UNKNOWN);
        }
        assert!(quiet.is_loud(1) && !quiet.is_loud(2));
        let now = WEEKS * WEEK;
        assert!(quiet.threshold(0.25, 0, now) < 6_000 && all.threshold(0.25, 0, now) > 80_000);
    }

    #[test]
    fn fewer_alarms_need_higher_scores() {
        let peaks = exponential(4, 100);
        let thresholds: Vec<Score> =
            [10.0, 1.0, 0.1, 0.01].map(|allowed| peaks.threshold(allowed, 0, 4 * WEEK)).into();
        assert!(thresholds.is_sorted() && thresholds[0] < thresholds[3]);
    }

    #[test]
    fn while_little_is_known_only_the_extreme_is_an_alarm() {
        let mut peaks = Peaks::default();
        assert_eq!(peaks.threshold(1.0, 0, WEEK), UNKNOWN);
        peaks.note(1, 1, 9_000);
        assert_eq!(peaks.threshold(1.0, 0, WEEK), 9_000);
    }

    #[test]
    fn an_hour_of_a_series_is_one_peak_and_the_largest_are_kept() {
        let mut peaks = Peaks::default();
        for score in [2_500, 2_900, 2_700] {
            peaks.note(7, 3, score);
        }
        assert_eq!(peaks.kept, [Peak { score: 2_900, hour: 3, series: 7 }]);
        (0..500).for_each(|number| peaks.note(number, 4, 2_000 + number as Score));
        assert_eq!((peaks.kept.len(), peaks.floor()), (KEPT, 2_373));
        peaks.note(1, 4 + WEEKS * WEEK, 2_000);
        assert_eq!((peaks.kept.len(), peaks.floor()), (1, BASE));
    }
}
