//! Greece: ΑΜΚΑ: date of birth, serial number, Luhn's check.

use super::digits::{digits, is_day, luhn, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    is_day(pair(&number, 2), pair(&number, 0)) && luhn(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("01013099997"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["01013099999", "32013099997", "0101309999", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
