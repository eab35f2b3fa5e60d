//! Turns the messages of one replication connection into the events of the model: gives every
//! change its position and the shape of its table.
//!
//! Committed transactions become events at once. Of a transaction that comes while it is still
//! open (`streamed`) the caller keeps the messages, because this layer has no disk; what is made of
//! them at once is news. When it commits, the caller gives them back in order, and the same
//! events come out that the server would have sent as a whole.
//!
//! *What cannot be read* must not stop everything behind it. A message within a transaction that
//! makes no sense, by itself or for its table, is left out, and the transaction's Commit is
//! followed by a gap that says so. A frame that makes no sense is final: which changes belong
//! together is then unknown.

mod shapes;
mod streamed;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bytes::Bytes;

use self::shapes::Shapes;
use self::streamed::{Replay, Streamed};
use super::pgoutput::{self, Emitted, Message};
use crate::model::{
    self, Begin, Change, Code, Commit, Event, Fault, Gap, GapCause, Lsn, Operation, Position,
    TableFacts, Timestamp,
};

/// Follows one replication connection.
///
/// Ordinals within a transaction are those of [`Position`]: Begin is 0, the first change 1,
/// `TRUNCATE` of several tables is one change for each, and Commit comes after the last change.
/// Messages that are not changes take no number, nor do changes that were rolled back.
///
/// A cell that an update left untouched stays [`Cell::Unchanged`](crate::model::Cell::Unchanged)
/// in the new row even when the whole old row was sent: that the value did not change is itself
/// something to know, and its content is then in the same column of the old row.
#[derive(Debug, Default)]
pub struct Assembler {
    /// As told outside of chunks, or by transactions that have committed.
    tables: Shapes,
    /// Descriptions received.
    told: u64,
    /// The transaction that has begun last, until its Commit.
    open: Option<Open>,
    /// Transactions that are still open on the server, by id.
    streamed: BTreeMap<u32, Streamed>,
    /// The transaction whose chunk is arriving.
    chunk: Option<u32>,
    /// End of the last transaction.
    end: Lsn,
    /// What the catalogue says about tables, by object identifier.
    facts: BTreeMap<u32, TableFacts>,
}

/// The transaction that has begun last.
#[derive(Debug)]
struct Open {
    /// The last that was given out.
    position: Position,
    /// Commit time.
    time: Timestamp,
    /// Whether a message of it could not be read.
    incomplete: bool,
    /// When it came in chunks: what was told with them.
    replay: Option<Replay>,
}

/// Where a message lies in the log and when the server sent it: the header of its `XLogData`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// WAL start.
    pub start: Lsn,
    /// The server's clock.
    pub time: Timestamp,
}

/// What the caller has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// A transaction is newly seen open; who has it open can still be asked.
    Ask {
        /// Top-level transaction.
        xid: u32,
    },
    /// Keep the payload, after those of the same transaction.
    Keep {
        /// Top-level transaction.
        xid: u32,
    },
    /// Drop what was kept of a transaction.
    Drop {
        /// Top-level transaction.
        xid: u32,
    },
    /// Give what was kept of a transaction to [`Assembler::replay`], payload by payload, then call
    /// [`Assembler::end_replay`].
    Replay {
        /// Top-level transaction.
        xid: u32,
    },
    /// Say that something could not be read and was left out; once per transaction.
    Say(Fault),
}

impl Assembler {
    /// For a connection that begins at `from`.
    pub fn new(from: Lsn) -> Self {
        Assembler { end: from, ..Assembler::default() }
    }

    /// Tables that are described from here on come with what the catalogue says about them.
    pub fn know(&mut self, facts: BTreeMap<u32, TableFacts>) {
        self.facts = facts;
    }

    /// A description with what the catalogue says of columns that it has.
    fn with_facts(&self, mut table: model::Table) -> model::Table {
        if let Some(facts) = self.facts.get(&table.oid) {
            table.facts = facts.clone();
            let model::Table { facts, columns, .. } = &mut table;
            facts.columns.retain(|name, _| columns.iter().any(|column| column.name == *name));
        }
        table
    }

