//! What the chain finds and what it tolerates.

use proptest::prelude::*;

use super::*;
use crate::model::{Finding, Reference};
use crate::wire::samples::{emissions, finding, origin};

/// A chain of `length` findings, with the other topics in between.
fn published(length: u64) -> Vec<CloudEvent> {
    let mut chain = Chain::default();
    let mut events = Vec::new();
    for number in 0..length {
        let counted = Finding { count: number + 1, ..finding() };
        events.push(chain.seal(&Emission::Finding(Box::new(counted)), &origin()));
        let other = &emissions()[number as usize % 8];
        if !matches!(other, Emission::Finding(_)) {
            events.push(chain.seal(other, &origin()));
        }
    }
    events
}

#[test]
fn an_undisturbed_chain_is_proven() {
    let events = published(20);
    let summary = verify(&events).unwrap();
    let findings = &summary[&Topic::Findings];
    assert_eq!((findings.events, findings.first, findings.last), (20, 1, 20));
    let last = events.iter().rfind(|event| event.topic == Topic::Findings).unwrap();
    assert_eq!(findings.head, last.hash);
}

#[test]
fn a_chain_goes_on_after_a_restart() {
    let mut events = published(3);
    let heads: Vec<CloudEvent> = Topic::ALL
        .iter()
        .filter_map(|topic| events.iter().rfind(|event| event.topic == *topic).cloned())
        .collect();
    let mut chain = Chain::resume(&heads, None).unwrap();
    events.extend(emissions().iter().map(|emission| chain.seal(emission, &origin())));
    verify(&events).unwrap();
}

#[test]
fn a_fault_names_topic_and_sequence() {
    let mut events = published(5);
    events[3].data = "{}".into();
    let faults = verify(&events).unwrap_err();
    let (topic, sequence) = (events[3].topic, events[3].sequence);
    assert_eq!(faults[0].code, Code::EVD_001);
    let place = format!("{}, sequence {sequence}:", topic.suffix());
    assert!(faults[0].cause.starts_with(&place), "{}", faults[0]);
}

#[test]
fn a_part_of_a_chain_is_proven_only_when_asked_for() {
    let events = published(9);
    let part: Vec<CloudEvent> =
        events.into_iter().filter(|event| event.topic == Topic::Findings).skip(4).collect();
    assert!(verify(&part).is_err());
    let mut verifier = Verifier::new(Extent::Part, Vec::new());
    part.iter().for_each(|event| verifier.add(event).unwrap());
    assert_eq!(verifier.summary()[&Topic::Findings].first, 5);
}

#[test]
fn one_edit_is_one_fault() {
    let mut events = published(9);
    events[4].subject.push('x');
    assert_eq!(verify(&events).unwrap_err().len(), 1);
}

/// One thing that must not have been done to published events.
#[derive(Clone, Debug)]
enum Mutation {
    Remove,
    Swap,
    Forge,
    Edit(usize, char),
    Renumber(u64),
}

fn mutations() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        Just(Mutation::Remove),
        Just(Mutation::Swap),
        Just(Mutation::Forge),
        (0..10_usize, any::<char>()).prop_map(|(part, with)| Mutation::Edit(part, with)),
        any::<u64>().prop_map(Mutation::Renumber),
    ]
}

fn edit(event: &mut CloudEvent, part: usize, with: char) {
    let parts = [
        &mut event.id,
        &mut event.kind,
        &mut event.source,
        &mut event.subject,
        &mut event.time,
        &mut event.schema,
        &mut event.key,
        &mut event.previous,
        &mut event.hash,
        &mut event.data,
    ];
    if let Some(text) = parts.into_iter().nth(part) {
        text.push(with);
    }
}

/// Does it; `false` when it would change nothing.
fn mutate(events: &mut Vec<CloudEvent>, at: usize, mutation: &Mutation) -> bool {
    let topic = events[at].topic;
    match *mutation {
        Mutation::Remove => {
            let last = events[at + 1..].iter().all(|event| event.topic != topic);
            events.remove(at);
            // The end of a chain can be cut off unseen; that is why its head is printed.
            !last
        }
        Mutation::Swap => {
            let Some(other) = (at + 1..events.len()).find(|i| events[*i].topic == topic) else {
                return false;
            };
            events.swap(at, other);
            true
        }
        Mutation::Forge => {
            let mut forged = events[at].clone();
            forged.key = Reference([9; 16]).to_string();
            forged.hash = hexadecimal(&fingerprint(&EventView::of(&forged), None));
            events.insert(at + 1, forged);
            true
        }
        Mutation::Edit(part, with) => {
            edit(&mut events[at], part, with);
            true
        }
        Mutation::Renumber(number) => std::mem::replace(&mut events[at].sequence, number) != number,
    }
}

proptest! {
    #[test]
    fn any_single_mutation_is_found(at: prop::sample::Index, mutation in mutations()) {
        let mut events = published(12);
        let at = at.index(events.len());
        prop_assume!(mutate(&mut events, at, &mutation));
        let faults = verify(&events).unwrap_err();
        prop_assert!(faults.iter().all(|fault| fault.code == Code::EVD_001));
    }

    #[test]
    fn events_published_again_after_a_crash_are_counted(
        from: prop::sample::Index,
        to: prop::sample::Index,
    ) {
        let events = published(12);
        let to = to.index(events.len());
        let from = from.index(to + 1);
        let mut again = events[..=to].to_vec();
        again.extend_from_slice(&events[from..]);
        let summary = verify(&again).unwrap();
        let duplicates: u64 = summary.values().map(|verified| verified.duplicates).sum();
        prop_assert_eq!(duplicates, (to - from + 1) as u64);
    }
}

#[test]
fn only_the_one_spelling_of_a_hash_is_read() {
    let all: Vec<u8> = (0..=255).collect();
    for bytes in all.chunks_exact(32) {
        let written = hexadecimal(bytes);
        assert_eq!(
            from_hexadecimal::<32>(&written).as_ref().map(<[u8; 32]>::as_slice),
            Some(bytes)
        );
        assert_eq!(from_hexadecimal::<16>(&written), None);
        for place in [0, 31, 63] {
            for other in ["A", "F", "g", "/", ":", "`", " ", "\0"] {
                let mut text = written.clone();
                text.replace_range(place..=place, other);
                assert_eq!(from_hexadecimal::<32>(&text), None, "{text}");
            }
        }
    }
    assert_eq!(from_hexadecimal::<1>("é"), None);
}
