use super::*;
use crate::engine::detect::trial::{change, deletion, person, settings, table, truncation};
use crate::model::SubjectCount;

const OWN: u32 = 900;

fn rows(_: &TableName) -> Result<u64, Fault> {
    Ok(0)
}

fn look(open: &mut Open, code: Code) -> Observed {
    open.observe(code, &settings(), &rows, Timestamp(0)).unwrap()
}

/// Adds people to a part and says at which of them there was something to look at.
fn add(open: &mut Open, part: u32, people: std::ops::Range<u32>) -> Vec<u32> {
    let mut looks = Vec::new();
    for number in people {
        match open.add(part, &change("crm.contacts", number), 1, &settings()) {
            Added::Nothing => {}
            Added::Look(code) => {
                look(open, code);
                looks.push(number);
            }
            Added::Overflow => panic!("there is room"),
        }
    }
    looks
}

fn count(observed: &Observed) -> Option<SubjectCount> {
    observed.signals.first().map(|signal| signal.extent.subjects.count())
}

#[test]
fn the_tripwire_is_crossed_at_its_row_and_looked_at_again_when_it_has_doubled() {
    let mut open = Open::new(OWN);
    assert_eq!(add(&mut open, OWN, 0..100), [19, 39, 79]);
    let observed = look(&mut open, Code::SEC_001);
    assert!(observed.crossed);
    assert_eq!(count(&observed), Some(SubjectCount { value: 100, exact: true }));
    assert_eq!(observed.erased, 100);
}

#[test]
fn one_person_saved_many_times_is_looked_at_rarely_and_never_crosses() {
    let mut open = Open::new(OWN);
    add(&mut open, OWN, 0..18);
    let looks: usize = (0..10_000).map(|_| add(&mut open, OWN, 7..8).len()).sum();
    assert!((1..600).contains(&looks), "{looks}");
    assert!(!look(&mut open, Code::SEC_001).crossed);
}

#[test]
fn a_savepoint_takes_its_people_back_and_no_others() {
    let mut open = Open::new(OWN);
    add(&mut open, 901, 0..30);
    add(&mut open, 902, 20..45);
    assert_eq!(open.undo(901), [Code::SEC_001]);
    let observed = look(&mut open, Code::SEC_001);
    assert_eq!(count(&observed), Some(SubjectCount { value: 25, exact: true }));
    assert_eq!((observed.erased, observed.peak), (25, 55));
    assert_eq!(open.undo(901), []);
    open.undo(902);
    assert_eq!(look(&mut open, Code::SEC_001).signals, []);
    assert_eq!(add(&mut open, 903, 0..20).last(), Some(&19), "and it starts again");
}

#[test]
fn of_countless_savepoints_the_oldest_are_kept_and_memory_is_bounded() {
    let mut open = Open::new(OWN);
    for number in 0..500 {
        add(&mut open, 1_000 + number, number..number + 1);
    }
    assert_eq!(open.parts.len(), limits::OPEN_PARTS);
    assert!(open.series.len() <= limits::OPEN_PARTS + 1);
    assert_eq!(open.undo(1_000), [], "too late");
    open.undo(1_499);
    let observed = look(&mut open, Code::SEC_001);
    assert_eq!(observed.signals[0].extent.records, 499);
    for number in 0..limits::OPEN_SERIES as u32 {
        let touch = change(&format!("crm.t{number}"), 1);
        open.add(OWN, &touch, 0, &settings());
    }
    let more = change("crm.more", 1);
    assert_eq!(open.add(OWN, &more, 0, &settings()), Added::Overflow);
}

#[test]
fn deletion_and_truncate_share_their_code() {
    let mut open = Open::new(OWN);
    for number in 0..10 {
        open.add(OWN, &deletion("crm.notes", number), 1, &settings());
    }
    let added = open.add(OWN, &truncation("crm.contacts"), 0, &settings());
    assert_eq!(added, Added::Look(Code::SEC_002));
    let observed = look(&mut open, Code::SEC_002);
    let tables: Vec<_> = observed.signals.iter().map(|signal| signal.table.clone()).collect();
    assert_eq!(tables, [table("crm.notes"), table("crm.contacts")]);
    assert!(!observed.signals[1].countable);
    let mut nobody = truncation("crm.stock");
    nobody.about_people = false;
    assert_eq!(open.add(OWN, &nobody, 0, &settings()), Added::Nothing);
}

#[test]
fn one_actor_is_named_and_several_are_not() {
    let mut open = Open::new(OWN);
    add(&mut open, OWN, 0..20);
    let actor = |open: &mut Open| look(open, Code::SEC_001).signals[0].actor;
    assert_eq!(actor(&mut open), None);
    open.acted(person(1), || person(2));
    open.acted(person(1), || panic!("the name is known"));
    assert_eq!(actor(&mut open), Some(person(2)));
    open.acted(person(3), || person(4));
    assert_eq!(actor(&mut open), None);
}

#[test]
fn what_is_stored_goes_on_as_if_there_had_been_no_cut() {
    let mut whole = Open::new(OWN);
    let mut cut = Open::new(OWN);
    for number in 0..3_000 {
        let (one, other) = (number % 7 + 900, number..number + 1);
        assert_eq!(add(&mut whole, one, other.clone()), add(&mut cut, one, other));
        let stored = postcard::to_stdvec(&cut).unwrap();
        cut = postcard::from_bytes(&stored).unwrap();
    }
    assert_eq!(whole, cut);
}
