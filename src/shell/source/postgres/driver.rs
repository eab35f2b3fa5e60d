//! The source's own task: connect, decide, copy, stream; after a lost connection, again, and once
//! more when a backlog has been worked off or other tables are published.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_rustls::rustls::ClientConfig;

use super::backend::{Backends, Questions};
use super::batcher::{Batcher, Handover};
use super::connection::Connection;
use super::control::Control;
use super::copying::Joining;
use super::feedback::stopped;
use super::looks::Look;
use super::plan::{Plan, Progress, plan};
use super::preflight::{self, Server, System, identify};
use super::publication::{self, Memberships, check_readable, unreadable};
use super::refusal::LOCK_NOT_AVAILABLE;
use super::slot::{self, SlotState};
use super::status::SourceStatus;
use super::stream::while_followed;
use super::streaming::Ended;
use super::timeline::{Standing, standing};
use super::{SourceSettings, attest, lock};
use crate::model::{Code, Event, Fault, Gap, Lsn, Position, Recovery, Table, TableName, limits};

/// Everything the task needs.
pub(super) struct Driver {
    pub settings: SourceSettings,
    pub tls: Option<Arc<ClientConfig>>,
    pub progress: Progress,
    pub events: mpsc::Sender<Handover>,
    pub acknowledged: watch::Receiver<Lsn>,
    pub stop: watch::Receiver<bool>,
    pub status: watch::Sender<SourceStatus>,
    /// Answers whose an open transaction is.
    pub backends: Backends,
    /// Asks it.
    pub questions: Questions,
    /// Tables that are to be copied anew.
    pub to_copy: mpsc::UnboundedReceiver<BTreeSet<TableName>>,
    /// Pause before the next attempt.
    pub pause: Duration,
    /// Whether there was a stream in this run.
    pub has_streamed: bool,
    /// To be said of the transactions that were open when the last stream ended.
    pub lost: Vec<Event>,
}

/// Both connections, and what was found on them.
pub(super) struct Session {
    pub replication: Connection,
    pub control: Control,
    pub server: Server,
    pub system: System,
    /// How it relates to the one of the store.
    standing: Standing,
    /// How far its log was written when we met.
    written: Lsn,
    /// What is published.
    pub published: Published,
    pub slot: Option<SlotState>,
}

/// What is published, as far as it could be looked at.
pub(super) struct Published {
    pub tables: Vec<Table>,
    /// By what they are published.
    pub memberships: Memberships,
    /// Those that we may not read, and so not copy.
    pub unreadable: Vec<TableName>,
    /// When that was looked at; `None`: it could not be.
    look: Option<Look>,
}

impl Session {
    /// Which database it is.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The published tables.
    pub fn tables(&self) -> &[Table] {
        &self.published.tables
    }
}

impl Driver {
    /// Connects and checks everything that must be true before a stream can begin.
    pub async fn open(&self) -> Result<Session, Fault> {
        let SourceSettings { address, slot, .. } = &self.settings;
        let name = application_name(slot);
        let mut replication = match Connection::open(address, self.tls.as_ref(), &name).await {
            Ok(connection) => connection,
            // The server's reason may be a consequence of a setting that explains it better.
            Err(fault) if fault.code == Code::PG_010 || fault.code == Code::PG_004 => {
                self.open_control(limits::WATCH_LOCK_TIMEOUT).await?;
                return Err(fault);
            }
            Err(fault) => return Err(fault),
        };
        let (system, written, standing) = self.meet(&mut replication).await?;
        let patience = match self.has_streamed {
            true => limits::WATCH_LOCK_TIMEOUT,
            false => limits::JOIN_LOCK_TIMEOUT,
        };
        let (control, server) = self.open_control(patience).await?;
        let published = self.what_is_published(&control, server.version).await?;
        if self.progress.from == Lsn::ZERO {
            check_readable(&published.unreadable)?;
        }
        let state = slot::look_free(&control, slot, server.version, &name).await?;
        lock::take(&control, slot, &control_name(slot)).await?;
        Ok(Session {
            replication,
            control,
            server,
            system,
            standing,
            written,
            published,
            slot: state,
        })
    }

