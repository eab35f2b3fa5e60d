//! Denmark: CPR number: date of birth and serial number. The modulus 11 check has not been universal
//! since 2007, so the date alone decides and the column's name must say the rest.

use super::digits::{digits, is_day, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    digits::<10>(text).is_some_and(|number| is_day(pair(&number, 2), pair(&number, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["2110625629", "0707614285"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["3213625629", "211062562", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
