//! Poland: number of the identity card: three letters and six digits, the first of them a check digit
//! (weights 7,3,1).

use super::Identifier;
use super::digits::number;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["PL"],
    shapes: &["AAA999999"],
    check: "mod 10 (7-3-1)",
    source: "Ustawa o dowodach osobistych",
    chance: 100,
    evident: false,
    keywords: &[
        "dowod",
        "dowod osobisty",
        "dowodu osobistego",
        "nr dowodu",
        "numer dowodu",
        "seria i nr",
        "seria i numer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 9
        || !bytes[..3].iter().all(u8::is_ascii_uppercase)
        || number(&text[3..]).is_none()
    {
        return false;
    }
    const WEIGHTS: [u32; 9] = [7, 3, 1, 9, 7, 3, 1, 7, 3];
    let value = |byte: &u8| char::from(*byte).to_digit(36).unwrap_or(0);
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("ABA300000"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["ABA400000", "AB3000000", "ABA30000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
