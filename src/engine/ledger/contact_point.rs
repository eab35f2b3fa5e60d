//! One spelling for each contact point, so that the same address always has the same reference.

use crate::model::Channel;

/// The normal form of a contact point, or `None` when it cannot be one.
///
/// E-mail: trimmed and lower-cased. RFC 5321 §2.4 lets the local part be case-sensitive, but no
/// provider of note makes use of it and CRMs compare without case. Telephone and fax: digits with
/// a leading `+`; `00` is read as `+`. Post and push: trimmed, lower-cased, inner white space
/// folded.
pub fn normalise(channel: Channel, text: &str) -> Option<String> {
    let normalised = match channel {
        Channel::Email => {
            let address = text.trim().to_lowercase();
            let (local, domain) = address.rsplit_once('@')?;
            (!local.is_empty() && domain.contains('.')).then_some(address)?
        }
        Channel::Sms | Channel::Phone | Channel::Fax => telephone(text)?,
        Channel::Post | Channel::Push => {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ").to_lowercase()
        }
    };
    (!normalised.is_empty()).then_some(normalised)
}

/// ITU-T E.164 allows 15 digits; fewer than 6 are an extension, not a subscriber.
fn telephone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = text.trim_start().starts_with('+') || digits.starts_with("00");
    let subscriber = if international { digits.trim_start_matches('0') } else { &digits };
    let plausible = (6..=15).contains(&subscriber.len());
    plausible
        .then(|| if international { ["+", subscriber].concat() } else { subscriber.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one() {
        let email = |text| normalise(Channel::Email, text);
        assert_eq!(email(" Ada@Example.ORG "), email("ada@example.org"));
        let phone = |text| normalise(Channel::Phone, text);
        assert_eq!(phone("+49 (30) 123-456"), phone("004930123456"));
        assert_ne!(phone("+4930123456"), phone("4930123457"));
    }

    #[test]
    fn what_cannot_be_an_address_has_no_normal_form() {
        assert_eq!(normalise(Channel::Email, "nobody"), None);
        assert_eq!(normalise(Channel::Email, "@example.org"), None);
        assert_eq!(normalise(Channel::Phone, "123"), None);
        assert_eq!(normalise(Channel::Post, "  "), None);
    }
}
