//! Decodes the messages of PostgreSQL's `pgoutput` plugin, protocol versions 1 to 4 (PostgreSQL
//! manual, "Logical Replication Message Formats").
//!
//! A row is a slice of the message it came in: one allocation per tuple says where its cells lie,
//! and no content is copied. Whatever the server sends, decoding ends in a [`Message`] or a
//! [`Fault`] `WIR-001` that names the kind of message, the byte and what was expected there, never
//! what stood there. Memory stays proportional to the bytes received, whatever counts they claim.
//!
//! A transaction that is still open comes in chunks, between [`Message::StreamStart`] and
//! [`Message::StreamStop`]. Within a chunk a message also says which part of the transaction it
//! belongs to, so the reader has to know where it is: [`decode`] outside, [`decode_streamed`]
//! within.

#[cfg(test)]
pub(crate) mod encode;
mod open;
mod reader;
#[cfg(test)]
pub(crate) mod tests;
mod tuple;

use std::fmt;

use bytes::Bytes;

use crate::model::{
    Begin, Column, Fault, Lsn, OldRow, ReplicaIdentity, Row, Table, TableFacts, TableName,
    Timestamp, TransactionKind,
};
pub use open::{Prepared, RolledBack};
use reader::Reader;
use tuple::{old_row, row};

/// One message of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A committed transaction begins.
    Begin(Begin),
    /// It ends.
    Commit {
        /// LSN of the commit record, the same as in its [`Message::Begin`].
        commit: Lsn,
        /// First byte after the commit record.
        end: Lsn,
        /// Commit time by the server's clock.
        time: Timestamp,
    },
    /// The transaction was itself replicated, from elsewhere.
    Origin {
        /// LSN of the commit on the server of origin.
        commit: Lsn,
        /// Name of the replication origin.
        name: String,
    },
    /// The shape of a table, sent before its first change and after every change of shape.
    Relation(Table),
    /// The name of a type that is not built in.
    Type {
        /// Object identifier in `pg_type`.
        oid: u32,
        /// Schema.
        schema: String,
        /// Name.
        name: String,
    },
    /// A row was inserted.
    Insert {
        /// Object identifier of the table.
        relation: u32,
        /// The row.
        new: Row,
    },
    /// A row was updated.
    Update {
        /// Object identifier of the table.
        relation: u32,
        /// Before, as far as the replica identity sends it.
        old: OldRow,
        /// After.
        new: Row,
    },
    /// A row was deleted.
    Delete {
        /// Object identifier of the table.
        relation: u32,
        /// Before: the key or the whole row, never absent.
        old: OldRow,
    },
    /// Tables were emptied together.
    Truncate {
        /// Object identifiers of the tables.
        relations: Vec<u32>,
        /// Whether it was `TRUNCATE … CASCADE`.
        cascade: bool,
        /// Whether it was `TRUNCATE … RESTART IDENTITY`.
        restart_identity: bool,
    },
    /// Something an application wrote into the log.
    Emitted(Emitted),
    /// A chunk of an open transaction begins.
    StreamStart {
        /// Top-level transaction.
        xid: u32,
        /// Whether it is the transaction's first chunk.
        first: bool,
    },
    /// The chunk ends.
    StreamStop,
    /// A transaction that came in chunks has committed.
    StreamCommit {
        /// Top-level transaction.
        xid: u32,
        /// LSN of the commit record.
        commit: Lsn,
        /// First byte after the commit record.
        end: Lsn,
        /// Commit time by the server's clock.
        time: Timestamp,
    },
    /// A transaction that came in chunks, or a part of it, was rolled back.
    StreamAbort {
        /// Top-level transaction.
        xid: u32,
        /// The subtransaction, or the top-level transaction itself.
        part: u32,
        /// Where and when; told only by `streaming 'parallel'`, and zero after a server crash.
        abort: Option<(Lsn, Timestamp)>,
    },
    /// A prepared transaction begins.
    BeginPrepare(Prepared),
    /// It ends, prepared.
    Prepare(Prepared),
    /// A prepared transaction was committed.
    CommitPrepared(Prepared),
    /// A prepared transaction was rolled back.
    RollbackPrepared(RolledBack),
    /// A transaction that came in chunks was prepared.
    StreamPrepare(Prepared),
}

/// What an application wrote with `pg_logical_emit_message`.
#[derive(Clone, PartialEq, Eq)]
pub struct Emitted {
    /// Whether it belongs to the transaction around it; otherwise it was sent at once, whether or
    /// not that transaction commits.
    pub transactional: bool,
    /// Its place in the log.
    pub lsn: Lsn,
    /// The prefix by which applications know their own messages.
    pub prefix: String,
    /// The content: anything, so possibly personal.
    pub content: Bytes,
}

impl fmt::Debug for Emitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitted")
            .field("transactional", &self.transactional)
            .field("lsn", &self.lsn)
            .field("prefix_bytes", &self.prefix.len())
            .field("content_bytes", &self.content.len())
            .finish()
    }
}

/// Decodes one message outside a chunk: the payload of one `XLogData`, without its header.
///
/// # Errors
/// `WIR-001` when the payload is not exactly one message with cells in text format.
pub fn decode(payload: &Bytes) -> Result<Message, Fault> {
    let (mut reader, tag) = Reader::open(payload)?;
    let message = match tag {
        b'B' => begin(&mut reader)?,
        b'C' => commit(&mut reader)?,
        b'O' => origin(&mut reader)?,
        b'S' => open::start(&mut reader)?,
        b'E' => Message::StreamStop,
        b'c' => open::commit(&mut reader)?,
        b'A' => open::abort(&mut reader)?,
        b'b' => Message::BeginPrepare(open::prepared(&mut reader)?),
        b'P' => Message::Prepare(open::flagged(&mut reader)?),
        b'K' => Message::CommitPrepared(open::flagged(&mut reader)?),
        b'r' => Message::RollbackPrepared(open::rolled_back(&mut reader)?),
        b'p' => Message::StreamPrepare(open::flagged(&mut reader)?),
        _ => part(&mut reader, tag)?,
    };
    reader.finish()?;
    Ok(message)
}

