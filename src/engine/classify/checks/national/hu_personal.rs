//! Hungary: személyi azonosító: sex and century, date of birth, serial number, and places times
//! digits modulo 11; births from 1997 count the places backwards.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["HU"],
    shapes: &["99999999999"],
    check: "mod 11, date",
    source: "1996. évi XX. törvény, 1. melléklet",
    chance: 3,
    evident: true,
    keywords: &[
        "szemelyazonosito",
        "szemelyi azonosito",
        "szemelyi azonosito jel",
        "szemelyi szam",
        "szig",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let century = match number[0] {
        1 | 2 | 5 | 6 => 1900,
        3 | 4 | 7 | 8 => 2000,
        _ => return false,
    };
    let year = century + pair(&number, 1);
    let weights = match year {
        ..1997 => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        _ => [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
    };
    is_birth(year, pair(&number, 3), pair(&number, 5))
        && weighted(&number, &weights) % 11 == number[10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["18604125678", "30504125679", "29904125672"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["18604125675", "18613125678", "1860412567", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
