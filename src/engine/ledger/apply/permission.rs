//! What a row records of permissions, and what that means against what was on record.

use serde::{Deserialize, Serialize};

use super::along::Moved;
use super::{Applied, Ledger, end_of_validity};
use crate::engine::keys;
use crate::engine::ledger::duplicate::{Conflict, yes_or_no};
use crate::engine::ledger::lookup::{Decisions, Period, decisions, permissions, stood};
use crate::engine::ledger::orphans::Words;
use crate::engine::ledger::{History, PermissionRecord, Version, census, histories, sharing};
use crate::model::{Cell, Channel, EvidenceRole, Fault, OperationKind, Reference};
use crate::policy::{PermissionMapping, PermissionStatus};

/// A yes that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its place among the permissions of the table's mapping.
    pub place: usize,
    /// Channel.
    pub channel: Channel,
    /// Purpose; empty for every purpose.
    pub purpose: String,
    /// The yes.
    pub status: PermissionStatus,
    /// What the row said of it before.
    pub before: Option<PermissionStatus>,
    /// What was decided before, whichever row recorded it.
    pub decisions: Decisions,
    /// The row was about another holder, channel or purpose before.
    pub moved: bool,
    /// It is the yes of before with other evidence, and no new act: it outdoes nothing.
    pub touched: bool,
}

impl Grant {
    /// Whether the yes is the person's own, and not their silence.
    pub fn is_own_yes(&self) -> bool {
        is_own_yes(self.status)
    }
}

/// A no of a person's, whatever the contact point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Channel.
    pub channel: Channel,
    /// Purpose; empty for every purpose.
    pub purpose: String,
}

/// Channel, purpose and status.
type Word = (Channel, String, Option<PermissionStatus>);

impl Ledger<'_, '_> {
    /// The key of the permission; adds what the change meant for it.
    ///
    /// A row that says what it said before keeps its place, so that touching an old yes does not
    /// outdo a newer no; unless its evidence is that of a new act.
    pub(super) fn note_permission(
        &mut self,
        mapping: &PermissionMapping,
        row: Reference,
        place: usize,
        applied: &mut Applied,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let record = self.record;
        let Some((channel, purpose, status)) = self.word(mapping)? else { return Ok(None) };
        let Some((holder, reached)) = self.holder(mapping, channel) else { return Ok(None) };
        let name = |row| keys::permission(holder, channel, &purpose, row, place as u8);
        let key = name(row);
        let history = self.history(&key, name)?;
        let says = self.says(mapping, status, reached);
        if self.comes_again(&key, &history, &says)? {
            let table = &record.change.table.name;
            census::moved(self.state, table, (channel, &purpose), None, says.status)?;
            return Ok(Some(key));
        }
        let before = stood(self.state, &history, Period::Now)?.next().and_then(|it| it.says);
        let same = before.filter(|before| before.agrees(&says));
        if let Some(before) = same
            && !self.is_new_act(mapping, (before, says), (holder, channel, &purpose))?
        {
            self.note_about(&key, history, says.about)?;
            if self.has_new_evidence(mapping) {
                let of = (place, channel, purpose);
                let grant = self.grant(of, holder, (says, Some(before)), None)?;
                applied.grants.extend(grant.map(|grant| Grant { touched: true, ..grant }));
            }
            return Ok(Some(key));
        }
        let table = &record.change.table.name;
        let was = before.and_then(|before| before.status);
        census::moved(self.state, table, (channel, &purpose), was, says.status)?;
        if self.was_there(mapping, reached) {
            self.append(&key, history, Some(says), EvidenceRole::Permission, row)?;
            return Ok(Some(key));
        }
        let proven = !mapping.evidence.is_empty() && record.holds(&mapping.evidence) == Some(true);
        let was_yes = || -> Result<bool, Fault> {
            let found = permissions(self.state, &[holder], channel, &purpose, Period::Now)?;
            Ok(found.into_iter().filter_map(|it| it.says).any(is_yes))
        };
        applied.permission_granted |= is_yes(says) && !proven && !was_yes()?;
        applied.own_act |= proven && same.is_none();
        let of = (place, channel, purpose.clone());
        let moved = self.moved(mapping, (holder, channel, &purpose), (row, place), &says)?;
        applied.grants.extend(self.grant(of, holder, (says, before), moved.as_ref())?);
        let refused = says.status == Some(PermissionStatus::OptedOut);
        if refused && !self.copied && before.and_then(|it| it.status) != says.status {
            applied.refused.push((holder, channel, purpose.clone()));
            if !reached {
                applied.refusals.push(Refusal { channel, purpose: purpose.clone() });
            }
        }
        self.append_in_turn((&key, history), (says, row), (holder, channel, &purpose), moved)?;
        applied.conflicts.extend(self.conflict((holder, channel, &purpose), says)?);
        Ok(Some(key))
    }

