//! SEC-002: a table with personal data emptied by TRUNCATE.
//!
//! **What**: TRUNCATE of a table of data subjects, of a table that the pack maps as being about
//! them, or of any table with personal columns.
//!
//! **Why**: it destroys at once what row-by-row deletion destroys slowly (GDPR Art. 4(12), Art.
//! 32(1)), and leaves no old values in the stream. MITRE ATT&CK T1485, Data Destruction. There is
//! no number to set: one is enough.
//!
//! **Counted**: the stream carries neither rows nor data subjects, so the incident says "unknown"
//! for people and takes the records from the approximate row count that is kept per table.
//!
//! **False positives**: tables that are emptied and filled anew by a nightly job. Keep such
//! tables out of the publication, or load them by DELETE and INSERT. An empty table alarms too,
//! because its row count may not be known.
//!
//! **Blind spots**: DROP TABLE and DETACH PARTITION do not show in the stream; who did it is
//! unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tripwire::{actor_words, grouped};
use super::{Extent, Signal, Subjects, Touch};
use crate::model::{BreachType, Category, Code, Position, Reference, TableName, Timestamp};

/// A TRUNCATE in the transaction in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Truncated {
    position: Position,
    about_people: bool,
    actor: Option<Reference>,
    categories: Vec<Category>,
}

impl Truncated {
    pub fn new(touch: &Touch) -> Self {
        Truncated {
            position: touch.position,
            about_people: touch.about_people,
            actor: touch.actor,
            categories: touch.categories.clone(),
        }
    }

    /// Whether the table has anything to do with people.
    pub fn is_about_people(&self) -> bool {
        self.about_people || !self.categories.is_empty()
    }

    /// The alarm, unless the table has nothing to do with people. `rows` is how many it held.
    pub fn signal(&self, table: &TableName, rows: u64, time: Timestamp) -> Option<Signal> {
        if !self.is_about_people() {
            return None;
        }
        let extent = Extent {
            subjects: Subjects::default(),
            records: rows,
            unattributed: rows,
            cells: self
                .categories
                .iter()
                .map(|category| (*category, rows))
                .collect::<BTreeMap<_, _>>(),
            reversible: false,
            sources: Vec::new(),
            first: self.position,
            last: self.position,
        };
        let reason = format!(
            "{table} emptied by TRUNCATE by {}: about {} rows; the stream does not tell whose",
            actor_words(self.actor),
            grouped(rows)
        );
        Some(Signal {
            code: Code::SEC_002,
            breach: BreachType::Availability,
            table: table.clone(),
            actor: self.actor,
            together: None,
            extent,
            countable: false,
            occurred: time,
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, truncation};
    use crate::model::{Category, Code};

    #[test]
    fn emptying_a_table_of_people_is_an_alarm_with_the_rows_it_held() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 20_104);
        let signals = trial.commit(60, [truncation("crm.contacts")]);
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].code, Code::SEC_002);
        assert_eq!(signals[0].extent.records, 20_104);
        assert!(!signals[0].countable && !signals[0].extent.reversible);
        assert_eq!(
            signals[0].reason,
            "crm.contacts emptied by TRUNCATE by an unknown actor: about 20,104 rows; \
             the stream does not tell whose"
        );
        let again = trial.commit(61, [truncation("crm.contacts")]);
        assert_eq!(again[0].extent.records, 0, "the row count starts anew");
    }

    #[test]
    fn a_mapped_table_about_people_counts_and_so_does_one_with_personal_columns() {
        let mut trial = Trial::new();
        assert_eq!(trial.commit(60, [truncation("crm.notes")]).len(), 1);
        let mut personal = truncation("crm.staging");
        personal.about_people = false;
        personal.categories = vec![Category::Email];
        assert_eq!(trial.commit(61, [personal]).len(), 1);
    }

    #[test]
    fn emptying_a_table_about_nobody_is_no_alarm() {
        let mut trial = Trial::new();
        let mut campaigns = truncation("crm.campaigns");
        campaigns.about_people = false;
        assert!(trial.commit(60, [campaigns]).is_empty());
    }
}
