//! `unmapped.gdpr`: what a body says in our own words, because OCSF has none for it.

use serde::Serialize;
use uuid::Uuid;

use crate::model::{
    Act, Action, Affected, Backend, BreachType, CatalogueEntry, Category, Channel, Code, Finding,
    Gap, GapCause, Handling, Incident, IncidentState, Interruption, Lsn, OpenTransaction,
    OwnRuleName, Position, Reference, Sensitivity, SeverityBand, SeverityScore, Stage, Standing,
    Status, TableName, Timestamp,
};

/// One emission's own block. Moments are RFC 3339 in UTC, positions log sequence numbers.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Block<'a> {
    Finding {
        rule: Code,
        article: &'a str,
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
        /// Of a finding that is information only; what counts in full says nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        standing: Option<&'a Standing>,
        /// Of OWN-001: the rule of the controller's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        own_rule: Option<&'a OwnRuleName>,
    },
    Incident {
        rule: Code,
        #[serde(skip_serializing_if = "<[Code]>::is_empty")]
        further_rules: &'a [Code],
        article: &'static str,
        version: u32,
        state: IncidentState,
        breach_types: &'a [BreachType],
        score: Score<'a>,
        occurred: String,
        latest: String,
        detected: String,
        notification_deadline: String,
        handling: Box<Handled<'a>>,
        first: Position,
        last: Position,
        actor: Option<Reference>,
        #[serde(skip_serializing_if = "<[Reference]>::is_empty")]
        further_actors: &'a [Reference],
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
        source: &'static str,
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

/// What people have done about an incident.
#[derive(Serialize)]
pub(super) struct Handled<'a> {
    stage: Stage,
    triage_started: Option<String>,
    aware: Option<String>,
    notified: Option<String>,
    acts: Vec<Done<'a>>,
}

/// One thing that somebody did.
#[derive(Serialize)]
pub(super) struct Done<'a> {
    action: Action,
    time: String,
    by: &'a str,
    reason: &'a str,
}

impl<'a> Handled<'a> {
    fn new(handling: &'a Handling) -> Self {
        let done = |act: &'a Act| Done {
            action: act.action,
            time: moment(act.time),
            by: &act.by,
            reason: &act.reason,
        };
        Handled {
            stage: handling.stage,
            triage_started: handling.triage_started.map(moment),
            aware: handling.aware.map(moment),
            notified: handling.notified.map(moment),
            acts: handling.acts.iter().map(done).collect(),
        }
    }
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
            article: finding.article(),
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
            standing: Some(&finding.standing).filter(|it| **it != Standing::Enforced),
            own_rule: finding.own_rule.as_ref(),
        }
    }

    pub(super) fn incident(incident: &'a Incident) -> Self {
        let score = &incident.score;
        Block::Incident {
            rule: incident.code,
            further_rules: &incident.further_codes,
            article: incident.code.article(),
            version: incident.version,
            state: incident.state,
            breach_types: &incident.breach_types,
            score: Score { parts: score, total: score.total(), band: score.band() },
            occurred: moment(incident.occurred),
            latest: moment(incident.latest),
            detected: moment(incident.detected),
            notification_deadline: moment(incident.due()),
            handling: Box::new(Handled::new(&incident.handling)),
            first: incident.first,
            last: incident.last,
            actor: incident.actor,
            further_actors: &incident.further_actors,
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
            source: entry.verdict.source.name(),
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
