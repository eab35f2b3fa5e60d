//! What the source hands over: events in the order of the log, in batches.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{CopyNews, Interruption, Lsn, Position, Row, Table, Timestamp};

/// How a transaction came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// A commit in the log.
    Live,
    /// The rows that were there before the first position of the slot, read from its exported
    /// snapshot. They take the same road as one large transaction just below that position.
    InitialCopy,
    /// The rows of tables that joined later, as they stood at the position just above: one
    /// transaction that replaces what was known of these tables.
    TableCopy,
}

impl TransactionKind {
    /// Whether it is of rows that were there before, and not of something that happened.
    pub fn is_copy(self) -> bool {
        self != TransactionKind::Live
    }
}

/// A transaction begins. Only committed transactions are decided, so commit LSN and time are
/// known from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Transaction id; 0 for a copy.
    pub xid: u32,
    /// LSN of the commit record.
    pub commit: Lsn,
    /// Commit time by the server's clock.
    pub time: Timestamp,
    /// How it came.
    pub kind: TransactionKind,
}

/// The old version of an updated or deleted row, as far as the replica identity sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OldRow {
    /// Nothing was sent: the identity columns did not change.
    Absent,
    /// Only the columns of the replica identity are known; the others read as null and are not.
    Key(Row),
    /// The whole old row.
    Full(Row),
}

impl OldRow {
    /// The whole old row, when it was sent.
    pub fn full(&self) -> Option<&Row> {
        match self {
            OldRow::Full(row) => Some(row),
            OldRow::Absent | OldRow::Key(_) => None,
        }
    }

    /// Whatever was sent; enough to name the row.
    pub fn identity(&self) -> Option<&Row> {
        match self {
            OldRow::Full(row) | OldRow::Key(row) => Some(row),
            OldRow::Absent => None,
        }
    }
}

/// What happened to a row, or to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A row was inserted, or found by the initial copy.
    Insert {
        /// The row.
        new: Row,
    },
    /// A row was updated.
    Update {
        /// Before.
        old: OldRow,
        /// After.
        new: Row,
    },
    /// A row was deleted.
    Delete {
        /// Before.
        old: OldRow,
    },
    /// The table was emptied: no rows, no subjects, no count are known. One per table.
    Truncate,
}

/// The kind of an [`Operation`], for labels and counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// See [`Operation::Insert`].
    Insert,
    /// See [`Operation::Update`].
    Update,
    /// See [`Operation::Delete`].
    Delete,
    /// See [`Operation::Truncate`].
    Truncate,
}

impl OperationKind {
    /// The name used in metrics, events and policies.
    pub fn name(self) -> &'static str {
        match self {
            OperationKind::Insert => "insert",
            OperationKind::Update => "update",
            OperationKind::Delete => "delete",
            OperationKind::Truncate => "truncate",
        }
    }
}

impl Operation {
    /// Its kind.
    pub fn kind(&self) -> OperationKind {
        match self {
            Operation::Insert { .. } => OperationKind::Insert,
            Operation::Update { .. } => OperationKind::Update,
            Operation::Delete { .. } => OperationKind::Delete,
            Operation::Truncate => OperationKind::Truncate,
        }
    }

    /// The row after the change.
    pub fn new_row(&self) -> Option<&Row> {
        match self {
            Operation::Insert { new } | Operation::Update { new, .. } => Some(new),
            Operation::Delete { .. } | Operation::Truncate => None,
        }
    }

    /// The row before the change, as far as it was sent.
    pub fn old_row(&self) -> Option<&OldRow> {
        match self {
            Operation::Update { old, .. } | Operation::Delete { old } => Some(old),
            Operation::Insert { .. } | Operation::Truncate => None,
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place.
    pub position: Position,
    /// The table, in the shape it had.
    pub table: Arc<Table>,
    /// What happened.
    pub operation: Operation,
}

/// A transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// After the transaction's last change.
    pub position: Position,
    /// First byte after the commit record: what may be acknowledged once everything up to here
    /// is durable and delivered.
    pub end: Lsn,
}

/// The server has nothing to send up to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Everything below has been sent.
    pub lsn: Lsn,
    /// The server's clock.
    pub time: Timestamp,
}

/// Something was not seen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// Last position that was seen for certain.
    pub from: Lsn,
    /// First position that is seen again.
    pub to: Lsn,
    /// The server's time when it was noticed.
    pub time: Timestamp,
    /// Why.
    pub cause: GapCause,
}

/// Why a part of the stream was not seen.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum GapCause {
    /// The replication slot no longer exists, or does not exist yet in another log.
    SlotMissing,
    /// The slot stands beyond our checkpoint: somebody else consumed or recreated it.
    SlotAdvanced,
    /// The server invalidated the slot.
    SlotLost,
    /// Another cluster: the system identifier differs from the one in the store.
    SystemChanged,
    /// A message of the last transaction could not be read and was left out.
    Undecodable,
    /// The same cluster, whose log no longer holds all that was seen: a restored backup, or a
    /// promoted standby that had not received everything.
    Restored,
    /// A copy was interrupted. Of the rows it had not read by then, those that were changed in
    /// this part of the stream are known only from there.
    CopyInterrupted,
    /// A table has left the publication.
    TableUnpublished,
    /// Of this part of the log the server says that the publication did not exist then.
    PublicationMissing,
    /// A table lost the shape in which the policies read it.
    TableUnfit,
}

