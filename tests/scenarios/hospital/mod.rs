//! A fleet of another trade: the patient service of a group of hospitals, with shifts in two time zones.
//!
//! Two weeks to warm up and benign ones after them, for each seed; then each attack, in a copy of the memory of its own.
//! The attacks were written down before any threshold was looked at.

mod attacks;
mod rows;
mod wards;

use std::sync::Arc;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Event, Incident, Timestamp};
use lawtail::policy;
use serde_json::json;

use crate::catalogue_month::Journal;
use crate::{Memory, decide, opened};
use attacks::{Act, Attack};
use wards::{DAY, Done, HOUR, WEEK, Wards};

/// So that the first end of a month is known.
const WARM_UP: i64 = 5;

/// From 2026-01-01 to the first Monday.
const MONDAY: i64 = 4 * DAY;

fn engine() -> Engine {
    let pseudonyms = Pseudonymizer::new(b"hospital");
    let patients = "hosp.patients".parse().expect("it is a table");
    let decoy = pseudonyms.subject(&patients, rows::DECOY.to_string().as_bytes()).to_string();
    let mut documents = policy::embedded::demo();
    let choice = "pack: hospital\nregister: hospital\nprofile: strict\ngrace: 5s\n\
                  detection: {schema_changes_by: [deploy], time_zone: \"CET-1CEST,M3.5.0,M10.5.0/3\"}\n\
                  maintenance_by_message: {actors: [svc.migration], rows: 1000}\n";
    documents.insert("policy.yaml".into(), choice.into());
    let register = include_str!("../policies/hospital_register.yaml").replace("4077", &decoy);
    documents.insert("register/hospital.yaml".into(), register);
    let pack = include_str!("../policies/hospital_pack.yaml");
    documents.insert("packs/hospital.yaml".into(), pack.into());
    let policies = policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Engine::new(Arc::new(policies), pseudonyms, "hospital".into())
}

/// What was there before.
fn copy() -> String {
    let mut lines = vec![rows::schema()];
    lines.push(format!(
        "{}\n",
        json!({"begin": {"time": "2025-10-15T00:00:00Z", "kind": "initial_copy"}})
    ));
    let mut insert = |table: &str, new: serde_json::Value| {
        lines.push(format!(
            "{}\n",
            json!({"insert": {"table": format!("hosp.{table}"), "new": new}})
        ));
    };
    (0..40).for_each(|id| insert("users", rows::user(id + 1, &format!("desk{id}"))));
    (0..rows::PATIENTS).chain([rows::DECOY]).for_each(|id| insert("patients", rows::patient(id)));
    for table in ["appointments", "diagnoses", "letters", "invoices", "emergency_contacts"] {
        (0..rows::PATIENTS).for_each(|id| insert(table, rows::about(table, id, id)));
    }
    lines.push("{\"commit\":{}}\n".into());
    lines.concat()
}

fn events(done: Done, text: String, far: bool, end: i64) -> Vec<Event> {
    let mut journal = Journal::default();
    done.into_iter().for_each(|(second, lines)| journal.commit(MONDAY + second, lines));
    journal.events(text, far, MONDAY + end)
}

struct Life {
    memory: Memory,
    wards: Wards,
    start: i64,
    /// What was opened in each benign week.
    pages: Vec<Vec<Incident>>,
}

impl Life {
    fn live(engine: &Engine, seed: u64, weeks: i64) -> Life {
        let wards = Wards::new(seed);
        let long_ago = (0..30).map(|it| {
            (
                -75 * DAY + it * 400,
                rows::by(
                    "desk99",
                    vec![rows::change(
                        it as u64,
                        &[("phone", rows::phone(70_000 + it as u64).into())],
                    )],
                ),
            )
        });
        let mut done: Done = long_ago.collect();
        (0..WARM_UP + weeks).for_each(|week| done.extend(wards.week(week)));
        let start = (WARM_UP + weeks) * WEEK;
        // The last night ends on the Monday after.
        done.retain(|(second, _)| *second < start);
        let mut memory = Memory::new();
        let told = opened(decide(engine, &mut memory, &events(done, copy(), false, start), 4_096));
        let mut pages = vec![Vec::new(); (WARM_UP + weeks) as usize];
        for incident in told {
            let week = second(incident.detected) / WEEK;
            println!("seed {seed} week {week}: {} {}", incident.code, incident.reason);
            pages[week.max(0) as usize].push(incident);
        }
        pages.drain(..WARM_UP as usize);
        Life { memory, wards, start, pages }
    }

