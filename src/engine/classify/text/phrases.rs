//! The phrases of `policies/lexicons/special`, and how they are found: by their longest word, which is
//! known whole, by how it begins, or by how it ends.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::super::fold::fold;
use super::SpecialCategory;
use super::couples::partners;
use super::denial::is_negation;
use super::hash::{Set, first_eight, hash_of, last_eight, some_of};
use super::scan::{Block, Kind, Token};
use super::sentences::ends_sentence;
use super::spelling::Word;
use super::words::Table;

/// Words that may stand between those of a phrase.
const GAP: usize = 2;

/// A word of a phrase.
struct Item {
    folded: String,
    hash: u64,
    shape: Shape,
    spelling: Spelling,
}

/// How a word must be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Any,
    /// With a capital at least.
    Capital,
    /// In capitals.
    Capitals,
}

/// Which words an item stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Itself.
    Whole,
    /// `word*`: all that begin so; a `*` alone stands for any word.
    Begins,
    /// `*word`: longer words that end so, as compounds do (`Nickelallergie`).
    Ends,
}

impl Item {
    fn of(word: &str) -> Item {
        let folded = fold(word.trim_matches('*'));
        let shape = match (word.ends_with('*'), word.starts_with('*')) {
            (true, _) => Shape::Begins,
            (false, true) => Shape::Ends,
            (false, false) => Shape::Whole,
        };
        Item { hash: hash_of(&folded), folded, shape, spelling: Spelling::Any }
    }

    /// A word of a name, which has to be written as it stands in the lexicon.
    fn of_name(word: &str) -> Item {
        let spelling = match (word.chars().any(char::is_lowercase), word.chars().next()) {
            (false, _) => Spelling::Capitals,
            (true, Some(first)) if first.is_uppercase() => Spelling::Capital,
            _ => Spelling::Any,
        };
        Item { spelling, ..Item::of(word) }
    }

    /// The hash of the first bytes of an open anchor, if it is found by so many.
    fn first_key(&self, bytes: u32) -> Option<u64> {
        let most = if self.folded.len() < 6 { KEYS[0] } else { KEYS[1] };
        let open = self.shape == Shape::Begins && bytes == most;
        open.then(|| some_of(first_eight(&self.folded), bytes))
    }

    /// The hash of the last bytes of an anchor that is the end of words.
    fn last_key(&self) -> Option<u64> {
        (self.shape == Shape::Ends).then(|| some_of(last_eight(&self.folded), END))
    }

    fn fits(&self, block: &Block, token: &Token) -> bool {
        self.is_spelt(token)
            && match self.shape {
                Shape::Whole => token.hash == self.hash,
                _ => self.fits_folded(&block.folded(token)),
            }
    }

    fn is_spelt(&self, token: &Token) -> bool {
        match self.spelling {
            Spelling::Any => true,
            Spelling::Capital => token.is_capital(),
            Spelling::Capitals => token.kind == Kind::Capitals,
        }
    }

    /// Whether a word begins or ends so.
    fn fits_folded(&self, folded: &str) -> bool {
        match self.shape {
            Shape::Whole => folded == self.folded,
            Shape::Begins => folded.starts_with(&self.folded),
            Shape::Ends => folded
                .strip_suffix(self.folded.as_str())
                .is_some_and(|stem| stem.chars().nth(COMPOUND - 1).is_some()),
        }
    }
}

/// A phrase and what it says.
struct Phrase {
    /// `None`: it looks like a mention and is none.
    category: Option<SpecialCategory>,
    weight: Weight,
    items: Vec<Item>,
    /// The item by which the phrase is found: the longest.
    anchor: usize,
}

/// When a phrase counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// By itself.
    Sure,
    /// `?`: it means other things as well, and needs a person in its sentence.
    Unsure,
    /// `+`: a party or union, beside a word of belonging.
    Name,
    /// `&`: a part of the body, beside a word of harm.
    Body,
}

/// A phrase that was found.
pub(super) struct Mention {
    pub(super) tokens: Range<usize>,
    pub(super) category: Option<SpecialCategory>,
    pub(super) weight: Weight,
    /// Its phrase has a word that denies: `eats no pork`.
    pub(super) says_no: bool,
}

