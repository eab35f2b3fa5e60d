//! The three things the daemon needs from the world, and what each must promise.
//!
//! Each has a real implementation and one in memory that fails on purpose (`tests/simulation.rs`).

use std::collections::BTreeSet;
use std::future::Future;

use super::store::Identity;
use crate::engine::Checkpoint;
use crate::engine::state::{View, Writes};
use crate::model::{Batch, Fault, Lsn, TableName};
use crate::wire::{CloudEvent, Topic};

/// Where changes come from.
///
/// *Order*: events come in the order of the log, each transaction whole before the next begins.
///
/// *Repetition*: after a lost connection or a restart the source may hand over again anything
/// after the acknowledged position, with the same positions. It never skips silently: what cannot
/// be handed over arrives as [`Event::Gap`](crate::model::Event::Gap).
///
/// *Durability*: whoever asks for the next batch has made durable what was decided of the last.
///
/// *Faults*: the source mends what it can by itself (reconnecting with backoff). A fault it
/// returns is final.
pub trait Source: Send {
    /// The next events; waits until there are some. Must be safe to drop while waiting.
    fn next(&mut self) -> impl Future<Output = Result<Batch, Fault>> + Send;

    /// Everything below `position` may be forgotten by the server. Within a run positions never
    /// fall; one that the server has confirmed to an earlier run, or a repeated one, does nothing.
    /// Returns at once: the server is told from the source's own task, so
    /// that a slow publisher never looks like a dead connection.
    fn acknowledge(&self, position: Lsn);

    /// An alarm was raised of a transaction that is still open, which `xid` and its first position
    /// name. The source finds out whose it is and does about it what its circuit breaker is set
    /// to; what comes of it arrives as [`News`](crate::model::News). Returns at once.
    fn alarmed(&self, xid: u32, first: Lsn);

    /// The rows of these tables were not understood for a while and are again: the source brings them anew, as
    /// those of tables that join. Returns at once.
    fn copy_again(&self, _tables: &BTreeSet<TableName>) {}

    /// Bytes of log that the server keeps for us, as far as the source knows.
    fn retained_bytes(&self) -> u64;

    /// Timeline of the log whose events come, once that is known: it rises when a standby that holds
    /// all of it is promoted.
    fn timeline(&self) -> Option<u32> {
        None
    }
}

/// What one commit makes durable, all or nothing.
#[derive(Clone, Debug, Default)]
pub struct Commitment {
    /// Records of the engine.
    pub writes: Writes,
    /// Events for the outbox, in order.
    pub events: Vec<CloudEvent>,
    /// How far the stream has been decided.
    pub checkpoint: Checkpoint,
    /// Whose stream that was. Durable with the first commitment from another system, so that a
    /// crash in between cannot hide the gap.
    pub identity: Identity,
}

/// One event in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Number in the outbox, rising.
    pub number: u64,
    /// The last position that could be acknowledged before this event was decided. Until the event
    /// is delivered, nothing beyond it may be.
    pub before: Lsn,
    /// The event.
    pub event: CloudEvent,
}

/// Where state is kept.
///
/// *Durable* means: on disk, so that it is there after the machine loses power. When
/// [`Store::commit`] has returned, the whole commitment is durable; when it fails or the process
/// dies in it, either all of it is there afterwards or nothing.
pub trait Store: Send {
    /// What the engine reads: every commitment so far.
    fn view(&self) -> &dyn View;

    /// Makes a commitment durable.
    fn commit(&mut self, commitment: Commitment) -> Result<(), Fault>;

    /// The last committed checkpoint; `None` in a new store.
    fn checkpoint(&self) -> Result<Option<Checkpoint>, Fault>;

    /// Whose change stream has been followed; `None` in a new store.
    fn identity(&self) -> Result<Option<Identity>, Fault>;

    /// The last event of each topic's chain, as far as there is one.
    fn chain_heads(&self) -> Result<Vec<CloudEvent>, Fault>;

    /// The oldest undelivered events, in order, at most `limit`.
    fn outbox(&self, limit: usize) -> Result<Vec<Queued>, Fault>;

    /// Removes every event up to and including `number` from the outbox. On disk it is durable:
    /// Kafka's transactions tell repetitions of the last call from new events, and of no call before
    /// it. Where it is not, an event that comes back is published again with the same id.
    fn delivered(&mut self, number: u64) -> Result<(), Fault>;
}

/// Where events go.
///
/// *Durable* means: the receiver has confirmed it (Kafka: all in-sync replicas; file: written and
/// synced). *Order* within a topic is the order of the calls. *Repetition*: after a failure the
/// same events are published again; receivers recognise them by id.
pub trait Publisher: Send {
    /// Publishes events and returns once all are durable. After an error any of them may or may
    /// not be.
    fn publish(&mut self, events: &[CloudEvent]) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Topics of the events that could not be published for what they are, since it was asked last, and
    /// were put where they are kept and told of.
    fn set_aside(&mut self) -> Vec<Topic> {
        Vec::new()
    }
}
