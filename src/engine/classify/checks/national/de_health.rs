//! Germany: Krankenversichertennummer (the part that stays for life): a letter, eight digits, a check
//! digit from products with 1,2,1,2,… and their digit sums.

use super::Identifier;
use super::digits::digits;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["DE"],
    shapes: &["A999999999"],
    check: "mod 10",
    source: "§ 290 SGB V",
    chance: 100,
    evident: false,
    keywords: &[
        "egk",
        "krankenversichertennummer",
        "krankenversicherungsnummer",
        "kv nummer",
        "kvn",
        "kvnr",
        "kvnummer",
        "versicherten nr",
        "versichertennummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || !bytes[0].is_ascii_uppercase() {
        return false;
    }
    let Some(number) = digits::<9>(&text[1..]) else { return false };
    let place = u32::from(bytes[0] - b'A') + 1;
    let products = [place / 10, place % 10].into_iter().chain(number[..8].iter().copied());
    let sum: u32 = products
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    sum % 10 == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("A123456780"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["A123456781", "1123456780", "A12345678", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