impl GapCause {
    /// Every cause.
    pub const ALL: [GapCause; 10] = [
        GapCause::SlotMissing,
        GapCause::SlotAdvanced,
        GapCause::SlotLost,
        GapCause::SystemChanged,
        GapCause::Undecodable,
        GapCause::Restored,
        GapCause::CopyInterrupted,
        GapCause::TableUnpublished,
        GapCause::PublicationMissing,
        GapCause::TableUnfit,
    ];

    /// Whether the stream itself has broken off: what comes after does not follow on what came
    /// before.
    pub fn breaks_off(self) -> bool {
        !matches!(
            self,
            GapCause::CopyInterrupted | GapCause::TableUnpublished | GapCause::TableUnfit
        )
    }

    /// Whether what comes after lies in another log, whose positions cannot be compared with those
    /// that came before.
    pub fn leads_to_another_log(self) -> bool {
        matches!(self, GapCause::SystemChanged | GapCause::Restored)
    }

    /// The name used in events and metrics.
    pub fn name(self) -> &'static str {
        match self {
            GapCause::SlotMissing => "slot_missing",
            GapCause::SlotAdvanced => "slot_advanced",
            GapCause::SlotLost => "slot_lost",
            GapCause::SystemChanged => "system_changed",
            GapCause::Undecodable => "undecodable",
            GapCause::Restored => "restored",
            GapCause::CopyInterrupted => "copy_interrupted",
            GapCause::TableUnpublished => "table_unpublished",
            GapCause::PublicationMissing => "publication_missing",
            GapCause::TableUnfit => "table_unfit",
        }
    }
}

/// What an application wrote into its own transaction with `pg_logical_emit_message`, addressed to
/// us: its prefix begins with [`Message::PREFIX`]. Handed over within its transaction, at its place
/// among the changes; it has no position of its own, and may come again with its transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What the message is about, with [`Message::PREFIX`].
    pub prefix: String,
    /// Its content: anything, so possibly personal.
    pub content: Bytes,
}

impl Message {
    /// Messages with other prefixes are somebody else's.
    pub const PREFIX: &str = "lawtail.";

    /// Prefix of a message whose content names who is behind the changes that follow in its
    /// transaction.
    pub const ACTOR: &str = "lawtail.actor";

    /// Prefix of a message that reports a schema change (`deploy/sql/event-triggers.sql`).
    pub const SCHEMA: &str = "lawtail.ddl";

    /// Prefix of a message that declares work of the transaction (docs/detection.md).
    pub const MAINTENANCE: &str = "lawtail.maintenance";

    /// What the server itself says of a transaction: it was applied here by replication from
    /// elsewhere. No application can send it, since what they send begins with
    /// [`Message::PREFIX`].
    pub const ORIGIN: &str = "origin";
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("prefix_bytes", &self.prefix.len())
            .field("content_bytes", &self.content.len())
            .finish()
    }
}

/// News of a transaction that is still open, so that an alarm need not wait for its commit.
///
/// It has no position, may be repeated after a lost connection, and takes no part in what is
/// decided: a transaction that commits is handed over whole afterwards, from [`Begin`] to
/// [`Commit`] with the same `xid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncommitted {
    /// Id of the top-level transaction.
    pub xid: u32,
    /// Where its first change lies in the log. With `xid` it names the transaction for good.
    pub first: Lsn,
    /// The server's clock when it sent this.
    pub time: Timestamp,
    /// What is new.
    pub news: News,
}

/// What is new of an open transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A row was changed.
    Change {
        /// Id of the subtransaction, or of the transaction itself.
        part: u32,
        /// The table, in the shape it has in that transaction.
        table: Arc<Table>,
        /// What happened.
        operation: Operation,
    },
    /// Whose transaction it is.
    Backend(Backend),
    /// A subtransaction was rolled back: its changes do not count.
    Undone {
        /// Its id.
        part: u32,
    },
    /// The transaction was rolled back.
    Aborted,
    /// What the circuit breaker did about it.
    Interrupted(Interruption),
    /// The connection on which it was followed has ended: if it goes on, it is told again from its
    /// beginning.
    Lost,
}

/// Who has a transaction open (PostgreSQL manual, `pg_stat_activity`). Accounts, programs and
/// addresses of those who work on the database, not of the people in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backend {
    /// Process id.
    pub pid: i32,
    /// Database role.
    pub user: String,
    /// `application_name`.
    pub application: String,
    /// Address of the client; empty for a Unix socket.
    pub address: String,
}

/// One thing in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A transaction begins.
    Begin(Begin),
    /// A change of the transaction that began last.
    Change(Change),
    /// That transaction ends.
    Commit(Commit),
    /// Nothing to see up to here.
    Idle(Idle),
    /// A part was not seen.
    Gap(Gap),
    /// Something an application says about its transaction.
    Message(Message),
    /// News of an open transaction.
    Uncommitted(Uncommitted),
    /// What a copy says of itself.
    Copy(CopyNews),
}

/// Events in log order. A batch may end anywhere, also within a transaction: what was decided of
/// its first part is durable, and a replay skips up to the checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The events.
    pub events: Vec<Event>,
}
