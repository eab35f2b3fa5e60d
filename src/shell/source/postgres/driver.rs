//! The source's own task: connect, decide, copy, stream; after a lost connection, again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep, timeout};
use tokio_rustls::rustls::ClientConfig;

use super::batcher::{Batcher, Handover};
use super::connection::{Connection, Failure};
use super::control::Control;
use super::copying::Joining;
use super::feedback::{Feedback, stopped};
use super::plan::{Plan, Progress, plan};
use super::preflight::{self, Server, System, identify};
use super::slot::{self, SlotState};
use super::status::SourceStatus;
use super::stream::Stream;
use super::{SourceSettings, lock, publication};
use crate::model::{Code, Fault, GapCause, Lsn, Recovery, Table, TableName, limits};

/// How long to wait for what the server still has to say: the reason of an end, or its goodbye.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Everything the task needs.
pub(super) struct Driver {
    pub settings: SourceSettings,
    pub tls: Option<Arc<ClientConfig>>,
    pub progress: Progress,
    pub events: mpsc::Sender<Handover>,
    pub acknowledged: watch::Receiver<Lsn>,
    pub stop: watch::Receiver<bool>,
    pub status: watch::Sender<SourceStatus>,
    /// Pause before the next attempt.
    pub pause: Duration,
    /// Whether there was a stream in this run.
    pub has_streamed: bool,
}

/// Both connections, and what was found on them.
pub(super) struct Session {
    pub replication: Connection,
    pub control: Control,
    pub server: Server,
    system: System,
    tables: Vec<Table>,
    pub slot: Option<SlotState>,
}

/// Why a stream has ended without a fault.
enum Ended {
    /// We were told to stop.
    Stopped,
    /// Everything below the position asked for has been handed over.
    Reached,
    /// Other tables are published now.
    Published,
}

impl Session {
    /// Which database it is.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The published tables.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }
}

impl Driver {
    /// Connects and checks everything that must be true before a stream can begin.
    pub async fn open(&self) -> Result<Session, Fault> {
        let SourceSettings { address, slot, publication, .. } = &self.settings;
        let name = application_name(slot);
        let mut replication = match Connection::open(address, self.tls.as_ref(), &name).await {
            Ok(connection) => connection,
            // The server's reason may be a consequence of a setting that explains it better.
            Err(fault) if fault.code == Code::PG_010 || fault.code == Code::PG_004 => {
                self.open_control().await?;
                return Err(fault);
            }
            Err(fault) => return Err(fault),
        };
        let system = identify(&mut replication).await?;
        let (control, server) = self.open_control().await?;
        let published = publication::tables(&control, server.version, publication).await?;
        let tables = published.into_iter().map(|published| published.table).collect();
        let state = slot::look_free(&control, slot, &name).await?;
        lock::take(&control, slot, &control_name(slot)).await?;
        Ok(Session { replication, control, server, system, tables, slot: state })
    }

    pub(super) async fn open_control(&self) -> Result<(Control, Server), Fault> {
        let SourceSettings { address, slot, publication, .. } = &self.settings;
        let name = control_name(slot);
        let control = Control::open(address, self.tls.as_ref(), &name).await?;
        let server = preflight::check(&control, publication).await?;
        Ok((control, server))
    }

