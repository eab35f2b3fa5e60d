//! Streams of some weeks, hour by hour, and what is found in them.

use std::collections::BTreeMap;

use super::{Class, Noticed, Watch};
use crate::engine::decision::Counts;
use crate::engine::detect::trial::{apply, change, deletion, person, policies};
use crate::engine::detect::{Settled, Signal, Touch};
use crate::engine::incident;
use crate::engine::state::State;
use crate::model::{
    Category, Code, Emission, Lsn, OperationKind, Position, TableName, Timestamp, TransactionKind,
};
use crate::policy::Policies;

/// 2026-01-05 00:00 UTC, a Monday.
const MONDAY: i64 = 490_992;

/// Transactions in, signals out, with incidents in between; each transaction is a batch of its own.
pub(super) struct Trial {
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
    pub policies: Policies,
    position: Position,
    counts: Counts,
    /// Alarms over the budget of the last transaction.
    withheld: Vec<super::Withheld>,
    /// An envelope in which everything lies, and whether it holds.
    envelope: Option<(&'static str, bool)>,
}

impl Trial {
    pub fn new() -> Self {
        let (store, position) = (BTreeMap::new(), Position { commit: Lsn(1), ordinal: 0 });
        let (counts, withheld, envelope) = Default::default();
        Trial { store, policies: policies(), position, counts, withheld, envelope }
    }

    pub fn commit_beside(
        &mut self,
        (hour, minute): (i64, i64),
        touches: impl IntoIterator<Item = Touch>,
        tripped: &[Signal],
    ) -> Vec<Signal> {
        let mut state = State::new(&self.store);
        let settings = &self.policies.statistics;
        let mut watch = Watch::load(&state, settings, false).unwrap();
        for touch in touches {
            self.position.ordinal += 1;
            let touch = Touch { position: self.position, ..touch };
            match self.envelope {
                Some((name, _)) => watch.touch_within(name, &touch),
                None => watch.touch(&touch),
            }
        }
        self.position = Position { commit: Lsn(self.position.commit.0 + 1), ordinal: 0 };
        let time = Timestamp(((MONDAY + hour) * 3_600 + minute * 60) * 1_000_000);
        let settled = Settled { time, kind: TransactionKind::Live, foreign: false };
        drop(incident::advance(&mut state, time).unwrap());
        let held = self.envelope.filter(|(_, holds)| *holds).map(|(name, _)| name.to_owned());
        watch.excuse(&held.into_iter().collect());
        let signals = watch.settle(&mut state, &self.policies, &settled, tripped).unwrap();
        self.withheld = watch.withheld();
        let all = [signals.clone(), tripped.to_vec()].concat();
        let (policies, none) = (&self.policies, Vec::new());
        incident::correlate(&mut state, policies, "trial", all, none, time, time).unwrap();
        self.counts = Counts::default();
        watch.store(&mut state, settings, &mut self.counts);
        let writes = state.into_writes();
        apply(&mut self.store, writes);
        signals
    }

    pub fn commit(&mut self, hour: i64, touches: impl IntoIterator<Item = Touch>) -> Vec<Signal> {
        self.commit_beside((hour, 0), touches, &[])
    }

    /// So many days on which the same actor changes three to five contacts an hour from nine to five.
    pub fn work(&mut self, days: std::ops::Range<i64>) {
        for day in days.filter(|day| day % 7 < 5) {
            for hour in day * 24 + 9..day * 24 + 17 {
                let found = self.commit(hour, contacts(3 + hour as u32 % 3));
                assert_eq!(found, [], "day {day} hour {hour}");
            }
        }
    }

