//! CN-007: consent granted in bulk.
//!
//! **What**: the permissions of many distinct data subjects turned from "no" or "unknown" into
//! "yes" by one actor within a sliding window, without evidence of the data subjects' own acts.
//!
//! **Why**: the controller must be able to show that each data subject consented (GDPR Art.
//! 7(1)); nobody consents for two hundred others. It falsifies the record that every later
//! message rests on. MITRE ATT&CK T1565.001, Stored Data Manipulation.
//!
//! **False positives**: an import of consents collected elsewhere, with the evidence kept in a
//! place the pack does not map; a migration of a preference centre that writes defaults. Map the
//! evidence, or raise the number for the time of the import.
//!
//! **Blind spots**: a flip with invented evidence beside each row looks like a campaign; one
//! flip at a time, slower than the window, stays below the number.

use super::Touch;

/// Whether the change grants a permission without evidence.
pub(super) fn watches(touch: &Touch) -> bool {
    touch.permission_granted
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change};
    use crate::model::{BreachType, Category, Code, OperationKind};

    fn flip(person: u32) -> Touch {
        Touch {
            categories: vec![Category::PrivacyPreferences],
            permission_granted: true,
            ..change("crm.consents", person)
        }
    }

    #[test]
    fn many_permissions_granted_without_evidence_are_one_alarm() {
        let mut trial = Trial::new();
        trial.rows("crm.consents", 1_000_000);
        let signals = trial.commit(60, (0..1_400).map(flip));
        assert_eq!(signals.len(), 1);
        assert_eq!((signals[0].code, signals[0].breach), (Code::CN_007, BreachType::Integrity));
        assert!(
            signals[0].reason.ends_with(
                "data subjects opted in without evidence in crm.consents by one actor \
                 within 1 h; the tripwire is 30"
            ),
            "{}",
            signals[0].reason
        );
    }

    #[test]
    fn inserted_permissions_count_as_well() {
        let mut trial = Trial::new();
        let inserts =
            (0..30).map(|person| Touch { operation: OperationKind::Insert, ..flip(person) });
        assert_eq!(trial.commit(60, inserts).len(), 1);
    }

    #[test]
    fn permissions_with_evidence_and_a_few_without_are_no_alarm() {
        let mut trial = Trial::new();
        let proven = (0..500).map(|person| Touch {
            permission_granted: false,
            operation: OperationKind::Insert,
            ..flip(person)
        });
        assert!(trial.commit(60, proven).is_empty());
        assert!(trial.commit(61, (0..29).map(flip)).is_empty());
    }
}
