//! What all accounts together do that are new at a table.
//!
//! Whoever has many accounts stays below what is unusual for one of them: ten names that nobody has seen, thirty
//! changes each. Each is compared with what a newcomer does, and a newcomer may do much. So what they do is added up,
//! and compared with what as many newcomers usually do.
//!
//! New is an account whose series of the table and the kind of change began within the last week. The more of them
//! there are, the more is expected: a new team is no alarm by being one. People who begin together often do the same
//! work, so their counts do not scatter like those of strangers.

use std::collections::BTreeMap;

use super::counters::{CROWD, Counter};
use super::expected::Crowd;
use super::name::Series;
use super::shared::Stage;
use super::tally::{Done, Parts};
use super::watch::{Moment, Watch};
use crate::engine::state::State;
use crate::model::{Fault, Hour, OperationKind};

/// An account is new at a table for so long.
const NEW: Hour = 7 * 24;

/// Fewer are compared one by one.
const SEVERAL: usize = 3;

/// What those who begin together have in common scatters like this.
const COMMON: f64 = 0.25;

impl Watch {
    /// What those have done in this transaction who are new at its tables. Their own series have been counted.
    pub(super) fn fresh(&self, parts: &Parts, moment: &Moment<'_>) -> BTreeMap<Series, Done> {
        let mut found: BTreeMap<Series, Done> = BTreeMap::new();
        for (part, content) in parts {
            let (table, operation) = (part.table.clone(), part.operation);
            let Some(actor) = part.actor else { continue };
            // People add in bulk: somebody enters the cards of a fair.
            if operation == OperationKind::Insert || !self.is_free(part.actor, moment) {
                continue;
            }
            let own = Series::Actor { actor, table: table.clone(), operation };
            let is_new = |born: Hour| moment.hour.saturating_sub(born) < NEW;
            if !self.counters.born(&own).is_some_and(is_new) {
                continue;
            }
            let series = Series::Fresh { table, operation };
            let done = found.entry(series).or_insert_with(|| Done::from(content.extent.first));
            done.add_all(content);
            done.actors.push(actor);
        }
        found
    }

    /// What so many accounts usually do that are new at a table.
    pub(super) fn newcomers(
        &self,
        state: &State,
        series: &Series,
        actors: usize,
        moment: &Moment<'_>,
    ) -> Result<Crowd, Fault> {
        let expected = self.expected_of_new(state, series, true, moment)?;
        let number = actors.max(SEVERAL) as f64;
        let dispersion = expected.dispersion / number + COMMON;
        Ok(Crowd { mean: number * expected.mean, dispersion })
    }
}

/// Whether a series is worth a comparison: fewer are compared one by one, and of more it is not known how many they
/// are, as where every customer has an account.
pub(super) fn is_compared(series: &Series, counter: &Counter) -> bool {
    let few = counter.actors.len() < SEVERAL;
    !matches!(series, Series::Fresh { .. }) || !(few || counter.actors.len() >= CROWD)
}

/// Whether an hour of a series says what is usual of it. In the first days everybody is new, jobs as well.
pub(super) fn is_usual(series: &Series, counter: &Counter, stage: Stage) -> bool {
    let several = counter.actors.len() >= SEVERAL && stage != Stage::Cold;
    several || !matches!(series, Series::Fresh { .. })
}
