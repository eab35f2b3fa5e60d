//! The coverage ledger: what was observed, in unbroken intervals of the log.
//!
//! An interval ends when the stream's clock passes a full hour, and at a gap. It ends behind the last
//! transaction before that, whenever the passing is noticed, so that neither the cut into batches nor
//! how often the server says that it is idle makes a difference. An hour without a transaction ends
//! nothing: the next interval still joins on.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::keys;
use super::state::State;
use crate::model::limits::OBSERVATION;
use crate::model::{Fault, Gap, Lsn, Observation, Timestamp};

/// The interval in progress, and those that have ended within the batch.
#[derive(Debug, Default)]
pub(super) struct Observed {
    current: Option<Interval>,
    ended: Vec<Observation>,
    changed: bool,
}

/// See [`Observation`].
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Interval {
    from: Lsn,
    to: Lsn,
    since: Timestamp,
    until: Timestamp,
    transactions: u64,
    digest: [u8; 32],
}

impl Interval {
    fn beginning(from: Lsn) -> Self {
        let (since, until) = (Timestamp::default(), Timestamp::default());
        Interval { from, to: from, since, until, transactions: 0, digest: [0; 32] }
    }
}

/// What a commit record says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Committed {
    /// Where it lies.
    pub commit: Lsn,
    /// The first byte after it.
    pub end: Lsn,
    /// Transaction id.
    pub xid: u32,
    /// Commit time.
    pub time: Timestamp,
    /// Stream time.
    pub arrived: Timestamp,
}

impl Observed {
    pub fn load(state: &State<'_>) -> Result<Self, Fault> {
        Ok(Observed { current: state.read(keys::OBSERVED)?, ..Observed::default() })
    }

    /// Keeps the interval in progress; returns those that have ended.
    pub fn store(self, state: &mut State<'_>) -> Vec<Observation> {
        if let Some(current) = self.current.filter(|_| self.changed) {
            state.write(keys::OBSERVED.to_vec(), &current);
        }
        self.ended
    }

    /// A transaction was decided to its end; everything from `before` on was.
    pub fn committed(&mut self, before: Lsn, record: Committed) {
        let from = if before == Lsn::ZERO { record.commit } else { before };
        let current = self.current.get_or_insert_with(|| Interval::beginning(from));
        if current.transactions == 0 {
            (current.since, current.until) = (record.arrived, record.arrived);
        }
        current.until = current.until.max(record.arrived);
        current.to = current.to.max(record.end);
        current.transactions += 1;
        let chained = Sha256::new().chain_update(current.digest);
        let chained = chained.chain_update(record.commit.0.to_be_bytes());
        let chained = chained.chain_update(record.end.0.to_be_bytes());
        let chained = chained.chain_update(record.xid.to_be_bytes());
        current.digest = chained.chain_update(record.time.0.to_be_bytes()).finalize().into();
        self.changed = true;
    }

    /// Stream time has moved on.
    pub fn advance(&mut self, now: Timestamp) {
        let hour = |time: Timestamp| time.0.div_euclid(OBSERVATION.as_micros() as i64);
        let passed = |it: &Interval| it.transactions > 0 && hour(now) > hour(it.since);
        if let Some(current) = self.current.take_if(|it| passed(it)) {
            self.current = Some(Interval::beginning(current.to));
            self.end(current);
        }
    }

    /// The stream has broken off; up to the gap everything was seen. In another log positions mean
    /// something else.
    pub fn gap(&mut self, gap: &Gap) {
        if let Some(mut current) = self.current.take() {
            if !gap.cause.leads_to_another_log() {
                current.to = current.to.max(gap.from);
            }
            if current.to > current.from {
                if current.transactions == 0 {
                    (current.since, current.until) = (gap.time, gap.time);
                }
                self.end(current);
            }
        }
        self.current = Some(Interval::beginning(gap.to));
        self.changed = true;
    }

