//! Switzerland: AHV number (EAN-13 with the country prefix 756).

use super::digits::{digits, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let sum = weighted(&number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    text.starts_with("756") && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("7569217076985"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7569217076984", "1239217076985", "756921707698", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
