//! What is known of a table: one profile and one verdict per column.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::column::ColumnProfile;
use super::facts;
use super::kind::Kind;
use super::mentions;
use super::names::Reading;
use super::paths::Paths;
use super::role::{self, Role};
use super::scout;
use super::setting::Setting;
use super::verdict;
use crate::model::limits::PATHS_SETTLED;
use crate::model::{Category, Cell, Column, ColumnVerdict, Row, Structure, Table};

/// Verdicts are reached again after this many sampled rows, then at each doubling, and from
/// [`SETTLED`] on at every multiple of it.
const FIRST_LOOKS: [u64; 3] = [16, 64, 256];

/// The last of them, up to which each value of a column that joins a known table is looked at.
const LAST_LOOK: u64 = FIRST_LOOKS[2];

/// See [`FIRST_LOOKS`].
const SETTLED: u64 = 2048;

/// The columns that the pack or the operator declares; `None` declares "not personal".
pub type Declared = BTreeMap<String, Option<Category>>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ProfiledColumn {
    name: String,
    type_oid: u32,
    profile: ColumnProfile,
    /// What its values are put together of.
    paths: Paths,
    /// It joined a table that was known, and that has not been told of as personal.
    added: bool,
    /// At the last verdict its values were sentences, or its name said so.
    free_text: bool,
}

/// A place in a table's rows: a column, or a path within its values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index of the column.
    pub column: usize,
    /// Path; `None`: the column itself.
    pub path: Option<String>,
}

impl Place {
    /// A column itself.
    pub fn column(column: usize) -> Place {
        Place { column, path: None }
    }
}

/// A table's profile: counters and verdicts, never values. A record of the engine's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableProfile {
    role: Role,
    /// What the pack says of the rows.
    said: Option<Role>,
    sampled: u64,
    /// How often verdicts were reached.
    judged: u64,
    columns: Vec<ProfiledColumn>,
    verdicts: Vec<ColumnVerdict>,
}

impl TableProfile {
    /// Judged by names and types alone.
    pub fn new(table: &Table, declared: &Declared) -> Self {
        TableProfile::of(table, declared, None)
    }

    /// As [`TableProfile::new`], of a table of whose rows the pack says what they are.
    pub fn of(table: &Table, declared: &Declared, said: Option<Role>) -> Self {
        let mut profile = TableProfile {
            role: Role::Unknown,
            said,
            sampled: 0,
            judged: 0,
            columns: Vec::new(),
            verdicts: Vec::new(),
        };
        profile.reshape(table, declared);
        profile
    }

    /// Counts one row. The caller decides which rows to sample
    /// ([`SAMPLE_ROWS`](crate::model::limits::SAMPLE_ROWS), then one in
    /// [`SAMPLE_EVERY`](crate::model::limits::SAMPLE_EVERY)). Returns the places
    /// whose verdict changed; empty for nearly every row.
    pub fn observe(&mut self, table: &Table, row: &Row, declared: &Declared) -> Vec<Place> {
        let mut grown = false;
        for (column, cell) in self.columns.iter_mut().zip(row.cells()) {
            grown |= column.observe(cell, table) || column.is_due();
        }
        self.sampled += 1;
        if grown || is_due(self.sampled) { self.judge(table, declared) } else { Vec::new() }
    }

    /// Whether a row holds something in a column that has joined the table and has not been looked at
    /// enough.
    pub fn awaits(&self, row: &Row) -> bool {
        let is_young = |column: &ProfiledColumn| column.added && column.values() < LAST_LOOK;
        let mut young = self.columns.iter().enumerate().filter(|(_, column)| is_young(column));
        young.any(|(index, _)| row.cell(index).known().is_some())
    }

    /// Whether a row holds, in a column that it has set, a path that has never been seen.
    pub fn has_news(&self, table: &Table, row: &Row, is_set: impl Fn(usize) -> bool) -> bool {
        let nested = self.columns.iter().enumerate().filter(|(_, column)| !column.paths.is_empty());
        let mut set = nested.filter(|(index, _)| is_set(*index));
        set.any(|(index, column)| {
            let text = row.cell(index).known().and_then(|content| content.reveal_text());
            let structure = structure(table, &column.name, column.type_oid);
            text.is_some_and(|text| scout::is_news(&column.paths, &structure, text))
        })
    }