    pub fn noticed(&self, class: Class, noticed: Noticed) -> u64 {
        self.counts.noticed.get(&(class, noticed)).copied().unwrap_or(0)
    }
}

pub(super) fn contacts(rows: u32) -> impl Iterator<Item = Touch> {
    (0..rows).map(|number| change("crm.contacts", number))
}

pub(super) fn by(actor: u32, rows: u32) -> impl Iterator<Item = Touch> {
    contacts(rows).map(move |touch| Touch { actor: Some(person(actor)), ..touch })
}

#[test]
fn what_stays_in_an_envelope_is_not_counted_and_what_does_not_is() {
    for (holds, alarms) in [(true, 0), (false, 1)] {
        let mut trial = Trial::new();
        trial.work(0..22);
        trial.envelope = Some(("night-run", holds));
        assert_eq!(trial.commit(22 * 24 + 3, contacts(13)).len(), alarms);
    }
}

#[test]
fn work_in_the_middle_of_the_night_is_an_alarm_that_explains_itself() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let night = 22 * 24 + 3;
    let before = [0, 1].map(|number| change("crm.contacts", 20 + number));
    assert_eq!(trial.commit(night, before), []);
    let found = trial.commit_beside((night, 20), contacts(11), &[]);
    assert_eq!(
        found.len(),
        1,
        "one for the actor's series in table, tables and sensitivity, and the table's"
    );
    let signal = &found[0];
    assert_eq!((signal.code, signal.actor), (Code::SEC_009, Some(person(1_000_000))));
    assert_eq!(
        (signal.extent.records, signal.extent.unattributed),
        (13, 0),
        "with those before it"
    );
    assert_eq!(signal.occurred, Timestamp((MONDAY + night) * 3_600_000_000));
    for part in [
        "13 data subjects updated in crm.contacts by one actor on Tuesday 03:00 to 04:00 (UTC)",
        "expected 0.0",
        "the same hour of earlier weeks: 0, 0",
        "silent below",
    ] {
        assert!(signal.reason.contains(part), "{part}: {}", signal.reason);
    }
    let goes_on = trial.commit_beside((night, 30), contacts(4), &[]);
    assert_eq!((goes_on[0].extent.records, goes_on[0].extent.unattributed), (4, 0));
}

#[test]
fn people_are_counted_and_not_how_often_they_are_saved() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let same = || (0..200).map(|_| change("crm.contacts", 7));
    assert_eq!(trial.commit(22 * 24 + 3, same()), []);
    let found = trial.commit_beside((22 * 24 + 3, 30), contacts(20), &[]);
    assert_eq!((found[0].extent.records, found[0].extent.unattributed), (220, 0));
    assert_eq!(found[0].extent.subjects.count().value, 20);
}

#[test]
fn a_series_by_sensitivity_counts_its_own_rows() {
    let mut trial = Trial::new();
    let health = by(7, 2).map(|touch| Touch { categories: vec![Category::Health], ..touch });
    let mut tally = super::tally::Tally::default();
    by(7, 40).chain(health).for_each(|touch| tally.touch(&touch));
    let store = BTreeMap::new();
    let (parts, _) = tally.take(&mut State::new(&store));
    let done = super::tally::series(&parts, |_| true);
    let mut rows: Vec<u64> = done.values().map(|done| done.records).collect();
    rows.sort_unstable();
    // By sensitivity and by columns as many as are theirs; of the actor, also in all tables, and of the table all.
    assert_eq!(rows, [2, 2, 40, 40, 42, 42, 42]);
    assert_eq!(trial.commit(0, by(7, 40)), []);
}

#[test]
fn what_a_tripwire_tells_is_not_told_again() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let mut other = Trial { store: trial.store.clone(), ..Trial::new() };
    other.position = trial.position;
    let night = 22 * 24 + 3;
    let signal = other.commit(night, contacts(40)).remove(0);
    let tripwire = Signal { code: Code::SEC_001, ..signal };
    assert_eq!(trial.commit_beside((night, 0), contacts(40), &[tripwire]), []);
    assert_eq!(trial.commit_beside((night, 30), contacts(40), &[]), [], "while it is open");
}

#[test]
fn nothing_is_learnt_of_an_actor_in_an_open_incident() {
    let mut trial = Trial::new();
    trial.work(0..22);
    for day in 22..25 {
        let found = trial.commit(day * 24 + 3, contacts(30));
        assert_eq!(found.len(), 1, "the nights before did not make it usual: day {day}");
        trial.policies.statistics.alert_budget_per_week += 1;
    }
}

