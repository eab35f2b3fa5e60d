//! What happens in the hospitals' patient service from week to week: two time zones, shifts that alternate, nights,
//! agencies, a season, month-ends, and jobs that are late.

use super::rows::{
    Line, PATIENTS, about, by, change, delete, email, export, iban, insert, phone, update,
};
use crate::chance::{bursts, uniform};
use crate::support::dice::Dice;
use serde_json::{Value, json};

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;
pub const WEEK: i64 = 7 * DAY;

/// Transactions by their second since the first Monday.
pub type Done = Vec<(i64, Vec<String>)>;

/// A kind of work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Post {
    Reception,
    Night,
    Doctor,
    Billing,
    Records,
}

pub struct Wards {
    seed: u64,
    /// Rows an hour and how bursty, of each of the staff.
    paces: Vec<(f64, f64)>,
}

impl Wards {
    pub fn new(seed: u64) -> Wards {
        let mut dice = Dice::new(seed.wrapping_mul(0x9E37_79B9) + 11);
        let pace = |dice: &mut Dice| (1.5 + 5.0 * uniform(dice), 0.7 + 1.8 * uniform(dice));
        Wards { seed, paces: (0..40).map(|_| pace(&mut dice)).collect() }
    }

    /// Everything that happens in one week, in no order.
    pub fn week(&self, week: i64) -> Done {
        let dice = Dice::new((self.seed << 16) ^ (week as u64 + 1).wrapping_mul(0x9E37_79B9));
        let mut life = Life { dice, done: Vec::new(), week, row: (week as u64 + 1) << 24 };
        (0..12).for_each(|number| self.receptionist(&mut life, number));
        (0..4).for_each(|number| self.night(&mut life, number));
        (0..5).for_each(|number| self.doctor(&mut life, number));
        (0..4).for_each(|number| self.billing(&mut life, number));
        (0..2).for_each(|number| self.records(&mut life, number));
        life.jobs();
        life.done
    }

    fn receptionist(&self, life: &mut Life, number: i64) {
        let week = life.week;
        // One joins in each third week; of the last two, an agency sends another person each month.
        let name = match number {
            9 if week < 7 => return,
            10 if week % 4 != 0 => return,
            10 => format!("agency{}", week / 4),
            11 if week < 11 => return,
            _ => format!("desk{number}"),
        };
        let season = if week == 9 { 1.8 } else { 1.0 };
        let (pace, shape) = self.paces[number as usize];
        let early = (week + number) % 2 == 0;
        let (from, to) = if early { (6, 14) } else { (13, 21) };
        let days = if (week + number) % 4 == 0 { 6 } else { 5 };
        for day in 0..days {
            // A holiday in one of the two countries; illness.
            if (week == 7 && day == 0 && number % 3 != 0) || life.dice.chance(5) {
                continue;
            }
            // Somebody swaps with somebody else now and then.
            let swapped = life.dice.chance(7);
            let (from, to) = if swapped { (19 - from, 35 - to) } else { (from, to) };
            // Summer time begins on the twelfth Sunday, in both zones.
            let summer = i64::from(week * 7 + day >= 83);
            let local = if number % 3 == 0 { -summer } else { -1 - summer };
            let to = to + i64::from(life.dice.chance(10));
            for hour in from..to {
                life.work(&name, Post::Reception, day, hour + local, (pace * season, shape));
            }
        }
    }

    /// Three nights on, and then off: who has which nights differs from week to week.
    fn night(&self, life: &mut Life, number: i64) {
        let (pace, shape) = self.paces[12 + number as usize];
        for day in 0..7 {
            if (life.week * 7 + day) / 3 % 4 == number {
                (21..30).for_each(|hour| {
                    life.work(
                        &format!("night{number}"),
                        Post::Night,
                        day,
                        hour,
                        (pace / 2.0, shape),
                    );
                });
            }
        }
    }

    fn doctor(&self, life: &mut Life, number: i64) {
        let (pace, shape) = self.paces[16 + number as usize];
        let name = format!("doctor{number}");
        for day in 0..5 {
            if !life.dice.chance(8) {
                (8..17).for_each(|hour| life.work(&name, Post::Doctor, day, hour, (pace, shape)));
            }
        }
        if life.week % 5 == number {
            for day in 0..7 {
                (18..32).for_each(|hour| life.work(&name, Post::Doctor, day, hour, (0.5, shape)));
            }
        }
    }

