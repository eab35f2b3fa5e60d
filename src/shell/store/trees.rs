//! The trees that a store's content lies in: what is in a file, how large a buffer may be, and what
//! stands under a key.

use std::fs;
use std::ops::RangeBounds;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use fjall::compaction::Leveled;
use fjall::config::{BlockSizePolicy, CompressionPolicy, FilterPolicy};
use fjall::{
    AbstractTree as _, CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions,
    OwnedWriteBatch, PersistMode,
};

use super::cipher::{Cipher, STARTS};
use super::faults::{opening_fault, reading_fault, unusable, writing_fault};
use super::format;
use crate::engine::state::Entry;
use crate::model::{Code, Fault, limits};

/// Write buffer of the trees beside the ledger.
const REST_BUFFER: u64 = limits::STORE_BUFFER_BYTES / 2;

/// One tree.
pub(super) struct Tree {
    /// Its name, which stays the same from format to format.
    pub name: &'static str,
    pub keyspace: Keyspace,
    /// Size at which its write buffer is full, in bytes.
    buffer: u64,
    /// Seals its values, if anything does.
    cipher: Option<Arc<Cipher>>,
}

/// All of them.
pub(super) struct Trees {
    pub database: Database,
    pub ledger: Tree,
    pub records: Tree,
    pub outbox: Tree,
    /// The bookkeeping.
    pub meta: Tree,
}

impl Trees {
    /// Opens them, creating those that are missing.
    ///
    /// Fails with `STO-001` when another process uses them, `STO-003` when they are damaged.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self, Fault> {
        let refused = |error: fjall::Error| opening_fault(folder, &error);
        let database = Database::builder(folder)
            .cache_size(cache_bytes)
            .worker_threads(limits::STORE_THREADS)
            .max_journaling_size(limits::STORE_JOURNAL_BYTES)
            .open()
            .map_err(refused)?;
        let tree = |name, buffer, options: KeyspaceCreateOptions| {
            let keyspace = database.keyspace(name, || options.clone()).map_err(refused)?;
            Ok::<_, Fault>(Tree { name, keyspace, buffer, cipher: None })
        };
        // The outbox is only read in order and the bookkeeping is a handful of keys.
        let in_order = buffered(REST_BUFFER).filter_policy(FilterPolicy::disabled());
        Ok(Trees {
            ledger: tree("ledger", limits::STORE_BUFFER_BYTES, ledger_options())?,
            records: tree("records", REST_BUFFER, buffered(REST_BUFFER))?,
            outbox: tree("outbox", REST_BUFFER, in_order.clone())?,
            meta: tree("meta", REST_BUFFER, in_order.clone())?,
            database,
        })
    }

    /// The same with this cipher between them and everybody.
    pub fn under(mut self, cipher: Option<Cipher>) -> Self {
        let cipher = cipher.map(Arc::new);
        for tree in [&mut self.ledger, &mut self.records, &mut self.outbox, &mut self.meta] {
            tree.cipher.clone_from(&cipher);
        }
        self
    }

    pub fn all(&self) -> [&Tree; 4] {
        [&self.ledger, &self.records, &self.outbox, &self.meta]
    }

    pub fn are_empty(&self) -> Result<bool, Fault> {
        for tree in self.all() {
            if !tree.keyspace.is_empty().map_err(|e| reading_fault(&e))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A batch that is durable when it has been committed.
    pub fn durable_batch(&self) -> OwnedWriteBatch {
        // `fdatasync`: the content and what finding it takes, not the file's times.
        self.database.batch().durability(Some(PersistMode::SyncData))
    }

    /// The tree leaves it to its worker to seal a full write buffer. That may be merging tables for a
    /// long time, and until then the buffer would grow with every commit. So a full one is sealed
    /// here; once [`limits::STORE_BUFFERS_SEALED`] of them wait to be written out, so do we.
    pub fn seal_full_buffers(&self) -> Result<(), Fault> {
        for Tree { keyspace, buffer, .. } in self.all() {
            if keyspace.tree.active_memtable().size() <= *buffer {
                continue;
            }
            while keyspace.sealed_memtable_count() >= limits::STORE_BUFFERS_SEALED {
                thread::sleep(limits::STORE_PAUSE);
                // A worker that has failed never makes room; this says that it has.
                self.database.persist(PersistMode::Buffer).map_err(|e| writing_fault(&e))?;
            }
            keyspace.rotate_memtable().map_err(|e| writing_fault(&e))?;
        }
        Ok(())
    }
}

impl Tree {
    /// Whether what stands under a key is what it takes to read the rest.
    pub fn is_plain(&self, key: &[u8]) -> bool {
        self.name == "meta" && (key == format::KEY.as_bytes() || key.starts_with(STARTS.as_bytes()))
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.keyspace.get(key).map_err(|e| reading_fault(&e))?;
        value.map(|value| self.opened(key, &value)).transpose()
    }

    fn opened(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>, Fault> {
        match &self.cipher {
            Some(cipher) if !self.is_plain(key) => cipher.open(self.name, key, value),
            _ => Ok(value.to_vec()),
        }
    }

    /// What stands under the keys of a range, in their order.
    pub fn range<K: AsRef<[u8]>>(
        &self,
        range: impl RangeBounds<K>,
    ) -> impl Iterator<Item = Result<Entry, Fault>> {
        self.keyspace.range(range).map(|entry| {
            let (key, value) = Guard::into_inner(entry).map_err(|e| reading_fault(&e))?;
            Ok((key.to_vec(), self.opened(&key, &value)?))
        })
    }

    /// Everything whose key begins like this.
    pub fn with_prefix(&self, prefix: &str) -> Result<Vec<Entry>, Fault> {
        let from = self.range(prefix.as_bytes()..);
        let within = |entry: &Result<Entry, Fault>| {
            entry.as_ref().map_or(true, |(key, _)| key.starts_with(prefix.as_bytes()))
        };
        from.take_while(within).collect()
    }

    pub fn put(&self, batch: &mut OwnedWriteBatch, key: Vec<u8>, value: Vec<u8>) {
        let value = match &self.cipher {
            Some(cipher) if !self.is_plain(&key) => cipher.seal(self.name, &key, &value),
            _ => value,
        };
        batch.insert(&self.keyspace, key, value);
    }

    pub fn remove(&self, batch: &mut OwnedWriteBatch, key: Vec<u8>) {
        batch.remove(&self.keyspace, key);
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
pub(super) fn check_files(folder: &Path) -> Result<(), Fault> {
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
