//! Seeded against found.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::sighting::Sighting;
use crate::model::{Code, Reference, TableName};

/// What a fault is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One person.
    Subject(Reference),
    /// A table.
    Table(TableName),
}

/// A fault that was seeded.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The code under which it should be found.
    pub code: Code,
    /// What it is about.
    pub target: Target,
    /// When its last transaction was committed.
    pub committed: Instant,
}

/// The numbers of one code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Faults that were seeded.
    pub seeded: usize,
    /// Of these, found.
    pub found: usize,
    /// Findings and incidents that nothing seeded explains.
    pub unexpected: usize,
    /// From the commit to the published line, one for each that was found, rising.
    pub latencies: Vec<Duration>,
}

impl Score {
    /// Seeded and not found.
    pub fn missed(&self) -> usize {
        self.seeded - self.found
    }

    /// The middle latency.
    pub fn median(&self) -> Option<Duration> {
        self.latencies.get(self.latencies.len() / 2).copied()
    }
}

/// The numbers of every code that was seeded or found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scoreboard(pub BTreeMap<Code, Score>);

impl Scoreboard {
    /// Each sighting explains at most one seeded fault, and each fault at most one sighting.
    pub fn new(seeded: &[Seeded], sightings: &[Sighting]) -> Self {
        let mut scores: BTreeMap<Code, Score> = BTreeMap::new();
        let mut unexplained: Vec<&Sighting> = sightings.iter().collect();
        for fault in seeded {
            let score = scores.entry(fault.code).or_default();
            score.seeded += 1;
            if let Some(index) = unexplained.iter().position(|sighting| explains(fault, sighting)) {
                let sighting = unexplained.remove(index);
                score.found += 1;
                score.latencies.push(sighting.seen.saturating_duration_since(fault.committed));
            }
        }
        let follows = |sighting: &&Sighting| seeded.iter().any(|fault| follows(fault, sighting));
        for sighting in unexplained.into_iter().filter(|sighting| !follows(sighting)) {
            scores.entry(sighting.code).or_default().unexpected += 1;
        }
        scores.values_mut().for_each(|score| score.latencies.sort());
        Scoreboard(scores)
    }

    /// The sum over every code.
    pub fn total(&self) -> Score {
        let mut total = Score::default();
        for score in self.0.values() {
            total.seeded += score.seeded;
            total.found += score.found;
            total.unexpected += score.unexpected;
            total.latencies.extend(&score.latencies);
        }
        total.latencies.sort();
        total
    }

    /// Whether something was seeded, nothing was missed and nothing unexpected was raised.
    pub fn is_perfect(&self) -> bool {
        let total = self.total();
        total.seeded > 0 && total.missed() == 0 && total.unexpected == 0
    }
}

fn explains(fault: &Seeded, sighting: &Sighting) -> bool {
    let same = match &fault.target {
        Target::Subject(reference) => sighting.subject == Some(*reference),
        Target::Table(table) => sighting.tables.contains(table),
    };
    fault.code == sighting.code && same
}

/// A table that the pack does not know is not in the register either, and that is said as well.
fn follows(fault: &Seeded, sighting: &Sighting) -> bool {
    let register = Seeded { code: Code::REG_001, ..fault.clone() };
    fault.code == Code::COV_003 && explains(&register, sighting)
}

#[cfg(test)]
mod tests {
    use super::super::sighting::Kind;
    use super::*;
    use crate::model::Severity;

    fn person(number: u8) -> Reference {
        Reference([number; 16])
    }

    fn seeded(code: Code, number: u8) -> Seeded {
        Seeded { code, target: Target::Subject(person(number)), committed: Instant::now() }
    }

    fn sighting(code: Code, number: u8, table: &str) -> Sighting {
        Sighting {
            kind: Kind::Finding,
            id: String::new(),
            code,
            severity: Severity::High,
            subject: Some(person(number)),
            tables: vec![TableName::new("crm", table)],
            message: String::new(),
            article: String::new(),
            time: String::new(),
            deadline: None,
            seen: Instant::now() + Duration::from_millis(50),
        }
    }

    #[test]
    fn what_is_found_about_the_right_person_counts_as_found() {
        let faults = [seeded(Code::LB_001, 1), seeded(Code::LB_001, 2)];
        let board =
            Scoreboard::new(&faults, &[1, 2].map(|n| sighting(Code::LB_001, n, "contacts")));
        let score = &board.0[&Code::LB_001];
        assert_eq!((score.seeded, score.found, score.missed(), score.unexpected), (2, 2, 0, 0));
        assert!(score.median().unwrap() >= Duration::from_millis(50));
        assert!(board.is_perfect());
    }

    #[test]
    fn another_person_or_another_code_is_a_miss_and_unexpected() {
        for wrong in [sighting(Code::LB_001, 9, "contacts"), sighting(Code::CN_001, 1, "contacts")]
        {
            let board = Scoreboard::new(&[seeded(Code::LB_001, 1)], &[wrong]);
            assert_eq!((board.total().missed(), board.total().unexpected), (1, 1));
            assert!(!board.is_perfect());
        }
    }

    #[test]
    fn a_second_finding_about_the_same_fault_is_unexpected() {
        let twice = [1, 1].map(|number| sighting(Code::LB_001, number, "contacts"));
        let board = Scoreboard::new(&[seeded(Code::LB_001, 1)], &twice);
        assert_eq!((board.total().found, board.total().unexpected), (1, 1));
    }

    #[test]
    fn incidents_are_told_apart_by_their_table() {
        let table = |name| Target::Table(TableName::new("crm", name));
        let fault = |name| Seeded { target: table(name), ..seeded(Code::SEC_002, 0) };
        let board = Scoreboard::new(
            &[fault("contacts"), fault("event_visitors")],
            &[sighting(Code::SEC_002, 0, "contacts"), sighting(Code::SEC_002, 0, "cases")],
        );
        let score = &board.0[&Code::SEC_002];
        assert_eq!((score.found, score.missed(), score.unexpected), (1, 1, 1));
    }

    #[test]
    fn that_the_register_does_not_list_an_unmapped_table_is_no_surprise() {
        let target = Target::Table(TableName::new("crm", "leads_import"));
        let faults = [Seeded { target, ..seeded(Code::COV_003, 0) }];
        let of = |table| [Code::COV_003, Code::REG_001].map(|code| sighting(code, 0, table));
        assert!(Scoreboard::new(&faults, &of("leads_import")).is_perfect());
        assert_eq!(Scoreboard::new(&faults, &of("contacts")).total().unexpected, 2);
    }

    #[test]
    fn a_run_in_which_nothing_was_seeded_proves_nothing() {
        assert!(!Scoreboard::new(&[], &[]).is_perfect());
    }
}
