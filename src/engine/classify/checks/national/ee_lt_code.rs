//! Estonia and Lithuania: isikukood and asmens kodas: sex and century, date of birth, two rounds of
//! weights modulo 11.

use super::digits::{digits, is_day, pair, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(number) = digits::<11>(text) else { return false };
    let first = weighted(&number, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(&number, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    let check = if first == 10 { second } else { first };
    matches!(number[0], 1..=8) && is_day(pair(&number, 3), pair(&number, 5)) && check == number[10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["36805280109", "38703181745"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["36805280108", "96805280109", "36813280109", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
