//! Austria: Sozialversicherungsnummer: serial number, check digit, date of birth. Months 13 to 15
//! stand where the date is not known.

use super::Identifier;
use super::digits::{digits, is_short_date, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["AT"],
    shapes: &["9999999999"],
    check: "mod 11, date",
    source: "§ 31 Abs. 4 ASVG",
    chance: 4,
    evident: false,
    keywords: &[
        "ecard",
        "sozialversicherungsnr",
        "sozialversicherungsnummer",
        "sv nr",
        "sv nummer",
        "svn",
        "svnr",
        "versicherungsnummer",
        "vsnr",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let sum = weighted(&number, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    let (day, month, year) = (pair(&number, 4), pair(&number, 6), pair(&number, 8));
    let dated =
        is_short_date(year, month, day) || ((13..=15).contains(&month) && (1..=31).contains(&day));
    number[0] != 0 && dated && sum == number[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("1237010180"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["1238010180", "1237320180", "123701018", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
