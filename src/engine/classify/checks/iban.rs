//! International bank account numbers: ISO 13616, lengths of the SWIFT IBAN registry, check digits
//! by ISO 7064 MOD 97-10.

/// Country and length, ordered by country.
const LENGTHS: &[(&str, u8)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// Longest IBAN that ISO 13616 allows.
const LONGEST: usize = 34;

/// Whether a text is an IBAN, with or without spaces.
pub fn is_iban(text: &str) -> bool {
    if text.len() > 48 {
        return false;
    }
    let (mut buffer, mut count) = ([0; LONGEST], 0);
    for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
        let Some(place) = buffer.get_mut(count) else { return false };
        *place = byte.to_ascii_uppercase();
        count += 1;
    }
    let compact = &buffer[..count];
    let country = compact.get(..2).and_then(|country| std::str::from_utf8(country).ok());
    country.and_then(iban_length) == Some(compact.len())
        && compact[2..4].iter().all(u8::is_ascii_digit)
        && remainder(compact) == Some(1)
}

/// The length of the numbers of a country by its code in either case; `None` for what is no code.
pub fn iban_length(country: &str) -> Option<usize> {
    let mut code: [u8; 2] = country.as_bytes().try_into().ok()?;
    code.make_ascii_uppercase();
    let [first, second] = code.map(|letter| usize::from(letter.wrapping_sub(b'A')));
    let length = if first < 26 && second < 26 { BY_CODE[26 * first + second] } else { 0 };
    (length > 0).then_some(usize::from(length))
}

/// The lengths by both letters of the code.
const BY_CODE: [u8; 26 * 26] = {
    let (mut lengths, mut place) = ([0; 26 * 26], 0);
    while place < LENGTHS.len() {
        let code = LENGTHS[place].0.as_bytes();
        let at = 26 * (code[0] - b'A') as usize + (code[1] - b'A') as usize;
        lengths[at] = LENGTHS[place].1;
        place += 1;
    }
    lengths
};

/// The number that the moved and spelled-out IBAN forms, modulo 97.
fn remainder(compact: &[u8]) -> Option<u32> {
    compact[4..].iter().chain(&compact[..4]).try_fold(0, |remainder, &byte| match byte {
        b'0'..=b'9' => Some((remainder * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((remainder * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_of_the_registry_pass() {
        for text in [
            "DE89 3704 0044 0532 0130 00",
            "GB82WEST12345698765432",
            "fr1420041010050500013M02606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(is_iban(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in [
            "",
            "DE",
            "DE89370400440532013001",
            "DE8937040044053201300",
            "ZZ89370400440532013000",
            "DEX9370400440532013000",
            "ORDER-2024-0001",
        ] {
            assert!(!is_iban(text), "{text}");
        }
    }

    #[test]
    fn the_registry_is_in_order() {
        assert!(LENGTHS.is_sorted());
    }
}
