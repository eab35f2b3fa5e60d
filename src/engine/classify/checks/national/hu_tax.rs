//! Hungary: adóazonosító jel: 8, the days from 1867-01-01 to the birth, serial number, weights 1 to 9
//! modulo 11.

use super::Identifier;
use super::digits::{digits, number, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["HU"],
    shapes: &["9999999999"],
    check: "mod 11, days since 1867",
    source: "1996. évi XX. törvény, 2. melléklet",
    chance: 5,
    evident: false,
    keywords: &[
        "ado azonosito",
        "adoazonosito",
        "adoazonosito jel",
        "adoazonosito szam",
        "adoszam",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    // Births of 1900 to 2039, in days since 1867-01-01.
    const DAYS: core::ops::RangeInclusive<u64> = 12_053..=63_186;
    let Some(all) = digits::<10>(text) else { return false };
    all[0] == 8
        && number(&text[1..6]).is_some_and(|days| DAYS.contains(&days))
        && weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == all[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["8333612342", "8333612350"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["8333612343", "7333612342", "833361234", "8000012342", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
