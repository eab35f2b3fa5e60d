//! Bulgaria: ЛНЧ, the number of a foreigner: ten digits, weights modulo 10.

use super::Identifier;
use super::digits::{digits, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["BG"],
    shapes: &["9999999999"],
    check: "mod 10",
    source: "Закон за чужденците в Република България",
    chance: 100,
    evident: false,
    keywords: &["lnc", "lnch", "личен номер на чужденец", "лнч"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let sum = weighted(&number, &[21, 19, 17, 13, 11, 9, 7, 3, 1]);
    sum > 0 && sum % 10 == number[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("7111042925"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7111042922", "711104292", "0000000000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
