//! Streaming: from frames of the server to batches of events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;

use super::backend::Questions;
use super::batcher::Batcher;
use super::frame::{Frame, FrameReader};
use super::refusal::Refusal;
use super::spool::Spool;
use super::status::{Flushed, SourceStatus};
use crate::model::{Code, Event, Fault, Idle, Lsn, News, Table, Timestamp, Uncommitted, limits};
use crate::wire::{Assembler, Sent, Then};

/// SQLSTATE of the warning with which the server, from 18 on, leaves out what was changed while the
/// publication did not exist ("skipped loading publication", pgoutput.c).
const OBJECT_NOT_IN_STATE: &str = "55000";

/// At most one idle position in this time. A busy database whose published tables rest would
/// otherwise send one for every write of anybody.
const IDLE_INTERVAL: Duration = Duration::from_millis(200);

/// The status is told at most once in this time: at full speed bytes arrive thousands of times a
/// second, and whoever watches would be woken each time.
const STATUS_INTERVAL: Duration = Duration::from_millis(100);

/// The receiving half of a streaming connection.
pub(super) struct Stream<'a> {
    reader: FrameReader,
    assembler: Assembler,
    /// What the server has sent of transactions that are still open.
    spool: Spool,
    batcher: &'a mut Batcher,
    /// Everything below has been handed over. Right after a start the server counts from further
    /// back, where the slot begins to read.
    floor: Lsn,
    last_idle: Option<Instant>,
    /// The server's clock when it sent the last message.
    sent: Timestamp,
    last_told: Option<Instant>,
    /// Every commit up to here has been received.
    time: Timestamp,
    /// The end of the log to be received next. It is kept until it has been, so that a reader who
    /// always lags a little still sees time pass.
    awaited: Option<Flushed>,
    received: Arc<AtomicU64>,
    status: &'a watch::Sender<SourceStatus>,
    /// Asks whose a transaction is.
    questions: Questions,
    /// The server has left out what was changed while the publication did not exist.
    publication_missing: bool,
    catch_up: Option<CatchUp>,
}

/// A stream that works off a backlog, and ends when it has.
pub(super) struct CatchUp {
    /// Bytes of log that may be left then.
    pub left: u64,
    /// Turns true when it has, so that the server is told to end.
    pub done: watch::Sender<bool>,
}

impl<'a> Stream<'a> {
    /// Right after `START_REPLICATION` at `floor`.
    pub fn new(
        reader: FrameReader,
        floor: Lsn,
        spool: Spool,
        batcher: &'a mut Batcher,
        received: Arc<AtomicU64>,
        status: &'a watch::Sender<SourceStatus>,
        questions: Questions,
    ) -> Self {
        Stream {
            reader,
            assembler: Assembler::new(floor),
            spool,
            batcher,
            floor,
            last_idle: None,
            sent: Timestamp::default(),
            last_told: None,
            time: Timestamp::default(),
            awaited: None,
            received,
            status,
            questions,
            publication_missing: false,
            catch_up: None,
        }
    }

    /// Up to where everything was handed over, when what comes next was left out by the server.
    pub fn left_out_from(&self) -> Option<Lsn> {
        self.publication_missing.then_some(self.floor)
    }

    /// Makes it end when a backlog has been worked off.
    pub fn catching_up(mut self, catch_up: Option<CatchUp>) -> Self {
        self.catch_up = catch_up;
        self
    }

    /// What the catalogue says about the published tables; the stream itself does not say it.
    pub fn knowing(mut self, tables: &[Table]) -> Self {
        let facts = tables.iter().map(|table| (table.oid, table.facts.clone())).collect();
        self.assembler.know(facts);
        self
    }

