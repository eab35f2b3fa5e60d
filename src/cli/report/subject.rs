//! What a person agreed to, when, and by which rows: as a timeline, and as consent records.
//!
//! The records follow ISO/IEC TS 27560:2023 as the Data Privacy Vocabulary writes them in JSON-LD
//! (<https://w3id.org/dpv/guides/consent-27560>). What that asks for and the change stream does not say is
//! listed in each record, and not made up.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{Channel, Code, Fault, Reference, TableName};

/// How a person is asked for.
pub fn asked(text: &str) -> Result<Value, Fault> {
    let text = text.trim();
    if Reference::parse(text).is_some() {
        return Ok(json!({"reference": text}));
    }
    let channel = text.split_once(':').and_then(|(channel, point)| {
        let channel = Channel::ALL.into_iter().find(|it| it.name() == channel)?;
        Some(json!({"channel": channel, "contact_point": point}))
    });
    let row = text.split_once('/').and_then(|(table, key)| {
        let table: TableName = table.parse().ok()?;
        Some(json!({"table": table.to_string(), "key": key}))
    });
    channel.or(row).ok_or_else(|| Fault::new(Code::API_003, "this names nobody"))
}

/// As Markdown.
pub fn markdown(answer: &Value) -> String {
    let mut text = format!("# What is on record of {}\n\n", word(&answer["subject"]));
    let controller = &answer["controller"];
    let (name, contact) = (word(&controller["name"]), word(&controller["contact"]));
    text.push_str(&format!("- controller: {name}, {contact}\n"));
    text.push_str(&format!("- policies: {}\n", word(&answer["policy_digest"])));
    if answer["erased"] == true {
        text.push_str("- an erasure is on record; what it removed is not told here\n");
    }
    text.push_str(
        "\n| recorded | about | channel | purpose | says | until | stands | row | position |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for it in statements(answer) {
        let evidence = &it["evidence"];
        let purpose = it["purpose"].as_str().unwrap_or("every purpose");
        let stands = if it["stands"] == true { "yes" } else { "no" };
        let row = format!("{}/{}", word(&evidence["table"]), word(&evidence["row"]));
        let cells = [
            word(&it["recorded"]),
            word(&it["about"]),
            word(&it["channel"]),
            purpose,
            word(&it["says"]),
            word(&it["valid_until"]),
            stands,
            &row,
            &position(evidence),
        ];
        text.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    if statements(answer).is_empty() {
        text.push_str("\nNothing is on record.\n");
    }
    text
}

fn statements(answer: &Value) -> &[Value] {
    answer["statements"].as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn position(evidence: &Value) -> String {
    let position = &evidence["position"];
    format!("{}+{}", word(&position["commit"]), position["ordinal"])
}

/// What a record of TS 27560 asks for and no row of a CRM's tables says.
const NOT_RECORDED: [&str; 6] =
    ["notice", "language", "jurisdiction", "storage location", "recipients", "withdrawal method"];

/// As JSON-LD: one record for each holder, channel and purpose, its statements the record's events.
pub fn json_ld(answer: &Value) -> String {
    let mut records: BTreeMap<[&str; 3], Vec<&Value>> = BTreeMap::new();
    for it in statements(answer).iter().filter(|it| it["about"] == "permission") {
        let about = [word(&it["holder"]), word(&it["channel"]), word(&it["purpose"])];
        records.entry(about).or_default().push(it);
    }
    let graph: Vec<Value> =
        records.iter().map(|(about, told)| record(answer, *about, told)).collect();
    let context = json!({
        "dpv": "https://w3id.org/dpv#",
        "dct": "http://purl.org/dc/terms/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "lawtail": "urn:lawtail:terms:",
    });
    json!({"@context": context, "@graph": graph}).to_string()
}

fn record(answer: &Value, [holder, channel, purpose]: [&str; 3], told: &[&Value]) -> Value {
    let last = told.last().copied().unwrap_or(&Value::Null);
    // Of several rows that stand, the newest counts.
    let standing = told.iter().rev().find(|it| it["stands"] == true);
    let events: Vec<Value> = told.iter().map(|it| event(it)).collect();
    json!({
        "@id": format!("urn:lawtail:consent:{holder}:{channel}:{purpose}"),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"},
        "dct:identifier": format!("{holder}:{channel}:{purpose}"),
        "dpv:hasDataSubject": {"@id": format!("urn:lawtail:subject:{}", word(&answer["subject"]))},
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dpv:hasName": answer["controller"]["name"],
            "dpv:hasContact": answer["controller"]["contact"],
        },
        "dpv:hasPurpose": {"@type": last["term"], "dct:title": purpose},
        "dpv:hasLegalBasis": {"@id": "dpv:Consent"},
        "dpv:hasConsentStatus": {"@id": status(standing.map_or("ended", |it| word(&it["says"])))},
        "lawtail:channel": channel,
        "lawtail:contactPointOrSubject": holder,
        "lawtail:events": events,
        "lawtail:notRecorded": NOT_RECORDED,
    })
}

fn event(told: &Value) -> Value {
    json!({
        "@type": status(word(&told["says"])),
        "dct:date": {"@type": "xsd:dateTime", "@value": told["recorded"]},
        "dct:valid": told["valid_until"],
        "lawtail:says": told["says"],
        "lawtail:evidence": told["evidence"],
    })
}

/// The consent status of the Data Privacy Vocabulary.
fn status(says: &str) -> &'static str {
    match says {
        "given" | "confirmed" | "soft_opt_in" => "dpv:ConsentGiven",
        "requested" => "dpv:ConsentRequested",
        "opted_out" => "dpv:ConsentWithdrawn",
        // A record that is gone is no act of the person's own.
        "ended" => "dpv:ConsentInvalidated",
        _ => "dpv:ConsentUnknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        let told = |says: &str, hour: u8, stands: bool| {
            json!({
                "about": "permission", "holder": "a1", "channel": "email",
                "purpose": "newsletter", "term": "dpv:DirectMarketing", "says": says,
                "valid_until": null, "recorded": format!("2026-01-01T{hour}:00:00Z"),
                "stands": stands, "evidence": {"role": "permission", "table": "crm.consents",
                "row": "b2", "position": {"commit": "0/1000230", "ordinal": 2}},
            })
        };
        let basis = json!({"about": "lawful_basis", "holder": "c3", "says": "contract"});
        json!({
            "subject": "c3", "erased": false, "policy_digest": "d",
            "controller": {"name": "Example", "contact": "privacy@example.com"},
            "statements": [basis, told("opted_out", 12, true), told("confirmed", 13, true)],
        })
    }

    #[test]
    fn a_person_is_named_by_reference_contact_point_or_row() {
        let reference = "a".repeat(32);
        assert_eq!(asked(&reference).unwrap(), json!({"reference": reference}));
        let point = json!({"channel": "sms", "contact_point": "+49 30 1"});
        assert_eq!(asked("sms:+49 30 1").unwrap(), point);
        assert_eq!(
            asked("crm.contacts/1/2").unwrap(),
            json!({"table": "crm.contacts", "key": "1/2"})
        );
        for nobody in ["ada", "pigeon:ada", "contacts/1"] {
            let fault = asked(nobody).unwrap_err();
            assert_eq!(fault.code, Code::API_003);
            assert!(!fault.to_string().contains(nobody), "{fault}");
        }
    }

    #[test]
    fn the_timeline_names_rows_and_positions() {
        let text = markdown(&answer());
        let row = "| 2026-01-01T13:00:00Z | permission | email | newsletter | confirmed | - | yes | crm.consents/b2 | 0/1000230+2 |";
        assert!(text.contains(row), "{text}");
        assert!(!text.contains("Nothing is on record"));
    }

    #[test]
    fn a_consent_record_holds_its_events_and_says_what_is_not_recorded() {
        let document: Value = serde_json::from_str(&json_ld(&answer())).unwrap();
        let graph = document["@graph"].as_array().unwrap();
        assert_eq!(graph.len(), 1, "a basis is no consent record: {document:#}");
        let record = &graph[0];
        assert_eq!(record["dpv:hasConsentStatus"]["@id"], "dpv:ConsentGiven");
        assert_eq!(record["lawtail:events"].as_array().unwrap().len(), 2);
        assert_eq!(record["lawtail:events"][0]["@type"], "dpv:ConsentWithdrawn");
        assert_eq!(record["dpv:hasPurpose"]["@type"], "dpv:DirectMarketing");
        assert!(record["lawtail:notRecorded"].as_array().unwrap().contains(&"notice".into()));
    }
}
