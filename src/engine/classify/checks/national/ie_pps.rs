//! Ireland: PPS number: seven digits, check letter modulo 23; from 2013 a second letter (A, B, H) that
//! counts nine times; W, T and X of the older form do not count.

use super::Identifier;
use super::digits::{digits, letter, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["IE"],
    shapes: &["9999999A", "9999999AA"],
    check: "mod 23 letter",
    source: "Social Welfare Consolidation Act 2005; Revenue",
    chance: 39,
    evident: true,
    keywords: &["personal public service", "pps", "pps no", "pps number", "ppsn", "ppsn number"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !matches!(bytes.len(), 8 | 9) || !text.is_ascii() {
        return false;
    }
    let Some(number) = digits::<7>(&text[..7]) else { return false };
    let second = match bytes.get(8) {
        None | Some(b'W' | b'T' | b'X') => 0,
        Some(byte @ (b'A' | b'B' | b'H')) => u32::from(byte - b'A') + 1,
        Some(_) => return false,
    };
    let place = (weighted(&number, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23;
    letter("WABCDEFGHIJKLMNOPQRSTUV", u64::from(place)) == Some(char::from(bytes[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["6433435F", "6433435FT", "6433435IH"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["6433435E", "6433435VH", "6433435FC", "643343F", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
