//! Transactions are news while they are open, and come whole, once and in order after they commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use lawtail::model::{Change, Code, Event, GapCause, News};
use lawtail::shell::cluster::Cluster;
use lawtail::shell::source::postgres::{SourceSettings, SpoolSettings};
use tokio_postgres::Client;

use crate::support::{Follower, Scene, cluster, commits, told};

/// Enough rows that the server does not keep them to itself.
const MANY: u32 = 3_000;

/// Updates of the first rows, which are more than the server keeps to itself.
const UPDATE: &str = "UPDATE crm.contacts SET name = 'changed'";

/// On a server of these tests alone: nobody can make a slot while a transaction of another test
/// is open.
async fn scene(name: &'static str) -> Scene {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let settings = [("max_prepared_transactions", "5")];
    Scene::on(CLUSTER.get_or_init(|| cluster(&settings, Vec::new())), name).await
}

/// A database with many rows, and a follower that has seen them.
async fn followed(name: &'static str) -> (Scene, Follower) {
    let scene = scene(name).await;
    scene
        .run(&format!(
            "INSERT INTO crm.contacts SELECT n, 'name ' || n FROM generate_series(1, {MANY}) n"
        ))
        .await;
    let follower = followed_by(&scene, scene.settings()).await;
    (scene, follower)
}

/// A follower whose initial copy and stream have begun.
async fn followed_by(scene: &Scene, settings: SourceSettings) -> Follower {
    let mut follower = Follower::new(settings, None).await;
    follower.until_commits(1).await;
    let active =
        "SELECT active::text FROM pg_replication_slots WHERE slot_name = current_database()";
    scene.until(active, "true").await;
    follower.events.clear();
    follower
}

/// Another session, for a transaction that stays open.
async fn session(scene: &Scene) -> Client {
    Scene::admin(scene.cluster, scene.name).await
}

async fn run(session: &Client, statements: &str) {
    session.batch_execute(statements).await.unwrap();
}

/// What came of open transactions, in short, counting changes of one kind that follow each other.
fn news(events: &[Event]) -> Vec<String> {
    let mut names: BTreeMap<u32, usize> = BTreeMap::new();
    let mut told: Vec<(String, usize)> = Vec::new();
    for event in events {
        let Event::Uncommitted(it) = event else { continue };
        let number = names.len() + 1;
        let name = *names.entry(it.xid).or_insert(number);
        let text = match &it.news {
            News::Change { operation, table, .. } => {
                format!("{name} {} {}", operation.kind().name(), table.columns.len())
            }
            News::Undone { .. } => format!("{name} undone"),
            News::Aborted => format!("{name} aborted"),
            News::Lost => format!("{name} lost"),
            // Said from beside the stream, at any moment.
            News::Backend(_) | News::Interrupted(_) => continue,
        };
        match told.last_mut() {
            Some((last, count)) if *last == text => *count += 1,
            _ => told.push((text, 1)),
        }
    }
    told.into_iter().map(|(text, count)| format!("{text} x{count}")).collect()
}

/// Changes that are news so far.
fn open_changes(events: &[Event]) -> usize {
    let change = |event: &&Event| matches!(event, Event::Uncommitted(it) if matches!(it.news, News::Change { .. }));
    events.iter().filter(change).count()
}

async fn until_open_changes(follower: &mut Follower, count: usize) {
    follower.until("changes of an open transaction", |events| open_changes(events) >= count).await;
}

/// Transactions that are news so far.
fn opened(events: &[Event]) -> usize {
    let xid = |event: &Event| match event {
        Event::Uncommitted(it) => Some(it.xid),
        _ => None,
    };
    events.iter().filter_map(xid).collect::<BTreeSet<_>>().len()
}

fn changes(events: &[Event]) -> Vec<&Change> {
    let changes = events.iter().filter_map(|event| match event {
        Event::Change(change) => Some(change),
        _ => None,
    });
    changes.collect()
}

