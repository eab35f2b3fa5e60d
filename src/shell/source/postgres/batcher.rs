//! Gathers events into batches: one hand-over per batch, never one per row.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use crate::model::{Batch, Code, Event, Fault, Lsn, News, limits};

/// What the source hands over.
pub(super) type Handover = Result<Batch, Fault>;

/// The batch being filled.
pub(super) struct Batcher {
    events: Vec<Event>,
    bytes: usize,
    sender: mpsc::Sender<Handover>,
    /// Nothing at or beyond this position is handed over.
    end: Option<Lsn>,
    reached: Arc<Notify>,
    told: Told,
}

/// Open transactions of which news has been handed over, and not their end: by id, with where they
/// were first seen.
#[derive(Default)]
struct Told {
    open: BTreeMap<u32, Lsn>,
    /// The transaction whose commit is being handed over.
    within: Option<u32>,
}

impl Told {
    fn note(&mut self, event: &Ended) {
        match *event {
            Ended::Not { xid, first } => drop(self.open.insert(xid, first)),
            Ended::Taken(xid) => drop(self.open.remove(&xid)),
            Ended::Begun(xid) => self.within = Some(xid),
            Ended::Committed => {
                let ended = self.within.take();
                ended.and_then(|xid| self.open.remove(&xid));
            }
        }
    }
}

/// What an event says of the end of an open transaction.
enum Ended {
    Not { xid: u32, first: Lsn },
    Taken(u32),
    Begun(u32),
    Committed,
}

impl Ended {
    fn of(event: &Event) -> Option<Ended> {
        match event {
            Event::Uncommitted(told) => Some(match told.news {
                News::Aborted | News::Lost => Ended::Taken(told.xid),
                _ => Ended::Not { xid: told.xid, first: told.first },
            }),
            Event::Begin(begin) => Some(Ended::Begun(begin.xid)),
            Event::Commit(_) => Some(Ended::Committed),
            _ => None,
        }
    }
}

impl Batcher {
    /// Empty.
    pub fn new(sender: mpsc::Sender<Handover>) -> Self {
        Batcher {
            events: Vec::new(),
            bytes: 0,
            sender,
            end: None,
            reached: Arc::default(),
            told: Told::default(),
        }
    }

    /// Ends at a position: what lies below it is handed over, what does not never is. When the
    /// first of that has come, the hand-over does not return any more; it is told here.
    pub fn end_at(&mut self, end: Option<Lsn>) -> Arc<Notify> {
        self.end = end;
        Arc::clone(&self.reached)
    }

    /// Where events go; tell [`Batcher::add_bytes`] what they hold.
    pub fn events(&mut self) -> &mut Vec<Event> {
        &mut self.events
    }

    /// Open transactions of which news has been handed over, and not their end: their ids, and where
    /// they were first seen.
    pub fn told_open(&self) -> impl Iterator<Item = (u32, Lsn)> {
        self.told.open.iter().map(|(&xid, &first)| (xid, first))
    }

    /// Counts content towards the limit.
    pub fn add_bytes(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Of two idle positions in a row only the later says anything.
    pub fn push_idle(&mut self, idle: crate::model::Idle) {
        if let Some(Event::Idle(last)) = self.events.last_mut() {
            *last = idle;
        } else {
            self.events.push(Event::Idle(idle));
        }
    }

    /// Whether the batch has to be handed over before more is added.
    pub fn is_full(&self) -> bool {
        self.events.len() >= limits::BATCH_EVENTS || self.bytes >= limits::BATCH_BYTES
    }

    /// Waits until the receiver has taken everything and has nothing to do next. A batch that is
    /// not wanted yet may as well grow: what a batch costs is shared by more events.
    pub async fn wanted(&self) {
        // An error means that nobody listens any more; handing over says so.
        let _ = self.sender.reserve_many(self.sender.max_capacity()).await;
    }

    /// Hands over what there is; waits while the receiver is behind. Dropped while waiting, the
    /// batch is lost, so only what may come again may be dropped.
    pub async fn hand_over(&mut self) -> Result<(), Fault> {
        let beyond = self.events.iter().position(|event| self.is_beyond(event));
        self.events.truncate(beyond.unwrap_or(self.events.len()));
        if !self.events.is_empty() {
            self.bytes = 0;
            let told: Vec<Ended> = self.events.iter().filter_map(Ended::of).collect();
            let batch = Batch { events: std::mem::take(&mut self.events) };
            let sent = self.sender.send(Ok(batch)).await;
            sent.map_err(|_| nobody())?;
            told.iter().for_each(|event| self.told.note(event));
        }
        if beyond.is_some() {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// Hands over what there is and waits until it is durable: whoever asks for the next batch has
    /// stored what came of the last ([`Source`](crate::shell::contract::Source)), so one that says
    /// nothing follows.
    pub async fn settle(&mut self) -> Result<(), Fault> {
        self.hand_over().await?;
        self.sender.send(Ok(Batch::default())).await.map_err(|_| nobody())?;
        let taken = self.sender.reserve_many(self.sender.max_capacity()).await;
        taken.map(drop).map_err(|_| nobody())
    }

    fn is_beyond(&self, event: &Event) -> bool {
        let Some(end) = self.end else { return false };
        match event {
            Event::Begin(begin) => begin.commit >= end,
            Event::Idle(idle) => idle.lsn >= end,
            _ => false,
        }
    }
}

fn nobody() -> Fault {
    Fault::new(Code::PG_008, "nobody takes the changes any more")
}
