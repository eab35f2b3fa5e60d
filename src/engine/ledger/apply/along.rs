//! Records of permissions that move to another holder together: a duplicate is merged, a key cascades, an address
//! changes in all rows.
//!
//! *Why*: a record that moves is as new as the move, beside what the other holder's own records say. Which of those that
//! came from one holder is the newer is what it was before, in whatever order their rows are written.

use std::collections::BTreeMap;

use super::Ledger;
use crate::engine::keys;
use crate::engine::ledger::{History, PermissionRecord, Stamp, Version, histories};
use crate::model::{Channel, EvidenceRole, Fault, OperationKind, Position, Reference};
use crate::policy::PermissionMapping;

/// A record that moves from another holder.
pub(super) struct Moved {
    /// When it was said.
    said: Stamp,
    /// When what has come along was said, by the position of its move.
    pub(super) along: BTreeMap<Position, Stamp>,
}

impl Ledger<'_, '_> {
    /// Who held what an update makes somebody else's.
    fn former_holder(&self, mapping: &PermissionMapping, channel: Channel) -> Option<Reference> {
        let address = mapping.address.as_ref();
        match address.map(|column| self.record.former_text(column)) {
            None | Some(Some(None)) => self.record.former_person(self.pseudonyms),
            Some(Some(Some(text))) => self.pseudonyms.reached_in(mapping.hashed, channel, text),
            Some(None) => None,
        }
    }

    /// When the row said of the holder of before what it says now, and what has come along from there.
    pub(super) fn moved(
        &self,
        mapping: &PermissionMapping,
        (holder, channel, purpose): (Reference, Channel, &str),
        (row, place): (Reference, usize),
        says: &PermissionRecord,
    ) -> Result<Option<Moved>, Fault> {
        let updated = self.record.change.operation.kind() == OperationKind::Update;
        let from = updated.then(|| self.former_holder(mapping, channel)).flatten();
        let Some(from) = from.filter(|from| *from != holder) else { return Ok(None) };
        let row = self.record.former_row(self.pseudonyms).unwrap_or(row);
        let name = keys::permission(from, channel, purpose, row, place as u8);
        let own = histories::one::<PermissionRecord>(self.state, &name)?;
        let said = own.last().filter(|it| it.says.is_some_and(|said| said.agrees(says)));
        let Some(said) = said.map(|said| said.stamp) else { return Ok(None) };
        let mut along = BTreeMap::new();
        let scope = keys::permissions(from, channel, purpose);
        histories::each::<PermissionRecord>(self.state, &scope, |history| {
            if let [.., said, end] = &history[..]
                && end.says.is_none()
            {
                along.insert(end.evidence.position, said.stamp);
            }
            Ok(())
        })?;
        Ok(Some(Moved { said, along }))
    }

    /// Adds what the row says; where it moves, in its turn.
    pub(super) fn append_in_turn(
        &mut self,
        (key, history): (&[u8], History<PermissionRecord>),
        (says, row): (PermissionRecord, Reference),
        of: (Reference, Channel, &str),
        moved: Option<Moved>,
    ) -> Result<(), Fault> {
        let stamp = match moved.filter(|_| history.is_empty()) {
            Some(moved) => self.in_turn(of, moved)?,
            None => self.stamp,
        };
        let evidence = self.evidence(EvidenceRole::Permission, row);
        self.append_as_of(key, history, Some(says), (stamp, evidence))
    }

    /// When the row counts as written, beside what came along: each in its turn, at the moments of the moves.
    fn in_turn(
        &mut self,
        (holder, channel, purpose): (Reference, Channel, &str),
        Moved { said, along }: Moved,
    ) -> Result<Stamp, Fault> {
        let scope = keys::permissions(holder, channel, purpose);
        let moved = |it: &Version<PermissionRecord>| along.get(&it.evidence.position).copied();
        let mut others = Vec::new();
        for (name, history) in histories::named::<PermissionRecord>(self.state, &scope)? {
            if let Some((when, at)) = history.last().and_then(|it| Some((moved(it)?, it.stamp))) {
                others.push((when.place, at, name, history));
            }
        }
        others.sort_by_key(|(when, ..)| *when);
        let mut moments: Vec<Stamp> = others.iter().map(|(_, at, ..)| *at).collect();
        moments.push(self.stamp);
        moments.sort_by_key(|stamp| stamp.place);
        let older = others.iter().take_while(|(when, ..)| *when < said.place).count();
        let own = moments.remove(older);
        for ((_, at, name, mut history), moment) in others.into_iter().zip(moments) {
            if let Some(last) = history.last_mut().filter(|_| at != moment) {
                last.stamp = moment;
                histories::write(self.state, &name, history)?;
            }
        }
        Ok(own)
    }
}
