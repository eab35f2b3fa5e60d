//! What is spread over several tables.
//!
//! Sixty deletions are twenty in each of three tables, and no tripwire of one table sees them. So what no
//! tripwire has told of is added up once more over all tables: for each actor, and, where
//! [`joint`](super::joint) adds up actors, over all actors and an hour. Data subjects count once, so that what
//! goes along with a person by cascade adds nothing; what is erased and what is marked as deleted is one kind
//! of act. The limit is that of one table (for mere changes twice that, since whoever changes a person
//! changes what belongs to the person), and follows what is [`usual`](super::usual) of the actor.

use std::fmt::Write;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::detector::Detector;
use super::joint::OF_ONE;
use super::tripwire::{Observation, Span};
use super::usual::{HOUR, Usual};
use super::windows::Series;
use super::{Extent, Signal, Tally};
use crate::engine::state::State;
use crate::model::{Fault, Reference, TableName, Timestamp};
use crate::policy::Tripwire;

const PLACES: &[u8] = b"6p";
const BUSY: &[u8] = b"6b";

/// Tables of one act that are told of, the latest; and actors.
const TOLD: usize = 32;

/// Tables that the reason names.
const NAMED: usize = 3;

/// Actors of whom it is remembered how much they usually do in all tables together, of one kind. Only those who
/// come near the limit are.
const REMEMBERED: usize = 64;

/// Where a series of all tables has been of late, and who was there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Places {
    tables: Vec<(Detector, TableName, Timestamp)>,
    actors: Vec<(Reference, Timestamp)>,
}

impl Places {
    fn meet(&mut self, series: &Series, time: Timestamp, length: Duration) {
        let Series { detector, table, actor, .. } = series;
        let here = |(other, place, _): &(Detector, TableName, Timestamp)| {
            (other, place) == (detector, table)
        };
        self.tables.retain(|place| !here(place) && time < place.2 + length);
        self.tables.push((*detector, table.clone(), time));
        let surplus = self.tables.len().saturating_sub(TOLD);
        self.tables.drain(..surplus);
        self.actors.retain(|(other, seen)| Some(*other) != *actor && time < *seen + length);
        self.actors.extend(actor.map(|actor| (actor, time)));
        let surplus = self.actors.len().saturating_sub(TOLD);
        self.actors.drain(..surplus);
    }

    /// The tables in words.
    fn words(&self) -> String {
        let mut names: Vec<&TableName> = self.tables.iter().map(|(_, table, _)| table).collect();
        names.sort();
        names.dedup();
        let mut words = String::new();
        for (place, name) in names.iter().take(NAMED).enumerate() {
            let between = match (place, place + 1 == names.len()) {
                (0, _) => "",
                (_, true) => " and ",
                (_, false) => ", ",
            };
            write!(words, "{between}{name}").expect("a string takes all");
        }
        match names.len().saturating_sub(NAMED) {
            0 => words,
            1 => words + " and 1 further table",
            further => format!("{words} and {further} further tables"),
        }
    }
}

/// What is usual of those who come near the limit: by actor, or of what is counted over all actors by object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Busy(Vec<(Option<Reference>, Usual)>);

impl Busy {
    /// The one of this name; when there is no room, in place of whoever was quiet for longest. Says whether one
    /// was given up.
    fn of(&mut self, name: Option<Reference>) -> (&mut Usual, bool) {
        if let Some(place) = self.0.iter().position(|(other, _)| *other == name) {
            return (&mut self.0[place].1, false);
        }
        let full = self.0.len() >= REMEMBERED;
        let quietest = self.0.iter().enumerate().min_by_key(|(_, (_, usual))| usual.last());
        if let Some(place) = quietest.map(|(place, _)| place).filter(|_| full) {
            self.0.remove(place);
        }
        self.0.push((name, Usual::default()));
        let last = self.0.len() - 1;
        (&mut self.0[last].1, full)
    }
}

impl Detector {
    /// So many times the tripwire of one table is the limit over all tables; `None` of what is alone an alarm,
    /// of what has nothing in common from table to table, and of what one customer or account has in many.
    pub(super) fn times_everywhere(self) -> Option<u64> {
        use Detector::{
            BulkConsent, ContactPoint, Encryption, Export, KeptLonger, MassChange, MassDeletion,
            Payee, Reassignment, Rekeyed, SoftDeletion, TakenOver,
        };
        match self {
            MassChange => Some(2),
            MassDeletion | SoftDeletion | BulkConsent | Encryption | Export => Some(1),
            Reassignment | TakenOver | Payee | ContactPoint | Rekeyed | KeptLonger => Some(1),
            _ => None,
        }
    }

