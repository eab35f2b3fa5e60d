//! Spain: DNI and NIE (Real Decreto 1553/2005): the letter at the number modulo 23.

use super::digits::{letter, number};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if text.len() != 9 || !text.is_ascii() {
        return false;
    }
    let body = match &text[..1] {
        "X" => format!("0{}", &text[1..8]),
        "Y" => format!("1{}", &text[1..8]),
        "Z" => format!("2{}", &text[1..8]),
        _ => text[..8].to_owned(),
    };
    let letter = number(&body).and_then(|body| letter("TRWAGMYFPDXBNJZSQVHLCKE", body % 23));
    letter.is_some() && letter == text.chars().last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["12345678Z", "X1234567L", "54362315K", "X2482300W"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["12345678A", "X1234567A", "1234567Z", "A1234567L", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
