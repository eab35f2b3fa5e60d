//! Hungary: adóazonosító jel: ten digits that begin with 8, weights 1 to 9 modulo 11.

use super::digits::{digits, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    number[0] == 8 && weighted(&number, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == number[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("8071592153"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["8071592152", "7071592153", "807159215", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
