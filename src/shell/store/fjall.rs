//! The store on disk: a log-structured merge tree each for the ledger, the engine's other records,
//! the outbox and the bookkeeping, written by one atomic batch per commitment.

use std::collections::VecDeque;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;

use fjall::OwnedWriteBatch;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cipher::{Cipher, EncryptionKey};
use super::faults::{unreadable, unusable, writing_fault};
use super::format::{self, Standing, Step};
use super::trees::{self, Tree, Trees};
use super::{Identity, creation, upgrade};
use crate::engine::Checkpoint;
use crate::engine::series::has_learnt;
use crate::engine::state::{Entry, Part, State, View, Writes};
use crate::model::{Code, Fault, Lsn, limits};
use crate::shell::contract::{Commitment, Queued, Store};
use crate::wire::{CloudEvent, Topic};

const IDENTITY_KEY: &str = "identity";
const CHECKPOINT_KEY: &str = "checkpoint";
const LAST_KEY: &str = "outbox/last";
const DELIVERED_KEY: &str = "outbox/delivered";

/// Where the store lies and how much memory it may use.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// Folder; created when it is missing, for its owner alone.
    pub folder: PathBuf,
    /// Size of the block cache in bytes.
    pub cache_bytes: u64,
    /// Encrypts what is stored; without it, it is not encrypted.
    pub key: Option<Arc<EncryptionKey>>,
}

/// A store in a folder, used by one process at a time.
pub struct FjallStore {
    trees: Trees,
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
    /// Opens the store, creating it when it is missing. One of an earlier format is upgraded, and
    /// stays beside it as it was.
    ///
    /// # Errors
    /// `STO-001` when the folder cannot be used or another process uses it, `STO-002` when the
    /// disk is full, `STO-003` when its content is damaged, `STO-004` when it is of a format that
    /// cannot be taken over, `STO-005` when it can and there is no room for it, `STO-006` when the key
    /// is not that of the store.
    pub fn open(settings: &StoreSettings) -> Result<Self, Fault> {
        FjallStore::open_by(settings, format::STEPS)
    }

