//! Random workloads. See the head of `main.rs` for how to run one seed, or many.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::carried::Carried;
use crate::scene::{Scene, everything};
use crate::servers::Server;
use crate::workload::{SESSIONS, Step, Workload};

/// Says on a panic which workload it was.
struct Seed(Server, u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Seed(server, seed) = self;
            eprintln!("the workload that failed on {server:?}: LAWTAIL_SEED={seed}");
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

async fn any_workload_is_handed_over_as_it_was_committed(server: Server) {
    let first = number("LAWTAIL_SEED");
    let usual = if server == Server::Installed { 15 } else { 5 };
    let count = if first.is_some() { 1 } else { usual };
    let budget = number("LAWTAIL_SECONDS").map(Duration::from_secs);
    let begun = Instant::now();
    for (done, seed) in (first.unwrap_or(1)..).enumerate() {
        let enough = budget.map_or(done >= count, |budget| begun.elapsed() >= budget);
        if enough {
            break;
        }
        workload(server, seed).await;
    }
}

async fn workload(server: Server, seed: u64) {
    let _seed = Seed(server, seed);
    let mut workload = Workload::new(seed);
    let quiet = seed.is_multiple_of(2);
    // PostgreSQL itself may fail to decode what a slot saw half of ("could not map filenumber … to
    // relation OID") when it was made in the middle of a change of shape.
    workload.shapes_change = quiet;
    let mut scene = Scene::new(server, &format!("generated_{seed}")).await;
    scene.run(&workload.schema()).await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(scene.session().await);
    }
    scene.ask_the_oracle().await;
    run(&sessions, workload.steps(40)).await;
    if quiet {
        run(&sessions, workload.end()).await;
        scene.follow_alone().await;
    } else {
        // The slots are made, and the copy is taken, while the sessions go on.
        let mut steps = workload.steps(60);
        steps.extend(workload.end());
        tokio::join!(scene.follow_alone(), run(&sessions, steps));
    }
    workload.shapes_change = true;
    run(&sessions, workload.steps(100)).await;
    run(&sessions, workload.end()).await;

    let transcript = scene.agree(everything).await;
    let mut carried = Carried::new(workload.identities());
    transcript.copied.iter().for_each(|row| carried.apply(row));
    transcript.changes().for_each(|change| carried.apply(change));
    let found = carried.found(scene.copy().await);
    for (table, rows) in carried.rows() {
        assert_eq!(found.get(&table), Some(&rows), "{table}: carried forward, and copied anew");
    }
    assert_eq!(found.len(), carried.rows().len());
    drop(sessions);
    scene.leave().await;
}

async fn run(sessions: &[Client], steps: Vec<Step>) {
    for Step { session, statement, fails } in steps {
        let done = sessions[session].batch_execute(&statement).await;
        assert_eq!(done.is_err(), fails, "session {session}: {statement}: {:?}", done.err());
    }
}

mod tests {
    crate::servers::on_every_version! {
        any_workload_is_handed_over_as_it_was_committed
    }
}