    fn billing(&self, life: &mut Life, number: i64) {
        let (pace, shape) = self.paces[21 + number as usize];
        for day in 0..6 {
            let busy = is_month_end(life.week * 7 + day);
            if day == 5 && !busy {
                continue;
            }
            let (pace, to) = if busy { (pace * 2.5, 20) } else { (pace, 17) };
            for hour in 8..to {
                life.work(&format!("billing{number}"), Post::Billing, day, hour, (pace, shape));
            }
        }
    }

    fn records(&self, life: &mut Life, number: i64) {
        let (pace, shape) = self.paces[25 + number as usize];
        let name = format!("records{number}");
        for day in 0..5 {
            (9..16).for_each(|hour| life.work(&name, Post::Records, day, hour, (pace, shape)));
        }
        // Duplicates are merged, each into its own record.
        if life.week % 2 == number {
            for place in 0..22 {
                let (one, other) = (life.dice.below(PATIENTS), life.dice.below(PATIENTS));
                let time = 3 * DAY + 9 * HOUR + place * 600 + life.dice.below(500) as i64;
                life.commit(time, &name, vec![change(one, &[("merged_into", other.into())])]);
            }
        }
    }
}

/// The last two and the first two days of a month, counted from Monday, 2026-01-05.
fn is_month_end(day: i64) -> bool {
    [25, 26, 27, 28, 53, 54, 55, 56, 84, 85, 86, 87].contains(&day)
}

struct Life {
    dice: Dice,
    done: Done,
    week: i64,
    row: u64,
}

impl Life {
    fn commit(&mut self, second: i64, who: &str, lines: Vec<Line>) {
        self.done.push((self.week * WEEK + second, by(who, lines)));
    }

    fn id(&mut self) -> u64 {
        self.row += 1;
        self.row
    }

    /// An hour of somebody's work.
    fn work(&mut self, who: &str, post: Post, day: i64, hour: i64, (pace, shape): (f64, f64)) {
        for _ in 0..bursts(&mut self.dice, pace, shape) {
            let second = day * DAY + hour * HOUR + self.dice.below(3_600) as i64;
            let line = self.deed(post);
            self.commit(second, who, vec![line]);
        }
    }

    fn deed(&mut self, post: Post) -> Line {
        let patient = self.dice.below(PATIENTS);
        let (id, chance) = (self.id(), self.dice.below(100));
        let fresh = |table: &str| insert(table, about(table, id, patient));
        let status = |status: &str| {
            update(
                "appointments",
                about("appointments", patient, patient),
                &[("status", status.into())],
            )
        };
        match (post, chance) {
            (Post::Reception, 0..42) => fresh("appointments"),
            (Post::Reception, 42..68) => status("moved"),
            (Post::Reception, 68..90) => self.corrected(patient),
            (Post::Reception, 90..94) => fresh("messages"),
            (Post::Reception, 94..96) => fresh("letters"),
            (Post::Reception, 96..98) => delete("appointments", about("appointments", id, patient)),
            (Post::Reception, _) => {
                let old = about("emergency_contacts", patient, patient);
                update("emergency_contacts", old, &[("phone", phone(id % 90_000).into())])
            }
            (Post::Night, 0..50) => fresh("diagnoses"),
            (Post::Night, 50..70) => self.corrected(patient),
            (Post::Night, _) => fresh("appointments"),
            (Post::Doctor, 0..45) => fresh("diagnoses"),
            (Post::Doctor, 45..65) => {
                let old = about("diagnoses", patient, patient);
                update("diagnoses", old, &[("note", format!("better, seen {id}").into())])
            }
            (Post::Doctor, 65..85) => fresh("letters"),
            (Post::Doctor, _) => status("done"),
            (Post::Billing, 0..60) => fresh("invoices"),
            (Post::Billing, 60..95) => update(
                "invoices",
                about("invoices", patient, patient),
                &[("status", "paid".into())],
            ),
            (Post::Billing, _) => change(patient, &[("iban", iban(5_000 + id % 4_000).into())]),
            (Post::Records, 0..72) => self.corrected(patient),
            (Post::Records, 72..80) => change(patient, &[("deleted_at", "2026-02-02".into())]),
            (Post::Records, 80..86) => export(id, 20 + self.dice.below(150)),
            (Post::Records, _) => fresh("letters"),
        }
    }

