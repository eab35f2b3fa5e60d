//! Luxembourg: matricule: date of birth in full, three digits, Luhn's check digit and Verhoeff's, each
//! over the first eleven.

use super::Identifier;
use super::digits::{digits, is_birth, luhn, pair, verhoeff};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["LU"],
    shapes: &["9999999999999"],
    check: "Luhn, Verhoeff, date",
    source: "Loi du 19 juin 2013; OECD, TIN Luxembourg",
    chance: 1,
    evident: true,
    keywords: &[
        "cns",
        "identifikationsnummer",
        "matricule",
        "matricule national",
        "numero de matricule",
        "numero national",
        "sozialversicherungsnummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let year = pair(&number, 0) * 100 + pair(&number, 2);
    let mut with_second_check = [0; 12];
    with_second_check[..11].copy_from_slice(&number[..11]);
    with_second_check[11] = number[12];
    is_birth(year, pair(&number, 4), pair(&number, 6))
        && luhn(&number[..12])
        && verhoeff(&with_second_check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["1983081211207", "2000022900505"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["1983081211236", "1893120105732", "4006381333931", "189312010573", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
