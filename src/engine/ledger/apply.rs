//! A change of the CRM's own records of bases, permissions, contact points and requests is
//! brought into the ledger.

mod again;
mod along;
mod aside;
mod erasure;
mod late;
mod permission;

use std::collections::BTreeSet;

use super::duplicate::Conflict;
use super::histories::Recorded;
use super::lookup::{Period, bases, stood};
use super::orphans::{self, Words};
use super::withdrawal::{self, Withdrawal};
use super::{
    BasisRecord, History, KnownContactPoint, PermissionRecord, Stamp, SubjectRecord, Version,
    census, childhood, deleted, histories, sharing,
};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::{LookedUp, Record};
use crate::engine::state::State;
use crate::model::limits::VERSIONS_KEPT;
use crate::model::{
    Cell, Channel, Evidence, EvidenceRole, Fault, OperationKind, Reference, TimeZone, Timestamp,
};
use crate::policy::{BasisMapping, ContactPointMapping, LawfulBasis, PermissionStatus};

pub use erasure::carried_out;
pub use late::read_late;
pub use permission::{Grant, Refusal};

/// What an applied change meant, beyond the records it wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// It turned a permission from "no" or "unknown" into "yes", without evidence of the data
    /// subject's own act.
    pub permission_granted: bool,
    /// It turned a permission into another, with evidence of the data subject's own act.
    pub own_act: bool,
    /// It recorded an erasure as fulfilled: of whoever had these contact points.
    pub erased: Option<BTreeSet<Reference>>,
    /// The permissions for which it recorded a yes, or other evidence of one.
    pub grants: Vec<Grant>,
    /// The permissions that it turned into a no of the person's, whatever the contact point.
    pub refusals: Vec<Refusal>,
    /// Every no that was recorded: holder, channel and purpose.
    pub refused: Vec<(Reference, Channel, String)>,
    /// It recorded a yes or a no that another person's record of the same contact point contradicts.
    pub conflicts: Vec<Conflict>,
    /// It recorded a basis after the consent to the same purpose was withdrawn.
    pub swap: Option<Swap>,
    /// It recorded consent as the lawful basis for this purpose.
    pub consented: Option<String>,
    /// It recorded a lawful basis by a word that the pack does not know.
    pub basis_unmapped: bool,
}

/// A basis that came after the consent to the same purpose was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Purpose.
    pub purpose: String,
    /// The new basis.
    pub basis: LawfulBasis,
    /// The withdrawal.
    pub withdrawal: Withdrawal,
}

