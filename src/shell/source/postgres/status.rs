//! What the source knows about itself, for metrics, readiness and progress bars.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attest::Observed;
use super::headroom::Outlook;
use super::preflight::System;
use super::slot_health::SlotHealth;
use crate::model::{Code, Lsn, TableName, Timestamp};

/// What the source is doing.
#[derive(Clone, Debug, Default)]
pub struct SourceStatus {
    /// Whether changes are streaming now.
    pub streaming: bool,
    /// Whether that is a backlog being worked off, so that open transactions are not told yet.
    pub catching_up: bool,
    /// The fault that keeps it from streaming.
    pub fault: Option<Code>,
    /// When the server was last heard on the replication connection.
    pub last_message: Option<Instant>,
    /// How far the server says it has read its log for us.
    pub wal_end: Lsn,
    /// What the server has noted as confirmed.
    pub confirmed: Lsn,
    /// Bytes of log that the server keeps for the slot.
    pub retained_bytes: u64,
    /// How far the log had been written at a moment of the server's clock: whoever has received
    /// everything up to there has seen every commit of that moment.
    pub flushed: Option<Flushed>,
    /// How the server keeps the slot; `None` until it was looked at.
    pub slot: Option<SlotHealth>,
    /// How long the slot still has.
    pub outlook: Outlook,
    /// What the database was found to be like, and how often it was looked.
    pub observed: Option<Arc<Observed>>,
    /// Which database it is.
    pub system: System,
    /// A copy, while it runs.
    pub copy: Option<CopyProgress>,
}

/// How far the log had been written, and when, by the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushed {
    /// The moment.
    pub time: Timestamp,
    /// First byte that was not on disk yet.
    pub lsn: Lsn,
}

/// How far a copy has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyProgress {
    /// The table of the rows that came last.
    pub table: Option<TableName>,
    /// Tables read to their end.
    pub tables_done: usize,
    /// Tables to read.
    pub tables: usize,
    /// Rows read, since the copy began or went on.
    pub rows: u64,
    /// Rows to read by the planner's statistics; may be far off, and lower than `rows`.
    pub estimated_rows: u64,
    /// Bytes of row text read, since the copy began or went on.
    pub bytes: u64,
    /// Bytes of the tables on disk that are to be read.
    pub table_bytes: u64,
    /// Of these, how many have been.
    pub table_bytes_read: u64,
    /// How long it will take still, at the pace so far.
    pub left: Option<Duration>,
}
