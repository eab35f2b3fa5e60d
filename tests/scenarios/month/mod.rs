//! A month of a CRM's life in which everything is done rightly, and the same month with faults.
//!
//! The first must yield nothing above information. The second must yield exactly its faults: each by its
//! code, about its person, at its position. `LAWTAIL_MONTH_SEEDS` asks for more seeds (`docs/testing.md`).

mod crm;
mod espo;
mod shop;
mod shop_faults;
mod shop_incidents;
mod shop_routine;
mod shop_stories;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crm::{DAY, Expected, Moment, Written};
use espo::Espo;
use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Activity, Batch, Code, Emission, Event, Position, Severity};
use lawtail::policy;
use shop::{DAYS, Shop};

use crate::Memory;

/// Until then time passes without a change, so that all that is due is reached.
const END: Moment = (DAYS + 3) * DAY;

fn names() -> Pseudonymizer {
    Pseudonymizer::new(b"a month")
}

fn engine(pack: &str, profile: &str) -> Engine {
    let mut documents = policy::embedded::demo();
    for kind in ["packs", "register"] {
        let path = format!("{kind}/{pack}.yaml");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = folder.join("tests/scenarios/month/policies").join(&path);
        let shipped = folder.join("policies").join(&path);
        let text = fs::read_to_string(own).or_else(|_| fs::read_to_string(shipped));
        documents.insert(path, text.expect("the document is there"));
    }
    let zone = "CET-1CEST,M3.5.0,M10.5.0/3";
    let choice = format!(
        "pack: {pack}\nregister: {pack}\nprofile: {profile}\ndetection:\n  time_zone: \"{zone}\"\n"
    );
    documents.insert("policy.yaml".into(), choice);
    let policies = policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Engine::new(Arc::new(policies), names(), "month".into())
}

/// What is found above information, in the order of the log, with what it says.
fn found(engine: &Engine, events: &[Event]) -> Vec<(Expected, String)> {
    let mut memory = Memory::new();
    let mut found = Vec::new();
    for events in events.chunks(2_000) {
        let batch = Batch { events: events.to_vec() };
        let mut decision = engine.decide(&memory, &batch).expect("the log is well-formed");
        found.extend(decision.emissions().iter().filter_map(counted));
        for (key, value) in decision.take_writes() {
            match value {
                Some(value) => memory.insert(key, value),
                None => memory.remove(&key),
            };
        }
    }
    found.sort();
    found
}

/// A finding or an incident that counts; every other part of one is told as well, so that a fault is
/// not found twice under one name.
fn counted(emission: &Emission) -> Option<(Expected, String)> {
    match emission {
        Emission::Finding(finding) if finding.severity > Severity::Informational => {
            let Position { commit, ordinal } = finding.position;
            let position = Position { commit, ordinal };
            let expected = Expected { code: finding.code, position, subject: finding.subject };
            let text = format!("{} {} x{}", finding.table, finding.reason, finding.count);
            Some((expected, text))
        }
        Emission::Incident(incident) if incident.activity == Activity::Create => {
            let position = Position { commit: incident.first.commit, ordinal: 0 };
            let expected = Expected { code: incident.code, position, subject: None };
            Some((expected, incident.reason.clone()))
        }
        _ => None,
    }
}

/// Of an incident the transaction is compared.
fn comparable(expected: &Expected) -> Expected {
    let incident = expected.code.text().starts_with("SEC-") || is_incident(expected.code);
    let ordinal = if incident { 0 } else { expected.position.ordinal };
    Expected { position: Position { ordinal, ..expected.position }, ..expected.clone() }
}

/// Detectors whose codes belong to other families.
fn is_incident(code: Code) -> bool {
    [Code::CN_007, Code::TR_002].contains(&code)
}

fn seeds() -> u64 {
    crate::asked("LAWTAIL_MONTH_SEEDS", 1) as u64
}

/// Compares, and says what differs by code.
fn compare(what: &str, expected: &[Expected], found: &[(Expected, String)]) -> Vec<String> {
    let expected: Vec<Expected> = expected.iter().map(comparable).collect();
    let mut left: BTreeMap<&Expected, i32> = BTreeMap::new();
    expected.iter().for_each(|it| *left.entry(it).or_default() += 1);
    found.iter().for_each(|(it, _)| *left.entry(it).or_default() -= 1);
    let told = |it: &Expected| {
        let texts = found.iter().filter(|(other, _)| other == it).map(|(_, text)| text.clone());
        texts.collect::<Vec<_>>().join("; ")
    };
    let differs = left.into_iter().filter(|(_, count)| *count != 0);
    let text = |(it, count): (&Expected, i32)| {
        let kind = if count > 0 { "missed" } else { "too much" };
        let at = it.position;
        format!("{what}: {kind}: {} at {at} about {:?}: {}", it.code, it.subject, told(it))
    };
    differs.map(text).collect()
}

/// An actor or a table that is busier than usual is no fault of anybody's. How many such alarms there may be
/// is the budget's to say, and `scenarios_are_found_and_benign_weeks_are_quiet` holds it.
fn unusual(found: &mut Vec<(Expected, String)>) -> usize {
    let all = found.len();
    found.retain(|(it, _)| it.code != Code::SEC_009);
    all - found.len()
}

/// Plays a month without faults, and says how many alarms of mere numbers there were.
fn nothing_is_found(what: &str, engine: &Engine, month: Written) -> usize {
    let mut found = found(engine, &month.events);
    let unusual = unusual(&mut found);
    println!("{what}: {} events, {unusual} unusual hours", month.events.len());
    assert_eq!(month.expected, []);
    let wrong = compare(what, &[], &found);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    unusual
}

/// Plays a month with faults: those are found, and nothing else.
fn exactly_those_are_found(what: &str, engine: &Engine, month: Written) {
    let Written { events, expected } = month;
    let codes: BTreeSet<Code> = expected.iter().map(|it| it.code).collect();
    println!("{what}: {} events, {} faults of {} codes", events.len(), expected.len(), codes.len());
    assert_eq!(expected.len(), shop_faults::FAULTS);
    let mut found = found(engine, &events);
    unusual(&mut found);
    let wrong = compare(what, &expected, &found);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_month_of_clean_life_yields_nothing() {
    for seed in 0..seeds() {
        let month = Shop::month(seed).plan.write(shop::SCHEMA, END, &names());
        let unusual = nothing_is_found(&format!("seed {seed}"), &engine("shop", "strict"), month);
        assert!(unusual as i64 <= DAYS / 7, "more than one false page a week");
    }
}

#[test]
fn the_same_month_with_two_hundred_faults_yields_exactly_those() {
    for seed in 0..seeds() {
        let mut shop = Shop::month(seed);
        shop_faults::commit(&mut shop);
        let month = shop.plan.write(shop::SCHEMA, END, &names());
        exactly_those_are_found(&format!("seed {seed}"), &engine("shop", "strict"), month);
    }
}

#[test]
fn a_month_of_espocrm_yields_nothing_and_with_faults_exactly_those() {
    for seed in 0..seeds() {
        let engine = engine("espocrm", "gdpr-baseline");
        let what = format!("EspoCRM, seed {seed}");
        let month = Espo::month(seed).plan.write(espo::SCHEMA, END, &names());
        let unusual = nothing_is_found(&what, &engine, month);
        assert!(unusual as i64 <= DAYS / 7, "more than one false page a week");
        let month = Espo::month(seed).with_faults().plan.write(espo::SCHEMA, END, &names());
        exactly_those_are_found(&what, &engine, month);
    }
}
