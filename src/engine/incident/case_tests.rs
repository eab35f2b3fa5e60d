//! What people do about an incident stays with it, counts its clock, and is refused when it cannot be.

use std::collections::BTreeMap;

use super::law_tests::{Stream, incidents};
use super::*;
use crate::engine::detect::trial::{apply, change};
use crate::model::{Act, Action, Activity, Code, Instruction, Stage, limits};

const HOUR: i64 = 3_600;

type Store = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store with one incident, detected at 0.
fn detected() -> (Store, Incident) {
    let mut stream = Stream::new();
    stream.commit(0, (0..20).map(|number| change("crm.contacts", number)));
    let outcome = stream.run(&[]);
    let incident = incidents(&outcome.emissions).remove(0);
    (outcome.store, incident)
}

fn act(action: Action, hours: i64) -> Act {
    let time = Timestamp(hours * HOUR * 1_000_000);
    Act { action, time, by: "officer".into(), reason: "seen in ticket 17".into(), aware: None }
}

fn instruct(store: &mut Store, id: Uuid, act: Act) -> Result<Incident, Fault> {
    let snapshot = store.clone();
    let mut state = State::new(&snapshot);
    let told = case::instruct(&mut state, &Instruction { incident: id, act })?;
    apply(store, state.into_writes());
    Ok(incidents(&[told]).remove(0))
}

fn pass(store: &mut Store, hours: i64) {
    let snapshot = store.clone();
    let mut state = State::new(&snapshot);
    advance(&mut state, Timestamp(hours * HOUR * 1_000_000)).unwrap();
    apply(store, state.into_writes());
}

fn is_running(store: &Store) -> bool {
    !running(&State::new(store)).unwrap().is_empty()
}

#[test]
fn a_breach_goes_from_awareness_to_its_end_and_each_step_is_an_event() {
    let (mut store, incident) = detected();
    let mut steps = Vec::new();
    for (action, hours) in
        [(Action::Acknowledge, 1), (Action::Confirm, 2), (Action::Notify, 50), (Action::Close, 60)]
    {
        let told = instruct(&mut store, incident.id, act(action, hours)).unwrap();
        assert_eq!(case::find(&State::new(&store), incident.id).unwrap(), told);
        steps.push((told.version, told.activity, told.handling.stage, is_running(&store)));
    }
    assert_eq!(
        steps,
        [
            (2, Activity::Update, Stage::Acknowledged, true),
            (3, Activity::Update, Stage::Confirmed, true),
            (4, Activity::Update, Stage::Notified, false),
            (5, Activity::Close, Stage::Closed, false),
        ]
    );
    let told = case::find(&State::new(&store), incident.id).unwrap();
    assert_eq!(told.due(), act(Action::Confirm, 2).time + limits::NOTIFICATION_WINDOW);
    assert_eq!(told.handling.acts.len(), 4);
}

#[test]
fn one_that_somebody_has_taken_up_is_shown_beyond_its_deadline_and_one_nobody_looked_at_is_not() {
    let (mut store, incident) = detected();
    pass(&mut store, 73);
    assert!(!is_running(&store));
    let (mut store, _) = detected();
    instruct(&mut store, incident.id, act(Action::Confirm, 60)).unwrap();
    pass(&mut store, 73);
    assert!(is_running(&store), "its deadline is at hour 132");
    pass(&mut store, 200);
    assert!(is_running(&store), "overdue");
    instruct(&mut store, incident.id, act(Action::Dismiss, 201)).unwrap();
    assert!(!is_running(&store));
}

#[test]
fn what_the_stream_adds_later_keeps_what_people_did_and_counts_on() {
    let (mut store, incident) = detected();
    instruct(&mut store, incident.id, act(Action::Confirm, 0)).unwrap();
    let snapshot = store.clone();
    let mut state = State::new(&snapshot);
    let key = state.all::<Record>(OPEN, b"incident/open0").unwrap().remove(0).0;
    let mut record = state.read::<Record>(&key).unwrap().unwrap();
    let told = incidents(&[publish(&mut state, &mut record).unwrap()]).remove(0);
    assert_eq!((told.version, told.handling.stage), (3, Stage::Confirmed));
}

#[test]
fn what_cannot_be_recorded_is_refused_and_changes_nothing() {
    let (mut store, incident) = detected();
    let before = store.clone();
    let reason = |reason: &str| Act { reason: reason.into(), ..act(Action::Confirm, 1) };
    let ahead = Act { aware: Some(act(Action::Confirm, 2).time), ..act(Action::Confirm, 1) };
    for (id, act, code) in [
        (Uuid::nil(), act(Action::Confirm, 1), Code::INC_001),
        (incident.id, act(Action::Notify, 1), Code::INC_002),
        (incident.id, act(Action::Close, 1), Code::INC_002),
        (incident.id, reason("  why  "), Code::INC_003),
        (incident.id, reason(&"long ".repeat(500)), Code::INC_003),
        (incident.id, reason("asked grace.hopper@example.org about it"), Code::INC_003),
        (incident.id, reason("looked into it\n2026-01-01 close as officer"), Code::INC_003),
        (incident.id, reason("looked into it \u{1b}[2J"), Code::INC_003),
        (incident.id, ahead, Code::INC_003),
    ] {
        let fault = instruct(&mut store, id, act).unwrap_err();
        assert_eq!(fault.code, code, "{}", fault.cause);
        assert!(!fault.cause.contains("grace"));
    }
    assert_eq!(store, before);
}

#[test]
fn a_case_is_forgotten_after_three_years_unless_somebody_works_on_it() {
    let years = |number: i64| number * 365 * 24;
    let (mut store, incident) = detected();
    pass(&mut store, years(3) - 1);
    assert_eq!(case::all(&State::new(&store)).unwrap().len(), 1);
    let mut taken_up = store.clone();
    instruct(&mut taken_up, incident.id, act(Action::Acknowledge, years(3) - 1)).unwrap();
    for (store, left) in [(&mut store, 0), (&mut taken_up, 1)] {
        pass(store, years(3) + 1);
        assert_eq!(case::all(&State::new(store)).unwrap().len(), left);
    }
}
