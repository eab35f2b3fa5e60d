//! Switzerland: AHV number: EAN-13 with the country's prefix 756.

use super::Identifier;
use super::digits::{digits, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["CH", "LI"],
    shapes: &["9999999999999"],
    check: "mod 10 (EAN-13), prefix 756",
    source: "Art. 133 AHVV",
    chance: 1,
    evident: true,
    keywords: &[
        "ahv",
        "ahv nummer",
        "ahvn",
        "ahvn13",
        "avs",
        "n avs",
        "navs",
        "numero ahv",
        "numero avs",
        "sozialversicherungsnummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let sum = weighted(&number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    text.starts_with("756") && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("7569217076985"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7569217076984", "1239217076985", "756921707698", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
