//! The Kafka publisher against a real broker.

#[path = "support/kafka.rs"]
mod broker;
#[path = "support/consumer.rs"]
mod consumer;
#[path = "kafka/dead_letters.rs"]
mod dead_letters;
#[path = "support/dice.rs"]
mod dice;
#[path = "campaign/disk.rs"]
mod disk;
#[path = "kafka/rounds.rs"]
mod rounds;
#[path = "kafka/security.rs"]
mod security;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lawtail::model::{
    Activity, Code, Emission, Finding, Gap, GapCause, Lsn, Position, Recovery, Reference, Severity,
    Standing, Status, TableName, Timestamp,
};
use lawtail::shell::contract::Publisher;
use lawtail::shell::publisher::{FilePublisher, KafkaPublisher, KafkaSettings, Publishers};
use lawtail::wire::chain::verify;
use lawtail::wire::{Chain, CloudEvent, Origin, Topic, lines};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;

use broker::Broker;
use consumer::consume;
use dice::Dice;

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(120);

fn settings(broker: &Broker, prefix: &str) -> KafkaSettings {
    KafkaSettings {
        timeout: Duration::from_secs(30),
        ..KafkaSettings::new(broker.address(), prefix)
    }
}

fn publisher(settings: KafkaSettings) -> KafkaPublisher {
    KafkaPublisher::new(settings).unwrap()
}

fn finding(number: u64) -> Emission {
    Emission::Finding(Box::new(Finding {
        id: uuid::Uuid::from_u128(u128::from(number)),
        activity: Activity::Create,
        code: Code::CN_001,
        status: Status::Violation,
        severity: Severity::High,
        standing: Standing::Enforced,
        position: Position { commit: Lsn(number), ordinal: 1 },
        xid: 7,
        time: Timestamp(1_772_442_900_000_000),
        judged: Timestamp(1_772_442_930_000_000),
        table: TableName::new("crm", "sends"),
        subject: Some(Reference([number as u8 % 5; 16])),
        actor: None,
        purpose: None,
        channel: None,
        reason: "no permission is on record".into(),
        evidence: Vec::new(),
        count: 1,
        profile: "gdpr-baseline".into(),
        policy_digest: "0".repeat(64),
        own_rule: None,
    }))
}

fn gap() -> Emission {
    let time = Timestamp(1_772_442_900_000_000);
    Emission::Coverage(Gap { from: Lsn(1), to: Lsn(2), time, cause: GapCause::SlotLost })
}

fn seal(emissions: impl IntoIterator<Item = Emission>) -> Vec<CloudEvent> {
    let origin = Origin { system: "7301234567890123456".into(), database: "crm".into() };
    let mut chain = Chain::default();
    emissions.into_iter().map(|emission| chain.seal(&emission, &origin)).collect()
}

fn administration(broker: &Broker) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", broker.address()).create().unwrap()
}

async fn create_topic(broker: &Broker, name: &str, key: &str, value: &str) {
    let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1)).set(key, value);
    let created = administration(broker).create_topics([&topic], &AdminOptions::new()).await;
    created.unwrap()[0].as_ref().unwrap();
}

