use super::law_tests::{SOURCE, Step, Stream, incidents};
use super::*;
use crate::engine::detect::trial::{change, deletion, person, table, truncation};
use crate::engine::detect::{Detector, Sign, Touch};
use crate::model::{
    Activity, BreachType, Category, Code, SeverityBand, SubjectCount, TransactionKind, limits,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn all_at_once(stream: &Stream) -> Vec<Incident> {
    incidents(&stream.run(&[]).emissions)
}

fn changes(people: std::ops::Range<u32>) -> impl Iterator<Item = Touch> {
    people.map(|number| change("crm.contacts", number))
}

#[test]
fn an_incident_carries_who_what_how_many_and_its_clock() {
    let mut stream = Stream::new();
    stream.commit(MINUTE, changes(0..412));
    let found = all_at_once(&stream);
    assert_eq!(found.len(), 1);
    let incident = &found[0];
    assert_eq!((incident.code, incident.version), (Code::SEC_001, 1));
    assert_eq!(incident.activity, Activity::Create);
    assert_eq!(incident.breach_types, [BreachType::Integrity]);
    assert_eq!(incident.actor, Some(person(1_000_000)));
    assert_eq!(incident.affected.subjects, Some(SubjectCount { value: 412, exact: true }));
    assert_eq!(incident.affected.records, 412);
    assert_eq!(incident.affected.cells.len(), 1);
    assert_eq!(incident.affected.cells[0].category, Category::Email);
    assert_eq!(incident.affected.tables, [table("crm.contacts")]);
    assert!(incident.affected.reversible);
    assert_eq!(incident.score.band(), SeverityBand::Low);
    assert_eq!(incident.detected, incident.occurred);
    assert_eq!(incident.deadline, incident.detected + limits::NOTIFICATION_WINDOW);
    assert!(incident.first < incident.last);
    assert!(incident.reason.contains("412 data subjects"), "{}", incident.reason);
}

#[test]
fn an_act_in_many_transactions_is_one_incident_with_few_events_and_true_last_numbers() {
    let mut stream = Stream::new();
    for number in 0..1_000 {
        stream.commit(i64::from(number) / 10, changes(number..number + 1));
    }
    stream.idle(100 + HOUR);
    let found = all_at_once(&stream);
    assert!(found.iter().all(|incident| incident.id == found[0].id));
    let records: Vec<u64> = found.iter().map(|incident| incident.affected.records).collect();
    assert_eq!(records, [20, 40, 80, 160, 320, 640, 1_000]);
    let versions: Vec<u32> = found.iter().map(|incident| incident.version).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    assert!(found[1..].iter().all(|incident| incident.activity == Activity::Update));
    assert_eq!(found[6].occurred, found[0].occurred);
}

#[test]
fn after_a_quiet_hour_the_same_key_opens_another_incident() {
    let mut stream = Stream::new();
    stream.commit(0, changes(0..20));
    stream.commit(HOUR - 1, changes(0..20));
    stream.commit(3 * HOUR, changes(0..20));
    let found = all_at_once(&stream);
    let ids: Vec<_> = found.iter().map(|incident| incident.id).collect();
    assert_eq!(found.len(), 3, "opened, doubled, opened anew");
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn a_cascade_is_one_incident() {
    let mut stream = Stream::new();
    let cascade = (0..50)
        .flat_map(|number| [deletion("crm.contacts", number), deletion("crm.notes", number)]);
    stream.commit(0, cascade);
    let found = all_at_once(&stream);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].affected.tables, [table("crm.contacts"), table("crm.notes")]);
    assert_eq!(found[0].affected.records, 100);
    assert_eq!(found[0].affected.subjects, Some(SubjectCount { value: 50, exact: true }));
}

fn by(actor: u32, touches: impl Iterator<Item = Touch>) -> impl Iterator<Item = Touch> {
    touches.map(move |touch| Touch { actor: Some(person(actor)), ..touch })
}

fn deletions(people: std::ops::Range<u32>) -> impl Iterator<Item = Touch> {
    people.map(|number| deletion("crm.contacts", number))
}

#[test]
fn what_several_accounts_do_to_the_same_data_is_one_incident_that_names_them() {
    let mut stream = Stream::new();
    (1..4).for_each(|actor| {
        let people = 100 * actor..100 * actor + 50;
        stream.commit(i64::from(actor) * MINUTE, by(actor, deletions(people)));
    });
    stream.idle(2 * HOUR);
    let found = all_at_once(&stream);
    assert!(found.iter().all(|incident| incident.id == found[0].id));
    let last = found.last().unwrap();
    assert_eq!((last.actor, last.affected.records), (Some(person(1)), 150));
    assert_eq!(last.further_actors, [person(2), person(3)]);
}

