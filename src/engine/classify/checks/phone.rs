//! Telephone numbers: E.164 (ITU-T, at most fifteen digits) as the numbering plans assign them, or national
//! digits with separators.

use super::numbering::{is_assigned, is_assigned_in_europe};

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `+49 30 901820`, `0049…`, of a country's plan: says of itself that it is a telephone number.
    International,
    /// National, with a trunk prefix and separators: `030 901820`, `(555) 010-9999`.
    Separated,
    /// Digits only, or an international number that no plan assigns: a telephone number only where the
    /// column says so.
    Plain,
}

/// The form of a telephone number; `None` when the text is none.
pub fn form(text: &str) -> Option<Form> {
    let text = without_extension(text.trim());
    let count = text.bytes().filter(u8::is_ascii_digit).count();
    let mut digits = text.bytes().filter(u8::is_ascii_digit);
    let allowed = text.chars().enumerate().all(|(index, character)| {
        character.is_ascii_digit()
            || " ()./-\u{a0}".contains(character)
            || (character == '+' && index <= 1)
    });
    if !allowed || text.len() > 32 || !(7..=MOST_DIGITS).contains(&count) || is_monotone(text) {
        return None;
    }
    if text.starts_with('+') || text.starts_with("(+") {
        return (digits.next() != Some(b'0') && count >= 8).then(|| international(text, 0));
    }
    let zeros = digits.take_while(|digit| *digit == b'0').count();
    if zeros >= 2 && count >= 10 {
        return (zeros == 2).then(|| international(text, 2));
    }
    if looks_like_a_date(text) || looks_like_an_address_of_a_host(text) {
        return None;
    }
    let groups = text.split(|character: char| !character.is_ascii_digit());
    let groups = groups.filter(|group| !group.is_empty()).count();
    if groups >= 2 {
        let plausible = zeros > 0 || text.contains('(') || count >= 9;
        return plausible.then_some(Form::Separated);
    }
    Some(Form::Plain)
}

/// A number with the code of its country after so many zeros.
fn international(text: &str, zeros: usize) -> Form {
    let (mut buffer, mut count) = ([0; MOST_DIGITS], 0);
    for (place, digit) in buffer.iter_mut().zip(text.bytes().filter(u8::is_ascii_digit).skip(zeros))
    {
        *place = digit;
        count += 1;
    }
    let digits = core::str::from_utf8(&buffer[..count]).unwrap_or_default();
    if is_assigned(digits) { Form::International } else { Form::Plain }
}

/// Whether a national number that begins with a zero is one of a European plan, whatever its separators.
pub fn is_european(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(MOST_DIGITS).collect();
    is_assigned_in_europe(&digits)
}

/// Whether digits are those of a mobile telephone as people write them in the columns of their own
/// country: in the range that the national plan keeps for mobile networks (announcements to the ITU under
/// E.129), of its length. One with three like digits in a row may be a running number and is left out.
pub fn is_plain_mobile(text: &str) -> bool {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    let mut buffer = [0; MOST_DIGITS];
    let mut count = 0;
    for digit in text.bytes().filter(u8::is_ascii_digit) {
        match buffer.get_mut(count) {
            Some(place) => *place = digit,
            None => return false,
        }
        count += 1;
    }
    let digits = &buffer[..count];
    let runs = digits.windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    plain
        && !runs
        && MOBILE_RANGES
            .iter()
            .any(|(beginning, length)| count == *length && digits.starts_with(beginning.as_bytes()))
}

/// Beginnings of mobile numbers with their trunk prefix, where there is one, and their length.
const MOBILE_RANGES: [(&str, usize); 48] = [
    ("69", 10),  // Greece
    ("06", 10),  // France, the Netherlands
    ("07", 10),  // France, Romania, Sweden, Switzerland
    ("07", 11),  // United Kingdom
    ("015", 11), // Germany
    ("015", 12),
    ("016", 11),
    ("017", 11),
    ("017", 12),
    ("04", 10), // Belgium, Finland
    ("050", 10),
    ("0650", 11), // Austria
    ("066", 11),
    ("067", 11),
    ("068", 11),
    ("069", 11),
    ("0620", 11), // Hungary
    ("0630", 11),
    ("0670", 11),
    ("091", 10), // Portugal and Slovakia with their zero, Croatia
    ("09", 10),
    ("91", 9), // Portugal
    ("92", 9),
    ("93", 9),
    ("96", 9),
    ("6", 9),  // Spain, Czechia, Poland
    ("45", 9), // Poland
    ("50", 9),
    ("51", 9),
    ("53", 9),
    ("57", 9),
    ("70", 9), // Czechia
    ("72", 9),
    ("73", 9),
    ("77", 9),
    ("78", 9),
    ("79", 9),
    ("88", 9),
    ("71", 9), // Spain
    ("74", 9),
    ("32", 10), // Italy
    ("33", 10),
    ("34", 10),
    ("35", 10),
    ("36", 10),
    ("37", 10),
    ("38", 10),
    ("39", 10),
];

