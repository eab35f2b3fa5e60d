//! What was published: the lines of an event file, read as a receiver would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use jsonschema::Validator;
use lawtail::wire::{CloudEvent, Topic, lines};
use serde_json::Value;

/// Events in the order in which they came, repetitions included.
pub struct Published {
    pub events: Vec<CloudEvent>,
}

/// What a test wants to know of a finding or an incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub code: String,
    pub table: String,
    /// Reference of the data subject.
    pub subject: Option<String>,
    /// The finding's own id, which its later events share.
    pub id: String,
}

impl Published {
    /// The whole lines of a file. A file that is not there yet is empty.
    pub fn in_file(path: &Path) -> Published {
        let text = std::fs::read(path).unwrap_or_default();
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines = text[..whole].split_inclusive(|byte| *byte == b'\n');
        let decoded = lines.map(|line| lines::decode(line.trim_ascii_end()).unwrap());
        Published { events: decoded.collect() }
    }

    /// The events of a topic, each once. The same id with another content is a failure.
    pub fn once(&self, topic: Topic) -> Vec<&CloudEvent> {
        let mut seen: BTreeMap<&str, &CloudEvent> = BTreeMap::new();
        let mut events = Vec::new();
        for event in self.events.iter().filter(|event| event.topic == topic) {
            match seen.insert(&event.id, event) {
                None => events.push(event),
                Some(before) => assert_eq!(event, before, "one id, two contents"),
            }
        }
        events
    }

    /// How many events are exact repetitions of earlier ones.
    pub fn repeated(&self) -> usize {
        let distinct: usize = Topic::ALL.iter().map(|topic| self.once(*topic).len()).sum();
        self.events.len() - distinct
    }

    /// Findings when they were opened, each once, in order.
    pub fn findings(&self) -> Vec<Found> {
        self.opened(Topic::Findings, |data| &data["finding_info"]["uid"])
    }

    /// Incidents when they were opened, each once, in order.
    pub fn incidents(&self) -> Vec<Found> {
        self.opened(Topic::Incidents, |data| &data["finding_info_list"][0]["uid"])
    }

    /// The codes that incidents are told under: what one act does is one incident under several.
    pub fn incident_codes(&self) -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        for event in self.once(Topic::Incidents) {
            let data: Value = serde_json::from_str(&event.data).unwrap();
            let own = &data["unmapped"]["gdpr"];
            let further = own["further_rules"].as_array().into_iter().flatten();
            let named = std::iter::once(&own["rule"]).chain(further);
            codes.extend(named.filter_map(|code| code.as_str().map(str::to_owned)));
        }
        codes
    }

    fn opened(&self, topic: Topic, id: impl Fn(&Value) -> &Value) -> Vec<Found> {
        let mut found = Vec::new();
        for event in self.once(topic) {
            let data: Value = serde_json::from_str(&event.data).unwrap();
            if data["activity_id"] != 1 {
                continue;
            }
            let own = &data["unmapped"]["gdpr"];
            let text = |value: &Value| value.as_str().map(str::to_owned);
            found.push(Found {
                code: text(&own["rule"]).unwrap(),
                table: text(&own["table"]).unwrap_or_default(),
                subject: text(&own["subject"]),
                id: text(id(&data)).unwrap(),
            });
        }
        found
    }

    /// Code and data subject of every finding, in alphabetical order.
    pub fn facts(&self) -> Vec<(String, Option<String>)> {
        let mut facts: Vec<_> =
            self.findings().into_iter().map(|found| (found.code, found.subject)).collect();
        facts.sort();
        facts
    }
}

/// Every line, and the body in it, is valid by the schemas of `deploy/schemas`.
pub fn assert_valid(path: &Path) {
    let line_schema = schema("line");
    let text = std::fs::read_to_string(path).unwrap();
    let mut bodies: BTreeMap<String, Validator> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line_schema.is_valid(&line), "{line}");
        let name = line["dataschema"].as_str().unwrap().split(':').nth(3).unwrap();
        let name = name.strip_suffix(".v1").unwrap().to_owned();
        let body = bodies.entry(name).or_insert_with_key(|name| schema(name));
        if let Err(error) = body.validate(&line["data"]) {
            panic!("{error}: {line}");
        }
    }
}

fn schema(name: &str) -> Validator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schemas");
    let text = std::fs::read_to_string(folder.join(format!("{name}.v1.schema.json"))).unwrap();
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// `lawtail verify` accepts the file.
pub fn assert_verified(path: &Path) {
    let verify = Command::new(super::process::program()).arg("verify").arg(path).output();
    let verify = verify.unwrap();
    let told = String::from_utf8_lossy(&verify.stdout);
    assert!(verify.status.success() && told.contains("ok: nothing was removed"), "{told}");
}
