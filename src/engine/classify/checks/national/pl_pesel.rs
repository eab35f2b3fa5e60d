//! Poland: PESEL: date of birth with the century in the month, serial number, weights 1,3,7,9.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["PL"],
    shapes: &["99999999999"],
    check: "mod 10, date",
    source: "Ustawa o ewidencji ludności, art. 15",
    chance: 6,
    evident: false,
    keywords: &["nr pesel", "numer pesel", "numeru pesel", "pesel", "pesel nr"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    const WEIGHTS: [u32; 11] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
    let (century, month) = match pair(&number, 2) {
        month @ 1..=12 => (1900, month),
        month @ 21..=32 => (2000, month - 20),
        _ => return false,
    };
    is_birth(century + pair(&number, 0), month, pair(&number, 4))
        && weighted(&number, &WEIGHTS).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["44051401359", "02270803624"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["44051401358", "44131401359", "4405140135", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
