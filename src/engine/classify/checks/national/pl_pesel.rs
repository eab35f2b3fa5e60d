//! Poland: PESEL: date of birth with the century in the month, weights 1,3,7,9.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    const WEIGHTS: [u32; 11] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
    is_day(pair(&number, 2) % 20, pair(&number, 4))
        && weighted(&number, &WEIGHTS).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["44051401359", "02070803628"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["44051401358", "44053201359", "4405140135", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
