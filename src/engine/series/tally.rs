//! What the transaction in progress has touched so far, added up by table, operation and actor.
//!
//! A batch may end within a transaction; what was added up is then a record of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name::{Series, categories, sensitivity};
use crate::engine::detect::{Extent, Touch};
use crate::engine::state::State;
use crate::model::{Fault, OperationKind, Position, Reference, Sensitivity, TableName, limits};

const PREFIX: &[u8] = b"st";
const PREFIX_END: &[u8] = b"su";

/// Changes of one kind to one table by one actor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Part {
    pub table: TableName,
    pub operation: OperationKind,
    pub actor: Option<Reference>,
}

/// How many there are, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub extent: Extent,
    /// Rows by the most sensitive category touched.
    sensitivities: BTreeMap<Sensitivity, u64>,
    /// Updated rows by the set of categories that were changed.
    columns: BTreeMap<u64, u64>,
    /// Whether this batch has added to it.
    #[serde(skip)]
    changed: bool,
}

impl Content {
    fn add(&mut self, touch: &Touch) {
        self.changed = true;
        self.extent.add(touch);
        if let Some(sensitivity) = sensitivity(touch) {
            *self.sensitivities.entry(sensitivity).or_default() += 1;
        }
        let set = categories(touch);
        if touch.operation == OperationKind::Update && set != 0 {
            let room = self.columns.len() < limits::SERIES_OF_TRANSACTION.1;
            let set = if room || self.columns.contains_key(&set) { set } else { u64::MAX };
            *self.columns.entry(set).or_default() += 1;
        }
    }

    /// Whether rows of this sensitivity are among it.
    pub fn has(&self, sensitivity: Sensitivity) -> bool {
        self.sensitivities.contains_key(&sensitivity)
    }

    /// Rows that changed exactly these categories.
    pub fn changed(&self, categories: u64) -> u64 {
        self.columns.get(&categories).copied().unwrap_or(0)
    }
}

/// The parts of one transaction.
pub(super) type Parts = BTreeMap<Part, Content>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tally {
    parts: Parts,
    /// Records of this transaction that the state holds.
    stored: Vec<Vec<u8>>,
    overflow: u64,
}

impl Tally {
    /// Within a transaction: with what earlier batches left.
    pub fn load(state: &State) -> Result<Self, Fault> {
        let records = state.all::<(Part, Content)>(PREFIX, PREFIX_END)?;
        let stored = records.iter().map(|(key, _)| key.clone()).collect();
        let parts = records.into_iter().map(|(_, record)| record).collect();
        Ok(Tally { parts, stored, overflow: 0 })
    }

    /// Adds one change. What is neither about people nor anybody's act is no matter of ours.
    pub fn touch(&mut self, touch: &Touch) {
        let matters = touch.about_people || touch.actor.is_some() || !touch.categories.is_empty();
        if !matters || touch.operation == OperationKind::Truncate {
            return;
        }
        let (table, operation, actor) = (touch.table.clone(), touch.operation, touch.actor);
        let room = self.parts.len() < limits::SERIES_OF_TRANSACTION.0;
        let part = Part { table, operation, actor };
        if let Some(content) = self.parts.get_mut(&part) {
            content.add(touch);
        } else if room {
            let mut content = Content {
                extent: Extent::from(touch.position),
                sensitivities: BTreeMap::new(),
                columns: BTreeMap::new(),
                changed: true,
            };
            content.add(touch);
            self.parts.insert(part, content);
        } else {
            self.overflow += 1;
        }
    }

    /// The transaction ends: all its parts.
    pub fn take(&mut self, state: &mut State) -> Parts {
        self.stored.drain(..).for_each(|key| state.remove(key));
        std::mem::take(&mut self.parts)
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
    }
}

/// Rows of each series, and the first change.
pub(super) fn series(
    parts: &Parts,
    counts_for_tables: impl Fn(Option<Reference>) -> bool,
) -> BTreeMap<Series, (u64, Position)> {
    let mut found = BTreeMap::new();
    let mut add = |series: Series, rows: u64, first: Position| {
        let (sum, earliest) = found.entry(series).or_insert((0, first));
        *sum += rows;
        *earliest = first.min(*earliest);
    };
    for (Part { table, operation, actor }, content) in parts {
        let (rows, first) = (content.extent.records, content.extent.first);
        let (table, operation) = (table.clone(), *operation);
        if let Some(actor) = *actor {
            add(Series::Actor { actor, table: table.clone(), operation }, rows, first);
            for (&sensitivity, rows) in &content.sensitivities {
                add(Series::Sensitivity { actor, sensitivity }, *rows, first);
            }
        }
        if counts_for_tables(*actor) {
            for (&categories, rows) in &content.columns {
                add(Series::Columns { table: table.clone(), categories }, *rows, first);
            }
            add(Series::Table { table, operation }, rows, first);
        }
    }
    found
}
