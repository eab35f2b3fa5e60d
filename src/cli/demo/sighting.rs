//! What the daemon published, read back from its file of JSON lines.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use crate::model::{Code, Fault, Reference, Severity, TableName};

/// What kind of event it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A violation, or something that could not be judged.
    Finding,
    /// A suspected breach.
    Incident,
    /// A part of the stream was not seen.
    Gap,
}

/// A finding, incident or gap as a reader of the events sees it.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Kind.
    pub kind: Kind,
    /// Id of the finding or incident, the same for all of its events.
    pub id: String,
    /// Rule or detector.
    pub code: Code,
    /// Severity.
    pub severity: Severity,
    /// Whom it is about.
    pub subject: Option<Reference>,
    /// Which tables.
    pub tables: Vec<TableName>,
    /// Why.
    pub message: String,
    /// Article.
    pub article: String,
    /// When it was judged or detected, by the stream's time, RFC 3339.
    pub time: String,
    /// End of the 72 hours of an incident, RFC 3339.
    pub deadline: Option<String>,
    /// When we read it.
    pub seen: Instant,
}

impl Sighting {
    /// From one line. `None` for the data map and for updates of what is known already.
    pub fn parse(line: &str) -> Option<Sighting> {
        let event: Value = serde_json::from_str(line).ok()?;
        let data = &event["data"];
        let gdpr = &data["unmapped"]["gdpr"];
        let text = |value: &Value| value.as_str().map(str::to_string);
        let kind = match event["type"].as_str()? {
            "eu.lawtail.finding.v1" => Kind::Finding,
            "eu.lawtail.incident.v1" => Kind::Incident,
            "eu.lawtail.coverage.v1" => Kind::Gap,
            _ => return None,
        };
        const CREATED: u64 = 1;
        if data["activity_id"].as_u64() != Some(CREATED) {
            return None;
        }
        let info = match kind {
            Kind::Incident => &data["finding_info_list"][0],
            Kind::Finding | Kind::Gap => &data["finding_info"],
        };
        Some(Sighting {
            kind,
            id: text(&info["uid"])?,
            code: gdpr["rule"].as_str()?.parse().ok()?,
            severity: severity(data["severity_id"].as_u64()?)?,
            subject: gdpr["subject"].as_str().and_then(Reference::parse),
            tables: tables(gdpr),
            message: text(&data["message"])?,
            article: text(&gdpr["article"])?,
            time: text(&gdpr["judged"])
                .or_else(|| text(&gdpr["detected"]))
                .or(text(&event["time"]))?,
            deadline: text(&gdpr["notification_deadline"]),
            seen: Instant::now(),
        })
    }
}

fn severity(id: u64) -> Option<Severity> {
    use Severity::{Critical, High, Informational, Low, Medium};
    let all = [Informational, Low, Medium, High, Critical];
    all.into_iter().find(|severity| u64::from(severity.id()) == id)
}

/// The table of a finding, or the affected tables of an incident.
fn tables(gdpr: &Value) -> Vec<TableName> {
    let affected = gdpr["affected"]["tables"].as_array().into_iter().flatten();
    let named = std::iter::once(&gdpr["table"]).chain(affected);
    named.filter_map(|name| name.as_str()?.parse().ok()).collect()
}

/// Reads a file that somebody else appends to.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    offset: u64,
    unfinished: Vec<u8>,
}

impl Tail {
    /// From its beginning; it need not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Tail { path, offset: 0, unfinished: Vec::new() }
    }

    /// The lines that were finished since the last call.
    pub fn lines(&mut self) -> Result<Vec<String>, Fault> {
        let read = match self.read() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        };
        read.map_err(|error| Fault::new(Code::PUB_001, format!("reading it back: {error}")))?;
        let Some(end) = self.unfinished.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(Vec::new());
        };
        let rest = self.unfinished.split_off(end + 1);
        let finished = std::mem::replace(&mut self.unfinished, rest);
        Ok(String::from_utf8_lossy(&finished).lines().map(str::to_string).collect())
    }

    fn read(&mut self) -> std::io::Result<()> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        self.offset += file.read_to_end(&mut self.unfinished)? as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_finding_is_read_from_its_event() {
        let line = r#"{"specversion":"1.0","id":"e","type":"eu.lawtail.finding.v1",
            "time":"2026-01-31T10:00:00Z","data":{"activity_id":1,"severity_id":4,"message":"why",
            "finding_info":{"uid":"f"},"unmapped":{"gdpr":{"rule":"LB-001","article":"Art. 6",
            "judged":"2026-01-31T10:00:05Z","table":"crm.contacts","subject":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"}}}}"#;
        let sighting = Sighting::parse(line).unwrap();
        assert_eq!((sighting.kind, sighting.code), (Kind::Finding, Code::LB_001));
        assert_eq!(sighting.subject, Some(Reference([0xA5; 16])));
        assert_eq!(sighting.tables, [TableName::new("crm", "contacts")]);
        assert_eq!(sighting.time, "2026-01-31T10:00:05Z", "later than the change it is about");
        assert_eq!((sighting.severity, &*sighting.message), (Severity::High, "why"));
        assert!(
            Sighting::parse(&line.replace(r#""activity_id":1"#, r#""activity_id":2"#)).is_none()
        );
        assert!(Sighting::parse("not json").is_none());
    }

    #[test]
    fn a_tail_gives_each_line_once_and_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut tail = Tail::new(path.clone());
        assert!(tail.lines().unwrap().is_empty());
        let mut file = File::create(&path).unwrap();
        file.write_all("one\ntw".as_bytes()).unwrap();
        assert_eq!(tail.lines().unwrap(), ["one"]);
        assert!(tail.lines().unwrap().is_empty());
        file.write_all("o\n".as_bytes()).unwrap();
        assert_eq!(tail.lines().unwrap(), ["two"]);
    }
}
