//! Croatia: OIB: eleven digits, ISO 7064 MOD 11,10.

use super::Identifier;
use super::digits::{digits, is_monotone, mod_11_10};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["HR"],
    shapes: &["99999999999"],
    check: "ISO 7064 MOD 11,10",
    source: "Zakon o osobnom identifikacijskom broju, NN 60/08",
    chance: 100,
    evident: false,
    keywords: &["o i b", "oib", "osobni identifikacijski broj"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    digits::<11>(text).is_some_and(|number| !is_monotone(&number) && mod_11_10(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("33392005961"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["33392005962", "3339200596", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
