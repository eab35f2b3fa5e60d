//! The clocks of requests against a model that looks at them hour by hour, over random lives and
//! wherever the stream is cut.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Emission, Event, Status, Table, TimeZone, Timestamp};
use lawtail::policy;
use support::crm::{Log, START, row, table};
use support::dice::Dice;
use support::pieces;

const HOUR: Duration = Duration::from_secs(3600);

/// Long enough for an extended request with a long rest.
const HOURS: u64 = 24 * 150;

fn engine() -> Engine {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/policies");
    let mut documents = policy::embedded::demo();
    for path in ["packs/requests.yaml", "register/requests.yaml"] {
        documents.insert(path.into(), fs::read_to_string(folder.join(path)).unwrap());
    }
    let choice = "pack: requests\nregister: requests\nprofile: strict\n";
    documents.insert("policy.yaml".into(), choice.into());
    let policies = policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
}

fn requests() -> Arc<Table> {
    let columns = ["id", "person_id", "kind", "status", "extended_at", "refusal_reason"];
    table(1, "requests", &columns)
}

/// A request as its row has it, and as the model follows it.
#[derive(Clone)]
struct Request {
    number: usize,
    received: Timestamp,
    status: &'static str,
    extended: bool,
    rested: u64,
    warned: u32,
    overdue: bool,
}

impl Request {
    fn row(&self) -> lawtail::model::Row {
        let number = self.number.to_string();
        let extended = self.extended.then_some("2026-01-01");
        let cells = [
            Some(number.as_str()),
            Some(number.as_str()),
            Some("access"),
            Some(self.status),
            extended,
            Some("a reason"),
        ];
        row(&cells)
    }

    /// What is said of it by this hour.
    fn look(&mut self, now: Timestamp, said: &mut BTreeSet<String>) {
        if self.status == "identity check" {
            self.rested += 1;
        }
        if self.status != "open" {
            return;
        }
        let months = if self.extended { 3 } else { 1 };
        let zone = TimeZone::default();
        let end = zone.plus_months(self.received, months);
        let whole = end.microseconds_since(self.received) as u64;
        let rested = HOUR * self.rested as u32;
        let warning = self.received + Duration::from_micros(whole / 4 * 3) + rested;
        if !self.overdue && self.warned < months && warning <= now {
            self.warned = months;
            said.insert(format!("RT-002 request {} after {months}", self.number));
        }
        if !self.overdue && zone.end_of_working_day(end + rested) <= now {
            self.overdue = true;
            said.insert(format!("RT-001 request {}", self.number));
        }
    }
}

/// A random life of requests, and what is to be said of it.
fn life(seed: u64) -> (Vec<Event>, BTreeSet<String>) {
    let mut dice = Dice::new(seed);
    let (mut log, mut said) = (Log::default(), BTreeSet::new());
    let mut followed: Vec<Request> = Vec::new();
    for hour in 0..HOURS {
        let now = START + HOUR * hour as u32;
        followed.iter_mut().for_each(|request| request.look(now, &mut said));
        let busy = dice.below(60) == 0;
        if busy {
            log.begin();
            if followed.len() < 6 && dice.chance(40) {
                let number = followed.len();
                let request = Request {
                    number,
                    received: now,
                    status: "open",
                    extended: false,
                    rested: 0,
                    warned: 0,
                    overdue: false,
                };
                log.insert(&requests(), request.row());
                followed.push(request);
            } else if !followed.is_empty() {
                let which = dice.below(followed.len() as u64) as usize;
                let old = followed[which].row();
                change(&mut followed[which], &mut dice);
                log.update(&requests(), old, followed[which].row());
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
    followed.iter_mut().for_each(|request| request.look(now, &mut said));
    (log.events, said)
}

fn change(request: &mut Request, dice: &mut Dice) {
    match (request.status, dice.below(10)) {
        ("open", 0..3) => request.status = "identity check",
        ("identity check", _) => request.status = "open",
        ("open", 3..5) => request.extended = !request.extended,
        ("open", 5) => request.status = ["done", "withdrawn", "refused"][dice.below(3) as usize],
        _ => {}
    }
}

/// What the engine says of the life, cut at random.
fn told(events: &[Event], dice: &mut Dice) -> BTreeSet<String> {
    let engine = engine();
    let opened = opened(events);
    let mut told = BTreeSet::new();
    for emission in pieces::told(&engine, events, dice) {
        let Emission::Finding(finding) = emission else { continue };
        if !finding.code.text().starts_with("RT") {
            continue;
        }
        assert_eq!(finding.status, Status::Violation);
        let number = opened.iter().position(|it| *it == finding.position).unwrap();
        let months = if finding.reason.contains("extension") { 3 } else { 1 };
        let new = told.insert(match finding.code.text() {
            "RT-002" => format!("RT-002 request {number} after {months}"),
            code => format!("{code} request {number}"),
        });
        assert!(new, "said twice: {}", finding.reason);
    }
    told
}

/// Where each request was first seen.
fn opened(events: &[Event]) -> Vec<lawtail::model::Position> {
    use lawtail::model::OperationKind::Insert;
    let inserts = events.iter().filter_map(|event| match event {
        Event::Change(change) if change.operation.kind() == Insert => Some(change.position),
        _ => None,
    });
    inserts.collect()
}

#[test]
fn clocks_are_those_of_a_model_that_looks_every_hour() {
    let mut codes = BTreeSet::new();
    for seed in 0..40 {
        let (events, expected) = life(seed);
        let mut dice = Dice::new(seed ^ 0xC10C);
        assert_eq!(told(&events, &mut dice), expected, "seed {seed}");
        codes.extend(expected.into_iter().map(|line| line[..6].to_owned()));
    }
    assert_eq!(codes.len(), 2, "the lives are eventful: {codes:?}");
}
