//! What one change costs from the server's bytes to the store, without server and network.
//!
//!     cargo bench --bench engine -- [rows] [many|one|single|findings]
//!
//! The benchmark's contacts and policies on a store in a temporary folder: the initial copy, then
//! every contact updated three times, in transactions of 100, in one, and one by one. Prints for
//! each phase the processor's microseconds per change for decoding, deciding and committing, and by
//! itself what it costs to classify a row of a known table. At last, on a store of its own and with
//! no grace, changes each of which becomes a finding, in small batches as an idle engine takes them:
//! what comes until the events are in the file is told there as well. With the name of a phase only
//! the copy and that one run, so that its instructions can be counted.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use lawtail::engine::classify::TableProfile;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::engine::{Engine, Record, Touched};
use lawtail::model::limits::{BATCH_BYTES, BATCH_EVENTS, OUTBOX_PAGE, SAMPLE_EVERY, SAMPLE_ROWS};
use lawtail::model::{
    Batch, Begin, Change, Commit, Event, Lsn, OldRow, Operation, Position, ReplicaIdentity, Row,
    Span, Table, TableFacts, TableName, Timestamp, TransactionKind,
};
use lawtail::policy::Policies;
use lawtail::shell::contract::{Commitment, Publisher, Store};
use lawtail::shell::policies;
use lawtail::shell::publisher::FilePublisher;
use lawtail::shell::store::{EncryptionKey, FjallStore, StoreSettings};
use lawtail::wire::{Assembler, Chain, Origin, Sent};
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Streams of changes after the copy, and the rows of a transaction; 0: see [`Bench::findings`].
const PHASES: [(&str, u64); 4] = [("many", 100), ("one", u64::MAX), ("single", 1), ("findings", 0)];

/// Changes that have come while the engine was busy with those before.
const LIVE: usize = 4;

const CONTACTS: u32 = 1;
const BASES: u32 = 2;
const DAY: i64 = 845_000_000_000_000;

fn main() {
    // Cargo adds an argument of its own.
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let rows: u64 = rows.unwrap_or(100_000);
    let only = std::env::args().skip(1).find(|it| PHASES.iter().any(|(name, _)| name == it));
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let folder = Path::new("target/bench-store");
    let _ = std::fs::remove_dir_all(folder);
    let policies = policies::load(Path::new("benches/capture/policies")).expect("policies");
    classification(&policies, rows);
    let mut bench = Bench::new(folder, policies.clone());
    bench.copy(rows, &[contacts(), bases()]);
    for (name, size) in PHASES.into_iter().filter(|(name, size)| *size > 0 && wanted(name)) {
        let changes = if size == 1 { rows * 2 / 5 } else { rows };
        bench.updates(name, changes, size.min(rows));
    }
    drop(bench);
    if !wanted("findings") {
        return;
    }
    let folder = Path::new("target/bench-store-findings");
    let _ = std::fs::remove_dir_all(folder);
    let mut impatient = policies;
    impatient.profile.grace = Duration::ZERO;
    let mut bench = Bench::new(folder, impatient);
    bench.copy(rows, &[contacts()]);
    bench.publish();
    bench.findings(rows);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or(""));
}

/// The update of a row of twenty columns against the data map: which personal cells did it touch?
/// One row in [`SAMPLE_EVERY`] is looked at to keep the map true, as in the stream.
fn classification(policies: &Policies, rows: u64) {
    let table = Arc::new(contacts());
    let mapping = &policies.pack.tables[&table.name];
    let mut profile = TableProfile::new(&table, &mapping.columns);
    let changes: Vec<Change> = (1..=1_000)
        .map(|ordinal| {
            let [old, new] = [0, 1].map(|round| row(&contact(ordinal, round)));
            let position = Position { commit: Lsn(1), ordinal };
            let operation = Operation::Update { old: OldRow::Full(old), new };
            Change { position, table: Arc::clone(&table), operation }
        })
        .collect();
    let observe = |profile: &mut TableProfile, change: &Change| {
        let new = change.operation.new_row().expect("an update");
        profile.observe(&table, new, &mapping.columns);
    };
    changes.iter().take(SAMPLE_ROWS as usize).for_each(|change| observe(&mut profile, change));
    let begun = processor();
    let mut touched = 0;
    for change in changes.iter().cycle().take(rows as usize) {
        if change.position.ordinal.is_multiple_of(SAMPLE_EVERY) {
            observe(&mut profile, change);
        }
        let record = Record::new(change, Some(mapping));
        touched += Touched::of(&record, profile.verdicts()).categories.len();
    }
    let each = (processor() - begun).as_secs_f64() * 1e6 / rows as f64;
    println!("classify {rows} known rows, {touched} personal cells: µs per row: {each:.2}");
}

