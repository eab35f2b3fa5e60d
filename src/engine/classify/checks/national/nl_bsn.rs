//! Netherlands: burgerservicenummer: nine digits, weights 9 to 2 and −1, divisible by 11.

use super::Identifier;
use super::digits::{digits, is_monotone, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["NL"],
    shapes: &["999999999"],
    check: "mod 11",
    source: "Wet algemene bepalingen burgerservicenummer; Besluit BSN",
    chance: 91,
    evident: false,
    keywords: &[
        "bsn",
        "bsn nummer",
        "burger service nummer",
        "burgerservicenummer",
        "sofi",
        "sofi nummer",
        "sofinummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<9>(text) else { return false };
    let sum = weighted(&number, &[9, 8, 7, 6, 5, 4, 3, 2]);
    !is_monotone(&number) && sum % 11 == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("111222333"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["111252333", "11122233", "000000000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
