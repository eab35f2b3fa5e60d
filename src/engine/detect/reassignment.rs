//! SEC-010: many records given to another owner.
//!
//! **What**: within a sliding window one actor gave many records that belonged to others to one owner,
//! and either that owner is the actor, or the records came from at least three former owners.
//!
//! **Why**: who leaves takes the book along: access follows ownership in most CRMs, so it is a
//! disclosure to somebody who had no reason to see the data (GDPR Art. 4(12), Art. 32(1)). MITRE
//! ATT&CK T1213.004, Customer Relationship Management Software; T1098, Account Manipulation.
//!
//! **Not counted**: records without a former owner, as new ones that are handed out; a leaver's book
//! handed over to one successor by somebody else.
//!
//! **False positives**: new territories. Many targets stay under the number each; otherwise declare it
//! as maintenance.
//!
//! **Blind spots**: tables without REPLICA IDENTITY FULL, where the former owner is not known; shares
//! and teams, which are other tables; a self that the pack cannot tell, because `account` is not mapped
//! and actor and owner columns name people differently.

use super::leaver::Account;
use super::{Detector, Sign};
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::model::Reference;

/// What the change shows; `actor` is who made it, `account` what is known of that account.
pub fn sign(
    record: &Record<'_>,
    actor: Option<Reference>,
    account: Option<Account>,
    pseudonyms: &Pseudonymizer,
) -> Option<Sign> {
    let owner = record.mapping.security.owner.as_ref()?;
    let (old, new) = record.replaced(record.change.table.column(owner)?)?;
    let (old, new) = (pseudonyms.actor(old), pseudonyms.actor(new));
    let own = actor == Some(new) || account.is_some_and(|account| account.key == new);
    let detector = if own { Detector::TakenOver } else { Detector::Reassignment };
    Some(Sign::of(detector).to(new).from(old))
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::engine::detect::{Detector, Sign, Touch};
    use crate::model::Code;

    fn given(number: u32, detector: Detector, from: u32, to: u32) -> Touch {
        let sign = Sign::of(detector).from(person(2_000 + from)).to(person(3_000 + to));
        Touch { signs: vec![sign], categories: Vec::new(), ..change("crm.contacts", number) }
    }

    #[test]
    fn the_records_of_three_owners_given_to_one_are_an_alarm() {
        let mut trial = Trial::new();
        let given = (0..25).map(|number| given(number, Detector::Reassignment, number % 3, 0));
        let signals = trial.commit(60, given);
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].code, Code::SEC_010);
        assert_eq!(
            signals[0].reason,
            "25 data subjects of several owners given to one in crm.contacts by one actor \
             within 1 h; the tripwire is 25"
        );
    }

    #[test]
    fn taking_over_one_colleague_s_records_oneself_is_an_alarm() {
        let mut trial = Trial::new();
        let taken = (0..25).map(|number| given(number, Detector::TakenOver, 0, 0));
        assert_eq!(trial.commit(60, taken).len(), 1);
    }

    #[test]
    fn a_leaver_s_book_for_one_successor_is_no_alarm() {
        let mut trial = Trial::new();
        let book = (0..400).map(|number| given(number, Detector::Reassignment, 0, 0));
        assert!(trial.commit(60, book).is_empty());
    }

    #[test]
    fn new_territories_for_many_are_no_alarm() {
        let mut trial = Trial::new();
        let dealt =
            (0..400).map(|number| given(number, Detector::Reassignment, number % 7, number % 20));
        assert!(trial.commit(60, dealt).is_empty());
    }
}
