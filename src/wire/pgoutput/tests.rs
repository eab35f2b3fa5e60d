//! Behaviour of the decoder: by hand against the manual, and by properties.

use bytes::Bytes;
use proptest::prelude::*;

use super::encode::{encode, encode_streamed};
use super::{Emitted, Message, Prepared, RolledBack, decode, decode_streamed};
use crate::model::{
    Begin, Cell, Code, Column, Content, Lsn, OldRow, ReplicaIdentity, Row, Table, TableFacts,
    TableName, Timestamp, TransactionKind,
};

/// The fault's text for bytes that are not a message.
fn complaint(payload: &[u8]) -> String {
    let fault = decode(&Bytes::copy_from_slice(payload)).expect_err("these bytes are no message");
    assert_eq!(fault.code, Code::WIR_001);
    fault.cause
}

#[test]
fn a_transaction_of_one_insert_reads_as_the_manual_describes_it() {
    let begin = b"B\0\0\0\x16\xB3\x74\xD8\x48\0\0\0\0\0\0\0\x07\0\0\x02\xE9";
    let expected = Message::Begin(Begin {
        commit: Lsn(0x16_B374_D848),
        time: Timestamp::from_postgres(7),
        xid: 745,
        kind: TransactionKind::Live,
    });
    assert_eq!(decode(&Bytes::from_static(begin)), Ok(expected));

    let insert = b"I\0\0\x40\0N\0\x04t\0\0\0\x031.5nut\0\0\0\0";
    let Message::Insert { relation, new } = decode(&Bytes::from_static(insert)).unwrap() else {
        panic!("tag I is an insert");
    };
    assert_eq!(relation, 0x4000);
    let [number, empty] = [&b"1.5"[..], b""].map(|text| Cell::Known(Content::new(text)));
    assert!(new.cells().eq([number, Cell::Null, Cell::Unchanged, empty]));
}

#[test]
fn a_row_shares_the_bytes_of_its_message() {
    let payload = Bytes::from_static(b"I\0\0\0\x01N\0\x01t\0\0\0\x03Ada");
    let Message::Insert { new, .. } = decode(&payload).unwrap() else {
        panic!("tag I is an insert");
    };
    let content = new.cell(0).known().unwrap().reveal();
    assert_eq!(content.as_ptr(), payload[13..].as_ptr());
    assert_eq!(new.content_bytes(), payload.len() - 8);
}

#[test]
fn the_protocols_empty_schema_is_pg_catalog() {
    let message = b"R\0\0\0\x01\0t\0d\0\x01\x01id\0\0\0\0\x17\xff\xff\xff\xff";
    let column = Column { name: "id".into(), type_oid: 23, key: true };
    let expected = Table {
        oid: 1,
        name: TableName::new("pg_catalog", "t"),
        replica_identity: ReplicaIdentity::Default,
        columns: vec![column],
        facts: TableFacts::default(),
    };
    assert_eq!(decode(&Bytes::from_static(message)), Ok(Message::Relation(expected)));
}

#[test]
fn a_fault_names_kind_offset_and_expectation_but_never_content() {
    let cut = complaint(b"I\0\0\0\x01N\0\x02t\0\0\0\x03Adat\0\0\0\x09Lovelace");
    assert_eq!(cut, "Insert message of 29 bytes, byte 21: expected 9 bytes of content");
    let shifted = complaint(b"I\0\0\0\x01N\0\x01Ada");
    let expected = "expected a cell n, u or t; binary cells (b) were not asked for";
    assert_eq!(shifted, format!("Insert message of 11 bytes, byte 8: {expected}"));
    let trailing = complaint(b"I\0\0\0\x01N\0\x01nAda");
    assert_eq!(
        trailing,
        "Insert message of 12 bytes, byte 9: expected the end of the message, 3 bytes earlier"
    );
}

#[test]
fn a_binary_cell_is_refused() {
    assert!(complaint(b"I\0\0\0\x01N\0\x01b\0\0\0\x01\x07").contains("binary cells (b)"));
}

#[test]
fn a_tag_that_no_version_has_is_refused() {
    assert!(complaint(b"\x07").contains("0x07"));
    assert!(complaint(b"").contains("tag of a message"));
}

#[test]
fn an_open_transaction_reads_as_the_manual_describes_it() {
    let read = |payload: &'static [u8]| decode_streamed(&Bytes::from_static(payload)).unwrap();
    let start = Message::StreamStart { xid: 745, first: true };
    assert_eq!(decode(&Bytes::from_static(b"S\0\0\x02\xE9\x01")), Ok(start));
    let (part, insert) = read(b"I\0\0\x02\xEA\0\0\x40\0N\0\x01n");
    let Message::Insert { relation, .. } = insert else { panic!("tag I is an insert") };
    assert_eq!((part, relation), (Some(746), 0x4000));
    assert_eq!(read(b"E"), (None, Message::StreamStop));
    let abort = |abort| Message::StreamAbort { xid: 745, part: 746, abort };
    let payload = b"A\0\0\x02\xE9\0\0\x02\xEA\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\x07";
    let told = Some((Lsn(9), Timestamp::from_postgres(7)));
    assert_eq!(decode(&Bytes::from_static(payload)), Ok(abort(told)));
    assert_eq!(decode(&Bytes::from_static(&payload[..9])), Ok(abort(None)));
}

