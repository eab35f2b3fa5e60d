//! Finland: henkilötunnus: date of birth, century sign (from 2023 Y X W V U as - and B C D E F as A),
//! serial number, character at the number modulo 31. Written with its sign always.

use super::Identifier;
use super::digits::{digits, is_birth, letter, number, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["FI"],
    shapes: &["999999-999X"],
    check: "mod 31 character, date",
    source: "Laki 661/2009; asetus 1218/2022",
    chance: 1,
    evident: true,
    keywords: &[
        "henkilotunnuksen",
        "henkilotunnus",
        "hetu",
        "personbeteckning",
        "sosiaaliturvatunnus",
        "sotu",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if text.len() != 11 || !text.is_ascii() {
        return false;
    }
    let century = match text.as_bytes()[6] {
        b'-' | b'U'..=b'Y' => 1900,
        b'A'..=b'F' => 2000,
        b'+' => 1800,
        _ => return false,
    };
    let (Some(date), Some(head)) = (digits::<6>(&text[..6]), number(&text[..6])) else {
        return false;
    };
    let (day, month, year) = (pair(&date, 0), pair(&date, 2), century + pair(&date, 4));
    let Some(serial) = number(&text[7..10]) else { return false };
    let check = letter("0123456789ABCDEFHJKLMNPRSTUVWXY", (head * 1000 + serial) % 31);
    serial >= 2 && is_birth(year, month, day) && check == text.chars().last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["131052-308T", "131052Y308T"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["131052-308U", "310252-308T", "131052G308T", "131052308T", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
