//! Where the messages of open transactions wait for their commit.
//!
//! They may be many more than fit into memory, so what exceeds the limit goes to disk: sealed,
//! because it is the CRM's data, and of no use to anybody after this process, because the server
//! sends a transaction whose commit was not acknowledged again.

mod disk;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::vec::IntoIter;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use self::disk::{Block, Disk};
use crate::model::limits::SPOOL_BLOCK_BYTES;
use crate::model::{Code, Fault, limits};

/// Where open transactions are kept, and in how much memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolSettings {
    /// Folder on whose disk they are kept beyond the memory. No file of it shows there.
    pub folder: PathBuf,
    /// Memory for all of them together, in bytes.
    pub memory_bytes: usize,
}

impl SpoolSettings {
    /// In a folder, with the usual memory.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        SpoolSettings { folder: folder.into(), memory_bytes: limits::SPOOL_MEMORY_BYTES }
    }
}

/// The messages of every open transaction, each transaction's in order.
pub(super) struct Spool {
    transactions: BTreeMap<u32, Kept>,
    /// What the transactions' tails take.
    memory: usize,
    memory_bytes: usize,
    disk: Disk,
}

/// The messages of one transaction: a stream of bytes in which a length of four bytes goes before
/// each message. Blocks cut it anywhere.
#[derive(Default)]
struct Kept {
    /// Its beginning.
    blocks: Vec<Block>,
    /// The rest.
    tail: Vec<u8>,
}

/// The messages of a transaction being given back.
pub(super) struct Reading {
    blocks: IntoIter<Block>,
    tail: Bytes,
    /// What has been read and not given back yet.
    buffer: BytesMut,
}

impl Spool {
    /// Empty; touches no disk before it has to.
    ///
    /// Fails with `STO-002` when the operating system has no random key.
    pub fn new(settings: &SpoolSettings) -> Result<Self, Fault> {
        let disk = Disk::new(settings.folder.clone())?;
        let memory_bytes = settings.memory_bytes;
        Ok(Spool { transactions: BTreeMap::new(), memory: 0, memory_bytes, disk })
    }

    /// Keeps a message, after those of the same transaction.
    ///
    /// Fails with `STO-002` when the disk does not take it.
    pub fn keep(&mut self, xid: u32, message: &[u8]) -> Result<(), Fault> {
        let tail = &mut self.transactions.entry(xid).or_default().tail;
        let before = tail.capacity();
        // `limits::MESSAGE_BYTES` is far below what four bytes count.
        tail.put_u32(message.len() as u32);
        tail.put_slice(message);
        self.memory += tail.capacity() - before;
        match self.memory > self.memory_bytes {
            true => self.spill(),
            false => Ok(()),
        }
    }

    /// Drops a transaction.
    pub fn drop_transaction(&mut self, xid: u32) {
        let Reading { blocks, .. } = self.read(xid);
        blocks.for_each(|block| self.disk.release(&block));
    }

    /// Gives a transaction back, message by message through [`Spool::next`].
    pub fn read(&mut self, xid: u32) -> Reading {
        let Kept { blocks, tail } = self.transactions.remove(&xid).unwrap_or_default();
        self.memory -= tail.capacity();
        Reading { blocks: blocks.into_iter(), tail: tail.into(), buffer: BytesMut::new() }
    }

    /// The next message of a transaction; `None` after the last.
    ///
    /// Fails with `STO-003` when the disk does not give back what was written.
    pub fn next(&mut self, reading: &mut Reading) -> Result<Option<Bytes>, Fault> {
        loop {
            let Reading { blocks, tail, buffer } = reading;
            if let Some(message) = split_message(buffer) {
                return Ok(Some(message));
            }
            if let Some(block) = blocks.next() {
                buffer.extend_from_slice(&self.disk.read(&block)?);
                self.disk.release(&block);
            } else if !tail.is_empty() {
                buffer.extend_from_slice(&tail.split_to(tail.len().min(SPOOL_BLOCK_BYTES)));
            } else if buffer.is_empty() {
                return Ok(None);
            } else {
                return Err(Fault::new(Code::STO_003, "a kept transaction ends within a message"));
            }
        }
    }

    /// Writes the largest tails out until half of the memory is free. So few blocks are partly
    /// filled, and the next spill is far.
    fn spill(&mut self) -> Result<(), Fault> {
        let tail = |(xid, kept): (&u32, &Kept)| (Reverse(kept.tail.capacity()), *xid);
        let mut tails: Vec<_> = self.transactions.iter().map(tail).collect();
        tails.sort_unstable();
        for (Reverse(size), xid) in tails {
            if self.memory <= self.memory_bytes / 2 {
                break;
            }
            let Some(kept) = self.transactions.get_mut(&xid) else { continue };
            for piece in kept.tail.chunks(SPOOL_BLOCK_BYTES) {
                kept.blocks.push(self.disk.write(piece)?);
            }
            kept.tail = Vec::new();
            self.memory -= size;
        }
        Ok(())
    }
}

/// The first message, once it is there as a whole.
fn split_message(buffer: &mut BytesMut) -> Option<Bytes> {
    let length = u32::from_be_bytes(*buffer.first_chunk()?) as usize;
    if buffer.len() - 4 < length {
        return None;
    }
    buffer.advance(4);
    Some(buffer.split_to(length).freeze())
}