#[test]
fn what_one_actor_does_to_the_same_data_in_two_ways_is_one_incident_and_counts_once() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, changes(0..30)));
    stream.commit(MINUTE, by(1, deletions(0..50)));
    let found = all_at_once(&stream);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].id, found[1].id);
    assert_eq!((found[0].code, found[1].code), (Code::SEC_001, Code::SEC_002));
    assert_eq!(found[1].further_codes, [Code::SEC_001]);
    assert_eq!(found[1].breach_types, [BreachType::Integrity, BreachType::Availability]);
    assert_eq!(found[1].affected.records, 80);
    assert!(found[1].reason.contains("before that"), "{}", found[1].reason);
}

#[test]
fn two_who_do_different_things_are_two_incidents_and_so_is_another_kind_of_data() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, changes(0..30)));
    stream.commit(MINUTE, by(2, deletions(0..50)));
    let other = (0..50).map(|number| deletion("crm.other", number));
    stream.commit(2 * MINUTE, by(1, other));
    let ids: std::collections::BTreeSet<_> =
        all_at_once(&stream).into_iter().map(|incident| incident.id).collect();
    assert_eq!(ids.len(), 3);
}

/// A sign that is alone an alarm, at a row of its own table.
fn sign(detector: Detector, name: &str, number: u32) -> Touch {
    let signs = vec![Sign::of(detector).to(person(number))];
    Touch { signs, categories: Vec::new(), ..change(name, number) }
}

#[test]
fn what_two_accounts_do_to_the_system_is_one_incident_whichever_tables_it_is_in() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, std::iter::once(sign(Detector::Privilege, "crm.users", 7))));
    let token = sign(Detector::Credential, "crm.tokens", 8);
    stream.commit(30 * MINUTE, by(2, std::iter::once(token)));
    stream.commit(40 * MINUTE, by(3, changes(0..30)));
    stream.idle(3 * HOUR);
    let found = all_at_once(&stream);
    let opened: Vec<&Incident> =
        found.iter().filter(|incident| incident.activity == Activity::Create).collect();
    assert_eq!(opened.len(), 2, "and what a third one does to people's data is another");
    let last = found.iter().rfind(|incident| incident.id == opened[0].id).unwrap();
    assert_eq!((last.code, last.actor), (Code::SEC_005, Some(person(1))));
    assert_eq!(last.further_actors, [person(2)]);
    assert_eq!(last.affected.tables, [table("crm.tokens"), table("crm.users")]);
}

/// One number for ten people, by nobody in particular.
fn redirected(people: std::ops::Range<u32>) -> impl Iterator<Item = Touch> {
    people.map(|number| {
        let sign = Sign::of(Detector::ContactPoint).from(person(number)).to(person(900));
        Touch { signs: vec![sign], ..change("crm.contacts", number) }
    })
}

#[test]
fn what_nobody_in_particular_did_to_other_people_ties_nobody_together() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, deletions(0..50)));
    stream.commit(MINUTE, redirected(100..112));
    stream.commit(2 * MINUTE, by(2, changes(200..230)));
    let opened = all_at_once(&stream);
    let opened = opened.iter().filter(|it| it.activity == Activity::Create).count();
    assert_eq!(opened, 3);
}

#[test]
fn what_nobody_in_particular_did_to_the_same_people_is_part_of_it() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, changes(100..130)));
    stream.commit(MINUTE, redirected(100..112));
    let found = all_at_once(&stream);
    assert!(found.iter().all(|incident| incident.id == found[0].id));
    let last = found.last().unwrap();
    assert!(last.codes().any(|code| code == Code::SEC_017), "{}", last.reason);
}

#[test]
fn what_its_tripwire_counts_over_a_day_is_one_incident_however_slow() {
    let mut stream = Stream::new();
    for number in 0..14 {
        stream.commit(i64::from(number) * 100 * MINUTE, redirected(number..number + 1));
    }
    let found = all_at_once(&stream);
    assert!(!found.is_empty() && found.iter().all(|incident| incident.id == found[0].id));
}

#[test]
fn a_further_table_is_news_at_once() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, deletions(0..50)));
    let others = (0..20).map(|number| deletion("crm.notes", number));
    stream.commit(MINUTE, by(1, others));
    let found = all_at_once(&stream);
    assert!(found.iter().any(|it| it.affected.tables.len() == 2), "{}", found.len());
}

#[test]
fn what_nobody_in_particular_did_joins_what_is_running_about_the_same_data() {
    let mut stream = Stream::new();
    stream.commit(0, by(1, changes(0..30)));
    stream.commit(MINUTE, [truncation("crm.contacts")]);
    stream.commit(2 * MINUTE, [truncation("crm.other")]);
    let found = all_at_once(&stream);
    assert_eq!(found[0].id, found[1].id);
    assert_ne!(found[0].id, found[2].id, "other data");
    assert_eq!((found[1].code, &found[1].further_codes[..]), (Code::SEC_002, &[Code::SEC_001][..]));
}

