//! What goes to one object little by little.
//!
//! One bank account a day in place of somebody's own crosses no tripwire of a day, and after two weeks ten people's
//! payments have gone astray. So what no tripwire has told of, of what goes to one bank account or contact point, is
//! counted once more over two weeks. The limit is twice that of the setting: in two weeks a family or a home has more
//! people than in a day. To a contact point that everybody may correct, two rows within a day are the least that counts.
//!
//! Such an act may go on for weeks. It is told of again when half as much has come to it.

use std::time::Duration;

use super::tripwire::{Observation, Span};
use super::windows::Series;
use super::{Detector, Extent, Signal, Tally};
use crate::engine::state::State;
use crate::model::{Fault, Timestamp};
use crate::policy::Tripwire;

const TWO_WEEKS: Duration = Duration::from_secs(14 * 86_400);

/// So many times the tripwire of a day.
const OF_A_DAY: u64 = 2;

impl Detector {
    /// The tripwire over two weeks, of what is done to one object after another.
    fn slowly(self, tripwire: &Tripwire) -> Option<Tripwire> {
        let subjects = OF_A_DAY.saturating_mul(tripwire.subjects);
        let window = tripwire.window.max(TWO_WEEKS);
        matches!(self, Detector::Payee | Detector::ContactPoint).then_some(Tripwire {
            subjects,
            window,
            ..*tripwire
        })
    }
}

impl Tally {
    /// Adds what one transaction did to an object, and no tripwire has told of, to what came to it in two weeks;
    /// `most` is what the tripwire's own window may hold.
    pub(super) fn watch_slowly(
        &mut self,
        state: &mut State,
        series: &Series,
        (extent, most): (&Extent, u64),
        (tripwire, rows, time): (&Tripwire, u64, Timestamp),
    ) -> Result<Option<Signal>, Fault> {
        let detector = series.detector;
        let Some(slow) = detector.slowly(tripwire) else { return Ok(None) };
        let mut extent = extent.clone();
        if detector.waits_for_a_second() {
            if most < 2 {
                return Ok(None);
            }
            // The first one went into the window with the second.
            let begins = most - extent.records.min(most) < 2;
            extent = self.windows.whole(series).filter(|_| begins).unwrap_or(extent);
        }
        let whole = Series { together: true, ..series.clone() };
        let window = self.windows.add(state, whole, extent, time, slow.window)?;
        if window.at_most() < slow.subjects || window.untold() < slow.subjects / 2 {
            return Ok(None);
        }
        let Some(observed) = window.observed() else { return Ok(None) };
        let observation = Observation::new(detector, observed, rows);
        if observed.sources.len() < detector.sources() || !observation.crosses(&slow) {
            return Ok(None);
        }
        let (table, parties) = (series.table.clone(), (series.actor, series.object));
        let reason = observation.reason(detector, &table, parties, &slow, Span::Window);
        Ok(window.report().map(|(extent, occurred)| Signal {
            code: detector.code(),
            breach: detector.breach(),
            table,
            actor: series.actor,
            together: detector.joins_actors().then(Vec::new),
            extent,
            countable: true,
            occurred,
            reason,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::engine::detect::{Sign, Touch};
    use crate::model::{Category, Code};

    const DAY: i64 = 86_400;

    fn given(detector: Detector, number: u32, from: u32, to: u32) -> Touch {
        let signs = vec![Sign::of(detector).from(person(from)).to(person(to))];
        let categories = vec![Category::BankAccount];
        Touch { signs, categories, ..change("crm.contacts", number) }
    }

    /// So many a day, each to this object.
    fn daily(detector: Detector, days: u32, each: u32, to: impl Fn(u32) -> u32) -> Vec<Signal> {
        let mut trial = Trial::new();
        let mut told = Vec::new();
        for number in 0..days * each {
            let time = i64::from(number / each) * DAY + i64::from(number % each) * 600;
            let touch = given(detector, number, 1_000 + number, to(number));
            told.extend(trial.commit(time, [touch]));
        }
        told
    }

    #[test]
    fn one_bank_account_a_day_in_place_of_another_is_told_of_with_all_of_them() {
        let told = daily(Detector::Payee, 12, 1, |_| 9);
        let numbers: Vec<u64> = told.iter().map(|it| it.extent.records).collect();
        assert_eq!((told[0].code, &numbers[..]), (Code::SEC_012, &[6, 3, 3][..]));
        assert_eq!(told[0].extent.subjects.count().value, 6);
        assert!(told[0].reason.contains("within 14 days; the tripwire is 6"), "{}", told[0].reason);
        assert_eq!(told[0].occurred, Timestamp(0));
    }

    #[test]
    fn four_a_day_to_one_contact_point_are_told_of_and_one_now_and_then_is_not() {
        let told = daily(Detector::ContactPoint, 6, 4, |_| 9);
        assert_eq!((told[0].code, told[0].extent.records), (Code::SEC_017, 20));
        assert_eq!(daily(Detector::ContactPoint, 12, 1, |_| 9), []);
    }

    #[test]
    fn a_family_and_people_with_accounts_of_their_own_are_no_alarm() {
        assert_eq!(daily(Detector::Payee, 5, 1, |_| 9), [], "a family");
        assert_eq!(daily(Detector::Payee, 14, 1, |number| number), []);
        assert_eq!(daily(Detector::Payee, 14, 2, |number| number / 4), [], "families");
        let mut trial = Trial::new();
        for week in 0..8 {
            let touch = given(Detector::Payee, week, 1_000 + week, 9);
            assert_eq!(trial.commit(i64::from(week) * 7 * DAY, [touch]), [], "one a week");
        }
    }
}