#[test]
fn the_budget_is_kept_and_the_next_alarm_says_what_was_withheld() {
    let mut trial = Trial::new();
    trial.policies.statistics.alert_budget_per_week = 1;
    trial.work(0..22);
    assert_eq!(trial.commit(22 * 24 + 3, contacts(30)).len(), 1);
    for night in [23, 24] {
        assert_eq!(trial.commit(night * 24 + 2, contacts(40)), []);
        assert_eq!(trial.noticed(Class::Actors, Noticed::OverBudget), 1);
        let said: Vec<(u64, bool)> = trial
            .withheld
            .iter()
            .map(|it| (it.number, it.reason.contains("by one actor")))
            .collect();
        assert_eq!(said, [(40, true)], "it is on record");
        assert_eq!(trial.commit_beside((night * 24 + 2, 9), contacts(40), &[]), []);
        assert_eq!(trial.noticed(Class::Actors, Noticed::OverBudget), 0, "once an hour");
    }
    let standing = trial.counts.statistics.clone().unwrap();
    assert_eq!(standing.budget, (1, 1));
    let found = trial.commit(29 * 24 + 4, contacts(900));
    assert!(found[0].reason.ends_with("2 alarms before it were over the budget"), "{found:?}");
}

#[test]
fn what_a_tripwire_takes_over_costs_nothing_of_the_budget() {
    for (tripped, alarms) in [(true, 1), (false, 0)] {
        let mut trial = Trial::new();
        trial.policies.statistics.alert_budget_per_week = 1;
        trial.work(0..22);
        let night = 22 * 24 + 3;
        let signal = trial.commit(night, contacts(30)).remove(0);
        assert_eq!(trial.counts.statistics.clone().unwrap().budget, (1, 1));
        let tripwire = Signal { code: Code::SEC_001, ..signal };
        let tripwires = if tripped { vec![tripwire] } else { Vec::new() };
        drop(trial.commit_beside((night, 5), contacts(60), &tripwires));
        let left = 1 - alarms;
        assert_eq!(trial.counts.statistics.clone().unwrap().budget, (left, 1));
        assert_eq!(trial.commit(23 * 24 + 2, by(8, 300)).len() as u32, alarms);
    }
}

#[test]
fn without_a_budget_nothing_is_counted() {
    let mut trial = Trial::new();
    trial.policies.statistics.alert_budget_per_week = 0;
    assert_eq!(trial.commit(0, contacts(3)), []);
    assert!(trial.store.is_empty());
    assert_eq!(trial.counts.statistics, None);
}

#[test]
fn in_the_first_week_nothing_is_unusual() {
    let mut trial = Trial::new();
    trial.work(0..5);
    assert_eq!(trial.commit(5 * 24 + 3, contacts(90)), []);
    assert_eq!(trial.commit(6 * 24 + 3, by(7, 300)), []);
}

#[test]
fn bulk_by_somebody_new_at_night_is_an_alarm_and_a_first_day_at_work_is_none() {
    let mut trial = Trial::new();
    trial.work(0..22);
    assert_eq!(trial.commit(22 * 24 + 10, by(7, 8)), []);
    let found = trial.commit(23 * 24 + 2, by(8, 300));
    assert_eq!(found.len(), 1);
    assert!(found[0].reason.contains("first seen within the last seven days"), "{found:?}");
}

/// A job changes many at once every night, and people work by day.
fn with_a_job() -> Trial {
    let mut trial = Trial::new();
    for day in 0..22 {
        let job = (0..200).map(|number| change("crm.leads", number));
        let job = job.map(|touch| Touch { actor: Some(person(2_000_000)), ..touch });
        drop(trial.commit(day * 24 + 2, job));
        if day % 7 < 5 {
            (9..17).for_each(|hour| drop(trial.commit(day * 24 + hour, contacts(4))));
        }
    }
    trial
}

