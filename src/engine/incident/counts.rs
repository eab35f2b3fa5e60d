//! How many records several detectors have seen together, when each says how many it has seen.
//!
//! What one detector counts it counts once, so its numbers add up. Two detectors may speak of the same rows:
//! where the stretches of the log that they speak of overlap, the larger number counts, which is the least
//! that there can have been; where they do not, they are other rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::detect::Signal;
use crate::model::{Category, Code, Position, TableName};

/// By what numbers are told apart: table, code, and whether it was counted over all actors.
type Kind = (TableName, Code, bool);

/// Numbers of one detector, or of several together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    first: Position,
    last: Position,
    pub records: u64,
    /// Records of which the stream does not say whose they are.
    pub unattributed: u64,
    pub cells: BTreeMap<Category, u64>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts(BTreeMap<Kind, Count>);

impl Counts {
    /// Adds what a detector has counted.
    pub fn add(&mut self, signal: &Signal) {
        let extent = &signal.extent;
        let kind = (signal.table.clone(), signal.code, signal.together.is_some());
        let count = self.0.entry(kind).or_insert_with(|| Count {
            first: extent.first,
            last: extent.last,
            records: 0,
            unattributed: 0,
            cells: BTreeMap::new(),
        });
        count.first = count.first.min(extent.first);
        count.last = count.last.max(extent.last);
        count.records = count.records.saturating_add(extent.records);
        count.unattributed = count.unattributed.saturating_add(extent.unattributed);
        for (&category, &cells) in &extent.cells {
            *count.cells.entry(category).or_default() += cells;
        }
    }

    /// The least that there can have been of everything.
    pub fn total(&self) -> Count {
        let mut total = Count {
            first: Position::default(),
            last: Position::default(),
            records: 0,
            unattributed: 0,
            cells: BTreeMap::new(),
        };
        let mut tables: BTreeMap<&TableName, Vec<&Count>> = BTreeMap::new();
        for ((table, ..), count) in &self.0 {
            tables.entry(table).or_default().push(count);
        }
        for mut counts in tables.into_values() {
            counts.sort_by_key(|count| count.first);
            let mut stretch: Option<Count> = None;
            for count in counts {
                match &mut stretch {
                    Some(stretch) if count.first <= stretch.last => stretch.overlap(count),
                    _ => drop(stretch.replace(count.clone()).map(|it| total.append(&it))),
                }
            }
            stretch.iter().for_each(|it| total.append(it));
        }
        total
    }
}

impl Count {
    /// Perhaps the same rows: the larger number.
    fn overlap(&mut self, other: &Count) {
        self.last = self.last.max(other.last);
        // Whoever knows of more rows whose they are knows better.
        let known = |count: &Count| count.records.saturating_sub(count.unattributed);
        let most = self.records.max(other.records);
        self.unattributed = most - known(self).max(known(other));
        self.records = most;
        for (&category, &cells) in &other.cells {
            let held = self.cells.entry(category).or_default();
            *held = cells.max(*held);
        }
    }

    /// Other rows.
    fn append(&mut self, other: &Count) {
        self.records = self.records.saturating_add(other.records);
        self.unattributed = self.unattributed.saturating_add(other.unattributed);
        for (&category, &cells) in &other.cells {
            *self.cells.entry(category).or_default() += cells;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Extent;
    use crate::engine::detect::trial::table;
    use crate::model::{BreachType, Lsn, Timestamp};

    fn signal(code: Code, name: &str, (from, to): (u64, u64), records: u64) -> Signal {
        let at = |commit| Position { commit: Lsn(commit), ordinal: 1 };
        let mut extent = Extent { last: at(to), records, ..Extent::from(at(from)) };
        extent.cells.insert(Category::Email, records);
        extent.unattributed = records / 2;
        let (breach, table) = (BreachType::Integrity, table(name));
        let (occurred, reason) = (Timestamp(0), String::new());
        let (actor, together) = (None, None);
        Signal { code, breach, table, actor, together, extent, countable: true, occurred, reason }
    }

    fn total(signals: &[Signal]) -> (u64, u64, u64) {
        let mut counts = Counts::default();
        signals.iter().for_each(|signal| counts.add(signal));
        let total = counts.total();
        (total.records, total.unattributed, total.cells.get(&Category::Email).copied().unwrap_or(0))
    }

    #[test]
    fn what_one_detector_counts_adds_up() {
        let signals = [(1, 5, 20), (6, 9, 30)]
            .map(|(from, to, records)| signal(Code::SEC_002, "crm.contacts", (from, to), records));
        assert_eq!(total(&signals), (50, 25, 50));
    }

    #[test]
    fn what_several_say_of_the_same_stretch_counts_once_and_of_others_adds_up() {
        let one = signal(Code::SEC_001, "crm.contacts", (1, 5), 20);
        let same = signal(Code::SEC_010, "crm.contacts", (5, 9), 30);
        assert_eq!(total(&[one.clone(), same]), (30, 15, 30));
        let later = signal(Code::SEC_010, "crm.contacts", (6, 9), 30);
        assert_eq!(total(&[one.clone(), later]), (50, 25, 50));
        let elsewhere = signal(Code::SEC_010, "crm.leads", (1, 5), 30);
        assert_eq!(total(&[one, elsewhere]), (50, 25, 50));
    }
}
