//! The laws of the decision core, over random lives of a CRM.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::engine::{Counts, Engine};
use lawtail::model::{
    Backend, Batch, Code, Emission, Event, IncidentState, Interruption, Lsn, News, Observation,
    Operation, Outcome, Timestamp, TransactionKind, Uncommitted,
};
use lawtail::{policy, wire};
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
    observations: Vec<Observation>,
    changes: u64,
    judged: BTreeMap<Outcome, u64>,
    waiting: i64,
}

impl Run {
    fn decide(&mut self, engine: &Engine, events: &[Event]) {
        let batch = Batch { events: events.to_vec() };
        let decision = engine.decide(&self.memory, &batch).expect("the log is well-formed");
        self.emissions.extend_from_slice(decision.emissions());
        self.observations.extend_from_slice(decision.observations());
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
    assert_eq!(cut.observations, whole.observations, "seed {seed}");
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
        assert_eq!(run.observations, expected.observations, "seed {seed}");
    }
}

#[test]
fn intervals_and_gaps_join_without_a_hole_however_often_the_server_is_idle() {
    let mut seen = 0;
    for seed in seeds() {
        let events = crm::life(seed, 40);
        let told = whole(&engine(), &events);
        seen += told.observations.len();
        for pair in told.observations.windows(2) {
            let (one, next) = (&pair[0], &pair[1]);
            let behind_gap =
                |event: &Event| matches!(event, Event::Gap(gap) if gap.to == next.from);
            assert!(one.to == next.from || events.iter().any(behind_gap), "seed {seed}: {pair:?}");
            assert!(one.from < one.to && one.since <= one.until, "seed {seed}: {one:?}");
        }
        // Of what lies between two transactions the clock alone is told.
        let quiet: Vec<Event> =
            events.iter().filter(|it| !matches!(it, Event::Idle(_))).cloned().collect();
        let quiet = whole(&engine(), &quiet);
        let known = |it: &&Observation| quiet.observations.contains(*it);
        let whole_hours = told.observations.iter().filter(known).count();
        assert!(whole_hours >= quiet.observations.len().saturating_sub(1), "seed {seed}");
    }
    assert!(seen > 20, "{seen}");
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
        Emission::Policies(news) => news.id.to_string(),
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
                Emission::Catalogue(_) | Emission::Coverage(_) | Emission::Policies(_) => false,
            };
        }
    }
    for code in ["LB-001", "CN-001", "CN-002", "CN-003", "CN-011", "ER-002", "SEC-001"] {
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

/// An engine whose tripwires a handful of people cross.
fn watchful() -> Engine {
    let mut documents = policy::embedded::demo();
    let policy = "pack: demo\nregister: demo\nprofile: strict\n\
         detection:\n  mass_change: {subjects: 2, share_per_mille: 0, window: 10m}\n\
         \x20 mass_deletion: {subjects: 2, share_per_mille: 0, window: 10m}\n";
    documents.insert("policy.yaml".into(), policy.into());
    let policies = policy::compile(&documents).expect("the documents compile");
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
}

/// The same life, as whoever also sees open transactions is told of it: some of them before they
/// commit, some that are rolled back, with savepoints and lost connections.
fn told_before(events: &[Event], seed: u64) -> Vec<Event> {
    let mut dice = Dice::new(seed ^ 0x0FE2);
    let mut told = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if let Event::Begin(begin) = event
            && begin.kind == TransactionKind::Live
        {
            let (own, phantom) = (begin.xid, begin.xid + 1_000_000);
            let first = Lsn(begin.commit.0 - 1);
            if dice.below(2) == 0 {
                tell(&mut told, &mut dice, (own, first, begin.time), &events[index..]);
            }
            if dice.below(3) == 0 {
                tell(&mut told, &mut dice, (phantom, first, begin.time), &events[index..]);
                let (xid, time, news) = (phantom, begin.time, News::Aborted);
                told.push(Event::Uncommitted(Uncommitted { xid, first, time, news }));
            }
        }
        told.push(event.clone());
    }
    told
}

/// Tells of the changes up to the next commit as if they were of the open transaction `named`.
fn tell(told: &mut Vec<Event>, dice: &mut Dice, named: (u32, Lsn, Timestamp), events: &[Event]) {
    let (xid, first, time) = named;
    let mut say = |news| told.push(Event::Uncommitted(Uncommitted { xid, first, time, news }));
    for _ in 0..=dice.below(2) {
        for event in events {
            let Event::Change(change) = event else {
                if matches!(event, Event::Commit(_)) { break } else { continue }
            };
            let part = xid + dice.below(3) as u32;
            let (table, operation) = (Arc::clone(&change.table), change.operation.clone());
            say(News::Change { part, table, operation });
            match dice.below(12) {
                0 => say(News::Undone { part: xid + 1 }),
                1 => say(News::Backend(Backend { pid: 7, ..Backend::default() })),
                2 => say(News::Interrupted(Interruption::WouldCancel)),
                _ => {}
            }
        }
        if dice.below(2) == 0 {
            say(News::Lost);
        } else {
            break;
        }
    }
}

