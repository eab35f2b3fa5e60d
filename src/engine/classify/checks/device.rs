//! Identifiers of devices and browsers.

use super::national::digits::luhn;

/// Whether a text is an IMEI (3GPP TS 23.003 §6.2.1): fifteen digits with Luhn's check digit that
/// begin with a reporting body's number. Chance passes about sixteen in a thousand: a word beside it
/// must speak as well.
pub fn is_imei(text: &str) -> bool {
    const BODIES: [u32; 17] = [1, 10, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 98, 99];
    let mut digits = [0; 15];
    let mut count = 0;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if count < 15 => digits[count] = u32::from(byte - b'0'),
            b' ' | b'-' if count > 0 => continue,
            _ => return false,
        }
        count += 1;
    }
    count == 15 && BODIES.binary_search(&(digits[0] * 10 + digits[1])).is_ok() && luhn(&digits)
}

/// Whether a text is an identifier that a tool of analysis or advertising stores in a browser:
/// Google Analytics (`GA1.2.123456789.1700000000`), Meta (`fb.1.1700000000000.1234567890`,
/// `fb.1.1700000000000.` and a click), as their documentation of `_ga`, `_fbp` and `_fbc` says.
pub fn is_cookie_id(text: &str) -> bool {
    if text.len() > 200 || !text.is_ascii() {
        return false;
    }
    let mut parts = text.splitn(4, '.');
    let (Some(tool), Some(depth), Some(third), Some(fourth)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_number = |part: &str, lengths: core::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_depth = is_number(depth, 1..=1)
        || depth.split_once('-').is_some_and(|(a, b)| is_number(a, 1..=1) && is_number(b, 1..=2));
    match tool {
        "GA1" => is_depth && is_number(third, 6..=10) && is_number(fourth, 10..=10),
        "fb" => {
            is_depth
                && is_number(third, 10..=13)
                && fourth.len() >= 8
                && fourth.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        }
        _ => false,
    }
}

/// Whether a text is a UUID as an advertising identifier is written (IDFA, GAID). Every key looks
/// like that, so a column's name must say what it is; the one of zeros names nobody.
pub fn is_advertising_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
        && bytes.iter().any(|byte| !matches!(byte, b'0' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_number_has_its_check_digit() {
        assert!(is_imei("490154203237518") && is_imei("35-209900-176148-1"));
        for text in
            ["490154203237519", "4901542032375180", "190154203237518", "", "-", "1700000000"]
        {
            assert!(!is_imei(text), "{text}");
        }
    }

    #[test]
    fn cookies_of_tools_are_told_from_versions() {
        for text in [
            "GA1.2.123456789.1700000000",
            "GA1.1-2.123456789.1700000000",
            "fb.1.1700000000000.1234567890",
        ] {
            assert!(is_cookie_id(text), "{text}");
        }
        for text in [
            "",
            "GA1.2.3.4",
            "1.2.3.4",
            "fb.1.2.3",
            "GA1.2.123456789",
            "gb.1.1700000000000.1234567890",
        ] {
            assert!(!is_cookie_id(text), "{text}");
        }
    }

    #[test]
    fn an_advertising_id_is_not_all_zeros() {
        assert!(is_advertising_id("EA7583CD-A667-48BC-B806-42ECB2B48606"));
        assert!(!is_advertising_id("00000000-0000-0000-0000-000000000000"));
        assert!(!is_advertising_id("EA7583CD-A667-48BC-B806-42ECB2B4860G"));
    }
}
