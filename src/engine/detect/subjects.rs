//! Counts distinct data subjects in bounded memory.
//!
//! Exact up to a limit; beyond that a HyperLogLog sketch (Flajolet et al.,
//! 2007) with the estimator of Ertl ("New cardinality estimation algorithms for HyperLogLog
//! sketches", 2017, algorithm 6), which needs no bias table and no logarithm. All arithmetic is on
//! integers, so that every platform computes the same number. A reference is a keyed hash
//! already, so its own bits are the sketch's hash.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Reference, SubjectCount, limits};

/// The data subjects of an incident: exact up to [`limits::EXACT_SUBJECTS`], then with a standard error of
/// 1.04 / √4096 = 1.6 %.
pub type Subjects = Distinct<{ limits::EXACT_SUBJECTS }, 12>;

/// Largest rank a register may hold. A rank stands for 2⁻ʳᵃⁿᵏ, which must not vanish in the fixed
/// point below; 48 is out of reach for any number of people.
const RANKS: u32 = 48;

/// Binary places of the fixed point numbers.
const POINT: u32 = 48;

/// 1 / (2 ln 2), times 10⁹.
const ALPHA: u128 = 721_347_520;

/// Bytes of a reference.
const WIDTH: usize = 16;

/// A set of data subjects of which only the size is wanted. Equal sets are equal values, whatever
/// the order in which they were built. So many are kept as they are; of more, a sketch of 2ᴮᴵᵀˢ registers of
/// one byte, chosen by so many bits of the hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distinct<const EXACT: usize, const BITS: u32>(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Sorted.
    Exact(Vec<Reference>),
    /// One rank per register; of fewer registers where a coarser sketch is part of it.
    Sketch(Sketch),
}

/// Registers, and how many of them hold each rank: with that an estimate costs as much as there
/// are ranks, not registers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sketch {
    ranks: Vec<u8>,
    having: [u16; RANKS as usize + 1],
}

impl<const EXACT: usize, const BITS: u32> Default for Distinct<EXACT, BITS> {
    fn default() -> Self {
        Distinct(Form::Exact(Vec::new()))
    }
}

impl<const EXACT: usize, const BITS: u32> Distinct<EXACT, BITS> {
    /// Whether nobody is in the set.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Form::Exact(references) if references.is_empty())
    }

    /// Adds one.
    pub fn insert(&mut self, subject: Reference) {
        match &mut self.0 {
            Form::Exact(references) => {
                let Err(place) = references.binary_search(&subject) else { return };
                references.insert(place, subject);
                self.sketch_if_large();
            }
            Form::Sketch(sketch) => sketch.insert(subject),
        }
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, Form::Exact(references)) if references.len() == 1 => self.insert(references[0]),
            (Form::Exact(known), Form::Exact(references)) => {
                // Two sorted runs are sorted in one step; one by one each would move all behind it.
                known.extend_from_slice(references);
                known.sort();
                known.dedup();
                self.sketch_if_large();
            }
            (Form::Sketch(sketch), Form::Exact(references)) => {
                references.iter().for_each(|subject| sketch.insert(*subject));
            }
            (Form::Sketch(sketch), Form::Sketch(other)) => {
                let registers = sketch.ranks.len().min(other.ranks.len());
                sketch.fold(registers);
                match other.ranks.len() == registers {
                    true => sketch.merge(other),
                    false => {
                        let mut other = other.clone();
                        other.fold(registers);
                        sketch.merge(&other);
                    }
                }
            }
            (Form::Exact(references), Form::Sketch(other)) => {
                let mut sketch = other.clone();
                references.iter().for_each(|subject| sketch.insert(*subject));
                self.0 = Form::Sketch(sketch);
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> SubjectCount {
        match &self.0 {
            Form::Exact(references) => SubjectCount { value: references.len() as u64, exact: true },
            Form::Sketch(sketch) => SubjectCount { value: sketch.estimate(), exact: false },
        }
    }

    /// Whether half of the smaller of two sets at least is in the other one, as far as their sizes tell.
    pub fn are_mostly(&self, other: &Self) -> bool {
        let mut whole = self.clone();
        whole.merge(other);
        let (one, two) = (self.count().value, other.count().value);
        let shared = one.saturating_add(two).saturating_sub(whole.count().value);
        shared.saturating_mul(2) >= one.min(two)
    }

    /// Those in the set, while they are few enough to be kept as they are.
    pub fn references(&self) -> Option<&[Reference]> {
        match &self.0 {
            Form::Exact(references) => Some(references),
            Form::Sketch(_) => None,
        }
    }

    /// The same set for where sketches are finer. An estimate does not become better by that.
    pub fn widened<const FINER: usize, const MORE: u32>(&self) -> Distinct<FINER, MORE> {
        const { assert!(EXACT <= FINER && BITS <= MORE) };
        Distinct(self.0.clone())
    }

    fn sketch_if_large(&mut self) {
        let Form::Exact(references) = &self.0 else { return };
        if references.len() > EXACT {
            let mut sketch = Sketch::from_ranks(vec![0; 1 << BITS]);
            references.iter().for_each(|subject| sketch.insert(*subject));
            self.0 = Form::Sketch(sketch);
        }
    }
}