    /// Whether what the row says of a permission stands in a large value that an update has not touched, so that it
    /// was not sent: it says what it said.
    pub(super) fn is_unsent(&self, mapping: &PermissionMapping) -> bool {
        let record = self.record;
        let unsent = |column: &str| {
            let (name, _) = crate::policy::place(column);
            record.change.table.column(name).is_some() && record.cell(column) == Cell::Unchanged
        };
        let asked = match record.holds(&mapping.when) {
            Some(true) => mapping.status.column().into_iter().collect(),
            Some(false) => Vec::new(),
            None => mapping.when.iter().map(|it| it.column.as_str()).collect(),
        };
        record.change.operation.kind() == OperationKind::Update && asked.into_iter().any(unsent)
    }

    /// What the row says of a permission of the person's, as long as nobody knows whose it is. That of a contact
    /// point needs no person.
    pub(super) fn permission_words(
        &self,
        mapping: &PermissionMapping,
        place: u8,
    ) -> Result<Option<Words>, Fault> {
        let Some((channel, purpose, status)) = self.word(mapping)? else { return Ok(None) };
        let address = mapping.address.as_ref().map(|column| self.record.cell(column));
        if address == Some(Cell::Unchanged) || self.holder(mapping, channel).is_some() {
            return Ok(None);
        }
        let says = self.says(mapping, status, false);
        Ok(Some(Words::Permission { place, channel, purpose, says }))
    }

    /// For what the row says anything of a permission, and its word, if the pack knows that.
    fn word(&self, mapping: &PermissionMapping) -> Result<Option<Word>, Fault> {
        let (record, state, pseudonyms) = (self.record, &*self.state, self.pseudonyms);
        if record.holds(&mapping.when) != Some(true) {
            return Ok(None);
        }
        let channel = record.select(&mapping.channel, state, pseudonyms)?;
        let status = record.select(&mapping.status, state, pseudonyms)?;
        let purpose = match &mapping.purpose {
            Some(purpose) => record.select(purpose, state, pseudonyms)?,
            None => Some(String::new()),
        };
        let silent = status.is_none() && record.is_silent(&mapping.status);
        let scope = channel.zip(purpose).filter(|_| !silent);
        Ok(scope.map(|(channel, purpose)| (channel, purpose, status)))
    }

    /// The yes that the row records, if it is one and no copy shows it.
    fn grant(
        &self,
        (place, channel, purpose): (usize, Channel, String),
        holder: Reference,
        (says, before): (PermissionRecord, Option<PermissionRecord>),
        along: Option<&Moved>,
    ) -> Result<Option<Grant>, Fault> {
        let Some(status) = says.status.filter(|status| allows(*status) && !self.copied) else {
            return Ok(None);
        };
        // A no that moves along is that of the person whose yes it is.
        let is_along = |position| along.is_some_and(|it| it.along.contains_key(&position));
        let decisions = decisions(self.state, (holder, channel, &purpose), is_along)?;
        let before = before.and_then(|before| before.status);
        let (moved, touched) = (false, false);
        Ok(Some(Grant { place, channel, purpose, status, before, decisions, moved, touched }))
    }

    /// What the row recorded of a permission before, also under another key.
    fn history(
        &mut self,
        key: &[u8],
        name: impl Fn(Reference) -> Vec<u8>,
    ) -> Result<History<PermissionRecord>, Fault> {
        let history = histories::one::<PermissionRecord>(self.state, key)?;
        match self.record.former_row(self.pseudonyms).filter(|_| history.is_empty()) {
            Some(former) => histories::rename(self.state, &name(former), key),
            None => Ok(history),
        }
    }

    /// What the row says now, of a contact point or not.
    pub(super) fn says(
        &self,
        mapping: &PermissionMapping,
        status: Option<PermissionStatus>,
        reached: bool,
    ) -> PermissionRecord {
        let record = self.record;
        let about = self.change.subject().filter(|_| reached);
        let zone = &record.mapping.time_zone;
        let moment = |column: &str| end_of_validity(record.text(column)?, zone);
        let end = mapping.valid_until.as_deref().filter(|column| record.text(column).is_some());
        let end = end.map_or(Some(None), moment);
        PermissionRecord {
            status: status.filter(|_| end.is_some()),
            valid_until: end.flatten(),
            about,
            unproven: record.holds(&mapping.evidence) == Some(false),
            claimed: mapping.claims().filter_map(moment).flatten().max(),
        }
    }

    /// A row that is given to another person's record, and says what it said, is no newer by that.
    fn note_about(
        &mut self,
        key: &[u8],
        mut history: History<PermissionRecord>,
        about: Option<Reference>,
    ) -> Result<(), Fault> {
        let last = history.last_mut().and_then(|last| last.says.as_mut());
        let Some(last) = last.filter(|last| last.about != about) else { return Ok(()) };
        last.about = about;
        histories::write(self.state, key, history)
    }

