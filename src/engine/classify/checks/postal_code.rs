//! Postal codes by country, in the forms of the Universal Postal Union's addressing systems (S42): `9` is a
//! digit, `A` a capital letter, all else itself.

/// The forms of each country, ISO 3166-1 alpha-2: of the states whose identifiers are known, and of Canada
/// and the United States.
#[rustfmt::skip]
const FORMS: &[(&str, &[&str])] = &[
    ("AT", &["9999"]), ("BE", &["9999"]), ("BG", &["9999"]), ("CA", &["A9A 9A9"]), ("CH", &["9999"]),
    ("CY", &["9999"]), ("CZ", &["999 99"]), ("DE", &["99999"]), ("DK", &["9999"]), ("EE", &["99999"]),
    ("ES", &["99999"]), ("FI", &["99999"]), ("FR", &["99999"]),
    ("GB", &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"]),
    ("GR", &["999 99"]), ("HR", &["99999"]), ("HU", &["9999"]), ("IE", &["A99 XXXX", "A9A XXXX"]), ("IS", &["999"]),
    ("IT", &["99999"]), ("LT", &["99999"]), ("LU", &["9999"]), ("LV", &["9999"]), ("MT", &["AAA 9999"]),
    ("NL", &["9999 AA"]), ("NO", &["9999"]), ("PL", &["99-999"]), ("PT", &["9999-999"]), ("RO", &["999999"]),
    ("SE", &["999 99"]), ("SI", &["9999"]), ("SK", &["999 99"]), ("US", &["99999", "99999-9999"]),
];

/// Countries that put their code, or the one of vehicles, before: `D-10115`, `L-1234`, `LV-1010`.
#[rustfmt::skip]
const BEFORE: &[(&str, &str)] = &[
    ("A-", "AT"), ("AT-", "AT"), ("B-", "BE"), ("BE-", "BE"), ("CH-", "CH"), ("CZ-", "CZ"), ("D-", "DE"), ("DE-", "DE"),
    ("DK-", "DK"), ("F-", "FR"), ("FI-", "FI"), ("FR-", "FR"), ("HR-", "HR"), ("I-", "IT"), ("IS-", "IS"), ("IT-", "IT"),
    ("L-", "LU"), ("LT-", "LT"), ("LU-", "LU"), ("LV-", "LV"), ("N-", "NO"), ("NO-", "NO"), ("S-", "SE"), ("SE-", "SE"),
    ("SI-", "SI"), ("SK-", "SK"),
];

/// Whether a text is a postal code of a country, with or without the space and what stands before.
pub fn is_postal_code_of(country: &str, text: &str) -> bool {
    let mut before = BEFORE.iter().filter(|(_, of)| *of == country);
    let code = before.find_map(|(before, _)| text.strip_prefix(before)).unwrap_or(text);
    let forms = FORMS.iter().find(|(of, _)| *of == country).map_or(&[][..], |(_, forms)| *forms);
    forms.iter().any(|form| fits(code, form))
}

/// Whether a text is a postal code that says so by its form: letters, a hyphen, a space, or the country
/// before it. Digits alone may be any number, and a year before a hyphen is that of an invoice.
pub fn is_telling_postal_code(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let length = (5..=10).contains(&text.len());
    let year = matches!(text.get(..2), Some("19" | "20"));
    let numbered = year && text.get(4..5) == Some("-");
    !plain
        && length
        && !numbered
        && FORMS.iter().any(|(country, _)| is_postal_code_of(country, text))
}

/// Whether a text is a postal code with letters in it: British, Irish, Maltese, Canadian, Dutch.
pub fn is_lettered_postal_code(text: &str) -> bool {
    let lettered = ["GB", "IE", "MT", "CA", "NL"];
    lettered.iter().any(|country| is_postal_code_of(country, text))
}

/// Whether a text has a form; its space may be missing.
fn fits(text: &str, form: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    for place in form.bytes() {
        let fits = match (place, bytes.peek()) {
            (b' ', Some(b' ')) => true,
            (b' ', _) => continue,
            (b'9', Some(byte)) => byte.is_ascii_digit(),
            (b'A', Some(byte)) => byte.is_ascii_uppercase(),
            (b'X', Some(byte)) => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            (other, Some(byte)) => other == *byte,
            (_, None) => false,
        };
        if !fits {
            return false;
        }
        bytes.next();
    }
    bytes.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_each_country_pass() {
        for (country, code) in [
            ("AT", "1010"),
            ("BE", "B-1000"),
            ("BG", "1000"),
            ("CA", "K1A 0B1"),
            ("CH", "CH-8001"),
            ("CY", "1011"),
            ("CZ", "110 00"),
            ("DE", "D-10115"),
            ("DK", "2100"),
            ("EE", "10111"),
            ("ES", "28014"),
            ("FI", "FI-00100"),
            ("FR", "75001"),
            ("GB", "SW1A 1AA"),
            ("GB", "M1 1AE"),
            ("GR", "105 57"),
            ("HR", "HR-10000"),
            ("HU", "1051"),
            ("IE", "D02 AF30"),
            ("IE", "D6W XY00"),
            ("IS", "101"),
            ("IT", "00184"),
            ("LT", "LT-01103"),
            ("LU", "L-1234"),
            ("LV", "LV-1010"),
            ("MT", "VLT 1117"),
            ("NL", "1016 GV"),
            ("NO", "0150"),
            ("PL", "00-950"),
            ("PT", "4050-031"),
            ("RO", "400120"),
            ("SE", "SE-111 34"),
            ("SI", "1000"),
            ("SK", "81101"),
            ("US", "62704-1234"),
        ] {
            assert!(is_postal_code_of(country, code), "{country} {code}");
        }
        for code in ["110 00", "00-950", "4050-031", "D02AF30", "LV-1010", "1016 GV", "L-1234"] {
            assert!(is_telling_postal_code(code), "{code}");
        }
    }

    #[test]
    fn other_codes_are_refused() {
        for (country, code) in [
            ("DE", "1011"),
            ("DE", "PL-10115"),
            ("PL", "00950"),
            ("PT", "4050-31"),
            ("NL", "1016 gv"),
            ("GB", "SW1A 1A1"),
            ("IE", "D02"),
            ("XX", "1000"),
            ("AT", ""),
            ("SE", "111-34"),
            ("US", "62704-12"),
        ] {
            assert!(!is_postal_code_of(country, code), "{country} {code}");
        }
        for code in ["10115", "2024-118", "A-12345", "v1.2", "AB-123-CD", "12.03.1985", "12 345"] {
            assert!(!is_telling_postal_code(code), "{code}");
        }
        assert!(!is_lettered_postal_code("00-950"));
    }

    #[test]
    fn every_country_before_a_code_has_forms() {
        assert!(BEFORE.iter().all(|(_, of)| FORMS.iter().any(|(country, _)| country == of)));
    }
}
