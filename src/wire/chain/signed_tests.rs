//! Signatures, keys that follow each other, checkpoints and proofs.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::model::{Finding, Gap, GapCause, Lsn};
use crate::wire::lines;
use crate::wire::samples::{emissions, finding, origin};

fn key(number: u8) -> Arc<SigningKey> {
    Arc::new(SigningKey::from_seed(&[number; 32]))
}

fn chain(number: u8) -> Chain {
    Chain::default().signing(Some(key(number)), None).unwrap()
}

fn counted(number: u64) -> Emission {
    Emission::Finding(Box::new(Finding { count: number, ..finding() }))
}

/// When the chains begin.
const START: Timestamp = Timestamp(1_772_442_900_000_000);

/// So many rounds of findings and other events, with a checkpoint after each round.
fn published(chain: &mut Chain, rounds: u64) -> Vec<CloudEvent> {
    let mut events = Vec::new();
    for round in 0..rounds {
        let time = START + CHECKPOINT_INTERVAL * (2 * round as u32);
        let findings = (0..4).map(|number| counted(round * 4 + number + 1));
        let others = emissions().into_iter().filter(|it| !matches!(it, Emission::Finding(_)));
        let said: Vec<Emission> = findings.chain(others).collect();
        events.extend(chain.extend(&said, &origin(), time));
        events.extend(chain.extend(&[], &origin(), time + CHECKPOINT_INTERVAL));
    }
    events
}

