//! Hungary: TAJ number: nine digits, weights 3 and 7 in turn, modulo 10.

use super::Identifier;
use super::digits::{digits, is_monotone, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["HU"],
    shapes: &["999999999"],
    check: "mod 10",
    source: "1996. évi XX. törvény, 3. melléklet",
    chance: 100,
    evident: false,
    keywords: &[
        "taj",
        "taj sz",
        "taj szam",
        "tajszam",
        "tarsadalombiztositasi azonosito",
        "tarsadalombiztositasi azonosito jel",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<9>(text) else { return false };
    let sum = weighted(&number, &[3, 7, 3, 7, 3, 7, 3, 7]);
    !is_monotone(&number) && sum % 10 == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["111111110", "037687210"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["111111111", "11111111", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
