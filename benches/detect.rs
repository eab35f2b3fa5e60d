//! What the statistics cost: bytes of a series, and processor time of a change.
//!
//! Each of many actors updates contacts, so that each has two series; then a day passes, so that each series
//! has a model. The engine decides the same stream with the statistics and without them; the difference is
//! their cost. Memory is an ordered map, so that no store is measured.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Batch, Event, Row, TransactionKind};
use lawtail::policy;
use support::crm::{self, Log, row};

type Memory = BTreeMap<Vec<u8>, Vec<u8>>;

/// Transactions that are decided together.
const BATCH: usize = 1_000;

/// Rows of a large transaction.
const LARGE: u64 = 100;

const HOUR: u64 = 3_600;

/// An engine with what it remembers, and how long it took.
struct Side {
    engine: Engine,
    memory: Memory,
    spent: Duration,
}

impl Side {
    fn new(budget: u32) -> Side {
        let mut documents = policy::embedded::demo();
        let choice = format!(
            "pack: demo\nregister: demo\nprofile: strict\ngrace: 5s\n\
             detection: {{alert_budget_per_week: {budget}}}\n"
        );
        documents.insert("policy.yaml".into(), choice);
        let policies = policy::compile(&documents).expect("the demo's policies compile");
        let engine = Engine::new(Arc::new(policies), Pseudonymizer::new(b"bench"), "bench".into());
        Side { engine, memory: Memory::new(), spent: Duration::ZERO }
    }

    fn decide(&mut self, events: &[Event]) {
        let batch = Batch { events: events.to_vec() };
        let begun = processor();
        let mut decision = self.engine.decide(&self.memory, &batch).expect("it is well-formed");
        let writes = decision.take_writes();
        self.spent += processor() - begun;
        for (key, value) in writes {
            match value {
                Some(value) => self.memory.insert(key, value),
                None => self.memory.remove(&key),
            };
        }
    }

    /// Series, and bytes of keys and records about them and their actors.
    fn size(&self) -> (u64, u64) {
        let of = |prefix: &[u8]| {
            let records = self.memory.iter().filter(|(key, _)| key.starts_with(prefix));
            records.fold((0, 0), |(number, bytes), (key, value)| {
                (number + 1, bytes + (key.len() + value.len()) as u64)
            })
        };
        let bytes = [&b"s"[..], b"na"].map(|prefix| of(prefix).1).iter().sum();
        (of(b"sc").0, bytes)
    }
}

/// Processor time of this thread so far.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

fn contact(person: u64, version: u64, actor: &str) -> Row {
    let (id, email) = (person.to_string(), format!("person{person}.{version}@example.org"));
    row(&[Some(&id), Some("Ada"), Some("Muster"), Some(&email), None, Some("f"), Some(actor)])
}

/// Plays transactions of so many rows by one actor after the other, on both sides; nanoseconds that the
/// statistics take for a change.
fn play(log: &mut Log, sides: &mut [Side; 2], actors: u64, rows: u64) -> u64 {
    let contacts = crm::contacts();
    sides.iter_mut().for_each(|side| side.spent = Duration::ZERO);
    let mut person = 0;
    for actor in 0..actors {
        let name = format!("actor{actor}");
        log.begin_as(TransactionKind::Live);
        for _ in 0..rows {
            person = (person + 1) % 100_000;
            log.update(&contacts, contact(person, 0, &name), contact(person, 1, &name));
        }
        log.commit();
        if (actor + 1) % BATCH as u64 == 0 || actor + 1 == actors {
            let events = std::mem::take(&mut log.events);
            sides.iter_mut().for_each(|side| side.decide(&events));
        }
    }
    let [with, without] = sides;
    let spent = with.spent.saturating_sub(without.spent).as_nanos();
    (spent / u128::from(actors * rows)) as u64
}

fn main() {
    let wanted = std::env::var("LAWTAIL_BENCH_SERIES").ok().and_then(|text| text.parse().ok());
    let wanted: u64 = wanted.unwrap_or(50_000);
    let mut log = Log::default();
    let mut sides = [Side::new(2), Side::new(0)];
    // Beside two of each actor there are those of the table.
    let actors = (wanted / 2).saturating_sub(4).max(1);
    play(&mut log, &mut sides, actors, 1);
    log.pass(Duration::from_secs(24 * HOUR));
    play(&mut log, &mut sides, actors, 1);
    log.pass(Duration::from_secs(HOUR));
    let single = play(&mut log, &mut sides, actors, 1);
    log.pass(Duration::from_secs(HOUR));
    let large = play(&mut log, &mut sides, (actors / LARGE).max(1), LARGE);
    let (series, bytes) = sides[0].size();
    println!("series {series}");
    println!("bytes_per_series {}", bytes / series.max(1));
    println!("ns_per_change_alone {single}");
    println!("ns_per_change_of_many {large}");
}
