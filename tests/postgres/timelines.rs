//! Promoted servers and restored backups: nothing missed is no gap, and what was missed has bounds.

use std::path::Path;
use std::process::Command;

use lawtail::model::{Event, GapCause, Lsn};
use lawtail::shell::cluster::{Cluster, StopMode};
use lawtail::shell::contract::Source;
use lawtail::shell::source::postgres::Resume;

use crate::support::{Follower, Scene, cluster, told};

/// A server that can be started in archive recovery.
fn own() -> &'static Cluster {
    Box::leak(Box::new(cluster(&[("restore_command", "false")], Vec::new())))
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

async fn reconnected(cluster: &'static Cluster, name: &'static str) -> Scene {
    Scene { cluster, name, admin: Scene::admin(cluster, name).await }
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
    assert_eq!(told(&follower.events), ["gap restored", "copy", "insert 1|Ada", "commit"]);
    let (_, from, to) = gap(&follower);
    assert!(from < resume.checkpoint.end && from <= to, "{from} {to}");
}

#[tokio::test]
async fn a_restored_backup_on_the_same_timeline_is_a_gap() {
    let cluster = own();
    let scene = Scene::on(cluster, "restored").await;
    let first = followed(&scene).await;
    stop(cluster);
    back_up(cluster);
    cluster.start_again().unwrap();
    let scene = reconnected(cluster, "restored").await;
    let mut later = scene.follow(Some(first)).await;
    let rows =
        "INSERT INTO crm.contacts SELECT n, repeat('x', 500) FROM generate_series(2, 2000) n";
    scene.run(rows).await;
    later.until_commits(1).await;
    let resume = later.resume();
    later.source.stop().await;
    stop(cluster);
    go_back(cluster);
    cluster.start_again().unwrap();
    let scene = reconnected(cluster, "restored").await;
    let mut follower = scene.follow(Some(resume.clone())).await;
    follower.until_commits(1).await;
    assert_eq!(told(&follower.events), ["gap restored", "copy", "insert 1|Ada", "commit"]);
    let (cause, from, _) = gap(&follower);
    assert_eq!(cause, GapCause::Restored);
    assert!(from < resume.checkpoint.end);
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
