//! Croatia: OIB: eleven digits, ISO 7064 MOD 11,10.

use super::digits::{digits, mod_11_10};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    digits::<11>(text).is_some_and(|number| mod_11_10(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["33392005961", "94577403194"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["33392005962", "3339200596", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
