//! LB-003: a child's consent without the holder of parental responsibility.
//!
//! *What*: a consent is recorded for somebody whose row says that they are a child below the age of
//! consent, by a mark or by their date of birth, and that nobody has consented for them. GDPR Art. 8(1).
//! The judgement waits for the grace, since CRMs write the person, the guardian and the consent one after the other, in any order.
//!
//! *Not a finding*: other bases, of which Art. 8 says nothing; an opt-out; a child whose guardian is
//! on record by the end of the grace; what a copy brings. Undecided: a date of birth that cannot be read, and
//! the weeks in which somebody comes of age ([`Childhood`](crate::engine::ledger::Childhood)).

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::keys;
use crate::engine::ledger::SubjectRecord;
use crate::engine::state::State;
use crate::model::{Code, Fault};

/// Answers from the ledger: is a guardian on record by now? Of whom no row says so is no child.
pub fn answer(
    purpose: &str,
    change: &Circumstances,
    until: Until,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    if until == Until::Open {
        return Ok(Answer::Open);
    }
    let Some(subject) = change.subject else { return Ok(Answer::Lawful) };
    let childhood = state.share::<SubjectRecord>(&keys::subject(subject))?.childhood;
    match childhood.at(change.stamp.time) {
        Some(true) => {}
        Some(false) => return Ok(Answer::Lawful),
        None => return Ok(Answer::Undecided),
    }
    Ok(Answer::Unlawful(Violation {
        code: Code::LB_003,
        severity: Code::LB_003.severity(),
        reason: "a consent of a child is on record, and of nobody with parental responsibility"
            .to_owned(),
        evidence: Vec::new(),
        purpose: (!purpose.is_empty()).then(|| purpose.to_owned()),
        channel: None,
        column: None,
    }))
}