#[test]
fn what_jobs_change_at_once_is_not_expected_of_an_account_never_seen_before() {
    let mut trial = with_a_job();
    let mut found = Vec::new();
    for number in 0..60 {
        let touch = Touch { actor: Some(person(7)), ..change("crm.contacts", number) };
        found.extend(trial.commit_beside((22 * 24 + 10, i64::from(number)), [touch], &[]));
    }
    assert!(found.first().is_some_and(|signal| signal.actor == Some(person(7))), "{found:?}");
}

#[test]
fn who_is_not_named_is_new_where_others_are() {
    let mut trial = with_a_job();
    let gone = (0..30).map(|number| deletion("crm.contacts", number));
    let found = trial.commit(22 * 24 + 10, gone.map(|touch| Touch { actor: None, ..touch }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].reason.contains("by nobody who is named"), "{found:?}");
}

#[test]
fn many_actors_at_once_are_the_tables_alarm_and_nobodys() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let night = 22 * 24 + 3;
    let mut found = Vec::new();
    for actor in 0..30 {
        let people = (4 * actor..4 * actor + 4).map(|number| change("crm.contacts", number));
        let touches = people.map(|touch| Touch { actor: Some(person(actor)), ..touch });
        found.extend(trial.commit_beside((night, actor.into()), touches, &[]));
    }
    assert!(!found.is_empty());
    assert!(found.iter().all(|signal| signal.actor.is_none()), "{found:?}");
    assert!(found[0].reason.contains("by all actors"), "{found:?}");
}

#[test]
fn staying_longer_is_none_and_neither_is_a_saturday() {
    let mut trial = Trial::new();
    trial.work(0..22);
    for hour in 17..20 {
        assert_eq!(trial.commit(22 * 24 + hour, contacts(9)), [], "{hour}");
    }
    assert_eq!(trial.commit(26 * 24 + 10, contacts(9)), [], "Saturday");
    assert_eq!(trial.commit(27 * 24 + 3, contacts(13)).len(), 1, "Sunday night");
}

#[test]
fn people_who_join_and_work_like_the_others_are_no_alarm_of_the_table() {
    let mut trial = Trial::new();
    trial.work(0..22);
    for actor in 0..5 {
        let found = trial.commit_beside((22 * 24 + 10, i64::from(actor)), by(actor, 6), &[]);
        assert_eq!(found, []);
    }
}

#[test]
fn what_somebody_does_in_several_tables_adds_up_unless_one_of_them_says_it_all() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let in_tables = |rows: u32| {
        let tables = ["crm.contacts", "crm.leads", "crm.members"];
        by(7, rows).enumerate().map(move |(index, touch)| {
            let table = crate::engine::detect::trial::table(tables[index % 3]);
            Touch { table, categories: Vec::new(), ..touch }
        })
    };
    let found = trial.commit(22 * 24 + 10, in_tables(150));
    assert!(found[0].reason.contains("all tables together"), "{found:?}");
    let mut trial = Trial::new();
    for day in (0..22).filter(|day| day % 7 < 5) {
        (9..17).for_each(|hour| drop(trial.commit(day * 24 + hour, contacts(4))));
        let job = (0..60).map(|number| deletion("crm.leads", number));
        trial.commit(day * 24 + 12, job.map(|touch| Touch { categories: Vec::new(), ..touch }));
    }
    let job = (0..70).map(|number| deletion("crm.leads", number));
    let job = job.map(|touch| Touch { categories: Vec::new(), ..touch });
    assert_eq!(trial.commit(22 * 24 + 12, job), []);
}

#[test]
fn what_people_record_of_themselves_is_nobodys_act() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let own = contacts(300).map(|touch| Touch { own_act: true, ..touch });
    assert_eq!(trial.commit(22 * 24 + 3, own), []);
}