    /// What is published, and when it was looked at.
    ///
    /// From 16 on the server waits for whoever holds an exclusive lock on a published table
    /// (`pg_get_publication_tables` opens each). A stream needs none of this, so it goes on with
    /// what was published before; what has changed since is noticed when it can be looked at.
    async fn what_is_published(&self, control: &Control, version: i32) -> Result<Published, Fault> {
        let name = &self.settings.publication;
        let look = Look::now(control).await?;
        let looked = async {
            let tables = publication::tables(control, version, name).await?;
            Ok((tables, publication::memberships(control, version, name).await?))
        };
        match looked.await {
            Ok((published, memberships)) => {
                let unreadable = unreadable(&published);
                let tables = published.into_iter().map(|published| published.table).collect();
                Ok(Published { tables, memberships, unreadable, look: Some(look) })
            }
            Err(fault) if self.may_do_without(&fault) => {
                tracing::warn!(
                    cause = fault.cause,
                    "what is published cannot be looked at now; going on with what was before"
                );
                let Progress { tables, memberships, .. } = &self.progress;
                let (tables, memberships) = (tables.clone(), memberships.clone());
                Ok(Published { tables, memberships, unreadable: Vec::new(), look: None })
            }
            Err(fault) => Err(fault),
        }
    }

    /// Nothing has to be copied, and it is a lock that is in the way.
    fn may_do_without(&self, fault: &Fault) -> bool {
        let Progress { memberships, memory, gap, .. } = &self.progress;
        fault.code == Code::PG_008
            && fault.cause.contains(LOCK_NOT_AVAILABLE)
            && !memberships.is_empty()
            && memory.open.is_none()
            && gap.is_none()
    }

    /// Asks who the server is, how far its log is written, and whether that log still holds all that
    /// we have read.
    async fn meet(&self, replication: &mut Connection) -> Result<(System, Lsn, Standing), Fault> {
        let (system, written) = identify(replication).await?;
        let acknowledged = *self.acknowledged.borrow();
        let Some(known) = self.progress.known(acknowledged) else {
            return Ok((system, written, Standing::Same));
        };
        let history = match known.timeline == system.timeline {
            true => None,
            false => preflight::history(replication, system.timeline).await?,
        };
        let standing = standing(&known, &system, written, history.as_deref());
        Ok((system, written, standing))
    }

