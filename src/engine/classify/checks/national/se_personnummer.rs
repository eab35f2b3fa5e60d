//! Sweden: personnummer and samordningsnummer (day + 60): ten digits with Luhn's check, the century
//! may stand before them.

use super::digits::{digits, is_day, luhn, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let text = match text.len() {
        12 if text.starts_with("19") || text.starts_with("20") => &text[2..],
        _ => text,
    };
    let Some(number) = digits::<10>(text) else { return false };
    let day = pair(&number, 4);
    is_day(pair(&number, 2), if day > 60 { day - 60 } else { day }) && luhn(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["8803200016", "8112189876", "198112189876"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["8803200018", "8813200016", "188112189876", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
