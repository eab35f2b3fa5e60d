//! Czechia and Slovakia: rodné číslo: date of birth (women month + 50, overflow + 20), ten digits
//! divisible by 11.

use super::digits::{digits, is_day, number, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let (Some(all), Some(value)) = (digits::<10>(text), number(text)) else { return false };
    let month = pair(&all, 2) % 50;
    let month = if month > 20 { month - 20 } else { month };
    // Until 1985 a remainder of 10 was written as check digit 0.
    let checked = value % 11 == 0 || (value / 10 % 11 == 10 && value % 10 == 0);
    is_day(month, pair(&all, 4)) && checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["7103192745", "7360285163"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["7103192746", "7199192745", "710319274", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
