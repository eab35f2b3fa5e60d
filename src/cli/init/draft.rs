//! What a pack for a CRM that lawtail does not know says of each table, from what a scan found: who is a
//! person follows from the classification, who a row is about from foreign keys, and otherwise from
//! names.

use std::collections::BTreeMap;

use super::pairs::{self, Pair};
use super::words;
use crate::engine::classify::Role;
use crate::model::{Category, Table, TableName};
use crate::shell::source::postgres::Scanned;

/// Whom the rows of a table are about, as far as the schema says.
pub enum About {
    /// Each row is a person, named by this column.
    Itself {
        /// Key.
        key: Key,
        /// Whether a person has to look: nothing but its data says so.
        doubtful: bool,
    },
    /// A column refers to a table of people, or of records about people.
    Other(Reference),
    /// A column says of which table, another of which of its rows.
    ByKind {
        /// The two columns.
        pair: Pair,
        /// Which table each label stands for, as far as its names say.
        tables: Vec<(String, TableName)>,
    },
    /// A log, which says what happened and not who somebody is.
    Nobody,
}

impl About {
    /// The table to whose rows these refer; of several the first.
    pub fn referred(&self) -> Option<&TableName> {
        match self {
            About::Other(reference) => Some(&reference.table),
            About::ByKind { tables, .. } => tables.first().map(|(_, table)| table),
            About::Itself { .. } | About::Nobody => None,
        }
    }
}

/// The column that names a row.
#[derive(Clone)]
pub struct Key {
    /// Column.
    pub column: String,
    /// Whether the schema says that no two rows share it.
    pub sure: bool,
    /// Column and table, each as one word: what references are found by.
    folded: [String; 2],
}

/// A column that says whom a row is about.
#[derive(Clone)]
pub struct Reference {
    /// To which table.
    pub table: TableName,
    /// By which column.
    pub column: String,
    /// Whether only the column's name says so.
    pub by_name: bool,
    /// Whether the column may only name who worked on the row.
    pub by_work: bool,
}

/// A table of the draft.
pub struct Drafted<'a> {
    /// As it was found.
    pub scanned: &'a Scanned,
    /// Whom it is about.
    pub about: About,
    /// The column that names its rows, where one does.
    pub key: Option<Key>,
}

/// A table of which it cannot be said, or not be written, whose data it holds.
pub struct Unclear<'a> {
    /// Which.
    pub table: &'a TableName,
    /// The columns that say so in each row, in words that the schema does not list.
    pub pair: Option<Pair>,
}

/// Those whose rows others may be about, each with the column by which it is called.
type Named<'a> = BTreeMap<&'a TableName, Key>;

/// The tables that are about people. Those of which that cannot be said, or not be written, are
/// returned as the second list.
pub fn tables(found: &[Scanned]) -> (Vec<Drafted<'_>>, Vec<Unclear<'_>>) {
    let people = people(found);
    let mut by_work = BTreeMap::new();
    let mut abouts = references(found, &people, &mut by_work);
    for (name, key) in &people {
        abouts.insert(*name, About::Itself { key: key.clone(), doubtful: false });
    }
    through_records(found, &mut abouts);
    by_kinds(found, &mut abouts);
    through_records(found, &mut abouts);
    let mut unclear = Vec::new();
    let open: Vec<&Scanned> =
        found.iter().filter(|it| !abouts.contains_key(&it.table.name)).collect();
    for scanned in open {
        let table = &scanned.table.name;
        // Its words may stand for people.
        if let Some(pair) = pairs::pair(&scanned.table) {
            unclear.push(Unclear { table, pair: Some(pair) });
            continue;
        }
        if !holds_personal(scanned) {
            continue;
        }
        // Who made a product or a setting is no reason to call it data about an employee.
        let about = by_work.remove(table).map(About::Other).or_else(|| itself(scanned));
        match about {
            Some(about) => drop(abouts.insert(table, about)),
            None => unclear.push(Unclear { table, pair: None }),
        }
    }
    written(found, abouts, unclear)
}

