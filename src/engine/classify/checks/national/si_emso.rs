//! Slovenia and its neighbours: EMŠO / JMBG: date of birth, region, weights 7 to 2 twice.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let sum = weighted(&number, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    is_day(pair(&number, 2), pair(&number, 0)) && (11 - sum % 11) % 11 == number[12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("0101006500006"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["0101006500007", "3201006500006", "010100650000", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
