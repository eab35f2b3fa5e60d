//! MIN-002: personal data that no rule asks for in a text that anybody may write.
//!
//! *What*: a note, a description or a text within JSON holds an identifier with right check digits,
//! a bank account or a card number (GDPR Art. 5(1)(c)); where the rows are about people, also what
//! tells of a special category or of an offence (Art. 9(1), Art. 10).
//!
//! *Not*: order numbers, UUIDs and timestamps; the checks of [`text`] decide, and a key within JSON
//! counts as the word before its value. Descriptions of products and campaigns tell of no person.
//! Within JSON only sentences tell: a single word there is a term that a form offers.

use std::cmp::Reverse;

use crate::engine::classify::checks::national;
use crate::engine::classify::text::{self, TextSpan};
use crate::engine::nested::{self, Visitor};
use crate::model::limits::INSPECTED_BYTES;
use crate::model::{Category, Sensitivity, Severity, Structure};

/// Digits that the shortest of these identifiers has.
const FEWEST_DIGITS: usize = 6;

/// Spaces between the words of the shortest text within a value that is taken for a sentence.
const FEWEST_SPACES: usize = 2;

/// What a text should not hold, if it does: the gravest. `about_people`: whether a special category
/// that it speaks of is somebody's.
pub fn mention(content: &str, about_people: bool) -> Option<Category> {
    let content = beginning(content, INSPECTED_BYTES);
    let numbers = may_hold_identifier(content);
    if !numbers && !about_people {
        return None;
    }
    let reading = text::read(content);
    let unasked = reading.spans.iter().filter(|span| numbers && is_unasked(span.category));
    let unasked = unasked.filter(|span| is_checked(content, span)).map(|span| span.category);
    let special = reading.special.iter().filter(|_| about_people).map(|it| it.category());
    gravest(unasked.chain(special))
}

/// As [`mention`], for each text within a value that is put together of others.
pub fn mention_within(
    structure: &Structure,
    content: &str,
    about_people: bool,
) -> Option<Category> {
    let digits = content.bytes().any(|byte| byte.is_ascii_digit());
    if !digits && !about_people {
        return None;
    }
    let mut texts = Texts { keys: Vec::new(), left: INSPECTED_BYTES, about_people, found: None };
    nested::read(structure, content, &mut texts);
    texts.found
}

/// How much it matters that a text holds this.
pub fn severity(category: Category, ordinary: Severity) -> Severity {
    match category.sensitivity() {
        Sensitivity::Ordinary => ordinary,
        Sensitivity::Special | Sensitivity::Criminal => Severity::Critical,
    }
}

fn gravest(categories: impl Iterator<Item = Category>) -> Option<Category> {
    categories.max_by_key(|category| (category.sensitivity(), Reverse(*category)))
}

/// At most the first `most` bytes of a text.
fn beginning(content: &str, most: usize) -> &str {
    &content[..content.floor_char_boundary(most)]
}

fn may_hold_identifier(content: &str) -> bool {
    let digits = content.bytes().filter(u8::is_ascii_digit).count();
    digits >= FEWEST_DIGITS && !is_uuid(content)
}

fn is_unasked(category: Category) -> bool {
    use Category::*;
    matches!(category, BankAccount | CreditCard | NationalIdentifier)
}

/// Whether its check digits are right. [`text`] also knows what was mistyped behind a word for it, which stands for
/// somebody, but is no proof that one is kept here: samples and forms have them as well.
fn is_checked(content: &str, span: &TextSpan) -> bool {
    let text = || content.chars().skip(span.start).take(span.end - span.start).collect::<String>();
    span.category != Category::NationalIdentifier || national::is_any(&text(), false)
}

fn is_uuid(content: &str) -> bool {
    let content = content.trim();
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    content.len() == 36 && content.bytes().all(hexadecimal)
}

struct Texts {
    /// The keys that lead to where the walk stands; none for an element.
    keys: Vec<Option<String>>,
    /// Bytes of the cell that may still be read.
    left: usize,
    about_people: bool,
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
        if Structure::of_type(type_oid) != Structure::Plain || is_number(type_oid) {
            return;
        }
        let text = beginning(text, self.left);
        self.left -= text.len();
        let mut identifier = None;
        if may_hold_identifier(text) {
            let key = self.keys.iter().rev().flatten().next();
            let key = key.map_or(String::new(), |key| key.replace(['_', '-'], " "));
            identifier = mention(&format!("{key} {text}"), false);
        }
        let sentence = text.bytes().filter(|byte| *byte == b' ').count() >= FEWEST_SPACES;
        let special = (self.about_people && sentence).then(|| mention(text, true)).flatten();
        self.found = gravest([self.found, identifier, special].into_iter().flatten());
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
            assert_eq!(mention(content, false), Some(category), "{content}");
            let document = format!(r#"{{"a":[{{"note":"{content}"}}]}}"#);
            let within = mention_within(&Structure::Json, &document, false);
            assert_eq!(within, Some(category), "{content}");
        }
    }

    #[test]
    fn identifiers_with_wrong_check_digits_are_not() {
        for (right, wrong) in [
            ("DNI 12345678Z", "DNI 12345678A"),
            ("NIE X1234567L", "NIE X1234567A"),
            ("codice fiscale RSSMRA85T10A562S", "codice fiscale RSSMRA85T10A562A"),
            ("Steuer-ID 86095742719", "Steuer-ID 86095742718"),
        ] {
            assert_eq!(mention(right, true), Some(Category::NationalIdentifier), "{right}");
            assert_eq!(mention(wrong, true), None, "{wrong}");
        }
        for content in ["tarjeta 4111 1111 1111 1111", "carta 4111111111111111"] {
            assert_eq!(mention(content, true), Some(Category::CreditCard), "{content}");
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
            assert_eq!(mention(content, false), None, "{content}");
        }
        for document in [
            r#"{"order_no":"4111111111111111"}"#,
            r#"{"id":4111111111111111,"at":"2024-05-01T10:30:00Z"}"#,
        ] {
            assert_eq!(mention_within(&Structure::Json, document, true), None, "{document}");
        }
    }
    #[test]
    fn a_special_category_is_told_of_where_the_rows_are_about_people() {
        for (content, category) in [
            ("she is on insulin and tires easily", Category::Health),
            ("on insulin, pays with 4111 1111 1111 1111", Category::Health),
        ] {
            assert_eq!(mention(content, true), Some(category), "{content}");
            assert_ne!(mention(content, false), Some(category), "{content}");
            let document = format!(r#"{{"a":[{{"note":"{content}"}}]}}"#);
            let within = mention_within(&Structure::Json, &document, true);
            assert_eq!(within, Some(category), "{content}");
        }
        for content in [
            "call the health check endpoint before the demo",
            "asked for the political map of sales territories",
            "the report is a union of two tables",
        ] {
            assert_eq!(mention(content, true), None, "{content}");
        }
        let terms = r#"{"industry":"health care","status":"insulin"}"#;
        assert_eq!(mention_within(&Structure::Json, terms, true), None);
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_read() {
        let long =
            format!("{}é pays from DE89 3704 0044 0532 0130 00", "a".repeat(INSPECTED_BYTES));
        assert_eq!(mention(&long, true), None);
        let document =
            format!(r#"{{"a":"{}","b":"{long}","c":"on insulin again"}}"#, "a ".repeat(9));
        assert_eq!(mention_within(&Structure::Json, &document, true), None);
        assert!(severity(Category::Health, Severity::Medium) > Severity::Medium);
        assert_eq!(severity(Category::CreditCard, Severity::Medium), Severity::Medium);
    }
}
