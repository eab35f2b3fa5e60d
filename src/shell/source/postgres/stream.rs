//! Streaming: from frames of the server to batches of events.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::timeout;

use super::batcher::Batcher;
use super::frame::{Frame, FrameReader};
use super::refusal::Refusal;
use super::status::{Flushed, SourceStatus};
use crate::model::{Code, Event, Fault, Idle, Lsn, Timestamp, limits};
use crate::wire::{Assembler, pgoutput};

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
    batcher: &'a mut Batcher,
    /// Within a transaction a keepalive's position says nothing about what has been sent.
    in_transaction: bool,
    /// Everything below has been handed over. Right after a start the server counts from further
    /// back, where the slot begins to read.
    floor: Lsn,
    last_idle: Option<Instant>,
    last_told: Option<Instant>,
    /// Every commit up to here has been received.
    time: Timestamp,
    /// The end of the log to be received next. It is kept until it has been, so that a reader who
    /// always lags a little still sees time pass.
    awaited: Option<Flushed>,
    received: Arc<AtomicU64>,
    status: &'a watch::Sender<SourceStatus>,
}

impl<'a> Stream<'a> {
    /// Right after `START_REPLICATION` at `floor`.
    pub fn new(
        reader: FrameReader,
        floor: Lsn,
        batcher: &'a mut Batcher,
        received: Arc<AtomicU64>,
        status: &'a watch::Sender<SourceStatus>,
    ) -> Self {
        Stream {
            reader,
            assembler: Assembler::new(),
            batcher,
            in_transaction: false,
            floor,
            last_idle: None,
            last_told: None,
            time: Timestamp::default(),
            awaited: None,
            received,
            status,
        }
    }

    /// Reads until something goes wrong. A batch ends when it is full, or when the server has
    /// nothing more to say for the moment and the batch is wanted, so that neither throughput nor
    /// latency waits.
    pub async fn run(&mut self) -> Result<Infallible, Fault> {
        loop {
            while let Some(frame) = self.reader.buffered()? {
                self.take(frame)?;
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

    fn take(&mut self, frame: Frame) -> Result<(), Fault> {
        match frame.tag {
            b'd' => self.copy_data(frame.body),
            b'E' => Err(stream_fault(&Refusal::from_body(&frame.body))),
            b'c' | b'C' | b'Z' => Err(Fault::new(Code::PG_008, "the server ended the stream")),
            // Notices and changed parameters.
            _ => Ok(()),
        }
    }

    fn copy_data(&mut self, mut body: Bytes) -> Result<(), Fault> {
        match body.try_get_u8() {
            Ok(b'w') if body.len() >= 24 => {
                let (start, end) = (body.get_u64(), body.get_u64());
                self.received.fetch_max(start.max(end), Ordering::Relaxed);
                body.advance(8);
                self.change(&body)
            }
            Ok(b'k') if body.len() >= 17 => {
                let lsn = Lsn(body.get_u64());
                self.received.fetch_max(lsn.0, Ordering::Relaxed);
                self.keepalive(lsn);
                Ok(())
            }
            _ => Err(Fault::new(Code::WIR_001, "a message of the stream is of no known kind")),
        }
    }

    /// A keepalive carries the server's clock, but its position is only how far the server has
    /// read its log for us. While it is catching up, commits of long ago are still to come, so
    /// stream time follows only once everything written at a known moment has been received.
    fn keepalive(&mut self, lsn: Lsn) {
        let lately = |last: Instant| last.elapsed() < IDLE_INTERVAL;
        if !self.in_transaction && !self.last_idle.is_some_and(lately) {
            self.last_idle = Some(Instant::now());
            self.floor = self.floor.max(lsn);
            self.awaited = self.awaited.or(self.status.borrow().flushed);
            if let Some(flushed) = self.awaited.take_if(|it| it.lsn <= self.floor) {
                self.time = self.time.max(flushed.time);
            }
            self.batcher.push_idle(Idle { lsn: self.floor, time: self.time });
        }
    }

    fn change(&mut self, payload: &Bytes) -> Result<(), Fault> {
        match payload.first() {
            Some(b'B') => self.in_transaction = true,
            Some(b'C') => self.in_transaction = false,
            _ => {}
        }
        let message = pgoutput::decode(payload)?;
        self.assembler.take(message, self.batcher.events())?;
        self.batcher.add_bytes(payload.len());
        if let Some(Event::Commit(commit)) = self.batcher.events().last() {
            self.floor = self.floor.max(commit.end);
        }
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
    }
}

/// In the stream "undefined object" is about the publication: it is looked up as it was when the
/// change was made.
fn stream_fault(refusal: &Refusal) -> Fault {
    let fault = refusal.fault();
    if fault.code != Code::PG_006 {
        return fault;
    }
    fault.help(
        "the publication did not exist when these changes were made: create it if it is missing, \
         and drop the slot; lawtail then announces the gap and takes a new initial copy",
    )
}
