//! Rounds by seed: events are published as the daemon publishes them, something goes wrong with broker or
//! publisher at an instant, and in the end a consumer of committed messages has each event once and in order.
//!
//! `tests/kafka/rounds.sh` plays many; a failed round says its seed.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use lawtail::model::Code;
use lawtail::shell::contract::Publisher;
use lawtail::shell::publisher::{KafkaPublisher, KafkaSettings};
use lawtail::wire::{CloudEvent, Topic};
use rdkafka::admin::AdminOptions;

use super::broker::{Broker, Setup, free_port};
use super::consumer::consume;
use super::dice::Dice;
use super::disk::Disk;
use super::{administration, finding, publisher, seal};

/// What goes wrong in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// Broker: SIGKILL, and started again.
    Killed,
    /// Broker: SIGTERM, and started again.
    Restarted,
    /// Broker: SIGSTOP, for less or for longer than a call may take.
    Frozen,
    /// Broker: its disk is full for a while.
    Full,
    /// Broker: the publisher's user may do nothing for a while.
    Refused,
    /// Somebody deletes the topic.
    Deleted,
    /// Another publisher takes over.
    Fenced,
    /// The publisher dies at any instant, several times.
    Died,
}

const TROUBLES: [Trouble; 8] = [
    Trouble::Killed,
    Trouble::Restarted,
    Trouble::Frozen,
    Trouble::Full,
    Trouble::Refused,
    Trouble::Deleted,
    Trouble::Fenced,
    Trouble::Died,
];

/// Everybody who tests do things as, but the publisher's user.
const OTHERS: &str = "User:ANONYMOUS";

/// How long one call may take.
const CALL: Duration = Duration::from_secs(8);

/// No round takes longer.
const PATIENCE: Duration = Duration::from_secs(240);

/// A broker whose disk can be full, if we may mount one, and whose publisher has to log in.
struct Scene {
    broker: RefCell<Broker>,
    login: u16,
    disk: Option<Disk>,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn start() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let mounted = folder.path().join("disk");
        let disk = Disk::mount(&mounted);
        let login = free_port();
        let plain = "org.apache.kafka.common.security.plain.PlainLoginModule required";
        let properties = format!(
            "sasl.enabled.mechanisms=PLAIN\n\
             listener.name.sasl_plaintext.plain.sasl.jaas.config={plain} user_lawtail=\"secret\";\n\
             authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             log.segment.bytes=4194304\nlog.index.size.max.bytes=65536\n\
             super.users={OTHERS};User:lawtail\n"
        );
        let data = disk.is_some().then(|| mounted.join("data"));
        let listeners = vec![("SASL_PLAINTEXT", login)];
        let setup = Setup { listeners, properties, data, ..Setup::default() };
        Scene { broker: RefCell::new(Broker::with(&setup)), login, disk, _folder: folder }
    }

    fn publisher(&self, prefix: &str) -> KafkaPublisher {
        let properties = [
            ("security.protocol", "sasl_plaintext"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", "lawtail"),
            ("sasl.password", "secret"),
        ];
        publisher(KafkaSettings {
            timeout: CALL,
            properties: properties.map(|(key, value)| (key.into(), value.into())).into(),
            ..KafkaSettings::new(format!("127.0.0.1:{}", self.login), prefix)
        })
    }

    /// What is done to the broker; waits for its end.
    async fn inflict(&self, trouble: Trouble, prefix: &str, dice: &RefCell<Dice>) {
        let pause = Duration::from_millis(dice.borrow_mut().below(1_500));
        match trouble {
            Trouble::Killed => {
                self.broker.borrow_mut().kill();
                tokio::time::sleep(pause).await;
                tokio::task::block_in_place(|| self.broker.borrow_mut().restart());
            }
            Trouble::Restarted => tokio::task::block_in_place(|| {
                self.broker.borrow_mut().stop();
                self.broker.borrow_mut().restart();
            }),
            Trouble::Frozen => {
                self.broker.borrow().signal("STOP");
                tokio::time::sleep(pause * 8).await;
                self.broker.borrow().signal("CONT");
            }
            Trouble::Full => {
                let Some(disk) = &self.disk else { return };
                disk.fill();
                tokio::time::sleep(pause + Duration::from_secs(3)).await;
                disk.free();
                // A broker that cannot write gives its disk up, and with the only one itself.
                tokio::time::sleep(Duration::from_secs(1)).await;
                tokio::task::block_in_place(|| {
                    self.broker.borrow_mut().kill();
                    self.broker.borrow_mut().restart();
                });
            }
            Trouble::Refused => {
                self.allow(OTHERS);
                let refused = self.publisher(prefix).prepare().await.unwrap_err();
                assert_eq!(refused.code, Code::KFK_002, "{refused}");
                tokio::time::sleep(pause).await;
                self.allow(&format!("{OTHERS};User:lawtail"));
            }
            Trouble::Deleted => {
                let admin = administration(&self.broker.borrow());
                let name = format!("{prefix}.findings");
                let asked = admin.delete_topics(&[&name], &AdminOptions::new()).await.unwrap();
                // One that was not there yet may be made at any moment.
                if asked[0].is_err() {
                    return;
                }
                let there = || {
                    let known = admin.inner().fetch_metadata(Some(&name), PATIENCE).unwrap();
                    known.topics().iter().any(|topic| topic.error().is_none())
                };
                while tokio::task::block_in_place(there) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            Trouble::Fenced | Trouble::Died => {}
        }
    }

    /// Starts the broker anew, which lets these do everything and nobody else anything.
    fn allow(&self, whom: &str) {
        tokio::task::block_in_place(|| {
            let mut broker = self.broker.borrow_mut();
            broker.stop();
            broker.set("super.users", whom);
            broker.restart();
        });
    }

    /// Deletes all topics of a round, so that the broker does not get slower with each.
    async fn clear(&self, prefix: &str) {
        let admin = administration(&self.broker.borrow());
        let known = admin.inner().fetch_metadata(None, PATIENCE).unwrap();
        let names = known.topics().iter().map(|topic| topic.name());
        let names: Vec<&str> = names.filter(|name| name.starts_with(prefix)).collect();
        admin.delete_topics(&names, &AdminOptions::new()).await.unwrap();
    }
}

/// One round.
struct Round<'a> {
    scene: &'a Scene,
    prefix: String,
    events: Vec<CloudEvent>,
    /// How many the store knows to be delivered.
    delivered: usize,
    /// How many had been handed to a publisher when the trouble was over.
    struck: usize,
    dice: RefCell<Dice>,
}

