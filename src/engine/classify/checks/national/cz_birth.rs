//! Czechia and Slovakia: rodné číslo: date of birth (women month + 50; + 20 where a day ran out, from
//! 2004), serial number; ten digits are divisible by 11. Until 1953 there were nine, without a check
//! digit.

use super::Identifier;
use super::digits::{digits, is_birth, number, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["CZ", "SK"],
    shapes: &["9999999999", "999999999"],
    check: "mod 11, date",
    source: "Zákon č. 133/2000 Sb.; zákon č. 301/1995 Z. z.",
    chance: 40,
    evident: false,
    keywords: &["r c", "rc", "rod cislo", "rodne c", "rodne cislo", "rodneho cisla"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if let Some(all) = digits::<9>(text) {
        let year = 1900 + pair(&all, 0);
        return year <= 1953 && has_date(&all, year);
    }
    let (Some(all), Some(value)) = (digits::<10>(text), number(text)) else { return false };
    let year = match pair(&all, 0) {
        year @ 54.. => 1900 + year,
        year => 2000 + year,
    };
    // Until 1985 a remainder of 10 was written as check digit 0.
    let checked = value % 11 == 0 || (year <= 1985 && value / 10 % 11 == 10 && value % 10 == 0);
    checked && has_date(&all, year)
}

fn has_date(all: &[u32], year: u32) -> bool {
    let month = match pair(all, 2) % 50 {
        month @ 21.. if year >= 2004 => month - 20,
        month => month,
    };
    pair(all, 2) <= 82 && is_birth(year, month, pair(all, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["7103192745", "7360285163", "530101123"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7103192746", "7199192745", "710319274", "540101123", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
