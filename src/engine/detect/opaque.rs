//! How what nobody can read without a key is written: ciphertext, digests and sealed tokens, in the alphabets and wrappings
//! that programs use for bytes.

use std::borrow::Cow;

/// Bytes of a value that are looked at.
pub const LOOKED_AT: usize = 512;

/// Symbols of base64 that 128 bits take; and those of 96 bits, where many values are replaced at once.
const SHORTEST: usize = 22;
const SHORTEST_OF_MANY: usize = 16;

/// Symbols of base32 that 128 bits take.
const SHORTEST_BASE32: usize = 26;

/// Symbols of a line of base64 at least: usual are 60, 64 and 76.
const SHORTEST_LINE: usize = 32;

/// Marks between the parts of a token: `vault:v1:…`, a JWE's `….….…`, `ENC[AES256_GCM,data:…,iv:…]`, `{cipher}…`.
const BETWEEN: &[u8] = b":$.,;()[]{}<>|";

/// Whether a value looks like ciphertext or a digest.
pub fn is_ciphertext(value: &[u8]) -> bool {
    looks(value, &|part| is_symbols(part, SHORTEST))
}

/// The same, of one of many that are replaced at once: less is asked.
pub fn is_one_of_many(value: &[u8]) -> bool {
    looks(value, &|part| is_symbols(part, SHORTEST_OF_MANY))
}

/// Whether a value in a column for ciphertext is no clear text: of the little that a short one shows, chance leaves too
/// few kinds of symbols in one of twenty.
pub fn is_unreadable(value: &[u8]) -> bool {
    looks(value, &|part| is_symbols(part, SHORTEST) || is_like_base64(part))
}

/// Looks for symbols within the wrappings.
fn looks(value: &[u8], symbols: &dyn Fn(&[u8]) -> bool) -> bool {
    let value = value.trim_ascii();
    let value = &value[..value.len().min(LOOKED_AT)];
    if is_armour(value) || is_bcrypt(value) {
        return true;
    }
    // Most values are shorter than any other that is.
    if value.len() < SHORTEST_OF_MANY {
        return false;
    }
    if value.starts_with(b"{\"") || value.starts_with(b"{ ") {
        return is_envelope(value) || strings(value).any(|part| is_token(part, symbols));
    }
    is_token(value, symbols)
}

/// One run of symbols, in lines or not, or a row of them of which the longest tells.
fn is_token(value: &[u8], symbols: &dyn Fn(&[u8]) -> bool) -> bool {
    // A link may end with what looks like it.
    if value.windows(3).any(|part| part == b"://") {
        return false;
    }
    let value = unfolded(value);
    let value = value.strip_prefix(b"\\x").unwrap_or(&value);
    if value.iter().any(|byte| byte.is_ascii_whitespace() || !byte.is_ascii()) {
        return false;
    }
    let parts = value.split(|byte| BETWEEN.contains(byte));
    parts.max_by_key(|part| part.len()).is_some_and(symbols)
}

/// Lines of one length, but for the last, as one: MIME's base64 and its like. Within JSON the ends of lines are written
/// with a backslash.
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    let escaped = !value.contains(&b'\n') && value.windows(2).any(|pair| pair == b"\\n");
    if !escaped && !value.contains(&b'\n') {
        return Cow::Borrowed(value);
    }
    let text = String::from_utf8_lossy(value);
    let text =
        if escaped { text.replace("\\r", "").replace("\\n", "\n") } else { text.into_owned() };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Cow::Borrowed(value);
    };
    let even = lines[..lines.len() - 1].iter().all(|line| line.len() == first.len());
    let folded =
        lines.len() == 1 || even && first.len() >= SHORTEST_LINE && last.len() <= first.len();
    if folded { Cow::Owned(lines.concat().into_bytes()) } else { Cow::Borrowed(value) }
}

/// The strings of JSON, keys among them. What is cut off at the end is no matter.
fn strings(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b'"').skip(1).step_by(2)
}

/// JSON that keeps a value with what it takes to decrypt it, however short the value is:
/// `{"p":"…","h":{"iv":"…","at":"…"}}`. All its strings are symbols.
fn is_envelope(value: &[u8]) -> bool {
    let symbol = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=.:".contains(byte);
    let plain = |part: &[u8]| unfolded(part).iter().all(symbol);
    let mut seeded = strings(value).map(<[u8]>::to_ascii_lowercase);
    seeded.any(|part| part == b"iv" || part == b"nonce") && strings(value).all(plain)
}

