//! What is committed comes whole and in the order of commits; what is rolled back never comes.

use futures_util::SinkExt;
use lawtail::model::OperationKind;

use crate::scene::{Scene, everything};
use crate::servers::Server;

const TABLE: &str = "CREATE TABLE crm.t (id int PRIMARY KEY, v text)";

/// More than the 64 kB after which the server lets go of a transaction.
fn large(ids: &str, text: &str) -> String {
    format!("INSERT INTO crm.t SELECT n, '{text}' || n FROM generate_series({ids}) n")
}

async fn savepoints_that_are_rolled_back_never_were(server: Server) {
    let mut scene = Scene::new(server, "savepoints").await;
    scene.run(TABLE).await;
    scene.follow().await;
    scene
        .run(
            "BEGIN;
            INSERT INTO crm.t VALUES (1, 'kept');
            SAVEPOINT a;
            INSERT INTO crm.t VALUES (2, 'lost');
            SAVEPOINT b;
            INSERT INTO crm.t VALUES (3, 'lost');
            RELEASE b;
            ROLLBACK TO a;
            INSERT INTO crm.t VALUES (2, 'kept');
            SAVEPOINT c;
            UPDATE crm.t SET v = 'kept too' WHERE id = 1;
            SAVEPOINT d;
            DELETE FROM crm.t;
            ROLLBACK TO d;
            RELEASE c;
            COMMIT;
            BEGIN;
            INSERT INTO crm.t VALUES (4, 'lost');
            ROLLBACK;
            BEGIN;
            SAVEPOINT a;
            INSERT INTO crm.t VALUES (5, 'lost');
            ROLLBACK TO a;
            COMMIT;
            BEGIN;
            COMMIT",
        )
        .await;
    let transcript = scene.agree(everything).await;
    let told: Vec<_> = transcript.ours.iter().map(|it| it.changes.len()).collect();
    assert_eq!(told, [3, 1]);
    scene.leave().await;
}

async fn large_transactions_come_without_their_rolled_back_parts(server: Server) {
    let mut scene = Scene::new(server, "large_transactions").await;
    scene.run(TABLE).await;
    scene.run("ALTER TABLE crm.t REPLICA IDENTITY FULL").await;
    scene.follow().await;
    let other = scene.session().await;
    scene.run("BEGIN").await;
    for part in 0..6 {
        scene.run("SAVEPOINT part").await;
        let ids = format!("{}, {}", part * 10_000, part * 10_000 + 1999);
        scene.run(&large(&ids, "a rather long text, ")).await;
        scene.run(&format!("UPDATE crm.t SET v = v || 'x' WHERE id % 5 = {part}")).await;
        // Somebody else commits while this is open.
        other.batch_execute(&large(&format!("-{part}9, -{part}1"), "between ")).await.unwrap();
        let end = if part % 2 == 0 { "RELEASE part" } else { "ROLLBACK TO part" };
        scene.run(end).await;
    }
    scene.run("COMMIT;\nBEGIN").await;
    scene.run(&large("100000, 102999", "all of it is rolled back ")).await;
    scene.run("ROLLBACK").await;
    let transcript = scene.agree(everything).await;
    let largest = transcript.ours.iter().map(|it| it.changes.len()).max();
    assert!(largest > Some(6000), "{largest:?}");
    scene.leave().await;
}

/// A server that decodes a large transaction when it has already been rolled back skips it. Those of
/// PostgreSQL 18 then tell of the end of its parts as if they had been streamed, which nobody asked
/// for.
async fn large_transactions_rolled_back_before_they_are_decoded_never_were(server: Server) {
    let mut scene = Scene::new(server, "rolled_back_unseen").await;
    scene.run(TABLE).await;
    scene.follow().await;
    let lost = large("10, 3000", "all of it is rolled back ");
    scene
        .run_unwatched(&format!(
            "BEGIN;
            SAVEPOINT a;
            INSERT INTO crm.t VALUES (1, 'lost');
            RELEASE a;
            {lost};
            SAVEPOINT c;
            INSERT INTO crm.t VALUES (2, 'lost');
            ROLLBACK;
            INSERT INTO crm.t VALUES (3, 'kept')"
        ))
        .await;
    let transcript = scene.agree(everything).await;
    let tables: Vec<_> = transcript.changes().map(|told| &*told.table.name).collect();
    assert_eq!(tables, ["passed", "t", "passed"]);
    scene.leave().await;
}

