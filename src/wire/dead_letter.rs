//! What is said of an event that a receiver does not take: where it belongs and why, without its body.

use serde::Serialize;
use uuid::Uuid;

use super::event::CloudEvent;
use super::lines;
use crate::model::{Code, Fault};

/// CloudEvents `type`.
const KIND: &str = "eu.lawtail.dead-letter.v1";

/// CloudEvents `dataschema`: the `$id` of a schema in `deploy/schemas`.
const SCHEMA: &str = "urn:lawtail:schema:dead_letter.v1";

/// A letter. It belongs to no chain; sequence and hashes name the place in the chain that the event
/// has left empty.
#[derive(Debug, Serialize)]
pub struct DeadLetter<'a> {
    /// The event's topic, without prefix.
    pub topic: &'a str,
    sequence: u64,
    id: &'a str,
    r#type: &'a str,
    previoushash: &'a str,
    hash: &'a str,
    /// Length of the event's data, in bytes.
    bytes: usize,
    code: Code,
    reason: &'a str,
    #[serde(skip)]
    source: &'a str,
    #[serde(skip)]
    time: &'a str,
}

impl<'a> DeadLetter<'a> {
    /// Of an event, with the fault for which it was refused.
    pub fn of(event: &'a CloudEvent, refused: &'a Fault) -> Self {
        DeadLetter {
            topic: event.topic.suffix(),
            sequence: event.sequence,
            id: &event.id,
            r#type: &event.kind,
            previoushash: &event.previous,
            hash: &event.hash,
            bytes: event.data.len(),
            code: refused.code,
            reason: &refused.cause,
            source: &event.source,
            time: &event.time,
        }
    }

    /// The attributes of its CloudEvent. The id is derived from that of the event, so that a letter
    /// that comes again is recognised.
    pub fn attributes(&self) -> [(&'static str, String); 7] {
        let id =
            Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dead letter {}", self.hash).as_bytes());
        [
            ("specversion", lines::SPECIFICATION.to_owned()),
            ("id", id.to_string()),
            ("source", self.source.to_owned()),
            ("type", KIND.to_owned()),
            ("subject", format!("{}/{}", self.topic, self.sequence)),
            ("time", self.time.to_owned()),
            ("dataschema", SCHEMA.to_owned()),
        ]
    }

    /// The body, as JSON.
    pub fn body(&self) -> String {
        serde_json::to_string(self).expect("letters have text keys and no floats")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Chain;
    use crate::wire::samples::{emissions, origin};

    #[test]
    fn a_letter_names_the_event_and_holds_nothing_of_its_body() {
        let event = Chain::default().seal(&emissions()[0], &origin());
        let refused = Fault::new(Code::KFK_004, "lawtail.findings, sequence 1: too large");
        let letter = DeadLetter::of(&event, &refused);
        let body: serde_json::Value = serde_json::from_str(&letter.body()).unwrap();
        let schema = include_str!("../../deploy/schemas/dead_letter.v1.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        assert_eq!(schema["$id"], SCHEMA);
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        validator.validate(&body).unwrap();
        assert_eq!(body["hash"], event.hash);
        assert_eq!(body["bytes"], event.data.len());
        let written: serde_json::Value = serde_json::from_str(&event.data).unwrap();
        assert!(written.as_object().unwrap().keys().all(|member| body.get(member).is_none()));
        let example = include_str!("../../deploy/schemas/examples/dead_letter.json");
        validator.validate(&serde_json::from_str(example).unwrap()).unwrap();
        let mut more = body;
        more["data"] = "x".into();
        assert!(validator.validate(&more).is_err());
    }
}
