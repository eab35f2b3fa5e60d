//! Belgium: national register number and BIS number (month + 20 or + 40): date of birth, serial
//! number, 97 − number mod 97, with a 2 before the number for births from 2000. Month and day are 0
//! where they are not known.

use super::Identifier;
use super::digits::{digits, is_birth, number, pair};

/// What is known of it.
pub(super) const ABOUT: Identifier = Identifier {
    countries: &["BE"],
    shapes: &["99999999999"],
    check: "mod 97, date",
    source: "Arrêté royal du 3 avril 1984",
    chance: 1,
    evident: true,
    keywords: &[
        "bis nummer",
        "insz",
        "nationaal nummer",
        "niss",
        "nn",
        "nrn",
        "numero bis",
        "numero national",
        "registre national",
        "rijksregister",
        "rijksregisternummer",
        "rrn",
    ],
};

/// Whether a text without separators, in upper case, is such a number.
pub(super) fn is_valid(text: &str) -> bool {
    let Some(all) = digits::<11>(text) else { return false };
    let (Some(body), Some(check)) = (number(&text[..9]), number(&text[9..])) else { return false };
    let dated = |century: u32| {
        let (month, day) = (pair(&all, 2), pair(&all, 4));
        let (year, month_of_year) = (century + pair(&all, 0), month % 20);
        month < 53
            && match month_of_year {
                0 => day <= 31 && year <= 2039,
                _ if day == 0 => month_of_year <= 12 && year <= 2039,
                _ => is_birth(year, month_of_year, day),
            }
    };
    (97 - body % 97 == check && dated(1900))
        || (97 - (2_000_000_000 + body) % 97 == check && dated(2000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_given_pass() {
        for text in ["85073003328", "17073003384"] {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in ["85073003329", "85993003328", "8507300332", ""] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
