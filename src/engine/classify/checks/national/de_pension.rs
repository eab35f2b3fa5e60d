//! Germany: Rentenversicherungsnummer (§ 147 SGB VI): area, date of birth, initial, serial number,
//! check digit from products with 2,1,2,5,7,1,2,1,2,1,2,1 and their digit sums.

use super::digits::{digits, is_day, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 12 || !bytes[8].is_ascii_uppercase() {
        return false;
    }
    let place = u32::from(bytes[8] - b'A') + 1;
    let spelled = format!("{}{place:02}{}", &text[..8], &text[9..]);
    let Some(number) = digits::<13>(&spelled) else { return false };
    let (day, month) = (pair(&number, 2), pair(&number, 4));
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let products = number.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    // Days above 31 mark a second number for the same day.
    (is_day(month, day) || (day > 50 && is_day(month, day - 50))) && sum % 10 == number[12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        assert!(is_valid("15070649C103"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["15070649C104", "15320649C103", "15070649c103", "150706490103", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