/// Every transaction begins, counts its changes through and ends before the next.
fn assert_in_order(events: &[Event]) {
    let mut last = lawtail::model::Position::default();
    let mut open = false;
    for event in events {
        let position = match event {
            Event::Begin(begin) => {
                assert!(!std::mem::replace(&mut open, true));
                lawtail::model::Position { commit: begin.commit, ordinal: 0 }
            }
            Event::Change(change) => change.position,
            Event::Commit(commit) => {
                assert!(std::mem::replace(&mut open, false));
                commit.position
            }
            Event::Idle(_) => {
                assert!(!open, "nothing is idle within a transaction");
                continue;
            }
            _ => continue,
        };
        assert!(position > last, "{position} after {last}");
        last = position;
    }
}

#[tokio::test]
async fn a_mass_update_is_news_before_its_commit_and_whole_after() {
    let (scene, mut follower) = followed("streaming_update").await;
    let open = session(&scene).await;
    run(&open, &format!("BEGIN; {UPDATE}")).await;
    // Two small ones commit meanwhile; the open one waits for its own turn.
    scene.run("INSERT INTO crm.contacts VALUES (0, 'small')").await;
    follower.until_commits(1).await;
    until_open_changes(&mut follower, 1).await;
    assert_eq!(commits(&follower.events), 1);
    scene.run("INSERT INTO crm.contacts VALUES (-1, 'small')").await;
    follower.until_commits(2).await;
    run(&open, "COMMIT").await;
    follower.until_commits(3).await;
    assert_in_order(&follower.events);
    let mut expected = vec!["insert 0|small".to_owned(), "insert -1|small".to_owned()];
    expected.extend((1..=MANY).map(|n| format!("update {n}|changed")));
    let changed: Vec<_> =
        told(&follower.events).into_iter().filter(|it| it.contains('|')).collect();
    assert_eq!(changed, expected);
    let begins = follower.events.iter().filter_map(|event| match event {
        Event::Begin(begin) => Some(begin.xid),
        _ => None,
    });
    let opened = follower.events.iter().find_map(|event| match event {
        Event::Uncommitted(it) => Some((it.xid, it.first)),
        _ => None,
    });
    let (xid, first) = opened.unwrap();
    assert_eq!(begins.last(), Some(xid));
    let committed = changes(&follower.events).last().unwrap().position.commit;
    assert!(first.0 > 0 && first < committed, "{first} {committed}");
}

#[tokio::test]
async fn what_was_rolled_back_to_a_savepoint_is_taken_back() {
    let (scene, mut follower) = followed("streaming_savepoint").await;
    let open = session(&scene).await;
    run(
        &open,
        &format!(
            "BEGIN; {UPDATE} WHERE id <= 1000; \
             SAVEPOINT a; UPDATE crm.contacts SET name = 'undone' WHERE id <= 1000; \
             SAVEPOINT b; UPDATE crm.contacts SET name = 'undone' WHERE id > 1000; \
             ROLLBACK TO b; DELETE FROM crm.contacts WHERE id > 1000; \
             RELEASE b; ROLLBACK TO a; \
             SAVEPOINT c; {UPDATE} WHERE id > 1000; RELEASE c; \
             COMMIT"
        ),
    )
    .await;
    follower.until_commits(1).await;
    let undone = |event: &&Event| matches!(event, Event::Uncommitted(it) if matches!(it.news, News::Undone { .. }));
    assert!(follower.events.iter().filter(undone).count() >= 2, "{:?}", news(&follower.events));
    assert_in_order(&follower.events);
    let expected: Vec<_> = (1..=MANY).map(|n| format!("update {n}|changed")).collect();
    assert_eq!(follower.changes(), expected);
}

#[tokio::test]
async fn a_rolled_back_transaction_leaves_nothing_but_its_news() {
    let (scene, mut follower) = followed("streaming_abort").await;
    let open = session(&scene).await;
    run(&open, &format!("BEGIN; {UPDATE}")).await;
    until_open_changes(&mut follower, 1).await;
    run(&open, "ROLLBACK").await;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'after')").await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["begin", "insert 0|after", "commit"]);
    assert_eq!(news(&follower.events).last().unwrap(), "1 aborted x1");
}