/// Whom all other tables are about by a reference to people; those that may only name who worked on the row
/// are returned apart.
fn references<'a>(
    found: &'a [Scanned],
    people: &Named<'a>,
    by_work: &mut BTreeMap<&'a TableName, Reference>,
) -> BTreeMap<&'a TableName, About> {
    let mut abouts = BTreeMap::new();
    for scanned in found.iter().filter(|it| !people.contains_key(&it.table.name)) {
        let name = &scanned.table.name;
        match refers(&scanned.table, people) {
            Some(reference) if reference.by_work => drop(by_work.insert(name, reference)),
            Some(reference) => drop(abouts.insert(name, About::Other(reference))),
            None => {}
        }
    }
    abouts
}

/// Tables whose rows say of which table they are, in words that the schema lists.
fn by_kinds<'a>(found: &'a [Scanned], abouts: &mut BTreeMap<&'a TableName, About>) {
    for scanned in found.iter().filter(|it| !names_somebody(it)) {
        let name = &scanned.table.name;
        let Some(pair) = pairs::pair(&scanned.table) else { continue };
        if abouts.contains_key(name) {
            continue;
        }
        // A pack can name tables of people there, and no records about some.
        let people = abouts.iter().filter(|(_, about)| matches!(about, About::Itself { .. }));
        let people = people.map(|(other, _)| *other);
        let tables = pairs::named_tables(&scanned.table, &pair, people);
        if !tables.is_empty() {
            let tables = tables.into_iter().map(|(label, table)| (label, table.clone())).collect();
            abouts.insert(name, About::ByKind { pair, tables });
        }
    }
}

/// Those that can be written, without what refers to one that cannot: that would be a fault.
fn written<'a>(
    found: &'a [Scanned],
    mut abouts: BTreeMap<&'a TableName, About>,
    mut unclear: Vec<Unclear<'a>>,
) -> (Vec<Drafted<'a>>, Vec<Unclear<'a>>) {
    loop {
        let lost = abouts.iter().find_map(|(name, about)| {
            let refers = match about {
                About::Other(reference) => abouts.contains_key(&reference.table),
                About::ByKind { tables, .. } => {
                    tables.iter().all(|(_, table)| abouts.contains_key(table))
                }
                About::Itself { .. } | About::Nobody => true,
            };
            let well = refers && is_plain(&name.schema) && is_plain(&name.name);
            (!well).then_some(*name)
        });
        let Some(table) = lost else { break };
        abouts.remove(table);
        unclear.push(Unclear { table, pair: None });
    }
    unclear.sort_by_key(|it| it.table);
    let drafted = found.iter().filter_map(|scanned| {
        let about = abouts.remove(&scanned.table.name)?;
        Some(Drafted { scanned, about, key: key(&scanned.table) })
    });
    (drafted.collect(), unclear)
}

/// A table that refers to nobody.
fn itself(scanned: &Scanned) -> Option<About> {
    let key = key(&scanned.table)?;
    Some(match scanned.profile.role() {
        Role::Audit => About::Nobody,
        // The telephone of an office reaches nobody in particular; who answers it there is somebody.
        Role::Organisation if !names_somebody(scanned) => About::Nobody,
        _ => About::Itself { key, doubtful: true },
    })
}

/// The tables of people. What names nobody and refers to another table of people, such as
/// `person_email`, or to a record about some, such as a receipt to its contract, is data about those.
fn people(found: &[Scanned]) -> Named<'_> {
    let named =
        |scanned: &&Scanned| scanned.profile.role() == Role::Person && holds_personal(scanned);
    let mut people: Named<'_> = found
        .iter()
        .filter(named)
        .filter_map(|scanned| Some((&scanned.table.name, key(&scanned.table)?)))
        .collect();
    loop {
        let mut abouts = references(found, &people, &mut BTreeMap::new());
        through_records(found, &mut abouts);
        let mut others = people.clone();
        others.extend(records(found, &abouts));
        let before = people.len();
        for scanned in found.iter().filter(|it| !names_somebody(it)) {
            let name = &scanned.table.name;
            let mut others = others.clone();
            let Some(own) = others.remove(name).filter(|_| people.contains_key(name)) else {
                continue;
            };
            // Of two that refer to each other one stays.
            let refers = refers(&scanned.table, &others).filter(|it| !it.by_work);
            let of_somebody = refers.is_some_and(|it| {
                let whose = end_of(&it.table, &abouts);
                whose != name && people.contains_key(whose)
            });
            people.remove(name);
            if !of_somebody && pairs::pair(&scanned.table).is_none() {
                people.insert(name, own);
            }
        }
        if people.len() == before {
            return people;
        }
    }
}

