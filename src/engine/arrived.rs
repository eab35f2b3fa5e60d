//! Messages, places on lists and profiles whose rows are put elsewhere: a row that moves to another partition, or is written anew under
//! its key, arrives as a deletion and an insertion in one transaction, and is no second one. The key of a
//! partitioned table has the partition's column in it, so that a row is known by what others call it. Of a table that is
//! emptied and loaded again in one transaction nobody knows which rows are new.

use serde::{Deserialize, Serialize};

use super::decide::Deciding;
use super::keys;
use super::ledger::since;
use super::record::Record;
use crate::model::limits::MOVED_MESSAGES;
use crate::model::{Fault, Lsn, OperationKind, Reference};

/// The messages and places on lists whose rows a transaction has deleted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    commit: Lsn,
    rows: Vec<Reference>,
}

impl Deciding<'_> {
    /// Whether the row is one of before, and was deleted a moment ago; `None` where its table was emptied a moment
    /// ago, so that nobody knows. Of more than [`MOVED_MESSAGES`] in one transaction the rest count as new.
    pub(super) fn is_put_back(&mut self, record: &Record<'_>) -> Result<Option<bool>, Fault> {
        let mapping = record.mapping;
        let message = mapping.activity.as_ref().map(|message| &message.when[..]);
        let list = mapping.membership.as_ref().map(|list| &list.when[..]);
        let profile = mapping.profiling.as_ref().filter(|_| !mapping.is_subject_table());
        let used = message.or(list).or(profile.map(|_| &[][..]));
        let Some(when) = used.filter(|_| self.copy_place().is_none()) else {
            return Ok(Some(false));
        };
        let commit = record.change.position.commit;
        match record.change.operation.kind() {
            OperationKind::Delete if record.held(when) == Some(true) => {
                self.note_gone(record, commit)?;
                Ok(Some(false))
            }
            OperationKind::Insert => {
                let emptied = since(&self.state, &record.change.table.name)?;
                if emptied.part == self.part() && emptied.position.commit == commit {
                    return Ok(None);
                }
                self.was_gone(record, commit).map(Some)
            }
            _ => Ok(Some(false)),
        }
    }

    fn note_gone(&mut self, record: &Record<'_>, commit: Lsn) -> Result<(), Fault> {
        let Some(row) = record.called(&self.engine.pseudonyms) else { return Ok(()) };
        let gone = self.state.take::<Gone>(keys::GONE_MESSAGES)?;
        let mut gone = gone.filter(|gone| gone.commit == commit).unwrap_or_default();
        gone.commit = commit;
        if gone.rows.len() < MOVED_MESSAGES {
            gone.rows.push(row);
        }
        self.state.hold(keys::GONE_MESSAGES.to_vec(), gone);
        Ok(())
    }

    fn was_gone(&mut self, record: &Record<'_>, commit: Lsn) -> Result<bool, Fault> {
        let Some(gone) = self.state.take::<Gone>(keys::GONE_MESSAGES)? else { return Ok(false) };
        let same = gone.commit == commit;
        let row = same.then(|| record.called(&self.engine.pseudonyms)).flatten();
        let put_back = row.is_some_and(|row| gone.rows.contains(&row));
        if same {
            self.state.hold(keys::GONE_MESSAGES.to_vec(), gone);
        } else {
            self.state.remove(keys::GONE_MESSAGES.to_vec());
        }
        Ok(put_back)
    }
}
