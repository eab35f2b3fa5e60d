//! The one e-mail address of a text: with a display name, in angle brackets, as a link or with what somebody typed
//! behind it, as exports, forms and copies from a header write addresses.
//!
//! RFC 5321 §2.4 lets the part before the `@` be case-sensitive, but no provider of note makes use of it and CRMs
//! compare without case. A domain is written as it is sent: without the dot of the root, international ones in
//! Punycode (UTS #46).

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::char::is_combining_mark;

/// Ends the part before the `@`, unless it is quoted.
const AROUND: &str = "<>()[]{},;:\"\\@|„“”«»‹›";

/// The address, of a text in lower case; `None` when it holds none, or several: it is then not known which is meant.
pub fn normalise(text: &str) -> Option<String> {
    let text = unlinked(text);
    let mut only = None;
    for (at, _) in text.match_indices('@') {
        let Some(address) = address(&text[..at], &text[at + 1..]) else { continue };
        if only.as_ref().is_some_and(|it| *it != address) {
            return None;
        }
        only = Some(address);
    }
    only
}

/// A link as the address that it leads to (RFC 6068).
fn unlinked(text: &str) -> Cow<'_, str> {
    let Some((_, link)) = text.split_once("mailto:") else { return Cow::Borrowed(text) };
    let address = link.split(['?', '>']).next().unwrap_or(link);
    percent_encoding::percent_decode_str(address).decode_utf8_lossy()
}

/// The address around an `@`.
fn address(before: &str, behind: &str) -> Option<String> {
    let local = local(before);
    let domain = domain(behind);
    (!local.is_empty() && domain.contains('.')).then(|| [local, "@", &domain].concat())
}

fn local(before: &str) -> &str {
    if let Some(quoted) = before.strip_suffix('"') {
        return quoted.rsplit_once('"').map_or("", |(_, local)| local);
    }
    let ends = |it: char| it.is_whitespace() || AROUND.contains(it);
    let local = before.rsplit(ends).next().unwrap_or(before);
    local.trim_start_matches(['.', '\''])
}

fn domain(behind: &str) -> Cow<'_, str> {
    let belongs = |it: char| it.is_alphanumeric() || "-._。".contains(it) || is_combining_mark(it);
    let domain = behind.split(|it| !belongs(it)).next().unwrap_or(behind);
    let domain = domain.trim_end_matches(['.', '-', '_', '。']);
    if domain.is_ascii() && !domain.contains("xn--") {
        return Cow::Borrowed(domain);
    }
    let (deny, length) = (AsciiDenyList::EMPTY, DnsLength::Ignore);
    let sent = Uts46::new().to_ascii(domain.as_bytes(), deny, Hyphens::Allow, length);
    // What is no domain is at least always the same text.
    sent.unwrap_or(Cow::Borrowed(domain))
}

#[cfg(test)]
mod tests {
    use crate::engine::ledger::normalise;
    use crate::model::Channel;

    fn email(text: &str) -> Option<String> {
        normalise(Channel::Email, text, None)
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for text in [
            " Ada@Example.ORG ",
            "Ada Lovelace <ada@example.org>",
            "\"Lovelace, Ada\" <ADA@example.org>",
            "<ada@example.org>",
            "<mailto:ada@example.org>",
            "mailto:ada@example.org?subject=Stop&cc=bob@example.org",
            "mailto:ada%40example.org",
            "ada@example.org <ada@example.org>",
            "ada@example.org (Ada)",
            "ada@example.org.",
            "ada@example.org,",
            "ada@example.org;",
            "'ada@example.org'",
            "“ada@example.org”",
            "E-Mail: ada@example.org",
            "[Ada](mailto:ada@example.org)",
            "\"ada\"@example.org",
            "ada＠example．org",
        ] {
            assert_eq!(email(text).as_deref(), Some("ada@example.org"), "{text}");
        }
    }

    #[test]
    fn a_domain_is_one_in_each_of_its_alphabets() {
        let sent = Some("ada@xn--bcher-kva.example".to_owned());
        for text in
            ["Ada@BÜCHER.example", "ada@bu\u{308}cher.example", "ada@XN--BCHER-kva.example."]
        {
            assert_eq!(email(text), sent, "{text}");
        }
        assert_eq!(email("zoe\u{308}@example.org"), email("ZOË@example.org"));
        assert_ne!(email("ada@bucher.example"), sent);
        assert_ne!(email("zoe@example.org"), email("zoë@example.org"));
        assert_eq!(email("ada@xn--\u{fc}.example"), email("ADA@XN--\u{dc}.example"));
    }

    #[test]
    fn another_address_has_another_normal_form() {
        let ada = email("ada@example.org");
        for text in [
            "ada@example.com",
            "ada.lovelace@example.org",
            "ada+news@example.org",
            "ada@mail.example.org",
            "o'ada@example.org",
            "Ada <eve@example.org>",
        ] {
            assert!(email(text).is_some(), "{text}");
            assert_ne!(email(text), ada, "{text}");
        }
        assert_eq!(email("mailto:ada%2Bnews@example.org"), email("ada+news@example.org"));
    }

    #[test]
    fn what_holds_no_address_or_several_has_no_normal_form() {
        for text in [
            "nobody",
            "@example.org",
            "ada@localhost",
            "ada@.",
            "ada at example.org",
            "ada@example.org, bob@example.org",
            "ada@example.org <bob@example.org>",
        ] {
            assert_eq!(email(text), None, "{text}");
        }
    }
}
