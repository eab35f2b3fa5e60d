//! Malta: number of the identity card: up to seven digits and a letter for the register; no check
//! digit, so a word beside it must say what it is.

use super::Identifier;
use super::digits::number;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["MT"],
    shapes: &["9999999A", "999999A", "99999A", "9999A"],
    check: "letter of the register",
    source: "Identity Card and other Identity Documents Act, Cap. 258",
    chance: 308,
    evident: false,
    keywords: &[
        "id card",
        "id no",
        "id number",
        "identity card",
        "karta tal identita",
        "numru tal karta",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some((digits, letter)) = text.split_at_checked(text.len().saturating_sub(1)) else {
        return false;
    };
    (4..=7).contains(&digits.len())
        && number(digits).is_some_and(|number| number > 0)
        && matches!(letter, "A" | "B" | "G" | "H" | "L" | "M" | "P" | "Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["0123456M", "55555A"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["0123456C", "0123456", "12345678M", "M123456", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
