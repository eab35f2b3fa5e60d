//! Germany: Steuer-Identifikationsnummer, eleven digits (§ 139b AO): ISO 7064 MOD 11,10; among the
//! first ten digits exactly one occurs two or three times, but never three times in a row.

use super::Identifier;
use super::digits::{digits, mod_11_10};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["DE"],
    shapes: &["99999999999"],
    check: "ISO 7064 MOD 11,10, digit counts",
    source: "§ 139b AO; § 1 StIdV",
    chance: 4,
    evident: false,
    keywords: &[
        "id nr",
        "identifikationsnummer",
        "idnr",
        "steuer id",
        "steuer identifikationsnummer",
        "steuer idnr",
        "steuerid",
        "steueridentifikationsnummer",
        "steuernummer",
        "tin",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let mut counts = [0u32; 10];
    number[..10].iter().for_each(|&digit| counts[digit as usize] += 1);
    let repeated = counts.iter().filter(|&&count| count > 1).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    let in_a_row =
        number[..10].windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    number[0] != 0 && repeated == 1 && most <= 3 && !in_a_row && mod_11_10(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["36574261809", "86095742719"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["36574261890", "12345678901", "3657426180", "01234567890", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
