//! Copies of tables: what one says of itself beside its rows, so that it can be taken up again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Lsn, TableName, Timestamp, TransactionKind};

/// What is new of a copy, or of the set of tables that are copied. It has no position of its own:
/// it stands or falls with the events around it, and saying it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyNews {
    /// Right after its [`Begin`](super::Begin): what the copy reads.
    Begun(Box<CopyOrigin>),
    /// Right after the rows that it speaks of: a chunk has been handed over up to here.
    Reached(CopyMark),
    /// The copy was interrupted, and what is left of this table can no longer be read as it was
    /// when the copy began. It is copied again on its own.
    Void(TableName),
    /// A table is no longer published.
    Left(LeftTable),
}

/// What a copy reads. The rows are those that its snapshot shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOrigin {
    /// Whether it is of the whole publication or of single tables.
    pub kind: TransactionKind,
    /// The first position whose changes the snapshot does not show.
    pub point: Lsn,
    /// The snapshot as text (PostgreSQL manual, `pg_snapshot`).
    pub snapshot: String,
    /// Length of a chunk in pages.
    pub chunk_pages: u32,
    /// The tables.
    pub tables: BTreeSet<TableName>,
    /// Where their rows lie.
    pub relations: Vec<CopyRelation>,
}

/// A relation with rows of a published table: the table itself, or one of its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRelation {
    /// The published table.
    pub table: TableName,
    /// Its object id.
    pub oid: u32,
    /// The file in which its rows lie: another one after it was rewritten or truncated.
    pub file: u32,
    /// Its size in pages; `None` when it can only be read as a whole.
    pub pages: Option<u32>,
}

/// How far a chunk has been handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyMark {
    /// Which chunk.
    pub chunk: ChunkId,
    /// Up to where.
    pub reached: Reached,
}

/// Names a chunk of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkId {
    /// Object id of the relation.
    pub relation: u32,
    /// Its first page.
    pub page: u32,
}

/// A place in a chunk, in the order in which it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reached {
    /// Up to and including this row.
    Row(RowPlace),
    /// To its end.
    End,
}

/// Where a row version lies (PostgreSQL manual, `ctid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowPlace {
    /// Page.
    pub page: u32,
    /// Number within the page, from 1.
    pub number: u16,
}

/// A table that was published and is no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftTable {
    /// Which.
    pub table: TableName,
    /// It left after this position.
    pub from: Lsn,
    /// Where the log stood when it was noticed.
    pub to: Lsn,
    /// The server's time when it was noticed.
    pub time: Timestamp,
}

/// All that is remembered of copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyMemory {
    /// The copy that has begun and has not been handed over to its end.
    pub open: Option<OpenCopy>,
    /// Published tables whose rows have been copied.
    pub copied: BTreeSet<TableName>,
    /// Tables that a copy has left to one of their own, which has not ended yet.
    pub awaited: BTreeSet<TableName>,
}

/// A copy that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCopy {
    /// What it reads.
    pub origin: CopyOrigin,
    /// How far its chunks have come.
    pub reached: BTreeMap<ChunkId, Reached>,
    /// Tables that are left to a copy of their own.
    pub void: BTreeSet<TableName>,
}

impl CopyMemory {
    /// Remembers what is new.
    pub fn note(&mut self, news: &CopyNews) {
        match (news, &mut self.open) {
            (CopyNews::Begun(origin), open) => {
                *open = Some(OpenCopy {
                    origin: CopyOrigin::clone(origin),
                    reached: BTreeMap::new(),
                    void: BTreeSet::new(),
                });
            }
            (CopyNews::Reached(mark), Some(open)) => {
                open.reached.insert(mark.chunk, mark.reached);
            }
            (CopyNews::Void(table), Some(open)) => drop(open.void.insert(table.clone())),
            (CopyNews::Reached(_) | CopyNews::Void(_), None) => {}
            (CopyNews::Left(left), _) => {
                self.copied.remove(&left.table);
                self.awaited.remove(&left.table);
            }
        }
    }

    /// A transaction has ended; if it was a copy, its tables are known now.
    pub fn commit(&mut self) {
        let Some(OpenCopy { origin, void, .. }) = self.open.take() else { return };
        if origin.kind == TransactionKind::InitialCopy {
            self.copied.clear();
            self.awaited.clear();
        }
        for table in origin.tables {
            match void.contains(&table) {
                true => drop(self.awaited.insert(table)),
                false => {
                    self.awaited.remove(&table);
                    self.copied.insert(table);
                }
            }
        }
    }
}
