//! United Kingdom: NHS number (also the CHI number of Scotland and the H&C number of Northern
//! Ireland): ten digits, weights 10 to 2, modulus 11.

use super::Identifier;
use super::digits::{digits, is_monotone, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["GB"],
    shapes: &["9999999999"],
    check: "mod 11",
    source: "NHS Data Dictionary, NHS NUMBER",
    chance: 91,
    evident: false,
    keywords: &[
        "chi",
        "chi number",
        "hc number",
        "health and care number",
        "nhs",
        "nhs no",
        "nhs num",
        "nhs number",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let sum = weighted(&number, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    !is_monotone(&number) && (11 - sum % 11) % 11 == number[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("9434765870"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["9434765871", "943476587", "1111111111", "0000000000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
