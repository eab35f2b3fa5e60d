//! Personal data in free text: where it stands, what it is, and which special categories it speaks of.
//!
//! A text is read once into words, numbers and marks (`scan`); what is absent from a part (no digit, no
//! `@`, no capital) is not looked for in it. Each kind of datum has its file; candidates are confirmed by
//! the checks of [`checks`](super::checks). Linear time, whatever the text: every look around a token
//! is bounded.

mod addresses;
mod births;
mod callers;
mod couples;
mod denial;
mod emails;
mod hash;
mod hints;
mod inflection;
mod mentions;
mod numbers;
mod organisations;
mod others;
mod parts;
mod people;
mod phrases;
mod scan;
mod sentences;
mod small_names;
mod spelling;
#[cfg(test)]
mod tests;
mod things;
mod towns;
mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Category;

/// A place in a text, in characters (not bytes) from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TextSpan {
    /// First character.
    pub start: usize,
    /// Character after the last.
    pub end: usize,
    /// What it is.
    pub category: Category,
}

/// A special category (GDPR Art. 9(1)), or criminal convictions and offences (Art. 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialCategory {
    /// Data concerning health (Art. 4(15)).
    Health,
    /// Religious or philosophical beliefs.
    Religion,
    /// Racial or ethnic origin.
    Ethnicity,
    /// Political opinions.
    Politics,
    /// Trade union membership.
    Union,
    /// Sex life or sexual orientation, gender identity among them.
    SexualOrientation,
    /// Biometric data that identify a person (Art. 4(14)).
    Biometric,
    /// Genetic data (Art. 4(13)).
    Genetic,
    /// Convictions and offences (Art. 10).
    Criminal,
}

impl SpecialCategory {
    /// Every one.
    pub const ALL: &'static [SpecialCategory] = &[
        SpecialCategory::Health,
        SpecialCategory::Religion,
        SpecialCategory::Ethnicity,
        SpecialCategory::Politics,
        SpecialCategory::Union,
        SpecialCategory::SexualOrientation,
        SpecialCategory::Biometric,
        SpecialCategory::Genetic,
        SpecialCategory::Criminal,
    ];

    /// Its name in lexicons and output.
    pub fn name(self) -> &'static str {
        match self {
            SpecialCategory::Health => "health",
            SpecialCategory::Religion => "religion",
            SpecialCategory::Ethnicity => "ethnicity",
            SpecialCategory::Politics => "politics",
            SpecialCategory::Union => "union",
            SpecialCategory::SexualOrientation => "sexual_orientation",
            SpecialCategory::Biometric => "biometric",
            SpecialCategory::Genetic => "genetic",
            SpecialCategory::Criminal => "criminal",
        }
    }

    /// From its name.
    pub fn from_name(name: &str) -> Option<SpecialCategory> {
        SpecialCategory::ALL.iter().copied().find(|category| category.name() == name)
    }

    /// The category of a column that holds such data.
    pub fn category(self) -> Category {
        match self {
            SpecialCategory::Health => Category::Health,
            SpecialCategory::Religion => Category::ReligiousBelief,
            SpecialCategory::Ethnicity => Category::RaceEthnicity,
            SpecialCategory::Politics => Category::PoliticalOpinion,
            SpecialCategory::Union => Category::TradeUnionMembership,
            SpecialCategory::SexualOrientation => Category::SexualOrientation,
            SpecialCategory::Biometric => Category::Biometric,
            SpecialCategory::Genetic => Category::Genetic,
            SpecialCategory::Criminal => Category::CriminalHistory,
        }
    }
}

/// What a text holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Personal data, in order, without overlaps.
    pub spans: Vec<TextSpan>,
    /// Special categories that it speaks of, each once, in the order of [`SpecialCategory::ALL`].
    pub special: Vec<SpecialCategory>,
}

/// Longest part that is read at once, in bytes: tokens of a part stay in the processor's cache.
const PART: usize = 16 * 1024;

/// Reads texts one after the other, in the same memory.
#[derive(Default)]
pub struct Reader {
    memory: scan::Memory,
    found: Found,
}

