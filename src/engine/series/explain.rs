//! Why there is an alarm, in words and numbers, without any value.

use super::expected::Expected;
use super::name::{Series, past};
use super::tail::Score;
use crate::model::{OperationKind, Slot, TableName, TimeZone};

/// One thousand hours like this one have one with more.
const ONE_IN_A_THOUSAND: Score = 3_000;

/// What was seen and what was expected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Explanation {
    /// How much of what, in words.
    pub observed: String,
    pub slot: Slot,
    /// The series is new: what is expected is what others did in their first week.
    pub new: bool,
    pub expected: Expected,
    /// The same hour of earlier weeks, the latest first.
    pub history: Vec<u32>,
    /// Fewer rows would have been silent.
    pub silent_below: u64,
}

impl Explanation {
    /// In words.
    pub fn reason(&self, series: &Series, zone: &TimeZone) -> String {
        let Explanation { observed, slot, expected, silent_below, .. } = self;
        let usual = expected.rows_for(ONE_IN_A_THOUSAND);
        let history: Vec<String> = self.history.iter().map(u32::to_string).collect();
        let history = match (self.new, history.is_empty()) {
            (true, _) => {
                "first seen within the last seven days, so the expectation is that of what is \
                          new elsewhere"
                    .to_owned()
            }
            (false, true) => "the same hour of earlier weeks is not remembered".to_owned(),
            (false, false) => format!("the same hour of earlier weeks: {}", history.join(", ")),
        };
        format!(
            "{observed} {} on {slot} ({}); expected {:.1}, in 999 of 1,000 such hours fewer than {usual}; \
             {history}; silent below {silent_below}",
            series.wording(),
            zone.text(),
            expected.mean,
        )
    }
}

/// Why it is an alarm what somebody has begun to do.
pub(super) fn novelty(
    people: &str,
    (table, operation): (&TableName, OperationKind),
    what: &str,
    job: bool,
    silent_below: u64,
) -> String {
    let who = match job {
        true => {
            "a day by a job that has been known for two weeks and did nothing of the kind before"
        }
        false => {
            "two weeks by an actor who has been known for four weeks and did nothing of the kind before"
        }
    };
    format!(
        "{people} {} {table}{what} within {who}; nothing was expected; silent below {silent_below}",
        past(operation)
    )
}

/// Why it is an alarm that so many accounts are new.
pub(super) fn arrivals(people: &str, accounts: usize, usual: usize, silent_below: usize) -> String {
    format!(
        "{people} touched by {accounts} accounts that were first seen within the last day; at most {usual} accounts \
         were new in a day of the last four to eight weeks; silent below {silent_below}"
    )
}

/// Why the return of an actor is an alarm.
pub(super) fn back(rows: u64, days: i32, silent_below: u64) -> String {
    format!(
        "{rows} rows touched by one actor within a day of coming back after {days} days; nothing was \
         expected; silent below {silent_below}"
    )
}