#[tokio::test]
async fn a_change_of_shape_within_an_open_transaction_is_its_own_until_it_commits() {
    let (scene, mut follower) = followed("streaming_shape").await;
    let open = session(&scene).await;
    run(
        &open,
        &format!("BEGIN; {UPDATE}; ALTER TABLE crm.contacts ADD COLUMN email text; {UPDATE}"),
    )
    .await;
    until_open_changes(&mut follower, MANY as usize + 1).await;
    run(&open, "COMMIT").await;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'x', 'y')").await;
    follower.until_commits(2).await;
    let seen = news(&follower.events);
    assert_eq!(seen[0], format!("1 update 2 x{MANY}"));
    assert!(seen[1].starts_with("1 update 3"), "{seen:?}");
    let widths: Vec<_> =
        changes(&follower.events).iter().map(|change| change.table.columns.len()).collect();
    let many = MANY as usize;
    assert_eq!(widths, [vec![2; many], vec![3; many + 1]].concat());
}

#[tokio::test]
async fn a_truncation_that_cascades_is_news_for_each_table() {
    let scene = scene("streaming_truncate").await;
    // Before it is followed: a table that joins later is copied, and its snapshot waits for open
    // transactions.
    scene
        .run(&format!(
            "INSERT INTO crm.contacts SELECT n, 'name ' || n FROM generate_series(1, {MANY}) n; \
             CREATE TABLE crm.notes (id int PRIMARY KEY, contact int REFERENCES crm.contacts); \
             GRANT SELECT ON crm.notes TO streaming_truncate; \
             ALTER PUBLICATION streaming_truncate ADD TABLE crm.notes"
        ))
        .await;
    let mut follower = followed_by(&scene, scene.settings()).await;
    let open = session(&scene).await;
    run(&open, &format!("BEGIN; {UPDATE}; TRUNCATE crm.contacts CASCADE")).await;
    run(&open, "INSERT INTO crm.contacts SELECT n, 'new' FROM generate_series(1, 3000) n").await;
    until_open_changes(&mut follower, MANY as usize + 3).await;
    let seen = news(&follower.events);
    assert_eq!(seen[..2], [format!("1 update 2 x{MANY}"), "1 truncate 2 x2".into()]);
    run(&open, "COMMIT").await;
    follower.until_commits(1).await;
    let changes = follower.changes();
    let mut truncated = changes[MANY as usize..][..2].to_vec();
    truncated.sort();
    assert_eq!(truncated, ["truncate crm.contacts", "truncate crm.notes"]);
    assert_eq!(changes.len(), 2 * MANY as usize + 2);
}

