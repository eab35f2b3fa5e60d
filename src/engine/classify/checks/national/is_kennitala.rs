//! Iceland: kennitala of a person: date of birth, two digits, check digit modulo 11, century. That of
//! a company has the day + 40 and is not personal.

use super::Identifier;
use super::digits::{digits, is_birth, pair, weighted};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["IS"],
    shapes: &["9999999999"],
    check: "mod 11, date",
    source: "Lög um skráningu einstaklinga nr. 140/2019",
    chance: 1,
    evident: true,
    keywords: &["kennit", "kennitala", "kennitolu", "kt"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let century = match number[9] {
        9 => 1900,
        0 => 2000,
        _ => return false,
    };
    is_birth(century + pair(&number, 4), pair(&number, 2), pair(&number, 0))
        && weighted(&number, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        assert!(is_valid("1201743399"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["1201743389", "4504013150", "3201743399", "120174339", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
