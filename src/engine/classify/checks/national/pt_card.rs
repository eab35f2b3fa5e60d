//! Portugal: number of the Cartão de Cidadão: nine digits, two letters or digits, check digit by Luhn's
//! way with letters as 10 to 35.

use super::Identifier;
use super::digits::number;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["PT"],
    shapes: &["999999999XX9"],
    check: "Luhn, base 36",
    source: "Lei n.º 7/2007; AMA",
    chance: 93,
    evident: false,
    keywords: &[
        "bi",
        "bilhete de identidade",
        "cartao cidadao",
        "cartao de cidadao",
        "cartao do cidadao",
        "cc",
        "n de documento",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 12
        && text.is_ascii()
        && number(&text[..9]).is_some()
        && bytes[9..11].iter().any(u8::is_ascii_uppercase)
        && bytes[11].is_ascii_digit();
    let value = |byte: &u8| char::from(*byte).to_digit(36).unwrap_or(0);
    let counted = |(place, byte): (usize, &u8)| match (place % 2, value(byte)) {
        (0, value) => value,
        (_, value) if 2 * value > 9 => 2 * value - 9,
        (_, value) => 2 * value,
    };
    shape && bytes.iter().rev().enumerate().map(counted).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("000000000ZZ4"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["000000000ZZ3", "0000000000Z4", "00000000ZZ4", "000000000004", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
