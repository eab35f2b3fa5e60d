//! Italy: codice fiscale (DM 23/12/1976): six letters, year, month letter, day, place, check letter.
//! Where two people would share one, digits are replaced by letters (omocodia).

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || !bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return false;
    }
    const NUMERIC: [usize; 7] = [6, 7, 9, 10, 12, 13, 14];
    let shape = bytes.iter().enumerate().all(|(index, byte)| match index {
        8 => b"ABCDEHLMPRST".contains(byte),
        _ if NUMERIC.contains(&index) => byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte),
        _ => byte.is_ascii_uppercase(),
    });
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let sum: u32 = bytes[..15]
        .iter()
        .enumerate()
        .map(|(index, &byte)| {
            let place = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' };
            if index % 2 == 0 { ODD[usize::from(place)] } else { u32::from(place) }
        })
        .sum();
    shape && u32::from(bytes[15] - b'A'.min(bytes[15])) == sum % 26
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in ["RCCMNL83S18D969H", "RSSMRA85T10A562S", "MRTMTT91D08F205J"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in
            ["RCCMNL83S18D969A", "RSSMRA85T10A56", "RSSMRA85Z10A562S", "RSSMRA85T10A5621", ""]
        {
            assert!(!is_valid(text), "{text}");
        }
    }
}
