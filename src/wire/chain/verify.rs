//! Whether published events are all there and as they were published.

use std::collections::{BTreeMap, BTreeSet};

use super::coverage::{self, Interval, Unseen};
use super::evidence::{Section, Statement};
use super::merkle::{self, Node, Tree};
use super::signature::{self, PublicKey};
use super::{NOTHING, fingerprint, from_hexadecimal, hexadecimal, signed_hash};
use crate::model::{Code, Fault};
use crate::wire::event::{CloudEvent, Topic};
use crate::wire::lines;
use crate::wire::view::EventView;

/// Signatures of a chain that wait to be checked. Since the chain covers them, one check of the last
/// is a check of all; only when that fails is each looked at.
const SIGNATURES: usize = 1_024;

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

/// What of an event the chain rests on. Working it out is nearly all of the work, and needs
/// nothing but the event.
#[derive(Clone, Debug)]
pub struct Digested {
    pub(super) topic: Topic,
    pub(super) sequence: u64,
    pub(super) previous: Option<Node>,
    /// As the event says; as worked out when it says none.
    pub(super) hash: Node,
    pub(super) signature: Option<Signed>,
    pub(super) statement: Option<Statement>,
    /// Of an event of the topic `coverage`.
    unseen: Option<Unseen>,
    /// What is wrong about the event by itself.
    pub(super) wrong: Option<String>,
}

/// A signature that waits to be checked.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    sequence: u64,
    pub(super) authority: String,
    fingerprint: Node,
    value: [u8; 64],
}

impl Digested {
    /// Works it out.
    pub fn of(event: &CloudEvent) -> Self {
        Digested::of_view(&EventView::of(event))
    }

    /// The same of the line in which an event was published. What has the hash that it says is what was
    /// published; any other line is read with care, so that its fault is told as what it is.
    ///
    /// # Errors
    /// `EVD-001` when the line is not an event of ours.
    pub fn of_line(line: &[u8]) -> Result<Self, Fault> {
        let quick = lines::quick_view(line).map(|event| Digested::of_view(&event));
        match quick.filter(|event| event.wrong.is_none()) {
            Some(event) => Ok(event),
            None => lines::view(line).map(|event| Digested::of_view(&event)),
        }
    }

    /// The same of an event as it stands in a line.
    pub fn of_view(event: &EventView<'_>) -> Self {
        let own = event.signature.as_ref();
        let content = fingerprint(event, own.map(|own| &*own.authority));
        let (computed, signature, mut wrong) = match own {
            None => (content, None, None),
            Some(own) => match signature::bytes(&own.value) {
                None => (content, None, Some("its signature is not one")),
                Some(value) => {
                    let same = from_hexadecimal(&own.fingerprint) == Some(content);
                    let cause = (!same).then_some("its content is not what its fingerprint says");
                    let claimed = from_hexadecimal(&own.fingerprint).unwrap_or(content);
                    let (authority, sequence) = (own.authority.to_string(), event.sequence);
                    let signed = Signed { sequence, authority, fingerprint: claimed, value };
                    (signed_hash(&claimed, &value), Some(signed), cause)
                }
            },
        };
        let claimed = from_hexadecimal(&event.hash);
        if claimed != Some(computed) {
            wrong = wrong.or(Some("its content is not what its hash says"));
        }
        let unseen = if event.topic == Topic::Coverage { Unseen::of(&event.data) } else { None };
        let mut statement = None;
        if event.topic == Topic::Evidence {
            statement = serde_json::from_str(&event.data).ok();
            if statement.is_none() {
                wrong = wrong.or(Some("its body is no statement of this version"));
            }
        }
        Digested {
            topic: event.topic,
            sequence: event.sequence,
            previous: from_hexadecimal(&event.previous),
            hash: claimed.unwrap_or(computed),
            signature,
            statement,
            unseen,
            wrong: wrong.map(str::to_owned),
        }
    }

    /// Whether its signature is that of one of the keys.
    pub(super) fn check(&self, keys: &[PublicKey]) -> Result<(), String> {
        match &self.signature {
            Some(signed) => signed.check(keys),
            None => Err("it is not signed".into()),
        }
    }
}

