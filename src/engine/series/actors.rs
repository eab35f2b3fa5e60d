//! Who was seen when: actors who come back after long, and actors in an open incident.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::counters::Told;
use super::deeds::Account;
use super::habit::or_empty;
use super::novelty::Habits;
use super::tally::{Content, Part};
use super::watch::Moment;
use crate::engine::state::State;
use crate::model::{Fault, Hour, Position, Reference, Timestamp, limits};

pub(super) const ACTORS: &[u8] = b"na";
pub(super) const ACTORS_END: &[u8] = b"nb";

/// Nothing is learnt of an actor in an open incident for longer: what goes on has become usual.
const LONGEST: i64 = 24 * 3_600 * 1_000_000;

/// Days with changes to many at once, and hours of the day within a week, that nobody has who works by hand.
const BATCHES: u8 = 3;
const AROUND: u32 = 20;

/// What is remembered of one actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Actor {
    /// When last seen.
    last: Hour,
    /// The incident that is open about the actor.
    incident: Option<Open>,
    /// The return after a long absence.
    pub back: Option<Back>,
    /// How the actor works.
    #[serde(deserialize_with = "or_empty")]
    manner: Manner,
    /// What was done since the return.
    #[serde(deserialize_with = "or_empty")]
    pub since: Account,
    /// The last hour of which anything unusual was told.
    #[serde(deserialize_with = "or_empty")]
    pub told: Hour,
    /// What the actor changes.
    #[serde(deserialize_with = "or_empty")]
    pub habits: Habits,
    /// The hour in which the open incident was taken out of the budget.
    #[serde(deserialize_with = "or_empty")]
    spent: Option<Hour>,
    /// When first seen.
    #[serde(deserialize_with = "or_empty")]
    pub born: Hour,
}

/// Whether somebody works like a person: one record at a time, and not around the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Manner {
    /// Days on which many were changed at once, and the last of them.
    batches: u8,
    batched: Hour,
    /// The week in progress, its hours of the day with anything in them, and whether an earlier one had nearly all.
    week: Hour,
    hours: u32,
    around: bool,
}

impl Manner {
    /// Something was done to so many at once.
    fn see(&mut self, hour: Hour, at_once: u64) {
        let (day, week) = (hour.div_euclid(24), hour.div_euclid(7 * 24));
        if at_once >= limits::BATCH && (self.batches == 0 || self.batched < day) {
            (self.batches, self.batched) = (self.batches.saturating_add(1), day);
        }
        if week > self.week {
            (self.week, self.hours, self.around) = (week, 0, self.is_around());
        }
        self.hours |= 1 << hour.rem_euclid(24);
    }

    fn is_around(&self) -> bool {
        self.hours.count_ones() >= AROUND
    }
}

/// An open incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    since: Timestamp,
    until: Timestamp,
    /// Whether a tripwire opened it, which statistics have nothing to add to.
    tripwire: bool,
}

/// A return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Back {
    /// When.
    pub hour: Hour,
    /// Days of absence.
    pub days: i32,
    /// Rows since then.
    pub rows: u64,
    /// First change.
    pub first: Position,
    /// Commit time of that.
    pub since: Timestamp,
    /// What became of it.
    pub told: Told,
}

impl Actor {
    fn new(hour: Hour) -> Self {
        let (manner, since, habits) = Default::default();
        let (last, incident, back, told, spent) = (hour, None, None, 0, None);
        Actor { last, incident, back, manner, since, told, habits, spent, born: hour }
    }

    /// The same account in another stream: nothing is in progress.
    pub fn elsewhere(self) -> Self {
        let (since, habits) = (Account::default(), self.habits.elsewhere());
        Actor { incident: None, back: None, since, habits, spent: None, ..self }
    }

    /// Seen again, with so many rows.
    fn seen(&mut self, hour: Hour, (rows, at_once): (u64, u64), first: Position, time: Timestamp) {
        self.manner.see(hour, at_once);
        let away = hour.saturating_sub(self.last);
        if away > limits::DORMANT_HOURS {
            let days = away / 24;
            self.back = Some(Back { hour, days, rows: 0, first, since: time, told: Told::Nothing });
        }
        self.back = self.back.filter(|back| hour.saturating_sub(back.hour) < 24);
        if self.back.is_none_or(|back| back.rows == 0) {
            self.since = Account::default();
        }
        if let Some(back) = &mut self.back {
            back.rows = back.rows.saturating_add(rows);
        }
        self.last = self.last.max(hour);
    }

    /// A signal was raised about the actor.
    pub fn involve(&mut self, now: Timestamp, tripwire: bool) {
        let until = now + limits::INCIDENT_GAP;
        let open = self.incident.filter(|open| now < open.until);
        let fresh = Open { since: now, until, tripwire };
        let tripwire = tripwire || open.is_some_and(|open| open.tripwire);
        self.incident = Some(Open { until, tripwire, ..open.unwrap_or(fresh) });
    }

    /// The statistics told of the actor first, in this hour.
    pub fn spend(&mut self, hour: Hour) {
        self.spent = Some(hour);
    }

    /// A tripwire has told of the actor: the hour in which the open incident was taken out of the budget, once.
    pub fn taken_over(&mut self, now: Timestamp) -> Option<Hour> {
        let open = self.is_involved(now);
        self.spent.take().filter(|_| open)
    }