impl Reader {
    /// Reads a text. What was read before makes no difference.
    pub fn read(&mut self, text: &str) -> Reading {
        let found = &mut self.found;
        let mut spans: Vec<(usize, usize, Category)> = Vec::new();
        let mut special = BTreeSet::new();
        let mut base = 0;
        while base < text.len() {
            let part = first_part(&text[base..]);
            let block = scan::scan(part, std::mem::take(&mut self.memory));
            find(&block, found);
            found.spans.sort_unstable_by_key(|(start, ..)| *start);
            let moved = |(start, end, category)| (base + start, base + end, category);
            spans.extend(found.spans.drain(..).map(moved));
            special.append(&mut found.special);
            found.covered.clear();
            self.memory = block.into_memory();
            base += part.len();
        }
        Reading { spans: in_characters(text, &spans), special: special.into_iter().collect() }
    }
}

/// Reads a text.
pub fn read(text: &str) -> Reading {
    Reader::default().read(text)
}

/// The personal data in a text, in order, without overlaps.
pub fn spans(text: &str) -> Vec<TextSpan> {
    read(text).spans
}

/// The special categories that a text speaks of.
pub fn special(text: &str) -> Vec<SpecialCategory> {
    read(text).special
}

/// What a block holds, as far as it is known. Spans in bytes.
#[derive(Default)]
struct Found {
    spans: Vec<(usize, usize, Category)>,
    /// A bit for each byte that a span covers.
    covered: Vec<u64>,
    special: BTreeSet<SpecialCategory>,
}

impl Found {
    /// Whether a byte lies in a span.
    fn covers(&self, at: usize) -> bool {
        self.covered.get(at / 64).is_some_and(|bits| bits & (1 << (at % 64)) != 0)
    }

    /// Adds a span that touches no other.
    fn add(&mut self, start: usize, end: usize, category: Category) {
        if start >= end {
            return;
        }
        self.covered.resize(self.covered.len().max((end - 1) / 64 + 1), 0);
        let words = start / 64..=(end - 1) / 64;
        // The bits of a word that the span covers.
        let bits = |word: usize| {
            let low = start.saturating_sub(word * 64);
            let high = (end - word * 64).min(64);
            (u64::MAX << low) & (u64::MAX >> (64 - high))
        };
        if words.clone().any(|word| self.covered[word] & bits(word) != 0) {
            return;
        }
        words.for_each(|word| self.covered[word] |= bits(word));
        self.spans.push((start, end, category));
    }

    fn has_name(&self) -> bool {
        self.spans.iter().any(|(_, _, category)| *category == Category::Name)
    }

    fn has_name_within(&self, start: usize, end: usize) -> bool {
        self.spans.iter().any(|&(first, last, category)| {
            category == Category::Name && start <= first && last <= end
        })
    }
}

/// What stands where in a block: what says most of itself first.
fn find(block: &scan::Block, found: &mut Found) {
    emails::find(block, found);
    emails::find_written_out(block, found);
    emails::find_pages(block, found);
    births::find(block, found);
    addresses::find(block, found);
    numbers::find(block, found);
    people::find(block, found);
    callers::find_by_addresses(block, found);
    small_names::find(block, found);
    mentions::find(block, found);
}

/// The first part of a text: up to an empty line or, in a very long paragraph, a line or a word.
fn first_part(text: &str) -> &str {
    if text.len() <= PART {
        return text;
    }
    let mut end = PART;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let part = &text[..end];
    let later = |cut: &usize| *cut > PART / 2;
    let paragraph = part.rfind("\n\n").map(|at| at + 2).filter(later);
    let line = || part.rfind('\n').map(|at| at + 1).filter(later);
    let word = || part.rfind(' ').map(|at| at + 1).filter(later);
    &part[..paragraph.or_else(line).or_else(word).unwrap_or(end)]
}

/// Spans in characters.
fn in_characters(text: &str, spans: &[(usize, usize, Category)]) -> Vec<TextSpan> {
    let (mut bytes, mut characters) = (0, 0_usize);
    let mut count = |to: usize| {
        // Every byte but those that continue a character; in pieces whose count fits a byte, which
        // processors add up many at a time.
        let begins = |byte: &u8| u8::from((*byte & 0xc0) != 0x80);
        let pieces = text.as_bytes()[bytes..to].chunks(255);
        characters +=
            pieces.map(|piece| usize::from(piece.iter().map(begins).sum::<u8>())).sum::<usize>();
        bytes = to;
        characters
    };
    spans
        .iter()
        .map(|&(start, end, category)| TextSpan { start: count(start), end: count(end), category })
        .collect()
}
