//! Incidents: suspected personal data breaches (GDPR Art. 4(12)) with their clocks and counts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Activity, Backend, Category, Code, Handling, Lsn, Position, Reference, Severity, Stage,
    TableName, Timestamp,
};

/// Which security property was hurt (EDPB Guidelines 9/2022, §15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreachType {
    /// Disclosure or access.
    Confidentiality,
    /// Alteration.
    Integrity,
    /// Loss or destruction.
    Availability,
}

/// ENISA's bands of the severity score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeverityBand {
    /// Below 2.
    Low,
    /// 2 to below 3.
    Medium,
    /// 3 to below 4.
    High,
    /// 4 and above.
    VeryHigh,
}

impl SeverityBand {
    /// The name used in metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            SeverityBand::Low => "low",
            SeverityBand::Medium => "medium",
            SeverityBand::High => "high",
            SeverityBand::VeryHigh => "very_high",
        }
    }

    /// The severity of the events that carry it.
    pub fn severity(self) -> Severity {
        match self {
            SeverityBand::Low => Severity::Low,
            SeverityBand::Medium => Severity::Medium,
            SeverityBand::High => Severity::High,
            SeverityBand::VeryHigh => Severity::Critical,
        }
    }
}

/// `SE = DPC × EI + CB`, in hundredths so that every platform computes the same (ENISA 2013).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityScore {
    /// Data processing context, 100 to 400.
    pub processing_context: u16,
    /// Ease of identification: 25, 50, 75 or 100.
    pub ease_of_identification: u16,
    /// Circumstances of the breach: confidentiality part.
    pub confidentiality: u16,
    /// Integrity part.
    pub integrity: u16,
    /// Availability part.
    pub availability: u16,
    /// Malicious intent: 0 or 50.
    pub malicious_intent: u16,
}

impl SeverityScore {
    /// The score in hundredths.
    pub fn total(&self) -> u16 {
        let circumstances =
            self.confidentiality + self.integrity + self.availability + self.malicious_intent;
        self.processing_context * self.ease_of_identification / 100 + circumstances
    }

    /// Its band.
    pub fn band(&self) -> SeverityBand {
        match self.total() {
            0..200 => SeverityBand::Low,
            200..300 => SeverityBand::Medium,
            300..400 => SeverityBand::High,
            _ => SeverityBand::VeryHigh,
        }
    }
}

/// A number of data subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectCount {
    /// Best value.
    pub value: u64,
    /// Whether it is exact; otherwise an estimate with a standard error of 3.3 % at most.
    pub exact: bool,
}

/// Cells touched, by category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCount {
    /// Category.
    pub category: Category,
    /// Cells.
    pub cells: u64,
}

/// What an incident affects: GDPR Art. 33(3)(a).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Data subjects; `None` when the stream cannot tell, as for TRUNCATE.
    pub subjects: Option<SubjectCount>,
    /// Rows.
    pub records: u64,
    /// Cells by category, in the order of [`Category`].
    pub cells: Vec<CategoryCount>,
    /// Tables.
    pub tables: Vec<TableName>,
    /// Whether the old values were in the stream, so that the change can be undone from a log.
    pub reversible: bool,
}

/// What the stream knows of an incident's transaction. What people think of it is its
/// [`Handling`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Detected at a commit; nobody has judged it.
    Open,
    /// Told while its transaction is still open: it may yet be rolled back.
    Provisional,
    /// Told before its transaction committed, which it then did. As [`IncidentState::Open`] from
    /// here on.
    Committed,
    /// Its transaction was rolled back: nothing was changed.
    Aborted,
    /// Sight of its transaction was lost, and it was not seen again. It becomes
    /// [`IncidentState::Committed`] should the commit still come.
    Unknown,
}

impl IncidentState {
    /// Every state.
    pub const ALL: [IncidentState; 5] = [
        IncidentState::Open,
        IncidentState::Provisional,
        IncidentState::Committed,
        IncidentState::Aborted,
        IncidentState::Unknown,
    ];

    /// The name used in metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            IncidentState::Open => "open",
            IncidentState::Provisional => "provisional",
            IncidentState::Committed => "committed",
            IncidentState::Aborted => "aborted",
            IncidentState::Unknown => "unknown",
        }
    }

    /// Whether the end of its transaction is still to come, as far as is known.
    pub fn is_unsettled(self) -> bool {
        matches!(self, IncidentState::Provisional | IncidentState::Unknown)
    }
}

/// What the circuit breaker did about an open transaction, or would have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// The statement that its backend was running was cancelled.
    Cancelled,
    /// It would have been cancelled, but this is a dry run.
    WouldCancel,
    /// Its account is never to be cancelled.
    Allowed,
    /// No backend had it open any more.
    Gone,
    /// The server refused (`pg_signal_backend`), or could not be asked.
    Refused,
}

impl Interruption {
    /// Every action.
    pub const ALL: [Interruption; 5] = [
        Interruption::Cancelled,
        Interruption::WouldCancel,
        Interruption::Allowed,
        Interruption::Gone,
        Interruption::Refused,
    ];

