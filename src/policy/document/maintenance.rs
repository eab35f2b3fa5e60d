//! `maintenance` and `maintenance_by_message` as written in `policy.yaml`.

use std::collections::BTreeSet;

use super::node::Node;
use super::reader::{Fields, Reader, optional};
use super::rules::{account, named, role};
use crate::model::limits::MAINTENANCES;
use crate::model::{OperationKind, Place, TableName, Timestamp};
use crate::policy::{Maintenance, MaintenanceByMessage, MaintenanceScope, Maintenances};

/// The envelopes with the places that the check against the pack needs.
#[derive(Clone, Default)]
pub struct MaintenanceDocument {
    /// What is said.
    pub maintenances: Maintenances,
    /// Every table that is named, with its place.
    pub tables: Vec<(TableName, Place)>,
}

const KEYS: [&str; 9] =
    ["actors", "tables", "operations", "columns", "rows", "from", "until", "owner", "reason"];

/// What may be declared; the schema is no operation on rows.
const OPERATIONS: [(&str, Option<OperationKind>); 5] = [
    ("insert", Some(OperationKind::Insert)),
    ("update", Some(OperationKind::Update)),
    ("delete", Some(OperationKind::Delete)),
    ("truncate", Some(OperationKind::Truncate)),
    ("schema", None),
];

/// Reads both keys.
pub fn read(reader: &mut Reader, fields: &Fields<'_>) -> Option<MaintenanceDocument> {
    let mut tables = Vec::new();
    let declared = optional(fields, "maintenance", |node| all(reader, node, &mut tables));
    let by_message = optional(fields, "maintenance_by_message", |node| by_message(reader, node));
    let maintenances =
        Maintenances { declared: declared?.unwrap_or_default(), by_message: by_message? };
    Some(MaintenanceDocument { maintenances, tables })
}

fn all(
    reader: &mut Reader,
    node: &Node,
    tables: &mut Vec<(TableName, Place)>,
) -> Option<Vec<Maintenance>> {
    let entries = reader.entries(node)?;
    if entries.len() > MAINTENANCES {
        let cause = format!("there are {} envelopes, and at most {MAINTENANCES}", entries.len());
        reader.fault(&node.place, cause, "remove those that are over");
    }
    let mut read = Vec::new();
    for (key, node) in entries {
        named(reader, &key.name, &key.place);
        read.push(one(reader, &key.name, node, tables));
    }
    read.into_iter().collect()
}

fn one(
    reader: &mut Reader,
    name: &str,
    node: &Node,
    tables: &mut Vec<(TableName, Place)>,
) -> Option<Maintenance> {
    let fields = reader.fields(node, &KEYS)?;
    let actors = fields.required("actors", reader).and_then(|node| reader.some(node, account));
    let in_tables = fields.required("tables", reader).and_then(|node| {
        reader.some(node, |reader, node| {
            let table = reader.table(node)?;
            tables.push((table.clone(), node.place.clone()));
            Some(table)
        })
    });
    let operations = fields.required("operations", reader).and_then(|node| {
        reader.some(node, |reader, node| reader.one_of(node, "operation", &OPERATIONS))
    });
    let columns = optional(&fields, "columns", |node| reader.some(node, Reader::text));
    let rows = fields.required("rows", reader).and_then(|node| rows(reader, node));
    let from = optional(&fields, "from", |node| moment(reader, node));
    let until = fields.required("until", reader).and_then(|node| moment(reader, node));
    let owner = fields.required("owner", reader).and_then(|node| role(reader, node));
    let reason = fields.required("reason", reader).and_then(|node| role(reader, node));
    let (from, until) = (from?, until?);
    if from.is_some_and(|from| from >= until) {
        reader.fault(fields.place(), "it is over before it begins", "let `until` be after `from`");
    }
    let operations = operations?;
    let scope = MaintenanceScope {
        tables: in_tables?.into_iter().collect(),
        schema: operations.contains(&None),
        operations: operations.into_iter().flatten().collect(),
        columns: columns?.unwrap_or_default().into_iter().collect(),
        rows: rows?,
    };
    Some(Maintenance {
        name: name.to_owned(),
        actors: actors?.into_iter().collect(),
        scope,
        from,
        until,
        owner: owner?,
        reason: reason?,
    })
}

fn by_message(reader: &mut Reader, node: &Node) -> Option<MaintenanceByMessage> {
    let fields = reader.fields(node, &["actors", "rows"])?;
    let actors = fields.required("actors", reader).and_then(|node| reader.some(node, account));
    let rows = fields.required("rows", reader).and_then(|node| rows(reader, node));
    let actors: BTreeSet<String> = actors?.into_iter().collect();
    Some(MaintenanceByMessage { actors, rows: rows? })
}

fn rows(reader: &mut Reader, node: &Node) -> Option<u64> {
    let rows = reader.number(node)?;
    if rows == 0 {
        reader.fault(&node.place, "no row may be touched", "write how many rows it may be at most");
        return None;
    }
    Some(rows)
}

fn moment(reader: &mut Reader, node: &Node) -> Option<Timestamp> {
    let text = reader.text(node)?;
    let moment = Timestamp::parse(&text);
    if moment.is_none() {
        let help = "write a moment with its zone, as in 2026-03-02T18:00:00Z";
        reader.fault(&node.place, "this is not a moment", help);
    }
    moment
}
