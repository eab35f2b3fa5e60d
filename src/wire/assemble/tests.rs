//! Behaviour of the assembler, transaction by transaction.

use proptest::prelude::*;

use super::*;
use crate::model::{
    Cell, Column, Content, News, OldRow, ReplicaIdentity, Row, Table, TableFacts, TableName,
    TransactionKind,
};
use crate::wire::pgoutput::encode::{encode, encode_streamed};
use crate::wire::pgoutput::tests::message;

fn begin(commit: u64) -> Message {
    let (commit, time, kind) = (Lsn(commit), Timestamp(1), TransactionKind::Live);
    Message::Begin(Begin { commit, time, xid: 7, kind })
}

fn commit(commit: u64, end: u64) -> Message {
    Message::Commit { commit: Lsn(commit), end: Lsn(end), time: Timestamp(1) }
}

fn table(oid: u32, columns: &[&str]) -> Table {
    let column = |name: &&str| Column { name: (*name).into(), type_oid: 25, key: false };
    Table {
        oid,
        name: TableName::new("crm", format!("t{oid}")),
        replica_identity: ReplicaIdentity::Full,
        columns: columns.iter().map(column).collect(),
        facts: TableFacts::default(),
    }
}

fn row(cells: &[&str]) -> Row {
    Row::from_cells(cells.iter().map(|text| Cell::Known(Content::new(text.as_bytes()))))
}

fn insert(relation: u32, cells: &[&str]) -> Message {
    Message::Insert { relation, new: row(cells) }
}

/// Everything the messages make, or the first fault.
fn assemble(messages: Vec<Message>) -> Result<Vec<Event>, Fault> {
    let mut connection = Connection::new();
    for message in &messages {
        connection.send(encode(message))?;
    }
    Ok(connection.events)
}

/// An assembler with a caller that keeps what it is told to keep.
struct Connection {
    assembler: Assembler,
    kept: BTreeMap<u32, Vec<Bytes>>,
    events: Vec<Event>,
    said: Vec<Fault>,
}

impl Connection {
    fn new() -> Self {
        let (kept, events, said) = Default::default();
        Connection { assembler: Assembler::new(Lsn(1)), kept, events, said }
    }

    fn send(&mut self, payload: Bytes) -> Result<(), Fault> {
        let sent = Sent { start: Lsn(5), time: Timestamp(6) };
        match self.assembler.receive(sent, &payload, &mut self.events)? {
            Then::Nothing | Then::Ask { .. } => {}
            Then::Keep { xid } => self.kept.entry(xid).or_default().push(payload),
            Then::Drop { xid } => drop(self.kept.remove(&xid)),
            Then::Say(fault) => self.said.push(fault),
            Then::Replay { xid } => {
                for payload in self.kept.remove(&xid).unwrap_or_default() {
                    match self.assembler.replay(&payload, &mut self.events)? {
                        Then::Say(fault) => self.said.push(fault),
                        then => assert_eq!(then, Then::Nothing),
                    }
                }
                self.assembler.end_replay(&mut self.events)?;
            }
        }
        Ok(())
    }

    /// Sends messages outside a chunk.
    fn whole(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.send(encode(&message)).unwrap();
        }
    }

    /// Sends a chunk of messages, each with its part of the transaction.
    fn chunk(&mut self, xid: u32, first: bool, messages: Vec<(u32, Message)>) {
        self.whole([Message::StreamStart { xid, first }]);
        for (part, message) in messages {
            self.send(encode_streamed(Some(part), &message)).unwrap();
        }
        self.send(encode(&Message::StreamStop)).unwrap();
    }

    /// What came, in short, since it was last asked for.
    fn told(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| told(&event)).collect()
    }
}

fn told(event: &Event) -> String {
    match event {
        Event::Begin(begin) => format!("begin {} of {}", begin.commit, begin.xid),
        Event::Change(change) => {
            let width = change.table.columns.len();
            format!("change {} of {width}", change.position.ordinal)
        }
        Event::Commit(commit) => format!("commit {}", commit.end),
        Event::Gap(gap) => format!("gap {} {} {}", gap.from, gap.to, gap.cause.name()),
        Event::Uncommitted(it) => {
            assert_eq!((it.first, it.time), (Lsn(5), Timestamp(6)));
            match &it.news {
                News::Change { part, table, .. } => {
                    format!("open {} part {part} of {}", it.xid, table.columns.len())
                }
                News::Undone { part } => format!("open {} undone {part}", it.xid),
                News::Aborted => format!("open {} aborted", it.xid),
                News::Lost => format!("open {} lost", it.xid),
                News::Backend(_) | News::Interrupted(_) => panic!("not from here"),
            }
        }
        Event::Message(_) | Event::Idle(_) | Event::Copy(_) => "other".into(),
    }
}

