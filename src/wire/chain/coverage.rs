//! Whether what was observed and what was not join without a hole.

use serde::Deserialize;

use super::evidence::Statement;
use crate::model::{GapCause, Lsn};

/// An interval that a statement says was observed.
#[derive(Clone, Debug)]
pub(super) struct Interval {
    pub(super) sequence: u64,
    system: String,
    from: Lsn,
    to: Lsn,
}

impl Interval {
    /// Of a statement, if it says so.
    pub(super) fn of(sequence: u64, statement: &Statement) -> Option<Self> {
        let Statement::Observed { system, from, to, .. } = statement else { return None };
        Some(Interval { sequence, system: system.clone(), from: *from, to: *to })
    }
}

/// A part that an event of the topic `coverage` says was not seen.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Unseen {
    cause: GapCause,
    from: Lsn,
    to: Lsn,
}

#[derive(Deserialize)]
struct Body {
    unmapped: Unmapped,
}

#[derive(Deserialize)]
struct Unmapped {
    gdpr: Unseen,
}

impl Unseen {
    /// Of an event's body, as far as the stream itself has broken off.
    pub(super) fn of(data: &str) -> Option<Self> {
        let body: Body = serde_json::from_str(data).ok()?;
        Some(body.unmapped.gdpr).filter(|gap| gap.cause.breaks_off())
    }
}

/// Each interval that does not begin where the one before it ends, nor behind gaps that join on
/// there: its sequence, and what is wrong. Intervals and gaps come in the order of their topics.
pub(super) fn holes(intervals: &[Interval], gaps: &[Unseen]) -> Vec<(u64, String)> {
    let pairs = intervals.iter().zip(intervals.iter().skip(1));
    let broken = pairs.filter(|(one, next)| !joins(one, next, gaps));
    let told = |(one, next): (&Interval, &Interval)| {
        let (end, begin) = (one.to, next.from);
        (next.sequence, format!("no interval and no gap tells of the log from {end} to {begin}"))
    };
    broken.map(told).collect()
}

fn joins(one: &Interval, next: &Interval, gaps: &[Unseen]) -> bool {
    if next.to < next.from {
        return false;
    }
    let same = one.system == next.system;
    let through = |first: usize| {
        let (mut end, mut same) = (one.to, same);
        gaps[first..].iter().any(|gap| {
            let another = gap.cause.leads_to_another_log();
            if another || gap.from <= end {
                // In another log positions mean something else.
                end = if another { gap.to } else { gap.to.max(end) };
                same |= another;
            }
            same && end == next.from
        })
    };
    same && one.to == next.from || (0..gaps.len()).any(through)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(bounds: &[(u64, u64)]) -> Vec<Interval> {
        let interval = |(sequence, (from, to)): (u64, &(u64, u64))| Interval {
            sequence,
            system: "1".into(),
            from: Lsn(*from),
            to: Lsn(*to),
        };
        (1..).zip(bounds).map(interval).collect()
    }

    fn gap(from: u64, to: u64, cause: GapCause) -> Unseen {
        Unseen { cause, from: Lsn(from), to: Lsn(to) }
    }

    #[test]
    fn what_joins_is_no_hole() {
        let lost = GapCause::SlotLost;
        assert!(holes(&intervals(&[(1, 5), (5, 9), (9, 9)]), &[]).is_empty());
        assert!(holes(&intervals(&[(1, 5), (7, 9)]), &[gap(5, 7, lost)]).is_empty());
        // One that overlaps with what was seen, and several in a row.
        let several = [gap(2, 3, lost), gap(4, 6, lost), gap(6, 7, lost)];
        assert!(holes(&intervals(&[(1, 5), (7, 9)]), &several).is_empty());
        let restored = [gap(3, 2, GapCause::Restored), gap(2, 4, GapCause::SlotMissing)];
        assert!(holes(&intervals(&[(1, 5), (4, 9)]), &restored).is_empty());
    }

    #[test]
    fn what_does_not_join_is_a_hole() {
        let lost = GapCause::SlotLost;
        for (bounds, gaps) in [
            ([(1, 5), (6, 9)], vec![]),
            ([(1, 5), (4, 9)], vec![]),
            ([(1, 5), (7, 9)], vec![gap(6, 7, lost)]),
            ([(1, 5), (7, 9)], vec![gap(5, 6, lost)]),
            ([(1, 5), (5, 4)], vec![]),
        ] {
            let found = holes(&intervals(&bounds), &gaps);
            assert_eq!(found.len(), 1, "{bounds:?}");
            assert_eq!(found[0].0, 2);
        }
        let mut other = intervals(&[(1, 5), (5, 9)]);
        other[1].system = "2".into();
        assert_eq!(holes(&other, &[gap(4, 5, lost)]).len(), 1);
        assert!(holes(&other, &[gap(5, 5, GapCause::SystemChanged)]).is_empty());
    }
}
