//! The store on disk: a log-structured merge tree each for the ledger, the engine's other records,
//! the outbox and the bookkeeping, written by one atomic batch per commitment.

use std::collections::VecDeque;
use std::error::Error as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use fjall::compaction::Leveled;
use fjall::config::{BlockSizePolicy, CompressionPolicy, FilterPolicy};
use fjall::{
    AbstractTree as _, CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions,
    OwnedWriteBatch, PersistMode,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Identity, creation};
use crate::engine::Checkpoint;
use crate::engine::state::{Entry, Part, View, Writes};
use crate::model::{Code, Fault, Lsn, limits};
use crate::shell::contract::{Commitment, Queued, Store};
use crate::wire::{CloudEvent, Topic};

/// Version of what the trees hold. A store of a later version is refused, never guessed at.
const FORMAT: u32 = 6;

/// Write buffer of the trees beside the ledger.
const REST_BUFFER: u64 = limits::STORE_BUFFER_BYTES / 2;

const FORMAT_KEY: &str = "format";
const IDENTITY_KEY: &str = "identity";
const CHECKPOINT_KEY: &str = "checkpoint";
const LAST_KEY: &str = "outbox/last";
const DELIVERED_KEY: &str = "outbox/delivered";

/// Where the store lies and how much memory it may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// Folder; created when it is missing, for its owner alone.
    pub folder: PathBuf,
    /// Size of the block cache in bytes.
    pub cache_bytes: u64,
}

/// A store in a folder, used by one process at a time.
pub struct FjallStore {
    database: Database,
    ledger: Keyspace,
    records: Keyspace,
    outbox: Keyspace,
    meta: Keyspace,
    checkpoint: Option<Checkpoint>,
    /// Number of the last event that was put into the outbox.
    last: u64,
    /// Number of the last event that was delivered. Reading the outbox begins after it, so that
    /// it never wades through what has been removed.
    delivered: u64,
    /// The end of the outbox, as far as it was written by this process and is no longer than a
    /// page: what has just been written need not be read back and decoded.
    fresh: VecDeque<Queued>,
}

/// An event of the outbox as it is stored under its number.
#[derive(Serialize, Deserialize)]
struct Stored<E = CloudEvent> {
    before: Lsn,
    event: E,
}

