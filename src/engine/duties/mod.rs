//! Duties beyond bases and permissions: levels of consent (OB-002), copies that must follow a correction
//! (ACC-002), copies of the data that people asked for (PO-001), recipients in third countries (TR-001),
//! evidence that goes with a person (ER-003), pseudonyms (ER-004), enrichment (PL-002) and processing that
//! asks for an impact assessment (DPIA-001).
//!
//! Only where pack and register ask for it ([`crate::policy::Duties`]); any other row costs nothing.

mod correction;
mod deletion;
mod delivery;
mod enrichment;
mod level;
mod pending;
mod people;
mod pseudonym;
mod scale;
mod transfer;

pub(super) use level::Levels;

use super::assess::{Circumstances, Violation};
use super::classified::Classified;
use super::decide::Deciding;
use super::questions::Assessment;
use super::record::Record;
use crate::model::{Cell, Code, Fault, OperationKind, Outcome};

impl Deciding<'_> {
    /// Holds one change against them.
    pub(super) fn follow_duties(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Assessment, Fault> {
        let duties = &change.record().mapping.duties;
        if !duties.any {
            return Ok(Assessment::default());
        }
        self.note_levels(change, circumstances)?;
        self.note_token(change, circumstances)?;
        self.note_correction(change, circumstances)?;
        self.note_deletion(change, circumstances)?;
        self.follow_scale(change, circumstances)?;
        let transfer = self.follow_transfer(change, circumstances)?;
        let mut assessment = Assessment { outcome: transfer, ..Assessment::default() };
        if circumstances.copied {
            let copied = self.follow_copied(change, circumstances)?;
            assessment.outcome = assessment.outcome.max(copied);
            return Ok(assessment);
        }
        self.follow_name(change, circumstances)?;
        self.follow_enrichment(change, circumstances)?;
        let outcomes = [
            self.follow_copy(change, circumstances)?,
            self.follow_delivery(change, circumstances)?,
            self.follow_pseudonym(change, circumstances)?,
        ];
        assessment.outcome = outcomes.into_iter().flatten().chain(assessment.outcome).max();
        Ok(assessment.and(self.ask_for_level(change)?))
    }

    /// What is waited for of a row goes on under another name of the row.
    fn follow_name(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let former = record.former_row(&self.engine.pseudonyms);
        let Some((former, row)) = former.zip(change.row()) else { return Ok(()) };
        let duties = &record.mapping.duties;
        let copies = duties.copies.keys().map(|column| (Code::ACC_002, column.as_str()));
        let delivery = duties.delivery.iter().map(|_| (Code::PO_001, ""));
        let transfer = duties.transfer.iter().map(|_| (Code::TR_001, ""));
        for (code, about) in copies.chain(delivery).chain(transfer) {
            let now = circumstances.stamp.time;
            if let Some(pending) = self.take_away(code, (former, about), now)? {
                self.put_back(code, (row, about), pending);
            }
        }
        Ok(())
    }

    /// What the copy brings: what came first, and how long ago, is not known; what is wrong as it stands is
    /// told of.
    fn follow_copied(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let needs_level = self.ask_for_level(change)?;
        let unknown = !needs_level.questions.is_empty() || needs_level.outcome.is_some();
        let outcomes = [
            unknown.then_some(Outcome::Undecided),
            self.follow_copied_delivery(change, circumstances)?,
            self.follow_copied_token(change, circumstances)?,
        ];
        Ok(outcomes.into_iter().flatten().max())
    }

    /// Reports what is wrong at once, and what becomes of the change by it.
    fn found_wrong(
        &mut self,
        violation: Violation,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        if self.engine.is_retired(violation.code) {
            return Ok(Some(Outcome::Undecided));
        }
        self.report(violation, circumstances, circumstances.time)?;
        Ok(Some(Outcome::Unlawful))
    }
}

/// A finding without more to say.
fn violation(code: Code, reason: String) -> Violation {
    Violation {
        code,
        severity: code.severity(),
        reason,
        evidence: Vec::new(),
        purpose: None,
        channel: None,
        column: None,
    }
}

/// Whether a change set or altered a column; an insert sets what is not null.
fn written(record: &Record<'_>, index: usize) -> Option<bool> {
    match record.change.operation.kind() {
        OperationKind::Insert => Some(record.cell_at(index) != Cell::Null),
        OperationKind::Update => record.changed(index),
        OperationKind::Delete | OperationKind::Truncate => Some(false),
    }
}

/// Whether a change put something where nothing was; `None` when what was there is not known.
fn filled(record: &Record<'_>, index: usize) -> Option<bool> {
    if !matches!(record.cell_at(index), Cell::Known(_)) {
        return Some(false);
    }
    match record.change.operation.kind() {
        OperationKind::Insert => Some(true),
        OperationKind::Update => {
            let column = &record.change.table.columns[index].name;
            record.former_text(column).map(|former| former.is_none())
        }
        OperationKind::Delete | OperationKind::Truncate => Some(false),
    }
}
