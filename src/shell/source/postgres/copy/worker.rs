//! One session of a copy: reads chunk after chunk into blocks of rows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::super::control::Control;
use super::super::refusal::control_fault;
use super::rate::Limiter;
use super::scan::Chunk;
use super::text::{decode, split_place};
use crate::model::{CopyMark, Fault, Reached, Row, RowPlace, limits};

/// The chunks that nobody has begun to read.
pub(super) type Chunks = Arc<Mutex<VecDeque<Chunk>>>;

/// Rows that lie one after the other, and how far its chunk has come with them.
pub(super) struct Block {
    /// The chunk.
    pub chunk: Chunk,
    /// The rows.
    pub rows: Vec<Row>,
    /// Bytes of their text.
    pub bytes: usize,
    /// How far.
    pub reached: Reached,
}

/// See the module.
pub(super) struct Worker {
    /// Its session.
    pub control: Control,
    /// What is to be read.
    pub chunks: Chunks,
    /// Where blocks go.
    pub blocks: mpsc::Sender<Block>,
    /// How fast.
    pub limiter: Arc<Limiter>,
}

impl Worker {
    /// Reads until no chunk is left, or nobody takes the blocks any more.
    pub async fn run(self) -> Result<(), Fault> {
        loop {
            let next = self.chunks.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(chunk) = next else { return self.control.execute("COMMIT").await };
            if self.read(chunk).await?.is_none() {
                return Ok(());
            }
        }
    }

    async fn read(&self, chunk: Chunk) -> Result<Option<()>, Fault> {
        let columns = chunk.scan.table.columns.len();
        let mut lines = std::pin::pin!(self.control.copy_out(&chunk.statement()).await?);
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(line) = lines.next().await {
            let line: Bytes = line.map_err(|error| control_fault(&error))?;
            bytes += line.len();
            let (place, line) = match chunk.end {
                Some(_) => split_place(&line)?,
                None => (RowPlace { page: 0, number: 0 }, line),
            };
            rows.push(decode(&line, columns)?);
            if rows.len() >= limits::COPY_BLOCK_ROWS || bytes >= limits::COPY_BLOCK_BYTES {
                let (rows, bytes) = (std::mem::take(&mut rows), std::mem::take(&mut bytes));
                let reached = Reached::Row(place);
                let block = Block { chunk: chunk.clone(), rows, bytes, reached };
                if self.hand_over(block).await.is_none() {
                    return Ok(None);
                }
            }
        }
        Ok(self.hand_over(Block { chunk, rows, bytes, reached: Reached::End }).await)
    }

    async fn hand_over(&self, block: Block) -> Option<()> {
        self.limiter.take(block.bytes).await;
        self.blocks.send(block).await.ok()
    }
}

impl Block {
    /// To be handed over after the rows.
    pub fn mark(&self) -> CopyMark {
        CopyMark { chunk: self.chunk.id, reached: self.reached }
    }
}
