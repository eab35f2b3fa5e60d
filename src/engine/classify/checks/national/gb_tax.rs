//! United Kingdom: Unique Taxpayer Reference: ten digits, the first is the check digit.

use super::Identifier;
use super::digits::{digits, is_monotone, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["GB"],
    shapes: &["9999999999"],
    check: "mod 11",
    source: "HMRC, Modulus 11 for UTR",
    chance: 100,
    evident: false,
    keywords: &["tax reference", "taxpayer reference", "unique taxpayer reference", "utr"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    const CHECKS: [u32; 11] = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let remainder = weighted(&number[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    !is_monotone(&number) && CHECKS[remainder as usize] == number[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("1955839661"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["2955839661", "195583966", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
