//! LB-002: special categories of personal data without a condition of Art. 9(2).
//!
//! *What*: a column that holds data about health, belief, origin, sexual life, … gets a value, and
//! the register names no condition of GDPR Art. 9(2) for the activity to which its table belongs.
//!
//! *Not a finding*: free text that mentions such a thing (MIN-002); emptying; a value that was there
//! before; data about criminal offences (Art. 10).

use super::Violation;
use crate::model::{Category, Code};
use crate::policy::ProcessingActivity;

/// Judges a value of a special category that was set.
pub fn violation(category: Category, activity: &ProcessingActivity) -> Option<Violation> {
    if activity.special_categories.is_some() {
        return None;
    }
    Some(Violation {
        code: Code::LB_002,
        severity: Code::LB_002.severity(),
        reason: format!(
            "{} was stored, and the register names no condition of Art. 9(2) for {}",
            category.key(),
            activity.id
        ),
        evidence: Vec::new(),
        purpose: Some(activity.purpose.clone()),
        channel: None,
        column: None,
    })
}
