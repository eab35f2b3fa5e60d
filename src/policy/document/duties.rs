//! What a pack says of duties beyond bases and permissions.

use std::collections::BTreeMap;

use super::node::Node;
use super::pack::{Notes, note_table, selected};
use super::reader::{Fields, Reader, optional};
use super::selector::conditions;
use crate::policy::{
    Condition, DeliveryMapping, Duties, PseudonymisedMapping, ResolvesMapping, TableMapping,
    TransferMapping,
};

/// What the keys of one table say.
pub(super) fn read(reader: &mut Reader, fields: &Fields<'_>, notes: &mut Notes) -> Option<Duties> {
    let consent_level = match fields.optional("consent_level") {
        Some(_) => selected(reader, fields, "consent_level", notes).map(Some),
        None => Some(None),
    };
    let needs_level = match fields.optional("needs_consent_level") {
        Some(_) => selected(reader, fields, "needs_consent_level", notes).map(Some),
        None => Some(None),
    };
    let levels_enforced = conditions(reader, fields.optional("consent_levels_enforced"));
    let copies = optional(fields, "copies", |node| copies(reader, node));
    let pseudonymised = optional(fields, "pseudonymised", |node| pseudonymised(reader, node));
    let token = optional(fields, "pseudonym", |node| reader.column(node));
    let resolves = optional(fields, "resolves", |node| resolves(reader, node, notes));
    let delivery = optional(fields, "data_export", |node| delivery(reader, node));
    let transfer = optional(fields, "recipient", |node| transfer(reader, node, notes));
    Some(Duties {
        consent_level: consent_level?,
        needs_level: needs_level?,
        levels_enforced: levels_enforced?,
        copies: copies?.unwrap_or_default(),
        pseudonymised: pseudonymised?,
        token: token?,
        resolves: resolves?,
        delivery: delivery?,
        transfer: transfer?,
        ..Duties::default()
    })
}

/// Whether the keys stand where they can mean something.
pub(super) fn check(reader: &mut Reader, fields: &Fields<'_>, mapping: &TableMapping) -> bool {
    let people = mapping.is_subject_table();
    let about = mapping.subject.is_some() && !people;
    let used = mapping.activity.is_some() || mapping.membership.is_some();
    let needs = [
        ("consent_level", people, "a table of people, the one with `subject:`"),
        ("needs_consent_level", used, "a table with `activity` or `list_membership`"),
        ("copies", about, "a table about people, the one with `about: {table: …}`"),
        ("data_export", about, "a table about people, the one with `about: {table: …}`"),
    ];
    let mut sound = true;
    for (key, met, place) in needs {
        if let Some(node) = fields.optional(key).filter(|_| !met) {
            let cause = format!("`{key}` means nothing here");
            reader.fault(&node.place, cause, format!("move it to {place}"));
            sound = false;
        }
    }
    sound
}

/// `copies: {email: email}`: a column of this table, and the column of the person's row.
fn copies(reader: &mut Reader, node: &Node) -> Option<BTreeMap<String, String>> {
    let entries = reader.entries(node)?;
    let read: Vec<Option<(String, String)>> =
        entries.iter().map(|(key, node)| Some((key.name.clone(), reader.column(node)?))).collect();
    read.into_iter().collect()
}

/// `pseudonymised: {when: […], columns: […]}`.
fn pseudonymised(reader: &mut Reader, node: &Node) -> Option<PseudonymisedMapping> {
    let fields = reader.fields(node, &["when", "columns"])?;
    let when = required(reader, &fields, "when");
    let columns =
        fields.required("columns", reader).and_then(|node| reader.some(node, Reader::column));
    Some(PseudonymisedMapping { when: when?, columns: columns? })
}

/// `resolves: {column: token, table: crm.visits}`.
fn resolves(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<ResolvesMapping> {
    let fields = reader.fields(node, &["column", "table"])?;
    let column = fields.required("column", reader).and_then(|node| reader.column(node));
    let table = fields.required("table", reader)?;
    let name = reader.table(table)?;
    note_table(notes, &name, &table.place);
    Some(ResolvesMapping { column: column?, table: name })
}

/// `data_export: {when: […], delivered: […], cancelled: […], data_of: …}`.
fn delivery(reader: &mut Reader, node: &Node) -> Option<DeliveryMapping> {
    let fields = reader.fields(node, &["when", "delivered", "cancelled", "data_of"])?;
    let when = conditions(reader, fields.optional("when"));
    let delivered = required(reader, &fields, "delivered");
    let cancelled = conditions(reader, fields.optional("cancelled"));
    let data_of = optional(&fields, "data_of", |node| reader.column(node));
    Some(DeliveryMapping {
        when: when?,
        delivered: delivered?,
        cancelled: cancelled?,
        data_of: data_of?,
    })
}

/// `recipient: {country: …, when: […], safeguards: […]}`.
fn transfer(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<TransferMapping> {
    let fields = reader.fields(node, &["country", "when", "safeguards"])?;
    let country = selected(reader, &fields, "country", notes);
    let when = conditions(reader, fields.optional("when"));
    let safeguards = conditions(reader, fields.optional("safeguards"));
    Some(TransferMapping { country: country?, when: when?, safeguards: safeguards? })
}

fn required(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<Vec<Condition>> {
    let node = fields.required(key, reader)?;
    conditions(reader, Some(node))
}
