//! Italy: codice fiscale (DM 23/12/1976): six letters, year, month letter, day (women + 40), place,
//! check letter. Where two people would share one, digits are replaced by letters (omocodia).

use super::Identifier;
use super::digits::is_short_date;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["IT"],
    shapes: &["AAAAAAXXAXXAXXXA"],
    check: "mod 26 letter, date",
    source: "DM 23 dicembre 1976; DPR 605/1973",
    chance: 1,
    evident: true,
    keywords: &["c f", "cf", "cod fisc", "cod fiscale", "codice fiscale", "codicefiscale"],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Ok(bytes) = <&[u8; 16]>::try_from(text.as_bytes()) else { return false };
    if !bytes.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
        return false;
    }
    let letters =
        [0, 1, 2, 3, 4, 5, 11, 15].iter().all(|&at: &usize| bytes[at].is_ascii_uppercase());
    let place = [12, 13, 14].iter().all(|&at: &usize| digit(bytes[at]).is_some());
    letters && place && has_date(bytes) && has_check_letter(bytes)
}

/// A digit, or the letter that stands for one.
fn digit(byte: u8) -> Option<u32> {
    let place = match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        _ => b"LMNPQRSTUV".iter().position(|letter| *letter == byte)?,
    };
    u32::try_from(place).ok()
}

fn has_date(bytes: &[u8; 16]) -> bool {
    let two = |at: usize| Some(digit(bytes[at])? * 10 + digit(bytes[at + 1])?);
    let month = (1..).zip(b"ABCDEHLMPRST").find(|(_, letter)| **letter == bytes[8]);
    let (Some(year), Some((month, _)), Some(day)) = (two(6), month, two(9)) else { return false };
    is_short_date(year, month, if day > 40 { day - 40 } else { day })
}

fn has_check_letter(bytes: &[u8; 16]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let value = |(index, &byte): (usize, &u8)| {
        let place = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' };
        if index % 2 == 0 { ODD[usize::from(place)] } else { u32::from(place) }
    };
    let sum: u32 = bytes[..15].iter().enumerate().map(value).sum();
    u32::from(bytes[15]) == u32::from(b'A') + sum % 26
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["RSSMRA85T10A562S", "RCCMNL83S18D969H", "CNTCHR83T41D969D"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in
            ["RSSMRA85T10A562T", "RSSMRA85T35A562S", "ABCDEFGHIJKLMNOP", "RSSMRA85T10A562", ""]
        {
            assert!(!is_valid(text), "{text}");
        }
    }
}
