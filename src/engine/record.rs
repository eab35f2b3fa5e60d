//! One change read through the pack: columns by name, conditions, selectors.

mod conditions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::assess::accuracy::is_erased;
use super::keys;
use super::nested::{Member, member};
use super::pseudonym::Pseudonymizer;
use super::state::State;
use crate::model::{Cell, Change, Content, Fault, OperationKind, Reference, Row, Table, TableName};
use crate::policy::{ContactPointMapping, Selector, SubjectMapping, TableMapping, ValueMap, place};

pub(super) use conditions::says;

/// The columns that other tables look up in one row; `None` is SQL null.
pub(super) type LookedUp = BTreeMap<String, Option<String>>;

/// What stands in a column of one version of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reading<'a> {
    /// It was not sent, is no UTF-8, or there is no such column.
    Unknown,
    /// SQL null, or there is no such version of the row.
    Null,
    /// Its text.
    Text(&'a str),
}

impl<'a> Reading<'a> {
    fn of(cell: Cell<'a>) -> Self {
        match cell {
            Cell::Null => Reading::Null,
            Cell::Unchanged => Reading::Unknown,
            Cell::Known(content) => content.reveal_text().map_or(Reading::Unknown, Reading::Text),
        }
    }
}

/// A change with the meaning of its table.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The change.
    pub change: &'a Change,
    /// What its table means.
    pub mapping: &'a TableMapping,
    /// It is inserted in place of the same row, which the transaction has deleted.
    pub put_back: Option<bool>,
}

/// What a table means that the pack does not know.
static UNMAPPED: LazyLock<TableMapping> = LazyLock::new(TableMapping::default);

impl<'a> Record<'a> {
    /// A change of a table that the pack maps, or of one that it does not.
    pub fn new(change: &'a Change, mapping: Option<&'a TableMapping>) -> Self {
        Record { change, mapping: mapping.unwrap_or(&UNMAPPED), put_back: Some(false) }
    }

