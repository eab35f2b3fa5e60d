//! Greece: ΑΜΚΑ: date of birth, serial number, Luhn's check.

use super::Identifier;
use super::digits::{digits, is_short_date, luhn, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["GR"],
    shapes: &["99999999999"],
    check: "Luhn, date",
    source: "Ν. 3655/2008, άρθρο 153",
    chance: 4,
    evident: false,
    keywords: &["amka", "α μ κ α", "αμκα", "αριθμοσ μητρωου κοινωνικησ ασφαλισησ"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    is_short_date(pair(&number, 4), pair(&number, 2), pair(&number, 0)) && luhn(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("01013099997"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["01013099999", "32013099997", "0101309999", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
