//! SEC-008: a change that bypasses the CRM's own audit log.
//!
//! **What**: a transaction changes rows of a table that the pack says is `audited_by` another, and adds
//! no row to that log, or fewer than one for each changed row where each has its own.
//!
//! **Why**: who works around the application works around its permissions and its record as well; what
//! happened can then not be shown (GDPR Art. 5(2), Art. 32(1)). MITRE ATT&CK T1070, Indicator Removal;
//! it is how raw SQL, `session_replication_role = replica` and a switched-off trigger show.
//!
//! **Not counted**: initial copies; columns and operations that the log does not record; databases that
//! are copies, whose transactions are those of the synchronisation; a log of which no row was ever seen.
//!
//! **False positives**: corrections by hand with a ticket: declare them as maintenance. Only logs that
//! are written in the transaction of the change can be mapped.
//!
//! **Blind spots**: somebody who writes the entry as well; tables without REPLICA IDENTITY FULL, where
//! it is not known what an update changed.

use super::{Detector, Extent, Sign, table_key};
use crate::engine::record::Record;
use crate::model::{OperationKind, TableName};
use crate::policy::{AuditMapping, Policies};

/// What the change shows.
pub fn sign(record: &Record<'_>) -> Option<Sign> {
    let audit = record.mapping.security.audited_by.as_ref()?;
    let operation = record.change.operation.kind();
    let recorded = audit.operations.contains(&operation)
        && (operation != OperationKind::Update || is_changed(record, audit));
    recorded.then(|| Sign::of(Detector::AuditBypass))
}

/// Whether an update changed a column that the log records.
fn is_changed(record: &Record<'_>, audit: &AuditMapping) -> bool {
    let columns = &record.change.table.columns;
    let listed = |name: &str| audit.columns.is_empty() || audit.columns.contains(name);
    let mut recorded = columns.iter().enumerate().filter(|(_, column)| listed(&column.name));
    recorded.any(|(index, _)| record.changed(index) == Some(true))
}

/// The log that a detector asks for, of changes of this table.
pub fn log<'a>(
    policies: &'a Policies,
    table: &TableName,
    detector: Detector,
) -> Option<&'a AuditMapping> {
    let mapping = policies.pack.tables.get(table).filter(|_| detector == Detector::AuditBypass);
    mapping.and_then(|mapping| mapping.security.audited_by.as_ref())
}

/// Whether a table is the log of another.
pub fn is_log(policies: &Policies, table: &TableName) -> bool {
    policies.pack.tables.get(table).is_some_and(|mapping| !mapping.security.audits.is_empty())
}

/// Where it is noted that a log held rows before it was emptied: without them it is no log that
/// nobody follows, but one that somebody has wiped.
pub fn seen_key(log: &TableName) -> Vec<u8> {
    table_key(b"5l", log)
}

impl AuditMapping {
    /// Whether it has what it should have, of changes like these.
    pub(super) fn is_kept(&self, extent: &Extent, entries: u64) -> bool {
        match self.each_row {
            true => entries >= extent.records,
            false => entries > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, table, truncation};
    use crate::model::Code;

    fn changed(number: u32) -> Touch {
        Touch { signs: vec![Sign::of(Detector::AuditBypass)], ..change("crm.notes", number) }
    }

    fn trial(each_row: bool) -> Trial {
        let mut trial = Trial::new();
        trial.map("crm.notes", |mapping| {
            mapping.security.audited_by = Some(AuditMapping {
                table: table("crm.log"),
                when: Vec::new(),
                operations: BTreeSet::from([OperationKind::Update]),
                columns: BTreeSet::new(),
                each_row,
            });
        });
        trial
    }

    #[test]
    fn a_change_without_an_entry_in_the_log_is_an_alarm() {
        let mut trial = trial(false);
        trial.rows("crm.log", 1);
        let signals = trial.commit(60, [changed(1)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_008));
        assert_eq!(
            signals[0].reason,
            "1 record changed without an entry in the CRM's own audit log in crm.notes by one \
             actor within 1 h; one is enough"
        );
    }

    #[test]
    fn one_entry_is_enough_unless_each_row_has_its_own() {
        for (each_row, alarms) in [(false, 0), (true, 1)] {
            let mut trial = trial(each_row);
            trial.rows("crm.log", 1);
            trial.audit("crm.notes", 1);
            assert_eq!(trial.commit(60, [changed(1), changed(2)]).len(), alarms);
            trial.audit("crm.notes", 2);
            assert_eq!(trial.commit(61, [changed(3), changed(4)]).len(), 0);
        }
    }

    #[test]
    fn a_log_that_was_wiped_is_no_log_that_nobody_follows() {
        let mut trial = trial(false);
        trial.map("crm.log", |mapping| {
            mapping.security.audits.push((table("crm.notes"), Vec::new()));
        });
        trial.rows("crm.log", 1);
        let wiped = Touch { about_people: false, ..truncation("crm.log") };
        assert!(trial.commit(60, [wiped]).is_empty());
        assert_eq!(trial.commit(61, [changed(1)]).len(), 1);
    }

    #[test]
    fn a_log_of_which_nothing_was_ever_seen_alarms_nobody() {
        assert!(trial(false).commit(60, [changed(1)]).is_empty());
    }
}