fn stream_commit(xid: u32, commit: u64, end: u64) -> Message {
    let (commit, end) = (Lsn(commit), Lsn(end));
    Message::StreamCommit { xid, commit, end, time: Timestamp(1) }
}

fn stream_abort(xid: u32, part: u32) -> Message {
    Message::StreamAbort { xid, part, abort: None }
}

fn complaint(messages: Vec<Message>) -> String {
    let fault = assemble(messages).expect_err("this order of messages is wrong");
    assert_eq!(fault.code, Code::WIR_001);
    fault.cause
}

fn position(event: &Event) -> Position {
    match event {
        Event::Begin(begin) => Position { commit: begin.commit, ordinal: 0 },
        Event::Change(change) => change.position,
        Event::Commit(commit) => commit.position,
        Event::Message(_) => Position::default(),
        Event::Idle(_) | Event::Gap(_) | Event::Uncommitted(_) | Event::Copy(_) => {
            panic!("the assembler makes no such event")
        }
    }
}

#[test]
fn a_transaction_is_numbered_from_begin_to_commit_and_each_truncated_table_counts() {
    let relations = vec![1, 2];
    let events = assemble(vec![
        Message::Relation(table(1, &["id"])),
        Message::Relation(table(2, &[])),
        begin(10),
        insert(1, &["a"]),
        Message::Origin { commit: Lsn(3), name: "elsewhere".into() },
        Message::Truncate { relations, cascade: false, restart_identity: false },
        commit(10, 12),
        begin(20),
        commit(20, 20),
    ])
    .unwrap();
    let origin = |event: &Event| matches!(event, Event::Message(it) if it.prefix == "origin");
    assert!(origin(&events[2]), "the server says so, and it takes no number");
    let events: Vec<Event> = events.into_iter().filter(|event| !origin(event)).collect();
    let positions: Vec<_> = events.iter().map(|e| position(e).to_string()).collect();
    assert_eq!(positions, ["0/A+0", "0/A+1", "0/A+2", "0/A+3", "0/A+4", "0/14+0", "0/14+1"]);
    let Event::Commit(Commit { end, .. }) = events[4] else { panic!("the fifth is the commit") };
    assert_eq!(end, Lsn(12));
}

#[test]
fn a_message_addressed_to_us_comes_within_its_transaction_and_takes_no_number() {
    let emitted = |prefix: &str, transactional| {
        Message::Emitted(Emitted {
            transactional,
            lsn: Lsn(9),
            prefix: prefix.into(),
            content: "u7".into(),
        })
    };
    let events = assemble(vec![
        Message::Relation(table(1, &["id"])),
        emitted("lawtail.actor", false),
        begin(10),
        emitted("lawtail.actor", true),
        emitted("debezium", true),
        insert(1, &["a"]),
        commit(10, 12),
    ])
    .unwrap();
    let said = model::Message { prefix: "lawtail.actor".into(), content: "u7".into() };
    assert_eq!(events[1], Event::Message(said));
    assert_eq!(position(&events[2]), Position { commit: Lsn(10), ordinal: 1 });
    assert_eq!(events.len(), 4);
}

#[test]
fn a_change_keeps_the_shape_it_was_made_under() {
    let events = assemble(vec![
        begin(10),
        Message::Relation(table(1, &["id"])),
        insert(1, &["a"]),
        Message::Relation(table(1, &["id", "email"])),
        insert(1, &["b", "c"]),
    ])
    .unwrap();
    let widths: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Change(change) => Some(change.table.columns.len()),
            _ => None,
        })
        .collect();
    assert_eq!(widths, [1, 2]);
}

#[test]
fn an_untouched_cell_stays_unchanged_beside_its_old_value() {
    let new = Row::from_cells([Cell::Unchanged]);
    let old = OldRow::Full(row(&["long"]));
    let update = Message::Update { relation: 1, old: old.clone(), new: new.clone() };
    let shape = Message::Relation(table(1, &["notes"]));
    let events = assemble(vec![shape, begin(10), update]).unwrap();
    let Event::Change(change) = &events[1] else { panic!("the update is the second event") };
    assert_eq!(change.operation, Operation::Update { old, new });
}

