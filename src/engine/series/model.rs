//! What one series usually does: a profile of hours of the day, one of weekdays, a level, a dispersion.
//!
//! `expected rows = level × share of the hour × factor of the weekday`. Twenty-four and seven numbers
//! learn in days what a table of 168 hours of the week learns in months. Everything decays by the day
//! of the stream, so that what a series did half a year ago says little; the level follows faster than
//! the profile. What does not come apart like that, such as a job on Sundays at four, is known by the same
//! hour of the last weeks. A count far above what was ever learnt is learnt as no more than that (winsorised).

use serde::{Deserialize, Serialize};

use super::expected::{Crowd, Expected};
use super::habit::{Habit, or_empty};
use super::month;
use super::shared::FirstWeek;
use crate::model::{Hour, Slot, TimeZone, limits};

/// Decay by the day: a half-life of four weeks for the profile, of ten days for the level.
const PROFILE: f32 = 0.975_55;
const LEVEL: f32 = 0.933;

/// Days for which an hour is taken to be like every hour, and weeks for which a weekday is taken to be
/// like every day, before anything was seen.
const HOUR_PRIOR: f32 = 0.5;
const WEEKDAY_PRIOR: f32 = 0.25;

/// Dispersion before anything was seen, and the hours for which that counts.
const DISPERSION: f32 = 1.0;
const DISPERSION_PRIOR: f32 = 24.0;

/// Quiet hours are looked at one by one for so long; what is longer only lets the profile decay.
const GAP_HOURS: Hour = 14 * 24;

/// After so many hours of silence it begins anew.
const FORGOTTEN: Hour = limits::DORMANT_HOURS;

/// The latest buckets that are remembered, and the largest of those before them, for about as long as the same day of
/// earlier months counts.
const HISTORY: usize = 192;
const LARGEST: usize = 64;
const REMEMBERED: Hour = 100 * 24;

/// Weeks back to which the same hour of the week counts by itself.
const SAME_SLOTS: usize = 4;

/// Counts around the mean of their hour scatter at most so many times as much as those of all hours that are not
/// empty.
const MORE_SCATTERED: f64 = 2.0;

/// Twice as many actors as ever in an hour and so many more are no news by themselves, in hours that have this
/// part of what an average hour has.
const NEW_PEOPLE: f64 = 5.0;
const WORKING_HOURS: f64 = 0.5;

/// Several people have some of their busy hours at the same time.
const AS_ONE: f64 = 0.05;

/// Below this chance of being seen at all, an hour is known by the same day of earlier months, too.
const RARE: f64 = 0.2;

/// A count is learnt as at most so many standard deviations above the expected one.
const WINSOR: f64 = 6.0;

/// Expected rows are never fewer.
const LEAST: f64 = 0.002;

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    /// The local day in progress.
    day: i32,
    /// The first hour that was not looked at.
    until: Hour,
    hours: [f32; 24],
    weekdays: [f32; 7],
    weekdays_seen: [f32; 7],
    days: f32,
    today: f32,
    recent: f32,
    recent_days: f32,
    /// Σ ((rows - μ)² - μ) and Σ μ²: their ratio is the dispersion.
    excess: f32,
    squares: f32,
    /// The largest count that was learnt, decaying.
    peak: f32,
    /// The latest buckets that were not empty.
    history: Vec<(Hour, u32)>,
    /// When there is anything at all.
    #[serde(deserialize_with = "or_empty")]
    habit: Habit,
    /// Of a table: what each of its actors has in an hour that is not empty.
    #[serde(deserialize_with = "or_empty")]
    pub peers: FirstWeek,
    /// And the most of them in one hour, decaying.
    #[serde(deserialize_with = "or_empty")]
    crowd: f32,
}

impl Model {
    /// Nothing was seen before this hour.
    pub fn new(hour: Hour, zone: &TimeZone) -> Self {
        Model {
            day: zone.slot(hour).day,
            until: hour,
            hours: [0.0; 24],
            weekdays: [0.0; 7],
            weekdays_seen: [0.0; 7],
            days: 0.0,
            today: 0.0,
            recent: 0.0,
            recent_days: 0.0,
            excess: 0.0,
            squares: 0.0,
            peak: 0.0,
            history: Vec::new(),
            habit: Habit::default(),
            peers: FirstWeek::default(),
            crowd: 0.0,
        }
    }

    /// Whether it has seen enough days to say something, and anything on them that is not forgotten.
    pub fn knows(&self) -> bool {
        self.days >= 4.0 && self.peak >= 0.5
    }

