//! Germany: Rentenversicherungsnummer (§ 147 SGB VI): area, date of birth, initial, serial number,
//! check digit from products with 2,1,2,5,7,1,2,1,2,1,2,1 and their digit sums.

use super::Identifier;
use super::digits::{digits, is_short_date, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["DE"],
    shapes: &["99999999A999"],
    check: "mod 10, date",
    source: "§ 147 SGB VI; § 2 VKVV",
    chance: 8,
    evident: true,
    keywords: &[
        "rentenversicherungsnr",
        "rentenversicherungsnummer",
        "rv nummer",
        "rvnr",
        "sozialversicherungsnummer",
        "sv nummer",
        "svnr",
        "versicherungsnummer",
        "vsnr",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 12 || !bytes[8].is_ascii_uppercase() {
        return false;
    }
    let (Some(before), Some(after)) = (digits::<8>(&text[..8]), digits::<3>(&text[9..])) else {
        return false;
    };
    let place = u32::from(bytes[8] - b'A') + 1;
    let body = before.into_iter().chain([place / 10, place % 10, after[0], after[1]]);
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let products = body.zip(WEIGHTS).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    let (day, month, year) = (pair(&before, 2), pair(&before, 4), pair(&before, 6));
    // Days above 31 mark a second number for the same day.
    let dated =
        is_short_date(year, month, day) || (day > 50 && is_short_date(year, month, day - 50));
    dated && pair(&before, 0) > 1 && sum % 10 == after[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("15070649C103"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["15070649C104", "15320649C103", "15070649c103", "150706490103", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
