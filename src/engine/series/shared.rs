//! What all series share: how long they have been watched, thresholds, what is usual of what is new, and
//! the budget.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::expected::Expected;
use super::habit::or_empty;
use super::name::{Class, Series};
use super::tail::Score;
use super::threshold::{Peaks, Quiet};
use crate::engine::state::State;
use crate::model::{Fault, Hour, OperationKind, limits};

const SHARED: &[u8] = b"sb";
const PEAKS: &[u8] = b"sp";
const QUIET: &[u8] = b"sq";

/// What an alarm would have to be beyond its threshold when the whole budget is spent.
const ALL_OF_BUDGET: Score = 1_000;

/// Rows beyond do not count as usual of what is new.
const FIRST_STEPS: f32 = 100.0;
const FIRST_STEPS_BY_HAND: f32 = 40.0;

/// Hours of what is new that are taken as seen beforehand, and what they are like.
const PRIOR: f32 = 20.0;
const PRIOR_BY_HAND: f32 = 5.0;
const NOTHING_KNOWN: Expected = Expected { mean: 10.0, dispersion: 2.0, work: None, crowd: None };
const NO_DELETION: Expected = Expected { mean: 1.0, dispersion: 1.0, work: None, crowd: None };

/// Places of what people do by hand.
const CHANGES: usize = 0;
const DELETIONS: usize = 1;
const EVERYWHERE: usize = 2;

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
        self.add_at_most(rows, FIRST_STEPS);
    }

    fn add_at_most(&mut self, rows: u64, most: f32) {
        let rows = (rows as f32).min(most);
        let kept = 0.999;
        self.hours = self.hours * kept + 1.0;
        self.rows = self.rows * kept + rows;
        self.squares = self.squares * kept + rows * rows;
    }

    /// What is expected of an hour of somebody of whom nothing else is known, beside so many hours of what is
    /// expected anyway.
    pub fn expected(&self, otherwise: Expected) -> Expected {
        self.expected_beside(PRIOR, otherwise)
    }

    fn expected_beside(&self, prior: f32, otherwise: Expected) -> Expected {
        let Expected { mean, dispersion, .. } = otherwise;
        let (mean, dispersion) = (mean as f32, dispersion as f32);
        let square = mean + (1.0 + dispersion) * mean * mean;
        let hours = self.hours + prior;
        let (mean, square) =
            ((self.rows + prior * mean) / hours, (self.squares + prior * square) / hours);
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
    /// The first weeks of people, see [`by_hand`].
    #[serde(deserialize_with = "or_empty")]
    by_hand: [FirstWeek; 4],
    /// The threshold of tables that do not reach it again and again.
    #[serde(deserialize_with = "or_empty")]
    quiet: Option<Pool>,
}

/// Of which kind of people's first hours a series is: changes or deletions, in one table or in all. `None` of a
/// series that is nobody's, and of what is added, which people do in bulk, too: somebody enters the cards of a fair.
fn by_hand(series: &Series) -> Option<usize> {
    let kind = |operation: &OperationKind| match operation {
        OperationKind::Insert => None,
        OperationKind::Update => Some(CHANGES),
        OperationKind::Delete | OperationKind::Truncate => Some(DELETIONS),
    };
    match series {
        Series::Actor { operation, .. }
        | Series::Unnamed { operation, .. }
        | Series::Fresh { operation, .. } => kind(operation),
        Series::Everywhere { operation, .. } => kind(operation).map(|it| it + EVERYWHERE),
        Series::Sensitivity { .. }
        | Series::Table { .. }
        | Series::Columns { .. }
        | Series::Other { .. } => None,
    }
}

