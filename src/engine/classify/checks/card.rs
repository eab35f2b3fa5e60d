//! Payment cards: ranges of the issuers (ISO/IEC 7812) and Luhn's check digit.

use super::national::digits::luhn;

/// Digits of the longest card.
const LONGEST: usize = 19;

/// Whether a text is the number of a payment card, with or without separators.
pub fn is_card(text: &str) -> bool {
    // Most numbers are too short or begin as no issuer's do.
    if !(12..=32).contains(&text.len()) || !(b'2'..=b'6').contains(&text.as_bytes()[0]) {
        return false;
    }
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b' ' || b == b'-') {
        return false;
    }
    let (mut buffer, mut count) = ([0; LONGEST], 0);
    for byte in text.bytes().filter(u8::is_ascii_digit) {
        let Some(place) = buffer.get_mut(count) else { return false };
        *place = u32::from(byte - b'0');
        count += 1;
    }
    let digits = &buffer[..count];
    if digits.len() < 12 {
        return false;
    }
    let prefix = digits[..4].iter().fold(0, |prefix, digit| prefix * 10 + digit);
    let lengths = match prefix {
        // American Express, Diners Club, Visa, Mastercard, Discover, UnionPay, JCB, Maestro.
        3400..=3499 | 3700..=3799 => 15..=15,
        3000..=3059 | 3600..=3699 | 3800..=3999 => 14..=16,
        4000..=4999 => 16..=19,
        5100..=5599 | 2221..=2720 => 16..=16,
        6011 | 6440..=6599 | 6200..=6299 | 3528..=3589 => 16..=19,
        5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 => 12..=19,
        _ => return false,
    };
    let varied = digits.iter().any(|digit| *digit != digits[digits.len() - 1]);
    lengths.contains(&digits.len()) && varied && luhn(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_the_issuers_pass() {
        for text in [
            "4111 1111 1111 1111",
            "5555555555554444",
            "378282246310005",
            "6011-1111-1111-1117",
            "3530111333300000",
        ] {
            assert!(is_card(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in [
            "",
            "4111111111111112",
            "9111111111111111",
            "41111111",
            "1732000000",
            "4111x11111111111",
            "0000000000000000",
        ] {
            assert!(!is_card(text), "{text}");
        }
    }
}