/// Every phrase, by its anchor.
struct Lexicon {
    phrases: Vec<Phrase>,
    whole: Anchors,
    /// By the first four bytes, and those that have as many by six.
    open: [Anchors; 2],
    /// By the last bytes.
    ends: Anchors,
}

/// Bytes by which open anchors are found, shorter ones by the first.
const KEYS: [u32; 2] = [4, 6];

/// Bytes by which the ends of words are found.
const END: u32 = 5;

/// Letters that stand at least before the end of a compound.
const COMPOUND: usize = 2;

/// Phrases that share an anchor.
struct Anchors {
    groups: Vec<Vec<usize>>,
    /// One more than the place of the group.
    table: Table,
}

impl Anchors {
    /// Those whose anchor has a key.
    fn of(phrases: &[Phrase], key: impl Fn(&Item) -> Option<u64>) -> Anchors {
        let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, phrase) in phrases.iter().enumerate() {
            if let Some(key) = key(phrase.anchor()) {
                groups.entry(key).or_default().push(place);
            }
        }
        let hashes: Vec<(u64, u32)> = groups.keys().copied().zip(1..).collect();
        Anchors { groups: groups.into_values().collect(), table: Table::of(&hashes) }
    }

    fn phrases(&self, hash: u64) -> &[usize] {
        let group = self.table.bits(hash) as usize;
        group.checked_sub(1).map_or(&[], |group| &self.groups[group])
    }
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let phrases: Vec<Phrase> = FILES.iter().copied().flat_map(phrases_of).collect();
    let is_whole = |anchor: &Item| anchor.shape == Shape::Whole;
    let whole = Anchors::of(&phrases, |anchor| is_whole(anchor).then_some(anchor.hash));
    let open = KEYS.map(|bytes| Anchors::of(&phrases, |anchor| anchor.first_key(bytes)));
    let ends = Anchors::of(&phrases, Item::last_key);
    Lexicon { phrases, whole, open, ends }
});

fn anchors() -> impl Iterator<Item = &'static Item> {
    LEXICON.phrases.iter().map(Phrase::anchor)
}

/// The hashes of anchors that are whole words, for the scan.
pub(super) fn whole_anchors() -> impl Iterator<Item = u64> {
    let whole = anchors().filter(|anchor| anchor.shape == Shape::Whole);
    whole.map(|anchor| anchor.hash).chain(partners())
}

/// What other anchors begin or end with, for the scan.
pub(super) struct Affixes {
    beginnings: [Set; 2],
    endings: Set,
}

pub(super) static AFFIXES: LazyLock<Affixes> = LazyLock::new(|| Affixes {
    beginnings: KEYS.map(|bytes| Set::of(anchors().filter_map(|anchor| anchor.first_key(bytes)))),
    endings: Set::of(anchors().filter_map(Item::last_key)),
});

impl Affixes {
    /// Whether a word may begin or end as an anchor does.
    #[inline]
    pub(super) fn fit(&self, word: &Word) -> bool {
        let [four, six] = &self.beginnings;
        four.contains(some_of(word.first_eight, KEYS[0]))
            || six.contains(some_of(word.first_eight, KEYS[1]))
            || word.letters > END && self.endings.contains(some_of(word.last_eight, END))
    }
}

macro_rules! files {
    ($($language:literal)*) => {
        &[$(include_str!(concat!("../../../../policies/lexicons/special/", $language, ".txt"))),*]
    };
}

const FILES: &[&str] = files!(
    "english" "german" "french" "spanish" "italian" "polish" "dutch" "swedish" "portuguese" "czech"
    "romanian" "hungarian" "greek" "finnish" "danish" "belonging" "body" "others"
);

/// Heads of words that are no phrases: those that say of a person that it belongs to what is named beside
/// them, votes or stands for it; those of harm, beside a part of the body; and those by which `others` tells what a
/// mention is about instead of a person.
const COMPANIONS: [&str; 15] = [
    "belonging",
    "harm",
    "animal",
    "harmed",
    "offer",
    "contract",
    "for",
    "anyone",
    "of",
    "affair",
    "figure",
    "suffers",
    "toward",
    "whose",
    "apart",
];

