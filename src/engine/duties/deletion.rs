//! ER-003: the deletion of a person takes along the evidence of what the person agreed to.
//!
//! *What*: one transaction deletes a person's row together with several rows about the person, and among
//! them are records of bases, permissions or requests. GDPR Art. 5(2), Art. 7(1): what was done before
//! must still be demonstrable. It is looked at when the transaction is over.
//!
//! *Silent*: rows of which the stream does not say about whom they were, because their table sends no old
//! values.
//!
//! *Not a finding*: a person who has asked for erasure; tables that the register lists under `deleted_with_person`; a few rows, as of a
//! duplicate that is cleared away; rows that go without the person; test people.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::violation;
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::judge::Due;
use crate::engine::keys;
use crate::engine::ledger;
use crate::model::limits::CASCADE_ROWS;
use crate::model::{Code, Evidence, EvidenceRole, Fault, OperationKind, Reference, Timestamp};
use crate::policy::Deletion;

/// What one transaction has deleted of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Deleted {
    /// The deletion of the person's own row.
    person: Option<Circumstances>,
    /// How many rows about the person went, and how many of them are evidence.
    rows: u32,
    evidence: u32,
    /// Some of these.
    examples: Vec<Evidence>,
    /// The person had asked for it.
    asked: bool,
    /// When it is looked at.
    judged: Timestamp,
}

/// The rows of the requests for erasure of one person that stand.
type Asked = BTreeSet<Reference>;

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 6;

/// Rows that the finding names.
const EXAMPLES: usize = 3;

impl Deciding<'_> {
    /// Counts a row that is deleted.
    pub(super) fn note_deletion(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let deletion = record.mapping.duties.deletion;
        let deleted = record.change.operation.kind() == OperationKind::Delete;
        let Some(subject) = change.subject().filter(|_| deleted) else { return Ok(()) };
        let key = keys::deleted(circumstances.position().commit, subject);
        let before = match deletion {
            Deletion::Unrelated => return Ok(()),
            _ => self.state.read::<Deleted>(&key)?,
        };
        let mut known = match before {
            Some(known) => known,
            None => {
                let asked = self.has_asked_for_erasure(subject)?;
                let time = circumstances.stamp.time;
                let due = keys::due(time, circumstances.position(), LANE);
                self.expect(due, &Due::Deleted(key.clone()));
                Deleted { judged: time, asked, ..Deleted::default() }
            }
        };
        match deletion {
            Deletion::Person => known.person = Some(circumstances.clone()),
            Deletion::About => known.rows += 1,
            Deletion::Evidence => {
                known.rows += 1;
                known.evidence += 1;
                if known.examples.len() < EXAMPLES {
                    let role = EvidenceRole::Permission;
                    known.examples.push(Evidence { role, ..circumstances.evidence() });
                }
            }
            Deletion::Unrelated => {}
        }
        self.state.write(key, &known);
        Ok(())
    }

    /// Whether a request of the person's for erasure is on record that has been neither refused nor taken
    /// back.
    fn has_asked_for_erasure(&self, subject: Reference) -> Result<bool, Fault> {
        let requests = self.state.read::<Asked>(&keys::erasure_asked(subject))?;
        let erased = || ledger::erasure(&self.state, subject);
        Ok(requests.is_some_and(|requests| !requests.is_empty()) || erased()?.is_some())
    }

    /// Notes that a request of a person's for erasure stands, or does not any more. A request whose row is
    /// deleted goes on standing: what it was about is deleted with it as a rule.
    pub(in crate::engine) fn note_erasure_asked(
        &mut self,
        (subject, row): (Option<Reference>, Reference),
        stands: bool,
    ) -> Result<(), Fault> {
        let Some(subject) = subject else { return Ok(()) };
        let key = keys::erasure_asked(subject);
        let mut requests = self.state.read::<Asked>(&key)?.unwrap_or_default();
        let changed = if stands { requests.insert(row) } else { requests.remove(&row) };
        match requests.is_empty() {
            _ if !changed => {}
            true => self.state.remove(key),
            false => self.state.write(key, &requests),
        }
        Ok(())
    }

    /// The transaction is over.
    pub(in crate::engine) fn reach_deleted(&mut self, key: &[u8]) -> Result<(), Fault> {
        let Some(deleted) = self.state.read::<Deleted>(key)? else { return Ok(()) };
        self.state.remove(key.to_vec());
        let Deleted { person: Some(change), rows, evidence, examples, judged, asked } = deleted
        else {
            return Ok(());
        };
        let subject = change.subject;
        let asked = asked || subject.map_or(Ok(false), |it| self.has_asked_for_erasure(it))?;
        if asked || evidence == 0 || rows < CASCADE_ROWS {
            return Ok(());
        }
        let mut found = violation(
            Code::ER_003,
            format!(
                "a person was deleted together with {rows} rows, {evidence} of which show what the \
                 person agreed to or asked for"
            ),
        );
        found.evidence = examples;
        self.report(found, &change, judged)
    }
}