impl Default for Shared {
    fn default() -> Self {
        let peaks = Peaks::default();
        let pool = Pool { floor: peaks.floor(), threshold: peaks.threshold(1.0, 0, 0) };
        let (first_weeks, budget, by_hand) = Default::default();
        let (started, hour, series, quiet) = (None, 0, 0, None);
        Shared { started, hour, pools: [pool; 3], first_weeks, budget, series, by_hand, quiet }
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

    /// Whether anything was counted.
    pub fn has_begun(&self) -> bool {
        self.started.is_some()
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

    /// The score below which a series of a class need not be looked at.
    pub fn floor(&self, class: Class) -> Score {
        match class {
            Class::Tables => self.quiet().floor,
            Class::Actors | Class::Newcomers => self.pool(class).floor,
        }
    }

    fn quiet(&self) -> Pool {
        let peaks = Peaks::default;
        let unknown = || Pool { floor: peaks().floor(), threshold: peaks().threshold(1.0, 0, 0) };
        self.quiet.unwrap_or_else(unknown)
    }

    /// The threshold of a series of a class.
    pub fn threshold(&self, state: &State, class: Class, series: &Series) -> Result<Score, Fault> {
        let threshold = self.pool(class).threshold;
        if class != Class::Tables {
            return Ok(threshold);
        }
        let quiet = state.read::<Quiet>(QUIET)?.unwrap_or_default();
        let loud = quiet.is_loud(series.number());
        Ok(if loud { threshold } else { threshold.min(self.quiet().threshold) })
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
        if class == Class::Tables {
            self.note_quiet(state, series, score, budget)?;
        }
        let pool = self.pool(class);
        if score < pool.floor {
            return Ok(());
        }
        let key = [PEAKS, &[class as u8]].concat();
        let mut peaks = state.take::<Peaks>(&key)?.unwrap_or_default();
        peaks.note(series.number(), self.hour, score.min(pool.threshold));
        let (allowed, since) = self.allowed(class, budget);
        let threshold = peaks.threshold(allowed, since, self.hour);
        self.pools[class as usize] = Pool { floor: peaks.floor(), threshold };
        state.hold(key, peaks);
        Ok(())
    }

    /// Notes the score of a table for the threshold of those that do not reach it again and again.
    fn note_quiet(
        &mut self,
        state: &mut State,
        series: &Series,
        score: Score,
        budget: u32,
    ) -> Result<(), Fault> {
        let pool = self.quiet();
        if score < pool.floor {
            return Ok(());
        }
        let mut quiet = state.take::<Quiet>(QUIET)?.unwrap_or_default();
        quiet.note(series.number(), self.hour, score, pool.threshold);
        let (allowed, since) = self.allowed(Class::Tables, budget);
        let threshold = quiet.threshold(allowed, since, self.hour);
        self.quiet = Some(Pool { floor: quiet.peaks().floor(), threshold });
        state.hold(QUIET.to_vec(), quiet);
        Ok(())
    }

    /// How many alarms a week a class may have, and since when peaks are noted.
    fn allowed(&self, class: Class, budget: u32) -> (f64, Hour) {
        let allowed = f64::from(budget) * class.share();
        let allowed = if self.stage() == Stage::Mature { allowed } else { allowed / 2.0 };
        (allowed, self.started.unwrap_or(self.hour) + Peaks::BEGIN)
    }

    /// A series in its first week had an hour with so many rows; by hand unless a job did it.
    pub fn first_week(&mut self, series: &Series, rows: u64, hand: bool) {
        self.first_weeks[usize::from(series.class() != Class::Actors)].add(rows);
        if let Some(kind) = by_hand(series).filter(|_| hand) {
            self.by_hand[kind].add_at_most(rows, FIRST_STEPS_BY_HAND);
        }
    }

    /// What is expected of an hour of a series in its first week: of one of people, what people do in theirs.
    pub fn expected_of_new(&self, series: &Series, hand: bool) -> Expected {
        let all = || self.first_weeks[usize::from(series.class() != Class::Actors)];
        match by_hand(series).filter(|_| hand) {
            Some(kind) => {
                let deletion = kind % EVERYWHERE == DELETIONS;
                let otherwise = if deletion { NO_DELETION } else { NOTHING_KNOWN };
                self.by_hand[kind].expected_beside(PRIOR_BY_HAND, otherwise)
            }
            None => all().expected(NOTHING_KNOWN),
        }
    }

    /// What is expected of an hour of any account in its first week.
    pub fn expected_of_anybody(&self) -> Expected {
        self.first_weeks[0].expected(NOTHING_KNOWN)
    }
}
