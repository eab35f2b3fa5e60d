//! Passports: the machine-readable line (ICAO Doc 9303-4 §4.2.2) and numbers that have a check digit.

use super::national::digits::mod_7_3_1;

/// Whether a text is the second line of a passport's machine-readable zone: number, nationality,
/// birth, sex, expiry and optional data, with four check digits.
pub fn is_machine_readable_line(text: &str) -> bool {
    let Ok(line) = <&[u8; 44]>::try_from(text.as_bytes()) else { return false };
    let allowed = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'<';
    if !line.iter().all(allowed) || !matches!(line[20], b'F' | b'M' | b'X' | b'<') {
        return false;
    }
    let mut composite = [0; 40];
    composite[..10].copy_from_slice(&line[..10]);
    composite[10..17].copy_from_slice(&line[13..20]);
    composite[17..].copy_from_slice(&line[21..]);
    mod_7_3_1(&line[..10])
        && mod_7_3_1(&line[13..20])
        && mod_7_3_1(&line[21..28])
        && mod_7_3_1(&composite)
}

/// Whether a text is the number of a Polish passport: two letters and seven digits, the first of them
/// a check digit. One in ten look-alikes passes: a word beside it must speak as well.
pub fn is_polish_passport(text: &str) -> bool {
    const WEIGHTS: [u32; 9] = [7, 3, 9, 1, 7, 3, 1, 7, 3];
    let bytes = text.as_bytes();
    let shape = bytes.len() == 9
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..].iter().all(u8::is_ascii_digit);
    let value = |byte: &u8| char::from(*byte).to_digit(36).unwrap_or(0);
    let sum = || bytes.iter().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum::<u32>();
    shape && sum().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_readable_line_has_four_right_check_digits() {
        let line = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        assert!(is_machine_readable_line(line));
        for place in [2, 14, 22, 30, 43] {
            let mut wrong = line.as_bytes().to_vec();
            wrong[place] = if wrong[place] == b'5' { b'6' } else { b'5' };
            let wrong = String::from_utf8(wrong).unwrap_or_default();
            assert!(!is_machine_readable_line(&wrong), "{wrong}");
        }
        assert!(!is_machine_readable_line(""));
    }

    #[test]
    fn a_polish_passport_has_its_check_digit() {
        assert!(is_polish_passport("ZS0000177"));
        assert!(!is_polish_passport("ZS0000178") && !is_polish_passport("ZS000017"));
    }
}
