//! Messages whose rows are put elsewhere: a row that moves to another partition, or is written anew under
//! its key, arrives as a deletion and an insertion in one transaction, and is no second message. The key of a
//! partitioned table has the partition's column in it, so that a row is known by what others call it.

use serde::{Deserialize, Serialize};

use super::decide::Deciding;
use super::keys;
use super::record::Record;
use crate::model::limits::MOVED_MESSAGES;
use crate::model::{Fault, Lsn, OperationKind, Reference};

/// The messages whose rows a transaction has deleted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    commit: Lsn,
    rows: Vec<Reference>,
}

impl Deciding<'_> {
    /// Whether the row is that of a message which went out before, and was deleted a moment ago. Of more
    /// than [`MOVED_MESSAGES`] in one transaction the rest count as new.
    pub(super) fn is_put_back(&mut self, record: &Record<'_>) -> Result<bool, Fault> {
        let Some(message) = &record.mapping.activity else { return Ok(false) };
        let commit = record.change.position.commit;
        match record.change.operation.kind() {
            OperationKind::Delete if record.held(&message.when) == Some(true) => {
                let Some(row) = record.called(&self.engine.pseudonyms) else { return Ok(false) };
                let gone = self.state.take::<Gone>(keys::GONE_MESSAGES)?;
                let mut gone = gone.filter(|gone| gone.commit == commit).unwrap_or_default();
                gone.commit = commit;
                if gone.rows.len() < MOVED_MESSAGES {
                    gone.rows.push(row);
                }
                self.state.hold(keys::GONE_MESSAGES.to_vec(), gone);
                Ok(false)
            }
            OperationKind::Insert => {
                let Some(gone) = self.state.take::<Gone>(keys::GONE_MESSAGES)? else {
                    return Ok(false);
                };
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
            _ => Ok(false),
        }
    }
}
