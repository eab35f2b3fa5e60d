//! One spelling for each contact point, so that the same address always has the same reference.

mod email;
mod telephone;

use unicode_normalization::UnicodeNormalization;

use crate::model::{CallingCode, Channel};

/// The normal form of a contact point, or `None` when it cannot be one.
///
/// E-mail: the one address that the text holds, in lower case, its domain as it is sent ([`email`]). Telephone and
/// fax: digits with a leading `+` for international ones, an extension behind them ([`telephone`]). Post and push:
/// trimmed, lower-cased, inner white space folded.
pub fn normalise(channel: Channel, text: &str, home: Option<CallingCode>) -> Option<String> {
    let text = composed(text);
    let normalised = match channel {
        Channel::Email => email::normalise(&text)?,
        Channel::Sms | Channel::Phone | Channel::Fax => telephone::normalise(&text, home)?,
        Channel::Post | Channel::Push => {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ")
        }
    };
    (!normalised.is_empty()).then_some(normalised)
}

/// In lower case, with what looks alike written alike: compatibility forms composed (NFKC), and without characters
/// that nobody sees, which copies from messengers and exports of spreadsheets bring along.
fn composed(text: &str) -> String {
    let seen = |it: &char| !is_invisible(*it);
    match text.is_ascii() {
        true => text.chars().filter(seen).collect::<String>().to_ascii_lowercase(),
        // Lower case may take characters apart again.
        false => text.nfkc().filter(seen).collect::<String>().to_lowercase().nfc().collect(),
    }
}

/// Soft hyphens, joiners, marks of direction and of byte order, variation selectors; and controls but for those that
/// part words.
fn is_invisible(it: char) -> bool {
    match it {
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0f}' => true,
        _ => it.is_control() && !it.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_makes_no_other_contact_point() {
        for text in
            ["\u{feff}Ada@Example.org", "ada@exam\u{200b}ple.org\u{a0}", "ada@example.org\0"]
        {
            let plain = normalise(Channel::Email, "ada@example.org", None);
            assert_eq!(normalise(Channel::Email, text, None), plain, "{text:?}");
        }
        let plain = normalise(Channel::Sms, "+49 151 2340370", None);
        for text in [
            "\u{202a}+49 151 2340370\u{202c}",
            "+49\u{a0}151\u{202f}2340370",
            "＋49 １５１ 2340370",
        ] {
            assert_eq!(normalise(Channel::Sms, text, None), plain, "{text:?}");
        }
        let post = |text| normalise(Channel::Post, text, None);
        assert_eq!(post("Rue de l'E\u{301}glise\u{a0}4"), post(" rue de l'église  4"));
        assert_ne!(post("Rue de l'Église 4"), post("Rue de l'Église 5"));
    }

    #[test]
    fn what_is_empty_has_no_normal_form() {
        for channel in [Channel::Email, Channel::Sms, Channel::Post, Channel::Push] {
            for text in ["", "  ", "\u{feff}\u{200b}"] {
                assert_eq!(normalise(channel, text, None), None, "{text:?}");
            }
        }
    }
}