    /// All hours up to this one were empty.
    pub fn pass(&mut self, hour: Hour, zone: &TimeZone) {
        if hour.saturating_sub(self.until) > FORGOTTEN {
            let (history, peers) = (std::mem::take(&mut self.history), self.peers);
            *self = Model { history, peers, ..Model::new(hour, zone) };
            return;
        }
        for quiet in self.until.max(hour.saturating_sub(GAP_HOURS))..hour {
            let slot = zone.slot(quiet);
            self.begin(slot.day);
            if self.knows() {
                let mean = self.expected(slot).mean as f32;
                self.scatter(mean * mean - mean, mean);
            }
        }
        self.begin(zone.slot(hour).day);
        self.until = self.until.max(hour);
    }

    /// The hour had so many rows. `learnt` is false when it is not to become usual.
    pub fn close(&mut self, hour: Hour, rows: u64, learnt: bool, zone: &TimeZone) {
        self.pass(hour, zone);
        self.until = hour + 1;
        if self.history.len() == HISTORY + LARGEST {
            self.history.remove(self.least_of_the_past(hour));
        }
        self.history.push((hour, u32::try_from(rows).unwrap_or(u32::MAX)));
        if learnt {
            self.learn(zone.slot(hour), rows as f32);
        }
    }

    /// Which bucket is forgotten: the first when it is too long ago, or the smallest of those before the latest.
    fn least_of_the_past(&self, now: Hour) -> usize {
        let past = &self.history[..=LARGEST];
        let long_ago = past[0].0 < now.saturating_sub(REMEMBERED);
        let least = (0..past.len()).min_by_key(|place| past[*place].1);
        least.filter(|_| !long_ago).unwrap_or(0)
    }

    fn learn(&mut self, slot: Slot, rows: f32) {
        let mut rows = rows;
        if self.knows() {
            let Expected { mean, dispersion, .. } = self.expected(slot);
            let deviation = libm::sqrt(mean + dispersion * mean * mean);
            rows = rows.min(((mean + WINSOR * deviation) as f32).max(self.peak));
            let mean = mean as f32;
            self.scatter((rows - mean) * (rows - mean) - mean, mean);
        }
        self.peak = self.peak.max(rows);
        self.hours[usize::from(slot.hour)] += rows;
        self.today += rows;
        self.habit.learn(slot, rows);
    }

    fn scatter(&mut self, excess: f32, mean: f32) {
        self.excess += excess;
        self.squares += mean * mean;
    }

    /// What is usual of an hour: by the profile, or by the same hour of the last weeks or months where that is
    /// more.
    pub fn expected_at(&self, hour: Hour, zone: &TimeZone) -> Expected {
        let slot = zone.slot(hour);
        let mut expected = self.expected(slot);
        let mut past = self.same_slots(hour);
        past.truncate(SAME_SLOTS);
        let sum: f64 = past.iter().copied().map(f64::from).sum();
        expected.mean = expected.mean.max(sum / past.len().max(1) as f64);
        let rare = expected.work.is_none_or(|work| work.chance < RARE);
        if (rare || month::is_edge(slot.day))
            && let Some(monthly) = self.same_days(hour, slot.day)
        {
            expected.mean = expected.mean.max(monthly);
            if let Some(work) = &mut expected.work {
                work.mean = work.mean.max(monthly);
            }
        }
        expected
    }

    /// What the profile says of this time.
    fn expected(&self, slot: Slot) -> Expected {
        let hourly = self.daily() / 24.0;
        let mean = self.level() * self.hour_share(slot.hour) * self.weekday_factor(slot.weekday());
        let prior = DISPERSION_PRIOR * hourly * hourly;
        let scatter = (self.excess + DISPERSION * prior) / (self.squares + prior).max(1e-9);
        let work = self.habit.expected(slot, self.days, &self.weekdays_seen);
        // What was learnt while the profile was still wrong looks like bursts.
        let most = (MORE_SCATTERED * work.dispersion).max(0.05);
        Expected {
            mean: f64::from(mean).max(LEAST),
            dispersion: f64::from(scatter.clamp(0.05, 20.0)).min(most),
            work: Some(work),
            crowd: None,
        }
    }

    /// So many actors were there in an hour.
    pub fn meet(&mut self, actors: usize) {
        self.crowd = self.crowd.max(actors as f32);
    }

    /// Whether anybody who was there was named.
    pub fn is_named(&self) -> bool {
        self.crowd >= 0.5
    }

