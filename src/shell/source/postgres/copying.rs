//! The driver's part in copies: when one is due, and what stands around it.
//!
//! The first copy, and the one after a gap, is of the whole publication, under the snapshot of the
//! slot that has just been made. A table that joins later is copied alone: a temporary slot gives a
//! snapshot and its position, the stream is followed up to there, the rows come, and the stream
//! goes on.

use std::collections::BTreeSet;

use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::batcher::Batcher;
use super::connection::Connection;
use super::control::{Control, column};
use super::copy::{Copy, Opening, Reading, Rest, Sessions};
use super::driver::{Driver, Published, Session, application_name, control_name};
use super::lock;
use super::plan::Progress;
use super::preflight::server_time;
use super::publication::{self, Memberships, PublishedTable, check_readable, named, unreadable};
use super::slot::{self, NewSlot, SlotKind};
use crate::model::{
    Code, CopyNews, Event, Fault, Gap, GapCause, LeftTable, Lsn, TableName, Timestamp,
    TransactionKind, limits,
};

/// Tables that joined later, with a snapshot of them and its position.
pub(super) struct Joining {
    reading: Reading,
    time: Timestamp,
}

impl Joining {
    /// The position up to which the stream comes first.
    pub fn point(&self) -> Lsn {
        self.reading.point()
    }
}

impl Driver {
    /// Makes the slot and copies the whole publication; returns where the stream goes on.
    pub(super) async fn copy(
        &mut self,
        session: &mut Session,
        gap: Option<(GapCause, Lsn)>,
    ) -> Result<Lsn, Fault> {
        let name = &self.settings.slot;
        // From here on what was known about the slot is void, also if the copy fails.
        self.progress.from = Lsn::ZERO;
        self.progress.gap = gap;
        self.progress.slot_expected = true;
        self.progress.memory.open = None;
        if session.slot.is_some() {
            slot::drop_slot(&session.control, name).await?;
        }
        let version = session.server.version;
        tracing::info!(slot = name, "making the slot; this waits for open transactions to end");
        let kept = SlotKind::Kept(self.settings.failover);
        let making = slot::create(&mut session.replication, name, version, kept);
        let slot = saying_what_it_waits_for(making, &session.control).await?;
        let time = server_time(&session.control).await?;
        let to = slot.consistent_point;
        let announced = gap.filter(|&(_, from)| from != to).map(|(cause, from)| {
            tracing::warn!(
                cause = cause.name(), %from, %to,
                "a part of the change stream was not seen; copying anew"
            );
            Gap { from, to, time, cause }
        });
        let sessions = Sessions::open(&self.opening(), Some(&slot.snapshot)).await?;
        let published = self.published(&sessions, version).await?;
        check_readable(&unreadable(&published))?;
        if published.is_empty() {
            tracing::warn!("the publication holds no table: there is nothing to follow");
        }
        let kind = TransactionKind::InitialCopy;
        let point = slot.consistent_point;
        let reading =
            Reading::begin(kind, point, sessions, &published, (&self.settings.copy, version))
                .await?;
        let mut batcher = Batcher::new(self.events.clone());
        self.copying((&session.control, session.server.version), &mut batcher)
            .run(reading, announced, time)
            .await?;
        self.copied(point)
    }

    /// Goes on with a copy that was interrupted; returns where the stream goes on.
    pub(super) async fn go_on_copying(&mut self, session: &mut Session) -> Result<Lsn, Fault> {
        let Some(open) = self.progress.memory.open.clone() else {
            return Err(Fault::new(Code::PG_009, "there is no interrupted copy"));
        };
        let sessions = Sessions::open(&self.opening(), None).await?;
        let published = self.published(&sessions, session.server.version).await?;
        let time = server_time(&session.control).await?;
        let point = open.origin.point;
        let rest = Rest::of(&open, sessions, &published).await?;
        let mut batcher = Batcher::new(self.events.clone());
        self.copying((&session.control, session.server.version), &mut batcher)
            .go_on(rest, time)
            .await?;
        self.copied(point)
    }

