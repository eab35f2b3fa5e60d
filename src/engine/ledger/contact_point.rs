//! One spelling for each contact point, so that the same address always has the same reference.

use crate::engine::classify::checks::{in_full, without_trunk};
use crate::model::{CallingCode, Channel};

/// The normal form of a contact point, or `None` when it cannot be one.
///
/// E-mail: trimmed and lower-cased. RFC 5321 §2.4 lets the local part be case-sensitive, but no
/// provider of note makes use of it and CRMs compare without case. Telephone and fax: digits with
/// a leading `+`; `00` is read as `+`. With the code of the country that the CRM's numbers are dialled in, national
/// numbers become international ones (E.164). Post and push: trimmed, lower-cased, inner white space folded.
pub fn normalise(channel: Channel, text: &str, home: Option<CallingCode>) -> Option<String> {
    let normalised = match channel {
        Channel::Email => {
            let address = text.trim().to_lowercase();
            let (local, domain) = address.rsplit_once('@')?;
            (!local.is_empty() && domain.contains('.')).then_some(address)?
        }
        Channel::Sms | Channel::Phone | Channel::Fax => telephone(text, home)?,
        Channel::Post | Channel::Push => {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ").to_lowercase()
        }
    };
    (!normalised.is_empty()).then_some(normalised)
}

/// ITU-T E.164 allows 15 digits; fewer than 6 are an extension, not a subscriber.
fn telephone(text: &str, home: Option<CallingCode>) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = text.trim_start().starts_with('+') || digits.starts_with("00");
    let subscriber = if international { digits.trim_start_matches('0') } else { &digits };
    if !(6..=15).contains(&subscriber.len()) {
        return None;
    }
    let full = home.and_then(|home| match international {
        true => without_trunk(subscriber),
        false => in_full(home, subscriber),
    });
    let international = international || full.is_some();
    let number = full.as_deref().unwrap_or(subscriber);
    Some(if international { ["+", number].concat() } else { number.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one() {
        let email = |text| normalise(Channel::Email, text, None);
        assert_eq!(email(" Ada@Example.ORG "), email("ada@example.org"));
        let phone = |text| normalise(Channel::Phone, text, None);
        assert_eq!(phone("+49 (30) 123-456"), phone("004930123456"));
        assert_ne!(phone("+4930123456"), phone("4930123457"));
    }

    #[test]
    fn national_numbers_are_international_ones_of_their_country_alone() {
        let germany = CallingCode::of("DE");
        let phone = |text| normalise(Channel::Sms, text, germany);
        let full = Some("+491512340370".to_owned());
        for text in ["+49 151 2340370", "0151 2340370", "0049151/2340370", "+49 (0)151-2340370"] {
            assert_eq!(phone(text), full, "{text}");
        }
        for text in ["0151 2340370", "+49 (0)151-2340370"] {
            assert_ne!(normalise(Channel::Sms, text, None), full, "{text}");
        }
        assert_eq!(phone("+39 06 1234 5678"), Some("+390612345678".to_owned()));
        assert_eq!(phone("123"), None);
    }

    #[test]
    fn what_cannot_be_an_address_has_no_normal_form() {
        assert_eq!(normalise(Channel::Email, "nobody", None), None);
        assert_eq!(normalise(Channel::Email, "@example.org", None), None);
        assert_eq!(normalise(Channel::Phone, "123", None), None);
        assert_eq!(normalise(Channel::Post, "  ", None), None);
    }
}