    fn end(&mut self, it: Interval) {
        let Interval { from, to, since, until, transactions, digest } = it;
        self.ended.push(Observation { from, to, since, until, transactions, digest });
        self.changed = true;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::GapCause;

    const HOUR: i64 = 3_600_000_000;

    fn record(number: u64, time: i64) -> Committed {
        let time = Timestamp(time);
        let (commit, end) = (Lsn(number * 100), Lsn(number * 100 + 60));
        Committed { commit, end, xid: number as u32, time, arrived: time }
    }

    /// Transactions at these times, the time told as well where it says so, stored after each.
    fn ended(steps: &[(i64, bool)]) -> Vec<Observation> {
        let mut memory: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut told = Vec::new();
        for (number, (time, commits)) in (1..).zip(steps) {
            let writes = {
                let mut state = State::new(&memory);
                let mut observed = Observed::load(&state).unwrap();
                observed.advance(Timestamp(*time));
                if *commits {
                    observed.committed(Lsn(number * 100 - 40), record(number, *time));
                }
                told.extend(observed.store(&mut state));
                state.into_writes()
            };
            memory.extend(writes.into_iter().filter_map(|(key, value)| Some((key, value?))));
        }
        told
    }

    #[test]
    fn intervals_join_and_end_with_the_hour_whoever_says_so() {
        let by_commits = [(HOUR, true), (HOUR + 5, true), (4 * HOUR, true), (5 * HOUR, true)];
        let told = ended(&by_commits);
        let bounds: Vec<_> = told.iter().map(|it| (it.from.0, it.to.0, it.transactions)).collect();
        assert_eq!(bounds, [(60, 260, 2), (260, 360, 1)]);
        assert_eq!((told[0].since, told[0].until), (Timestamp(HOUR), Timestamp(HOUR + 5)));
        assert_ne!(told[0].digest, told[1].digest);
        // The clock alone ends the first, and the hours without a transaction end nothing.
        let mut observed = Observed::default();
        observed.committed(Lsn(60), record(1, HOUR));
        observed.committed(Lsn(160), record(2, HOUR + 5));
        for hours in 1..4 {
            observed.advance(Timestamp(hours * HOUR + 7));
        }
        observed.committed(Lsn(260), record(3, 4 * HOUR));
        observed.advance(Timestamp(5 * HOUR));
        assert_eq!(observed.ended, told);
    }

    #[test]
    fn a_gap_ends_an_interval_and_the_next_begins_behind_it() {
        let mut observed = Observed::default();
        let gap = |from: u64, to: u64, cause| Gap {
            from: Lsn(from),
            to: Lsn(to),
            time: Timestamp(HOUR),
            cause,
        };
        observed.committed(Lsn(60), record(1, HOUR));
        observed.gap(&gap(200, 300, GapCause::SlotLost));
        observed.committed(Lsn(400), record(4, HOUR));
        observed.gap(&gap(380, 30, GapCause::Restored));
        observed.gap(&gap(30, 50, GapCause::SlotMissing));
        let bounds: Vec<_> =
            observed.ended.iter().map(|it| (it.from.0, it.to.0, it.transactions)).collect();
        // Nothing lay between the last two gaps.
        assert_eq!(bounds, [(60, 200, 1), (300, 460, 1)]);
    }

    #[test]
    fn the_digest_depends_on_every_commit_record_and_their_order() {
        let digest = |records: &[Committed]| {
            let mut observed = Observed::default();
            records.iter().for_each(|record| observed.committed(Lsn(1), *record));
            observed.current.unwrap().digest
        };
        let (one, other) = (record(1, HOUR), record(2, HOUR));
        let mut seen = vec![digest(&[one, other]), digest(&[other, one]), digest(&[one])];
        for changed in [
            Committed { commit: Lsn(7), ..one },
            Committed { end: Lsn(7), ..one },
            Committed { xid: 7, ..one },
            Committed { time: Timestamp(7), ..one },
        ] {
            seen.push(digest(&[changed]));
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