    /// By a program that can take these steps.
    pub(super) fn open_by(settings: &StoreSettings, steps: &'static [Step]) -> Result<Self, Fault> {
        let folder = &settings.folder;
        upgrade::recover(folder)?;
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder).map_err(|e| unusable(folder, &e))?;
        trees::check_files(folder)?;
        creation::begin(folder)?;
        let key = settings.key.as_ref();
        let mut trees = Trees::open(folder, settings.cache_bytes)?;
        let cipher = match format::judge(folder, &trees, steps)? {
            Standing::Current => {
                let cipher = Cipher::of(&trees, key)?;
                upgrade::clear(folder)?;
                cipher
            }
            Standing::New => {
                format::write(&trees)?;
                key.cloned().map(Cipher::new)
            }
            Standing::Earlier(found, steps) => {
                let cipher = Cipher::of(&trees, key)?;
                upgrade::run(settings, trees.under(cipher), found, steps)?;
                trees = Trees::open(folder, settings.cache_bytes)?;
                Cipher::of(&trees, key)?
            }
        };
        let cipher = cipher.map(|cipher| cipher.start(&trees)).transpose()?;
        creation::end(folder)?;
        FjallStore::resume(trees.under(cipher))
    }

    fn resume(trees: Trees) -> Result<Self, Fault> {
        let mut store =
            FjallStore { trees, checkpoint: None, last: 0, delivered: 0, fresh: VecDeque::new() };
        store.checkpoint = store.remembered(CHECKPOINT_KEY)?;
        store.last = store.remembered(LAST_KEY)?.unwrap_or(0);
        store.delivered = store.remembered(DELIVERED_KEY)?.unwrap_or(0);
        Ok(store)
    }

    /// Puts into a new store what was learnt elsewhere.
    ///
    /// # Errors
    /// `STO-002` when it cannot be written, `STO-003` when the store has followed a stream or learnt already.
    pub fn begin_with(&mut self, learnt: Writes) -> Result<(), Fault> {
        if self.checkpoint.is_some() || has_learnt(&State::new(self))? {
            let used =
                "the store is in use: what is usual can only be learnt before the first start";
            return Err(Fault::new(Code::STO_003, used).help("name another folder for the store"));
        }
        let mut batch = self.trees.durable_batch();
        self.write_records(&mut batch, learnt);
        batch.commit().map_err(|e| writing_fault(&e))
    }

    /// How many events wait in the outbox.
    pub fn undelivered(&self) -> u64 {
        self.last - self.delivered
    }

    fn remembered<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Fault> {
        remembered(&self.trees, key)
    }

    fn remember<T: Serialize>(&self, batch: &mut OwnedWriteBatch, key: &str, value: &T) {
        self.trees.meta.put(batch, key.into(), encode(value));
    }

    fn write_records(&self, batch: &mut OwnedWriteBatch, writes: Writes) {
        for (key, value) in writes {
            let tree = self.part(Part::of(&key));
            match value {
                Some(value) => tree.put(batch, key, value),
                None => tree.remove(batch, key),
            }
        }
    }

    fn part(&self, part: Part) -> &Tree {
        match part {
            Part::Ledger => &self.trees.ledger,
            Part::Rest => &self.trees.records,
        }
    }

    /// Queues events behind the last one; returns them with their numbers.
    fn write_events(&self, batch: &mut OwnedWriteBatch, events: Vec<CloudEvent>) -> Vec<Queued> {
        let before = self.checkpoint.map_or(Lsn::ZERO, |checkpoint| checkpoint.end);
        // The chain goes on from the last one of each topic; those before it need not be kept twice.
        for topic in Topic::ALL {
            if let Some(head) = events.iter().rfind(|event| event.topic == topic) {
                self.remember(batch, &head_key(topic), head);
            }
        }
        let mut queued = Vec::with_capacity(events.len());
        for (number, event) in (self.last + 1..).zip(events) {
            let stored = Stored { before, event: &event };
            self.trees.outbox.put(batch, number.to_be_bytes().into(), encode(&stored));
            queued.push(Queued { number, before, event });
        }
        if let Some(last) = queued.last() {
            self.remember(batch, LAST_KEY, &last.number);
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
        self.part(Part::of(key)).get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Entry>, Fault> {
        if from >= to {
            return Ok(Vec::new());
        }
        let within = |part| -> Result<Vec<Entry>, Fault> {
            self.part(part).range(from..to).take(limit).collect()
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
        let mut batch = self.trees.durable_batch();
        self.write_records(&mut batch, commitment.writes);
        let queued = self.write_events(&mut batch, commitment.events);
        self.remember(&mut batch, CHECKPOINT_KEY, &commitment.checkpoint);
        self.remember(&mut batch, IDENTITY_KEY, &commitment.identity);
        batch.commit().map_err(|e| writing_fault(&e))?;
        self.queued(queued);
        self.checkpoint = Some(commitment.checkpoint);
        self.trees.seal_full_buffers()
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
        let first = (self.delivered + 1).to_be_bytes();
        let undelivered = self.trees.outbox.range(first..).take(limit);
        undelivered
            .map(|entry| {
                let (key, value) = entry?;
                let number = key.as_slice().try_into().map(u64::from_be_bytes);
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
        let mut batch = self.trees.durable_batch();
        for removed in self.delivered + 1..=number {
            self.trees.outbox.remove(&mut batch, removed.to_be_bytes().into());
        }
        self.remember(&mut batch, DELIVERED_KEY, &number);
        batch.commit().map_err(|e| writing_fault(&e))?;
        self.delivered = number;
        while self.fresh.front().is_some_and(|first| first.number <= number) {
            self.fresh.pop_front();
        }
        Ok(())
    }
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

/// How far the stream has been decided, by what stands in these trees.
pub(super) fn checkpoint(trees: &Trees) -> Result<Option<Checkpoint>, Fault> {
    remembered(trees, CHECKPOINT_KEY)
}

fn remembered<T: DeserializeOwned>(trees: &Trees, key: &str) -> Result<Option<T>, Fault> {
    trees.meta.get(key.as_bytes())?.map(|bytes| decode(&bytes)).transpose()
}

#[cfg(test)]
#[path = "fjall_tests.rs"]
mod tests;
