//! What all series share: how long they have been watched, thresholds, what is usual of what is new, and
//! the budget.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::expected::Expected;
use super::name::{Class, Series};
use super::tail::Score;
use super::threshold::Peaks;
use crate::engine::state::State;
use crate::model::{Fault, Hour, limits};

const SHARED: &[u8] = b"sb";
const PEAKS: &[u8] = b"sp";

/// What an alarm would have to be beyond its threshold when the whole budget is spent.
const ALL_OF_BUDGET: Score = 1_000;

/// Rows beyond do not count as usual of what is new.
const FIRST_STEPS: f32 = 100.0;

/// Hours of what is new that are taken as seen beforehand, and what they are like.
const PRIOR: f32 = 20.0;
const NOTHING_KNOWN: Expected = Expected { mean: 10.0, dispersion: 2.0, work: None, crowd: None };

/// How far the statistics have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Learning: alarms are counted and not told.
    Cold,
    /// Alarms are told, from half of the budget.
    Warming,
    /// As loud as the budget allows.
    Mature,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 3] = [Stage::Cold, Stage::Warming, Stage::Mature];

    /// The name used in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Cold => "cold",
            Stage::Warming => "warming",
            Stage::Mature => "mature",
        }
    }
}

/// The threshold of a class, and the score from which a peak is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pool {
    pub floor: Score,
    pub threshold: Score,
}

/// Hours of series in their first week, decaying; or of the accounts that work at a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FirstWeek {
    hours: f32,
    rows: f32,
    squares: f32,
}

impl FirstWeek {
    /// An hour had so many rows.
    pub fn add(&mut self, rows: u64) {
        let rows = (rows as f32).min(FIRST_STEPS);
        let kept = 0.999;
        self.hours = self.hours * kept + 1.0;
        self.rows = self.rows * kept + rows;
        self.squares = self.squares * kept + rows * rows;
    }

    /// What is expected of an hour of somebody of whom nothing else is known, beside so many hours of what is
    /// expected anyway.
    pub fn expected(&self, otherwise: Expected) -> Expected {
        let Expected { mean, dispersion, .. } = otherwise;
        let (mean, dispersion) = (mean as f32, dispersion as f32);
        let square = mean + (1.0 + dispersion) * mean * mean;
        let hours = self.hours + PRIOR;
        let (mean, square) =
            ((self.rows + PRIOR * mean) / hours, (self.squares + PRIOR * square) / hours);
        let dispersion = ((square - mean * mean - mean) / (mean * mean)).clamp(0.5, 5.0);
        Expected { mean: f64::from(mean), dispersion: f64::from(dispersion), ..otherwise }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Shared {
    /// First hour that was counted.
    started: Option<Hour>,
    /// Last hour that was counted.
    pub hour: Hour,
    pools: [Pool; 3],
    first_weeks: [FirstWeek; 2],
    pub budget: Budget,
    /// How many series are followed.
    pub series: u64,
}

impl Default for Shared {
    fn default() -> Self {
        let peaks = Peaks::default();
        let pool = Pool { floor: peaks.floor(), threshold: peaks.threshold(1.0, 0, 0) };
        let (first_weeks, budget) = Default::default();
        Shared { started: None, hour: 0, pools: [pool; 3], first_weeks, budget, series: 0 }
    }
}

impl Shared {
    /// As it was left.
    pub fn load(state: &State) -> Result<Self, Fault> {
        Ok(state.read(SHARED)?.unwrap_or_default())
    }

    /// Writes it back.
    pub fn store(&self, state: &mut State) {
        state.write(SHARED.to_vec(), self);
    }

    /// An hour is counted. Time never moves back.
    pub fn reach(&mut self, hour: Hour) -> Hour {
        // Whoever was silent for as long as it takes to warm up begins anew.
        let silent = hour.saturating_sub(self.hour) >= limits::WARM_UP_HOURS.0;
        if self.started.is_none() || (silent && self.stage() != Stage::Mature) {
            (self.started, self.hour) = (Some(hour), hour);
        }
        self.hour = self.hour.max(hour);
        self.hour
    }

    /// How far the statistics have come.
    pub fn stage(&self) -> Stage {
        let age = self.started.map_or(0, |started| self.hour.saturating_sub(started));
        match age {
            age if age < limits::WARM_UP_HOURS.0 => Stage::Cold,
            age if age < limits::WARM_UP_HOURS.1 => Stage::Warming,
            _ => Stage::Mature,
        }
    }

    /// The threshold of a class.
    pub fn pool(&self, class: Class) -> Pool {
        self.pools[class as usize]
    }

    /// What a further alarm has to be beyond that, when some of the budget is spent: the more of it is, the more
    /// improbable.
    pub fn beyond(&self, budget: u32) -> Score {
        let spent = self.budget.spent(self.hour).min(budget);
        ALL_OF_BUDGET * spent / budget.max(1)
    }

    /// Notes a score of a class, no higher than its threshold: an attack must not raise it for the next
    /// one.
    pub fn note(
        &mut self,
        state: &mut State,
        class: Class,
        series: &Series,
        score: Score,
        budget: u32,
    ) -> Result<(), Fault> {
        let pool = self.pool(class);
        if score < pool.floor {
            return Ok(());
        }
        let key = [PEAKS, &[class as u8]].concat();
        let mut peaks = state.take::<Peaks>(&key)?.unwrap_or_default();
        peaks.note(series.number(), self.hour, score.min(pool.threshold));
        let allowed = f64::from(budget) * class.share();
        let allowed = if self.stage() == Stage::Mature { allowed } else { allowed / 2.0 };
        let since = self.started.unwrap_or(self.hour) + Peaks::BEGIN;
        let threshold = peaks.threshold(allowed, since, self.hour);
        self.pools[class as usize] = Pool { floor: peaks.floor(), threshold };
        state.hold(key, peaks);
        Ok(())
    }

    /// A series in its first week had an hour with so many rows.
    pub fn first_week(&mut self, class: Class, rows: u64) {
        self.first_weeks[usize::from(class != Class::Actors)].add(rows);
    }

    /// What is expected of an hour of a series in its first week.
    pub fn expected_of_new(&self, class: Class) -> Expected {
        self.first_weeks[usize::from(class != Class::Actors)].expected(NOTHING_KNOWN)
    }
}
