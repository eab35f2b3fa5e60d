//! The laws of the decision core, over random lives of a CRM.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::engine::{Counts, Engine};
use lawtail::model::{Batch, Code, Emission, Event, Operation, Outcome, TransactionKind};
use lawtail::policy;
use support::crm;
use support::dice::Dice;

type Memory = BTreeMap<Vec<u8>, Vec<u8>>;

fn engine() -> Engine {
    let policies = policy::compile(&policy::embedded::demo()).expect("the demo's policies compile");
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
}

#[derive(Default)]
struct Run {
    memory: Memory,
    emissions: Vec<Emission>,
    changes: u64,
    judged: BTreeMap<Outcome, u64>,
    waiting: i64,
}

impl Run {
    fn decide(&mut self, engine: &Engine, events: &[Event]) {
        let batch = Batch { events: events.to_vec() };
        let decision = engine.decide(&self.memory, &batch).expect("the log is well-formed");
        self.emissions.extend_from_slice(decision.emissions());
        self.add(decision.counts());
        for (key, value) in decision.writes() {
            match value {
                Some(value) => self.memory.insert(key.clone(), value.clone()),
                None => self.memory.remove(key),
            };
        }
    }

    fn add(&mut self, counts: &Counts) {
        self.changes += counts.changes.values().sum::<u64>();
        self.waiting += counts.waiting;
        for ((_, outcome), count) in &counts.judged {
            *self.judged.entry(*outcome).or_default() += count;
        }
    }
}

fn whole(engine: &Engine, events: &[Event]) -> Run {
    let mut run = Run::default();
    run.decide(engine, events);
    run
}

/// Seeds, so that a failure names the one to paste into `one_seed`.
fn seeds() -> std::ops::Range<u64> {
    0..24
}

fn splitting_changes_nothing(seed: u64) {
    let engine = engine();
    let events = crm::life(seed, 40);
    let whole = whole(&engine, &events);
    let mut dice = Dice::new(seed ^ 0xC0FFEE);
    let mut cut = Run::default();
    let mut rest = events.as_slice();
    while !rest.is_empty() {
        let most = [1, 2, 7, 50][dice.below(4) as usize];
        let size = (1 + dice.below(most)).min(rest.len() as u64) as usize;
        cut.decide(&engine, &rest[..size]);
        rest = &rest[size..];
    }
    for (one, other) in cut.emissions.iter().zip(&whole.emissions) {
        assert_eq!(one, other, "seed {seed}");
    }
    assert_eq!(cut.emissions.len(), whole.emissions.len(), "seed {seed}");
    for (one, other) in cut.memory.iter().zip(&whole.memory) {
        assert_eq!(one, other, "seed {seed}");
    }
    assert_eq!(cut.memory.len(), whole.memory.len(), "seed {seed}");
    assert_eq!(cut.judged, whole.judged, "seed {seed}");
}

#[test]
fn deciding_in_pieces_equals_deciding_at_once() {
    seeds().for_each(splitting_changes_nothing);
}

#[test]
fn one_seed() {
    splitting_changes_nothing(7);
}

#[test]
fn what_was_decided_is_skipped_when_it_comes_again() {
    for seed in seeds() {
        let engine = engine();
        let events = crm::life(seed, 40);
        let expected = whole(&engine, &events);
        let mut dice = Dice::new(seed);
        let mut run = Run::default();
        let mut seen = 0;
        while seen < events.len() {
            // Each piece starts again somewhere before the point that was reached.
            let start = dice.below(seen as u64 + 1) as usize;
            let start = beginning_of_transaction(&events, start);
            seen = (seen + 1 + dice.below(40) as usize).min(events.len());
            run.decide(&engine, &events[start..seen]);
        }
        let (seen, wanted) = (ids(&run.emissions), ids(&expected.emissions));
        let differ: Vec<&String> = seen.symmetric_difference(&wanted).take(3).collect();
        assert!(differ.is_empty(), "seed {seed}: {differ:?}");
        assert_eq!(run.judged, expected.judged, "seed {seed}");
    }
}

/// A source resends from the beginning of a transaction, never from its middle.
fn beginning_of_transaction(events: &[Event], mut index: usize) -> usize {
    while index > 0 && !matches!(events[index], Event::Begin(_)) {
        index -= 1;
    }
    index
}