/// Decodes one message within a chunk, with the subtransaction that it belongs to, or the
/// top-level transaction itself. The chunk's end and an origin belong to none.
///
/// # Errors
/// `WIR-001` as [`decode`], and when the message cannot stand within a chunk.
pub fn decode_streamed(payload: &Bytes) -> Result<(Option<u32>, Message), Fault> {
    let (mut reader, tag) = Reader::open(payload)?;
    let decoded = match tag {
        b'E' => (None, Message::StreamStop),
        b'O' => (None, origin(&mut reader)?),
        b'B' | b'C' | b'S' | b'c' | b'A' | b'b' | b'P' | b'K' | b'r' | b'p' => {
            return Err(reader.misplaced());
        }
        _ => (Some(reader.u32()?), part(&mut reader, tag)?),
    };
    reader.finish()?;
    Ok(decoded)
}

/// What a transaction consists of.
fn part(reader: &mut Reader<'_>, tag: u8) -> Result<Message, Fault> {
    match tag {
        b'D' => Ok(Message::Delete { relation: reader.u32()?, old: deleted_row(reader)? }),
        b'I' => Ok(Message::Insert { relation: reader.u32()?, new: new_row(reader)? }),
        b'M' => emitted(reader),
        b'R' => relation(reader),
        b'T' => truncate(reader),
        b'U' => update(reader),
        b'Y' => data_type(reader),
        _ => Err(reader.unknown_tag(tag)),
    }
}

fn origin(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    Ok(Message::Origin { commit: reader.lsn()?, name: reader.text()?.to_owned() })
}

fn begin(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    Ok(Message::Begin(Begin {
        commit: reader.lsn()?,
        time: reader.time()?,
        xid: reader.u32()?,
        kind: TransactionKind::Live,
    }))
}

fn commit(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    reader.no_flags()?;
    Ok(Message::Commit { commit: reader.lsn()?, end: reader.lsn()?, time: reader.time()? })
}

fn emitted(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    Ok(Message::Emitted(Emitted {
        transactional: reader.flag()?,
        lsn: reader.lsn()?,
        prefix: reader.text()?.to_owned(),
        content: reader.content().map(|range| reader.slice(range))?,
    }))
}

fn relation(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    let oid = reader.u32()?;
    let schema = schema(reader)?;
    let name = reader.text()?.to_owned();
    let replica_identity = reader.one_of("a replica identity d, n, f or i", |tag| match tag {
        b'd' => Some(ReplicaIdentity::Default),
        b'n' => Some(ReplicaIdentity::Nothing),
        b'f' => Some(ReplicaIdentity::Full),
        b'i' => Some(ReplicaIdentity::Index),
        _ => None,
    })?;
    // A column takes at least ten bytes: flags, the end of its name, type, modifier.
    let count = reader.u16()?.into();
    let columns = reader.list(count, 10, "columns", column)?;
    Ok(Message::Relation(Table {
        oid,
        name: TableName::new(schema, name),
        replica_identity,
        columns,
        facts: TableFacts::default(),
    }))
}

fn column(reader: &mut Reader<'_>) -> Result<Column, Fault> {
    let key = reader.flag()?;
    let name = reader.text()?.to_owned();
    let type_oid = reader.u32()?;
    let _modifier = reader.u32()?;
    Ok(Column { name, type_oid, key })
}

/// The protocol abbreviates `pg_catalog` to nothing.
fn schema(reader: &mut Reader<'_>) -> Result<String, Fault> {
    let name = reader.text()?;
    Ok(if name.is_empty() { "pg_catalog" } else { name }.to_owned())
}

fn data_type(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    Ok(Message::Type {
        oid: reader.u32()?,
        schema: schema(reader)?,
        name: reader.text()?.to_owned(),
    })
}

fn truncate(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    let count = reader.u32()? as usize;
    let options = reader.one_of("options 0 to 3", |options| (options <= 3).then_some(options))?;
    Ok(Message::Truncate {
        relations: reader.list(count, 4, "tables", Reader::u32)?,
        cascade: options & 1 != 0,
        restart_identity: options & 2 != 0,
    })
}

fn new_row(reader: &mut Reader<'_>) -> Result<Row, Fault> {
    reader.one_of("a new row N", |tag| (tag == b'N').then_some(()))?;
    row(reader)
}

fn deleted_row(reader: &mut Reader<'_>) -> Result<OldRow, Fault> {
    let tag =
        reader.one_of("an old row K or O", |tag| matches!(tag, b'K' | b'O').then_some(tag))?;
    old_row(reader, tag)
}

fn update(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    let relation = reader.u32()?;
    let tag = reader.one_of("an old row K or O, or a new row N", |tag| {
        matches!(tag, b'K' | b'O' | b'N').then_some(tag)
    })?;
    if tag == b'N' {
        return Ok(Message::Update { relation, old: OldRow::Absent, new: row(reader)? });
    }
    Ok(Message::Update { relation, old: old_row(reader, tag)?, new: new_row(reader)? })
}
