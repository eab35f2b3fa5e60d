//! The initial copy and the stream give every row once, in order.

use lawtail::model::{Event, Lsn, ReplicaIdentity, Timestamp, TransactionKind, limits};

use crate::support::{Scene, commits, told};

#[tokio::test]
async fn the_initial_copy_and_live_changes_give_every_row_in_order() {
    let scene = Scene::new("follow_copy").await;
    scene
        .run("INSERT INTO crm.contacts SELECT n, 'name ' || n FROM generate_series(1, 20000) n")
        .await;
    let mut follower = scene.follow(None).await;
    // The snapshot has been taken, most of the copy is still to come.
    follower.until("the first rows", |events| events.len() > 1).await;
    scene
        .run(
            "INSERT INTO crm.contacts VALUES (20001, 'live'); \
             UPDATE crm.contacts SET name = 'changed' WHERE id = 1; \
             DELETE FROM crm.contacts WHERE id = 2",
        )
        .await;
    follower.until_commits(2).await;
    scene.run("TRUNCATE crm.contacts").await;
    follower.until_commits(3).await;
    let mut expected: Vec<String> = (1..=20000).map(|n| format!("insert {n}|name {n}")).collect();
    expected.extend(
        ["insert 20001|live", "update 1|changed", "delete 2|null", "truncate crm.contacts"]
            .map(str::to_owned),
    );
    assert_eq!(follower.changes(), expected);
}

#[tokio::test]
async fn the_copy_is_one_transaction_just_below_the_first_position_of_the_slot() {
    let scene = Scene::new("follow_position").await;
    scene
        .run("INSERT INTO crm.contacts VALUES (1, 'Ada'), (2, NULL), (3, E'tab\\t back\\\\')")
        .await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    assert_eq!(
        told(&follower.events),
        ["copy", "insert 1|Ada", "insert 2|null", "insert 3|tab\t back\\", "commit"]
    );
    let (Some(Event::Begin(begin)), Some(Event::Commit(commit))) =
        (follower.events.first(), follower.events.last())
    else {
        panic!("a transaction begins and ends");
    };
    assert_eq!(begin.kind, TransactionKind::InitialCopy);
    assert_eq!((begin.xid, begin.commit), (0, Lsn(commit.end.0 - 1)));
    assert_eq!(commit.position.commit, begin.commit);
    assert_eq!(commit.position.ordinal, 4);
    follower.until("progress to be confirmed", |events| events.len() > 5).await;
}

#[tokio::test]
async fn the_copy_describes_a_table_as_the_stream_does() {
    let scene = Scene::new("follow_shape").await;
    scene
        .run(
            "CREATE TABLE crm.notes (id int, a text, gone int, b text, kind text NOT NULL, \
                twice int GENERATED ALWAYS AS (length(a) * 2) STORED); \
             ALTER TABLE crm.notes DROP COLUMN gone; \
             CREATE UNIQUE INDEX by_kind ON crm.notes (kind); \
             ALTER TABLE crm.notes REPLICA IDENTITY USING INDEX by_kind; \
             CREATE TABLE crm.cases (id int PRIMARY KEY, secret text, open bool, at timestamptz); \
             ALTER PUBLICATION follow_shape ADD TABLE crm.notes, \
                TABLE crm.cases (id, open, at) WHERE (id < 10); \
             GRANT SELECT ON crm.notes TO follow_shape; \
             GRANT SELECT (id, open, at) ON crm.cases TO follow_shape; \
             ALTER TABLE crm.contacts REPLICA IDENTITY FULL; \
             INSERT INTO crm.contacts VALUES (1, 'Ada'); \
             INSERT INTO crm.notes VALUES (1, 'a', 'b', 'k1'); \
             INSERT INTO crm.cases VALUES (1, 'hidden', true, '2026-01-31 12:00+02'), (99, 'x', true, NULL)",
        )
        .await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene
        .run(
            "INSERT INTO crm.contacts VALUES (2, 'Ada'); \
             INSERT INTO crm.notes VALUES (2, 'a', 'b', 'k2'); \
             INSERT INTO crm.cases VALUES (2, 'hidden', true, '2026-01-31 12:00+02'), (98, 'x', true, NULL)",
        )
        .await;
    follower.until_commits(2).await;
    let of_transaction = |kind: TransactionKind| {
        let mut wanted = false;
        let mut changes = Vec::new();
        for event in &follower.events {
            match event {
                Event::Begin(begin) => wanted = begin.kind == kind,
                Event::Change(change) if wanted => changes.push(change.clone()),
                _ => {}
            }
        }
        changes.sort_by_key(|change| change.table.name.to_string());
        changes
    };
    let copied = of_transaction(TransactionKind::InitialCopy);
    let live = of_transaction(TransactionKind::Live);
    assert_eq!(copied.len(), 3);
    for (copied, live) in copied.iter().zip(&live) {
        assert_eq!(copied.table, live.table);
        let cells = |change: &lawtail::model::Change| {
            let row = change.operation.new_row().unwrap();
            let cells = row.cells().skip(1).map(|c| c.known().and_then(|c| c.reveal_text()));
            cells
                .filter(|c| !c.is_some_and(|c| c.starts_with('k')))
                .map(|c| c.map(str::to_owned))
                .collect::<Vec<_>>()
        };
        assert_eq!(cells(copied), cells(live));
    }
    assert_eq!(copied[1].table.replica_identity, ReplicaIdentity::Full);
    assert_eq!(copied[2].table.replica_identity, ReplicaIdentity::Index);
    assert_eq!(copied[0].table.columns.len(), 3);
}