    /// `patience`: how long its questions wait for somebody's lock.
    pub(super) async fn open_control(
        &self,
        patience: Duration,
    ) -> Result<(Control, Server), Fault> {
        let SourceSettings { address, slot, publication, .. } = &self.settings;
        let name = control_name(slot);
        let control = Control::open(address, self.tls.as_ref(), &name).await?;
        control.execute(&format!("SET lock_timeout = {}", patience.as_millis())).await?;
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
            self.say_lost().await;
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

    /// Says of the transactions that were open that they are followed no more. Only after hanging
    /// up: whoever takes the changes may be behind, and a server that shuts down waits for us.
    async fn say_lost(&mut self) {
        let mut batcher = Batcher::new(self.events.clone());
        batcher.events().append(&mut self.lost);
        let mut stop = self.stop.clone();
        tokio::select! {
            () = stopped(&mut stop) => {}
            // That nobody takes it shows again at once.
            _ = batcher.hand_over() => {}
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
            let ended = ended?;
            self.say_lost().await;
            match (ended, joining) {
                (Ended::Stopped, _) => return Ok(()),
                (Ended::CaughtUp(end), _) => self.progress.from = end,
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
        self.look_at_database(&session.control, session.server.version).await;
        let status = session.system.clone();
        self.status.send_modify(|now| now.system = status);
        self.leave_log(&session.control, session.standing, session.written).await?;
        let acknowledged = *self.acknowledged.borrow();
        let plan = plan(&self.progress, acknowledged, session.slot.as_ref());
        say_invalid(session.slot.as_ref());
        if let (Standing::Continued { fork }, Plan::Stream(from)) = (session.standing, &plan) {
            tracing::warn!(
                timeline = session.system.timeline, %fork, %from,
                "a standby was promoted; its log holds all that was seen, so nothing was missed"
            );
        }
        let System { identifier, timeline, .. } = &session.system;
        self.progress.system = Some((identifier.clone(), *timeline));
        self.progress.position = Position::default();
        let copied_anew = matches!(plan, Plan::Copy(_));
        let from = match plan {
            Plan::Stream(from) => {
                if let Some(slot) = &session.slot {
                    let SourceSettings { slot: name, failover, .. } = &self.settings;
                    slot::mend_failover(&mut session.replication, name, slot, *failover).await?;
                }
                from
            }
            Plan::Copy(gap) => {
                check_readable(&session.published.unreadable)?;
                self.copy(&mut session, gap).await?
            }
            Plan::GoOn => self.go_on_copying(&mut session).await?,
        };
        let published = &session.published;
        if copied_anew {
            // What was published before does not matter any more.
            self.progress.memberships.clear();
        }
        self.let_go(&session.control, &published.memberships, from).await?;
        self.progress.memberships.clone_from(&published.memberships);
        if let Some(look) = published.look {
            self.progress.looks.begin(from);
            self.progress.looks.add(look);
            self.progress.tables.clone_from(&published.tables);
        }
        self.note_to_copy();
        let from_here = (&session.control, session.server.version);
        let joining = self.joining(from_here, published, from).await?;
        Ok((session, from, joining))
    }

    /// Tables that are to be copied anew count as not copied.
    fn note_to_copy(&mut self) {
        while let Ok(tables) = self.to_copy.try_recv() {
            self.copy_anew(&tables);
        }
    }

    pub(super) fn copy_anew(&mut self, tables: &BTreeSet<TableName>) {
        self.progress.memory.copied.retain(|table| !tables.contains(table));
    }

    /// Says that the log at hand is not the one we followed, and waits until that is durable. Only
    /// then may a slot be made in it, whose log is written up to `to` by now: nothing but positions tells a backup that was restored in place
    /// from what it was taken of, and its log may grow past ours before we start again.
    async fn leave_log(
        &mut self,
        control: &Control,
        standing: Standing,
        to: Lsn,
    ) -> Result<(), Fault> {
        let acknowledged = *self.acknowledged.borrow();
        let Some((cause, from)) = self.progress.left_log(acknowledged, standing) else {
            return Ok(());
        };
        tracing::warn!(
            cause = cause.name(), %from, %to, "the server's log is not the one that was followed"
        );
        let time = preflight::server_time(control).await?;
        let mut batcher = Batcher::new(self.events.clone());
        batcher.events().push(Event::Gap(Gap { from, to, time, cause }));
        batcher.settle().await?;
        self.progress = Progress::of_another_log(to);
        Ok(())
    }

    /// What the database is like before anything is read from it; an initial copy may take hours.
    async fn look_at_database(&self, control: &Control, version: i32) {
        let SourceSettings { slot, publication, .. } = &self.settings;
        // What cannot be seen now is looked at again while it streams.
        if let Ok(observed) = attest::observe(control, version, publication, slot).await {
            self.status.send_modify(|status| status.observed = Some(Arc::new(observed)));
        }
    }

    /// Connects again. A promoted standby whose log holds all that has come to us is the same
    /// database. Positions of another one mean something else, and some of ours may be on their
    /// way, so a change of database is left to a new start.
    async fn reopen(&mut self) -> Result<Session, Fault> {
        let session = match self.open().await {
            // It may be about to be promoted.
            Err(fault) if fault.cause == preflight::STANDBY => {
                return Err(Fault::new(Code::PG_001, fault.cause));
            }
            session => session.map_err(while_followed)?,
        };
        if matches!(session.standing, Standing::Same | Standing::Continued { .. }) {
            return Ok(session);
        }
        // Where system or timeline differ the new start sees it as well.
        let System { identifier, timeline, .. } = &session.system;
        if self.progress.system == Some((identifier.clone(), *timeline)) {
            self.leave_log(&session.control, session.standing, session.written).await?;
        }
        let cause = "another cluster, a standby that had not received everything or a restored \
            backup answers at this address";
        Err(Fault::new(Code::PG_009, cause).help(
            "start lawtail again: it goes on if nothing was missed, and otherwise announces the gap \
             and takes a new initial copy",
        ))
    }

    /// Whether trying again may help. Where a slot and a walsender were free before they will be
    /// again: what takes them may well be what is left of our own last connection.
    fn may_pass(&self, fault: &Fault) -> bool {
        fault.recovery() == Recovery::Retry || self.has_streamed && fault.code == Code::PG_010
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

/// A slot that the server has given up on says why, as far as it knows.
fn say_invalid(slot: Option<&SlotState>) {
    if let Some(reason) = slot.and_then(|slot| slot.health.invalid()) {
        tracing::warn!(reason, "the server has given up on the slot");
    }
}
