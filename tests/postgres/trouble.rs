//! Lost connections, slow receivers and restarts lose nothing.

use std::time::Duration;

use lawtail::model::{Lsn, limits};
use lawtail::shell::cluster::StopMode;
use lawtail::shell::contract::Source;
use tokio::time::{Instant, timeout};

use crate::support::{DEADLINE, Scene, client_program, cluster};

fn inserts(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| format!("insert {n}|x")).collect()
}

#[tokio::test]
async fn a_killed_walsender_loses_nothing() {
    let scene = Scene::new("trouble_killed").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    for n in 0..30 {
        scene.run(&format!("INSERT INTO crm.contacts VALUES ({n}, 'x')")).await;
        if n % 10 == 5 {
            let kill = "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots \
                WHERE slot_name = 'trouble_killed' AND active_pid IS NOT NULL";
            scene.run(kill).await;
        }
    }
    follower.until_changes(30).await;
    assert_eq!(follower.changes(), inserts(0..30));
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_with_the_same_positions() {
    let scene = Scene::new("trouble_again").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    follower.acknowledging = false;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'x')").await;
    follower.until_commits(2).await;
    let first: Vec<_> = follower.events.split_off(2);
    let of_live = |events: &[lawtail::model::Event]| {
        let live =
            |event: &&lawtail::model::Event| !matches!(event, lawtail::model::Event::Idle(_));
        events.iter().filter(live).cloned().collect::<Vec<_>>()
    };
    scene
        .run(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots \
              WHERE slot_name = 'trouble_again'",
        )
        .await;
    follower.until_commits(2).await;
    assert_eq!(of_live(&follower.events[2..]), of_live(&first));
}

#[tokio::test]
async fn a_restarted_server_loses_nothing() {
    let cluster: &'static _ = Box::leak(Box::new(cluster(&[], Vec::new())));
    let mut scene = Scene::on(cluster, "trouble_restart").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    let mut next = 0;
    for mode in [StopMode::Fast, StopMode::Immediate] {
        for n in next..next + 10 {
            scene.run(&format!("INSERT INTO crm.contacts VALUES ({n}, 'x')")).await;
        }
        next += 10;
        // On a thread of its own: a server that stops waits for us to take what it still sends.
        let restart = move || cluster.stop(mode).and_then(|()| cluster.start_again());
        tokio::task::spawn_blocking(restart).await.unwrap().unwrap();
        scene.admin = Scene::admin(cluster, scene.name).await;
    }
    follower.until_changes(20).await;
    assert_eq!(follower.changes(), inserts(0..20));
}

#[tokio::test]
async fn a_receiver_that_is_behind_does_not_hold_up_a_shutdown() {
    let cluster: &'static _ = Box::leak(Box::new(cluster(&[], Vec::new())));
    let scene = Scene::on(cluster, "trouble_shutdown").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    // Nothing more is taken or acknowledged; the server would wait for it without end.
    scene
        .run("INSERT INTO crm.contacts SELECT n, repeat('x', 500) FROM generate_series(1, 50000) n")
        .await;
    let stopping = tokio::task::spawn_blocking(|| cluster.stop(StopMode::Fast));
    timeout(DEADLINE, stopping).await.expect("the server stops").unwrap().unwrap();
}

/// On several threads, as the daemon: what we do with the changes must not stop the feedback.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_receiver_keeps_its_connection() {
    let scene = Scene::new("trouble_blocked").await;
    scene.run("ALTER ROLE trouble_blocked SET wal_sender_timeout = '4s'").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    let sender = "SELECT active_pid::text FROM pg_replication_slots \
        WHERE slot_name = 'trouble_blocked'";
    let before = scene.value(sender).await;
    // More than all buffers between the server and us hold.
    scene
        .run(
            "INSERT INTO crm.contacts SELECT n, repeat('x', 1000) FROM generate_series(0, 59999) n",
        )
        .await;
    // Two timeouts by the server's clock, in which nothing is taken.
    scene.run("SELECT pg_sleep(9)").await;
    assert_eq!(scene.value(sender).await, before, "the same walsender is still there");
    follower.until_commits(2).await;
    assert_eq!(follower.changes().len(), 60_000);
    let status = follower.source.status().borrow().clone();
    assert_eq!(scene.value(sender).await, before, "{status:?}");
    assert_eq!(
        follower.events.iter().filter(|e| matches!(e, lawtail::model::Event::Begin(_))).count(),
        2
    );
}

