//! ER-002: an erased data subject returned.
//!
//! *What*: a row is written whose contact point or key belongs to somebody whose erasure request
//! was fulfilled: a restore from backup, an import, a re-sync. Recognised by keyed hash.
//!
//! *Not as grave*: the person came back by an act of their own; then a lawful basis is recorded
//! anew within the grace, and the finding only informs.

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::ledger::{self, Place};
use crate::engine::state::State;
use crate::model::{Code, Evidence, Fault, Severity};
use crate::policy::LawfulBasis;

/// The erasure on record.
pub struct Erasure<'a> {
    /// Where it was recorded.
    pub place: Place,
    /// The row that records it.
    pub evidence: &'a Evidence,
}

/// Answers from the ledger: always a finding, its severity depends on a new basis.
pub fn answer(
    erasure: &Erasure<'_>,
    purpose: Option<&str>,
    change: &Circumstances,
    until: Until,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    if until == Until::Open {
        return Ok(Answer::Open);
    }
    let bases = match (change.subject, purpose) {
        (Some(subject), Some(purpose)) => {
            ledger::bases(state, subject, purpose, until.period(change))?
        }
        _ => Vec::new(),
    };
    let new_basis = bases
        .into_iter()
        .filter(|version| version.stamp.place > erasure.place)
        .filter(|version| {
            version.says.and_then(|it| it.covers(&LawfulBasis::ALL, change.time)) == Some(true)
        })
        .max_by_key(|version| version.stamp.place);
    let (severity, reason) = match &new_basis {
        // A backup brings back the basis as well.
        Some(_) if change.copied => (
            Code::ER_002.severity(),
            "an erased data subject is on record again, with a lawful basis that was copied as well",
        ),
        Some(_) => {
            (Severity::Low, "an erased data subject is on record again, with a new lawful basis")
        }
        None => (
            Code::ER_002.severity(),
            "an erased data subject is on record again, without a new lawful basis",
        ),
    };
    Ok(Answer::Unlawful(Violation {
        code: Code::ER_002,
        severity,
        reason: reason.to_owned(),
        evidence: std::iter::once(erasure.evidence.clone())
            .chain(new_basis.map(|basis| basis.evidence))
            .collect(),
        purpose: purpose.map(str::to_owned),
        channel: None,
        column: None,
    }))
}
