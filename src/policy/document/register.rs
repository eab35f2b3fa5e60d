//! A register as written: `register/<name>.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use super::governance;
use super::node::{Node, Value};
use super::reader::{Reader, optional};
use super::selector::lawful_basis;
use crate::model::{Heading, Place, TableName};
use crate::policy::{
    Periods, ProcessingActivity, Purpose, Register, RegisteredBasis, SpecialCondition, StorageLimit,
};

/// A register with the places that checks against the pack need.
pub struct RegisterDocument {
    /// Its name.
    pub name: String,
    /// The register.
    pub register: Register,
    /// Every table it names, with its place.
    pub tables: BTreeMap<TableName, Place>,
}

const ACTIVITY_KEYS: [&str; 12] = [
    "purpose",
    "tables",
    "basis",
    "special_categories",
    "subjects",
    "categories",
    "recipients",
    "transfers",
    "retention",
    "erase_after",
    "kept_after_erasure",
    "impact_assessment",
];

/// Reads a register.
pub fn read(reader: &mut Reader, root: &Node) -> Option<RegisterDocument> {
    let mut keys = vec!["register", "controller", "measures", "purposes", "activities", "decoys"];
    keys.extend(governance::KEYS);
    let fields = reader.fields(root, &keys)?;
    let name = fields.required("register", reader).and_then(|node| reader.text(node));
    let controller =
        fields.required("controller", reader).and_then(|node| read_controller(reader, node));
    let measures = optional(&fields, "measures", |node| reader.some(node, Reader::text));
    let purposes = fields.required("purposes", reader).and_then(|node| read_purposes(reader, node));
    let mut tables = BTreeMap::new();
    let activities = fields
        .required("activities", reader)
        .and_then(|node| read_activities(reader, node, purposes.as_ref(), &mut tables));
    let decoys =
        fields.optional("decoys").map_or(Some(BTreeMap::new()), |node| read_decoys(reader, node));
    let governance = governance::read(reader, &fields);
    if let (Some(governance), Some(node)) = (&governance, fields.optional("deleted_with_person")) {
        let known: Vec<String> = tables.keys().map(TableName::to_string).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for table in governance.deleted_with_person.iter().filter(|it| !tables.contains_key(*it)) {
            reader.unknown(&node.place, "table", &table.to_string(), &known);
        }
    }
    let (controller, contact, data_protection_officer) = controller?;
    let register = Register {
        controller,
        contact,
        data_protection_officer,
        measures: measures?.unwrap_or_default(),
        purposes: purposes?,
        activities: activities?,
        decoys: decoys?,
        governance: governance?,
    };
    Some(RegisterDocument { name: name?, register, tables })
}

/// `{crm.contacts: ["4999", "5203"]}`.
fn read_decoys(reader: &mut Reader, node: &Node) -> Option<BTreeMap<TableName, BTreeSet<String>>> {
    let mut decoys = BTreeMap::new();
    for (key, node) in reader.entries(node)? {
        let table = reader.table_name(&key.name, &key.place);
        let keys = reader.some(node, Reader::text);
        decoys.insert(table?, keys?.into_iter().collect());
    }
    Some(decoys)
}

fn read_controller(reader: &mut Reader, node: &Node) -> Option<(String, String, Option<String>)> {
    let fields = reader.fields(node, &["name", "contact", "data_protection_officer"])?;
    let name = fields.required("name", reader).and_then(|node| reader.text(node));
    let contact = fields.required("contact", reader).and_then(|node| reader.text(node));
    let officer = optional(&fields, "data_protection_officer", |node| reader.text(node));
    Some((name?, contact?, officer?))
}

fn read_purposes(reader: &mut Reader, node: &Node) -> Option<BTreeMap<String, Purpose>> {
    let entries = reader.entries(node)?;
    let names: Vec<&str> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
    let read: Vec<Option<(String, Purpose)>> = entries
        .iter()
        .map(|(key, node)| Some((key.name.clone(), read_purpose(reader, node, &names)?)))
        .collect();
    read.into_iter().collect()
}

fn read_purpose(reader: &mut Reader, node: &Node, names: &[&str]) -> Option<Purpose> {
    let keys =
        ["term", "direct_marketing", "legal_claims", "asks_permission_for", "compatible_with"];
    let fields = reader.fields(node, &keys)?;
    let term = fields.required("term", reader).and_then(|node| reader.text(node));
    let direct_marketing =
        fields.required("direct_marketing", reader).and_then(|node| reader.flag(node));
    let legal_claims =
        fields.optional("legal_claims").map_or(Some(false), |node| reader.flag(node));
    let asks_permission_for = optional(&fields, "asks_permission_for", |node| {
        reader.some(node, |reader, node| another_purpose(reader, node, names))
    });
    let compatible_with = optional(&fields, "compatible_with", |node| {
        reader.each(node, |reader, node| another_purpose(reader, node, names))
    });
    Some(Purpose {
        term: term?,
        direct_marketing: direct_marketing?,
        legal_claims: legal_claims?,
        asks_permission_for: asks_permission_for?.unwrap_or_default().into_iter().collect(),
        compatible_with: compatible_with?.map(|names| names.into_iter().collect()),
    })
}

fn another_purpose(reader: &mut Reader, node: &Node, names: &[&str]) -> Option<String> {
    let word = reader.text(node)?;
    if !names.contains(&word.as_str()) {
        reader.unknown(&node.place, "purpose", &word, names);
        return None;
    }
    Some(word)
}

