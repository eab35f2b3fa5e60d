//! Bulgaria: ЕГН: date of birth (month + 40 from 2000), serial number, check digit modulo 11.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["BG"],
    shapes: &["9999999999"],
    check: "mod 11, date",
    source: "Наредба РД-02-20-9 (ЕСГРАОН)",
    chance: 5,
    evident: false,
    keywords: &["edinen grazhdanski nomer", "egn", "егн", "единен граждански номер"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let check = weighted(&number, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    let (year, month) = match pair(&number, 2) {
        month @ 1..=12 => (1900, month),
        month @ 41..=52 => (2000, month - 40),
        _ => return false,
    };
    is_birth(year + pair(&number, 0), month, pair(&number, 4)) && check == number[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("8001010008"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7523169264", "8032056032", "7599169263", "752316926", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
