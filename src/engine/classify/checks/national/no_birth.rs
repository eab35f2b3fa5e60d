//! Norway: fødselsnummer and D-nummer (day + 40): two check digits modulo 11.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let day = pair(&number, 0);
    let first = (11 - weighted(&number, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(&number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    is_day(pair(&number, 2), if day > 40 { day - 40 } else { day })
        && first == number[9]
        && second == number[10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("15108695088"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["15108695077", "32108695088", "1510869508", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
