//! Telephone numbers by the shape that numbering plans give them: E.164 (ITU-T, at most fifteen
//! digits) or national digits with separators.

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `+49 30 901820`, `0049…`: says of itself that it is a telephone number.
    International,
    /// National, with a trunk prefix and separators: `030 901820`, `(555) 010-9999`.
    Separated,
    /// Digits only: a telephone number only where the column says so.
    Plain,
}

/// The form of a telephone number; `None` when the text is none.
pub fn form(text: &str) -> Option<Form> {
    let text = without_extension(text.trim());
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let allowed = text.chars().enumerate().all(|(index, character)| {
        character.is_ascii_digit()
            || " ()./-\u{a0}".contains(character)
            || (character == '+' && index <= 1)
    });
    if !allowed || text.len() > 32 || !(7..=15).contains(&digits.len()) || is_monotone(&digits) {
        return None;
    }
    if text.starts_with('+') || text.starts_with("(+") {
        return (!digits.starts_with('0') && digits.len() >= 8).then_some(Form::International);
    }
    if digits.starts_with("00") && digits.len() >= 10 {
        return (!digits.starts_with("000")).then_some(Form::International);
    }
    if looks_like_a_date(text) || looks_like_an_address_of_a_host(text) {
        return None;
    }
    let groups = text.split(|character: char| !character.is_ascii_digit());
    let groups = groups.filter(|group| !group.is_empty()).count();
    if groups >= 2 {
        let plausible = digits.starts_with('0') || text.contains('(') || digits.len() >= 9;
        return plausible.then_some(Form::Separated);
    }
    Some(Form::Plain)
}

/// `… ext. 12`, `… x12`, `…-12 DW`: the number before it decides.
fn without_extension(text: &str) -> &str {
    let end = text.find(|character: char| character.is_alphabetic()).unwrap_or(text.len());
    // An extension needs a number before it.
    if end >= 7 { text[..end].trim_end() } else { text }
}

/// `0000000000`, `1111111`: placeholders.
fn is_monotone(digits: &str) -> bool {
    digits.bytes().all(|digit| Some(digit) == digits.bytes().next())
}

/// `2024-05-01`, `01.05.2024`.
fn looks_like_a_date(text: &str) -> bool {
    let lengths: Vec<usize> = text.split(['-', '.', '/']).map(|part| part.len()).collect();
    matches!(lengths.as_slice(), [4, 2, 2] | [2, 2, 4] | [1, 2, 4] | [2, 1, 4] | [1, 1, 4])
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
        ] {
            assert_eq!(form(text), Some(expected), "{text}");
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