#[test]
fn messages_that_cannot_stand_where_they_are_are_faults() {
    let shape = || Message::Relation(table(1, &["id"]));
    let outside = complaint(vec![shape(), insert(1, &["a"])]);
    assert_eq!(outside, "Insert message outside a transaction");
    assert_eq!(complaint(vec![commit(1, 2)]), "Commit message outside a transaction");
    let nested = complaint(vec![begin(10), begin(20)]);
    assert_eq!(nested, "Begin message within the transaction 0/A");
    assert!(complaint(vec![begin(10), commit(11, 12)]).contains("0/B"));
    assert!(complaint(vec![begin(10), commit(10, 9)]).contains("the end 0/9"));
    let start = |first| Message::StreamStart { xid: 7, first };
    assert!(complaint(vec![start(false)]).contains("not seen"));
    assert!(complaint(vec![begin(10), start(true)]).contains("Stream Start"));
    assert!(complaint(vec![start(true), start(false)]).contains("within a chunk"));
    assert!(complaint(vec![stream_commit(7, 10, 12)]).contains("Stream Commit"));
    assert!(complaint(vec![Message::StreamStop]).contains("cannot stand here"));
}

#[test]
fn a_prepared_transaction_was_not_asked_for() {
    let (lsn, end, time) = (Lsn(1), Lsn(2), Timestamp(1));
    let prepared = pgoutput::Prepared { lsn, end, time, xid: 7, gid: "Ada".into() };
    for message in [Message::BeginPrepare(prepared.clone()), Message::StreamPrepare(prepared)] {
        let cause = complaint(vec![message]);
        assert!(cause.contains("two_phase") && !cause.contains("Ada"), "{cause}");
    }
}

#[test]
fn an_open_transaction_is_news_at_once_and_whole_after_its_commit() {
    let mut connection = Connection::new();
    let shape = || Message::Relation(table(1, &["id"]));
    connection.chunk(7, true, vec![(7, shape()), (7, insert(1, &["a"])), (8, insert(1, &["b"]))]);
    assert_eq!(connection.told(), ["open 7 part 7 of 1", "open 7 part 8 of 1"]);
    // A small one in between has its own descriptions.
    connection.whole([begin(10), shape(), insert(1, &["x"]), commit(10, 12)]);
    assert_eq!(connection.told(), ["begin 0/A of 7", "change 1 of 1", "commit 0/C"]);
    connection.chunk(7, false, vec![(7, insert(1, &["c"]))]);
    connection.whole([stream_commit(7, 20, 22)]);
    let changes = ["change 1 of 1", "change 2 of 1", "change 3 of 1"];
    let whole = [&["open 7 part 7 of 1", "begin 0/14 of 7"][..], &changes, &["commit 0/16"]];
    assert_eq!(connection.told(), whole.concat());
    assert_eq!(connection.assembler.lost(Timestamp(6)).count(), 0);
}

#[test]
fn what_was_rolled_back_is_taken_back_and_takes_no_number() {
    let mut connection = Connection::new();
    let shape = || Message::Relation(table(1, &["id"]));
    let two = Message::Truncate { relations: vec![1], cascade: true, restart_identity: false };
    connection.chunk(
        7,
        true,
        vec![(7, shape()), (7, insert(1, &["a"])), (8, two), (9, insert(1, &["b"]))],
    );
    connection.whole([stream_abort(7, 9), stream_abort(7, 8)]);
    connection.chunk(7, false, vec![(10, shape()), (10, insert(1, &["c"]))]);
    let news = ["open 7 part 7 of 1", "open 7 part 8 of 1", "open 7 part 9 of 1"];
    let later = ["open 7 undone 9", "open 7 undone 8", "open 7 part 10 of 1"];
    assert_eq!(connection.told(), [news, later].concat());
    connection.whole([stream_commit(7, 20, 22)]);
    let whole = ["begin 0/14 of 7", "change 1 of 1", "change 2 of 1", "commit 0/16"];
    assert_eq!(connection.told(), whole);

    connection.chunk(11, true, vec![(11, shape()), (11, insert(1, &["a"]))]);
    connection.whole([stream_abort(11, 11), stream_abort(11, 11)]);
    assert_eq!(connection.told(), ["open 11 part 11 of 1", "open 11 aborted"]);
    assert!(connection.kept.is_empty());
}