    /// What so many actors usually do; `None` when it is news that there are so many at this time.
    pub fn crowd(&self, actors: usize, slot: Slot, new: Expected) -> Option<Crowd> {
        let usual = f64::from(self.crowd) * 2.0 + NEW_PEOPLE;
        let number = actors as f64;
        if actors < 2 || number > usual || self.relative(slot) < WORKING_HOURS {
            return None;
        }
        let Expected { mean, dispersion, .. } = self.peers.expected(new);
        Some(Crowd { mean: number * mean, dispersion: dispersion / number + AS_ONE })
    }

    /// How probable it is that there is anything at this time: a job that does much at once leaves little of the
    /// average to the hours in which people work.
    pub fn is_worked(&self, slot: Slot) -> f64 {
        self.habit.expected(slot, self.days, &self.weekdays_seen).chance
    }

    /// How busy this time is beside the average hour.
    pub fn relative(&self, slot: Slot) -> f64 {
        let share = self.hour_share(slot.hour) * self.weekday_factor(slot.weekday());
        f64::from(24.0 * share)
    }

    /// Rows of the same hour of the week in the past, the latest first, as far as they are remembered.
    pub fn same_slots(&self, hour: Hour) -> Vec<u32> {
        let latest = &self.history[self.history.len().saturating_sub(HISTORY)..];
        let Some(&(first, _)) = latest.first() else { return Vec::new() };
        let weeks = (1..=8).map(|week| hour - 7 * 24 * week).take_while(|past| *past >= first);
        let rows = |past: Hour| latest.iter().find(|(hour, _)| *hour == past);
        weeks.map(|past| rows(past).map_or(0, |(_, rows)| *rows)).collect()
    }

    /// The most that there was at about this hour on the same day of earlier months, on average over those that
    /// had any.
    pub fn same_days(&self, hour: Hour, day: i32) -> Option<f64> {
        let (&(first, _), _) = self.history.split_first()?;
        let rows = |past: Hour| {
            let place = self.history.binary_search_by_key(&past, |(hour, _)| *hour).ok()?;
            Some(self.history[place].1)
        };
        let about = |alike: i32| {
            let past = hour.saturating_sub(day.saturating_sub(alike).saturating_mul(24));
            (past - 1..=past + 1).filter(|past| *past >= first).filter_map(rows).max()
        };
        let months = month::alike(day);
        let most: Vec<u32> =
            months.filter_map(|days| days.into_iter().flatten().filter_map(about).max()).collect();
        let sum: f64 = most.iter().copied().map(f64::from).sum();
        (!most.is_empty()).then(|| sum / most.len() as f64)
    }

    /// Days pass: what has ended is summed up and everything decays.
    fn begin(&mut self, day: i32) {
        while self.day < day {
            let weekday = Slot { day: self.day, hour: 0 }.weekday();
            let factor = self.weekday_factor(weekday);
            self.recent = self.recent * LEVEL + self.today;
            self.recent_days = self.recent_days * LEVEL + factor;
            let decaying = [&mut self.days, &mut self.excess, &mut self.squares];
            let decaying = decaying.into_iter().chain([&mut self.peak, &mut self.crowd]);
            let sums = self.hours.iter_mut().chain(&mut self.weekdays);
            let sums = sums.chain(&mut self.weekdays_seen).chain(decaying);
            sums.for_each(|sum| *sum *= PROFILE);
            self.habit.end(weekday, PROFILE);
            self.weekdays[weekday] += self.today;
            self.weekdays_seen[weekday] += 1.0;
            self.days += 1.0;
            self.today = 0.0;
            self.day += 1;
        }
    }

    /// Rows of an average day, in the long run.
    fn daily(&self) -> f32 {
        self.weekdays.iter().sum::<f32>() / self.days.max(1.0)
    }

    /// Rows of an average day, half of it as of lately.
    fn level(&self) -> f32 {
        (self.recent / self.recent_days.max(0.1) + self.daily()) / 2.0
    }

    fn hour_share(&self, hour: u8) -> f32 {
        let sum = self.hours.iter().sum::<f32>().max(1e-6);
        let seen = self.days * self.hours[usize::from(hour)] / sum;
        (seen + HOUR_PRIOR / 24.0) / (self.days + HOUR_PRIOR)
    }