#[test]
fn an_act_over_accounts_and_tables_is_one_incident_in_every_table_that_it_comes_to() {
    let mut stream = Stream::new();
    for number in 0..60 {
        let table = ["crm.contacts", "crm.leads", "crm.members"][number as usize / 20];
        let touch = deletion(table, number);
        stream.commit(i64::from(number) * MINUTE, by(number % 6, std::iter::once(touch)));
    }
    stream.idle(4 * HOUR);
    let found = all_at_once(&stream);
    assert!(!found.is_empty() && found.iter().all(|incident| incident.id == found[0].id));
    let last = found.last().unwrap();
    assert_eq!(last.affected.records, 60);
    assert_eq!(last.affected.tables.len(), 3);
}

#[test]
fn one_transaction_is_one_act_whoever_is_said_to_have_done_it() {
    let mut stream = Stream::new();
    let other = (0..50).map(|number| deletion("crm.other", number));
    stream.commit(0, by(1, changes(0..30)).chain(by(2, other)));
    let found = all_at_once(&stream);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, &found[0].further_codes[..]), (Code::SEC_002, &[Code::SEC_001][..]));
    assert_eq!(found[0].affected.records, 80);
    let actors = [&[found[0].actor.unwrap()], &found[0].further_actors[..]].concat();
    assert_eq!(actors, [person(2), person(1)]);
}

#[test]
fn after_a_day_another_code_opens_another_incident() {
    let mut stream = Stream::new();
    for half_hour in 0..49 {
        stream.commit(half_hour * 30 * MINUTE, by(1, changes(0..20)));
    }
    stream.commit(24 * HOUR + MINUTE, by(1, deletions(0..50)));
    stream.commit(24 * HOUR + 2 * MINUTE, by(1, changes(0..20)));
    let found = all_at_once(&stream);
    assert!(found.iter().filter(|it| it.code == Code::SEC_002).all(|it| it.id != found[0].id));
    assert_eq!(found.iter().filter(|it| it.activity == Activity::Create).count(), 2);
}

#[test]
fn truncate_cannot_count_people_and_cannot_be_undone() {
    let mut stream = Stream::new();
    let touch = Touch { categories: vec![Category::Email], ..truncation("crm.contacts") };
    stream.commit(0, [touch]);
    let incident = &all_at_once(&stream)[0];
    assert_eq!(incident.affected.subjects, None);
    assert_eq!(incident.breach_types, [BreachType::Availability]);
    assert!(!incident.affected.reversible);
    assert_eq!((incident.score.availability, incident.score.total()), (50, 150));
}

#[test]
fn a_rise_in_severity_is_news_at_once() {
    let mut stream = Stream::new();
    stream.commit(0, changes(0..100));
    let graver = Touch { categories: vec![Category::BankAccount], ..change("crm.contacts", 5) };
    stream.commit(1, [graver]);
    let found = all_at_once(&stream);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].score.band(), SeverityBand::High);
}

#[test]
fn an_incident_is_running_until_its_deadline_has_passed() {
    let mut stream = Stream::new();
    stream.commit(0, changes(0..20));
    let end = stream.run(&[]);
    let mut state = State::new(&end.store);
    let listed = running(&state).unwrap();
    assert_eq!(listed, incidents(&end.emissions));
    let deadline = listed[0].deadline;
    advance(&mut state, Timestamp(deadline.0 - 1)).unwrap();
    assert_eq!(running(&state).unwrap().len(), 1);
    advance(&mut state, deadline).unwrap();
    assert_eq!(running(&state).unwrap(), []);
    assert!(state.into_writes().values().any(Option::is_none));
}

#[test]
fn an_incident_that_outlives_its_deadline_leaves_only_its_case_and_that_for_three_years() {
    let mut stream = Stream::new();
    for half_hour in 0..160 {
        stream.commit(half_hour * 30 * MINUTE, changes(0..20));
    }
    stream.idle(200 * HOUR);
    let end = stream.run(&[]);
    let kept = |store: &BTreeMap<Vec<u8>, Vec<u8>>, prefix: &[u8]| {
        store.keys().filter(|key| key.starts_with(prefix)).count()
    };
    // The case, when it is to be forgotten, and when to look for that next.
    assert_eq!((kept(&end.store, b"incident/"), kept(&end.store, b"incident/case/")), (3, 1));
    stream.idle(4 * 365 * 24 * HOUR);
    assert_eq!(kept(&stream.run(&[]).store, b"incident/"), 0);
    let found = incidents(&end.emissions);
    assert!(found.iter().all(|incident| incident.id == found[0].id));
    assert_eq!(found.last().unwrap().affected.records, 160 * 20);
}

#[test]
fn two_databases_never_share_an_id() {
    let mut stream = Stream::new();
    stream.commit(0, changes(0..20));
    let one = all_at_once(&stream);
    stream.source = format!("{SOURCE}-2");
    assert_ne!(all_at_once(&stream)[0].id, one[0].id);
}

#[test]
fn the_initial_copy_opens_no_incident() {
    let mut stream = Stream::new();
    changes(0..500).for_each(|touch| stream.touch(touch));
    stream.steps.push(Step::Commit(Timestamp(0), TransactionKind::InitialCopy));
    assert_eq!(all_at_once(&stream), []);
}
