//! The bodies of the topic `evidence`: what the chains say about themselves.

use serde::{Deserialize, Serialize};

use super::super::event::Topic;
use crate::model::Lsn;

/// One event of the topic `evidence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "statement", rename_all = "snake_case", deny_unknown_fields)]
pub enum Statement {
    /// What was published since the last one.
    Checkpoint {
        /// Root of the tree whose leaves are the roots of `chains`, in their order: the one value
        /// to keep elsewhere. Hexadecimal.
        root: String,
        /// The chains that have grown.
        chains: Vec<Section>,
    },
    /// An interval of the log that was read whole; see
    /// [`Observation`](crate::model::Observation).
    Observed {
        /// PostgreSQL's system identifier, decimal.
        system: String,
        /// Timeline of the log.
        timeline: u32,
        /// The slot that was read; null where there is none.
        slot: Option<String>,
        /// Digest of what the publication contained when lawtail connected, hexadecimal; null where
        /// there is none.
        publication: Option<String>,
        /// First byte.
        from: Lsn,
        /// First byte after it.
        to: Lsn,
        /// Stream time of the first transaction, RFC 3339.
        since: String,
        /// Stream time of the last.
        until: String,
        /// Transactions that committed in it.
        transactions: u64,
        /// Chain of digests over their commit records, hexadecimal.
        digest: String,
    },
    /// From the next event on another key signs.
    SigningKey {
        /// Its id.
        authority_uid: String,
        /// Its document in PEM.
        public_key: String,
        /// Id of the key that signed before; null when none did.
        previous_authority_uid: Option<String>,
    },
}

/// The part of a chain that a checkpoint covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The chain's topic, without prefix.
    pub topic: String,
    /// Sequence of the first event in it.
    pub first: u64,
    /// Sequence of the last.
    pub last: u64,
    /// Hash of the last, hexadecimal.
    pub head: String,
    /// Root of the Merkle tree over the hashes of its events, hexadecimal.
    pub root: String,
}

impl Section {
    /// The topic; `None` for a name that is none of ours.
    pub fn topic(&self) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.suffix() == self.topic)
    }

    /// How many events it has; `None` when its bounds are not in order.
    pub fn size(&self) -> Option<u64> {
        self.last.checked_sub(self.first)?.checked_add(1)
    }
}