    fn copied(&mut self, point: Lsn) -> Result<Lsn, Fault> {
        self.progress.from = point;
        self.progress.gap = None;
        Ok(point)
    }

    /// Announces the tables that are not published any more, or have not been all the time since
    /// they were last looked at.
    pub(super) async fn let_go(
        &mut self,
        control: &Control,
        published: &Memberships,
        from: Lsn,
    ) -> Result<(), Fault> {
        let Progress { memory, memberships, looks, .. } = &self.progress;
        let stayed = |table: &TableName| {
            let (before, now) = (memberships.get(table), published.get(table));
            now.is_some() && (before.is_none() || before == now)
        };
        let known = memory.copied.union(&memory.awaited);
        let left: Vec<TableName> = known.filter(|table| !stayed(table)).cloned().collect();
        let from = match looks.since() {
            Lsn::ZERO => from,
            since => from.min(since),
        };
        if left.is_empty() {
            return Ok(());
        }
        let time = server_time(control).await?;
        let to = slot::flushed(control).await?.max(from);
        let mut batcher = Batcher::new(self.events.clone());
        for table in left {
            match published.contains_key(&table) {
                false => tracing::warn!(
                    %table, "the table has left the publication: its changes are not seen"
                ),
                true => tracing::warn!(
                    %table, "the table was out of the publication: it is copied anew"
                ),
            }
            let news = CopyNews::Left(LeftTable { table, from, to, time });
            self.progress.memory.note(&news);
            batcher.events().push(Event::Copy(news));
        }
        batcher.hand_over().await
    }

    /// Takes a snapshot of the published tables that have not been copied, if there are any.
    ///
    /// When the server cannot give one now, the stream goes on without them, and it is tried again
    /// after a while.
    pub(super) async fn joining(
        &mut self,
        (control, version): (&Control, i32),
        published: &Published,
        from: Lsn,
    ) -> Result<Option<Joining>, Fault> {
        self.progress.join_again = None;
        let copied = &self.progress.memory.copied;
        let joined = published.memberships.keys().filter(|table| !copied.contains(*table));
        let (hidden, late): (BTreeSet<TableName>, BTreeSet<TableName>) =
            joined.cloned().partition(|table| published.unreadable.contains(table));
        if !hidden.is_empty() {
            tracing::error!(
                code = %Code::PG_004, tables = named(&hidden),
                "the role may not read all of tables that have joined: they are followed without a copy \
                 of their rows until it may (deploy/sql/role.sql)"
            );
            self.progress.join_again = Some(Instant::now() + limits::JOIN_PAUSE);
        }
        if late.is_empty() {
            return Ok(None);
        }
        tracing::info!(
            tables = named(&late),
            "copying tables that have joined or are read otherwise than before"
        );
        match timeout(limits::JOIN_TIMEOUT, self.snapshot_of(control, version, &late)).await {
            // The stream has got beyond it; it cannot come at its place.
            Ok(Ok(joining)) if joining.point() <= from => {}
            Ok(Ok(joining)) => return Ok(Some(joining)),
            Ok(Err(fault)) if fault.code == Code::PG_008 => {
                tracing::warn!(cause = fault.cause, "no snapshot of them can be had now");
            }
            Ok(Err(fault)) if fault.code == Code::PG_010 => {
                tracing::warn!(cause = fault.cause, "no slot is free for a snapshot of them");
            }
            Ok(Err(fault)) => return Err(fault),
            Err(_) => tracing::warn!("open transactions keep us from a snapshot of them"),
        }
        self.progress.join_again = Some(Instant::now() + limits::JOIN_PAUSE);
        Ok(None)
    }

