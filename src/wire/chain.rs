//! The hash chain of each topic: every event carries the hash of the one before it, and with a
//! signing key a signature.
//!
//! What it proves, and what it does not, is told in `docs/evidence.md`. The names are those of
//! OCSF's profile `record_integrity` (<https://schema.ocsf.io>, object `attestation`), written
//! without underscores as CloudEvents demand.
//!
//! The *fingerprint* is SHA-256 over the text `lawtail event 1` with its end of line and then, in
//! this order, `topic`, `id`, `type`, `source`, `subject`, `time`, `dataschema`, `partitionkey`,
//! `sequence` (decimal), `previoushash` and `data`, each preceded by its length in bytes as eight
//! bytes, little end first. Of a signed event the text is `lawtail signed event 1`, and
//! `authorityuid` follows as the twelfth part.
//!
//! The *hash*, to which the next event refers, is that fingerprint; of a signed event it is
//! SHA-256 over the text `lawtail signature 1` with its end of line, the 32 bytes of the
//! fingerprint and the 64 of the signature. So the chain also covers every signature, and whoever
//! has checked the last one has checked all before it.

mod coverage;
mod evidence;
pub mod merkle;
mod proof;
mod signature;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::evidence::{Section, Statement};
use self::merkle::{Node, Tree};
pub use self::proof::{Proof, Proven};
pub use self::signature::{PublicKey, SigningKey};
pub use self::verify::{Digested, Extent, Summary, Verified, Verifier, verify};
use super::envelope::{self, Origin};
use super::event::{CloudEvent, Signature, Topic};
use super::view::EventView;
use crate::model::limits::{CHECKPOINT_EVENTS, CHECKPOINT_INTERVAL};
use crate::model::{Code, Emission, Fault, Observation, Timestamp};

/// What keeps these fingerprints apart from those of any other format.
const DOMAIN: &[u8] = b"lawtail event 1\n";

/// The same for events that are signed.
const SIGNED_DOMAIN: &[u8] = b"lawtail signed event 1\n";

/// The same for the hash over fingerprint and signature.
const SIGNATURE_DOMAIN: &[u8] = b"lawtail signature 1\n";

/// `previous` of a topic's first event.
const NOTHING: [u8; 32] = [0; 32];

/// The chains that are being written.
#[derive(Debug, Default)]
pub struct Chain {
    heads: BTreeMap<Topic, (u64, String)>,
    memory: Memory,
    key: Option<Arc<SigningKey>>,
    retiring: Option<Arc<SigningKey>>,
    stream: Option<Stream>,
}

/// Which stream is followed, as statements about what was observed name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Name of the slot.
    pub slot: String,
    /// Digest of what the publication contains, hexadecimal.
    pub publication: String,
}

/// What has to be remembered beside the heads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Memory {
    /// Id of the key that signs.
    authority: Option<String>,
    /// What the next checkpoint will cover: the first sequence of each topic, and the tree.
    open: BTreeMap<Topic, (u64, Tree)>,
    /// Stream time when that began.
    since: Option<Timestamp>,
}

impl Chain {
    /// Continues after the last event of each topic; topics without one begin anew. `memory` is
    /// what [`Chain::memory`] said when they were written.
    ///
    /// # Errors
    /// `STO-003` when that cannot be read.
    pub fn resume(heads: &[CloudEvent], memory: Option<&[u8]>) -> Result<Self, Fault> {
        let heads = heads.iter().map(|head| (head.topic, (head.sequence, head.hash.clone())));
        let damaged = |_| Fault::new(Code::STO_003, "what the evidence chains remember");
        let memory = memory.map(postcard::from_bytes).transpose().map_err(damaged)?;
        let memory = memory.unwrap_or_default();
        Ok(Chain { heads: heads.collect(), memory, ..Chain::default() })
    }

