//! Keyed hashes in place of values.

use std::collections::BTreeMap;
use std::hash::Hasher;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::ledger::normalise;
use crate::model::limits::KNOWN_ACTORS;
use crate::model::{CallingCode, Channel, Reference, TableName};
use crate::policy::{Hashing, Pack};

/// Makes references. Two values of different kinds never share one, because the kind is hashed
/// along.
#[derive(Clone)]
pub struct Pseudonymizer {
    keyed: Hmac<Sha256>,
    counting: SipHasher13,
    home: Option<CallingCode>,
    hashing: Option<Hashing>,
}

impl Pseudonymizer {
    /// From the secret key.
    pub fn new(key: &[u8]) -> Self {
        let keyed = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        let counting = SipHasher13::new();
        let mut pseudonyms = Pseudonymizer { keyed, counting, home: None, hashing: None };
        let derived = pseudonyms.hash(&[b"counting".as_slice()]);
        pseudonyms.counting = SipHasher13::new_with_key(&derived.0);
        pseudonyms
    }

    /// Something only to be counted, never to be published: ten times cheaper, by a hash with a key
    /// of its own (SipHash-1-3, 128 bits). It names nobody outside of the count.
    pub fn counted(&self, parts: &[&[u8]]) -> Reference {
        let mut hasher = self.counting;
        for part in parts {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        Reference(hasher.finish128().as_bytes())
    }

    /// A data subject, named by its table and key.
    pub fn subject(&self, table: &TableName, key: &[u8]) -> Reference {
        self.hash(&[b"subject".as_slice(), table.schema.as_bytes(), table.name.as_bytes(), key])
    }

    /// The same, for contact points as the pack's tables spell them: where their telephone numbers are
    /// dialled, and what stands in place of e-mail addresses in some of them.
    pub fn spelling(self, pack: &Pack) -> Self {
        Pseudonymizer { home: pack.telephone_country, hashing: pack.hashing(), ..self }
    }

    /// A contact point in its one spelling; `None` when the text cannot be one.
    pub fn spelled(&self, channel: Channel, text: &str) -> Option<String> {
        normalise(channel, text, self.home)
    }

    /// A contact point, however it is spelled; `None` when the text cannot be one. Where some tables
    /// hold a hash in place of an e-mail address, every address is known by it, so that both are one.
    pub fn reached_by(&self, channel: Channel, text: &str) -> Option<Reference> {
        let spelled = self.spelled(channel, text)?;
        Some(match self.hashing.filter(|_| channel == Channel::Email) {
            Some(hashing) => self.contact_point(channel, &hashed(hashing, spelled.as_bytes())),
            None => self.contact_point(channel, &spelled),
        })
    }

    /// A contact point in a column that may hold its hash in place of itself.
    pub fn reached_in(
        &self,
        column: Option<Hashing>,
        channel: Channel,
        text: &str,
    ) -> Option<Reference> {
        match column {
            Some(hashing) => Some(self.contact_point(channel, &hash_in(hashing, text)?)),
            None => self.reached_by(channel, text),
        }
    }

    fn contact_point(&self, channel: Channel, normalised: &str) -> Reference {
        let reach = match channel {
            Channel::Sms | Channel::Phone => "telephone",
            other => other.name(),
        };
        self.hash(&[b"contact point".as_slice(), reach.as_bytes(), normalised.as_bytes()])
    }

    /// A row, named by its table and the content of its key columns.
    pub fn row(&self, table: &TableName, key: &[&[u8]]) -> Reference {
        let table = [b"row".as_slice(), table.schema.as_bytes(), table.name.as_bytes()];
        self.hash(table.iter().chain(key))
    }

    /// An actor, as the CRM names it.
    pub fn actor(&self, name: &[u8]) -> Reference {
        self.hash(&[b"actor".as_slice(), name])
    }

    fn hash<'p>(&self, parts: impl IntoIterator<Item = &'p &'p [u8]>) -> Reference {
        let mut mac = self.keyed.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        let digest = mac.finalize().into_bytes();
        let mut reference = [0; 16];
        reference.copy_from_slice(&digest[..16]);
        Reference(reference)
    }
}

