//! What is remembered of the paths within a column's values: `$.address.city`, `$.emails[*]`.
//!
//! A path is written as PostgreSQL's SQL/JSON path language writes it, with two additions: `{*}`
//! stands for keys that are data, and `~` after it for those keys themselves. Keys of maps are
//! often personal (an e-mail address, a customer's number), so a key is remembered only when it is
//! a name of the schema: a dictionary knows its words, or several rows have had it. One that looks
//! like a value never is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::checks;
use super::column::{self, ColumnProfile};
use super::fold::fold;
use super::kind::Kind;
use super::lexicon::LEXICON;
use super::mentions;
use super::names::{self, Reading, Sense};
use super::role::{self, Role};
use super::setting::Setting;
use super::table::Declared;
use super::verdict;
use super::words;
use crate::engine::nested::{self, Visitor};
use crate::model::limits::{KEY_ROWS, KEYS_WAITING, PATHS_PER_COLUMN};
use crate::model::{Category, Cell, ColumnVerdict, Content, Structure};

/// Keys longer than this are data.
const LONGEST_KEY: usize = 48;

/// The paths of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Paths {
    known: BTreeMap<String, Path>,
    /// Keys that are names, with the path that leads to them.
    names: BTreeSet<String>,
    /// How many rows have had a key that may become a name: under sixteen bits of its hash, which
    /// tell nobody what it was.
    waiting: BTreeMap<u16, u8>,
    /// Values at paths that are not followed.
    unfollowed: u32,
}

/// One path to single values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Path {
    /// The object that it belongs to, as a path.
    object: String,
    /// The name of that object; the column's for one at the top.
    parent: Option<String>,
    /// The last key; the column's name for an element of the value itself.
    name: String,
    type_oid: u32,
    profile: ColumnProfile,
    verdict: ColumnVerdict,
    /// First seen when the values before it were known already.
    late: bool,
}

/// What is declared of a path within a column: the nearest declaration, of the path itself, of one
/// that leads to it, or that the whole column holds nothing personal.
fn declared_at(declared: &Declared, column: &str, path: &str) -> Option<Option<Category>> {
    let steps = path.rmatch_indices(['.', '[', '~']).map(|(step, _)| step);
    let ends = std::iter::once(path.len()).chain(steps.filter(|&step| step > 1));
    let mut nearest = ends.map(|end| [column, &path[..end]].concat());
    let within = nearest.find_map(|key| declared.get(&key).copied());
    within.or_else(|| declared.get(column).copied().filter(Option::is_none))
}

impl Paths {
    /// Counts what stands in one value. `settled`: enough of the column's values were seen before
    /// for a new path to be news; returns whether there is one.
    pub(super) fn observe(
        &mut self,
        column: &str,
        structure: &Structure,
        text: &str,
        settled: bool,
    ) -> bool {
        let before = self.known.len();
        let steps = vec![Step { end: 1, named: true, name: column.to_owned(), object: 0 }];
        let path = "$".to_owned();
        let mut seen = BTreeSet::new();
        let mut observer = Observer { paths: self, path, steps, settled, seen: &mut seen };
        nested::read(structure, text, &mut observer);
        settled && self.known.len() > before
    }

    /// Reaches the verdict of every path again; the paths whose category or source changed, or
    /// that are new. A declaration of a path, or of one that leads to it, wins.
    pub(super) fn judge(
        &mut self,
        role: Role,
        table: &Setting,
        column: &str,
        declared: &Declared,
    ) -> Vec<String> {
        let mut objects: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
        for path in self.known.values() {
            objects.entry(path.object.clone()).or_default().push(path.reading());
        }
        let mut changed = Vec::new();
        for (text, path) in &mut self.known {
            let siblings = &objects[&path.object];
            let reading = path.reading();
            let kind = Kind::of(path.type_oid);
            let current = &path.verdict;
            let verdict = if let Some(category) = declared_at(declared, column, text) {
                verdict::declared(category)
            } else if path.parent.is_none() {
                verdict::reach(table, &reading, kind, &path.profile, current.category)
            } else {
                let role = path.role(role, &reading, siblings);
                let setting = Setting::new(role, "", siblings).within(table);
                verdict::reach(&setting, &reading, kind, &path.profile, current.category)
            };
            let verdict = mentions::weigh(verdict, &reading, role, &path.profile, current);
            if (current.category, current.source) != (verdict.category, verdict.source) {
                changed.push(text.clone());
            }
            path.verdict = verdict;
        }
        changed
    }

