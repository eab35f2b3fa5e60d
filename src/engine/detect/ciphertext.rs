//! SEC-007 and SEC-016: text where ciphertext stood, and ciphertext where text stood.
//!
//! **What**: SEC-007, personal data in clear is written into a column that the pack lists as `encrypted`,
//! or in place of a value that was ciphertext. SEC-016, in at least two personal columns of one table the
//! values of at least twenty data subjects were replaced by ciphertext within five minutes, by one actor.
//!
//! **Why**: encryption is a measure that the law names (GDPR Art. 32(1)(a)), and without it Art. 34(3)(a)
//! no longer spares the data subjects a message. The other way round it is what ransomware does to rows:
//! they are there and of no use to anybody (Art. 4(12), availability). MITRE ATT&CK T1600; T1486, Data
//! Encrypted for Impact.
//!
//! **Counted**: what looks like ciphertext: at least 32 hexadecimal digits, base32 or base64 of at least 16 bytes,
//! also in lines, within JSON, an armour, a token or a crypt string (`opaque`). For SEC-016, where many change at once, base64 of 12 bytes is enough,
//! and what is compressed counts, as does a value that says the same as the old one in another alphabet (hexadecimal
//! digits, base32, base64, quoted-printable, percent encoding). In clear is what reads as personal data, and in a column
//! that is listed whatever is not written in symbols for bytes.
//!
//! **False positives**: an application that begins to encrypt, or to put hashes in place of names:
//! declare that as maintenance. Rotating a key replaces ciphertext by ciphertext, which is none.
//!
//! **Blind spots**: ciphertext in other alphabets, such as ascii85, or in the form of what it replaces; rows that come
//! new with clear text in a column that the pack does not list; tables without REPLICA IDENTITY FULL.

use super::encoded::{is_compressed, is_encoding_of};
use super::opaque::{LOOKED_AT, is_ciphertext, is_one_of_many, is_unreadable};
use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::classify::text;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{ColumnVerdict, OperationKind};

/// What the change shows.
pub fn signs(
    change: &Classified<'_>,
    verdicts: &[ColumnVerdict],
    pseudonyms: &Pseudonymizer,
) -> Vec<Sign> {
    let record = change.record();
    let mut signs = Vec::new();
    if record.change.operation.new_row().is_none() {
        return signs;
    }
    let listed = &record.mapping.security.encrypted;
    let about_people = record.mapping.subject.is_some();
    let updated = record.change.operation.kind() == OperationKind::Update;
    let compared = updated && about_people;
    if !compared && listed.is_empty() {
        return signs;
    }
    let mut clear = false;
    for (index, column) in record.change.table.columns.iter().enumerate() {
        let replaced = compared.then(|| record.replaced(index)).flatten();
        if let Some((old, new)) = replaced {
            let personal = verdicts.get(index).is_some_and(|it| it.category.is_some());
            if is_ciphertext(old) {
                clear |= !is_unreadable(new) && is_personal(new);
            } else if personal && is_of_no_use(old, new) {
                let name = pseudonyms.counted(&[b"column", column.name.as_bytes()]);
                let records = u64::from(signs.is_empty());
                signs.push(Sign { records, ..Sign::of(Detector::Encryption) }.from(name));
            }
        }
        if listed.contains(&column.name) && record.changed(index) != Some(false) {
            clear |= record.content(index).is_some_and(|it| !it.is_empty() && !is_unreadable(it));
        }
    }
    signs.extend(clear.then(|| Sign::of(Detector::ClearText)));
    signs
}

/// Whether a text reads as personal data.
fn is_personal(value: &[u8]) -> bool {
    let start = &value[..value.len().min(LOOKED_AT)];
    std::str::from_utf8(start).is_ok_and(|text| !text::read(text).spans.is_empty())
}

/// Whether a value was replaced by what nobody can read. Of many that are replaced at once less is asked than of one.
fn is_of_no_use(old: &[u8], new: &[u8]) -> bool {
    let looks = |value| is_one_of_many(value) || is_compressed(value);
    (looks(new) && !looks(old)) || is_encoding_of(new, old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::model::{BreachType, Code};

    fn encrypted(number: u32, columns: u32) -> Touch {
        let sign = |column| {
            let records = u64::from(column == 0);
            Sign { records, ..Sign::of(Detector::Encryption) }.from(person(column))
        };
        Touch { signs: (0..columns).map(sign).collect(), ..change("crm.contacts", number) }
    }

    #[test]
    fn twenty_people_s_rows_encrypted_in_two_columns_are_an_alarm() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 10_000);
        assert!(trial.commit(60, (0..19).map(|number| encrypted(number, 2))).is_empty());
        let signals = trial.commit(61, [encrypted(19, 2)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_016));
        assert_eq!((signals[0].extent.records, signals[0].breach), (20, BreachType::Availability));
    }

    #[test]
    fn one_column_that_begins_to_be_encrypted_is_none() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 10_000);
        assert!(trial.commit(60, (0..40).map(|number| encrypted(number, 1))).is_empty());
    }

    #[test]
    fn one_clear_text_is_an_alarm() {
        let clear =
            Touch { signs: vec![Sign::of(Detector::ClearText)], ..change("crm.contacts", 1) };
        let signals = Trial::new().commit(60, [clear]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_007));
    }

    #[test]
    fn a_value_in_another_alphabet_is_of_no_use_and_one_that_is_corrected_is() {
        for (old, new) in [
            ("Ada Muster", "416461204d7573746572"),
            ("Ada Muster", "IFSGCICNOVZXIZLS"),
            ("Ada Muster", "=41=64=61=20=4D=75=73=74=65=72"),
            ("Ada Muster", "QWRhIE11c3Rlcg=="),
            ("Hauptstrasse 12", "H4sIAAAAAAAAA/NILC0oLilKLC5OVTA0AgBLrxNZDwAAAA=="),
            ("Ada Muster", "q3Vx9TzK0fLw7RbY"),
        ] {
            assert!(is_of_no_use(old.as_bytes(), new.as_bytes()), "{new}");
        }
        for (old, new) in [
            ("416461204d7573746572", "Ada Muster"),
            ("M=C3=BCller", "Müller"),
            ("Ada Muster", "Ada Muster-Lang"),
            ("q3Vx9TzK0fLw7RbY", "t8Bn2QkZ5hXc4WmJ"),
        ] {
            assert!(!is_of_no_use(old.as_bytes(), new.as_bytes()), "{new}");
        }
    }
}
