//! Estonia and Lithuania: isikukood and asmens kodas: sex and century, date of birth, two rounds of
//! weights modulo 11.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["EE", "LT"],
    shapes: &["99999999999"],
    check: "mod 11, date",
    source: "EVS 585:2007; Gyventojų registro įstatymas",
    chance: 2,
    evident: true,
    keywords: &[
        "a k",
        "asmens kodas",
        "asmens kodo",
        "asmens kodu",
        "ik",
        "isikukood",
        "isikukoodi",
        "personal code",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let first = weighted(&number, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(&number, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    let check = if first == 10 { second } else { first };
    let century = match number[0] {
        3 | 4 => 1900,
        5 | 6 => 2000,
        _ => return false,
    };
    is_birth(century + pair(&number, 1), pair(&number, 3), pair(&number, 5)) && check == number[10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["36805280109", "38703181745"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["36805280108", "36813280109", "3680528010", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
