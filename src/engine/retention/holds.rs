//! Rows that the law asks to keep, as invoices: as long as one is there, the person's own time waits for it.
//!
//! One record for each person, of the rows and until when each is to be kept. Beyond [`ROWS_HELD`] of them, and of rows of
//! before it was kept, only the latest moment is known, and that stays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Kept;
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::model::limits::ROWS_HELD;
use crate::model::{Fault, OperationKind, Reference, Timestamp};

/// The rows for which a person is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holds {
    rows: BTreeMap<Reference, Timestamp>,
    /// There are others.
    others: bool,
}

impl Deciding<'_> {
    /// Until when the row asks to keep the person, where a change says so anew. What it asked for before is over.
    pub(super) fn follow_hold(
        &mut self,
        subject: Reference,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Timestamp>, Fault> {
        let Some(row) = circumstances.row else { return Ok(None) };
        let (record, pseudonyms) = (change.record(), &self.engine.pseudonyms);
        let aside = keys::aside(b'H', row);
        match record.change.operation.kind() {
            OperationKind::Insert => {
                let until = self.take_back::<Timestamp>(aside, circumstances)?;
                Ok(Some(until.unwrap_or_else(|| self.kept_by_law(circumstances))))
            }
            OperationKind::Delete => {
                if let Some(until) = self.release(subject, row, circumstances)? {
                    self.set_aside(aside, until, circumstances);
                }
                Ok(None)
            }
            OperationKind::Update => {
                let former = record.former_subject(pseudonyms).filter(|it| *it != subject);
                let name = record.former_row(pseudonyms);
                if former.or(name).is_none() {
                    return Ok(None);
                }
                let (whose, name) = (former.unwrap_or(subject), name.unwrap_or(row));
                let until = self.release(whose, name, circumstances)?;
                Ok(until.or_else(|| former.map(|_| self.kept_by_law(circumstances))))
            }
            OperationKind::Truncate => Ok(None),
        }
    }

    /// The row asks to keep the person.
    pub(super) fn hold(
        &mut self,
        (subject, kept): (Reference, &mut Kept),
        until: Timestamp,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let key = keys::holds(subject);
        let before = self.state.read::<Holds>(&key)?;
        let others = kept.until > Timestamp::default();
        let mut holds = before.clone().unwrap_or(Holds { others, ..Holds::default() });
        holds.rows.retain(|_, end| *end > circumstances.stamp.time);
        match circumstances.row {
            Some(row) if holds.rows.len() < ROWS_HELD || holds.rows.contains_key(&row) => {
                holds.rows.insert(row, until);
            }
            Some(_) | None => holds.others = true,
        }
        kept.until = kept.until.max(until);
        if before.as_ref() != Some(&holds) {
            self.state.write(key, &holds);
        }
        Ok(())
    }

    /// What came before is held as well.
    pub(super) fn unite_holds(
        &mut self,
        subject: Reference,
        before: Option<Holds>,
    ) -> Result<(), Fault> {
        let Some(mut holds) = before else { return Ok(()) };
        let key = keys::holds(subject);
        if let Some(since) = self.state.read::<Holds>(&key)? {
            holds.rows.extend(since.rows);
            holds.others |= since.others;
        }
        self.state.write(key, &holds);
        Ok(())
    }

    /// The row asks for it no longer; until when it did.
    fn release(
        &mut self,
        subject: Reference,
        row: Reference,
        circumstances: &Circumstances,
    ) -> Result<Option<Timestamp>, Fault> {
        let key = keys::holds(subject);
        let Some(mut holds) = self.state.read::<Holds>(&key)? else { return Ok(None) };
        let Some(until) = holds.rows.remove(&row) else { return Ok(None) };
        self.state.write(key, &holds);
        let Some(mut kept) = self.state.read::<Kept>(&keys::kept(subject))? else {
            return Ok(Some(until));
        };
        let now = circumstances.stamp.time;
        self.lapse_storage(subject, &mut kept, now)?;
        if !holds.others {
            let left = holds.rows.into_values().max().unwrap_or(now);
            kept.until = kept.until.min(left.max(now));
        }
        self.keep(subject, kept, Timestamp(i64::MIN))?;
        Ok(Some(until))
    }
}
