//! VAT numbers of the European Union, Northern Ireland and the United Kingdom, each with its
//! country's check (VIES; the algorithms as python-stdnum gathers them). They name a business, often
//! a person.

use super::national::NationalId;
use super::national::digits::{luhn, mod_11_10, weighted};

/// Longest VAT number without separators.
const LONGEST: usize = 14;

/// Whether a text is a VAT number with its country's prefix.
pub fn is_vat_number(text: &str) -> bool {
    if text.len() > 20 || !text.is_ascii() {
        return false;
    }
    let (mut buffer, mut length) = ([0; LONGEST], 0);
    for byte in text.bytes().filter(|byte| !b" .-".contains(byte)) {
        let Some(place) = buffer.get_mut(length) else { return false };
        *place = byte.to_ascii_uppercase();
        length += 1;
    }
    let compact = core::str::from_utf8(&buffer[..length]).unwrap_or_default();
    compact.split_at_checked(2).is_some_and(|(country, body)| is_vat_body(country, body))
}

/// Whether a text without separators, in upper case, is what follows the prefix of a country
/// (`EL` is Greece, `XI` Northern Ireland). Without its prefix a number needs a word beside it.
pub fn is_vat_body(country: &str, body: &str) -> bool {
    let (mut digits, mut count) = ([0; LONGEST], 0);
    for byte in body.bytes().filter(u8::is_ascii_digit).take(LONGEST) {
        digits[count] = u32::from(byte - b'0');
        count += 1;
    }
    let digits = &digits[..count];
    match country {
        "AT" => body.len() == 9 && body.starts_with('U') && austrian(digits),
        "CY" => NationalId::Cypriot.is_valid(body),
        "ES" => NationalId::Spanish.is_valid(body) || spanish(body),
        "FR" => body.len() == 11 && french(digits),
        "IE" => NationalId::Irish.is_valid(body),
        "NL" => {
            let (number, suffix) = (body.get(..9), body.get(9..10));
            body.len() == 12
                && suffix == Some("B")
                && digits.len() == 11
                && (number.is_some_and(|number| NationalId::Dutch.is_valid(number))
                    || dutch(digits))
        }
        _ => {
            digits.len() == body.len()
                && digits.iter().any(|digit| *digit > 0)
                && all_digits(country, body, digits)
        }
    }
}

