//! Germany: number of the identity card with its check digit: nine characters without vowels,
//! weights 7,3,1 (ICAO Doc 9303).

use super::Identifier;
use super::digits::mod_7_3_1;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["DE"],
    shapes: &["AXXXXXXXX9"],
    check: "mod 10 (7-3-1)",
    source: "PAuswV; ICAO Doc 9303-3",
    chance: 3,
    evident: false,
    keywords: &[
        "ausweis nr",
        "ausweisnr",
        "ausweisnummer",
        "perso",
        "personalausweis",
        "personalausweis nr",
        "personalausweisnummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && b"LMNPRTVWXY".contains(&bytes[0])
        && bytes[1..9].iter().all(|byte| b"0123456789CFGHJKLMNPRTVWXYZ".contains(byte))
        && mod_7_3_1(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("L01X00T471"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["L01X00T472", "A01X00T471", "L01X00T47", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
