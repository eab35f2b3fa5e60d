//! What is injected into the first Monday after the benign weeks.

use crate::fleet::{DORMANT, HOUR};
use crate::log::{Deed, Work};
use crate::support::dice::Dice;

/// One of them.
pub struct Scenario {
    pub name: &'static str,
    /// Whether it must be found; otherwise docs/detection.md says that it may not be.
    pub found: bool,
    pub work: fn(&mut Dice) -> Vec<Work>,
}

const fn found(name: &'static str, work: fn(&mut Dice) -> Vec<Work>) -> Scenario {
    Scenario { name, found: true, work }
}

const fn open(name: &'static str, work: fn(&mut Dice) -> Vec<Work>) -> Scenario {
    Scenario { name, found: false, work }
}

pub const SCENARIOS: [Scenario; 11] = [
    found("S01 mass deletion: 120 in 5 min", |dice| {
        spread(dice, "person3", Deed::Delete, 120, 11 * HOUR, 300)
    }),
    found("S01 below the tripwire: 40 in 1 h", |dice| {
        spread(dice, "person3", Deed::Delete, 40, 11 * HOUR, HOUR - 60)
    }),
    found("S08 export burst: 25 in 40 min", |dice| {
        spread(dice, "person4", Deed::Export, 25, 10 * HOUR, 2_400)
    }),
    found("S15 dormant account: 11 edits", |dice| {
        spread(dice, DORMANT, Deed::Edit, 11, 13 * HOUR, 1_200)
    }),
    found("S16 off hours: 13 edits at 03:00", |dice| {
        spread(dice, "person5", Deed::Edit, 13, 3 * HOUR, 1_800)
    }),
    found("burst: 300 edits in 1 h", |dice| {
        spread(dice, "person7", Deed::Edit, 300, 10 * HOUR, HOUR - 60)
    }),
    found("service account at the wrong time", |_| {
        let actor = "svc.nightly".to_owned();
        vec![Work { time: 14 * HOUR, actor, deed: Deed::Edit, rows: 40 }]
    }),
    found("first time, in bulk: 150 inserts", |dice| {
        spread(dice, "person8", Deed::Visitor, 150, 15 * HOUR, 2_000)
    }),
    open("burst: 90 edits in 1 h", |dice| {
        spread(dice, "person7", Deed::Edit, 90, 10 * HOUR, HOUR - 60)
    }),
    open("90 edits in 1 h over 5 accounts", |dice| {
        let one = |number: u32| (format!("person{number}"), 18);
        let all = (0..5).map(one).collect::<Vec<_>>();
        let spread = |(actor, rows): &(String, u64)| {
            spread(dice, actor, Deed::Edit, *rows, 10 * HOUR, HOUR - 60)
        };
        all.iter().flat_map(spread).collect()
    }),
    open("own volume doubled, in hours", |dice| {
        spread(dice, "person9", Deed::Edit, 45, 9 * HOUR, 7 * HOUR)
    }),
];

/// So many rows, one by one, over so many seconds from a moment on.
fn spread(dice: &mut Dice, actor: &str, deed: Deed, rows: u64, from: i64, over: i64) -> Vec<Work> {
    let time = |dice: &mut Dice| from + dice.below(over as u64) as i64;
    (0..rows).map(|_| Work { time: time(dice), actor: actor.into(), deed, rows: 1 }).collect()
}