/// Every fault, as `lawtail verify` finds them.
fn faults(events: &[CloudEvent], keys: &[u8], extent: Extent) -> Vec<String> {
    let keys = keys.iter().map(|number| key(*number).public()).collect();
    let mut verifier = Verifier::new(extent, keys);
    let mut found: Vec<Fault> =
        events.iter().filter_map(|event| verifier.add(event).err()).collect();
    found.extend(verifier.finish());
    assert!(found.iter().all(|fault| fault.code == Code::EVD_001));
    found.into_iter().map(|fault| fault.cause).collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn signed_chains_are_proven_and_replayed_byte_for_byte() {
    let events = published(&mut chain(1), 3);
    assert_eq!(faults(&events, &[1], Extent::Whole), nothing());
    assert_eq!(faults(&events, &[], Extent::Whole), nothing());
    assert_eq!(events, published(&mut chain(1), 3));
    assert!(events.iter().all(|event| event.signature.is_some()));
}

#[test]
fn while_nothing_is_said_no_key_is_announced() {
    let mut chain = chain(1);
    assert_eq!(chain.extend(&[], &origin(), START), []);
    let events = published(&mut chain, 1);
    assert_eq!((events[0].topic, events[0].sequence), (Topic::Evidence, 1));
    assert_eq!(faults(&events, &[1], Extent::Whole), nothing());
}

#[test]
fn another_key_or_none_proves_nothing() {
    let events = published(&mut chain(1), 2);
    let found = faults(&events, &[2], Extent::Whole);
    let topics = Topic::ALL.len();
    assert_eq!(found.len(), topics, "{found:?}");
    assert!(found.iter().all(|cause| cause.contains("which was not given")));
    let unsigned = published(&mut Chain::default(), 2);
    let found = faults(&unsigned, &[1], Extent::Whole);
    assert_eq!(found.len(), topics, "{found:?}");
    assert!(found[0].contains("neither it nor any event after it is signed"));
}

#[test]
fn a_chain_forged_from_some_event_on_is_named_where_it_begins() {
    let events = published(&mut chain(1), 2);
    let mut forged = chain(1);
    let mut forgery = published(&mut forged, 1);
    // Who has the files and not the key: everything is sealed anew, with signatures of another.
    let split = forgery.len();
    let honest = events[..split].to_vec();
    assert_eq!(honest, forgery);
    forged.key = Some(key(9));
    forgery.extend(published(&mut forged, 2));
    for event in &mut forgery[split..] {
        event.signature.as_mut().unwrap().authority = key(1).public().id();
    }
    relink(&mut forgery, split);
    let found = faults(&forgery, &[1], Extent::Whole);
    let first = "findings, sequence 5: its signature is not that of key";
    assert!(found.iter().any(|cause| cause.starts_with(first)), "{found:#?}");
}

/// Makes chains fit together again as somebody without the key can.
fn relink(events: &mut [CloudEvent], from: usize) {
    let mut heads: BTreeMap<Topic, String> = BTreeMap::new();
    for (index, event) in events.iter_mut().enumerate() {
        if index >= from {
            event.previous = heads[&event.topic].clone();
            let mut signature = event.signature.clone().unwrap();
            let own = fingerprint(&EventView::of(event), Some(&signature.authority));
            signature.fingerprint = hexadecimal(&own);
            signature.value = key(9).sign(&own);
            let bytes = signature::bytes(&signature.value).unwrap();
            event.hash = hexadecimal(&signed_hash(&own, &bytes));
            event.signature = Some(signature);
        }
        heads.insert(event.topic, event.hash.clone());
    }
}

#[test]
fn the_signature_of_one_event_cannot_be_replaced_or_removed() {
    let events = published(&mut chain(1), 2);
    for at in 0..events.len() {
        let mut bad = events.clone();
        let own = fingerprint(&EventView::of(&bad[at]), Some(&key(1).public().id()));
        let other = Signature {
            authority: key(1).public().id(),
            fingerprint: hexadecimal(&own),
            value: key(9).sign(&own),
        };
        let bytes = signature::bytes(&other.value).unwrap();
        bad[at].hash = hexadecimal(&signed_hash(&own, &bytes));
        bad[at].signature = Some(other);
        let place = format!("{}, sequence {}: ", bad[at].topic.suffix(), bad[at].sequence);
        let found = faults(&bad, &[1], Extent::Whole);
        let wanted = format!("{place}its signature is not that of key");
        assert!(found.iter().any(|cause| cause.starts_with(&wanted)), "{at}: {found:#?}");

        let mut bare = events.clone();
        bare[at].signature = None;
        bare[at].hash = hexadecimal(&fingerprint(&EventView::of(&bare[at]), None));
        assert!(!faults(&bare, &[1], Extent::Whole).is_empty(), "{at}");
    }
}

#[test]
fn the_end_of_a_chain_cannot_be_cut_off_below_a_checkpoint() {
    let events = published(&mut chain(1), 2);
    for topic in Topic::ALL.into_iter().filter(|topic| *topic != Topic::Evidence) {
        let at = events.iter().rposition(|event| event.topic == topic).unwrap();
        let mut cut = events.clone();
        cut.remove(at);
        let found = faults(&cut, &[1], Extent::Whole);
        let wanted = format!("it covers {} up to", topic.suffix());
        assert!(found.iter().any(|cause| cause.contains(&wanted)), "{found:?}");
        let without: Vec<_> = events.iter().filter(|event| event.topic != topic).cloned().collect();
        assert!(!faults(&without, &[1], Extent::Whole).is_empty());
        assert_eq!(faults(&without, &[1], Extent::Part), nothing());
    }
}

#[test]
fn a_key_that_retires_announces_the_next() {
    let mut chain = chain(1);
    let mut events = published(&mut chain, 1);
    let memory = chain.memory();
    let heads = heads(&events);
    let resumed = || Chain::resume(&heads, Some(&memory)).unwrap();
    assert_eq!(resumed().signing(None, None).unwrap_err().code, Code::EVD_002);
    let mut same = resumed().signing(Some(key(1)), None).unwrap();
    assert_eq!(same.extend(&[counted(99)], &origin(), START).len(), 1);

    let mut next = resumed().signing(Some(key(2)), Some(key(1))).unwrap();
    events.extend(published(&mut next, 1));
    assert_eq!(faults(&events, &[1, 2], Extent::Whole), nothing());
    assert!(!faults(&events, &[1], Extent::Whole).is_empty());
    assert!(!faults(&events, &[2], Extent::Whole).is_empty());
    let announced = |event: &&CloudEvent| event.data.contains("signing_key");
    let last = events.iter().rfind(announced).unwrap();
    let statement: Statement = serde_json::from_str(&last.data).unwrap();
    let Statement::SigningKey { authority_uid, previous_authority_uid, public_key } = statement
    else {
        panic!("{}", last.data);
    };
    assert_eq!(authority_uid, key(2).public().id());
    assert_eq!(previous_authority_uid, Some(key(1).public().id()));
    assert_eq!(PublicKey::from_pem(&public_key).unwrap(), key(2).public());
    let signature = last.signature.as_ref().unwrap();
    assert_eq!(signature.authority, key(1).public().id(), "the old key vouches for the new one");
}

#[test]
fn a_key_that_nobody_announced_is_a_fault() {
    let mut chain = chain(1);
    let mut events = published(&mut chain, 1);
    chain.key = Some(key(2));
    chain.memory.authority = Some(key(2).public().id());
    events.extend(published(&mut chain, 1));
    let found = faults(&events, &[1, 2], Extent::Whole);
    let wanted = "signs from here on, which nothing announces";
    assert!(found.iter().all(|cause| cause.contains(wanted)), "{found:?}");
    assert_eq!(found.len(), Topic::ALL.len());
}

#[test]
fn signing_may_begin_later_and_never_ends() {
    let mut unsigned = Chain::default();
    let mut events = published(&mut unsigned, 1);
    let mut signed = unsigned.signing(Some(key(1)), None).unwrap();
    events.extend(published(&mut signed, 1));
    assert_eq!(faults(&events, &[1], Extent::Whole), nothing());
    signed.key = None;
    events.extend(published(&mut signed, 1));
    let found = faults(&events, &[], Extent::Whole);
    assert!(found.iter().any(|it| it.contains("not signed, as those before it are")), "{found:?}");
}

fn heads(events: &[CloudEvent]) -> Vec<CloudEvent> {
    let last = |topic: &Topic| events.iter().rfind(|event| event.topic == *topic).cloned();
    Topic::ALL.iter().filter_map(last).collect()
}

#[test]
fn checkpoints_come_by_number_or_time_and_go_on_after_a_restart() {
    let many = |from: u64, count: u64| (from..from + count).map(counted).collect::<Vec<_>>();
    let mut chain = Chain::default();
    let half = CHECKPOINT_EVENTS / 2;
    let mut events = chain.extend(&many(1, half), &origin(), START);
    assert_eq!(events.len() as u64, half);
    let memory = chain.memory();
    let mut chain = Chain::resume(&heads(&events), Some(&memory)).unwrap();
    events.extend(chain.extend(&many(half + 1, half), &origin(), START));
    let last = events.last().unwrap();
    let Statement::Checkpoint { chains, .. } = serde_json::from_str(&last.data).unwrap() else {
        panic!("{}", last.data);
    };
    assert_eq!((chains[0].first, chains[0].last), (1, CHECKPOINT_EVENTS));
    assert_eq!(faults(&events, &[], Extent::Whole), nothing());
    let later = START + CHECKPOINT_INTERVAL * 100;
    assert_eq!(chain.extend(&[], &origin(), later), [], "a checkpoint alone needs no other");
    assert_eq!(chain.extend(&many(1, 1), &origin(), later).len(), 1);
    let due = later + CHECKPOINT_INTERVAL;
    assert_eq!(chain.extend(&[], &origin(), due - CHECKPOINT_INTERVAL / 2), []);
    assert_eq!(chain.extend(&[], &origin(), due).len(), 1);
    assert_eq!(Chain::resume(&[], Some(b"\xFF\xFF")).unwrap_err().code, Code::STO_003);
}

#[test]
fn each_event_under_a_checkpoint_is_proven_alone() {
    let events = published(&mut chain(1), 3);
    let last = events.last().unwrap();
    let own = [Topic::Findings, Topic::Evidence];
    let distinct = |event: &&CloudEvent| own.contains(&event.topic) && event.id != last.id;
    for event in events.iter().filter(distinct) {
        let proof = Proof::of(&event.id, events.iter().cloned()).unwrap();
        let proven = proof.check(&[key(1).public()]).unwrap();
        assert_eq!((&proven.event, proven.authority), (event, Some(key(1).public().id())));
        assert_eq!(proof.check(&[]).unwrap().authority, None);
        assert_eq!(proof.check(&[key(2).public()]).unwrap_err().code, Code::EVD_001);
        let text = serde_json::to_string_pretty(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&text).unwrap(), proof);
    }
    let lacking =
        |id: &str, events: &[CloudEvent]| Proof::of(id, events.iter().cloned()).unwrap_err().code;
    assert_eq!(lacking(&last.id, &events), Code::EVD_003);
    assert_eq!(lacking("no such id", &events), Code::EVD_003);
    assert_eq!(lacking(&events[1].id, &events[..3]), Code::EVD_003);
    let gone = [&events[..2], &events[3..]].concat();
    assert_eq!(lacking(&events[1].id, &gone), Code::EVD_003);
}

