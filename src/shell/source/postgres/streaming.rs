//! The driver's part in streaming: what is asked for, and what runs beside the stream.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio::io::AsyncWrite;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::batcher::Batcher;
use super::connection::{Connection, Failure};
use super::control::Control;
use super::driver::{Driver, Session};
use super::feedback::{Feedback, stopped};
use super::frame::FrameReader;
use super::preflight::Server;
use super::slot::{self, SlotState};
use super::slot_watch::{Watched, watch_slot};
use super::spool::Spool;
use super::status::SourceStatus;
use super::stream::{CatchUp, Stream};
use crate::model::{Code, Fault, GapCause, Lsn, limits};

/// Messages and open transactions came with 14.
const STREAMING_VERSION: i32 = 140_000;

/// How long to wait for what the server still has to say: the reason of an end, or its goodbye.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why a stream has ended without a fault.
pub(super) enum Ended {
    /// We were told to stop.
    Stopped,
    /// The backlog has been worked off; everything below has been handed over.
    CaughtUp(Lsn),
    /// Everything below the position asked for has been handed over.
    Reached,
    /// Other tables are published now, or are to be copied anew.
    Published,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    /// Transactions that have ended, of a server that has nothing else.
    Oldest,
    /// Transactions that have ended, until a backlog has been worked off.
    Ended,
    /// Transactions as soon as they have changed something.
    Open,
}

impl Driver {
    /// Streams until something goes wrong, until told to stop, until a backlog has been worked off,
    /// until other tables are published or to be copied, or until everything below `until` has come.
    pub(super) async fn stream(
        &mut self,
        session: Session,
        from: Lsn,
        until: Option<Lsn>,
    ) -> Result<Ended, Fault> {
        let Session { replication, mut control, server, published, .. } = session;
        let name = &self.settings.slot;
        let asking = self.asking(&control, &server, from).await?;
        let (reader, writer) = self.begin(replication, from, server.version, asking).await?;
        // Asked for less than has been confirmed, the server starts at what was confirmed and
        // says nothing. Only now, with the slot in our hands, can it no longer change.
        let slot = slot::look(&control, name, server.version).await?;
        let confirmed = slot.map_or(Lsn(u64::MAX), |slot| slot.confirmed);
        if confirmed > from {
            self.progress.gap = Some((GapCause::SlotAdvanced, from));
            return Err(Fault::new(Code::PG_008, "the slot stands beyond the checkpoint"));
        }
        let received = Arc::new(AtomicU64::new(from.0));
        let (leave, leaving) = watch::channel(false);
        let mut feedback = JoinSet::new();
        let told = Feedback { confirmed, ..self.feedback(writer, &received, leaving, &server) };
        feedback.spawn(told.run());
        // On the way to a snapshot there is an end already.
        let catch_up = (asking == Asking::Ended && until.is_none())
            .then(|| CatchUp { left: self.settings.catch_up_bytes / 4, done: leave.clone() });
        let mut batcher = Batcher::new(self.events.clone());
        let reached = batcher.end_at(until);
        let spool = Spool::new(&self.settings.spool)?;
        let furthest = Arc::clone(&received);
        let questions = self.questions.clone();
        let mut stream =
            Stream::new(reader, from, spool, &mut batcher, received, &self.status, questions)
                .catching_up(catch_up)
                .knowing(&published.tables);
        self.has_streamed = true;
        tracing::info!(slot = name, %from, open_transactions = asking == Asking::Open, "streaming");
        self.status.send_modify(|status| {
            (status.streaming, status.fault) = (true, None);
            status.catching_up = asking == Asking::Ended;
        });
        let looks = Mutex::new(self.progress.looks);
        let watched = Watched {
            slot: name,
            publication: &self.settings.publication,
            version: server.version,
            memberships: &self.progress.memberships,
            looks: &looks,
            look_again: self.progress.join_again,
        };
        let mut again = None;
        let answering = self.backends.run(control.asker(), self.events.clone());
        let ended = tokio::select! {
            never = answering => match never {},
            caught_up = stream.run() => caught_up.map(Ended::CaughtUp),
            () = reached.notified() => Ok(Ended::Reached),
            Some(tables) = self.to_copy.recv(), if until.is_none() => {
                again = Some(tables);
                Ok(Ended::Published)
            }
            watched = watch_slot(&mut control, &watched, &self.status) => {
                watched.map(|()| Ended::Published)
            }
            told = told_to_stop(&mut feedback, self.stop.clone()) => match told {
                // The server's own words, if there are any, say more.
                Err(fault) => Err(timeout(LAST_WORDS, stream.last_words()).await.unwrap_or(fault)),
                Ok(()) => {
                    let _ = timeout(LAST_WORDS, stream.drain()).await;
                    Ok(Ended::Stopped)
                }
            },
        };
        self.lost = stream.lost();
        self.progress.looks = looks.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(left_out) = stream.left_out_from() {
            self.progress.gap = Some((GapCause::PublicationMissing, left_out));
        }
        again.iter().for_each(|tables| self.copy_anew(tables));
        self.progress.reached = Lsn(furthest.load(Ordering::Relaxed));
        ended
    }

