//! E-mail addresses: the shape of RFC 5321 §4.1.2, with letters of every script (RFC 6531).

use super::super::fold::fold;

/// Longest address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

/// Whether a text is an e-mail address.
pub fn is_email(text: &str) -> bool {
    parts(text).is_some()
}

/// Mailboxes of roles, in order.
const ROLES: [&str; 108] = [
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administracao",
    "administracion",
    "administratie",
    "amministrazione",
    "asiakaspalvelu",
    "bestellung",
    "bestellungen",
    "bewerbung",
    "bewerbungen",
    "billing",
    "biuro",
    "bonjour",
    "buchhaltung",
    "career",
    "careers",
    "comercial",
    "commercial",
    "compras",
    "contact",
    "contacto",
    "contato",
    "contatti",
    "datenschutz",
    "dev",
    "do-not-reply",
    "donotreply",
    "dpo",
    "einkauf",
    "facturation",
    "fakturace",
    "faktury",
    "feedback",
    "gdpr",
    "hallo",
    "hello",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "invoices",
    "it",
    "jobs",
    "kancelaria",
    "karriere",
    "klantenservice",
    "kontakt",
    "kundeservice",
    "kundservice",
    "legal",
    "logistik",
    "mail",
    "marketing",
    "news",
    "newsletter",
    "no-reply",
    "noreply",
    "obchod",
    "obsluga",
    "office",
    "ops",
    "order",
    "orders",
    "ordini",
    "post",
    "posta",
    "postmaster",
    "press",
    "privacy",
    "recepcion",
    "recepcja",
    "reception",
    "rechnung",
    "rechnungen",
    "reklamacje",
    "rezeption",
    "root",
    "sales",
    "secretaria",
    "secretariat",
    "security",
    "segreteria",
    "sekretariat",
    "service",
    "service-client",
    "serviceclient",
    "shop",
    "sklep",
    "support",
    "szamlazas",
    "team",
    "technik",
    "ugyfelszolgalat",
    "vendite",
    "ventas",
    "ventes",
    "verkauf",
    "versand",
    "vertrieb",
    "verwaltung",
    "webmaster",
    "webshop",
    "zakaznicky-servis",
    "zentrale",
];

/// Whether a text is the address of a role (`info@`, `sales@`) and so names nobody.
pub fn is_role_mailbox(text: &str) -> bool {
    parts(text).is_some_and(|(local, _)| ROLES.binary_search(&fold(local).as_str()).is_ok())
}

fn parts(text: &str) -> Option<(&str, &str)> {
    if text.len() > LONGEST {
        return None;
    }
    let (local, domain) = text.rsplit_once('@')?;
    let local_fits = (1..=64).contains(&local.len()) && (is_dotted(local) || is_quoted(local));
    (local_fits && is_domain(domain)).then_some((local, domain))
}

fn is_dotted(local: &str) -> bool {
    !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|character| {
            character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
        })
}

/// `"ada lovelace"@example.org`: anything printable, quotes and backslashes behind a backslash.
fn is_quoted(local: &str) -> bool {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut escaped = false;
    inner.is_some_and(|inner| {
        !inner.is_empty()
            && inner.chars().all(|character| {
                let fits = escaped || character != '"';
                escaped = !escaped && character == '\\';
                fits && !character.is_control()
            })
            && !escaped
    })
}

/// Endings of files, which are no top-level domains: `logo@2x.png`.
const FILES: [&str; 10] = ["css", "gif", "html", "jpeg", "jpg", "js", "pdf", "png", "svg", "webp"];

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
        && (last.starts_with("xn--") || last.chars().all(char::is_alphabetic))
        && !FILES.iter().any(|file| last.eq_ignore_ascii_case(file));
    last_fits && domain.split('.').all(label_fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised() {
        for text in [
            "ada@example.org",
            "o'neil+crm@mail.example.co.uk",
            "jörg@müller.example",
            "\"ada l\"@example.org",
            "a@xn--mller-kva.xn--p1ai",
        ] {
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
            "image@2x.png",
            "git@example.org:team/repository.git",
            "\"a\"b\"@example.org",
            "\"a\\\"@example.org",
            "\"@example.org",
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