    /// What the row says, if another person's record contradicts it.
    fn conflict(
        &self,
        (holder, channel, purpose): (Reference, Channel, &str),
        says: PermissionRecord,
    ) -> Result<Option<Conflict>, Fault> {
        let now = self.stamp.time;
        let decided = says.status.and_then(yes_or_no).filter(|_| !says.is_over(now));
        let Some(decided) = decided else { return Ok(None) };
        let Some(about) = says.about else {
            let unbound = self.change.subject() == Some(holder);
            return match unbound {
                true => {
                    sharing::contradicted(self.state, (holder, decided), (channel, purpose), now)
                }
                false => Ok(None),
            };
        };
        let conflict = Conflict { holder, channel, purpose: purpose.to_owned() };
        let contradicted = conflict.is_contradicted((about, decided), now, self.state)?;
        Ok(contradicted.then_some(conflict))
    }

    /// Who holds a permission that the row records, and whether that is a contact point. A row about
    /// somebody that names no contact point speaks of the person.
    pub(super) fn holder(
        &self,
        mapping: &PermissionMapping,
        channel: Channel,
    ) -> Option<(Reference, bool)> {
        let person = || self.change.subject().map(|subject| (subject, false));
        let Some(column) = &mapping.address else { return person() };
        if self.record.cell(column) == Cell::Unchanged {
            return None;
        }
        let point = |text| self.pseudonyms.reached_in(mapping.hashed, channel, text);
        match self.record.text(column).and_then(point) {
            Some(point) => Some((point, true)),
            None if self.record.mapping.is_subject_table() => None,
            None => person(),
        }
    }

    /// Whether the row is known to have said all this before, although no record of it was seen.
    fn was_there(&self, mapping: &PermissionMapping, reached: bool) -> bool {
        let whole = self.record.change.operation.old_row().and_then(|old| old.full()).is_some();
        let person = self.record.mapping.subject.iter().flat_map(|it| it.columns());
        let holder = mapping.address.as_deref().into_iter().chain(person.filter(|_| !reached));
        let selected = [
            mapping.channel.column(),
            mapping.status.column(),
            mapping.purpose.as_ref().and_then(|purpose| purpose.column()),
            mapping.valid_until.as_deref(),
        ];
        let tested = mapping.when.iter().map(|condition| condition.column.as_str());
        let mut columns = selected.into_iter().flatten().chain(holder).chain(tested);
        whole
            && self.record.change.operation.kind() == OperationKind::Update
            && columns.all(|column| self.record.altered(column) != Some(true))
            && !self.has_new_evidence(mapping)
    }

    /// Whether a row that goes on saying the same proves another act of the person's: with its evidence, and,
    /// where the CRM says when the person acted, later than before and later than a no in another row. A job that
    /// empties or shortens old evidence is no act.
    fn is_new_act(
        &self,
        mapping: &PermissionMapping,
        (before, says): (PermissionRecord, PermissionRecord),
        (holder, channel, purpose): (Reference, Channel, &str),
    ) -> Result<bool, Fault> {
        if !self.has_new_evidence(mapping) || says.unproven {
            return Ok(false);
        }
        let Some(claimed) = says.claimed else { return Ok(before.claimed.is_none()) };
        if before.claimed.is_some_and(|before| claimed <= before) {
            return Ok(false);
        }
        let last = decisions(self.state, (holder, channel, purpose), |_| false)?.last;
        let is_no = |it: &Version<PermissionRecord>| {
            it.says.and_then(|says| says.status) == Some(PermissionStatus::OptedOut)
        };
        Ok(last.filter(is_no).is_none_or(|no| claimed > no.stamp.time))
    }

    /// Whether the change altered what proves the data subject's own act.
    fn has_new_evidence(&self, mapping: &PermissionMapping) -> bool {
        let columns = mapping.evidence.iter().map(|condition| condition.column.as_str());
        let mut columns = columns.chain(mapping.claims());
        columns.any(|column| self.record.altered(column) == Some(true))
    }
}

/// Whether two names are those of one permission of one row, about different holders, channels or
/// purposes.
pub(super) fn is_elsewhere(name: &[u8], other: &[u8]) -> bool {
    let scope = |name| keys::among_permissions(name).0;
    !keys::is_basis(name) && name.last() == other.last() && scope(name) != scope(other)
}

/// Whether a status allows anything at all, be it by the person's silence.
fn allows(status: PermissionStatus) -> bool {
    use PermissionStatus::{Confirmed, Given, SoftOptIn};
    matches!(status, Given | Confirmed | SoftOptIn)
}

/// Whether a permission is the person's own yes.
fn is_yes(record: PermissionRecord) -> bool {
    record.status.is_some_and(is_own_yes)
}

fn is_own_yes(status: PermissionStatus) -> bool {
    matches!(status, PermissionStatus::Given | PermissionStatus::Confirmed)
}
