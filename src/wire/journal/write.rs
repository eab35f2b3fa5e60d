//! Writes a journal.

use std::collections::BTreeMap;

use super::cells::Cells;
use super::line::{
    BeginLine, ColumnLine, CommitLine, DeleteLine, GapLine, IdleLine, InsertLine, Line, TableLine,
    TruncateLine, UpdateLine,
};
use super::moment::Moment;
use crate::model::{Begin, Change, Event, Gap, Idle, OldRow, Operation, Row, Table, TableName};

/// Writes events as a journal that [`read()`](super::read()) turns back into the same events, given
/// that they start with a whole transaction and that no schema has a dot in its name.
///
/// The journal holds the content of every row in clear: whoever calls this answers for it.
pub fn write(events: &[Event]) -> String {
    let mut journal = String::new();
    let mut shapes: BTreeMap<&TableName, &Table> = BTreeMap::new();
    for event in events {
        if let Event::Change(change) = event {
            let known = shapes.insert(&change.table.name, &change.table);
            if known != Some(&change.table) {
                push(&mut journal, &Line::Table(table_line(&change.table)));
            }
        }
        if let Some(line) = line(event) {
            push(&mut journal, &line);
        }
    }
    journal
}

fn push(journal: &mut String, line: &Line) {
    let text = serde_json::to_string(line);
    journal.push_str(&text.expect("the keys are strings and the times are in full"));
    journal.push('\n');
}

fn line(event: &Event) -> Option<Line> {
    Some(match event {
        Event::Begin(Begin { xid, commit, time, kind }) => Line::Begin(BeginLine {
            xid: Some(*xid),
            commit: Some(*commit),
            time: Some(Moment::At(*time)),
            kind: Some(*kind),
        }),
        Event::Change(change) => change_line(change),
        Event::Commit(commit) => Line::Commit(CommitLine { end: Some(commit.end) }),
        Event::Idle(Idle { lsn, time }) => {
            Line::Idle(IdleLine { lsn: Some(*lsn), time: Some(Moment::At(*time)) })
        }
        Event::Gap(Gap { from, to, time, cause }) => Line::Gap(GapLine {
            from: Some(*from),
            to: *to,
            time: Some(Moment::At(*time)),
            cause: *cause,
        }),
        // A journal has no lines for them yet.
        Event::Message(_) | Event::Uncommitted(_) | Event::Copy(_) => return None,
    })
}

fn change_line(Change { table, operation, .. }: &Change) -> Line {
    let name = table.name.clone();
    let cells = |row: &Row| Cells::of_row(row, table);
    let old_cells = |old: &OldRow| match old {
        OldRow::Absent => (None, None),
        OldRow::Full(row) => (Some(cells(row)), None),
        OldRow::Key(row) => (None, Some(cells(row))),
    };
    match operation {
        Operation::Insert { new } => Line::Insert(InsertLine { table: name, new: cells(new) }),
        Operation::Update { old, new } => {
            let (old, old_key) = old_cells(old);
            Line::Update(UpdateLine { table: name, old, old_key, new: cells(new) })
        }
        Operation::Delete { old } => {
            let (old, old_key) = old_cells(old);
            Line::Delete(DeleteLine { table: name, old, old_key })
        }
        Operation::Truncate => Line::Truncate(TruncateLine { tables: vec![name] }),
    }
}

fn table_line(table: &Table) -> TableLine {
    let columns = table.columns.iter().map(|column| ColumnLine {
        name: column.name.clone(),
        type_oid: column.type_oid,
        key: column.key,
    });
    TableLine {
        name: table.name.clone(),
        oid: Some(table.oid),
        identity: Some(table.replica_identity),
        columns: columns.collect(),
    }
}