    fn weekday_factor(&self, weekday: usize) -> f32 {
        let daily = self.daily();
        let seen = if daily > 0.0 { self.weekdays[weekday] / daily } else { 0.0 };
        (seen + WEEKDAY_PRIOR) / (self.weekdays_seen[weekday] + WEEKDAY_PRIOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const MONDAY: Hour = 4 * 24;

    /// Four weeks of somebody who changes so many rows an hour from nine to five, Monday to Friday.
    fn employee(rows: impl Fn(Hour) -> u64) -> Model {
        let zone = TimeZone::default();
        let mut model = Model::new(MONDAY, &zone);
        for hour in MONDAY..MONDAY + 28 * 24 {
            let slot = zone.slot(hour);
            if slot.weekday() < 5 && (9..17).contains(&slot.hour) {
                model.close(hour, rows(hour), true, &zone);
            }
        }
        model.pass(MONDAY + 28 * 24, &zone);
        model
    }

    fn at(day: i32, hour: u8) -> Slot {
        Slot { day: 4 + 28 + day, hour }
    }

    #[test]
    fn hours_and_weekdays_are_learnt_by_themselves() {
        let model = employee(|hour| 10 + (hour % 3) as u64);
        let busy = model.expected(at(1, 10)).mean;
        assert!((9.0..13.0).contains(&busy), "{busy}");
        let night = model.expected(at(1, 3)).mean;
        assert!(night < 0.1, "{night}");
        let sunday = model.expected(at(6, 10)).mean;
        assert!(sunday < 1.5, "{sunday}");
        assert!(model.relative(at(1, 10)) > 10.0 * model.relative(at(1, 20)));
    }

    #[test]
    fn steady_work_scatters_little_and_bursts_scatter_much() {
        let steady = employee(|_| 40).expected(at(1, 10)).dispersion;
        let bursts = employee(|hour| if hour % 7 == 0 { 200 } else { 13 });
        let bursts = bursts.expected(at(1, 10)).dispersion;
        assert!(steady < 0.4 && bursts > 1.0, "{steady} {bursts}");
    }

    #[test]
    fn what_was_never_seen_is_learnt_slowly_and_what_is_not_to_be_learnt_not_at_all() {
        let zone = TimeZone::default();
        let before = employee(|_| 10);
        let hour = MONDAY + 29 * 24 + 10;
        let (mut once, mut never) = (before.clone(), before.clone());
        once.close(hour, 1_000_000, true, &zone);
        never.close(hour, 1_000_000, false, &zone);
        let mean = |model: &Model| model.expected(at(2, 10)).mean;
        assert!(mean(&once) < 2.0 * mean(&before), "{} {}", mean(&once), mean(&before));
        assert!(mean(&never) <= mean(&before));
    }

    #[test]
    fn the_same_hour_of_the_week_is_remembered_as_far_as_the_history_goes() {
        let model = employee(|hour| (hour / 168) as u64);
        assert_eq!(model.same_slots(MONDAY + 28 * 24 + 10), [3, 2, 1, 0]);
        assert_eq!(model.same_slots(MONDAY + 28 * 24 + 3), [0, 0, 0]);
    }

    #[test]
    fn a_weekly_job_is_known_by_the_same_hour_of_the_last_weeks() {
        let zone = TimeZone::default();
        let mut model = employee(|_| 10);
        let sunday = |week: Hour| MONDAY + week * 168 + 6 * 24 + 4;
        let before = model.expected_at(sunday(4), &zone).mean;
        model.close(sunday(4), 150, false, &zone);
        assert!(before < 0.5 && model.expected_at(sunday(5), &zone).mean >= 30.0);
        assert!(model.expected_at(sunday(5) + 1, &zone).mean < 0.5);
    }

    #[test]
    fn a_job_that_runs_all_day_is_known_by_its_month_ends() {
        let zone = TimeZone::default();
        let mut model = Model::new(0, &zone);
        // 31 January, 28 February and 31 March 1970 are the ends of months.
        let ends = [30, 58, 89];
        let rows = |hour: Hour| match ends.contains(&(hour / 24)) && hour % 24 == 22 {
            true => 600,
            false => 3 + (hour % 5) as u64,
        };
        (0..119 * 24 + 22).for_each(|hour| model.close(hour, rows(hour), true, &zone));
        assert_eq!(model.history.len(), HISTORY + LARGEST);
        assert_eq!(model.expected_at(119 * 24 + 22, &zone).mean, 600.0);
        assert!(model.expected_at(110 * 24 + 22, &zone).mean < 10.0);
    }

    #[test]
    fn a_long_silence_and_the_ends_of_time_are_no_trouble() {
        let zone = TimeZone::default();
        let mut model = employee(|_| 10);
        model.pass(MONDAY + 40_000, &zone);
        assert!(!model.knows());
        model.close(i32::MAX / 2, 3, true, &zone);
        model.close(i32::MAX / 2 + 1, u64::MAX, true, &zone);
        assert!(model.expected(at(1, 1)).mean.is_finite());
    }
}
