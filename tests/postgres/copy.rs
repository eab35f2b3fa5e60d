//! Copies: consistent, in pieces, taken up again where they were cut off, and of single tables.

use std::collections::BTreeMap;

use lawtail::model::{
    Change, Code, CopyNews, Event, GapCause, Lsn, Operation, Row, TransactionKind,
};
use lawtail::shell::source::postgres::{CopySettings, Resume, SourceSettings};

use crate::dice::Dice;
use crate::support::{Follower, Scene, commits, told};

/// A few pages, so that a small table has many chunks.
fn in_pieces(scene: &Scene, connections: u16) -> SourceSettings {
    let copy = CopySettings { connections, chunk_bytes: 64 << 10, ..CopySettings::default() };
    SourceSettings { copy, ..scene.settings() }
}

/// A table of the scene with many rows.
async fn with_rows(name: &'static str, rows: u32) -> Scene {
    let scene = Scene::new(name).await;
    scene
        .run(&format!(
            "INSERT INTO crm.contacts SELECT n, 'name ' || n FROM generate_series(1, {rows}) n; \
             ANALYZE crm.contacts"
        ))
        .await;
    scene
}

/// Rows by their first column, as the changes leave them.
#[derive(Default)]
struct Rows {
    rows: BTreeMap<i64, String>,
    /// A row may have been changed before it was known: its first state fell into a gap.
    with_gap: bool,
}

impl Rows {
    fn of(events: &[Event]) -> Rows {
        let gap = |event: &Event| matches!(event, Event::Gap(_));
        let mut rows = Rows { with_gap: events.iter().any(gap), ..Rows::default() };
        let mut last = lawtail::model::Position::default();
        for event in events {
            if let Event::Change(change) = event
                && change.position > last
            {
                last = change.position;
                rows.apply(change);
            }
        }
        rows
    }

    fn apply(&mut self, change: &Change) {
        match &change.operation {
            Operation::Insert { new } => {
                let (key, text) = keyed(new);
                let before = self.rows.insert(key, text);
                assert_eq!(before, None, "row {key} came twice");
            }
            Operation::Update { old, new } => {
                let (key, text) = keyed(new);
                let known = old.identity().and_then(|old| self.rows.remove(&keyed(old).0));
                let before = self.rows.insert(key, text).or(known);
                assert!(before.is_some() || self.with_gap, "row {key} was not known");
            }
            Operation::Delete { old } => {
                let (key, _) = keyed(old.identity().unwrap());
                let before = self.rows.remove(&key);
                assert!(before.is_some() || self.with_gap, "row {key} was not known");
            }
            Operation::Truncate => self.rows.clear(),
        }
    }
}

fn keyed(row: &Row) -> (i64, String) {
    let text = |index| match row.cell(index) {
        lawtail::model::Cell::Known(content) => content.reveal_text().unwrap().to_owned(),
        _ => "null".to_owned(),
    };
    (text(0).parse().unwrap(), text(1))
}

/// Whether an event stores a row under a key.
fn sets(event: &Event, key: i64) -> bool {
    let Event::Change(change) = event else { return false };
    change.operation.new_row().is_some_and(|row| keyed(row).0 == key)
}

