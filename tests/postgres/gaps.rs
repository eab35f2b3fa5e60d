//! Whatever was not seen is announced, and followed by a new copy.

use lawtail::model::{Code, Event, Gap, GapCause};
use lawtail::shell::source::postgres::Resume;

use crate::support::{Follower, Scene, cluster, drop_slot, told};

/// Follows the copy and one live row, then stops.
async fn followed(scene: &Scene) -> Resume {
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    follower.until_commits(2).await;
    let resume = follower.resume();
    follower.source.stop().await;
    resume
}

/// Everything that comes up to the end of the copy.
async fn announced(mut follower: Follower, resume: &Resume, cause: GapCause) -> Gap {
    follower.until_commits(1).await;
    let Some(Event::Gap(gap)) = follower.events.first() else { panic!("a gap comes first") };
    assert_eq!((gap.cause, gap.from), (cause, resume.checkpoint.end));
    let Some(Event::Commit(commit)) = follower.events.last() else { panic!("then a copy") };
    assert_eq!(commit.end, gap.to);
    let gap = gap.clone();
    follower.source.stop().await;
    gap
}

#[tokio::test]
async fn a_dropped_slot_is_a_gap_and_a_new_copy() {
    let scene = Scene::new("gap_dropped").await;
    let resume = followed(&scene).await;
    drop_slot(&scene).await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'unseen')").await;
    let mut follower = scene.follow(Some(resume.clone())).await;
    follower.until_commits(1).await;
    assert_eq!(
        told(&follower.events),
        ["gap slot_missing", "copy", "insert 1|Ada", "insert 2|unseen", "commit"]
    );
    let again = follower.resume();
    follower.source.stop().await;
    // The gap is closed: the next start goes on without another.
    let mut follower = scene.follow(Some(again)).await;
    scene.run("INSERT INTO crm.contacts VALUES (3, 'seen')").await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["begin", "insert 3|seen", "commit"]);
}

#[tokio::test]
async fn an_advanced_slot_is_a_gap() {
    let scene = Scene::new("gap_advanced").await;
    let resume = followed(&scene).await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'unseen')").await;
    scene.run("SELECT pg_replication_slot_advance('gap_advanced', pg_current_wal_lsn())").await;
    let gap = announced(scene.follow(Some(resume.clone())).await, &resume, GapCause::SlotAdvanced);
    assert!(gap.await.to > resume.checkpoint.end);
}

#[tokio::test]
async fn a_recreated_slot_is_a_gap() {
    let scene = Scene::new("gap_recreated").await;
    let resume = followed(&scene).await;
    drop_slot(&scene).await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'unseen')").await;
    scene.run("SELECT pg_create_logical_replication_slot('gap_recreated', 'pgoutput')").await;
    announced(scene.follow(Some(resume.clone())).await, &resume, GapCause::SlotAdvanced).await;
}

#[tokio::test]
async fn a_slot_dropped_while_following_is_a_gap() {
    let scene = Scene::new("gap_live").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    // Dropping needs the slot to be free, and we are quick to take it again.
    scene
        .run(
            "DO $$ BEGIN FOR attempt IN 1..1000 LOOP \
                PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots \
                    WHERE slot_name = 'gap_live' AND active_pid IS NOT NULL; \
                BEGIN PERFORM pg_drop_replication_slot('gap_live'); RETURN; \
                EXCEPTION WHEN object_in_use THEN NULL; END; \
             END LOOP; RAISE 'the slot is never free'; END $$",
        )
        .await;
    follower
        .until("a gap and a copy", |events| {
            told(events).ends_with(&["gap slot_missing".into(), "copy".into(), "commit".into()])
        })
        .await;
}

#[tokio::test]
async fn an_invalidated_slot_is_a_gap() {
    let cluster: &'static _ = Box::leak(Box::new(cluster(
        &[("max_slot_wal_keep_size", "1MB"), ("min_wal_size", "32MB"), ("max_wal_size", "64MB")],
        Vec::new(),
    )));
    let scene = Scene::on(cluster, "gap_lost").await;
    let resume = followed(&scene).await;
    for _ in 0..4 {
        scene.run("SELECT pg_logical_emit_message(false, 'x', 'x'); SELECT pg_switch_wal()").await;
    }
    scene.run("CHECKPOINT").await;
    let status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'gap_lost'";
    scene.until(status, "lost").await;
    announced(scene.follow(Some(resume.clone())).await, &resume, GapCause::SlotLost).await;
}

#[tokio::test]
async fn another_database_cluster_is_a_gap() {
    let scene = Scene::new("gap_system").await;
    let mut resume = followed(&scene).await;
    resume.system_identifier = "1".into();
    let mut follower = scene.follow(Some(resume.clone())).await;
    follower.until_commits(1).await;
    let expected = ["gap system_changed", "gap slot_missing", "copy", "insert 1|Ada", "commit"];
    assert_eq!(told(&follower.events), expected);
    let [Event::Gap(first), Event::Gap(second), ..] = &follower.events[..] else { unreachable!() };
    assert_eq!((first.from, first.to), (resume.checkpoint.end, second.from));
}

#[tokio::test]
async fn a_slot_that_a_new_store_does_not_know_is_a_gap() {
    let scene = Scene::new("gap_store").await;
    followed(&scene).await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["gap slot_advanced", "copy", "insert 1|Ada", "commit"]);
}

#[tokio::test]
async fn an_unfinished_copy_whose_slot_is_gone_is_taken_anew() {
    let scene = Scene::new("gap_unfinished").await;
    scene.run("INSERT INTO crm.contacts SELECT n, 'x' FROM generate_series(1, 50000) n").await;
    let mut follower = scene.follow(None).await;
    follower.until("the first rows", |events| events.len() > 1).await;
    let resume = follower.resume();
    assert_eq!(resume.checkpoint.end, lawtail::model::Lsn::ZERO);
    follower.source.stop().await;
    scene
        .run(
            "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots \
                WHERE slot_name = 'gap_unfinished' AND active_pid IS NOT NULL; \
             SELECT pg_drop_replication_slot('gap_unfinished')",
        )
        .await;
    let mut follower = scene.follow(Some(resume)).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events).len(), 50002, "begin, every row, commit; no gap");
}

/// The server looks a publication up as it was when the change was made.
#[tokio::test]
async fn changes_made_while_the_publication_did_not_exist_are_never_left_out_in_silence() {
    let scene = Scene::new("gap_unpublished").await;
    let resume = followed(&scene).await;
    scene.run("DROP PUBLICATION gap_unpublished").await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'unseen')").await;
    scene.run("CREATE PUBLICATION gap_unpublished FOR TABLE crm.contacts").await;
    scene.run("INSERT INTO crm.contacts VALUES (3, 'seen')").await;
    let version = scene.value("SELECT current_setting('server_version_num')").await;
    let mut follower = scene.follow(Some(resume)).await;
    if version.parse::<u32>().unwrap() < 180_000 {
        let fault = follower.until_fault().await;
        assert_eq!(fault.code, Code::PG_006, "{fault}");
        return;
    }
    follower.until_commits(1).await;
    let copied = ["insert 1|Ada", "insert 2|unseen", "insert 3|seen"];
    let expected = [&["gap publication_missing", "copy"][..], &copied, &["commit"]].concat();
    assert_eq!(told(&follower.events), expected);
}
