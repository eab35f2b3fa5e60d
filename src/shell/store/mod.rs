//! Where state is kept: on disk, and in memory under the same contract.

mod cipher;
mod creation;
mod faults;
mod fjall;
mod format;
mod memory;
mod trees;
mod upgrade;

pub use cipher::EncryptionKey;
pub use fjall::{FjallStore, StoreSettings};
pub use memory::MemoryStore;
pub use upgrade::rekey;

use serde::{Deserialize, Serialize};

/// Whose change stream the store has followed. Positions of another system, or of another
/// timeline of it, mean something else: following one of those is a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// PostgreSQL's system identifier, decimal, as `IDENTIFY_SYSTEM` tells it.
    pub system: String,
    /// Timeline.
    pub timeline: u32,
}

#[cfg(test)]
mod contract_tests;
