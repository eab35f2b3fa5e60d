//! Keyed hashes in place of values.

use std::collections::BTreeMap;
use std::hash::Hasher;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::ledger::normalise;
use crate::model::limits::KNOWN_ACTORS;
use crate::model::{CallingCode, Channel, Reference, TableName};

/// Makes references. Two values of different kinds never share one, because the kind is hashed
/// along.
#[derive(Clone)]
pub struct Pseudonymizer {
    keyed: Hmac<Sha256>,
    counting: SipHasher13,
    home: Option<CallingCode>,
}

impl Pseudonymizer {
    /// From the secret key.
    pub fn new(key: &[u8]) -> Self {
        let keyed = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        let mut pseudonyms = Pseudonymizer { keyed, counting: SipHasher13::new(), home: None };
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

    /// The same, in a country where the telephone numbers are dialled.
    pub fn in_country(self, home: Option<CallingCode>) -> Self {
        Pseudonymizer { home, ..self }
    }

    /// A contact point in its one spelling; `None` when the text cannot be one.
    pub fn spelled(&self, channel: Channel, text: &str) -> Option<String> {
        normalise(channel, text, self.home)
    }

    /// A contact point, however it is spelled; `None` when the text cannot be one.
    pub fn reached_by(&self, channel: Channel, text: &str) -> Option<Reference> {
        self.spelled(channel, text).map(|spelled| self.contact_point(channel, &spelled))
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
    fn another_key_gives_another_name() {
        let name = |key: &[u8]| Pseudonymizer::new(key).actor(b"ada");
        assert_ne!(name(b"one"), name(b"two"));
        assert_eq!(name(b"one"), name(b"one"));
    }
}
