//! Norway: fødselsnummer, D-nummer (day + 40) and H-nummer (month + 40): date of birth, individual
//! number that tells the century, two check digits modulo 11.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["NO"],
    shapes: &["99999999999"],
    check: "mod 11 twice, date",
    source: "Folkeregisterforskriften § 2-2-1",
    chance: 1,
    evident: true,
    keywords: &[
        "d nummer",
        "dnummer",
        "fnr",
        "fodsels og personnummer",
        "fodselsnr",
        "fodselsnummer",
        "personnummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let first = (11 - weighted(&number, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(&number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    let short = |value: u32| if value > 40 { value - 40 } else { value };
    let (day, month) = (short(pair(&number, 0)), short(pair(&number, 2)));
    let year = match (number[6] * 100 + pair(&number, 7), pair(&number, 4)) {
        (0..=499, year) | (900..=999, year @ 40..) => 1900 + year,
        (500..=999, year @ ..40) => 2000 + year,
        _ => return false,
    };
    is_birth(year, month, day) && first == number[9] && second == number[10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["15108695088", "01010750160"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["15108695077", "32108695088", "1510869508", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