#[test]
fn cuts_change_nothing_of_what_is_told_before_the_commit() {
    for seed in seeds().take(6) {
        let engine = watchful();
        let events = told_before(&crm::life(seed, 40), seed);
        let whole = whole(&engine, &events);
        let mut dice = Dice::new(seed ^ 0xC0FFEE);
        let mut cut = Run::default();
        let mut rest = events.as_slice();
        while !rest.is_empty() {
            let most = [1, 7, 50][dice.below(3) as usize];
            let size = (1 + dice.below(most)).min(rest.len() as u64);
            let (piece, after) = rest.split_at(size as usize);
            cut.decide(&engine, piece);
            rest = after;
        }
        assert_eq!(cut.emissions, whole.emissions, "seed {seed}");
        assert_eq!(cut.memory, whole.memory, "seed {seed}");
    }
}

#[test]
fn news_of_open_transactions_take_no_part_in_what_is_decided() {
    let findings = |run: &Run| -> Vec<Emission> {
        let incident = |emission: &&Emission| !matches!(emission, Emission::Incident(_));
        run.emissions.iter().filter(incident).cloned().collect()
    };
    for seed in seeds() {
        let events = crm::life(seed, 40);
        let plain = whole(&watchful(), &events);
        let told = whole(&watchful(), &told_before(&events, seed));
        assert_eq!(findings(&told), findings(&plain), "seed {seed}");
        assert_eq!(told.judged, plain.judged, "seed {seed}");
    }
}

#[test]
fn an_alarm_is_opened_once_settled_and_followed_without_a_hole() {
    let mut states = BTreeSet::new();
    for seed in seeds() {
        let events = told_before(&crm::life(seed, 40), seed);
        let mut versions = BTreeMap::new();
        let mut last = BTreeMap::new();
        for emission in whole(&watchful(), &events).emissions {
            let Emission::Incident(incident) = emission else { continue };
            let version = versions.entry(incident.id).or_insert(0);
            *version += 1;
            assert_eq!(incident.version, *version, "seed {seed}");
            last.insert(incident.id, incident.state);
        }
        states.extend(last.into_values());
    }
    assert!(!states.contains(&IncidentState::Provisional), "two quiet days settle every alarm");
    assert!(states.is_superset(&BTreeSet::from([
        IncidentState::Open,
        IncidentState::Committed,
        IncidentState::Aborted,
    ])));
}

#[test]
fn after_a_restart_what_was_open_is_lost_and_told_again_raises_no_second_alarm() {
    for seed in seeds().take(6) {
        let engine = watchful();
        let events = told_before(&crm::life(seed, 40), seed);
        let ids = |run: &Run| -> BTreeSet<_> {
            let id = |emission: &Emission| match emission {
                Emission::Incident(incident) => Some((incident.id, incident.version)),
                _ => None,
            };
            run.emissions.iter().filter_map(id).collect()
        };
        let mut dice = Dice::new(seed);
        let mut run = Run::default();
        let mut seen = 0;
        while seen < events.len() {
            let lost: Vec<Event> =
                Engine::lost(&run.memory).unwrap().into_iter().map(Event::Uncommitted).collect();
            run.decide(&engine, &lost);
            let start = dice.below(seen as u64 + 1) as usize;
            let start = beginning_of_transaction(&events, start);
            seen = (seen + 1 + dice.below(200) as usize).min(events.len());
            run.decide(&engine, &events[start..seen]);
        }
        let told = run.emissions.iter().filter(|it| matches!(it, Emission::Incident(_))).count();
        assert_eq!(ids(&run).len(), told, "seed {seed}: nothing is told twice");
    }
}

#[test]
fn a_message_that_comes_again_speaks_for_no_other_transaction() {
    let table = r#"{"table":{"name":"crm.contacts","identity":"full","columns":[{"name":"id"},{"name":"email"},{"name":"modified_by"}]}}"#;
    let insert = |id| {
        format!(
            r#"{{"insert":{{"table":"crm.contacts","new":{{"id":{id},"email":"a@b.example"}}}}}}"#
        )
    };
    let canary = crm::CANARY;
    let message = &format!(r#"{{"message":{{"prefix":"lawtail.actor","content":"{canary}"}}}}"#);
    let (one, two, three) = (insert(1), insert(2), insert(3));
    let lines = [
        table,
        r#"{"begin":{}}"#,
        message,
        &one,
        r#"{"commit":{}}"#,
        r#"{"begin":{}}"#,
        &two,
        &three,
        r#"{"commit":{}}"#,
    ];
    let events = wire::journal::read(&lines.join("\n")).expect("the journal is well-formed");
    let engine = engine();
    let expected = whole(&engine, &events);
    let nameless = |emission: &&Emission| matches!(emission, Emission::Finding(finding) if finding.code == Code::COV_004);
    assert_eq!(expected.emissions.iter().filter(nameless).count(), 1);
    for cut in 1..events.len() {
        let mut run = Run::default();
        run.decide(&engine, &events[..cut]);
        run.decide(&engine, &events);
        assert_eq!(ids(&run.emissions), ids(&expected.emissions), "cut {cut}");
        assert_eq!(run.emissions.iter().filter(nameless).count(), 1, "cut {cut}");
        let memory: Vec<u8> =
            run.memory.into_iter().flat_map(|(key, value)| [key, value]).flatten().collect();
        assert!(!String::from_utf8_lossy(&memory).contains(canary), "the name is kept in clear");
        assert!(!format!("{:?}", run.emissions).contains(canary));
    }
}