#[test]
fn a_transaction_cannot_begin_or_end_within_a_chunk() {
    for (tag, kind) in [(b'B', "Begin"), (b'c', "Stream Commit"), (b'p', "Stream Prepare")] {
        let fault = decode_streamed(&Bytes::from([tag, 0].to_vec())).unwrap_err();
        assert_eq!(fault.cause, format!("{kind} message within a chunk of an open transaction"));
    }
}

#[test]
fn debug_output_never_shows_the_name_of_a_prepared_transaction() {
    let (lsn, time) = (Lsn(1), Timestamp(1));
    let prepared = Prepared { lsn, end: lsn, time, xid: 1, gid: "Ada".into() };
    let rolled_back = RolledBack {
        prepare_end: lsn,
        end: lsn,
        prepare_time: time,
        time,
        xid: 1,
        gid: "Ada".into(),
    };
    assert!(!format!("{prepared:?} {rolled_back:?}").contains("Ada"));
}

#[test]
fn counts_that_cannot_fit_are_refused_before_memory_is_set_aside() {
    assert!(complaint(b"I\0\0\0\x01N\xff\xff").contains("65535 columns"));
    assert!(complaint(b"T\xff\xff\xff\xff\0").contains("4294967295 tables"));
    assert!(complaint(b"R\0\0\0\x01\0t\0d\xff\xff").contains("65535 columns"));
    assert!(complaint(b"I\0\0\0\x01N\0\x01t\xff\xff\xff\xff").contains("4294967295 bytes"));
}

#[test]
fn debug_output_of_an_emitted_message_never_shows_content() {
    let emitted = Message::Emitted(Emitted {
        transactional: true,
        lsn: Lsn(1),
        prefix: "Ada".into(),
        content: Bytes::from_static(b"Ada"),
    });
    assert!(!format!("{emitted:?}").contains("Ada"));
}

proptest! {
    #[test]
    fn a_message_reads_as_it_was_written(message in message()) {
        prop_assert_eq!(decode(&encode(&message)), Ok(message));
    }

    #[test]
    fn a_truncated_message_is_an_error_and_not_a_panic(message in message()) {
        let payload = encode(&message);
        // Without its last two fields it is what `streaming 'on'` sends.
        let whole = |length| matches!(message, Message::StreamAbort { .. }) && length == 9;
        for length in (0..payload.len()).filter(|&length| !whole(length)) {
            prop_assert!(decode(&payload.slice(..length)).is_err(), "{} bytes", length);
        }
    }

    #[test]
    fn a_message_within_a_chunk_reads_as_it_was_written(
        message in message().prop_filter("of a part", is_of_a_part),
        part: u32,
    ) {
        let part = (!matches!(message, Message::Origin { .. })).then_some(part);
        let payload = encode_streamed(part, &message);
        prop_assert_eq!(decode_streamed(&payload), Ok((part, message)));
        for length in 0..payload.len() {
            prop_assert!(decode_streamed(&payload.slice(..length)).is_err(), "{} bytes", length);
        }
    }

    #[test]
    fn a_trailing_byte_is_an_error(message in message(), byte: u8) {
        let mut payload = encode(&message).to_vec();
        payload.push(byte);
        prop_assert!(decode(&payload.into()).is_err());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(
        tag in proptest::sample::select(b"ABCDEIKMOPRSTUYbcprx".to_vec()),
        rest: Vec<u8>,
    ) {
        let payload = Bytes::from([vec![tag], rest].concat());
        if let Ok(message) = decode(&payload) {
            prop_assert_eq!(decode(&encode(&message)), Ok(message));
        }
        if let Ok((part, message)) = decode_streamed(&payload) {
            prop_assert_eq!(decode_streamed(&encode_streamed(part, &message)), Ok((part, message)));
        }
    }

    #[test]
    fn a_damaged_message_never_makes_the_decoder_panic(
        message in message(),
        at: proptest::sample::Index,
        byte: u8,
    ) {
        let mut payload = encode(&message).to_vec();
        let at = at.index(payload.len());
        payload[at] = byte;
        if let Ok(message) = decode(&payload.into()) {
            prop_assert_eq!(decode(&encode(&message)), Ok(message));
        }
    }
}

fn is_of_a_part(message: &Message) -> bool {
    b"DIMORTUY".contains(&encode(message)[0])
}

/// Any message of protocol versions 1 to 4.
pub(crate) fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        begin(),
        (lsn(), lsn(), time()).prop_map(|(commit, end, time)| Message::Commit {
            commit,
            end,
            time
        }),
        (lsn(), text()).prop_map(|(commit, name)| Message::Origin { commit, name }),
        table().prop_map(Message::Relation),
        (any::<u32>(), schema(), text()).prop_map(|(oid, schema, name)| Message::Type {
            oid,
            schema,
            name
        }),
        (any::<u32>(), row()).prop_map(|(relation, new)| Message::Insert { relation, new }),
        update(),
        (any::<u32>(), old_row()).prop_map(|(relation, old)| Message::Delete { relation, old }),
        truncate(),
        emitted(),
        open_transaction(),
        prepared_transaction(),
    ]
}

