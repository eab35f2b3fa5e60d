//! Slovenia and its neighbours: EMŠO / JMBG: date of birth, region, serial number, weights 7 to 2
//! twice. Where the check would be 10, some registers write 0.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["SI", "BA", "ME", "MK", "RS"],
    shapes: &["9999999999999"],
    check: "mod 11, date",
    source: "Zakon o centralnem registru prebivalstva",
    chance: 1,
    evident: true,
    keywords: &[
        "emb",
        "embg",
        "emso",
        "emso stevilka",
        "enotna maticna stevilka",
        "jmbg",
        "maticna stevilka",
        "maticni broj",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let sum = weighted(&number, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    let year = match number[4] * 100 + pair(&number, 5) {
        year @ ..800 => 2000 + year,
        year => 1000 + year,
    };
    is_birth(year, pair(&number, 2), pair(&number, 0)) && (11 - sum % 11) % 11 % 10 == number[12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("0101006500006"));
        // The check would be 10.
        assert!(is_valid("2409958501300"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["0101006500007", "3201006500006", "010100650000", "4006381333931", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
