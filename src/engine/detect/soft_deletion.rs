//! SEC-002: mass deletion by a mark, the rows staying where they are.
//!
//! **What**: the conditions of `soft_deleted` came to hold for rows of or about many distinct data
//! subjects, in one table, by one actor, within a sliding window. The tripwire is `mass_deletion`.
//!
//! **Why**: what nobody finds any more is lost to those who need it (GDPR Art. 4(12), availability),
//! and a CRM's "delete" is in most of them an update. MITRE ATT&CK T1485, Data Destruction.
//!
//! **Not counted**: restoring, which is the same column the other way; rows that were marked before;
//! tables about nobody.
//!
//! **False positives**: archive and retention jobs, declared as maintenance or under the number.
//!
//! **Blind spots**: tables without REPLICA IDENTITY FULL, where it is not known whether the mark is new;
//! marks that the pack does not map.

use super::{Detector, Sign};
use crate::engine::record::Record;
use crate::model::OperationKind;

/// What the change shows.
pub fn sign(record: &Record<'_>) -> Option<Sign> {
    let marked = &record.mapping.security.soft_deleted;
    let update = record.change.operation.kind() == OperationKind::Update;
    let counts = update && record.mapping.subject.is_some();
    (counts && record.began(marked)).then(|| Sign::of(Detector::SoftDeletion))
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, change};
    use crate::engine::detect::{Detector, Sign, Touch};
    use crate::model::{BreachType, Code};

    fn marked(number: u32) -> Touch {
        let signs = vec![Sign::of(Detector::SoftDeletion)];
        Touch { signs, ..change("crm.contacts", number) }
    }

    #[test]
    fn marking_many_people_as_deleted_is_mass_deletion_and_nothing_else() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 100);
        let signals = trial.commit(60, (0..100).map(marked));
        assert_eq!(signals.len(), 1);
        assert_eq!((signals[0].code, signals[0].breach), (Code::SEC_002, BreachType::Availability));
        assert_eq!(
            signals[0].reason,
            "100 data subjects marked as deleted in crm.contacts by one actor within 10 min; \
             the tripwire is 10 and 50 per mille of 100 rows"
        );
    }

    #[test]
    fn a_few_marks_are_no_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, (0..9).map(marked)).is_empty());
    }
}
