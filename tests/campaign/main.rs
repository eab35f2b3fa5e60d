//! Faults by chance on a real PostgreSQL and the real program, and an account of every commit.
//! `docs/testing.md` tells how to run long campaigns.

#[path = "../support/dice.rs"]
mod dice;
mod disk;
mod evidence;
mod fault;
mod history;
mod inflict;
mod proxy;
mod report;
mod rewind;
mod round;
mod scene;
mod standby;
#[path = "../support/daemon/mod.rs"]
mod support;
mod workload;

use std::time::{Duration, Instant};

use fault::Fault;
use report::Tally;
use standby::Servers;
use tokio::task::{LocalSet, spawn_local};

/// Rounds with faults of the process, its first copy, its disks, its receiver, the server and the
/// network.
const HARMLESS: [u64; 5] = [0, 5, 9, 25, 48];

/// Rounds with faults of the slot and the database.
const LOSING: [u64; 3] = [16, 19, 96];

/// A round in which a standby is promoted.
const PROMOTION: u64 = 24;

/// Plays rounds on servers of their own until there is no further seed.
async fn campaign(seeds: impl Iterator<Item = u64>) -> Tally {
    LocalSet::new().run_until(play_all(seeds)).await
}

async fn play_all(seeds: impl Iterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    let mut server = None;
    for seed in seeds {
        let faults = round::faults_of(seed);
        let begun = Instant::now();
        let servers = if faults.contains(&Fault::Promoted) {
            let Some(pair) = Servers::pair().await else {
                eprintln!("SKIPPED seed {seed}: bring PostgreSQL 17 by tests/postgres/fetch.sh 17");
                continue;
            };
            pair
        } else {
            *server.get_or_insert_with(Servers::single)
        };
        let played = faults.clone();
        // On a task of its own, so that a round that gives up ends itself alone.
        let outcome = spawn_local(async move { round::play(servers, seed, &played).await }).await;
        let failed = tally.add(seed, &faults, outcome, begun.elapsed());
        if failed {
            // Whatever it left behind is not for the next.
            server = None;
        }
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_process_server_and_network_lose_nothing_and_repeat_nothing() {
    let tally = campaign(HARMLESS.into_iter()).await;
    assert_eq!(tally.failed(), [0; 0], "{tally}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_slot_and_database_are_gaps_with_bounds_and_lose_nothing_beside() {
    let tally = campaign(LOSING.into_iter()).await;
    assert_eq!(tally.failed(), [0; 0], "{tally}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_promotion_nothing_is_lost_or_the_gap_is_announced() {
    let tally = campaign(std::iter::once(PROMOTION)).await;
    assert_eq!(tally.failed(), [0; 0], "{tally}");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "as long as one likes: tests/campaign.sh"]
async fn a_long_campaign() {
    let first = number("CAMPAIGN_SEED").unwrap_or(1);
    let rounds = number("CAMPAIGN_ROUNDS").unwrap_or(1);
    let seconds = Duration::from_secs(number("CAMPAIGN_SECONDS").unwrap_or(u64::MAX / 2));
    let begun = Instant::now();
    let seeds = (first..first + rounds).take_while(|_| begun.elapsed() < seconds);
    let tally = campaign(seeds).await;
    println!("{tally}");
    assert_eq!(tally.failed(), [0; 0]);
}
