//! Writes a journal.

use std::collections::BTreeMap;

use super::cells::{CellText, Cells};
use super::line::{
    BeginLine, ColumnLine, CommitLine, DeleteLine, GapLine, IdleLine, InsertLine, Line,
    MessageLine, NewsLine, OpenLine, Rows, TableLine, TruncateLine, UpdateLine,
};
use super::moment::Moment;
use crate::model::{
    Begin, Change, Event, Gap, Idle, Message, News, OldRow, Operation, Row, Table, TableName,
    Uncommitted,
};

/// Writes events as a journal that [`read()`](super::read()) turns back into the same events, given
/// that they start with a whole transaction and that no schema has a dot in its name.
///
/// The journal holds the content of every row in clear: whoever calls this answers for it.
pub fn write(events: &[Event]) -> String {
    let mut journal = String::new();
    let mut shapes: BTreeMap<&TableName, &Table> = BTreeMap::new();
    for event in events {
        if let Some(table) = table(event) {
            let known = shapes.insert(&table.name, table);
            if known != Some(table) {
                push(&mut journal, &Line::Table(table_line(table)));
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

/// The table of a change, decided or not.
fn table(event: &Event) -> Option<&Table> {
    match event {
        Event::Change(change) => Some(&change.table),
        Event::Uncommitted(Uncommitted { news: News::Change { table, .. }, .. }) => Some(table),
        _ => None,
    }
}

fn line(event: &Event) -> Option<Line> {
    Some(match event {
        Event::Begin(Begin { xid, commit, time, kind }) => Line::Begin(BeginLine {
            xid: Some(*xid),
            commit: Some(*commit),
            time: Some(Moment::At(*time)),
            kind: Some(*kind),
        }),
        Event::Change(Change { table, operation, .. }) => match rows(table, operation) {
            Rows::Insert(line) => Line::Insert(line),
            Rows::Update(line) => Line::Update(line),
            Rows::Delete(line) => Line::Delete(line),
            Rows::Truncate(line) => Line::Truncate(line),
        },
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
        Event::Message(Message { prefix, content }) => Line::Message(MessageLine {
            prefix: prefix.clone(),
            content: CellText::Known(content.to_vec()),
        }),
        Event::Uncommitted(Uncommitted { xid, first, time, news }) => Line::Open(OpenLine {
            xid: *xid,
            first: Some(*first),
            time: Some(Moment::At(*time)),
            part: match news {
                News::Change { part, .. } => Some(*part),
                _ => None,
            },
            news: news_line(news),
        }),
        // How a copy goes is nothing that happened.
        Event::Copy(_) => return None,
    })
}

fn news_line(news: &News) -> NewsLine {
    match news {
        News::Change { table, operation, .. } => match rows(table, operation) {
            Rows::Insert(line) => NewsLine::Insert(line),
            Rows::Update(line) => NewsLine::Update(line),
            Rows::Delete(line) => NewsLine::Delete(line),
            Rows::Truncate(line) => NewsLine::Truncate(line),
        },
        News::Backend(backend) => NewsLine::Backend(backend.clone()),
        News::Undone { part } => NewsLine::Undone(*part),
        News::Aborted => NewsLine::Aborted,
        News::Lost => NewsLine::Lost,
        News::Interrupted(interruption) => NewsLine::Interrupted(*interruption),
    }
}

fn rows(table: &Table, operation: &Operation) -> Rows {
    let name = table.name.clone();
    let cells = |row: &Row| Cells::of_row(row, table);
    let old_cells = |old: &OldRow| match old {
        OldRow::Absent => (None, None),
        OldRow::Full(row) => (Some(cells(row)), None),
        OldRow::Key(row) => (None, Some(cells(row))),
    };
    match operation {
        Operation::Insert { new } => Rows::Insert(InsertLine { table: name, new: cells(new) }),
        Operation::Update { old, new } => {
            let (old, old_key) = old_cells(old);
            Rows::Update(UpdateLine { table: name, old, old_key, new: cells(new) })
        }
        Operation::Delete { old } => {
            let (old, old_key) = old_cells(old);
            Rows::Delete(DeleteLine { table: name, old, old_key })
        }
        Operation::Truncate => Rows::Truncate(TruncateLine { tables: vec![name] }),
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
        facts: table.facts.clone(),
    }
}
