//! ACC-002: a value that was corrected in the person's row is written anew elsewhere.
//!
//! *What*: a column of a person's row is given another value, and later the former one is written into a
//! column of another table that repeats it; when the profile's time for propagation has passed since the
//! correction, it still stands there. GDPR Art. 16, Art. 19.
//!
//! *Undecided*: a row that bears a former value, and whether it bore it before was not sent.
//!
//! *Not a finding*: the same value spelled differently; a value that was only added or removed; what is
//! mended in time; a correction that was taken back; tables that the register keeps, such as invoices,
//! which show how things were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{violation, written};
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::engine::ledger::{Stamp, since};
use crate::model::limits::FORMER_VALUES;
use crate::model::{Code, Evidence, Fault, OperationKind, Outcome, Reference, TableName};

/// What stood in a column, and the change that corrected it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Former {
    value: Reference,
    stamp: Stamp,
    evidence: Evidence,
}

/// By column, the newest last.
type Corrected = BTreeMap<String, Vec<Former>>;

impl Deciding<'_> {
    /// Notes what an update of a person's row replaced.
    pub(super) fn note_correction(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let duties = &record.mapping.duties;
        let Some(subject) = change.subject().filter(|_| !duties.repeated.is_empty()) else {
            return Ok(());
        };
        match record.change.operation.kind() {
            OperationKind::Update => {}
            OperationKind::Delete => {
                self.state.remove(keys::corrected(subject));
                return Ok(());
            }
            OperationKind::Insert | OperationKind::Truncate => return Ok(()),
        }
        let people = &record.change.table.name;
        let mut corrected = None;
        for column in &duties.repeated {
            let Some(index) = record.change.table.column(column) else { continue };
            if record.changed(index) != Some(true) {
                continue;
            }
            let former = record.former_text(column).flatten();
            let (Some(former), Some(now)) = (former, record.text(column)) else { continue };
            let former = self.value(people, column, former);
            let now = self.value(people, column, now);
            if former == now {
                continue;
            }
            let all = match &mut corrected {
                Some(all) => all,
                None => corrected.insert(
                    self.state.read::<Corrected>(&keys::corrected(subject))?.unwrap_or_default(),
                ),
            };
            let values = all.entry(column.clone()).or_default();
            values.retain(|known| ![former, now].contains(&Some(known.value)));
            if let Some(value) = former {
                let (stamp, evidence) = (circumstances.stamp, circumstances.evidence());
                values.push(Former { value, stamp, evidence });
            }
            let surplus = values.len().saturating_sub(FORMER_VALUES);
            values.drain(..surplus);
        }
        if let Some(corrected) = corrected {
            self.state.write(keys::corrected(subject), &corrected);
        }
        Ok(())
    }

    /// Holds what a row repeats against what was corrected.
    pub(super) fn follow_copy(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let copies = &record.mapping.duties.copies;
        let (Some(row), false) = (change.row(), copies.is_empty()) else { return Ok(None) };
        let now = circumstances.stamp.time;
        let removed = record.change.operation.new_row().is_none();
        let mut outcome = None;
        for (column, repeated) in copies {
            let index = record.change.table.column(column);
            let is_written = index.map_or(Some(false), |index| written(record, index));
            if removed || is_written != Some(false) {
                self.set_right(Code::ACC_002, (row, column), now)?;
            }
            let people = record.people().filter(|_| !removed && is_written != Some(false));
            let (Some(people), Some(subject)) = (people, change.subject()) else { continue };
            let people = people.clone();
            let value = record.text(column).and_then(|text| self.value(&people, repeated, text));
            let Some(value) = value else { continue };
            let Some(former) = self.former(subject, repeated, value)? else { continue };
            let (place, here) = (former.stamp.place, circumstances.stamp.place);
            if place.part != here.part || since(&self.state, &people)? > place {
                outcome = outcome.max(Some(Outcome::Undecided));
                continue;
            }
            // Nobody knows whether it stood there all the time.
            if is_written.is_none() {
                outcome = outcome.max(Some(Outcome::Undecided));
                continue;
            }
            let profile = &self.engine.policies.profile;
            let within = profile.consent.propagated_within;
            let deadline = (former.stamp.time + within).max(now + profile.grace);
            let mut violation = violation(
                Code::ACC_002,
                format!("column {column} was given a value that had been corrected in {people}"),
            );
            violation.evidence.push(former.evidence);
            violation.column = Some(column.clone());
            let corrected = Some((repeated.clone(), value));
            self.await_right(violation, (row, column), circumstances, deadline, corrected)?;
        }
        Ok(outcome)
    }

    /// Whether a value has been corrected, and has not become right again.
    pub(super) fn is_former(
        &self,
        subject: Reference,
        column: &str,
        value: Reference,
    ) -> Result<bool, Fault> {
        Ok(self.former(subject, column, value)?.is_some())
    }

    fn former(
        &self,
        subject: Reference,
        column: &str,
        value: Reference,
    ) -> Result<Option<Former>, Fault> {
        let all = self.state.read::<Corrected>(&keys::corrected(subject))?.unwrap_or_default();
        let known = all.get(column).into_iter().flatten();
        Ok(known.into_iter().find(|former| former.value == value).cloned())
    }

    /// A value of a column of people, however it is spelled; `None` when it says nothing.
    fn value(&self, people: &TableName, column: &str, text: &str) -> Option<Reference> {
        let mapping = self.engine.policies.pack.tables.get(people);
        let points = mapping.into_iter().flat_map(|mapping| &mapping.contact_points);
        let mut points = points.filter(|point| point.column == column);
        let address = points.find_map(|point| self.engine.pseudonyms.spelled(point.channel, text));
        let normal = address.unwrap_or_else(|| {
            let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
            words.join(" ")
        });
        let parts = [b"value".as_slice(), column.as_bytes(), normal.as_bytes()];
        (!normal.is_empty()).then(|| self.engine.pseudonyms.row(people, &parts))
    }
}
