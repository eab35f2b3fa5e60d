//! Promoted servers and restored backups: nothing missed is no gap, and what was missed has bounds.

use std::path::Path;
use std::process::Command;

use lawtail::model::{Code, Event, GapCause, Lsn};
use lawtail::shell::cluster::{Cluster, StopMode};
use lawtail::shell::contract::Source;
use lawtail::shell::source::postgres::Resume;

use crate::support::{Follower, Scene, cluster, told};

/// The old log is left as soon as that is seen; what was written until the new slot kept the new log
/// is missed as well.
const RESTORED: [&str; 5] = ["gap restored", "gap slot_missing", "copy", "insert 1|Ada", "commit"];

/// A server that can be started in archive recovery, which takes its time.
fn own() -> &'static Cluster {
    Box::leak(Box::new(cluster(&[("restore_command", "sleep 1; false")], Vec::new())))
}

fn stop(cluster: &Cluster) {
    cluster.stop(StopMode::Fast).unwrap();
}

/// Recovery to the end of its own log, and then a new timeline: a promotion.
fn promote(cluster: &Cluster) {
    cluster.write_file("data/recovery.signal", b"").unwrap();
    cluster.start_again().unwrap();
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-aT").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

fn remove(folder: &Path) {
    std::fs::remove_dir_all(folder).unwrap();
}

/// Follows the copy and a live row, then stops.
async fn followed(scene: &Scene) -> Resume {
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    follower.until_commits(2).await;
    let resume = follower.resume();
    follower.source.stop().await;
    resume
}

/// Puts the server back to a backup; what it has written since goes aside.
fn go_back(cluster: &Cluster) {
    let data = cluster.folder().join("data");
    remove(&data);
    copy(&cluster.folder().join("backup"), &data);
}

fn back_up(cluster: &Cluster) {
    copy(&cluster.folder().join("data"), &cluster.folder().join("backup"));
}

/// A server that is being promoted takes connections before it takes changes.
async fn reconnected(cluster: &'static Cluster, name: &'static str) -> Scene {
    let scene = Scene { cluster, name, admin: Scene::admin(cluster, name).await };
    scene.until("SELECT pg_is_in_recovery()::text", "false").await;
    scene
}

fn gap(follower: &Follower) -> (GapCause, Lsn, Lsn) {
    let Some(Event::Gap(gap)) = follower.events.first() else { panic!("a gap comes first") };
    (gap.cause, gap.from, gap.to)
}

#[tokio::test]
async fn a_promotion_that_lost_nothing_is_no_gap() {
    let cluster = own();
    let scene = Scene::on(cluster, "promoted").await;
    let resume = followed(&scene).await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'before')").await;
    stop(cluster);
    promote(cluster);
    let scene = reconnected(cluster, "promoted").await;
    scene.run("INSERT INTO crm.contacts VALUES (3, 'after')").await;
    let mut follower = scene.follow(Some(resume.clone())).await;
    follower.until_commits(2).await;
    assert_eq!(
        told(&follower.events),
        ["begin", "insert 2|before", "commit", "begin", "insert 3|after", "commit"]
    );
    assert_eq!(follower.source.system().timeline, resume.timeline + 1);
    // The next start is on the same timeline.
    let again = follower.resume();
    follower.source.stop().await;
    let mut follower = scene.follow(Some(again)).await;
    scene.run("INSERT INTO crm.contacts VALUES (4, 'later')").await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["begin", "insert 4|later", "commit"]);
}

#[tokio::test]
async fn a_promotion_that_lost_what_we_saw_is_a_gap_from_the_fork_on() {
    let cluster = own();
    let scene = Scene::on(cluster, "forked").await;
    let follower = followed(&scene).await;
    stop(cluster);
    back_up(cluster);
    cluster.start_again().unwrap();
    let scene = reconnected(cluster, "forked").await;
    let mut later = scene.follow(Some(follower)).await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'never replicated')").await;
    later.until_commits(1).await;
    let resume = later.resume();
    later.source.stop().await;
    stop(cluster);
    go_back(cluster);
    promote(cluster);
    let scene = reconnected(cluster, "forked").await;
    let mut follower = scene.follow(Some(resume.clone())).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), RESTORED);
    let (_, from, to) = gap(&follower);
    assert!(from < resume.checkpoint.end && from <= to, "{from} {to}");
}

/// Follows more than a backup holds; `following` puts that backup back.
async fn restored(
    name: &'static str,
    following: impl AsyncFnOnce(&'static Cluster, Follower) -> Resume,
) -> (Scene, Resume) {
    let cluster = own();
    let scene = Scene::on(cluster, name).await;
    let first = followed(&scene).await;
    stop(cluster);
    back_up(cluster);
    cluster.start_again().unwrap();
    let scene = reconnected(cluster, name).await;
    let mut later = scene.follow(Some(first)).await;
    scene.run(&many_rows(2)).await;
    later.until_commits(1).await;
    let resume = following(cluster, later).await;
    (reconnected(cluster, name).await, resume)
}

/// More than a restart writes.
fn many_rows(from: u32) -> String {
    let to = from + 2_000;
    format!(
        "INSERT INTO crm.contacts SELECT n, repeat('x', 500) FROM generate_series({from}, {to}) n"
    )
}

/// Lawtail is stopped, and so is the server, which comes back as it was.
async fn while_stopped(cluster: &'static Cluster, follower: Follower) -> Resume {
    let resume = follower.resume();
    follower.source.stop().await;
    stop(cluster);
    go_back(cluster);
    cluster.start_again().unwrap();
    resume
}

/// Work that brings the log beyond a position.
async fn grow_beyond(scene: &Scene, position: Lsn) {
    let mut from = 10_000;
    while scene.value("SELECT pg_current_wal_flush_lsn()::text").await.parse::<Lsn>().unwrap()
        <= position
    {
        scene.run(&many_rows(from)).await;
        from += 10_000;
    }
}

/// What comes at the next start: the rest is missed up to the copy, and the copy brings every row.
async fn goes_on_with_a_copy(scene: &Scene, resume: Resume) {
    let missed_from = resume.checkpoint.end;
    let mut follower = scene.follow(Some(resume)).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events)[..3], ["gap slot_missing", "copy", "insert 1|Ada"]);
    let (_, from, to) = gap(&follower);
    assert_eq!(from, missed_from);
    let Some(Event::Commit(commit)) = follower.events.last() else { panic!("then a copy") };
    assert_eq!(commit.end, to);
    let rows = scene.value("SELECT count(*)::text FROM crm.contacts").await;
    assert_eq!(follower.changes().len().to_string(), rows);
    // The copy has closed the gap.
    let again = follower.resume();
    follower.source.stop().await;
    let mut follower = scene.follow(Some(again)).await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'later')").await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["begin", "insert 2|later", "commit"]);
}