impl FjallStore {
    /// Opens the store, creating it when it is missing.
    ///
    /// # Errors
    /// `STO-001` when the folder cannot be used or another process uses it, `STO-002` when the
    /// disk is full, `STO-003` when its content is damaged or of a later version.
    pub fn open(settings: &StoreSettings) -> Result<Self, Fault> {
        let folder = &settings.folder;
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder).map_err(|e| unusable(folder, &e))?;
        check_files(folder)?;
        creation::begin(folder)?;
        let store = FjallStore::open_trees(settings)?;
        creation::end(folder)?;
        Ok(store)
    }

    fn open_trees(settings: &StoreSettings) -> Result<Self, Fault> {
        let folder = &settings.folder;
        let refused = |error: fjall::Error| opening_fault(folder, &error);
        let database = Database::builder(folder)
            .cache_size(settings.cache_bytes)
            .worker_threads(limits::STORE_THREADS)
            .max_journaling_size(limits::STORE_JOURNAL_BYTES)
            .open()
            .map_err(refused)?;
        let tree = |name, options: KeyspaceCreateOptions| {
            database.keyspace(name, || options.clone()).map_err(refused)
        };
        // The outbox is only read in order and the bookkeeping is a handful of keys.
        let in_order = |bytes| buffered(bytes).filter_policy(FilterPolicy::disabled());
        let ledger = tree("ledger", ledger_options())?;
        let records = tree("records", buffered(REST_BUFFER))?;
        let outbox = tree("outbox", in_order(REST_BUFFER))?;
        let meta = tree("meta", in_order(REST_BUFFER))?;
        let mut store = FjallStore {
            database,
            ledger,
            records,
            outbox,
            meta,
            checkpoint: None,
            last: 0,
            delivered: 0,
            fresh: VecDeque::new(),
        };
        store.check_format(folder)?;
        store.checkpoint = store.remembered(CHECKPOINT_KEY)?;
        store.last = store.remembered(LAST_KEY)?.unwrap_or(0);
        store.delivered = store.remembered(DELIVERED_KEY)?.unwrap_or(0);
        Ok(store)
    }

    fn check_format(&mut self, folder: &Path) -> Result<(), Fault> {
        let damaged = |cause: String| {
            Err(Fault::new(Code::STO_003, format!("{}: {cause}", folder.display())))
        };
        match self.remembered::<u32>(FORMAT_KEY)? {
            Some(FORMAT) => Ok(()),
            Some(newer) if newer > FORMAT => {
                damaged(format!("its format is {newer}, this lawtail writes {FORMAT}"))
                    .map_err(|fault| fault.help("use the lawtail that wrote it, or a later one"))
            }
            Some(older) => {
                damaged(format!("its format {older} is an earlier one")).map_err(|fault| {
                    fault.help("move the folder away: lawtail announces the gap and copies anew")
                })
            }
            None if !self.is_empty()? => damaged("it holds data but no format".into()),
            None => self.remember(FORMAT_KEY, &FORMAT),
        }
    }

    fn is_empty(&self) -> Result<bool, Fault> {
        for tree in [&self.ledger, &self.records, &self.outbox, &self.meta] {
            if !tree.is_empty().map_err(|e| reading_fault(&e))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many events wait in the outbox.
    pub fn undelivered(&self) -> u64 {
        self.last - self.delivered
    }

    fn remembered<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Fault> {
        let bytes = self.meta.get(key).map_err(|e| reading_fault(&e))?;
        bytes.map(|bytes| decode(&bytes)).transpose()
    }

    fn remember<T: Serialize>(&mut self, key: &str, value: &T) -> Result<(), Fault> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        batch.insert(&self.meta, key, encode(value));
        batch.commit().map_err(|e| writing_fault(&e))
    }

    fn write_records(&self, batch: &mut OwnedWriteBatch, writes: Writes) {
        for (key, value) in writes {
            let tree = self.part(Part::of(&key));
            match value {
                Some(value) => batch.insert(tree, key, value),
                None => batch.remove(tree, key),
            }
        }
    }

    /// The tree leaves it to its worker to seal a full write buffer. That may be merging tables for a
    /// long time, and until then the buffer would grow with every commit. So a full one is sealed
    /// here; once [`limits::STORE_BUFFERS_SEALED`] of them wait to be written out, so do we.
    fn seal_full_buffers(&self) -> Result<(), Fault> {
        let rest = [&self.records, &self.outbox, &self.meta].map(|tree| (tree, REST_BUFFER));
        for (tree, full) in [(&self.ledger, limits::STORE_BUFFER_BYTES)].into_iter().chain(rest) {
            if tree.tree.active_memtable().size() <= full {
                continue;
            }
            while tree.sealed_memtable_count() >= limits::STORE_BUFFERS_SEALED {
                thread::sleep(limits::STORE_PAUSE);
                // A worker that has failed never makes room; this says that it has.
                self.database.persist(PersistMode::Buffer).map_err(|e| writing_fault(&e))?;
            }
            tree.rotate_memtable().map_err(|e| writing_fault(&e))?;
        }
        Ok(())
    }

    fn part(&self, part: Part) -> &Keyspace {
        match part {
            Part::Ledger => &self.ledger,
            Part::Rest => &self.records,
        }
    }

    /// Queues events behind the last one; returns them with their numbers.
    fn write_events(&self, batch: &mut OwnedWriteBatch, events: Vec<CloudEvent>) -> Vec<Queued> {
        let before = self.checkpoint.map_or(Lsn::ZERO, |checkpoint| checkpoint.end);
        // The chain goes on from the last one of each topic; those before it need not be kept twice.
        for topic in Topic::ALL {
            if let Some(head) = events.iter().rfind(|event| event.topic == topic) {
                batch.insert(&self.meta, head_key(topic), encode(head));
            }
        }
        let mut queued = Vec::with_capacity(events.len());
        for (number, event) in (self.last + 1..).zip(events) {
            let stored = Stored { before, event: &event };
            batch.insert(&self.outbox, number.to_be_bytes(), encode(&stored));
            queued.push(Queued { number, before, event });
        }
        if let Some(last) = queued.last() {
            batch.insert(&self.meta, LAST_KEY, encode(&last.number));
        }
        queued
    }

    /// These events were made durable.
    fn queued(&mut self, events: Vec<Queued>) {
        self.last = events.last().map_or(self.last, |last| last.number);
        self.fresh.extend(events);
        if self.fresh.len() > limits::OUTBOX_PAGE {
            self.fresh = VecDeque::new();
        }
    }
}

