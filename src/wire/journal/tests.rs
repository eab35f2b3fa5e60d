//! Behaviour of the journal, both ways.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{read, write};
use crate::model::{
    Backend, Begin, Cell, Change, Code, Column, Commit, Content, Event, Gap, GapCause, Idle,
    Interruption, Lsn, Message, News, OldRow, Operation, Position, ReplicaIdentity, Row, Table,
    TableFacts, TableName, Timestamp, TransactionKind, Uncommitted,
};

const CONTACTS: &str = r#"{"table":{"name":"crm.contacts","columns":[{"name":"id","key":true},{"name":"email"},{"name":"notes"}]}}"#;

/// Reads lines after the description of `crm.contacts`, which is line 1.
fn read_lines(lines: &[&str]) -> Result<Vec<Event>, Vec<String>> {
    let text = [&[CONTACTS], lines].concat().join("\n");
    read(&text).map_err(|faults| {
        assert!(faults.iter().all(|fault| fault.code == Code::WIR_002));
        let told = faults.iter().map(|fault| {
            let place = fault.place.as_ref().expect("a faulty line has a place");
            format!("{place}: {}", fault.cause)
        });
        told.collect()
    })
}

fn complaints(lines: &[&str]) -> Vec<String> {
    read_lines(lines).expect_err("these lines are faulty")
}

fn known(text: &str) -> Cell<'_> {
    Cell::Known(Content::new(text.as_bytes()))
}

fn change(event: &Event) -> &Change {
    match event {
        Event::Change(change) => change,
        other => panic!("not a change: {other:?}"),
    }
}

/// The JSON block of `docs/journal.md`.
fn documented() -> &'static str {
    let page = include_str!("../../../docs/journal.md");
    let (_, rest) = page.split_once("```json\n").expect("the page has an example");
    rest.split_once("```").expect("the example ends").0
}

#[test]
fn the_documented_example_reads_as_the_page_says() {
    let events = read(documented()).unwrap();
    assert_eq!(events.len(), 12);
    let begin = Begin {
        xid: 1,
        commit: Lsn(0x100_0100),
        time: Timestamp::parse("2026-01-01T12:00:00Z").unwrap(),
        kind: TransactionKind::Live,
    };
    assert_eq!(events[0], Event::Begin(begin));
    let new = change(&events[1]).operation.new_row().unwrap();
    assert!(new.cells().eq(["1", "ada@example.org", "f", "A long text."].map(known)));
    let position = Position { commit: Lsn(0x100_0100), ordinal: 2 };
    assert_eq!(events[2], Event::Commit(Commit { position, end: Lsn(0x100_0130) }));
    assert_eq!(change(&events[4]).operation.new_row().unwrap().cell(3), Cell::Unchanged);
    let time = Timestamp::parse("2026-01-31T12:05:00Z").unwrap();
    assert_eq!(events[6], Event::Idle(Idle { lsn: Lsn(0x100_0260), time }));
    let Event::Begin(last) = &events[7] else { panic!("the last transaction") };
    assert_eq!((last.time, last.xid), (time, 3));
    assert_eq!(change(&events[9]).operation, Operation::Truncate);
    let time = Timestamp::parse("2026-01-31T13:00:00Z").unwrap();
    let (from, to) = (Lsn(0x100_0390), Lsn(0x200_0000));
    assert_eq!(events[11], Event::Gap(Gap { from, to, time, cause: GapCause::SlotLost }));
}

#[test]
fn columns_that_are_not_named_are_null_and_special_content_is_understood() {
    let events = read_lines(&[
        r#"{"begin":{}}"#,
        r#"{"insert":{"table":"crm.contacts","new":{"notes":{"hex":"fF00"},"id":-7}}}"#,
        r#"{"update":{"table":"crm.contacts","old_key":{"id":-7},"new":{"id":true,"email":""}}}"#,
        r#"{"commit":{}}"#,
    ])
    .unwrap();
    let binary = Cell::Known(Content::new(b"\xff\x00"));
    let inserted = change(&events[1]).operation.new_row().unwrap();
    assert!(inserted.cells().eq([known("-7"), Cell::Null, binary]));
    let Operation::Update { old, new } = &change(&events[2]).operation else { panic!("an update") };
    assert_eq!(*old, OldRow::Key(Row::from_cells([known("-7"), Cell::Null, Cell::Null])));
    assert!(new.cells().eq([known("t"), known(""), Cell::Null]));
}

#[test]
fn a_source_may_tell_a_transaction_again_and_a_gap_ends_one() {
    let insert = r#"{"insert":{"table":"crm.contacts","new":{"id":1}}}"#;
    let begin = r#"{"begin":{"commit":"0/A"}}"#;
    let gap = r#"{"gap":{"from":"0/9","to":"0/F","cause":"slot_missing"}}"#;
    let events = read_lines(&[begin, insert, begin, insert, gap]).unwrap();
    let first = Position { commit: Lsn(10), ordinal: 1 };
    assert_eq!((change(&events[1]).position, change(&events[3]).position), (first, first));
    assert!(matches!(&events[4], Event::Gap(gap) if gap.to == Lsn(15)));
}

