//! Netherlands: burgerservicenummer: nine digits, weights 9 to 2 and −1, divisible by 11.

use super::digits::{digits, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<9>(text) else { return false };
    let sum = weighted(&number, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum > 0 && sum % 11 == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["111222333", "123456782"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["111222334", "000000000", "11122233", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
