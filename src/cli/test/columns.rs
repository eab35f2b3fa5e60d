//! The columns of a table in a test: those that pack and own rules read, and those that the test writes.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{OperationKind, TableName};
use crate::policy::document::scenario::{Action, DeclaredTable, RowChange, Scenario};
use crate::policy::document::suggestion;
use crate::policy::{Policies, SubjectMapping};

/// The columns by which rows are told apart: as the test says, or the pack, or `id`.
pub fn key<'a>(
    policies: &'a Policies,
    declared: &'a BTreeMap<TableName, DeclaredTable>,
    table: &TableName,
) -> Vec<&'a str> {
    let of_test = declared.get(table).map_or(&[][..], |table| &table.key);
    if !of_test.is_empty() {
        return of_test.iter().map(String::as_str).collect();
    }
    let mapping = policies.pack.tables.get(table);
    let of_pack = mapping.and_then(|mapping| mapping.key.as_deref());
    vec![match mapping.and_then(|mapping| mapping.subject.as_ref()) {
        Some(SubjectMapping::Itself { key }) => of_pack.unwrap_or(key),
        _ => of_pack.unwrap_or("id"),
    }]
}

/// The columns that something reads, whether a row mentions them or not.
pub fn read<'a>(
    policies: &'a Policies,
    declared: &'a BTreeMap<TableName, DeclaredTable>,
    table: &TableName,
) -> BTreeSet<&'a str> {
    let mut columns: BTreeSet<&str> = key(policies, declared, table).into_iter().collect();
    if let Some(mapping) = policies.pack.tables.get(table) {
        columns.extend(mapping.uses());
        columns.extend(
            mapping
                .columns
                .keys()
                .map(|name| name.split('$').next().unwrap_or(name).trim_end_matches('.')),
        );
    }
    for rule in policies.own.of_table(table) {
        columns.extend(rule.columns.iter().map(String::as_str));
    }
    columns
}

/// Columns that a test writes and nothing reads, where one that is read and that the row does not mention is
/// called nearly the same. A table may have both, so that it is no fault.
pub fn misspelt(
    policies: &Policies,
    declared: &BTreeMap<TableName, DeclaredTable>,
    scenario: &Scenario,
) -> Vec<String> {
    let mut notes = Vec::new();
    for (step, number) in scenario.given.iter().zip(1..) {
        let Action::Transaction(changes) = &step.action else { continue };
        for change in changes.iter().filter(|it| it.operation != OperationKind::Truncate) {
            let known = read(policies, declared, &change.table);
            for (column, near) in suspects(change, &known) {
                let table = &change.table;
                let note = format!(
                    "step {number} of \"{}\" writes `{column}` of {table}, which neither the pack nor a rule \
                     reads; did you mean `{near}`?",
                    scenario.name
                );
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    notes
}

fn suspects<'a>(
    change: &'a RowChange,
    known: &BTreeSet<&'a str>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let absent: Vec<&str> =
        known.iter().copied().filter(|name| !change.row.contains_key(*name)).collect();
    let strange = change.row.keys().map(String::as_str).filter(|name| !known.contains(name));
    let near = move |column: &'a str| Some((column, suggestion::nearest(column, &absent)?));
    strange.filter_map(near).collect::<Vec<_>>().into_iter()
}