    /// The column's verdict: that of its most sensitive path, unless its name says something graver.
    pub(super) fn crown(&self, named: ColumnVerdict) -> ColumnVerdict {
        let personal = self.known.iter().filter(|(_, path)| path.verdict.category.is_some());
        let weight = |verdict: &ColumnVerdict| {
            let category = verdict.category?;
            let key = category == Category::UniqueIdentifier;
            let context = category.processing_context();
            Some((!key, verdict.sensitivity(), context, category.is_direct_identifier()))
        };
        let count = personal.clone().count();
        let gravest =
            personal.max_by_key(|(_, path)| (weight(&path.verdict), path.verdict.confidence));
        let verdict = match gravest {
            Some((text, path)) if weight(&path.verdict) >= weight(&named) => {
                let why = format!("{text}, of {count} personal paths: {}", path.verdict.why);
                ColumnVerdict { why, ..path.verdict.clone() }
            }
            _ => named,
        };
        match self.unfollowed {
            0 => verdict,
            values => {
                let why =
                    format!("{}; {values} values at further paths were not looked at", verdict.why);
                ColumnVerdict { why, ..verdict }
            }
        }
    }

    /// Whether any path is known.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether a key is known to be a name of the schema, by the path with it.
    pub(super) fn has_name(&self, place: &str) -> bool {
        self.names.contains(place)
    }

    /// Whether a path to single values is known.
    pub(super) fn has_path(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    /// Whether there is room for another name.
    pub(super) fn takes_names(&self) -> bool {
        self.names.len() < 2 * PATHS_PER_COLUMN && self.takes_paths()
    }

    /// Whether there is room for another path.
    pub(super) fn takes_paths(&self) -> bool {
        self.known.len() < PATHS_PER_COLUMN
    }

    /// Every path with its verdict, in order.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = (&str, &ColumnVerdict)> {
        self.known.iter().map(|(text, path)| (text.as_str(), &path.verdict))
    }

    /// Whether a path was first seen when the values before it were known already. From now on it
    /// was not.
    pub(super) fn take_late(&mut self, text: &str) -> bool {
        self.known.get_mut(text).is_some_and(|path| std::mem::take(&mut path.late))
    }

    /// Whether a key at this path is a name of the schema; it may become one. `keys` is the path of
    /// the keys beside it that are data.
    fn take_key(&mut self, place: &str, keys: &str, key: &str, seen: &mut BTreeSet<u16>) -> Key {
        if self.names.contains(place) {
            return Key::Name;
        }
        if looks_like_a_value(key) {
            return Key::Data;
        }
        if self.names.len() >= 2 * PATHS_PER_COLUMN {
            self.unfollowed = self.unfollowed.saturating_add(1);
            return Key::Wait;
        }
        if !is_a_word(key) {
            // Marks are short: among many keys, others would soon come to share one.
            if self.waiting.len() >= KEYS_WAITING || self.known.contains_key(keys) {
                return Key::Data;
            }
            let mark = (column::hash(place.as_bytes()) >> 48) as u16;
            let rows = self.waiting.entry(mark).or_default();
            if seen.insert(mark) {
                *rows += 1;
            }
            if *rows < KEY_ROWS {
                return Key::Wait;
            }
            self.waiting.remove(&mark);
        }
        self.names.insert(place.to_owned());
        Key::Name
    }
}

/// What a key is.
enum Key {
    /// A name of the schema.
    Name,
    /// Nobody can tell yet.
    Wait,
    /// Data.
    Data,
}

impl Path {
    fn reading(&self) -> Reading {
        let own = names::read(&self.name);
        let parent = self.parent.as_ref().filter(|parent| **parent != self.name);
        let Some(parent) = parent.filter(|_| !words::is_numbered_field(&self.name)) else {
            return own;
        };
        let both = names::read(&format!("{parent}_{}", self.name));
        let parent_says_more = match own.sense {
            Sense::Silent | Sense::Key | Sense::Reference => both.sense != Sense::Silent,
            Sense::Personal(_) => own.weak && both.category().is_some(),
            Sense::Property | Sense::Staff | Sense::Listed => false,
        };
        if parent_says_more { both } else { own }
    }

    /// An object is like a row: what its own name and keys say of it goes before what the table
    /// is, where that makes sense.
    fn role(&self, table: Role, reading: &Reading, siblings: &[Reading]) -> Role {
        // Of a column, `properties` are the row's own, and not buildings.
        let parent = self.parent.as_deref().filter(|parent| !parent.ends_with("properties"));
        let own = role::of_table(parent.unwrap_or_default(), siblings);
        match own {
            Role::Person | Role::Organisation => own,
            // A column called `properties` says nothing about its keys.
            Role::Thing if reading.weak && self.object != "$" => own,
            _ => table,
        }
    }
}

/// Counts what it is told.
struct Observer<'p, 's> {
    paths: &'p mut Paths,
    /// The path at which the walk stands.
    path: String,
    /// What was entered, the column itself first.
    steps: Vec<Step>,
    settled: bool,
    /// Waiting keys that this value has had.
    seen: &'s mut BTreeSet<u16>,
}