#[test]
fn a_proof_proves_no_other_event() {
    let events = published(&mut chain(1), 2);
    let keys = [key(1).public()];
    let good = Proof::of(&events[1].id, events.iter().cloned()).unwrap();
    let text = serde_json::to_string(&good).unwrap();
    let line = |event: &CloudEvent| serde_json::to_string(&lines::encode(event).unwrap()).unwrap();
    let mut edited = events[1].clone();
    edited.subject.push('x');
    let mut resealed = chain(9);
    let forged = published(&mut resealed, 1)[1].clone();
    for other in [&edited, &events[2], &events[20], &forged] {
        let bad = text.replace(&line(&events[1]), &line(other));
        let bad: Proof = serde_json::from_str(&bad).unwrap();
        assert_ne!(bad, good);
        assert_eq!(bad.check(&keys).unwrap_err().code, Code::EVD_001);
    }
    let version = text.replace("lawtail proof 1", "lawtail proof 2");
    let version: Proof = serde_json::from_str(&version).unwrap();
    assert_eq!(version.check(&keys).unwrap_err().code, Code::EVD_001);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_byte_of_a_signed_line_counts(at: prop::sample::Index, byte: prop::sample::Index) {
        static PUBLISHED: LazyLock<Vec<CloudEvent>> =
            LazyLock::new(|| published(&mut chain(1), 1));
        let events = &*PUBLISHED;
        let at = at.index(events.len());
        let mut line = lines::encode(&events[at]).unwrap().into_bytes();
        let byte = byte.index(line.len());
        line[byte] ^= 1;
        let changed = lines::decode(&line);
        prop_assume!(changed.as_ref().is_ok_and(|event| *event != events[at]));
        let mut bad = events.clone();
        bad[at] = changed.unwrap();
        prop_assert!(!faults(&bad, &[1], Extent::Whole).is_empty());
    }
}

