//! SEC-017: one contact point in place of those of many people.
//!
//! **What**: within a day, at least ten data subjects of one table had their telephone number or e-mail
//! address replaced by one and the same, in place of at least three different ones.
//!
//! **Why**: codes, resets and calls then reach whoever holds it: what goes before a payment that is
//! redirected or an account that is taken over (GDPR Art. 4(12), integrity; Art. 5(1)(d)). MITRE ATT&CK
//! T1565.001, T1111.
//!
//! **Counted**: updates of columns that the pack maps as contact points; digits of telephone numbers, and
//! addresses without case, by keyed hash. What several actors did adds up.
//!
//! **Not counted**: rows in which a contact point is entered for the first time; placeholders without
//! digits or `@`.
//!
//! **False positives**: a company whose people get its switchboard's number in place of their own: declare
//! that as maintenance.
//!
//! **Blind spots**: another number for each of them, which SEC-001 counts; tables without REPLICA IDENTITY
//! FULL.

use super::{Detector, Sign};
use crate::engine::assess::accuracy::is_left_out;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::model::{OperationKind, Reference};

/// What the change shows.
pub fn sign(record: &Record<'_>, pseudonyms: &Pseudonymizer) -> Option<Sign> {
    let concerned =
        record.change.operation.kind() == OperationKind::Update && record.mapping.subject.is_some();
    let points = record.contact_points().filter(|_| concerned);
    let columns = points.filter_map(|point| record.change.table.column(&point.column));
    let mut replaced = columns.filter_map(|index| record.replaced(index));
    let (old, new) = replaced.find_map(|(old, new)| {
        let (old, new) = (plain(old)?, plain(new)?);
        (old != new).then_some((old, new))
    })?;
    let name = |plain: &[u8]| -> Reference { pseudonyms.counted(&[b"contact point", plain]) };
    Some(Sign::of(Detector::ContactPoint).to(name(&new)).from(name(&old)))
}

/// A contact point however it is written; `None` of what is none, or is put where there shall be none.
fn plain(written: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(written).ok().filter(|text| !is_left_out(text))?;
    if text.contains('@') {
        let address = text.trim().to_ascii_lowercase();
        // RFC 2606: nobody's.
        return (!address.ends_with(".invalid")).then(|| address.into_bytes());
    }
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let differ = digits.iter().any(|digit| digits.first() != Some(digit));
    (digits.len() >= 5 && differ).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::model::Code;

    fn redirected(number: u32, from: u32) -> Touch {
        let signs = vec![Sign::of(Detector::ContactPoint).from(person(from)).to(person(9))];
        Touch { signs, actor: Some(person(number)), ..change("crm.contacts", number) }
    }

    #[test]
    fn one_number_for_ten_people_is_an_alarm_whoever_did_it() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, (0..9).map(|number| redirected(number, number))).is_empty());
        let signals = trial.commit(40_000, [redirected(9, 9)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_017));
    }

    #[test]
    fn what_stands_for_no_contact_point_is_none() {
        for written in ["deleted-7@example.com", "7@erased.invalid", "0000000000", "n/a", "123"] {
            assert_eq!(plain(written.as_bytes()), None, "{written}");
        }
        assert_eq!(plain(b" Ada@Example.com "), Some(b"ada@example.com".to_vec()));
        assert_eq!(plain(b"+49 30 123-456"), Some(b"4930123456".to_vec()));
    }

    #[test]
    fn colleagues_whose_company_moves_are_no_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, (0..15).map(|number| redirected(number, 100))).is_empty());
    }

    #[test]
    fn spelling_does_not_matter_and_placeholders_are_none() {
        assert_eq!(plain(b"+49 30 12345-6"), plain(b"0049 (30) 123456").map(|it| it[2..].to_vec()));
        assert_eq!(plain(b" Ada@Example.org "), Some(b"ada@example.org".to_vec()));
        assert_eq!((plain(b"n/a"), plain(b"-1")), (None, None));
    }
}
