//! A standby of PostgreSQL 17 or later, to which slots are synchronised.

use std::path::PathBuf;
use std::process::Command;

use lawtail::shell::cluster::{Cluster, ClusterSettings, SUPERUSER, StopMode};

use crate::scene::Scene;
use crate::support::database;
use crate::support::patience::until;
use crate::workload::{connect, values};

/// Walsenders that soon lose patience, and little log.
const SETTINGS: [(&str, &str); 6] = [
    ("max_prepared_transactions", "20"),
    ("wal_sender_timeout", "2s"),
    ("min_wal_size", "32MB"),
    ("max_wal_size", "128MB"),
    ("max_replication_slots", "20"),
    ("max_wal_senders", "20"),
];

/// The servers of a round. They go away with this process.
#[derive(Clone, Copy)]
pub struct Servers {
    pub primary: &'static Cluster,
    pub standby: Option<&'static Cluster>,
}

impl Servers {
    /// The newest that is installed, alone.
    pub fn single() -> Servers {
        Servers { primary: database::own(&SETTINGS), standby: None }
    }

    /// A primary and its standby of PostgreSQL 17; `None` when that is not there.
    pub async fn pair() -> Option<Servers> {
        let programs = programs()?;
        let made = move || (start(&programs), start(&programs));
        let (primary, standby) = tokio::task::spawn_blocking(made).await.unwrap();
        let admin = connect(&primary.url("postgres")).await;
        let slot = "SELECT pg_create_physical_replication_slot('standby', true)";
        admin.batch_execute(slot).await.unwrap();
        drop(admin);
        let attached = move || attach(primary, standby);
        tokio::task::spawn_blocking(attached).await.unwrap();
        Some(Servers { primary, standby: Some(standby) })
    }
}

fn start(programs: &std::path::Path) -> &'static Cluster {
    // What is confirmed to a logical slot has reached the standby.
    let settings = SETTINGS.iter().chain(&[("synchronized_standby_slots", "standby")]);
    let settings = settings.map(|(name, value)| ((*name).into(), (*value).into())).collect();
    // Either password opens the copy as well.
    let host_rules = vec![format!("host all {SUPERUSER} 127.0.0.1/32 trust")];
    let programs = Some(programs.to_path_buf());
    let cluster = Cluster::start(ClusterSettings { programs, settings, host_rules });
    Box::leak(Box::new(cluster.unwrap_or_else(|fault| panic!("{fault}"))))
}

/// Makes the second a copy of the first that follows it.
fn attach(primary: &Cluster, standby: &Cluster) {
    for cluster in [primary, standby] {
        cluster.stop(StopMode::Fast).unwrap();
    }
    let data = |cluster: &Cluster| cluster.folder().join("data");
    std::fs::remove_dir_all(data(standby)).unwrap();
    let copied = Command::new("cp").arg("-aT").arg(data(primary)).arg(data(standby)).status();
    assert!(copied.unwrap().success());
    let (port, password) = (primary.port(), primary.password());
    let following = format!(
        "primary_conninfo = 'host=127.0.0.1 port={port} user={SUPERUSER} password={password} \
             dbname=postgres'\n\
         primary_slot_name = 'standby'\nhot_standby_feedback = on\nsync_replication_slots = on\n\
         synchronized_standby_slots = ''\n"
    );
    standby.write_file("data/postgresql.auto.conf", following.as_bytes()).unwrap();
    standby.write_file("data/standby.signal", b"").unwrap();
    // The copy brought the slots along.
    std::fs::remove_dir_all(data(standby).join("pg_replslot/standby")).unwrap();
    for cluster in [primary, standby] {
        cluster.start_again().unwrap();
    }
}

/// The server dies, and its standby takes over once it has all that was committed.
pub async fn promote(scene: &mut Scene) {
    let standby = scene.standby.expect("a round with a promotion has a standby");
    scene.until_following().await;
    scene.end_work().await;
    let written = scene.ask("SELECT pg_current_wal_insert_lsn()::text").await;
    let admin = connect(&standby.url("postgres")).await;
    let replayed = format!("SELECT (pg_last_wal_replay_lsn() >= '{written}')::text");
    until("the standby to have everything", async || {
        (values(&admin, &replayed).await.ok()?.first()? == "true").then_some(())
    })
    .await;
    scene.stop_server(StopMode::Immediate).await;
    admin.batch_execute("SELECT pg_promote(true, 60)").await.unwrap();
    scene.begin_another_life();
    scene.move_to(standby);
    scene.begin_work();
}

/// Where `tests/postgres/fetch.sh` puts the programs.
fn programs() -> Option<PathBuf> {
    let home =
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/lawtail-tests"));
    let caches = [
        std::env::var_os("LAWTAIL_TEST_CACHE").map(PathBuf::from),
        Some("/var/cache/lawtail-tests".into()),
        home,
    ];
    let servers = caches.into_iter().flatten().filter_map(|cache| std::fs::read_dir(cache).ok());
    let mut folders = servers.flatten().flatten().map(|entry| entry.path());
    folders.find_map(|folder| {
        let is_17 = folder.file_name()?.to_str()?.starts_with("postgres-17");
        (is_17 && folder.join("complete").is_file()).then(|| folder.join("bin"))
    })
}