/// What is really there.
async fn present(scene: &Scene) -> BTreeMap<i64, String> {
    let rows = scene.admin.query("SELECT id::int8, name FROM crm.contacts", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// A few random changes, among them to rows that the copy has not reached.
async fn disturb(scene: &Scene, dice: &mut Dice, rows: u64, next: &mut u64) {
    let mut statements = String::new();
    for _ in 0..20 {
        if dice.chance(10) {
            continue;
        }
        let id = 1 + dice.below(rows);
        statements += &match dice.below(5) {
            0 => format!("DELETE FROM crm.contacts WHERE id = {id};"),
            1 => {
                *next += 1;
                format!("INSERT INTO crm.contacts VALUES ({next}, 'new');")
            }
            // A key that moves, and a subtransaction that is rolled back.
            2 => {
                *next += 1;
                format!("UPDATE crm.contacts SET id = {next} WHERE id = {id};")
            }
            3 => format!(
                "BEGIN; SAVEPOINT a; UPDATE crm.contacts SET name = 'never' WHERE id = {id}; \
                 ROLLBACK TO a; SAVEPOINT b; \
                 UPDATE crm.contacts SET name = name || '!' WHERE id = {id}; COMMIT;"
            ),
            _ => format!("UPDATE crm.contacts SET name = name || '.' WHERE id = {id};"),
        };
    }
    scene.run(&statements).await;
}

#[tokio::test]
async fn many_chunks_over_three_connections_bring_every_row_once() {
    let scene = with_rows("copy_chunks", 30_000).await;
    let mut follower = Follower::new(in_pieces(&scene, 3), None).await;
    follower.until_commits(1).await;
    assert_eq!(Rows::of(&follower.events).rows, present(&scene).await);
    let ordinals = follower.events.iter().filter_map(|event| match event {
        Event::Change(change) => Some(change.position.ordinal),
        _ => None,
    });
    assert!(ordinals.eq(1..=30_000), "positions count through");
    let copied = follower.copies.copied.iter().map(ToString::to_string);
    assert_eq!(copied.collect::<Vec<_>>(), ["crm.contacts"]);
}

#[tokio::test]
async fn rows_changed_while_they_are_copied_come_once_and_in_their_last_version() {
    let scene = with_rows("copy_live", 40_000).await;
    let mut follower = Follower::new(in_pieces(&scene, 2), None).await;
    follower.until("the first rows", |events| events.len() > 1).await;
    let (mut dice, mut next) = (Dice::new(7), 100_000);
    for _ in 0..10 {
        disturb(&scene, &mut dice, 40_000, &mut next).await;
    }
    scene.run("INSERT INTO crm.contacts VALUES (0, 'last')").await;
    follower.until("the last row", |events| events.iter().rev().any(|it| sets(it, 0))).await;
    assert_eq!(Rows::of(&follower.events).rows, present(&scene).await);
}

/// Follows until a number of rows has been handed over, and then no longer.
async fn cut_off(mut follower: Follower, rows: usize) -> (Vec<Event>, Resume) {
    let enough = |events: &[Event]| {
        let changes = events.iter().filter(|event| matches!(event, Event::Change(_))).count();
        changes > rows || commits(events) > 0
    };
    follower.until("some rows", enough).await;
    let resume = follower.resume();
    (follower.events, resume)
}

#[tokio::test]
async fn a_copy_cut_off_at_any_instant_goes_on_and_brings_every_row_once() {
    const ROWS: u64 = 40_000;
    let scene = with_rows("copy_cut", ROWS as u32).await;
    let mut next = 1_000_000;
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        scene
            .run(
                "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots \
                    WHERE slot_name = 'copy_cut' AND active_pid IS NOT NULL; \
                 SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots \
                    WHERE slot_name = 'copy_cut'",
            )
            .await;
        let (mut events, mut resume) = (Vec::new(), None);
        for _ in 0..=dice.below(4) {
            let follower = Follower::new(in_pieces(&scene, 2), resume).await;
            let (came, stands) = cut_off(follower, dice.below(20_000) as usize).await;
            events.extend(came);
            resume = Some(stands);
            disturb(&scene, &mut dice, ROWS, &mut next).await;
        }
        let mut follower = Follower::new(in_pieces(&scene, 2), resume).await;
        disturb(&scene, &mut dice, ROWS, &mut next).await;
        next += 1;
        scene.run(&format!("INSERT INTO crm.contacts VALUES ({next}, 'last')")).await;
        let last = next as i64;
        follower.until("the last row", |events| events.iter().rev().any(|it| sets(it, last))).await;
        events.append(&mut follower.events);
        follower.source.stop().await;
        let copies = events.iter().filter(|event| match event {
            Event::Begin(begin) => begin.kind == TransactionKind::InitialCopy,
            _ => false,
        });
        assert_eq!(copies.count(), 1, "seed {seed}: it does not start over");
        let (found, there) = (Rows::of(&events).rows, present(&scene).await);
        let missing = there.iter().filter(|(key, _)| !found.contains_key(key)).count();
        assert_eq!(missing, 0, "seed {seed}: rows are missing");
        assert!(found == there, "seed {seed}: rows differ");
    }
}

#[tokio::test]
async fn a_copy_that_goes_on_says_from_where_and_to_where_it_knows_changes_alone() {
    let scene = with_rows("copy_gap", 30_000).await;
    let follower = Follower::new(in_pieces(&scene, 1), None).await;
    let (_, resume) = cut_off(follower, 1).await;
    let point = resume.copies.open.as_ref().unwrap().origin.point;
    scene.run("UPDATE crm.contacts SET name = 'changed' WHERE id = 29999").await;
    let mut follower = Follower::new(in_pieces(&scene, 1), Some(resume)).await;
    follower.until_commits(2).await;
    let Some(Event::Gap(gap)) = follower.events.first() else { panic!("it is announced") };
    assert_eq!((gap.cause, gap.from), (GapCause::CopyInterrupted, point));
    let changed = follower.events.iter().find_map(|event| match event {
        Event::Begin(begin) if begin.kind == TransactionKind::Live => Some(begin.commit),
        _ => None,
    });
    assert!(changed.is_some_and(|changed| point <= changed && changed < gap.to));
    let lines = told(&follower.events);
    assert!(!lines.contains(&"insert 29999|name 29999".to_owned()));
    assert!(lines.contains(&"update 29999|changed".to_owned()));
}

#[tokio::test]
async fn a_lost_connection_does_not_make_the_copy_start_over() {
    let scene = with_rows("copy_lost", 60_000).await;
    let mut follower = Follower::new(in_pieces(&scene, 2), None).await;
    follower.until("the first rows", |events| events.len() > 1).await;
    scene
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'lawtail/copy_lost/copy'",
        )
        .await;
    follower.until_commits(1).await;
    let lines = told(&follower.events);
    assert_eq!(lines.iter().filter(|line| *line == "copy").count(), 1);
    assert_eq!(Rows::of(&follower.events).rows, present(&scene).await);
}

