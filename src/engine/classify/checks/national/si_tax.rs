//! Slovenia: davčna številka: eight digits, weights 8 to 2, modulus 11.

use super::Identifier;
use super::digits::{digits, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["SI"],
    shapes: &["99999999"],
    check: "mod 11",
    source: "Zakon o davčnem postopku; VIES",
    chance: 82,
    evident: false,
    keywords: &["dav st", "davcna", "davcna st", "davcna stevilka", "id za ddv"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<8>(text) else { return false };
    let remainder = weighted(&number, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    number[0] != 0 && remainder != 0 && (11 - remainder) % 10 == number[7]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("50223054"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["50223055", "5022305", "00000000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