#[test]
fn a_shape_is_the_open_transactions_own_until_it_commits() {
    let mut connection = Connection::new();
    let (old, new) = (table(1, &["id"]), table(1, &["id", "email"]));
    connection.whole([begin(10), Message::Relation(old), insert(1, &["x"]), commit(10, 12)]);
    connection.chunk(7, true, vec![(7, Message::Relation(new)), (7, insert(1, &["a", "b"]))]);
    connection.whole([begin(14), insert(1, &["y"]), commit(14, 16)]);
    connection.told();
    connection.whole([stream_commit(7, 20, 22), begin(30), insert(1, &["c", "d"]), commit(30, 32)]);
    let told = connection.told();
    assert_eq!([&told[1], &told[4]], ["change 1 of 2", "change 1 of 2"]);
}

#[test]
fn a_shape_that_was_told_later_outlives_the_commit_of_an_earlier_one() {
    let mut connection = Connection::new();
    let (old, new) = (table(1, &["id"]), table(1, &["id", "email"]));
    connection.chunk(7, true, vec![(7, Message::Relation(old)), (7, insert(1, &["a"]))]);
    connection.whole([begin(10), Message::Relation(new), insert(1, &["b", "c"]), commit(10, 12)]);
    connection.whole([stream_commit(7, 20, 22), begin(30), insert(1, &["d", "e"]), commit(30, 32)]);
    let told = connection.told();
    assert!(connection.said.is_empty());
    assert_eq!(told[told.len() - 2], "change 1 of 2");
}

#[test]
fn what_cannot_be_read_is_left_out_and_followed_by_a_gap() {
    let mut connection = Connection::new();
    let shape = || Message::Relation(table(1, &["id"]));
    connection.whole([begin(10), shape(), commit(10, 12), begin(20), insert(1, &["a"])]);
    connection.told();
    // Cut short, of an unknown kind, for an unknown table, of another width.
    let cut = encode(&insert(1, &["Ada"])).slice(..8);
    for payload in [cut, Bytes::from_static(b"x"), encode(&insert(2, &["a"]))] {
        connection.send(payload).unwrap();
    }
    connection.whole([insert(1, &["a", "b"]), insert(1, &["c"]), commit(20, 22)]);
    assert_eq!(connection.told(), ["change 2 of 1", "commit 0/16", "gap 0/C 0/16 undecodable"]);
    assert_eq!(connection.said.len(), 1, "said once");
    assert!(connection.said[0].code == Code::WIR_001 && !connection.said[0].cause.contains("Ada"));
    connection.whole([begin(30), insert(1, &["a"]), commit(30, 32)]);
    assert_eq!(connection.told(), ["begin 0/1E of 7", "change 1 of 1", "commit 0/20"]);
}

#[test]
fn rows_are_not_read_by_a_description_that_an_unreadable_one_has_replaced() {
    let mut connection = Connection::new();
    let shape = || Message::Relation(table(1, &["id"]));
    let unreadable = |part| {
        let payload = encode_streamed(part, &shape());
        payload.slice(..payload.len() - 1)
    };
    connection.whole([begin(10), shape(), insert(1, &["a"])]);
    connection.send(unreadable(None)).unwrap();
    connection.whole([
        insert(1, &["a"]),
        commit(10, 12),
        begin(20),
        insert(1, &["a"]),
        commit(20, 22),
    ]);
    let gap = |from, to| format!("gap {from} {to} undecodable");
    let told = connection.told();
    assert_eq!(told[1..4], ["change 1 of 1", "commit 0/C", &gap("0/1", "0/C")]);
    assert_eq!(told[4..], ["begin 0/14 of 7", "commit 0/16", &gap("0/C", "0/16")]);

    connection.whole([begin(30), shape(), insert(1, &["a"]), commit(30, 32)]);
    connection.whole([Message::StreamStart { xid: 7, first: true }]);
    connection.send(unreadable(Some(7))).unwrap();
    connection.send(encode_streamed(Some(7), &insert(1, &["a"]))).unwrap();
    connection.whole([Message::StreamStop]);
    connection.told();
    connection.whole([stream_commit(7, 40, 42), begin(50), insert(1, &["a"]), commit(50, 52)]);
    let told = connection.told();
    assert_eq!(told[..3], ["begin 0/28 of 7", "commit 0/2A", &gap("0/20", "0/2A")]);
    assert_eq!(told[3..], ["begin 0/32 of 7", "commit 0/34", &gap("0/2A", "0/34")]);
}

