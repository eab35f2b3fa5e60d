//! A conversation with a server that says whatever it likes: its bytes go the whole road from the
//! login to the events, without a socket. For the fuzz target `connection`, and for what it found.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};

use super::address::Address;
use super::backend::Backends;
use super::batcher::Batcher;
use super::breaker::CircuitBreaker;
use super::connection::Connection;
use super::preflight::{history, identify};
use super::spool::{Spool, SpoolSettings};
use super::status::SourceStatus;
use super::stream::Stream;
use super::timeline::{Known, standing};
use super::transport::Transport;
use crate::engine::Checkpoint;
use crate::model::{Event, Fault, Lsn};

/// Where the server's part of a SCRAM login repeats our random number, which is different every
/// time: as long as that is, so that lengths stay true.
pub const NONCE: &[u8] = &[b'~'; 24];

/// Memory for open transactions: so little that most of them go to disk.
const SPOOL_BYTES: usize = 1 << 10;

/// What came of a conversation.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    /// Changes that were handed over.
    pub changes: usize,
    /// Whether our random number was repeated, so that another time everything may be different.
    pub by_chance: bool,
    /// With what it ended. A server that has nothing more to say has closed the connection.
    pub fault: Fault,
}

/// Plays the server's part: `said`, in pieces of so many bytes.
///
/// # Panics
/// When there is no memory or disk for it.
pub fn converse(said: &[u8], piece: usize) -> Heard {
    let written = Arc::new(Mutex::new(Vec::new()));
    let by_chance = Arc::new(AtomicBool::new(false));
    let server = Server {
        said: said.to_vec(),
        at: 0,
        nonce_at: said.windows(NONCE.len()).position(|bytes| bytes == NONCE),
        piece: piece.max(1),
        heard: Arc::clone(&written),
        by_chance: Arc::clone(&by_chance),
    };
    let transport = Transport {
        reader: Box::new(server),
        writer: Box::new(Client(written)),
        channel_binding: None,
    };
    let runtime = Builder::new_current_thread().enable_time().build();
    let ended = runtime.expect("a runtime of one thread").block_on(follow(transport));
    Heard { changes: ended.0, by_chance: by_chance.load(Ordering::Relaxed), fault: ended.1 }
}

async fn follow(transport: Transport) -> (usize, Fault) {
    let (events, mut receiver) = mpsc::channel(1);
    let mut batcher = Batcher::new(events);
    let mut changes = 0;
    let fault = {
        let mut ended = std::pin::pin!(until_fault(transport, &mut batcher));
        loop {
            tokio::select! {
                fault = &mut ended => break fault,
                Some(Ok(batch)) = receiver.recv() => changes += count(&batch.events),
            }
        }
    };
    while let Ok(Ok(batch)) = receiver.try_recv() {
        changes += count(&batch.events);
    }
    changes += count(batcher.events());
    (changes, fault)
}

fn count(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Change(_))).count()
}

async fn until_fault(transport: Transport, batcher: &mut Batcher) -> Fault {
    match conversation(transport, batcher).await {
        Ok(never) => match never {},
        Err(fault) => fault,
    }
}

async fn conversation(
    transport: Transport,
    batcher: &mut Batcher,
) -> Result<std::convert::Infallible, Fault> {
    let address = Address::parse("postgres://lawtail:secret@localhost/crm?sslmode=disable")?;
    let mut connection = Connection::begin(&address, transport, "lawtail").await?;
    let (system, written) = identify(&mut connection).await?;
    let told = history(&mut connection, 2).await?;
    let known = Known { identifier: "7", timeline: 1, checkpoint: Checkpoint::default() };
    let _ = standing(&known, &system, written, told.as_deref());
    let (reader, _writer) =
        connection.stream("START_REPLICATION").await.map_err(|failure| failure.fault())?;
    let settings = SpoolSettings { folder: std::env::temp_dir(), memory_bytes: SPOOL_BYTES };
    let spool = Spool::new(&settings)?;
    let (status, _watched) = watch::channel(SourceStatus::default());
    let (questions, _backends) = Backends::new(CircuitBreaker::default());
    let mut stream =
        Stream::new(reader, Lsn::ZERO, spool, batcher, Arc::default(), &status, questions);
    loop {
        stream.run().await?;
    }
}

/// What the server says, and what it hears.
struct Server {
    said: Vec<u8>,
    at: usize,
    /// Where our random number is still to be repeated.
    nonce_at: Option<usize>,
    piece: usize,
    heard: Arc<Mutex<Vec<u8>>>,
    by_chance: Arc<AtomicBool>,
}

impl Server {
    /// Repeats our random number where it is to be repeated, once we have said it.
    fn repeat_nonce(&mut self) {
        let Some(place) = self.nonce_at.filter(|&place| self.at <= place) else { return };
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let said = heard.windows(2).rposition(|two| two == b"r=");
        let nonce = said.and_then(|at| heard.get(at + 2..at + 2 + NONCE.len()));
        if let Some(nonce) = nonce {
            self.said[place..place + NONCE.len()].copy_from_slice(nonce);
            self.nonce_at = None;
            self.by_chance.store(true, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.repeat_nonce();
        // Not before we have had the occasion to say it.
        let before = self.nonce_at.filter(|&place| self.at < place).unwrap_or(self.said.len());
        let end = before.min(self.at + self.piece.min(buffer.remaining()));
        buffer.put_slice(&self.said[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

/// What we say.
struct Client(Arc<Mutex<Vec<u8>>>);

impl AsyncWrite for Client {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
