//! Belgium: national register number: date of birth, serial number, 97 − number mod 97, with a 2
//! before the number for births from 2000.

use super::digits::{digits, is_day, number, pair};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(all) = digits::<11>(text) else { return false };
    let (Some(body), Some(check)) = (number(&text[..9]), number(&text[9..])) else { return false };
    let (month, day) = (pair(&all, 2), pair(&all, 4));
    // Months are 20 or 40 higher where the sex was not known.
    let dated = month < 53 && is_day(month % 20, day);
    dated && (97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["85073003328", "17073003384"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["85073003329", "85993003328", "8507300332", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
