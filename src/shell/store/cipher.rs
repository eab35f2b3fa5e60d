//! Encryption of what the store holds, at rest.
//!
//! Each value is sealed with AES-256-GCM. Tree and key of the record are authenticated along with it,
//! so that no value can be put in place of another's; keys are not encrypted, since the trees are
//! ordered by them.
//!
//! No two values may be sealed under one key and number. So each start of lawtail draws a salt, from
//! which and from the operator's key it derives a key of its own (HKDF-SHA-256, RFC 5869), and counts
//! from zero under it: no counter has to survive a crash, and a copy of the folder that is started
//! twice draws two salts. The salts are kept; each with a proof by which a wrong key is told.
//!
//! ```text
//! value      start (4 bytes) ‖ number (8) ‖ sealed content ‖ tag (16)
//! start/…    salt (32) ‖ tag over nothing (16)
//! ```

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use secrecy::{ExposeSecret, SecretSlice};

use super::faults::{unreadable, writing_fault};
use super::trees::Trees;
use crate::model::{Code, Fault};
use crate::shell::secret_file;

/// How the keys of the records that keep the salts begin; they are not sealed themselves.
pub(super) const STARTS: &str = "start/";

const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 12;

/// Number of the proof; values count from zero.
const PROOF: u64 = u64::MAX;

/// What derived keys are for.
const PURPOSE: &[u8] = b"lawtail store values 1";

/// The operator's key: 32 bytes, cleared from memory when it is dropped.
#[derive(Debug)]
pub struct EncryptionKey(SecretSlice<u8>);

impl EncryptionKey {
    /// The key of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        EncryptionKey(SecretSlice::from(bytes.to_vec()))
    }

    /// Reads a key from a file: 32 bytes, or 64 hexadecimal digits and at most an end of line.
    ///
    /// # Errors
    /// `STO-006` when the file cannot be read, is open to others or holds something else.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let content = secret_file::read(path, Code::STO_006)?;
        let bytes = content.expose_secret();
        // Digits alone are half a key: 16 random bytes, written out.
        if bytes.len() == 32 && !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Ok(EncryptionKey(content));
        }
        let digits = bytes.trim_ascii_end();
        let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
        let pair = |pair: &[u8]| Some(digit(&pair[0])? << 4 | digit(&pair[1])?);
        let bytes: Option<Vec<u8>> = digits.chunks_exact(2).map(pair).collect();
        match bytes.filter(|_| digits.len() == 64) {
            Some(bytes) => Ok(EncryptionKey(SecretSlice::from(bytes))),
            None => {
                let cause = format!("{}: it is neither 32 bytes nor 64 digits", path.display());
                let help = "make one with `openssl rand -hex 32`, in a file for lawtail alone";
                Err(Fault::new(Code::STO_006, cause).help(help))
            }
        }
    }

    fn derive(&self, salt: &[u8]) -> LessSafeKey {
        let extracted = Salt::new(HKDF_SHA256, salt).extract(self.0.expose_secret());
        let purpose = [PURPOSE];
        let expanded = extracted.expand(&purpose, &AES_256_GCM).expect("a key is short enough");
        LessSafeKey::new(UnboundKey::from(expanded))
    }
}

/// One start of lawtail. Its key is derived when a value of it is met.
struct Start {
    salt: [u8; SALT_BYTES],
    key: OnceLock<Box<LessSafeKey>>,
}

/// Opens what former starts have sealed, and seals under the key of this one.
pub(super) struct Cipher {
    key: Arc<EncryptionKey>,
    starts: Vec<Start>,
    /// Values sealed under the last of them.
    sealed: AtomicU64,
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher({} starts)", self.starts.len())
    }
}

impl Cipher {
    /// Of a store in which nothing is yet.
    pub fn new(key: Arc<EncryptionKey>) -> Self {
        Cipher { key, starts: Vec::new(), sealed: AtomicU64::new(0) }
    }