/// Whose data a record is in the end.
fn end_of<'a>(record: &'a TableName, abouts: &'a BTreeMap<&TableName, About>) -> &'a TableName {
    let mut end = record;
    // Each step leads to another table.
    for _ in abouts {
        let Some(next) = abouts.get(end).and_then(About::referred) else { break };
        end = next;
    }
    end
}

/// Whether a column says who somebody is, and not only how to reach them or what is known of them.
fn names_somebody(scanned: &Scanned) -> bool {
    categories(scanned).any(|category| {
        matches!(
            category,
            Category::Name
                | Category::FirstName
                | Category::LastName
                | Category::DateOfBirth
                | Category::NationalIdentifier
                | Category::Username
        )
    })
}

/// Who refers to nobody may refer to a record that is about somebody: a claim to its contract, and a
/// letter to that claim. Things such as products are not drawn in, unless they hold personal data.
fn through_records<'a>(found: &'a [Scanned], abouts: &mut BTreeMap<&'a TableName, About>) {
    loop {
        let records = records(found, abouts);
        let fits = |it: &&Scanned| {
            let of_things = matches!(it.profile.role(), Role::Thing | Role::Organisation);
            !abouts.contains_key(&it.table.name) && (!of_things || holds_personal(it))
        };
        let step = found.iter().filter(fits).find_map(|it| {
            let reference = refers(&it.table, &records).filter(|it| !it.by_work)?;
            Some((&it.table.name, reference))
        });
        let Some((name, reference)) = step else { return };
        abouts.insert(name, About::Other(reference));
    }
}

/// The tables whose rows are about people of others, each with the column by which it is called.
fn records<'a>(found: &'a [Scanned], abouts: &BTreeMap<&'a TableName, About>) -> Named<'a> {
    let is_record = |it: &&Scanned| abouts.get(&it.table.name).and_then(About::referred).is_some();
    let keyed = |it: &'a Scanned| Some((&it.table.name, key(&it.table)?));
    found.iter().filter(is_record).filter_map(keyed).collect()
}

/// Whether a column holds personal data other than a mere key.
pub fn holds_personal(scanned: &Scanned) -> bool {
    categories(scanned).next().is_some()
}

/// The categories of a table's columns, without keys.
pub fn categories(scanned: &Scanned) -> impl Iterator<Item = Category> {
    let found = scanned.profile.verdicts().iter().filter_map(|verdict| verdict.category);
    found.filter(|category| *category != Category::UniqueIdentifier)
}

/// The columns of the primary key.
pub fn primary(table: &Table) -> Vec<&str> {
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let is_primary =
        |name: &&str| table.facts.columns.get(*name).is_some_and(|facts| facts.primary_key);
    columns.filter(is_primary).collect()
}

/// The column that names a row: the primary key if it is one column, else `id`, else one that is
/// unique, else one whose name says so.
fn key(table: &Table) -> Option<Key> {
    let own = |column: &str, sure| {
        let folded = [column, &table.name.name].map(words::folded);
        Some(Key { column: column.to_owned(), sure, folded })
    };
    match primary(table)[..] {
        [one] => return own(one, true),
        [] => {}
        _ => return None,
    }
    let facts = |name: &str| table.facts.columns.get(name);
    let refers = |name: &str| facts(name).is_some_and(|facts| facts.references.is_some());
    let names = || table.columns.iter().map(|column| column.name.as_str());
    if let Some(id) = names().find(|name| words::folded(name) == "id") {
        return own(id, facts(id).is_some_and(|facts| facts.unique));
    }
    // An address may be unique and yet change hands.
    let mut owns = names().filter(|name| !refers(name) && words::is_key(name, &table.name.name));
    let unique = |name: &&str| facts(name).is_some_and(|facts| facts.unique);
    match owns.clone().find(unique) {
        Some(name) => own(name, true),
        None => {
            let alone = || names().find(|name| !refers(name) && unique(name));
            own(owns.next().or_else(alone)?, false)
        }
    }
}

