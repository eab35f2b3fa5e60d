//! What either side tells of a transaction, in one form, so that the two can be compared.

use std::fmt::{self, Write};

use lawtail::model::{
    self, Change, Event, Lsn, OldRow, OperationKind, Row, TableName, Timestamp, TransactionKind,
};

/// What is told of one column.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Unchanged,
    Text(Vec<u8>),
}

impl Cell {
    pub fn text(text: &str) -> Cell {
        Cell::Text(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Null => f.write_str("null"),
            Cell::Unchanged => f.write_str("unchanged"),
            Cell::Text(bytes) if bytes.len() > 300 => {
                let sum =
                    bytes.iter().fold(0_u64, |sum, &byte| sum * 31 % 1_000_003 + u64::from(byte));
                let start = String::from_utf8_lossy(&bytes[..40]);
                write!(f, "{start:?}… ({} bytes, sum {sum})", bytes.len())
            }
            Cell::Text(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
        }
    }
}

/// Columns by name, in the table's order.
pub type Cells = Vec<(String, Cell)>;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub table: TableName,
    pub kind: OperationKind,
    /// What is known of the row before: of a key its columns, of a whole row those that were not
    /// null.
    pub old: Option<Cells>,
    pub new: Option<Cells>,
}

/// Prefix and content of logical messages.
pub type Messages = Vec<(String, Vec<u8>)>;

/// One committed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub xid: u32,
    pub time: Timestamp,
    pub end: Lsn,
    pub changes: Vec<Told>,
    /// Those of its own that it holds.
    pub messages: Messages,
}

/// What lawtail handed over: the rows of the initial copy, and the transactions after it. News of
/// open transactions is left out, and so is what was told before: after a new connection the source
/// may repeat, with the same positions. A table that was made while it was followed may be copied as
/// well; its rows came by the stream.
pub fn transactions(events: &[Event]) -> (Vec<Told>, Vec<Transaction>) {
    let (mut copied, mut live) = (Vec::new(), Vec::new());
    let mut last = model::Position::default();
    let mut open: Option<(model::Begin, Vec<Told>, Messages)> = None;
    for event in events {
        match event {
            Event::Begin(begin) => {
                let again = |(open, _, _): &(model::Begin, _, _)| open.commit == begin.commit;
                assert!(open.as_ref().is_none_or(again), "a transaction begins within another");
                open = Some((begin.clone(), Vec::new(), Vec::new()));
            }
            Event::Change(change) => {
                let (begin, changes, _) = open.as_mut().expect("a change stands in a transaction");
                assert_eq!(change.position.commit, begin.commit);
                assert_eq!(change.position.ordinal as usize, changes.len() + 1);
                changes.push(told(change));
            }
            // test_decoding shows no origin.
            Event::Message(message) if message.prefix == model::Message::ORIGIN => {}
            Event::Message(message) => {
                let (_, _, messages) = open.as_mut().expect("a message stands in a transaction");
                messages.push((message.prefix.clone(), message.content.to_vec()));
            }
            Event::Commit(commit) => {
                let (begin, changes, messages) = open.take().expect("what ends has begun");
                assert_eq!(commit.position.commit, begin.commit);
                assert_eq!(commit.position.ordinal as usize, changes.len() + 1);
                let model::Begin { xid, time, kind, .. } = begin;
                match kind {
                    _ if commit.position <= last => {}
                    TransactionKind::InitialCopy => copied.extend(changes),
                    TransactionKind::TableCopy => {}
                    // Nothing but messages of others.
                    TransactionKind::Live if changes.is_empty() && messages.is_empty() => {}
                    TransactionKind::Live => {
                        live.push(Transaction { xid, time, end: commit.end, changes, messages });
                    }
                }
                last = last.max(commit.position);
            }
            Event::Gap(gap) => panic!("a gap: {gap:?}"),
            Event::Idle(_) | Event::Uncommitted(_) | Event::Copy(_) => {}
        }
    }
    (copied, live)
}

fn told(change: &Change) -> Told {
    let old = change.operation.old_row().and_then(|old| old_cells(change, old));
    Told {
        table: change.table.name.clone(),
        kind: change.operation.kind(),
        old,
        new: change.operation.new_row().map(|row| cells(change, row)),
    }
}

fn old_cells(change: &Change, old: &OldRow) -> Option<Cells> {
    match old {
        OldRow::Absent => None,
        OldRow::Full(row) => {
            let mut cells = cells(change, row);
            cells.retain(|(_, cell)| *cell != Cell::Null);
            Some(cells)
        }
        OldRow::Key(row) => {
            let columns = &change.table.columns;
            let cells = cells(change, row);
            for ((name, cell), column) in cells.iter().zip(columns) {
                assert!(column.key || *cell == Cell::Null, "{name} is told and is no key");
            }
            Some(cells.into_iter().zip(columns).filter(|(_, c)| c.key).map(|(c, _)| c).collect())
        }
    }
}

fn cells(change: &Change, row: &Row) -> Cells {
    assert_eq!(row.width(), change.table.columns.len());
    let cell = |cell| match cell {
        model::Cell::Null => Cell::Null,
        model::Cell::Unchanged => Cell::Unchanged,
        model::Cell::Known(content) => Cell::Text(content.reveal().to_vec()),
    };
    let names = change.table.columns.iter().map(|column| column.name.clone());
    names.zip(row.cells().map(cell)).collect()
}

/// Panics with the first difference. `ours` is what lawtail handed over.
pub fn assert_agree(ours: &[Transaction], oracle: &[Transaction], what: &str) {
    for (index, (own, other)) in ours.iter().zip(oracle).enumerate() {
        if own == other {
            continue;
        }
        let mut report = format!("{what}: transaction {index} differs\n");
        let head = |it: &Transaction| (it.xid, it.time, it.end, it.changes.len());
        let _ = writeln!(report, "  ours   {:?}\n  oracle {:?}", head(own), head(other));
        let _ = writeln!(report, "  messages {} and {}", own.messages.len(), other.messages.len());
        let pairs = own.changes.iter().zip(&other.changes).enumerate();
        let first = pairs.clone().find(|(_, (a, b))| a != b);
        if let Some((ordinal, (own, other))) = first {
            let _ = writeln!(report, "  change {ordinal}\n  ours   {own:?}\n  oracle {other:?}");
        } else {
            let common = own.changes.len().min(other.changes.len());
            let next = |it: &Transaction| it.changes.get(common).cloned();
            let _ =
                writeln!(report, "  then\n  ours   {:?}\n  oracle {:?}", next(own), next(other));
        }
        panic!("{report}");
    }
    let heads = |all: &[Transaction]| {
        let heads = all.iter().map(|it| (it.xid, it.changes.len()));
        heads.collect::<Vec<_>>()
    };
    assert_eq!(heads(ours), heads(oracle), "{what}: the number of transactions differs");
}
