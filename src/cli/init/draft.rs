//! A pack for a CRM that lawtail does not know, from what a scan found: who is a person follows from
//! the classification, who a row is about from foreign keys, and otherwise from names.
//!
//! Names come from the database and go into comments too, so one that is not plain is quoted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use tokio_postgres::types::Type;

use crate::engine::classify::Role;
use crate::model::{Category, Table, TableName};
use crate::shell::source::postgres::Scanned;

/// Whom the rows of a table are about, as far as the schema says.
pub enum About {
    /// Each row is a person, named by this column.
    Itself {
        /// Key.
        key: String,
        /// Whether a person has to look: nothing but its data says so.
        doubtful: bool,
    },
    /// A column refers to a table of people.
    Other {
        /// Table.
        table: TableName,
        /// Column.
        column: String,
        /// Whether only the column's name says so.
        by_name: bool,
        /// Whether the column may only name who worked on the row.
        by_work: bool,
    },
    /// A log, which says what happened and not who somebody is.
    Nobody,
}

impl About {
    /// Whether the table is worth a mapping for this reason.
    fn is_told(&self, scanned: &Scanned) -> bool {
        match self {
            About::Other { by_work: true, .. } => holds_personal(scanned),
            About::Other { .. } | About::Itself { .. } | About::Nobody => true,
        }
    }
}

/// A table of the draft.
pub struct Drafted<'a> {
    /// As it was found.
    pub scanned: &'a Scanned,
    /// Whom it is about.
    pub about: About,
    /// The column by which rows of other tables name it, that are about whom it is about.
    pub key: Option<String>,
}

/// The tables that are about people. Those of which that cannot be said, or not be written, are
/// returned as the second list.
pub fn tables(found: &[Scanned]) -> (Vec<Drafted<'_>>, Vec<&TableName>) {
    let by_role = |scanned: &&Scanned| scanned.profile.role() == Role::Person;
    let people: BTreeMap<&TableName, String> = found
        .iter()
        .filter(by_role)
        .filter(|scanned| holds_personal(scanned))
        .filter_map(|scanned| Some((&scanned.table.name, key(&scanned.table)?)))
        .collect();
    let (mut drafted, mut unclear) = (Vec::new(), Vec::new());
    for scanned in found {
        let name = &scanned.table.name;
        let about = match people.get(name) {
            Some(key) => Some(About::Itself { key: key.clone(), doubtful: false }),
            // Who made a product or a setting is no reason to call it data about an employee.
            None => {
                refers(&scanned.table, &people).filter(|it| it.is_told(scanned)).or_else(|| {
                    let key = key(&scanned.table).filter(|_| holds_personal(scanned))?;
                    Some(match scanned.profile.role() {
                        Role::Audit => About::Nobody,
                        _ => About::Itself { key, doubtful: true },
                    })
                })
            }
        };
        match about {
            Some(about) if is_plain(&name.schema) && is_plain(&name.name) => {
                drafted.push(Drafted { scanned, about, key: None });
            }
            Some(_) => unclear.push(name),
            None if holds_personal(scanned) => unclear.push(name),
            None => {}
        }
    }
    through_records(&mut drafted);
    // What refers to a table that could not be drafted would be a fault.
    let names: BTreeSet<TableName> =
        drafted.iter().map(|it| it.scanned.table.name.clone()).collect();
    drafted.retain(|it| match &it.about {
        About::Other { table, .. } if !names.contains(table) => {
            unclear.push(&it.scanned.table.name);
            false
        }
        _ => true,
    });
    unclear.sort();
    (drafted, unclear)
}