fn read_activities(
    reader: &mut Reader,
    node: &Node,
    purposes: Option<&BTreeMap<String, Purpose>>,
    tables: &mut BTreeMap<TableName, Place>,
) -> Option<Vec<ProcessingActivity>> {
    let entries = reader.entries(node)?;
    let read: Vec<Option<ProcessingActivity>> = entries
        .iter()
        .map(|(key, node)| read_activity(reader, &key.name, node, purposes, tables))
        .collect();
    read.into_iter().collect()
}

fn read_activity(
    reader: &mut Reader,
    id: &str,
    node: &Node,
    purposes: Option<&BTreeMap<String, Purpose>>,
    tables: &mut BTreeMap<TableName, Place>,
) -> Option<ProcessingActivity> {
    let fields = reader.fields(node, &ACTIVITY_KEYS)?;
    let purpose =
        fields.required("purpose", reader).and_then(|node| known_purpose(reader, node, purposes));
    let named = fields
        .required("tables", reader)
        .and_then(|node| reader.some(node, |reader, node| own_table(reader, node, tables)));
    let basis = fields.required("basis", reader).and_then(|node| read_basis(reader, node));
    let special_categories = optional(&fields, "special_categories", |node| {
        reader.one_of(node, "condition of Art. 9(2)", &SpecialCondition::NAMES)
    });
    let subjects =
        fields.required("subjects", reader).and_then(|node| reader.some(node, Reader::text));
    let categories =
        fields.required("categories", reader).and_then(|node| reader.some(node, category));
    let recipients =
        fields.required("recipients", reader).and_then(|node| reader.each(node, Reader::text));
    let transfers =
        fields.required("transfers", reader).and_then(|node| reader.each(node, Reader::text));
    let retention = fields.required("retention", reader).and_then(|node| reader.text(node));
    let categories_of_people = subjects.clone().unwrap_or_default();
    let erase_after =
        optional(&fields, "erase_after", |node| read_limit(reader, node, &categories_of_people));
    let kept_after_erasure =
        fields.optional("kept_after_erasure").map_or(Some(false), |node| reader.flag(node));
    let impact_assessment =
        optional(&fields, "impact_assessment", |node| governance::assessment(reader, node));
    Some(ProcessingActivity {
        id: id.to_owned(),
        purpose: purpose?,
        tables: named?.into_iter().collect(),
        basis: basis?,
        special_categories: special_categories?,
        subjects: subjects?,
        categories: categories?,
        recipients: recipients?,
        transfers: transfers?,
        retention: retention?,
        erase_after: erase_after?,
        kept_after_erasure: kept_after_erasure?,
        impact_assessment: impact_assessment?,
    })
}

/// `erase_after: {last_act: 1095d}` or `{collection: 180d}`, for all or by category of data subjects.
fn read_limit(reader: &mut Reader, node: &Node, subjects: &[String]) -> Option<StorageLimit> {
    let fields = reader.fields(node, &["last_act", "collection"])?;
    let (from_last_act, node) = match (fields.optional("last_act"), fields.optional("collection")) {
        (Some(node), None) => (true, node),
        (None, Some(node)) => (false, node),
        _ => {
            let help = "give exactly one: `last_act: 1095d`, counted from what the person did \
                        last, or `collection: 180d`";
            reader.fault(fields.place(), "a time limit counts from one moment", help);
            return None;
        }
    };
    if matches!(node.value, Value::Text(_)) {
        let periods = Periods::All(reader.duration(node)?);
        return Some(StorageLimit { from_last_act, periods });
    }
    let known: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let mut periods = BTreeMap::new();
    for (key, node) in reader.entries(node)? {
        if !known.contains(&key.name.as_str()) {
            reader.unknown(&key.place, "category of data subjects", &key.name, &known);
            return None;
        }
        periods.insert(key.name.clone(), reader.duration(node)?);
    }
    Some(StorageLimit { from_last_act, periods: Periods::ByCategory(periods) })
}

/// A purpose that the register knows. When the purposes themselves are wrong, that has been said.
fn known_purpose(
    reader: &mut Reader,
    node: &Node,
    purposes: Option<&BTreeMap<String, Purpose>>,
) -> Option<String> {
    let word = reader.text(node)?;
    let Some(purposes) = purposes else { return Some(word) };
    if !purposes.contains_key(&word) {
        let known: Vec<&str> = purposes.keys().map(String::as_str).collect();
        reader.unknown(&node.place, "purpose", &word, &known);
    }
    Some(word)
}

/// A table takes part in one processing activity, so that it is clear which basis it needs.
fn own_table(
    reader: &mut Reader,
    node: &Node,
    tables: &mut BTreeMap<TableName, Place>,
) -> Option<TableName> {
    let table = reader.table(node)?;
    if let Some(first) = tables.insert(table.clone(), node.place.clone()) {
        let help = format!("it is named in line {} already; remove one of the two", first.line);
        reader.fault(&node.place, format!("{table} takes part in two activities"), help);
    }
    Some(table)
}

/// `basis: contract` for everybody, or `basis: {per_subject: [consent, contract]}`.
fn read_basis(reader: &mut Reader, node: &Node) -> Option<RegisteredBasis> {
    if matches!(node.value, Value::Text(_)) {
        return lawful_basis(reader, node).map(RegisteredBasis::Declared);
    }
    let fields = reader.fields(node, &["per_subject"])?;
    let node = fields.required("per_subject", reader)?;
    let bases: BTreeSet<_> = reader.some(node, lawful_basis)?.into_iter().collect();
    Some(RegisteredBasis::PerSubject(bases))
}

pub(super) fn category(reader: &mut Reader, node: &Node) -> Option<Heading> {
    let choices: Vec<(&str, Heading)> =
        Heading::all().into_iter().map(|heading| (heading.key(), heading)).collect();
    reader.one_of(node, "category", &choices)
}
