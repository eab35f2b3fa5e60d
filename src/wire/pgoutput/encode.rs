//! The inverse of [`decode`](super::decode) and [`decode_streamed`](super::decode_streamed), for
//! tests: what a server would send.

use bytes::Bytes;

use super::{Message, Prepared};
use crate::model::{Cell, Column, Lsn, OldRow, ReplicaIdentity, Row, Table, Timestamp};

/// The payload of a message within a chunk.
pub(crate) fn encode_streamed(part: Option<u32>, message: &Message) -> Bytes {
    let payload = encode(message);
    match part {
        None => payload,
        Some(part) => [&payload[..1], &part.to_be_bytes(), &payload[1..]].concat().into(),
    }
}

/// The payload of a message outside a chunk.
pub(crate) fn encode(message: &Message) -> Bytes {
    let mut out = Out(Vec::new());
    match message {
        Message::Begin(begin) => {
            out.tag(b'B').lsn(begin.commit).time(begin.time).u32(begin.xid);
        }
        Message::Commit { commit, end, time } => {
            out.tag(b'C').tag(0).lsn(*commit).lsn(*end).time(*time);
        }
        Message::Origin { commit, name } => {
            out.tag(b'O').lsn(*commit).text(name);
        }
        Message::Relation(table) => out.table(table),
        Message::Type { oid, schema, name } => {
            out.tag(b'Y').u32(*oid).schema(schema).text(name);
        }
        Message::Insert { relation, new } => {
            out.tag(b'I').u32(*relation).tag(b'N').row(new);
        }
        Message::Update { relation, old, new } => {
            out.tag(b'U').u32(*relation).old_row(old).tag(b'N').row(new);
        }
        Message::Delete { relation, old } => {
            out.tag(b'D').u32(*relation).old_row(old);
        }
        Message::Truncate { relations, cascade, restart_identity } => {
            let options = u8::from(*cascade) | u8::from(*restart_identity) << 1;
            out.tag(b'T').u32(relations.len() as u32).tag(options);
            for relation in relations {
                out.u32(*relation);
            }
        }
        Message::Emitted(emitted) => {
            out.tag(b'M').tag(emitted.transactional.into()).lsn(emitted.lsn);
            out.text(&emitted.prefix).content(&emitted.content);
        }
        Message::StreamStart { xid, first } => {
            out.tag(b'S').u32(*xid).tag((*first).into());
        }
        Message::StreamStop => {
            out.tag(b'E');
        }
        Message::StreamCommit { xid, commit, end, time } => {
            out.tag(b'c').u32(*xid).tag(0).lsn(*commit).lsn(*end).time(*time);
        }
        Message::StreamAbort { xid, part, abort } => {
            out.tag(b'A').u32(*xid).u32(*part);
            if let Some((lsn, time)) = abort {
                out.lsn(*lsn).time(*time);
            }
        }
        Message::BeginPrepare(prepared) => out.tag(b'b').prepared(prepared),
        Message::Prepare(prepared) => out.tag(b'P').tag(0).prepared(prepared),
        Message::CommitPrepared(prepared) => out.tag(b'K').tag(0).prepared(prepared),
        Message::StreamPrepare(prepared) => out.tag(b'p').tag(0).prepared(prepared),
        Message::RollbackPrepared(it) => {
            out.tag(b'r').tag(0).lsn(it.prepare_end).lsn(it.end);
            out.time(it.prepare_time).time(it.time).u32(it.xid).text(&it.gid);
        }
    }
    out.0.into()
}

struct Out(Vec<u8>);

impl Out {
    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn tag(&mut self, tag: u8) -> &mut Self {
        self.put(&[tag])
    }

    fn u16(&mut self, number: usize) -> &mut Self {
        self.put(&(number as u16).to_be_bytes())
    }

    fn u32(&mut self, number: u32) -> &mut Self {
        self.put(&number.to_be_bytes())
    }

    fn lsn(&mut self, lsn: Lsn) -> &mut Self {
        self.put(&lsn.0.to_be_bytes())
    }

    fn time(&mut self, time: Timestamp) -> &mut Self {
        self.put(&time.to_postgres().to_be_bytes())
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.put(text.as_bytes()).tag(0)
    }

    fn schema(&mut self, name: &str) -> &mut Self {
        self.text(if name == "pg_catalog" { "" } else { name })
    }

    fn content(&mut self, content: &[u8]) -> &mut Self {
        self.u32(content.len() as u32).put(content)
    }

    fn prepared(&mut self, it: &Prepared) {
        self.lsn(it.lsn).lsn(it.end).time(it.time).u32(it.xid).text(&it.gid);
    }

    fn table(&mut self, table: &Table) {
        let identity = match table.replica_identity {
            ReplicaIdentity::Default => b'd',
            ReplicaIdentity::Nothing => b'n',
            ReplicaIdentity::Full => b'f',
            ReplicaIdentity::Index => b'i',
        };
        self.tag(b'R').u32(table.oid).schema(&table.name.schema).text(&table.name.name);
        self.tag(identity).u16(table.columns.len());
        for Column { name, type_oid, key } in &table.columns {
            self.tag((*key).into()).text(name).u32(*type_oid).u32(u32::MAX);
        }
    }

    fn old_row(&mut self, old: &OldRow) -> &mut Self {
        match old {
            OldRow::Absent => self,
            OldRow::Key(row) => self.tag(b'K').row(row),
            OldRow::Full(row) => self.tag(b'O').row(row),
        }
    }

    fn row(&mut self, row: &Row) -> &mut Self {
        self.u16(row.width());
        for cell in row.cells() {
            match cell {
                Cell::Null => self.tag(b'n'),
                Cell::Unchanged => self.tag(b'u'),
                Cell::Known(content) => self.tag(b't').content(content.reveal()),
            };
        }
        self
    }
}