#[test]
fn what_cannot_be_read_of_a_part_that_was_rolled_back_is_no_gap() {
    let mut connection = Connection::new();
    connection.whole([Message::StreamStart { xid: 7, first: true }]);
    connection.send(encode_streamed(Some(8), &insert(1, &["a"])).slice(..12)).unwrap();
    connection.whole([Message::StreamStop, stream_abort(7, 8), stream_commit(7, 20, 22)]);
    assert_eq!(connection.told(), ["open 7 undone 8", "begin 0/14 of 7", "commit 0/16"]);
    assert!(connection.said.is_empty());
}

#[test]
fn a_frame_that_cannot_be_read_is_final() {
    for payload in [&b"C\0"[..], b"S\0", b"", b"R\0\0"] {
        let mut connection = Connection::new();
        connection.whole([begin(10)]);
        connection.send(Bytes::from_static(payload)).unwrap_err();
    }
    for payload in [&b"S\0"[..], b"I\0\0\0", b"R\0\0\0\x07\0"] {
        let mut connection = Connection::new();
        connection.whole([Message::StreamStart { xid: 7, first: true }]);
        connection.send(Bytes::from_static(payload)).unwrap_err();
    }
}

#[test]
fn every_open_transaction_is_lost_with_its_connection() {
    let mut connection = Connection::new();
    connection.chunk(7, true, vec![]);
    connection.chunk(9, true, vec![]);
    let lost: Vec<_> = connection.assembler.lost(Timestamp(6)).map(|event| told(&event)).collect();
    assert_eq!(lost, ["open 7 lost", "open 9 lost"]);
}

/// Any message, and more often those that belong to the same few transactions.
fn likely() -> impl Strategy<Value = Message> {
    let shape = Message::Relation(table(1, &["id"]));
    prop_oneof![
        2 => message(),
        1 => Just(Message::StreamStart { xid: 7, first: true }),
        1 => Just(Message::StreamStart { xid: 7, first: false }),
        2 => Just(Message::StreamStop),
        1 => Just(stream_commit(7, 40, 42)),
        1 => Just(stream_abort(7, 7)),
        2 => Just(shape),
        2 => Just(insert(1, &["a"])),
        1 => Just(begin(10)),
        1 => Just(commit(10, 12)),
    ]
}

proptest! {
    #[test]
    fn positions_within_a_transaction_rise_by_one_without_a_gap(
        kinds in proptest::collection::vec(0_u32..4, 0..20),
    ) {
        let mut messages = vec![begin(10)];
        messages.extend((0..4).map(|oid| Message::Relation(table(oid, &["id"]))));
        messages.extend(kinds.iter().map(|&kind| match kind {
            0 => insert(kind, &["a"]),
            1 => Message::Delete { relation: kind, old: OldRow::Key(row(&["a"])) },
            2 => Message::Origin { commit: Lsn(1), name: String::new() },
            _ => Message::Truncate {
                relations: (0..kind).collect(),
                cascade: true,
                restart_identity: false,
            },
        }));
        messages.push(commit(10, 11));
        let events = assemble(messages).unwrap();
        let numbered = events.iter().filter(|event| !matches!(event, Event::Message(_)));
        for (ordinal, event) in (0..).zip(numbered) {
            prop_assert_eq!(position(event), Position { commit: Lsn(10), ordinal });
        }
    }

    #[test]
    fn no_order_of_messages_makes_the_assembler_panic(
        messages in proptest::collection::vec(likely(), 0..20),
    ) {
        let mut connection = Connection::new();
        for message in messages {
            let payload = match connection.assembler.chunk {
                Some(xid) if is_part(&encode(&message)) => encode_streamed(Some(xid), &message),
                _ => encode(&message),
            };
            if connection.send(payload).is_err() {
                connection.assembler = Assembler::new(Lsn(1));
            }
        }
        let ordered = |event: &&Event| {
            !matches!(event, Event::Uncommitted(_) | Event::Gap(_) | Event::Message(_))
        };
        let ordered: Vec<_> = connection.events.iter().filter(ordered).collect();
        for pair in ordered.windows(2) {
            let begins = matches!(pair[1], Event::Begin(_));
            prop_assert!(begins || position(pair[0]) < position(pair[1]));
        }
    }
}
