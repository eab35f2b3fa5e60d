//! The lines of a journal as they are written, before anything is checked.
//!
//! None derives `Debug`: rows hold content.

use serde::{Deserialize, Serialize};

use super::cells::{CellText, Cells};
use super::moment::Moment;
use crate::model::{
    Backend, GapCause, Interruption, Lsn, ReplicaIdentity, TableFacts, TableName, TransactionKind,
};

/// One line: an object with one key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Table(TableLine),
    Begin(BeginLine),
    Insert(InsertLine),
    Update(UpdateLine),
    Delete(DeleteLine),
    Truncate(TruncateLine),
    Commit(CommitLine),
    Idle(IdleLine),
    Gap(GapLine),
    Message(MessageLine),
    Open(OpenLine),
}

/// The shape of a table from here on.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableLine {
    pub(super) name: TableName,
    #[serde(default)]
    pub(super) oid: Option<u32>,
    #[serde(default)]
    pub(super) identity: Option<ReplicaIdentity>,
    pub(super) columns: Vec<ColumnLine>,
    /// What the catalogue says; left out where nobody asked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) facts: TableFacts,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnLine {
    pub(super) name: String,
    #[serde(rename = "type", default, skip_serializing_if = "is_default")]
    pub(super) type_oid: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) key: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BeginLine {
    #[serde(default)]
    pub(super) xid: Option<u32>,
    #[serde(default)]
    pub(super) commit: Option<Lsn>,
    #[serde(default)]
    pub(super) time: Option<Moment>,
    #[serde(default)]
    pub(super) kind: Option<TransactionKind>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InsertLine {
    pub(super) table: TableName,
    pub(super) new: Cells,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateLine {
    pub(super) table: TableName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<Cells>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) old_key: Option<Cells>,
    pub(super) new: Cells,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteLine {
    pub(super) table: TableName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<Cells>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) old_key: Option<Cells>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TruncateLine {
    pub(super) tables: Vec<TableName>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitLine {
    #[serde(default)]
    pub(super) end: Option<Lsn>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdleLine {
    #[serde(default)]
    pub(super) lsn: Option<Lsn>,
    #[serde(default)]
    pub(super) time: Option<Moment>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GapLine {
    #[serde(default)]
    pub(super) from: Option<Lsn>,
    pub(super) to: Lsn,
    #[serde(default)]
    pub(super) time: Option<Moment>,
    pub(super) cause: GapCause,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageLine {
    pub(super) prefix: String,
    pub(super) content: CellText,
}

/// News of a transaction that is still open.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenLine {
    pub(super) xid: u32,
    #[serde(default)]
    pub(super) first: Option<Lsn>,
    #[serde(default)]
    pub(super) time: Option<Moment>,
    /// The subtransaction of a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<u32>,
    pub(super) news: NewsLine,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewsLine {
    Insert(InsertLine),
    Update(UpdateLine),
    Delete(DeleteLine),
    Truncate(TruncateLine),
    Backend(Backend),
    /// The subtransaction that was rolled back.
    Undone(u32),
    Aborted,
    Lost,
    Interrupted(Interruption),
}

/// What happened to rows, whether it is decided or news of an open transaction.
pub(super) enum Rows {
    Insert(InsertLine),
    Update(UpdateLine),
    Delete(DeleteLine),
    Truncate(TruncateLine),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
