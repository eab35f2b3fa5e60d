//! `unmapped.gdpr`: what a body says in our own words, because OCSF has none for it.

use serde::Serialize;
use uuid::Uuid;

use crate::model::{
    Affected, Backend, BreachType, CatalogueEntry, Category, Channel, Code, Finding, Gap, GapCause,
    Incident, IncidentState, Interruption, Lsn, OpenTransaction, Position, Reference, Sensitivity,
    SeverityBand, SeverityScore, Status, TableName, Timestamp, VerdictSource,
};

/// One emission's own block. Moments are RFC 3339 in UTC, positions log sequence numbers.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Block<'a> {
    Finding {
        rule: Code,
        article: &'static str,
        status: Status,
        table: &'a TableName,
        subject: Option<Reference>,
        actor: Option<Reference>,
        purpose: Option<&'a str>,
        channel: Option<Channel>,
        lsn: Lsn,
        ordinal: u64,
        xid: u32,
        committed: String,
        judged: String,
        profile: &'a str,
        policy_digest: &'a str,
    },
    Incident {
        rule: Code,
        article: &'static str,
        version: u32,
        state: IncidentState,
        breach_types: &'a [BreachType],
        score: Score<'a>,
        occurred: String,
        detected: String,
        notification_deadline: String,
        first: Position,
        last: Position,
        actor: Option<Reference>,
        affected: &'a Affected,
        /// Of one that was told before the commit.
        transaction: Option<Transaction<'a>>,
        policy_digest: &'a str,
    },
    Catalogue {
        table: &'a TableName,
        column: &'a str,
        path: Option<&'a str>,
        category: Option<Category>,
        sensitivity: Option<Sensitivity>,
        confidence_thousandths: u16,
        source: VerdictSource,
        lsn: Lsn,
        ordinal: u64,
        reached: String,
    },
    Coverage {
        rule: Code,
        article: &'static str,
        cause: GapCause,
        from: Lsn,
        to: Lsn,
        noticed: String,
    },
}

/// ENISA's severity score with its arithmetic, in hundredths.
#[derive(Serialize)]
pub(super) struct Score<'a> {
    #[serde(flatten)]
    parts: &'a SeverityScore,
    total: u16,
    band: SeverityBand,
}

/// The transaction of an incident that was told before the commit.
#[derive(Serialize)]
pub(super) struct Transaction<'a> {
    xid: u32,
    first_lsn: Lsn,
    backend: Option<&'a Backend>,
    erased_cells: u64,
    special_category_cells: u64,
    circuit_breaker: Option<Interruption>,
    committed: Option<String>,
    continued_by: Option<Uuid>,
}

impl<'a> Transaction<'a> {
    fn new(of: &'a OpenTransaction) -> Self {
        Transaction {
            xid: of.xid,
            first_lsn: of.first,
            backend: of.backend.as_ref(),
            erased_cells: of.erased_cells,
            special_category_cells: of.special_cells,
            circuit_breaker: of.interruption,
            committed: of.committed.map(moment),
            continued_by: of.continued_by,
        }
    }
}

impl<'a> Block<'a> {
    pub(super) fn finding(finding: &'a Finding) -> Self {
        Block::Finding {
            rule: finding.code,
            article: finding.code.article(),
            status: finding.status,
            table: &finding.table,
            subject: finding.subject,
            actor: finding.actor,
            purpose: finding.purpose.as_deref(),
            channel: finding.channel,
            lsn: finding.position.commit,
            ordinal: finding.position.ordinal,
            xid: finding.xid,
            committed: moment(finding.time),
            judged: moment(finding.judged),
            profile: &finding.profile,
            policy_digest: &finding.policy_digest,
        }
    }

    pub(super) fn incident(incident: &'a Incident) -> Self {
        let score = &incident.score;
        Block::Incident {
            rule: incident.code,
            article: incident.code.article(),
            version: incident.version,
            state: incident.state,
            breach_types: &incident.breach_types,
            score: Score { parts: score, total: score.total(), band: score.band() },
            occurred: moment(incident.occurred),
            detected: moment(incident.detected),
            notification_deadline: moment(incident.deadline),
            first: incident.first,
            last: incident.last,
            actor: incident.actor,
            affected: &incident.affected,
            transaction: incident.transaction.as_ref().map(Transaction::new),
            policy_digest: &incident.policy_digest,
        }
    }

    pub(super) fn catalogue(entry: &'a CatalogueEntry) -> Self {
        Block::Catalogue {
            table: &entry.table,
            column: &entry.column,
            path: entry.path.as_deref(),
            category: entry.verdict.category,
            sensitivity: entry.verdict.sensitivity(),
            confidence_thousandths: entry.verdict.confidence,
            source: entry.verdict.source,
            lsn: entry.position.commit,
            ordinal: entry.position.ordinal,
            reached: moment(entry.time),
        }
    }

    pub(super) fn coverage(gap: &'a Gap) -> Self {
        Block::Coverage {
            rule: Code::COV_002,
            article: Code::COV_002.article(),
            cause: gap.cause,
            from: gap.from,
            to: gap.to,
            noticed: moment(gap.time),
        }
    }
}

fn moment(time: Timestamp) -> String {
    time.to_string()
}