/// Who is no person and refers to nobody may refer to a record that is about somebody: a claim to its
/// contract. One such step may lead to the next.
fn through_records(drafted: &mut [Drafted<'_>]) {
    let is_open = |it: &Drafted<'_>| {
        matches!(it.about, About::Itself { doubtful: true, .. } | About::Nobody)
            || matches!(it.about, About::Other { by_work: true, .. })
    };
    loop {
        let records: BTreeMap<TableName, usize> = drafted
            .iter()
            .enumerate()
            .filter(|(_, it)| matches!(it.about, About::Other { by_work: false, .. }))
            .map(|(place, it)| (it.scanned.table.name.clone(), place))
            .collect();
        let step = drafted.iter().enumerate().find_map(|(place, it)| {
            let table = Some(&it.scanned.table).filter(|_| is_open(it))?;
            table.columns.iter().find_map(|column| {
                let foreign = table.facts.columns.get(&column.name)?.references.as_ref()?;
                let record = *records.get(&foreign.table)?;
                let named = key(&drafted[record].scanned.table)? == foreign.column;
                (named && !is_actor(&column.name)).then(|| (place, record, column.name.clone()))
            })
        });
        let Some((place, record, column)) = step else { return };
        let table = drafted[record].scanned.table.name.clone();
        drafted[record].key = key(&drafted[record].scanned.table);
        drafted[place].about = About::Other { table, column, by_name: false, by_work: false };
    }
}

/// Whether a column holds personal data other than a mere key.
fn holds_personal(scanned: &Scanned) -> bool {
    categories(scanned).next().is_some()
}

/// The categories of a table's columns, without keys.
pub fn categories(scanned: &Scanned) -> impl Iterator<Item = Category> {
    let found = scanned.profile.verdicts().iter().filter_map(|verdict| verdict.category);
    found.filter(|category| *category != Category::UniqueIdentifier)
}

/// The column that names a row: the primary key if it is one column, else `id`, else one that is
/// unique.
fn key(table: &Table) -> Option<String> {
    let primary: Vec<&String> = table
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| table.facts.columns.get(*name).is_some_and(|facts| facts.primary_key))
        .collect();
    match primary[..] {
        [one] => Some(one.clone()),
        [] => table.column("id").map(|_| "id".to_owned()),
        _ => None,
    }
}

/// The reference to a person: by a foreign key before by a name, and one that names who worked on the
/// row last of all.
fn refers(table: &Table, people: &BTreeMap<&TableName, String>) -> Option<About> {
    let mut references: Vec<(bool, bool, usize, TableName)> = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let facts = table.facts.columns.get(&column.name);
        let foreign = facts.and_then(|facts| facts.references.as_ref());
        let referred = match foreign {
            Some(foreign) => people
                .get_key_value(&foreign.table)
                .filter(|(_, key)| **key == foreign.column)
                .map(|(table, _)| (*table).clone()),
            None => by_name(&column.name, table, people),
        };
        if let Some(referred) = referred {
            references.push((is_actor(&column.name), foreign.is_none(), place, referred));
        }
    }
    let (by_work, by_name, place, referred) = references.into_iter().min()?;
    let column = table.columns[place].name.clone();
    Some(About::Other { table: referred, column, by_name, by_work })
}

/// `contact_id` and `contactId` may refer to `contacts` of the same schema.
fn by_name(
    column: &str,
    table: &Table,
    people: &BTreeMap<&TableName, String>,
) -> Option<TableName> {
    let stem = column.strip_suffix("_id").or_else(|| column.strip_suffix("Id"))?.to_lowercase();
    let is_it = |name: &&&TableName| {
        let plural = name.name.to_lowercase();
        name.schema == table.name.schema
            && (plural == stem || plural == format!("{stem}s") || plural == format!("{stem}es"))
    };
    people.keys().find(is_it).map(|name| (*name).clone())
}

/// Whether a column says who worked on the row, and not whom it is about.
pub fn is_actor(column: &str) -> bool {
    const WORK: [&str; 10] = [
        "created",
        "modified",
        "updated",
        "changed",
        "assigned",
        "owner",
        "author",
        "write_uid",
        "create_uid",
        "deleted",
    ];
    let column = column.to_lowercase();
    WORK.iter().any(|work| column.contains(work))
}

