//! PL-001: data is used for a purpose that it was not collected for.
//!
//! *What*: a person is put on a list, or gets a message, for a purpose; neither it nor one that the
//! register calls compatible with it is among the purposes that are recorded for the person. GDPR Art.
//! 5(1)(b), Art. 6(4).
//!
//! *Undecided*: no purpose is recorded for the person at all, so that nothing can be compared; or one is
//! recorded by a word that cannot be read.
//!
//! *Not a finding*: compatible purposes; a purpose that the register declares for everybody in the table
//! itself or in that of the people; a basis or consent that follows within the grace. Direct marketing is
//! judged by its permission (CN-001) and not by this rule.

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::keys;
use crate::engine::ledger::{self, SubjectRecord};
use crate::engine::state::State;
use crate::model::{Channel, Code, Fault, Reference};
use crate::policy::{PermissionStatus, Policies};

/// A use of data.
pub struct Use<'a> {
    /// For this purpose.
    pub purpose: &'a str,
    /// The purposes for which the register declares that the data is there.
    pub declared: &'a [String],
}

/// Answers from the ledger.
pub fn answer(
    used: &Use<'_>,
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Some(subject) = change.subject else { return Ok(Answer::Undecided) };
    let period = until.period(change);
    let register = &policies.register;
    let compatible = register.purposes.get(used.purpose);
    let compatible = compatible.and_then(|purpose| purpose.compatible_with.as_ref());
    let serves = |purpose: &str| {
        purpose == used.purpose || compatible.is_some_and(|names| names.contains(purpose))
    };
    if used.declared.iter().any(|purpose| serves(purpose)) {
        return Ok(Answer::Lawful);
    }
    let (mut recorded, mut unreadable) = (!used.declared.is_empty(), false);
    for purpose in register.purposes.keys() {
        for version in ledger::bases(state, subject, purpose, period)? {
            let Some(says) = version.says else { continue };
            let over = says.valid_until.is_some_and(|end| end < change.time);
            match says.basis {
                Some(_) if !over && serves(purpose) => return Ok(Answer::Lawful),
                Some(_) => recorded = true,
                None => unreadable = true,
            }
        }
    }
    for purpose in register.purposes.keys().filter(|purpose| serves(purpose)) {
        if is_permitted(subject, purpose, period, state)? {
            return Ok(Answer::Lawful);
        }
    }
    Ok(match until {
        Until::Open => Answer::Open,
        Until::Closed(_) if unreadable || !recorded => Answer::Undecided,
        Until::Closed(_) => Answer::Unlawful(violation(used.purpose)),
    })
}

/// Whether the person has said yes to the purpose, over any channel.
fn is_permitted(
    subject: Reference,
    purpose: &str,
    period: ledger::Period,
    state: &State<'_>,
) -> Result<bool, Fault> {
    let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
    let points: Vec<Reference> = known.contact_points.iter().map(|known| known.point).collect();
    let holders: Vec<Reference> = points.into_iter().chain([subject]).collect();
    let yes = [PermissionStatus::Given, PermissionStatus::Confirmed];
    for channel in Channel::ALL {
        for found in ledger::permissions(state, &holders, channel, purpose, period)? {
            let status = found.says.and_then(|says| says.status);
            if status.is_some_and(|status| yes.contains(&status)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn violation(purpose: &str) -> Violation {
    Violation {
        code: Code::PL_001,
        severity: Code::PL_001.severity(),
        reason: format!(
            "used for {purpose}, which is neither a purpose recorded for the person nor compatible \
             with one"
        ),
        evidence: Vec::new(),
        purpose: Some(purpose.to_owned()),
        channel: None,
        column: None,
    }
}