#[tokio::test]
async fn a_table_rewritten_while_the_copy_was_interrupted_is_copied_again_alone() {
    let scene = with_rows("copy_void", 30_000).await;
    scene
        .run(
            "CREATE TABLE crm.zones (id int PRIMARY KEY, name text); \
             ALTER PUBLICATION copy_void ADD TABLE crm.zones; \
             GRANT SELECT ON crm.zones TO copy_void; \
             INSERT INTO crm.zones VALUES (1, 'one'), (2, 'two')",
        )
        .await;
    let follower = Follower::new(in_pieces(&scene, 1), None).await;
    let (mut events, resume) = cut_off(follower, 1).await;
    // Every row gets another place and another author.
    scene.run("ALTER TABLE crm.zones ALTER id TYPE int8").await;
    let mut follower = Follower::new(in_pieces(&scene, 1), Some(resume)).await;
    follower.until_commits(2).await;
    events.append(&mut follower.events);
    let lines = told(&events);
    assert!(lines.contains(&"void crm.zones".to_owned()));
    assert!(
        lines.ends_with(&["table copy", "insert 1|one", "insert 2|two", "commit"].map(Into::into))
    );
    assert_eq!(lines.iter().filter(|line| line.starts_with("insert")).count(), 30_002);
    assert_eq!(follower.copies.copied.len(), 2);
}

