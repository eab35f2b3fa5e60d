//! Latvia: personas kods: date of birth, century, serial number, check digit modulo 11; from July 2017
//! without a date, beginning with 32.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["LV"],
    shapes: &["99999999999"],
    check: "mod 11, date",
    source: "Fizisko personu reģistra likums",
    chance: 2,
    evident: true,
    keywords: &[
        "p k",
        "pers kods",
        "personal code",
        "personas koda",
        "personas kods",
        "personas kodu",
        "pk",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let check = (1 + weighted(&number, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
    let fits = match number[6] {
        _ if text.starts_with("32") => true,
        century @ (1 | 2) => {
            is_birth(1800 + century * 100 + pair(&number, 4), pair(&number, 2), pair(&number, 0))
        }
        _ => false,
    };
    fits && check == number[10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("16117519997"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["16117519994", "33117519997", "1611751999", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
