//! Incidents: suspected personal data breaches (GDPR Art. 4(12)) with their clocks and counts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Activity, Category, Code, Position, Reference, Severity, TableName, Timestamp};

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
    /// Whether it is exact; otherwise an estimate with a standard error of 1.7 %.
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

/// Where an incident stands. People move it on from `Open` (a later release); the stream only
/// opens and updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Detected, nobody has judged it.
    Open,
}

impl IncidentState {
    /// The name used in metrics and events.
    pub fn name(self) -> &'static str {
        "open"
    }
}

/// One incident, as of one of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Derived from source, kind, key and first position: a replay repeats it.
    pub id: Uuid,
    /// Counts its events from 1.
    pub version: u32,
    /// Opened or updated.
    pub activity: Activity,
    /// The detector's code.
    pub code: Code,
    /// State.
    pub state: IncidentState,
    /// Kinds of breach it may be.
    pub breach_types: Vec<BreachType>,
    /// Severity with its arithmetic.
    pub score: SeverityScore,
    /// Commit time of the first transaction.
    pub occurred: Timestamp,
    /// Stream time of the alarm.
    pub detected: Timestamp,
    /// 72 hours after detection. The clock of Art. 33(1) starts at awareness, which a person
    /// declares; until then this is the cautious deadline.
    pub deadline: Timestamp,
    /// First change.
    pub first: Position,
    /// Last change so far.
    pub last: Position,
    /// Who, as keyed hash; `None` when unknown.
    pub actor: Option<Reference>,
    /// What is affected so far.
    pub affected: Affected,
    /// Expected and observed, in words, without any value.
    pub reason: String,
    /// Digest of the policies in force, hexadecimal.
    pub policy_digest: String,
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
