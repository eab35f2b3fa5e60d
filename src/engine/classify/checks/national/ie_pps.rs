//! Ireland: PPS number: seven digits, check letter modulo 23, from 2013 a second letter that counts
//! nine times.

use super::digits::{digits, letter, weighted};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !matches!(bytes.len(), 8 | 9) || !text.is_ascii() {
        return false;
    }
    let Some(number) = digits::<7>(&text[..7]) else { return false };
    let second = match bytes.get(8) {
        None | Some(b'W') => 0,
        Some(byte @ b'A'..=b'I') => u32::from(byte - b'A') + 1,
        Some(_) => return false,
    };
    let place = (weighted(&number, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23;
    letter("WABCDEFGHIJKLMNOPQRSTUV", u64::from(place)) == Some(char::from(bytes[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["1234567T", "6433435F", "6433435OA"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["6433435E", "6433435VX", "643343F", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
