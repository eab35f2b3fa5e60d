//! Whose data the rows of a table are: a person each, about one of another table, about whoever a
//! record of another table is about, or about nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Node, Value};
use super::reader::{Fields, Reader, by_content};
use super::suggestion;
use crate::model::{Place, TableName, limits};
use crate::policy::{SubjectMapping, TableMapping};

/// What is noted of it while the tables are read.
#[derive(Default)]
pub struct About {
    /// Tables of data subjects.
    people: BTreeSet<TableName>,
    /// Tables about those of others.
    linked: BTreeSet<TableName>,
    /// The tables that others name.
    named: Vec<(TableName, Place)>,
}

impl About {
    /// Notes what a table says, also when something else is wrong in it.
    pub fn note(&mut self, table: &TableName, node: &Node) {
        let Value::Map(entries) = &node.value else { return };
        let says = |word: &str| entries.iter().find(|(key, _)| key.name == word);
        if says("subject").is_some() {
            self.people.insert(table.clone());
        } else if says("about").is_some_and(|(_, node)| matches!(node.value, Value::Map(_))) {
            self.linked.insert(table.clone());
        }
    }

    /// Checks that the tables named are there, and about somebody.
    pub fn check(&self, reader: &mut Reader, tables: &[&str]) {
        let people: Vec<String> = self.people.iter().map(TableName::to_string).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        for (table, place) in &self.named {
            let leads_on = self.people.contains(table) || self.linked.contains(table);
            if !tables.contains(&table.to_string().as_str()) {
                reader.unknown(place, "table", &table.to_string(), tables);
            } else if !leads_on {
                let help = format!("tables of data subjects: {}", suggestion::list(&people));
                reader.fault(place, format!("the rows of {table} are not data subjects"), help);
            }
        }
    }
}

/// `subject: {key: …}`, `about: {table: …, column: …}` or `about: nobody`; exactly one.
pub fn read(
    reader: &mut Reader,
    fields: &Fields<'_>,
    notes: &mut About,
) -> Option<Option<SubjectMapping>> {
    match (fields.optional("subject"), fields.optional("about")) {
        (Some(node), None) => {
            let fields = reader.fields(node, &["key"])?;
            let key = fields.required("key", reader).and_then(|node| reader.column(node))?;
            Some(Some(SubjectMapping::Itself { key }))
        }
        (None, Some(node)) => read_about(reader, node, notes),
        _ => {
            let help = "give exactly one: `subject: {key: …}` when each row is a person, \
                        `about: {table: …, column: …}` when it points at one, or `about: nobody`";
            reader.fault(fields.place(), "it must be clear whose data a row is", help);
            None
        }
    }
}

fn read_about(
    reader: &mut Reader,
    node: &Node,
    notes: &mut About,
) -> Option<Option<SubjectMapping>> {
    if matches!(&node.value, Value::Text(_)) {
        return reader.one_of(node, "data subject", &[("nobody", ())]).map(|()| None);
    }
    let fields = reader.fields(node, &["table", "column"])?;
    let column = fields.required("column", reader).and_then(|node| reader.column(node));
    let table = fields.required("table", reader)?;
    if matches!(&table.value, Value::Map(_)) {
        let (kind, tables) = one_of_several(reader, table, notes)?;
        let through = BTreeMap::new();
        return Some(Some(SubjectMapping::AboutOneOf { kind, tables, through, column: column? }));
    }
    let place = table.place.clone();
    let table = reader.table(table)?;
    notes.named.push((table.clone(), place));
    Some(Some(SubjectMapping::About { table, column: column? }))
}

/// `{column: parent_type, values: {Contact: public.contact}}`: a column says which table.
fn one_of_several(
    reader: &mut Reader,
    node: &Node,
    notes: &mut About,
) -> Option<(String, BTreeMap<String, TableName>)> {
    let fields = reader.fields(node, &["column", "values"])?;
    let kind = fields.required("column", reader).and_then(|node| reader.column(node));
    let values = fields.required("values", reader).and_then(|node| reader.entries(node))?;
    let mut read = Vec::new();
    for (key, node) in values {
        let table = reader.table(node)?;
        notes.named.push((table.clone(), node.place.clone()));
        read.push((key, table));
    }
    Some((kind?, by_content(read)))
}

