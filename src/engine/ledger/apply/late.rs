//! What a row records of permissions or a lawful basis, when what for or over which channel stands in a record that
//! is written after it.
//!
//! It is kept under that record and enters the ledger when that comes, as of when the row was written. A row that
//! changes meanwhile says what it says then. What speaks against such a yes by itself is looked at when the row comes,
//! or not at all.

use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::engine::keys;
use crate::engine::ledger::orphans::enter;
use crate::engine::ledger::{BasisRecord, PermissionRecord, Stamp, Version, census};
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::engine::state::State;
use crate::engine::word::{Read, Word};
use crate::model::limits::ORPHANS;
use crate::model::{Channel, Evidence, EvidenceRole, Fault, Reference};
use crate::policy::{BasisMapping, Pack, PermissionMapping, PermissionStatus};

/// What a row says of a purpose that is not known yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Late {
    row: Reference,
    stamp: Stamp,
    evidence: Evidence,
    purpose: Word<String>,
    says: Says,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Says {
    Basis(Reference, BasisRecord),
    Permission {
        /// Its place among the permissions of the table.
        place: u8,
        channel: Word<Channel>,
        status: Word<Option<PermissionStatus>>,
        /// Who holds it and what else is said, for each channel that it may be.
        holders: Vec<(Channel, Reference, PermissionRecord)>,
    },
}

impl Late {
    /// The record that it waits for.
    fn awaits(&self) -> Option<Reference> {
        let of_says = match &self.says {
            Says::Basis(..) => None,
            Says::Permission { channel, status, .. } => channel.awaits().or(status.awaits()),
        };
        self.purpose.awaits().or(of_says)
    }
}

impl Ledger<'_, '_> {
    /// What the row says now that waits for a record, in place of what it said before.
    pub(super) fn note_late(&mut self, row: Reference) -> Result<(), Fault> {
        let mapping = self.record.mapping;
        let basis = mapping.basis.iter().any(|it| it.purpose.looks_up());
        if !basis && !mapping.permissions.iter().any(PermissionMapping::looks_up) {
            return Ok(());
        }
        let former = self.record.former_row(self.pseudonyms);
        for row in [Some(row), former].into_iter().flatten() {
            forget(self.state, row)?;
        }
        if self.is_removal() {
            return Ok(());
        }
        let mut late = Vec::new();
        if let Some(basis) = &mapping.basis {
            late.extend(self.late_basis(basis, row)?);
        }
        for (place, permission) in mapping.permissions.iter().enumerate() {
            late.extend(self.late_permission(permission, (place as u8, row))?);
        }
        late.into_iter().try_for_each(|late| keep(self.state, late))
    }

    fn late_basis(&self, mapping: &BasisMapping, row: Reference) -> Result<Option<Late>, Fault> {
        let (record, known) = (self.record, (&*self.state, self.pseudonyms));
        let withdrawn =
            !mapping.withdrawn.is_empty() && record.holds(&mapping.withdrawn) == Some(true);
        let Some(subject) = self.change.subject().filter(|_| !withdrawn) else { return Ok(None) };
        if record.holds(&mapping.when) != Some(true) {
            return Ok(None);
        }
        let which = record.select(&mapping.basis, self.state, self.pseudonyms)?;
        let silent = which.is_none() && record.is_silent(&mapping.basis);
        let purpose = Word::of(record, &mapping.purpose, known)?.filter(|_| !silent);
        let Some(purpose @ Word::In(_)) = purpose else { return Ok(None) };
        let says = Says::Basis(subject, self.basis_says(mapping, which));
        Ok(Some(self.late((row, EvidenceRole::LawfulBasis), purpose, says)))
    }

    fn late_permission(
        &self,
        mapping: &PermissionMapping,
        (place, row): (u8, Reference),
    ) -> Result<Option<Late>, Fault> {
        let (record, known) = (self.record, (&*self.state, self.pseudonyms));
        if record.holds(&mapping.when) != Some(true) {
            return Ok(None);
        }
        let channel = Word::of(record, &mapping.channel, known)?;
        let purpose = match &mapping.purpose {
            Some(purpose) => Word::of(record, purpose, known)?,
            None => Some(Word::Known(String::new())),
        };
        let (Some(channel), Some(purpose)) = (channel, purpose) else { return Ok(None) };
        let status = match Word::of(record, &mapping.status, known)? {
            Some(Word::Known(status)) => Word::Known(Some(status)),
            Some(Word::In(record)) => Word::In(record),
            None if record.is_silent(&mapping.status) => return Ok(None),
            None => Word::Known(None),
        };
        let channels = match &channel {
            Word::Known(channel) => vec![*channel],
            Word::In(_) => Channel::ALL.to_vec(),
        };
        let holders = channels.into_iter().filter_map(|channel| {
            let (holder, reached) = self.holder(mapping, channel)?;
            // Without a status where the end of its validity cannot be read.
            let says = self.says(mapping, Some(PermissionStatus::Unknown), reached);
            Some((channel, holder, says))
        });
        let says = Says::Permission { place, channel, status, holders: holders.collect() };
        let late = self.late((row, EvidenceRole::Permission), purpose, says);
        Ok(late.awaits().is_some().then_some(late))
    }

