//! Restores: the database goes back to an earlier state, and lives on from there.

use std::path::Path;
use std::process::Command;

use lawtail::shell::cluster::StopMode;

use crate::fault::Fault;
use crate::scene::Scene;
use crate::support::patience::until;
use crate::workload::values;

/// Takes a backup, lets work go on, goes back to the backup.
pub async fn rewind(scene: &mut Scene, fault: Fault) {
    let folder = scene.cluster.folder().to_path_buf();
    let (data, backup) = (folder.join("data"), folder.join("backup"));
    if fault == Fault::RolledBack {
        scene.stop_server(StopMode::Fast).await;
        run(Command::new("cp").arg("-a").args([&data, &backup]));
        scene.start_server().await;
    } else {
        base_backup(scene, &data, &backup).await;
    }
    scene.pause(1_000).await;
    // What has been taken back has been seen: going back is then more than an interruption.
    scene.ask("SELECT pg_logical_emit_message(true, 'somebody', 'else')::text").await;
    scene.until_following().await;
    scene.end_work().await;
    if scene.dice.chance(50) {
        scene.kill().await;
    }
    scene.stop_server(StopMode::Immediate).await;
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(&backup, &data).unwrap();
    if fault == Fault::RestoredAnew {
        begin_a_timeline(&data);
    }
    scene.start_server().await;
    scene.begin_another_life();
    forget_prepared(scene).await;
    if fault == Fault::RolledBack {
        // Once the new log has passed the place where the old one was followed to, and if that was
        // not noticed before, nothing distinguishes the two.
        scene.until_following().await;
    }
    scene.begin_work();
}

/// What was prepared when the backup was taken is there again, and nobody's: no slot could be made
/// for as long as it is.
async fn forget_prepared(scene: &Scene) {
    let left = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
    let left = values(&scene.admin().await, left).await.unwrap();
    for name in left {
        until("a server that can write", async || {
            let statement = format!("ROLLBACK PREPARED '{name}'");
            scene.admin().await.batch_execute(&statement).await.ok()
        })
        .await;
    }
}

async fn base_backup(scene: &Scene, data: &Path, backup: &Path) {
    let mut command = Command::new(scene.cluster.programs().join("pg_basebackup"));
    command.args(["--checkpoint=fast", "--no-sync", "-d", &scene.cluster.url("postgres"), "-D"]);
    // A machine that is busy may take longer than the walsenders of this server have patience for.
    command.arg(backup).env("PGOPTIONS", "-c wal_sender_timeout=60s");
    let data = data.to_path_buf();
    let backup = backup.to_path_buf();
    let taken = move || {
        run(&mut command);
        // We may be root, and the server may not.
        let owner = format!("--reference={}", data.display());
        run(Command::new("chown").args(["-R", &owner]).arg(&backup));
    };
    tokio::task::spawn_blocking(taken).await.unwrap();
}

/// Recovery to the end of the backup's own log, after which the server begins a new timeline.
fn begin_a_timeline(data: &Path) {
    let settings = data.join("postgresql.auto.conf");
    let text = std::fs::read_to_string(&settings).unwrap() + "restore_command = 'false'\n";
    std::fs::write(settings, text).unwrap();
    let signal = data.join("recovery.signal");
    std::fs::write(&signal, "").unwrap();
    run(Command::new("chown").arg(format!("--reference={}", data.display())).arg(signal));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
