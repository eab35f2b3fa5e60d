//! SRC-001, SRC-002: where people's data came from.
//!
//! *What*: data that was not obtained from the person, who has not been informed of it within a month
//! (GDPR Art. 14(3)(a)); people who came with a list, and nothing on record of what allows it (Art. 7(1),
//! Art. 5(2)).
//!
//! *Undecided*: a permission or basis that cannot be read; SRC-001 as `engine/notice` says.
//!
//! *Not a finding*: sources that the pack does not call so, such as a public register; a message, whatever
//! stood in it; a list whose rows name their evidence; consents and bases that follow within the grace.

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::keys;
use crate::engine::ledger::{self, SubjectRecord};
use crate::engine::state::State;
use crate::model::{Channel, Code, Fault, Reference};
use crate::policy::{PermissionStatus, Policies};

/// What is found when the month is over (SRC-001).
pub fn uninformed() -> Violation {
    violation(
        Code::SRC_001,
        "the data was not obtained from the person, who was not informed of it within a month",
    )
}

/// Answers from the ledger whether anything is on record that an imported person's data may rest on
/// (SRC-002).
pub fn answer(
    change: &Circumstances,
    until: Until,
    policies: &Policies,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    let Some(subject) = change.subject else { return Ok(Answer::Undecided) };
    if until == Until::Open {
        return Ok(Answer::Open);
    }
    let period = until.period(change);
    for purpose in policies.register.purposes.keys() {
        if !ledger::bases(state, subject, purpose, period)?.is_empty() {
            return Ok(Answer::Lawful);
        }
    }
    let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
    let points = known.contact_points.iter();
    let reached: Vec<(Channel, Reference)> =
        points.map(|known| (known.channel, known.point)).collect();
    let marketing = policies.register.purposes.iter().filter(|(_, it)| it.direct_marketing);
    let purposes: Vec<&str> = marketing.map(|(name, _)| name.as_str()).chain([""]).collect();
    let mut unreadable = false;
    for (channel, point) in reached {
        for purpose in &purposes {
            for found in ledger::permissions(state, &[point, subject], channel, purpose, period)? {
                use PermissionStatus::{Confirmed, Given, SoftOptIn};
                match found.says.map(|says| says.status) {
                    Some(Some(Given | Confirmed | SoftOptIn)) => return Ok(Answer::Lawful),
                    Some(Some(_)) => {}
                    Some(None) | None => unreadable = true,
                }
            }
        }
    }
    Ok(match unreadable {
        true => Answer::Undecided,
        false => Answer::Unlawful(violation(
            Code::SRC_002,
            "people came with a list, and neither a consent nor a lawful basis of theirs is on record",
        )),
    })
}

fn violation(code: Code, reason: &str) -> Violation {
    Violation {
        code,
        severity: code.severity(),
        reason: reason.to_owned(),
        evidence: Vec::new(),
        purpose: None,
        channel: None,
        column: None,
    }
}