#[test]
fn every_faulty_line_is_told_at_once_with_its_place() {
    let told = complaints(&[
        r#"{"begin":{}}"#,
        r#"{"insert":{"table":"crm.contacts","new":{"id":1,"emial":"ada@example.org"}}}"#,
        r#"{"insert":{"table":"crm.contacts","new":{"id":1,"id":2}}}"#,
        r#"{"delete":{"table":"crm.contacts"}}"#,
        r#"{"delete":{"table":"crm.contacts","old":{"id":1},"old_key":{"id":1}}}"#,
        r#"{"delete":{"table":"crm.contacts","old_key":{"id":1,"email":"ada@example.org"}}}"#,
        r#"{"commit":{"end":"0/1"}}"#,
        r#"{"table":{"name":"crm.notes","columns":[{"name":"id"},{"name":"id"}]}}"#,
        r#"{"table":{"name":"crm.calls","identity":"full","columns":[{"name":"id"}]}}"#,
        r#"{"update":{"table":"crm.calls","new":{"id":1}}}"#,
        r#"{"update":{"table":"crm.calls","old":{"id":1},"new":{"id":1}}}"#,
    ]);
    assert_eq!(
        told,
        [
            "journal:3 (insert.new): the name in place 2, after id, is no column of crm.contacts, which has only id, email, notes",
            "journal:4 (insert.new): the column id is named twice",
            "journal:5 (delete): a delete needs the old row (old) or its key (old_key)",
            "journal:6 (old_key): the old row is given whole (old) or by its key (old_key), not both",
            "journal:7 (old_key): old_key may only name columns that are described as key",
            "journal:8 (commit.end): 0/1 lies before the commit record at 0/1000100",
            "journal:9 (table.columns): a column is described twice",
            "journal:11 (update): with the identity full, under which the table is described, an update has the whole \
             old row (old)",
        ]
    );
}

#[test]
fn lines_out_of_order_are_faults() {
    let insert = r#"{"insert":{"table":"crm.contacts","new":{"id":1}}}"#;
    let told = complaints(&[
        insert,
        r#"{"commit":{}}"#,
        r#"{"begin":{"commit":"0/A"}}"#,
        r#"{"truncate":{"tables":["crm.deals"]}}"#,
        r#"{"idle":{}}"#,
        r#"{"begin":{"commit":"0/B"}}"#,
    ]);
    assert_eq!(
        told,
        [
            "journal:2 (insert): no transaction has begun",
            "journal:3 (commit): no transaction has begun",
            "journal:5 (truncate.tables): no line above describes this table",
            "journal:6 (idle): an idle line cannot stand within a transaction",
            "journal:7 (begin): the transaction 0/A that began on line 4 has no commit line",
            "journal:4 (begin): the transaction has no commit line",
        ]
    );
}

