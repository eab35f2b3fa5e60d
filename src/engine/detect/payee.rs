//! SEC-012: one bank account in place of those of several people.
//!
//! **What**: within a day, at least three data subjects of one table had their bank account replaced by
//! one and the same, and at least three different accounts were replaced.
//!
//! **Why**: payments of several people then reach whoever owns that account (GDPR Art. 4(12), integrity).
//! MITRE ATT&CK T1657, Financial Theft; T1565.001.
//!
//! **Counted**: updates alone, of columns that hold bank accounts by the data map or the pack; the account
//! is compared without blanks and case, by keyed hash. What several actors did adds up.
//!
//! **Not counted**: the account that colleagues share, when their company changes its bank: one former
//! account. A bank that renumbers its customers: each has another new account.
//!
//! **Little by little**: see `slow.rs`.
//!
//! **False positives**: claims that are sold, so that all their debtors pay one new creditor. Declare
//! that as maintenance.
//!
//! **Blind spots**: accounts that are entered where there was none; tables without REPLICA IDENTITY FULL.

use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::classify::checks::is_bic;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Category, ColumnVerdict, OperationKind, Reference};

/// What the change shows.
pub fn sign(
    change: &Classified<'_>,
    verdicts: &[ColumnVerdict],
    pseudonyms: &Pseudonymizer,
) -> Option<Sign> {
    let record = change.record();
    let concerned = record.change.operation.kind() == OperationKind::Update
        && record.mapping.subject.is_some()
        && change.categories().contains(&Category::BankAccount);
    if !concerned {
        return None;
    }
    let accounts = verdicts.iter().enumerate();
    let columns = accounts.filter(|(_, it)| it.category == Some(Category::BankAccount));
    // Many people have the same bank.
    let replaced = columns
        .filter_map(|(index, _)| record.replaced(index))
        .filter(|(old, new)| !names_a_bank(old) && !names_a_bank(new));
    let (old, new) = replaced
        .map(|(old, new)| (account(old, pseudonyms), account(new, pseudonyms)))
        .find(|(old, new)| old != new)?;
    Some(Sign::of(Detector::Payee).to(new).from(old))
}

fn names_a_bank(written: &[u8]) -> bool {
    std::str::from_utf8(written).is_ok_and(|text| is_bic(&text.trim().to_ascii_uppercase()))
}

/// A bank account, however it is spaced.
fn account(written: &[u8], pseudonyms: &Pseudonymizer) -> Reference {
    let plain = written.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let plain: Vec<u8> = plain.map(u8::to_ascii_uppercase).collect();
    pseudonyms.counted(&[b"bank account", &plain])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::model::Code;

    fn redirected(number: u32, from: u32, to: u32) -> Touch {
        let signs = vec![Sign::of(Detector::Payee).from(person(from)).to(person(to))];
        let categories = vec![Category::BankAccount];
        Touch { signs, categories, actor: Some(person(number)), ..change("crm.contacts", number) }
    }

    #[test]
    fn three_people_s_accounts_replaced_by_one_within_a_day_are_an_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, [redirected(1, 11, 9), redirected(2, 12, 9)]).is_empty());
        let signals = trial.commit(40_000, [redirected(3, 13, 9)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_012));
        assert_eq!(
            signals[0].reason,
            "3 data subjects given one bank account in place of their own in crm.contacts \
             within 24 h; the tripwire is 3"
        );
    }

    #[test]
    fn colleagues_whose_company_changes_its_bank_are_no_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, (0..9).map(|number| redirected(number, 100, 9))).is_empty());
    }

    #[test]
    fn a_bank_that_renumbers_its_customers_is_no_alarm() {
        let mut trial = Trial::new();
        let renumbered = (0..500).map(|number| redirected(number, number, 10_000 + number));
        assert!(trial.commit(60, renumbered).is_empty());
    }

    #[test]
    fn blanks_and_case_are_no_other_account() {
        let pseudonyms = Pseudonymizer::new(b"key");
        let written = [b"DE89 3704 0044".as_slice(), b"de8937040044", b"DE89-3704-0044"];
        let [one, other, third] = written.map(|it| account(it, &pseudonyms));
        assert!(one == other && other == third);
    }
}
