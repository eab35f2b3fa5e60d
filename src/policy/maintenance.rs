//! Work that was declared beforehand: who may do how much of what, to which tables, until when.
//!
//! An envelope is no silence: what stays within it is on record, and what goes beyond it counts in
//! full. Who may declare work in the transaction itself is said here as well, because anybody who may
//! connect can send a message.

use std::collections::BTreeSet;

use crate::model::{OperationKind, TableName, Timestamp};

/// Every envelope, and who may make more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintenances {
    /// In the order in which they are written: the first that fits a change holds it.
    pub declared: Vec<Maintenance>,
    /// Who may declare work in the transaction itself; `None`: nobody.
    pub by_message: Option<MaintenanceByMessage>,
}

/// One envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Its name.
    pub name: String,
    /// Technical accounts as the CRM names them, or references of actors; for schema changes,
    /// database roles.
    pub actors: BTreeSet<String>,
    /// What of which.
    pub scope: MaintenanceScope,
    /// The first moment at which it holds, in stream time; `None`: at once.
    pub from: Option<Timestamp>,
    /// The first moment at which it no longer holds.
    pub until: Timestamp,
    /// Who answers for it: a role.
    pub owner: String,
    /// Why.
    pub reason: String,
}

/// What may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceScope {
    /// In these tables.
    pub tables: BTreeSet<TableName>,
    /// These operations.
    pub operations: BTreeSet<OperationKind>,
    /// Whether the tables' schema may be changed.
    pub schema: bool,
    /// The columns that an update may change, besides the one that names the actor; empty: all.
    pub columns: BTreeSet<String>,
    /// So many rows in all.
    pub rows: u64,
}

/// Who may declare work in the transaction itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceByMessage {
    /// Technical accounts as the CRM names them, or references of actors.
    pub actors: BTreeSet<String>,
    /// At most so many rows in one transaction.
    pub rows: u64,
}
