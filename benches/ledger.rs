//! The ledger with many people, step by step; benches/ledger.sh says what is measured and starts each step
//! as a process of its own.
//!
//!     ledger load    FOLDER SUBJECTS             the initial copy into a store in the folder
//!     ledger lookups FOLDER SUBJECTS NUMBER      permissions asked for twice, in no order
//!     ledger changes FOLDER SUBJECTS NUMBER      opt-outs, in transactions of 100
//!     ledger postgres-load    URL SUBJECTS       the same facts into tables
//!     ledger postgres-lookups URL SUBJECTS NUMBER
//!     ledger postgres-changes URL SUBJECTS NUMBER
//!
//! Each prints words and numbers that the script reads: `NAME VALUE`, times in microseconds.

#[path = "ledger/facts.rs"]
mod facts;
#[path = "ledger/postgres.rs"]
mod postgres;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use facts::{PURPOSE, Person};
use lawtail::engine::Engine;
use lawtail::engine::ledger::{self, Period};
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::engine::state::State;
use lawtail::model::limits::BATCH_EVENTS;
use lawtail::model::{
    Batch, Begin, Change, Channel, Commit, Event, Lsn, OldRow, Operation, Position, Timestamp,
    TransactionKind,
};
use lawtail::policy;
use lawtail::shell::contract::{Commitment, Store};
use lawtail::shell::store::{FjallStore, StoreSettings};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where the initial copy lies in the log, and when it was.
const COPIED: (u64, Timestamp) = (500, Timestamp(1_767_268_800_000_000));

/// Changes of one transaction.
const TRANSACTION: u64 = 100;

fn main() {
    // Cargo adds an argument of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize| -> u64 { words[at].parse().expect("a number") };
    match words[..] {
        ["load", folder, _] => load(Path::new(folder), number(2)),
        ["lookups", folder, _, _] => lookups(Path::new(folder), number(2), number(3)),
        ["changes", folder, _, _] => changes(Path::new(folder), number(2), number(3)),
        ["postgres-load", url, _] => postgres::load(url, number(2)),
        ["postgres-lookups", url, _, _] => postgres::lookups(url, number(2), number(3)),
        ["postgres-changes", url, _, _] => postgres::changes(url, number(2), number(3)),
        // As `cargo test --benches` runs it.
        [] => {}
        _ => panic!("benches/ledger.sh knows the steps"),
    }
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    println!("resident_mib {}", most.unwrap_or_default().div_ceil(1024));
}

/// The key is the same in every step.
fn pseudonyms() -> Pseudonymizer {
    Pseudonymizer::new(&[7; 32])
}

/// The middle one of many times, in microseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |middle| middle.as_secs_f64() * 1e6)
}

struct Ledger {
    engine: Engine,
    store: FjallStore,
}

impl Ledger {
    fn open(folder: &Path) -> Ledger {
        let policies = policy::compile(&policy::embedded::demo()).expect("policies");
        let engine = Engine::new(Arc::new(policies), pseudonyms(), "1/postgres".into());
        // As the daemon opens it unless its settings say otherwise.
        let cache_bytes = 32 << 20;
        let settings = StoreSettings { folder: folder.to_path_buf(), cache_bytes, key: None };
        Ledger { engine, store: FjallStore::open(&settings).expect("store") }
    }

    fn take(&mut self, events: Vec<Event>) {
        let mut decision =
            self.engine.decide(self.store.view(), &Batch { events }).expect("decision");
        let writes = decision.take_writes();
        let checkpoint = decision.checkpoint();
        let commitment = Commitment { writes, checkpoint, ..Commitment::default() };
        self.store.commit(commitment).expect("commit");
    }
}

/// The initial copy. The lawful bases come first, so that nobody waits for one: what it costs to wait is
/// measured by benches/capture.sh.
fn load(folder: &Path, subjects: u64) {
    let mut ledger = Ledger::open(folder);
    let begun = Instant::now();
    let (commit, time) = (Lsn(COPIED.0), COPIED.1);
    let kind = TransactionKind::InitialCopy;
    let mut events = vec![Event::Begin(Begin { xid: 0, commit, time, kind })];
    let mut ordinal = 0;
    for (table, rows_of) in facts::tables() {
        let table = Arc::new(table);
        for number in 1..=subjects {
            for new in rows_of(&Person::new(number)) {
                ordinal += 1;
                let position = Position { commit, ordinal };
                let operation = Operation::Insert { new };
                let table = Arc::clone(&table);
                events.push(Event::Change(Change { position, table, operation }));
                if events.len() >= BATCH_EVENTS {
                    ledger.take(std::mem::take(&mut events));
                }
            }
        }
    }
    let position = Position { commit, ordinal: ordinal + 1 };
    events.push(Event::Commit(Commit { position, end: Lsn(COPIED.0 + 10) }));
    ledger.take(events);
    println!("rows {ordinal}");
    println!("seconds {:.1}", begun.elapsed().as_secs_f64());
}

/// The question of whether a message may be sent, as judging asks it: of the contact point and the person,
/// for the purpose and for every purpose. The same people twice: at first nothing is in the store's memory.
fn lookups(folder: &Path, subjects: u64, number: u64) {
    let ledger = Ledger::open(folder);
    let pseudonyms = pseudonyms();
    for pass in ["cold", "warm"] {
        let mut times = Vec::new();
        for person in facts::in_no_order(subjects, number) {
            let holders = person.holders(&pseudonyms);
            let begun = Instant::now();
            let state = State::new(ledger.store.view());
            let found = ledger::permissions(&state, &holders, Channel::Email, PURPOSE, Period::Now);
            times.push(begun.elapsed());
            assert_eq!(found.expect("the store can be read").len(), 1, "one permission each");
        }
        let whole: Duration = times.iter().sum();
        println!("{pass}_per_second {:.0}", number as f64 / whole.as_secs_f64());
        println!("{pass}_median {:.2}", median(times));
    }
}

/// Opt-outs as the stream brings them, each transaction decided and made durable by itself.
fn changes(folder: &Path, subjects: u64, number: u64) {
    let mut ledger = Ledger::open(folder);
    let table = Arc::new(facts::consents());
    let people: Vec<Person> = facts::in_no_order(subjects, number).collect();
    let mut times = Vec::new();
    for (at, people) in people.chunks(TRANSACTION as usize).enumerate() {
        let lsn = 100_000 + at as u64 * 1_000;
        let (commit, time) = (Lsn(lsn), COPIED.1 + Duration::from_secs(60 + at as u64));
        let kind = TransactionKind::Live;
        let mut events = vec![Event::Begin(Begin { xid: at as u32 + 1, commit, time, kind })];
        for (ordinal, person) in (1..).zip(people) {
            let [old, new] = person.opting_out();
            let position = Position { commit, ordinal };
            let operation = Operation::Update { old: OldRow::Full(old), new };
            let table = Arc::clone(&table);
            events.push(Event::Change(Change { position, table, operation }));
        }
        let position = Position { commit, ordinal: people.len() as u64 + 1 };
        events.push(Event::Commit(Commit { position, end: Lsn(lsn + 10) }));
        let begun = Instant::now();
        ledger.take(events);
        times.push(begun.elapsed() / people.len() as u32);
    }
    println!("change_median {:.2}", median(times));
}
