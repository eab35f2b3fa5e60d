//! How far something reached: people, records, cells and positions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Sign, Subjects, Touch};
use crate::model::{Category, Position, Reference, limits};

/// What a number of changes touched, added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Whose data.
    pub subjects: Subjects,
    /// Rows, counted once per change.
    pub records: u64,
    /// Those of them of which the stream does not say whose they are.
    pub unattributed: u64,
    /// Cells by category.
    pub cells: BTreeMap<Category, u64>,
    /// Whether the old values of all of them were in the stream.
    pub reversible: bool,
    /// Where what was touched came from, as former owners: the first few in their own order.
    pub sources: Vec<Reference>,
    /// First change.
    pub first: Position,
    /// Last change.
    pub last: Position,
}

impl Extent {
    /// Nothing yet, to be filled from this position on.
    pub fn from(first: Position) -> Self {
        Extent {
            subjects: Subjects::default(),
            records: 0,
            unattributed: 0,
            cells: BTreeMap::new(),
            reversible: true,
            sources: Vec::new(),
            first,
            last: first,
        }
    }

    /// Adds one change.
    pub fn add(&mut self, touch: &Touch) {
        self.add_records(touch, 1);
    }

    /// Adds one change by what a sign says of it.
    pub fn add_signed(&mut self, touch: &Touch, sign: &Sign) {
        self.add_records(touch, sign.records);
        self.sources.extend(sign.source);
        self.keep_few_sources();
    }

    fn add_records(&mut self, touch: &Touch, records: u64) {
        match touch.subject {
            Some(subject) => self.subjects.insert(subject),
            None => self.unattributed = self.unattributed.saturating_add(records),
        }
        self.records = self.records.saturating_add(records);
        // A further sign of the same row counts none of it again.
        for category in touch.categories.iter().filter(|_| records > 0) {
            *self.cells.entry(*category).or_default() += 1;
        }
        self.reversible &= touch.reversible;
        self.first = self.first.min(touch.position);
        self.last = self.last.max(touch.position);
    }

    /// Adds what other changes touched.
    pub fn merge(&mut self, other: &Extent) {
        self.subjects.merge(&other.subjects);
        self.records = self.records.saturating_add(other.records);
        self.unattributed = self.unattributed.saturating_add(other.unattributed);
        for (category, cells) in &other.cells {
            *self.cells.entry(*category).or_default() += cells;
        }
        self.reversible &= other.reversible;
        self.sources.extend(&other.sources);
        self.keep_few_sources();
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    fn keep_few_sources(&mut self) {
        if self.sources.len() > 1 {
            self.sources.sort_unstable();
            self.sources.dedup();
            self.sources.truncate(limits::SOURCES);
        }
    }
}
