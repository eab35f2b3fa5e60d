//! Ids repeat, keys separate, bodies match the published schemas.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::model::{ColumnVerdict, Reference, limits};
use crate::wire::chain::{SigningKey, Stream};
use crate::wire::samples::{
    catalogue, emissions, finding, gap, incident, observation, origin, own, provisional, replaced,
    suppressed,
};
use crate::wire::{Chain, lines};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schemas")
}

fn validator(name: &str) -> jsonschema::Validator {
    let path = schemas().join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$id"], format!("urn:lawtail:schema:{name}"));
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

fn assert_valid(validator: &jsonschema::Validator, instance: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(instance).map(|e| format!("{} {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{instance:#}");
}

fn validators() -> BTreeMap<&'static str, jsonschema::Validator> {
    let name = |topic: Topic| topic.schema().rsplit(':').next().unwrap();
    Topic::ALL.iter().map(|topic| (topic.schema(), validator(name(*topic)))).collect()
}

#[test]
fn every_emission_matches_its_schema() {
    let (bodies, line) = (validators(), validator("line.v1"));
    let mut chain = Chain::default();
    for emission in emissions() {
        let event = chain.seal(&emission, &origin());
        let body: Value = serde_json::from_str(&event.data).unwrap();
        assert_valid(&bodies[event.schema.as_str()], &body);
        assert_valid(&line, &serde_json::from_str(&lines::encode(&event).unwrap()).unwrap());
    }
}

/// Signed, with an announcement of the key and a checkpoint.
fn signed() -> Vec<CloudEvent> {
    let key = Arc::new(SigningKey::from_seed(&[7; 32]));
    let mut chain = Chain::default().signing(Some(key), None).unwrap();
    let begun = incident().detected;
    let stream = Stream { slot: "lawtail".into(), publication: "ab".repeat(32) };
    chain = chain.following(stream);
    let mut events = chain.extend(&emissions(), &origin(), begun);
    events.extend(chain.observe(&[observation()], &origin(), 1, begun));
    events.extend(chain.extend(&[], &origin(), begun + limits::CHECKPOINT_INTERVAL));
    events
}

#[test]
fn every_signed_event_and_statement_matches_its_schema() {
    let (bodies, line) = (validators(), validator("line.v1"));
    let events = signed();
    let statements = events.iter().filter(|event| event.topic == Topic::Evidence).count();
    assert_eq!((statements, events.len()), (3, emissions().len() + 3));
    for event in events {
        let body: Value = serde_json::from_str(&event.data).unwrap();
        assert_valid(&bodies[event.schema.as_str()], &body);
        let mut whole: Value = serde_json::from_str(&lines::encode(&event).unwrap()).unwrap();
        assert_valid(&line, &whole);
        whole.as_object_mut().unwrap().remove("fingerprint");
        assert!(!line.is_valid(&whole), "a part of a signature");
    }
}

#[test]
fn the_schemas_refuse_what_is_not_an_event() {
    let bodies = validators();
    for emission in emissions() {
        let event = unsealed(&emission, &origin());
        let body: Value = serde_json::from_str(&event.data).unwrap();
        for member in body.as_object().unwrap().keys() {
            let mut lacking = body.clone();
            lacking.as_object_mut().unwrap().remove(member);
            let optional = member == "evidences";
            assert_eq!(bodies[event.schema.as_str()].is_valid(&lacking), optional, "{member}");
        }
        let mut extended = body.clone();
        extended["unmapped"]["gdpr"]["email"] = "ada@example.org".into();
        assert!(!bodies[event.schema.as_str()].is_valid(&extended));
    }
}

/// The examples are what is really emitted; `UPDATE_EXPECT=1` writes them anew.
#[test]
fn the_examples_are_real_events() {
    let examples = [
        ("finding", Emission::Finding(Box::new(finding()))),
        ("incident", Emission::Incident(Box::new(incident()))),
        ("incident_before_commit", Emission::Incident(Box::new(provisional()))),
        ("catalog", Emission::Catalogue(Box::new(catalogue()))),
        ("coverage", Emission::Coverage(gap())),
        ("finding_suppressed", Emission::Finding(Box::new(suppressed()))),
        ("finding_own_rule", Emission::Finding(Box::new(own()))),
        ("policy", Emission::Policies(Box::new(replaced()))),
    ];
    let events = examples.map(|(name, it)| (name, Chain::default().seal(&it, &origin())));
    let signed = signed();
    let statements = [("signing_key", signed[0].clone()), ("finding_signed", signed[1].clone())];
    let observed = signed[signed.len() - 2].clone();
    let checkpoint = [("observed", observed), ("checkpoint", signed.last().unwrap().clone())];
    for (name, event) in events.into_iter().chain(statements).chain(checkpoint) {
        let line: Value = serde_json::from_str(&lines::encode(&event).unwrap()).unwrap();
        let text = serde_json::to_string_pretty(&line).unwrap() + "\n";
        let path = schemas().join(format!("examples/{name}.json"));
        expect_test::expect_file![path].assert_eq(&text);
    }
}

#[test]
fn a_replay_repeats_every_byte() {
    let seal = || -> Vec<CloudEvent> {
        let mut chain = Chain::default();
        emissions().iter().map(|emission| chain.seal(emission, &origin())).collect()
    };
    assert_eq!(seal(), seal());
}

#[test]
fn two_events_of_one_object_differ_in_their_id() {
    let id = |emission: Emission| unsealed(&emission, &origin()).id;
    let finding_id =
        |count, activity| id(Emission::Finding(Box::new(Finding { count, activity, ..finding() })));
    assert_ne!(finding_id(1, Activity::Create), finding_id(1, Activity::Update));
    assert_ne!(finding_id(1, Activity::Update), finding_id(2, Activity::Update));
    let incident_id =
        |version| id(Emission::Incident(Box::new(Incident { version, ..incident() })));
    assert_ne!(incident_id(1), incident_id(2));
    let column_id = |category| {
        let verdict = ColumnVerdict { category, ..catalogue().verdict };
        id(Emission::Catalogue(Box::new(CatalogueEntry { verdict, ..catalogue() })))
    };
    assert_ne!(column_id(None), column_id(catalogue().verdict.category));
}

#[test]
fn another_database_has_other_ids() {
    let other = Origin { database: "crm2".into(), ..origin() };
    for emission in [Emission::Coverage(gap()), Emission::Catalogue(Box::new(catalogue()))] {
        assert_ne!(unsealed(&emission, &origin()).id, unsealed(&emission, &other).id);
    }
}

#[test]
fn the_key_is_who_or_what_an_event_is_about() {
    let key = |emission: &Emission| unsealed(emission, &origin()).key;
    let keys: Vec<String> = emissions().iter().map(key).collect();
    assert_eq!(keys[0], Reference([0xA5; 16]).to_string());
    assert_eq!(keys[1], "crm.sends");
    assert_eq!(keys[3], incident().id.to_string());
    assert_eq!(keys[5], "crm.contacts.e-mail%2Eprivate");
    assert_eq!(keys[7], "crm.contacts.profile.%24%2Econtacts%5B%2A%5D%2Ephone");
    assert_eq!(keys[8], "/lawtail/7301234567890123456/crm");
}

#[test]
fn a_name_is_one_segment_of_the_source() {
    let origin = Origin { system: "1".into(), database: "büro/a b".into() };
    assert_eq!(origin.source(), "/lawtail/1/b%C3%BCro%2Fa%20b");
}
