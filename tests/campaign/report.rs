//! Figures of a campaign.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use tokio::task::JoinError;

use crate::fault::Fault;
use crate::round::Outcome;

/// Violations of a round that are printed.
const SHOWN: usize = 5;

/// What came of the rounds so far.
#[derive(Debug, Default)]
pub struct Tally {
    rounds: usize,
    failed: Vec<u64>,
    faults: BTreeMap<Fault, usize>,
    gaps: BTreeMap<String, usize>,
    ends: BTreeMap<String, usize>,
    expected: usize,
    in_gaps: usize,
    repetitions: usize,
    time: Duration,
}

impl Tally {
    /// Adds a round, and prints it. `true` when it failed.
    pub fn add(
        &mut self,
        seed: u64,
        faults: &[Fault],
        outcome: Result<Outcome, JoinError>,
        time: Duration,
    ) -> bool {
        self.rounds += 1;
        self.time += time;
        for fault in faults {
            *self.faults.entry(*fault).or_default() += 1;
        }
        let (violations, told) = match outcome {
            Ok(outcome) => {
                let told = self.count(&outcome);
                (outcome.verdict.violations, told)
            }
            Err(error) => (vec![format!("gave up: {error}")], String::new()),
        };
        println!("seed {seed} {faults:?}: {told}, {} ms", time.as_millis());
        for violation in violations.iter().take(SHOWN) {
            println!("  VIOLATION {violation}");
        }
        if !violations.is_empty() {
            self.failed.push(seed);
            println!(
                "  {} in all; again: tests/campaign.sh --rounds 1 --seed {seed}",
                violations.len()
            );
        }
        !violations.is_empty()
    }

    fn count(&mut self, outcome: &Outcome) -> String {
        let Outcome { verdict, gaps, repetitions, ends } = outcome;
        self.expected += verdict.expected;
        self.in_gaps += verdict.in_gaps;
        self.repetitions += repetitions;
        for gap in gaps {
            *self.gaps.entry(gap.clone()).or_default() += 1;
        }
        for end in ends {
            *self.ends.entry(end.clone()).or_default() += 1;
        }
        format!(
            "{} findings expected, {} of them in gaps {gaps:?}, {repetitions} repetitions, ended \
             by itself with {ends:?}",
            verdict.expected, verdict.in_gaps
        )
    }

    /// Seeds of the rounds that failed.
    pub fn failed(&self) -> &[u64] {
        &self.failed
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { rounds, failed, expected, in_gaps, repetitions, .. } = self;
        writeln!(f, "{rounds} rounds in {} s, failed: {failed:?}", self.time.as_secs())?;
        writeln!(f, "{expected} findings expected, {in_gaps} of them in announced gaps")?;
        writeln!(f, "{repetitions} events came again exactly as they were")?;
        writeln!(f, "faults: {:?}", self.faults)?;
        writeln!(f, "gaps by cause: {:?}", self.gaps)?;
        write!(f, "lawtail ended by itself, by fault: {:?}", self.ends)
    }
}
