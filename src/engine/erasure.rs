//! What follows on a fulfilled erasure: when the time for carrying it out is over, it is looked at
//! what is left, and lawtail's own store forgets the person.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, erasure};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{self, Place, SubjectRecord};
use crate::model::{Fault, Position, Reference, TableName};
use crate::policy::SubjectMapping;

/// An erasure that is to have been carried out by some moment.
#[derive(Serialize, Deserialize)]
pub(super) struct Erasing {
    /// The change that recorded it as fulfilled.
    change: Circumstances,
    subject: Reference,
    /// The table of people, and the person's own row in it.
    table: TableName,
    row: Option<Reference>,
    contact_points: BTreeSet<Reference>,
    /// Where the request was first seen.
    requested: Place,
}

/// What an erasure leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 1;

impl Deciding<'_> {
    /// An erasure has been recorded as fulfilled. One that the initial copy finds is not looked at:
    /// the order of what was copied is not known.
    pub(super) fn await_erasure(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
        contact_points: BTreeSet<Reference>,
    ) -> Result<(), Fault> {
        let record = change.record();
        let (Some(table), Some(subject), Some(request), false) =
            (record.people(), change.subject(), change.row(), circumstances.copied)
        else {
            return Ok(());
        };
        // The person's own row, where the request holds its key.
        let row = match &record.mapping.subject {
            Some(SubjectMapping::About { column, .. }) => {
                let key = record.cell(column).known();
                key.map(|key| self.engine.pseudonyms.row(table, &[key.reveal()]))
            }
            Some(SubjectMapping::AboutThrough { .. }) => None,
            Some(SubjectMapping::Itself { .. } | SubjectMapping::AboutOneOf { .. }) | None => {
                return Ok(());
            }
        };
        let place = circumstances.stamp.place;
        let begin = Position { ordinal: 0, ..place.position };
        let requested = self.requested(request)?.unwrap_or(Place { position: begin, ..place });
        let profile = &self.engine.policies.profile;
        let time = circumstances.stamp.time + profile.erasure_within.max(profile.grace);
        let (change, table) = (circumstances.clone(), table.clone());
        let erasing = Erasing { change, subject, table, row, contact_points, requested };
        self.expect(keys::due(time, place.position, LANE), &Due::Erasure(Box::new(erasing)));
        Ok(())
    }

    /// The time for carrying it out is over.
    pub(super) fn reach_erasure(&mut self, erasing: &Erasing) -> Result<(), Fault> {
        let Erasing { change, subject, .. } = erasing;
        let fulfilled = change.stamp.place;
        // It was opened again, and has a deadline of its own when it is fulfilled once more.
        let stands = ledger::erasure(&self.state, *subject)?;
        let is_another = |it: &ledger::ErasureRecord| {
            it.evidence.row == change.row && it.stamp.place != fulfilled
        };
        if stands.is_none_or(|it| is_another(&it)) {
            return Ok(());
        }
        let here = Place { part: self.part(), position: self.position() };
        if fulfilled.part == here.part && !self.lacks_people(here) {
            self.look_for_remainders(erasing)?;
        }
        self.forget_person(*subject)?;
        self.recounts = true;
        ledger::erase(*subject, &erasing.contact_points, fulfilled, &mut self.state)?;
        ledger::carried_out(*subject, fulfilled, &mut self.state)
    }

    /// What rules remember of the person goes as well.
    fn forget_person(&mut self, subject: Reference) -> Result<(), Fault> {
        self.forget_kept(subject)?;
        self.informed(subject)?;
        let records = [
            keys::readdressed(subject),
            keys::preference(subject),
            keys::bundle(subject),
            keys::choices(subject),
            keys::levels(subject),
            keys::corrected(subject),
            keys::erasure_asked(subject),
        ];
        records.into_iter().for_each(|key| self.state.remove(key));
        Ok(())
    }

    fn look_for_remainders(&mut self, erasing: &Erasing) -> Result<(), Fault> {
        let known = self.state.share::<SubjectRecord>(&keys::subject(erasing.subject))?;
        let mut own = known.own;
        if ledger::since(&self.state, &erasing.table)? > own.place {
            own = ledger::OwnRow::default();
        }
        let tables = self.engine.policies.pack.tables.iter();
        let about = tables.filter(|(_, mapping)| {
            let same = matches!(&mapping.subject,
                Some(SubjectMapping::About { table, .. }) if *table == erasing.table);
            same && mapping.erasable
        });
        let remainders = known.remainders(&self.state, about.map(|(table, _)| table))?;
        let part = self.part();
        let seen = |place: Place| place.part == part;
        let remainders: Vec<_> = remainders.into_iter().filter(|it| seen(it.place)).collect();
        let left = erasure::Left {
            table: &erasing.table,
            row: erasing.row,
            own: if seen(own.place) { own } else { ledger::OwnRow::default() },
            requested: erasing.requested,
            fulfilled: erasing.change.stamp.place,
            remainders: &remainders,
        };
        let profile = &self.engine.policies.profile;
        let judged = erasing.change.stamp.time + profile.erasure_within.max(profile.grace);
        match erasure::judge(&left) {
            Some(violation) => self.report(violation, &erasing.change, judged),
            None => Ok(()),
        }
    }
}