impl Round<'_> {
    /// Events at a time.
    const PAGE: usize = 48;

    /// Publishes the next page with what publisher there is; whether that one is done for.
    async fn publish(&mut self, publisher: &mut KafkaPublisher) -> bool {
        let end = self.events.len().min(self.delivered + Self::PAGE);
        match publisher.publish(&self.events[self.delivered..end]).await {
            Ok(()) => {
                // The store may not have heard of it when lawtail dies.
                let died = self.dice.borrow_mut().chance(5);
                if !died {
                    self.delivered = end;
                }
                died
            }
            Err(fault) => {
                let passes = [Code::KFK_001, Code::KFK_002, Code::KFK_003, Code::KFK_005];
                assert!(passes.contains(&fault.code), "{fault}");
                tokio::time::sleep(Duration::from_millis(200)).await;
                // What does not pass by itself ends lawtail, and its supervisor starts another.
                fault.code != Code::KFK_001 && fault.code != Code::KFK_005
            }
        }
    }

    async fn play(&mut self, trouble: Trouble) {
        let mut alive = self.scene.publisher(&self.prefix);
        let pages = self.events.len() / Self::PAGE;
        let mut strikes = self.dice.borrow_mut().below(pages as u64) as usize;
        let mut gone = 0;
        while self.delivered < self.events.len() {
            let before = self.delivered;
            let now = before / Self::PAGE >= strikes;
            let dead = if now && trouble == Trouble::Died && gone < 6 {
                gone += 1;
                let instant = Duration::from_millis(self.dice.borrow_mut().below(300));
                let cut_off = tokio::time::timeout(instant, self.publish(&mut alive)).await;
                cut_off.unwrap_or(true)
            } else if now && trouble == Trouble::Fenced {
                strikes = usize::MAX;
                let mut heir = self.scene.publisher(&self.prefix);
                self.publish(&mut heir).await;
                self.publish(&mut alive).await
            } else if now && trouble != Trouble::Died {
                strikes = usize::MAX;
                let (scene, prefix) = (self.scene, self.prefix.clone());
                let dice = RefCell::new(self.dice.borrow().clone());
                let instant = Duration::from_millis(self.dice.borrow_mut().below(60));
                let struck = async {
                    tokio::time::sleep(instant).await;
                    scene.inflict(trouble, &prefix, &dice).await;
                };
                let dead = tokio::join!(self.publish(&mut alive), struck).0;
                self.struck = self.events.len().min(before + Self::PAGE);
                dead
            } else {
                self.publish(&mut alive).await
            };
            if dead {
                alive = self.scene.publisher(&self.prefix);
            }
        }
    }

    /// Of a topic that was deleted only what came after it can be there: it has no hole, and ends
    /// with the last event.
    fn check(&self, trouble: Trouble) {
        let found = consume(&self.scene.broker.borrow(), &self.prefix, Topic::Findings);
        let missing = self.events.len().saturating_sub(found.len());
        let most = if trouble == Trouble::Deleted { self.struck } else { 0 };
        assert!(missing <= most, "{missing} are missing");
        assert!(found == self.events[missing..], "{} of {}", found.len(), self.events.len());
    }
}

