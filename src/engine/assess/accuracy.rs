//! ACC-001: contact data that nobody can be reached by.
//!
//! *What*: a value is written into a column of addresses, numbers, postal codes or countries, and
//! its form cannot be that of one (GDPR Art. 5(1)(d)).
//!
//! *Not*: what may be right. Forms of other times and systems (X.400, names around an address,
//! several numbers in one cell, extensions, countries that are no more), values that were masked,
//! hashed or erased on purpose, and the many ways to write that there is none.

use crate::model::{self, Category};

/// Words for "there is none".
const NONE: [&str; 16] = [
    "-",
    "--",
    "n/a",
    "na",
    "n.a.",
    "none",
    "null",
    "nil",
    "unknown",
    "unbekannt",
    "inconnu",
    "keine",
    "k.a.",
    "tbd",
    "?",
    ".",
];

/// Words in values that were taken out on purpose.
const TAKEN_OUT: [&str; 25] = [
    "redact",
    "delet",
    "anonym",
    "anonim",
    "anónim",
    "erased",
    "mask",
    "removed",
    "pseudonym",
    "gelöscht",
    "geloescht",
    "supprim",
    "hidden",
    "eliminad",
    "eliminat",
    "borrado",
    "apagado",
    "usunięt",
    "smazán",
    "verwijderd",
    "raderad",
    "slettet",
    "poistettu",
    "törölt",
    "șters",
];

/// Beginnings of words that stand in the place of a value that was taken out. No name begins like that.
const INSTEAD: [&str; 23] = [
    "redact",
    "delete",
    "anonym",
    "anonim",
    "anónim",
    "erased",
    "masked",
    "removed",
    "pseudonym",
    "gelöscht",
    "geloescht",
    "supprim",
    "eliminad",
    "eliminat",
    "borrado",
    "apagado",
    "usunięt",
    "smazán",
    "verwijderd",
    "raderad",
    "slettet",
    "poistettu",
    "törölt",
];

/// Whether values of this category have a form to be looked at; that of contact data of any kind is said by
/// the row.
pub fn has_form(category: Category) -> bool {
    use Category::*;
    matches!(category, Contact | Email | PhoneNumber | FaxNumber | PostalCode | Country)
}

/// Whether a value cannot be what its column is for. False for every other category.
pub fn is_malformed(category: Category, text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.len() > 1024 {
        return false;
    }
    // Nearly every value is well-formed, so its form is looked at first.
    let malformed = match category {
        Category::Email => text.split([';', ',']).any(|part| is_no_email(part.trim())),
        Category::PhoneNumber | Category::FaxNumber => is_no_phone_number(text),
        Category::PostalCode => is_no_postal_code(text),
        Category::Country => is_no_country(text),
        _ => false,
    };
    malformed && !is_left_out(text)
}

/// Whether a text is a word for "there is none".
pub fn is_none(text: &str) -> bool {
    NONE.contains(&text.to_lowercase().as_str())
}

/// Said to be missing, masked, hashed or erased.
pub fn is_left_out(text: &str) -> bool {
    let hexadecimal =
        text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if hexadecimal || text.contains(['*', '•', '█', '#']) {
        return true;
    }
    // Most numbers have no letter, and no word stands in them.
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic()) {
        return NONE.contains(&text);
    }
    let lower = text.to_lowercase();
    NONE.contains(&lower.as_str())
        || lower.contains("xxx")
        || TAKEN_OUT.iter().any(|word| lower.contains(word))
}

/// Whether nothing of a value is left: it is blank, masked or hashed, or a few words say that it was taken out.
/// Narrower than [`is_left_out`]: what is taken for erased is not asked for a basis.
pub fn is_erased(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let hexadecimal =
        text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let masked = text.contains(['*', '•', '█']);
    if text.is_empty() || hexadecimal || masked || NONE.contains(&text.as_str()) {
        return true;
    }
    let words = text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
    let says_so = |word: &str| {
        let crossed = word.len() > 2 && word.bytes().all(|byte| byte == b'x');
        crossed || INSTEAD.iter().any(|beginning| word.starts_with(beginning))
    };
    words.clone().count() <= 4 && words.into_iter().any(says_so)
}

