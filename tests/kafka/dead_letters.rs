//! Events that the brokers refuse for what they are.

use std::path::Path;

use lawtail::model::{Code, Recovery};
use lawtail::shell::contract::Publisher;
use lawtail::shell::publisher::KafkaSettings;
use lawtail::wire::{CloudEvent, Topic, lines};
use serde_json::Value;

use super::broker::Broker;
use super::consumer::{bodies, consume};
use super::{create_topic, finding, gap, publisher, seal, settings};

/// Findings with a gap among them, one finding of which is large.
fn events(large: usize) -> Vec<CloudEvent> {
    let mut said: Vec<_> = (1..=40).map(finding).collect();
    if let lawtail::model::Emission::Finding(finding) = &mut said[large] {
        finding.reason = "x".repeat(20_000);
    }
    said.insert(20, gap());
    seal(said)
}

fn kept(path: &Path) -> Vec<CloudEvent> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| lines::decode(line.as_bytes()).unwrap()).collect()
}

fn of(events: &[CloudEvent], topic: Topic) -> Vec<CloudEvent> {
    events.iter().filter(|event| event.topic == topic).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_is_kept_told_of_and_overtaken_by_nothing() {
    let broker = Broker::shared();
    let folder = tempfile::tempdir().unwrap();
    let schema = include_str!("../../deploy/schemas/dead_letter.v1.schema.json");
    let validator = jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap();
    for (prefix, exactly_once, large) in [("set_aside", true, 11), ("set_aside_too", false, 0)] {
        create_topic(&broker, &format!("{prefix}.findings"), "max.message.bytes", "10000").await;
        let path = folder.path().join(prefix);
        let wanted = KafkaSettings {
            set_aside: Some(path.clone()),
            exactly_once,
            ..settings(&broker, prefix)
        };
        let events = events(large);
        let mut publisher = publisher(wanted);
        publisher.publish(&events).await.unwrap();
        assert_eq!(publisher.set_aside(), [Topic::Findings]);
        assert_eq!(publisher.set_aside(), [], "told once");

        let refused = of(&events, Topic::Findings).remove(large);
        assert_eq!(kept(&path), std::slice::from_ref(&refused));
        let mut expected = of(&events, Topic::Findings);
        expected.remove(large);
        let mut found = consume(&broker, prefix, Topic::Findings);
        // Without transactions what was refused together is published again.
        found.sort_by_key(|event| event.sequence);
        found.dedup();
        assert!(found == expected, "{} of {}", found.len(), expected.len());
        let letters = bodies(&broker, &format!("{prefix}.dead-letters"));
        let [letter] = letters.as_slice() else { panic!("{letters:?}") };
        let letter: Value = serde_json::from_str(letter).unwrap();
        validator.validate(&letter).unwrap();
        assert_eq!(letter["sequence"], refused.sequence);
        assert_eq!(letter["hash"], refused.hash);
        assert!(letter["reason"].as_str().unwrap().contains("MessageSizeTooLarge"), "{letter}");
        assert!(!letter.to_string().contains("xxx"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_after_a_letter_is_recognised() {
    let broker = Broker::shared();
    let folder = tempfile::tempdir().unwrap();
    create_topic(&broker, "letter.findings", "max.message.bytes", "10000").await;
    let set_aside = Some(folder.path().join("letter"));
    let wanted = KafkaSettings { set_aside, ..settings(&broker, "letter") };
    let events = events(39);
    // The store did not hear of it before lawtail was killed.
    publisher(wanted.clone()).publish(&events[..41]).await.unwrap();
    publisher(wanted).publish(&events).await.unwrap();
    assert_eq!(consume(&broker, "letter", Topic::Findings).len(), 39);
    assert_eq!(bodies(&broker, "letter.dead-letters").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_only_together_is_published_alone() {
    let broker = Broker::shared();
    let folder = tempfile::tempdir().unwrap();
    create_topic(&broker, "together.findings", "max.message.bytes", "10000").await;
    let path = folder.path().join("together");
    let wanted = KafkaSettings { set_aside: Some(path.clone()), ..settings(&broker, "together") };
    let events = seal((1..=300).map(finding));
    let mut publisher = publisher(wanted);
    publisher.publish(&events).await.unwrap();
    assert_eq!(publisher.set_aside(), []);
    assert!(!path.exists(), "nothing was set aside");
    assert!(consume(&broker, "together", Topic::Findings) == events);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_place_to_keep_it_an_event_stops_and_nothing_overtakes_it() {
    let broker = Broker::shared();
    create_topic(&broker, "small.findings", "max.message.bytes", "1000").await;
    let events = seal((1..=3).map(finding));
    let fault = publisher(settings(&broker, "small")).publish(&events).await.unwrap_err();
    assert_eq!((fault.code, fault.recovery()), (Code::KFK_004, Recovery::Stop), "{fault}");
    assert!(fault.cause.contains("small.findings, sequence 1"), "{fault}");
    assert_eq!(consume(&broker, "small", Topic::Findings), []);
    let little = KafkaSettings { message_bytes: 1_000, ..settings(&broker, "little") };
    let fault = publisher(little).publish(&events).await.unwrap_err();
    assert_eq!(fault.code, Code::KFK_004);
    // A place that cannot be written keeps nothing: it waits.
    let set_aside = Some("/nonexistent/dead-letters.jsonl".into());
    let nowhere = KafkaSettings { set_aside, ..settings(&broker, "small") };
    let fault = publisher(nowhere).publish(&events).await.unwrap_err();
    assert_eq!((fault.code, fault.recovery()), (Code::PUB_001, Recovery::Retry), "{fault}");
    assert_eq!(bodies(&broker, "small.dead-letters").len(), 0);
}
