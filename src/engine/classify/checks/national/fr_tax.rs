//! France: numéro fiscal de référence (SPI): ten digits that begin with 0 to 3, and their remainder
//! modulo 511.

use super::Identifier;
use super::digits::{digits, number};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["FR"],
    shapes: &["9999999999999"],
    check: "mod 511",
    source: "DGFiP; OECD, TIN France",
    chance: 1,
    evident: true,
    keywords: &[
        "identifiant fiscal",
        "nif",
        "num fiscal",
        "numero fiscal",
        "numero fiscal de reference",
        "reference fiscale",
        "spi",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(all) = digits::<13>(text) else { return false };
    let (Some(body), Some(check)) = (number(&text[..10]), number(&text[10..])) else {
        return false;
    };
    all[0] <= 3 && body > 0 && body % 511 == check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("0701987765493"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["0701987765494", "4701987765493", "070198776549", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
