//! Own rules and lists as written: `rules/<name>.yaml`, `lists/<name>.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::node::Node;
use super::reader::{Fields, Reader, optional};
use super::rules;
use crate::model::limits::{LIST_VALUES, OWN_TEXT};
use crate::model::{OperationKind, OwnRuleName, Place, Severity, TableName, Timestamp};
use crate::policy::expression::{Kind, TYPES};

/// A rule as written. What its expressions mean depends on the pack and the register.
#[derive(Clone)]
pub struct OwnDocument {
    /// Its name, and what its findings say.
    pub named: OwnRuleName,
    /// The pack that it is about; `None`: the one in force.
    pub pack: Option<(String, Place)>,
    /// Its tables.
    pub tables: Vec<(TableName, Place)>,
    /// Its operations, and where they stand.
    pub operations: BTreeSet<OperationKind>,
    /// Types of columns.
    pub columns: BTreeMap<String, Kind>,
    /// Named expressions.
    pub macros: Vec<(String, String, Place)>,
    /// The condition.
    pub when: (String, Place),
    /// How much a match matters.
    pub severity: Severity,
}

/// A list as written.
#[derive(Clone)]
pub struct ListDocument {
    /// Its name.
    pub name: String,
    /// The day on which it was right.
    pub as_of: Timestamp,
    /// Where it comes from.
    pub source: String,
    /// Its values.
    pub values: Arc<BTreeSet<String>>,
}

const RULE_KEYS: [&str; 11] = [
    "rule",
    "pack",
    "tables",
    "operations",
    "columns",
    "macros",
    "when",
    "severity",
    "article",
    "says",
    "remedy",
];

const OPERATIONS: [(&str, OperationKind); 3] = [
    ("insert", OperationKind::Insert),
    ("update", OperationKind::Update),
    ("delete", OperationKind::Delete),
];

const SEVERITIES: [(&str, Severity); 5] = [
    ("informational", Severity::Informational),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// Reads a rule.
pub fn read(reader: &mut Reader, root: &Node) -> Option<OwnDocument> {
    let fields = reader.fields(root, &RULE_KEYS)?;
    let name = fields.required("rule", reader).and_then(|node| {
        let name = reader.text(node)?;
        rules::named(reader, &name, &node.place);
        Some(name)
    });
    let pack = optional(&fields, "pack", |node| Some((reader.text(node)?, node.place.clone())));
    let tables = fields.required("tables", reader).and_then(|node| {
        reader.some(node, |reader, node| Some((reader.table(node)?, node.place.clone())))
    });
    let operations = optional(&fields, "operations", |node| {
        reader.some(node, |reader, node| reader.one_of(node, "operation", &OPERATIONS))
    });
    let columns = optional(&fields, "columns", |node| read_columns(reader, node));
    let macros = optional(&fields, "macros", |node| read_macros(reader, node));
    let when = fields
        .required("when", reader)
        .and_then(|node| Some((reader.text(node)?, node.place.clone())));
    let severity = fields
        .required("severity", reader)
        .and_then(|node| reader.one_of(node, "severity", &SEVERITIES));
    let article = told(reader, &fields, "article");
    let says = told(reader, &fields, "says");
    let remedy = told(reader, &fields, "remedy");
    let every = || OPERATIONS.map(|(_, operation)| operation).to_vec();
    let operations = operations?.unwrap_or_else(every).into_iter().collect();
    Some(OwnDocument {
        named: OwnRuleName { name: name?, article: article?, says: says?, remedy: remedy? },
        pack: pack?,
        tables: tables?,
        operations,
        columns: columns?.unwrap_or_default(),
        macros: macros?.unwrap_or_default(),
        when: when?,
        severity: severity?,
    })
}

/// A text that goes into findings, so no more than a few sentences about nobody.
fn told(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<String> {
    let node = fields.required(key, reader)?;
    let text = reader.role(node)?;
    if text.chars().count() > OWN_TEXT {
        let help = format!("write at most {OWN_TEXT} characters; the rest belongs into a comment");
        reader.fault(&node.place, "the text is too long for a finding", help);
        return None;
    }
    Some(text.trim().to_owned())
}

fn read_columns(reader: &mut Reader, node: &Node) -> Option<BTreeMap<String, Kind>> {
    let mut read = BTreeMap::new();
    let mut complete = true;
    for (key, node) in reader.entries(node)? {
        let text = reader.text(node)?;
        match Kind::of_type(&text) {
            Some(kind) => drop(read.insert(key.name.clone(), kind)),
            None => {
                complete = false;
                let mut known: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
                known.push("text[]");
                reader.unknown(&node.place, "type", &text, &known);
            }
        }
    }
    complete.then_some(read)
}

fn read_macros(reader: &mut Reader, node: &Node) -> Option<Vec<(String, String, Place)>> {
    let mut read = Vec::new();
    for (key, node) in reader.entries(node)? {
        is_identifier(reader, &key.name, &key.place)?;
        read.push((key.name.clone(), reader.text(node)?, node.place.clone()));
    }
    Some(read)
}

/// A name that can stand in an expression.
fn is_identifier(reader: &mut Reader, name: &str, place: &Place) -> Option<()> {
    let letters =
        name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
    let taken =
        ["old", "new", "op", "table", "tx", "subject", "lists", "in", "true", "false", "null"];
    if !letters || !name.starts_with(|it: char| it.is_ascii_lowercase()) || taken.contains(&name) {
        let help =
            "small letters, digits and _, beginning with a letter, and no word of the language";
        reader.fault(place, format!("`{name}` cannot be a name in expressions"), help);
        return None;
    }
    Some(())
}

/// Reads a list.
pub fn read_list(reader: &mut Reader, root: &Node) -> Option<ListDocument> {
    let fields = reader.fields(root, &["list", "as_of", "source", "values"])?;
    let name = fields.required("list", reader).and_then(|node| {
        let name = reader.text(node)?;
        is_identifier(reader, &name, &node.place)?;
        Some(name)
    });
    let as_of = fields.required("as_of", reader).and_then(|node| reader.day(node));
    let source = fields.required("source", reader).and_then(|node| reader.role(node));
    let values = fields.required("values", reader).and_then(|node| {
        let values = reader.some(node, |reader, node| {
            let value = reader.cell(node)?;
            if value.trim().is_empty() || matches!(node.value, super::node::Value::Bool(..)) {
                let help = "write a text; what YAML takes for something else, as NO, needs quotes";
                reader.fault(&node.place, "this is no text", help);
                return None;
            }
            Some(value)
        })?;
        if values.len() > LIST_VALUES {
            let cause = format!("the list has {} values, and at most {LIST_VALUES}", values.len());
            reader.fault(&node.place, cause, "map what it tells apart in the pack");
            return None;
        }
        Some(values)
    });
    let values = Arc::new(values?.into_iter().collect());
    Some(ListDocument { name: name?, as_of: as_of?, source: source?, values })
}
