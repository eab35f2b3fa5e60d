//! The laws, over random streams: batches do not matter, ids repeat, events stay few.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::engine::decision::Counts;
use crate::engine::detect::trial::{apply, change, person, policies};
use crate::engine::detect::{Settled, Tally, Touch};
use crate::engine::series::Watch;
use crate::model::{Category, Lsn, OperationKind, Position, TransactionKind};

pub(super) const SOURCE: &str = "/lawtail/1/crm";

/// What happens, in order.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Touch(Box<Touch>),
    Commit(Timestamp, TransactionKind),
    Idle(Timestamp),
}

/// A stream of changes.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub steps: Vec<Step>,
    pub source: String,
    next: Position,
}

/// What came of it.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    pub emissions: Vec<Emission>,
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Stream {
    pub fn new() -> Self {
        let next = Position { commit: Lsn(1), ordinal: 1 };
        Stream { steps: Vec::new(), source: SOURCE.into(), next }
    }

    pub fn touch(&mut self, touch: Touch) {
        self.steps.push(Step::Touch(Box::new(Touch { position: self.next, ..touch })));
        self.next.ordinal += 1;
    }

    pub fn commit(&mut self, seconds: i64, touches: impl IntoIterator<Item = Touch>) {
        touches.into_iter().for_each(|touch| self.touch(touch));
        self.steps.push(Step::Commit(Timestamp(seconds * 1_000_000), TransactionKind::Live));
        self.next = Position { commit: Lsn(self.next.commit.0 + 1), ordinal: 1 };
    }

    pub fn idle(&mut self, seconds: i64) {
        self.steps.push(Step::Idle(Timestamp(seconds * 1_000_000)));
    }

    /// Runs it as the engine does, with a new batch before each of these steps.
    pub fn run(&self, cuts: &[usize]) -> Outcome {
        let policies = policies();
        let mut outcome = Outcome { emissions: Vec::new(), store: BTreeMap::new() };
        let mut now = Timestamp(i64::MIN);
        let mut start = 0;
        let ends = cuts.iter().copied().chain([self.steps.len()]);
        for end in ends {
            let mut state = State::new(&outcome.store);
            let mut tally = Tally::load(&state).unwrap();
            let mut watch = Watch::load(&state, &policies.statistics, true).unwrap();
            for step in &self.steps[start..end] {
                match step {
                    Step::Touch(touch) => {
                        tally.touch(touch);
                        watch.touch(touch);
                    }
                    Step::Commit(time, kind) => {
                        now = now.max(*time);
                        let settled = Settled { time: *time, kind: *kind, foreign: false };
                        let mut signals = tally.settle(&mut state, &policies, &settled).unwrap();
                        let unusual = watch.settle(&mut state, &policies, &settled, &signals);
                        signals.extend(unusual.unwrap());
                        let found = correlate(
                            &mut state,
                            &policies,
                            &self.source,
                            signals,
                            Vec::new(),
                            *time,
                            now,
                        );
                        outcome.emissions.extend(found.unwrap());
                    }
                    Step::Idle(time) => {
                        now = now.max(*time);
                        outcome.emissions.extend(advance(&mut state, now).unwrap());
                    }
                }
            }
            tally.store(&mut state);
            watch.store(&mut state, &policies.statistics, &mut Counts::default());
            let writes = state.into_writes();
            apply(&mut outcome.store, writes);
            start = end;
        }
        outcome
    }
}

pub(super) fn incidents(emissions: &[Emission]) -> Vec<Incident> {
    let incident = |emission: &Emission| match emission {
        Emission::Incident(incident) => Some(incident.as_ref().clone()),
        _ => None,
    };
    emissions.iter().filter_map(incident).collect()
}

fn random_touch() -> impl Strategy<Value = Touch> {
    let operation = prop_oneof![
        6 => Just(OperationKind::Update),
        3 => Just(OperationKind::Delete),
        2 => Just(OperationKind::Insert),
        1 => Just(OperationKind::Truncate),
    ];
    let table = prop_oneof![Just("crm.contacts"), Just("crm.notes"), Just("crm.other")];
    let categories = vec(prop::sample::select(Category::ALL), 0..3);
    let actor = prop::option::of(0..3_u32);
    let subject = prop::option::weighted(0.9, 0..60_u32);
    (operation, table, categories, actor, subject, any::<bool>(), any::<bool>()).prop_map(
        |(operation, table, categories, actor, subject, reversible, permission_granted)| Touch {
            operation,
            categories,
            actor: actor.map(person),
            subject: subject.map(person),
            reversible,
            permission_granted,
            ..change(table, 0)
        },
    )
}

/// Seconds that pass: mostly little, at times hours or days, at times backwards.
fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..90_i64, 2 => 300..900_i64, 1 => 3_000..90_000_i64, 1 => -2_000..0_i64]
}

fn random_stream() -> impl Strategy<Value = Stream> {
    let transaction = (pause(), vec(random_touch(), 0..80), prop::bool::weighted(0.1));
    vec(transaction, 1..12).prop_map(|transactions| {
        let mut stream = Stream::new();
        let mut time = 0;
        for (pause, touches, idle) in transactions {
            time += pause;
            stream.commit(time, touches);
            if idle {
                stream.idle(time + 4_000);
            }
        }
        stream
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_may_end_anywhere(
        stream in random_stream(),
        cuts in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.steps.len())).collect();
        cuts.sort_unstable();
        let whole = stream.run(&[]);
        let parts = stream.run(&cuts);
        prop_assert_eq!(&whole.emissions, &parts.emissions);
        prop_assert_eq!(&whole.store, &parts.store);
        let each: Vec<usize> = (0..stream.steps.len()).collect();
        prop_assert_eq!(&whole, &stream.run(&each));
    }

    #[test]
    fn events_are_numbered_without_holes_and_logarithmically_few(stream in random_stream()) {
        let mut versions: BTreeMap<Uuid, (u32, u64, u32)> = BTreeMap::new();
        for incident in incidents(&stream.run(&[]).emissions) {
            let seen = versions.entry(incident.id).or_default();
            prop_assert_eq!(incident.version, seen.0 + 1);
            prop_assert!(incident.affected.records >= seen.1);
            let others = incident.further_codes.len() + incident.further_actors.len();
            *seen = (incident.version, incident.affected.records, others as u32);
        }
        for (version, records, others) in versions.into_values() {
            // One to open, one per doubling, three rises of severity, one for each further code and actor, one
            // at the end.
            let doublings = u64::BITS - records.leading_zeros();
            prop_assert!(version <= 5 + doublings + others, "{} events for {} records", version, records);
        }
    }
}
