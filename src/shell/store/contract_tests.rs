//! One set of checks for every store: random histories against the simplest thing that could be
//! right.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::{FjallStore, MemoryStore, StoreSettings};
use crate::engine::Checkpoint;
use crate::engine::state::Writes;
use crate::model::{Lsn, Position, Timestamp};
use crate::shell::contract::{Commitment, Queued, Store};
use crate::wire::{CloudEvent, Topic};

/// One thing that happens to a store.
#[derive(Clone, Debug)]
enum Step {
    Commit { writes: Vec<(u8, Option<u8>)>, topics: Vec<Topic>, end: u64 },
    Deliver(u64),
    Reopen,
}

/// What the store must answer.
#[derive(Default)]
struct Expected {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    outbox: Vec<Queued>,
    heads: BTreeMap<Topic, CloudEvent>,
    checkpoint: Option<Checkpoint>,
    last: u64,
}

impl Expected {
    fn commit(&mut self, commitment: Commitment) {
        for (key, value) in commitment.writes {
            match value {
                Some(value) => self.records.insert(key, value),
                None => self.records.remove(&key),
            };
        }
        let before = self.checkpoint.map_or(Lsn::ZERO, |checkpoint| checkpoint.end);
        for event in commitment.events {
            self.last += 1;
            self.heads.insert(event.topic, event.clone());
            self.outbox.push(Queued { number: self.last, before, event });
        }
        self.checkpoint = Some(commitment.checkpoint);
    }
}

pub(super) fn event(topic: Topic, number: u64) -> CloudEvent {
    CloudEvent {
        topic,
        id: format!("id {number}"),
        kind: "kind".into(),
        source: "/lawtail/1/crm".into(),
        subject: "public.contacts".into(),
        time: "2026-01-01T00:00:00Z".into(),
        schema: "urn:schema".into(),
        key: "key".into(),
        sequence: number,
        previous: "0".repeat(64),
        hash: format!("{number:064x}"),
        signature: None,
        data: "{}".into(),
    }
}

pub(super) fn commitment(writes: Writes, topics: &[Topic], first: u64, end: u64) -> Commitment {
    let position = Position { commit: Lsn(end), ordinal: 1 };
    let events = (first..).zip(topics).map(|(number, topic)| event(*topic, number)).collect();
    let checkpoint = Checkpoint { position, end: Lsn(end), time: Timestamp(end as i64) };
    Commitment { writes, events, checkpoint, ..Commitment::default() }
}

/// Kinds of record, of the ledger (L, M, R, S) and others among each other.
const KEYS: Range<u8> = b'J'..b'V';

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let writes = prop::collection::vec((KEYS, prop::option::of(any::<u8>())), 0..6);
    let topics = prop::collection::vec(prop::sample::select(Topic::ALL.to_vec()), 0..4);
    let step = prop_oneof![
        6 => (writes, topics, 0..1_000_u64)
            .prop_map(|(writes, topics, end)| Step::Commit { writes, topics, end }),
        3 => (0..20_u64).prop_map(Step::Deliver),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 0..30)
}

/// The checks. `reopen` is a clean stop and a new start.
fn the_contract_holds<S: Store>(
    mut store: S,
    reopen: impl Fn(S) -> S,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let mut expected = Expected::default();
    for step in steps {
        match step {
            Step::Commit { writes, topics, end } => {
                let writes = writes.into_iter().map(|(k, v)| (vec![k], v.map(|v| vec![v])));
                let commitment = commitment(writes.collect(), &topics, expected.last + 1, end);
                store.commit(commitment.clone()).unwrap();
                expected.commit(commitment);
            }
            Step::Deliver(number) => {
                store.delivered(number).unwrap();
                let number = number.min(expected.last);
                expected.outbox.retain(|queued| queued.number > number);
            }
            Step::Reopen => store = reopen(store),
        }
        compare(&store, &expected)?;
    }
    Ok(())
}

fn compare<S: Store>(store: &S, expected: &Expected) -> Result<(), TestCaseError> {
    prop_assert_eq!(store.checkpoint().unwrap(), expected.checkpoint);
    prop_assert_eq!(store.outbox(usize::MAX).unwrap(), expected.outbox.clone());
    prop_assert_eq!(store.outbox(2).unwrap().len(), expected.outbox.len().min(2));
    let heads: Vec<CloudEvent> = expected.heads.values().cloned().collect();
    prop_assert_eq!(store.chain_heads().unwrap(), heads);
    let view = store.view();
    for key in KEYS {
        prop_assert_eq!(view.get(&[key]).unwrap(), expected.records.get(&vec![key]).cloned());
    }
    for (from, to, limit) in [(b'J', b'V', 100), (b'L', b'S', 2), (b'L', b'N', 9), (b'N', b'L', 5)]
    {
        let found = view.scan(&[from], &[to], limit).unwrap();
        let kept = expected.records.iter().filter(|(key, _)| (from..to).contains(&key[0]));
        let kept: Vec<_> = kept.take(limit).map(|(k, v)| (k.clone(), v.clone())).collect();
        prop_assert_eq!(found, kept);
    }
    Ok(())
}

#[test]
fn the_store_in_memory_keeps_the_contract() {
    let check = |steps| the_contract_holds(MemoryStore::default(), |store| store, steps);
    TestRunner::new(Config::with_cases(200)).run(&steps(), check).unwrap();
}

#[test]
fn the_store_on_disk_keeps_the_contract() {
    let check = |steps| {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            StoreSettings { folder: folder.path().join("store"), cache_bytes: 1 << 20, key: None };
        let open = || FjallStore::open(&settings).unwrap();
        let reopen = |store| {
            drop(store);
            open()
        };
        the_contract_holds(open(), reopen, steps)
    };
    TestRunner::new(Config::with_cases(24)).run(&steps(), check).unwrap();
}

#[test]
fn a_crash_in_memory_brings_undelivered_events_back_and_loses_no_commitment() {
    let mut store = MemoryStore::default();
    store.commit(commitment(Writes::new(), &[Topic::Findings; 3], 1, 10)).unwrap();
    store.delivered(2).unwrap();
    let crashed = store.after_crash();
    assert_eq!(store.outbox(9).unwrap().len(), 1);
    assert_eq!(crashed.outbox(9).unwrap().len(), 3);
    store.commit(commitment(Writes::new(), &[Topic::Findings], 4, 20)).unwrap();
    let numbers: Vec<u64> =
        store.after_crash().outbox(9).unwrap().iter().map(|queued| queued.number).collect();
    assert_eq!(numbers, [3, 4]);
}