impl Sketch {
    /// No rank is above [`RANKS`].
    fn from_ranks(ranks: Vec<u8>) -> Self {
        let mut having = [0; RANKS as usize + 1];
        ranks.iter().for_each(|rank| having[usize::from(*rank)] += 1);
        Sketch { ranks, having }
    }

    /// As if there had been only so many registers from the beginning.
    fn fold(&mut self, registers: usize) {
        if self.ranks.len() <= registers {
            return;
        }
        let bits = self.ranks.len().trailing_zeros() - registers.trailing_zeros();
        let mut folded = Sketch::from_ranks(vec![0; registers]);
        let used = self.ranks.iter().enumerate().filter(|(_, rank)| **rank > 0);
        for (register, rank) in used {
            // The bits that no longer choose the register come first in the rank.
            let rest = register & ((1 << bits) - 1);
            let zeros = bits - (usize::BITS - rest.leading_zeros());
            let rank = if rest == 0 { bits + u32::from(*rank) } else { zeros + 1 };
            folded.raise(register >> bits, rank.min(RANKS) as u8);
        }
        *self = folded;
    }

    /// Enters one reference: the first bits choose the register, the position of the first one
    /// among the next bits is its rank.
    fn insert(&mut self, subject: Reference) {
        let bits = (u128::from_be_bytes(subject.0) >> 64) as u64;
        let index_bits = self.ranks.len().trailing_zeros();
        let rank = (bits << index_bits).leading_zeros() + 1;
        self.raise((bits >> (64 - index_bits)) as usize, rank.min(RANKS) as u8);
    }

    fn merge(&mut self, other: &Sketch) {
        for (register, rank) in other.ranks.iter().enumerate() {
            self.raise(register, *rank);
        }
    }

    fn raise(&mut self, register: usize, rank: u8) {
        let held = &mut self.ranks[register];
        if rank > *held {
            self.having[usize::from(*held)] -= 1;
            self.having[usize::from(rank)] += 1;
            *held = rank;
        }
    }

    /// `α m² / (m σ(empty / m) + Σ count(rank) 2⁻ʳᵃⁿᵏ)`.
    fn estimate(&self) -> u64 {
        let empty = u128::from(self.having[0]);
        let ranks = (1..=RANKS).zip(&self.having[1..]);
        let mut sum: u128 = ranks.map(|(rank, count)| u128::from(*count) << (POINT - rank)).sum();
        let size = self.ranks.len() as u128;
        sum += size * sigma((empty << POINT) / size);
        let numerator = ((ALPHA * size * size) << POINT) / 1_000_000_000;
        u64::try_from(numerator / sum).unwrap_or(u64::MAX)
    }
}

/// `σ(x) = x + Σ x^(2ᵏ) 2ᵏ⁻¹` for k ≥ 1: what the empty registers say. With at least one register
/// in use the terms vanish after 18 squarings.
fn sigma(share: u128) -> u128 {
    let mut power = share;
    let mut sum = share;
    for doubling in 0..20 {
        power = (power * power) >> POINT;
        sum += power << doubling;
    }
    sum
}

/// One tag, then the content as one run of bytes: these records are read and written once per
/// batch, and serialising them number by number would cost more than the counting.
impl<const EXACT: usize, const BITS: u32> Serialize for Distinct<EXACT, BITS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = match &self.0 {
            Form::Exact(references) => {
                let mut bytes = Vec::with_capacity(1 + WIDTH * references.len());
                bytes.push(0);
                references.iter().for_each(|subject| bytes.extend_from_slice(&subject.0));
                bytes
            }
            Form::Sketch(sketch) => {
                let coarse = u8::from(sketch.ranks.len() < 1 << BITS);
                [&[1 + coarse], sketch.ranks.as_slice()].concat()
            }
        };
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de, const EXACT: usize, const BITS: u32> Deserialize<'de> for Distinct<EXACT, BITS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes<const EXACT: usize, const BITS: u32>;

