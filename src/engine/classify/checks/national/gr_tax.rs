//! Greece: ΑΦΜ: nine digits, powers of two modulo 11.

use super::Identifier;
use super::digits::digits;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["GR"],
    shapes: &["999999999"],
    check: "mod 11",
    source: "ΠΟΛ. 1022/2006; VIES",
    chance: 100,
    evident: false,
    keywords: &["afm", "tin", "α φ μ", "αριθμοσ φορολογικου μητρωου", "αφμ"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<9>(text) else { return false };
    let sum = number[..8].iter().fold(0, |sum, digit| sum * 2 + digit) * 2;
    sum > 0 && sum % 11 % 10 == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("094259216"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["123456781", "09425921", "000000000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
