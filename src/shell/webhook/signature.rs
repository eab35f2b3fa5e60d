//! Signatures as Standard Webhooks 1.0.0 has them (<https://www.standardwebhooks.com>): HMAC-SHA-256 over id,
//! moment and body, in base64.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header `webhook-signature` of a body that is sent under an id at a moment (seconds since the Unix
/// epoch).
pub(crate) fn of(key: &[u8], id: &str, moment: i64, body: &str) -> String {
    let mut keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    keyed.update(format!("{id}.{moment}.{body}").as_bytes());
    format!("v1,{}", base64(&keyed.finalize().into_bytes()))
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn it_is_the_standards_base64() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts.map(|text| base64(text.as_bytes())), expected);
        assert_eq!(base64(&[0xFB, 0xFF, 0xFE]), "+//+");
    }

    /// An example that implementations of the specification share.
    #[test]
    fn it_is_the_standards_signature() {
        let key = [
            49, 242, 144, 246, 191, 6, 41, 138, 171, 79, 8, 212, 60, 63, 8, 44, 246, 72, 163, 98,
            218, 45, 164, 176,
        ];
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = of(&key, id, 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
