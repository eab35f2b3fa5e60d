//! Telephone numbers as E.164 writes them, as far as the text and the country in which the CRM's numbers are dialled
//! tell: digits, with a leading `+` when the country's code is among them. `00` is read as `+`. An extension follows
//! as in a `tel:` link (RFC 3966): behind one switchboard sit several people.

use crate::engine::classify::checks::{in_full, is_assigned, without_trunk};
use crate::model::CallingCode;

/// E.164 allows 15 digits; fewer than 6 are an extension, not a subscriber.
const SUBSCRIBER: std::ops::RangeInclusive<usize> = 6..=15;

/// More digits are another number.
const EXTENSION: usize = 5;

/// The number, of a text in lower case; `None` when it holds none, or several.
pub fn normalise(text: &str, home: Option<CallingCode>) -> Option<String> {
    let start = text.find(|it: char| it == '+' || it.is_ascii_digit())?;
    let (number, extension) = apart(&text[start..]);
    let (extension, number) = (digits(extension), full(number, home)?);
    match extension.len() {
        0 => Some(number),
        1..=EXTENSION => Some([&number, ";ext=", &extension].concat()),
        _ => None,
    }
}

/// The number, and what stands behind a word or a mark that cannot be part of it, as soon as it is long enough.
fn apart(text: &str) -> (&str, &str) {
    let mut count = 0;
    for (at, it) in text.char_indices() {
        count += usize::from(it.is_ascii_digit());
        let marks = it.is_alphabetic() || matches!(it, ';' | ',' | '#' | '*' | ':' | '+');
        if marks && count >= *SUBSCRIBER.start() {
            return text.split_at(at);
        }
    }
    (text, "")
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn full(text: &str, home: Option<CallingCode>) -> Option<String> {
    let written = digits(text);
    let international = text.starts_with('+') || written.starts_with("00");
    let number = match international {
        true => abroad(text, &written),
        false => home.and_then(|home| in_full(home, &written)).map(|it| ["+", &it].concat()),
    };
    let number = number.unwrap_or(written);
    let subscriber = number.strip_prefix('+').unwrap_or(&number);
    SUBSCRIBER.contains(&subscriber.len()).then_some(number)
}

/// An international number without the trunk prefix of its own country, which many write in brackets. Italy's zero is
/// part of the number and stays.
fn abroad(text: &str, written: &str) -> Option<String> {
    let bare = |digits: &str| digits.trim_start_matches('0').to_owned();
    let text: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    let (with, without) = (bare(written), bare(&digits(&text.replacen("(0)", "", 1))));
    let kept = with != without && !is_assigned(&without) && is_assigned(&with);
    let number = if kept { with } else { without };
    let number = without_trunk(&number).unwrap_or(number);
    Some(["+", &number].concat())
}

#[cfg(test)]
mod tests {
    use crate::engine::ledger::normalise;
    use crate::model::{CallingCode, Channel};

    fn phone(text: &str) -> Option<String> {
        normalise(Channel::Phone, text, None)
    }

    #[test]
    fn spellings_of_one_number_are_one() {
        for text in [
            "+49 30 1234567",
            "+49 (30) 123-4567",
            "004930 1234567",
            "0049 (0) 30 / 1234567",
            "+49 (0)30 1234567",
            "(+49) 030 1234567",
            "+49030 1234567",
            "tel:+49-30-1234567",
            "TEL: +49 30 1234567",
            "Tel.: +49.30.1234567 (Ada)",
            "Mobil +49 30 1234567.",
        ] {
            assert_eq!(phone(text).as_deref(), Some("+49301234567"), "{text}");
        }
        assert_ne!(phone("+49301234567"), phone("+49301234568"));
        assert_ne!(phone("+49301234567"), phone("49301234568"));
    }

    #[test]
    fn a_zero_that_belongs_to_the_number_stays() {
        for text in ["+39 06 1234 5678", "+39 (0)6 1234 5678", "0039 06 12345678"] {
            assert_eq!(phone(text).as_deref(), Some("+390612345678"), "{text}");
        }
        assert_eq!(phone("030 1234567").as_deref(), Some("0301234567"));
        assert_eq!(phone("(0)30 1234567").as_deref(), Some("0301234567"));
    }

    #[test]
    fn an_extension_is_written_in_one_way_and_is_another_contact_point() {
        for text in [
            "+1 212 555 0123 ext. 42",
            "+1 212 555 0123 x42",
            "+12125550123;ext=42",
            "tel:+1-212-555-0123;ext=42",
            "+1 212 555 0123, 42",
            "+1 212 555 0123 #42",
            "+1 212 555 0123 Durchwahl 42",
            "+1 212 555 0123 (εσωτ. 42)",
        ] {
            assert_eq!(phone(text).as_deref(), Some("+12125550123;ext=42"), "{text}");
        }
        assert_ne!(phone("+1 212 555 0123 x42"), phone("+1 212 555 0123 x43"));
        assert_ne!(phone("+1 212 555 0123 x42"), phone("+1 212 555 0123"));
    }

    #[test]
    fn national_numbers_are_international_ones_of_their_country_alone() {
        let germany = CallingCode::of("DE");
        let phone = |text| normalise(Channel::Sms, text, germany);
        let full = Some("+491512340370".to_owned());
        for text in [
            "+49 151 2340370",
            "0151 2340370",
            "0049151/2340370",
            "+49 (0)151-2340370",
            "(0)151 2340370",
            "tel:0151-2340370",
        ] {
            assert_eq!(phone(text), full, "{text}");
        }
        assert_ne!(normalise(Channel::Sms, "0151 2340370", None), full);
        assert_eq!(phone("+39 06 1234 5678"), Some("+390612345678".to_owned()));
        assert_eq!(phone("0151 2340370 DW 5"), Some("+491512340370;ext=5".to_owned()));
        assert_eq!(phone("123"), None);
    }

    #[test]
    fn what_holds_no_number_or_several_has_no_normal_form() {
        for text in [
            "123",
            "ext. 42",
            "nobody",
            "+49 30 1234567, +49 30 7654321",
            "030 1234567 or 030 7654321",
            "1234567890123456789",
        ] {
            assert_eq!(phone(text), None, "{text}");
        }
    }
}
