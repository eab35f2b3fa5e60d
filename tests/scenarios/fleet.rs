//! A fleet that works with a CRM: people with shifts, days off and bursts, and service accounts with
//! delays and month-ends.

use crate::chance::{bursts, uniform};
use crate::log::{Deed, Work};
use crate::support::dice::Dice;

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;
pub const WEEK: i64 = 7 * DAY;

/// People of the fleet.
pub const PEOPLE: u32 = 14;

/// Whoever left a month before, and comes back only in a scenario.
pub const DORMANT: &str = "dora";

/// Joins in the fifth week.
const NEWCOMER: u32 = 13;

struct Person {
    name: String,
    from: i64,
    to: i64,
    /// Rows an hour, and how bursty.
    pace: f64,
    shape: f64,
    on_saturdays: bool,
}

/// The fleet, the same for each seed.
pub struct Fleet {
    people: Vec<Person>,
    seed: u64,
}

impl Fleet {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let person = |number: u32| {
            let (from, to) = match number {
                10 => (13, 21),
                11 => (14, 22),
                12 => (22, 30),
                _ => (8 + i64::from(number % 2), 16 + i64::from(number % 3)),
            };
            Person {
                name: format!("person{number}"),
                from,
                to,
                pace: 2.0 + 8.0 * uniform(&mut dice),
                shape: 0.6 + 1.9 * uniform(&mut dice),
                on_saturdays: number == 10,
            }
        };
        Fleet { people: (0..PEOPLE).map(person).collect(), seed }
    }

    /// Everything that happens in one week, in no order.
    pub fn week(&self, week: i64) -> Vec<Work> {
        let mut dice = Dice::new(self.seed ^ (week as u64 + 1).wrapping_mul(0x9E37_79B9));
        let mut done = Vec::new();
        for (number, person) in (0..).zip(&self.people) {
            let away = dice.chance(8) || (number == NEWCOMER && week < 4);
            if !away {
                person.week(week, &mut dice, &mut done);
            }
        }
        services(week, &mut dice, &mut done);
        // Somebody brings the cards of a fair.
        if week % 3 == 1 {
            let time = week * WEEK + 3 * DAY + 14 * HOUR;
            (0..12).for_each(|row| done.push(work(time + row * 90, "person2", Deed::Visitor, 5)));
        }
        done
    }
}

/// What was seen of [`DORMANT`].
pub fn long_ago() -> Vec<Work> {
    (0..30).map(|row| work(-30 * DAY + row * 400, DORMANT, Deed::Edit, 1)).collect()
}

fn work(time: i64, actor: &str, deed: Deed, rows: u64) -> Work {
    Work { time, actor: actor.to_owned(), deed, rows }
}

impl Person {
    fn week(&self, week: i64, dice: &mut Dice, done: &mut Vec<Work>) {
        for day in 0..if self.on_saturdays { 6 } else { 5 } {
            // The second Wednesday of every four weeks is a holiday; everybody is ill at times.
            let holiday = week % 4 == 2 && day == 2;
            if holiday || dice.chance(4) {
                continue;
            }
            let late = i64::from(dice.chance(10));
            for hour in self.from..self.to + late {
                let lunch = if hour == self.from + 4 { 0.4 } else { 1.0 };
                let rows = bursts(dice, self.pace * lunch, self.shape);
                for _ in 0..rows {
                    let time = week * WEEK + day * DAY + hour * HOUR + dice.below(3_600) as i64;
                    let deed = match dice.below(100) {
                        0..62 => Deed::Edit,
                        62..72 => Deed::Contact,
                        72..96 => Deed::Send,
                        96..98 => Deed::Export,
                        _ => Deed::Delete,
                    };
                    done.push(work(time, &self.name, deed, 1));
                }
            }
        }
    }
}

fn services(week: i64, dice: &mut Dice, done: &mut Vec<Work>) {
    for hour in 0..7 * 24 {
        let time = week * WEEK + hour * HOUR;
        let rows = bursts(dice, 8.0, 4.0);
        done.push(work(time + 60, "svc.sync", Deed::Edit, rows));
        if hour % 24 == 2 {
            let delay = if dice.chance(12) { HOUR + 600 } else { dice.below(900) as i64 };
            let month_end = (week * 7 + hour / 24) % 30 == 29;
            let rows = bursts(dice, 40.0, 60.0) * if month_end { 2 } else { 1 };
            done.push(work(time + delay, "svc.nightly", Deed::Edit, rows.min(95)));
        }
        if hour == 6 * 24 + 4 {
            let rows = bursts(dice, 120.0, 40.0);
            done.push(work(time, "svc.weekly", Deed::Send, rows));
        }
    }
}