async fn prepared_transactions_come_when_they_are_committed(server: Server) {
    let mut scene = Scene::new(server, "prepared").await;
    scene.run(TABLE).await;
    scene.follow().await;
    scene
        .run(&format!(
            "BEGIN;
            INSERT INTO crm.t VALUES (1, 'prepared');
            SAVEPOINT a;
            INSERT INTO crm.t VALUES (2, 'lost');
            ROLLBACK TO a;
            PREPARE TRANSACTION 'one';
            BEGIN;
            INSERT INTO crm.t VALUES (3, 'lost');
            PREPARE TRANSACTION 'two';
            BEGIN;
            {};
            PREPARE TRANSACTION 'three';
            INSERT INTO crm.t VALUES (4, 'in between');
            COMMIT PREPARED 'three';
            ROLLBACK PREPARED 'two';
            COMMIT PREPARED 'one'",
            large("100, 3000", "prepared and large, ")
        ))
        .await;
    let transcript = scene.agree(everything).await;
    let told: Vec<_> = transcript.ours.iter().map(|it| it.changes.len()).collect();
    assert_eq!(told, [1, 2901, 1, 1]);
    scene.leave().await;
}

async fn a_table_may_change_its_shape_within_a_transaction(server: Server) {
    let mut scene = Scene::new(server, "changing_shape").await;
    scene.run(TABLE).await;
    scene.run("INSERT INTO crm.t SELECT n, 'v' || n FROM generate_series(1, 20) n").await;
    scene.follow().await;
    let changes = "
        INSERT INTO crm.t VALUES (31, 'first');
        ALTER TABLE crm.t ADD COLUMN w text DEFAULT 'default';
        INSERT INTO crm.t VALUES (32, 'second');
        UPDATE crm.t SET v = 'rewritten' WHERE id = 1;
        UPDATE crm.t SET id = -2 WHERE id = 2;
        ALTER TABLE crm.t RENAME COLUMN w TO \"W new\";
        INSERT INTO crm.t VALUES (33, 'third', 'w');
        ALTER TABLE crm.t ALTER COLUMN v TYPE varchar(20), ALTER id TYPE bigint;
        UPDATE crm.t SET v = 'retyped' WHERE id = 3;
        ALTER TABLE crm.t DROP COLUMN \"W new\";
        DELETE FROM crm.t WHERE id = 4;
        ALTER TABLE crm.t ADD COLUMN x int GENERATED BY DEFAULT AS IDENTITY;
        INSERT INTO crm.t VALUES (34, 'fourth');
        SAVEPOINT a;
        ALTER TABLE crm.t DROP COLUMN x, ADD COLUMN y text DEFAULT 'never was';
        INSERT INTO crm.t VALUES (35, 'never', 'was');
        ROLLBACK TO a;
        INSERT INTO crm.t VALUES (35, 'fifth');
        ALTER TABLE crm.t RENAME TO u;
        INSERT INTO crm.u VALUES (36, 'sixth');
        ALTER TABLE crm.u SET SCHEMA \"Odd \"\"schema\"\"\";
        INSERT INTO \"Odd \"\"schema\"\"\".u VALUES (37, 'seventh');
        TRUNCATE \"Odd \"\"schema\"\"\".u;
        DROP TABLE \"Odd \"\"schema\"\"\".u;
        CREATE TABLE crm.t (v text, id int PRIMARY KEY);
        INSERT INTO crm.t VALUES ('eighth', 1);
        CREATE TABLE crm.as_query AS SELECT * FROM crm.t";
    scene.transaction(changes).await;
    scene.run("DROP TABLE crm.as_query, crm.t").await;
    scene.run(TABLE).await;
    scene.run("INSERT INTO crm.t SELECT n, 'v' || n FROM generate_series(1, 20) n").await;
    // The same again, with a commit after each statement.
    scene
        .run(&changes.replace("SAVEPOINT a;", "BEGIN;").replace("ROLLBACK TO a;", "ROLLBACK;"))
        .await;
    scene.agree(everything).await;
    scene.leave().await;
}