/// The countries whose numbers are digits alone.
fn all_digits(country: &str, body: &str, digits: &[u32]) -> bool {
    let sum = |weights: &[u32]| weighted(digits, weights);
    let last = digits.last().copied().unwrap_or(0);
    match (country, digits.len()) {
        ("BE", 10) => {
            digits[0] <= 1 && remainder(&digits[..8], 97) + remainder(&digits[8..], 100) == 97
        }
        ("BG", 9) => bulgarian(digits),
        ("BG", 10) => {
            NationalId::Bulgarian.is_valid(body) || NationalId::BulgarianForeigner.is_valid(body)
        }
        ("CZ", 8) => (11 - sum(&[8, 7, 6, 5, 4, 3, 2]) % 11) % 10 == last && digits[0] != 9,
        ("CZ", 9 | 10) => NationalId::Czech.is_valid(body),
        ("DE", 9) => digits[0] != 0 && mod_11_10(digits),
        ("DK", 8) => digits[0] != 0 && sum(&[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        ("EE", 9) => sum(&[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10),
        ("EL" | "GR", 9) => NationalId::GreekTax.is_valid(body),
        ("FI", 8) => sum(&[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11),
        ("HR", 11) => NationalId::Croatian.is_valid(body),
        ("HU", 8) => sum(&[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10),
        ("IT", 11) => luhn(digits),
        ("LT", 9 | 12) => lithuanian(digits),
        ("LU", 8) => remainder(&digits[..6], 89) == remainder(&digits[6..], 100),
        ("LV", 11) if digits[0] > 3 => sum(&[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3,
        ("LV", 11) => NationalId::Latvian.is_valid(body),
        ("MT", 8) => sum(&[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37),
        ("PL", 10) => sum(&[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == last,
        ("PT", 9) => digits[0] != 0 && (11 - sum(&[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == last,
        ("RO", 2..=10) => romanian(digits),
        ("SE", 12) => digits[10..] == [0, 1] && luhn(&digits[..10]),
        ("SI", 8) => NationalId::SlovenianTax.is_valid(body),
        ("SK", 10) => digits[0] != 0 && remainder(digits, 11) == 0,
        ("GB" | "XI", 9 | 12) => british(&digits[..9]),
        _ => false,
    }
}

/// The number that digits write, modulo another.
fn remainder(digits: &[u32], modulus: u32) -> u32 {
    digits.iter().fold(0, |remainder, digit| (remainder * 10 + digit) % modulus)
}

/// Digit sums of products with 1 and 2, and four.
fn austrian(digits: &[u32]) -> bool {
    let [body @ .., check] = digits else { return false };
    let product = |(index, digit): (usize, &u32)| match index % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    let sum: u32 = body.iter().enumerate().map(product).sum();
    body.len() == 7 && (96 - sum) % 10 == *check
}

/// Two rounds of weights modulo 11.
fn bulgarian(digits: &[u32]) -> bool {
    let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
    let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10;
    (if first == 10 { second } else { first }) == digits[8]
}

/// The check of the personal code, over weights that begin again after nine.
fn lithuanian(digits: &[u32]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let round = |start: usize| {
        let weights = (1..=9).cycle().skip(start);
        body.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11
    };
    let first = round(0);
    let expected = if first == 10 { round(2) % 10 } else { first };
    body[body.len() - 1] == 1 && expected == *check
}

/// MOD 97-10 over the whole number, N being 23, L 21 and B 11.
fn dutch(digits: &[u32]) -> bool {
    let spelled = [2, 3, 2, 1].iter().chain(&digits[..9]).chain(&[1, 1]).chain(&digits[9..]);
    spelled.fold(0, |remainder, digit| (remainder * 10 + digit) % 97) == 1
}

/// Weights 753217532, right-aligned, times ten modulo 11.
fn romanian(digits: &[u32]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let weights = &[7, 5, 3, 2, 1, 7, 5, 3, 2][9 - body.len()..];
    digits[0] != 0 && 10 * weighted(body, weights) % 11 % 10 == *check
}

/// Weights 8 to 2 and two check digits, modulo 97; from 2009 with 55 added.
fn british(digits: &[u32]) -> bool {
    let sum = weighted(digits, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    sum == 0 || sum == 42
}

/// CIF of a company: a letter, seven digits, a check digit or letter by Luhn's way.
fn spanish(body: &str) -> bool {
    let bytes = body.as_bytes();
    if bytes.len() != 9
        || !b"ABCDEFGHJNPQRSUVW".contains(&bytes[0])
        || !bytes[1..8].iter().all(u8::is_ascii_digit)
    {
        return false;
    }
    let product = |(index, byte): (usize, &u8)| {
        let digit = u32::from(byte - b'0');
        if index % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
    };
    let sum: u32 = bytes[1..8].iter().enumerate().map(product).sum();
    let check = ((10 - sum % 10) % 10) as usize;
    let (digit, letter) = (b"0123456789"[check], b"JABCDEFGHI"[check]);
    match bytes[0] {
        b'P' | b'Q' | b'S' => bytes[8] == letter,
        b'A' | b'B' | b'E' | b'H' => bytes[8] == digit,
        _ => bytes[8] == digit || bytes[8] == letter,
    }
}

/// Key 12 + 3 × SIREN mod 97 (numeric keys), the SIREN by Luhn's check.
fn french(digits: &[u32]) -> bool {
    digits.len() == 11
        && luhn(&digits[2..])
        && remainder(&digits[..2], 100) == (12 + 3 * remainder(&digits[2..], 97)) % 97
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in [
            "ATU10990695",
            "ATU48506950",
            "BE0812932551",
            "BE0318589174",
            "BG110670473",
            "BG043214273",
            "CY45783513C",
            "CY55493533G",
            "CZ00165859",
            "CZ63099438",
            "DE465731002",
            "DE517000525",
            "DK48403425",
            "DK40312676",
            "EE502766444",
            "EE818108848",
            "EL472027038",
            "EL717565641",
            "ESH52483518",
            "ESW68761717",
            "FI75555393",
            "FI86755729",
            "FR67967060401",
            "FR69183903483",
            "HR07685359395",
            "HR24963549080",
            "HU22655907",
            "HU24931892",
            "IE8673385B",
            "IE9405367H",
            "IT48914490155",
            "IT53166420157",
            "LT159873415",
            "LT780507816",
            "LU16072176",
            "LU02763949",
            "LV42165186702",
            "LV43613095571",
            "MT83566558",
            "MT33989110",
            "NL652874745B98",
            "NL617695222B37",
            "PL3200009450",
            "PL5005579102",
            "PT736666796",
            "PT166370037",
            "RO87360080",
            "RO90705708",
            "SE725687021801",
            "SE457523538901",
            "SI70135797",
            "SI12393444",
            "SK2329019770",
            "SK7171569592",
            "DE 136695976",
            "NL004495445B01",
        ] {
            assert!(is_vat_number(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for text in [
            "",
            "DE",
            "DE136695977",
            "IT00743110158",
            "BE0428759498",
            "PL8567346216",
            "ATU13585628",
            "FR41303265045",
            "XX136695976",
            "DE13669597€",
            "RO0000000000",
            "EE000000000",
            "ATU69920575",
            "BE0816871045",
            "BG899418249",
            "CY70588240H",
            "CZ34651030",
            "DE238522294",
            "DK08635024",
            "EE765832848",
            "EL857017638",
            "ESC50475514",
            "FI23163935",
            "FR39545035167",
            "HR74123317829",
            "HU80617136",
            "IE4661197S",
            "IT38365440154",
            "LT172040213",
            "LU62438722",
            "LV41141314213",
            "MT00765432",
            "NL114717152B81",
            "PL8517803425",
            "PT471161903",
            "RO32881777",
            "SE851152670801",
            "SI84388869",
            "SK8354754943",
        ] {
            assert!(!is_vat_number(text), "{text}");
        }
    }
}
