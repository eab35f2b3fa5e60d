//! Denmark: CPR number: date of birth and serial number, whose first digit tells the century. The
//! modulus 11 check has not been universal since 2007, so the date alone decides and a word beside it
//! must say the rest.

use super::Identifier;
use super::digits::{digits, is_birth, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["DK", "GL", "FO"],
    shapes: &["9999999999"],
    check: "date",
    source: "Bekendtgørelse af lov om Det Centrale Personregister",
    chance: 30,
    evident: false,
    keywords: &["cpr", "cpr nr", "cpr number", "cpr nummer", "cprnr", "personnummer"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let year = match (number[6], pair(&number, 4)) {
        (0..=3, year) | (4 | 9, year @ 37..) => 1900 + year,
        (5..=8, 58..) => return false,
        (_, year) => 2000 + year,
    };
    is_birth(year, pair(&number, 2), pair(&number, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("0101104000"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["3210624629", "2902010000", "211062562", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