#[tokio::test]
async fn a_stop_is_quick_and_tells_what_was_acknowledged() {
    let scene = Scene::new("trouble_stop").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'x')").await;
    follower.acknowledging = false;
    follower.until_commits(2).await;
    let end = follower.resume().checkpoint.end;
    // More than fits into the channel, so that the reader is blocked when it is told to stop.
    scene
        .run(
            "INSERT INTO crm.contacts SELECT n, repeat('x', 1000) FROM generate_series(2, 60000) n",
        )
        .await;
    follower.source.acknowledge(end);
    let begun = Instant::now();
    timeout(limits::STOP_TIMEOUT + Duration::from_secs(1), follower.source.stop())
        .await
        .unwrap_or_else(|_| panic!("stopping took {:?}", begun.elapsed()));
    let active = "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'trouble_stop'";
    scene.until(active, "false").await;
    assert_eq!(scene.confirmed().await, end);
}

#[tokio::test]
async fn the_acknowledged_position_never_falls() {
    let scene = Scene::new("trouble_falls").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    let end = follower.resume().checkpoint.end;
    follower.source.acknowledge(end);
    follower.source.acknowledge(Lsn(1));
    follower.source.stop().await;
    assert!(scene.confirmed().await >= end);
}

#[tokio::test]
async fn a_walsender_that_a_crash_left_behind_is_ended_and_nobody_elses() {
    let scene = Scene::new("trouble_stale").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let resume = follower.resume();
    follower.source.stop().await;
    // A client of our name that took the slot and then fell silent.
    let url = format!("{} application_name=lawtail/trouble_stale", dsn(&scene));
    let silent = std::process::Command::new(client_program(scene.cluster, "pg_recvlogical"))
        .args(["-d", &url, "--slot", scene.name, "--start", "-f", "/dev/null", "-s", "0"])
        .args(["-o", "proto_version=1", "-o", "publication_names=trouble_stale"])
        .stderr(std::process::Stdio::null())
        .spawn();
    let _silent = Killed(silent.unwrap());
    let sender = "SELECT active_pid::text FROM pg_replication_slots \
        WHERE slot_name = 'trouble_stale'";
    let active = "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'trouble_stale'";
    scene.until(active, "true").await;
    let stale = scene.value(sender).await;
    let mut follower = scene.follow(Some(resume)).await;
    scene.run("INSERT INTO crm.contacts VALUES (0, 'x')").await;
    follower.until_changes(1).await;
    assert_ne!(scene.value(sender).await, stale);
}

/// A process that ends with its test, however that ends.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn dsn(scene: &Scene) -> String {
    let (name, port) = (scene.name, scene.cluster.port());
    let password = crate::support::PASSWORD;
    format!("host=127.0.0.1 port={port} user={name} dbname={name} password={password}")
}

#[tokio::test]
async fn a_lock_on_a_published_table_does_not_keep_us_from_connecting_anew() {
    let scene = Scene::new("trouble_lock").await;
    scene
        .run(
            "CREATE TABLE crm.notes (id int PRIMARY KEY, name text); \
             GRANT SELECT ON crm.notes TO trouble_lock; \
             ALTER PUBLICATION trouble_lock ADD TABLE crm.notes",
        )
        .await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.notes VALUES (1, 'before')").await;
    follower.until_changes(1).await;
    let other = Scene::admin(scene.cluster, scene.name).await;
    other.batch_execute("BEGIN; LOCK TABLE crm.contacts IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let walsender = "FROM pg_stat_replication WHERE application_name = 'lawtail/trouble_lock'";
    let pid = scene.value(&format!("SELECT pid::text {walsender}")).await;
    scene.run(&format!("SELECT pg_terminate_backend({pid})")).await;
    scene.run("INSERT INTO crm.notes VALUES (2, 'meanwhile')").await;
    follower.until_changes(2).await;
    assert_eq!(follower.changes(), ["insert 1|before", "insert 2|meanwhile"]);
    let held = "SELECT count(*)::text FROM pg_locks WHERE mode = 'AccessExclusiveLock' \
        AND granted AND relation = 'crm.contacts'::regclass::oid";
    // Asked by the holder: the name of a locked table is nobody else's to look up.
    let rows = other.query(held, &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, String>(0), "1", "it was held all the time");
    other.batch_execute("COMMIT").await.unwrap();
    scene.run("INSERT INTO crm.contacts VALUES (3, 'after')").await;
    follower.until_changes(3).await;
}