    /// The one under which acts of the same kind are added up over tables.
    pub(super) fn kind(self) -> Detector {
        match self {
            Detector::SoftDeletion => Detector::MassDeletion,
            other => other,
        }
    }

    /// How many rows of one table are worth adding up over tables. Of mere changes there are many, and objects
    /// that one row has gone to, as each new telephone number is, are without number; of all else there are few.
    pub(super) fn worth(self, tripwire: &Tripwire, has_object: bool) -> u64 {
        match self {
            Detector::MassChange => tripwire.subjects / 8,
            _ if has_object => 2,
            _ => 0,
        }
    }
}

impl Tally {
    /// Adds what one transaction touched in a table, and no tripwire of that table has told of, to what
    /// happened in all tables.
    pub(super) fn watch_everywhere(
        &mut self,
        state: &mut State,
        series: &Series,
        extent: &Extent,
        (tripwire, time): (&Tripwire, Timestamp),
    ) -> Result<Vec<Signal>, Fault> {
        let Some(times) = series.detector.times_everywhere() else { return Ok(Vec::new()) };
        let multiple = Tripwire { subjects: times.saturating_mul(tripwire.subjects), ..*tripwire };
        let found = self.add_everywhere(state, series, false, extent, (&multiple, time))?;
        if !found.is_empty() || !series.detector.adds_up() {
            return Ok(found);
        }
        let subjects = OF_ONE.saturating_mul(tripwire.subjects);
        let hour = Tripwire { subjects, window: tripwire.window.max(HOUR), ..*tripwire };
        self.add_everywhere(state, series, true, extent, (&hour, time))
    }

    fn add_everywhere(
        &mut self,
        state: &mut State,
        series: &Series,
        together: bool,
        extent: &Extent,
        (tripwire, time): (&Tripwire, Timestamp),
    ) -> Result<Vec<Signal>, Fault> {
        let detector = series.detector.kind();
        let actor = series.actor.filter(|_| !together);
        let whole = Series { actor, together, ..series.everywhere() };
        let key = key(&whole);
        let mut places = state.take::<Places>(&key)?.unwrap_or_default();
        places.meet(series, time, tripwire.window);
        let several = places.tables.len() > 1;
        state.hold(key, places.clone());
        let window = self.windows.add(state, whole, extent.clone(), time, tripwire.window)?;
        // Far from the limit nothing needs to be known.
        if window.at_most() < tripwire.subjects / 2 {
            return Ok(Vec::new());
        }
        let Some(observed) = window.observed().cloned() else { return Ok(Vec::new()) };
        let mut rows = 0_u64;
        for (_, table, _) in &places.tables {
            rows = rows.saturating_add(self.rows.of(state, table)?);
        }
        let observation = Observation::new(detector, &observed, rows);
        let key = busy_key(detector, together);
        let mut busy = state.take::<Busy>(&key)?.unwrap_or_default();
        let (usual, given_up) = busy.of(if together { series.object } else { actor });
        usual.reach(time);
        let limit = usual.limit(tripwire, 1);
        usual.most = usual.most.max(observation.observed().min(limit.subjects));
        state.hold(key, busy);
        self.overflow += u64::from(given_up);
        let enough = observed.sources.len() >= detector.sources();
        if !(several && enough && observation.crosses(&limit)) {
            return Ok(Vec::new());
        }
        let span = if together { Span::Together } else { Span::Window };
        let parties = (actor, series.object);
        let reason = observation.reason(detector, &places.words(), parties, &limit, span);
        self.tell_everywhere(state, series, (together, &places), (&limit, time), &reason)
    }

    /// What was not told of yet, table by table.
    fn tell_everywhere(
        &mut self,
        state: &State,
        series: &Series,
        (together, places): (bool, &Places),
        (limit, time): (&Tripwire, Timestamp),
        reason: &str,
    ) -> Result<Vec<Signal>, Fault> {
        let actor = series.actor.filter(|_| !together);
        let named = || places.actors.iter().map(|(actor, _)| *actor).collect();
        let mut signals = Vec::new();
        for (detector, table, _) in &places.tables {
            let (detector, table) = (*detector, table.clone());
            let part = Series { detector, table: table.clone(), actor, together, ..series.clone() };
            let fresh = self.windows.report(state, part, time, limit.window)?;
            let Some((extent, occurred)) = fresh else { continue };
            signals.push(Signal {
                code: detector.code(),
                breach: detector.breach(),
                table,
                actor,
                together: match together {
                    true => Some(named()),
                    false => detector.joins_actors().then(Vec::new),
                },
                extent,
                countable: true,
                occurred,
                reason: reason.to_owned(),
            });
        }
        Ok(signals)
    }
}

