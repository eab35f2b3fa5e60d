//! Finland: henkilötunnus: date of birth, century sign, serial number, character at the number
//! modulo 31.

use super::digits::{digits, is_day, letter, number, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if text.len() != 11 || !text.is_ascii() || !"+-ABCDEFUVWXY".contains(&text[6..7]) {
        return false;
    }
    let Some(date) = digits::<6>(&text[..6]) else { return false };
    let check = number(&format!("{}{}", &text[..6], &text[7..10]))
        .and_then(|body| letter("0123456789ABCDEFHJKLMNPRSTUVWXY", body % 31));
    is_day(pair(&date, 2), pair(&date, 0)) && check.is_some() && check == text.chars().last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["131052-308T", "131052A308T"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["131052-308U", "131052/308T", "321052-308T", "131052308T", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