/// Processor time of this thread so far.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

#[derive(Default)]
struct Spent {
    changes: u64,
    batches: u64,
    emissions: usize,
    decode: Duration,
    decide: Duration,
    commit: Duration,
    publish: Duration,
}

struct Bench {
    engine: Engine,
    store: FjallStore,
    file: FilePublisher,
    runtime: Runtime,
    chain: Chain,
    assembler: Assembler,
    lsn: u64,
    spent: Spent,
}

impl Bench {
    fn new(folder: &Path, policies: Policies) -> Bench {
        let pseudonyms = Pseudonymizer::new(&[7; 32]);
        // What encryption at rest costs shows when LAWTAIL_BENCH_ENCRYPTED is set.
        let encrypted = std::env::var_os("LAWTAIL_BENCH_ENCRYPTED").is_some();
        let key = encrypted.then(|| Arc::new(EncryptionKey::new([7; 32])));
        let settings = StoreSettings { folder: folder.to_path_buf(), cache_bytes: 32 << 20, key };
        let store = FjallStore::open(&settings).expect("store");
        let events = folder.with_extension("jsonl");
        let _ = std::fs::remove_file(&events);
        Bench {
            engine: Engine::new(Arc::new(policies), pseudonyms, "1/postgres".into()),
            store,
            file: FilePublisher::open(&events).expect("file"),
            runtime: Builder::new_current_thread().build().expect("runtime"),
            chain: Chain::default(),
            assembler: Assembler::new(Lsn(1_000)),
            lsn: 1_000,
            spent: Spent::default(),
        }
    }

    fn copy(&mut self, rows: u64, tables: &[Table]) {
        let commit = Lsn(500);
        let time = Timestamp::from_postgres(DAY);
        let kind = TransactionKind::InitialCopy;
        let mut events = vec![Event::Begin(Begin { xid: 0, commit, time, kind })];
        let mut ordinal = 1;
        for table in tables {
            let table = Arc::new(table.clone());
            for n in 1..=rows {
                let cells = if table.oid == CONTACTS { contact(n, 0) } else { basis(n) };
                if cells.is_empty() {
                    continue;
                }
                let new = row(&cells);
                let position = Position { commit, ordinal };
                ordinal += 1;
                let operation = Operation::Insert { new };
                events.push(Event::Change(Change { position, table: table.clone(), operation }));
                self.spent.changes += 1;
                if events.len() >= BATCH_EVENTS {
                    self.take(Batch { events: std::mem::take(&mut events) });
                }
            }
        }
        let position = Position { commit, ordinal };
        events.push(Event::Commit(Commit { position, end: Lsn(900) }));
        self.take(Batch { events });
        self.report("copy");
    }

    fn updates(&mut self, name: &str, changes: u64, size: u64) {
        let mut payloads = vec![relation(&contacts())];
        let seed = u64::from(name.as_bytes()[0]);
        let mut n = 0;
        while n < changes {
            self.lsn += 1_000;
            let time = DAY + self.lsn as i64;
            payloads.push(begin(self.lsn, time));
            for _ in 0..size.min(changes - n) {
                n += 1;
                payloads.push(update(n, 0, seed));
                if payloads.len() >= BATCH_EVENTS {
                    self.feed(std::mem::take(&mut payloads));
                }
            }
            payloads.push(commit(self.lsn, time));
        }
        self.feed(payloads);
        self.spent.changes = changes;
        self.report(name);
    }