/// Whether digits stand in the groups in which people write mobile numbers without a trunk zero: by threes
/// from a four on in Spain, Portugal, Poland, Czechia, by twos or as 3-2-3 in Denmark and Norway.
pub fn is_grouped_mobile(text: &str) -> bool {
    let text = text.trim();
    let (mut groups, mut count) = ([0; 4], 0);
    for group in text.split([' ', '\u{a0}']) {
        let digits = group.bytes().all(|byte| byte.is_ascii_digit());
        match groups.get_mut(count) {
            Some(place) if digits => *place = group.len(),
            _ => return false,
        }
        count += 1;
    }
    let first = text.bytes().next().unwrap_or(b'0');
    match groups[..count] {
        [3, 3, 3] => first >= b'4',
        [2, 2, 2, 2] | [3, 2, 3] | [3, 2, 2, 2] => first >= b'2',
        [2, 2, 3] | [2, 3, 3] => first >= b'9',
        _ => false,
    }
}

/// Digits of the longest number.
const MOST_DIGITS: usize = 15;

/// Whether a text is a national number as people write it: one zero as trunk prefix, and nine to
/// eleven digits in two or more groups, of which the first is that of a town or a network.
pub fn is_grouped_national(text: &str) -> bool {
    let text = text.trim();
    let start = text.strip_prefix('(').unwrap_or(text);
    if !start.starts_with('0') || start.starts_with("00") {
        return false;
    }
    let groups = start.split(|character: char| !character.is_ascii_digit());
    let groups: Vec<usize> = groups.map(str::len).filter(|length| *length > 0).collect();
    (9..=11).contains(&groups.iter().sum::<usize>())
        && (2..=5).contains(&groups[0])
        && form(text) == Some(Form::Separated)
        && is_european(text)
}

/// `… ext. 12`, `… x12`, `…-12 DW`: the number before it decides.
fn without_extension(text: &str) -> &str {
    let end = text.find(|character: char| character.is_alphabetic()).unwrap_or(text.len());
    // An extension needs a number before it.
    if end >= 7 { text[..end].trim_end() } else { text }
}

/// `0000000000`, `1111111`: placeholders.
fn is_monotone(text: &str) -> bool {
    let mut digits = text.bytes().filter(u8::is_ascii_digit);
    let first = digits.next();
    digits.all(|digit| Some(digit) == first)
}

/// `2024-05-01`, `01.05.2024`.
fn looks_like_a_date(text: &str) -> bool {
    let mut lengths = text.split(['-', '.', '/']).map(str::len);
    let lengths = (lengths.next(), lengths.next(), lengths.next(), lengths.next());
    matches!(lengths, (Some(4), Some(2), Some(2), None) | (Some(1 | 2), Some(1 | 2), Some(4), None))
        || text.starts_with("20") && text.get(4..5) == Some("-") && text.get(7..8) == Some("-")
}

/// `10.0.12.255`.
fn looks_like_an_address_of_a_host(text: &str) -> bool {
    text.parse::<core::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_recognised_by_their_form() {
        for (text, expected) in [
            ("+49 30 901820", Form::International),
            ("(+33) 1 42 68 53 00", Form::International),
            ("0044 20 7946 0958", Form::International),
            ("030/901820", Form::Separated),
            ("(555) 010-9999", Form::Separated),
            ("01 42 68 53 00 ext. 12", Form::Separated),
            ("0301234567", Form::Plain),
            ("+49 (0)30 901820", Form::International),
            // No plan has them.
            ("+210 8877 665544", Form::Plain),
            ("+33 4268 53 00", Form::Plain),
        ] {
            assert_eq!(form(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn national_numbers_are_grouped() {
        for text in ["030 9018201", "0171/5556677", "01 42 68 53 00", "(0161) 496 0123"] {
            assert!(is_grouped_national(text), "{text}");
        }
        for text in [
            "0042-1234567",
            "2024-000123",
            "030901820",
            "0800",
            "01.05.2024",
            "0 123 456 78",
            "000 123 4567",
        ] {
            assert!(!is_grouped_national(text), "{text}");
        }
    }

    #[test]
    fn digits_in_a_range_of_mobile_networks_are_told_from_others() {
        for text in ["6944123456", "0612345678", "07700900412", "912345678", "040 123 4567"] {
            assert!(is_plain_mobile(text), "{text}");
        }
        for text in [
            "",
            "6900012345",
            "1700000000",
            "061234567",
            "123456789",
            "+4915112345678",
            "0612-345678",
        ] {
            assert!(!is_plain_mobile(text), "{text}");
        }
    }

    #[test]
    fn groups_of_mobile_numbers_are_told_from_others() {
        for text in ["612 345 678", "28 11 45 67", "912 34 567", "600 12 34 56"] {
            assert!(is_grouped_mobile(text), "{text}");
        }
        for text in ["", "123 456 789", "1 250 000", "612345678", "2024 01 02", "612-345-678"] {
            assert!(!is_grouped_mobile(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "",
            "12345",
            "2024-05-01",
            "01.05.2024",
            "2024-05-01 10:00:00",
            "192.168.100.200",
            "ORD-2024-000123",
            "0000000000",
            "1234567890123456",
            "+0123456789",
            "12.50",
        ] {
            assert_eq!(form(text), None, "{text}");
        }
    }
}
