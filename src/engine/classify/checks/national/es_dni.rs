//! Spain: DNI, NIE (X, Y, Z) and NIF of people without either (K, L, M): the letter at the number
//! modulo 23.

use super::Identifier;
use super::digits::{letter, number};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["ES"],
    shapes: &["99999999A", "A9999999A"],
    check: "mod 23 letter",
    source: "Real Decreto 1553/2005; Orden EHA/451/2008",
    chance: 39,
    evident: true,
    keywords: &[
        "dni",
        "documento de identidad",
        "documento nacional de identidad",
        "nie",
        "nif",
        "numero de identidad de extranjero",
        "numero de identificacion fiscal",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 9 || !text.is_ascii() {
        return false;
    }
    let (first, body) = match bytes[0] {
        b'X' | b'K' | b'L' | b'M' => (0, &text[1..8]),
        b'Y' => (1, &text[1..8]),
        b'Z' => (2, &text[1..8]),
        _ => (0, &text[..8]),
    };
    let place = number(body).map(|body| (first * 10_000_000 + body) % 23);
    place.and_then(|place| letter("TRWAGMYFPDXBNJZSQVHLCKE", place)) == Some(char::from(bytes[8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["12345678Z", "X2482300W", "54362315K"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["12345678A", "X2482300A", "U2482300W", "1234567Z", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