fn ids(emissions: &[Emission]) -> BTreeSet<String> {
    let id = |emission: &Emission| match emission {
        Emission::Finding(finding) => {
            format!("{} {:?} {}", finding.id, finding.activity, finding.count)
        }
        Emission::Incident(incident) => format!("{} {}", incident.id, incident.version),
        Emission::Catalogue(entry) => format!("{} {}", entry.table, entry.column),
        Emission::Coverage(gap) => format!("{} {}", gap.from, gap.to),
    };
    emissions.iter().map(id).collect()
}

#[test]
fn every_change_is_counted_once() {
    for seed in seeds() {
        let run = whole(&engine(), &crm::life(seed, 40));
        let judged: u64 = run.judged.values().sum();
        assert_eq!(run.changes as i64, judged as i64 + run.waiting, "seed {seed}");
        assert_eq!(run.waiting, 0, "two quiet days end every grace: seed {seed}");
    }
}

/// The laws are worth something only if the lives they look at are eventful.
#[test]
fn the_simulated_lives_raise_every_kind_of_finding() {
    let mut codes = BTreeSet::new();
    let mut outcomes = BTreeSet::new();
    for seed in seeds() {
        let run = whole(&engine(), &crm::life(seed, 40));
        outcomes.extend(run.judged.into_keys());
        for emission in run.emissions {
            match emission {
                Emission::Finding(finding) => codes.insert(finding.code.text()),
                Emission::Incident(incident) => codes.insert(incident.code.text()),
                Emission::Catalogue(_) | Emission::Coverage(_) => false,
            };
        }
    }
    for code in ["LB-001", "CN-001", "CN-002", "CN-003", "ER-002", "SEC-001"] {
        assert!(codes.contains(code), "no {code} in {codes:?}");
    }
    assert_eq!(outcomes.len(), 4, "{outcomes:?}");
}

#[test]
fn no_personal_value_is_remembered_or_emitted_in_clear() {
    for seed in seeds() {
        let run = whole(&engine(), &crm::life(seed, 40));
        let canary = crm::CANARY.to_lowercase();
        let leaks = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(&canary);
        assert!(!leaks(format!("{:?}", run.emissions).as_bytes()), "seed {seed}");
        for (key, value) in &run.memory {
            assert!(!leaks(key) && !leaks(value), "seed {seed}");
        }
    }
}

/// Contacts without basis come, the log breaks off, and after a long time everything is copied anew.
fn interrupted(first: TransactionKind, breaks_off: impl Fn(&mut crm::Log)) -> Run {
    let mut log = crm::Log::default();
    log.begin_as(first);
    for person in 0..3 {
        log.insert(&crm::contacts(), crm::contact_row(person, 0));
    }
    breaks_off(&mut log);
    log.pass(Duration::from_secs(3600));
    log.begin_as(TransactionKind::InitialCopy);
    for person in 0..2 {
        log.insert(&crm::contacts(), crm::contact_row(person, 0));
    }
    for person in ["0", "1"] {
        log.insert(&crm::lawful_bases(), crm::basis_row(person, person, "active"));
    }
    log.commit();
    log.pass(Duration::from_secs(3600));
    log.idle();
    whole(&engine(), &log.events)
}

#[test]
fn what_waits_when_the_log_breaks_off_is_undecided_and_no_finding() {
    let torn_copy = interrupted(TransactionKind::InitialCopy, |_| {});
    let gap = interrupted(TransactionKind::Live, |log| {
        log.commit();
        log.gap();
    });
    for run in [torn_copy, gap] {
        let violation = |emission: &&Emission| matches!(emission, Emission::Finding(finding) if finding.code != Code::COV_002);
        assert_eq!(run.emissions.iter().find(violation), None);
        assert_eq!(run.judged.get(&Outcome::Undecided), Some(&3));
        assert_eq!(run.waiting, 0);
    }
}

#[test]
fn rows_of_an_interrupted_initial_copy_are_counted_once() {
    let mut log = crm::Log::default();
    for _ in 0..2 {
        log.begin_as(TransactionKind::InitialCopy);
        log.insert(&crm::contacts(), crm::contact_row(1, 0));
    }
    log.commit();
    log.begin();
    log.change(&crm::contacts(), Operation::Truncate);
    log.commit();
    let run = whole(&engine(), &log.events);
    let incident = run.emissions.iter().find_map(|emission| match emission {
        Emission::Incident(incident) => Some(incident.affected.records),
        _ => None,
    });
    assert_eq!(incident, Some(1));
}
