//! Arithmetic that many check digits share.

/// The digits of a text that has nothing but `count` digits.
pub(super) fn digits<const COUNT: usize>(text: &str) -> Option<[u32; COUNT]> {
    let bytes: &[u8; COUNT] = text.as_bytes().try_into().ok()?;
    let mut digits = [0; COUNT];
    for (digit, byte) in digits.iter_mut().zip(bytes) {
        *digit = char::from(*byte).to_digit(10)?;
    }
    Some(digits)
}

/// The number that a text of at most eighteen digits writes.
pub(super) fn number(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0'))
    })
}

/// Sum of products, over the shorter of both.
pub fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Luhn's check (ISO/IEC 7812-1 annex B): every second digit from the right is doubled.
pub fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| match index % 2 {
            0 => digit,
            _ if digit > 4 => 2 * digit - 9,
            _ => 2 * digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// ISO 7064 MOD 11,10 with the check digit last.
pub fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}

/// Years in which people who are alive may have been born. lawtail reads no clock here; the end
/// leaves head room for the years in which a release is used.
pub(super) const BIRTHS: core::ops::RangeInclusive<u32> = 1900..=2039;

/// Whether a day is in the calendar and someone who is alive may have been born on it.
pub(super) fn is_birth(year: u32, month: u32, day: u32) -> bool {
    BIRTHS.contains(&year) && (1..=days(year, month)).contains(&day)
}

/// Whether a day whose century is not told may be the birth of someone who is alive.
pub(super) fn is_short_date(year: u32, month: u32, day: u32) -> bool {
    is_birth(1900 + year, month, day) || is_birth(2000 + year, month, day)
}

/// Days of a month, none where there is no such month.
fn days(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// Whether all digits are the same, as placeholders have them.
pub(super) fn is_monotone(digits: &[u32]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// ICAO Doc 9303-3 §4.9: digits and letters (A is 10) with the weights 7,3,1 in turn, the check
/// digit last.
pub fn mod_7_3_1(text: &[u8]) -> bool {
    let Some((check, body)) = text.split_last() else { return false };
    let weights = [7, 3, 1].into_iter().cycle();
    let value = |byte: &u8| char::from(*byte).to_digit(36).unwrap_or(0);
    let sum: u32 = body.iter().zip(weights).map(|(byte, weight)| value(byte) * weight).sum();
    check.is_ascii_digit() && sum % 10 == u32::from(check - b'0')
}

/// Verhoeff's check (Mathematical Centre Tracts 29, 1969), the check digit last: the digits, each
/// permuted by its place from the right, multiply to the neutral element of the dihedral group of
/// the pentagon.
pub(super) fn verhoeff(digits: &[u32]) -> bool {
    const PERMUTED: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = digits.iter().rev().enumerate().fold(0, |product, (place, &digit)| {
        let permuted = (0..place % 8).fold(digit, |digit, _| PERMUTED[digit as usize]);
        dihedral(product, permuted)
    });
    product == 0
}

/// The product in the dihedral group of the pentagon: 0 to 4 turn it, 5 to 9 reflect it.
fn dihedral(left: u32, right: u32) -> u32 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (5 + left - right) % 5,
    }
}

/// Two digits as a number.
pub(super) fn pair(digits: &[u32], at: usize) -> u32 {
    digits[at] * 10 + digits[at + 1]
}

/// The letter at a place of an alphabet, as check characters are.
pub(super) fn letter(alphabet: &str, place: u64) -> Option<char> {
    alphabet.as_bytes().get(usize::try_from(place).ok()?).map(|&byte| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_births() {
        assert!(is_birth(2000, 2, 29) && is_birth(1984, 2, 29) && is_short_date(0, 2, 29));
        for (year, month, day) in
            [(1900, 2, 29), (1985, 2, 29), (1990, 4, 31), (1990, 13, 1), (1990, 1, 0), (1899, 1, 1)]
        {
            assert!(!is_birth(year, month, day), "{year}-{month}-{day}");
        }
    }

    #[test]
    fn verhoeff_finds_every_changed_digit_and_every_exchange_of_neighbours() {
        let right = [2, 3, 6, 3];
        assert!(verhoeff(&right));
        for place in 0..4 {
            for digit in (0..10).filter(|digit| *digit != right[place]) {
                let mut wrong = right;
                wrong[place] = digit;
                assert!(!verhoeff(&wrong), "{wrong:?}");
            }
        }
        assert!(!verhoeff(&[3, 2, 6, 3]) && !verhoeff(&[2, 6, 3, 3]) && !verhoeff(&[2, 3, 3, 6]));
    }
}
