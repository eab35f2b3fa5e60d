//! E-mail addresses: the shape of RFC 5321 §4.1.2 without quoted local parts, which no CRM holds.

use super::super::fold::fold;

/// Longest address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

/// Whether a text is an e-mail address.
pub fn is_email(text: &str) -> bool {
    parts(text).is_some()
}

/// Whether a text is the address of a role (`info@`, `sales@`) and so names nobody.
pub fn is_role_mailbox(text: &str) -> bool {
    const ROLES: [&str; 40] = [
        "accounting",
        "accounts",
        "admin",
        "billing",
        "biuro",
        "bonjour",
        "buchhaltung",
        "contact",
        "contacto",
        "contato",
        "contatti",
        "dpo",
        "einkauf",
        "hallo",
        "hello",
        "help",
        "helpdesk",
        "hr",
        "info",
        "invoices",
        "kancelaria",
        "kontakt",
        "mail",
        "marketing",
        "no-reply",
        "noreply",
        "obchod",
        "office",
        "orders",
        "post",
        "postmaster",
        "press",
        "privacy",
        "sales",
        "service",
        "support",
        "team",
        "ventas",
        "verkauf",
        "webmaster",
    ];
    parts(text).is_some_and(|(local, _)| ROLES.binary_search(&fold(local).as_str()).is_ok())
}

fn parts(text: &str) -> Option<(&str, &str)> {
    if text.len() > LONGEST {
        return None;
    }
    let (local, domain) = text.rsplit_once('@')?;
    let local_fits = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|character| {
            // RFC 6531 allows letters of every script.
            character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
        });
    (local_fits && is_domain(domain)).then_some((local, domain))
}

/// At least two labels, the last of letters (or an internationalised `xn--` label).
fn is_domain(domain: &str) -> bool {
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    let Some((_, last)) = domain.rsplit_once('.') else { return false };
    let last_fits = last.chars().count() >= 2
        && (last.starts_with("xn--") || last.chars().all(char::is_alphabetic));
    last_fits && domain.split('.').all(label_fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised() {
        for text in ["ada@example.org", "o'neil+crm@mail.example.co.uk", "jörg@müller.example"] {
            assert!(is_email(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "@",
            "ada@",
            "ada@host",
            "ada@10.0.0.1",
            "a b@example.org",
            "a@-x.org",
            "a..b@example.org",
            "image@2x.png@",
        ] {
            assert!(!is_email(text), "{text}");
        }
    }

    #[test]
    fn a_role_is_no_person() {
        assert!(is_role_mailbox("Info@example.org"));
        assert!(!is_role_mailbox("ada.lovelace@example.org"));
    }
}
