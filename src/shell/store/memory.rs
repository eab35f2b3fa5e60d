//! The store's contract in memory: for commands that keep nothing, and for the fault simulation.

use std::collections::BTreeMap;

use super::Identity;
use crate::engine::Checkpoint;
use crate::engine::state::View;
use crate::model::{Fault, Lsn};
use crate::shell::contract::{Commitment, Queued, Store};
use crate::wire::{CloudEvent, Topic};

/// A store in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    durable: Durable,
    /// Number of the last event that was delivered; durable with the next commitment.
    delivered: u64,
}

/// What a crash leaves.
#[derive(Clone, Debug, Default)]
struct Durable {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    outbox: BTreeMap<u64, Queued>,
    last: u64,
    delivered: u64,
    heads: BTreeMap<Topic, CloudEvent>,
    checkpoint: Option<Checkpoint>,
    identity: Option<Identity>,
}

impl MemoryStore {
    /// What a process that starts after a crash finds: every commitment, and of the deliveries
    /// only those before the last commitment.
    pub fn after_crash(&self) -> MemoryStore {
        MemoryStore { durable: self.durable.clone(), delivered: self.durable.delivered }
    }
}

impl Store for MemoryStore {
    fn view(&self) -> &dyn View {
        &self.durable.records
    }

    fn commit(&mut self, commitment: Commitment) -> Result<(), Fault> {
        let durable = &mut self.durable;
        for (key, value) in commitment.writes {
            match value {
                Some(value) => durable.records.insert(key, value),
                None => durable.records.remove(&key),
            };
        }
        durable.delivered = self.delivered;
        durable.outbox = durable.outbox.split_off(&(self.delivered + 1));
        let before = durable.checkpoint.map_or(Lsn::ZERO, |checkpoint| checkpoint.end);
        for event in commitment.events {
            durable.last += 1;
            durable.heads.insert(event.topic, event.clone());
            let queued = Queued { number: durable.last, before, event };
            durable.outbox.insert(durable.last, queued);
        }
        durable.checkpoint = Some(commitment.checkpoint);
        durable.identity = Some(commitment.identity);
        Ok(())
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        Ok(self.durable.checkpoint)
    }

    fn identity(&self) -> Result<Option<Identity>, Fault> {
        Ok(self.durable.identity.clone())
    }

    fn chain_heads(&self) -> Result<Vec<CloudEvent>, Fault> {
        Ok(self.durable.heads.values().cloned().collect())
    }

    fn outbox(&self, limit: usize) -> Result<Vec<Queued>, Fault> {
        let undelivered = self.durable.outbox.range(self.delivered + 1..);
        Ok(undelivered.take(limit).map(|(_, queued)| queued.clone()).collect())
    }

    fn delivered(&mut self, number: u64) -> Result<(), Fault> {
        self.delivered = self.delivered.max(number.min(self.durable.last));
        Ok(())
    }
}
