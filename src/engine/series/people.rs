//! Whom something was about.

use serde::{Deserialize, Serialize};

use crate::engine::detect::{Distinct, Extent};
use crate::model::Reference;

/// What a series counts: distinct data subjects, and rows of which the stream does not say whose they are.
/// One record that is saved two hundred times is one.
///
/// Up to 64 data subjects are counted exactly, more by a sketch of a kibibyte with a standard error of 3.3 %.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct People {
    subjects: Distinct<64, 10>,
    unattributed: u64,
}

impl People {
    /// A row about somebody, or of nobody known.
    pub fn add(&mut self, subject: Option<Reference>) {
        match subject {
            Some(subject) => self.subjects.insert(subject),
            None => self.unattributed = self.unattributed.saturating_add(1),
        }
    }

    /// All of another transaction.
    pub fn merge(&mut self, other: &People) {
        self.subjects.merge(&other.subjects);
        self.unattributed = self.unattributed.saturating_add(other.unattributed);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.subjects.count().value.saturating_add(self.unattributed)
    }

    /// Adds to an extent whose the rows were that came before it.
    pub fn precede(&self, extent: &mut Extent) {
        extent.subjects.merge(&self.subjects.widened());
        extent.unattributed = extent.unattributed.max(self.unattributed);
    }

    /// The number with what it is a number of.
    pub fn words(&self) -> String {
        let number = self.subjects.count();
        let about = if number.exact { "" } else { "about " };
        let many = |number: u64, what: &str| match number {
            1 => format!("1 {what}"),
            number => format!("{number} {what}s"),
        };
        let known = format!("{about}{}", many(number.value, "data subject"));
        match (number.value, self.unattributed) {
            (_, 0) => known,
            (0, rows) => many(rows, "row"),
            (_, rows) => format!("{known} and {} of unknown ones", many(rows, "row")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::trial::person;
    use crate::model::{Lsn, Position};

    fn people(numbers: impl Iterator<Item = u32>, unknown: u64) -> People {
        let mut people = People::default();
        numbers.for_each(|number| people.add(Some(person(number))));
        (0..unknown).for_each(|_| people.add(None));
        people
    }

    #[test]
    fn one_record_saved_often_is_one_and_rows_of_nobody_known_are_as_many_as_they_are() {
        assert_eq!(people((0..200).map(|_| 7), 0).count(), 1);
        assert_eq!(people(0..3, 9).count(), 12);
        let words =
            [(0..1, 0), (0..0, 2), (0..3, 1)].map(|(them, rows)| people(them, rows).words());
        let expected = ["1 data subject", "2 rows", "3 data subjects and 1 row of unknown ones"];
        assert_eq!(words, expected);
        assert!(people(0..900, 0).words().starts_with("about "));
    }

    #[test]
    fn an_incident_knows_whose_the_rows_before_the_alarm_were_also_when_they_are_many() {
        for (number, exact) in [(40, true), (300, false)] {
            let mut extent = Extent::from(Position { commit: Lsn(1), ordinal: 1 });
            // Those of the alarm itself are among them.
            (0..10).for_each(|number| extent.subjects.insert(person(number)));
            people(0..number, 3).precede(&mut extent);
            let counted = extent.subjects.count();
            let error = counted.value.abs_diff(u64::from(number)) * 10;
            assert!(counted.exact == exact && error <= u64::from(number), "{counted:?}");
            assert_eq!(extent.unattributed, 3);
        }
    }
}
