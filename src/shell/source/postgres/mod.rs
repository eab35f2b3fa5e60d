//! PostgreSQL by logical replication: an initial copy, then the change stream.
//!
//! Two connections: our own in replication mode (`transport`, `tls`, `login`, `frame`,
//! `connection`), and an ordinary one (`control`) for the catalog, the slot's state and the lock
//! that keeps a second lawtail away (`lock`). While rows are copied there are some more. One task
//! (`driver`) decides (`plan`), copies (`copying`, `copy`) and reads the stream (`stream`); a second
//! (`feedback`) tells the server what may be forgotten.

mod address;
mod batcher;
mod connection;
mod control;
mod copy;
mod copying;
mod driver;
mod feedback;
mod frame;
mod lock;
mod login;
mod plan;
mod preflight;
mod publication;
mod refusal;
mod slot;
mod status;
mod stream;
mod tls;
mod transport;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use address::{Address, Host, TlsMode};
pub use copy::CopySettings;
pub use preflight::System;
pub use status::{CopyProgress, SourceStatus};

use crate::engine::Checkpoint;
use crate::model::{Batch, Code, CopyMemory, Fault, Lsn, Table, limits};
use crate::shell::contract::Source;
use batcher::Handover;
use driver::Driver;
use plan::Progress;

/// What to follow.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    /// How to connect.
    pub address: Address,
    /// Name of the replication slot; ours alone. It is made when it is missing.
    pub slot: String,
    /// Name of the publication, which must exist.
    pub publication: String,
    /// How rows that are there already are copied.
    pub copy: CopySettings,
}

/// What the store remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// How far the stream has been decided.
    pub checkpoint: Checkpoint,
    /// [`System::identifier`] of the database that this was.
    pub system_identifier: String,
    /// [`System::timeline`] of it.
    pub timeline: u32,
    /// What is remembered of copies.
    pub copies: CopyMemory,
}

/// A PostgreSQL database as a [`Source`].
///
/// A gap of any cause is followed by a new initial copy. Dropping the source ends its connections
/// as [`PostgresSource::stop`] does, without waiting.
#[derive(Debug)]
pub struct PostgresSource {
    events: mpsc::Receiver<Handover>,
    acknowledged: watch::Sender<Lsn>,
    stop: watch::Sender<bool>,
    status: watch::Receiver<SourceStatus>,
    system: System,
    tables: Vec<Table>,
    task: JoinHandle<()>,
    /// The fault that ended it.
    ended: Option<Fault>,
}

impl PostgresSource {
    /// Connects, checks, and begins to follow; without `resume` with an initial copy.
    ///
    /// Returns the first fault, whether or not it may pass; once started, faults that may pass
    /// are mended within.
    pub async fn start(settings: SourceSettings, resume: Option<Resume>) -> Result<Self, Fault> {
        check_slot_name(&settings.slot)?;
        let (events, receiver) = mpsc::channel(limits::BATCHES_IN_FLIGHT);
        let (acknowledge, acknowledged) = watch::channel(Lsn::ZERO);
        let (stop, stopped) = watch::channel(false);
        let (status, watched) = watch::channel(SourceStatus::default());
        let driver = Driver {
            tls: tls::settings(&settings.address)?,
            settings,
            progress: Progress::new(resume),
            events,
            acknowledged,
            stop: stopped,
            status,
            pause: limits::BACKOFF.0,
            has_streamed: false,
        };
        let session = driver.open().await?;
        let system = session.system().clone();
        let tables = session.tables().to_vec();
        Ok(PostgresSource {
            events: receiver,
            acknowledged: acknowledge,
            stop,
            status: watched,
            system,
            tables,
            task: tokio::spawn(driver.run(session)),
            ended: None,
        })
    }

    /// Which database is followed.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The published tables as they were at the start.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// What the source is doing, to look at or to wait for.
    pub fn status(&self) -> watch::Receiver<SourceStatus> {
        self.status.clone()
    }

    /// Tells the server the acknowledged position once more and says goodbye, within
    /// [`limits::LEAVE_TIMEOUT`]. The slot stays.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if timeout(limits::LEAVE_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Source for PostgresSource {
    async fn next(&mut self) -> Result<Batch, Fault> {
        if let Some(fault) = &self.ended {
            return Err(fault.clone());
        }
        let handover = self.events.recv().await.unwrap_or_else(|| {
            Err(Fault::new(Code::PG_009, "the task that follows the database has ended"))
        });
        if let Err(fault) = &handover {
            self.ended = Some(fault.clone());
        }
        handover
    }

    fn acknowledge(&self, position: Lsn) {
        self.acknowledged.send_if_modified(|acknowledged| {
            let rises = position > *acknowledged;
            *acknowledged = position.max(*acknowledged);
            rises
        });
    }

    fn retained_bytes(&self) -> u64 {
        self.status.borrow().retained_bytes
    }
}

/// PostgreSQL manual, "Querying and Manipulating Replication Slots".
fn check_slot_name(name: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=63).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Fault::new(Code::CFG_002, "the name of the replication slot")
        .help("use up to 63 lower-case letters, digits and underscores"))
}
