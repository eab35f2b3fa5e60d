//! The proof that one event was published, for whoever does not have the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::evidence::{Section, Statement};
use super::merkle::{self, Node};
use super::signature::PublicKey;
use super::verify::Digested;
use super::{from_hexadecimal, hexadecimal};
use crate::model::{Code, Fault};
use crate::wire::event::{CloudEvent, Topic};
use crate::wire::lines;

/// Names the format within a proof.
const FORMAT: &str = "lawtail proof 1";

/// An event, the checkpoint that covers it, and the way from one to the other (RFC 9162, section
/// 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    format: String,
    /// The event's line, as text: byte for byte, whatever is done to the proof's own layout.
    event: String,
    /// The line of the checkpoint.
    checkpoint: String,
    /// Nodes beside the way from the event to the root of its chain, from the bottom up,
    /// hexadecimal.
    path: Vec<String>,
}

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The event.
    pub event: CloudEvent,
    /// Sequence of the checkpoint in the topic `evidence`.
    pub checkpoint: u64,
    /// When the checkpoint was made: stream time, RFC 3339.
    pub time: String,
    /// Root of the checkpoint, to be compared with a copy kept elsewhere.
    pub root: String,
    /// Id of the key whose signature of the checkpoint was checked; `None` when none was.
    pub authority: Option<String>,
}

impl Proof {
    /// Finds the proof of an event by its id among published events.
    ///
    /// # Errors
    /// `EVD-003` when the event, its checkpoint, or an event that it covers is not among them.
    pub fn of(id: &str, events: impl IntoIterator<Item = CloudEvent>) -> Result<Proof, Fault> {
        let lacking = |cause: String| Fault::new(Code::EVD_003, cause);
        let mut hashes: BTreeMap<(Topic, u64), Node> = BTreeMap::new();
        let mut checkpoints = Vec::new();
        let mut wanted = None;
        for event in events {
            let digested = Digested::of(&event);
            hashes.insert((event.topic, event.sequence), digested.hash);
            if event.id == id {
                wanted = Some(event);
            } else if let Some(Statement::Checkpoint { chains, .. }) = digested.statement {
                checkpoints.push((event, chains));
            }
        }
        let event = wanted.ok_or_else(|| lacking("no event has this id".into()))?;
        let covers = |section: &&Section| covers(section, &event);
        let mut covering = checkpoints.iter().filter_map(|(checkpoint, sections)| {
            sections.iter().find(covers).map(|section| (checkpoint, section))
        });
        let (checkpoint, section) =
            covering.next().ok_or_else(|| lacking("no checkpoint covers the event yet".into()))?;
        let leaves = section.first..=section.last;
        let leaves: Option<Vec<Node>> =
            leaves.map(|it| hashes.get(&(event.topic, it)).map(merkle::leaf)).collect();
        let leaves = leaves.ok_or_else(|| {
            let Section { topic, first, last, .. } = section;
            lacking(format!("of {topic} {first} to {last}, which it was published with, some lack"))
        })?;
        let path = merkle::path(&leaves, (event.sequence - section.first) as usize);
        Ok(Proof {
            format: FORMAT.into(),
            event: lines::encode(&event)?,
            checkpoint: lines::encode(checkpoint)?,
            path: path.iter().map(|node| hexadecimal(node)).collect(),
        })
    }

    /// Whether it holds. Signatures are checked when there are keys.
    ///
    /// # Errors
    /// `EVD-001` with what is wrong.
    pub fn check(&self, keys: &[PublicKey]) -> Result<Proven, Fault> {
        let broken = |cause: &str| Fault::new(Code::EVD_001, cause);
        if self.format != FORMAT {
            return Err(broken("the proof is of another version"));
        }
        let (event, own) = digested(&self.event, "the event")?;
        let (checkpoint, its) = digested(&self.checkpoint, "the checkpoint")?;
        if !keys.is_empty() {
            let named = |what: &str, cause: String| broken(&format!("{what}: {cause}"));
            its.check(keys).map_err(|cause| named("the checkpoint", cause))?;
            if own.signature.is_some() {
                own.check(keys).map_err(|cause| named("the event", cause))?;
            }
        }
        let Some(Statement::Checkpoint { root, chains }) = its.statement else {
            return Err(broken("what should be the checkpoint is none"));
        };
        let section = chains.iter().find(|section| covers(section, &event));
        let section = section.ok_or_else(|| broken("the checkpoint does not cover the event"))?;
        let path: Option<Vec<Node>> = self.path.iter().map(|it| from_hexadecimal(it)).collect();
        let found = path.zip(section.size()).and_then(|(path, size)| {
            merkle::root(merkle::leaf(&own.hash), event.sequence - section.first, size, &path)
        });
        let found = found.map(|found| hexadecimal(&found));
        if found.as_ref() != Some(&section.root) {
            return Err(broken("the event is not one of those that the checkpoint covers"));
        }
        let roots = chains.iter().map(|it| from_hexadecimal(&it.root).map(|it| merkle::leaf(&it)));
        let whole = roots.collect::<Option<merkle::Tree>>().map(|tree| hexadecimal(&tree.root()));
        if whole.as_ref() != Some(&root) {
            return Err(broken("the checkpoint's root is not that of its chains"));
        }
        let authority = its.signature.filter(|_| !keys.is_empty()).map(|it| it.authority);
        let (time, checkpoint) = (checkpoint.time, checkpoint.sequence);
        Ok(Proven { event, checkpoint, time, root, authority })
    }
}

fn covers(section: &Section, event: &CloudEvent) -> bool {
    section.topic() == Some(event.topic) && (section.first..=section.last).contains(&event.sequence)
}

fn digested(line: &str, what: &str) -> Result<(CloudEvent, Digested), Fault> {
    let event = lines::decode(line.as_bytes())?;
    let digested = Digested::of(&event);
    match &digested.wrong {
        None => Ok((event, digested)),
        Some(cause) => Err(Fault::new(Code::EVD_001, format!("{what}: {cause}"))),
    }
}
