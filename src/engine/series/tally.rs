//! What the transaction in progress has touched so far, added up by table, operation and actor.
//!
//! A batch may end within a transaction; what was added up is then a record of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::deeds::Deeds;
use super::name::{Series, categories, sensitivity};
use super::people::People;
use crate::engine::detect::{Extent, Touch};
use crate::engine::state::State;
use crate::model::{Fault, OperationKind, Position, Reference, Sensitivity, TableName, limits};

const PREFIX: &[u8] = b"st";
const PREFIX_END: &[u8] = b"su";

/// What lies in envelopes of declared maintenance.
const DECLARED: &[u8] = b"5s";
const DECLARED_END: &[u8] = b"5t";

/// Changes of one kind to one table by one actor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Part {
    pub table: TableName,
    pub operation: OperationKind,
    pub actor: Option<Reference>,
}

impl Part {
    /// Where a change belongs, if it is a matter of ours.
    fn of(touch: &Touch) -> Option<Part> {
        let matters = touch.about_people || touch.actor.is_some() || !touch.categories.is_empty();
        // What people do themselves is no act of the account that records it.
        let counted = matters && touch.operation != OperationKind::Truncate && !touch.own_act;
        let (table, operation, actor) = (&touch.table, touch.operation, touch.actor);
        counted.then(|| Part { table: table.clone(), operation, actor })
    }
}

/// Adds one change; returns how often it found no room.
fn add<K: Ord>(parts: &mut BTreeMap<K, Content>, part: K, touch: &Touch) -> u64 {
    if let Some(content) = parts.get_mut(&part) {
        content.add(touch);
        return 0;
    }
    if parts.len() >= limits::SERIES_OF_TRANSACTION.0 {
        return 1;
    }
    let mut content = Content {
        extent: Extent::from(touch.position),
        people: People::default(),
        sensitivities: BTreeMap::new(),
        columns: BTreeMap::new(),
        changed: true,
    };
    content.add(touch);
    parts.insert(part, content);
    0
}

/// How many there are, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub extent: Extent,
    people: People,
    /// By the most sensitive category touched.
    sensitivities: BTreeMap<Sensitivity, Share>,
    /// Of updates, by the set of categories that were changed.
    columns: BTreeMap<u64, Share>,
    /// Whether this batch has added to it.
    #[serde(skip)]
    changed: bool,
}

/// What of a part is of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Share {
    people: People,
    pub rows: u64,
}

impl Share {
    /// Whom it is about.
    pub fn people(&self) -> &People {
        &self.people
    }

    fn add(&mut self, touch: &Touch) {
        self.people.add(touch.subject);
        self.rows = self.rows.saturating_add(1);
    }

    fn merge(&mut self, other: &Share) {
        self.people.merge(&other.people);
        self.rows = self.rows.saturating_add(other.rows);
    }
}

impl Content {
    fn add(&mut self, touch: &Touch) {
        self.changed = true;
        self.extent.add(touch);
        self.people.add(touch.subject);
        if let Some(sensitivity) = sensitivity(touch) {
            self.sensitivities.entry(sensitivity).or_default().add(touch);
        }
        let set = categories(touch);
        if touch.operation == OperationKind::Update && set != 0 {
            let room = self.columns.len() < limits::SERIES_OF_TRANSACTION.1;
            let set = if room || self.columns.contains_key(&set) { set } else { u64::MAX };
            self.columns.entry(set).or_default().add(touch);
        }
    }

    fn merge(&mut self, other: Content) {
        self.changed = true;
        self.extent.merge(&other.extent);
        self.people.merge(&other.people);
        for (sensitivity, share) in other.sensitivities {
            self.sensitivities.entry(sensitivity).or_default().merge(&share);
        }
        for (set, share) in other.columns {
            let room = self.columns.len() < limits::SERIES_OF_TRANSACTION.1;
            let set = if room || self.columns.contains_key(&set) { set } else { u64::MAX };
            self.columns.entry(set).or_default().merge(&share);
        }
    }

    /// Whom it is about.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// About how many it is.
    pub fn number(&self) -> u64 {
        self.people.count()
    }

    /// All categories that were changed.
    pub fn changed_categories(&self) -> u64 {
        let sets = self.columns.keys().filter(|set| **set != u64::MAX);
        sets.fold(0, |all, set| all | set)
    }

    /// Rows by the set of categories that they changed, where any of these is among them.
    pub fn changed(&self, categories: u64) -> impl Iterator<Item = (u64, &Share)> {
        let sets = self.columns.iter().map(|(set, share)| (*set, share));
        sets.filter(move |(set, _)| *set != u64::MAX && set & categories != 0)
    }

    /// Whether any personal data are among it.
    pub fn is_personal(&self) -> bool {
        !self.sensitivities.is_empty()
    }

    /// Whether rows of this sensitivity are among it.
    pub fn has(&self, sensitivity: Sensitivity) -> bool {
        self.sensitivities.contains_key(&sensitivity)
    }

    /// Whether rows are among it that changed exactly these categories.
    pub fn has_changed(&self, categories: u64) -> bool {
        self.columns.contains_key(&categories)
    }
}

/// The parts of one transaction.
pub(super) type Parts = BTreeMap<Part, Content>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tally {
    parts: Parts,
    /// Those that lie in envelopes of declared maintenance, by its name.
    declared: BTreeMap<(String, Part), Content>,
    /// Actors of what stayed in an envelope: they were here, and that is all that is counted.
    seen: BTreeMap<Reference, Position>,
    /// Records of this transaction that the state holds.
    stored: Vec<Vec<u8>>,
    overflow: u64,
}

