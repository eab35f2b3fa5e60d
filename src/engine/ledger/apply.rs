//! A change of the CRM's own records of bases, permissions, contact points and requests is
//! brought into the ledger.

use std::collections::BTreeSet;
use std::time::Duration;

use super::histories::Recorded;
use super::lookup::{Period, permissions, stood};
use super::{
    BasisRecord, ErasureRecord, History, KnownContactPoint, PermissionRecord, Stamp, SubjectRecord,
    Version, histories, normalise,
};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::{LookedUp, Record};
use crate::engine::state::State;
use crate::model::limits::VERSIONS_KEPT;
use crate::model::{Cell, Evidence, EvidenceRole, Fault, OperationKind, Reference, Timestamp};
use crate::policy::{
    BasisMapping, ContactPointMapping, PermissionMapping, PermissionStatus, RequestKind,
};

/// What an applied change meant, beyond the records it wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// It turned a permission from "no" or "unknown" into "yes", without evidence of the data
    /// subject's own act.
    pub permission_granted: bool,
    /// It turned a permission into another, with evidence of the data subject's own act.
    pub own_act: bool,
}

/// Applies one change.
pub fn apply(
    change: &Classified<'_>,
    stamp: Stamp,
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<Applied, Fault> {
    let record = change.record();
    let ledger = &mut Ledger { change, record, stamp, state, pseudonyms };
    if record.change.operation.kind() == OperationKind::Truncate {
        ledger.state.write(keys::emptied(&record.change.table.name), &stamp.place);
        return Ok(Applied::default());
    }
    ledger.note_lookups();
    ledger.note_subject()?;
    let applied = ledger.note_evidence()?;
    ledger.note_request()?;
    Ok(applied)
}

struct Ledger<'a, 's> {
    change: &'a Classified<'a>,
    record: &'a Record<'a>,
    stamp: Stamp,
    state: &'a mut State<'s>,
    pseudonyms: &'a Pseudonymizer,
}

impl Ledger<'_, '_> {
    fn note_lookups(&mut self) {
        let wanted = &self.record.mapping.looked_up;
        let Some(row) = self.change.row().filter(|_| !wanted.is_empty()) else {
            return;
        };
        // A deleted row stays: messages of a deleted campaign are still judged by its purpose.
        if self.is_removal() {
            return;
        }
        // Only words that mean something are kept: any other content may be anything.
        let word = |(column, words): (&String, &BTreeSet<String>)| {
            let word = match self.record.cell(column) {
                Cell::Null => None,
                Cell::Unchanged => return None,
                Cell::Known(content) => Some(words.get(content.reveal_text()?)?.clone()),
            };
            Some((column.clone(), word))
        };
        let columns: LookedUp = wanted.iter().filter_map(word).collect();
        self.state.write(keys::looked_up(row), &columns);
    }

    fn note_subject(&mut self) -> Result<(), Fault> {
        let mapping = self.record.mapping;
        let relevant = mapping.is_subject_table() || !mapping.contact_points.is_empty();
        let Some(subject) = self.change.subject().filter(|_| relevant) else {
            return Ok(());
        };
        // A deleted person's contact points stay until the erasure request that may follow in the
        // same transaction has read them.
        if self.is_removal() {
            return Ok(());
        }
        let key = keys::subject(subject);
        let row = self.change.row();
        let former = self.record.former_row(self.pseudonyms);
        let of_others =
            |it: &KnownContactPoint| it.row != row && (it.row != former || former.is_none());
        let now = self.contact_points(row);
        let before = self.state.share::<SubjectRecord>(&key)?;
        let test = match self.record.holds(&mapping.test_rows) {
            Some(test) if mapping.is_subject_table() => test && !mapping.test_rows.is_empty(),
            Some(_) | None => before.test,
        };
        let own = before.contact_points.iter().filter(|it| !of_others(it));
        if before.test == test && own.eq(&now) {
            return Ok(());
        }
        drop(before);
        let mut after = self.state.own::<SubjectRecord>(&key)?;
        after.contact_points.retain(of_others);
        after.contact_points.extend(now);
        after.test = test;
        self.state.write_shared(key, after);
        Ok(())
    }

    /// The contact points that stand in the row.
    fn contact_points(&self, row: Option<Reference>) -> BTreeSet<KnownContactPoint> {
        let known = |mapping: &ContactPointMapping| {
            let point = contact_point(self.record, mapping, self.pseudonyms)?;
            Some(KnownContactPoint { row, channel: mapping.channel, point })
        };
        self.record.mapping.contact_points.iter().filter_map(known).collect()
    }

    /// Replaces whatever the row recorded before by what it records now.
    fn note_evidence(&mut self) -> Result<Applied, Fault> {
        let mapping = self.record.mapping;
        let mut applied = Applied::default();
        if mapping.basis.is_none() && mapping.permissions.is_empty() {
            return Ok(applied);
        }
        let Some(row) = self.change.row() else { return Ok(applied) };
        let index = keys::recorded_by(row);
        let mut before: Vec<Vec<u8>> = self.state.read(&index)?.unwrap_or_default();
        if let Some(former) = self.record.former_row(self.pseudonyms) {
            let former = keys::recorded_by(former);
            before.extend(self.state.read::<Vec<Vec<u8>>>(&former)?.unwrap_or_default());
            self.state.remove(former);
        }
        let mut after = Vec::new();
        if !self.is_removal() {
            if let Some(basis) = &mapping.basis {
                after.extend(self.note_basis(basis, row)?);
            }
            for (place, permission) in mapping.permissions.iter().enumerate() {
                let noted = self.note_permission(permission, row, place as u8)?;
                let Some((key, meant)) = noted else { continue };
                applied.permission_granted |= meant.permission_granted;
                applied.own_act |= meant.own_act;
                after.push(key);
            }
        }
        for key in before.iter().filter(|key| !after.contains(key)) {
            self.end(key, row)?;
        }
        match after.is_empty() {
            true if before.is_empty() => {}
            true => self.state.remove(index),
            false if before == after => {}
            false => self.state.write(index, &after),
        }
        Ok(applied)
    }

    fn note_basis(
        &mut self,
        mapping: &BasisMapping,
        row: Reference,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let record = self.record;
        let Some(subject) = self.change.subject() else { return Ok(None) };
        if record.holds(&mapping.when) != Some(true) {
            return Ok(None);
        }
        let withdrawn =
            !mapping.withdrawn.is_empty() && record.holds(&mapping.withdrawn) == Some(true);
        let purpose = record.select(&mapping.purpose, self.state, self.pseudonyms)?;
        let basis = record.select(&mapping.basis, self.state, self.pseudonyms)?;
        let silent = basis.is_none() && record.is_silent(&mapping.basis);
        let Some(purpose) = purpose.filter(|_| !withdrawn && !silent) else { return Ok(None) };
        let end = mapping.valid_until.as_ref().and_then(|column| record.text(column));
        let says = match end.map_or(Some(None), end_of_validity) {
            Some(valid_until) => BasisRecord { basis, valid_until },
            None => BasisRecord { basis: None, valid_until: None },
        };
        let key = keys::basis(subject, &purpose, row);
        let history = histories::one::<BasisRecord>(self.state, &key)?;
        let before = stood(self.state, &history, Period::Now)?.next();
        if before.and_then(|before| before.says) != Some(says) {
            self.append(&key, history, Some(says), EvidenceRole::LawfulBasis, row)?;
        }
        Ok(Some(key))
    }

    /// The key of the permission, and what the change meant for it.
    ///
    /// A row that says what it said before keeps its place, so that touching an old yes does not
    /// outdo a newer no; unless its evidence changed, which is a new act.
    fn note_permission(
        &mut self,
        mapping: &PermissionMapping,
        row: Reference,
        place: u8,
    ) -> Result<Option<(Vec<u8>, Applied)>, Fault> {
        let record = self.record;
        if record.holds(&mapping.when) != Some(true) {
            return Ok(None);
        }
        let (state, pseudonyms) = (&*self.state, self.pseudonyms);
        let channel = record.select(&mapping.channel, state, pseudonyms)?;
        let status = record.select(&mapping.status, state, pseudonyms)?;
        let purpose = match &mapping.purpose {
            Some(purpose) => record.select(purpose, state, pseudonyms)?,
            None => Some(String::new()),
        };
        let silent = status.is_none() && record.is_silent(&mapping.status);
        let (Some(channel), Some(purpose), false) = (channel, purpose, silent) else {
            return Ok(None);
        };
        let holder = match &mapping.address {
            None => self.change.subject(),
            Some(column) => record
                .text(column)
                .and_then(|address| normalise(channel, address))
                .map(|address| pseudonyms.contact_point(channel, &address)),
        };
        let Some(holder) = holder else { return Ok(None) };
        let key = keys::permission(holder, channel, &purpose, row, place);
        let history = histories::one::<PermissionRecord>(self.state, &key)?;
        let says = PermissionRecord { status };
        let before = stood(self.state, &history, Period::Now)?.next().and_then(|it| it.says);
        if before == Some(says) && !self.has_new_evidence(mapping) {
            return Ok(Some((key, Applied::default())));
        }
        let proven = !mapping.evidence.is_empty() && record.holds(&mapping.evidence) == Some(true);
        let was_yes = || -> Result<bool, Fault> {
            let found = permissions(self.state, &[holder], channel, &purpose, Period::Now)?;
            Ok(found.into_iter().filter_map(|it| it.says).any(is_yes))
        };
        let permission_granted = is_yes(says) && !proven && !was_yes()?;
        self.append(&key, history, Some(says), EvidenceRole::Permission, row)?;
        let own_act = proven && before != Some(says);
        Ok(Some((key, Applied { permission_granted, own_act })))
    }

    /// Whether the change altered what proves the data subject's own act.
    fn has_new_evidence(&self, mapping: &PermissionMapping) -> bool {
        let columns = mapping.evidence.iter().map(|condition| &condition.column);
        let mut indexes = columns.filter_map(|column| self.record.change.table.column(column));
        indexes.any(|index| self.record.changed(index) == Some(true))
    }

    /// The row no longer records this: withdrawn, deleted, or about something else now.
    fn end(&mut self, key: &[u8], row: Reference) -> Result<(), Fault> {
        if keys::is_basis(key) {
            let history = histories::one::<BasisRecord>(self.state, key)?;
            self.append(key, history, None, EvidenceRole::LawfulBasis, row)
        } else {
            let history = histories::one::<PermissionRecord>(self.state, key)?;
            self.append(key, history, None, EvidenceRole::Permission, row)
        }
    }

    fn append<T: Recorded>(
        &mut self,
        key: &[u8],
        mut history: History<T>,
        says: Option<T>,
        role: EvidenceRole,
        row: Reference,
    ) -> Result<(), Fault> {
        if history.len() == VERSIONS_KEPT {
            history.remove(0);
        }
        history.push(Version { says, stamp: self.stamp, evidence: self.evidence(role, row) });
        histories::write(self.state, key, history)
    }

    /// A fulfilled erasure: the person's contact points and key become the erased set, and that
    /// they belonged together is forgotten. What the CRM goes on recording goes on counting, an
    /// opt-out above all.
    fn note_request(&mut self) -> Result<(), Fault> {
        let record = self.record;
        let Some(mapping) = &record.mapping.request else { return Ok(()) };
        let kind = record.select(&mapping.kind, self.state, self.pseudonyms)?;
        let fulfilled = record.holds(&mapping.fulfilled) == Some(true);
        if self.is_removal() || kind != Some(RequestKind::Erasure) || !fulfilled {
            return Ok(());
        }
        let (Some(subject), Some(row)) = (self.change.subject(), self.change.row()) else {
            return Ok(());
        };
        let already = self.state.read::<ErasureRecord>(&keys::erased(subject))?;
        if already.is_some_and(|erasure| erasure.evidence.row == Some(row)) {
            return Ok(());
        }
        let evidence = self.evidence(EvidenceRole::Erasure, row);
        let erasure = ErasureRecord { stamp: self.stamp, evidence };
        let key = keys::subject(subject);
        let known = self.state.own::<SubjectRecord>(&key)?;
        for known in known.contact_points {
            self.state.write(keys::erased(known.point), &erasure);
        }
        self.state.write(keys::erased(subject), &erasure);
        self.state.write(keys::ERASED.to_vec(), &true);
        let left = SubjectRecord { bases: known.bases, ..SubjectRecord::default() };
        match left == SubjectRecord::default() {
            true => self.state.remove(key),
            false => self.state.write_shared(key, left),
        }
        Ok(())
    }

    fn is_removal(&self) -> bool {
        self.record.change.operation.kind() == OperationKind::Delete
    }

    fn evidence(&self, role: EvidenceRole, row: Reference) -> Evidence {
        Evidence {
            role,
            table: self.record.change.table.name.clone(),
            row: Some(row),
            position: self.record.change.position,
        }
    }
}

/// The contact point that stands in a column of the row.
pub fn contact_point(
    record: &Record<'_>,
    mapping: &ContactPointMapping,
    pseudonyms: &Pseudonymizer,
) -> Option<Reference> {
    let address = normalise(mapping.channel, record.text(&mapping.column)?)?;
    Some(pseudonyms.contact_point(mapping.channel, &address))
}

/// Whether a permission allows anything at all.
fn is_yes(record: PermissionRecord) -> bool {
    matches!(record.status, Some(PermissionStatus::Given | PermissionStatus::Confirmed))
}

/// The end of a validity as a column has it; `None` inside when it is open, and `None` when it
/// cannot be read. A date without a time is the last day.
fn end_of_validity(text: &str) -> Option<Option<Timestamp>> {
    match text.trim() {
        "infinity" => Some(None),
        "-infinity" => Some(Some(Timestamp(i64::MIN))),
        date if date.len() == "2026-01-31".len() => {
            Some(Some(Timestamp::parse(date)? + Duration::from_secs(24 * 3600 - 1)))
        }
        time => Some(Some(Timestamp::parse(time)?)),
    }
}