/// Where it is noted in which tables a series of all tables has been.
pub(super) fn key(series: &Series) -> Vec<u8> {
    [PLACES, &series.name()].concat()
}

fn busy_key(detector: Detector, together: bool) -> Vec<u8> {
    let name = postcard::to_stdvec(&(detector, together));
    [BUSY, &name.expect("records of the engine serialise")].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, deletion, person};

    const TABLES: [&str; 3] = ["crm.contacts", "crm.leads", "crm.members"];

    fn one(number: u32) -> Touch {
        deletion(TABLES[number as usize % 3], number)
    }

    /// Ten in one table are an alarm.
    #[test]
    fn a_mass_deletion_spread_over_tables_is_told_once_it_is_one() {
        let mut trial = Trial::new();
        let told: Vec<Vec<Signal>> =
            (0..18).map(|number| trial.commit(i64::from(number) * 10, [one(number)])).collect();
        assert!(told[..9].iter().all(Vec::is_empty));
        let tables: Vec<String> = told[9].iter().map(|it| it.table.to_string()).collect();
        assert_eq!(tables.len(), 3, "{tables:?}");
        let records = |signals: &[Signal]| signals.iter().map(|it| it.extent.records).sum::<u64>();
        assert_eq!(records(&told[9]), 10);
        assert_eq!(told[9..].iter().map(|it| records(it)).sum::<u64>(), 18, "each row once");
        let reason = &told[9][0].reason;
        assert!(
            reason.starts_with(
                "10 data subjects deleted from crm.contacts, crm.leads and crm.members by one actor"
            ),
            "{reason}"
        );
    }

    #[test]
    fn one_transaction_over_tables_is_told_of_all_of_them() {
        let mut trial = Trial::new();
        let told = trial.commit(0, (0..12).map(one));
        assert_eq!(told.iter().map(|it| it.extent.records).sum::<u64>(), 12);
    }

    #[test]
    fn erasing_and_marking_as_deleted_is_one_kind_of_act() {
        let mut trial = Trial::new();
        let marked = |number| Touch {
            signs: vec![super::super::Sign::of(Detector::SoftDeletion)],
            categories: Vec::new(),
            ..change("crm.leads", number)
        };
        assert_eq!(trial.commit(0, (0..6).map(|number| deletion("crm.contacts", number))), []);
        assert_eq!(trial.commit(10, (6..12).map(marked)).len(), 2);
    }

    #[test]
    fn what_goes_along_with_a_person_counts_once() {
        let mut trial = Trial::new();
        let person = |number| TABLES.map(|table| deletion(table, number));
        assert_eq!(trial.commit(0, (0..9).flat_map(person)), []);
    }

    #[test]
    fn accounts_and_tables_add_up_within_an_hour() {
        let mut trial = Trial::new();
        let mut told = Vec::new();
        for number in 0..24 {
            let by = Some(person(1_000 + number % 4));
            let touch = Touch { actor: by, ..one(number) };
            told.push(trial.commit(i64::from(number) * 140, [touch]));
        }
        assert!(told[..19].iter().all(Vec::is_empty), "twice ten, of all");
        assert_eq!(told[19].iter().map(|it| it.extent.records).sum::<u64>(), 20);
        assert!(told[19].iter().all(|it| it.together.as_ref().is_some_and(|it| it.len() == 4)));
    }

    #[test]
    fn whoever_does_much_every_night_is_measured_by_that() {
        let mut trial = Trial::new();
        let mut told = Vec::new();
        for night in 0..10_u32 {
            let people = 100 * night..100 * night + 12;
            let found = trial.commit(i64::from(night) * 86_400, people.map(one));
            told.extend(found.iter().map(|_| night));
        }
        assert!(told.iter().all(|night| *night == 0), "{told:?}");
        assert!(!told.is_empty());
    }

    #[test]
    fn changes_need_twice_as_many() {
        let mut trial = Trial::new();
        let changes = |people: std::ops::Range<u32>| {
            people.map(|number| change(TABLES[number as usize % 3], number))
        };
        assert_eq!(trial.commit(0, changes(0..39)), []);
        let told = trial.commit(10, changes(39..42));
        assert_eq!(told.iter().map(|it| it.extent.records).sum::<u64>(), 42);
    }

    #[test]
    fn no_more_actors_are_remembered_than_there_is_room_for() {
        let mut busy = Busy::default();
        let names = (0..REMEMBERED as u32 + 3).map(|number| Some(person(number)));
        let given_up = names.filter(|name| busy.of(*name).1).count();
        assert_eq!((busy.0.len(), given_up), (REMEMBERED, 3));
    }
}
