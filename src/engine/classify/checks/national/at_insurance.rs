//! Austria: Sozialversicherungsnummer (§ 30c ASVG): serial number, check digit, date of birth;
//! weights 3,7,9 and 5,8,4,2,1,6.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let sum = weighted(&number, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    // Months 13 to 15 exist where the date is not known.
    let dated = is_day(pair(&number, 6), pair(&number, 4)) || (13..=15).contains(&pair(&number, 6));
    number[0] != 0 && dated && sum == number[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("1237010180"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["1238010180", "1237320180", "123701018", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