#[test]
fn what_follows_from_a_lost_line_is_not_told() {
    let insert = r#"{"insert":{"table":"crm.contacts","new":{"id":1}}}"#;
    let told = complaints(&[r#"{"begin":{"xid":"seven"}}"#, insert, r#"{"commit":{}}"#]);
    assert_eq!(told, ["journal:2:23: expected u32"]);
}

#[test]
fn a_line_of_the_wrong_form_is_told_by_what_was_expected() {
    for (line, expected) in [
        ("{", "EOF while parsing"),
        ("Ada", "expected value"),
        (r#"{"commit":{}} Ada"#, "trailing characters"),
        (r#"{"instert":{}}"#, "expected one of `table`, `begin`, `insert`"),
        (r#"{"begin":{"Ada":1}}"#, "expected one of `xid`, `commit`, `time`, `kind`"),
        (r#"{"begin":{"time":"Ada"}}"#, "a time is 2026-01-31T12:00:00Z"),
        (r#"{"begin":{"kind":"Ada"}}"#, "expected one of `live`, `initial_copy`, `table_copy`"),
        (r#"{"begin":{"time":"+9000000d"}}"#, "after the year 9999"),
        (r#"{"commit":{"end":"Ada"}}"#, "an LSN has the form"),
        (r#"{"commit":{"end":"0/1","end":"0/1"}}"#, "duplicate field `end`"),
        (r#"{"insert":{"table":"Ada","new":{}}}"#, "named with its schema"),
        (r#"{"insert":{"table":"crm.contacts"}}"#, "missing field `new`"),
        (
            r#"{"insert":{"table":"crm.contacts","new":"Ada, expected Ada"}}"#,
            "an object of columns",
        ),
        (r#"{"insert":{"table":"crm.contacts","new":{"id":1.5}}}"#, "an integer"),
        (r#"{"insert":{"table":"crm.contacts","new":{"id":["Ada"]}}}"#, "an integer"),
        (r#"{"insert":{"table":"crm.contacts","new":{"id":{"Ada":1}}}}"#, "`unchanged` or `hex`"),
        (r#"{"insert":{"table":"crm.contacts","new":{"id":{"hex":"Ada"}}}}"#, "even number"),
        (r#"{"insert":{"table":"crm.contacts","new":{"id":{"unchanged":false}}}}"#, "only be true"),
        (
            r#"{"insert":{"table":"crm.contacts","new":{"Ada":"Ada"}}}"#,
            "the name in place 1 is no column of",
        ),
        (r#"{"open":{"xid":7,"news":"Ada"}}"#, "expected one of `insert`"),
        (r#"{"open":{"xid":7,"news":{"interrupted":"Ada"}}}"#, "expected one of `cancelled`"),
        (r#"{"open":{"xid":7,"part":8,"news":"lost"}}"#, "only a change belongs to a part"),
        (r#"{"message":{"prefix":"lawtail.Ada","content":{"hex":"Ada"}}}"#, "even number"),
        (r#"{"message":{"prefix":"lawtail.actor","content":"Ada"}}"#, "no transaction has begun"),
    ] {
        let told = complaints(&[line]).concat();
        assert!(told.starts_with("journal:2") && told.contains(expected), "{line}: {told}");
        assert!(!told.contains("Ada"), "{told}");
    }
}

proptest! {
    #[test]
    fn events_read_as_they_were_written(events in events()) {
        prop_assert_eq!(read(&write(&events)), Ok(events));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text: String) {
        let _ = read(&text);
    }

    #[test]
    fn no_fault_repeats_what_a_damaged_line_contains(
        line in select(damageable()),
        at: proptest::sample::Index,
        length in 0..12_usize,
        patch in select(vec!["", "\"", "{", "}", ",", ":", "\":\"", "null", "[", "7"]),
    ) {
        let text: Vec<char> = line.chars().collect();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        let patched: String =
            text[..start].iter().copied().chain(patch.chars()).chain(text[end..].iter().copied()).collect();
        for fault in read(&format!("{CONTACTS}\n{patched}")).err().into_iter().flatten() {
            prop_assert!(!fault.to_string().contains("Zebra"), "{}", fault);
        }
    }
}

/// Lines with a canary in every place that could hold a value.
fn damageable() -> Vec<&'static str> {
    vec![
        r#"{"update":{"table":"crm.contacts","old":{"id":"Zebra"},"new":{"email":"Zebra","notes":"Zebra"}}}"#,
        r#"{"delete":{"table":"crm.contacts","old_key":{"id":"Zebra, expected Zebra"}}}"#,
        r#"{"begin":{"xid":7,"commit":"Zebra","time":"Zebra","kind":"Zebra"}}"#,
        r#"{"gap":{"to":"Zebra","cause":"Zebra"}}"#,
        r#"{"message":{"prefix":"lawtail.actor","content":"Zebra"}}"#,
        r#"{"open":{"xid":7,"news":{"update":{"table":"crm.contacts","new":{"email":"Zebra"}}}}}"#,
        r#"{"open":{"xid":7,"news":{"backend":{"pid":1,"user":"Zebra","application":"Zebra","address":"Zebra"}}}}"#,
        r#"{"insert":{"table":"Zebra","new":{"Zebra":{"Zebra":true}}}}"#,
    ]
}

/// A stream as a source may hand it over.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let part = prop_oneof![
        4 => transaction(),
        1 => (lsn(), time()).prop_map(|(lsn, time)| vec![Event::Idle(Idle { lsn, time })]),
        1 => gap(),
        2 => news().prop_map(|news| vec![news]),
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// News of an open transaction.
fn news() -> impl Strategy<Value = Event> {
    let changed = (any::<u32>(), table_and_operation()).prop_map(|(part, (table, operation))| {
        News::Change { part, table: Arc::new(table), operation }
    });
    let backend = (any::<i32>(), ".*", ".*", ".*").prop_map(|(pid, user, application, address)| {
        News::Backend(Backend { pid, user, application, address })
    });
    let news = prop_oneof![
        4 => changed,
        1 => backend,
        1 => any::<u32>().prop_map(|part| News::Undone { part }),
        1 => select(Interruption::ALL.as_slice()).prop_map(News::Interrupted),
        1 => select(vec![News::Aborted, News::Lost]),
    ];
    (any::<u32>(), lsn(), time(), news).prop_map(|(xid, first, time, news)| {
        Event::Uncommitted(Uncommitted { xid, first, time, news })
    })
}

/// What an application says in its transaction.
fn message() -> impl Strategy<Value = Event> {
    (".{0,5}", vec(any::<u8>(), 0..9)).prop_map(|(prefix, content)| {
        let prefix = format!("{}{prefix}", Message::PREFIX);
        Event::Message(Message { prefix, content: content.into() })
    })
}

fn gap() -> impl Strategy<Value = Vec<Event>> {
    (lsn(), lsn(), time(), select(GapCause::ALL.to_vec()))
        .prop_map(|(from, to, time, cause)| vec![Event::Gap(Gap { from, to, time, cause })])
}

fn transaction() -> impl Strategy<Value = Vec<Event>> {
    let kind = select(vec![
        TransactionKind::Live,
        TransactionKind::InitialCopy,
        TransactionKind::TableCopy,
    ]);
    let changes = vec(table_and_operation(), 0..5);
    let said = proptest::option::of(prop_oneof![message(), news()]);
    (any::<u32>(), lsn(), any::<u32>(), time(), kind, changes, said).prop_map(
        |(xid, commit, length, time, kind, changes, said)| {
            let position = |ordinal| Position { commit, ordinal };
            let commit_position = position(changes.len() as u64 + 1);
            let end = Lsn(commit.0.saturating_add(length.into()));
            let changes = (1..).zip(changes).map(|(ordinal, (table, operation))| {
                let position = position(ordinal);
                Event::Change(Change { position, table: Arc::new(table), operation })
            });
            std::iter::once(Event::Begin(Begin { xid, commit, time, kind }))
                .chain(said)
                .chain(changes)
                .chain([Event::Commit(Commit { position: commit_position, end })])
                .collect()
        },
    )
}

/// A table of few possible names and many shapes, and a change that fits it.
fn table_and_operation() -> impl Strategy<Value = (Table, Operation)> {
    table().prop_flat_map(|table| {
        let width = table.columns.len();
        let keys: Vec<bool> = table.columns.iter().map(|column| column.key).collect();
        let key = cells(width).prop_map(move |mut cells| {
            for (cell, _) in cells.iter_mut().zip(&keys).filter(|(_, key)| !**key) {
                *cell = Err(true);
            }
            OldRow::Key(row(&cells))
        });
        let full = cells(width).prop_map(|cells| OldRow::Full(row(&cells)));
        let old = prop_oneof![key, full.clone()];
        // Under FULL the whole old row always comes.
        let maybe_old = match table.replica_identity {
            ReplicaIdentity::Full => full.boxed(),
            _ => prop_oneof![Just(OldRow::Absent), old.clone()].boxed(),
        };
        let new = cells(width).prop_map(|cells| row(&cells));
        let operation = prop_oneof![
            new.clone().prop_map(|new| Operation::Insert { new }),
            (maybe_old, new).prop_map(|(old, new)| Operation::Update { old, new }),
            old.prop_map(|old| Operation::Delete { old }),
            Just(Operation::Truncate),
        ];
        (Just(table), operation)
    })
}

fn table() -> impl Strategy<Value = Table> {
    let identity = select(vec![
        ReplicaIdentity::Default,
        ReplicaIdentity::Nothing,
        ReplicaIdentity::Full,
        ReplicaIdentity::Index,
    ]);
    let columns = proptest::collection::btree_map(".{0,6}", (0..3_u32, any::<bool>()), 0..5);
    ("[ab]", "[ab]|.{1,6}", any::<u32>(), identity, columns).prop_map(
        |(schema, name, oid, replica_identity, columns)| Table {
            oid,
            name: TableName::new(schema, name),
            replica_identity,
            columns: columns
                .into_iter()
                .map(|(name, (type_oid, key))| Column { name, type_oid, key })
                .collect(),
            facts: TableFacts::default(),
        },
    )
}

/// Content, or else null (true) and unchanged (false).
type Written = Result<Vec<u8>, bool>;

fn cells(width: usize) -> impl Strategy<Value = Vec<Written>> + Clone {
    let text = any::<String>().prop_map(String::into_bytes).boxed();
    let cell = prop_oneof![
        text.prop_map(Ok),
        vec(any::<u8>(), 0..6).prop_map(Ok),
        any::<bool>().prop_map(Err),
    ];
    vec(cell, width)
}

fn row(cells: &[Written]) -> Row {
    Row::from_cells(cells.iter().map(|cell| match cell {
        Ok(content) => Cell::Known(Content::new(content)),
        Err(true) => Cell::Null,
        Err(false) => Cell::Unchanged,
    }))
}

fn lsn() -> impl Strategy<Value = Lsn> {
    any::<u64>().prop_map(Lsn)
}

/// Moments from the year 1843 to 2096.
fn time() -> impl Strategy<Value = Timestamp> {
    (-4_000_000_000_000_000_i64..4_000_000_000_000_000).prop_map(Timestamp)
}