    /// Follows the database until told to stop or until a fault that does not pass.
    pub async fn run(mut self, first: Session) {
        let mut session = Some(first);
        loop {
            let fault = match self.follow(session.take()).await {
                Ok(()) => return,
                Err(_) if *self.stop.borrow() || self.events.is_closed() => return,
                Err(fault) => fault,
            };
            self.tell(&fault);
            let mut stop = self.stop.clone();
            if !self.may_pass(&fault) {
                tokio::select! {
                    () = stopped(&mut stop) => {}
                    _ = self.events.send(Err(fault)) => {}
                }
                return;
            }
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = sleep(self.pause) => {}
            }
            self.pause = (self.pause * 2).min(limits::BACKOFF.1);
        }
    }

    /// Notes a fault, and logs it once for as long as it stays the same.
    fn tell(&self, fault: &Fault) {
        self.status.send_modify(|status| {
            if status.fault != Some(fault.code) {
                tracing::warn!(code = %fault.code, cause = fault.cause, "not streaming");
            }
            status.streaming = false;
            status.copy = None;
            status.fault = Some(fault.code);
        });
    }

    /// One stretch after the other, until told to stop.
    async fn follow(&mut self, session: Option<Session>) -> Result<(), Fault> {
        let (mut stop, mut session) = (self.stop.clone(), session);
        loop {
            let (ready, from, joining) = tokio::select! {
                () = stopped(&mut stop) => return Ok(()),
                ready = self.prepare(session.take()) => ready?,
            };
            let begun = Instant::now();
            let ended = self.stream(ready, from, joining.as_ref().map(Joining::point)).await;
            if begun.elapsed() > limits::SLOT_CHECK_INTERVAL {
                self.pause = limits::BACKOFF.0;
            }
            match (ended?, joining) {
                (Ended::Stopped, _) => return Ok(()),
                (Ended::Reached, Some(joining)) => tokio::select! {
                    () = stopped(&mut stop) => return Ok(()),
                    joined = self.join(joining) => joined?,
                },
                (Ended::Reached | Ended::Published, _) => {}
            }
        }
    }

    /// Brings a session to where it can stream, with a copy if need be; and takes a snapshot of
    /// the tables that are to join the stream on its way.
    async fn prepare(
        &mut self,
        session: Option<Session>,
    ) -> Result<(Session, Lsn, Option<Joining>), Fault> {
        let mut session = match session {
            Some(session) => session,
            None => self.reopen().await?,
        };
        let acknowledged = *self.acknowledged.borrow();
        let plan = plan(&self.progress, acknowledged, session.slot.as_ref(), &session.system);
        let system = &session.system;
        self.progress.system = Some((system.identifier.clone(), system.timeline));
        let from = match plan {
            Plan::Stream(from) => from,
            Plan::Copy(gap) => self.copy(&mut session, gap).await?,
            Plan::GoOn => self.go_on_copying(&mut session).await?,
        };
        let published = session.tables.iter().map(|table| table.name.clone()).collect();
        self.let_go(&session.control, &published, from).await?;
        let from_here = (&session.control, session.server.version);
        let joining = self.joining(from_here, &published, from).await?;
        Ok((session, from, joining))
    }

    /// Connects again. Positions of another database mean something else, and some of ours may be
    /// on their way, so a change of database is left to a new start.
    async fn reopen(&self) -> Result<Session, Fault> {
        let session = self.open().await?;
        if self.progress.is_foreign(&session.system) {
            let cause = "another database cluster or timeline answers at this address";
            return Err(Fault::new(Code::PG_009, cause)
                .help("start lawtail again: it announces the gap and takes a new initial copy"));
        }
        Ok(session)
    }

    /// Streams until something goes wrong, until told to stop, or until everything below `until`
    /// has come.
    async fn stream(
        &mut self,
        session: Session,
        from: Lsn,
        until: Option<Lsn>,
    ) -> Result<Ended, Fault> {
        let Session { replication, mut control, server, system, tables, .. } = session;
        let command = self.start_command(from);
        let started = timeout(limits::SILENCE_TIMEOUT, replication.stream(&command)).await;
        let (reader, writer) = match started {
            Ok(started) => started.map_err(start_fault)?,
            Err(_) => return Err(Fault::new(Code::PG_008, "the server does not begin to stream")),
        };
        // Asked for less than has been confirmed, the server starts at what was confirmed and
        // says nothing. Only now, with the slot in our hands, can it no longer change.
        let name = &self.settings.slot;
        let confirmed = slot::look(&control, name).await?.map_or(Lsn(u64::MAX), |s| s.confirmed);
        if confirmed > from {
            self.progress.gap = Some((GapCause::SlotAdvanced, from));
            return Err(Fault::new(Code::PG_008, "the slot stands beyond the checkpoint"));
        }
        let received = Arc::new(AtomicU64::new(from.0));
        let mut feedback = JoinSet::new();
        let told = Feedback { confirmed, ..self.feedback(writer, &received, &server) };
        feedback.spawn(told.run());
        let mut batcher = Batcher::new(self.events.clone());
        let reached = batcher.end_at(until);
        let published = Published {
            publication: &self.settings.publication,
            tables: tables.into_iter().map(|table| table.name).collect(),
            look_again: self.progress.join_again,
        };
        let mut stream = Stream::new(reader, from, &mut batcher, received, &self.status);
        self.has_streamed = true;
        tracing::info!(slot = name, %from, "streaming");
        self.status.send_modify(|status| {
            (status.streaming, status.fault, status.system) = (true, None, system);
        });
        tokio::select! {
            ended = stream.run() => ended.map(|never| match never {}),
            () = reached.notified() => Ok(Ended::Reached),
            watched = watch(&mut control, name, &self.status, &published) => {
                watched.map(|()| Ended::Published)
            }
            ended = feedback.join_next() => match ended {
                Some(Ok(Err(fault))) => {
                    // The server's own words, if there are any, say more.
                    let words = timeout(LAST_WORDS, stream.run()).await;
                    Err(words.map_or(fault, |Err(fault)| fault))
                }
                _ => {
                    let _ = timeout(LAST_WORDS, stream.drain()).await;
                    Ok(Ended::Stopped)
                }
            },
        }
    }

    /// Whether trying again may help. Where a slot and a walsender were free before they will be
    /// again: what takes them may well be what is left of our own last connection.
    fn may_pass(&self, fault: &Fault) -> bool {
        fault.recovery() == Recovery::Retry || self.has_streamed && fault.code == Code::PG_010
    }

    fn start_command(&self, from: Lsn) -> String {
        let slot = escape_identifier(&self.settings.slot);
        let publications = escape_literal(&escape_identifier(&self.settings.publication));
        format!(
            "START_REPLICATION SLOT {slot} LOGICAL {from} \
             (proto_version '1', publication_names {publications})"
        )
    }

    fn feedback(
        &self,
        writer: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
        received: &Arc<AtomicU64>,
        server: &Server,
    ) -> Feedback {
        let patience = server.sender_timeout.map_or(limits::FEEDBACK_INTERVAL, |t| t / 3);
        Feedback {
            writer,
            received: received.clone(),
            confirmed: Lsn::ZERO,
            acknowledged: self.acknowledged.clone(),
            stop: self.stop.clone(),
            every: limits::FEEDBACK_INTERVAL.min(patience),
        }
    }
}

