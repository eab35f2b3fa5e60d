//! Copies: the rows that were there before a position of the log, as one transaction just below it.
//!
//! The snapshot that a slot exports when it is made shows exactly what the slot will not send, so
//! that together they are the whole database, nothing missing and nothing twice. Several sessions
//! read under that snapshot, each a chunk of pages at a time (`scan`, `sessions`, `worker`); their
//! blocks of rows interleave, and the positions count through. Each block is followed by a mark of
//! how far its chunk has come.
//!
//! A copy that was interrupted goes on after the marks, under a later snapshot, because the first
//! is gone. Row versions that the first did not show are left out: the slot sends them. Rows that
//! the first did show and that were changed since are gone; what became of them is sent by the
//! slot as well, and announced as a gap that ends at the later snapshot. A table that was rewritten
//! meanwhile is void here and copied on its own afterwards, since its rows lie elsewhere and may
//! have changed hands.

mod order;
mod progress;
mod rate;
mod scan;
mod sessions;
mod text;
mod worker;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

pub(super) use self::text::decode;
use super::batcher::Batcher;
use super::control::Control;
use super::publication::PublishedTable;
use super::slot;
use super::status::SourceStatus;
use crate::model::{
    Begin, Change, Code, Commit, CopyMemory, CopyNews, CopyOrigin, Event, Fault, Gap, GapCause,
    Lsn, OpenCopy, Operation, Position, TableName, Timestamp, TransactionKind, limits,
};
use progress::Meter;
use rate::Limiter;
use scan::{Chunk, Scan, chunk_pages, scans};
pub(super) use sessions::{Opening, Sessions};
use worker::{Block, Worker};

/// How to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopySettings {
    /// Connections to read through, at most.
    pub connections: u16,
    /// Bytes of row text to read in a second, at most.
    pub rate_limit: Option<u64>,
    /// Bytes of a table that one connection reads at a time.
    pub chunk_bytes: u64,
}

impl Default for CopySettings {
    fn default() -> Self {
        CopySettings {
            connections: limits::COPY_CONNECTIONS.0,
            rate_limit: None,
            chunk_bytes: limits::COPY_CHUNK_BYTES,
        }
    }
}

/// A copy with its rows still to be read.
pub(super) struct Reading {
    origin: CopyOrigin,
    sessions: Sessions,
    chunks: Vec<Chunk>,
    estimated_rows: u64,
}

/// What a copy needs from its surroundings.
pub(super) struct Copy<'a> {
    /// How.
    pub settings: CopySettings,
    /// For a look at the slot now and then.
    pub control: &'a Control,
    /// `server_version_num`.
    pub version: i32,
    /// Name of the slot that waits for the copy.
    pub slot: &'a str,
    /// Where the rows go.
    pub batcher: &'a mut Batcher,
    /// Where the progress is told.
    pub status: &'a watch::Sender<SourceStatus>,
    /// What is remembered of what has been handed over.
    pub memory: &'a mut CopyMemory,
    /// Ordinal of the next row.
    pub ordinal: &'a mut u64,
}

/// What an interrupted copy still has to read.
pub(super) struct Rest {
    reading: Reading,
    /// Tables that cannot be read any more as they were.
    void: Vec<TableName>,
}

impl Reading {
    /// A copy of published tables, under the snapshot of `point`.
    pub async fn begin(
        kind: TransactionKind,
        point: Lsn,
        sessions: Sessions,
        published: &[PublishedTable],
        (settings, version): (&CopySettings, i32),
    ) -> Result<Reading, Fault> {
        let scans = scans(sessions.first(), published).await?;
        let origin = CopyOrigin {
            kind,
            point,
            snapshot: sessions.snapshot.clone(),
            chunk_pages: chunk_pages(version, settings.chunk_bytes / sessions.page_bytes),
            tables: published.iter().map(|published| published.table.name.clone()).collect(),
            relations: scans.iter().map(|scan| scan.relation.clone()).collect(),
        };
        let reached = BTreeMap::new();
        let chunks = |scan: Scan| Arc::new(scan).chunks(origin.chunk_pages, &reached);
        let chunks = scans.into_iter().flat_map(chunks).collect();
        let estimated_rows = published.iter().map(|published| published.estimated_rows).sum();
        Ok(Reading { origin, sessions, chunks, estimated_rows })
    }

