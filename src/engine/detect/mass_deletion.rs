//! SEC-002: mass deletion of personal data, row by row.
//!
//! **What**: rows of or about many distinct data subjects deleted from one table by one actor
//! within a sliding window, and a large enough share of what the table held.
//!
//! **Why**: accidental or unlawful destruction is a personal data breach (GDPR Art. 4(12)); its
//! harm is to availability. MITRE ATT&CK T1485, Data Destruction.
//!
//! **Counted**: data subjects; rows whose data subject the stream does not tell (a replica
//! identity without that column) count as one each.
//!
//! **False positives**: retention and erasure jobs. Give them a window and numbers they stay
//! under. The rows that go along by `ON DELETE CASCADE`
//! belong to the same incident when their table is about the same data subjects.
//!
//! **Blind spots**: soft deletion that the pack does not map; DROP TABLE does not show
//! in the stream; children of a parent deleted under `session_replication_role = replica` stay
//! and are not seen.

use super::Touch;
use crate::model::OperationKind;

/// Whether the change deletes personal data.
pub(super) fn watches(touch: &Touch) -> bool {
    let personal = touch.about_people || !touch.categories.is_empty();
    touch.operation == OperationKind::Delete && personal
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, deletion};
    use crate::model::{BreachType, Code};

    #[test]
    fn many_data_subjects_deleted_by_one_actor_are_an_alarm() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 100);
        let signals = trial.commit(60, (0..100).map(|person| deletion("crm.contacts", person)));
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].code, Code::SEC_002);
        assert_eq!(signals[0].breach, BreachType::Availability);
        assert_eq!(
            signals[0].reason,
            "100 data subjects deleted from crm.contacts by one actor within 10 min; \
             the tripwire is 10 and 50 per mille of 100 rows"
        );
    }

    #[test]
    fn the_share_is_of_what_the_table_held_before() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 1_000);
        for person in 0..49 {
            let deleted = trial.commit(person.into(), [deletion("crm.contacts", person)]);
            assert!(deleted.is_empty());
        }
        assert_eq!(trial.commit(50, [deletion("crm.contacts", 49)]).len(), 1);
    }

    #[test]
    fn a_few_deletions_and_deletions_of_impersonal_rows_are_no_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, (0..9).map(|row| deletion("crm.contacts", row))).is_empty());
        let impersonal = (0..100).map(|row| {
            let mut touch = deletion("crm.campaigns", row);
            touch.categories.clear();
            touch.about_people = false;
            touch
        });
        assert!(trial.commit(61, impersonal).is_empty());
    }
}
