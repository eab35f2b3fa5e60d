//! Sweden: personnummer and samordningsnummer (day + 60): date of birth, serial number, Luhn's check
//! digit; the century may stand before them, and a + instead of the hyphen means a hundred years.

use super::Identifier;
use super::digits::{digits, is_birth, is_short_date, luhn, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["SE"],
    shapes: &["9999999999", "999999999999", "999999+9999"],
    check: "Luhn, date",
    source: "Folkbokföringslagen (1991:481) 18 §",
    chance: 8,
    evident: false,
    keywords: &[
        "pers nr",
        "persnr",
        "personbeteckning",
        "personnr",
        "personnummer",
        "pnr",
        "samordningsnr",
        "samordningsnummer",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if let Some(number) = digits::<12>(text) {
        let year = pair(&number, 0) * 100 + pair(&number, 2);
        return is_birth(year, pair(&number, 4), day(pair(&number, 6))) && luhn(&number[2..]);
    }
    let mut spelled = [0; 10];
    match (digits::<10>(text), text.split_once('+')) {
        (Some(number), _) => spelled = number,
        (None, Some((date, serial))) => match (digits::<6>(date), digits::<4>(serial)) {
            (Some(date), Some(serial)) => {
                spelled[..6].copy_from_slice(&date);
                spelled[6..].copy_from_slice(&serial);
            }
            _ => return false,
        },
        (None, None) => return false,
    }
    is_short_date(pair(&spelled, 0), pair(&spelled, 2), day(pair(&spelled, 4))) && luhn(&spelled)
}

/// The day, of which a samordningsnummer has sixty more.
fn day(written: u32) -> u32 {
    if written > 60 { written - 60 } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["8803200016", "198803200016", "880320+0016"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["8803200018", "188803200016", "8813200016", "880320001", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
