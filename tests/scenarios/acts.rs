//! One act is one incident, also over midnight, a restart and other policies; two acts at the same time are two.

use std::collections::BTreeSet;

use lawtail::engine::Engine;
use lawtail::model::{Code, Event, Incident, Reference, SubjectCount};
use serde_json::Value;

use crate::catalogue::{Deed, contact, delete, update};
use crate::catalogue_month::{self, Journal, MONDAY, Month, engine, engine_with, lines};
use crate::{Memory, decide};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// The Monday after the month.
const TODAY: i64 = (MONDAY + 28) * DAY;

/// One row each time, evenly over a time.
fn done(journal: &mut Journal, who: &str, from: i64, over: i64, deeds: Vec<Deed>) {
    let number = deeds.len() as i64;
    for (index, deed) in (0..).zip(deeds) {
        journal
            .commit(TODAY + from + index * over / number, lines(&deed, who, 9_000 + index as u64));
    }
}

fn deletions(people: std::ops::Range<u64>) -> Vec<Deed> {
    people.map(|id| delete("crm.contacts", contact(id))).collect()
}

fn redirected(people: std::ops::Range<u64>) -> Vec<Deed> {
    let to = |id| update("crm.contacts", contact(id), &[("iban", "GB33BUKB20201555555555".into())]);
    people.map(to).collect()
}

fn moved(people: std::ops::Range<u64>) -> Vec<Deed> {
    let to = |id: u64| Value::from(format!("+49 40 {id:07}"));
    people.map(|id| update("crm.contacts", contact(id), &[("phone", to(id))])).collect()
}

fn events(journal: Journal) -> Vec<Event> {
    journal.events(catalogue_month::tables(), true, TODAY + 3 * DAY)
}

/// The last event of each incident, in the order in which they were opened.
fn last(incidents: &[Incident]) -> Vec<Incident> {
    let mut found: Vec<Incident> = Vec::new();
    for incident in incidents {
        match found.iter_mut().find(|it| it.id == incident.id) {
            Some(known) => *known = incident.clone(),
            None => found.push(incident.clone()),
        }
    }
    found
}

fn exactly(number: u64) -> Option<SubjectCount> {
    Some(SubjectCount { value: number, exact: true })
}

fn played(engine: &Engine, memory: &Memory, journal: Journal) -> Vec<Incident> {
    last(&decide(engine, &mut memory.clone(), &events(journal), 64))
}

fn actors(incident: &Incident) -> BTreeSet<Reference> {
    incident.actor.into_iter().chain(incident.further_actors.iter().copied()).collect()
}

#[test]
fn two_acts_at_the_same_time_in_one_table_are_two_incidents_with_numbers_of_their_own() {
    let engine = engine();
    let month = Month::live(&engine, 0);
    let mut journal = Journal::default();
    done(&mut journal, "eve", 11 * HOUR, 540, deletions(0..90));
    done(&mut journal, "mallory", 11 * HOUR + 3, 540, moved(100..250));
    let found = played(&engine, &month.memory, journal);
    assert_eq!(found.len(), 2, "{found:#?}");
    let by = |code: Code| found.iter().find(|it| it.codes().any(|other| other == code));
    let (deleted, changed) = (by(Code::SEC_002).unwrap(), by(Code::SEC_001).unwrap());
    assert_eq!((deleted.affected.records, deleted.affected.subjects), (90, exactly(90)));
    assert_eq!((changed.affected.records, changed.affected.subjects), (150, exactly(150)));
    assert_eq!((actors(deleted).len(), actors(changed).len()), (1, 1));
    assert!(actors(deleted).is_disjoint(&actors(changed)));
}

#[test]
fn what_two_do_to_the_same_data_in_the_same_way_is_one_incident_that_names_both() {
    let engine = engine();
    let month = Month::live(&engine, 0);
    let mut journal = Journal::default();
    done(&mut journal, "eve", 11 * HOUR, 540, deletions(0..90));
    done(&mut journal, "mallory", 11 * HOUR + 3, 540, deletions(100..190));
    let found = played(&engine, &month.memory, journal);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].affected.records, actors(&found[0]).len()), (180, 2));
}

#[test]
fn an_act_over_midnight_is_one_incident_from_its_first_change_to_its_last() {
    let engine = engine();
    let month = Month::live(&engine, 0);
    let mut journal = Journal::default();
    let from = 23 * HOUR + 1_800;
    done(&mut journal, "eve", from, HOUR, deletions(0..200));
    let found = played(&engine, &month.memory, journal);
    assert_eq!(found.len(), 1, "{found:#?}");
    let incident = &found[0];
    assert_eq!((incident.affected.records, incident.affected.subjects), (200, exactly(200)));
    assert!(incident.latest.microseconds_since(incident.occurred) > 55 * 60 * 1_000_000);
    assert!(incident.occurred <= incident.detected && incident.detected < incident.latest);
}

#[test]
fn a_restart_or_other_policies_in_the_midst_of_an_act_open_no_other_incident() {
    let before = engine();
    let month = Month::live(&before, 0);
    let mut journal = Journal::default();
    done(&mut journal, "eve", 11 * HOUR, 1_800, deletions(0..160));
    done(&mut journal, "eve", 14 * HOUR, 60, redirected(200..206));
    let events = events(journal);
    let undisturbed = decide(&before, &mut month.memory.clone(), &events, 64);
    assert_eq!(last(&undisturbed).len(), 2, "{:#?}", last(&undisturbed));
    let stricter = "detection: {schema_changes_by: [deploy], merge: {records: 9, window: 1h}}";
    for after in [engine(), engine_with(stricter)] {
        for cut in [events.len() / 5, events.len() / 3, events.len() / 2] {
            let mut memory = month.memory.clone();
            let mut told = decide(&before, &mut memory, &events[..cut], 64);
            told.extend(decide(&after, &mut memory, &events[cut..], 64));
            let (found, same) = (last(&told), last(&undisturbed));
            let ids = |of: &[Incident]| of.iter().map(|it| it.id).collect::<Vec<_>>();
            assert_eq!(ids(&found), ids(&same));
            for (one, other) in found.iter().zip(&same) {
                assert_eq!(one.affected, other.affected);
                assert_eq!((one.occurred, one.latest), (other.occurred, other.latest));
                assert_eq!((one.detected, one.deadline), (other.detected, other.deadline));
            }
        }
    }
}