impl View for FjallStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.part(Part::of(key)).get(key).map_err(|e| reading_fault(&e))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Entry>, Fault> {
        if from >= to {
            return Ok(Vec::new());
        }
        let within = |part| -> Result<Vec<Entry>, Fault> {
            let range = self.part(part).range(from..to).take(limit).map(Guard::into_inner);
            let owned = range.map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())));
            owned.collect::<Result<_, _>>().map_err(|e| reading_fault(&e))
        };
        if let Some(part) = Part::of_range(from, to) {
            return within(part);
        }
        let mut both = [within(Part::Ledger)?, within(Part::Rest)?].concat();
        both.sort_unstable();
        both.truncate(limit);
        Ok(both)
    }
}

impl Store for FjallStore {
    fn view(&self) -> &dyn View {
        self
    }

    fn commit(&mut self, commitment: Commitment) -> Result<(), Fault> {
        // `fdatasync`: the content and what finding it takes, not the file's times.
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        self.write_records(&mut batch, commitment.writes);
        let queued = self.write_events(&mut batch, commitment.events);
        batch.insert(&self.meta, CHECKPOINT_KEY, encode(&commitment.checkpoint));
        batch.insert(&self.meta, IDENTITY_KEY, encode(&commitment.identity));
        batch.commit().map_err(|e| writing_fault(&e))?;
        self.queued(queued);
        self.checkpoint = Some(commitment.checkpoint);
        self.seal_full_buffers()
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        Ok(self.checkpoint)
    }

    fn identity(&self) -> Result<Option<Identity>, Fault> {
        self.remembered(IDENTITY_KEY)
    }

    fn chain_heads(&self) -> Result<Vec<CloudEvent>, Fault> {
        let heads = Topic::ALL.map(|topic| self.remembered(&head_key(topic)).transpose());
        heads.into_iter().flatten().collect()
    }

    fn outbox(&self, limit: usize) -> Result<Vec<Queued>, Fault> {
        if self.fresh.front().is_some_and(|first| first.number == self.delivered + 1) {
            return Ok(self.fresh.iter().take(limit).cloned().collect());
        }
        let undelivered = self.outbox.range((self.delivered + 1).to_be_bytes()..).take(limit);
        undelivered
            .map(|entry| {
                let (key, value) = entry.into_inner().map_err(|e| reading_fault(&e))?;
                let number = key.as_ref().try_into().map(u64::from_be_bytes);
                let number = number.map_err(|_| unreadable("the number of a queued event"))?;
                let Stored { before, event } = decode(&value)?;
                Ok(Queued { number, before, event })
            })
            .collect()
    }

    fn delivered(&mut self, number: u64) -> Result<(), Fault> {
        let number = number.min(self.last);
        if number <= self.delivered {
            return Ok(());
        }
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for removed in self.delivered + 1..=number {
            batch.remove(&self.outbox, removed.to_be_bytes());
        }
        batch.insert(&self.meta, DELIVERED_KEY, encode(&number));
        batch.commit().map_err(|e| writing_fault(&e))?;
        self.delivered = number;
        while self.fresh.front().is_some_and(|first| first.number <= number) {
            self.fresh.pop_front();
        }
        Ok(())
    }
}

