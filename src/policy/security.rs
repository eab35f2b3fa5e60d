//! What a pack says of the columns that breaches show in: who owns a record, who may do what, what
//! has left the house.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{Condition, TableMapping};
use crate::model::{OperationKind, TableName};

/// Asked with every change.
static NOTHING: LazyLock<Security> = LazyLock::new(Security::default);

/// The columns of one table that the detectors of breaches look at. Nothing is looked at that is not
/// mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// When a row counts as deleted although it is still there; all must hold.
    pub soft_deleted: Vec<Condition>,
    /// Column with the account that looks after the record.
    pub owner: Option<String>,
    /// Column with the record that this one was merged into.
    pub merged_into: Option<String>,
    /// Rows that are exports, reports or reads of records.
    pub export: Option<ExportMapping>,
    /// Rows that are accounts of those who work with the CRM.
    pub account: Option<AccountMapping>,
    /// Rows that are credentials of programs: tokens, connected applications.
    pub credential: Option<CredentialMapping>,
    /// Rows that send data elsewhere: webhooks, integrations, forwarding rules.
    pub destination: Option<DestinationMapping>,
    /// Rows that say who may see records.
    pub access: Option<AccessMapping>,
    /// Columns that hold ciphertext and nothing else.
    pub encrypted: BTreeSet<String>,
    /// Column with the tenant whose record it is.
    pub tenant: Option<String>,
    /// Column with the end of storage.
    pub kept_until: Option<String>,
    /// The CRM's own audit log of the table.
    pub audited_by: Option<AuditMapping>,
    /// Tables whose changes the rows of this one record, with the conditions of such rows. Linking a
    /// pack finds out.
    pub audits: Vec<(TableName, Vec<Condition>)>,
}

/// Rows that record that data left the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportMapping {
    /// Column with the number of records; `None`: each row is one record.
    pub rows: Option<String>,
    /// When the row counts at all; all must hold.
    pub when: Vec<Condition>,
}

/// Rows that are accounts. In each list of conditions all must hold; an empty one never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMapping {
    /// Column with the name that the `actor` columns of other tables hold; `None`: they hold the key.
    pub name: Option<String>,
    /// When nobody may work with it any more.
    pub inactive: Vec<Condition>,
    /// When it may do everything.
    pub privileged: Vec<Condition>,
    /// When it asks for a second factor.
    pub second_factor: Vec<Condition>,
    /// Actors that manage accounts, such as the synchronisation with a directory.
    pub managed_by: BTreeSet<String>,
}

/// Rows that say who may see records. In each list all must hold; an empty one never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMapping {
    /// When it opens records to many.
    pub opens: Vec<Condition>,
    /// When it keeps records from many.
    pub restricts: Vec<Condition>,
    /// Actors that manage access.
    pub managed_by: BTreeSet<String>,
}

/// Rows that are credentials of programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialMapping {
    /// When it opens everything; all must hold.
    pub privileged: Vec<Condition>,
    /// Actors that manage credentials.
    pub managed_by: BTreeSet<String>,
}

/// Rows that send data elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationMapping {
    /// Column with where to: a URL or an e-mail address.
    pub column: String,
    /// Domains, with all below them, that data may go to.
    pub known: BTreeSet<String>,
    /// When a second person has approved of it; all must hold, and an empty one never does.
    pub approved: Vec<Condition>,
}

/// An audit log whose rows are written in the transaction of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditMapping {
    /// Its table.
    pub table: TableName,
    /// When one of its rows is about this table; all must hold.
    pub when: Vec<Condition>,
    /// Operations that it records.
    pub operations: BTreeSet<OperationKind>,
    /// Columns whose change it records; empty: all.
    pub columns: BTreeSet<String>,
    /// Whether each changed row has a row of its own there.
    pub each_row: bool,
}

impl Security {
    /// The columns of the table that it rests on.
    pub fn uses(&self) -> impl Iterator<Item = &str> {
        let named = [&self.owner, &self.merged_into, &self.tenant, &self.kept_until];
        let named = named.into_iter().flatten().chain(&self.encrypted);
        let export = self.export.iter();
        let rows = export.clone().filter_map(|it| it.rows.as_ref());
        let account = self.account.iter();
        let conditions = [
            Some(&self.soft_deleted),
            self.export.as_ref().map(|it| &it.when),
            self.account.as_ref().map(|it| &it.inactive),
            self.account.as_ref().map(|it| &it.privileged),
            self.account.as_ref().map(|it| &it.second_factor),
            self.credential.as_ref().map(|it| &it.privileged),
            self.destination.as_ref().map(|it| &it.approved),
            self.access.as_ref().map(|it| &it.opens),
            self.access.as_ref().map(|it| &it.restricts),
        ];
        let destination = self.destination.iter().map(|it| &it.column);
        let audits = self.audits.iter().map(|(_, when)| when);
        let tested = conditions.into_iter().flatten().chain(audits).flatten();
        named
            .chain(rows)
            .chain(destination)
            .chain(account.filter_map(|it| it.name.as_ref()))
            .chain(self.audited_by.iter().flat_map(|it| &it.columns))
            .map(String::as_str)
            .chain(tested.map(|condition| condition.column.as_str()))
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        *self == *NOTHING
    }
}

/// Notes at each audit log whose changes it records.
pub(super) fn link(tables: &mut std::collections::BTreeMap<TableName, TableMapping>) {
    let audits: Vec<(TableName, TableName, Vec<Condition>)> = tables
        .iter()
        .filter_map(|(name, mapping)| {
            let audit = mapping.security.audited_by.as_ref()?;
            Some((audit.table.clone(), name.clone(), audit.when.clone()))
        })
        .collect();
    for (log, table, when) in audits {
        if let Some(mapping) = tables.get_mut(&log) {
            mapping.security.audits.push((table, when));
        }
    }
}
