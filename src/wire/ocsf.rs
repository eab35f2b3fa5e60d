//! The bodies of events: findings of the Open Cybersecurity Schema Framework 1.8.0
//! (<https://schema.ocsf.io/1.8.0>), with what OCSF has no word for in `unmapped.gdpr`.
//!
//! Members are written in the order of the structs, so that the same emission always gives the
//! same bytes.

use serde::Serialize;

use super::block::Block;
use super::envelope::Origin;
use crate::model::{
    Act, Action, Activity, CatalogueEntry, Code, Evidence, Finding, Gap, Handling, Incident,
    Sensitivity, Severity, Stage, Standing, Status, TableName, Timestamp, VerdictSource,
};

/// Of the schema.
pub(super) const VERSION: &str = "1.8.0";
const STANDARD: &str = "GDPR";

/// OCSF `status_id`: new.
const NEW: u8 = 1;

/// OCSF `status_id`: suppressed.
const SUPPRESSED: u8 = 3;

/// OCSF `category_uid`: findings.
const FINDINGS: u32 = 2;

/// One event's body.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    activity_id: u8,
    category_uid: u32,
    class_uid: u32,
    type_uid: u32,
    severity_id: u8,
    severity: &'static str,
    /// When the finding was made, in milliseconds since the Unix epoch.
    time: i64,
    /// When what it is about began, in milliseconds since the Unix epoch.
    start_time: i64,
    /// 1: new, 2: in progress, 4: resolved, 5: closed. In between only people move it on.
    status_id: u8,
    message: &'a str,
    count: u64,
    metadata: Metadata<'a>,
    #[serde(flatten)]
    class: Class<'a>,
    unmapped: Unmapped<'a>,
}

/// What the classes do not share.
#[derive(Serialize)]
#[serde(untagged)]
enum Class<'a> {
    /// 2003
    Compliance {
        finding_info: FindingInfo<'a>,
        compliance: Compliance<'a>,
        resources: Vec<Resource<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        evidences: Vec<EvidenceArtifact<'a>>,
    },
    /// 2004
    Detection {
        finding_info: FindingInfo<'a>,
        is_alert: bool,
        resources: Vec<Resource<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        evidences: Vec<EvidenceArtifact<'a>>,
    },
    /// 2005
    Incident {
        desc: &'a str,
        finding_info_list: Vec<FindingInfo<'a>>,
        impact_id: u8,
        priority_id: u8,
        is_suspected_breach: bool,
        verdict_id: u8,
        assignee_group: Named,
    },
    /// 2006
    DataSecurity {
        finding_info: FindingInfo<'a>,
        confidence_score: u16,
        data_security: DataSecurity<'a>,
        database: Database<'a>,
        table: Table<'a>,
    },
}

impl Class<'_> {
    fn uid(&self) -> u32 {
        match self {
            Class::Compliance { .. } => 2003,
            Class::Detection { .. } => 2004,
            Class::Incident { .. } => 2005,
            Class::DataSecurity { .. } => 2006,
        }
    }
}

#[derive(Serialize)]
struct Unmapped<'a> {
    gdpr: Block<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    version: &'static str,
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_code: Option<Code>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    profiles: &'static [&'static str],
    product: Product,
}

/// Who says so.
#[derive(Serialize)]
pub(super) struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

impl Product {
    /// This program.
    pub(super) const OWN: Product =
        Product { name: "lawtail", vendor_name: "lawtail", version: env!("CARGO_PKG_VERSION") };
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    uid: String,
    title: &'a str,
    desc: &'a str,
    created_time: i64,
    first_seen_time: i64,
    analytic: Analytic<'a>,
}

#[derive(Serialize)]
struct Analytic<'a> {
    uid: &'a str,
    name: &'a str,
    type_id: u8,
}

#[derive(Serialize)]
struct Compliance<'a> {
    standards: [&'static str; 1],
    control: &'a str,
    requirements: [Code; 1],
    status_id: u8,
    status_details: [&'a str; 1],
    checks: [Check; 1],
}

#[derive(Serialize)]
struct Check {
    uid: Code,
    name: &'static str,
    standards: [&'static str; 1],
    status_id: u8,
    severity_id: u8,
}

#[derive(Serialize)]
struct Resource<'a> {
    uid: String,
    r#type: &'static str,
    name: &'a str,
    namespace: &'a str,
    /// 3: affected.
    role_id: u8,
}

#[derive(Serialize)]
struct EvidenceArtifact<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    data: &'a Evidence,
}

