//! What the engine says, as a CloudEvent.

use serde::Serialize;
use uuid::Uuid;

use super::chain::Statement;
use super::event::{CloudEvent, Topic};
use super::{ocsf, policy_event};
use crate::model::{
    Activity, CatalogueEntry, Emission, EvidenceRole, Finding, Gap, Incident, PolicyNews, Timestamp,
};

/// Where the changes come from; part of every event's `source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// PostgreSQL's system identifier, decimal.
    pub system: String,
    /// Database.
    pub database: String,
}

impl Origin {
    /// CloudEvents `source`: `/lawtail/<system identifier>/<database>`.
    pub fn source(&self) -> String {
        format!("/lawtail/{}/{}", segment(&self.system), segment(&self.database))
    }

    /// The name space of the ids of what has no id of its own.
    fn namespace(&self) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, self.source().as_bytes())
    }
}

/// The event of an emission, not yet linked into its topic's chain: `sequence` is 0, `previous`
/// and `hash` are empty. Only [`Chain::seal`](super::Chain::seal) calls this.
pub(super) fn unsealed(emission: &Emission, origin: &Origin) -> CloudEvent {
    match emission {
        Emission::Finding(finding) => finding_event(finding, origin),
        Emission::Incident(incident) => incident_event(incident, origin),
        Emission::Catalogue(entry) => catalogue_event(entry, origin),
        Emission::Coverage(gap) => coverage_event(gap, origin),
        Emission::Policies(news) => policies_event(news, origin),
    }
}

fn finding_event(finding: &Finding, origin: &Origin) -> CloudEvent {
    let id = event_id(finding.id, finding.activity, finding.count);
    let mut evidence = finding.evidence.iter();
    let processing = evidence.find(|evidence| evidence.role == EvidenceRole::Processing);
    let table = finding.table.to_string();
    let subject = match processing.and_then(|evidence| evidence.row) {
        Some(row) => format!("{table}/{row}"),
        None => table.clone(),
    };
    let key = finding.subject.map_or(table, |subject| subject.to_string());
    let body = ocsf::finding(finding, &id);
    event(Topic::Findings, &id, origin, subject, key, finding.time, &body)
}

/// The body of an incident's event, as JSON.
pub fn incident_body(incident: &Incident) -> String {
    let id = incident_event_id(incident);
    let body = ocsf::incident(incident, &id);
    serde_json::to_string(&body).expect("bodies serialise")
}

/// The id of an incident's event.
pub fn incident_event_id(incident: &Incident) -> String {
    event_id(incident.id, incident.activity, u64::from(incident.version))
}

fn incident_event(incident: &Incident, origin: &Origin) -> CloudEvent {
    let id = incident_event_id(incident);
    let subject = format!("incident/{}", incident.id);
    let body = ocsf::incident(incident, &id);
    event(Topic::Incidents, &id, origin, subject, incident.id.to_string(), incident.detected, &body)
}

/// Its key names the column, and the path within it, so that a compacted topic keeps the latest
/// verdict of each.
fn catalogue_event(entry: &CatalogueEntry, origin: &Origin) -> CloudEvent {
    let table = &entry.table;
    let parts: [&str; 3] = [&table.schema, &table.name, &entry.column];
    let mut key = parts.map(segment).join(".");
    if let Some(path) = &entry.path {
        key = format!("{key}.{}", segment(path));
    }
    let object = Uuid::new_v5(&origin.namespace(), format!("column {key}").as_bytes());
    let verdict = &entry.verdict;
    let category = verdict.category.map_or("", |category| category.key());
    let source = verdict.source.name();
    let version = format!("{} {category} {source} {}", entry.position, verdict.confidence);
    let id = Uuid::new_v5(&object, version.as_bytes()).to_string();
    let path = entry.path.as_deref().map(|path| format!("/{path}")).unwrap_or_default();
    let subject = format!("{table}/{}{path}", entry.column);
    let body = ocsf::catalogue(entry, origin, object.to_string(), &id);
    event(Topic::Catalogue, &id, origin, subject, key, entry.time, &body)
}

fn coverage_event(gap: &Gap, origin: &Origin) -> CloudEvent {
    let subject = format!("wal/{}..{}", gap.from, gap.to);
    let name = format!("gap {} {subject}", gap.cause.name());
    let object = Uuid::new_v5(&origin.namespace(), name.as_bytes());
    let id = event_id(object, Activity::Create, 1);
    let body = ocsf::coverage(gap, origin, object.to_string(), &id);
    event(Topic::Coverage, &id, origin, subject, origin.source(), gap.time, &body)
}

fn policies_event(news: &PolicyNews, origin: &Origin) -> CloudEvent {
    let id = event_id(news.id, Activity::Create, 1);
    let subject = format!("policies/{}", news.digest);
    let body = policy_event::body(news, origin, &id);
    event(Topic::Policies, &id, origin, subject, origin.source(), news.time, &body)
}

/// What the chains say about themselves, as an event that is not linked yet. Only
/// [`Chain`](super::Chain) calls this.
pub(super) fn statement(
    statement: &Statement,
    subject: &str,
    origin: &Origin,
    time: Timestamp,
) -> CloudEvent {
    let text = serde_json::to_string(statement).expect("statements have text keys and no floats");
    let id = Uuid::new_v5(&origin.namespace(), format!("{subject} {time} {text}").as_bytes());
    let (id, subject, key) = (id.to_string(), subject.to_owned(), origin.source());
    event(Topic::Evidence, &id, origin, subject, key, time, statement)
}

/// Derived from the object and which of its events this is, so that a replay repeats it and two
/// events of one object differ.
fn event_id(object: Uuid, activity: Activity, version: u64) -> String {
    Uuid::new_v5(&object, format!("{}/{version}", activity.id()).as_bytes()).to_string()
}

fn event(
    topic: Topic,
    id: &str,
    origin: &Origin,
    subject: String,
    key: String,
    time: Timestamp,
    body: &impl Serialize,
) -> CloudEvent {
    CloudEvent {
        topic,
        id: id.to_owned(),
        kind: topic.event_type().to_owned(),
        source: origin.source(),
        subject,
        time: time.to_string(),
        schema: topic.schema().to_owned(),
        key,
        sequence: 0,
        previous: String::new(),
        hash: String::new(),
        signature: None,
        data: serde_json::to_string(body).expect("bodies have text keys and no floats"),
    }
}

/// Percent-encodes a name so that it is one segment of a URI path (RFC 3986 §3.3) without dots.
fn segment(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
