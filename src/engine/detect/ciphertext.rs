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
//! **Counted**: what looks like ciphertext: at least 32 hexadecimal digits, base64 of at least 16 bytes,
//! an armour or a crypt string. In clear is what reads as personal data.
//!
//! **False positives**: an application that begins to encrypt, or to put hashes in place of names:
//! declare that as maintenance. Rotating a key replaces ciphertext by ciphertext, which is none.
//!
//! **Blind spots**: ciphertext in other alphabets; rows that come new with clear text in a column that the
//! pack does not list; tables without REPLICA IDENTITY FULL.

use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::classify::text;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{ColumnVerdict, OperationKind};

/// Bytes of a value that are looked at.
const LOOKED_AT: usize = 512;

/// Symbols of base64 that 128 bits take.
const SHORTEST: usize = 22;

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
            match (is_ciphertext(old), is_ciphertext(new)) {
                (true, false) => clear |= is_personal(new),
                (false, true) if verdicts.get(index).is_some_and(|it| it.category.is_some()) => {
                    let name = pseudonyms.counted(&[b"column", column.name.as_bytes()]);
                    let records = u64::from(signs.is_empty());
                    signs.push(Sign { records, ..Sign::of(Detector::Encryption) }.from(name));
                }
                _ => {}
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

/// Whether a value looks like ciphertext or a digest.
fn is_ciphertext(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let value = &value[..value.len().min(LOOKED_AT)];
    if value.starts_with(b"-----BEGIN PGP") || is_bcrypt(value) {
        return true;
    }
    // Most values are shorter than any other that is.
    if value.len() < SHORTEST {
        return false;
    }
    // A link may end with what looks like it.
    if value.windows(3).any(|part| part == b"://") {
        return false;
    }
    let bytea = value.strip_prefix(b"\\x").unwrap_or(value);
    // As in `vault:v1:…`: what is in front says by what it was encrypted.
    let last = bytea.rsplit(|byte| matches!(byte, b':' | b'$' | b'.')).next().unwrap_or(bytea);
    is_hexadecimal(bytea) || is_base64(last)
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

fn is_base64(value: &[u8]) -> bool {
    let plain = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    if plain.len() < SHORTEST {
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
            "",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
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