impl Signed {
    fn check(&self, keys: &[PublicKey]) -> Result<(), String> {
        let authority = &self.authority;
        match keys.iter().find(|key| key.id() == *authority) {
            None => Err(format!("it is signed by key {authority}, which was not given")),
            Some(key) if key.verifies(&self.fingerprint, &self.value) => Ok(()),
            Some(_) => Err(format!("its signature is not that of key {authority}")),
        }
    }
}

/// Verifies chains, given event by event in the order in which they were published.
#[derive(Debug)]
pub struct Verifier {
    extent: Extent,
    keys: Vec<PublicKey>,
    links: BTreeMap<Topic, Links>,
    checkpoints: Vec<(u64, String, Vec<Section>)>,
    intervals: Vec<Interval>,
    unseen: Vec<Unseen>,
    /// Ids of the keys, in the order in which the topic `evidence` announces them.
    announced: Vec<String>,
    /// What was found of signatures, after their events had gone by.
    found: Vec<Fault>,
    /// Keys that were not given, each told once for each topic.
    unknown: BTreeSet<(Topic, String)>,
}

/// The part of a chain that was seen. All its hashes are kept (32 bytes each), so that an event
/// which comes again is told from one that was slipped in.
#[derive(Debug)]
struct Links {
    first: u64,
    hashes: Vec<Node>,
    duplicates: u64,
    unchecked: Vec<Signed>,
    /// Who signed, and from which event on.
    authorities: Vec<(u64, String)>,
    /// Sequence of the last event that is signed.
    signed: u64,
}

