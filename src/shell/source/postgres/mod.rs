//! PostgreSQL by logical replication: an initial copy, then the change stream.
//!
//! Two connections: our own in replication mode (`transport`, `tls`, `login`, `frame`,
//! `connection`), and an ordinary one (`control`) for the catalog, the slot's state and the lock
//! that keeps a second lawtail away (`lock`). While rows are copied there are some more. One task
//! (`driver`) decides (`plan`, `timeline`), copies (`copying`, `copy`), reads the stream
//! (`streaming`, `stream`), looks after the slot and the database (`slot_watch`, `attest`), and is
//! asked whose an open transaction is (`backend`) and what is to be done about it (`breaker`); a
//! second (`feedback`) tells the server what may be forgotten. `examine` is what `lawtail doctor`
//! asks.
//!
//! *Open transactions* are asked for as soon as the stream is near the end of the log: what they
//! change is news at once, and their messages wait (`spool`) until they commit and take the road of
//! every other transaction. A backlog is asked for without: its transactions have ended already.
//! What was open before the stream began the server sends once the transaction changes more.
//!
//! *Prepared transactions* come whole at `COMMIT PREPARED`, and as news before, like any other that
//! is open. The slot is not asked for `two_phase`: then they would come whole at `PREPARE
//! TRANSACTION` and never again, so that their rows would have to be kept durably for as long as
//! anybody leaves them prepared, and nothing would be known any sooner.

mod address;
mod attest;
mod backend;
mod batcher;
mod breaker;
mod connection;
mod control;
#[cfg(any(test, feature = "fuzzing"))]
pub mod conversation;
mod copy;
mod copying;
mod driver;
mod examine;
mod facts;
mod feedback;
mod frame;
mod headroom;
mod lock;
mod login;
mod looks;
mod plan;
mod preflight;
mod publication;
mod refusal;
mod refused;
mod scan;
mod slot;
mod slot_health;
mod slot_watch;
mod spool;
mod status;
mod stream;
mod streaming;
mod timeline;
mod tls;
mod transport;

use std::collections::BTreeSet;
use std::path::PathBuf;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use address::{Address, Host, TlsMode};
pub use attest::{Check, Observed};
pub use breaker::{Account, BreakerMode, CircuitBreaker};
pub use copy::CopySettings;
pub use examine::{Examined, Subject, examine};
pub use headroom::Outlook;
pub use preflight::System;
pub use scan::{Found, Mapped, ScanSettings, Scanned, Skipped, scan};
pub use slot::FailoverSlot;
pub use slot_health::SlotHealth;
pub use spool::SpoolSettings;
pub use status::{CopyProgress, SourceStatus};

use crate::engine::Checkpoint;
use crate::model::{Batch, Code, CopyMemory, Fault, Lsn, Table, TableName, limits};
use crate::shell::contract::Source;
use backend::{Backends, Questions};
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
    /// Where the messages of open transactions are kept.
    pub spool: SpoolSettings,
    /// How far behind the server's end, in bytes of log, the stream may begin and still be asked for
    /// open transactions; usually [`limits::CATCH_UP_BYTES`].
    pub catch_up_bytes: u64,
    /// Whether standbys shall keep a copy of the slot.
    pub failover: FailoverSlot,
    /// What is done about an open transaction that raises an alarm.
    pub breaker: CircuitBreaker,
    /// How rows that are there already are copied.
    pub copy: CopySettings,
}

impl SourceSettings {
    /// With the usual choices; `folder` is where large open transactions wait.
    pub fn new(address: Address, slot: String, publication: String, folder: PathBuf) -> Self {
        SourceSettings {
            address,
            slot,
            publication,
            spool: SpoolSettings::new(folder),
            catch_up_bytes: limits::CATCH_UP_BYTES,
            failover: FailoverSlot::default(),
            breaker: CircuitBreaker::default(),
            copy: CopySettings::default(),
        }
    }
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
    questions: Questions,
    again: mpsc::UnboundedSender<BTreeSet<TableName>>,
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
        let (again, to_copy) = mpsc::unbounded_channel();
        let (questions, backends) = Backends::new(settings.breaker.clone());
        let driver = Driver {
            tls: tls::settings(&settings.address)?,
            settings,
            progress: Progress::new(resume),
            events,
            acknowledged,
            stop: stopped,
            status,
            backends,
            questions: questions.clone(),
            to_copy,
            pause: limits::BACKOFF.0,
            has_streamed: false,
            lost: Vec::new(),
        };
        let session = driver.open().await?;
        let system = session.system().clone();
        let tables = session.tables().to_vec();
        Ok(PostgresSource {
            events: receiver,
            acknowledged: acknowledge,
            stop,
            status: watched,
            questions,
            again,
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

    fn alarmed(&self, xid: u32, first: Lsn) {
        self.questions.alarmed(xid, first);
    }

    fn copy_again(&self, tables: &BTreeSet<TableName>) {
        // A source that has ended copies nothing, and says so itself.
        let _ = self.again.send(tables.clone());
    }

    fn retained_bytes(&self) -> u64 {
        self.status.borrow().retained_bytes
    }

    fn timeline(&self) -> Option<u32> {
        Some(self.status.borrow().system.timeline).filter(|&timeline| timeline > 0)
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