async fn topic_setting(broker: &Broker, name: &str, key: &str) -> String {
    let specifier = [ResourceSpecifier::Topic(name)];
    let described = administration(broker).describe_configs(&specifier, &AdminOptions::new()).await;
    let found = described.unwrap().remove(0).unwrap();
    found.get(key).unwrap().value.clone().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_sees_binary_cloud_events_in_order_and_valid() {
    let broker = Broker::shared();
    let events = seal((1..=200).map(finding).chain([gap()]));
    publisher(settings(&broker, "order")).publish(&events).await.unwrap();
    let (findings, gaps) =
        (consume(&broker, "order", Topic::Findings), consume(&broker, "order", Topic::Coverage));
    assert_eq!([findings.clone(), gaps].concat(), events);
    verify(&findings).unwrap();
    let schema = include_str!("../deploy/schemas/finding.v1.schema.json");
    let validator = jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap();
    for event in &findings {
        validator.validate(&serde_json::from_str(&event.data).unwrap()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_topics_are_created_as_set() {
    let broker = Broker::shared();
    let wanted = KafkaSettings { partitions: 3, ..settings(&broker, "made") };
    publisher(wanted).prepare().await.unwrap();
    for topic in Topic::ALL {
        let name = format!("made.{}", topic.suffix());
        let policy = if topic == Topic::Catalogue { "compact" } else { "delete" };
        assert_eq!(topic_setting(&broker, &name, "cleanup.policy").await, policy);
        let admin = administration(&broker);
        let metadata = admin.inner().fetch_metadata(Some(&name), PATIENCE).unwrap();
        assert_eq!(metadata.topics()[0].partitions().len(), 3);
    }
    publisher(settings(&broker, "made")).prepare().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_would_lose_events_is_refused() {
    let broker = Broker::shared();
    create_topic(&broker, "compacted.findings", "cleanup.policy", "compact").await;
    let fault = publisher(settings(&broker, "compacted")).prepare().await.unwrap_err();
    assert_eq!(fault.code, Code::KFK_002);
    assert!(fault.cause.contains("compacted.findings has cleanup.policy=compact"), "{fault}");
    assert!(fault.remedy().contains("--add-config cleanup.policy=delete"), "{fault}");
}

/// Publishes page by page as the daemon does: what failed is tried again.
async fn publish_all(
    mut publisher: KafkaPublisher,
    events: Vec<CloudEvent>,
    confirmed: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
) {
    for page in events.chunks(20) {
        while let Err(fault) = publisher.publish(page).await {
            assert_eq!(fault.code, Code::KFK_001, "{fault}");
            failed.fetch_add(1, Ordering::SeqCst);
        }
        confirmed.fetch_add(page.len(), Ordering::SeqCst);
    }
}

async fn wait_for(count: &AtomicUsize, least: usize) {
    let deadline = Instant::now() + PATIENCE;
    while count.load(Ordering::SeqCst) < least {
        assert!(Instant::now() < deadline, "still {} of {least}", count.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_loses_nothing() {
    let mut broker = Broker::start();
    let events = seal((1..=6_000).map(finding));
    let (confirmed, failed) = (Arc::default(), Arc::default());
    let wanted = KafkaSettings { timeout: Duration::from_secs(3), ..settings(&broker, "killed") };
    let mut publisher = publisher(wanted);
    publisher.prepare().await.unwrap();
    let publishing = tokio::spawn(publish_all(
        publisher,
        events.clone(),
        Arc::clone(&confirmed),
        Arc::clone(&failed),
    ));
    wait_for(&confirmed, 200).await;
    broker.kill();
    assert!(confirmed.load(Ordering::SeqCst) < events.len(), "the broker was killed too late");
    wait_for(&failed, 1).await;
    broker.restart();
    tokio::time::timeout(PATIENCE, publishing).await.unwrap().unwrap();

    let found = consume(&broker, "killed", Topic::Findings);
    // In order, and none twice.
    assert!(found == events, "{} of {}", found.len(), events.len());
    verify(&found).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stops_for_a_while_is_waited_for() {
    let mut broker = Broker::start();
    let events = seal((1..=40).map(finding));
    let mut publisher = publisher(settings(&broker, "stopped"));
    publisher.publish(&events[..20]).await.unwrap();
    broker.stop();
    let call = publisher.publish(&events[20..]);
    let back = async {
        tokio::task::block_in_place(|| broker.restart());
    };
    let (outcome, ()) = tokio::join!(call, back);
    if let Err(fault) = outcome {
        assert_eq!(fault.code, Code::KFK_001, "{fault}");
        publisher.publish(&events[20..]).await.unwrap();
    }
    verify(&consume(&broker, "stopped", Topic::Findings)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_broker_is_a_fault_that_may_pass() {
    let settings = KafkaSettings {
        timeout: Duration::from_secs(1),
        ..KafkaSettings::new("127.0.0.1:1", "nowhere")
    };
    let fault = publisher(settings).publish(&seal([finding(1)])).await.unwrap_err();
    assert_eq!(fault.code, Code::KFK_001);
    assert!(fault.cause.contains("127.0.0.1:1"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_kafka_is_away_the_file_gets_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let away = KafkaSettings {
        timeout: Duration::from_millis(300),
        ..KafkaSettings::new("127.0.0.1:1", "nowhere")
    };
    let file = FilePublisher::open(&path).unwrap();
    let mut both = Publishers::new(Some(file), Some(publisher(away)));
    let events = seal((1..=4).map(finding));
    for page in [&events[..2], &events[..2], &events[..3], &events] {
        assert_eq!(both.publish(page).await.unwrap_err().code, Code::KFK_001);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let found: Vec<CloudEvent> =
        text.lines().map(|line| lines::decode(line.as_bytes()).unwrap()).collect();
    assert_eq!(found, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_over_fences_the_one_before() {
    let broker = Broker::shared();
    let events = seal((1..=30).map(finding));
    let mut frozen = publisher(settings(&broker, "fenced"));
    frozen.publish(&events[..10]).await.unwrap();
    let mut heir = publisher(settings(&broker, "fenced"));
    heir.publish(&events[10..20]).await.unwrap();
    let fault = frozen.publish(&events[10..30]).await.unwrap_err();
    assert_eq!((fault.code, fault.recovery()), (Code::KFK_003, Recovery::Stop), "{fault}");
    assert!(fault.remedy().contains("only one lawtail"), "{fault}");
    heir.publish(&events[20..]).await.unwrap();
    assert!(consume(&broker, "fenced", Topic::Findings) == events);
    // Another slot is another id.
    let mut beside =
        publisher(KafkaSettings { slot: "beside".into(), ..settings(&broker, "fenced") });
    beside.publish(&events[..1]).await.unwrap();
    heir.publish(&events[..1]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_fenced_goes_on_if_nobody_has_published_since() {
    let broker = Broker::shared();
    let events = seal((1..=30).map(finding));
    let mut frozen = publisher(settings(&broker, "thawed"));
    frozen.publish(&events[..10]).await.unwrap();
    // It takes the id, finds that all of this was published, and publishes nothing.
    let mut heir = publisher(settings(&broker, "thawed"));
    heir.publish(&events[..10]).await.unwrap();
    let fault = frozen.publish(&events[10..20]).await.unwrap_err();
    assert_eq!((fault.code, fault.recovery()), (Code::KFK_001, Recovery::Retry), "{fault}");
    assert!(fault.cause.contains("nobody else has published since"), "{fault}");
    frozen.publish(&events[10..20]).await.unwrap();
    // Now the other one is who was fenced, and there is something that it has not published.
    let fault = heir.publish(&events[10..30]).await.unwrap_err();
    assert_eq!((fault.code, fault.recovery()), (Code::KFK_003, Recovery::Stop), "{fault}");
    frozen.publish(&events[20..]).await.unwrap();
    assert!(consume(&broker, "thawed", Topic::Findings) == events);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_transactions_repetitions_show_and_nothing_is_lost() {
    let broker = Broker::shared();
    let events = seal((1..=10).map(finding));
    let wanted = KafkaSettings { exactly_once: false, ..settings(&broker, "twice") };
    publisher(wanted.clone()).publish(&events[..6]).await.unwrap();
    publisher(wanted).publish(&events).await.unwrap();
    let found = consume(&broker, "twice", Topic::Findings);
    assert!(found == [&events[..6], &events].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_store_of_the_same_slot_is_not_taken_for_a_repetition() {
    let broker = Broker::shared();
    let (first, second) = (seal((1..=20).map(finding)), seal((101..=105).map(finding)));
    publisher(settings(&broker, "anew")).publish(&first).await.unwrap();
    publisher(settings(&broker, "anew")).publish(&second).await.unwrap();
    assert!(consume(&broker, "anew", Topic::Findings) == [first, second].concat());
}

/// What survives a crash of lawtail: which events are decided, and which are known to be delivered.
struct Outbox {
    events: Vec<CloudEvent>,
    decided: usize,
    delivered: usize,
}

impl Outbox {
    /// Events at a time.
    const PAGE: usize = 64;

    fn page(&self) -> &[CloudEvent] {
        &self.events[self.delivered..self.decided.min(self.delivered + Self::PAGE)]
    }

    /// The last life, which ends when everything is delivered.
    async fn deliver(&mut self, broker: &Broker) {
        let mut alive = publisher(settings(broker, "killed_often"));
        while !self.page().is_empty() {
            match alive.publish(self.page()).await {
                // As the daemon does: one of the dead may have been answered only now.
                Err(fault) if fault.code == Code::KFK_001 => {}
                Err(fault) if fault.code == Code::KFK_003 => {
                    alive = publisher(settings(broker, "killed_often"));
                }
                outcome => {
                    outcome.unwrap();
                    self.delivered += self.page().len();
                }
            }
        }
    }
}

/// Rounds of the test below; each ends with a death.
const ROUNDS: u64 = 24;

/// Rounds in which the broker dies as well.
const BROKER_DIES: [u64; 2] = [7, 15];

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_instant_committed_readers_see_each_event_once_and_in_order() {
    let mut broker = Broker::start();
    let mut dice = Dice::new(1);
    let events = seal((1..=1_200).map(finding));
    let mut outbox = Outbox { events, decided: 0, delivered: 0 };
    let mut cut_off = 0;
    for round in 0..ROUNDS {
        let mut alive = publisher(settings(&broker, "killed_often"));
        for call in 0..1 + dice.below(3) {
            let decided = outbox.decided + dice.below(60) as usize;
            outbox.decided = decided.min(outbox.events.len());
            // The first call connects, which takes a while.
            let instant = Duration::from_millis(dice.below(if call == 0 { 400 } else { 40 }));
            match tokio::time::timeout(instant, alive.publish(outbox.page())).await {
                Err(_) => {
                    // Dropped as it stands: a kill leaves the transaction open.
                    cut_off += 1;
                    break;
                }
                // The one before, as good as dead, had asked for the id and is answered now.
                Ok(Err(fault)) if [Code::KFK_001, Code::KFK_003].contains(&fault.code) => break,
                Ok(outcome) => outcome.unwrap(),
            }
            // The store may not have heard of it when lawtail dies.
            if dice.chance(50) {
                break;
            }
            outbox.delivered += outbox.page().len();
        }
        drop(alive);
        if BROKER_DIES.contains(&round) {
            tokio::task::block_in_place(|| {
                broker.kill();
                broker.restart();
            });
        }
    }
    assert!(cut_off > 3, "hardly any call was cut off");
    outbox.decided = outbox.events.len();
    tokio::time::timeout(PATIENCE, outbox.deliver(&broker))
        .await
        .expect("nothing stands in the way");
    let found = consume(&broker, "killed_often", Topic::Findings);
    assert!(found == outbox.events, "{} of {}", found.len(), outbox.events.len());
}
