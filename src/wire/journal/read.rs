//! Reads a journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::cells::{CellText, Cells};
use super::line::{
    BeginLine, CommitLine, GapLine, IdleLine, Line, MessageLine, NewsLine, OpenLine, Rows,
    TableLine,
};
use super::moment::Moment;
use crate::model::limits::MESSAGE_BYTES;
use crate::model::{
    Begin, Cell, Change, Code, Column, Commit, Event, Fault, Gap, Idle, Lsn, Message, News, OldRow,
    Operation, Place, Position, ReplicaIdentity, Row, Table, TableName, Timestamp, TransactionKind,
    Uncommitted,
};
use crate::wire::assemble::next;

/// Where a journal starts that does not say so: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp(1_767_225_600_000_000);

/// The LSN before the first transaction of a journal that does not name any.
const BASE: Lsn = Lsn(0x100_0000);

/// From the last LSN named to a commit record that is not, and from there to its end. In bytes.
const TRANSACTION_BYTES: u64 = 0x100;
const COMMIT_BYTES: u64 = 0x30;

/// Reads a journal into events.
///
/// # Errors
/// `WIR-002` for every faulty line, with its place and never with its content. The file in the
/// place is called `journal`; whoever opened the file knows its name. What only follows from an
/// earlier line that could not be read is not told.
pub fn read(text: &str) -> Result<Vec<Event>, Vec<Fault>> {
    let mut reader = Reader::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            reader.line(number, line);
        }
    }
    reader.finish()
}