/// A tree whose write buffer takes so many bytes.
fn buffered(bytes: u64) -> KeyspaceCreateOptions {
    let merging = Leveled::default().with_table_target_size(limits::STORE_TABLE_BYTES);
    KeyspaceCreateOptions::default().max_memtable_size(bytes).compaction_strategy(Arc::new(merging))
}

/// Records of the ledger are small and asked for one by one in no order, so that nearly each look
/// reads a block: these are small too, and not compressed, because most of a record is references,
/// which are random. Records that are not there are found out by the default Bloom filters.
fn ledger_options() -> KeyspaceCreateOptions {
    buffered(limits::STORE_BUFFER_BYTES)
        .data_block_size_policy(BlockSizePolicy::all(limits::STORE_LEDGER_BLOCK_BYTES))
        .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
}

/// Files that are not the tree's own make its recovery panic, so they are found before it.
fn check_files(folder: &Path) -> Result<(), Fault> {
    let stray = |path: &Path| {
        let cause = format!("{} does not belong into the store", path.display());
        Err(Fault::new(Code::STO_003, cause))
    };
    let entries = |folder: &Path| -> Result<Vec<fs::DirEntry>, Fault> {
        let entries = fs::read_dir(folder).and_then(Iterator::collect);
        entries.map_err(|e| unusable(folder, &e))
    };
    for entry in entries(folder)? {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "jnl") && !path.is_file() {
            return stray(&path);
        }
    }
    let trees = folder.join("keyspaces");
    if !trees.exists() {
        return Ok(());
    }
    for entry in entries(&trees)? {
        let numbered = entry.file_name().to_str().is_some_and(|name| name.parse::<u64>().is_ok());
        if !numbered {
            return stray(&entry.path());
        }
    }
    Ok(())
}

fn head_key(topic: Topic) -> String {
    format!("head/{}", topic.suffix())
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("the store's own values serialise")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    postcard::from_bytes(bytes).map_err(|_| unreadable("an entry of the bookkeeping or outbox"))
}

fn unreadable(what: &str) -> Fault {
    Fault::new(Code::STO_003, format!("{what} cannot be read"))
}

pub(super) fn unusable(folder: &Path, error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::STO_002,
        _ => Code::STO_001,
    };
    Fault::new(code, format!("{}: {error}", folder.display()))
}

/// The operating system's error, when it is one and not our own complaint about the content.
fn system_error(error: &fjall::Error) -> Option<&io::Error> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(system) = source.downcast_ref::<io::Error>() {
            return system.raw_os_error().map(|_| system);
        }
        next = source.source();
    }
    None
}

fn opening_fault(folder: &Path, error: &fjall::Error) -> Fault {
    if matches!(error, fjall::Error::Locked) {
        let cause = format!("{}: another lawtail is using it", folder.display());
        return Fault::new(Code::STO_001, cause)
            .help("stop the other lawtail, or give this one a folder of its own");
    }
    match system_error(error) {
        Some(system) => unusable(folder, system),
        None => Fault::new(Code::STO_003, format!("{}: {error}", folder.display())),
    }
}

fn reading_fault(error: &fjall::Error) -> Fault {
    let code = if system_error(error).is_some() { Code::STO_002 } else { Code::STO_003 };
    Fault::new(code, format!("reading failed: {error}"))
}

/// After a failed write the tree accepts no other: what is on disk is known again only once the
/// store has been opened anew.
fn writing_fault(error: &fjall::Error) -> Fault {
    Fault::new(Code::STO_002, format!("writing failed: {error}"))
}

#[cfg(test)]
#[path = "fjall_tests.rs"]
mod tests;
