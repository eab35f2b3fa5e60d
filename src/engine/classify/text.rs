//! Personal data in free text: where it stands and what it is.
//!
//! One pass finds candidates with an automaton that is built once (linear time, whatever the
//! text); each candidate is confirmed by the checks of [`checks`]. Names and special categories
//! are not looked for here.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::checks::{self, Form, NationalId, national};
use super::fold::fold;
use crate::model::Category;

/// A place in a text, in characters (not bytes) from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TextSpan {
    /// First character.
    pub start: usize,
    /// Character after the last.
    pub end: usize,
    /// What it is.
    pub category: Category,
}

/// Bytes before a number in which a word may say what the number is.
const CONTEXT: usize = 24;

/// What may be personal data, to be confirmed. The alternatives are ordered: the first that
/// matches at a place wins. Every repetition is bounded, so that no text makes the search look
/// far ahead again and again.
static CANDIDATES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?P<email>[^\s@<>()\[\]{},;:"!?/\\|=&#*]{1,64}@[^\s@<>()\[\]{},;:"'!?/\\|=&#*]{1,100})"#,
        r"|(?P<iban>\b[A-Za-z]{2}[0-9]{2}(?:[ ]?[A-Za-z0-9]{4}){2,7}(?:[ ]?[A-Za-z0-9]{1,3})?\b)",
        r"|(?P<ip>\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b)",
        r"|(?P<code>\b[A-Z]{6}[A-Z0-9]{10}\b|\b[XYZ]?[0-9]{7,8}[A-Z]{1,2}\b|\b[0-9]{6}[-+A-F][0-9]{3}[0-9A-Y]\b|\b[A-Z]{2}[ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?[A-D]\b)",
        r"|(?P<number>(?:\+|\(\+?)?[0-9](?:[ ()./\-]{0,2}[0-9]){6,23})",
    ))
    .expect("the pattern is fixed and tested")
});

/// The personal data in a text, in order, without overlaps.
pub fn spans(text: &str) -> Vec<TextSpan> {
    let mut found = Vec::new();
    // Characters up to this byte have been counted.
    let (mut counted_bytes, mut counted) = (0, 0);
    for captures in CANDIDATES.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        let group = |name: &str| captures.name(name).is_some();
        let mut candidate = whole.as_str();
        let category = if group("email") {
            candidate = candidate.trim_end_matches(|last: char| !last.is_alphanumeric());
            email(text, whole.start(), candidate)
        } else if group("iban") {
            checks::is_iban(candidate).then_some(Category::BankAccount)
        } else if group("ip") {
            checks::is_ip_address(candidate).then_some(Category::IpAddress)
        } else if group("code") {
            national_id(candidate, NationalId::is_evident)
        } else {
            number(text, whole.start(), candidate)
        };
        let Some(category) = category else { continue };
        counted += text[counted_bytes..whole.start()].chars().count();
        let end = counted + candidate.chars().count();
        found.push(TextSpan { start: counted, end, category });
        (counted_bytes, counted) = (whole.start() + candidate.len(), end);
    }
    found
}

/// An address that is not the end of a longer run of letters.
fn email(text: &str, start: usize, candidate: &str) -> Option<Category> {
    let cut_off = candidate.find('@') == Some(64)
        && text[..start].ends_with(|before: char| before.is_alphanumeric());
    (!cut_off && checks::is_email(candidate)).then_some(Category::Email)
}

/// What a number is, by its check digits, its form, and the words before it.
fn number(text: &str, start: usize, candidate: &str) -> Option<Category> {
    if start > 0 && text[..start].ends_with(|before: char| before.is_alphanumeric()) {
        return None;
    }
    let hint = hint(text, start);
    if hint == Some(Hint::Reference) {
        return None;
    }
    if checks::is_card(candidate) {
        return Some(Category::CreditCard);
    }
    let counts = |id: NationalId| id.is_evident() || hint == Some(Hint::NationalId);
    if let Some(category) = national_id(candidate, counts) {
        return Some(category);
    }
    let telephone = match checks::phone_form(candidate)? {
        Form::International => true,
        Form::Separated => {
            hint == Some(Hint::Phone) || candidate.trim_start_matches('(').starts_with('0')
        }
        Form::Plain => hint == Some(Hint::Phone),
    };
    telephone.then_some(Category::PhoneNumber)
}

fn national_id(candidate: &str, counts: impl Fn(NationalId) -> bool) -> Option<Category> {
    let mut found = false;
    national::run(candidate, |id| found |= counts(id));
    found.then_some(Category::NationalIdentifier)
}

