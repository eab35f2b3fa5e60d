//! SRC-001: people whose data was not obtained from them are informed within a month.
//!
//! One record for each who is still to be informed, with one entry among what is due. A deadline that
//! has passed is said before the change that comes after it counts.
//!
//! Any message to the person counts as the notice: what stood in it is not known here. So does a part of
//! the stream that was not seen, in which there may have been one.

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, source};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{Place, SubjectRecord, since};
use super::questions::sent_now;
use super::record::says;
use crate::model::limits::REQUEST_PAUSE;
use crate::model::{Fault, OperationKind, Reference, Timestamp};

/// Somebody who is still to be informed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Uninformed {
    /// The change with which the data came.
    obtained: Circumstances,
    /// The first moment at which it is late.
    deadline: Timestamp,
    /// What is due of it.
    due: Vec<u8>,
}

/// Months within which people are informed (Art. 14(3)(a)).
const MONTHS: u32 = 1;

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 3;

impl Deciding<'_> {
    /// Brings a change of a person, or a message to one, into the record.
    pub(super) fn follow_source(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let mapping = change.record().mapping;
        if mapping.person.source.is_none() && !mapping.followed.informs {
            return Ok(());
        }
        let Some(subject) = change.subject() else { return Ok(()) };
        if mapping.person.source.is_some() {
            self.follow_key(subject, change, circumstances)?;
        }
        let known = self.state.read::<Uninformed>(&keys::uninformed(subject))?;
        if let Some(known) = &known
            && known.deadline <= circumstances.stamp.time
        {
            self.state.remove(known.due.clone());
            self.reach_notice(subject)?;
        }
        match self.tells(change, circumstances) {
            Some(true) => {
                let removed = change.record().change.operation.kind() == OperationKind::Delete;
                let source = mapping.person.source.as_ref().filter(|_| removed);
                if source.is_some_and(|it| change.record().held(&it.when) == Some(true)) {
                    let waits = self.state.read::<Uninformed>(&keys::uninformed(subject))?;
                    self.set_aside(keys::aside(b'N', subject), waits, circumstances);
                }
                self.informed(subject)
            }
            Some(false) => self.obtained(subject, circumstances),
            None => Ok(()),
        }
    }

    /// The month goes on where the person's row gets another key.
    fn follow_key(
        &mut self,
        subject: Reference,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let former = change.record().former_person(&self.engine.pseudonyms);
        let updated = change.record().change.operation.kind() == OperationKind::Update;
        let Some(former) = former.filter(|former| updated && *former != subject) else {
            return Ok(());
        };
        let known = self.state.read::<Uninformed>(&keys::uninformed(former))?;
        let Some(Uninformed { obtained, deadline, .. }) = known else { return Ok(()) };
        self.informed(former)?;
        let row = circumstances.row;
        let obtained = Circumstances { subject: Some(subject), row, ..obtained };
        self.await_notice(subject, obtained, deadline);
        Ok(())
    }

    fn await_notice(&mut self, subject: Reference, obtained: Circumstances, deadline: Timestamp) {
        let due = keys::due(deadline, obtained.position(), LANE);
        self.expect(due.clone(), &Due::Notice(subject));
        let known = Uninformed { obtained, deadline, due };
        self.state.write(keys::uninformed(subject), &known);
    }

    /// The person is to be informed within a month; within what is left of it where the row comes again in the
    /// transaction that has deleted it or emptied its table.
    fn obtained(&mut self, subject: Reference, change: &Circumstances) -> Result<(), Fault> {
        let key = keys::uninformed(subject);
        let known = self.state.read::<Uninformed>(&key)?;
        if let Some(known) = &known
            && (change.copied
                || since(&self.state, &known.obtained.table)? <= known.obtained.stamp.place)
        {
            return Ok(());
        }
        let gone = self.take_back::<Option<Uninformed>>(keys::aside(b'N', subject), change)?;
        let zone = self.zone();
        let anew = zone.end_of_working_day(zone.plus_months(change.stamp.time, MONTHS));
        let (obtained, deadline) = match (known, gone) {
            (Some(known), _) => {
                self.state.remove(known.due);
                let again = self.is_reloading(change)?;
                (change.clone(), if again { known.deadline } else { anew })
            }
            (None, Some(Some(gone))) => (gone.obtained, gone.deadline),
            // It had been told, or said already that it had not.
            (None, Some(None)) => return Ok(()),
            (None, None) => (change.clone(), anew),
        };
        self.await_notice(subject, obtained, deadline);
        Ok(())
    }

    /// Whether the person need not be informed any more, or has to be from now on; `None` when the
    /// change tells neither.
    fn tells(&self, change: &Classified<'_>, circumstances: &Circumstances) -> Option<bool> {
        let record = change.record();
        let operation = record.change.operation.kind();
        let Some(source) = &record.mapping.person.source else {
            let message = record.mapping.activity.as_ref()?;
            return (sent_now(record, message) != Some(false)).then_some(true);
        };
        let left = change.left();
        let anonymised = operation == OperationKind::Update
            && left.touched
            && left.kept + left.unsure + left.written == 0;
        if operation == OperationKind::Delete || anonymised {
            return Some(true);
        }
        let elsewhere = record.holds(&source.when)?;
        let informed = says(record, &source.informed)?;
        if !elsewhere || informed {
            return Some(true);
        }
        let obtained = match operation {
            OperationKind::Insert => true,
            _ => record.held(&source.when) == Some(false),
        };
        // Whether people of before the stream were informed only their rows can tell.
        let can_tell = !circumstances.copied || !source.informed.is_empty();
        (obtained && can_tell).then_some(false)
    }

    /// The person has been informed, or need not be.
    pub(super) fn informed(&mut self, subject: Reference) -> Result<(), Fault> {
        let key = keys::uninformed(subject);
        if let Some(known) = self.state.read::<Uninformed>(&key)? {
            self.state.remove(known.due);
            self.state.remove(key);
        }
        Ok(())
    }

    /// The month is over.
    pub(super) fn reach_notice(&mut self, subject: Reference) -> Result<(), Fault> {
        let key = keys::uninformed(subject);
        let Some(mut known) = self.state.read::<Uninformed>(&key)? else { return Ok(()) };
        let place = known.obtained.stamp.place;
        let here = Place { part: self.part(), position: self.position() };
        if self.is_incomplete(here) {
            known.due = keys::due(self.now + REQUEST_PAUSE, known.obtained.position(), LANE);
            self.expect(known.due.clone(), &Due::Notice(subject));
            self.state.write(key, &known);
            return Ok(());
        }
        self.state.remove(key);
        let gone = since(&self.state, &known.obtained.table)? > place;
        let test = self.state.share::<SubjectRecord>(&keys::subject(subject))?.test;
        if gone || test || place.part != here.part {
            return Ok(());
        }
        let obtained = Circumstances { copied: false, ..known.obtained };
        self.report(source::uninformed(), &obtained, known.deadline)
    }
}