#[tokio::test]
async fn a_restart_goes_on_where_the_checkpoint_stands() {
    let scene = Scene::new("follow_resume").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    follower.until_commits(2).await;
    let resume = follower.resume();
    follower.source.stop().await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'Bob')").await;
    let mut follower = scene.follow(Some(resume)).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["begin", "insert 2|Bob", "commit"]);
}

#[tokio::test]
async fn an_idle_database_advances_without_a_single_write() {
    let scene = Scene::new("follow_idle").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    // Somebody else writes, in another database.
    let other = crate::support::connect(&scene.cluster.url("postgres")).await;
    other.batch_execute("CREATE TABLE IF NOT EXISTS noise (n int)").await.unwrap();
    other.batch_execute("INSERT INTO noise SELECT generate_series(1, 1000)").await.unwrap();
    let written = scene.value("SELECT pg_current_wal_lsn()::text").await.parse::<Lsn>().unwrap();
    let transaction = scene.value("SELECT pg_current_xact_id_if_assigned()::text").await;
    assert_eq!(transaction, "");
    let deadline = tokio::time::Instant::now() + crate::support::DEADLINE;
    while scene.confirmed().await < written {
        let seen = follower.events.len();
        follower.until("an idle position", |events| events.len() > seen).await;
        assert!(tokio::time::Instant::now() < deadline, "the slot does not advance");
    }
    assert_eq!(told(&follower.events), ["copy", "commit"]);
}

/// Stream time must not pass the transactions that are still to come: their graces would be over
/// before what they wait for is seen.
#[tokio::test]
async fn after_a_long_stop_time_passes_with_what_is_caught_up_and_then_goes_on() {
    let scene = Scene::new("follow_clock").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.source.stop().await;
    scene
        .run(
            "DO $$ BEGIN FOR n IN 1..300 LOOP \
                INSERT INTO crm.contacts VALUES (n, 'Ada'); COMMIT; \
             END LOOP; END $$",
        )
        .await;
    let written = scene.value("SELECT clock_timestamp()::text").await;
    let long_ago = format!("SELECT (clock_timestamp() > '{written}'::timestamptz + '4 s')::text");
    scene.until(&long_ago, "true").await;
    let now = Timestamp::parse(&scene.value("SELECT now()::text").await).unwrap();
    let mut follower = scene.follow(Some(resume)).await;
    let passed = |events: &[Event]| {
        events.iter().any(|event| matches!(event, Event::Idle(idle) if idle.time > now))
    };
    follower.until("the server's clock", passed).await;
    assert_eq!(commits(&follower.events), 300);
    let mut clock = Timestamp::default();
    for event in &follower.events {
        match event {
            Event::Idle(idle) => clock = clock.max(idle.time),
            Event::Begin(begin) => assert!(begin.time >= clock - limits::CLOCK_SLACK),
            _ => {}
        }
    }
}