static BELONGING: LazyLock<Companions> = LazyLock::new(|| Companions::of(COMPANIONS[0]));
static HARM: LazyLock<Companions> = LazyLock::new(|| Companions::of(COMPANIONS[1]));

/// Words of one head.
pub(super) struct Companions {
    whole: Table,
    /// Of two words: `il_cane`.
    pairs: Table,
    /// By their first three bytes, sorted.
    open: BTreeMap<[u8; 3], Vec<String>>,
}

impl Companions {
    pub(super) fn of(head: &str) -> Companions {
        let lines = FILES.iter().flat_map(|text| text.lines());
        let lines = lines.filter_map(|line| line.split_once(": ")).filter(|(it, _)| *it == head);
        let words = lines.flat_map(|(_, words)| words.split_whitespace());
        let (mut whole, mut pairs) = (Vec::new(), Vec::new());
        let mut open = BTreeMap::<_, Vec<String>>::new();
        for word in words {
            if let Some((before, word)) = word.split_once('_') {
                pairs.push((pair(Item::of(before).hash, Item::of(word).hash), 1));
                continue;
            }
            let item = Item::of(word);
            match first_three(&item.folded).filter(|_| item.shape == Shape::Begins) {
                Some(three) => open.entry(three).or_default().push(item.folded),
                None => whole.push((item.hash, 1)),
            }
        }
        Companions { whole: Table::of(&whole), pairs: Table::of(&pairs), open }
    }

    /// Whether the word at a place is one, by itself or beside a neighbour.
    pub(super) fn stands(&self, block: &Block, at: usize) -> bool {
        let word = |at: usize| block.tokens.get(at).filter(|it| it.is_word());
        let beside = |one: Option<usize>, other: usize| {
            let (Some(one), Some(other)) = (one.and_then(word), word(other)) else { return false };
            self.pairs.bits(pair(one.hash, other.hash)) != 0
        };
        self.has(block, &block.tokens[at])
            || beside(at.checked_sub(1), at)
            || beside(Some(at), at + 1)
    }

    pub(super) fn has(&self, block: &Block, token: &Token) -> bool {
        if !token.is_word() {
            return false;
        }
        let folded = block.folded(token);
        let begins = || self.open.get(&first_three(&folded)?);
        let open = || begins().is_some_and(|all| all.iter().any(|it| folded.starts_with(it)));
        self.whole.bits(token.hash) != 0 || open()
    }
}

fn pair(before: u64, word: u64) -> u64 {
    before.rotate_left(21) ^ word
}

fn first_three(folded: &str) -> Option<[u8; 3]> {
    folded.as_bytes().first_chunk().copied()
}

/// Tokens around a phrase in which a word beside which it counts is looked for.
const BESIDE: usize = 5;

/// The phrases of a file.
fn phrases_of(text: &str) -> impl Iterator<Item = Phrase> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).flat_map(|(head, words)| {
        let (name, weight) = weighed(head);
        let category = SpecialCategory::from_name(name);
        let phrases = words.split_whitespace().filter(move |_| !COMPANIONS.contains(&name));
        phrases.map(move |phrase| Phrase::of(phrase, category, weight))
    })
}

/// The name of a head, and the weight of its phrases.
fn weighed(head: &str) -> (&str, Weight) {
    let unsure = head.strip_suffix('?').map(|name| (name, Weight::Unsure));
    let name = head.strip_suffix('+').map(|name| (name, Weight::Name));
    let body = head.strip_suffix('&').map(|name| (name, Weight::Body));
    unsure.or(name).or(body).unwrap_or((head, Weight::Sure))
}

impl Phrase {
    fn of(phrase: &str, category: Option<SpecialCategory>, weight: Weight) -> Phrase {
        let item = if weight == Weight::Name { Item::of_name } else { Item::of };
        let items: Vec<Item> = phrase.split(['_', '-', '\'', '.', ':']).map(item).collect();
        let length = |at: &usize| items[*at].folded.chars().count();
        let anchor = (0..items.len()).max_by_key(length).unwrap_or(0);
        Phrase { category, weight, items, anchor }
    }

    fn anchor(&self) -> &Item {
        &self.items[self.anchor]
    }