    /// Transactions of one row each, [`LIVE`] of them in a batch.
    fn findings(&mut self, changes: u64) {
        self.feed(vec![relation(&contacts())]);
        for first in (1..=changes).step_by(LIVE) {
            let mut payloads = Vec::new();
            for n in first..(first + LIVE as u64).min(changes + 1) {
                self.lsn += 1_000;
                let time = DAY + self.lsn as i64;
                payloads.push(begin(self.lsn, time));
                payloads.push(update(n, 0, 1));
                payloads.push(commit(self.lsn, time));
            }
            self.feed(payloads);
            self.publish();
        }
        self.spent.changes = changes;
        self.report("findings");
    }

    /// As the daemon does once a batch has been committed.
    fn publish(&mut self) {
        loop {
            let begun = processor();
            let page = self.store.outbox(OUTBOX_PAGE).expect("outbox");
            let Some(last) = page.last().map(|queued| queued.number) else { return };
            let events: Vec<_> = page.into_iter().map(|queued| queued.event).collect();
            self.runtime.block_on(self.file.publish(&events)).expect("publish");
            self.store.delivered(last).expect("delivered");
            self.spent.publish += processor() - begun;
        }
    }

    fn feed(&mut self, payloads: Vec<Bytes>) {
        let begun = processor();
        let mut events = Vec::new();
        let mut bytes = 0;
        let mut batches = Vec::new();
        for payload in payloads {
            let sent = Sent { start: Lsn(self.lsn), time: Timestamp(DAY) };
            self.assembler.receive(sent, &payload, &mut events).expect("order");
            bytes += payload.len();
            if bytes >= BATCH_BYTES || events.len() >= BATCH_EVENTS {
                batches.push(Batch { events: std::mem::take(&mut events) });
                bytes = 0;
            }
        }
        batches.push(Batch { events });
        self.spent.decode += processor() - begun;
        for batch in batches {
            self.take(batch);
        }
    }

    fn take(&mut self, batch: Batch) {
        let begun = processor();
        let mut decision = self.engine.decide(self.store.view(), &batch).expect("decision");
        drop(batch);
        self.spent.decide += processor() - begun;
        let begun = processor();
        let origin = Origin { system: "1".into(), database: "postgres".into() };
        let emissions = decision.emissions().iter();
        let events: Vec<_> = emissions.map(|emission| self.chain.seal(emission, &origin)).collect();
        self.spent.emissions += events.len();
        self.spent.batches += 1;
        let commitment = Commitment {
            writes: decision.take_writes(),
            events,
            checkpoint: decision.checkpoint(),
            ..Commitment::default()
        };
        self.store.commit(commitment).expect("commit");
        self.spent.commit += processor() - begun;
    }

    fn report(&mut self, name: &str) {
        let Spent { changes, batches, emissions, decode, decide, commit, publish } =
            std::mem::take(&mut self.spent);
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / changes as f64;
        println!(
            "{name:7} {changes} changes in {batches} batches, {emissions} events: µs per change: \
             decode {:.2}, decide {:.2}, commit {:.2}, publish {:.2}",
            each(decode),
            each(decide),
            each(commit),
            each(publish)
        );
    }
}

fn contact(n: u64, round: u64) -> Vec<String> {
    let pick = |words: &[&str]| words[(n % words.len() as u64) as usize].to_owned();
    let mut cells: Vec<String> = vec![
        n.to_string(),
        pick(&["Anna", "Jean", "Luca", "Sofia", "Piotr", "Marta", "Erik", "Ines", "Tomas", "Eva"]),
        format!("{}-{n}", pick(&["Schmidt", "Dubois", "Rossi", "Kowalski", "Jansen", "Svensson"])),
        format!("person{n}@example{}.org", n % 97),
        format!("+4930{}", 1_000_000 + (n * 7 + round) % 8_999_999),
        format!("+49151{}", 10_000_000 + n % 89_999_999),
        format!("Head of Department {}", n % 50),
        (n % 5_000).to_string(),
        format!("Hauptstrasse {}", n % 200),
        pick(&["Berlin", "Paris", "Roma", "Warszawa", "Madrid"]),
        (10_000 + n % 89_999).to_string(),
        pick(&["DE", "FR", "IT", "PL", "ES"]),
        format!("19{}-05-{}", 50 + n % 50, 10 + n % 20),
        (n % 100).to_string(),
        "customer".into(),
        if n.is_multiple_of(3) { "t" } else { "f" }.into(),
        format!("Met at the fair in hall {}; asked to be called back in the spring.", n % 20),
        format!("user{}", n % 40),
    ];
    cells.push("2026-01-01 12:00:00+00".into());
    cells.push(format!("2026-11-22 12:{:02}:00.123456+00", round % 60));
    cells
}

