//! Gathers events into batches: one hand-over per batch, never one per row.

use tokio::sync::mpsc;

use crate::model::{Batch, Code, Event, Fault, limits};

/// What the source hands over.
pub(super) type Handover = Result<Batch, Fault>;

/// The batch being filled.
pub(super) struct Batcher {
    events: Vec<Event>,
    bytes: usize,
    sender: mpsc::Sender<Handover>,
}

impl Batcher {
    /// Empty.
    pub fn new(sender: mpsc::Sender<Handover>) -> Self {
        Batcher { events: Vec::new(), bytes: 0, sender }
    }

    /// Where events go; tell [`Batcher::add_bytes`] what they hold.
    pub fn events(&mut self) -> &mut Vec<Event> {
        &mut self.events
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
        if self.events.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let batch = Batch { events: std::mem::take(&mut self.events) };
        let sent = self.sender.send(Ok(batch)).await;
        sent.map_err(|_| Fault::new(Code::PG_008, "nobody takes the changes any more"))
    }
}
