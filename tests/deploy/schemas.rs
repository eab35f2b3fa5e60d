//! The AsyncAPI document tells of every topic, and what it refers to is there.

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
        assert_eq!(document["channels"][&name]["address"], format!("lawtail.{suffix}"));
        let message = &document["components"]["messages"][&name];
        assert_eq!(message["name"], kind);
        let file = message["payload"]["schema"]["$ref"].as_str().unwrap();
        let text = std::fs::read_to_string(root().join("deploy/schemas").join(file)).unwrap();
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found["$id"], schema);
    }
    assert_eq!(document["channels"].as_object().unwrap().len(), Topic::ALL.len() + 1);
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
fn every_schema_is_told_of_or_the_form_of_a_line() {
    let mut found = Vec::new();
    references(&document(), &mut found);
    for (path, _) in files("deploy/schemas", "json") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let told = found.contains(&format!("./{name}"));
        assert!(told || !name.ends_with("schema.json") || name == "line.v1.schema.json", "{name}");
    }
}
