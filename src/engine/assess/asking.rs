//! CN-015: somebody who had refused was asked for permission again.
//!
//! *What*: a message was sent for a purpose by which the controller asks for permission, and the
//! recipient had refused, withdrawn or objected for a purpose that it asks for. GDPR Art. 21(3): after
//! an objection to direct marketing the data is no longer processed for it, and asking is marketing.
//!
//! *Undecided*: what is on record cannot be read.
//!
//! *Not a finding*: recipients of whom nothing is known, who were asked and have not answered, or who
//! have said yes; a no to other purposes; a no that was taken back.

use super::message::Message;
use super::{Answer, Violation};
use crate::engine::ledger::{self, Period};
use crate::engine::state::State;
use crate::model::{Code, Fault};
use crate::policy::{PermissionStatus, Policies};

/// Answers from the ledger as it stands at the message.
pub fn answer(
    message: &Message<'_>,
    policies: &Policies,
    state: &State<'_>,
) -> Result<Answer, Fault> {
    let Message { channel, purpose, holders } = *message;
    let asked = policies.register.purposes.get(purpose);
    let mut unreadable = false;
    for asked in asked.into_iter().flat_map(|purpose| &purpose.asks_permission_for) {
        for version in ledger::permissions(state, holders, channel, asked, Period::Now)? {
            match version.says.map(|says| says.status) {
                Some(Some(PermissionStatus::OptedOut)) => {
                    return Ok(Answer::Unlawful(Violation {
                        code: Code::CN_015,
                        severity: Code::CN_015.severity(),
                        reason: format!(
                            "{purpose} sent by {}: it asks for permission to send {asked}, which the \
                             recipient had refused",
                            channel.name()
                        ),
                        evidence: vec![version.evidence],
                        purpose: Some(purpose.to_owned()),
                        channel: Some(channel),
                        column: None,
                    }));
                }
                Some(Some(_)) => {}
                Some(None) | None => unreadable = true,
            }
        }
    }
    Ok(if unreadable { Answer::Undecided } else { Answer::Lawful })
}