    /// The name used in metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            Interruption::Cancelled => "cancelled",
            Interruption::WouldCancel => "would_cancel",
            Interruption::Allowed => "allowed",
            Interruption::Gone => "gone",
            Interruption::Refused => "refused",
        }
    }
}

/// The transaction that an incident was told of before it committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTransaction {
    /// Its id.
    pub xid: u32,
    /// Where its first change lies in the log. With `xid` it names the transaction for good.
    pub first: Lsn,
    /// Who had it open; `None` when the server did not say.
    pub backend: Option<Backend>,
    /// Personal cells emptied or deleted, as far as it was seen before its end.
    pub erased_cells: u64,
    /// Cells of special categories and of criminal offences touched (GDPR Art. 9 and 10), as far
    /// as it was seen before its end.
    pub special_cells: u64,
    /// What the circuit breaker did, if it was asked.
    pub interruption: Option<Interruption>,
    /// When it committed.
    pub committed: Option<Timestamp>,
    /// The incident that was running already for the same act and goes on in place of this one.
    pub continued_by: Option<Uuid>,
}

/// One incident, as of one of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Derived from source, kind, key and first position: a replay repeats it.
    pub id: Uuid,
    /// Counts its events from 1.
    pub version: u32,
    /// Opened, updated or closed.
    pub activity: Activity,
    /// The code of the detector that explains most of it.
    pub code: Code,
    /// Codes of further detectors that speak of the same act, in their order.
    pub further_codes: Vec<Code>,
    /// State.
    pub state: IncidentState,
    /// Kinds of breach it may be.
    pub breach_types: Vec<BreachType>,
    /// Severity with its arithmetic.
    pub score: SeverityScore,
    /// Commit time of the first transaction; while that is open, as `detected`.
    pub occurred: Timestamp,
    /// Commit time of the last transaction so far; while that is open, when it was last looked at.
    pub latest: Timestamp,
    /// Stream time of the alarm; of one before the commit, the server's clock.
    pub detected: Timestamp,
    /// 72 hours after detection. The clock of Art. 33(1) starts at awareness, which a person
    /// declares; until then this is the cautious deadline.
    pub deadline: Timestamp,
    /// First change. Before the commit its position is not known: then the LSN is that of the
    /// transaction's first change.
    pub first: Position,
    /// Last change so far.
    pub last: Position,
    /// Who, as keyed hash; `None` when unknown.
    pub actor: Option<Reference>,
    /// Who else, sorted.
    pub further_actors: Vec<Reference>,
    /// What is affected so far.
    pub affected: Affected,
    /// What people have done about it.
    pub handling: Handling,
    /// The transaction that it was told of before the commit, if it was.
    pub transaction: Option<OpenTransaction>,
    /// Expected and observed, in words, without any value.
    pub reason: String,
    /// Digest of the policies in force, hexadecimal.
    pub policy_digest: String,
}

/// More people than this make an incident urgent.
const URGENT_FROM: u64 = 100;

impl Incident {
    /// All codes under which it is told, the one that explains most first.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        std::iter::once(self.code).chain(self.further_codes.iter().copied())
    }

    /// Whether a code tells of what hardly ever happens by mistake.
    pub fn is_intended(code: Code) -> bool {
        let codes = [
            Code::SEC_004,
            Code::SEC_005,
            Code::SEC_012,
            Code::SEC_013,
            Code::SEC_015,
            Code::SEC_016,
            Code::SEC_017,
            Code::SEC_021,
        ];
        codes.contains(&code)
    }

    /// Whether it cannot wait for office hours although its severity is not high: it hardly ever happens by
    /// mistake, or is about more than 100 people, which ENISA's methodology (2013, section 3.5) asks to point out
    /// beside the score; where people cannot be counted, records are.
    pub fn is_urgent(&self) -> bool {
        let Affected { subjects, records, .. } = &self.affected;
        let reached = subjects.map_or(*records, |subjects| subjects.value);
        let is_grave = matches!(self.score.band(), SeverityBand::High | SeverityBand::VeryHigh);
        !is_grave && (self.codes().any(Incident::is_intended) || reached > URGENT_FROM)
    }

    /// The deadline that counts now: 72 hours after awareness, before that 72 hours after detection.
    pub fn due(&self) -> Timestamp {
        self.handling.deadline().unwrap_or(self.deadline)
    }

    /// Whether its time for notification is running. One that somebody has taken up stays beyond its
    /// deadline, as overdue is worse than due; one that nobody looked at does not.
    pub fn is_running(&self, now: Timestamp) -> bool {
        match self.handling.stage {
            Stage::New => now < self.due(),
            stage => !stage.ends_clock(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples of the project's detection reference.
    #[test]
    fn the_severity_score_follows_enisa() {
        let payee_redirection = SeverityScore {
            processing_context: 300,
            ease_of_identification: 100,
            confidentiality: 0,
            integrity: 25,
            availability: 0,
            malicious_intent: 50,
        };
        assert_eq!(payee_redirection.total(), 375);
        assert_eq!(payee_redirection.band(), SeverityBand::High);
        let consent_flip = SeverityScore { processing_context: 100, ..payee_redirection };
        assert_eq!(consent_flip.total(), 175);
        assert_eq!(consent_flip.band(), SeverityBand::Low);
    }
}
