//! Several accounts that are new at a table, and how much of an act is known.

use super::tests::Trial;
use crate::engine::detect::trial::{change, person};
use crate::engine::detect::{Extent, Signal, Touch};
use crate::model::Category;

/// Eight people change some contacts an hour by day, each of them others, so many days long; and a job changes some
/// hundred each morning, beside which nobody sees what a few dozen more are.
fn house(days: i64) -> Trial {
    let mut trial = Trial::new();
    for day in (0..days).filter(|day| day % 7 < 5) {
        for hour in day * 24 + 9..day * 24 + 19 {
            if hour % 24 >= 17 {
                phones(&mut trial, hour);
                continue;
            }
            for who in 0..8 {
                let rows = 1 + (hour as u32 + 3 * who) % 4;
                drop(at(&mut trial, (hour, i64::from(who)), (who, 50 * who), rows));
            }
            if hour % 24 == 10 {
                drop(at(&mut trial, (hour, 30), (99, 600), 200 + (day as u32 * 37) % 300));
            }
        }
    }
    trial
}

/// One account changes so many contacts from a number on.
fn at(trial: &mut Trial, when: (i64, i64), (who, from): (u32, u32), rows: u32) -> Vec<Signal> {
    let touches = (from..from + rows).map(|number| change("crm.contacts", number));
    let by = Some(person(5_000 + who));
    trial.commit_beside(when, touches.map(|touch| Touch { actor: by, ..touch }), &[])
}

/// So many accounts that nobody has seen change so many contacts each within an hour, in turn.
fn newcomers(trial: &mut Trial, hour: i64, accounts: u32, each: u32) -> Vec<Signal> {
    let mut found = Vec::new();
    for turn in 0..accounts * each {
        let (who, minute) = (100 + turn % accounts, i64::from(turn * 50 / (accounts * each)));
        found.extend(at(trial, (hour, minute), (who, 1_000 + turn), 1));
    }
    found
}

#[test]
fn many_accounts_that_nobody_has_seen_are_told_of_together_though_each_does_little() {
    for (accounts, each) in [(10, 30), (15, 40), (15, 20)] {
        let found = newcomers(&mut house(22), 22 * 24 + 10, accounts, each);
        assert!(!found.is_empty(), "{accounts} x {each}");
        let reason = &found[0].reason;
        assert!(reason.contains("by several actors who are new there"), "{reason}");
        assert_eq!(found[0].actor, None);
        assert!(found[0].together.as_ref().is_some_and(|it| it.len() > 2), "{reason}");
        let records: u64 = found.iter().map(|it| it.extent.records).sum();
        assert_eq!(records, u64::from(accounts * each), "each row once");
    }
}

#[test]
fn the_first_week_of_a_new_team_is_none() {
    for (accounts, each) in [(5, 10), (10, 7), (20, 4)] {
        let mut trial = house(21);
        for day in 21..26 {
            for hour in 9..17 {
                let found = newcomers(&mut trial, day * 24 + hour, accounts, each);
                let reasons: Vec<&str> = found.iter().map(|it| it.reason.as_str()).collect();
                assert_eq!(reasons, [""; 0], "{accounts} x {each}, day {day}, {hour}:00");
            }
        }
    }
}

#[test]
fn several_who_come_at_night_are_told_of_sooner_than_by_day() {
    let mut silent = [0, 0];
    for (place, hour) in [10, 3].into_iter().enumerate() {
        let found = newcomers(&mut house(22), 22 * 24 + hour, 10, 30);
        let (_, number) = found[0].reason.rsplit_once("silent below ").unwrap();
        silent[place] = number.parse::<u32>().unwrap();
    }
    assert!(silent[1] < silent[0], "{silent:?}");
}

/// The incident's numbers, from all that was told of it.
fn all(found: &[Signal]) -> Extent {
    let mut whole = found[0].extent.clone();
    found[1..].iter().for_each(|signal| whole.merge(&signal.extent));
    whole
}