/// Finds the people behind records: a row that names a contract is about whom the contract is about. Returns
/// whether they were found of every table.
pub fn resolve(
    reader: &mut Reader,
    tables: &mut BTreeMap<TableName, TableMapping>,
    places: &BTreeMap<TableName, Place>,
) -> bool {
    let (mut found, mut whole) = (Vec::new(), true);
    for (name, mapping) in &*tables {
        let named = mapping.subject.as_ref().map(named).unwrap_or_default();
        let behind = |table: &TableName| Some((table.clone(), people_behind(tables, table)?));
        let Some(behind) = named.into_iter().map(behind).collect::<Option<BTreeMap<_, _>>>() else {
            let help = "name a table that leads to a table of data subjects, and not back";
            reader.fault(&places[name], way(tables, name).fault(), help);
            whole = false;
            continue;
        };
        let records =
            behind.into_iter().filter(|(_, (is_person, people))| !is_person && !people.is_empty());
        let records = records.map(|(table, (_, people))| (table, people)).collect();
        found.push((name.clone(), records));
    }
    for (name, records) in found {
        lead_on(tables, &name, records);
    }
    whole
}

/// The tables on the way from one to its people.
struct Way<'a> {
    tables: Vec<&'a TableName>,
    /// Whether the last of them has come before.
    circles: bool,
}

impl Way<'_> {
    /// What is wrong with it.
    fn fault(&self) -> String {
        let names: Vec<String> = self.tables.iter().map(|table| table.to_string()).collect();
        let names = names.join(" → ");
        match self.circles {
            true => format!("the way to the people goes in a circle: {names}"),
            false => {
                let steps = limits::RECORDS_TO_A_PERSON;
                format!("the way to the people has more than {steps} steps: {names} and on")
            }
        }
    }
}

/// The tables that a table's rows lead to.
fn named(subject: &SubjectMapping) -> Vec<&TableName> {
    match subject {
        SubjectMapping::Itself { .. } => Vec::new(),
        SubjectMapping::About { table, .. } | SubjectMapping::AboutThrough { table, .. } => {
            vec![table]
        }
        SubjectMapping::AboutOneOf { tables, .. } => tables.values().collect(),
    }
}

/// The way that has no end, as far as it is of use to whoever looks for the fault in it.
fn way<'a>(tables: &'a BTreeMap<TableName, TableMapping>, first: &'a TableName) -> Way<'a> {
    let mut way = Way { tables: vec![first], circles: false };
    while let Some(last) = way.tables.last().filter(|_| !way.circles) {
        let subject = tables.get(*last).and_then(|mapping| mapping.subject.as_ref());
        let mut named = subject.map(named).unwrap_or_default().into_iter();
        let Some(next) = named.find(|table| people_behind(tables, table).is_none()) else { break };
        if way.tables.len() > limits::RECORDS_TO_A_PERSON {
            break;
        }
        way.circles = way.tables.contains(&next);
        way.tables.push(next);
    }
    way
}

/// The rows of a table are about others through these records.
fn lead_on(
    tables: &mut BTreeMap<TableName, TableMapping>,
    name: &TableName,
    records: BTreeMap<TableName, BTreeSet<TableName>>,
) {
    for record in records.keys() {
        if let Some(mapping) = tables.get_mut(record) {
            mapping.passes_on = true;
        }
    }
    let Some(mapping) = tables.get_mut(name) else { return };
    match &mut mapping.subject {
        Some(SubjectMapping::AboutOneOf { through, .. }) => *through = records,
        Some(SubjectMapping::About { column, .. }) => {
            let column = column.clone();
            if let Some((table, people)) = records.into_iter().next() {
                mapping.subject = Some(SubjectMapping::AboutThrough { table, column, people });
            }
        }
        _ => {}
    }
}

/// The tables of the people about whom the rows of a table are, and whether it is such a table itself; `None`
/// when there is no end to it.
fn people_behind(
    tables: &BTreeMap<TableName, TableMapping>,
    table: &TableName,
) -> Option<(bool, BTreeSet<TableName>)> {
    let (mut people, mut reached) = (BTreeSet::new(), BTreeSet::from([table]));
    for step in 0..limits::RECORDS_TO_A_PERSON {
        let mut next = BTreeSet::new();
        for table in reached {
            match tables.get(table).and_then(|mapping| mapping.subject.as_ref()) {
                Some(SubjectMapping::Itself { .. }) => drop(people.insert(table.clone())),
                Some(subject) => next.extend(named(subject)),
                // A fault of its own.
                None => {}
            }
        }
        if next.is_empty() {
            return Some((step == 0, people));
        }
        reached = next;
    }
    None
}