fn is_no_email(part: &str) -> bool {
    // "Ada Lovelace <ada@example.org>", mailto: and SMTP: around an address.
    let inner = part.split_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(part);
    let after = |prefix: &&str| {
        let (scheme, address) = inner.split_at_checked(prefix.len())?;
        scheme.eq_ignore_ascii_case(prefix).then_some(address)
    };
    let address = ["mailto:", "smtp:"].iter().find_map(after).unwrap_or(inner).trim();
    // X.400, Exchange and Notes name people by paths; UUCP by routes.
    if address.is_empty() || address.contains(['/', '!']) {
        return false;
    }
    let Some((local, domain)) = address.rsplit_once('@') else { return true };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let local_is_wrong = local.is_empty()
        || (!quoted && local.contains(|one: char| one.is_whitespace() || one == '@'));
    let literal = domain.starts_with('[') && domain.ends_with(']');
    let label_is_wrong = |label: &str| {
        let wrong = |one: char| !one.is_alphanumeric() && one != '-' && one != '_';
        label.is_empty() || label.starts_with('-') || label.ends_with('-') || label.contains(wrong)
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    local_is_wrong || (!literal && domain.split('.').any(label_is_wrong))
}

fn is_no_phone_number(text: &str) -> bool {
    let digits = text.chars().filter(|one| one.is_numeric()).count();
    let letters = text.chars().filter(|one| one.is_alphabetic()).count();
    let several = text.contains(['/', ';', ',']) || text.contains(" or ");
    let most = if several { 60 } else { 24 };
    // Extensions and vanity numbers have letters.
    digits < 3 || digits > most || text.contains('@') || (letters > 0 && letters > 2 * digits)
}

fn is_no_postal_code(text: &str) -> bool {
    let allowed = |one: char| one.is_alphanumeric() || matches!(one, ' ' | '-' | '.');
    text.chars().count() > 14 || !text.chars().all(allowed) || !text.contains(char::is_numeric)
}

/// Names of countries are written in every language, so only codes and impossible names are told.
fn is_no_country(text: &str) -> bool {
    let count = text.chars().count();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return count > 3;
    }
    if count == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return model::Country::from_code(text).is_none();
    }
    text.chars().any(|one| one.is_numeric() || matches!(one, '@' | '=' | '<' | '>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_holds_a_sign_or_begins_like_a_word_for_nobody_is_not_erased() {
        for text in
            ["", " ", "***", "A*** B***", "ANONYM", "Deleted User", "xxx", "n/a", "gelöscht"]
        {
            assert!(is_erased(text), "{text}");
        }
        assert!(is_erased("anonymized-77@example.invalid"));
        for text in ["Maskell", "Apt #4, 12 Hill Road", "Hidden Valley Road 4", "Xaxx", "Delétang"]
        {
            assert!(!is_erased(text), "{text}");
        }
    }

    #[test]
    fn what_cannot_reach_anybody_is_malformed() {
        for (category, texts) in [
            (
                Category::Email,
                &[
                    "not-an-address",
                    "ada@",
                    "@example.org",
                    "ada@exa mple.org",
                    "ada@example..org",
                    "ada@@example.org",
                ][..],
            ),
            (Category::PhoneNumber, &["abc", "12ab", "ada@example.org", "call the office"][..]),
            (Category::PostalCode, &["Berlin", "12345@", "a very long text with 1"][..]),
            (Category::Country, &["XX", "ada@example.org", "12345", "Germany1"][..]),
        ] {
            for text in texts {
                assert!(is_malformed(category, text), "{category:?} {text}");
            }
        }
    }

    #[test]
    fn legacy_forms_masked_and_missing_values_are_left_alone() {
        for (category, texts) in [
            (
                Category::Email,
                &[
                    "ada@example.org",
                    "Ada <ada@example.org>",
                    "a@x.org; b@y.org",
                    "/o=Example/ou=First/cn=ada",
                    "SMTP:ada@example.org",
                    "jörg@müller.example",
                    "ada@localhost",
                    "a***@example.org",
                    "ERASED:4711",
                    "n/a",
                    " ",
                    "d41d8cd98f00b204e9800998ecf8427e",
                    "\"ada l\"@example.org",
                    "ada.@docomo.example",
                ][..],
            ),
            (
                Category::PhoneNumber,
                &[
                    "+49 30 901820",
                    "030/901820 or 0171/1234567",
                    "112",
                    "1-800-FLOWERS",
                    "030 901820 ext. 12",
                    "0xxx-xxxx",
                ][..],
            ),
            (
                Category::PostalCode,
                &["10115", "D-10115", "SW1A 1AA", "1080", "K1A 0B1", "00-950"][..],
            ),
            (
                Category::Country,
                &["DE", "YU", "UK", "Österreich", "deu", "276", "Côte d'Ivoire"][..],
            ),
            (Category::FirstName, &["@"][..]),
        ] {
            for text in texts {
                assert!(!is_malformed(category, text), "{category:?} {text}");
            }
        }
    }
}
