//! Austria: Abgabenkontonummer (Steuernummer): tax office, number, Luhn's check digit.

use super::Identifier;
use super::digits::{digits, luhn, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["AT"],
    shapes: &["999999999"],
    check: "Luhn, tax office",
    source: "BMF, Finanzamtsnummern",
    chance: 40,
    evident: false,
    keywords: &[
        "abgabenkontonummer",
        "finanzamtsnummer",
        "st nr",
        "steuernr",
        "steuernummer",
        "stnr",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    const OFFICES: [u32; 40] = [
        3, 4, 6, 7, 8, 9, 10, 12, 15, 16, 18, 22, 23, 29, 33, 38, 41, 46, 51, 52, 53, 54, 57, 59,
        61, 65, 67, 68, 69, 71, 72, 81, 82, 83, 84, 90, 91, 93, 97, 98,
    ];
    digits::<9>(text)
        .is_some_and(|number| OFFICES.binary_search(&pair(&number, 0)).is_ok() && luhn(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("591199013"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["591199012", "001199013", "59119901", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