    /// Reaches every verdict by what was counted so far, for when no more rows come.
    pub fn conclude(&mut self, table: &Table, declared: &Declared) {
        self.judge(table, declared);
    }

    /// Follows a change of the table's shape or of the declarations: columns keep their counters
    /// by name, unless their type changed: then it is the same column, counted anew. A column of the
    /// same type where one has gone is that one renamed. Returns the places that are new or whose verdict changed.
    pub fn reshape(&mut self, table: &Table, declared: &Declared) -> Vec<Place> {
        let renamed = self.renamed(table);
        let grown = !self.columns.is_empty();
        let mut known: BTreeMap<String, (ProfiledColumn, ColumnVerdict)> =
            std::mem::take(&mut self.columns)
                .into_iter()
                .zip(std::mem::take(&mut self.verdicts))
                .map(|(column, verdict)| (column.name.clone(), (column, verdict)))
                .collect();
        let mut changed = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let former = renamed.get(&column.name).unwrap_or(&column.name);
            let kept = known.remove(former);
            let name = column.name.clone();
            let added = kept.as_ref().map_or(grown, |(kept, _)| kept.added);
            match kept.filter(|(kept, _)| kept.type_oid == column.type_oid) {
                Some((kept, verdict)) => {
                    if kept.name != name {
                        changed.push(Place::column(index));
                    }
                    self.columns.push(ProfiledColumn { name, ..kept });
                    self.verdicts.push(verdict);
                }
                None => {
                    changed.push(Place::column(index));
                    self.columns.push(ProfiledColumn {
                        name,
                        type_oid: column.type_oid,
                        profile: ColumnProfile::default(),
                        paths: Paths::default(),
                        added,
                        free_text: false,
                    });
                    self.verdicts.push(verdict::silent());
                }
            }
        }
        changed.extend(self.judge(table, declared));
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// What the pack says of the table's rows, from the next judgement on.
    pub fn say(&mut self, said: Option<Role>) {
        self.said = said;
    }

    /// Whether the profile is of this shape; otherwise it must be reshaped first.
    pub fn fits(&self, table: &Table) -> bool {
        let same = |(own, column): (&ProfiledColumn, &Column)| {
            own.name == column.name && own.type_oid == column.type_oid
        };
        self.columns.len() == table.columns.len()
            && self.columns.iter().zip(&table.columns).all(same)
    }

    /// The columns that the table has not any more, or not of the same type. To be asked before
    /// [`Self::reshape`].
    pub fn lost(&self, table: &Table) -> BTreeSet<String> {
        let is_there = |own: &&ProfiledColumn| {
            let there = table.column(&own.name).map(|index| &table.columns[index]);
            there.is_some_and(|column| column.type_oid == own.type_oid)
        };
        let lost = self.columns.iter().filter(|own| !is_there(own));
        lost.map(|own| own.name.clone()).collect()
    }

    /// The columns that the table has lost, and the paths in them, each with a verdict that says
    /// so. To be asked before [`Self::reshape`].
    pub fn dropped(&self, table: &Table) -> Vec<(String, Option<String>, ColumnVerdict)> {
        let lost = self.columns.iter().filter(|column| table.column(&column.name).is_none());
        let places = lost.flat_map(|column| {
            let paths = column.paths.verdicts().map(|(path, _)| Some(path.to_owned()));
            std::iter::once(None).chain(paths).map(|path| (column.name.clone(), path))
        });
        places.map(|(column, path)| (column, path, verdict::dropped())).collect()
    }

