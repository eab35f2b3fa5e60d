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
//! also within JSON, an armour or a crypt string. For SEC-016, where many change at once, base64 of 12 bytes is enough,
//! and what is compressed counts, as does a value that says the same as the old one in another alphabet (hexadecimal
//! digits, base32, base64, quoted-printable, percent encoding). In clear is what reads as personal data.
//!
//! **False positives**: an application that begins to encrypt, or to put hashes in place of names:
//! declare that as maintenance. Rotating a key replaces ciphertext by ciphertext, which is none.
//!
//! **Blind spots**: ciphertext in other alphabets, such as ascii85, or in the form of what it replaces; rows that come
//! new with clear text in a column that the pack does not list; tables without REPLICA IDENTITY FULL.

use super::encoded::{is_compressed, is_encoding_of};
use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::classify::text;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{ColumnVerdict, OperationKind};

/// Bytes of a value that are looked at.
const LOOKED_AT: usize = 512;

/// Symbols of base64 that 128 bits take; and those of 96 bits, where many values are replaced at once.
const SHORTEST: usize = 22;
const SHORTEST_OF_MANY: usize = 16;

/// Symbols of base32 that 128 bits take.
const SHORTEST_BASE32: usize = 26;

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
                clear |= !is_ciphertext(new) && is_personal(new);
            } else if personal && is_of_no_use(old, new) {
                let name = pseudonyms.counted(&[b"column", column.name.as_bytes()]);
                let records = u64::from(signs.is_empty());
                signs.push(Sign { records, ..Sign::of(Detector::Encryption) }.from(name));
            }
        }
        if listed.contains(&column.name) && record.changed(index) != Some(false) {
            clear |= record.content(index).is_some_and(|it| !it.is_empty() && !is_ciphertext(it));
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
    let looks = |value| is_ciphertext_of(value, SHORTEST_OF_MANY) || is_compressed(value);
    (looks(new) && !looks(old)) || is_encoding_of(new, old)
}

/// Whether a value looks like ciphertext or a digest.
fn is_ciphertext(value: &[u8]) -> bool {
    is_ciphertext_of(value, SHORTEST)
}

/// The same, of base64 with so many symbols at least.
fn is_ciphertext_of(value: &[u8], shortest: usize) -> bool {
    let value = value.trim_ascii();
    let value = &value[..value.len().min(LOOKED_AT)];
    if value.starts_with(b"-----BEGIN PGP") || is_bcrypt(value) {
        return true;
    }
    // Most values are shorter than any other that is.
    if value.len() < shortest {
        return false;
    }
    if value.starts_with(b"{") {
        return value.split(|byte| *byte == b'"').any(|part| is_symbols(part, shortest));
    }
    // A link may end with what looks like it.
    if value.windows(3).any(|part| part == b"://") {
        return false;
    }
    is_symbols(value, shortest)
}

/// Whether it is written in an alphabet for bytes.
fn is_symbols(value: &[u8], shortest: usize) -> bool {
    let bytea = value.strip_prefix(b"\\x").unwrap_or(value);
    // As in `vault:v1:…`: what is in front says by what it was encrypted.
    let last = bytea.rsplit(|byte| matches!(byte, b':' | b'$' | b'.')).next().unwrap_or(bytea);
    is_hexadecimal(bytea) || is_base32(last) || is_base64(last, shortest)
}

/// A password's digest as bcrypt writes it: `$2b$`, the cost, and 53 symbols.
fn is_bcrypt(value: &[u8]) -> bool {
    let versions: [&[u8]; 3] = [b"$2a$", b"$2b$", b"$2y$"];
    value.len() == 60 && versions.iter().any(|version| value.starts_with(version))
}

fn is_hexadecimal(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let length = value.len();
    // Of 16 symbols 6 are letters: far from that is no ciphertext.
    value.iter().all(u8::is_ascii_hexdigit)
        && length >= 32
        && length.is_multiple_of(2)
        && (length / 6..=length * 3 / 5).contains(&letters)
}

/// Of 32 symbols 6 are digits; words have none, and account numbers hardly anything else.
fn is_base32(value: &[u8]) -> bool {
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let plain = &value[..value.len() - padding];
    let symbol = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7');
    let lower = plain.iter().any(u8::is_ascii_lowercase);
    let upper = plain.iter().any(u8::is_ascii_uppercase);
    let digits = plain.iter().filter(|byte| byte.is_ascii_digit()).count();
    plain.len() >= SHORTEST_BASE32
        && plain.iter().all(symbol)
        && lower != upper
        && (plain.len() / 13..=plain.len() * 2 / 5).contains(&digits)
}

fn is_base64(value: &[u8], shortest: usize) -> bool {
    let plain = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    if plain.len() < shortest {
        return false;
    }
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        b'+' | b'/' | b'-' | b'_' => Some(3),
        _ => None,
    };
    let kinds: Option<Vec<u8>> = plain.iter().map(kind).collect();
    let Some(kinds) = kinds else { return false };
    // Words keep to one case for long; ciphertext changes at every other letter.
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (0..3).all(|kind| kinds.contains(&kind)) && changes * 5 >= kinds.len() * 2
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
    fn ciphertext_is_told_from_what_people_write() {
        for text in [
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "\\x8f0e2a7710c94be15d63a2f0de41b97c",
            "U2FsdGVkX1+zQ9vJ4mT0h8Kd2bXw==",
            "gAAAAABlZ0x3kQ1v9T2mYp7RwzN4dJc8uHf5sLb6",
            "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHn",
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "PC6X3VSNJ4KQYZ52FWTMUEHO7ADLRI3GBXEK5NPVSJ4TCQWY2ZFA====",
            "pc6x3vsnj4kqyz52fwtmueho7adlri3gbxek5npvsj4tcqwy2zfa",
            r#"{"ct":"U2FsdGVkX1+zQ9vJ4mT0h8Kd2bXw==","iv":"5f4dcc3b5aa765d61d83"}"#,
        ] {
            assert!(is_ciphertext(text.as_bytes()), "{text}");
        }
        for text in [
            "Ada Muster",
            "ada.muster@example.org",
            "+49 30 1234567",
            "DE89370400440532013000",
            "00000000000000000000000000000000",
            "12345678901234567890123456789012",
            "https://example.org/a/b/c/LongPathName/AnotherPathName",
            "DonaudampfschifffahrtsgesellschaftsKapitaen",
            "2026-03-02T12:00:00Z",
            "DONAUDAMPFSCHIFFFAHRTSGESELLSCHAFT",
            r#"{"street":"Lindenweg 4","note":"Klingel defekt, bitte anrufen","since":"2026-03-02"}"#,
            "",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
            assert!(!is_of_no_use(b"Ada Muster", text.as_bytes()), "{text}");
        }
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

    #[test]
    fn prices_and_links_are_no_ciphertext() {
        for text in [
            "$2500 budget approved",
            "$2b$ more",
            "https://files.example.com/d/1aB2cD3eF4gH5iJ6kL7mN8oP9q/view",
            "https://files.example.com/v.1aB2cD3eF4gH5iJ6kL7mN8oP9q",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
        }
        let digest = "$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m";
        assert!(is_ciphertext(digest.as_bytes()));
    }
}
