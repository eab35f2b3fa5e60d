//! Transactions that come while they are still open.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::{Assembler, Sent, Shapes, Then, changes, is_part, number};
use crate::model::{Begin, Code, Event, Fault, Lsn, News, Timestamp, Uncommitted};
use crate::wire::pgoutput::{self, Message};

/// A transaction that is still open on the server.
#[derive(Debug)]
pub(super) struct Streamed {
    /// Where its first chunk begins in the log.
    first: Lsn,
    /// Shapes as told in it: the server tells them anew in every transaction that it streams.
    pub(super) shapes: Shapes,
    /// Subtransactions that were rolled back.
    undone: BTreeSet<u32>,
}

/// A transaction that came in chunks and has committed.
#[derive(Debug)]
pub(super) struct Replay {
    /// LSN of the commit record and of the first byte after it.
    commit: (Lsn, Lsn),
    /// What is known of it from when it came.
    pub(super) streamed: Streamed,
    /// Shapes as told up to where it has been replayed.
    pub(super) shapes: Shapes,
}

impl Assembler {
    pub(super) fn start_chunk(&mut self, xid: u32, first: bool, sent: Sent) -> Result<Then, Fault> {
        if self.open.is_some() || self.streamed.contains_key(&xid) == first {
            let cause = "Stream Start message within a transaction, or of one whose beginning was \
                not seen or seen before";
            return Err(Fault::new(Code::WIR_001, cause));
        }
        self.streamed.entry(xid).or_insert_with(|| Streamed {
            first: sent.start,
            shapes: Shapes::default(),
            undone: BTreeSet::new(),
        });
        self.chunk = Some(xid);
        Ok(if first { Then::Ask { xid } } else { Then::Nothing })
    }

    /// Takes a message within a chunk. One that cannot be read is kept like any other: whether it
    /// matters is known when the transaction ends.
    pub(super) fn receive_streamed(
        &mut self,
        xid: u32,
        sent: Sent,
        payload: &Bytes,
        out: &mut Vec<Event>,
    ) -> Result<Then, Fault> {
        match pgoutput::decode_streamed(payload) {
            Ok((_, Message::StreamStop)) => {
                self.chunk = None;
                Ok(Then::Nothing)
            }
            Ok((Some(part), message)) => {
                self.news(xid, part, message, sent, out);
                Ok(Then::Keep { xid })
            }
            // An origin.
            Ok((None, _)) => Ok(Then::Nothing),
            Err(fault) if !is_part(payload) || number(payload, 1).is_none() => Err(fault),
            Err(fault) => {
                if payload[0] == b'R' {
                    let Some(oid) = number(payload, 5) else { return Err(fault) };
                    self.describe_streamed(xid, oid, None);
                }
                Ok(Then::Keep { xid })
            }
        }
    }

    fn news(&mut self, xid: u32, part: u32, message: Message, sent: Sent, out: &mut Vec<Event>) {
        if let Message::Relation(table) = message {
            return self.describe_streamed(xid, table.oid, Some(table));
        }
        let Some(Streamed { first, shapes, .. }) = self.streamed.get(&xid) else { return };
        let told = changes(message, |kind, relation, operation| {
            let table = shapes.table(kind, relation, &operation)?.clone();
            let news = News::Change { part, table, operation };
            out.push(uncommitted(xid, *first, sent.time, news));
            Ok(())
        });
        // What makes no change is no news, nor is what cannot be read.
        drop(told);
    }

    fn describe_streamed(&mut self, xid: u32, oid: u32, table: Option<crate::model::Table>) {
        let table = table.map(|table| self.with_facts(table));
        self.told += 1;
        if let Some(streamed) = self.streamed.get_mut(&xid) {
            streamed.shapes.describe(oid, table, self.told);
        }
    }

    /// A transaction, or a part of it, was rolled back. Of one that is not known there is nothing
    /// to take back.
    pub(super) fn abort(&mut self, xid: u32, part: u32, sent: Sent, out: &mut Vec<Event>) -> Then {
        let Some(streamed) = self.streamed.get_mut(&xid) else { return Then::Nothing };
        let first = streamed.first;
        if part == xid {
            self.streamed.remove(&xid);
            out.push(uncommitted(xid, first, sent.time, News::Aborted));
            return Then::Drop { xid };
        }
        streamed.undone.insert(part);
        // The server forgets with any part which shapes it has told in this transaction
        // (cleanup_rel_sync_cache in pgoutput.c), and tells them again.
        streamed.shapes.clear();
        out.push(uncommitted(xid, first, sent.time, News::Undone { part }));
        Then::Nothing
    }

    pub(super) fn begin_replay(
        &mut self,
        begin: Begin,
        end: Lsn,
        out: &mut Vec<Event>,
    ) -> Result<Then, Fault> {
        let xid = begin.xid;
        let streamed = self.streamed.remove(&xid).ok_or_else(|| {
            let cause = "Stream Commit message of a transaction whose beginning was not seen";
            Fault::new(Code::WIR_001, cause)
        })?;
        let commit = (begin.commit, end);
        let replay = Replay { commit, streamed, shapes: Shapes::default() };
        self.begin(&begin, Some(replay), out)?;
        Ok(Then::Replay { xid })
    }

    /// Takes the next payload that was kept of the transaction that has committed.
    ///
    /// # Errors
    /// `WIR-001` when no transaction is being replayed, or when this was not kept of it.
    pub fn replay(&mut self, payload: &Bytes, out: &mut Vec<Event>) -> Result<Then, Fault> {
        let replay = self.open.as_ref().and_then(|open| open.replay.as_ref());
        let (Some(replay), Some(part)) = (replay, number(payload, 1)) else {
            return Err(not_replaying());
        };
        if replay.streamed.undone.contains(&part) {
            return Ok(Then::Nothing);
        }
        let taken =
            pgoutput::decode_streamed(payload).and_then(|(_, message)| self.take(message, out));
        match taken {
            Ok(()) => Ok(Then::Nothing),
            Err(fault) => self.leave_out(payload, 5, fault),
        }
    }

    /// Everything that was kept of it has been taken.
    ///
    /// # Errors
    /// `WIR-001` when no transaction is being replayed.
    pub fn end_replay(&mut self, out: &mut Vec<Event>) -> Result<(), Fault> {
        let replay = self.open.as_ref().and_then(|open| open.replay.as_ref());
        let (commit, end) = replay.ok_or_else(not_replaying)?.commit;
        self.commit(commit, end, out)
    }

    /// What is to be said of the transactions that are open when the connection ends.
    pub fn lost(&self, time: Timestamp) -> impl Iterator<Item = Event> {
        let lost =
            move |(&xid, it): (&u32, &Streamed)| uncommitted(xid, it.first, time, News::Lost);
        self.streamed.iter().map(lost)
    }
}

fn uncommitted(xid: u32, first: Lsn, time: Timestamp, news: News) -> Event {
    Event::Uncommitted(Uncommitted { xid, first, time, news })
}

fn not_replaying() -> Fault {
    Fault::new(Code::WIR_001, "a kept message that does not belong to the transaction replayed")
}
