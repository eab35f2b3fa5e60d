//! One round: faults by a seed, then the account.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use lawtail::model::limits;

use crate::dice::Dice;
use crate::fault::{self, Fault};
use crate::history::{self, Verdict};
use crate::scene::{FIRST, Scene};
use crate::standby::Servers;
use crate::support::published::{assert_valid, assert_verified};

/// The grace of the tests' policies and the doubt about the server's clock, in microseconds.
const GRACE: i64 = 1_000_000 + limits::CLOCK_SLACK.as_micros() as i64;

/// What no log and no event may contain: parts of what every contact holds.
const CANARIES: [&str; 4] = ["Hopper", "@example.org", "met at the fair", "+49 30 "];

/// What came of a round.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub verdict: Verdict,
    pub gaps: Vec<String>,
    pub repetitions: usize,
    /// Faults with which lawtail ended without having been told to.
    pub ends: Vec<String>,
}

/// Plays the round of a seed.
pub async fn play(servers: Servers, seed: u64, faults: &[Fault]) -> Outcome {
    let mut scene = Scene::new(servers.primary, seed, faults).await;
    scene.standby = servers.standby;
    if faults.contains(&Fault::KillInCopy) {
        scene.kill_in_copy().await;
    }
    scene.until_following().await;
    if !faults.contains(&Fault::KillInCopy) {
        scene.until_copied().await;
    }
    scene.begin_work();
    for fault in faults {
        scene.pause(1_000).await;
        scene.inflict(*fault).await;
    }
    scene.pause(1_000).await;
    scene.end_work().await;
    scene.come_to_rest().await;
    let lawtail = scene.lawtail.take().unwrap();
    lawtail.terminate().await.assert_clean();
    let outcome = account(&scene, faults).await;
    if !outcome.verdict.violations.is_empty() {
        scene.keep_for_people();
    }
    scene.clear().await;
    outcome
}

/// The faults of a seed.
pub fn faults_of(seed: u64) -> Vec<Fault> {
    fault::choose(seed, &mut Dice::new(seed ^ 0xFA17))
}

async fn account(scene: &Scene, faults: &[Fault]) -> Outcome {
    let evidence = scene.evidence();
    let mut history = scene.chronicle.transactions();
    history.sort_by_key(|transaction| transaction.before.place);
    let mut verdict = history::check(&history, GRACE, &evidence, fault::justified(faults));
    let mut violations = crm_violations(scene, faults).await;
    violations.extend(leaks(&scene.home.path(""), &scene.events));
    verdict.violations.extend(violations);
    let incidents = scene.published().incidents();
    verdict.violations.extend(incidents.iter().map(|incident| format!("{incident:?}")));
    assert_verified(&scene.events);
    assert_valid(&scene.events);
    let gaps = evidence.gaps.into_iter().map(|gap| gap.cause).collect();
    Outcome { verdict, gaps, repetitions: evidence.repetitions, ends: scene.ends.clone() }
}

/// The CRM holds what its people wrote, and nothing else.
async fn crm_violations(scene: &Scene, faults: &[Fault]) -> Vec<String> {
    let query = format!("SELECT string_agg(id::text, ',') FROM crm.contacts WHERE id >= {FIRST}");
    let there = scene.ask(&query).await;
    let there: BTreeSet<u64> = there.split(',').filter_map(|id| id.parse().ok()).collect();
    let written: BTreeSet<u64> = scene.chronicle.contacts().into_iter().collect();
    let rewound = faults.iter().any(|fault| fault.rewinds());
    let unwritten = there.difference(&written).map(|id| format!("who wrote contact {id}?"));
    let missing = written.difference(&there).filter(|_| !rewound);
    unwritten.chain(missing.map(|id| format!("where is contact {id}?"))).collect()
}

/// Files with a personal value in them, and logs that tell of a panic.
fn leaks(home: &Path, events: &Path) -> Vec<String> {
    let searched = |what: &[&str], extra: &[&str]| {
        let mut grep = Command::new("grep");
        grep.args(["-rlaF", "--exclude-dir=policies"]).args(extra);
        for text in what {
            grep.args(["-e", text]);
        }
        let found = grep.arg(home).arg(events).output().unwrap();
        // 1 stands for nothing found, more for an error.
        assert!(found.status.code().is_some_and(|code| code < 2), "{found:?}");
        let files = String::from_utf8_lossy(&found.stdout);
        files.lines().map(|file| format!("{what:?} in {file}")).collect::<Vec<_>>()
    };
    [searched(&CANARIES, &[]), searched(&["panicked"], &["--include=stderr.*"])].concat()
}
