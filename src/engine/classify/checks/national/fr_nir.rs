//! France: NIR (INSEE): sex, year, month, department, commune, serial number and the key 97 − number
//! mod 97; Corsica writes 2A and 2B, read as 19 and 18.

use super::Identifier;
use super::digits::number;

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["FR", "MC"],
    shapes: &["999999999999999", "999999A99999999"],
    check: "mod 97",
    source: "Décret n° 82-103; INSEE",
    chance: 5,
    evident: true,
    keywords: &[
        "carte vitale",
        "insee",
        "n ss",
        "nir",
        "no ss",
        "num secu",
        "num securite sociale",
        "numero de securite sociale",
        "numero insee",
        "numero secu",
        "numero ss",
        "securite sociale",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    if text.len() != 15 || !text.is_ascii() {
        return false;
    }
    let (Some(head), Some(tail), Some(key)) =
        (number(&text[..5]), number(&text[7..13]), number(&text[13..]))
    else {
        return false;
    };
    let department = match &text[5..7] {
        "2A" => 19,
        "2B" => 18,
        other => match number(other) {
            Some(department @ 1..=99) => department,
            _ => return false,
        },
    };
    let month_fits = matches!(head % 100, 1..=12 | 20 | 30..=42 | 50..=99);
    let sex_fits = matches!(head / 10_000, 1..=4 | 7 | 8);
    let body = (head * 100 + department) * 1_000_000 + tail;
    sex_fits && month_fits && key == 97 - body % 97
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["295109912611193", "253072B07300470", "253072A07300443"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["295109912611199", "253072C07300443", "295139912611193", "29510991261119", ""]
        {
            assert!(!is_valid(text), "{text}");
        }
    }
}