/// Applies one change; `copied` says that a copy brought it, so that it is no news.
pub fn apply(
    change: &Classified<'_>,
    (stamp, copied): (Stamp, bool),
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<Applied, Fault> {
    let record = change.record();
    let ledger = &mut Ledger { change, record, stamp, copied, state, pseudonyms };
    if record.change.operation.kind() == OperationKind::Truncate {
        let table = &record.change.table.name;
        deleted::note_cleared(record.mapping, table, stamp.place, ledger.state)?;
        ledger.state.write(keys::emptied(table), &stamp.place);
        return Ok(Applied::default());
    }
    ledger.note_lookups()?;
    ledger.note_whose()?;
    let conflicts = ledger.note_subject()?;
    let mut applied = ledger.note_evidence()?;
    applied.conflicts.extend(conflicts);
    Ok(Applied { erased: ledger.note_request()?, ..applied })
}

struct Ledger<'a, 's> {
    change: &'a Classified<'a>,
    record: &'a Record<'a>,
    stamp: Stamp,
    copied: bool,
    state: &'a mut State<'s>,
    pseudonyms: &'a Pseudonymizer,
}

impl Ledger<'_, '_> {
    fn note_lookups(&mut self) -> Result<(), Fault> {
        let wanted = &self.record.mapping.looked_up;
        // A deleted row stays: messages of a deleted campaign are still judged by its purpose.
        if wanted.is_empty() || self.is_removal() {
            return Ok(());
        }
        let Some(row) = self.record.called(self.pseudonyms) else { return Ok(()) };
        let key = keys::looked_up(row);
        let mut before = self.state.read::<LookedUp>(&key)?.unwrap_or_default();
        // Only words that mean something are kept: any other content may be anything.
        let word = |(column, words): (&String, &BTreeSet<String>)| {
            let word = match self.record.cell(column) {
                Cell::Null => None,
                Cell::Unchanged => before.remove(column)?,
                Cell::Known(content) => Some(words.get(content.reveal_text()?)?.clone()),
            };
            Some((column.clone(), word))
        };
        let columns: LookedUp = wanted.iter().filter_map(word).collect();
        self.state.write(key, &columns);
        Ok(())
    }

    /// What is deleted stays, as lookups do: the rows that go with it are deleted after it.
    fn note_whose(&mut self) -> Result<(), Fault> {
        let kept = !self.record.mapping.passes_on || self.is_removal();
        // By what others call it, which is one column also where the key has several.
        let Some(name) = self.record.key_content().filter(|_| !kept) else { return Ok(()) };
        let row = self.pseudonyms.row(&self.record.change.table.name, &[name]);
        let (key, subject) = (keys::whose(row), self.change.subject());
        let before = self.state.read::<Reference>(&key)?;
        if before != subject {
            match subject {
                Some(subject) => self.state.write(key, &subject),
                None => self.state.remove(key),
            }
        }
        match (self.record.unseen(self.change.subject(), self.pseudonyms), subject) {
            (Some(record), _) => {
                let itself = vec![self.orphan(row, Words::Record)];
                orphans::put_aside(self.state, record, row, itself)
            }
            (None, Some(subject)) if before.is_none() => orphans::adopt(self.state, row, subject),
            (None, _) => Ok(()),
        }
    }

    fn note_subject(&mut self) -> Result<Vec<Conflict>, Fault> {
        let mapping = self.record.mapping;
        let relevant = mapping.is_subject_table() || !mapping.contact_points.is_empty();
        let Some(subject) = self.change.subject().filter(|_| relevant) else {
            return Ok(Vec::new());
        };
        // A deleted person's contact points stay until the erasure request that may follow in the
        // same transaction has read them.
        let key = keys::subject(subject);
        if self.is_removal() {
            if mapping.is_subject_table() && mapping.followed.shares {
                let had = self.state.share::<SubjectRecord>(&key)?.points();
                self.note_sharing(subject, had, BTreeSet::new())?;
            }
            return Ok(Vec::new());
        }
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
        let time = self.stamp.time;
        let told = childhood::unguarded(self.record, time, self.state, self.pseudonyms)?;
        let childhood = told.unwrap_or(before.childhood);
        let own = before.contact_points.iter().filter(|it| !of_others(it));
        let points = |known: &SubjectRecord| match mapping.followed.shares {
            true => known.points(),
            false => BTreeSet::new(),
        };
        let had = points(&before);
        if before.test == test && before.childhood == childhood && own.eq(&now) {
            return self.note_sharing(subject, had.clone(), had);
        }
        drop(before);
        let mut after = self.state.own::<SubjectRecord>(&key)?;
        after.contact_points.retain(of_others);
        after.contact_points.extend(now);
        after.test = test;
        after.childhood = childhood;
        let has = points(&after);
        self.state.write_shared(key, after);
        self.note_sharing(subject, had, has)
    }

    /// Which contact points somebody has whose permissions are bound to none. A person who is entered
    /// again has them anew.
    fn note_sharing(
        &mut self,
        subject: Reference,
        mut had: BTreeSet<Reference>,
        has: BTreeSet<Reference>,
    ) -> Result<Vec<Conflict>, Fault> {
        if self.record.change.operation.kind() == OperationKind::Insert {
            had.clear();
        }
        sharing::note(self.state, subject, (&had, &has), self.stamp.time)
    }

    /// The contact points that stand in the row.
    fn contact_points(&self, row: Option<Reference>) -> BTreeSet<KnownContactPoint> {
        let known = |mapping: &ContactPointMapping| {
            let point = contact_point(self.record, mapping, self.pseudonyms)?;
            Some(KnownContactPoint { row, channel: mapping.channel, point })
        };
        self.record.contact_points().filter_map(known).collect()
    }

    /// Replaces whatever the row recorded before by what it records now.
    fn note_evidence(&mut self) -> Result<Applied, Fault> {
        let mapping = self.record.mapping;
        let mut applied = Applied::default();
        if mapping.basis.is_none() && mapping.permissions.is_empty() {
            return Ok(applied);
        }
        let Some(row) = self.change.row() else { return Ok(applied) };
        if let Some(record) = self.record.unseen(self.change.subject(), self.pseudonyms) {
            let words = if self.is_removal() { Vec::new() } else { self.words()? };
            let orphans = words.into_iter().map(|words| self.orphan(row, words)).collect();
            orphans::put_aside(self.state, record, row, orphans)?;
        }
        self.note_late(row)?;
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
                after.extend(self.note_basis(basis, row, &mut applied)?);
            }
            for (place, permission) in mapping.permissions.iter().enumerate() {
                if self.is_unsent(permission) {
                    let own =
                        |key: &&Vec<u8>| !keys::is_basis(key) && key.last() == Some(&(place as u8));
                    let kept: Vec<Vec<u8>> = before.iter().filter(own).cloned().collect();
                    if !kept.is_empty() {
                        after.extend(kept);
                        continue;
                    }
                }
                let granted = applied.grants.len();
                let noted = self.note_permission(permission, row, place, &mut applied)?;
                let Some(key) = noted else { continue };
                if let Some(grant) = applied.grants.get_mut(granted) {
                    grant.moved = before.iter().any(|name| permission::is_elsewhere(name, &key));
                }
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
        applied: &mut Applied,
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
        // Some CRMs write the word for a withdrawal in place of the basis.
        if let (Some(purpose), true, None | Some(LawfulBasis::Consent)) =
            (&purpose, withdrawn, basis)
        {
            self.note_withdrawal((subject, purpose), basis.is_some(), row)?;
        }
        let Some(purpose) = purpose.filter(|_| !withdrawn && !silent) else { return Ok(None) };
        applied.basis_unmapped =
            basis.is_none() && record.is_written(&mapping.basis, self.state, self.pseudonyms)?;
        let says = self.basis_says(mapping, basis);
        let key = keys::basis(subject, &purpose, row);
        let history = histories::one::<BasisRecord>(self.state, &key)?;
        if self.comes_again(&key, &history, &says)? {
            return Ok(Some(key));
        }
        let before = stood(self.state, &history, Period::Now)?.next();
        let before = before.and_then(|before| before.says);
        if before != Some(says) {
            match says.basis.filter(|_| before.and_then(|before| before.basis) != says.basis) {
                Some(LawfulBasis::Consent) => {
                    withdrawal::forget(self.state, subject, &purpose)?;
                    applied.consented = Some(purpose.clone());
                }
                Some(basis) => applied.swap = self.swap(subject, &purpose, basis)?,
                None => {}
            }
            self.append(&key, history, Some(says), EvidenceRole::LawfulBasis, row)?;
        }
        Ok(Some(key))
    }

    /// The row records that a consent was withdrawn: news only once, and not when a copy shows it,
    /// since nobody knows since when it has been so. `named`: the row still names consent as the basis;
    /// otherwise it must have done so before.
    fn note_withdrawal(
        &mut self,
        (subject, purpose): (Reference, &str),
        named: bool,
        row: Reference,
    ) -> Result<(), Fault> {
        let history =
            histories::one::<BasisRecord>(self.state, &keys::basis(subject, purpose, row))?;
        let before = stood(self.state, &history, Period::Now)?.next().and_then(|it| it.says);
        let was_given = before.is_some_and(|before| before.basis == Some(LawfulBasis::Consent));
        let inserted = self.record.change.operation.kind() == OperationKind::Insert;
        let is_known = || -> Result<bool, Fault> {
            let ended = history.last().is_some_and(|last| last.says.is_none());
            Ok(ended && withdrawal::withdrawal(self.state, subject, purpose)?.is_some())
        };
        if self.copied || !(was_given || inserted && named && !is_known()?) {
            return Ok(());
        }
        let evidence = self.evidence(EvidenceRole::LawfulBasis, row);
        withdrawal::note(self.state, subject, purpose, self.stamp, evidence)
    }

    /// Whether this basis takes the place of a consent that was withdrawn: it was none of the bases
    /// that stood beside it.
    fn swap(
        &self,
        subject: Reference,
        purpose: &str,
        basis: LawfulBasis,
    ) -> Result<Option<Swap>, Fault> {
        let withdrawal = withdrawal::withdrawal(self.state, subject, purpose)?;
        let Some(withdrawal) = withdrawal.filter(|_| !self.copied) else { return Ok(None) };
        let standing = bases(self.state, subject, purpose, Period::Now)?;
        let stood = |it: &Version<BasisRecord>| it.says.and_then(|says| says.basis) == Some(basis);
        let purpose = purpose.to_owned();
        Ok((!standing.iter().any(stood)).then_some(Swap { purpose, basis, withdrawal }))
    }

    /// The row no longer records this: withdrawn, deleted, or about something else now.
    fn end(&mut self, key: &[u8], row: Reference) -> Result<(), Fault> {
        if keys::is_basis(key) {
            let history = histories::one::<BasisRecord>(self.state, key)?;
            self.append(key, history, None, EvidenceRole::LawfulBasis, row)
        } else {
            let mut history = histories::one::<PermissionRecord>(self.state, key)?;
            census::left(self.state, key, &history)?;
            let role = self.ends_by(&mut history);
            self.append(key, history, None, role, row)
        }
    }

    /// How the record of a permission ends. With the row of a person goes all that it says; a row of a list of
    /// refusals is nobody's.
    fn ends_by(&self, history: &mut History<PermissionRecord>) -> EvidenceRole {
        let mapping = self.record.mapping;
        let list = deleted::is_list_of_refusals(mapping);
        let last = history.last_mut().and_then(|last| last.says.as_mut());
        let Some(says) = last.filter(|_| self.is_removal()) else {
            return EvidenceRole::Permission;
        };
        if says.status != Some(PermissionStatus::OptedOut) || (mapping.is_subject_table() && !list)
        {
            return EvidenceRole::Permission;
        }
        if list {
            says.about = None;
        }
        EvidenceRole::DeletedOptOut
    }

    fn append<T: Recorded>(
        &mut self,
        key: &[u8],
        history: History<T>,
        says: Option<T>,
        role: EvidenceRole,
        row: Reference,
    ) -> Result<(), Fault> {
        let evidence = self.evidence(role, row);
        self.append_as_of(key, history, says, (self.stamp, evidence))
    }

    fn append_as_of<T: Recorded>(
        &mut self,
        key: &[u8],
        mut history: History<T>,
        says: Option<T>,
        (stamp, evidence): (Stamp, Evidence),
    ) -> Result<(), Fault> {
        if history.len() == VERSIONS_KEPT {
            history.remove(0);
        }
        history.push(Version { says, stamp, evidence, again: None });
        histories::write(self.state, key, history)
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
    pseudonyms.reached_by(mapping.channel, record.text(&mapping.column)?)
}

/// The end of a validity as a column has it; `None` inside when it is open, and `None` when it
/// cannot be read. A date without a time is the last day.
fn end_of_validity(text: &str, zone: &TimeZone) -> Option<Option<Timestamp>> {
    match text.trim() {
        "infinity" => Some(None),
        "-infinity" => Some(Some(Timestamp(i64::MIN))),
        time => Some(Some(zone.moments(time)?.1)),
    }
}
