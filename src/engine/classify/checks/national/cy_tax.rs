//! Cyprus: TIC (Αριθμός Φορολογικής Ταυτότητας): eight digits and a check letter, digits at odd
//! places translated. The number of the identity card has no check digit and is not recognised.

use super::Identifier;
use super::digits::digits;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["CY"],
    shapes: &["99999999A"],
    check: "mod 26 letter",
    source: "OECD, TIN Cyprus; VIES",
    chance: 39,
    evident: false,
    keywords: &["tax identification code", "tic", "α φ τ", "αριθμοσ φορολογικησ ταυτοτητασ", "αφτ"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    const ODD_PLACES: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let Some((body, letter)) = text.split_at_checked(8) else { return false };
    let Some(number) = digits::<8>(body) else { return false };
    let sum: u32 = number
        .iter()
        .enumerate()
        .map(|(place, &digit)| if place % 2 == 0 { ODD_PLACES[digit as usize] } else { digit })
        .sum();
    letter.len() == 1
        && !body.starts_with("12")
        && u32::from(letter.as_bytes()[0]) == u32::from(b'A') + sum % 26
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["10259033P", "00123456H"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["10259033Z", "12000139V", "1025903P", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
