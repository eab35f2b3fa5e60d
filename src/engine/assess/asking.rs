//! CN-015: somebody who had refused was asked for permission again.
//!
//! *What*: a message was sent for a purpose by which the controller asks for permission, and the
//! recipient had refused, withdrawn or objected for a purpose that it asks for, or an objection of theirs to
//! direct marketing had been granted. GDPR Art. 21(3): after an objection to direct marketing the data is no
//! longer processed for it, and asking is marketing.
//!
//! *Undecided*: what is on record cannot be read; a copy brought an objection together with a yes.
//!
//! *Not a finding*: recipients of whom nothing is known, who were asked and have not answered, or who
//! have said yes; a no to other purposes; a no that was taken back; an objection that is open or was refused, or
//! after which the person has said yes.

use super::message::{Message, status};
use super::objection::{self, Left};
use super::{Answer, Circumstances, Violation};
use crate::engine::ledger::{self, Period};
use crate::engine::state::State;
use crate::model::{Code, Evidence, Fault};
use crate::policy::{PermissionStatus, Policies};

/// Answers from the ledger as it stands at the message.
pub fn answer(
    message: &Message<'_>,
    change: &Circumstances,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Message { channel, purpose, holders } = *message;
    let period = Period::At { place: change.stamp.place };
    let asked = policies.register.purposes.get(purpose);
    let mut undecided = false;
    for asked in asked.into_iter().flat_map(|purpose| &purpose.asks_permission_for) {
        let found = ledger::permissions(state, holders, channel, asked, period)?;
        let no = found.iter().find(|it| status(it) == Some(PermissionStatus::OptedOut));
        if let Some(no) = no {
            return Ok(refused(message, asked, &no.evidence));
        }
        match objection::left(change, (found, period), state)? {
            Left::Newer(found) => undecided |= found.iter().any(|it| status(it).is_none()),
            Left::Unknown => undecided = true,
            Left::Nothing(objections) => {
                return Ok(refused(message, asked, &objections[0].evidence));
            }
        }
    }
    Ok(if undecided { Answer::Undecided } else { Answer::Lawful })
}

fn refused(message: &Message<'_>, asked: &str, no: &Evidence) -> Answer {
    let Message { channel, purpose, .. } = *message;
    Answer::Unlawful(Violation {
        code: Code::CN_015,
        severity: Code::CN_015.severity(),
        reason: format!(
            "{purpose} sent by {}: it asks for permission to send {asked}, which the recipient had refused",
            channel.name()
        ),
        evidence: vec![no.clone()],
        purpose: Some(purpose.to_owned()),
        channel: Some(channel),
        column: None,
    })
}
