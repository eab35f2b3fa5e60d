//! What looks like a breach and is everyday life: nobody may be told of it.
//!
//! A quarter of a CRM's life, from January to the change to summer time: three people by day and one by night, a web
//! form, and jobs that run nightly, weekly and at the end of the month. Then each story is played in a copy of
//! the memory of its own. What has to be declared (docs/detection.md) is.

use lawtail::model::{Event, Incident};
use serde_json::{Value, json};

use crate::catalogue::{Deed, contact, delete, insert, update};
use crate::catalogue_month::{self, Journal, MONDAY, edit, lines};
use crate::support::dice::Dice;
use crate::{Memory, decide, opened};

/// Monday, 2026-03-30: the night before, clocks went forward.
const TODAY: i64 = 84;
const HOUR: i64 = 3_600;
const STAFF: [&str; 3] = ["ann", "bob", "cem"];
const BEGINNERS: [&str; 5] = ["fay", "gus", "hal", "ivy", "jon"];

/// Something that happens from a day on.
type Story = (&'static str, fn(&mut Life));

const STORIES: [Story; 13] = [
    ("payroll import", |life| life.payslips(TODAY + 1, 66)),
    ("address book cleanup", |life| {
        (10..15).for_each(|hour| life.edits("ann", TODAY, hour, 12));
    }),
    ("retention run", |life| life.retention(TODAY + 6, 46)),
    ("migration with declared maintenance", |life| {
        let moved = |id| update("crm.contacts", contact(id), &[("phone", phone(id))]);
        life.declared(TODAY, 12, "update", (0..300).map(moved).collect());
    }),
    ("marketing opt-in campaign", |life| {
        (10..14).for_each(|hour| life.opt_ins(TODAY, hour, 60));
    }),
    ("night shift", |life| (22..30).for_each(|hour| life.edits("dan", TODAY, hour, 6))),
    ("new team's first week", |life| {
        (TODAY..TODAY + 5).for_each(|day| life.staff(day, &BEGINNERS, 12));
        (TODAY..TODAY + 5).for_each(|day| life.staff(day, &STAFF, 7));
    }),
    ("data quality script", |life| life.quality(TODAY + 1, 5, 70)),
    ("seasonal sale", |life| {
        life.staff(TODAY, &STAFF, 16);
        (9..21).for_each(|hour| life.form(TODAY, hour, 20));
    }),
    ("merge campaign", |life| {
        let pair =
            |id| vec![update("crm.contacts", contact(id), &[("master_id", (id / 2).into())])];
        (0..60)
            .for_each(|pair_of| life.commit(TODAY, 13, pair_of * 200, "ann", pair(pair_of as u64)));
    }),
    ("backup restore", |life| {
        let restored = |id: u64| insert("crm.contacts", contact(30_000 + id));
        life.declared(TODAY, 20, "insert", (0..200).map(restored).collect());
    }),
    ("technical column over all rows", |life| life.index(TODAY + 5)),
    ("change to summer time", |life| (TODAY..TODAY + 5).for_each(|day| life.day(day))),
];

fn phone(id: u64) -> Value {
    format!("+49 40 {id:07}").into()
}

/// What is done, in local time.
struct Life {
    journal: Journal,
    dice: Dice,
    /// Rows that have been made.
    rows: u64,
}

impl Life {
    fn new(seed: u64) -> Life {
        let dice = Dice::new(seed.wrapping_mul(0x9E37_79B9) + 5);
        Life { journal: Journal::default(), dice, rows: 40_000 + (seed << 20) }
    }

    /// Central European time, which changes before the day of the stories.
    fn commit(&mut self, day: i64, hour: i64, second: i64, who: &str, deeds: Vec<Deed>) {
        let offset = if day * 24 + hour >= (TODAY - 1) * 24 + 2 { 2 } else { 1 };
        let second = (MONDAY + day) * 24 * HOUR + (hour - offset) * HOUR + second;
        let lines = deeds.iter().flat_map(|deed| lines(deed, who, 5_000)).collect();
        self.journal.commit(second, lines);
    }

    /// At most so many, now and then.
    fn each(
        &mut self,
        day: i64,
        hour: i64,
        who: &str,
        most: u64,
        deed: impl Fn(&mut Life) -> Deed,
    ) {
        for _ in 0..self.dice.below(most + 1) {
            let (second, deed) = (self.dice.below(3_600) as i64, deed(self));
            self.commit(day, hour, second, who, vec![deed]);
        }
    }

    fn edits(&mut self, who: &str, day: i64, hour: i64, most: u64) {
        self.each(day, hour, who, most, |life| edit(&mut life.dice));
    }

    fn staff(&mut self, day: i64, staff: &[&str], most: u64) {
        for who in staff {
            (9..17).for_each(|hour| self.edits(who, day, hour, most));
        }
    }

    fn form(&mut self, day: i64, hour: i64, most: u64) {
        self.each(day, hour, "svc.web-form", most, |life| {
            life.rows += 1;
            insert("crm.contacts", contact(life.rows))
        });
    }

    fn opt_ins(&mut self, day: i64, hour: i64, most: u64) {
        self.each(day, hour, "svc.web-form", most, |life| {
            let changes = [("opt_in", "t".into()), ("opt_in_click", "2026-03-30".into())];
            update("crm.contacts", contact(life.dice.below(400)), &changes)
        });
    }

    fn quality(&mut self, day: i64, hour: i64, number: u64) {
        let from = self.dice.below(300);
        let formatted = |id| update("crm.contacts", contact(id), &[("phone", phone(id))]);
        self.commit(day, hour, 120, "svc.quality", (from..from + number).map(formatted).collect());
    }

    fn retention(&mut self, day: i64, number: u64) {
        self.rows += number;
        let gone = |id| {
            let case = json!({"id": id, "contact_id": id, "status": "closed"});
            let case = Deed { audited: true, ..delete("crm.cases", case) };
            vec![case, delete("crm.contacts", contact(id))]
        };
        let deeds = (self.rows..self.rows + number).flat_map(gone).collect();
        self.commit(day, 3, 60, "svc.retention", deeds);
    }

    fn index(&mut self, day: i64) {
        let filled = |id| update("crm.contacts", contact(id), &[("x_ref", Value::from(id + 7))]);
        self.commit(day, 5, 0, "svc.indexer", (0..400).map(filled).collect());
    }

    fn payslips(&mut self, day: i64, number: u64) {
        self.rows += number;
        let slip = |id: u64| {
            insert("crm.payslips", json!({"id": id, "user_id": id % 15 + 100, "amount": "3100.00"}))
        };
        let slips = (self.rows..self.rows + number).map(slip).collect();
        self.commit(day, 22, 300, "svc.payroll", slips);
    }

    /// Work that the transaction declares.
    fn declared(&mut self, day: i64, hour: i64, operation: &str, deeds: Vec<Deed>) {
        let content = json!({"tables": ["crm.contacts"], "operations": [operation], "rows": 500});
        let declared =
            json!({"message": {"prefix": "lawtail.maintenance", "content": content.to_string()}});
        let declared = Deed { line: declared, by: None, audited: false };
        let deeds = [vec![declared], deeds].into_iter().flatten().collect();
        self.commit(day, hour, 0, "svc.migration", deeds);
    }

    /// An ordinary day.
    fn day(&mut self, day: i64) {
        let weekday = day % 7;
        if weekday < 5 {
            self.staff(day, &STAFF, 6);
            (22..30).for_each(|hour| self.edits("dan", day, hour, 4));
            let (survivor, merged) = (self.dice.below(400), self.dice.below(400));
            let merged = update("crm.contacts", contact(merged), &[("master_id", survivor.into())]);
            self.commit(day, 14, 0, "ann", vec![merged]);
        }
        for hour in 9..21 {
            self.form(day, hour, 8);
            self.opt_ins(day, hour, 3);
        }
        let (late, number) = (i64::from(self.dice.chance(10)), 40 + self.dice.below(20));
        self.quality(day, 4 + late, number);
        match weekday {
            5 => self.index(day),
            6 => self.retention(day, 30),
            _ => {}
        }
        // The ends of January and February.
        if [26, 54].contains(&day) {
            self.payslips(day, 60);
        }
    }

    fn events(self, end: i64, before: bool) -> Vec<Event> {
        let text = if before { catalogue_month::copy() } else { catalogue_month::tables() };
        self.journal.events(text, !before, (MONDAY + end) * 24 * HOUR)
    }
}

/// What is opened in the quarter, and by each of the stories.
fn told(seed: u64) -> (Vec<Incident>, Vec<(&'static str, Vec<Incident>)>) {
    let engine = catalogue_month::engine_with(
        "detection: {schema_changes_by: [deploy], time_zone: \"CET-1CEST,M3.5.0,M10.5.0/3\"}\n\
         maintenance_by_message: {actors: [svc.migration], rows: 500}",
    );
    let mut life = Life::new(seed);
    (0..TODAY).for_each(|day| life.day(day));
    let mut memory = Memory::new();
    let before = opened(decide(&engine, &mut memory, &life.events(TODAY, true), 4_096));
    let play = |(name, story): &Story| {
        let mut life = Life::new(seed + 1_000);
        story(&mut life);
        let events = life.events(TODAY + 8, false);
        (*name, opened(decide(&engine, &mut memory.clone(), &events, 4_096)))
    };
    (before, STORIES.iter().map(play).collect())
}

#[test]
fn everyday_life_that_looks_like_a_breach_pages_nobody() {
    for seed in 0..crate::asked("LAWTAIL_LOOKALIKE_SEEDS", 1) as u64 {
        let (before, stories) = told(seed);
        for incident in &before {
            println!("seed {seed}: {} {}", incident.code, incident.reason);
        }
        for (name, incidents) in &stories {
            for incident in incidents {
                println!("seed {seed}: {name}: {} {}", incident.code, incident.reason);
            }
        }
        let told: Vec<&str> =
            stories.iter().filter(|(_, told)| !told.is_empty()).map(|(name, _)| *name).collect();
        assert_eq!(told, Vec::<&str>::new());
        assert!(before.len() <= 2, "{} in twelve weeks", before.len());
    }
}
