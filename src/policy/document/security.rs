//! What a pack says of the columns that breaches show in.

use std::collections::BTreeSet;

use super::node::Node;
use super::reader::{Fields, Reader, optional};
use super::selector::conditions;
use crate::model::{OperationKind, Place, TableName};
use crate::policy::{
    AccessMapping, AccountMapping, AuditMapping, CredentialMapping, DestinationMapping,
    ExportMapping, Security,
};

/// Reads what a table says; `audits` notes each audit log that it names.
pub fn read(
    reader: &mut Reader,
    fields: &Fields<'_>,
    audits: &mut Vec<(TableName, Place)>,
) -> Option<Security> {
    let soft_deleted = conditions(reader, fields.optional("soft_deleted"));
    let owner = optional(fields, "owner", |node| reader.column(node));
    let merged_into = optional(fields, "merged_into", |node| reader.column(node));
    let export = optional(fields, "export", |node| export(reader, node));
    let account = optional(fields, "account", |node| account(reader, node));
    let credential = optional(fields, "credential", |node| credential(reader, node));
    let destination = optional(fields, "destination", |node| destination(reader, node));
    let access = optional(fields, "access", |node| access(reader, node));
    let encrypted = texts(reader, fields.optional("encrypted"));
    let tenant = optional(fields, "tenant", |node| reader.column(node));
    let kept_until = optional(fields, "kept_until", |node| reader.column(node));
    let audited_by = optional(fields, "audited_by", |node| audited_by(reader, node, audits));
    Some(Security {
        soft_deleted: soft_deleted?,
        owner: owner?,
        merged_into: merged_into?,
        export: export?,
        account: account?,
        credential: credential?,
        destination: destination?,
        access: access?,
        encrypted: encrypted?,
        tenant: tenant?,
        kept_until: kept_until?,
        audited_by: audited_by?,
        audits: Vec::new(),
    })
}

/// `export: {rows: …, when: […]}`.
fn export(reader: &mut Reader, node: &Node) -> Option<ExportMapping> {
    let fields = reader.fields(node, &["rows", "when"])?;
    let rows = optional(&fields, "rows", |node| reader.column(node));
    let when = conditions(reader, fields.optional("when"));
    Some(ExportMapping { rows: rows?, when: when? })
}

/// `account: {name: …, inactive: […], privileged: […], second_factor: […], managed_by: […]}`.
fn account(reader: &mut Reader, node: &Node) -> Option<AccountMapping> {
    let keys = ["name", "inactive", "privileged", "second_factor", "managed_by"];
    let fields = reader.fields(node, &keys)?;
    let name = optional(&fields, "name", |node| reader.column(node));
    let inactive = conditions(reader, fields.optional("inactive"));
    let privileged = conditions(reader, fields.optional("privileged"));
    let second_factor = conditions(reader, fields.optional("second_factor"));
    let managed_by = texts(reader, fields.optional("managed_by"));
    Some(AccountMapping {
        name: name?,
        inactive: inactive?,
        privileged: privileged?,
        second_factor: second_factor?,
        managed_by: managed_by?,
    })
}

/// `access: {opens: […], restricts: […], managed_by: […]}`.
fn access(reader: &mut Reader, node: &Node) -> Option<AccessMapping> {
    let fields = reader.fields(node, &["opens", "restricts", "managed_by"])?;
    let opens = conditions(reader, fields.optional("opens"));
    let restricts = conditions(reader, fields.optional("restricts"));
    let managed_by = texts(reader, fields.optional("managed_by"));
    Some(AccessMapping { opens: opens?, restricts: restricts?, managed_by: managed_by? })
}

/// `credential: {privileged: […], managed_by: […]}`.
fn credential(reader: &mut Reader, node: &Node) -> Option<CredentialMapping> {
    let fields = reader.fields(node, &["privileged", "managed_by"])?;
    let privileged = fields.required("privileged", reader)?;
    let privileged = conditions(reader, Some(privileged));
    let managed_by = texts(reader, fields.optional("managed_by"));
    Some(CredentialMapping { privileged: privileged?, managed_by: managed_by? })
}

/// `destination: {column: …, known: […], approved: […]}`.
fn destination(reader: &mut Reader, node: &Node) -> Option<DestinationMapping> {
    let fields = reader.fields(node, &["column", "known", "approved"])?;
    let column = fields.required("column", reader).and_then(|node| reader.column(node));
    let known = texts(reader, fields.optional("known"));
    let approved = conditions(reader, fields.optional("approved"));
    let known = known?.into_iter().map(|domain| domain.to_lowercase()).collect();
    Some(DestinationMapping { column: column?, known, approved: approved? })
}

/// `audited_by: {table: …, when: […], operations: […], columns: […], each_row: …}`.
fn audited_by(
    reader: &mut Reader,
    node: &Node,
    audits: &mut Vec<(TableName, Place)>,
) -> Option<AuditMapping> {
    let keys = ["table", "when", "operations", "columns", "each_row"];
    let fields = reader.fields(node, &keys)?;
    let table = fields.required("table", reader);
    let name = table.and_then(|node| reader.table(node));
    if let (Some(node), Some(name)) = (table, &name) {
        audits.push((name.clone(), node.place.clone()));
    }
    let when = conditions(reader, fields.optional("when"));
    let words = [
        ("insert", OperationKind::Insert),
        ("update", OperationKind::Update),
        ("delete", OperationKind::Delete),
    ];
    let all = || Some(words.iter().map(|(_, operation)| *operation).collect());
    let operations = fields.optional("operations").map_or_else(all, |node| {
        let some = reader.some(node, |reader, node| reader.one_of(node, "operation", &words))?;
        Some(some.into_iter().collect::<BTreeSet<_>>())
    });
    let columns = texts(reader, fields.optional("columns"));
    let each_row = fields.optional("each_row").map_or(Some(false), |node| reader.flag(node));
    Some(AuditMapping {
        table: name?,
        when: when?,
        operations: operations?,
        columns: columns?,
        each_row: each_row?,
    })
}

fn texts(reader: &mut Reader, node: Option<&Node>) -> Option<BTreeSet<String>> {
    let Some(node) = node else { return Some(BTreeSet::new()) };
    Some(reader.some(node, Reader::column)?.into_iter().collect())
}