    /// The new names of columns that only changed their name, with the former ones: of the same
    /// type, in the place of one that has gone.
    fn renamed(&self, table: &Table) -> BTreeMap<String, String> {
        let same_number = self.columns.len() == table.columns.len();
        let pairs = self.columns.iter().zip(&table.columns).filter(|_| same_number);
        pairs
            .filter(|(own, column)| own.type_oid == column.type_oid && own.name != column.name)
            .filter(|(own, _)| table.column(&own.name).is_none())
            .filter(|(_, column)| self.columns.iter().all(|own| own.name != column.name))
            .map(|(own, column)| (column.name.clone(), own.name.clone()))
            .collect()
    }

    /// The verdicts, in the order of the table's columns.
    pub fn verdicts(&self) -> &[ColumnVerdict] {
        &self.verdicts
    }

    /// The paths within a column's values with their verdicts, in order.
    pub fn paths(&self, column: usize) -> impl Iterator<Item = (&str, &ColumnVerdict)> {
        self.columns[column].paths.verdicts()
    }

    /// The verdict on a place that was told of.
    pub fn verdict(&self, place: &Place) -> &ColumnVerdict {
        let paths = || self.paths(place.column);
        let within = place.path.as_deref().and_then(|path| paths().find(|it| it.0 == path));
        within.map_or(&self.verdicts[place.column], |(_, verdict)| verdict)
    }

    /// Whether a place joined a table that was known. From now on it has not.
    pub fn take_added(&mut self, place: &Place) -> bool {
        let column = &mut self.columns[place.column];
        match &place.path {
            Some(path) => column.paths.take_late(path),
            None => std::mem::take(&mut column.added),
        }
    }

    /// How often verdicts were reached: what rests on them holds until the number changes.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// Whether a column's values are texts and not numbers or codes of their own type.
    pub fn is_text(&self, column: usize) -> bool {
        Kind::of(self.columns[column].type_oid) == Kind::Text
    }

    /// Whether anybody may write anything there.
    pub fn is_free_text(&self, column: usize) -> bool {
        self.columns[column].free_text
    }

    /// Whether rows were seen in which a column holds nothing, and others in which it holds something.
    pub fn is_partly_null(&self, column: usize) -> bool {
        let profile = &self.columns[column].profile;
        profile.nulls > 0 && profile.values > 0
    }

    /// How a column's values are put together.
    pub fn structure<'t>(&self, table: &'t Table, column: usize) -> Cow<'t, Structure> {
        structure(table, &self.columns[column].name, self.columns[column].type_oid)
    }

    /// What the table's rows are taken for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// How many rows were counted.
    pub fn sampled(&self) -> u64 {
        self.sampled
    }

    /// Whether any column holds personal data other than the key of a person or a reference to
    /// it.
    pub fn is_personal(&self) -> bool {
        let mut categories = self.verdicts.iter().filter_map(|verdict| verdict.category);
        categories.any(|category| category != Category::UniqueIdentifier)
    }

    /// Reaches every verdict again. Returns the places whose category or source changed.
    fn judge(&mut self, table: &Table, declared: &Declared) -> Vec<Place> {
        self.judged += 1;
        let readings: Vec<Reading> = facts::readings(table);
        self.role = match (role::of(table, &readings), self.said) {
            // Whoever mapped the table knows better than its name.
            (Role::Thing | Role::Unknown, Some(said)) => said,
            (named, _) => named,
        };
        let setting = Setting::new(self.role, &table.name.name, &readings)
            .after_a_look(self.columns.iter().map(|column| &column.profile));
        let mut changed = Vec::new();
        for (index, (column, reading)) in self.columns.iter_mut().zip(&readings).enumerate() {
            let current = &self.verdicts[index];
            let declaration = declared.get(&column.name);
            let paths = column.paths.judge(self.role, &setting, &column.name, declared);
            changed.extend(paths.into_iter().map(|path| Place { column: index, path: Some(path) }));
            let role = self.role;
            let weigh = |verdict| mentions::weigh(verdict, reading, role, &column.profile, current);
            let verdict = match declaration {
                Some(&category) => weigh(verdict::declared(category)),
                None => {
                    let (kind, counted) = column.as_a_whole(table);
                    let former = current.category;
                    let whole = verdict::reach(&setting, reading, kind, &counted, former);
                    column.paths.crown(weigh(whole))
                }
            };
            column.free_text = column.is_free_text(&verdict, table);
            if (current.category, current.source) != (verdict.category, verdict.source) {
                changed.push(Place::column(index));
            }
            self.verdicts[index] = verdict;
        }
        changed
    }
}