    /// Reads until something goes wrong, or until a backlog has been worked off: then everything
    /// below the returned position has been handed over. A batch ends when it is full, or when the
    /// server has nothing more to say for the moment and the batch is wanted, so that neither
    /// throughput nor latency waits.
    ///
    /// Dropped while it waits, a batch may be lost: then it must not be called again.
    pub async fn run(&mut self) -> Result<Lsn, Fault> {
        loop {
            while let Some(frame) = self.reader.buffered()? {
                if self.is_goodbye(&frame) {
                    self.batcher.hand_over().await?;
                    return Ok(self.floor);
                }
                if let Some(xid) = self.take(frame)? {
                    self.replay(xid).await?;
                }
                if self.batcher.is_full() {
                    self.batcher.hand_over().await?;
                }
            }
            self.tell_status();
            if let Some(filled) = self.reader.fill().now_or_never() {
                filled?;
                continue;
            }
            let (reader, batcher) = (&mut self.reader, &self.batcher);
            tokio::select! {
                filled = reader.fill() => {
                    filled?;
                    continue;
                }
                () = batcher.wanted() => {}
            }
            self.batcher.hand_over().await?;
            match timeout(limits::SILENCE_TIMEOUT, self.reader.fill()).await {
                Ok(filled) => filled?,
                Err(_) => return Err(Fault::new(Code::PG_008, "the server has fallen silent")),
            }
        }
    }

    /// Reads on without looking, until the server hangs up. Closing the connection with bytes
    /// unread would cut off our own last words.
    pub async fn drain(&mut self) {
        while self.reader.next().await.is_ok() {}
    }

    /// Reads on for the reason why the server hangs up. Nothing is handed over any more: what was
    /// being handed over when the connection failed may be lost.
    pub async fn last_words(&mut self) -> Fault {
        loop {
            match self.reader.next().await {
                Ok(frame) if frame.tag == b'E' => {
                    return stream_fault(&Refusal::from_body(&frame.body));
                }
                Ok(_) => {}
                Err(fault) => return fault,
            }
        }
    }

    /// What is to be said of the transactions that are still open, now that they are followed no
    /// more; also of those whose end has come and was not handed over.
    pub fn lost(&self) -> Vec<Event> {
        let open = self.assembler.lost(self.sent);
        let told = self.batcher.told_open().map(|(xid, first)| {
            Event::Uncommitted(Uncommitted { xid, first, time: self.sent, news: News::Lost })
        });
        let mut lost: Vec<Event> = open.collect();
        for event in told {
            if !lost.contains(&event) {
                lost.push(event);
            }
        }
        lost
    }

    /// Whether the server has ended the stream because we asked for it. It does so between two
    /// transactions, though its CopyDone may come before the rest of one.
    fn is_goodbye(&self, frame: &Frame) -> bool {
        self.is_leaving() && frame.tag == b'C'
    }

    fn is_leaving(&self) -> bool {
        self.catch_up.as_ref().is_some_and(|catch_up| *catch_up.done.borrow())
    }

    /// Takes a frame. Returns the transaction that has committed with it and is to be replayed.
    fn take(&mut self, frame: Frame) -> Result<Option<u32>, Fault> {
        match frame.tag {
            b'd' => self.copy_data(frame.body),
            b'E' => Err(stream_fault(&Refusal::from_body(&frame.body))),
            b'c' if self.is_leaving() => Ok(None),
            b'c' | b'C' | b'Z' => Err(Fault::new(Code::PG_008, "the server ended the stream")),
            b'N' if Refusal::from_body(&frame.body).state == OBJECT_NOT_IN_STATE => {
                self.publication_missing = true;
                Err(Fault::new(Code::PG_008, "the publication was missing when changes were made"))
            }
            // Other notices, and changed parameters.
            _ => Ok(None),
        }
    }

    fn copy_data(&mut self, mut body: Bytes) -> Result<Option<u32>, Fault> {
        match body.try_get_u8() {
            Ok(b'w') if body.len() >= 24 => {
                let (start, end) = (Lsn(body.get_u64()), Lsn(body.get_u64()));
                self.received.fetch_max(start.max(end).0, Ordering::Relaxed);
                self.sent = Timestamp::from_postgres(body.get_i64());
                self.message(Sent { start, time: self.sent }, &body)
            }
            Ok(b'k') if body.len() >= 17 => {
                let lsn = Lsn(body.get_u64());
                self.received.fetch_max(lsn.0, Ordering::Relaxed);
                self.keepalive(lsn);
                Ok(None)
            }
            _ => Err(Fault::new(Code::WIR_001, "a message of the stream is of no known kind")),
        }
    }