    /// Of a store that is there, to read it; `None` where it is not encrypted.
    ///
    /// Fails with `STO-006` when a key is missing, is not the one, or is of no use.
    pub fn of(trees: &Trees, key: Option<&Arc<EncryptionKey>>) -> Result<Option<Self>, Fault> {
        let mut starts = Vec::new();
        let mut proof = Vec::new();
        for entry in trees.meta.with_prefix(STARTS)? {
            let salt = entry.1.first_chunk::<SALT_BYTES>();
            let salt = *salt.ok_or_else(|| unreadable("a salt of its encryption"))?;
            starts.push(Start { salt, key: OnceLock::new() });
            proof = entry.1;
        }
        let refused = |cause: &str| Fault::new(Code::STO_006, cause);
        match (starts.is_empty(), key) {
            (true, None) => Ok(None),
            (true, Some(_)) => Err(refused("a key is set, and the store is not encrypted").help(
                "`lawtail store rekey` encrypts it and keeps a backup; or leave store.encryption_key out",
            )),
            (false, None) => Err(refused("the store is encrypted, and no key is set")
                .help(
                    "name the key's file as store.encryption_key, or for rekey as --former-key",
                )),
            (false, Some(key)) => {
                let cipher = Cipher { starts, ..Cipher::new(Arc::clone(key)) };
                let start = (cipher.starts.len() - 1) as u32;
                let mut tag = proof.split_off(SALT_BYTES);
                cipher
                    .open_in_place((start, PROOF), Aad::from(name(start)), &mut tag)
                    .map_err(|()| refused("the store is encrypted, and not with this key"))?;
                Ok(Some(cipher))
            }
        }
    }

    /// Draws the salt of this start and makes it durable; from then on values can be sealed.
    ///
    /// Fails with `STO-002` when it cannot be written.
    pub fn start(mut self, trees: &Trees) -> Result<Self, Fault> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt)
            .map_err(|error| Fault::new(Code::STO_002, format!("no random salt: {error}")))?;
        let number = self.starts.len() as u32;
        self.starts.push(Start { salt, key: OnceLock::new() });
        let proof = self.seal_in_place((number, PROOF), Aad::from(name(number)), &mut []);
        let mut batch = trees.durable_batch();
        trees.meta.put(&mut batch, name(number).into(), [&salt, proof.as_ref()].concat());
        batch.commit().map_err(|e| writing_fault(&e))?;
        Ok(self)
    }

    /// A value as it is stored.
    pub fn seal(&self, tree: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
        let start = self.starts.len().checked_sub(1).expect("this start has drawn its salt") as u32;
        let number = self.sealed.fetch_add(1, Ordering::Relaxed);
        let mut sealed = Vec::with_capacity(HEAD_BYTES + value.len() + TAG_BYTES);
        sealed.extend_from_slice(&start.to_be_bytes());
        sealed.extend_from_slice(&number.to_be_bytes());
        sealed.extend_from_slice(value);
        let content = &mut sealed[HEAD_BYTES..];
        let tag = self.seal_in_place((start, number), place(tree, key), content);
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// The value that was stored.
    ///
    /// Fails with `STO-003` when it was changed, or belongs to another record.
    pub fn open(&self, tree: &str, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let altered = || {
            let cause = format!("a value of the tree {tree} is not what was sealed under its key");
            Fault::new(Code::STO_003, cause)
        };
        let (head, content) = sealed.split_at_checked(HEAD_BYTES).ok_or_else(altered)?;
        let (start, number) = head.split_at(size_of::<u32>());
        let start = u32::from_be_bytes(start.try_into().map_err(|_| altered())?);
        let number = u64::from_be_bytes(number.try_into().map_err(|_| altered())?);
        if start as usize >= self.starts.len() {
            return Err(altered());
        }
        let mut content = content.to_vec();
        let opened = self.open_in_place((start, number), place(tree, key), &mut content);
        opened.map(|()| content).map_err(|()| altered())
    }

    fn key(&self, start: u32) -> &LessSafeKey {
        let Start { salt, key } = &self.starts[start as usize];
        key.get_or_init(|| Box::new(self.key.derive(salt)))
    }

    fn seal_in_place<A: AsRef<[u8]>>(
        &self,
        at: (u32, u64),
        place: Aad<A>,
        content: &mut [u8],
    ) -> Tag {
        let sealed = self.key(at.0).seal_in_place_separate_tag(nonce(at.1), place, content);
        sealed.expect("a value is far below the 64 GiB that one nonce allows")
    }

    fn open_in_place<A: AsRef<[u8]>>(
        &self,
        at: (u32, u64),
        place: Aad<A>,
        content: &mut Vec<u8>,
    ) -> Result<(), ()> {
        let opened = self.key(at.0).open_in_place(nonce(at.1), place, content);
        let length = opened.map_err(|_| ())?.len();
        content.truncate(length);
        Ok(())
    }
}

/// Where the salt of a start is kept: in the order of the starts.
fn name(start: u32) -> String {
    format!("{STARTS}{start:010}")
}

/// What a value belongs to. No name of a tree holds a zero.
fn place(tree: &str, key: &[u8]) -> Aad<Vec<u8>> {
    Aad::from([tree.as_bytes(), &[0], key].concat())
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[NONCE_LEN - size_of::<u64>()..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