    /// What is opened from the Monday after the benign weeks on, up to a moment, beside so many acts.
    fn play(&self, engine: &Engine, acts: &[Act], until: i64) -> (Vec<Incident>, Vec<Incident>) {
        let mut done: Done = Vec::new();
        for week in -1..=until / WEEK {
            done.extend(self.wards.week(self.start / WEEK + week));
        }
        done.retain(|(second, _)| (self.start..self.start + until).contains(second));
        let acts = acts.iter().cloned();
        done.extend(acts.map(|(second, who, lines)| (self.start + second, rows::by(&who, lines))));
        let events = events(done, rows::schema(), true, self.start + until);
        let all = decide(engine, &mut self.memory.clone(), &events, 4_096);
        (opened(all.clone()), all)
    }
}

/// Seconds from the first Monday.
fn second(time: Timestamp) -> i64 {
    let start = Timestamp::parse("2026-01-01T00:00:00Z").expect("it is one");
    (time.0 - start.0).div_euclid(1_000_000) - MONDAY
}

/// What a scenario opened beside what is opened anyway.
struct Told {
    incidents: Vec<Incident>,
    /// Seconds from the first act to the first alarm.
    latency: Option<i64>,
}

fn tell(engine: &Engine, life: &Life, attack: &Attack, usual: &[Incident]) -> Told {
    let acts = (attack.acts)();
    let begun = acts.iter().map(|(time, ..)| *time).min().expect("it does something");
    let end = acts.iter().map(|(time, ..)| *time).max().expect("it does something") + 2 * HOUR;
    let (mut incidents, _) = life.play(engine, &acts, end);
    let same = |one: &Incident, other: &Incident| {
        (one.code, one.actor, one.detected) == (other.code, other.actor, other.detected)
    };
    incidents.retain(|it| !usual.iter().any(|other| same(it, other)));
    let latency = incidents.iter().map(|it| second(it.detected) - life.start - begun).min();
    Told { incidents, latency }
}

/// No more than one page in eight weeks, and what is said to be found is, for five of six.
#[test]
#[ignore = "some minutes; docs/testing.md"]
fn a_hospital_is_quiet_and_attacks_on_it_are_found() {
    let engine = engine();
    let from = crate::asked("LAWTAIL_HOSPITAL_FROM", 0) as u64;
    let seeds = crate::asked("LAWTAIL_HOSPITAL_SEEDS", 2) as u64;
    let weeks = crate::asked("LAWTAIL_HOSPITAL_WEEKS", 8);
    let only = std::env::var("LAWTAIL_HOSPITAL_ONLY").unwrap_or_default();
    let (mut missed, mut sought, mut pages) = (Vec::new(), 0, 0);
    for seed in from..from + seeds {
        let life = Life::live(&engine, seed, weeks);
        let by_week: Vec<usize> = life.pages.iter().map(Vec::len).collect();
        println!("seed {seed}: pages in each benign week {by_week:?}");
        pages += by_week.iter().sum::<usize>();
        let (usual, _) = life.play(&engine, &[], 2 * WEEK);
        for attack in attacks::attacks().iter().filter(|it| it.name.contains(&only)) {
            let told = tell(&engine, &life, attack, &usual);
            let latency = told.latency.map_or("-".into(), |it| it.to_string());
            let codes = crate::catalogue_month::codes(&told.incidents);
            println!("seed {seed} | {} | {codes} | {latency} |", attack.name);
            told.incidents.iter().for_each(|it| println!("      {}", it.reason));
            sought += usize::from(attack.found);
            if attack.found && told.incidents.is_empty() {
                missed.push((seed, attack.name));
            }
        }
    }
    println!("{pages} pages in {} weeks; missed: {missed:#?}", seeds as i64 * weeks);
    assert!(6 * missed.len() <= sought, "{missed:#?}");
    assert!(8 * pages as i64 <= 2 * seeds as i64 * weeks, "{pages} pages");
}