/// What stands between lines for it, but signed text and what is public.
fn is_armour(value: &[u8]) -> bool {
    let header = value.strip_prefix(b"-----BEGIN ");
    let header = header.and_then(|rest| rest.split(|byte| *byte == b'-').next());
    let says = |header: &[u8], word: &[u8]| header.windows(word.len()).any(|part| part == word);
    header
        .is_some_and(|it| !says(it, b"SIGNED") && !says(it, b"PUBLIC") && !says(it, b"CERTIFICATE"))
        || value.starts_with(b"age-encryption.org/")
        || value.starts_with(b"$ANSIBLE_VAULT;")
}

/// Whether it is written in an alphabet for bytes.
fn is_symbols(value: &[u8], shortest: usize) -> bool {
    is_hexadecimal(value) || is_base32(value) || is_base64(value, shortest)
}

/// A password's digest as bcrypt writes it: `$2b$`, the cost, and 53 symbols.
fn is_bcrypt(value: &[u8]) -> bool {
    let versions: [&[u8]; 3] = [b"$2a$", b"$2b$", b"$2y$"];
    value.len() == 60 && versions.iter().any(|version| value.starts_with(version))
}

fn is_hexadecimal(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let length = value.len();
    // Of 16 symbols 6 are letters: far from that is no ciphertext.
    value.iter().all(u8::is_ascii_hexdigit)
        && length >= 32
        && length.is_multiple_of(2)
        && (length / 6..=length * 3 / 5).contains(&letters)
}

/// Of 32 symbols 6 are digits; words have none, and account numbers hardly anything else.
fn is_base32(value: &[u8]) -> bool {
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let plain = &value[..value.len() - padding];
    let symbol = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7');
    let lower = plain.iter().any(u8::is_ascii_lowercase);
    let upper = plain.iter().any(u8::is_ascii_uppercase);
    let digits = plain.iter().filter(|byte| byte.is_ascii_digit()).count();
    plain.len() >= SHORTEST_BASE32
        && plain.iter().all(symbol)
        && lower != upper
        && (plain.len() / 13..=plain.len() * 2 / 5).contains(&digits)
}

/// The kinds of symbols in base64 without its padding; `None` when there are others.
fn kinds(value: &[u8]) -> Option<Vec<u8>> {
    let plain = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        b'+' | b'/' | b'-' | b'_' => Some(3),
        _ => None,
    };
    plain.iter().map(kind).collect()
}

