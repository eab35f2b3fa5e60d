//! What was observed: an unbroken interval of the log.

use super::{Lsn, Timestamp};

/// An interval of the log that was read whole: every transaction that committed in it was decided.
/// What lies between two intervals is a [`Gap`](super::Gap) that was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its first byte.
    pub from: Lsn,
    /// The first byte after it; the next interval begins here unless there is a gap.
    pub to: Lsn,
    /// Stream time of the first transaction in it.
    pub since: Timestamp,
    /// Stream time of the last.
    pub until: Timestamp,
    /// Transactions that committed in it; those of copies do not count.
    pub transactions: u64,
    /// A chain of SHA-256 over the commit records: from 32 zero bytes on, each is the digest of the
    /// one before it, the position of the commit record and the first byte after it (eight bytes
    /// each), the transaction id (four) and the commit time in microseconds since the Unix epoch
    /// (eight), all with the big end first.
    pub digest: [u8; 32],
}
