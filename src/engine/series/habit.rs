//! When there is anything at all in a series, and how much then.

use serde::{Deserialize, Deserializer, Serialize};

use super::expected::Work;
use crate::model::Slot;

/// What part of the hours like it so many hours later, or earlier, are expected to see work that have never seen
/// any: people stay longer, jobs are late, and only few begin early.
const LATER: [f32; 7] = [1.0, 0.25, 0.12, 0.06, 0.03, 0.015, 0.007];
const EARLIER: [f32; 5] = [1.0, 0.15, 0.05, 0.02, 0.005];

/// Hours with something in them that any hour of the day is taken to have seen beforehand.
const FLOOR: f32 = 0.000_5;

/// Weeks for which a weekday is taken to be like every day.
const WEEKDAY_PRIOR: f32 = 0.25;

/// Hours that are taken as seen beforehand, with the own mean and a dispersion of one.
const BURSTS: f32 = 10.0;

/// See the module. All numbers decay with those of the [`Model`](super::model::Model).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Habit {
    /// Hours that were not empty, by hour of the day and by weekday.
    hours: [f32; 24],
    weekdays: [f32; 7],
    today: f32,
    /// Rows of those, and their squares.
    rows: f32,
    squares: f32,
}

impl Habit {
    /// An hour had so many rows.
    pub fn learn(&mut self, slot: Slot, rows: f32) {
        self.hours[usize::from(slot.hour)] += 1.0;
        self.today += 1.0;
        self.rows += rows;
        self.squares += rows * rows;
    }

    /// A day has ended.
    pub fn end(&mut self, weekday: usize, kept: f32) {
        let sums = self.hours.iter_mut().chain(&mut self.weekdays);
        sums.chain([&mut self.rows, &mut self.squares]).for_each(|sum| *sum *= kept);
        self.weekdays[weekday] += std::mem::take(&mut self.today);
    }

    /// What is expected of an hour, after so many days and so many of each weekday.
    pub fn expected(&self, slot: Slot, days: f32, weekdays: &[f32; 7]) -> Work {
        let hour = usize::from(slot.hour);
        let later = (0..).zip(LATER).map(|(away, part)| part * self.hours[(hour + 24 - away) % 24]);
        let earlier = (0..).zip(EARLIER).map(|(away, part)| part * self.hours[(hour + away) % 24]);
        let seen = later.chain(earlier).fold(0.0, f32::max);
        let weekday = self.weekday(slot.weekday(), days, weekdays);
        let chance = (seen * weekday + FLOOR) / (days + 1.0);
        let number = self.hours.iter().sum::<f32>();
        let mean = if number > 0.0 { (self.rows / number).max(0.5) } else { 0.5 };
        let prior = mean + 2.0 * mean * mean;
        let square = (self.squares + BURSTS * prior) / (number + BURSTS);
        // Few rows always look steady: an hour that is not empty has one at least.
        let least = 0.05 + 0.5 / mean;
        let dispersion = ((square - mean * mean - mean) / (mean * mean)).clamp(least, 20.0);
        let chance = f64::from(chance.min(0.999));
        Work { chance, mean: f64::from(mean), dispersion: f64::from(dispersion) }
    }

    fn weekday(&self, weekday: usize, days: f32, weekdays: &[f32; 7]) -> f32 {
        let daily = self.weekdays.iter().sum::<f32>() / days.max(1.0);
        let seen = if daily > 0.0 { self.weekdays[weekday] / daily } else { 0.0 };
        (seen + WEEKDAY_PRIOR) / (weekdays[weekday] + WEEKDAY_PRIOR)
    }
}

/// What a record of an earlier version ends without begins empty.
pub(super) fn or_empty<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_after_work_is_likelier_than_one_before_and_both_than_the_night() {
        let mut habit = Habit::default();
        for day in 0..28 {
            let weekday = Slot { day, hour: 0 }.weekday();
            if weekday < 5 {
                (8..16).for_each(|hour| habit.learn(Slot { day, hour }, 6.0));
            }
            habit.end(weekday, 0.98);
        }
        let chance = |hour| habit.expected(Slot { day: 32, hour }, 20.0, &[3.0; 7]).chance;
        assert!(chance(10) > 0.5, "{}", chance(10));
        assert!((0.1..0.3).contains(&chance(16)), "{}", chance(16));
        assert!((0.05..0.2).contains(&chance(7)), "{}", chance(7));
        assert!((0.01..0.05).contains(&chance(19)), "{}", chance(19));
        assert!(chance(2) < 0.000_1, "{}", chance(2));
    }

    #[test]
    fn a_record_that_ends_before_it_begins_empty() {
        #[derive(Serialize)]
        struct Before(u8);
        #[derive(Deserialize)]
        struct Now(u8, #[serde(deserialize_with = "or_empty")] Habit);
        let bytes = postcard::to_stdvec(&Before(7)).unwrap();
        let Now(number, habit) = postcard::from_bytes(&bytes).unwrap();
        assert_eq!((number, habit), (7, Habit::default()));
    }
}