fn changes(kinds: &[u8]) -> usize {
    kinds.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

fn is_base64(value: &[u8], shortest: usize) -> bool {
    let Some(kinds) = kinds(value).filter(|kinds| kinds.len() >= shortest) else { return false };
    // Words keep to one case for long; ciphertext changes at every other letter.
    (0..3).all(|kind| kinds.contains(&kind)) && changes(&kinds) * 5 >= kinds.len() * 2
}

/// Less sure: what may lack a digit or, where padding or a plus speaks for bytes, keep to one case for longer.
fn is_like_base64(value: &[u8]) -> bool {
    let Some(kinds) = kinds(value).filter(|kinds| kinds.len() >= SHORTEST_OF_MANY) else {
        return false;
    };
    let marked = value.iter().any(|byte| b"+=".contains(byte));
    let changing = changes(&kinds) * 10 >= kinds.len() * if marked { 3 } else { 4 };
    (0..2).all(|kind| kinds.contains(&kind)) && (marked || kinds.contains(&2)) && changing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphertext_is_told_from_what_people_write() {
        for text in [
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "\\x8f0e2a7710c94be15d63a2f0de41b97c",
            "U2FsdGVkX1+zQ9vJ4mT0h8Kd2bXw==",
            "gAAAAABlZ0x3kQ1v9T2mYp7RwzN4dJc8uHf5sLb6",
            "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHn",
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "PC6X3VSNJ4KQYZ52FWTMUEHO7ADLRI3GBXEK5NPVSJ4TCQWY2ZFA====",
            "pc6x3vsnj4kqyz52fwtmueho7adlri3gbxek5npvsj4tcqwy2zfa",
            r#"{"ct":"U2FsdGVkX1+zQ9vJ4mT0h8Kd2bXw==","iv":"5f4dcc3b5aa765d61d83"}"#,
        ] {
            assert!(is_ciphertext(text.as_bytes()), "{text}");
        }
        for text in [
            "Ada Muster",
            "ada.muster@example.org",
            "+49 30 1234567",
            "DE89370400440532013000",
            "00000000000000000000000000000000",
            "12345678901234567890123456789012",
            "https://example.org/a/b/c/LongPathName/AnotherPathName",
            "DonaudampfschifffahrtsgesellschaftsKapitaen",
            "2026-03-02T12:00:00Z",
            "DONAUDAMPFSCHIFFFAHRTSGESELLSCHAFT",
            r#"{"street":"Lindenweg 4","note":"Klingel defekt, bitte anrufen","since":"2026-03-02"}"#,
            "",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
            assert!(!is_one_of_many(text.as_bytes()), "{text}");
            assert!(!is_unreadable(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn prices_and_links_are_no_ciphertext() {
        for text in [
            "$2500 budget approved",
            "$2b$ more",
            "https://files.example.com/d/1aB2cD3eF4gH5iJ6kL7mN8oP9q/view",
            "https://files.example.com/v.1aB2cD3eF4gH5iJ6kL7mN8oP9q",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
        }
        let digest = "$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m";
        assert!(is_ciphertext(digest.as_bytes()));
    }

    #[test]
    fn ciphertext_is_known_in_the_wrappings_that_programs_use() {
        let mime =
            [&"q3Vx9TzK0fLw7RbY".repeat(4), "\r\n", &"t8Bn2QkZ5hXc4WmJ".repeat(4), "\r\nzA9=="];
        let armour = "-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ\n-----END PGP MESSAGE-----";
        let age = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3Jn\n";
        for text in [
            &mime.concat(),
            "q3Vx9TzK0fLw7RbYt8Bn2QkZ5hXc4WmJq3Vx9TzK0fLw7RbYt8Bn2QkZ5hXc\nzA9kQ2Lm7Q==\n",
            r#"{"p":"n7J0/ol+a7DR","h":{"iv":"DXZMDWUKfp3bg/Yu","at":"X1/YjMHbHD4talgF"}}"#,
            r#"{ "h": { "at": "X1", "iv": "DXZMDWUK" }, "p": "n7J0" }"#,
            r#"{"iv":"a3F2\n","value":"cTNWeDlUeks=\n"}"#,
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..q3Vx9TzK0fLw7RbY.t8Bn2Q.kZ5hXc4WmJq3Vx9TzK0fLw",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
            armour,
            age,
            "age-encryption.org/v1\n-> X25519 q3Vx",
            "AQICAHhT9zK0fLw7RbYt8Bn2QkZ5hXc4WmJq3Vx9TzAEv1pR",
            "ENC[AES256_GCM,data:p673,iv:q3Vx9TzK0fLw7RbYt8Bn2QkZ,tag:hXc4WmJq,type:str]",
            "{cipher}q3Vx9TzK0fLw7RbYt8Bn2QkZ5hXc4WmJ",
            "ENC(q3Vx9TzK0fLw7RbYt8Bn2QkZ)",
            "v1:q3Vx9TzK0fLw:7RbYt8Bn2QkZ5hXc4WmJq3Vx",
        ] {
            assert!(is_ciphertext(text.as_bytes()), "{text}");
        }
        for text in [
            "-----BEGIN PGP SIGNED MESSAGE-----\n\nAda Muster, Lindenweg 4",
            "Lindenweg 4\n12345 Musterstadt\nDeutschland",
            "Bitte klingeln, Hund im Garten\nund nach hinten durchgehen",
            r#"{"at":"2026-03-02T10:00:00Z","name":"Ada Muster"}"#,
            r#"{"iv":"Kapitel 4","name":"Ada Muster"}"#,
            r#"{"tag":"customer","name":"Konstantin"}"#,
            "Ada.Muster.Lindenweg.Musterstadt",
            "ada.muster@mail.example.org",
        ] {
            assert!(!is_ciphertext(text.as_bytes()), "{text}");
            assert!(!is_unreadable(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_chance_leaves_without_digits_is_no_clear_text_where_ciphertext_belongs() {
        for text in ["qVxuTzKefLwpRbYt+BnqQkZ==", "kQzRvTbXnWcYpLmJhGfDsA=="] {
            assert!(is_unreadable(text.as_bytes()), "{text}");
        }
        for text in [
            "GB29NWBK60161331926819",
            "MT84MALT011000012345MTLCAST001S",
            "McDonald-OBrien-VanDerBerg",
            "AdaMuster1990-Berlin-Lindenweg4",
            "Password1234Password5678",
            "+49 30 1234567",
        ] {
            assert!(!is_unreadable(text.as_bytes()), "{text}");
        }
    }
}