    /// The tokens of the phrase around its anchor, whose folded form is given.
    fn fits(&self, block: &Block, anchor: usize, folded: &str) -> Option<Range<usize>> {
        let item = self.anchor();
        if !item.is_spelt(&block.tokens[anchor]) || !item.fits_folded(folded) {
            return None;
        }
        let (mut first, mut end) = (anchor, anchor + 1);
        for item in self.items[..self.anchor].iter().rev() {
            first = self.near(block, item, (first.saturating_sub(self.gap() + 1)..first).rev())?;
        }
        for item in &self.items[self.anchor + 1..] {
            let last = (end + self.gap() + 1).min(block.tokens.len());
            end = self.near(block, item, end..last)? + 1;
        }
        Some(first..end)
    }

    /// Phrases that are none are taken by the word.
    fn gap(&self) -> usize {
        if self.category.is_some() { GAP } else { 1 }
    }

    fn near(
        &self,
        block: &Block,
        item: &Item,
        mut places: impl Iterator<Item = usize>,
    ) -> Option<usize> {
        places
            .by_ref()
            .take_while(|&at| !ends_sentence(block, at))
            .find(|&at| block.tokens[at].is_word() && item.fits(block, &block.tokens[at]))
    }
}

/// Adds the phrases that a word is the anchor of.
pub(super) fn look_up(block: &Block, index: usize, token: &Token, mentions: &mut Vec<Mention>) {
    let folded = block.folded(token);
    let eight = first_eight(&folded);
    let [four, six] = &LEXICON.open;
    let open = four.phrases(some_of(eight, KEYS[0])).iter();
    let open = open.chain(six.phrases(some_of(eight, KEYS[1])));
    let ends = LEXICON.ends.phrases(some_of(last_eight(&folded), END));
    let phrases = LEXICON.whole.phrases(token.hash).iter().chain(open).chain(ends);
    for phrase in phrases.map(|&at| &LEXICON.phrases[at]) {
        if let Some(tokens) = phrase.fits(block, index, &folded) {
            let Phrase { category, weight, .. } = *phrase;
            let says_no = phrase.items.iter().skip(1).any(|item| is_negation(item.hash));
            mentions.push(Mention { tokens, category, weight, says_no });
        }
    }
}

/// Whether what the phrase counts beside stands there: `stemt al jaren SGP`, `parti o tornozelo`.
pub(super) fn is_accompanied(block: &Block, mention: &Mention) -> bool {
    let companions = match mention.weight {
        Weight::Name => &BELONGING,
        Weight::Body => &HARM,
        Weight::Sure | Weight::Unsure => return true,
    };
    // `PS: …` is no party.
    let Range { start, end } = mention.tokens;
    let heads = block.tokens.get(end).is_some_and(|it| it.is_mark(b':') || it.is_mark(b'='));
    let has = |at: usize| companions.has(block, &block.tokens[at]);
    let before = (0..start).rev().take_while(|&at| !ends_sentence(block, at));
    let after = (end..block.tokens.len()).take_while(|&at| !ends_sentence(block, at));
    let mut beside = before.take(BESIDE).chain(after.take(BESIDE));
    !heads && beside.any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_of_the_lexicons_is_known() {
        for text in FILES {
            for (head, words) in text
                .lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| line.split_once(": "))
            {
                let (name, weight) = weighed(head);
                let known = name == "not" || COMPANIONS.contains(&name);
                assert!(known || SpecialCategory::from_name(name).is_some(), "{head}");
                for phrase in words.split_whitespace() {
                    // The scan looks at the first four bytes of a word, and at its last five.
                    let phrase = Phrase::of(phrase, None, weight);
                    let Item { folded, shape, .. } = phrase.anchor();
                    let least = match shape {
                        Shape::Begins if !COMPANIONS.contains(&name) => 4,
                        Shape::Whole | Shape::Begins => 1,
                        Shape::Ends => 5,
                    };
                    assert!(folded.len() >= least, "{folded}: too short for every such word");
                }
            }
        }
    }

    #[test]
    fn every_line_of_the_lexicons_says_something() {
        for line in FILES.iter().flat_map(|text| text.lines()) {
            assert!(line.is_empty() || line.starts_with('#') || line.contains(": "), "{line}");
        }
    }
}
