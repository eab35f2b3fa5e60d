//! Portugal: NIF: nine digits, weights 9 to 2, modulus 11.

use super::digits::{digits, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<9>(text) else { return false };
    let check = (11 - weighted(&number, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    matches!(number[0], 1..=3) && check == number[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["123456789", "299999998"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["123456780", "523456789", "12345678", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
