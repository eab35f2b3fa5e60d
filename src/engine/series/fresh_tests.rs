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
    for (accounts, each) in [(9, 30), (9, 60), (6, 60)] {
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
    for (accounts, each) in [(5, 10), (9, 7)] {
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
fn ten_accounts_within_a_day_that_nobody_has_seen_are_told_of_once_however_little_each_does() {
    for (accounts, apart, told) in [(10, 1, 1), (20, 1, 1), (12, 0, 1), (9, 1, 0)] {
        let mut trial = house(21);
        let mut found = Vec::new();
        for turn in 0..accounts * 2 {
            // One after the other, an hour each, or all within one.
            let hour = 21 * 24 + 8 + i64::from(apart * (turn % 10));
            found.push((hour, turn));
        }
        found.sort_unstable();
        let each = found.into_iter().flat_map(|(hour, turn)| {
            at(&mut trial, (hour, i64::from(turn)), (100 + turn % accounts, 1_000 + turn), 1)
        });
        let told_of: Vec<Signal> = each.collect();
        let first = told_of.iter().filter(|it| !it.reason.is_empty()).count();
        assert_eq!(first.min(1), told, "{accounts}: {told_of:#?}");
        if let Some(signal) = told_of.first() {
            assert!(signal.reason.contains("first seen within the last day"), "{}", signal.reason);
            assert!(signal.together.as_ref().is_some_and(|it| it.len() >= 10));
            let records: u64 = told_of.iter().map(|it| it.extent.records).sum();
            assert_eq!(records, u64::from(accounts * 2), "each row once");
        }
    }
}

#[test]
fn where_people_join_every_day_more_have_to_come_at_once() {
    let mut trial = Trial::new();
    let mut told = Vec::new();
    for day in 0..40 {
        for who in 0..if day == 39 { 11 } else { 6 } {
            let account = 1_000 + day as u32 * 20 + who;
            told.extend(at(&mut trial, (day * 24 + 9, i64::from(who)), (account, 10 * who), 2));
        }
    }
    assert_eq!(told, []);
}

#[test]
fn several_who_come_at_night_are_told_of_sooner_than_by_day() {
    let mut silent = [0, 0];
    for (place, hour) in [10, 3].into_iter().enumerate() {
        let found = newcomers(&mut house(22), 22 * 24 + hour, 9, 30);
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
    let found = newcomers(&mut trial, 22 * 24 + 10, 9, 54);
    let whole = all(&found);
    assert_eq!((whole.records, whole.unattributed), (486, 0));
    assert_eq!(whole.cells.get(&Category::Email), Some(&486), "not only those after the alarm");
    let people = whole.subjects.count();
    assert!(!people.exact && people.value.abs_diff(486) < 49, "{people:?}");
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
            let words =
                "by a job that has been known for two weeks and did nothing of the kind before";
            assert!(signal.reason.contains(words), "{}", signal.reason);
            assert_eq!(signal.actor, Some(person(9_000)));
        }
    }
    assert_eq!(found, [11, 0, 0, 0], "too few, as ever, and nothing is known yet");
}

#[test]
fn a_job_that_begins_to_add_or_delete_is_told_of_and_one_that_always_did_is_not() {
    use crate::model::OperationKind::{Delete, Insert};
    for (operation, always) in [(Insert, false), (Delete, false), (Insert, true), (Delete, true)] {
        let mut trial = house(1);
        let done = |from: u32| {
            (from..from + 12).map(move |number| Touch {
                actor: Some(person(9_000)),
                operation,
                ..change("crm.leads", number)
            })
        };
        let mut found = Vec::new();
        for day in 1..24 {
            phones(&mut trial, day * 24 + 18);
            if always || day == 23 {
                found.extend(trial.commit(day * 24 + 19, done(2_000)));
            }
        }
        found.retain(|it| it.reason.contains("did nothing of the kind before"));
        let records: Vec<u64> = found.iter().map(|it| it.extent.records).collect();
        assert_eq!(records, if always { vec![] } else { vec![12] }, "{operation:?}");
    }
}

#[test]
fn who_never_deleted_and_does_so_little_by_little_is_told_of_after_thirty_people() {
    use crate::model::OperationKind::Delete;
    // Who deletes from the fifth week on; whoever always did a little; who is new; too few.
    for (before, known_since, each, told) in
        [(false, 0, 4, 30), (true, 0, 4, 0), (false, 28, 4, 0), (false, 0, 2, 0)]
    {
        let mut trial = house(1);
        let (mut found, mut number) = (Vec::new(), 2_000);
        for day in (0..49).filter(|day| day % 7 < 5) {
            let hour = day * 24 + 10;
            if day >= known_since {
                drop(at(&mut trial, (hour, 0), (20, 350), 2));
            }
            let deletes = if day >= 35 { each } else { u32::from(before && day % 7 == 0) };
            for turn in 0..deletes {
                number += 1;
                let by = Some(person(5_020));
                let touch = Touch { actor: by, operation: Delete, ..change("crm.leads", number) };
                found.extend(trial.commit_beside((hour + i64::from(turn), 30), [touch], &[]));
            }
        }
        found.retain(|it| it.reason.contains("within two weeks by an actor"));
        let records: u64 = found.iter().map(|it| it.extent.records).sum();
        assert_eq!(records, told, "{before} {known_since} {each}: {found:#?}");
    }
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
