//! SEC-001: mass change of personal data.
//!
//! **What**: personal cells of many distinct data subjects updated in one table by one actor
//! within a sliding window, and a large enough share of the table.
//!
//! **Why**: unauthorised alteration is a personal data breach (GDPR Art. 4(12)), and noticing it
//! is part of the security of processing (Art. 32(1)). MITRE ATT&CK T1565.001, Stored Data
//! Manipulation; also the first sight of in-row encryption, T1486.
//!
//! **Counted**: data subjects and not rows, so that one record saved two hundred times is silent.
//! Rows whose data subject the stream does not tell count as one each.
//!
//! **False positives**: nightly deduplication, mass mail merges, territory realignment, data
//! migrations. Raise the share or the number for them.
//! Changes without a known actor count together as one actor.
//!
//! **Blind spots**: INSERT (an import adds people, it alters nobody); changes spread thinly over
//! more than the window or over many actors; rewrites by DDL, which the stream does not show;
//! updates that grant consent, which are [`bulk_consent`](super::bulk_consent)'s alone; and, on the
//! other hand, alterations that are dressed up as people's own consent with its evidence.

use super::{Detector, Touch};
use crate::model::{Category, OperationKind};

/// Whether the change alters personal cells.
pub(super) fn watches(touch: &Touch) -> bool {
    let consent =
        |category: &Category| touch.permission_granted && *category == Category::PrivacyPreferences;
    let marked = Detector::SoftDeletion.watches(touch);
    let altered = touch.operation == OperationKind::Update && !touch.own_act && !marked;
    altered && !touch.categories.iter().all(consent)
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, change, settings};
    use crate::model::{Category, Code, OperationKind};

    #[test]
    fn many_data_subjects_changed_by_one_actor_are_an_alarm() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 1_000);
        let touches = (0..20).map(|person| change("crm.contacts", person));
        let signals = trial.commit(60, touches);
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].code, Code::SEC_001);
        assert_eq!(signals[0].extent.subjects.count().value, 20);
        assert_eq!(
            signals[0].reason,
            "20 data subjects changed in crm.contacts by one actor within 10 min; \
             the tripwire is 20 and 10 per mille of 1,000 rows"
        );
    }

    #[test]
    fn many_small_transactions_add_up() {
        let mut trial = Trial::new();
        for person in 0..19 {
            assert!(trial.commit(person.into(), [change("crm.contacts", person)]).is_empty());
        }
        let signals = trial.commit(20, [change("crm.contacts", 19)]);
        assert_eq!(signals[0].extent.records, 20);
    }

    #[test]
    fn one_person_saved_many_times_is_no_alarm() {
        let mut trial = Trial::new();
        let touches = (0..500).map(|_| change("crm.contacts", 7));
        assert!(trial.commit(60, touches).is_empty());
    }

    #[test]
    fn a_small_share_of_a_large_table_is_no_alarm() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 2_001);
        let touches = (0..20).map(|person| change("crm.contacts", person));
        assert!(trial.commit(60, touches).is_empty());
    }

    #[test]
    fn the_work_of_many_actors_does_not_add_up() {
        let mut trial = Trial::new();
        let touches = (0..60).map(|person| {
            let mut touch = change("crm.contacts", person);
            touch.actor = Some(crate::engine::detect::trial::person(person % 6));
            touch
        });
        assert!(trial.commit(60, touches).is_empty());
    }

    #[test]
    fn inserts_and_cells_that_are_not_personal_are_no_alarm() {
        let mut trial = Trial::new();
        let imported = (0..60).map(|person| {
            let mut touch = change("crm.contacts", person);
            touch.operation = OperationKind::Insert;
            touch
        });
        assert!(trial.commit(60, imported).is_empty());
        let impersonal = (0..60).map(|person| {
            let mut touch = change("crm.contacts", person);
            touch.categories.clear();
            touch
        });
        assert!(trial.commit(61, impersonal).is_empty());
    }

    #[test]
    fn rows_about_unknown_data_subjects_count_and_are_told_apart() {
        let mut trial = Trial::new();
        let touches = (0..25).map(|person| {
            let mut touch = change("crm.leads", person);
            touch.subject = touch.subject.filter(|_| person < 5);
            touch
        });
        let signals = trial.commit(60, touches);
        assert!(signals[0].reason.starts_with(
            "5 data subjects and 20 records of unknown data subjects changed in crm.leads"
        ));
    }

    #[test]
    fn people_who_confirm_their_own_consent_are_no_alarm() {
        let mut trial = Trial::new();
        let confirmed = (0..60).map(|person| {
            let mut touch = change("crm.consents", person);
            touch.categories = vec![Category::IpAddress];
            touch.own_act = true;
            touch
        });
        assert!(trial.commit(60, confirmed).is_empty());
    }

    #[test]
    fn a_consent_flip_is_left_to_its_own_detector() {
        let mut trial = Trial::new();
        assert!(settings().bulk_consent.subjects > 20);
        let flips = (0..20).map(|person| {
            let mut touch = change("crm.contacts", person);
            touch.categories = vec![Category::PrivacyPreferences];
            touch.permission_granted = true;
            touch
        });
        assert!(trial.commit(60, flips).is_empty());
    }
}
