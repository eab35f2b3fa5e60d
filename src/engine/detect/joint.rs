//! What is spread over several accounts, or over an hour.
//!
//! Whoever knows a tripwire stays below it: fifty deletions in ten minutes are two times twenty-five by two
//! accounts. So what no tripwire has told of is counted once more over all actors and at least an hour.
//! There the limit is twice as high, because several people work at a table, and follows what is [`usual`](super::usual)
//! of it.

use super::detector::Detector;
use super::tripwire::{Observation, Span};
use super::usual::{HOUR, Usual};
use super::windows::Series;
use super::{Extent, Signal, Tally};
use crate::engine::state::State;
use crate::model::{Fault, Reference, Timestamp};
use crate::policy::Tripwire;

const USUAL: &[u8] = b"6u";

/// So many times the tripwire of one actor.
pub(super) const OF_ONE: u64 = 2;

impl Detector {
    /// Whether what it watches is rare enough in everybody's work to be added up over all of them.
    pub(super) fn adds_up(self) -> bool {
        use Detector::{BulkConsent, Encryption, MassDeletion, Reassignment, SoftDeletion};
        matches!(self, MassDeletion | SoftDeletion | BulkConsent | Encryption | Reassignment)
    }
}

impl Tally {
    /// Adds what one transaction touched, and no tripwire has told of, to what all actors did.
    pub(super) fn watch_together(
        &mut self,
        state: &mut State,
        series: Series,
        extent: Extent,
        (tripwire, rows, time): (&Tripwire, u64, Timestamp),
    ) -> Result<Option<Signal>, Fault> {
        let Series { detector, ref table, actor, object, .. } = series;
        let table = table.clone();
        let together = Series { actor: None, together: true, ..series };
        let key = [USUAL, &together.name()].concat();
        let mut usual = state.take::<Usual>(&key)?.unwrap_or_default();
        usual.reach(time);
        let hour = Tripwire { window: tripwire.window.max(HOUR), ..*tripwire };
        let limit = usual.limit(&hour, OF_ONE);
        usual.meet(actor, time, limit.window);
        let window = self.windows.add(state, together, extent, time, limit.window)?;
        let actors: Vec<Reference> = usual.actors.iter().map(|(actor, _)| *actor).collect();
        // Otherwise it is no alarm, nor more people than in any moment of the hour so far.
        let observed = match window.at_most() > usual.most.min(limit.subjects.saturating_sub(1)) {
            true => window.observed(),
            false => None,
        };
        let observation =
            observed.map(|it| (Observation::new(detector, it, rows), it.sources.len()));
        if let Some((observation, _)) = &observation {
            usual.most = usual.most.max(observation.observed().min(limit.subjects));
        }
        state.hold(key, usual);
        let Some((observation, sources)) = observation else { return Ok(None) };
        if sources < detector.sources() || !observation.crosses(&limit) {
            return Ok(None);
        }
        let parties = (None, object);
        let reason = observation.reason(detector, &table, parties, &limit, Span::Together);
        let (code, breach) = (detector.code(), detector.breach());
        Ok(window.report().map(|(extent, occurred)| Signal {
            code,
            breach,
            table,
            actor: None,
            together: Some(actors),
            extent,
            countable: true,
            occurred,
            reason,
        }))
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, deletion, person};

    const MINUTE: i64 = 60;

    fn deletions(people: std::ops::Range<u32>, actor: u32) -> impl Iterator<Item = Touch> {
        let by = Some(person(actor));
        people.map(move |number| Touch { actor: by, ..deletion("crm.contacts", number) })
    }

    /// Ten of one actor within ten minutes are an alarm; these are four in twelve minutes by each of three.
    #[test]
    fn what_several_accounts_do_within_an_hour_is_told_and_names_them() {
        let mut trial = Trial::new();
        let mut told = Vec::new();
        for number in 0..24 {
            let time = i64::from(number) * 2 * MINUTE;
            told.extend(trial.commit(time, deletions(number..number + 1, number % 3)));
        }
        assert_eq!(told.len(), 5, "the twentieth, and each that follows");
        assert_eq!((told[0].extent.records, told[0].actor), (20, None));
        assert_eq!(told[0].together.as_ref().map(Vec::len), Some(3));
        assert!(told[0].reason.contains("by all actors within 1 h"), "{}", told[0].reason);
    }

    #[test]
    fn what_a_tripwire_has_told_of_is_nobody_elses() {
        let mut trial = Trial::new();
        assert_eq!(trial.commit(0, deletions(0..30, 1)).len(), 1);
        assert_eq!(trial.commit(MINUTE, deletions(30..31, 2)), []);
    }

    #[test]
    fn a_table_that_has_much_of_it_every_day_is_measured_by_that() {
        let mut trial = Trial::new();
        let mut told = Vec::new();
        for day in 0..40 {
            // Nine each by three people, and each in a quarter of an hour of their own.
            for actor in 0..3 {
                let time = day * 86_400 + i64::from(actor) * 15 * MINUTE;
                let people = 9 * actor..9 * actor + 9;
                told.extend(trial.commit(time, deletions(people, actor)).into_iter().map(|_| day));
            }
        }
        assert_eq!(told, [0], "the first day, and then it is usual");
    }

    #[test]
    fn many_rows_of_one_person_and_an_alarm_make_nothing_usual() {
        let mut trial = Trial::new();
        for actor in 0..3 {
            let rows = deletions(0..9, actor).map(|row| Touch { subject: Some(person(77)), ..row });
            assert_eq!(trial.commit(i64::from(actor) * 15 * MINUTE, rows), []);
        }
        let told = |trial: &mut Trial, day: i64, each: u32| -> usize {
            let hour = (0..3).map(|actor| {
                let time = day * 86_400 + i64::from(actor) * 15 * MINUTE;
                trial.commit(time, deletions(each * actor..each * (actor + 1), actor)).len()
            });
            hour.sum()
        };
        assert_eq!(told(&mut trial, 1, 8), 1, "24 people, where the day before had one");
    }
}