#[derive(Serialize)]
struct DataSecurity<'a> {
    /// 1: personal; absent for a column that is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    category_id: Option<u8>,
    confidentiality_id: u8,
    /// 1: data at rest.
    data_lifecycle_state_id: u8,
    /// 9: database activity monitoring.
    detection_system_id: u8,
    detection_pattern: &'a str,
}

#[derive(Serialize)]
struct Database<'a> {
    uid: &'a str,
    name: &'a str,
    /// 1: relational.
    type_id: u8,
}

#[derive(Serialize)]
struct Table<'a> {
    uid: String,
    name: &'a str,
}

/// What every class is built from.
struct Head<'a> {
    activity: Activity,
    severity: Severity,
    made: Timestamp,
    began: Timestamp,
    message: &'a str,
    count: u64,
    event: &'a str,
    code: Option<Code>,
    /// Unless it is closed.
    status: u8,
}

fn body<'a>(head: Head<'a>, class: Class<'a>, gdpr: Block<'a>) -> Body<'a> {
    let incident = matches!(class, Class::Incident { .. });
    Body {
        activity_id: head.activity.id(),
        category_uid: FINDINGS,
        class_uid: class.uid(),
        type_uid: class.uid() * 100 + u32::from(head.activity.id()),
        severity_id: head.severity.id(),
        severity: head.severity.name(),
        time: milliseconds(head.made),
        start_time: milliseconds(head.began),
        status_id: if head.activity == Activity::Close { 5 } else { head.status },
        message: head.message,
        count: head.count,
        metadata: Metadata {
            version: VERSION,
            uid: head.event,
            event_code: head.code,
            profiles: if incident { &["incident"] } else { &[] },
            product: Product::OWN,
        },
        class,
        unmapped: Unmapped { gdpr },
    }
}

/// A finding: class 2004 for a detector's code, 2003 for a rule's.
pub(super) fn finding<'a>(finding: &'a Finding, event: &'a str) -> Body<'a> {
    let code = finding.code;
    let head = Head {
        activity: finding.activity,
        severity: finding.severity,
        made: finding.judged,
        began: finding.time,
        message: &finding.reason,
        count: finding.count,
        event,
        code: Some(code),
        status: match finding.standing {
            Standing::Suppressed { .. } => SUPPRESSED,
            Standing::Enforced | Standing::Trial => NEW,
        },
    };
    let info = FindingInfo {
        uid: finding.id.to_string(),
        title: code.title(),
        desc: &finding.reason,
        created_time: milliseconds(finding.judged),
        first_seen_time: milliseconds(finding.time),
        analytic: rule(code),
    };
    let resources = vec![table_resource(&finding.table)];
    let evidences = finding.evidence.iter().map(artifact).collect();
    let class = if code.text().starts_with("SEC-") {
        Class::Detection { finding_info: info, is_alert: true, resources, evidences }
    } else {
        let compliance = Compliance {
            control: finding.article(),
            ..compliance(code, finding.status, finding.severity, &finding.reason)
        };
        Class::Compliance { finding_info: info, compliance, resources, evidences }
    };
    body(head, class, Block::finding(finding))
}

/// An incident: class 2005.
pub(super) fn incident<'a>(incident: &'a Incident, event: &'a str) -> Body<'a> {
    let code = incident.code;
    let band = incident.score.band();
    let head = Head {
        activity: incident.activity,
        severity: code.severity().max(band.severity()),
        made: incident.detected,
        began: incident.occurred,
        message: &incident.reason,
        count: incident.affected.records,
        event,
        code: Some(code),
        status: status(incident.handling.stage),
    };
    let info = |code: Code| FindingInfo {
        uid: incident.id.to_string(),
        title: code.title(),
        desc: &incident.reason,
        created_time: milliseconds(incident.detected),
        first_seen_time: milliseconds(incident.occurred),
        analytic: rule(code),
    };
    let impact = band as u8 + 1;
    let class = Class::Incident {
        desc: &incident.reason,
        finding_info_list: incident.codes().map(info).collect(),
        impact_id: impact,
        priority_id: impact,
        is_suspected_breach: incident.handling.stage != Stage::Dismissed,
        verdict_id: verdict(&incident.handling),
        // The class asks for an assignee. The stream knows none, so it names whose task it is
        // (GDPR Art. 33(1) and 38).
        assignee_group: Named { name: "data protection" },
    };
    body(head, class, Block::incident(incident))
}

/// OCSF `status_id`: new, in progress, resolved, closed.
fn status(stage: Stage) -> u8 {
    match stage {
        Stage::New => NEW,
        Stage::Acknowledged | Stage::Confirmed | Stage::Notified => 2,
        Stage::Dismissed => 4,
        Stage::Closed => 5,
    }
}

