//! Romania: cod numeric personal: sex and century, date of birth, county, serial number, weights
//! 279146358279.

use super::Identifier;
use super::digits::{digits, is_birth, is_short_date, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["RO"],
    shapes: &["9999999999999"],
    check: "mod 11, date, county",
    source: "OUG nr. 97/2005; HG nr. 1375/2006",
    chance: 2,
    evident: true,
    keywords: &["c n p", "cnp", "cod numeric personal", "codul numeric personal"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let sum = weighted(&number, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if sum == 10 { 1 } else { sum };
    let (year, month, day) = (pair(&number, 1), pair(&number, 3), pair(&number, 5));
    let dated = match number[0] {
        1 | 2 => is_birth(1900 + year, month, day),
        5 | 6 => is_birth(2000 + year, month, day),
        7..=9 => is_short_date(year, month, day),
        _ => false,
    };
    dated && matches!(pair(&number, 7), 1..=48 | 51 | 52 | 70 | 80..=83) && check == number[12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("1630615123457"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["1630615123458", "0800101221142", "1632215123457", "163061512345", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
