//! What is on record of a person as JSON, with the evidence and without any personal value.

use serde::Serialize;

use crate::engine::Timeline;
use crate::engine::ledger::{Says, Statement};
use crate::model::{Channel, Evidence, Reference};
use crate::policy::Policies;

#[derive(Serialize)]
struct Body<'a> {
    subject: Reference,
    erased: bool,
    controller: Controller<'a>,
    policy_digest: &'a str,
    statements: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Controller<'a> {
    name: &'a str,
    contact: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    /// `lawful_basis` or `permission`.
    about: &'static str,
    holder: Reference,
    channel: Option<Channel>,
    /// `None`: every purpose.
    purpose: Option<&'a str>,
    /// The purpose in the Data Privacy Vocabulary, as the register says.
    term: Option<&'a str>,
    /// A basis or status; `ended` when its record was withdrawn, deleted or moved to somebody else;
    /// `unknown_word` when the pack does not know what stands there.
    says: &'static str,
    valid_until: Option<String>,
    recorded: String,
    stands: bool,
    evidence: &'a Evidence,
}

/// The body of an answer.
pub fn timeline_body(timeline: &Timeline, policies: &Policies) -> String {
    let register = &policies.register;
    let body = Body {
        subject: timeline.whom,
        erased: timeline.erased,
        controller: Controller { name: &register.controller, contact: &register.contact },
        policy_digest: &policies.digest,
        statements: timeline.statements.iter().map(|it| line(it, policies)).collect(),
    };
    serde_json::to_string(&body).expect("bodies serialise")
}

fn line<'a>(statement: &'a Statement, policies: &'a Policies) -> Line<'a> {
    const UNKNOWN: &str = "unknown_word";
    let (about, channel, says) = match statement.says {
        Says::Basis(basis) => ("lawful_basis", None, basis.map_or(UNKNOWN, |it| it.name())),
        Says::BasisEnded => ("lawful_basis", None, "ended"),
        Says::Permission(channel, status) => {
            ("permission", Some(channel), status.map_or(UNKNOWN, |it| it.name()))
        }
        Says::PermissionEnded(channel) => ("permission", Some(channel), "ended"),
    };
    let purpose = Some(statement.purpose.as_str()).filter(|purpose| !purpose.is_empty());
    let known = purpose.and_then(|purpose| policies.register.purposes.get(purpose));
    Line {
        about,
        holder: statement.holder,
        channel,
        purpose,
        term: known.map(|purpose| purpose.term.as_str()),
        says,
        valid_until: statement.valid_until.map(|end| end.to_string()),
        recorded: statement.recorded.to_string(),
        stands: statement.stands,
        evidence: &statement.evidence,
    }
}