impl Tally {
    /// Within a transaction: with what earlier batches left.
    pub fn load(state: &State) -> Result<Self, Fault> {
        let records = state.all::<(Part, Content)>(PREFIX, PREFIX_END)?;
        let declared = state.all::<((String, Part), Content)>(DECLARED, DECLARED_END)?;
        let keys = records.iter().map(|(key, _)| key).chain(declared.iter().map(|(key, _)| key));
        let stored = keys.cloned().collect();
        let parts = records.into_iter().map(|(_, record)| record).collect();
        let declared = declared.into_iter().map(|(_, record)| record).collect();
        Ok(Tally { parts, declared, stored, ..Tally::default() })
    }

    /// Adds one change. What is neither about people nor anybody's act is no matter of ours.
    pub fn touch(&mut self, touch: &Touch) {
        let Some(part) = Part::of(touch) else { return };
        self.overflow += add(&mut self.parts, part, touch);
    }

    /// Adds one change that lies in an envelope of declared maintenance.
    pub fn touch_within(&mut self, envelope: &str, touch: &Touch) {
        let Some(part) = Part::of(touch) else { return };
        self.overflow += add(&mut self.declared, (envelope.to_owned(), part), touch);
    }

    /// The transaction ends, and these envelopes hold: of what lies in them nothing is counted. What
    /// lies in others is counted like anything else.
    pub fn excuse(&mut self, within: &BTreeSet<String>) {
        for ((envelope, part), content) in std::mem::take(&mut self.declared) {
            if within.contains(&envelope) {
                let first = content.extent.first;
                let actor = part.actor.map(|actor| self.seen.entry(actor).or_insert(first));
                actor.into_iter().for_each(|known| *known = first.min(*known));
                continue;
            }
            match self.parts.get_mut(&part) {
                Some(known) => known.merge(content),
                None => drop(self.parts.insert(part, content)),
            }
        }
    }

    /// The transaction ends: all its parts, and the actors of what stayed in an envelope.
    pub fn take(&mut self, state: &mut State) -> (Parts, BTreeMap<Reference, Position>) {
        self.stored.drain(..).for_each(|key| state.remove(key));
        self.declared.clear();
        (std::mem::take(&mut self.parts), std::mem::take(&mut self.seen))
    }

    /// Changes that were not counted for want of room, in this batch.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }

    /// The end of the batch: writes what must survive it.
    pub fn store(&self, state: &mut State) {
        for (part, content) in self.parts.iter().filter(|(_, content)| content.changed) {
            let name = postcard::to_stdvec(part).expect("records of the engine serialise");
            state.write([PREFIX, &name].concat(), &(part, content));
        }
        for (part, content) in self.declared.iter().filter(|(_, content)| content.changed) {
            let name = postcard::to_stdvec(part).expect("records of the engine serialise");
            state.write([DECLARED, &name].concat(), &(part, content));
        }
    }
}

/// What one transaction did in a series.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub people: People,
    /// Rows.
    pub records: u64,
    /// First change.
    pub first: Position,
    /// Of a table: by whom.
    pub actors: Vec<Reference>,
    /// Which cells.
    pub deeds: Deeds,
}

impl Done {
    /// Nothing yet, from a change on.
    pub fn from(first: Position) -> Self {
        let (people, actors, deeds) = Default::default();
        Done { people, records: 0, first, actors, deeds }
    }

    /// Adds what is of one kind.
    fn add(&mut self, people: &People, records: u64, first: Position, deeds: &Deeds) {
        self.people.merge(people);
        self.records += records;
        self.first = first.min(self.first);
        self.deeds.merge(deeds);
    }

    /// Adds one part of the transaction.
    pub fn add_all(&mut self, content: &Content) {
        let Extent { records, first, .. } = content.extent;
        self.add(&content.people, records, first, &Deeds::of(&content.extent));
    }
}

/// What was done in each series.
pub(super) fn series(
    parts: &Parts,
    counts_for_tables: impl Fn(Option<Reference>) -> bool,
) -> BTreeMap<Series, Done> {
    let mut found: BTreeMap<Series, Done> = BTreeMap::new();
    for (Part { table, operation, actor }, content) in parts {
        let (table, operation, first) = (table.clone(), *operation, content.extent.first);
        let mut done = |series: Series, by: Option<Reference>, share: Option<&Share>| {
            let deeds = share.map(|share| Deeds::of_share(content, &series, share));
            let done = found.entry(series).or_insert_with(|| Done::from(first));
            match (share, deeds) {
                (Some(share), Some(deeds)) => done.add(&share.people, share.rows, first, &deeds),
                _ => done.add_all(content),
            }
            done.actors.extend(by);
        };
        if let Some(actor) = *actor {
            done(Series::Actor { actor, table: table.clone(), operation }, None, None);
            done(Series::Everywhere { actor, operation }, None, None);
            for (&sensitivity, share) in &content.sensitivities {
                done(Series::Sensitivity { actor, sensitivity }, None, Some(share));
            }
        }
        if actor.is_none() {
            done(Series::Unnamed { table: table.clone(), operation }, None, None);
        }
        if counts_for_tables(*actor) {
            for (&categories, share) in &content.columns {
                done(Series::Columns { table: table.clone(), categories }, *actor, Some(share));
            }
            done(Series::Table { table, operation }, *actor, None);
        }
    }
    found
}