/// What the words just before a number say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    Phone,
    NationalId,
    /// An order, an invoice, an article: not a person's.
    Reference,
}

#[rustfmt::skip]
const PHONES: [&str; 24] = [
    "cell", "cellulare", "celular", "fax", "gsm", "handy", "kinito", "komorka", "mobil",
    "mobile", "mobiel", "movil", "phone", "portable", "puhelin", "tel", "telefon", "telefono",
    "telefone", "telefoon", "telephone", "whatsapp", "κινητο", "τηλεφωνο",
];

#[rustfmt::skip]
const IDS: [&str; 29] = [
    "afm", "amka", "bsn", "cnp", "cpr", "dni", "egn", "hetu", "idnr", "kennitala", "nhs", "nie",
    "nif", "nino", "nir", "oib", "personnummer", "pesel", "pps", "rc", "rodne", "ssn", "steuer",
    "steuerid", "svnr", "taj", "tin", "αμκα", "егн",
];

#[rustfmt::skip]
const REFERENCES: [&str; 18] = [
    "article", "auftrag", "bestellung", "case", "commande", "factura", "facture", "invoice",
    "order", "ordine", "pedido", "rechnung", "ref", "serial", "ticket", "tracking", "version",
    "zamowienie",
];

fn hint(text: &str, start: usize) -> Option<Hint> {
    let from = text[..start].char_indices().rev().take(CONTEXT).last().map_or(start, |(at, _)| at);
    let before = fold(&text[from..start]);
    let words = before.rsplit(|character: char| !character.is_alphabetic());
    words.filter(|word| !word.is_empty()).take(3).find_map(|word| {
        let is_in = |list: &[&str]| list.contains(&word);
        match () {
            () if is_in(&PHONES) => Some(Hint::Phone),
            () if is_in(&IDS) => Some(Hint::NationalId),
            () if is_in(&REFERENCES) => Some(Hint::Reference),
            () => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<(String, Category)> {
        let piece = |span: &TextSpan| {
            text.chars().skip(span.start).take(span.end - span.start).collect::<String>()
        };
        spans(text).iter().map(|span| (piece(span), span.category)).collect()
    }

    #[test]
    fn personal_data_is_found_where_it_stands() {
        for (text, piece, category) in [
            ("<mailto:ada@example.org>, x", "ada@example.org", Category::Email),
            ("Bitte an jörg@müller.example schreiben.", "jörg@müller.example", Category::Email),
            ("Rückruf unter +49 30 901820, danke", "+49 30 901820", Category::PhoneNumber),
            ("tel: 0301234567", "0301234567", Category::PhoneNumber),
            (
                "IBAN DE89 3704 0044 0532 0130 00.",
                "DE89 3704 0044 0532 0130 00",
                Category::BankAccount,
            ),
            ("paid with 4111 1111 1111 1111", "4111 1111 1111 1111", Category::CreditCard),
            ("logged in from 192.0.2.7 again", "192.0.2.7", Category::IpAddress),
            ("codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S", Category::NationalIdentifier),
            ("PESEL 44051401359", "44051401359", Category::NationalIdentifier),
            ("hetu 131052-308T", "131052-308T", Category::NationalIdentifier),
            ("Její číslo je Ř: +420 601 123 456", "+420 601 123 456", Category::PhoneNumber),
        ] {
            assert_eq!(found(text), [(piece.to_owned(), category)], "{text}");
        }
    }

    #[test]
    fn look_alikes_are_left_alone() {
        for text in [
            "order 4711000123",
            "Invoice no. 2024-000123-77",
            "meeting 2024-05-01 at 10:30",
            "version 1.2.3",
            "epoch 1732000000",
            "DE00 3704 0044 0532 0130 00",
            "4111 1111 1111 1112",
            "total 1.234.567,00",
            "health check endpoint",
            "SKU-000123 and AB-778-221",
            "@home a@b",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn texts_made_to_be_slow_are_read_in_linear_time() {
        // Read quadratically, these would take hours.
        for piece in ["1111111_", "a", "a.", "1 ", "@", "a@", "DE89 ", "+1", "ABCDEF", "('"] {
            let text = piece.repeat(1_000_000 / piece.len());
            assert!(spans(&text).len() < text.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_ordered_spans_within_it(text in "\\PC{0,200}") {
            let length = text.chars().count();
            let mut end = 0;
            for span in spans(&text) {
                prop_assert!(end <= span.start && span.start < span.end && span.end <= length);
                end = span.end;
            }
        }

        #[test]
        fn digits_and_separators_do_no_harm(text in "[0-9 +()./A-Z@-]{0,300}") {
            spans(&text);
        }
    }
}
