//! Bulgaria: ЕГН: date of birth (month + 20 before 1900, + 40 from 2000), weights
//! 2,4,8,5,10,9,7,3,6.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<10>(text) else { return false };
    let check = weighted(&number, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    let month = pair(&number, 2);
    month < 53 && is_day(month % 20, pair(&number, 4)) && check == number[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["7523169263", "8032056031"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7523169264", "7599169263", "752316926", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
