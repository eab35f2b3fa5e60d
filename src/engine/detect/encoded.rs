//! A value written in another alphabet, or compressed: nobody who reads the row can use it.
//!
//! Whether a new value says the same as the old one is decided with both at hand, so that also a short name
//! in hexadecimal digits is told, and nothing is guessed.

/// Shorter values say the same in another alphabet by chance, or are numbers in another form.
const SHORTEST: usize = 4;

/// Bytes of a value that are compared.
const LOOKED_AT: usize = 512;

/// Whether the new value is the old one in hexadecimal digits, base32, base64, quoted-printable or percent
/// encoding.
pub(super) fn is_encoding_of(new: &[u8], old: &[u8]) -> bool {
    let (new, old) = (new.trim_ascii(), old.trim_ascii());
    // No alphabet is shorter than what it encodes, nor four times as long.
    if old.len() < SHORTEST || new.len() <= old.len() || new.len() > 4 * old.len() + 8 {
        return false;
    }
    let old = &old[..old.len().min(LOOKED_AT)];
    let same = |decoded: Option<Vec<u8>>| decoded.is_some_and(|it| it.starts_with(old));
    let start = &new[..new.len().min(4 * LOOKED_AT)];
    same(hexadecimal(start))
        || same(packed(start, 5, base32))
        || same(packed(start, 6, base64))
        || [b'=', b'%'].into_iter().any(|mark| same(escaped(start, mark)))
}

/// Whether a value is compressed bytes in base64, hexadecimal digits or base32.
pub(super) fn is_compressed(value: &[u8]) -> bool {
    let start = &value[..value.len().min(64)];
    let begins = |bytes: Option<Vec<u8>>| {
        bytes.is_some_and(|it| match it[..] {
            // gzip, Zstandard, bzip2
            [0x1f, 0x8b, 8, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => true,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => true,
            // zlib, at each of its levels
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => true,
            _ => false,
        })
    };
    // Words are no symbols, nor are the digits of a telephone number hexadecimal ones.
    let symbols = value.len() >= 20 && !start.contains(&b' ');
    let letters = start.iter().any(u8::is_ascii_alphabetic);
    symbols
        && letters
        && (begins(packed(start, 6, base64))
            || begins(hexadecimal(start))
            || begins(packed(start, 5, base32)))
}

/// Bytes of hexadecimal digits, also as PostgreSQL prints them; `None` when it is something else.
fn hexadecimal(value: &[u8]) -> Option<Vec<u8>> {
    let digits = value.strip_prefix(b"\\x").or(value.strip_prefix(b"0x")).unwrap_or(value);
    let digits: Option<Vec<u8>> = digits.iter().map(|it| digit(*it)).collect();
    let (pairs, _) = digits.as_deref()?.as_chunks::<2>();
    (!pairs.is_empty()).then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|it| it as u8)
}

/// Bytes of symbols of so many bits each, with line breaks and padding.
fn packed(value: &[u8], bits: u32, symbol: fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let end = value.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let (mut held, mut number) = (0_u32, 0);
    let mut bytes = Vec::with_capacity(end);
    for byte in value[..end].iter().filter(|byte| !byte.is_ascii_whitespace()) {
        held = held << bits | u32::from(symbol(*byte)?);
        number += bits;
        if number >= 8 {
            number -= 8;
            bytes.push((held >> number) as u8);
            held &= (1 << number) - 1;
        }
    }
    Some(bytes)
}

/// RFC 4648, in either case.
fn base32(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

/// RFC 4648, also the alphabet for addresses of the web.
fn base64(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Text in which some bytes stand as a mark and two hexadecimal digits; `None` when none do.
fn escaped(value: &[u8], mark: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    let mut found = false;
    while let Some((first, after)) = rest.split_first() {
        if *first != mark {
            bytes.push(*first);
            rest = after;
            continue;
        }
        match after {
            // A line that goes on.
            [b'\n', more @ ..] | [b'\r', b'\n', more @ ..] => rest = more,
            [high, low, more @ ..] => {
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                (rest, found) = (more, true);
            }
            _ => return None,
        }
    }
    found.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_another_alphabet_says_the_same() {
        let name = "Ada Müller";
        for encoded in [
            "416461204dc3bc6c6c6572",
            "\\x416461204dc3bc6c6c6572",
            "0x416461204DC3BC6C6C6572",
            "IFSGCICNYO6GY3DFOI======",
            "ifsgcicnyo6gy3dfoi",
            "QWRhIE3DvGxsZXI=",
            "QWRhIE3DvGxsZXI",
            "Ada=20M=C3=BCller",
            "=41=64=61=20=4D=C3=BC=6C=6C=65=72",
            "Ada%20M%C3%BCller",
        ] {
            assert!(is_encoding_of(encoded.as_bytes(), name.as_bytes()), "{encoded}");
            assert!(!is_encoding_of(encoded.as_bytes(), "Ada Muster".as_bytes()), "{encoded}");
        }
    }

    #[test]
    fn other_values_do_not() {
        for (new, old) in [
            ("Ada Muster-Lang", "Ada Muster"),
            ("+49 30 1234567", "030 1234567"),
            ("ada.muster@example.org", "ada@example.org"),
            ("100%", "100"),
            ("a = b", "a  b"),
            ("41", "A"),
            ("12345678", "123456"),
        ] {
            assert!(!is_encoding_of(new.as_bytes(), old.as_bytes()), "{new}");
        }
    }

    #[test]
    fn compressed_values_are_told_by_how_they_begin() {
        for value in [
            "H4sIAAAAAAAAA3PMSVQIzy/KSVHwS8xNLQYAX1x2cQ8AAAA=",
            "1f8b0800000000000003cb48cdc9c95728cf2fca49010085114a0d0b000000",
            "eJxzTElU8C0tLkkt0lHwSMxNKi1KVzA0MgYAXQUHbw==",
            "KLUv/SQNaQAAQWRhIE11c3RlciBMYW5n",
        ] {
            assert!(is_compressed(value.as_bytes()), "{value}");
        }
        for value in
            ["Hamburg, Germany, Europe", "78 01 Main Street", "78011234567890123456789", ""]
        {
            assert!(!is_compressed(value.as_bytes()), "{value}");
        }
    }
}