    /// First byte after the last transaction, or where the connection begins.
    pub fn end(&self) -> Lsn {
        self.end
    }

    /// Whether a transaction or a chunk has begun and not ended, so that what the server says
    /// meanwhile lies in the middle of it.
    pub fn is_within(&self) -> bool {
        self.open.is_some() || self.chunk.is_some()
    }

    /// Takes the payload of the next message and appends the events it makes, which may be none.
    ///
    /// # Errors
    /// `WIR-001` when the frame is broken: bytes that are no message or a message that cannot stand
    /// here. Then nothing more may be taken.
    pub fn receive(
        &mut self,
        sent: Sent,
        payload: &Bytes,
        out: &mut Vec<Event>,
    ) -> Result<Then, Fault> {
        if let Some(xid) = self.chunk {
            return self.receive_streamed(xid, sent, payload, out);
        }
        let taken = pgoutput::decode(payload).and_then(|message| match message {
            Message::StreamStart { xid, first } => self.start_chunk(xid, first, sent),
            Message::StreamCommit { xid, commit, end, time } => {
                let begin = Begin { xid, commit, time, kind: model::TransactionKind::Live };
                self.begin_replay(begin, end, out)
            }
            Message::StreamAbort { xid, part, .. } => Ok(self.abort(xid, part, sent, out)),
            message => self.take(message, out).map(|()| Then::Nothing),
        });
        taken.or_else(|fault| self.leave_out(payload, 1, fault))
    }

    /// Takes the next message of a transaction in the order of commits.
    fn take(&mut self, message: Message, out: &mut Vec<Event>) -> Result<(), Fault> {
        match message {
            Message::Begin(begin) => self.begin(&begin, None, out),
            Message::Commit { commit, end, .. } => self.commit(commit, end, out),
            Message::Relation(table) => {
                self.describe(table.oid, Some(table));
                Ok(())
            }
            Message::Origin { .. } => {
                let prefix = model::Message::ORIGIN.to_owned();
                let said = model::Message { prefix, content: Bytes::new() };
                out.extend(self.open.is_some().then_some(Event::Message(said)));
                Ok(())
            }
            // Nothing in the engine asks for them yet.
            Message::Type { .. } => Ok(()),
            Message::Emitted(emitted) => {
                out.extend(self.message(emitted));
                Ok(())
            }
            message => changes(message, |kind, relation, what| {
                out.push(self.change(kind, relation, what)?);
                Ok(())
            }),
        }
    }

    fn begin(
        &mut self,
        begin: &Begin,
        replay: Option<Replay>,
        out: &mut Vec<Event>,
    ) -> Result<(), Fault> {
        if let Some(open) = &self.open {
            let cause = format!("Begin message within the transaction {}", open.position.commit);
            return Err(Fault::new(Code::WIR_001, cause));
        }
        let position = Position { commit: begin.commit, ordinal: 0 };
        self.open = Some(Open { position, time: begin.time, incomplete: false, replay });
        out.push(Event::Begin(begin.clone()));
        Ok(())
    }

    /// The gap comes with the Commit or not at all: whoever makes the one durable makes the other.
    fn commit(&mut self, commit: Lsn, end: Lsn, out: &mut Vec<Event>) -> Result<(), Fault> {
        let open = self.open.take().ok_or_else(|| outside("Commit"))?;
        let begun = open.position.commit;
        if begun != commit || end < commit {
            let cause =
                format!("Commit message of {commit} with the end {end} in the transaction {begun}");
            return Err(Fault::new(Code::WIR_001, cause));
        }
        out.push(Event::Commit(Commit { position: next(open.position), end }));
        if open.incomplete {
            let (from, cause) = (self.end, GapCause::Undecodable);
            out.push(Event::Gap(Gap { from, to: end, time: open.time, cause }));
        }
        self.end = end;
        if let Some(replay) = open.replay {
            self.tables.adopt(replay.streamed.shapes);
        }
        Ok(())
    }