#[test]
fn whose_rows_and_which_cells_came_before_an_alarm_is_known() {
    let mut trial = house(22);
    let found = newcomers(&mut trial, 22 * 24 + 10, 12, 40);
    let whole = all(&found);
    assert_eq!((whole.records, whole.unattributed), (480, 0));
    assert_eq!(whole.cells.get(&Category::Email), Some(&480), "not only those after the alarm");
    let people = whole.subjects.count();
    assert!(!people.exact && people.value.abs_diff(480) < 48, "{people:?}");
}

#[test]
fn what_an_hour_has_left_of_an_act_belongs_to_it() {
    let mut trial = house(22);
    let night = 22 * 24 + 3;
    let mut found = Vec::new();
    for turn in 0..46 {
        let minute = 40 + i64::from(turn) / 2;
        let when = (night + minute / 60, minute % 60);
        found.extend(at(&mut trial, when, (1, 1_000 + turn), 1));
    }
    let whole = all(&found);
    assert_eq!((whole.records, whole.unattributed), (46, 0));
    assert_eq!((whole.subjects.count().value, whole.cells[&Category::Email]), (46, 46));
}

#[test]
fn what_somebody_has_done_since_a_return_is_known() {
    let mut trial = Trial::new();
    drop(at(&mut trial, (8, 0), (7, 0), 3));
    trial.work(0..64);
    let mut found = Vec::new();
    for turn in 0..11 {
        found.extend(at(&mut trial, (64 * 24 + 9, i64::from(turn)), (7, 100 + turn), 1));
    }
    let whole = all(&found);
    assert_eq!((whole.records, whole.unattributed), (11, 0));
    assert_eq!((whole.subjects.count().value, whole.cells[&Category::Email]), (11, 11));
}

/// A job that changes telephone numbers every evening, of many people at once.
fn phones(trial: &mut Trial, hour: i64) {
    let phones = (600..640).map(|number| Touch {
        actor: Some(person(9_000)),
        categories: vec![Category::PhoneNumber],
        ..change("crm.contacts", number)
    });
    drop(trial.commit(hour, phones));
}

#[test]
fn a_job_that_begins_to_change_other_data_is_told_of_though_it_is_little() {
    let change_of = |category, rows: u32| {
        (0..rows).map(move |number| Touch {
            actor: Some(person(9_000)),
            categories: vec![category],
            ..change("crm.contacts", 2_000 + number)
        })
    };
    let mut found = Vec::new();
    for (days, category, rows) in [
        (22, Category::Email, 11),
        (22, Category::Email, 9),
        (22, Category::PhoneNumber, 11),
        (8, Category::Email, 11),
    ] {
        let mut trial = house(days);
        let mut told = Vec::new();
        for minute in 0..rows {
            let touch = change_of(category, rows).nth(minute as usize);
            told.extend(trial.commit_beside((days * 24 + 18, minute.into()), touch, &[]));
        }
        found.push(told.iter().map(|it| it.extent.records).sum::<u64>());
        if let Some(signal) = told.first() {
            let words = "by a job that has not changed such data there";
            assert!(signal.reason.contains(words), "{}", signal.reason);
            assert_eq!(signal.actor, Some(person(9_000)));
        }
    }
    assert_eq!(found, [11, 0, 0, 0], "too few, as ever, and nothing is known yet");
}

#[test]
fn a_nightly_job_that_is_hours_late_is_none() {
    for late in 1..=3 {
        let mut trial = Trial::new();
        for day in 0..22 {
            phones(&mut trial, day * 24 + 2);
            if day % 7 < 5 {
                (9..17).for_each(|hour| drop(at(&mut trial, (day * 24 + hour, 0), (1, 0), 4)));
            }
        }
        let hour = 22 * 24 + 2 + late;
        let job = (600..640).map(|number| Touch {
            actor: Some(person(9_000)),
            categories: vec![Category::PhoneNumber],
            ..change("crm.contacts", number)
        });
        assert_eq!(trial.commit(hour, job), [], "{late} hours late");
    }
}