    /// Signs from now on. `retiring` is the key that has signed so far, where another is to take
    /// over from it.
    ///
    /// # Errors
    /// `EVD-002` when these chains are signed and there is no key to go on with.
    pub fn signing(
        self,
        key: Option<Arc<SigningKey>>,
        retiring: Option<Arc<SigningKey>>,
    ) -> Result<Self, Fault> {
        if let (Some(authority), None) = (&self.memory.authority, &key) {
            let cause = format!("events are signed by key {authority}, and no key is set");
            return Err(Fault::new(Code::EVD_002, cause)
                .help("set evidence.signing_key; chains that are signed stay so"));
        }
        Ok(Chain { key, retiring, ..self })
    }

    /// Names the stream from now on.
    pub fn following(self, stream: Stream) -> Self {
        Chain { stream: Some(stream), ..self }
    }

    /// What [`Chain::resume`] needs, to be kept with the events.
    pub fn memory(&self) -> Vec<u8> {
        postcard::to_stdvec(&self.memory).expect("trees and times serialise")
    }

    /// Turns emissions into the next events of their topics. Before the first that a new key signs,
    /// and whenever a checkpoint is due at `time` (stream time), an event of the topic `evidence`
    /// comes in addition.
    pub fn extend(
        &mut self,
        emissions: &[Emission],
        origin: &Origin,
        time: Timestamp,
    ) -> Vec<CloudEvent> {
        let mut events: Vec<CloudEvent> = Vec::with_capacity(emissions.len());
        if !emissions.is_empty() || self.checkpoint_due(time) {
            events.extend(self.introduce(origin, time));
        }
        events.extend(emissions.iter().map(|emission| self.seal(emission, origin)));
        if !emissions.is_empty() {
            self.memory.since.get_or_insert(time);
        }
        if self.checkpoint_due(time) {
            events.extend(self.checkpoint(origin, time));
        }
        events
    }

    /// Turns what was observed into events of the topic `evidence`. They come before those of
    /// [`Chain::extend`], which makes the checkpoint that is due.
    pub fn observe(
        &mut self,
        observations: &[Observation],
        origin: &Origin,
        timeline: u32,
        time: Timestamp,
    ) -> Vec<CloudEvent> {
        if observations.is_empty() {
            return Vec::new();
        }
        let mut events: Vec<CloudEvent> = self.introduce(origin, time).into_iter().collect();
        let key = self.key.clone();
        for observation in observations {
            let statement = self.observed(observation, origin, timeline);
            let subject = format!("wal/{}..{}", observation.from, observation.to);
            let event = envelope::statement(&statement, &subject, origin, observation.until);
            events.push(self.link(event, key.as_deref()));
        }
        self.memory.since.get_or_insert(time);
        events
    }

    fn observed(&self, it: &Observation, origin: &Origin, timeline: u32) -> Statement {
        let stream = self.stream.as_ref();
        Statement::Observed {
            system: origin.system.clone(),
            timeline,
            slot: stream.map(|stream| stream.slot.clone()),
            publication: stream.map(|stream| stream.publication.clone()),
            from: it.from,
            to: it.to,
            since: it.since.to_string(),
            until: it.until.to_string(),
            transactions: it.transactions,
            digest: hexadecimal(&it.digest),
        }
    }

    /// Turns an emission into the next event of its topic.
    pub fn seal(&mut self, emission: &Emission, origin: &Origin) -> CloudEvent {
        let key = self.key.clone();
        self.link(envelope::unsealed(emission, origin), key.as_deref())
    }

    fn link(&mut self, mut event: CloudEvent, key: Option<&SigningKey>) -> CloudEvent {
        let topic = event.topic;
        let head = self.heads.entry(topic).or_insert_with(|| (0, hexadecimal(&NOTHING)));
        event.sequence = head.0 + 1;
        event.previous = head.1.clone();
        let authority = key.map(|key| key.public().id());
        let fingerprint = fingerprint(&EventView::of(&event), authority.as_deref());
        let mut hash = fingerprint;
        if let Some((key, authority)) = key.zip(authority) {
            let value = key.sign(&fingerprint);
            let bytes = signature::bytes(&value).expect("a signature is 64 bytes");
            hash = signed_hash(&fingerprint, &bytes);
            let fingerprint = hexadecimal(&fingerprint);
            event.signature = Some(Signature { authority, fingerprint, value });
        }
        event.hash = hexadecimal(&hash);
        *head = (event.sequence, event.hash.clone());
        let open = self.memory.open.entry(topic);
        open.or_insert_with(|| (event.sequence, Tree::default())).1.push(merkle::leaf(&hash));
        event
    }

