//! Other detectors on the same streams: rows by the hour of each account and deed, scored by an
//! hour-of-week mean and deviation, an exponentially weighted one, and the bands of
//! grafana/promql-anomaly-detection. Each gets the threshold, chosen afterwards, at which it raises as
//! many false alarms as it may; ours gets what it finds out for itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::attack::{SCENARIOS, Scenario};
use crate::fleet::{self, DAY, Fleet, HOUR, WEEK};
use crate::log::Work;
use crate::support::dice::Dice;

/// One account and deed.
type Series = (String, u8);

/// Rows by hour since the first Monday.
type Counts = BTreeMap<Series, BTreeMap<i64, f64>>;

/// How improbable an hour is for a method; what came before is in the counts.
pub type Method = fn(&BTreeMap<i64, f64>, i64) -> f64;

pub const METHODS: [(&str, Method); 4] = [
    ("hour-of-week z-score", hour_of_week),
    ("exponentially weighted average", weighted),
    ("promql-anomaly-detection, adaptive, without its filter", adaptive),
    ("promql-anomaly-detection, adaptive", filtered),
];

fn at(counts: &BTreeMap<i64, f64>, hour: i64) -> f64 {
    counts.get(&hour).copied().unwrap_or(0.0)
}

fn spread(values: &[f64]) -> (f64, f64) {
    let number = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / number;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / number;
    (mean, libm::sqrt(variance))
}

fn hour_of_week(counts: &BTreeMap<i64, f64>, hour: i64) -> f64 {
    let weeks = (1..=hour / 168).map(|week| at(counts, hour - 168 * week));
    let (mean, deviation) = spread(&weeks.collect::<Vec<_>>());
    (at(counts, hour) - mean) / deviation.max(1.0)
}

fn weighted(counts: &BTreeMap<i64, f64>, hour: i64) -> f64 {
    let (mut mean, mut variance) = (0.0, 0.0);
    for earlier in (hour - 168).max(0)..hour {
        let difference = at(counts, earlier) - mean;
        mean += 0.1 * difference;
        variance = 0.9 * (variance + 0.1 * difference * difference);
    }
    (at(counts, hour) - mean) / libm::sqrt(variance).max(1.0)
}

/// Two deviations around the mean of 26 hours, or half as much again as the day and the week before,
/// whichever band is higher; how far beyond it the hour is. Without the filter that would leave out
/// everybody who does less than five in a minute.
fn adaptive(counts: &BTreeMap<i64, f64>, hour: i64) -> f64 {
    let last: Vec<f64> = (1..=26).map(|back| at(counts, hour - back)).collect();
    let (mean, deviation) = spread(&last);
    let around = |centre: i64| {
        let hours = [centre - 1, centre, centre + 1].map(|hour| at(counts, hour));
        1.5 * hours.iter().sum::<f64>() / 3.0
    };
    let band = (mean + 2.0 * deviation).max(around(hour - 24)).max(around(hour - 168));
    at(counts, hour) / (band + 1.0)
}

/// As [`adaptive`], with the filter that it is published with: nothing below five in a minute.
fn filtered(counts: &BTreeMap<i64, f64>, hour: i64) -> f64 {
    if at(counts, hour) < 300.0 { 0.0 } else { adaptive(counts, hour) }
}

fn add(counts: &mut Counts, work: &[Work]) {
    for work in work.iter().filter(|work| work.time >= 0) {
        let series = counts.entry((work.actor.clone(), work.deed as u8)).or_default();
        *series.entry(work.time / HOUR).or_default() += work.rows as f64;
    }
}

/// A seed's weeks.
pub struct Past {
    counts: Counts,
    seed: u64,
    warm_up: i64,
    weeks: i64,
}

impl Past {
    pub fn new(seed: u64, warm_up: i64, weeks: i64) -> Past {
        let mut counts = Counts::new();
        add(&mut counts, &fleet::long_ago());
        let fleet = Fleet::new(seed);
        (0..warm_up + weeks).for_each(|week| add(&mut counts, &fleet.week(week)));
        Past { counts, seed, warm_up, weeks }
    }

    /// The scores of the benign weeks, by account and hour.
    fn benign(&self, method: Method) -> BTreeMap<(String, i64), f64> {
        let mut scores = BTreeMap::new();
        for ((actor, _), counts) in &self.counts {
            let hours = counts.keys().filter(|hour| **hour >= self.warm_up * 168);
            for hour in hours {
                let score = method(counts, *hour);
                let best = scores.entry((actor.clone(), *hour)).or_insert(score);
                *best = score.max(*best);
            }
        }
        scores
    }

    /// The best score of a scenario's accounts in its hours.
    fn attacked(&self, method: Method, scenario: &Scenario) -> f64 {
        let start = (self.warm_up + self.weeks) * WEEK;
        let mut attack = (scenario.work)(&mut Dice::new(self.seed));
        attack.iter_mut().for_each(|work| work.time += start);
        let mut counts = self.counts.clone();
        let mut monday = Fleet::new(self.seed).week(self.warm_up + self.weeks);
        monday.retain(|work| work.time < start + DAY);
        add(&mut counts, &monday);
        add(&mut counts, &attack);
        let hours: BTreeSet<(Series, i64)> = attack
            .iter()
            .map(|work| ((work.actor.clone(), work.deed as u8), work.time / HOUR))
            .collect();
        let scores = hours.iter().map(|(series, hour)| method(&counts[series], *hour));
        scores.fold(f64::MIN, f64::max)
    }
}

/// Alarms at a threshold: hours in a row of one account are one.
fn alarms(scores: &BTreeMap<(String, i64), f64>, threshold: f64) -> usize {
    let high: Vec<&(String, i64)> =
        scores.iter().filter(|(_, score)| **score >= threshold).map(|(key, _)| key).collect();
    let goes_on = |pair: &&[&(String, i64)]| pair[0].0 == pair[1].0 && pair[1].1 - pair[0].1 <= 1;
    high.len() - high.windows(2).filter(goes_on).count()
}

/// The lowest threshold with at most so many false alarms in all benign weeks of all seeds.
fn threshold(pasts: &[Past], method: Method, most: usize) -> (f64, usize) {
    let scores: Vec<_> = pasts.iter().map(|past| past.benign(method)).collect();
    let mut all: Vec<f64> = scores.iter().flat_map(|scores| scores.values().copied()).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    let count = |threshold: f64| scores.iter().map(|it| alarms(it, threshold)).sum::<usize>();
    let mut chosen = (f64::MAX, 0);
    for threshold in all.into_iter().rev() {
        let number = count(threshold);
        if number > most {
            break;
        }
        chosen = (threshold, number);
    }
    chosen
}

/// For each scenario, in how many of the seeds a method finds it; and its false alarms.
pub fn recall(pasts: &[Past], method: Method, most: usize) -> (Vec<usize>, usize) {
    let (threshold, number) = threshold(pasts, method, most);
    let found = |scenario: &Scenario| {
        pasts.iter().filter(|past| past.attacked(method, scenario) >= threshold).count()
    };
    (SCENARIOS.iter().map(found).collect(), number)
}