/// The name under which our connections appear in the server; longer ones the server cuts off.
pub(super) fn application_name(slot: &str) -> String {
    let mut name = format!("lawtail/{slot}");
    name.truncate(63);
    name
}

/// The name of our control connection, likewise cut off.
pub(super) fn control_name(slot: &str) -> String {
    let mut name = format!("lawtail/{slot}/control");
    name.truncate(63);
    name
}

/// At the start "undefined object" is the slot itself, dropped since we looked: to be looked at
/// again.
fn start_fault(failure: Failure) -> Fault {
    let fault = failure.fault();
    if fault.code != Code::PG_006 {
        return fault;
    }
    Fault::new(Code::PG_008, fault.cause)
}

/// What was published when the stream began.
struct Published<'a> {
    publication: &'a str,
    tables: BTreeSet<TableName>,
    /// Some of it could not be copied: when to try again.
    look_again: Option<Moment>,
}

/// Looks at the slot at intervals, and less often at the publication; returns when the stream has
/// to be begun anew.
///
/// A server that shuts down closes this session first, and then waits for walsenders until their
/// clients have confirmed everything. Hanging up then is what keeps a publisher that is behind
/// from holding up the shutdown of the CRM's database.
async fn watch(
    control: &mut Control,
    name: &str,
    status: &watch::Sender<SourceStatus>,
    published: &Published<'_>,
) -> Result<(), Fault> {
    let mut looked = Moment::now();
    loop {
        match slot::look(control, name).await? {
            Some(slot) if slot.lost() => {
                return Err(Fault::new(Code::PG_008, "the server has given up on the slot"));
            }
            Some(slot) => status.send_modify(|status| {
                status.confirmed = slot.confirmed;
                status.retained_bytes = slot.retained_bytes;
                status.flushed = Some(slot.flushed);
                status.wal_status = slot.wal_status;
            }),
            None => return Err(Fault::new(Code::PG_008, "the slot is gone")),
        }
        if looked.elapsed() >= limits::PUBLICATION_CHECK_INTERVAL {
            looked = Moment::now();
            if published.has_changed(control).await? {
                return Ok(());
            }
        }
        tokio::select! {
            fault = control.closed() => return Err(fault),
            () = sleep(limits::SLOT_CHECK_INTERVAL) => {}
        }
    }
}

impl Published<'_> {
    async fn has_changed(&self, control: &Control) -> Result<bool, Fault> {
        let due = self.look_again.is_some_and(|moment| moment <= Moment::now());
        Ok(due || publication::names(control, self.publication).await? != self.tables)
    }
}