fn basis(n: u64) -> Vec<String> {
    if n.is_multiple_of(100) {
        return Vec::new();
    }
    let contact = n.to_string();
    let user = format!("user{}", n % 40);
    [&contact, &contact, "customer_relationship", "contract", "active", "", &user]
        .map(str::to_owned)
        .to_vec()
}

fn table(oid: u32, name: &str, columns: &[(&str, u32)]) -> Table {
    let column = |&(name, type_oid): &(&str, u32)| lawtail::model::Column {
        name: name.into(),
        type_oid,
        key: true,
    };
    Table {
        oid,
        name: TableName::new("crm", name),
        replica_identity: ReplicaIdentity::Full,
        columns: columns.iter().map(column).collect(),
        facts: TableFacts::default(),
    }
}

#[rustfmt::skip]
fn contacts() -> Table {
    table(CONTACTS, "contacts", &[
        ("id", 20), ("first_name", 25), ("last_name", 25), ("email", 25), ("phone", 25),
        ("mobile", 25), ("job_title", 25), ("company_id", 20), ("street", 25), ("city", 25),
        ("postal_code", 25), ("country", 25), ("date_of_birth", 1082), ("lead_score", 23),
        ("lifecycle", 25), ("newsletter", 16), ("notes", 25), ("modified_by", 25),
        ("created_at", 1184), ("modified_at", 1184),
    ])
}

#[rustfmt::skip]
fn bases() -> Table {
    table(BASES, "lawful_bases", &[
        ("id", 20), ("contact_id", 20), ("purpose", 25), ("basis", 25), ("status", 25),
        ("valid_until", 1082), ("modified_by", 25),
    ])
}

fn row(cells: &[String]) -> Row {
    let mut bytes = BytesMut::new();
    let mut spans = Vec::new();
    for cell in cells {
        let start = bytes.len() as u32;
        bytes.put_slice(cell.as_bytes());
        let bytes = Span::Bytes { start, end: bytes.len() as u32 };
        spans.push(if cell.is_empty() { Span::Null } else { bytes });
    }
    Row::new(bytes.freeze(), spans).expect("row")
}

fn begin(lsn: u64, time: i64) -> Bytes {
    let mut message = BytesMut::new();
    message.put_u8(b'B');
    message.put_u64(lsn);
    message.put_i64(time);
    message.put_u32(lsn as u32);
    message.freeze()
}

fn commit(lsn: u64, time: i64) -> Bytes {
    let mut message = BytesMut::new();
    message.put_slice(b"C\0");
    message.put_u64(lsn);
    message.put_u64(lsn + 10);
    message.put_i64(time);
    message.freeze()
}

fn relation(table: &Table) -> Bytes {
    let mut message = BytesMut::new();
    message.put_u8(b'R');
    message.put_u32(table.oid);
    message.put_slice(table.name.schema.as_bytes());
    message.put_u8(0);
    message.put_slice(table.name.name.as_bytes());
    message.put_u8(0);
    message.put_u8(b'f');
    message.put_u16(table.columns.len() as u16);
    for column in &table.columns {
        message.put_u8(1);
        message.put_slice(column.name.as_bytes());
        message.put_u8(0);
        message.put_u32(column.type_oid);
        message.put_i32(-1);
    }
    message.freeze()
}

fn update(n: u64, before: u64, after: u64) -> Bytes {
    let mut message = BytesMut::new();
    message.put_u8(b'U');
    message.put_u32(CONTACTS);
    for (tag, round) in [(b'O', before), (b'N', after)] {
        message.put_u8(tag);
        let cells = contact(n, round);
        message.put_u16(cells.len() as u16);
        for cell in cells {
            message.put_u8(b't');
            message.put_u32(cell.len() as u32);
            message.put_slice(cell.as_bytes());
        }
    }
    message.freeze()
}
