//! United Kingdom: National Insurance number: two letters, six digits, A to D; no check digit, but
//! letters and prefixes that are never given.

use super::Identifier;
use super::digits::digits;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["GB"],
    shapes: &["AA999999A"],
    check: "letters never given",
    source: "HMRC NIM39110",
    chance: 86,
    evident: true,
    keywords: &[
        "national insurance",
        "national insurance number",
        "ni no",
        "ni number",
        "nin",
        "nino",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 9 || !text.is_ascii() {
        return false;
    }
    let never = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&&text[..2]);
    let prefix =
        b"ABCEGHJKLMNOPRSTWXYZ".contains(&bytes[0]) && b"ABCEGHJKLMNPRSTWXYZ".contains(&bytes[1]);
    prefix && !never && digits::<6>(&text[2..8]).is_some() && (b'A'..=b'D').contains(&bytes[8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["JG103759A", "AB123456C"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["DG103759A", "GB123456A", "JG103759E", "JG10375A", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
