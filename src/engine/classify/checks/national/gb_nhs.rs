//! United Kingdom: NHS number: ten digits, weights 10 to 2, modulus 11.

use super::digits::{digits, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let sum = weighted(&number, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    sum > 0 && (11 - sum % 11) % 11 == number[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["9434765870", "9434765919"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["9434765871", "0000000000", "943476587", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