#[test]
fn a_job_that_runs_at_the_end_of_each_month_is_told_once() {
    let mut trial = Trial::new();
    // 31 January, 28 February and 31 March 2026.
    let ends = [26, 54, 85];
    let mut told = Vec::new();
    for day in 0..90 {
        if day % 7 < 5 {
            (9..17).for_each(|hour| drop(trial.commit(day * 24 + hour, contacts(4))));
        }
        if ends.contains(&day) {
            told.push(trial.commit(day * 24 + 22, by(7, 300)).len());
        }
    }
    assert_eq!(told, [1, 0, 0]);
}

#[test]
fn the_more_of_the_budget_is_spent_the_more_improbable_the_next_alarm_has_to_be() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let least = |signals: &[Signal]| -> u64 {
        let (_, number) = signals[0].reason.rsplit_once("silent below ").unwrap();
        number.parse().unwrap()
    };
    let mut later = Trial { store: trial.store.clone(), ..Trial::new() };
    later.position = trial.position;
    let first = least(&trial.commit(22 * 24 + 3, contacts(60)));
    trial.commit(23 * 24 + 23, contacts(60));
    trial.policies.statistics.alert_budget_per_week = 3;
    let second = least(&trial.commit(25 * 24 + 3, contacts(60)));
    assert!(second > first, "{first} {second}");
    assert_eq!(later.commit(25 * 24 + 3, contacts(60)).len(), 1);
}

#[test]
fn an_actor_who_comes_back_after_two_months_is_an_alarm_at_ten_rows() {
    let mut trial = Trial::new();
    trial.commit(8, by(7, 3));
    trial.work(0..64);
    assert_eq!(trial.commit(64 * 24 + 9, by(7, 4)), []);
    let found = trial.commit_beside((64 * 24 + 9, 40), by(7, 6), &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0].reason.contains("coming back after 64 days"), "{found:?}");
    assert_eq!(found[0].extent.records, 10);
    let goes_on = trial.commit_beside((64 * 24 + 9, 50), by(7, 3), &[]);
    assert_eq!(goes_on[0].extent.records, 3, "while its incident is open");
    assert_eq!(trial.commit(64 * 24 + 15, by(7, 3)), []);
}

#[test]
fn other_data_of_the_same_actor_is_a_series_of_its_own() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let health = contacts(4).map(|touch| Touch { categories: vec![Category::Health], ..touch });
    assert_eq!(trial.commit(22 * 24 + 9, health), [], "four rows are never an alarm");
    let state = State::new(&trial.store);
    let series = state.all::<super::counters::Counter>(b"sc", b"sd").unwrap();
    // One actor: contacts updated; all tables; ordinary and special data; the table; two sets of categories; and those
    // who are new there, as everybody was.
    assert_eq!(series.len(), 8);
}

#[test]
fn truncations_copies_and_what_concerns_nobody_are_not_counted() {
    let mut trial = Trial::new();
    let emptied = Touch { operation: OperationKind::Truncate, ..change("crm.contacts", 0) };
    let nobody =
        Touch { about_people: false, actor: None, categories: Vec::new(), ..deletion("crm.x", 1) };
    trial.commit(0, [emptied, nobody]);
    assert!(trial.store.is_empty());
}

#[test]
fn a_signal_becomes_an_incident_of_its_code() {
    let mut trial = Trial::new();
    trial.work(0..22);
    let signal = trial.commit(22 * 24 + 3, contacts(30)).remove(0);
    let store = BTreeMap::new();
    let mut state = State::new(&store);
    let (class, time) = (TableName::new("crm", "contacts"), signal.occurred);
    let of = |state: &State| {
        incident::is_open(state, (signal.code, signal.breach), signal.actor, &class, time).unwrap()
    };
    assert!(!of(&state));
    let (policies, signals) = (&trial.policies, vec![signal.clone()]);
    let told = incident::correlate(&mut state, policies, "trial", signals, Vec::new(), time, time);
    assert!(matches!(&told.unwrap()[..], [Emission::Incident(it)] if it.code == Code::SEC_009));
    assert!(of(&state));
}
