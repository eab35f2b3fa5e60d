//! RET-001: somebody is kept for longer than the register says.
//!
//! *What*: the time limit of the activity in whose table a person stands, counted from the person's
//! last act or from the collection of the data, has passed, and personal data still stands in the
//! person's row. GDPR Art. 5(1)(e).
//!
//! *Undecided*: no limit for the person's category, which RET-002 tells of once for the table.
//!
//! *Not a finding*: what `engine/retention` takes for an act or for an excuse: staff edits do not, a
//! legal hold, a basis of legal obligation and rows that the register keeps by law do.

use super::Violation;
use crate::model::{Code, Evidence};
use crate::policy::ProcessingActivity;

/// What is found when the limit has passed.
pub fn violation(
    activity: &ProcessingActivity,
    category: Option<&str>,
    act: Option<&Evidence>,
) -> Option<Violation> {
    let limit = activity.erase_after.as_ref()?;
    let days = limit.period(category)?.as_secs() / 86_400;
    let from = if limit.from_last_act { "last act of the person" } else { "collection" };
    let who = category.map_or(String::new(), |category| format!(" for {category}"));
    Some(Violation {
        code: Code::RET_001,
        severity: Code::RET_001.severity(),
        reason: format!(
            "kept for longer than the {days} days after the {from} that the register sets{who}"
        ),
        evidence: act.into_iter().cloned().collect(),
        purpose: Some(activity.purpose.clone()),
        channel: None,
        column: None,
    })
}
