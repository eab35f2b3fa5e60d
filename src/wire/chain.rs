//! The hash chain of each topic: every event carries the hash of the one before it.
//!
//! What it proves: whoever knows the hash of a topic's last event can tell whether any event up to
//! it was removed, inserted, moved or edited. What it does not prove: that the last events are
//! still there, unless their number is known, and who wrote them; anybody can compute a chain.
//!
//! The hash is SHA-256 over the text `lawtail event 1` with its end of line and then, in this
//! order, `topic`, `id`, `type`, `source`, `subject`, `time`, `dataschema`, `partitionkey`,
//! `sequence` (decimal), `previoushash` and `data`, each preceded by its length in bytes as eight
//! bytes, little end first.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::envelope::{self, Origin};
use super::event::{CloudEvent, Topic};
use crate::model::{Code, Emission, Fault};

/// What keeps these hashes apart from those of any other format.
const DOMAIN: &[u8] = b"lawtail event 1\n";

/// `previous` of a topic's first event.
const NOTHING: [u8; 32] = [0; 32];

/// The chains that are being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    heads: BTreeMap<Topic, (u64, String)>,
}

impl Chain {
    /// Continues after the last event of each topic; topics without one begin anew.
    pub fn resume(heads: &[CloudEvent]) -> Self {
        let heads = heads.iter().map(|head| (head.topic, (head.sequence, head.hash.clone())));
        Chain { heads: heads.collect() }
    }

    /// Turns an emission into the next event of its topic.
    pub fn seal(&mut self, emission: &Emission, origin: &Origin) -> CloudEvent {
        let mut event = envelope::unsealed(emission, origin);
        let head = self.heads.entry(event.topic).or_insert_with(|| (0, hexadecimal(&NOTHING)));
        event.sequence = head.0 + 1;
        event.previous = head.1.clone();
        event.hash = hexadecimal(&digest(&event));
        *head = (event.sequence, event.hash.clone());
        event
    }
}

/// How much of each chain is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// From the first event on.
    Whole,
    /// From any event on: a rotated file, or a topic with limited retention.
    Part,
}

/// What was verified of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Distinct events.
    pub events: u64,
    /// Events that came again, as they do after a crash.
    pub duplicates: u64,
    /// Sequence of the first.
    pub first: u64,
    /// Sequence of the last.
    pub last: u64,
    /// Hash of the last, hexadecimal.
    pub head: String,
}

/// What was verified.
pub type Summary = BTreeMap<Topic, Verified>;

/// Verifies chains, given event by event in the order in which they were published.
#[derive(Debug)]
pub struct Verifier {
    extent: Extent,
    links: BTreeMap<Topic, Links>,
}

/// The part of a chain that was seen. All its hashes are kept (32 bytes each), so that an event
/// which comes again is told from one that was slipped in.
#[derive(Debug)]
struct Links {
    first: u64,
    hashes: Vec<[u8; 32]>,
    duplicates: u64,
}

impl Verifier {
    /// Nothing seen yet.
    pub fn new(extent: Extent) -> Self {
        Verifier { extent, links: BTreeMap::new() }
    }

    /// The next event. After a fault the verification goes on as if the event were as it should
    /// be, so that one deed is told once as far as possible.
    ///
    /// # Errors
    /// `EVD-001` when the chain is broken here, naming topic and sequence.
    pub fn add(&mut self, event: &CloudEvent) -> Result<(), Fault> {
        let content = digest(event);
        let claimed = from_hexadecimal(&event.hash);
        let linked = self.link(event, claimed.unwrap_or(content));
        let outcome = match claimed {
            Some(claimed) if claimed == content => linked,
            _ => Err("its content is not what its hash says".to_owned()),
        };
        outcome.map_err(|cause| {
            let place = format!("{}, sequence {}", event.topic.suffix(), event.sequence);
            Fault::new(Code::EVD_001, format!("{place}: {cause}"))
        })
    }

    fn link(&mut self, event: &CloudEvent, hash: [u8; 32]) -> Result<(), String> {
        let Some(links) = self.links.get_mut(&event.topic) else {
            self.links.insert(event.topic, Links::new(event.sequence, hash));
            let starts = event.sequence == 1 && event.previous == hexadecimal(&NOTHING);
            let inside = event.sequence > 1 && self.extent == Extent::Part;
            let fits = starts || inside;
            return fits.then_some(()).ok_or_else(|| "the chain does not begin here".into());
        };
        let expected = links.next();
        if event.sequence < expected {
            return links.repeat(event.sequence, &hash);
        }
        if event.sequence > expected {
            *links = Links::new(event.sequence, hash);
            return Err(format!("sequence {expected} is missing before it"));
        }
        let follows = hexadecimal(links.last()) == event.previous;
        links.hashes.push(hash);
        follows.then_some(()).ok_or_else(|| "it does not follow the event before it".into())
    }

    /// What was seen so far of each topic, whether faultless or not.
    pub fn summary(&self) -> Summary {
        let verified = |links: &Links| Verified {
            events: links.hashes.len() as u64,
            duplicates: links.duplicates,
            first: links.first,
            last: links.next().saturating_sub(1),
            head: hexadecimal(links.last()),
        };
        self.links.iter().map(|(topic, links)| (*topic, verified(links))).collect()
    }
}

impl Links {
    fn new(first: u64, hash: [u8; 32]) -> Self {
        Links { first, hashes: vec![hash], duplicates: 0 }
    }

    fn next(&self) -> u64 {
        self.first.saturating_add(self.hashes.len() as u64)
    }

    /// An event whose number was seen before.
    fn repeat(&mut self, sequence: u64, hash: &[u8; 32]) -> Result<(), String> {
        let index = sequence.checked_sub(self.first);
        let known = index.and_then(|index| self.hashes.get(index as usize));
        if known != Some(hash) {
            return Err("it is out of order, or replaces another event of this number".into());
        }
        self.duplicates += 1;
        Ok(())
    }

    fn last(&self) -> &[u8; 32] {
        self.hashes.last().unwrap_or(&NOTHING)
    }
}

/// Verifies whole chains in the order in which they were published.
///
/// # Errors
/// `EVD-001` for each place at which a chain is broken, naming topic and sequence.
pub fn verify<'a>(events: impl IntoIterator<Item = &'a CloudEvent>) -> Result<Summary, Vec<Fault>> {
    let mut verifier = Verifier::new(Extent::Whole);
    let added = events.into_iter().filter_map(|event| verifier.add(event).err());
    let faults: Vec<Fault> = added.collect();
    if faults.is_empty() { Ok(verifier.summary()) } else { Err(faults) }
}

fn digest(event: &CloudEvent) -> [u8; 32] {
    let sequence = event.sequence.to_string();
    let parts: [&str; 11] = [
        event.topic.suffix(),
        &event.id,
        &event.kind,
        &event.source,
        &event.subject,
        &event.time,
        &event.schema,
        &event.key,
        &sequence,
        &event.previous,
        &event.data,
    ];
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn hexadecimal(hash: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    // Only what `hexadecimal` writes: two spellings of one hash would be two lines of evidence.
    let plain = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if digits.len() != 64 || !plain {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
