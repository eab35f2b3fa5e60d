//! Ed25519 signatures (RFC 8032) of events, and the keys they are made and checked with.
//!
//! Signing takes no randomness: the same key and event give the same signature, so that a replay
//! repeats it.

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Signer, VerifyingKey};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::{from_hexadecimal, hexadecimal};
use crate::model::{Code, Fault};

/// A private key. Its memory is cleared when it is dropped, and it never prints.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The key of a PKCS#8 document in PEM (RFC 8410), as `openssl genpkey -algorithm ed25519`
    /// writes it as well.
    ///
    /// # Errors
    /// `EVD-002` when it is none. The cause never quotes the text.
    pub fn from_pem(text: &str) -> Result<Self, Fault> {
        let read = ed25519_dalek::SigningKey::from_pkcs8_pem(text);
        read.map(SigningKey).map_err(|_| {
            Fault::new(Code::EVD_002, "it is no private Ed25519 key (PKCS#8 in PEM, unencrypted)")
        })
    }

    /// The PKCS#8 document in PEM, without the public key, which older tools do not expect in it.
    pub fn to_pem(&self) -> SecretString {
        let bytes = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let text = bytes.to_pkcs8_pem(LineEnding::LF).expect("a key of 32 bytes is encoded");
        SecretString::from(text.as_str())
    }

    /// The key that checks what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature of a fingerprint, hexadecimal.
    pub(super) fn sign(&self, fingerprint: &[u8; 32]) -> String {
        hexadecimal(&self.0.sign(fingerprint).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of a SubjectPublicKeyInfo document in PEM (RFC 8410).
    ///
    /// # Errors
    /// `EVD-002` when it is none.
    pub fn from_pem(text: &str) -> Result<Self, Fault> {
        let key = VerifyingKey::from_public_key_pem(text).ok().filter(|key| !key.is_weak());
        key.map(PublicKey)
            .ok_or_else(|| Fault::new(Code::EVD_002, "it is no public Ed25519 key in PEM"))
    }

    /// The document in PEM.
    pub fn to_pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).expect("a public key is encoded")
    }

    /// What events call it, `authorityuid`: the first 16 bytes of the SHA-256 of its 32 bytes,
    /// hexadecimal.
    pub fn id(&self) -> String {
        hexadecimal(&Sha256::digest(self.0.as_bytes())[..16])
    }

    /// Whether a signature is this key's of the fingerprint.
    pub(super) fn verifies(&self, fingerprint: &[u8; 32], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(fingerprint, &signature).is_ok()
    }
}

/// The signature's bytes, when it is one.
pub(super) fn bytes(signature: &str) -> Option<[u8; 64]> {
    from_hexadecimal(signature)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    #[test]
    fn keys_read_back_what_they_write() {
        let private = key().to_pem();
        assert!(private.expose_secret().starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let read = SigningKey::from_pem(private.expose_secret()).unwrap();
        assert_eq!(read.public(), key().public());
        let public = key().public().to_pem();
        assert_eq!(PublicKey::from_pem(&public).unwrap(), key().public());
        assert_ne!(SigningKey::from_seed(&[8; 32]).public().id(), key().public().id());
    }

    /// RFC 8032, section 7.1, TEST 1, and the key of RFC 8410, section 10.3.
    #[test]
    fn it_is_the_standards_ed25519() {
        let seed =
            from_hexadecimal("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let key = SigningKey::from_seed(&seed.unwrap());
        let public: [u8; 32] =
            from_hexadecimal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
                .unwrap();
        assert_eq!(key.public().0.as_bytes(), &public);
        let written = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let read = SigningKey::from_pem(written).unwrap();
        assert_eq!(read.to_pem().expose_secret(), written);
        let public = "-----BEGIN PUBLIC KEY-----\n\
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
            -----END PUBLIC KEY-----\n";
        assert_eq!(read.public().to_pem(), public);
    }

    #[test]
    fn what_is_no_key_is_a_fault_that_does_not_quote_it() {
        let public = key().public().to_pem();
        for text in ["", "hunter2", public.as_str()] {
            let fault = SigningKey::from_pem(text).unwrap_err();
            assert_eq!(fault.code, Code::EVD_002);
            assert!(!fault.to_string().contains("hunter2"));
        }
        let private = key().to_pem();
        for text in ["", private.expose_secret()] {
            assert_eq!(PublicKey::from_pem(text).unwrap_err().code, Code::EVD_002);
        }
    }

    #[test]
    fn a_private_key_never_prints() {
        let shown = format!("{:?}", key());
        assert_eq!(shown, format!("SigningKey({})", key().public().id()));
    }
}
