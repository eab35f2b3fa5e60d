//! LB-001: processing without a recorded lawful basis.
//!
//! *What*: personal data of somebody is stored or altered, and no basis of Art. 6(1) GDPR that the
//! register accepts for the purpose is on record for that person, neither then nor at any moment
//! until the end of the grace.
//!
//! *Undecided*: old values are missing, so that it is not known whether anything personal was set;
//! or there is a basis that cannot be read.
//!
//! *Not a finding*: a basis that the register declares for everybody (contract, legal obligation);
//! a basis in a later transaction within the grace; emptying or deleting; a change of columns that
//! are not personal; a test record.

use std::collections::BTreeSet;

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::ledger;
use crate::engine::state::State;
use crate::model::{Code, Fault};
use crate::policy::LawfulBasis;

/// What is looked for.
pub struct Sought<'a> {
    /// Purpose.
    pub purpose: &'a str,
    /// Bases that will do.
    pub accepted: &'a BTreeSet<LawfulBasis>,
    /// Whether it is certain that personal data was set.
    pub certain: bool,
}

/// Answers from the ledger.
pub fn answer(
    sought: &Sought<'_>,
    change: &Circumstances,
    until: Until,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    let Some(subject) = change.subject else { return Ok(Answer::Undecided) };
    let accepted: Vec<LawfulBasis> = sought.accepted.iter().copied().collect();
    let mut unreadable = false;
    for version in ledger::bases(state, subject, sought.purpose, until.period(change))? {
        match version.says.and_then(|basis| basis.covers(&accepted, change.time)) {
            Some(true) => return Ok(Answer::Lawful),
            Some(false) => {}
            None => unreadable = true,
        }
    }
    Ok(match until {
        Until::Open => Answer::Open,
        Until::Closed(_) if unreadable || !sought.certain => Answer::Undecided,
        Until::Closed(_) => Answer::Unlawful(violation(sought)),
    })
}

fn violation(sought: &Sought<'_>) -> Violation {
    let names: Vec<&str> = sought.accepted.iter().map(|basis| basis.name()).collect();
    Violation {
        code: Code::LB_001,
        severity: Code::LB_001.severity(),
        reason: format!(
            "no lawful basis for {} is on record; it takes {}",
            sought.purpose,
            names.join(" or ")
        ),
        evidence: Vec::new(),
        purpose: Some(sought.purpose.to_owned()),
        channel: None,
        column: None,
    }
}