    /// Says that another key signs from now on, if that is so. The key that signed before says it
    /// where it is at hand, so that whoever trusts that one can trust the next.
    fn introduce(&mut self, origin: &Origin, time: Timestamp) -> Option<CloudEvent> {
        let key = self.key.clone()?;
        let public = key.public();
        let previous = self.memory.authority.clone();
        if previous.as_deref() == Some(&public.id()) {
            return None;
        }
        let retiring = self.retiring.clone();
        let endorsing = retiring.filter(|old| Some(old.public().id()) == previous);
        self.memory.authority = Some(public.id());
        let statement = Statement::SigningKey {
            authority_uid: public.id(),
            public_key: public.to_pem(),
            previous_authority_uid: previous,
        };
        let event = envelope::statement(&statement, "signing-key", origin, time);
        Some(self.link(event, Some(endorsing.as_deref().unwrap_or(&key))))
    }

    fn checkpoint_due(&self, time: Timestamp) -> bool {
        let events: u64 = self.memory.open.values().map(|(_, tree)| tree.size()).sum();
        let waited = self.memory.since.is_some_and(|since| time >= since + CHECKPOINT_INTERVAL);
        events >= CHECKPOINT_EVENTS || (events > 0 && waited)
    }

    /// Covers everything since the last one. The checkpoint itself belongs to the next.
    fn checkpoint(&mut self, origin: &Origin, time: Timestamp) -> Option<CloudEvent> {
        let open = std::mem::take(&mut self.memory.open);
        let section = |(topic, (first, tree)): (Topic, (u64, Tree))| -> Option<(Section, Node)> {
            let (last, head) = self.heads.get(&topic).cloned()?;
            let root = hexadecimal(&tree.root());
            let topic = topic.suffix().to_owned();
            Some((Section { topic, first, last, head, root }, merkle::leaf(&tree.root())))
        };
        let (chains, roots): (Vec<Section>, Vec<Node>) =
            open.into_iter().filter_map(section).unzip();
        let root = hexadecimal(&roots.into_iter().collect::<Tree>().root());
        let statement = Statement::Checkpoint { root, chains };
        let event = envelope::statement(&statement, "checkpoint", origin, time);
        let key = self.key.clone();
        let event = self.link(event, key.as_deref());
        // It alone is no reason for another.
        self.memory.since = None;
        Some(event)
    }
}

fn fingerprint(event: &EventView<'_>, authority: Option<&str>) -> [u8; 32] {
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
    hasher.update(if authority.is_some() { SIGNED_DOMAIN } else { DOMAIN });
    for part in parts.into_iter().chain(authority) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn signed_hash(fingerprint: &[u8; 32], signature: &[u8; 64]) -> [u8; 32] {
    let hasher = Sha256::new().chain_update(SIGNATURE_DOMAIN);
    hasher.chain_update(fingerprint).chain_update(signature).finalize().into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads only what [`hexadecimal`] writes: two spellings of one hash would be two lines of
/// evidence.
fn from_hexadecimal<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    if text.len() != 2 * BYTES {
        return None;
    }
    // Without a branch for each digit: five such texts stand in each event that is verified.
    let (mut bytes, mut seen) = ([0; BYTES], 0);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let (high, low) = (DIGIT_VALUES[usize::from(pair[0])], DIGIT_VALUES[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    (seen < 16).then_some(bytes)
}

/// The value of each hexadecimal digit; 255 of what is none.
const DIGIT_VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "chain/signed_tests.rs"]
mod signed_tests;

#[cfg(test)]
#[path = "chain/tamper_tests.rs"]
mod tamper_tests;