    async fn snapshot_of(
        &self,
        control: &Control,
        version: i32,
        late: &BTreeSet<TableName>,
    ) -> Result<Joining, Fault> {
        let opening = self.opening();
        let mut replication = Connection::open(opening.address, opening.tls, &opening.name).await?;
        // Commits beyond the snapshot are not older than this.
        let time = server_time(control).await?;
        // It lives as long as its connection, which another one of the same name may outlive.
        let name = format!("{:.40}_copy_{}", self.settings.slot, time.0);
        // A slot in the making outlives its client until the server has waited for every open
        // transaction, unless it is told not to wait for long.
        let patience = format!("SET lock_timeout = {}", limits::JOIN_LOCK_TIMEOUT.as_millis());
        replication.query(&patience).await.map_err(|failure| failure.fault())?;
        let making = slot::create(&mut replication, &name, version, SlotKind::Temporary);
        let slot = saying_what_it_waits_for(making, control).await?;
        let sessions = Sessions::open(&opening, Some(&slot.snapshot)).await?;
        let mut published = self.published(&sessions, version).await?;
        published.retain(|published| late.contains(&published.table.name));
        let kind = TransactionKind::TableCopy;
        let point = slot.consistent_point;
        let reading =
            Reading::begin(kind, point, sessions, &published, (&self.settings.copy, version))
                .await?;
        Ok(Joining { reading, time })
    }

    /// Copies the tables that have joined; the stream has been followed up to their position.
    pub(super) async fn join(&mut self, joining: Joining) -> Result<(), Fault> {
        // The lock went with the stream's control connection.
        let (control, server) = self.open_control(limits::JOIN_LOCK_TIMEOUT).await?;
        let slot = &self.settings.slot;
        lock::take(&control, slot, &control_name(slot)).await?;
        let Joining { reading, time } = joining;
        let point = reading.point();
        let mut batcher = Batcher::new(self.events.clone());
        self.copying((&control, server.version), &mut batcher).run(reading, None, time).await?;
        self.copied(point).map(drop)
    }

    fn copying<'a>(
        &'a mut self,
        (control, version): (&'a Control, i32),
        batcher: &'a mut Batcher,
    ) -> Copy<'a> {
        Copy {
            settings: self.settings.copy,
            control,
            version,
            slot: &self.settings.slot,
            batcher,
            status: &self.status,
            memory: &mut self.progress.memory,
            ordinal: &mut self.progress.ordinal,
        }
    }

    fn opening(&self) -> Opening<'_> {
        Opening {
            address: &self.settings.address,
            tls: self.tls.as_ref(),
            name: format!("{}/copy", application_name(&self.settings.slot)),
            connections: self.settings.copy.connections.into(),
        }
    }

    async fn published(
        &self,
        sessions: &Sessions,
        version: i32,
    ) -> Result<Vec<PublishedTable>, Fault> {
        publication::tables(sessions.first(), version, &self.settings.publication).await
    }
}

/// A slot is not made before the transactions that are open now have ended. Who does not see that
/// takes it for a standstill, so it is said at intervals.
async fn saying_what_it_waits_for(
    making: impl Future<Output = Result<NewSlot, Fault>>,
    control: &Control,
) -> Result<NewSlot, Fault> {
    let mut making = std::pin::pin!(making);
    let mut ticks = interval(limits::WAIT_REPORT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        tokio::select! {
            made = &mut making => return made,
            _ = ticks.tick() => say_what_is_open(control).await?,
        }
    }
}

/// Process and age, nothing of what they do. The age is told only to members of
/// `pg_read_all_stats`; a prepared transaction has no process.
async fn say_what_is_open(control: &Control) -> Result<(), Fault> {
    let query = "SELECT l.pid, extract(epoch FROM clock_timestamp() - a.xact_start)::int8 \
        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
        WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted \
        ORDER BY a.xact_start NULLS LAST LIMIT 10";
    let mut open = Vec::new();
    for row in control.rows(query, &[]).await? {
        let process = column::<Option<i32>>(&row, 0)?
            .map_or("a prepared transaction".to_owned(), |pid| format!("process {pid}"));
        let age = column::<Option<i64>>(&row, 1)?
            .map_or(String::new(), |seconds| format!(", {seconds} s old"));
        open.push(process + &age);
    }
    tracing::warn!(open = open.join("; "), "making the slot waits for open transactions to end");
    Ok(())
}
