//! The settings of the statistical alarms: how many there may be, and whose working day it is.

use super::Provenance;
use crate::model::TimeZone;

/// Pages a week when the policy does not say.
const ALERT_BUDGET: u32 = 2;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Incidents that statistics alone may open within seven days; 0 switches them off.
    pub alert_budget_per_week: u32,
    /// Where the CRM's people work.
    pub time_zone: TimeZone,
}

impl Default for Statistics {
    fn default() -> Self {
        Statistics { alert_budget_per_week: ALERT_BUDGET, time_zone: TimeZone::default() }
    }
}

impl Statistics {
    /// The settings for a database that is this to its CRM. In a copy actor and commit time are
    /// those of the job that writes it, and say nothing about people.
    pub fn within(self, provenance: Provenance) -> Statistics {
        match provenance {
            Provenance::Origin => self,
            Provenance::Replica | Provenance::Feed => {
                Statistics { alert_budget_per_week: 0, ..self }
            }
        }
    }
}
