//! Romania: cod numeric personal: sex and century, date of birth, county, weights 279146358279.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<13>(text) else { return false };
    let sum = weighted(&number, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if sum == 10 { 1 } else { sum };
    number[0] != 0 && is_day(pair(&number, 3), pair(&number, 5)) && check == number[12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["1630615123457", "1800101221144"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["1630615123458", "0800101221144", "1801301221144", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
