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
//! nothing; what replication applies from elsewhere; a change of entries in which a time stands that is older
//! than thirty days, as a job deletes or shortens them whose period is over.
//!
//! **False positives**: a job that deletes younger entries, such without a time, or such of a table that
//! sends no old values: declare it as maintenance.
//!
//! **Blind spots**: logs that the pack does not name; entries that were false from the beginning; those
//! older than thirty days.

use super::{Detector, Sign};
use crate::engine::record::Record;
use crate::model::limits::AUDIT_LOG_PERIOD;
use crate::model::{OperationKind, Timestamp};

/// `date`, `timestamp` and `timestamptz` (PostgreSQL's `pg_type.dat`).
const TIMES: [u32; 3] = [1082, 1114, 1184];

/// What the change shows. `time` is stream time.
pub fn sign(record: &Record<'_>, time: Timestamp) -> Option<Sign> {
    if record.mapping.security.audits.is_empty() {
        return None;
    }
    let columns = 0..record.change.table.columns.len();
    let altered = match record.change.operation.kind() {
        OperationKind::Insert => false,
        OperationKind::Update => {
            let changed = columns.into_iter().any(|index| record.changed(index) != Some(false));
            changed && !is_outdated(record, time)
        }
        OperationKind::Delete => !is_outdated(record, time),
        OperationKind::Truncate => true,
    };
    altered.then(|| Sign::of(Detector::AuditTampered))
}

/// Whether a time stood in the row that is older than a log is kept at least. There may be later ones
/// beside it, such as the end of its period.
fn is_outdated(record: &Record<'_>, time: Timestamp) -> bool {
    let Some(old) = record.change.operation.old_row().and_then(|old| old.full()) else {
        return false;
    };
    let columns = record.change.table.columns.iter().enumerate();
    let mut times = columns.filter(|(_, column)| TIMES.contains(&column.type_oid));
    times.any(|(index, _)| {
        let text = old.cell(index).known().and_then(|content| content.reveal_text());
        text.and_then(Timestamp::parse).is_some_and(|told| told < time - AUDIT_LOG_PERIOD)
    })
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