#[tokio::test]
async fn what_does_not_fit_into_memory_comes_back_from_disk() {
    let scene = scene("streaming_spill").await;
    let folder = tempfile::tempdir().unwrap();
    let spool = SpoolSettings { folder: folder.path().into(), memory_bytes: 4_000 };
    let mut follower = followed_by(&scene, SourceSettings { spool, ..scene.settings() }).await;
    scene
        .run("INSERT INTO crm.contacts SELECT n, repeat('x', n % 500) FROM generate_series(1, 9000) n")
        .await;
    follower.until_commits(1).await;
    assert!(open_changes(&follower.events) > 0);
    assert_in_order(&follower.events);
    let expected = (1..=9000).map(|n: usize| format!("insert {n}|{}", "x".repeat(n % 500)));
    assert_eq!(follower.changes(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_lost_connection_is_said_of_each_open_transaction_and_all_come_again() {
    let (scene, mut follower) = followed("streaming_lost").await;
    let (one, two) = (session(&scene).await, session(&scene).await);
    run(&one, &format!("BEGIN; {UPDATE} WHERE id <= 1500")).await;
    run(&two, &format!("BEGIN; {UPDATE} WHERE id > 1500")).await;
    follower.until("both to be news", |events| opened(events) == 2).await;
    let kill = "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots \
        WHERE slot_name = 'streaming_lost'";
    scene.run(kill).await;
    let lost = |events: &[Event]| {
        let lost =
            |event: &&Event| matches!(event, Event::Uncommitted(it) if it.news == News::Lost);
        events.iter().filter(lost).count()
    };
    follower.until("both to be lost", |events| lost(events) == 2).await;
    assert_eq!(commits(&follower.events), 0);
    follower.events.clear();
    run(&two, "COMMIT").await;
    run(&one, "COMMIT").await;
    follower.until_commits(2).await;
    let expected = (1501..=MANY).chain(1..=1500).map(|n| format!("update {n}|changed"));
    assert_eq!(follower.changes(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_prepared_transaction_comes_when_it_is_committed_and_not_when_it_is_rolled_back() {
    let scene = scene("streaming_prepared").await;
    let mut follower = followed_by(&scene, scene.settings()).await;
    let many = |from: u32| {
        format!(
            "INSERT INTO crm.contacts SELECT n, 'x' FROM generate_series({from}, {from} + 2999) n"
        )
    };
    scene.run(&format!("BEGIN; {}; PREPARE TRANSACTION 'kept'", many(10_000))).await;
    scene.run(&format!("BEGIN; {}; PREPARE TRANSACTION 'dropped'", many(20_000))).await;
    scene.run("BEGIN; INSERT INTO crm.contacts VALUES (1, 'x'); PREPARE TRANSACTION 'small'").await;
    until_open_changes(&mut follower, 1).await;
    assert_eq!(commits(&follower.events), 0);
    scene.run("ROLLBACK PREPARED 'dropped'").await;
    scene.run("COMMIT PREPARED 'small'").await;
    scene.run("COMMIT PREPARED 'kept'").await;
    follower.until_commits(2).await;
    assert_in_order(&follower.events);
    let expected = std::iter::once(1).chain(10_000..13_000).map(|n| format!("insert {n}|x"));
    assert_eq!(follower.changes(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_backlog_comes_whole_and_what_follows_comes_while_it_is_open() {
    let scene = scene("streaming_backlog").await;
    let mut follower = followed_by(&scene, scene.settings()).await;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'x')").await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.source.stop().await;
    // Open before the backlog and after it.
    let open = session(&scene).await;
    let many = |from: u32| {
        format!(
            "INSERT INTO crm.contacts SELECT n, 'x' FROM generate_series({from}, {from} + 2999) n"
        )
    };
    run(&open, &format!("BEGIN; {}", many(10_000))).await;
    for n in 0..5 {
        scene.run(&many(20_000 + n * 3_000)).await;
    }
    // Somebody writes all the while, also where the one stream ends and the other begins.
    let writer = session(&scene).await;
    let writing = tokio::spawn(async move {
        for n in 100..400 {
            run(&writer, &format!("INSERT INTO crm.contacts VALUES ({n}, 'x')")).await;
        }
    });
    let settings = SourceSettings { catch_up_bytes: 100_000, ..scene.settings() };
    let mut follower = Follower::new(settings, Some(resume)).await;
    follower.until_commits(5).await;
    let opened = follower.events.iter().position(|it| matches!(it, Event::Uncommitted(_)));
    assert_eq!(opened, None, "a backlog is asked for without open transactions");
    let status = follower.source.status();
    follower.until("the end of the backlog", |_| !status.borrow().catching_up).await;
    writing.await.unwrap();
    // What was open before is sent once it goes on.
    run(&open, &many(40_000)).await;
    until_open_changes(&mut follower, 1).await;
    run(&open, "COMMIT").await;
    follower.until_commits(306).await;
    assert_in_order(&follower.events);
    let rows = (20_000..35_000).chain(100..400).chain(10_000..13_000).chain(40_000..43_000);
    let expected: Vec<_> = rows.map(|n| format!("insert {n}|x")).collect();
    assert_eq!(follower.changes(), expected);
    let gaps = follower.events.iter().filter(|it| matches!(it, Event::Gap(_))).count();
    assert_eq!((gaps, changes(&follower.events).len()), (0, expected.len()), "once each");
}

#[tokio::test]
async fn a_transaction_is_the_same_whether_it_came_open_or_whole() {
    let (scene, mut follower) = followed("streaming_same").await;
    follower.acknowledging = false;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'x')").await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.events.clear();
    scene
        .run(&format!(
            "BEGIN; {UPDATE}; SAVEPOINT a; DELETE FROM crm.contacts; ROLLBACK TO a; \
             ALTER TABLE crm.contacts ADD COLUMN email text; \
             SELECT pg_logical_emit_message(true, 'lawtail.actor', 'u7'); {UPDATE}; \
             TRUNCATE crm.contacts; INSERT INTO crm.contacts VALUES (1, 'y', 'z'); COMMIT"
        ))
        .await;
    follower.until_commits(1).await;
    assert!(open_changes(&follower.events) > 0);
    let decided = |events: &[Event]| {
        let decided = |it: &&Event| !matches!(it, Event::Uncommitted(_) | Event::Idle(_));
        events.iter().filter(decided).cloned().collect::<Vec<_>>()
    };
    let open = decided(&follower.events);
    follower.source.stop().await;
    let settings = SourceSettings { catch_up_bytes: 0, ..scene.settings() };
    let mut follower = Follower::new(settings, Some(resume)).await;
    follower.until_commits(1).await;
    assert_eq!(open_changes(&follower.events), 0);
    assert!(decided(&follower.events) == open, "the same events, positions and shapes");
}

#[tokio::test]
async fn a_disk_without_room_is_a_fault_that_loses_nothing() {
    let scene = scene("streaming_full").await;
    let folder = tempfile::tempdir().unwrap();
    let spool = SpoolSettings { folder: folder.path().join("gone"), memory_bytes: 4_000 };
    let mut follower = followed_by(&scene, SourceSettings { spool, ..scene.settings() }).await;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'x')").await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    scene.run("INSERT INTO crm.contacts SELECT n, 'x' FROM generate_series(1, 3000) n").await;
    let fault = follower.until_fault().await;
    assert_eq!((fault.code, commits(&follower.events)), (Code::STO_002, 1), "{fault}");
    let mut follower = scene.follow(Some(resume)).await;
    follower.until_commits(1).await;
    assert_eq!(follower.changes().len(), 3000);
}

#[tokio::test]
async fn two_large_transactions_come_in_turns_and_are_told_one_after_the_other() {
    let (scene, mut follower) = followed("streaming_turns").await;
    let (one, two) = (session(&scene).await, session(&scene).await);
    run(&one, "BEGIN").await;
    run(&two, "BEGIN").await;
    for n in 0..5 {
        let range =
            |from| format!("WHERE id BETWEEN {} AND {}", from + n * 300, from + n * 300 + 299);
        run(&one, &format!("{UPDATE} {}", range(1))).await;
        run(&two, &format!("{UPDATE} {}", range(1501))).await;
    }
    run(&two, "COMMIT").await;
    run(&one, "COMMIT").await;
    follower.until_commits(2).await;
    let turns = news(&follower.events);
    assert!(turns.len() > 3, "{turns:?}");
    assert_in_order(&follower.events);
    let expected = (1501..=MANY).chain(1..=1500).map(|n| format!("update {n}|changed"));
    assert_eq!(follower.changes(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn ten_thousand_savepoints_are_cheap() {
    let (scene, mut follower) = followed("streaming_savepoints").await;
    scene
        .run(
            "DO $$ BEGIN FOR n IN 1..10000 LOOP \
                BEGIN INSERT INTO crm.contacts VALUES (-n, 'sub'); \
                    IF n % 2 = 0 THEN RAISE 'undone'; END IF; \
                EXCEPTION WHEN raise_exception THEN NULL; END; \
             END LOOP; END $$",
        )
        .await;
    follower.until_commits(1).await;
    let expected = (1..10000).step_by(2).map(|n| format!("insert -{n}|sub"));
    assert_eq!(follower.changes(), expected.collect::<Vec<_>>());
    assert_in_order(&follower.events);
}

#[tokio::test]
async fn a_message_of_an_application_is_told_within_its_streamed_transaction() {
    let (scene, mut follower) = followed("streaming_message").await;
    scene
        .run(&format!(
            "BEGIN; SELECT pg_logical_emit_message(true, 'lawtail.actor', 'u7'); {UPDATE}; COMMIT"
        ))
        .await;
    follower.until_commits(1).await;
    assert!(open_changes(&follower.events) > 0);
    assert_eq!(told(&follower.events)[..3], ["begin", "message", "update 1|changed"]);
    assert!(!GapCause::ALL.iter().any(|cause| {
        follower.events.iter().any(|it| matches!(it, Event::Gap(gap) if gap.cause == *cause))
    }));
}