impl Verifier {
    /// Nothing seen yet. Signatures are checked when there are keys.
    pub fn new(extent: Extent, keys: Vec<PublicKey>) -> Self {
        Verifier {
            extent,
            keys,
            links: BTreeMap::new(),
            checkpoints: Vec::new(),
            intervals: Vec::new(),
            unseen: Vec::new(),
            announced: Vec::new(),
            found: Vec::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// The next event. After a fault the verification goes on as if the event were as it should
    /// be, so that one deed is told once as far as possible.
    ///
    /// # Errors
    /// `EVD-001` when the chain is broken here, naming topic and sequence.
    pub fn add(&mut self, event: &CloudEvent) -> Result<(), Fault> {
        self.follow(Digested::of(event))
    }

    /// The next event, of which the laborious part is done.
    ///
    /// # Errors
    /// As [`Verifier::add`].
    pub fn follow(&mut self, event: Digested) -> Result<(), Fault> {
        let (topic, sequence, wrong) = (event.topic, event.sequence, event.wrong.clone());
        let linked = self.link(event);
        let outcome = match wrong {
            Some(cause) => Err(cause),
            None => linked,
        };
        outcome.map_err(|cause| fault(topic, sequence, &cause))
    }

    fn link(&mut self, event: Digested) -> Result<(), String> {
        let (topic, sequence) = (event.topic, event.sequence);
        let Some(links) = self.links.get_mut(&topic) else {
            self.links.insert(topic, Links::new(sequence));
            let starts = sequence == 1 && event.previous == Some(NOTHING);
            let inside = sequence > 1 && self.extent == Extent::Part;
            let signed = self.take(event);
            return if starts || inside {
                signed
            } else {
                Err("the chain does not begin here".into())
            };
        };
        let expected = links.next();
        if sequence < expected {
            return links.repeat(sequence, &event.hash);
        }
        if sequence > expected {
            self.settle(topic);
            self.links.insert(topic, Links::new(sequence));
            let _ = self.take(event);
            return Err(format!("sequence {expected} is missing before it"));
        }
        let follows = Some(*links.last()) == event.previous;
        if !follows {
            // What follows speaks for itself alone; what came before has to as well.
            self.settle(topic);
        }
        let signed = self.take(event);
        if follows { signed } else { Err("it does not follow the event before it".into()) }
    }

    /// Takes an event at the end of its chain.
    fn take(&mut self, event: Digested) -> Result<(), String> {
        self.unseen.extend(event.unseen);
        let interval = event.statement.as_ref().and_then(|it| Interval::of(event.sequence, it));
        self.intervals.extend(interval);
        match event.statement {
            Some(Statement::Checkpoint { root, chains }) => {
                self.checkpoints.push((event.sequence, root, chains));
            }
            Some(Statement::SigningKey { authority_uid, .. }) => {
                self.announced.push(authority_uid);
            }
            Some(Statement::Observed { .. }) | None => {}
        }
        let Some(links) = self.links.get_mut(&event.topic) else { return Ok(()) };
        links.hashes.push(event.hash);
        let Some(signed) = event.signature else {
            let stripped = links.signed != 0;
            return if stripped {
                Err("it is not signed, as those before it are".into())
            } else {
                Ok(())
            };
        };
        let changes = links.authorities.last().is_none_or(|(_, last)| *last != signed.authority);
        links.signed = event.sequence;
        if changes {
            links.authorities.push((event.sequence, signed.authority.clone()));
        }
        if changes || links.unchecked.len() >= SIGNATURES {
            self.settle(event.topic);
        }
        if let Some(links) = self.links.get_mut(&event.topic) {
            links.unchecked.push(signed);
        }
        Ok(())
    }

    /// Checks the signatures of a topic that wait.
    fn settle(&mut self, topic: Topic) {
        let Some(links) = self.links.get_mut(&topic) else { return };
        let waiting = std::mem::take(&mut links.unchecked);
        let well = waiting.last().is_none_or(|last| last.check(&self.keys).is_ok());
        if well || self.keys.is_empty() {
            return;
        }
        for signed in waiting {
            let given = self.keys.iter().any(|key| key.id() == signed.authority);
            let told = !given && !self.unknown.insert((topic, signed.authority.clone()));
            if let (Err(cause), false) = (signed.check(&self.keys), told) {
                self.found.push(fault(topic, signed.sequence, &cause));
            }
        }
    }

    /// What shows only when everything has been seen: signatures that are wrong or missing, ends
    /// of chains that are missing, changes of key that nobody announced. Call it once.
    pub fn finish(&mut self) -> Vec<Fault> {
        for topic in Topic::ALL {
            self.settle(topic);
        }
        let mut found = std::mem::take(&mut self.found);
        if !self.keys.is_empty() {
            let open = |links: &&Links| links.signed < links.next().saturating_sub(1);
            // A signed checkpoint vouches for a chain that has been quiet since.
            let vouched = self.links.get(&Topic::Evidence).map_or(0, |links| links.signed);
            let covered = |topic: Topic, links: &Links| {
                let end = links.next().saturating_sub(1);
                let signed = self.checkpoints.iter().filter(|(sequence, ..)| *sequence <= vouched);
                let mut sections = signed.flat_map(|(_, _, sections)| sections);
                topic != Topic::Evidence
                    && sections.any(|it| it.topic() == Some(topic) && it.last >= end)
            };
            let unsigned = self.links.iter().filter(|(_, links)| open(links));
            let unsigned = unsigned.filter(|(topic, links)| !covered(**topic, links));
            found.extend(unsigned.map(|(topic, links)| {
                let first = links.first.max(links.signed.saturating_add(1));
                fault(*topic, first, "neither it nor any event after it is signed")
            }));
        }
        for (sequence, root, sections) in &self.checkpoints {
            let causes = self.compare(root, sections);
            found.extend(causes.iter().map(|cause| fault(Topic::Evidence, *sequence, cause)));
        }
        found.extend(self.unannounced());
        // A part may lack what joins.
        if self.extent == Extent::Whole {
            let holes = coverage::holes(&self.intervals, &self.unseen).into_iter();
            found.extend(holes.map(|(sequence, cause)| fault(Topic::Evidence, sequence, &cause)));
        }
        found
    }

    /// In what a checkpoint differs from the chains.
    fn compare(&self, root: &str, sections: &[Section]) -> Vec<String> {
        let whole: Option<Vec<Node>> = sections
            .iter()
            .map(|it| from_hexadecimal(&it.root).map(|it| merkle::leaf(&it)))
            .collect();
        let tree: Option<Tree> = whole.map(|roots| roots.into_iter().collect());
        let mut causes: Vec<String> = Vec::new();
        if tree.is_none_or(|tree| hexadecimal(&tree.root()) != root) {
            causes.push("the checkpoint's root is not that of its chains".into());
        }
        causes.extend(sections.iter().filter_map(|section| self.compare_section(section)));
        causes
    }

    fn compare_section(&self, section: &Section) -> Option<String> {
        let Section { topic: name, first, last, .. } = section;
        let (Some(topic), Some(_)) = (section.topic(), section.size()) else {
            return Some("the checkpoint covers what cannot be".into());
        };
        let Some(links) = self.links.get(&topic) else {
            let missing = format!("it covers {name} {first} to {last}, of which nothing is here");
            return (self.extent == Extent::Whole).then_some(missing);
        };
        if *last >= links.next() {
            let end = links.next().saturating_sub(1);
            return Some(format!("it covers {name} up to {last}, which ends here at {end}"));
        }
        // What lies before the first break was told, or is not at hand.
        let hashes = links.between(*first, *last)?;
        let tree: Tree = hashes.iter().map(merkle::leaf).collect();
        let head = hashes.last().map(|head| hexadecimal(head));
        let same =
            hexadecimal(&tree.root()) == section.root && head.as_ref() == Some(&section.head);
        (!same).then(|| format!("{name} {first} to {last} are not what it covers"))
    }

    /// Keys that begin to sign a chain without an announcement in the topic `evidence`, as far as
    /// that is at hand from its beginning.
    fn unannounced(&self) -> Vec<Fault> {
        let evidence = self.links.get(&Topic::Evidence);
        if evidence.is_none_or(|links| links.first != 1) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (topic, links) in &self.links {
            let mut announced = self.announced.iter();
            for (sequence, authority) in &links.authorities {
                if !announced.any(|known| known == authority) {
                    let cause =
                        format!("key {authority} signs from here on, which nothing announces");
                    found.push(fault(*topic, *sequence, &cause));
                    break;
                }
            }
        }
        found
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
    fn new(first: u64) -> Self {
        Links {
            first,
            hashes: Vec::new(),
            duplicates: 0,
            unchecked: Vec::new(),
            authorities: Vec::new(),
            signed: 0,
        }
    }

    fn next(&self) -> u64 {
        self.first.saturating_add(self.hashes.len() as u64)
    }

    /// An event whose number was seen before.
    fn repeat(&mut self, sequence: u64, hash: &Node) -> Result<(), String> {
        let known = self.between(sequence, sequence).and_then(<[Node]>::first);
        if known != Some(hash) {
            return Err("it is out of order, or replaces another event of this number".into());
        }
        self.duplicates += 1;
        Ok(())
    }

    fn between(&self, first: u64, last: u64) -> Option<&[Node]> {
        let index = |sequence: u64| sequence.checked_sub(self.first).map(|index| index as usize);
        self.hashes.get(index(first)?..=index(last)?)
    }

    fn last(&self) -> &Node {
        self.hashes.last().unwrap_or(&NOTHING)
    }
}

fn fault(topic: Topic, sequence: u64, cause: &str) -> Fault {
    Fault::new(Code::EVD_001, format!("{}, sequence {sequence}: {cause}", topic.suffix()))
}

/// Verifies whole chains in the order in which they were published; signatures are not checked.
///
/// # Errors
/// `EVD-001` for each place at which a chain is broken, naming topic and sequence.
pub fn verify<'a>(events: impl IntoIterator<Item = &'a CloudEvent>) -> Result<Summary, Vec<Fault>> {
    let mut verifier = Verifier::new(Extent::Whole, Vec::new());
    let added = events.into_iter().filter_map(|event| verifier.add(event).err());
    let mut faults: Vec<Fault> = added.collect();
    faults.extend(verifier.finish());
    if faults.is_empty() { Ok(verifier.summary()) } else { Err(faults) }
}