/// Why a line is refused, and under which key.
enum Refusal {
    /// The line is wrong in itself.
    Line(&'static str, String),
    /// The line does not follow from those before it.
    Context(&'static str, String),
}

struct Reader {
    events: Vec<Event>,
    faults: Vec<Fault>,
    tables: BTreeMap<TableName, Arc<Table>>,
    /// The last position in the open transaction, and the line of its beginning.
    open: Option<(Position, usize)>,
    xid: u32,
    /// Where the open transactions began that news told of.
    firsts: BTreeMap<u32, Lsn>,
    lsn: Lsn,
    time: Timestamp,
    number: usize,
    /// Whether a line was lost on which others may depend.
    incomplete: bool,
}

impl Reader {
    fn new() -> Self {
        Reader {
            events: Vec::new(),
            faults: Vec::new(),
            tables: BTreeMap::new(),
            open: None,
            xid: 0,
            firsts: BTreeMap::new(),
            lsn: BASE,
            time: START,
            number: 0,
            incomplete: false,
        }
    }

    fn line(&mut self, number: usize, text: &str) {
        self.number = number;
        if text.len() > MESSAGE_BYTES {
            return self.refuse(0, "", format!("the line is longer than {MESSAGE_BYTES} bytes"));
        }
        let line = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(error) => return self.refuse(error.column(), "", cause(&error)),
        };
        match self.take(line) {
            Ok(()) => {}
            Err(Refusal::Line(key, cause)) => self.refuse(0, key, cause),
            Err(Refusal::Context(..)) if self.incomplete => {}
            Err(Refusal::Context(key, cause)) => self.fault(0, key, cause),
        }
    }

    fn refuse(&mut self, column: usize, key: &str, cause: String) {
        self.incomplete = true;
        self.fault(column, key, cause);
    }

    fn fault(&mut self, column: usize, key: &str, cause: String) {
        let (file, key) = ("journal".to_owned(), key.to_owned());
        let place = Place { file, line: self.number, column, key };
        self.faults.push(Fault::new(Code::WIR_002, cause).at(place));
    }

    fn finish(mut self) -> Result<Vec<Event>, Vec<Fault>> {
        if let (Some((_, line)), false) = (self.open, self.incomplete) {
            self.number = line;
            self.fault(0, "begin", "the transaction has no commit line".to_owned());
        }
        if self.faults.is_empty() { Ok(self.events) } else { Err(self.faults) }
    }

    fn take(&mut self, line: Line) -> Result<(), Refusal> {
        match line {
            Line::Table(line) => self.table(line),
            Line::Begin(line) => self.begin(line),
            Line::Insert(line) => self.decided(Rows::Insert(line)),
            Line::Update(line) => self.decided(Rows::Update(line)),
            Line::Delete(line) => self.decided(Rows::Delete(line)),
            Line::Truncate(line) => self.decided(Rows::Truncate(line)),
            Line::Commit(line) => self.commit(line),
            Line::Idle(line) => self.idle(line),
            Line::Gap(line) => self.gap(line),
            Line::Message(line) => self.message(line),
            Line::Open(line) => self.uncommitted(line),
        }
    }

    fn table(&mut self, line: TableLine) -> Result<(), Refusal> {
        let known = self.tables.get(&line.name).map(|table| table.oid);
        let numbered = self.tables.len() as u32 + 1;
        let mut columns: Vec<Column> = Vec::with_capacity(line.columns.len());
        for column in line.columns {
            if columns.iter().any(|known| known.name == column.name) {
                let cause = "a column is described twice".to_owned();
                return Err(Refusal::Line("table.columns", cause));
            }
            let (name, type_oid, key) = (column.name, column.type_oid, column.key);
            columns.push(Column { name, type_oid, key });
        }
        let table = Table {
            oid: line.oid.or(known).unwrap_or(numbered),
            name: line.name.clone(),
            replica_identity: line.identity.unwrap_or(ReplicaIdentity::Default),
            columns,
            facts: line.facts,
        };
        self.tables.insert(line.name, Arc::new(table));
        Ok(())
    }

    fn begin(&mut self, line: BeginLine) -> Result<(), Refusal> {
        // A source that reconnects may tell a transaction again from its beginning.
        if let Some((open, begun)) = self.open.filter(|(open, _)| line.commit != Some(open.commit))
        {
            let cause = format!(
                "the transaction {} that began on line {begun} has no commit line",
                open.commit
            );
            return Err(Refusal::Context("begin", cause));
        }
        let kind = line.kind.unwrap_or(TransactionKind::Live);
        let numbered = match kind {
            TransactionKind::Live => self.xid.wrapping_add(1),
            TransactionKind::InitialCopy | TransactionKind::TableCopy => 0,
        };
        let begin = Begin {
            xid: line.xid.unwrap_or(numbered),
            commit: line.commit.unwrap_or(after(self.lsn, TRANSACTION_BYTES)),
            time: self.moment(line.time)?,
            kind,
        };
        self.xid = begin.xid;
        self.open = Some((Position { commit: begin.commit, ordinal: 0 }, self.number));
        self.events.push(Event::Begin(begin));
        Ok(())
    }

    fn decided(&mut self, rows: Rows) -> Result<(), Refusal> {
        for (table, operation) in self.changes(rows)? {
            let key = operation.kind().name();
            let (open, _) = self.open.as_mut().ok_or_else(|| outside(key))?;
            *open = next(*open);
            self.events.push(Event::Change(Change { position: *open, table, operation }));
        }
        Ok(())
    }

    /// What one line did, one change for each table.
    fn changes(&self, rows: Rows) -> Result<Vec<(Arc<Table>, Operation)>, Refusal> {
        Ok(match rows {
            Rows::Insert(line) => {
                let table = self.described("insert.table", &line.table)?;
                let new = row(&table, &line.new, "insert.new")?;
                vec![(table, Operation::Insert { new })]
            }
            Rows::Update(line) => {
                let table = self.described("update.table", &line.table)?;
                let old = old_row(&table, line.old.as_ref(), line.old_key.as_ref())?;
                if table.replica_identity == ReplicaIdentity::Full && old.full().is_none() {
                    let cause = "with the identity full, under which the table is described, an update has the \
                                 whole old row (old)";
                    return Err(Refusal::Line("update", cause.to_owned()));
                }
                let new = row(&table, &line.new, "update.new")?;
                vec![(table, Operation::Update { old, new })]
            }
            Rows::Delete(line) => {
                let table = self.described("delete.table", &line.table)?;
                let old = old_row(&table, line.old.as_ref(), line.old_key.as_ref())?;
                if old == OldRow::Absent {
                    let cause = "a delete needs the old row (old) or its key (old_key)";
                    return Err(Refusal::Line("delete", cause.to_owned()));
                }
                vec![(table, Operation::Delete { old })]
            }
            Rows::Truncate(line) => {
                let table = |name| self.described("truncate.tables", name);
                let tables: Result<Vec<_>, _> = line.tables.iter().map(table).collect();
                tables?.into_iter().map(|table| (table, Operation::Truncate)).collect()
            }
        })
    }

    fn message(&mut self, line: MessageLine) -> Result<(), Refusal> {
        self.open.ok_or_else(|| outside("message"))?;
        if !line.prefix.starts_with(Message::PREFIX) && line.prefix != Message::ORIGIN {
            let cause =
                format!("a message to lawtail has a prefix that begins with {}", Message::PREFIX);
            return Err(Refusal::Line("message.prefix", cause));
        }
        let content = match line.content.cell() {
            Cell::Known(content) => Bytes::copy_from_slice(content.reveal()),
            Cell::Null | Cell::Unchanged => {
                let cause = "a message has a content".to_owned();
                return Err(Refusal::Line("message.content", cause));
            }
        };
        self.events.push(Event::Message(Message { prefix: line.prefix, content }));
        Ok(())
    }

    /// News of an open transaction may stand anywhere, also within another one.
    fn uncommitted(&mut self, line: OpenLine) -> Result<(), Refusal> {
        let OpenLine { xid, first, time, part, news } = line;
        let assumed = self.firsts.get(&xid).copied().unwrap_or(after(self.lsn, 1));
        let first = first.unwrap_or(assumed);
        self.firsts.insert(xid, first);
        let time = self.moment(time)?;
        let news = match news {
            NewsLine::Insert(line) => self.news(xid, part, Rows::Insert(line))?,
            NewsLine::Update(line) => self.news(xid, part, Rows::Update(line))?,
            NewsLine::Delete(line) => self.news(xid, part, Rows::Delete(line))?,
            NewsLine::Truncate(line) => self.news(xid, part, Rows::Truncate(line))?,
            _ if part.is_some() => {
                let cause = "only a change belongs to a part; undone names its own".to_owned();
                return Err(Refusal::Line("open.part", cause));
            }
            NewsLine::Backend(backend) => vec![News::Backend(backend)],
            NewsLine::Undone(part) => vec![News::Undone { part }],
            NewsLine::Aborted => vec![News::Aborted],
            NewsLine::Lost => vec![News::Lost],
            NewsLine::Interrupted(interruption) => vec![News::Interrupted(interruption)],
        };
        let told = |news| Event::Uncommitted(Uncommitted { xid, first, time, news });
        self.events.extend(news.into_iter().map(told));
        Ok(())
    }

    fn news(&self, xid: u32, part: Option<u32>, rows: Rows) -> Result<Vec<News>, Refusal> {
        let part = part.unwrap_or(xid);
        let changes = self.changes(rows)?.into_iter();
        Ok(changes.map(|(table, operation)| News::Change { part, table, operation }).collect())
    }

    fn commit(&mut self, line: CommitLine) -> Result<(), Refusal> {
        let (open, _) = self.open.take().ok_or_else(|| outside("commit"))?;
        let end = line.end.unwrap_or(after(open.commit, COMMIT_BYTES));
        if end < open.commit {
            let cause = format!("{end} lies before the commit record at {}", open.commit);
            return Err(Refusal::Line("commit.end", cause));
        }
        self.lsn = end;
        self.events.push(Event::Commit(Commit { position: next(open), end }));
        Ok(())
    }

    fn idle(&mut self, line: IdleLine) -> Result<(), Refusal> {
        if self.open.is_some() {
            let cause = "an idle line cannot stand within a transaction".to_owned();
            return Err(Refusal::Context("idle", cause));
        }
        self.lsn = line.lsn.unwrap_or(self.lsn);
        let time = self.moment(line.time)?;
        self.events.push(Event::Idle(Idle { lsn: self.lsn, time }));
        Ok(())
    }

    /// Where the stream has broken off, the rest of the open transaction was not seen.
    fn gap(&mut self, line: GapLine) -> Result<(), Refusal> {
        let from = line.from.unwrap_or(self.lsn);
        let time = self.moment(line.time)?;
        if line.cause.breaks_off() {
            self.open = None;
            self.lsn = line.to;
        }
        self.events.push(Event::Gap(Gap { from, to: line.to, time, cause: line.cause }));
        Ok(())
    }

    fn moment(&mut self, moment: Option<Moment>) -> Result<Timestamp, Refusal> {
        if let Some(moment) = moment {
            let beyond = || Refusal::Line("time", "the time lies after the year 9999".to_owned());
            self.time = moment.resolve(self.time).ok_or_else(beyond)?;
        }
        Ok(self.time)
    }

    fn described(&self, key: &'static str, name: &TableName) -> Result<Arc<Table>, Refusal> {
        let table = self.tables.get(name).map(Arc::clone);
        table.ok_or_else(|| Refusal::Context(key, "no line above describes this table".to_owned()))
    }
}

fn old_row(table: &Table, old: Option<&Cells>, key: Option<&Cells>) -> Result<OldRow, Refusal> {
    match (old, key) {
        (None, None) => Ok(OldRow::Absent),
        (Some(cells), None) => Ok(OldRow::Full(row(table, cells, "old")?)),
        (None, Some(cells)) => {
            let key = |(name, _): &(String, CellText)| {
                table.column(name).is_none_or(|column| table.columns[column].key)
            };
            if !cells.0.iter().all(key) {
                let cause = "old_key may only name columns that are described as key".to_owned();
                return Err(Refusal::Line("old_key", cause));
            }
            Ok(OldRow::Key(row(table, cells, "old_key")?))
        }
        (Some(_), Some(_)) => {
            let cause = "the old row is given whole (old) or by its key (old_key), not both";
            Err(Refusal::Line("old_key", cause.to_owned()))
        }
    }
}

/// A row of the table's shape; columns that are not named are null.
fn row(table: &Table, cells: &Cells, key: &'static str) -> Result<Row, Refusal> {
    let mut row = vec![None; table.columns.len()];
    for (place, (name, text)) in cells.0.iter().enumerate() {
        let Some(column) = table.column(name) else {
            return Err(Refusal::Line(key, strange(table, cells, place)));
        };
        if row[column].replace(text.cell()).is_some() {
            let cause = format!("the column {name} is named twice");
            return Err(Refusal::Line(key, cause));
        }
    }
    Ok(Row::from_cells(row.into_iter().map(|cell| cell.unwrap_or(Cell::Null))))
}

/// A name that is no column may be anything, so it is told by its place and by what stands before it.
fn strange(table: &Table, cells: &Cells, place: usize) -> String {
    let known: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let before = place.checked_sub(1).and_then(|before| cells.0.get(before));
    let after = before.map_or(String::new(), |(name, _)| format!(", after {name},"));
    format!(
        "the name in place {}{after} is no column of {}, which has only {}",
        place + 1,
        table.name,
        known.join(", ")
    )
}

fn outside(key: &'static str) -> Refusal {
    Refusal::Context(key, "no transaction has begun".to_owned())
}

fn after(lsn: Lsn, bytes: u64) -> Lsn {
    Lsn(lsn.0.saturating_add(bytes))
}

/// What the parser expected. Its own words may quote what it found, so only what follows the last
/// "expected" is told; a message without one is a fixed text of serde_json or ours.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => text.to_owned(),
    }
}