    fn late(
        &self,
        (row, role): (Reference, EvidenceRole),
        purpose: Word<String>,
        says: Says,
    ) -> Late {
        Late { row, stamp: self.stamp, evidence: self.evidence(role, row), purpose, says }
    }
}

/// A record has come, of which rows before it may have spoken.
pub fn read_late(
    record: &Record<'_>,
    pack: &Pack,
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    if record.mapping.looked_up.is_empty() {
        return Ok(());
    }
    let Some(record) = record.called(pseudonyms) else { return Ok(()) };
    let key = keys::late(record);
    let Some(all) = state.read::<Vec<Late>>(&key)? else { return Ok(()) };
    state.remove(key);
    for late in all {
        unlist(state, late.row, record)?;
        enter_late(late, pack, state)?;
    }
    Ok(())
}

fn enter_late(late: Late, pack: &Pack, state: &mut State<'_>) -> Result<(), Fault> {
    let Some(mapping) = pack.tables.get(&late.evidence.table) else { return Ok(()) };
    let Late { row, stamp, evidence, purpose, says } = &late;
    let (stamp, evidence) = (*stamp, evidence.clone());
    match says {
        Says::Basis(subject, says) => {
            let Some(basis) = &mapping.basis else { return Ok(()) };
            let Read::Known(purpose) = purpose.read(&basis.purpose, state)? else { return Ok(()) };
            let name = keys::basis(*subject, &purpose, *row);
            enter(state, (name, *row), Version { says: Some(*says), stamp, evidence, again: None })
        }
        Says::Permission { place, channel, status, holders } => {
            let Some(permission) = mapping.permissions.get(usize::from(*place)) else {
                return Ok(());
            };
            let purpose = match &permission.purpose {
                Some(selector) => purpose.read(selector, state)?,
                None => Read::Known(String::new()),
            };
            let channel = channel.read(&permission.channel, state)?;
            let status = match status {
                Word::Known(status) => Read::Known(*status),
                Word::In(record) => match Word::In(*record).read(&permission.status, state)? {
                    Read::Known(status) => Read::Known(Some(status)),
                    Read::Missing(record) => Read::Missing(record),
                    Read::Unknown => Read::Known(None),
                },
            };
            let (purpose, channel, status) = match (purpose, channel, status) {
                (Read::Known(purpose), Read::Known(channel), Read::Known(status)) => {
                    (purpose, channel, status)
                }
                (Read::Unknown, ..) | (_, Read::Unknown, _) => return Ok(()),
                (Read::Missing(record), ..)
                | (_, Read::Missing(record), _)
                | (.., Read::Missing(record)) => return keep_under(state, record, late.clone()),
                (.., Read::Unknown) => return Ok(()),
            };
            let held = holders.iter().find(|(of, ..)| *of == channel);
            let Some((_, holder, says)) = held else { return Ok(()) };
            let says = PermissionRecord { status: says.status.and(status), ..*says };
            let of = (channel, purpose.as_str());
            census::moved(state, &evidence.table, of, None, says.status)?;
            let name = keys::permission(*holder, channel, &purpose, *row, *place);
            enter(state, (name, *row), Version { says: Some(says), stamp, evidence, again: None })
        }
    }
}

fn keep(state: &mut State<'_>, late: Late) -> Result<(), Fault> {
    match late.awaits() {
        Some(record) => keep_under(state, record, late),
        None => Ok(()),
    }
}

fn keep_under(state: &mut State<'_>, record: Reference, late: Late) -> Result<(), Fault> {
    let key = keys::late(record);
    let mut all = state.read::<Vec<Late>>(&key)?.unwrap_or_default();
    if all.len() >= ORPHANS {
        return Ok(());
    }
    let listed = keys::late_of(late.row);
    let mut records = state.read::<Vec<Reference>>(&listed)?.unwrap_or_default();
    if !records.contains(&record) {
        records.push(record);
        state.write(listed, &records);
    }
    all.push(late);
    state.write(key, &all);
    Ok(())
}

/// The row says something else now.
fn forget(state: &mut State<'_>, row: Reference) -> Result<(), Fault> {
    let listed = keys::late_of(row);
    let Some(records) = state.read::<Vec<Reference>>(&listed)? else { return Ok(()) };
    state.remove(listed);
    for key in records.into_iter().map(keys::late) {
        let mut all = state.read::<Vec<Late>>(&key)?.unwrap_or_default();
        all.retain(|late| late.row != row);
        match all.is_empty() {
            true => state.remove(key),
            false => state.write(key, &all),
        }
    }
    Ok(())
}

fn unlist(state: &mut State<'_>, row: Reference, record: Reference) -> Result<(), Fault> {
    let listed = keys::late_of(row);
    let Some(mut records) = state.read::<Vec<Reference>>(&listed)? else { return Ok(()) };
    records.retain(|other| *other != record);
    match records.is_empty() {
        true => state.remove(listed),
        false => state.write(listed, &records),
    }
    Ok(())
}
