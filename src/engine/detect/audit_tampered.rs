//! SEC-021: the CRM's own audit log altered.
//!
//! **What**: a row of a table that is the log of another (`audited_by`) is changed or deleted, or the log
//! is emptied. One is enough.
//!
//! **Why**: a log is only added to; whoever takes out of it hides something, and what happened can then not
//! be shown (GDPR Art. 5(2), Art. 32(1)). MITRE ATT&CK T1070, Indicator Removal; T1685 (T1562 before v19),
//! Disable or Modify Tools; T1565.001 where entries are dated back.
//!
//! **Not counted**: new entries; partitions of the log that are dropped or detached; an update that changes
//! nothing; what replication applies from elsewhere.
//!
//! **False positives**: a job that deletes entries after their period: declare it as maintenance.
//!
//! **Blind spots**: logs that the pack does not name; entries that were false from the beginning.

use super::{Detector, Sign};
use crate::engine::record::Record;
use crate::model::OperationKind;

/// What the change shows.
pub fn sign(record: &Record<'_>) -> Option<Sign> {
    if record.mapping.security.audits.is_empty() {
        return None;
    }
    let columns = 0..record.change.table.columns.len();
    let altered = match record.change.operation.kind() {
        OperationKind::Insert => false,
        OperationKind::Update => {
            columns.into_iter().any(|index| record.changed(index) != Some(false))
        }
        OperationKind::Delete | OperationKind::Truncate => true,
    };
    altered.then(|| Sign::of(Detector::AuditTampered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change};
    use crate::model::{BreachType, Code};

    fn deleted() -> Touch {
        let signs = vec![Sign::of(Detector::AuditTampered)];
        Touch { signs, about_people: false, subject: None, ..change("crm.log", 1) }
    }

    #[test]
    fn one_entry_that_is_taken_out_is_an_alarm() {
        let signals = Trial::new().commit(60, [deleted()]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_021));
        assert_eq!(signals[0].breach, BreachType::Integrity);
    }

    #[test]
    fn what_replication_applies_from_elsewhere_is_none() {
        let mut trial = Trial::new();
        trial.foreign = true;
        assert!(trial.commit(60, [deleted()]).is_empty());
    }
}