#[tokio::test]
async fn a_restored_backup_on_the_same_timeline_is_a_gap() {
    let (scene, resume) = restored("restored", while_stopped).await;
    let mut follower = scene.follow(Some(resume.clone())).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), RESTORED);
    let (cause, from, to) = gap(&follower);
    assert_eq!(cause, GapCause::Restored);
    assert!(from < resume.checkpoint.end);
    let Some(Event::Gap(next)) = follower.events.get(1) else { panic!("two gaps") };
    assert_eq!(next.from, to, "no hole between the two");
}

/// Killed with the gap announced and before there is a slot; then the log grows past what was
/// followed of the old one, so that no position tells the two apart any more.
#[tokio::test]
async fn a_restored_backup_is_a_gap_though_its_log_outgrows_ours_before_there_is_a_slot() {
    let (scene, resume) = restored("outgrown", while_stopped).await;
    let old_end = resume.checkpoint.end;
    // The slot that the backup brought back stands where it stood.
    let confirmed = scene.confirmed().await;
    let mut follower = scene.follow(Some(resume)).await;
    follower.until("the gap", |events| !events.is_empty()).await;
    assert_eq!(told(&follower.events), ["gap restored"]);
    let resume = follower.resume();
    follower.source.stop().await;
    assert_eq!(scene.confirmed().await, confirmed, "no slot before the gap is durable");
    assert!(resume.checkpoint.end < old_end);
    grow_beyond(&scene, old_end).await;
    goes_on_with_a_copy(&scene, resume).await;
}

/// The slot is made and nothing of the copy is stored.
#[tokio::test]
async fn a_restored_backup_is_a_gap_though_its_log_outgrows_ours_before_there_is_a_copy() {
    let (scene, resume) = restored("uncopied", while_stopped).await;
    let old_end = resume.checkpoint.end;
    let confirmed = scene.confirmed().await;
    let mut follower = scene.follow(Some(resume)).await;
    follower.until("the gap", |events| !events.is_empty()).await;
    let resume = follower.resume();
    // Asks for more, so the gap is durable; what comes is lost.
    let unstored = follower
        .until("the copy", |events| events.iter().any(|event| matches!(event, Event::Begin(_))));
    unstored.await;
    follower.source.stop().await;
    assert_ne!(scene.confirmed().await, confirmed, "there is another slot");
    grow_beyond(&scene, old_end).await;
    goes_on_with_a_copy(&scene, resume).await;
}

/// Seen when the connection comes back, which ends the run.
#[tokio::test]
async fn a_backup_restored_during_a_run_is_a_gap_though_its_log_outgrows_ours_before_the_next() {
    let name = "restored_live";
    let during = async |cluster: &'static Cluster, mut follower: Follower| {
        let old_end = follower.resume().checkpoint.end;
        let restoring = tokio::task::spawn_blocking(move || {
            cluster.stop(StopMode::Immediate).unwrap();
            go_back(cluster);
            cluster.start_again().unwrap();
        });
        restoring.await.unwrap();
        let fault = follower.until_fault().await;
        assert_eq!(fault.code, Code::PG_009, "{fault}");
        let resume = follower.resume();
        assert!(resume.checkpoint.end < old_end);
        grow_beyond(&reconnected(cluster, name).await, old_end).await;
        resume
    };
    let (scene, resume) = restored(name, during).await;
    goes_on_with_a_copy(&scene, resume).await;
}

#[tokio::test]
async fn a_promotion_during_a_run_is_followed_without_a_new_start() {
    let cluster = own();
    let scene = Scene::on(cluster, "promoted_live").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'before')").await;
    follower.until_commits(2).await;
    let timeline = follower.source.timeline().unwrap();
    tokio::task::spawn_blocking(|| {
        stop(cluster);
        promote(cluster);
    })
    .await
    .unwrap();
    let scene = reconnected(cluster, "promoted_live").await;
    scene.run("INSERT INTO crm.contacts VALUES (2, 'after')").await;
    follower.until_changes(2).await;
    assert_eq!(follower.changes(), ["insert 1|before", "insert 2|after"]);
    assert_eq!(follower.source.timeline(), Some(timeline + 1));
    // What is remembered is of the new timeline, so the next start sees no gap.
    follower.until_commits(3).await;
    let resume = follower.resume();
    follower.source.stop().await;
    let mut again = scene.follow(Some(resume)).await;
    scene.run("INSERT INTO crm.contacts VALUES (3, 'later')").await;
    again.until_commits(1).await;
    assert_eq!(told(&again.events), ["begin", "insert 3|later", "commit"]);
}
