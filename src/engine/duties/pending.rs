//! What is wrong of a row unless it is set right by a deadline.
//!
//! One record for each row and rule, with one entry among what is due. A deadline that has passed is said
//! before the change that comes after it counts, so the result does not depend on when what is due is
//! reached. Whatever may have set it right unseen keeps it from being said.

use serde::{Deserialize, Serialize};

use crate::engine::assess::{Circumstances, Violation};
use crate::engine::decide::Deciding;
use crate::engine::judge::Due;
use crate::engine::keys;
use crate::engine::ledger::{Place, SubjectRecord, since};
use crate::model::{Code, Fault, Reference, Timestamp};

/// See there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    change: Circumstances,
    violation: Violation,
    /// The first moment at which it is late.
    deadline: Timestamp,
    /// What is due of it.
    due: Vec<u8>,
    /// A value of the person's that was corrected and must still be: column and reference.
    corrected: Option<(String, Reference)>,
}

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 5;

impl Deciding<'_> {
    /// Waits until the deadline, unless something is waited for already. `about`: what tells several such
    /// things of one row apart.
    pub(super) fn await_right(
        &mut self,
        violation: Violation,
        (row, about): (Reference, &str),
        change: &Circumstances,
        deadline: Timestamp,
        corrected: Option<(String, Reference)>,
    ) -> Result<(), Fault> {
        let key = keys::pending(violation.code, row, about);
        if self.state.read::<Pending>(&key)?.is_some() {
            return Ok(());
        }
        let mut due = keys::due(deadline, change.position(), LANE);
        due.extend_from_slice(&key);
        self.expect(due.clone(), &Due::Pending(key.clone()));
        let change = change.clone();
        self.state.write(key, &Pending { change, violation, deadline, due, corrected });
        Ok(())
    }

    /// It has been set right, or cannot be told any more; whether anything was waited for.
    pub(super) fn set_right(
        &mut self,
        code: Code,
        (row, about): (Reference, &str),
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let key = keys::pending(code, row, about);
        let Some(pending) = self.state.read::<Pending>(&key)? else { return Ok(false) };
        self.state.remove(pending.due.clone());
        match pending.deadline <= now {
            true => self.reach_pending(&key)?,
            false => self.state.remove(key),
        }
        Ok(true)
    }

    /// Whether it is waited for.
    pub(super) fn is_awaited(
        &self,
        code: Code,
        (row, about): (Reference, &str),
    ) -> Result<bool, Fault> {
        Ok(self.state.read::<Pending>(&keys::pending(code, row, about))?.is_some())
    }

    /// The deadline has come.
    pub(in crate::engine) fn reach_pending(&mut self, key: &[u8]) -> Result<(), Fault> {
        let Some(pending) = self.state.read::<Pending>(key)? else { return Ok(()) };
        self.state.remove(key.to_vec());
        let Pending { change, violation, deadline, corrected, .. } = pending;
        let place = change.stamp.place;
        let here = Place { part: self.part(), position: self.position() };
        let gone = since(&self.state, &change.table)? > place && !change.copied;
        if place.part != here.part || self.is_incomplete(here) || gone {
            return Ok(());
        }
        if let Some(subject) = change.subject {
            let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
            if known.test || known.erased.is_some() {
                return Ok(());
            }
            if let Some((column, value)) = corrected
                && !self.is_former(subject, &column, value)?
            {
                return Ok(());
            }
        }
        self.report(violation, &change, deadline)
    }
}