#[tokio::test]
async fn a_partitioned_table_is_read_partition_by_partition_also_by_who_may_only_read_the_whole() {
    for (name, direct) in [("copy_parts", true), ("copy_root", false)] {
        let scene = Scene::new(name).await;
        scene
            .run(&format!(
                "CREATE TABLE crm.cases (id int PRIMARY KEY, name text, open bool) \
                    PARTITION BY RANGE (id); \
                 CREATE TABLE crm.low PARTITION OF crm.cases FOR VALUES FROM (0) TO (1000); \
                 CREATE TABLE crm.\"High ones\" (open bool, gone int, name text, id int NOT NULL); \
                 ALTER TABLE crm.\"High ones\" DROP COLUMN gone; \
                 ALTER TABLE crm.cases ATTACH PARTITION crm.\"High ones\" \
                    FOR VALUES FROM (1000) TO (9000); \
                 DROP PUBLICATION {name}; \
                 CREATE PUBLICATION {name} FOR TABLE crm.cases WHERE (id <> 5 AND open) \
                    WITH (publish_via_partition_root = true); \
                 GRANT SELECT ON crm.cases TO {name}; \
                 INSERT INTO crm.cases SELECT n, 'case ' || n, n <> 7 \
                    FROM generate_series(1, 8000) n"
            ))
            .await;
        if direct {
            scene.run(&format!("GRANT SELECT ON crm.low, crm.\"High ones\" TO {name}")).await;
        }
        let mut follower = Follower::new(in_pieces(&scene, 2), None).await;
        follower.until_commits(1).await;
        let rows = Rows::of(&follower.events).rows;
        let expected = (1..=8000).filter(|n| *n != 5 && *n != 7);
        assert_eq!(rows, expected.map(|n| (n, format!("case {n}"))).collect());
        let tables = follower.events.iter().filter_map(|event| match event {
            Event::Change(change) => Some(change.table.name.to_string()),
            _ => None,
        });
        assert!(tables.into_iter().all(|table| table == "crm.cases"));
    }
}

#[tokio::test]
async fn odd_names_lists_of_columns_and_tables_without_columns_are_copied() {
    let scene = Scene::new("copy_names").await;
    scene
        .run(
            "CREATE TABLE crm.\"Ödd \"\"one\"\"; --\" (\"ID 1\" int PRIMARY KEY, hidden text, \
                \"b'c\" text, twice int GENERATED ALWAYS AS (\"ID 1\" * 2) STORED); \
             CREATE TABLE crm.bare (); \
             ALTER PUBLICATION copy_names ADD TABLE crm.bare, \
                TABLE crm.\"Ödd \"\"one\"\"; --\" (\"ID 1\", \"b'c\"); \
             GRANT SELECT ON crm.bare TO copy_names; \
             GRANT SELECT (\"ID 1\", \"b'c\") ON crm.\"Ödd \"\"one\"\"; --\" TO copy_names; \
             INSERT INTO crm.\"Ödd \"\"one\"\"; --\" VALUES (1, 'hidden', 'shown'); \
             INSERT INTO crm.bare DEFAULT VALUES; INSERT INTO crm.bare DEFAULT VALUES",
        )
        .await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let mut lines = told(&follower.events);
    lines.sort();
    assert_eq!(lines, ["commit", "copy", "insert ", "insert ", "insert 1|shown"]);
}

#[tokio::test]
async fn an_empty_publication_is_followed() {
    let scene = Scene::new("copy_empty").await;
    scene.run("ALTER PUBLICATION copy_empty DROP TABLE crm.contacts").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    assert_eq!(told(&follower.events), ["copy", "commit"]);
}

/// Another table, with a role that may read it.
async fn publish_notes(scene: &Scene) {
    let name = scene.name;
    scene
        .run(&format!(
            "CREATE TABLE crm.notes (id int PRIMARY KEY, name text); \
             GRANT SELECT ON crm.notes TO {name}; \
             INSERT INTO crm.notes VALUES (11, 'eleven'), (12, 'twelve'); \
             ALTER PUBLICATION {name} ADD TABLE crm.notes; \
             UPDATE crm.notes SET name = 'dozen' WHERE id = 12"
        ))
        .await;
}