    /// Messages of others, and those outside of a transaction, which nobody could take back, say
    /// nothing to us.
    fn message(&self, emitted: Emitted) -> Option<Event> {
        let addressed = emitted.transactional && emitted.prefix.starts_with(model::Message::PREFIX);
        let Emitted { prefix, content, .. } = emitted;
        (addressed && self.open.is_some())
            .then_some(Event::Message(model::Message { prefix, content }))
    }

    fn change(&mut self, kind: &str, relation: u32, what: Operation) -> Result<Event, Fault> {
        let open = self.open.as_mut().ok_or_else(|| outside(kind))?;
        let shapes = open.replay.as_ref().map_or(&self.tables, |replay| &replay.shapes);
        let table = shapes.table(kind, relation, &what)?.clone();
        open.position = next(open.position);
        Ok(Event::Change(Change { position: open.position, table, operation: what }))
    }

    fn describe(&mut self, oid: u32, table: Option<model::Table>) {
        self.told += 1;
        let table = table.map(|table| self.with_facts(table));
        let replay = self.open.as_mut().and_then(|open| open.replay.as_mut());
        let shapes = replay.map_or(&mut self.tables, |replay| &mut replay.shapes);
        shapes.describe(oid, table, self.told);
    }

    /// Leaves out a message of the open transaction. If it was to describe a table, at `body`
    /// within the payload, the table counts as not described from here on.
    fn leave_out(&mut self, payload: &Bytes, body: usize, fault: Fault) -> Result<Then, Fault> {
        if !is_part(payload) || self.open.is_none() {
            return Err(fault);
        }
        if payload[0] == b'R' {
            let Some(oid) = number(payload, body) else { return Err(fault) };
            self.describe(oid, None);
        }
        let said =
            self.open.as_mut().is_some_and(|open| std::mem::replace(&mut open.incomplete, true));
        Ok(if said { Then::Nothing } else { Then::Say(fault) })
    }
}

/// Calls `change` for every change that a message makes, with the message's kind, the table and
/// what happened.
///
/// # Errors
/// Those of `change`, and `WIR-001` when the message cannot stand here.
fn changes(
    message: Message,
    mut change: impl FnMut(&str, u32, Operation) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match message {
        Message::Insert { relation, new } => change("Insert", relation, Operation::Insert { new }),
        Message::Update { relation, old, new } => {
            change("Update", relation, Operation::Update { old, new })
        }
        Message::Delete { relation, old } => change("Delete", relation, Operation::Delete { old }),
        Message::Truncate { relations, .. } => relations
            .into_iter()
            .try_for_each(|relation| change("Truncate", relation, Operation::Truncate)),
        Message::BeginPrepare(_)
        | Message::Prepare(_)
        | Message::CommitPrepared(_)
        | Message::RollbackPrepared(_)
        | Message::StreamPrepare(_) => {
            let cause =
                "a message about a prepared transaction, though two_phase was not asked for";
            Err(Fault::new(Code::WIR_001, cause))
        }
        _ => Err(Fault::new(Code::WIR_001, "a message that cannot stand here")),
    }
}

/// Whether the payload is one of those that a transaction consists of, known or not. The others
/// make its frame.
fn is_part(payload: &[u8]) -> bool {
    payload.first().is_some_and(|tag| !b"BCSEcAbPKrp".contains(tag))
}

/// The number that a payload holds there.
fn number(payload: &[u8], at: usize) -> Option<u32> {
    payload.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}

/// The position after this one in the same transaction.
pub(super) fn next(position: Position) -> Position {
    Position { ordinal: position.ordinal + 1, ..position }
}

fn outside(kind: &str) -> Fault {
    Fault::new(Code::WIR_001, format!("{kind} message outside a transaction"))
}
