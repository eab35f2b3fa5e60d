//! Actors who come back after long, and do much at once.

use std::collections::BTreeMap;

use super::alarm::{Candidate, Cause};
use super::counters::Told;
use super::deeds::Account;
use super::explain;
use super::name::Class;
use super::tally::Parts;
use super::watch::Watch;
use crate::model::{Reference, limits};

impl Watch {
    /// Actors who came back and do much at once.
    pub(super) fn returns(&self, parts: &Parts) -> Vec<Candidate> {
        let mut found: BTreeMap<Reference, Candidate> = BTreeMap::new();
        for actor in parts.keys().filter_map(|part| part.actor) {
            let Some(met) = self.actors.get(actor) else { continue };
            let Some(back) = met.back else { continue };
            if back.rows >= limits::RETURN_ROWS && back.told != Told::Withheld {
                let cause = Cause::Return(actor);
                let (rows, first, since) = (back.rows, back.first, back.since);
                let reason = explain::back(rows, back.days, limits::RETURN_ROWS);
                let told = back.told == Told::Alarm;
                let (class, excess) = (Class::Newcomers, 0);
                let (number, records) = (rows, rows);
                let (actors, at_it) = Default::default();
                let Account { people, deeds } = met.since.clone();
                let found_back = Candidate {
                    class,
                    excess,
                    number,
                    records,
                    people,
                    actors,
                    at_it,
                    first,
                    since,
                    deeds,
                    goes_on: false,
                    told,
                    cause,
                    reason,
                };
                found.insert(actor, found_back);
            }
        }
        found.into_values().collect()
    }
}