fn open_transaction() -> impl Strategy<Value = Message> {
    let abort = proptest::option::of((lsn(), time()));
    prop_oneof![
        (any::<u32>(), any::<bool>()).prop_map(|(xid, first)| Message::StreamStart { xid, first }),
        Just(Message::StreamStop),
        (any::<u32>(), lsn(), lsn(), time()).prop_map(|(xid, commit, end, time)| {
            Message::StreamCommit { xid, commit, end, time }
        }),
        (any::<u32>(), any::<u32>(), abort).prop_map(|(xid, part, abort)| Message::StreamAbort {
            xid,
            part,
            abort
        }),
    ]
}

fn prepared_transaction() -> impl Strategy<Value = Message> {
    let step = |make: fn(Prepared) -> Message| {
        (lsn(), lsn(), time(), any::<u32>(), text())
            .prop_map(move |(lsn, end, time, xid, gid)| make(Prepared { lsn, end, time, xid, gid }))
    };
    let rolled_back = (lsn(), lsn(), time(), time(), any::<u32>(), text()).prop_map(
        |(prepare_end, end, prepare_time, time, xid, gid)| {
            Message::RollbackPrepared(RolledBack { prepare_end, end, prepare_time, time, xid, gid })
        },
    );
    prop_oneof![
        step(Message::BeginPrepare),
        step(Message::Prepare),
        step(Message::CommitPrepared),
        step(Message::StreamPrepare),
        rolled_back,
    ]
}

fn begin() -> impl Strategy<Value = Message> {
    (lsn(), time(), any::<u32>()).prop_map(|(commit, time, xid)| {
        Message::Begin(Begin { commit, time, xid, kind: TransactionKind::Live })
    })
}

fn update() -> impl Strategy<Value = Message> {
    let old = prop_oneof![Just(OldRow::Absent), old_row()];
    (any::<u32>(), old, row()).prop_map(|(relation, old, new)| Message::Update {
        relation,
        old,
        new,
    })
}

fn truncate() -> impl Strategy<Value = Message> {
    (proptest::collection::vec(any::<u32>(), 0..5), any::<bool>(), any::<bool>()).prop_map(
        |(relations, cascade, restart_identity)| Message::Truncate {
            relations,
            cascade,
            restart_identity,
        },
    )
}

fn emitted() -> impl Strategy<Value = Message> {
    (any::<bool>(), lsn(), text(), any::<Vec<u8>>()).prop_map(
        |(transactional, lsn, prefix, content)| {
            Message::Emitted(Emitted { transactional, lsn, prefix, content: content.into() })
        },
    )
}

fn table() -> impl Strategy<Value = Table> {
    let identity = prop_oneof![
        Just(ReplicaIdentity::Default),
        Just(ReplicaIdentity::Nothing),
        Just(ReplicaIdentity::Full),
        Just(ReplicaIdentity::Index),
    ];
    let column = (text(), any::<u32>(), any::<bool>()).prop_map(|(name, type_oid, key)| Column {
        name,
        type_oid,
        key,
    });
    let columns = proptest::collection::vec(column, 0..6);
    (any::<u32>(), schema(), text(), identity, columns).prop_map(
        |(oid, schema, name, replica_identity, columns)| Table {
            oid,
            name: TableName::new(schema, name),
            replica_identity,
            columns,
            facts: TableFacts::default(),
        },
    )
}

fn old_row() -> impl Strategy<Value = OldRow> {
    prop_oneof![row().prop_map(OldRow::Key), row().prop_map(OldRow::Full)]
}

fn row() -> impl Strategy<Value = Row> {
    // Content, or else null and unchanged.
    let cell = prop_oneof![any::<Vec<u8>>().prop_map(Ok), any::<bool>().prop_map(Err)];
    proptest::collection::vec(cell, 0..6).prop_map(|cells| {
        Row::from_cells(cells.iter().map(|cell| match cell {
            Ok(content) => Cell::Known(Content::new(content)),
            Err(true) => Cell::Null,
            Err(false) => Cell::Unchanged,
        }))
    })
}

fn lsn() -> impl Strategy<Value = Lsn> {
    any::<u64>().prop_map(Lsn)
}

/// Times that the epochs of PostgreSQL and Unix can both count.
fn time() -> impl Strategy<Value = Timestamp> {
    (i64::MIN / 2..i64::MAX / 2).prop_map(Timestamp::from_postgres)
}

fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,12}"
}

fn schema() -> impl Strategy<Value = String> {
    prop_oneof![Just("pg_catalog".to_owned()), "[a-z]{1,8}"]
}
