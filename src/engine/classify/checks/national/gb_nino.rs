//! United Kingdom: National Insurance number (HMRC NIM39110): two letters, six digits, A to D; no
//! check digit, but letters and prefixes that are never given.

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 9 || !text.is_ascii() {
        return false;
    }
    let never = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&&text[..2]);
    let prefix =
        b"ABCEGHJKLMNOPRSTWXYZ".contains(&bytes[0]) && b"ABCEGHJKLMNPRSTWXYZ".contains(&bytes[1]);
    !never
        && prefix
        && bytes[2..8].iter().all(u8::is_ascii_digit)
        && (b'A'..=b'D').contains(&bytes[8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["AB123456C", "JG103759A"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["GB123456C", "QQ123456C", "AB123456E", "AB12345C", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
