//! PO-001: a copy of their data that a person asked for was not handed over, or holds somebody else's.
//!
//! *What*: a row records a job that makes a copy of a person's data, and the profile's time has passed
//! without it having been handed over; or it is handed over, and holds the data of another person. GDPR
//! Art. 20(1), Art. 12(3).
//!
//! A row that gets another key, or is deleted and inserted again in one transaction, is the same job.
//!
//! *Undecided*: a state that cannot be read; a row that is deleted while it is open; a part of the stream
//! that was not seen since; what a copy brings, because when it began is not known.
//!
//! *Not a finding*: a job that was cancelled; rows that are no such job; one that is handed over in time.

use serde::{Deserialize, Serialize};

use super::pending::Pending;
use super::violation;
use crate::engine::assess::{Circumstances, Violation};
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::engine::record::{Record, says};
use crate::model::{Code, Fault, OperationKind, Outcome, Reference, Severity};
use crate::policy::DeliveryMapping;

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Delivered,
    /// Cancelled, or none at all.
    Over,
}

/// An open job whose row was deleted: about whom, and what was waited for unless it was late.
#[derive(Serialize, Deserialize)]
struct Gone {
    subject: Option<Reference>,
    pending: Option<Pending>,
}

impl Deciding<'_> {
    /// Brings a change of the job's row into its record.
    pub(super) fn follow_delivery(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let (Some(mapping), Some(row)) = (&record.mapping.duties.delivery, change.row()) else {
            return Ok(None);
        };
        let now = circumstances.stamp.time;
        if record.change.operation.new_row().is_none() {
            return self.job_goes((record, mapping), row, circumstances);
        }
        let goes_on = self.job_comes_again(record, row, circumstances)?;
        match standing(record, mapping) {
            None => {
                self.set_right(Code::PO_001, (row, ""), now)?;
                Ok(Some(Outcome::Undecided))
            }
            Some(Standing::Over) => {
                self.set_right(Code::PO_001, (row, ""), now)?;
                Ok(None)
            }
            Some(Standing::Delivered) => {
                self.set_right(Code::PO_001, (row, ""), now)?;
                self.delivered(record, mapping, circumstances)
            }
            Some(Standing::Open) if goes_on => Ok(None),
            Some(Standing::Open) => self.follow_open_job(record, mapping, row, circumstances),
        }
    }

    /// The row is deleted. Where the transaction inserts it again, an open job goes on.
    fn job_goes(
        &mut self,
        (record, mapping): (&Record<'_>, &DeliveryMapping),
        row: Reference,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let awaited = self.is_awaited(Code::PO_001, (row, ""))?;
        let pending = self.take_away(Code::PO_001, (row, ""), circumstances.stamp.time)?;
        let name = record.called(&self.engine.pseudonyms);
        let is_open = pending.is_some() || was_open(record, mapping) == Some(true);
        if let Some(name) = name.filter(|_| is_open) {
            let whose = pending.as_ref().and_then(|pending| pending.change.subject);
            let gone = Gone { subject: whose.or(circumstances.subject), pending };
            self.set_aside(keys::aside(b'J', name), gone, circumstances);
        }
        Ok(awaited.then_some(Outcome::Undecided))
    }

    /// Whether the row is inserted again by the transaction that has deleted it while it was open.
    fn job_comes_again(
        &mut self,
        record: &Record<'_>,
        row: Reference,
        circumstances: &Circumstances,
    ) -> Result<bool, Fault> {
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let name = record.called(&self.engine.pseudonyms).filter(|_| inserted);
        let Some(name) = name else { return Ok(false) };
        let gone = self.take_back::<Gone>(keys::aside(b'J', name), circumstances)?;
        let Some(gone) = gone.filter(|gone| gone.subject == circumstances.subject) else {
            return Ok(false);
        };
        if let Some(pending) = gone.pending {
            self.put_back(Code::PO_001, (row, ""), pending);
        }
        Ok(true)
    }

    /// One that is open may have been so for long, or not; one that has been handed over tells whose it is.
    pub(super) fn follow_copied_delivery(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let Some(mapping) = &record.mapping.duties.delivery else { return Ok(None) };
        match standing(record, mapping) {
            Some(Standing::Over) => Ok(None),
            Some(Standing::Delivered) => self.delivered(record, mapping, circumstances),
            Some(Standing::Open) | None => Ok(Some(Outcome::Undecided)),
        }
    }

    /// The job is to be done.
    fn follow_open_job(
        &mut self,
        record: &Record<'_>,
        mapping: &DeliveryMapping,
        row: Reference,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        match was_open(record, mapping) {
            Some(true) => return Ok(None),
            // Its time may have begun long ago.
            None if !self.is_awaited(Code::PO_001, (row, ""))? => {
                return Ok(Some(Outcome::Undecided));
            }
            Some(false) | None => {}
        }
        let deadline = circumstances.stamp.time + self.engine.policies.profile.delivered_within;
        let reason = "a copy of their data that somebody asked for was not handed over in time";
        let late = violation(Code::PO_001, reason.to_owned());
        self.await_right(late, (row, ""), circumstances, deadline, None)?;
        Ok(None)
    }

    /// Whose data was handed over, and to whom?
    fn delivered(
        &mut self,
        record: &Record<'_>,
        mapping: &DeliveryMapping,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let Some(column) = &mapping.data_of else { return Ok(None) };
        let index = record.change.table.column(column);
        let began = record.began(&mapping.delivered);
        let changed = index.and_then(|index| record.changed(index));
        if !began && changed != Some(true) {
            return Ok(None);
        }
        let content = index.and_then(|index| record.content(index));
        let (Some(content), Some((_, key))) = (content, record.subject_key()) else {
            return Ok(Some(Outcome::Undecided));
        };
        if content == key {
            return Ok(None);
        }
        let reason = "a copy of the data of somebody else was handed over";
        let wrong = violation(Code::PO_001, reason.to_owned());
        self.found_wrong(Violation { severity: Severity::High, ..wrong }, circumstances)
    }
}

fn standing(record: &Record<'_>, mapping: &DeliveryMapping) -> Option<Standing> {
    if says(record, &mapping.cancelled)? || !record.holds(&mapping.when)? {
        return Some(Standing::Over);
    }
    Some(match record.holds(&mapping.delivered)? {
        true => Standing::Delivered,
        false => Standing::Open,
    })
}

/// Whether the job was open before the change; `None` when that cannot be told.
fn was_open(record: &Record<'_>, mapping: &DeliveryMapping) -> Option<bool> {
    if record.change.operation.kind() == OperationKind::Insert {
        return Some(false);
    }
    let cancelled = !mapping.cancelled.is_empty() && record.held(&mapping.cancelled)?;
    Some(record.held(&mapping.when)? && !cancelled && !record.held(&mapping.delivered)?)
}
