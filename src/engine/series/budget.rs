//! The budget of alarms: a promise that is kept whatever the statistics do.

use serde::{Deserialize, Serialize};

use crate::model::Hour;

const WEEK: Hour = 7 * 24;

/// What was spent within the last seven days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Budget {
    spent: Vec<Hour>,
    /// Alarms that were not told since the last one that was.
    withheld: u32,
}

impl Budget {
    /// Takes one alarm out of the budget; `None` when it is spent. Otherwise how many alarms were
    /// withheld before this one.
    pub fn spend(&mut self, now: Hour, per_week: u32) -> Option<u32> {
        self.spent.retain(|hour| within_a_week(*hour, now));
        if self.spent.len() >= per_week as usize {
            self.withheld = self.withheld.saturating_add(1);
            return None;
        }
        self.spent.push(now);
        Some(std::mem::take(&mut self.withheld))
    }

    /// One that was spent in this hour was a tripwire's after all.
    pub fn give_back(&mut self, hour: Hour) {
        if let Some(place) = self.spent.iter().position(|spent| *spent == hour) {
            self.spent.remove(place);
        }
    }

    /// How many were told within the last seven days.
    pub fn spent(&self, now: Hour) -> u32 {
        self.spent.iter().filter(|hour| within_a_week(**hour, now)).count() as u32
    }
}

fn within_a_week(hour: Hour, now: Hour) -> bool {
    now.saturating_sub(hour) < WEEK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_seven_days_have_more_alarms_than_the_budget_and_what_is_withheld_is_counted() {
        let mut budget = Budget::default();
        let told: Vec<Hour> = (0..2_000).filter(|hour| budget.spend(*hour, 3).is_some()).collect();
        for start in 0..2_000 {
            let within = told.iter().filter(|hour| (start..start + WEEK).contains(*hour)).count();
            assert!(within <= 3);
        }
        assert_eq!(told.len(), 3 * 12);
        assert_eq!((budget.spent(2_000), budget.spent(2_000 + WEEK)), (3, 0));
        assert_eq!(budget.spend(5_000, 3), Some(1_999 - 11 * WEEK as u32 - 2));
        assert_eq!(budget.spend(5_000, 0), None);
    }
}
