//! How far a copy has come, for whoever watches.

use std::collections::BTreeMap;

use tokio::sync::watch;
use tokio::time::Instant;

use super::super::slot::SlotState;
use super::super::status::{CopyProgress, SourceStatus};
use super::scan::Chunk;
use super::worker::Block;
use crate::model::{ChunkId, Reached, TableName, limits};

/// Tells the progress of one copy.
pub(super) struct Meter<'a> {
    status: &'a watch::Sender<SourceStatus>,
    begun: Instant,
    warned: Instant,
    /// Chunks of each table that are still to be read.
    left: BTreeMap<TableName, usize>,
    /// Bytes of the tables read, by chunk as long as it is being read.
    open: BTreeMap<ChunkId, u64>,
    closed: u64,
}

impl<'a> Meter<'a> {
    /// Nothing of these chunks has been read.
    pub fn new(
        status: &'a watch::Sender<SourceStatus>,
        tables: usize,
        estimated_rows: u64,
        chunks: &[Chunk],
    ) -> Self {
        let mut left = BTreeMap::new();
        for chunk in chunks {
            *left.entry(chunk.scan.table.name.clone()).or_default() += 1;
        }
        let progress = CopyProgress {
            tables,
            tables_done: tables.saturating_sub(left.len()),
            estimated_rows,
            table_bytes: chunks.iter().map(|chunk| chunk.bytes_to(None)).sum(),
            ..CopyProgress::default()
        };
        status.send_modify(|status| status.copy = Some(progress));
        let (begun, open) = (Instant::now(), BTreeMap::new());
        Meter { status, begun, warned: begun, left, open, closed: 0 }
    }

    /// A block of rows has come.
    pub fn count(&mut self, block: &Block) {
        let chunk = &block.chunk;
        match block.reached {
            Reached::Row(place) => {
                self.open.insert(chunk.id, chunk.bytes_to(Some(place.page)));
            }
            Reached::End => {
                self.open.remove(&chunk.id);
                self.closed += chunk.bytes_to(None);
            }
        }
        let done = block.reached == Reached::End && self.is_last(&chunk.scan.table.name);
        let (elapsed, read) = (self.begun.elapsed(), self.closed + self.open.values().sum::<u64>());
        self.status.send_modify(|status| {
            let Some(progress) = &mut status.copy else { return };
            progress.table = Some(chunk.scan.table.name.clone());
            progress.tables_done += usize::from(done);
            progress.rows += block.rows.len() as u64;
            progress.bytes += block.bytes as u64;
            progress.table_bytes_read = read;
            let missing = progress.table_bytes.saturating_sub(read) as f64;
            progress.left = (read > 0).then(|| elapsed.mul_f64(missing / read as f64));
        });
    }

    fn is_last(&mut self, table: &TableName) -> bool {
        let left = self.left.get_mut(table);
        left.is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0
        })
    }

    /// What the server says about the slot meanwhile.
    pub fn slot(&mut self, slot: &SlotState) {
        self.status.send_modify(|status| {
            status.confirmed = slot.confirmed;
            status.retained_bytes = slot.retained_bytes;
            status.slot = Some(slot.health.clone());
        });
        if self.warned.elapsed() >= limits::SNAPSHOT_WARNING {
            self.warned = Instant::now();
            let minutes = self.begun.elapsed().as_secs() / 60;
            tracing::warn!(
                minutes,
                "the copy's snapshot keeps the database from cleaning up rows that have died since"
            );
        }
    }

    /// The copy has ended.
    pub fn done(self) {
        self.status.send_modify(|status| status.copy = None);
    }
}
