//! Time limits for erasure against a model that looks at everybody hour by hour, over random lives and
//! wherever the stream is cut.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Code, Emission, Event, OperationKind, Position, Row, Table, Timestamp};
use lawtail::policy;
use support::crm::{Log, START, row, table};
use support::dice::Dice;
use support::pieces;

const HOUR: Duration = Duration::from_secs(3600);

const DAY: Duration = Duration::from_secs(86_400);

/// Long enough for the limit of a member, twice.
const HOURS: u64 = 24 * 150;

fn engine() -> Engine {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/policies");
    let mut documents = policy::embedded::demo();
    for path in ["packs/retention.yaml", "register/retention.yaml"] {
        documents.insert(path.into(), fs::read_to_string(folder.join(path)).unwrap());
    }
    let choice = "pack: retention\nregister: retention\nprofile: strict\n";
    documents.insert("policy.yaml".into(), choice.into());
    let policies = policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
}

fn people() -> Arc<Table> {
    table(1, "people", &["id", "email", "kind", "hold", "clicked_at"])
}

fn calls() -> Arc<Table> {
    table(2, "calls", &["id", "person_id", "direction"])
}

/// A person as the row has it, and as the model follows it.
#[derive(Clone)]
struct Person {
    number: usize,
    member: bool,
    held: bool,
    there: bool,
    last: Timestamp,
    acted: bool,
    said: bool,
}

impl Person {
    fn row(&self) -> Row {
        let (number, email) = (self.number.to_string(), format!("a{}@example.org", self.number));
        let kind = if self.member { "member" } else { "prospect" };
        let hold = if self.held { "t" } else { "f" };
        row(&[Some(&number), Some(&email), Some(kind), Some(hold), None])
    }

    /// What is said of it by this hour.
    fn look(&mut self, now: Timestamp, said: &mut BTreeSet<String>) {
        let period = DAY * if self.member { 60 } else { 30 };
        let end = self.last + period + DAY;
        if self.there && !self.held && !self.said && end <= now {
            self.said = true;
            said.insert(format!("person {} at {end}", self.number));
        }
    }

    /// Acts are known to the day.
    fn act(&mut self, now: Timestamp) {
        if !self.acted || now > self.last + DAY {
            (self.last, self.acted, self.said) = (now, true, false);
        }
    }
}

/// A random life of people, and what is to be said of it.
fn life(seed: u64) -> (Vec<Event>, BTreeSet<String>) {
    let mut dice = Dice::new(seed);
    let (mut log, mut said) = (Log::default(), BTreeSet::new());
    let mut everybody: Vec<Person> = Vec::new();
    let mut called = 0;
    for hour in 0..HOURS {
        let now = START + HOUR * hour as u32;
        everybody.iter_mut().for_each(|person| person.look(now, &mut said));
        if dice.below(100) == 0 {
            log.begin();
            if everybody.len() < 6 && dice.chance(40) {
                let (number, member) = (everybody.len(), dice.chance(50));
                let person = Person {
                    number,
                    member,
                    held: false,
                    there: true,
                    last: now,
                    acted: false,
                    said: false,
                };
                log.insert(&people(), person.row());
                everybody.push(person);
            } else if !everybody.is_empty() {
                let which = dice.below(everybody.len() as u64) as usize;
                called += 1;
                change(&mut everybody[which], (now, called), &mut log, &mut dice);
            }
            log.commit();
        } else if dice.below(200) == 0 {
            log.idle();
        }
        log.pass(HOUR);
    }
    log.pass(HOUR);
    log.idle();
    log.idle();
    let now = START + HOUR * HOURS as u32;
    everybody.iter_mut().for_each(|person| person.look(now, &mut said));
    (log.events, said)
}

fn change(person: &mut Person, (now, call): (Timestamp, u32), log: &mut Log, dice: &mut Dice) {
    if !person.there {
        return;
    }
    let old = person.row();
    let (number, call) = (person.number.to_string(), call.to_string());
    match dice.below(10) {
        0..3 => {
            person.act(now);
            log.insert(&calls(), row(&[Some(&call), Some(&number), Some("inbound")]));
        }
        3..6 => log.insert(&calls(), row(&[Some(&call), Some(&number), Some("outbound")])),
        6 => {
            person.there = false;
            log.delete(&people(), old);
        }
        7 => {
            person.member = !person.member;
            log.update(&people(), old, person.row());
        }
        _ => {
            person.held = !person.held;
            log.update(&people(), old, person.row());
        }
    }
}

/// What the engine says of the life, cut at random.
fn told(events: &[Event], dice: &mut Dice) -> BTreeSet<String> {
    let engine = engine();
    let entered = entered(events);
    let mut told = BTreeSet::new();
    for emission in pieces::told(&engine, events, dice) {
        let Emission::Finding(finding) = emission else { continue };
        if finding.code == Code::RET_001 {
            let number = entered.iter().position(|it| *it == finding.position).unwrap();
            let new = told.insert(format!("person {number} at {}", finding.judged));
            assert!(new, "said twice: {}", finding.reason);
        }
    }
    told
}

/// Where each person was entered.
fn entered(events: &[Event]) -> Vec<Position> {
    let people = people();
    let inserts = events.iter().filter_map(|event| match event {
        Event::Change(change)
            if change.operation.kind() == OperationKind::Insert
                && change.table.name == people.name =>
        {
            Some(change.position)
        }
        _ => None,
    });
    inserts.collect()
}

#[test]
fn limits_are_those_of_a_model_that_looks_every_hour() {
    let mut found = 0;
    for seed in 0..40 {
        let (events, expected) = life(seed);
        let mut dice = Dice::new(seed ^ 0x1E55);
        assert_eq!(told(&events, &mut dice), expected, "seed {seed}");
        found += expected.len();
    }
    assert!(found > 40, "the lives are eventful: {found}");
}