async fn truncate_and_cascades_tell_every_table_and_row(server: Server) {
    let mut scene = Scene::new(server, "cascades").await;
    scene
        .run(
            "CREATE TABLE crm.parent (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text);
            CREATE TABLE crm.child (id int PRIMARY KEY,
                parent int REFERENCES crm.parent ON DELETE CASCADE ON UPDATE CASCADE);
            CREATE TABLE crm.grandchild (id int PRIMARY KEY,
                child int REFERENCES crm.child ON DELETE SET NULL);
            CREATE SCHEMA private;
            CREATE TABLE private.child (id int PRIMARY KEY, parent int REFERENCES crm.parent)",
        )
        .await;
    let fill = "
        INSERT INTO crm.parent (v) SELECT 'p' FROM generate_series(1, 3);
        INSERT INTO crm.child SELECT n, n % 3 + 1 FROM generate_series(1, 6) n;
        INSERT INTO crm.grandchild SELECT n, n FROM generate_series(1, 6) n";
    scene.run(fill).await;
    scene.follow().await;
    scene
        .run(
            "UPDATE crm.parent SET id = 10 WHERE id = 1;
            DELETE FROM crm.parent WHERE id = 10;
            INSERT INTO private.child VALUES (1, 2);
            TRUNCATE crm.grandchild;
            TRUNCATE crm.parent RESTART IDENTITY CASCADE",
        )
        .await;
    scene.run(fill).await;
    scene
        .transaction(&format!(
            "TRUNCATE crm.parent, crm.child, crm.grandchild RESTART IDENTITY CASCADE;\n{fill}"
        ))
        .await;
    let transcript = scene.agree(everything).await;
    let truncates = transcript.changes().filter(|told| told.kind == OperationKind::Truncate);
    assert_eq!(truncates.count(), 1 + 3 + 3);
    scene.leave().await;
}

async fn every_way_to_write_rows_is_told(server: Server) {
    let mut scene = Scene::new(server, "ways_to_write").await;
    scene.run(TABLE).await;
    scene.follow().await;
    let copy = scene.admin.copy_in("COPY crm.t FROM STDIN").await.unwrap();
    let mut lines = String::new();
    for id in 1..=10_000 {
        lines += &format!("{id}\t{}\n", ["\\N", "", "tab\\t", "back\\\\", "ü"][id % 5]);
    }
    let mut copy = std::pin::pin!(copy);
    copy.send(bytes::Bytes::from(lines)).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), 10_000);
    scene
        .run(
            "INSERT INTO crm.t VALUES (1, 'conflict'), (10001, 'new')
                ON CONFLICT (id) DO UPDATE SET v = excluded.v || '!';
            INSERT INTO crm.t VALUES (1, 'nothing'), (10002, 'new') ON CONFLICT DO NOTHING;
            INSERT INTO crm.t VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET id = -2;
            MERGE INTO crm.t USING (VALUES (3, 'm'), (4, NULL), (20000, 'm')) s (id, v)
                ON t.id = s.id
                WHEN MATCHED AND s.v IS NULL THEN DELETE
                WHEN MATCHED THEN UPDATE SET v = s.v
                WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v);
            WITH gone AS (DELETE FROM crm.t WHERE id BETWEEN 5 AND 9 RETURNING *),
                moved AS (INSERT INTO crm.t SELECT id + 30000, v FROM gone RETURNING id)
                UPDATE crm.t SET v = 'cte' WHERE id IN (SELECT id - 30000 + 10 FROM moved);
            SELECT * FROM crm.t WHERE id = 11 FOR UPDATE;
            UPDATE crm.t SET v = 'again' WHERE id = 11;
            UPDATE crm.t SET v = 'again' WHERE id % 100 = 0;
            DELETE FROM crm.t USING crm.t o WHERE o.id = t.id + 1 AND t.id % 1000 = 1;
            DO $$ BEGIN FOR n IN 1..50 LOOP
                BEGIN INSERT INTO crm.t VALUES (40000 + n % 40, 'loop'); EXCEPTION
                WHEN unique_violation THEN UPDATE crm.t SET v = v || '+' WHERE id = 40000 + n % 40; END; END LOOP; END $$",
        )
        .await;
    let transcript = scene.agree(everything).await;
    assert!(transcript.ours.iter().any(|it| it.changes.len() == 10_000));
    scene.leave().await;
}