    /// A keepalive carries the server's clock, but its position is only how far the server has
    /// read its log for us. While it is catching up, commits of long ago are still to come, so
    /// stream time follows only once everything written at a known moment has been received.
    ///
    /// Transactions that are open may have begun before this position, and it may be acknowledged
    /// all the same: what is confirmed decides which commits are not sent again, and theirs are
    /// still to come. Their changes the server reads again from `restart_lsn`, which it holds back
    /// to before the beginning of the oldest transaction that is open
    /// (SnapBuildProcessRunningXacts in snapbuild.c).
    fn keepalive(&mut self, lsn: Lsn) {
        let lately = |last: Instant| last.elapsed() < IDLE_INTERVAL;
        // In the midst of a transaction the position says nothing about what has been sent.
        if !self.assembler.is_within() && !self.last_idle.is_some_and(lately) {
            self.last_idle = Some(Instant::now());
            self.floor = self.floor.max(lsn);
            self.awaited = self.awaited.or(self.status.borrow().flushed);
            if let Some(flushed) = self.awaited.take_if(|it| it.lsn <= self.floor) {
                self.time = self.time.max(flushed.time);
            }
            self.batcher.push_idle(Idle { lsn: self.floor, time: self.time });
        }
    }

    fn message(&mut self, sent: Sent, payload: &Bytes) -> Result<Option<u32>, Fault> {
        self.batcher.add_bytes(payload.len());
        match self.assembler.receive(sent, payload, self.batcher.events())? {
            Then::Nothing => {}
            Then::Ask { xid } => self.questions.seen(xid, sent.start),
            Then::Keep { xid } => self.spool.keep(xid, payload)?,
            Then::Drop { xid } => self.spool.drop_transaction(xid),
            Then::Say(fault) => say(&fault),
            Then::Replay { xid } => return Ok(Some(xid)),
        }
        self.floor = self.floor.max(self.assembler.end());
        Ok(None)
    }

    /// Hands over a transaction that came while it was open and has committed. Nothing is read
    /// from the server meanwhile, so nothing comes in between.
    async fn replay(&mut self, xid: u32) -> Result<(), Fault> {
        let mut kept = self.spool.read(xid);
        while let Some(payload) = self.spool.next(&mut kept)? {
            if let Then::Say(fault) = self.assembler.replay(&payload, self.batcher.events())? {
                say(&fault);
            }
            self.batcher.add_bytes(payload.len());
            if self.batcher.is_full() {
                self.batcher.hand_over().await?;
            }
            // What was rolled back fills no batch, and others have to run as well.
            consume_budget().await;
        }
        self.assembler.end_replay(self.batcher.events())?;
        self.floor = self.floor.max(self.assembler.end());
        Ok(())
    }

    fn tell_status(&mut self) {
        let now = Instant::now();
        if self.last_told.is_some_and(|last| now.duration_since(last) < STATUS_INTERVAL) {
            return;
        }
        self.last_told = Some(now);
        let wal_end = Lsn(self.received.load(Ordering::Relaxed));
        self.status.send_modify(|status| {
            status.last_message = Some(now);
            status.wal_end = wal_end;
        });
        let Some(CatchUp { left, done }) = &self.catch_up else { return };
        let flushed = self.status.borrow().flushed;
        if flushed.is_some_and(|flushed| flushed.lsn.0.saturating_sub(wal_end.0) <= *left) {
            done.send_if_modified(|done| !std::mem::replace(done, true));
        }
    }
}

/// Says aloud what was left out; that it was is announced by a gap.
fn say(fault: &Fault) {
    tracing::warn!(
        code = %fault.code, cause = fault.cause,
        "a message of a transaction cannot be read and is left out"
    );
}

/// In the stream "undefined object" is about the publication: it is looked up as it was when the
/// change was made.
fn stream_fault(refusal: &Refusal) -> Fault {
    while_followed(refusal.fault())
}

/// A publication that is missed while it is followed was dropped: what was changed since cannot be
/// read from the slot by a server up to 17, even if there is a publication of that name again.
pub(super) fn while_followed(fault: Fault) -> Fault {
    if fault.code != Code::PG_006 {
        return fault;
    }
    fault.help(
        "the publication did not exist when changes were made: create it if it is missing and, up \
         to PostgreSQL 17, drop the slot; lawtail then announces the gap and takes a new initial copy",
    )
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
