//! Portugal: NIF of a person (1, 2, 3, or 45 for a non-resident): nine digits, weights 9 to 2, modulus
//! 11.

use super::Identifier;
use super::digits::{digits, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["PT"],
    shapes: &["999999999"],
    check: "mod 11",
    source: "Decreto-Lei n.º 14/2013",
    chance: 30,
    evident: false,
    keywords: &[
        "contribuinte",
        "n contribuinte",
        "nif",
        "nr contribuinte",
        "numero de contribuinte",
        "numero de identificacao fiscal",
        "numero fiscal",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<9>(text) else { return false };
    let check = (11 - weighted(&number, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    let of_person = matches!((number[0], number[1]), (1..=3, _) | (4, 5));
    of_person && check == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["313339287", "265411777"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["501964842", "123456788", "12345678", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
