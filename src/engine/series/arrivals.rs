//! Many accounts that nobody has seen before.
//!
//! Whoever makes accounts by the dozen has each of them do what any beginner does, spread over as many hours as it
//! takes: nothing that is counted by account, by table or by hour is high. That so many are new is what is unusual.
//! So it is remembered who was first seen within the last day, and how many that were at most in a day of the last
//! weeks; where people join one by one, ten are an alarm, and where customers have accounts of their own, three times
//! as many as ever.
//!
//! **False positives**: a site that joins at once, in the week in which it does.
//!
//! **Blind spots**: fewer accounts; accounts that are as new as all others, in the first two weeks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alarm::{Candidate, Cause, NAMED};
use super::counters::{CROWD, Told};
use super::deeds::Account;
use super::explain;
use super::name::Class;
use super::shared::Stage;
use super::tally::{Content, Parts};
use super::watch::{Moment, Watch};
use crate::engine::state::State;
use crate::model::{Fault, Hour, Position, Reference, Timestamp, limits};

const ARRIVALS: &[u8] = b"sn";

const DAY: Hour = 24;

/// So many times as many as in the busiest day.
const OF_BUSIEST: usize = 3;

/// Busiest days are kept by stretches of four weeks: this one and the one before.
const STRETCH: Hour = 28 * 24;

/// Fewer are no beginning of anything.
const SEVERAL: usize = 3;

/// Who was first seen within the last day, and what they have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Arrivals {
    /// Who, and when; of more than [`CROWD`] nothing is said.
    accounts: Vec<(Reference, Hour)>,
    /// The most of them within a day, by day; of the latest it is not known yet whether they are an act.
    days: Vec<(Hour, usize)>,
    /// The most of them in a day of this stretch, and of the one before.
    stretch: Hour,
    most: [usize; 2],
    /// What they have done since when.
    began: Hour,
    account: Account,
    rows: u64,
    first: Position,
    since: Timestamp,
    told: Told,
}

impl Arrivals {
    /// Time has passed: who came a day ago is new no longer. After a day with few something else begins, and of what
    /// was no alarm two days are enough.
    fn reach(&mut self, hour: Hour) {
        self.accounts.retain(|(_, born)| hour.saturating_sub(*born) < DAY);
        let age = hour.saturating_sub(self.began);
        let over = age >= 2 * DAY && self.told == Told::Nothing;
        if self.rows == 0 || over || (age >= DAY && self.accounts.len() < SEVERAL) {
            (self.account, self.rows, self.told) = (Account::default(), 0, Told::Nothing);
            self.began = hour;
        }
        let (day, stretch) = (hour.div_euclid(DAY), hour.div_euclid(STRETCH));
        self.most = match stretch.saturating_sub(self.stretch) {
            ..=0 => self.most,
            1 => [0, self.most[0]],
            _ => [0, 0],
        };
        self.stretch = self.stretch.max(stretch);
        let past = self.days.iter().filter(|(it, _)| it + 1 < day).map(|(_, number)| *number).max();
        self.most[0] = self.most[0].max(past.unwrap_or(0));
        self.days.retain(|(it, _)| it + 1 >= day);
    }

    fn usual(&self) -> usize {
        self.most[0].max(self.most[1])
    }

    /// From how many on it is an alarm.
    fn limit(&self) -> usize {
        limits::NEW_ACCOUNTS.max(OF_BUSIEST * self.usual())
    }

    /// An account is new. What becomes usual of a day with an alarm is no more than what was none.
    fn meet(&mut self, actor: Reference, hour: Hour) {
        if self.accounts.iter().any(|(other, _)| *other == actor) || self.accounts.len() >= CROWD {
            return;
        }
        self.accounts.push((actor, hour));
        let (day, number) = (hour.div_euclid(DAY), self.accounts.len().min(self.limit() - 1));
        match self.days.last_mut() {
            Some((last, most)) if *last >= day => *most = number.max(*most),
            _ => self.days.push((day, number)),
        }
    }

    /// They have done this.
    fn add(&mut self, content: &Content, moment: &Moment<'_>) {
        if self.rows == 0 {
            (self.first, self.since) = (content.extent.first, moment.time);
        }
        self.rows = self.rows.saturating_add(self.account.add(content));
    }

    /// Whether there are too many of them. Of more than [`CROWD`] it is not known how many they are.
    fn is_alarm(&self) -> bool {
        let enough = self.account.people.count() >= limits::RETURN_ROWS;
        let many = (self.limit()..CROWD).contains(&self.accounts.len());
        many && enough && self.told != Told::Withheld
    }

    fn candidate(&self) -> Candidate {
        let actors: Vec<Reference> = self.accounts.iter().map(|(actor, _)| *actor).collect();
        let words = self.account.people.words();
        Candidate {
            class: Class::Newcomers,
            excess: 0,
            number: self.account.people.count(),
            records: self.rows,
            people: self.account.people.clone(),
            actors: actors.iter().take(NAMED).copied().collect(),
            at_it: Vec::new(),
            first: self.first,
            since: self.since,
            deeds: self.account.deeds.clone(),
            told: self.told == Told::Alarm,
            goes_on: false,
            reason: explain::arrivals(&words, actors.len(), self.usual(), self.limit()),
            cause: Cause::Arrivals(actors),
        }
    }

    /// Notes what became of the alarm.
    pub fn tell(&mut self, told: Told) {
        self.told = told;
    }

    /// Writes it back.
    pub fn store(&self, state: &mut State) {
        state.write(ARRIVALS.to_vec(), self);
    }
}

impl Watch {
    /// Counts accounts that nobody has seen before, and what they do; the alarm when there are too many of them.
    pub(super) fn arrivals(
        &mut self,
        state: &State,
        parts: &Parts,
        moment: &Moment<'_>,
    ) -> Result<Option<Candidate>, Fault> {
        let is_new = |actor: &Reference| {
            let met = self.actors.get(*actor);
            met.is_some_and(|it| moment.hour.saturating_sub(it.born) < DAY)
        };
        let new: BTreeSet<Reference> =
            parts.keys().filter_map(|part| part.actor).filter(is_new).collect();
        // In the beginning everybody is new.
        if new.is_empty() || self.shared.stage() == Stage::Cold {
            return Ok(None);
        }
        let arrivals = match &mut self.arrivals {
            Some(arrivals) => arrivals,
            none => none.insert(state.read(ARRIVALS)?.unwrap_or_default()),
        };
        arrivals.reach(moment.hour);
        new.iter().for_each(|actor| arrivals.meet(*actor, moment.hour));
        for (part, content) in parts {
            if part.actor.is_some_and(|actor| new.contains(&actor)) {
                arrivals.add(content, moment);
            }
        }
        let mature = self.shared.stage() == Stage::Mature;
        Ok((mature && arrivals.is_alarm()).then(|| arrivals.candidate()))
    }
}