impl<const EXACT: usize, const BITS: u32> Visitor<'_> for Bytes<EXACT, BITS> {
    type Value = Distinct<EXACT, BITS>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a set of data subjects")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let invalid = || E::custom("a set of data subjects is damaged");
        match bytes.split_first() {
            Some((0, content)) if content.len() % WIDTH == 0 => {
                let references: Vec<Reference> = content
                    .chunks_exact(WIDTH)
                    .map(|chunk| Reference(chunk.try_into().expect("chunks have this width")))
                    .collect();
                let sorted = references.is_sorted_by(|one, next| one < next);
                let fits = references.len() <= EXACT;
                (sorted && fits).then_some(Distinct(Form::Exact(references))).ok_or_else(invalid)
            }
            Some((tag @ (1 | 2), registers)) => {
                let number = registers.len();
                let fits = match tag {
                    1 => number == 1 << BITS,
                    _ => number.is_power_of_two() && (16..1 << BITS).contains(&number),
                };
                let in_range = registers.iter().all(|rank| u32::from(*rank) <= RANKS);
                let in_use = registers.iter().any(|rank| *rank > 0);
                let sound = fits && in_range && in_use;
                let sketch = || Distinct(Form::Sketch(Sketch::from_ranks(registers.to_vec())));
                sound.then(sketch).ok_or_else(invalid)
            }
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::detect::trial::person;

    fn people(numbers: impl IntoIterator<Item = u32>) -> Subjects {
        let mut subjects = Subjects::default();
        numbers.into_iter().for_each(|number| subjects.insert(person(number)));
        subjects
    }

    #[test]
    fn small_sets_are_counted_exactly() {
        let limit = limits::EXACT_SUBJECTS as u32;
        let twice = people((0..limit).chain(0..limit));
        assert_eq!(twice.count(), SubjectCount { value: limit.into(), exact: true });
        assert!(!people(0..=limit).count().exact);
    }

    /// Sizes on both sides of where plain HyperLogLog changes its formula (2.5 × 4096).
    #[test]
    fn large_sets_are_estimated_without_bias_and_within_the_standard_error() {
        const RUNS: i64 = 30;
        for size in [1_025_u32, 4_000, 10_000, 10_500, 40_000] {
            let mut bias = 0;
            let mut squares = 0;
            for run in 0..RUNS as u32 {
                let from = 1_000_000 * run;
                let estimated = people(from..from + size).count().value as i64;
                let per_mille = (estimated - i64::from(size)) * 1_000 / i64::from(size);
                bias += per_mille;
                squares += per_mille * per_mille;
            }
            assert!(bias.abs() <= 8 * RUNS, "{size}: {} per mille", bias / RUNS);
            assert!(squares <= 21 * 21 * RUNS, "{size}: {} per mille squared", squares / RUNS);
        }
    }

    #[test]
    fn a_small_sketch_errs_by_its_own_standard_error() {
        let mut squares = 0;
        for run in 0..30 {
            let mut few = Distinct::<64, 10>::default();
            (0..5_000).for_each(|number| few.insert(person(1_000_000 * run + number)));
            let per_mille = (few.count().value as i64 - 5_000) / 5;
            squares += per_mille * per_mille;
        }
        assert!(squares <= 42 * 42 * 30, "{} per mille squared", squares / 30);
    }

    #[test]
    fn a_coarser_sketch_is_what_it_would_have_been_from_the_beginning() {
        let coarse = |numbers: std::ops::Range<u32>| {
            let mut few = Distinct::<64, 10>::default();
            numbers.for_each(|number| few.insert(person(number)));
            few
        };
        for (left, right) in
            [(0..50, 20..3_000), (0..3_000, 2_000..2_050), (0..3_000, 2_000..9_000)]
        {
            let whole = coarse(left.start..left.end.max(right.end))
                .widened::<{ limits::EXACT_SUBJECTS }, 12>();
            let mut one = coarse(left.clone()).widened();
            one.merge(&people(right.clone()));
            let mut other = people(left);
            other.merge(&coarse(right).widened());
            let coarsest = |set: &Subjects| {
                let Form::Sketch(sketch) = &set.0 else { panic!("these are many") };
                let mut sketch = sketch.clone();
                sketch.fold(1 << 10);
                sketch
            };
            assert_eq!(coarsest(&one), coarsest(&whole));
            assert_eq!(coarsest(&other), coarsest(&whole));
            let stored = postcard::to_stdvec(&other).unwrap();
            assert_eq!(postcard::from_bytes::<Subjects>(&stored).unwrap(), other);
        }
    }

    #[test]
    fn a_damaged_record_is_refused() {
        for bytes in [vec![], vec![0; 16], vec![0; 33], vec![1; 7], vec![1, 0], vec![2]] {
            let record = postcard::to_stdvec(&bytes).unwrap();
            assert!(postcard::from_bytes::<Subjects>(&record).is_err());
        }
        let mut full = vec![60; (1 << 12) + 1];
        full[0] = 1;
        let record = postcard::to_stdvec(&full).unwrap();
        assert!(postcard::from_bytes::<Subjects>(&record).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn merging_equals_counting_both_and_survives_storage(
            left in 0..2_000_u32, right in 0..2_000_u32, shift in 0..2_000_u32,
        ) {
            let mut merged = people(0..left);
            merged.merge(&people(shift..shift + right));
            let stored = postcard::to_stdvec(&merged).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<Subjects>(&stored).unwrap(), &merged);
            prop_assert_eq!(merged, people((0..left).chain(shift..shift + right)));
        }
    }
}