#[tokio::test]
async fn a_table_published_later_is_copied_alone_at_the_next_start() {
    let scene = with_rows("copy_late", 3).await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.source.stop().await;
    publish_notes(&scene).await;
    let mut follower = scene.follow(Some(resume)).await;
    follower.until("a copy", |events| told(events).contains(&"table copy".into())).await;
    follower.until("its end", |events| told(events).last() == Some(&"commit".into())).await;
    scene.run("INSERT INTO crm.notes VALUES (13, 'after')").await;
    follower.until("a live row", |events| told(events).contains(&"insert 13|after".into())).await;
    let lines = told(&follower.events);
    let begin = lines.iter().position(|line| line == "table copy").unwrap();
    // Seen before: the update, which is of after the table was published.
    assert_eq!(lines[..begin], ["begin", "update 12|dozen", "commit"]);
    assert_eq!(lines[begin + 1..begin + 4], ["insert 11|eleven", "insert 12|dozen", "commit"]);
    let positions = follower.events.iter().filter_map(|event| match event {
        Event::Change(change) => Some(change.position),
        _ => None,
    });
    assert!(positions.is_sorted(), "positions rise over the copy as well");
    assert_eq!(follower.copies.copied.len(), 2);
}

#[tokio::test]
async fn a_running_stream_notices_tables_that_join_and_tables_that_leave() {
    let scene = with_rows("copy_watch", 3).await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 5).await;
    publish_notes(&scene).await;
    follower.until("a copy", |events| told(events).contains(&"insert 11|eleven".into())).await;
    scene.run("ALTER PUBLICATION copy_watch DROP TABLE crm.contacts").await;
    follower.until("a farewell", |events| told(events).contains(&"left crm.contacts".into())).await;
    scene.run("INSERT INTO crm.notes VALUES (13, 'after')").await;
    follower.until("a live row", |events| told(events).contains(&"insert 13|after".into())).await;
    assert_eq!(told(&follower.events).iter().filter(|line| *line == "insert 11|eleven").count(), 1);
}

#[tokio::test]
async fn a_table_copy_cut_off_goes_on_as_well() {
    let scene = with_rows("copy_table", 3).await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.source.stop().await;
    publish_notes(&scene).await;
    scene.run("INSERT INTO crm.notes SELECT n, 'n' FROM generate_series(101, 40000) n").await;
    let mut follower = Follower::new(in_pieces(&scene, 2), Some(resume)).await;
    let copied = |events: &[Event]| {
        events
            .iter()
            .filter(|event| match event {
                Event::Change(change) => change.position.commit.0 % 8 == 7,
                _ => false,
            })
            .count()
    };
    follower.until("some rows", |events| copied(events) > 0).await;
    let resume = follower.resume();
    assert!(resume.copies.open.is_some(), "it is cut off in the middle");
    let mut events = std::mem::take(&mut follower.events);
    drop(follower);
    scene.run("DELETE FROM crm.notes WHERE id = 40000").await;
    let mut follower = Follower::new(in_pieces(&scene, 2), Some(resume)).await;
    let deletes = |event: &Event| match event {
        Event::Change(change) => matches!(change.operation, Operation::Delete { .. }),
        _ => false,
    };
    follower.until("the deletion", |events| events.iter().rev().any(deletes)).await;
    events.append(&mut follower.events);
    let lines = told(&events);
    assert_eq!(lines.iter().filter(|line| *line == "table copy").count(), 1);
    assert!(lines.contains(&"gap copy_interrupted".into()));
    // The rest of the table was read without the row that was deleted.
    assert_eq!(copied(&events), 2 + 39_900 - 1);
}

