//! France: NIR (INSEE), thirteen characters and the key 97 − number mod 97; Corsica writes 2A and
//! 2B, read as 19 and 18.

use super::digits::number;

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if text.len() != 15
        || !text.is_ascii()
        || !matches!(text.as_bytes()[0], b'1'..=b'4' | b'7' | b'8')
    {
        return false;
    }
    let body = match &text[5..7] {
        "2A" => format!("{}19{}", &text[..5], &text[7..13]),
        "2B" => format!("{}18{}", &text[..5], &text[7..13]),
        _ => text[..13].to_owned(),
    };
    let month = number(&text[3..5]).unwrap_or(0);
    let month_fits = matches!(month, 1..=12 | 20 | 30..=42 | 50..=99);
    match (number(&body), number(&text[13..])) {
        (Some(body), Some(key)) => month_fits && key == 97 - body % 97,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["295109912611193", "253072B07300470", "253072A07300443"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["295109912611192", "253072C07300443", "295139912611193", "2951099126111", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
