//! Kafka as the receiver: away, back, never there, unwilling.

use lawtail::wire::Topic;
use lawtail::wire::chain::verify;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;

use crate::broker::Broker;
use crate::consumer::consume;
use crate::support::published::{Published, assert_verified};
use crate::support::{Crm, Home, Lawtail, rows};

const WAITING: &str = "lawtail_outbox_events";
const DELIVERED: &str = "lawtail_published_events_total{outcome=\"delivered\",topic=\"findings\"}";

const FAILED_CATALOGUE: &str =
    "lawtail_published_events_total{outcome=\"failed\",topic=\"catalog\"}";

/// What `/readyz` says of the outbox.
async fn outbox_check(lawtail: &Lawtail) -> String {
    let (_, body) = lawtail.get("/readyz").await.unwrap();
    let report: serde_json::Value = serde_json::from_str(&body).unwrap();
    let mut checks = report["checks"].as_array().unwrap().iter();
    let outbox = checks.find(|check| check["name"] == "outbox").unwrap();
    outbox["why"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_kafka_is_away_everything_waits_and_nothing_is_acknowledged() {
    let mut broker = tokio::task::spawn_blocking(Broker::start).await.unwrap();
    let crm = Crm::new("kafka_away").await;
    crm.run(&rows::contacts(1..20)).await;
    for id in 1..6 {
        crm.run(&rows::opt_out(id)).await;
    }
    let home = Home::following(&crm).with_kafka(&broker.address());
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::mail(1)).await;
    lawtail.until_metric(DELIVERED, |events| events >= 1.0).await;
    lawtail.until_metric(WAITING, |events| events == 0.0).await;

    tokio::task::block_in_place(|| broker.kill());
    crm.run(&rows::mail(2)).await;
    let undelivered = crm.written().await;
    lawtail.until_metric(WAITING, |events| events >= 1.0).await;
    for id in 100..110 {
        crm.run(&rows::contact(id)).await;
    }
    crm.run(&rows::mail(3)).await;
    let written = crm.written().await.0 as f64;
    lawtail.until_metric("lawtail_decided_lsn", |lsn| lsn >= written).await;
    lawtail.until_said("publishing failed").await;
    let acknowledged = lawtail.metric("lawtail_acknowledged_lsn").await.unwrap();
    assert!(acknowledged <= undelivered.0 as f64);
    assert!(crm.confirmed().await <= undelivered, "what is not delivered was acknowledged");
    let told = outbox_check(&lawtail).await;
    assert!(told.starts_with("no event has left the outbox for"), "{told}");

    // What waits survives lawtail as well.
    lawtail.kill();
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    assert!(lawtail.metric(WAITING).await.unwrap() >= 2.0);
    crm.run(&rows::mail(4)).await;
    lawtail.until_metric(WAITING, |events| events >= 3.0).await;
    assert!(crm.confirmed().await <= undelivered, "what is not delivered was acknowledged");

    tokio::task::block_in_place(|| broker.restart());
    lawtail.until_metric(WAITING, |events| events == 0.0).await;
    assert_eq!(outbox_check(&lawtail).await, "the outbox is empty");
    let name = crm.name;
    let moved = format!(
        "SELECT (confirmed_flush_lsn > '{undelivered}')::text FROM pg_replication_slots \
         WHERE slot_name = '{name}'"
    );
    crm.until_value(&moved, "true").await;
    crm.run(&rows::mail(5)).await;
    lawtail.until_metric(DELIVERED, |events| events >= 4.0).await;
    lawtail.terminate().await.assert_clean();

    let findings = tokio::task::block_in_place(|| consume(&broker, "crm", Topic::Findings));
    let sequences: Vec<u64> = findings.iter().map(|event| event.sequence).collect();
    assert_eq!(verify(&findings).unwrap()[&Topic::Findings].last, 5, "{sequences:?}");
    let mut expected: Vec<_> = (1..6).map(|id| home.after_opt_out(id)).collect();
    expected.sort();
    assert_eq!(Published { events: findings }.facts(), expected);
    let catalogue = tokio::task::block_in_place(|| consume(&broker, "crm", Topic::Catalogue));
    verify(&catalogue).unwrap();
}

#[tokio::test]
async fn a_kafka_that_is_never_there_is_said_once_and_loses_nothing() {
    let crm = Crm::new("kafka_never").await;
    crm.run(&(rows::contact(1) + &rows::opt_out(1))).await;
    let mut home = Home::following(&crm).with_kafka("127.0.0.1:1");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::mail(1)).await;
    crm.run(&rows::stranger(2)).await;
    let failed = lawtail.until_said("publishing failed").await;
    assert_eq!(failed["code"], "KFK-001");
    assert!(failed["cause"].as_str().unwrap().contains("127.0.0.1:1"), "{failed}");
    lawtail.until_metric(WAITING, |events| events >= 2.0).await;
    // A second attempt has failed as well.
    let once = lawtail.metric(FAILED_CATALOGUE).await.unwrap();
    lawtail.until_metric(FAILED_CATALOGUE, |events| events >= 2.0 * once).await;
    assert_eq!(lawtail.said("publishing failed").len(), 1);
    let ended = lawtail.terminate().await;
    ended.assert_clean();
    assert!(ended.stderr.contains("stopped with events in the outbox"), "{}", ended.stderr);

    home.set("publish", "{file: {path: events.jsonl}}");
    let mut lawtail = home.start();
    lawtail.until_found(&home, "LB-001", 2).await;
    lawtail.terminate().await.assert_clean();
    let mut expected = vec![home.without_basis(2), home.after_opt_out(1)];
    expected.sort();
    assert_eq!(home.published().facts(), expected);
    assert_verified(&home.events());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_would_lose_events_ends_it_with_a_fault() {
    let broker = tokio::task::spawn_blocking(Broker::start).await.unwrap();
    let client: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", broker.address()).create().unwrap();
    let topic = NewTopic::new("crm.findings", 1, TopicReplication::Fixed(1));
    let topic = topic.set("cleanup.policy", "compact");
    client.create_topics([&topic], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
    let crm = Crm::new("kafka_compacted").await;
    crm.run(&(rows::contact(1) + &rows::opt_out(1))).await;
    let mut home = Home::following(&crm).with_kafka(&broker.address());
    let ended = home.start().ended().await;
    assert_eq!(ended.faults(), ["KFK-002"], "{}", ended.stderr);
    assert!(ended.stderr.contains("--add-config cleanup.policy=delete"), "{}", ended.stderr);

    home.set("publish", "{file: {path: events.jsonl}}");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::mail(1)).await;
    lawtail.until_found(&home, "CN-002", 1).await;
    lawtail.terminate().await.assert_clean();
    assert_verified(&home.events());
}