    /// The cell of a column, or of a member of one that holds JSON ([`place`]), after the change; before
    /// it, for a deletion. A large value that the update did not touch is taken from the old row when that was
    /// sent whole.
    pub fn cell(&self, column: &str) -> Cell<'a> {
        cell(&self.change.table, column, |index| self.cell_at(index))
    }

    /// As [`Record::cell`], by index.
    pub fn cell_at(&self, index: usize) -> Cell<'a> {
        let operation = &self.change.operation;
        let old = operation.old_row();
        match operation.new_row() {
            Some(new) => match (new.cell(index), old.and_then(|old| old.full())) {
                (Cell::Unchanged, Some(old)) => old.cell(index),
                (cell, _) => cell,
            },
            None => {
                let known = old.and_then(|old| old.full()).or_else(|| self.key_row(index));
                known.map_or(Cell::Unchanged, |row| row.cell(index))
            }
        }
    }

    /// The text of a column, when it is known, not null and UTF-8.
    pub fn text(&self, column: &str) -> Option<&'a str> {
        self.cell(column).known().and_then(|content| content.reveal_text())
    }

    /// What stands in a column after the change, or before it.
    pub fn reading(&self, before: bool, column: &str) -> Reading<'a> {
        let operation = &self.change.operation;
        let is_absent = match before {
            true => operation.kind() == OperationKind::Insert,
            false => operation.new_row().is_none(),
        };
        if is_absent {
            return Reading::Null;
        }
        let cell = cell(&self.change.table, column, |index| match before {
            false => self.cell_at(index),
            true => {
                let old = operation.old_row().and_then(|old| old.full());
                old.or_else(|| self.key_row(index)).map_or(Cell::Unchanged, |row| row.cell(index))
            }
        });
        Reading::of(cell)
    }

    /// Whether the change set or altered a column: `None` when the old value was not sent.
    pub fn changed(&self, index: usize) -> Option<bool> {
        let operation = &self.change.operation;
        let Some(new) = operation.new_row() else { return Some(true) };
        let Some(old) = operation.old_row() else { return Some(true) };
        match new.cell(index) {
            Cell::Unchanged => Some(false),
            cell => old.full().map(|old| old.cell(index) != cell),
        }
    }

    /// As [`Record::changed`], by the name of a column or of a member of one; `None` also where there is no
    /// such column.
    pub fn altered(&self, column: &str) -> Option<bool> {
        let table = &self.change.table;
        if let Some(index) = table.column(column) {
            return self.changed(index);
        }
        let index = table.column(place(column).0)?;
        if self.changed(index)? && self.change.operation.kind() == OperationKind::Update {
            let old = self.change.operation.old_row()?.full()?;
            return Some(cell(table, column, |index| old.cell(index)) != self.cell(column));
        }
        self.changed(index)
    }

    /// The contact points that the row has, each with its column.
    pub fn contact_points(&self) -> impl Iterator<Item = &'a ContactPointMapping> {
        let points = self.mapping.contact_points.iter();
        points.filter(|point| self.holds(&point.when) == Some(true))
    }

    /// What stood in a column before an update and what stands there now, when one content was
    /// replaced by another.
    pub fn replaced(&self, index: usize) -> Option<(&'a [u8], &'a [u8])> {
        self.change.operation.new_row()?;
        let old = self.change.operation.old_row()?.full()?.cell(index).known()?;
        let new = self.cell_at(index).known()?;
        (old != new).then(|| (old.reveal(), new.reveal()))
    }

    /// Whether what stands in a column says that nothing is left there.
    pub fn is_erased_at(&self, index: usize) -> bool {
        let text = self.cell_at(index).known().and_then(|content| content.reveal_text());
        text.is_some_and(is_erased)
    }

    /// Whether what stands in a column says of nobody anything: nothing, a flag that is down, or a count of none.
    /// Columns for what only people have stand in tables of customers, and organisations have their defaults there.
    pub fn says_nothing_at(&self, index: usize) -> bool {
        match self.cell_at(index) {
            Cell::Null => true,
            Cell::Unchanged => false,
            Cell::Known(content) => content.reveal_text().is_some_and(|text| {
                let text = text.trim();
                matches!(text, "" | "f" | "false") || text.parse::<f64>() == Ok(0.0)
            }),
        }
    }

    /// What stands in a column, when it is known and not null.
    pub fn content(&self, index: usize) -> Option<&'a [u8]> {
        self.cell_at(index).known().map(|content| content.reveal())
    }

    /// The text of a column before an update: `None` when the old row was not sent whole, and
    /// inside, when it was null.
    pub fn former_text(&self, column: &str) -> Option<Option<&'a str>> {
        let old = self.change.operation.old_row()?.full()?;
        let content = cell(&self.change.table, column, |index| old.cell(index)).known();
        Some(content.and_then(|content| content.reveal_text()))
    }

    /// What other tables call the row by: its key as data subject, or as declared, or its `id`.
    pub fn key_content(&self) -> Option<&'a [u8]> {
        let declared = match &self.mapping.subject {
            Some(SubjectMapping::Itself { key }) => Some(key.as_str()),
            _ => self.mapping.key.as_deref(),
        };
        self.content(self.change.table.column(declared.unwrap_or("id"))?)
    }

    /// Whether the pack calls the row a test: after an update, and before it as far as that is
    /// known. `None` when it cannot be told.
    pub fn is_test(&self) -> Option<bool> {
        let tests = &self.mapping.test_rows;
        match (!tests.is_empty()).then(|| self.held(tests)).flatten() {
            Some(false) => Some(false),
            Some(true) | None => Some(!tests.is_empty() && self.holds(tests)?),
        }
    }

    /// What a selector says of this row; `None` when its value is unknown or not mapped.
    pub fn select<T: Clone>(
        &self,
        selector: &Selector<T>,
        state: &State<'_>,
        pseudonyms: &Pseudonymizer,
    ) -> Result<Option<T>, Fault> {
        Ok(match selector {
            Selector::Fixed(value) => Some(value.clone()),
            Selector::Column { column, values } => match self.cell(column) {
                Cell::Unchanged => None,
                Cell::Null => meaning(values, None),
                Cell::Known(content) => {
                    content.reveal_text().and_then(|text| meaning(values, Some(text)))
                }
            },
            Selector::Lookup { field, values, .. } => {
                let Some(row) = self.refers_to(selector, pseudonyms) else { return Ok(None) };
                let found = state.read::<LookedUp>(&keys::looked_up(row))?;
                let value = found.and_then(|columns| columns.get(field).cloned());
                value.and_then(|value| meaning(values, value.as_deref()))
            }
        })
    }

    /// Whether the column that a selector reads holds nothing: null, or blank text. It is asked only
    /// where the pack does not map that.
    pub fn is_silent<T>(&self, selector: &Selector<T>) -> bool {
        let Selector::Column { column, .. } = selector else { return false };
        let blank = || self.text(column).is_some_and(|text| text.trim().is_empty());
        self.cell(column) == Cell::Null || blank()
    }

    /// Whether something is written in the column that a selector reads, also of another record: of
    /// that only words that mean something are kept, and null.
    pub fn is_written<T>(
        &self,
        selector: &Selector<T>,
        state: &State<'_>,
        pseudonyms: &Pseudonymizer,
    ) -> Result<bool, Fault> {
        match selector {
            Selector::Fixed(_) => Ok(false),
            Selector::Column { column, .. } => {
                Ok(matches!(self.cell(column), Cell::Known(_)) && !self.is_silent(selector))
            }
            Selector::Lookup { field, .. } => {
                let Some(row) = self.refers_to(selector, pseudonyms) else { return Ok(false) };
                let found = state.read::<LookedUp>(&keys::looked_up(row))?;
                Ok(found.is_some_and(|columns| !columns.contains_key(field)))
            }
        }
    }

    /// The record in which a selector reads.
    pub fn refers_to<T>(
        &self,
        selector: &Selector<T>,
        pseudonyms: &Pseudonymizer,
    ) -> Option<Reference> {
        let Selector::Lookup { column, table, .. } = selector else { return None };
        Some(pseudonyms.row(table, &[self.cell(column).known()?.reveal()]))
    }

    /// What others refer to the row by: one column, also where several name it.
    pub fn called(&self, pseudonyms: &Pseudonymizer) -> Option<Reference> {
        let name = self.key_content();
        let called = name.map(|name| pseudonyms.row(&self.change.table.name, &[name]));
        called.or_else(|| self.row(pseudonyms))
    }

    /// Whose data the row is. A record through which it is about somebody must have been seen.
    pub fn subject(
        &self,
        state: &State<'_>,
        pseudonyms: &Pseudonymizer,
    ) -> Result<Option<Reference>, Fault> {
        if let Some((table, column)) = self.through() {
            let Some(key) = self.cell(column).known() else { return Ok(None) };
            return state.read(&keys::whose(pseudonyms.row(table, &[key.reveal()])));
        }
        Ok(self.subject_key().map(|(table, key)| pseudonyms.subject(table, key)))
    }

    /// The record through which the row is about somebody, when nobody knows about whom it is.
    pub fn unseen(
        &self,
        subject: Option<Reference>,
        pseudonyms: &Pseudonymizer,
    ) -> Option<Reference> {
        let (table, column) = self.through().filter(|_| subject.is_none())?;
        Some(pseudonyms.row(table, &[self.cell(column).known()?.reveal()]))
    }

    /// The table of the record through which the row is about somebody, and the column that names it.
    fn through(&self) -> Option<(&'a TableName, &'a str)> {
        match self.mapping.subject.as_ref()? {
            SubjectMapping::AboutThrough { table, column, .. } => Some((table, column)),
            SubjectMapping::AboutOneOf { kind, tables, through, column } => {
                let table = tables.get(self.text(kind)?)?;
                through.contains_key(table).then_some((table, column))
            }
            SubjectMapping::Itself { .. } | SubjectMapping::About { .. } => None,
        }
    }

    /// What stands for somebody of a kind that the pack does not list: no record has this name.
    pub fn unlisted(&self, pseudonyms: &Pseudonymizer) -> Option<Reference> {
        let Some(SubjectMapping::AboutOneOf { kind, tables, column, .. }) = &self.mapping.subject
        else {
            return None;
        };
        let (word, key) = (self.text(kind)?, self.cell(column).known()?.reveal());
        let name = || pseudonyms.row(&self.change.table.name, &[word.as_bytes(), key]);
        (!tables.contains_key(word)).then(name)
    }

    /// The table of the people to whom the data subject belongs, where it is one and the same.
    pub fn people(&self) -> Option<&'a TableName> {
        match self.mapping.subject.as_ref()? {
            SubjectMapping::Itself { .. } => Some(&self.change.table.name),
            SubjectMapping::About { table, .. } => Some(table),
            SubjectMapping::AboutOneOf { kind, tables, through, .. } => {
                let table = tables.get(self.text(kind)?)?;
                let one =
                    |people: &'a BTreeSet<TableName>| people.first().filter(|_| people.len() == 1);
                through.get(table).map_or(Some(table), one)
            }
            SubjectMapping::AboutThrough { people, .. } => {
                people.first().filter(|_| people.len() == 1)
            }
        }
    }

    /// The data subject by table and key, where the row holds the key. The key is content.
    pub fn subject_key(&self) -> Option<(&'a TableName, &'a [u8])> {
        let (table, column): (&TableName, &str) = match self.mapping.subject.as_ref()? {
            SubjectMapping::Itself { key } => (&self.change.table.name, key),
            SubjectMapping::About { table, column } => (table, column),
            SubjectMapping::AboutOneOf { kind, tables, through, column } => {
                let table = tables.get(self.text(kind)?)?;
                (Some(table).filter(|table| !through.contains_key(*table))?, column)
            }
            SubjectMapping::AboutThrough { .. } => return None,
        };
        Some((table, self.cell(column).known()?.reveal()))
    }

    /// About whom the row was before an update or deletion, when the old row was sent whole.
    pub fn former_subject(&self, pseudonyms: &Pseudonymizer) -> Option<Reference> {
        let Some(SubjectMapping::About { table, column }) = &self.mapping.subject else {
            return None;
        };
        let old = self.change.operation.old_row()?.full()?;
        let key = old.cell(self.change.table.column(column)?).known()?;
        Some(pseudonyms.subject(table, key.reveal()))
    }

    /// As [`Record::former_subject`], also where the row is the person's own and has got another key.
    pub fn former_person(&self, pseudonyms: &Pseudonymizer) -> Option<Reference> {
        let Some(SubjectMapping::Itself { key }) = &self.mapping.subject else {
            return self.former_subject(pseudonyms);
        };
        let old = self.change.operation.old_row()?.full()?;
        let key = old.cell(self.change.table.column(key)?).known()?;
        Some(pseudonyms.subject(&self.change.table.name, key.reveal()))
    }

    /// Whether an update may have moved the row to somebody else.
    pub fn subject_changed(&self) -> bool {
        let Some(
            SubjectMapping::About { column, .. } | SubjectMapping::AboutThrough { column, .. },
        ) = &self.mapping.subject
        else {
            return false;
        };
        let index = self.change.table.column(column);
        index.is_some_and(|index| self.changed(index) != Some(false))
    }

    /// Who made the change, as the row says, in clear; an empty text names nobody. A deleted row
    /// only says who changed it before.
    pub fn actor_name(&self) -> Option<&'a [u8]> {
        self.change.operation.new_row()?;
        let name = self.cell(self.mapping.actor.as_ref()?).known()?.reveal();
        (!name.trim_ascii().is_empty()).then_some(name)
    }

    /// The row itself.
    pub fn row(&self, pseudonyms: &Pseudonymizer) -> Option<Reference> {
        self.named(pseudonyms, |index| self.cell_at(index))
    }

    /// What the row was called before, when an update has given it another name.
    pub fn former_row(&self, pseudonyms: &Pseudonymizer) -> Option<Reference> {
        self.change.operation.new_row()?;
        let old = self.change.operation.old_row()?.identity()?;
        let renamed = self.key_columns().any(|index| old.cell(index) != self.cell_at(index));
        renamed.then(|| self.named(pseudonyms, |index| old.cell(index))).flatten()
    }

    /// The name that its key columns give a row. Null may stand only in a row that is named by all
    /// its columns; there it is told apart by a byte that PostgreSQL's text cannot hold.
    fn named<'c>(
        &self,
        pseudonyms: &Pseudonymizer,
        cell: impl Fn(usize) -> Cell<'c>,
    ) -> Option<Reference> {
        let table = &self.change.table;
        let whole = self.key_columns().count() == table.columns.len();
        let part = |index| match cell(index) {
            Cell::Known(content) => Some(content.reveal()),
            Cell::Null => whole.then_some(b"\0".as_slice()),
            Cell::Unchanged => None,
        };
        let parts: Option<Vec<&[u8]>> = self.key_columns().map(part).collect();
        parts.map(|parts| pseudonyms.row(&table.name, &parts))
    }

    /// The columns that name a row: the one that the pack declares, otherwise the table's key. With
    /// replica identity FULL the server marks every column as key: then it is the key as data
    /// subject, or the column `id`, or the primary key where there is neither, or where that takes
    /// more columns to tell rows apart. Without any of them a row is named by all that stands in it.
    fn key_columns(&self) -> impl Iterator<Item = usize> + use<'a> {
        let table = &self.change.table;
        let marked = table.columns.iter().filter(|column| column.key).count();
        let is_marked = (1..table.columns.len()).contains(&marked);
        let one = self.mapping.key.as_ref().and_then(|key| table.column(key)).or_else(|| {
            let usual = match &self.mapping.subject {
                Some(SubjectMapping::Itself { key }) => table.column(key),
                _ => table.column("id"),
            };
            usual.filter(|_| !is_marked && table.primary_key().nth(1).is_none())
        });
        let is_primary = !is_marked && one.is_none() && table.primary_key().next().is_some();
        (0..table.columns.len()).filter(move |&index| match one {
            Some(one) => index == one,
            None if is_marked => table.columns[index].key,
            None if is_primary => table.primary_key().any(|it| it == index),
            None => true,
        })
    }

    fn key_row(&self, index: usize) -> Option<&'a Row> {
        let is_key = self.change.table.columns.get(index)?.key;
        self.change.operation.old_row()?.identity().filter(|_| is_key)
    }
}

/// The cell of a column, or of a member of one that holds JSON. Of a column that is not there nothing is known.
fn cell<'a>(table: &Table, name: &str, at: impl Fn(usize) -> Cell<'a>) -> Cell<'a> {
    if let Some(index) = table.column(name) {
        return at(index);
    }
    let (column, Some(path)) = place(name) else { return Cell::Unchanged };
    match table.column(column).map_or(Cell::Unchanged, at) {
        Cell::Known(content) => match content.reveal_text().map(|text| member(text, path)) {
            Some(Member::Text(text)) => Cell::Known(Content::new(text.as_bytes())),
            Some(Member::Null) => Cell::Null,
            Some(Member::Unknown) | None => Cell::Unchanged,
        },
        other => other,
    }
}

/// What a value means.
pub(super) fn meaning<T: Clone>(values: &ValueMap<T>, value: Option<&str>) -> Option<T> {
    match values {
        ValueMap::Itself => None,
        ValueMap::Listed(listed) => listed.get(value.unwrap_or("")).cloned(),
    }
}