/// The hash of an address, as lists write it.
fn hashed(hashing: Hashing, address: &[u8]) -> String {
    match hashing {
        Hashing::Md5 => in_digits(&Md5::digest(address)),
        Hashing::Sha1 => in_digits(&sha1_smol::Sha1::from(address).digest().bytes()),
        Hashing::Sha256 => in_digits(&Sha256::digest(address)),
    }
}

fn in_digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that a text writes, in small digits. PostgreSQL puts `\x` before those of a bytea.
fn hash_in(hashing: Hashing, text: &str) -> Option<String> {
    let digits = match hashing {
        Hashing::Md5 => 32,
        Hashing::Sha1 => 40,
        Hashing::Sha256 => 64,
    };
    let text = text.trim();
    let text = text.strip_prefix("\\x").unwrap_or(text).to_ascii_lowercase();
    let sound = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    sound.then_some(text)
}

/// References of the actors of a decision, each hashed once: the same few write most rows.
#[derive(Default)]
pub struct Actors(BTreeMap<Vec<u8>, Reference>);

impl Actors {
    /// An actor, as the CRM names it.
    pub fn reference(&mut self, name: &[u8], pseudonyms: &Pseudonymizer) -> Reference {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        if self.0.len() >= KNOWN_ACTORS {
            self.0.clear();
        }
        let reference = pseudonyms.actor(name);
        self.0.insert(name.to_vec(), reference);
        reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_boundaries_are_part_of_the_name() {
        let pseudonyms = Pseudonymizer::new(b"key");
        let table = TableName::new("a", "b");
        let references = [
            pseudonyms.row(&table, &[b"12"]),
            pseudonyms.row(&table, &[b"1", b"2"]),
            pseudonyms.subject(&table, b"12"),
            pseudonyms.actor(b"12"),
        ];
        for (index, reference) in references.iter().enumerate() {
            assert!(!references[..index].contains(reference));
        }
    }

    #[test]
    fn an_actor_that_comes_again_has_the_same_name_however_many_came_between() {
        let pseudonyms = Pseudonymizer::new(b"key");
        let mut actors = Actors::default();
        for round in 0..2 {
            for number in 0..=KNOWN_ACTORS {
                let name = number.to_string();
                let reference = actors.reference(name.as_bytes(), &pseudonyms);
                assert_eq!(reference, pseudonyms.actor(name.as_bytes()), "{round}");
                assert!(actors.0.len() <= KNOWN_ACTORS);
            }
        }
    }

    #[test]
    fn an_address_and_its_hash_are_one_however_either_is_written() {
        let hashes = [
            (Hashing::Md5, "5bfcf2d8e394674550332640d72db509"),
            (Hashing::Sha1, "3c1b5f0cb91772d027dcdde8fb749091db780cbb"),
            (Hashing::Sha256, "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d"),
        ];
        for (hashing, hash) in hashes {
            let mut pseudonyms = Pseudonymizer::new(b"key");
            pseudonyms.hashing = Some(hashing);
            let address = pseudonyms.reached_by(Channel::Email, " Ada@Example.org").unwrap();
            for text in [hash, &hash.to_uppercase(), &["\\x", hash].concat()] {
                let listed = pseudonyms.reached_in(Some(hashing), Channel::Email, text);
                assert_eq!(listed, Some(address), "{text}");
            }
            let other = pseudonyms.reached_by(Channel::Email, "eve@example.org");
            assert_ne!(other, Some(address));
            for text in ["", "ada@example.org", &hash[1..], &hash.replace('e', "g")] {
                let listed = pseudonyms.reached_in(Some(hashing), Channel::Email, text);
                assert_eq!(listed, None, "{text}");
            }
        }
    }

    #[test]
    fn another_key_gives_another_name() {
        let name = |key: &[u8]| Pseudonymizer::new(key).actor(b"ada");
        assert_ne!(name(b"one"), name(b"two"));
        assert_eq!(name(b"one"), name(b"one"));
    }
}