/// OCSF `verdict_id`: 0 unknown, 1 false positive, 2 true positive. The last judgement counts.
fn verdict(handling: &Handling) -> u8 {
    let judged = |act: &Act| match act.action {
        Action::Confirm => Some(2),
        Action::Dismiss => Some(1),
        Action::Acknowledge | Action::Notify | Action::Close => None,
    };
    handling.acts.iter().rev().find_map(judged).unwrap_or(0)
}

/// A line of the data map: class 2006.
pub(super) fn catalogue<'a>(
    entry: &'a CatalogueEntry,
    origin: &'a Origin,
    object: String,
    event: &'a str,
) -> Body<'a> {
    let verdict = &entry.verdict;
    let category = verdict.category.map_or("not personal", |category| category.key());
    let head = Head {
        activity: Activity::Create,
        severity: Severity::Informational,
        made: entry.time,
        began: entry.time,
        message: &verdict.why,
        count: 1,
        event,
        code: None,
        status: NEW,
    };
    let finding_info = FindingInfo {
        uid: object,
        title: match entry.path {
            Some(_) => "content of a path within a column",
            None => "content of a column",
        },
        desc: &verdict.why,
        created_time: milliseconds(entry.time),
        first_seen_time: milliseconds(entry.time),
        analytic: Analytic {
            uid: category,
            name: category,
            type_id: match verdict.source {
                VerdictSource::Name => 7,
                VerdictSource::Values | VerdictSource::SpecialTexts => 8,
                VerdictSource::Declared | VerdictSource::DeclaredSpecialTexts => 6,
            },
        },
    };
    let class = Class::DataSecurity {
        finding_info,
        confidence_score: verdict.confidence / 10,
        data_security: DataSecurity {
            category_id: verdict.category.map(|_| 1),
            confidentiality_id: match verdict.sensitivity() {
                None => 1,
                Some(Sensitivity::Ordinary) => 2,
                Some(Sensitivity::Special | Sensitivity::Criminal) => 6,
            },
            data_lifecycle_state_id: 1,
            detection_system_id: 9,
            detection_pattern: category,
        },
        database: Database { uid: &origin.system, name: &origin.database, type_id: 1 },
        table: Table { uid: entry.table.to_string(), name: &entry.table.name },
    };
    body(head, class, Block::catalogue(entry))
}

/// A gap in what was seen: class 2003 that could not be judged.
pub(super) fn coverage<'a>(
    gap: &'a Gap,
    origin: &'a Origin,
    object: String,
    event: &'a str,
) -> Body<'a> {
    let code = Code::COV_002;
    let reason = gap.cause.name();
    let head = Head {
        activity: Activity::Create,
        severity: code.severity(),
        made: gap.time,
        began: gap.time,
        message: code.title(),
        count: 1,
        event,
        code: Some(code),
        status: NEW,
    };
    let finding_info = FindingInfo {
        uid: object,
        title: code.title(),
        desc: reason,
        created_time: milliseconds(gap.time),
        first_seen_time: milliseconds(gap.time),
        analytic: rule(code),
    };
    let database = Resource {
        uid: format!("{}/{}", origin.system, origin.database),
        r#type: "database",
        name: &origin.database,
        namespace: &origin.system,
        role_id: 3,
    };
    let class = Class::Compliance {
        finding_info,
        compliance: compliance(code, Status::Gap, code.severity(), reason),
        resources: vec![database],
        evidences: Vec::new(),
    };
    body(head, class, Block::coverage(gap))
}

fn compliance(code: Code, status: Status, severity: Severity, reason: &str) -> Compliance<'_> {
    // 2 is OCSF's "did not yield a result due to missing information".
    let status_id = match status {
        Status::Gap => 2,
        Status::Violation => 3,
    };
    Compliance {
        standards: [STANDARD],
        control: code.article(),
        requirements: [code],
        status_id,
        status_details: [reason],
        checks: [Check {
            uid: code,
            name: code.title(),
            standards: [STANDARD],
            status_id,
            severity_id: severity.id(),
        }],
    }
}

fn rule(code: Code) -> Analytic<'static> {
    Analytic { uid: code.text(), name: code.title(), type_id: 1 }
}

fn table_resource(table: &TableName) -> Resource<'_> {
    Resource {
        uid: table.to_string(),
        r#type: "table",
        name: &table.name,
        namespace: &table.schema,
        role_id: 3,
    }
}

fn artifact(evidence: &Evidence) -> EvidenceArtifact<'_> {
    EvidenceArtifact { uid: evidence.row.map(|row| row.to_string()), data: evidence }
}

fn milliseconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000)
}
