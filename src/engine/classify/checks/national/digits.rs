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

/// The number that a text of digits writes.
pub(super) fn number(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
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

/// Whether a day of a month exists in some year; of a leap year where the year is not known.
pub(super) fn is_day(month: u32, day: u32) -> bool {
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Two digits as a number.
pub(super) fn pair(digits: &[u32], at: usize) -> u32 {
    digits[at] * 10 + digits[at + 1]
}

/// The letter at a place of an alphabet, as check characters are.
pub(super) fn letter(alphabet: &str, place: u64) -> Option<char> {
    alphabet.as_bytes().get(usize::try_from(place).ok()?).map(|&byte| char::from(byte))
}
