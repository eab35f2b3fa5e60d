//! MIN-002: personal data that no rule asks for in a text that anybody may write.
//!
//! *What*: a note, a description or a text within JSON holds an identifier with right check digits,
//! a bank account or a card number (GDPR Art. 5(1)(c)).
//!
//! *Not*: order numbers, UUIDs and timestamps; the checks of [`text`] decide, and a key within JSON
//! counts as the word before its value.

use crate::engine::classify::text;
use crate::engine::nested::{self, Visitor};
use crate::model::{Category, Structure};

/// Digits that the shortest of these identifiers has.
const FEWEST_DIGITS: usize = 6;

/// What a text should not hold, if it does.
pub fn mention(content: &str) -> Option<Category> {
    let digits = content.bytes().filter(u8::is_ascii_digit).count();
    if digits < FEWEST_DIGITS || is_uuid(content) {
        return None;
    }
    let spans = text::spans(content);
    let categories = spans.iter().map(|span| span.category);
    categories.filter(|category| is_unasked(*category)).max()
}

/// As [`mention`], for each text within a value that is put together of others.
pub fn mention_within(structure: &Structure, content: &str) -> Option<Category> {
    let mut texts = Texts::default();
    nested::read(structure, content, &mut texts);
    texts.found
}

fn is_unasked(category: Category) -> bool {
    use Category::*;
    matches!(category, BankAccount | CreditCard | NationalIdentifier)
}

fn is_uuid(content: &str) -> bool {
    let content = content.trim();
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    content.len() == 36 && content.bytes().all(hexadecimal)
}

#[derive(Default)]
struct Texts {
    /// The keys that lead to where the walk stands; none for an element.
    keys: Vec<Option<String>>,
    found: Option<Category>,
}

impl Visitor for Texts {
    fn key(&mut self, key: &str) -> bool {
        self.keys.push(Some(key.to_owned()));
        true
    }

    fn element(&mut self) {
        self.keys.push(None);
    }

    fn leave(&mut self) {
        self.keys.pop();
    }

    fn value(&mut self, text: &str, type_oid: u32) {
        // Only texts: any number may have right check digits.
        if Structure::of_type(type_oid) != Structure::Plain || is_number(type_oid) || is_uuid(text)
        {
            return;
        }
        let key = self.keys.iter().rev().flatten().next();
        let key = key.map_or(String::new(), |key| key.replace(['_', '-'], " "));
        self.found = self.found.max(mention(&format!("{key} {text}")));
    }
}

fn is_number(type_oid: u32) -> bool {
    matches!(type_oid, 16 | 20 | 21 | 23 | 700 | 701 | 790 | 1700)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_with_right_check_digits_are_found() {
        for (content, category) in [
            ("pays from DE89 3704 0044 0532 0130 00", Category::BankAccount),
            ("card 4111 1111 1111 1111", Category::CreditCard),
            ("codice fiscale RSSMRA85T10A562S", Category::NationalIdentifier),
        ] {
            assert_eq!(mention(content), Some(category), "{content}");
            let document = format!(r#"{{"a":[{{"note":"{content}"}}]}}"#);
            assert_eq!(mention_within(&Structure::Json, &document), Some(category), "{content}");
        }
    }

    #[test]
    fn order_numbers_uuids_and_timestamps_are_not() {
        for content in [
            "order 4711000123 of 2024-05-01T10:30:00Z",
            "550e8400-e29b-41d4-a716-446655440000",
            "12345678-1234-1234-1234-123456789012",
            "epoch 1732000000, version 1.2.3",
            "ada@example.org",
        ] {
            assert_eq!(mention(content), None, "{content}");
        }
        for document in [
            r#"{"order_no":"4111111111111111"}"#,
            r#"{"id":4111111111111111,"at":"2024-05-01T10:30:00Z"}"#,
        ] {
            assert_eq!(mention_within(&Structure::Json, document), None, "{document}");
        }
    }
}