/// Commit times of a foreign origin are its own.
async fn transactions_of_another_origin_come_with_its_time(server: Server) {
    let mut scene = Scene::new(server, "origins").await;
    scene.run(TABLE).await;
    scene.follow().await;
    scene
        .run(
            "SELECT pg_replication_origin_create('elsewhere');
            SELECT pg_replication_origin_session_setup('elsewhere');
            BEGIN;
            SELECT pg_replication_origin_xact_setup('0/ABCD', '2020-02-29 12:00:00.5+00');
            INSERT INTO crm.t VALUES (1, 'from elsewhere');
            COMMIT;
            INSERT INTO crm.t VALUES (2, 'from elsewhere, time unknown');
            SELECT pg_replication_origin_session_reset();
            INSERT INTO crm.t VALUES (3, 'from here')",
        )
        .await;
    let transcript = scene.agree(everything).await;
    let time: jiff::Timestamp = "2020-02-29T12:00:00.5Z".parse().unwrap();
    assert_eq!(transcript.ours[0].time.0, time.as_microsecond());
    scene.run("SELECT pg_replication_origin_drop('elsewhere')").await;
    scene.leave().await;
}

/// Messages come if the server is asked for them, and then all that are addressed to us.
async fn messages_disturb_nothing(server: Server) {
    let mut scene = Scene::new(server, "messages").await;
    scene.run(TABLE).await;
    scene.follow().await;
    scene
        .run(
            "BEGIN;
            SELECT pg_logical_emit_message(true, 'lawtail.actor', 'ada');
            INSERT INTO crm.t VALUES (1, 'a');
            SELECT pg_logical_emit_message(true, 'somebody.else', 'x');
            SELECT pg_logical_emit_message(false, 'lawtail.actor', 'outside');
            SAVEPOINT a;
            SELECT pg_logical_emit_message(true, 'lawtail.actor', 'undone');
            ROLLBACK TO a;
            SELECT pg_logical_emit_message(true, 'lawtail.basis', 'ü and more');
            COMMIT;
            SELECT pg_logical_emit_message(true, 'lawtail.actor', 'alone');
            SELECT pg_logical_emit_message(true, 'somebody.else', 'alone');
            INSERT INTO crm.t VALUES (2, 'b')",
        )
        .await;
    scene.agree(everything).await;
    scene.leave().await;
}

async fn sessions_come_in_the_order_of_their_commits(server: Server) {
    let mut scene = Scene::new(server, "interleaved").await;
    scene.run(TABLE).await;
    scene.follow().await;
    let sessions = [scene.session().await, scene.session().await, scene.session().await];
    for session in &sessions {
        session.batch_execute("BEGIN").await.unwrap();
    }
    for round in 0..20 {
        for (number, session) in sessions.iter().enumerate() {
            let id = round * 10 + number;
            let insert = format!("INSERT INTO crm.t VALUES ({id}, 'round {round}')");
            session.batch_execute(&insert).await.unwrap();
            if (round + number) % 7 == 0 {
                session.batch_execute("COMMIT; BEGIN").await.unwrap();
            }
        }
    }
    for session in sessions.iter().rev() {
        session.batch_execute("COMMIT").await.unwrap();
    }
    scene.agree(everything).await;
    scene.leave().await;
}

mod tests {
    crate::servers::on_every_version! {
        savepoints_that_are_rolled_back_never_were
        large_transactions_come_without_their_rolled_back_parts
        large_transactions_rolled_back_before_they_are_decoded_never_were
        prepared_transactions_come_when_they_are_committed
        a_table_may_change_its_shape_within_a_transaction
        truncate_and_cascades_tell_every_table_and_row
        every_way_to_write_rows_is_told
        transactions_of_another_origin_come_with_its_time
        messages_disturb_nothing
        sessions_come_in_the_order_of_their_commits
    }
}