impl ProfiledColumn {
    fn values(&self) -> u64 {
        u64::from(self.profile.values)
    }

    /// Whether a column that has joined a known table is judged again: by its own values.
    fn is_due(&self) -> bool {
        self.added && FIRST_LOOKS.contains(&self.values())
    }

    /// A name for notes, or values that are mostly several words long.
    fn is_free_text(&self, verdict: &ColumnVerdict, table: &Table) -> bool {
        let text = Kind::of(self.type_oid) == Kind::Text
            && *structure(table, &self.name, self.type_oid) == Structure::Plain;
        let ColumnProfile { values, bytes, with_spaces, .. } = self.profile;
        let sentences =
            values >= 16 && with_spaces > values / 2 && bytes > u64::from(values) * SENTENCE_BYTES;
        match verdict.category {
            Some(Category::PrivateContent) => text,
            None => text && (sentences || is_note(&self.name)),
            Some(_) => false,
        }
    }

    /// Counts one cell; whether a path has joined a column that was known.
    fn observe(&mut self, cell: Cell<'_>, table: &Table) -> bool {
        let structure = structure(table, &self.name, self.type_oid);
        if *structure == Structure::Plain {
            self.profile.observe(cell, Kind::of(self.type_oid));
            let read = cell.known().filter(|_| self.free_text).and_then(|it| it.reveal_text());
            if let Some(text) = read {
                self.profile.read(text);
            }
            return false;
        }
        let settled = u64::from(self.profile.values) >= PATHS_SETTLED;
        self.profile.observe(cell, Kind::Structured);
        let text = cell.known().and_then(|content| content.reveal_text());
        text.is_some_and(|text| self.paths.observe(&self.name, &structure, text, settled))
    }

    /// The kind and the counters of its values as wholes: where they are put together of others,
    /// only these tell anything.
    fn as_a_whole(&self, table: &Table) -> (Kind, Cow<'_, ColumnProfile>) {
        match &*structure(table, &self.name, self.type_oid) {
            Structure::Plain => (Kind::of(self.type_oid), Cow::Borrowed(&self.profile)),
            Structure::Array(part) if part.structure == Structure::Plain => {
                (Kind::of(part.type_oid), Cow::default())
            }
            _ => (Kind::Structured, Cow::default()),
        }
    }
}

/// How a column's values are put together: as the catalogue says, or its type alone.
pub(in crate::engine) fn structure<'t>(
    table: &'t Table,
    column: &str,
    type_oid: u32,
) -> Cow<'t, Structure> {
    match table.facts.columns.get(column).map(|facts| &facts.structure) {
        None | Some(Structure::Plain) => Cow::Owned(Structure::of_type(type_oid)),
        Some(structure) => Cow::Borrowed(structure),
    }
}

/// Whether a column's name is one for texts that anybody may write.
fn is_note(name: &str) -> bool {
    const NOTES: [&str; 18] = [
        "note",
        "notes",
        "description",
        "comment",
        "comments",
        "remark",
        "remarks",
        "memo",
        "body",
        "message",
        "text",
        "notiz",
        "notizen",
        "bemerkung",
        "bemerkungen",
        "beschreibung",
        "commentaire",
        "opis",
    ];
    let words = super::words::words(name);
    words.last().is_some_and(|last| NOTES.contains(&last.as_str()))
}

/// Mean length of values that are sentences, in bytes.
const SENTENCE_BYTES: u64 = 24;

fn is_due(sampled: u64) -> bool {
    FIRST_LOOKS.contains(&sampled)
        || (sampled >= 512 && sampled.is_power_of_two())
        || (sampled > 0 && sampled.is_multiple_of(SETTLED))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