    fn corrected(&mut self, patient: u64) -> Line {
        let number = 10_000 + self.id() % 80_000;
        let to: (&str, Value) = match self.dice.below(3) {
            0 => ("phone", phone(number).into()),
            1 => ("email", email(number).into()),
            _ => ("street", format!("Rosenweg {number}").into()),
        };
        change(patient, &[to])
    }

    fn some(&mut self, number: u64, line: impl Fn(u64, u64) -> Line) -> Vec<Line> {
        let from = self.dice.below(PATIENTS - number);
        (from..from + number).map(|patient| line(self.id(), patient)).collect()
    }

    fn jobs(&mut self) {
        for hour in 0..7 * 24 {
            let (time, day, of_day) = (hour * HOUR, hour / 24, hour % 24);
            self.portal(time, of_day);
            let number = bursts(&mut self.dice, 7.0, 3.0);
            let results =
                self.some(number, |id, it| insert("diagnoses", about("diagnoses", id, it)));
            if number > 0 {
                self.commit(time + 300, "svc.lab", results);
            }
            match of_day {
                1 => {
                    let late =
                        if self.dice.chance(10) { 2 * HOUR } else { self.dice.below(900) as i64 };
                    self.insured(time + late);
                }
                17 if day < 5 => {
                    let number = 50 + bursts(&mut self.dice, 15.0, 8.0);
                    let sent =
                        self.some(number, |id, it| insert("messages", about("messages", id, it)));
                    self.commit(time, "svc.reminder", sent);
                }
                22 if is_month_end(self.week * 7 + day)
                    && !is_month_end(self.week * 7 + day + 1) =>
                {
                    let bills =
                        self.some(140, |id, it| insert("invoices", about("invoices", id, it)));
                    self.commit(time, "svc.billing", bills);
                }
                _ => {}
            }
        }
        self.weekly();
    }

    /// Patients book and correct things themselves.
    fn portal(&mut self, time: i64, of_day: i64) {
        let pace = if (7..22).contains(&of_day) { 6.0 } else { 0.7 };
        for _ in 0..bursts(&mut self.dice, pace, 2.0) {
            let (id, patient) = (self.id(), self.dice.below(PATIENTS));
            let line = match self.dice.below(10) {
                0 => self.corrected(patient),
                _ => insert("appointments", about("appointments", id, patient)),
            };
            let second = time + self.dice.below(3_600) as i64;
            self.commit(second, "svc.portal", vec![line]);
        }
    }

    fn insured(&mut self, time: i64) {
        let number = bursts(&mut self.dice, 30.0, 20.0).max(5);
        let lines =
            self.some(number, |id, it| change(it, &[("insurance_no", format!("B{id:09}").into())]));
        self.commit(time, "svc.etl", lines);
    }

    fn weekly(&mut self) {
        // The insurers' file of new addresses: late at times, and now and then for two weeks.
        if self.week % 5 != 3 {
            let late = if self.dice.chance(30) { self.dice.below(4) as i64 } else { 0 };
            let number = if self.week % 5 == 4 { 86 } else { 46 } + self.dice.below(10);
            let moved = self
                .some(number, |id, it| change(it, &[("street", format!("Am Park {id}").into())]));
            self.commit(DAY + (5 + late) * HOUR + 120, "svc.insurers", moved);
        }
        let old = self.some(25, |id, it| delete("appointments", about("appointments", id, it)));
        self.commit(6 * DAY + 3 * HOUR, "svc.retention", old);
        let gone = 12 + self.dice.below(6);
        let gone =
            self.some(gone, |id, _| delete("patients", super::rows::patient(1_000_000 + id)));
        self.commit(6 * DAY + 3 * HOUR + 60, "svc.retention", gone);
        if self.week == 8 {
            let mut lines = vec![declared("hosp.patients", "update")];
            lines.extend(
                self.some(800, |_, it| change(it, &[("phone", format!("+49{it:09}").into())])),
            );
            self.commit(2 * DAY + 20 * HOUR, "svc.migration", lines);
        }
        // Everybody is invited to be vaccinated.
        if self.week == 10 {
            let mut lines = vec![declared("hosp.messages", "insert")];
            lines.extend(self.some(400, |id, it| insert("messages", about("messages", id, it))));
            self.commit(DAY + 10 * HOUR, "svc.migration", lines);
        }
    }
}

/// Work that the transaction declares.
fn declared(table: &str, operation: &str) -> Line {
    let content = json!({"tables": [table], "operations": [operation], "rows": 900});
    json!({"message": {"prefix": "lawtail.maintenance", "content": content.to_string()}})
}