    /// What to ask for, by how far the stream begins behind the end of the log.
    async fn asking(&self, control: &Control, server: &Server, from: Lsn) -> Result<Asking, Fault> {
        if server.version < STREAMING_VERSION {
            return Ok(Asking::Oldest);
        }
        let Some(slot) = slot::look(control, &self.settings.slot, server.version).await? else {
            return Err(Fault::new(Code::PG_008, "the slot is gone"));
        };
        note(&self.status, &slot);
        let behind = slot.flushed.lsn.0.saturating_sub(from.0);
        Ok(match behind > self.settings.catch_up_bytes {
            true => Asking::Ended,
            false => Asking::Open,
        })
    }

    async fn begin(
        &self,
        mut replication: Connection,
        from: Lsn,
        version: i32,
        asking: Asking,
    ) -> Result<(FrameReader, Box<dyn AsyncWrite + Send + Unpin>), Fault> {
        let command = self.start_command(from, version, asking);
        let begun = async {
            if asking == Asking::Open {
                let memory = limits::DECODING_MEMORY;
                let setting = format!("SET logical_decoding_work_mem = '{memory}'");
                replication.query(&setting).await?;
            }
            replication.stream(&command).await
        };
        match timeout(limits::SILENCE_TIMEOUT, begun).await {
            Ok(started) => started.map_err(start_fault),
            Err(_) => Err(Fault::new(Code::PG_008, "the server does not begin to stream")),
        }
    }

    /// The newest protocol that the server speaks (PostgreSQL manual, "Logical Streaming
    /// Replication Parameters"). `parallel` differs from `on` in what a rollback says.
    fn start_command(&self, from: Lsn, version: i32, asking: Asking) -> String {
        let slot = escape_identifier(&self.settings.slot);
        let publications = escape_literal(&escape_identifier(&self.settings.publication));
        let (protocol, streaming) = match version {
            160_000.. => (4, "parallel"),
            150_000..160_000 => (3, "on"),
            STREAMING_VERSION..150_000 => (2, "on"),
            _ => (1, "off"),
        };
        let more = match asking {
            Asking::Oldest => String::new(),
            Asking::Ended => ", messages 'true'".to_owned(),
            Asking::Open => format!(", messages 'true', streaming '{streaming}'"),
        };
        format!(
            "START_REPLICATION SLOT {slot} LOGICAL {from} \
             (proto_version '{protocol}', publication_names {publications}{more})"
        )
    }

    fn feedback(
        &self,
        writer: Box<dyn AsyncWrite + Send + Unpin>,
        received: &Arc<AtomicU64>,
        leave: watch::Receiver<bool>,
        server: &Server,
    ) -> Feedback {
        let patience = server.sender_timeout.map_or(limits::FEEDBACK_INTERVAL, |t| t / 3);
        Feedback {
            writer,
            received: received.clone(),
            confirmed: Lsn::ZERO,
            acknowledged: self.acknowledged.clone(),
            stop: self.stop.clone(),
            leave,
            every: limits::FEEDBACK_INTERVAL.min(patience),
        }
    }
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

/// Waits until the feedback has ended because it was told to stop, or with a fault. That it has
/// left is not the end: the stream has still to be read to where the server ends it.
async fn told_to_stop(
    feedback: &mut JoinSet<Result<(), Fault>>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Fault> {
    if let Some(Ok(Err(fault))) = feedback.join_next().await {
        return Err(fault);
    }
    stopped(&mut stop).await;
    Ok(())
}

fn note(status: &watch::Sender<SourceStatus>, slot: &SlotState) {
    status.send_modify(|status| {
        status.confirmed = slot.confirmed;
        status.retained_bytes = slot.retained_bytes;
        status.flushed = Some(slot.flushed);
        status.slot = Some(slot.health.clone());
    });
}
