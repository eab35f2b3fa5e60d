//! What is remembered of a column's values: counts, never the values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks::{self, Check};
use super::kind::Kind;
use super::text;
use crate::model::Cell;

/// When this many values have been counted, every count is halved, so that a column whose content
/// drifts is judged by what it holds now.
const WINDOW: u32 = 4096;

/// How much of a text is read for what it mentions, in bytes.
const LONGEST_READ: usize = 4096;

/// Counters of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Values looked at, without nulls and values that were not sent.
    pub values: u32,
    /// Nulls and empty texts.
    pub nulls: u32,
    /// Values that passed each check.
    passes: BTreeMap<Check, u32>,
    /// Which of 256 slots the hashes of the values have hit.
    slots: [u64; 4],
    /// Bytes of all values.
    pub bytes: u64,
    /// Values with at least one letter.
    pub with_letters: u32,
    /// Values with at least one digit.
    pub with_digits: u32,
    /// Values with at least one space between words.
    pub with_spaces: u32,
    /// Which of 64 slots the hashes of names before the number of a house have hit.
    heads: u64,
}

impl ColumnProfile {
    /// Counts one cell. Linear in the length of its content, at most
    /// [`checks::LONGEST_DATUM`] bytes of it where a check is more than linear.
    pub(super) fn observe(&mut self, cell: Cell<'_>, kind: Kind) {
        let content = match cell {
            Cell::Unchanged => return,
            Cell::Null => None,
            Cell::Known(content) => Some(content.reveal()).filter(|bytes| !bytes.is_empty()),
        };
        let Some(bytes) = content else {
            self.nulls = self.nulls.saturating_add(1);
            return;
        };
        self.values += 1;
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        self.mark(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) if kind == Kind::Date => checks::run_dates(text, |check| self.pass(check)),
            Ok(text) if kind.has_telling_values() => self.examine(text),
            _ => {}
        }
        if self.values >= WINDOW {
            self.halve();
        }
    }

    /// Counts what a text that people wrote mentions.
    pub(super) fn read(&mut self, text: &str) {
        let beginning = &text[..text.floor_char_boundary(LONGEST_READ)];
        self.pass(Check::ReadText);
        let mentioned = text::special(beginning);
        if !mentioned.is_empty() {
            self.pass(Check::Mention);
        }
        mentioned.into_iter().for_each(|category| self.pass(Check::MentionOf(category)));
    }

    /// How many values passed a check.
    pub fn passed(&self, check: Check) -> u32 {
        self.passes.get(&check).copied().unwrap_or(0)
    }

    /// Every check that values passed, with their number.
    pub fn passes(&self) -> impl Iterator<Item = (Check, u32)> + '_ {
        self.passes.iter().map(|(&check, &count)| (check, count))
    }

    /// At least this many distinct values were seen; at most 256.
    pub fn distinct_at_least(&self) -> u32 {
        self.slots.iter().map(|slots| slots.count_ones()).sum()
    }

    /// At least this many distinct names stood before the number of a house; at most 64.
    pub fn distinct_heads(&self) -> u32 {
        self.heads.count_ones()
    }

    fn mark(&mut self, bytes: &[u8]) {
        let slot = hash(bytes) >> 56;
        self.slots[(slot >> 6) as usize] |= 1 << (slot & 63);
    }

    fn examine(&mut self, text: &str) {
        self.with_letters += u32::from(text.chars().any(char::is_alphabetic));
        self.with_digits += u32::from(text.bytes().any(|byte| byte.is_ascii_digit()));
        self.with_spaces += u32::from(text.trim().contains(' '));
        checks::run(text, |check| self.pass(check));
        if let Some(name) = checks::numbered_name(text.trim()) {
            self.pass(Check::NumberedName);
            self.heads |= 1 << (hash(name.as_bytes()) >> 58);
        }
    }

    fn pass(&mut self, check: Check) {
        *self.passes.entry(check).or_default() += 1;
    }

    fn halve(&mut self) {
        self.values /= 2;
        self.nulls /= 2;
        self.bytes /= 2;
        self.with_letters /= 2;
        self.with_digits /= 2;
        self.with_spaces /= 2;
        self.passes.values_mut().for_each(|count| *count /= 2);
        self.passes.retain(|_, count| *count > 0);
    }
}

/// FNV-1a with a final mix: fixed, so that a replay counts the same.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;

    fn profile<'a>(values: impl IntoIterator<Item = &'a str>) -> ColumnProfile {
        let mut profile = ColumnProfile::default();
        for value in values {
            profile.observe(Cell::Known(Content::new(value.as_bytes())), Kind::Text);
        }
        profile
    }

    #[test]
    fn passes_are_counted_and_values_forgotten() {
        let profile = profile(["ada@example.org", "info@example.org", "n/a", ""]);
        assert_eq!(profile.passed(Check::Email), 2);
        assert_eq!(profile.passed(Check::RoleMailbox), 1);
        assert_eq!((profile.values, profile.nulls), (3, 1));
        let stored = postcard::to_stdvec(&profile).unwrap();
        assert!(!stored.windows(3).any(|window| window == b"ada"));
    }

    #[test]
    fn distinct_values_are_told_from_repeated_ones() {
        assert_eq!(profile(["new"; 100]).distinct_at_least(), 1);
        let numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert!(profile(numbers.iter().map(String::as_str)).distinct_at_least() > 60);
    }

    #[test]
    fn old_values_fade() {
        let mut profile = profile(vec!["ada@example.org"; WINDOW as usize]);
        assert_eq!(profile.passed(Check::Email), WINDOW / 2);
        for _ in 0..10 * WINDOW {
            profile.observe(Cell::Known(Content::new(b"closed")), Kind::Text);
        }
        assert!(profile.passed(Check::Email) < 16);
    }
}