#[test]
fn a_chain_that_falls_silent_is_covered_by_a_signed_checkpoint() {
    let mut chain = chain(1);
    let mut events = chain.extend(&[counted(1)], &origin(), START);
    let before = events.len();
    events.extend(chain.extend(&[], &origin(), START + CHECKPOINT_INTERVAL));
    let Some(last) = events.last().filter(|_| events.len() == before + 1) else {
        panic!("nothing covers it");
    };
    let Statement::Checkpoint { chains, .. } = serde_json::from_str(&last.data).unwrap() else {
        panic!("{}", last.data);
    };
    let findings = chains.iter().find(|section| section.topic == Topic::Findings.suffix());
    assert_eq!(findings.map(|section| (section.first, section.last)), Some((1, 1)));
    assert_eq!(faults(&events, &[1], Extent::Whole), nothing());
    assert!(faults(&events, &[2], Extent::Whole) != nothing(), "and by no other key");
    let later = START + CHECKPOINT_INTERVAL * 3;
    assert_eq!(chain.extend(&[], &origin(), later), [], "once");
}

#[test]
fn a_hole_in_what_was_observed_is_found() {
    let observation = |from: u64, to: u64| {
        let (since, digest) = (START, [0; 32]);
        let (from, to) = (Lsn(from), Lsn(to));
        Observation { from, to, since, until: since, transactions: 1, digest }
    };
    let told = |observed: &[Observation], gaps: &[Gap]| {
        let mut chain = chain(1);
        let said: Vec<Emission> = gaps.iter().cloned().map(Emission::Coverage).collect();
        let mut events = chain.observe(observed, &origin(), 1, START);
        events.extend(chain.extend(&said, &origin(), START));
        (faults(&events, &[1], Extent::Whole), faults(&events[1..], &[1], Extent::Part))
    };
    let gap = Gap { from: Lsn(20), to: Lsn(30), time: START, cause: GapCause::SlotLost };
    let joined = [observation(10, 15), observation(15, 20), observation(30, 40)];
    assert_eq!(told(&joined, std::slice::from_ref(&gap)).0, nothing());
    let (whole, part) = told(&joined, &[]);
    assert_eq!(whole.len(), 1);
    assert!(whole[0].contains("evidence, sequence 4: no interval and no gap"), "{whole:?}");
    assert_eq!(part, nothing(), "a part may lack what joins");
    let (whole, _) = told(&[joined[0].clone(), joined[2].clone()], &[gap]);
    assert_eq!(whole.len(), 1);
}
