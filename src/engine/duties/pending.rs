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
pub(super) struct Pending {
    pub(super) change: Circumstances,
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
        let mut deadline = deadline;
        if let Some(known) = self.state.read::<Pending>(&key)? {
            let emptied = since(&self.state, &known.change.table)?;
            if known.change.copied || emptied <= known.change.stamp.place {
                return Ok(());
            }
            // What was emptied away is another row's, unless the table is loaded again at once.
            self.state.remove(known.due);
            if emptied.transaction() == change.stamp.place.transaction() {
                deadline = known.deadline;
            }
        }
        let (change, due) = (change.clone(), Vec::new());
        self.keep_pending(key, Pending { change, violation, deadline, due, corrected });
        Ok(())
    }

    fn keep_pending(&mut self, key: Vec<u8>, mut pending: Pending) {
        pending.due = keys::due(pending.deadline, pending.change.position(), LANE);
        pending.due.extend_from_slice(&key);
        self.expect(pending.due.clone(), &Due::Pending(key.clone()));
        self.state.write(key, &pending);
    }

    /// What is waited for of a row that goes, or is called something else from here on; what is late is said.
    pub(super) fn take_away(
        &mut self,
        code: Code,
        (row, about): (Reference, &str),
        now: Timestamp,
    ) -> Result<Option<Pending>, Fault> {
        let pending = self.state.read::<Pending>(&keys::pending(code, row, about))?;
        self.set_right(code, (row, about), now)?;
        Ok(pending.filter(|pending| pending.deadline > now))
    }

    /// It goes on with this row.
    pub(super) fn put_back(
        &mut self,
        code: Code,
        (row, about): (Reference, &str),
        pending: Pending,
    ) {
        self.keep_pending(keys::pending(code, row, about), pending);
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