#[tokio::test]
async fn a_second_lawtail_is_told_who_copies_already() {
    let scene = with_rows("copy_second", 60_000).await;
    // Nobody takes its rows, so its copy does not end.
    let first = Follower::new(in_pieces(&scene, 1), None).await;
    scene
        .until(
            "SELECT (count(*) > 0)::text FROM pg_stat_activity \
             WHERE application_name = 'lawtail/copy_second/copy'",
            "true",
        )
        .await;
    let fault = scene.refusal(scene.settings()).await;
    assert_eq!(fault.code, Code::PG_005);
    assert!(
        fault.cause.contains("\"lawtail/copy_second/control\", connected from 127.0.0.1"),
        "{fault}"
    );
    drop(first);
}

#[tokio::test]
async fn a_table_taken_out_and_put_back_at_once_is_announced_and_copied_anew() {
    let scene = with_rows("copy_back", 1).await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| told(events).len() == 3 && events.len() > 3).await;
    let before: Lsn = scene.value("SELECT pg_current_wal_flush_lsn()::text").await.parse().unwrap();
    scene
        .run(
            "ALTER PUBLICATION copy_back DROP TABLE crm.contacts; \
             INSERT INTO crm.contacts VALUES (2, 'unseen'); \
             ALTER PUBLICATION copy_back ADD TABLE crm.contacts",
        )
        .await;
    follower
        .until("what was unseen", |events| told(events).contains(&"insert 2|unseen".into()))
        .await;
    follower.until_commits(2).await;
    let lines = told(&follower.events);
    let at = lines.iter().position(|line| line == "left crm.contacts").expect("it is announced");
    assert_eq!(lines[at + 1], "table copy");
    let left = follower.events.iter().find_map(|event| match event {
        Event::Copy(CopyNews::Left(left)) => Some(left),
        _ => None,
    });
    let left = left.unwrap();
    assert!(left.from <= before && before < left.to, "{left:?} {before}");
    scene.run("INSERT INTO crm.contacts VALUES (3, 'after')").await;
    follower.until("a live row", |events| told(events).contains(&"insert 3|after".into())).await;
    let farewells = told(&follower.events).iter().filter(|line| line.starts_with("left")).count();
    assert_eq!(farewells, 1);
}

#[tokio::test]
async fn what_a_late_table_s_snapshot_leaves_behind_on_the_server_goes_away() {
    let scene = with_rows("copy_leftover", 1).await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.source.stop().await;
    let other = Scene::admin(scene.cluster, scene.name).await;
    publish_notes(&scene).await;
    // The snapshot waits for this, longer than its client lives.
    other.batch_execute("BEGIN; INSERT INTO crm.contacts VALUES (5, 'open')").await.unwrap();
    let follower = Follower::new(scene.settings(), Some(resume)).await;
    let slots = "SELECT count(*)::text FROM pg_replication_slots \
        WHERE slot_name LIKE 'copy\\_leftover\\_copy\\_%'";
    scene.until(slots, "1").await;
    drop(follower);
    scene.until(slots, "0").await;
    let open = "SELECT count(*)::text FROM pg_stat_activity WHERE state = 'idle in transaction' \
        AND datname = 'copy_leftover'";
    assert_eq!(scene.value(open).await, "1", "it was not the end of the transaction");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_carried_by_the_copy_and_by_the_stream() {
    let ascii = "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    let scene = Scene::made(crate::support::shared(), "copy_bytes", ascii).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, E'Zo\\xe9'), (2, 'Ada')").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.contacts VALUES (3, E'\\xff'), (4, 'Bob')").await;
    scene.run("UPDATE crm.contacts SET name = 'Zoe' WHERE id = 1").await;
    follower.until_commits(3).await;
    let [copied, streamed] = [
        ["copy", "insert 1|not text", "insert 2|Ada", "commit"],
        ["begin", "insert 3|not text", "insert 4|Bob", "commit"],
    ];
    let lines = told(&follower.events);
    assert_eq!(lines[..8], [copied, streamed].concat());
    assert_eq!(lines[8..], ["begin", "update 1|Zoe", "commit"]);
}
