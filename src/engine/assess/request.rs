//! RT-001, RT-002, RT-003: requests that are late, soon to be, or refused without a reason.
//!
//! *What*: the controller informs the data subject on action taken within one month of receipt,
//! which may be extended by two further months (Art. 12(3) GDPR); a refusal states its reasons
//! (Art. 12(4)).
//!
//! *Undecided*: a request that may have been answered where nobody looked, as `engine/requests` says.
//!
//! *Not a finding*: the time that identity checks took, a recorded extension, a last day at a
//! weekend; a reason that follows within the grace.

use super::Violation;
use crate::model::{Code, Evidence};
use crate::policy::RequestKind;

/// A request whose time has passed (RT-001), or three quarters of it (RT-002).
pub fn late(code: Code, kind: RequestKind, months: u32, latest: &Evidence) -> Violation {
    let time = if months == 1 { "one month" } else { "three months, extension included" };
    let passed = if code == Code::RT_001 { "has passed" } else { "is three quarters over" };
    let reason = format!("the time to answer a request ({}), {time}, {passed}", kind.name());
    // One finding for each deadline of a request.
    let which =
        if months == 1 { kind.name().to_owned() } else { format!("{} extended", kind.name()) };
    violation(code, reason, which, latest)
}

/// A refusal without a reason (RT-003).
pub fn without_reason(kind: RequestKind, opened: &Evidence) -> Violation {
    let reason = format!("a request ({}) was refused and no reason is on record", kind.name());
    violation(Code::RT_003, reason, kind.name().to_owned(), opened)
}

fn violation(code: Code, reason: String, which: String, evidence: &Evidence) -> Violation {
    Violation {
        code,
        severity: code.severity(),
        reason,
        evidence: vec![evidence.clone()],
        purpose: None,
        channel: None,
        column: Some(which),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EvidenceRole, Position, TableName};

    #[test]
    fn each_deadline_of_a_request_is_a_finding_of_its_own() {
        let (role, table) = (EvidenceRole::Request, TableName::new("crm", "requests"));
        let row = Evidence { role, table, row: None, position: Position::default() };
        let late = |code, months| late(code, RequestKind::Access, months, &row);
        let (first, extended) = (late(Code::RT_001, 1), late(Code::RT_001, 3));
        assert_ne!(first.column, extended.column);
        assert!(first.reason.ends_with("one month, has passed"), "{}", first.reason);
        assert_eq!(late(Code::RT_002, 1).severity, Code::RT_002.severity());
        let refused = without_reason(RequestKind::Erasure, &row);
        assert_eq!((refused.code, refused.evidence), (Code::RT_003, vec![row]));
    }
}