    /// The first position that it does not show.
    pub fn point(&self) -> Lsn {
        self.origin.point
    }
}

impl Rest {
    /// What is left of a copy, under a later snapshot.
    ///
    /// A relation that is gone has no rows left; what became of them is in the stream.
    pub async fn of(
        open: &OpenCopy,
        sessions: Sessions,
        published: &[PublishedTable],
    ) -> Result<Rest, Fault> {
        let origin = &open.origin;
        let present: BTreeMap<u32, Scan> = scans(sessions.first(), published)
            .await?
            .into_iter()
            .map(|scan| (scan.relation.oid, scan))
            .collect();
        let (mut chunks, mut void) = (Vec::new(), BTreeSet::new());
        for relation in &origin.relations {
            let Some(scan) = present.get(&relation.oid) else { continue };
            let as_it_was = relation.pages.is_some() && scan.relation.file == relation.file;
            let mut scan = scan.clone();
            scan.relation = relation.clone();
            scan.leave_out_newer(&origin.snapshot, sessions.next);
            let rest = Arc::new(scan).chunks(origin.chunk_pages, &open.reached);
            if !rest.is_empty() && !as_it_was {
                void.insert(relation.table.clone());
            }
            chunks.extend(rest);
        }
        chunks.retain(|chunk| {
            let table = &chunk.scan.relation.table;
            !void.contains(table) && !open.void.contains(table)
        });
        let estimated_rows = published.iter().map(|published| published.estimated_rows).sum();
        let reading = Reading { origin: origin.clone(), sessions, chunks, estimated_rows };
        Ok(Rest { reading, void: void.into_iter().collect() })
    }
}

