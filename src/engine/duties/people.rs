//! How many different people something has come to concern.
//!
//! Exact as long as they are fewer than [`PEOPLE_KEPT`], an estimate beyond: of the people's references
//! the smallest are kept, and the larger the share of all possible ones that lies below the largest of
//! these, the fewer people there are (k minimum values; Bar-Yossef et al., "Counting Distinct Elements in a
//! Data Stream", 2002). References are keyed hashes, spread evenly, so that the standard error is
//! 1/√(k − 2), 4.4 %. The order in which people come, and how often, changes nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Reference;
use crate::model::limits::PEOPLE_KEPT;

/// See there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct People {
    smallest: BTreeSet<u64>,
}

impl People {
    /// Somebody it concerns; whether that may have changed the number.
    pub(super) fn note(&mut self, person: Reference) -> bool {
        let (first, _) = person.0.split_at(size_of::<u64>());
        let hash = first.iter().fold(0, |hash, byte| (hash << 8) | u64::from(*byte));
        let full = self.smallest.len() == PEOPLE_KEPT;
        if full && self.smallest.last().is_some_and(|largest| *largest <= hash) {
            return false;
        }
        let new = self.smallest.insert(hash);
        if full && new {
            self.smallest.pop_last();
        }
        new
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        match self.smallest.last() {
            Some(largest) if self.smallest.len() == PEOPLE_KEPT => {
                let estimate = ((PEOPLE_KEPT as u128 - 1) << 64) / (u128::from(*largest) + 1);
                u64::try_from(estimate).unwrap_or(u64::MAX)
            }
            _ => self.smallest.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn person(number: u64) -> Reference {
        let hash = Sha256::digest(number.to_be_bytes());
        Reference(std::array::from_fn(|at| hash[at]))
    }

    fn people(numbers: impl Iterator<Item = u64>) -> People {
        let mut people = People::default();
        for number in numbers {
            people.note(person(number));
        }
        people
    }

    #[test]
    fn few_are_counted_exactly_however_often_they_come() {
        for count in [0, 1, 20, PEOPLE_KEPT as u64 - 1] {
            assert_eq!(people((0..count).chain(0..count)).count(), count);
        }
        let mut people = people(0..3);
        assert!(!people.note(person(2)) && people.note(person(3)));
    }

    #[test]
    fn many_are_estimated_whatever_their_order() {
        for count in [1_000, 20_000] {
            let counted = people(0..count);
            assert_eq!(counted, people((0..count).rev().chain(0..count)));
            let wrong = counted.count().abs_diff(count) as f64 / count as f64;
            assert!(wrong < 0.15, "{} of {count}", counted.count());
        }
    }
}