/// The column that says who changed the row last.
fn actor(table: &Table) -> Option<&str> {
    const BY: [&str; 4] = ["by", "uid", "user", "user_id"];
    let names = table.columns.iter().map(|column| column.name.as_str());
    names.filter(|name| is_plain(name)).find(|name| {
        let folded = name.to_lowercase().replace('_', "");
        let changed = ["modified", "updated", "changed", "write", "lastmodified"];
        changed.iter().any(|word| {
            folded.strip_prefix(word).is_some_and(|rest| {
                let rest = rest.trim_end_matches("id");
                rest == "u" || BY.contains(&rest)
            })
        })
    })
}

/// The pack.
pub fn pack(drafted: &[Drafted<'_>], unclear: &[&TableName]) -> String {
    let mut text = String::from(PACK);
    for table in drafted {
        mapping(table, &mut text);
    }
    if !unclear.is_empty() {
        text.push_str(
            "\n  # confirm: these hold personal data as well, or refer to a table that does; whose, the\n  \
             # schema does not say, or its names cannot be written here:\n",
        );
        for table in unclear {
            let _ = writeln!(text, "  # {}", quoted(&table.to_string()));
        }
    }
    text
}

const PACK: &str = "\
# A draft from classification, foreign keys and names. Each `confirm` is for somebody who knows the
# CRM; docs/crm/generic.md goes through them in an hour.

pack: draft
provenance: origin # confirm: or `replica`, where another system's data is synced into this database

tables:
";

fn mapping(drafted: &Drafted<'_>, text: &mut String) {
    let table = &drafted.scanned.table;
    let _ = writeln!(text, "\n  {}:", table.name);
    match &drafted.about {
        About::Itself { key, doubtful } => {
            if *doubtful {
                text.push_str(
                    "    # confirm: is each row a person? No reference to one was found; otherwise\n    \
                     # write `about: {table: …, column: …}` or `about: nobody`.\n",
                );
            }
            let _ = writeln!(text, "    subject: {{key: {}}}", quoted(key));
            contact_points(drafted.scanned, text);
        }
        About::Other { table, column, by_name, by_work } => {
            if *by_work {
                text.push_str(
                    "    # confirm: the column may only say who worked on the row; then write\n    \
                     # `subject: {key: …}` or `about: nobody`.\n",
                );
            }
            if *by_name {
                text.push_str("    # confirm: no foreign key says so, only the column's name.\n");
            }
            let _ = writeln!(text, "    about: {{table: {table}, column: {}}}", quoted(column));
        }
        About::Nobody => text.push_str(
            "    # confirm: is it about whoever worked with the CRM, or does a column name a person?\n    \
             # Then write `about: {table: …, column: …}`.\n    about: nobody\n",
        ),
    }
    if let Some(key) = drafted.key.as_deref().filter(|key| *key != "id") {
        let _ = writeln!(text, "    key: {}", quoted(key));
    }
    match actor(table) {
        Some(actor) => {
            let _ =
                writeln!(text, "    actor: {actor} # confirm: does it name who changed the row?");
        }
        None => text
            .push_str("    # confirm: which column names who changed the row?\n    # actor: …\n"),
    }
    super::suggest::suggestions(table, text);
}

fn contact_points(scanned: &Scanned, text: &mut String) {
    let verdicts = scanned.table.columns.iter().zip(scanned.profile.verdicts());
    let points: Vec<(&str, &str)> = verdicts
        .filter_map(|(column, verdict)| {
            // An address somewhere within a document is no column that reaches anybody.
            if matches!(Type::from_oid(column.type_oid), Some(Type::JSON | Type::JSONB)) {
                return None;
            }
            let channel = match verdict.category? {
                Category::Email => "email",
                Category::PhoneNumber => "phone",
                Category::FaxNumber => "fax",
                _ => return None,
            };
            Some((channel, column.name.as_str()))
        })
        .collect();
    if !points.is_empty() {
        text.push_str("    contact_points:\n");
    }
    for (channel, column) in points {
        let column = quoted(column);
        let _ = writeln!(text, "      - {{channel: {channel}, column: {column}}}");
    }
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
    const OTHER: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];
    let letters = |letter: char| letter.is_alphanumeric() || letter == '_';
    name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(letters)
        && !OTHER.contains(&name.to_lowercase().as_str())
}
