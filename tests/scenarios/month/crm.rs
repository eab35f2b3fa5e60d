//! A CRM's database in memory: transactions are planned in any order, and written as a change stream
//! in the order of their times.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{
    Cell, Code, Column, Content, Event, Position, Reference, ReplicaIdentity, Row, Table,
    TableFacts, TableName, Timestamp, TransactionKind,
};

use crate::support::crm::{Log, START};

/// 2026-10-05 00:00 UTC, a Monday. Central Europe sets its clocks back on the 25th.
pub const MONDAY: Timestamp = Timestamp(1_791_158_400_000_000);

/// Seconds since [`MONDAY`].
pub type Moment = i64;

pub const MINUTE: Moment = 60;
pub const HOUR: Moment = 3_600;
pub const DAY: Moment = 24 * HOUR;

/// The cells that a change sets; `None` is null.
pub type Cells = Vec<(&'static str, Option<String>)>;

/// `cells!(id: 7, state: "sent")`.
macro_rules! cells {
    ($($column:ident: $value:expr),* $(,)?) => {
        vec![$((stringify!($column), Some($value.to_string()))),*]
    };
}
pub(crate) use cells;

/// A moment as PostgreSQL prints it to somebody in Berlin.
pub fn berlin(moment: Moment) -> String {
    // 2026-10-25 01:00 UTC.
    let hours = if moment < 20 * DAY + HOUR { 2 } else { 1 };
    let shifted = Timestamp(MONDAY.0 + (moment + hours * HOUR) * 1_000_000).to_string();
    let text = shifted.replace('T', " ");
    format!("{}+0{hours}", &text[..19])
}

/// A moment in a column without a zone.
pub fn utc(moment: Moment) -> String {
    Timestamp(MONDAY.0 + moment * 1_000_000).to_string().replace('T', " ")[..19].to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Insert,
    Update,
    Delete,
    /// Every row in which this column names the key.
    DeleteAll(&'static str),
    /// Nothing of a row: the table gets one more column, as `name:type`.
    AddColumn(&'static str),
}

/// A change of one row, and what is to be found about it.
#[derive(Clone, Debug)]
pub struct Change {
    table: &'static str,
    key: String,
    deed: Deed,
    cells: Cells,
    expected: Vec<Expectation>,
}

/// What a fault must be found as: a code, and the table and key of whom it is about.
type Expectation = (Code, Option<(&'static str, String)>);

impl Change {
    fn new(table: &'static str, key: impl ToString, deed: Deed, cells: Cells) -> Self {
        Change { table, key: key.to_string(), deed, cells, expected: Vec::new() }
    }

    /// This change is a fault, which must be found about this person.
    pub fn wrong(mut self, code: Code, about: (&'static str, impl ToString)) -> Self {
        self.expected.push((code, Some((about.0, about.1.to_string()))));
        self
    }

    /// This change is a fault that is about nobody.
    pub fn wrong_about_nobody(mut self, code: Code) -> Self {
        self.expected.push((code, None));
        self
    }

    /// Sets a column to null.
    pub fn null(mut self, column: &'static str) -> Self {
        self.cells.push((column, None));
        self
    }

    pub fn with(mut self, column: &'static str, value: impl ToString) -> Self {
        self.cells.push((column, Some(value.to_string())));
        self
    }
}

pub fn insert(table: &'static str, key: impl ToString, cells: Cells) -> Change {
    Change::new(table, key, Deed::Insert, cells)
}

pub fn update(table: &'static str, key: impl ToString, cells: Cells) -> Change {
    Change::new(table, key, Deed::Update, cells)
}

pub fn delete(table: &'static str, key: impl ToString) -> Change {
    Change::new(table, key, Deed::Delete, Vec::new())
}

/// Deletes every row of the table that is about somebody.
pub fn delete_about(table: &'static str, column: &'static str, key: impl ToString) -> Change {
    Change::new(table, key, Deed::DeleteAll(column), Vec::new())
}

pub fn add_column(table: &'static str, column: &'static str) -> Change {
    Change::new(table, "", Deed::AddColumn(column), Vec::new())
}

/// What must be found, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub code: Code,
    /// Of incidents only the transaction is compared.
    pub position: Position,
    pub subject: Option<Reference>,
}

/// What happens, in no order.
#[derive(Clone, Default)]
pub struct Plan {
    transactions: Vec<(Moment, Vec<Change>)>,
    copied: Vec<(Moment, &'static str)>,
}

impl Plan {
    /// One transaction. What lies before [`MONDAY`] is what the initial copy finds.
    pub fn at(&mut self, moment: Moment, changes: impl IntoIterator<Item = Change>) {
        self.transactions.push((moment, changes.into_iter().collect()));
    }

    /// A table is copied anew, as after it has left the publication and joined it again.
    pub fn copy(&mut self, moment: Moment, table: &'static str) {
        self.copied.push((moment, table));
    }

    /// Writes it all, and then lets time pass until `end`.
    pub fn write(mut self, schema: Schema, end: Moment, names: &Pseudonymizer) -> Written {
        self.transactions.sort_by_key(|(moment, _)| *moment);
        self.copied.sort_by_key(|(moment, _)| *moment);
        let mut database = Database::new(schema, names);
        let (before, after): (Vec<_>, Vec<_>) =
            self.transactions.into_iter().partition(|(moment, _)| *moment < 0);
        before.into_iter().flat_map(|(_, changes)| changes).for_each(|it| database.prepare(it));
        database.reach(0);
        database.copy(TransactionKind::InitialCopy, None);
        let mut copied = self.copied.into_iter().peekable();
        for (moment, changes) in after {
            while let Some((_, table)) = copied.next_if(|(copy, _)| *copy <= moment) {
                database.copy(TransactionKind::TableCopy, Some(table));
            }
            database.reach(moment);
            database.transaction(changes);
        }
        database.reach(end);
        database.log.idle();
        Written { events: database.log.events, expected: database.expected }
    }
}

pub struct Written {
    pub events: Vec<Event>,
    /// In the order of the log.
    pub expected: Vec<Expected>,
}

/// Tables and their columns, as `name:type`; text where no type stands. The first is the key.
pub type Schema = &'static [(&'static str, &'static str)];

/// The cells of a row, in the order of the columns.
type Stored = Vec<Option<String>>;

struct Database<'n> {
    tables: BTreeMap<&'static str, Arc<Table>>,
    rows: BTreeMap<(&'static str, String), Stored>,
    log: Log,
    names: &'n Pseudonymizer,
    expected: Vec<Expected>,
    /// What the next change of a table must be found as: the one that first shows a new column.
    pending: BTreeMap<&'static str, Vec<Expectation>>,
}

impl<'n> Database<'n> {
    fn new(schema: Schema, names: &'n Pseudonymizer) -> Self {
        let tables =
            (1..).zip(schema).map(|(oid, (name, columns))| (*name, table(oid, name, columns)));
        Database {
            tables: tables.collect(),
            rows: BTreeMap::new(),
            log: Log::default(),
            names,
            expected: Vec::new(),
            pending: BTreeMap::new(),
        }
    }

    /// Lets time pass; while nothing happens the server says so every hour.
    fn reach(&mut self, moment: Moment) {
        let now = |log: &Log| (log.time().0 - MONDAY.0) / 1_000_000;
        if now(&self.log) < 0 {
            self.log.pass(Duration::from_micros((MONDAY.0 - START.0).unsigned_abs()));
        }
        while now(&self.log) + HOUR < moment {
            self.log.pass(Duration::from_secs(HOUR as u64));
            self.log.idle();
        }
        let missing = u64::try_from(moment - now(&self.log)).unwrap_or(0);
        self.log.pass(Duration::from_secs(missing));
    }

    /// What was there before the stream.
    fn prepare(&mut self, change: Change) {
        assert!(change.expected.is_empty(), "nothing of before the stream is found");
        self.apply(change);
    }

    fn copy(&mut self, kind: TransactionKind, only: Option<&'static str>) {
        self.log.begin_as(kind);
        for ((name, _), cells) in &self.rows {
            if only.is_none_or(|only| only == *name) {
                self.log.insert(&self.tables[name], row(cells));
            }
        }
        self.log.commit();
    }

    fn transaction(&mut self, changes: Vec<Change>) {
        self.log.begin();
        let changes: Vec<Change> = changes.into_iter().flat_map(|it| self.expand(it)).collect();
        for change in changes {
            if let Deed::AddColumn(column) = change.deed {
                self.add_column(change.table, column);
                self.pending.entry(change.table).or_default().extend(change.expected);
                continue;
            }
            let table = Arc::clone(&self.tables[change.table]);
            let pending = self.pending.remove(change.table).unwrap_or_default();
            let expected = [pending, change.expected.clone()].concat();
            let (before, after) = self.apply(change);
            match (before, after) {
                (None, Some(new)) => self.log.insert(&table, row(&new)),
                (Some(old), Some(new)) => self.log.update(&table, row(&old), row(&new)),
                (Some(old), None) => self.log.delete(&table, row(&old)),
                (None, None) => unreachable!("a change changes something"),
            }
            self.expect(expected);
        }
        self.log.commit();
    }

    fn expand(&self, change: Change) -> Vec<Change> {
        let Deed::DeleteAll(column) = change.deed else { return vec![change] };
        let index = self.tables[change.table].column(column).expect("the column is there");
        let about = |((table, _), cells): &(&(&'static str, String), &Vec<Option<String>>)| {
            *table == change.table && cells[index].as_ref() == Some(&change.key)
        };
        let rows = self.rows.iter().filter(about);
        let mut changes: Vec<Change> = rows.map(|((table, key), _)| delete(table, key)).collect();
        if let Some(first) = changes.first_mut() {
            first.expected = change.expected;
        }
        changes
    }

    fn expect(&mut self, expected: Vec<Expectation>) {
        let Some(Event::Change(change)) = self.log.events.last() else { return };
        let position = change.position;
        for (code, about) in expected {
            let subject = about.map(|(table, key)| {
                let table: TableName = qualified(table);
                self.names.subject(&table, key.as_bytes())
            });
            self.expected.push(Expected { code, position, subject });
        }
    }

    /// The row before and after.
    fn apply(&mut self, change: Change) -> (Option<Stored>, Option<Stored>) {
        let table = Arc::clone(&self.tables[change.table]);
        let name = (change.table, change.key.clone());
        let before = self.rows.remove(&name);
        let place = format!("{} {} {:?}", change.table, change.key, change.deed);
        assert_eq!(before.is_none(), change.deed == Deed::Insert, "{place}");
        if change.deed == Deed::Delete {
            return (before, None);
        }
        let mut after = before.clone().unwrap_or_else(|| vec![None; table.columns.len()]);
        after.resize(table.columns.len(), None);
        after[0] = Some(change.key);
        for (column, value) in change.cells {
            let index = table.column(column).unwrap_or_else(|| panic!("{place}: {column}"));
            after[index] = value;
        }
        self.rows.insert(name, after.clone());
        let width = table.columns.len();
        let before = before.map(|mut before| {
            before.resize(width, None);
            before
        });
        (before, Some(after))
    }

    fn add_column(&mut self, name: &'static str, column_text: &str) {
        let known = &self.tables[name];
        let mut columns = known.columns.clone();
        columns.push(column(column_text));
        let table = Table { columns, ..Table::clone(known) };
        self.tables.insert(name, Arc::new(table));
    }
}

/// `contacts` is `crm.contacts`; `public.contact` is itself.
fn qualified(name: &str) -> TableName {
    match name.split_once('.') {
        Some((schema, name)) => TableName::new(schema, name),
        None => TableName::new("crm", name),
    }
}

fn table(oid: u32, name: &str, columns: &str) -> Arc<Table> {
    Arc::new(Table {
        oid,
        name: qualified(name),
        replica_identity: ReplicaIdentity::Full,
        columns: columns.split_whitespace().map(column).collect(),
        facts: TableFacts::default(),
    })
}

fn column(text: &str) -> Column {
    let (name, kind) = text.split_once(':').unwrap_or((text, "text"));
    let type_oid = match kind {
        "text" => 25,
        "bool" => 16,
        "int" => 20,
        "numeric" => 1700,
        "timestamptz" => 1184,
        "timestamp" => 1114,
        "inet" => 869,
        other => panic!("no such type: {other}"),
    };
    Column { name: name.into(), type_oid, key: true }
}

fn row(cells: &[Option<String>]) -> Row {
    Row::from_cells(cells.iter().map(|cell| match cell {
        None => Cell::Null,
        Some(text) => Cell::Known(Content::new(text.as_bytes())),
    }))
}