/// The reference to a person or record: one that names who worked on the row last of all, customers
/// before colleagues, and a foreign key before a name.
fn refers(table: &Table, named: &Named<'_>) -> Option<Reference> {
    let mut references: Vec<(bool, bool, bool, usize, TableName)> = Vec::new();
    // What its name seems to refer to is one of several tables, where another column says which.
    let named_by_kind = pairs::pair(table)
        .filter(|pair| !pairs::named_tables(table, pair, named.keys().copied()).is_empty());
    for (place, column) in table.columns.iter().enumerate() {
        let facts = table.facts.columns.get(&column.name);
        let foreign = facts.and_then(|facts| facts.references.as_ref());
        let referred = match foreign {
            Some(foreign) => named
                .get_key_value(&foreign.table)
                .filter(|(_, key)| key.column == foreign.column)
                .map(|(table, _)| (*table).clone()),
            None if named_by_kind.as_ref().is_some_and(|it| it.column == column.name) => None,
            None => by_name(&column.name, table, named),
        };
        if let Some(referred) = referred.filter(|referred| *referred != table.name) {
            let work = words::names_worker(&column.name);
            let staff = words::are_staff(&referred.name);
            references.push((work, staff, foreign.is_none(), place, referred));
        }
    }
    let (by_work, _, by_name, place, table_name) = references.into_iter().min()?;
    let column = table.columns[place].name.clone();
    Some(Reference { table: table_name, column, by_name, by_work })
}

/// `contact_id` and `contactId` may refer to `contacts`, and a column of the name that only one table has as
/// its key to that one: to one of the same schema before one of another, where two are one too many.
fn by_name(column: &str, table: &Table, named: &Named<'_>) -> Option<TableName> {
    let is_near = |name: &TableName| name.schema == table.name.schema;
    let others = || named.iter().filter(|(name, _)| ***name != table.name);
    let near: Vec<_> = others().filter(|(name, _)| is_near(name)).collect();
    let far: Vec<_> = others().filter(|(name, _)| !is_near(name)).collect();
    [near, far].iter().find_map(|tables| fitting(column, tables)).cloned()
}

/// The only one of these tables that the name of a column fits: as that of its key, as its own in the
/// singular, or as its own in another form.
fn fitting<'a>(column: &str, tables: &[(&&'a TableName, &Key)]) -> Option<&'a TableName> {
    let folded = words::folded(column);
    let stem = words::referred(column);
    let plurals = stem.as_ref().map(|it| ["", "s", "es"].map(|end| format!("{it}{end}")));
    let keyed = |key: &Key| folded != "id" && key.sure && key.folded[0] == folded;
    let plural = |key: &Key| plurals.as_ref().is_some_and(|it| it.contains(&key.folded[1]));
    let alike =
        |key: &Key| stem.as_ref().is_some_and(|it| words::are_forms_of_one(it, &key.folded[1]));
    let only = |fits: &dyn Fn(&Key) -> bool| {
        let mut found = tables.iter().filter(|(_, key)| fits(key)).map(|(name, _)| **name);
        found.next().filter(|_| found.next().is_none())
    };
    only(&keyed).or_else(|| only(&plural)).or_else(|| only(&alike))
}

/// A name as YAML and comments can hold it.
pub fn quoted(name: &str) -> String {
    match is_plain(name) {
        true => name.to_owned(),
        false => serde_json::Value::from(name).to_string(),
    }
}

/// Whether a name is no other thing in YAML than a text.
fn is_plain(name: &str) -> bool {
    const OTHER: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let letters = |letter: char| letter.is_alphanumeric() || letter == '_';
    name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(letters)
        && !OTHER.contains(&name.to_lowercase().as_str())
}
