//! VAT numbers of the European Union with the check digits of the larger member states
//! (the validation algorithms of the VIES documentation). They name a business, often a person.

/// Whether a text is a VAT number with its country's prefix.
pub fn is_vat_number(text: &str) -> bool {
    if text.len() > 20 || !text.is_ascii() {
        return false;
    }
    let compact: String = text
        .chars()
        .filter(|character| !" .-".contains(*character))
        .map(|character| character.to_ascii_uppercase())
        .collect();
    let Some((country, body)) = compact.split_at_checked(2) else { return false };
    let digits: Vec<u32> = body.chars().filter_map(|character| character.to_digit(10)).collect();
    let all_digits = digits.len() == body.len();
    match country {
        "DE" => all_digits && digits.len() == 9 && german(&digits),
        "IT" => all_digits && digits.len() == 11 && super::national::digits::luhn(&digits),
        "BE" => all_digits && digits.len() == 10 && belgian(body),
        "PL" => all_digits && digits.len() == 10 && polish(&digits),
        "AT" => body.len() == 9 && body.starts_with('U') && austrian(&digits),
        "FR" => body.len() == 11 && french(body),
        "NL" => body.len() == 12 && body.as_bytes()[9] == b'B' && digits.len() == 11,
        _ => false,
    }
}

/// ISO 7064 MOD 11,10.
fn german(digits: &[u32]) -> bool {
    digits[0] != 0 && super::national::digits::mod_11_10(digits)
}

/// 97 − number mod 97.
fn belgian(body: &str) -> bool {
    let parsed = (body[..8].parse::<u32>(), body[8..].parse::<u32>());
    matches!(parsed, (Ok(number), Ok(check)) if 97 - number % 97 == check)
}

/// Weights 6,5,7,2,3,4,5,6,7 modulo 11.
fn polish(digits: &[u32]) -> bool {
    super::national::digits::weighted(digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digits[9]
}

/// Digit sums of products with 1 and 2, and four.
fn austrian(digits: &[u32]) -> bool {
    let [body @ .., check] = digits else { return false };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    body.len() == 7 && (96 - sum) % 10 == *check
}

/// Key 12 + 3 × SIREN mod 97 (numeric keys), the SIREN by Luhn's check.
fn french(body: &str) -> bool {
    let (key, siren) = body.split_at(2);
    let digits: Vec<u32> = siren.chars().filter_map(|character| character.to_digit(10)).collect();
    let parsed = (key.parse::<u64>(), siren.parse::<u64>());
    digits.len() == 9
        && super::national::digits::luhn(&digits)
        && matches!(parsed, (Ok(key), Ok(siren)) if key == (12 + 3 * (siren % 97)) % 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass() {
        for text in [
            "DE 136695976",
            "IT00743110157",
            "BE0428759497",
            "PL8567346215",
            "ATU13585627",
            "FR40303265045",
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
        ] {
            assert!(!is_vat_number(text), "{text}");
        }
    }
}