impl Copy<'_> {
    /// Takes a copy from its beginning; `announced` comes before it.
    pub async fn run(
        mut self,
        reading: Reading,
        announced: Option<Gap>,
        time: Timestamp,
    ) -> Result<(), Fault> {
        let CopyOrigin { kind, point, .. } = reading.origin;
        tracing::info!(
            tables = reading.origin.tables.len(),
            estimated_rows = reading.estimated_rows,
            connections = reading.sessions.sessions.len(),
            at = %point,
            "the copy begins"
        );
        let begin = Begin { xid: 0, commit: below(point), time, kind };
        let news = CopyNews::Begun(Box::new(reading.origin.clone()));
        *self.ordinal = 1;
        self.memory.note(&news);
        // In one batch, so that nothing of it is known without the rest.
        let events = self.batcher.events();
        events.extend(announced.map(Event::Gap));
        events.push(Event::Begin(begin));
        events.push(Event::Copy(news));
        self.batcher.hand_over().await?;
        self.finish(reading).await
    }

    /// Goes on with a copy that was interrupted. `time` is the server's.
    pub async fn go_on(mut self, rest: Rest, time: Timestamp) -> Result<(), Fault> {
        let Rest { reading, void } = rest;
        let (from, to) = (reading.origin.point, reading.sessions.position);
        tracing::info!(
            chunks = reading.chunks.len(), %from, %to, "the interrupted copy goes on"
        );
        if !reading.chunks.is_empty() || !void.is_empty() {
            let gap = Gap { from, to, time, cause: GapCause::CopyInterrupted };
            self.batcher.events().push(Event::Gap(gap));
        }
        for table in void {
            tracing::warn!(%table, "the table was rewritten meanwhile: it is copied again, alone");
            let news = CopyNews::Void(table);
            self.memory.note(&news);
            self.batcher.events().push(Event::Copy(news));
        }
        self.batcher.hand_over().await?;
        self.finish(reading).await
    }

    /// Reads every chunk, then ends the transaction.
    async fn finish(&mut self, reading: Reading) -> Result<(), Fault> {
        let Reading { origin, sessions, chunks, estimated_rows } = reading;
        let mut meter = Meter::new(self.status, origin.tables.len(), estimated_rows, &chunks);
        let read = self.read(&origin, sessions, chunks, &mut meter).await;
        // Also what came before a fault: what is remembered of the copy contains it already.
        self.batcher.hand_over().await?;
        read?;
        let position = Position { commit: below(origin.point), ordinal: *self.ordinal };
        self.batcher.events().push(Event::Commit(Commit { position, end: origin.point }));
        self.batcher.hand_over().await?;
        self.memory.commit();
        meter.done();
        tracing::info!(rows = position.ordinal.saturating_sub(1), "the copy is complete");
        Ok(())
    }

    async fn read(
        &mut self,
        origin: &CopyOrigin,
        sessions: Sessions,
        chunks: Vec<Chunk>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Fault> {
        let limiter = Arc::new(Limiter::new(self.settings.rate_limit));
        let chunks = Arc::new(Mutex::new(VecDeque::from(chunks)));
        let (sender, mut blocks) = mpsc::channel(1);
        let mut workers = JoinSet::new();
        for control in sessions.sessions {
            let (chunks, blocks) = (Arc::clone(&chunks), sender.clone());
            let worker = Worker { control, chunks, blocks, limiter: Arc::clone(&limiter) };
            workers.spawn(worker.run());
        }
        drop(sender);
        let mut ticks = interval(limits::SLOT_CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                block = blocks.recv() => match block {
                    Some(block) => {
                        meter.count(&block);
                        self.take(origin, block).await?;
                    }
                    None => break,
                },
                Some(ended) = workers.join_next() => worker_ended(ended)?,
                _ = ticks.tick() => self.look_at_slot(meter).await?,
            }
        }
        while let Some(ended) = workers.join_next().await {
            worker_ended(ended)?;
        }
        Ok(())
    }

    /// Rows, and after them how far they go.
    async fn take(&mut self, origin: &CopyOrigin, block: Block) -> Result<(), Fault> {
        let mark = CopyNews::Reached(block.mark());
        self.batcher.add_bytes(block.bytes);
        for new in block.rows {
            let position = Position { commit: below(origin.point), ordinal: *self.ordinal };
            *self.ordinal += 1;
            let table = Arc::clone(&block.chunk.scan.table);
            let change = Change { position, table, operation: Operation::Insert { new } };
            self.batcher.events().push(Event::Change(change));
        }
        self.memory.note(&mark);
        self.batcher.events().push(Event::Copy(mark));
        if self.batcher.is_full() {
            self.batcher.hand_over().await?;
        }
        Ok(())
    }

    /// The slot keeps log for us while we copy, and may be given up for it.
    async fn look_at_slot(&self, meter: &mut Meter<'_>) -> Result<(), Fault> {
        match slot::look(self.control, self.slot, self.version).await? {
            Some(slot) if slot.health.invalid().is_none() => {
                meter.slot(&slot);
                Ok(())
            }
            Some(_) => Err(Fault::new(Code::PG_008, "the server has given up on the slot")),
            None => Err(Fault::new(Code::PG_008, "the slot is gone")),
        }
    }
}

fn worker_ended(ended: Result<Result<(), Fault>, tokio::task::JoinError>) -> Result<(), Fault> {
    ended.unwrap_or_else(|_| Err(Fault::new(Code::PG_008, "a session of the copy has ended")))
}

/// Where the copy's rows stand in the log: below the point, and where no record begins, since
/// records are aligned to eight bytes.
fn below(point: Lsn) -> Lsn {
    Lsn(point.0.saturating_sub(1))
}