/// Plays a round by its seed; `None` where it could not be played here.
async fn play(scene: &Scene, seed: u64, trouble: Option<Trouble>) -> Option<Trouble> {
    let mut dice = Dice::new(seed);
    let chosen = TROUBLES[dice.below(TROUBLES.len() as u64) as usize];
    let trouble = trouble.unwrap_or(chosen);
    if trouble == Trouble::Full && scene.disk.is_none() {
        return None;
    }
    let events = seal((1..=200 + dice.below(300)).map(finding));
    let prefix = format!("round-{seed}-{trouble:?}");
    let dice = RefCell::new(dice);
    let mut round = Round { scene, prefix, events, delivered: 0, struck: 0, dice };
    let played = tokio::time::timeout(PATIENCE, round.play(trouble)).await;
    assert!(played.is_ok(), "round {seed}, {trouble:?}: no end");
    round.check(trouble);
    scene.clear(&round.prefix).await;
    Some(trouble)
}

fn chosen(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_of_each_trouble_that_needs_no_new_start() {
    let scene = Scene::start();
    for (seed, trouble) in [(1, Trouble::Fenced), (2, Trouble::Died), (3, Trouble::Deleted)] {
        play(&scene, seed, Some(trouble)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as KAFKA_SECONDS: tests/kafka/rounds.sh"]
async fn many_rounds() {
    let (rounds, first) =
        (chosen("KAFKA_ROUNDS").unwrap_or(200), chosen("KAFKA_SEED").unwrap_or(1));
    let seconds = chosen("KAFKA_SECONDS").unwrap_or(u64::MAX);
    let (begun, scene) = (Instant::now(), Scene::start());
    let mut played = std::collections::BTreeMap::<Trouble, u32>::new();
    let mut skipped = 0;
    for seed in first..first + rounds {
        if begun.elapsed().as_secs() >= seconds {
            break;
        }
        let round = Instant::now();
        match play(&scene, seed, None).await {
            Some(trouble) => {
                *played.entry(trouble).or_default() += 1;
                println!(
                    "round {seed}: {trouble:?}, ok after {:.1} s",
                    round.elapsed().as_secs_f32()
                );
            }
            None => skipped += 1,
        }
    }
    println!(
        "{} rounds ok, {skipped} skipped for want of a disk: {played:?}",
        played.values().sum::<u32>()
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "three brokers: tests/kafka/rounds.sh --three"]
async fn of_three_brokers_one_is_lost_and_another_later() {
    let mut brokers = tokio::task::block_in_place(|| Broker::cluster(3));
    let addresses: Vec<String> = brokers.iter().map(Broker::address).collect();
    let wanted = KafkaSettings {
        replication: Some(3),
        timeout: Duration::from_secs(20),
        ..KafkaSettings::new(addresses.join(","), "three")
    };
    let events = seal((1..=1_200).map(finding));
    let mut publisher = publisher(wanted);
    let mut delivered = 0;
    let deadline = Instant::now() + Duration::from_secs(300);
    for lost in 0..brokers.len() {
        let until = events.len() * (lost + 1) / brokers.len();
        let mut killed = false;
        while delivered < until {
            assert!(Instant::now() < deadline, "still {delivered}");
            let page = delivered..until.min(delivered + 50);
            let call = publisher.publish(&events[page.clone()]);
            let kill = async {
                if !std::mem::replace(&mut killed, true) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    brokers[lost].kill();
                }
            };
            match tokio::join!(call, kill).0 {
                Ok(()) => delivered = page.end,
                Err(fault) => assert_eq!(fault.code, Code::KFK_001, "{fault}"),
            }
        }
        tokio::task::block_in_place(|| brokers[lost].restart());
        println!("broker {} was lost: {delivered} events delivered", lost + 1);
    }
    assert!(consume(&brokers[1], "three", Topic::Findings) == events);
}
