//! Rules of the controller's own, compiled: what a change must not say.

mod assemble;
mod tested;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use assemble::{Ground, assemble};
pub(super) use tested::tests_name_rules;
pub use tested::{own_coverage, untested};

use super::expression::Predicate;
use crate::model::{
    Code, Fault, OperationKind, OwnRuleName, Severity, Table, TableName, Timestamp,
};

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRule {
    /// Its name, and what findings say of it.
    pub named: OwnRuleName,
    /// How much a finding matters.
    pub severity: Severity,
    /// Of which operations.
    pub operations: BTreeSet<OperationKind>,
    /// What a change must not say.
    pub when: Predicate,
    /// Columns that it reads.
    pub columns: BTreeSet<String>,
}

/// A list that rules use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListInForce {
    /// Its name.
    pub name: String,
    /// The day on which it was right.
    pub as_of: Timestamp,
    /// Where it comes from.
    pub source: String,
    /// How many values it has.
    pub values: usize,
}

/// The rules in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnRules {
    /// By name.
    rules: BTreeMap<String, Arc<OwnRule>>,
    /// By table.
    tables: BTreeMap<TableName, Vec<Arc<OwnRule>>>,
    /// The lists of the folder.
    pub lists: Vec<ListInForce>,
    /// Accounts that rules name.
    pub accounts: BTreeSet<String>,
}

impl OwnRules {
    /// Adds a rule of some tables.
    pub(super) fn add(&mut self, rule: OwnRule, tables: &[TableName]) {
        accounts(&rule.when, &mut self.accounts);
        let rule = Arc::new(rule);
        for table in tables {
            self.tables.entry(table.clone()).or_default().push(Arc::clone(&rule));
        }
        self.rules.insert(rule.named.name.clone(), rule);
    }

    /// The rules about a table.
    pub fn of_table(&self, table: &TableName) -> &[Arc<OwnRule>] {
        match self.tables.is_empty() {
            true => &[],
            false => self.tables.get(table).map_or(&[], Vec::as_slice),
        }
    }

    /// A rule by its name.
    pub fn rule(&self, name: &str) -> Option<&OwnRule> {
        self.rules.get(name).map(Arc::as_ref)
    }

    /// Every rule, by name.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &OwnRule> {
        self.rules.values().map(Arc::as_ref)
    }

    /// Checks that every column which the rules read of a table is published.
    ///
    /// # Errors
    /// `POL-003` with the columns that are missing. Without it the rules would decide nothing.
    pub fn fits(&self, table: &Table) -> Result<(), Fault> {
        for rule in self.of_table(&table.name) {
            let missing: Vec<&str> = lacking(rule, table).collect();
            if !missing.is_empty() {
                let cause = format!(
                    "the rule {} reads columns of {} that are not published: {}",
                    rule.named.name,
                    table.name,
                    missing.join(", ")
                );
                return Err(Fault::new(Code::POL_003, cause));
            }
        }
        Ok(())
    }

    /// The columns that rules read of the table and that it has not.
    pub fn lacks(&self, table: &Table) -> BTreeSet<&str> {
        self.of_table(&table.name).iter().flat_map(|rule| lacking(rule, table)).collect()
    }
}

/// The columns that a rule reads and the table has not.
fn lacking<'a>(rule: &'a OwnRule, table: &Table) -> impl Iterator<Item = &'a str> {
    rule.columns.iter().map(String::as_str).filter(|name| table.column(name).is_none())
}

/// The accounts that a condition names.
fn accounts(predicate: &Predicate, found: &mut BTreeSet<String>) {
    predicate.each(&mut |part| {
        if let Predicate::Actor(names) = part {
            found.extend(names.iter().cloned());
        }
    });
}
