//! Vehicles, which point at their holders.

/// Whether a text is a vehicle identification number with its check digit (ISO 3779; 49 CFR 565.15):
/// seventeen characters without I, O and Q, the ninth of them the rest modulo 11. Only vehicles for
/// North America and China must have it; see [`has_vin_shape`].
pub fn is_vin(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if !has_vin_shape(text) {
        return false;
    }
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
    let check = match sum % 11 {
        10 => b'X',
        rest => b"0123456789"[rest as usize],
    };
    text.as_bytes()[8] == check
}

/// Whether a text has the characters of a vehicle identification number: letters and digits, the
/// last four digits. European vehicles need no check digit, so a word beside it must speak.
pub fn has_vin_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 17
        && bytes.iter().all(|byte| match byte {
            b'I' | b'O' | b'Q' => false,
            _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        })
        && bytes.iter().filter(|byte| byte.is_ascii_uppercase()).count() >= 3
        && bytes[13..].iter().all(u8::is_ascii_digit)
}

fn value(byte: u8) -> u32 {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => 0,
    };
    u32::from(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_check_digit_is_told_from_a_shape() {
        assert!(is_vin("1M8GDM9AXKP042788"));
        assert!(!is_vin("1M8GDM9A1KP042788") && has_vin_shape("WVWZZZ1JZXW000001"));
        for text in
            ["", "11111111111111111", "1M8GDM9AXKP04278", "IM8GDM9AXKP042788", "1M8GDM9AXKPABCDE"]
        {
            assert!(!has_vin_shape(text) && !is_vin(text), "{text}");
        }
    }
}
