//! Checks of one document against another.

use super::document::maintenance::MaintenanceDocument;
use super::document::pack::PackDocument;
use super::document::reader::Reader;
use super::document::register::RegisterDocument;
use super::document::rules::RulesDocument;
use super::document::scenario::{Action, ScenarioDocument};
use crate::model::TableName;
use crate::policy::{OwnRules, Periods, TableMapping};

/// Every purpose of the pack is in the register, every table about people takes part in a
/// processing activity, and every table of the register is in the pack.
pub fn pack_against_register(
    reader: &mut Reader,
    pack: &PackDocument,
    register: &RegisterDocument,
) {
    let purposes: Vec<&str> = register.register.purposes.keys().map(String::as_str).collect();
    for (purpose, place) in &pack.purposes {
        if !purposes.contains(&purpose.as_str()) {
            reader.unknown(place, "purpose", purpose, &purposes);
        }
    }
    for (table, place) in &pack.tables {
        let about_people = pack.pack.tables.get(table).is_some_and(|table| table.subject.is_some());
        if about_people && !register.tables.contains_key(table) {
            let cause = format!("{table} is about people and in no processing activity");
            let help =
                format!("add it to `tables` of an activity in register/{}.yaml", register.name);
            reader.fault(place, cause, help);
        }
    }
    time_limits(reader, pack, register);
    let tables: Vec<String> = pack.tables.keys().map(TableName::to_string).collect();
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    for (table, place) in &register.tables {
        if !pack.tables.contains_key(table) {
            reader.unknown(place, "table", &table.to_string(), &tables);
        }
    }
}

/// A time limit that counts from the last act of people needs to know their acts, and one by category
/// of data subjects their categories.
fn time_limits(reader: &mut Reader, pack: &PackDocument, register: &RegisterDocument) {
    for (table, place) in &register.tables {
        let limit = register.register.activity_of(table).and_then(|it| it.erase_after.as_ref());
        let (Some(limit), Some(mapping)) = (limit, pack.pack.tables.get(table)) else { continue };
        if !mapping.is_subject_table() {
            continue;
        }
        let acts = |name: &TableName, it: &TableMapping| {
            it.records_acts() && (name == table || it.is_about(table))
        };
        if limit.from_last_act && !pack.pack.tables.iter().any(|(name, it)| acts(name, it)) {
            let cause = format!(
                "{table} is to be erased some time after the last act of the person, and the pack \
                 knows of no such acts"
            );
            let help = "add `subject_act` to the tables of the pack in which people act \
                        themselves, `request`, or `evidence` to permissions, or count from `collection`";
            reader.fault(place, cause, help);
        }
        let by_category = matches!(limit.periods, Periods::ByCategory(_));
        if by_category && mapping.person.category.is_none() {
            let cause =
                format!("the limit depends on the category of people, and {table} has none");
            reader.fault(place, cause, "add `category` to the table in the pack");
        }
    }
}

/// Every table and purpose of an exception is known.
pub fn exceptions_against(
    reader: &mut Reader,
    rules: &RulesDocument,
    pack: &PackDocument,
    register: &RegisterDocument,
) {
    let tables: Vec<String> = pack.tables.keys().map(TableName::to_string).collect();
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    for (table, place) in &rules.tables {
        if !pack.tables.contains_key(table) {
            reader.unknown(place, "table", &table.to_string(), &tables);
        }
    }
    let purposes: Vec<&str> = register.register.purposes.keys().map(String::as_str).collect();
    for (purpose, place) in &rules.purposes {
        if !purposes.contains(&purpose.as_str()) {
            reader.unknown(place, "purpose", purpose, &purposes);
        }
    }
}

/// Every own rule of which something is said is in force.
pub fn own_rules_named(reader: &mut Reader, rules: &RulesDocument, own: &OwnRules) {
    let known: Vec<&str> = own.all().map(|rule| rule.named.name.as_str()).collect();
    for (name, place) in &rules.own {
        if !known.contains(&name.as_str()) {
            reader.unknown(place, "own rule", name, &known);
        }
    }
}

/// Every table of an envelope is in the pack.
pub fn maintenance_against(
    reader: &mut Reader,
    maintenance: &MaintenanceDocument,
    pack: &PackDocument,
) {
    let tables: Vec<String> = pack.tables.keys().map(TableName::to_string).collect();
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    for (table, place) in &maintenance.tables {
        if !pack.tables.contains_key(table) {
            reader.unknown(place, "table", &table.to_string(), &tables);
        }
    }
}

/// Every table of a test is in the pack, or declared by the test's document as one that is not.
pub fn tests_against_pack(reader: &mut Reader, tests: &[ScenarioDocument], pack: &PackDocument) {
    for document in tests {
        let mapped = pack.tables.keys();
        let known: Vec<String> =
            mapped.chain(document.tables.keys()).map(TableName::to_string).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let steps = document.scenarios.iter().flat_map(|scenario| &scenario.given);
        let changes = steps.flat_map(|step| match &step.action {
            Action::Transaction(changes) => changes.as_slice(),
            Action::Idle | Action::Gap(_) => &[],
        });
        let mut reported = None;
        for change in changes {
            let table = change.table.to_string();
            if !known.contains(&table.as_str()) && reported != Some(&change.place) {
                reader.unknown(&change.place, "table", &table, &known);
                reported = Some(&change.place);
            }
        }
    }
}
