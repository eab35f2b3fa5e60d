//! The AsyncAPI document tells of every topic and of the webhook, and what it refers to is there. That
//! the webhook sends what is told is a test of its own (`shell::webhook`).

use lawtail::wire::Topic;
use serde_json::Value;

use super::{files, root};

fn document() -> Value {
    let text = std::fs::read_to_string(root().join("deploy/schemas/asyncapi.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Every reference in a document.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("$ref") {
                found.push(target.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_topic_has_a_channel_with_its_body() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let letters =
        ("dead-letters", "eu.lawtail.dead-letter.v1", "urn:lawtail:schema:dead_letter.v1");
    let topics = Topic::ALL.map(|topic| (topic.suffix(), topic.event_type(), topic.schema()));
    for (suffix, kind, schema) in topics.into_iter().chain([letters]) {
        let name = suffix.replace('-', "_");
        let channel = &document["channels"][&name];
        assert_eq!(channel["address"], format!("lawtail.{suffix}"));
        assert_eq!(channel["servers"][0]["$ref"], "#/servers/kafka");
        let message = &document["components"]["messages"][&name];
        assert_eq!(message["name"], kind);
        let file = message["payload"]["schema"]["$ref"].as_str().unwrap();
        let text = std::fs::read_to_string(root().join("deploy/schemas").join(file)).unwrap();
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found["$id"], schema);
    }
    let beside = ["dead_letters", "webhook"].len();
    assert_eq!(document["channels"].as_object().unwrap().len(), Topic::ALL.len() + beside);
    assert_eq!(document["operations"].as_object().unwrap().len(), Topic::ALL.len() + beside);
}

#[test]
fn the_webhook_has_a_channel_whose_address_is_a_setting() {
    let document = document();
    let channel = &document["channels"]["webhook"];
    assert!(channel.as_object().unwrap()["address"].is_null());
    assert_eq!(channel["servers"][0]["$ref"], "#/servers/webhook");
    assert_eq!(document["servers"]["webhook"]["protocol"], "https");
    let operation = &document["operations"]["notify_webhook"];
    assert_eq!(operation["action"], "send");
    assert_eq!(operation["channel"]["$ref"], "#/channels/webhook");
    assert_eq!(operation["bindings"]["http"]["method"], "POST");
    let message = &document["components"]["messages"]["webhook"];
    assert_eq!(message["name"], Topic::Incidents.event_type());
    assert_eq!(message["contentType"], "application/cloudevents+json; charset=UTF-8");
    let headers = &message["bindings"]["http"]["headers"]["required"];
    let standard = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    assert_eq!(*headers, serde_json::json!(standard));
}

#[test]
fn what_it_refers_to_is_there() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for target in found {
        match target.strip_prefix('#') {
            Some(pointer) => assert!(document.pointer(pointer).is_some(), "{target}"),
            None => assert!(root().join("deploy/schemas").join(&target).is_file(), "{target}"),
        }
    }
}

#[test]
fn every_schema_is_told_of() {
    let mut found = Vec::new();
    references(&document(), &mut found);
    for (path, _) in files("deploy/schemas", "json") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let told = found.contains(&format!("./{name}"));
        assert!(told || !name.ends_with("schema.json"), "{name}");
    }
}