/// One step of a path.
struct Step {
    /// Length of the path's text with it.
    end: usize,
    /// Whether it is a key that is a name.
    named: bool,
    name: String,
    /// Length of the text of the path of the object that it is a key of.
    object: usize,
}

impl Observer<'_, '_> {
    fn enter(&mut self, text: &str, name: Option<&str>) {
        let object = self.path.len();
        self.path.push_str(text);
        let step = Step {
            end: self.path.len(),
            named: name.is_some(),
            name: name.unwrap_or_default().to_owned(),
            object,
        };
        self.steps.push(step);
    }

    fn count(&mut self, path: String, text: &str, type_oid: u32) {
        let of_keys = path.ends_with('~');
        if !self.paths.known.contains_key(&path) {
            if self.paths.known.len() >= PATHS_PER_COLUMN {
                self.paths.unfollowed = self.paths.unfollowed.saturating_add(1);
                return;
            }
            let mut named = self.steps.iter().rev().filter(|step| step.named);
            let last = named.next();
            let new = Path {
                object: last.map_or("", |step| &self.path[..step.object]).to_owned(),
                parent: named.next().map(|step| step.name.clone()).filter(|_| !of_keys),
                // The name of a map says what its values are, and nothing of its keys.
                name: last.filter(|_| !of_keys).map_or_else(String::new, |it| it.name.clone()),
                type_oid,
                profile: ColumnProfile::default(),
                verdict: verdict::silent(),
                late: self.settled,
            };
            self.paths.known.insert(path.clone(), new);
        }
        let known = self.paths.known.get_mut(&path).expect("it was put there");
        known.type_oid = broader(known.type_oid, type_oid);
        let kind = Kind::of(known.type_oid);
        known.profile.observe(Cell::Known(Content::new(text.as_bytes())), kind);
        if known.verdict.category == Some(Category::PrivateContent) {
            known.profile.read(text);
        }
    }
}

impl Visitor for Observer<'_, '_> {
    fn key(&mut self, key: &str) -> bool {
        let text = member(key);
        let place = format!("{}{text}", self.path);
        let keys = format!("{}.{{*}}~", self.path);
        match self.paths.take_key(&place, &keys, key, self.seen) {
            Key::Name => {
                self.enter(&text, Some(key));
                true
            }
            Key::Wait => false,
            Key::Data => {
                self.count(keys, key, TEXT);
                self.enter(".{*}", None);
                true
            }
        }
    }

    fn element(&mut self) {
        self.enter("[*]", None);
    }

    fn leave(&mut self) {
        self.steps.pop();
        self.path.truncate(self.steps.last().map_or(0, |step| step.end));
    }

    fn value(&mut self, text: &str, type_oid: u32) {
        self.count(self.path.clone(), text, type_oid);
    }
}

/// The type of a key.
const TEXT: u32 = 25;

/// One path may hold a number here and a text there.
fn broader(known: u32, new: u32) -> u32 {
    let breadth = |type_oid| match Kind::of(type_oid) {
        Kind::Flag => 0,
        Kind::Integer => 1,
        Kind::Amount => 2,
        _ => 3,
    };
    if breadth(new) > breadth(known) { new } else { known }
}

/// A key as a step of a path, quoted where the path language asks for it.
fn member(key: &str) -> String {
    let mut text = String::new();
    write_member(&mut text, key);
    text
}

/// As [`member`], at the end of a path.
pub(super) fn write_member(path: &mut String, key: &str) {
    let plain = key.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && !key.starts_with(|first: char| first.is_ascii_digit());
    path.push('.');
    match plain {
        true => path.push_str(key),
        false => path.extend(["\"", key, "\""]),
    }
}

/// Whether a key consists of words that the dictionaries have, as it is written.
pub(super) fn is_a_word(key: &str) -> bool {
    let words = words::pieces(key);
    !words.is_empty() && words.iter().all(|word| LEXICON.knows(word))
}

fn capitalised(word: &str) -> String {
    let mut rest = word.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// Whether a key is data: an address, a number, a token, a person's name.
pub(super) fn looks_like_a_value(key: &str) -> bool {
    let allowed = |letter: char| letter.is_alphanumeric() || "_-$:. ".contains(letter);
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let begins = key.starts_with(|first: char| first.is_alphabetic() || "_$".contains(first));
    if !begins || key.len() > LONGEST_KEY || !key.chars().all(allowed) || digits > 3 {
        return true;
    }
    let mut passes = false;
    checks::run(key, |check| passes |= check != checks::Check::Bic);
    let words = key.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    // In small letters a name is a name as well.
    let names =
        words.clone().filter(|word| checks::name_parts(&capitalised(word)).is_some()).count();
    // Only whole words: nearly every surname comes apart into parts that a dictionary knows.
    let known = words.clone().any(|word| LEXICON.knows(&fold(word)));
    passes || (names > 0 && !known)
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
