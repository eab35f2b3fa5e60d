//! Which cells were touched, and whether they can be restored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name::{Series, bit};
use super::people::People;
use super::tally::{Content, Share};
use crate::engine::detect::Extent;
use crate::model::{Category, TableName};

/// Cells by category; of a series, those of its hour so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deeds {
    cells: BTreeMap<Category, u64>,
    /// Whether an old value of any of them was not in the stream.
    irreversible: bool,
}

impl Deeds {
    /// All that one part of a transaction touched.
    pub fn of(extent: &Extent) -> Self {
        Deeds { cells: extent.cells.clone(), irreversible: !extent.reversible }
    }

    /// Of one part of a transaction, what belongs to a series by sensitivity or by columns.
    pub fn of_share(content: &Content, series: &Series, share: &Share) -> Self {
        let own = |category: &Category| match series {
            Series::Sensitivity { sensitivity, .. } => category.sensitivity() == *sensitivity,
            Series::Columns { categories, .. } => *categories & bit(*category) != 0,
            _ => true,
        };
        // More cells of a category than rows there are in none of them.
        let cells = content.extent.cells.iter().filter(|(category, _)| own(category));
        let cells = cells.map(|(category, cells)| (*category, share.rows.min(*cells))).collect();
        Deeds { cells, irreversible: !content.extent.reversible }
    }

    /// Adds what else was touched.
    pub fn merge(&mut self, other: &Deeds) {
        for (category, cells) in &other.cells {
            let held = self.cells.entry(*category).or_default();
            *held = held.saturating_add(*cells);
        }
        self.irreversible |= other.irreversible;
    }

    /// Adds to the extent of a transaction what was touched before it, its own being among this.
    pub fn precede(&self, extent: &mut Extent) {
        for (category, cells) in &self.cells {
            let held = extent.cells.entry(*category).or_default();
            *held = (*held).max(*cells);
        }
        extent.reversible &= !self.irreversible;
    }
}

/// What somebody has done since something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub people: People,
    pub deeds: Deeds,
}

impl Account {
    /// Adds one part of a transaction; returns how many rows.
    pub fn add(&mut self, content: &Content) -> u64 {
        self.people.merge(content.people());
        self.deeds.merge(&Deeds::of(&content.extent));
        content.extent.records
    }

    /// Adds what of a part changed any of these categories; returns how many rows.
    pub fn add_changed(&mut self, content: &Content, categories: u64) -> u64 {
        let mut rows = 0_u64;
        for (set, share) in content.changed(categories) {
            let series = Series::Columns { table: TableName::new("", ""), categories: set };
            self.people.merge(share.people());
            self.deeds.merge(&Deeds::of_share(content, &series, share));
            rows = rows.saturating_add(share.rows);
        }
        rows
    }
}
