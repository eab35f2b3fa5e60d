//! Pseudonyms: how lawtail names people, contact points, actors and rows without naming them.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Serialize};

/// 128 bits of a keyed hash (HMAC-SHA-256, truncated as RFC 2104 §5 allows). Without the key it
/// says nothing about the value; destroying the key erases every reference at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(pub [u8; 16]);

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Reference {
    /// From 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Reference> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Reference(bytes))
    }
}

impl Serialize for Reference {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            // As one run: number by number costs as much as the rest of a record.
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            let invalid = || serde::de::Error::custom("a reference has 32 hexadecimal digits");
            Reference::parse(&text).ok_or_else(invalid)
        } else {
            deserializer.deserialize_bytes(Bytes)
        }
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Reference;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference of 16 bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Reference, E> {
        bytes.try_into().map(Reference).map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back_what_it_prints() {
        let reference = Reference([0xA5; 16]);
        assert_eq!(Reference::parse(&reference.to_string()), Some(reference));
        assert_eq!(Reference::parse("ä5"), None);
    }

    #[test]
    fn a_record_holds_it_as_its_bytes_and_one_of_another_length_is_refused() {
        let reference = Reference([0xA5; 16]);
        let record = postcard::to_stdvec(&reference).unwrap();
        assert_eq!(record, [&[16][..], &reference.0].concat());
        assert_eq!(postcard::from_bytes::<Reference>(&record), Ok(reference));
        assert!(postcard::from_bytes::<Reference>(&[&[15][..], &[0; 15]].concat()).is_err());
    }
}
