//! SEC-015: a decoy was touched.
//!
//! **What**: a row that the register lists under `decoys` was changed or deleted, or a row about that
//! person was added, changed or deleted.
//!
//! **Why**: a decoy is nobody's record, and looks like any other. Nobody who does their work has a
//! reason to touch it; somebody who goes through the records does (GDPR Art. 32(1)(d)). MITRE ATT&CK
//! T1213.004, Customer Relationship Management Software.
//!
//! **Not counted**: planting it; what the initial copy brings; messages, which go to everybody; a batch
//! that touches every decoy of the table and at least half of its rows; in a table about people, a batch
//! that adds, changes or deletes at least half of the rows that there were or are.
//!
//! **False positives**: smaller batches, such as one of all records of a country. Plant decoys where
//! nobody looks, and leave them out where work is done in lists.
//!
//! **Blind spots**: reading, which the stream does not show; whoever knows the decoys.

use std::collections::{BTreeMap, BTreeSet};

use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{OperationKind, Reference, TableName, limits};
use crate::policy::Policies;

/// The decoys of the register, by their references.
pub struct Decoys {
    people: BTreeSet<Reference>,
    rows: BTreeMap<TableName, BTreeSet<Reference>>,
}

impl Decoys {
    /// Names them.
    pub fn new(
        register: &BTreeMap<TableName, BTreeSet<String>>,
        pseudonyms: &Pseudonymizer,
    ) -> Decoys {
        let mut decoys = Decoys { people: BTreeSet::new(), rows: BTreeMap::new() };
        for (table, keys) in register {
            let rows = decoys.rows.entry(table.clone()).or_default();
            for key in keys {
                // A register that many read names decoys by their references.
                if let Some(reference) = Reference::parse(key) {
                    decoys.people.insert(reference);
                }
                decoys.people.insert(pseudonyms.subject(table, key.as_bytes()));
                rows.insert(pseudonyms.row(table, &[key.as_bytes()]));
            }
        }
        decoys
    }

    /// What the change shows.
    pub fn sign(&self, change: &Classified<'_>) -> Option<Sign> {
        if self.rows.is_empty() {
            return None;
        }
        let record = change.record();
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let own = self.rows.get(&record.change.table.name);
        let row = change.row().filter(|row| own.is_some_and(|rows| rows.contains(row)));
        let about = change.subject().filter(|subject| self.people.contains(subject));
        let touched = match own {
            Some(_) => row.or(about).filter(|_| !inserted),
            None => about.filter(|_| record.mapping.activity.is_none()),
        };
        touched.map(|decoy| Sign::of(Detector::Decoy).to(decoy))
    }
}

/// What a transaction did to the rows of a table.
#[derive(Clone, Copy)]
pub(super) struct Went {
    /// Rows changed or deleted.
    pub altered: u64,
    /// Rows added.
    pub inserted: u64,
    /// Rows before and after it.
    pub before: u64,
    /// See there.
    pub after: u64,
}

/// Whether a transaction went over the whole table.
pub(super) fn is_batch<'k>(
    policies: &Policies,
    table: &TableName,
    touched: impl Iterator<Item = &'k (Detector, Option<Reference>, Option<Reference>)>,
    Went { altered, inserted, before, after }: Went,
) -> bool {
    let is_most = |went: u64, rows: u64| went.saturating_mul(2) >= rows;
    match policies.register.decoys.get(table) {
        Some(planted) => {
            let touched: BTreeSet<_> = touched.map(|(_, _, object)| object).collect();
            is_most(altered, before) && touched.len() >= planted.len()
        }
        // Not each decoy need have a row in a table about people, and a job may write one for each.
        None => {
            let rows = before.max(after);
            is_most(altered + inserted, rows) && rows >= limits::MOVED_VALUES as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person, table};
    use crate::model::Code;

    fn touched(number: u32) -> Touch {
        let signs = match number < 2 {
            true => vec![Sign::of(Detector::Decoy).to(person(number))],
            false => Vec::new(),
        };
        Touch { signs, categories: Vec::new(), ..change("crm.contacts", number) }
    }

    fn trial() -> Trial {
        let mut trial = Trial::new();
        trial.decoys("crm.contacts", &["4999", "5203"]);
        trial.rows("crm.contacts", 100);
        trial
    }

    #[test]
    fn one_touch_is_an_alarm() {
        let signals = trial().commit(60, [touched(1)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_015));
        assert_eq!(
            signals[0].reason,
            "1 decoy touched in crm.contacts by one actor within 1 h; one is enough"
        );
    }

    #[test]
    fn a_job_that_writes_a_row_about_everybody_is_none() {
        let note = |number| {
            let operation = OperationKind::Insert;
            Touch { operation, table: table("crm.notes"), ..touched(number) }
        };
        assert!(trial().commit(60, (0..60).map(note)).is_empty(), "into an empty table");
        let mut grown = trial();
        grown.rows("crm.notes", 200);
        assert_eq!(grown.commit(60, (0..60).map(note)).len(), 2, "a few beside many are none");
        assert_eq!(trial().commit(60, (0..3).map(note)).len(), 2, "nor are a few alone");
    }

    #[test]
    fn a_batch_over_the_whole_table_is_none_unless_it_leaves_a_decoy_out() {
        assert!(trial().commit(60, (0..60).map(touched)).is_empty());
        assert_eq!(trial().commit(60, (1..60).map(touched)).len(), 1);
        assert_eq!(trial().commit(60, (0..49).map(touched)).len(), 2, "nor is half a table all");
    }
}
