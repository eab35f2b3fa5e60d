//! LB-004: another basis took the place of a withdrawn consent.
//!
//! *What*: the data subject withdraws consent to a purpose, and within the profile's time a contract
//! or legitimate interests are recorded as the basis for the same purpose: the withdrawal was
//! without effect. GDPR Art. 7(3), Art. 5(1)(a); EDPB Guidelines 05/2020, section 6.
//!
//! *Undecided*: a part of the stream was not seen since the withdrawal.
//!
//! *Not a finding*: a contract that was concluded with the person since the withdrawal; a basis that
//! stood beside the consent already; a new consent; another purpose; the other bases, which do not
//! depend on the controller's choice.

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::ledger::{self, Withdrawal};
use crate::engine::state::State;
use crate::model::{Code, Fault};
use crate::policy::LawfulBasis;

/// Answers from the ledger: was a contract concluded meanwhile?
pub fn answer(
    (purpose, basis): (&str, LawfulBasis),
    withdrawal: &Withdrawal,
    change: &Circumstances,
    until: Until,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    let Some(subject) = change.subject else { return Ok(Answer::Undecided) };
    // A contract, or a new consent, may have come while nobody was looking.
    if withdrawal.stamp.place.part != change.stamp.place.part {
        return Ok(Answer::Undecided);
    }
    if basis == LawfulBasis::Contract {
        let now = ledger::withdrawal(state, subject, purpose)?;
        let contract = now.and_then(|now| now.contract);
        match (contract, until) {
            (Some(_), Until::Open) => return Ok(Answer::Lawful),
            (Some((stamp, _)), Until::Closed(end)) if stamp.time <= end => {
                return Ok(Answer::Lawful);
            }
            (None, Until::Open) => return Ok(Answer::Open),
            (_, Until::Closed(_)) => {}
        }
    }
    Ok(Answer::Unlawful(Violation {
        code: Code::LB_004,
        severity: Code::LB_004.severity(),
        reason: format!(
            "the consent to {purpose} was withdrawn, and {} took its place",
            basis.name()
        ),
        evidence: vec![withdrawal.evidence.clone()],
        purpose: Some(purpose.to_owned()),
        channel: None,
        column: None,
    }))
}