    /// Whether the actor is rather a job than a person.
    pub fn is_job(&self) -> bool {
        self.manner.batches >= BATCHES || self.manner.around || self.manner.is_around()
    }

    /// Whether an incident about the actor is open and fresh.
    pub fn is_involved(&self, now: Timestamp) -> bool {
        let open = |open: &Open| now < open.until && now.microseconds_since(open.since) < LONGEST;
        self.incident.as_ref().is_some_and(open)
    }

    /// Whether a tripwire has told of what the actor does.
    pub fn is_tripped(&self, now: Timestamp) -> bool {
        self.is_involved(now) && self.incident.is_some_and(|open| open.tripwire)
    }
}

/// The actors that this batch has met.
#[derive(Debug, Default)]
pub(super) struct Actors {
    held: BTreeMap<Reference, (Actor, bool)>,
}

impl Actors {
    /// The actor is seen with so many rows of one transaction, about so many in one table.
    pub fn meet(
        &mut self,
        state: &State,
        reference: Reference,
        (hour, time): (Hour, Timestamp),
        (rows, first): ((u64, u64), Position),
    ) -> Result<(), Fault> {
        let (actor, changed) = match self.held.entry(reference) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(place) => {
                let known = state.read::<Actor>(&key(reference))?;
                let changed = known.is_none();
                let actor = known.unwrap_or_else(|| Actor::new(hour));
                place.insert((actor, changed))
            }
        };
        let before = (actor.last, actor.back, actor.manner);
        actor.seen(hour, rows, first, time);
        *changed |= before != (actor.last, actor.back, actor.manner);
        Ok(())
    }

    /// An actor who was met.
    pub fn change(&mut self, reference: Reference) -> Option<&mut Actor> {
        self.change_where(reference, |_| true)
    }

    /// Notes what an actor who was met has done to a table.
    pub fn note_habits(
        &mut self,
        reference: Reference,
        part: &Part,
        content: &Content,
        moment: &Moment<'_>,
    ) {
        if let Some((actor, changed)) = self.held.get_mut(&reference) {
            let known = (actor.is_job(), moment.hour.saturating_sub(actor.born));
            *changed |= actor.habits.see(known, part, content, moment);
        }
    }

    /// An actor who was met, after a return.
    pub fn change_if_back(&mut self, reference: Reference) -> Option<&mut Actor> {
        self.change_where(reference, |actor| actor.back.is_some())
    }

    fn change_where(
        &mut self,
        reference: Reference,
        holds: impl Fn(&Actor) -> bool,
    ) -> Option<&mut Actor> {
        let (actor, changed) = self.held.get_mut(&reference).filter(|(actor, _)| holds(actor))?;
        *changed = true;
        Some(actor)
    }

    /// An actor who was met.
    pub fn get(&self, reference: Reference) -> Option<&Actor> {
        self.held.get(&reference).map(|(actor, _)| actor)
    }

    /// Writes back whoever has changed.
    pub fn store(self, state: &mut State) {
        for (reference, (actor, _)) in self.held.iter().filter(|(_, (_, changed))| *changed) {
            state.write(key(*reference), actor);
        }
    }
}

fn key(reference: Reference) -> Vec<u8> {
    [ACTORS, &reference.0].concat()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn actor() -> Actor {
        Actor::new(0)
    }

    #[test]
    fn who_writes_in_batches_or_around_the_clock_is_a_job_and_who_works_by_day_is_none() {
        let work = |hours: &[Hour], at_once: u64| {
            let mut actor = actor();
            for day in 0..5 {
                let see = |hour| {
                    actor.seen(
                        day * 24 + hour,
                        (at_once, at_once),
                        Position::default(),
                        Timestamp(0),
                    );
                };
                hours.iter().copied().for_each(see);
            }
            actor.is_job()
        };
        let shift: Vec<Hour> = (6..18).collect();
        let round: Vec<Hour> = (0..24).collect();
        assert!(!work(&shift, 1) && work(&round, 1) && work(&[2], 40));
    }

    #[test]
    fn whoever_comes_back_after_long_is_watched_for_a_day() {
        let first = Position::default();
        let seen = |actor: &mut Actor, hour| actor.seen(hour, (4, 1), first, Timestamp(0));
        let mut one = actor();
        seen(&mut one, limits::DORMANT_HOURS);
        assert_eq!(one.back, None);
        let mut other = actor();
        let back = limits::DORMANT_HOURS + 1;
        seen(&mut other, back);
        seen(&mut other, back + 23);
        assert_eq!(other.back.map(|back| (back.rows, back.days)), Some((8, 60)));
        seen(&mut other, back + 24);
        assert_eq!(other.back, None);
    }

    #[test]
    fn an_incident_is_open_until_it_has_been_quiet_and_fresh_for_a_day() {
        let mut actor = actor();
        let at = |minutes: u64| Timestamp(0) + Duration::from_secs(60 * minutes);
        actor.involve(at(0), false);
        assert!(actor.is_involved(at(59)) && !actor.is_tripped(at(59)));
        assert!(!actor.is_involved(at(60)));
        (0..60).for_each(|half_hour| actor.involve(at(100 + 30 * half_hour), half_hour == 3));
        assert!(actor.is_tripped(at(100 + 24 * 60 - 1)));
        assert!(!actor.is_involved(at(100 + 24 * 60)));
    }
}
