//! Mentions of special categories (GDPR Art. 9 and 10): phrases of `policies/lexicons/special`, weighed
//! by what their sentence is about. A phrase counts when it speaks of a person and is not denied; one
//! that also means other things needs a person in its sentence, and none of trade or machines.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::super::fold::fold;
use super::denial::{denied, is_negation};
use super::hash::{Set, beginning, first_eight, hash_of};
use super::scan::{Block, Kind, Token};
use super::spelling::Word;
use super::words::{Class, Table, begins, classes};
use super::{Found, SpecialCategory};

/// Words that may stand between those of a phrase.
const GAP: usize = 2;

/// Tokens of the longest sentence that is looked at.
const SENTENCE: usize = 120;

/// Mentions of one category that are judged in a part: what is denied so often is not meant, and each
/// takes a look at its whole sentence.
const JUDGED: usize = 32;

/// A word of a phrase.
struct Item {
    folded: String,
    hash: u64,
    /// Every word that begins so; a `*` alone stands for any word.
    open: bool,
}

impl Item {
    fn of(word: &str) -> Item {
        let folded = fold(word.trim_end_matches('*'));
        Item { hash: hash_of(&folded), folded, open: word.ends_with('*') }
    }

    /// The hash of the first bytes of an open anchor, if it is found by so many.
    fn key(&self, bytes: u32) -> Option<u64> {
        let most = if self.folded.len() < 6 { KEYS[0] } else { KEYS[1] };
        (self.open && bytes == most).then(|| beginning(first_eight(&self.folded), bytes))
    }

    fn fits(&self, block: &Block, token: &Token) -> bool {
        if self.open {
            block.folded(token).starts_with(&self.folded)
        } else {
            token.hash == self.hash
        }
    }
}

/// A phrase and what it says.
struct Phrase {
    /// `None`: it looks like a mention and is none.
    category: Option<SpecialCategory>,
    /// Counts only in a sentence about a person.
    weak: bool,
    items: Vec<Item>,
    /// The item by which the phrase is found: the longest.
    anchor: usize,
}

/// Every phrase, by its anchor.
struct Lexicon {
    phrases: Vec<Phrase>,
    whole: Anchors,
    /// By the first four bytes, and those that have as many by six.
    open: [Anchors; 2],
}

/// Bytes by which open anchors are found, shorter ones by the first.
const KEYS: [u32; 2] = [4, 6];

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
    let whole = Anchors::of(&phrases, |anchor| (!anchor.open).then_some(anchor.hash));
    let open = KEYS.map(|bytes| Anchors::of(&phrases, |anchor| anchor.key(bytes)));
    Lexicon { phrases, whole, open }
});

fn anchors(open: bool) -> impl Iterator<Item = &'static Item> {
    LEXICON.phrases.iter().map(Phrase::anchor).filter(move |anchor| anchor.open == open)
}

/// The hashes of anchors that are whole words, for the scan.
pub(super) fn whole_anchors() -> impl Iterator<Item = u64> {
    anchors(false).map(|anchor| anchor.hash)
}

/// What other anchors begin with, for the scan.
pub(super) struct Beginnings([Set; 2]);

pub(super) static BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(|| {
    Beginnings(KEYS.map(|bytes| Set::of(anchors(true).filter_map(|anchor| anchor.key(bytes)))))
});

impl Beginnings {
    /// Whether a word may begin as an anchor does.
    #[inline]
    pub(super) fn begin(&self, word: &Word) -> bool {
        let [four, six] = &self.0;
        four.contains(beginning(word.first_eight, KEYS[0]))
            || six.contains(beginning(word.first_eight, KEYS[1]))
    }
}

macro_rules! files {
    ($($language:literal)*) => {
        &[$(include_str!(concat!("../../../../policies/lexicons/special/", $language, ".txt"))),*]
    };
}

const FILES: &[&str] = files!(
    "english" "german" "french" "spanish" "italian" "polish" "dutch" "swedish" "portuguese" "czech"
    "romanian" "hungarian" "greek" "finnish" "danish"
);

/// The phrases of a file.
fn phrases_of(text: &str) -> impl Iterator<Item = Phrase> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).flat_map(|(head, words)| {
        let (name, weak) = head.strip_suffix('?').map_or((head, false), |name| (name, true));
        let category = SpecialCategory::from_name(name);
        words.split_whitespace().map(move |phrase| Phrase::of(phrase, category, weak))
    })
}

impl Phrase {
    fn of(phrase: &str, category: Option<SpecialCategory>, weak: bool) -> Phrase {
        let items: Vec<Item> = phrase.split(['_', '-', '\'', '.', ':']).map(Item::of).collect();
        let length = |at: &usize| items[*at].folded.chars().count();
        let anchor = (0..items.len()).max_by_key(length).unwrap_or(0);
        Phrase { category, weak, items, anchor }
    }

    fn anchor(&self) -> &Item {
        &self.items[self.anchor]
    }

    /// The tokens of the phrase around its anchor, whose folded form is given.
    fn fits(&self, block: &Block, anchor: usize, folded: &str) -> Option<Range<usize>> {
        let item = self.anchor();
        let fits = match item.open {
            true => folded.starts_with(&item.folded),
            false => block.tokens[anchor].hash == item.hash,
        };
        if !fits {
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

/// A phrase that was found.
struct Mention {
    tokens: Range<usize>,
    category: Option<SpecialCategory>,
    weak: bool,
    /// Its phrase has a word that denies: `eats no pork`.
    says_no: bool,
}

/// Adds every special category that a block mentions.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut mentions = Vec::new();
    for (index, token) in block.places.stems.iter().map(|&at| (at, &block.tokens[at])) {
        // The Via Roma is a street, and Mr Kirche a man.
        if found.covers(token.start) {
            continue;
        }
        look_up(block, index, token, &mut mentions);
    }
    if mentions.is_empty() {
        return;
    }
    let refused: Vec<Range<usize>> = mentions
        .iter()
        .filter(|mention| mention.category.is_none())
        .map(|mention| mention.tokens.clone())
        .collect();
    let mut special = BTreeSet::new();
    let person = |token: &Token| classes(token).any(&[Class::Person, Class::Role]);
    // Seldom asked, and then once.
    let anyone = LazyCell::new(|| found.has_name() || block.tokens.iter().any(person));
    let mut judged = [0; SpecialCategory::ALL.len()];
    // Languages share words: each is judged once.
    let same = |one: &Mention, other: &Mention| {
        one.tokens == other.tokens && one.category == other.category && one.weak == other.weak
    };
    mentions.dedup_by(|one, other| same(one, other));
    for mention in &mentions {
        let Some(category) = mention.category else { continue };
        if special.contains(&category)
            || judged[category as usize] == JUDGED
            || refused.iter().any(|refused| {
                refused.start < mention.tokens.end && mention.tokens.start < refused.end
            })
        {
            continue;
        }
        judged[category as usize] += 1;
        if counts(block, mention, &anyone, found) {
            special.insert(category);
        }
    }
    found.special.extend(special);
}

fn look_up(block: &Block, index: usize, token: &Token, mentions: &mut Vec<Mention>) {
    let folded = block.folded(token);
    let eight = first_eight(&folded);
    let [four, six] = &LEXICON.open;
    let open = four.phrases(beginning(eight, KEYS[0])).iter();
    let open = open.chain(six.phrases(beginning(eight, KEYS[1])));
    let phrases = LEXICON.whole.phrases(token.hash).iter().chain(open);
    for phrase in phrases.map(|&at| &LEXICON.phrases[at]) {
        if let Some(tokens) = phrase.fits(block, index, &folded) {
            let Phrase { category, weak, .. } = *phrase;
            let says_no = phrase.items.iter().skip(1).any(|item| is_negation(item.hash));
            mentions.push(Mention { tokens, category, weak, says_no });
        }
    }
}

/// Whether a mention speaks of a person, in its sentence.
fn counts(
    block: &Block,
    mention: &Mention,
    anyone: &LazyCell<bool, impl FnOnce() -> bool>,
    found: &Found,
) -> bool {
    let sentence = sentence(block, &mention.tokens);
    let bytes = || (block.tokens[sentence.start].start, block.tokens[sentence.end - 1].end);
    let named = || found.has_name_within(bytes().0, bytes().1);
    if of_anybody(block, sentence.start..mention.tokens.start) && !named() {
        return false;
    }
    if denied(block, &mention.tokens, mention.says_no, sentence.start)
        || of_a_company(block, &mention.tokens)
    {
        return false;
    }
    let tokens = |range: Range<usize>| {
        range.filter(|at| !mention.tokens.contains(at)).map(|at| &block.tokens[at])
    };
    let says_who = |token: &Token| token.is_word() && classes(token).has(Class::Person);
    // `Hij en zijn man`: a phrase of several words may name the person itself.
    let own = &block.tokens[mention.tokens.clone()];
    let within = !mention.weak && own.len() > 1 && own.iter().any(says_who);
    let person = within
        || tokens(sentence.clone())
            .any(|token| says_who(token) || token.is_word() && title(block, token))
        || named();
    if person {
        return true;
    }
    let role = || tokens(sentence.clone()).any(|token| classes(token).has(Class::Role));
    let business = || {
        let mut words = tokens(sentence.clone()).filter(|it| it.is_word() && it.length() > 1);
        words.any(|token| begins(block, token, Class::Business))
    };
    match mention.weak {
        false => role() || !business(),
        true => !business() && (role() || **anyone),
    }
}

fn title(block: &Block, token: &Token) -> bool {
    token.length() > 2 && classes(token).has(Class::Title) && block.word(token).len() > 2
}

/// Words for a condition, and for nobody in particular.
static CONDITIONS: LazyLock<Table> = LazyLock::new(|| {
    let words = "if whether should when unless wenn falls sofern si quand se qualora caso cuando jesli \
        jezeli gdy als indien wanneer om ifall nar daca ha amennyiben hvis dersom pokud kdyz jestlize \
        jos kun αν εαν οταν";
    Table::of(&words.split_whitespace().map(|word| (hash_of(word), 1)).collect::<Vec<_>>())
});
static ANYBODY: LazyLock<Table> = LazyLock::new(|| {
    let words = "a an any anyone anybody someone somebody ein eine einer jemand un une quelqu alguien \
        una uno qualcuno um uma alguem ktos een iemand en nagon et nogen nekdo cineva o egy valaki \
        joku καποιος καποια ενας μια klient klientka zakaznik zakaznice pacjent pracownik ugyfel \
        vendeg asiakas potilas client customers guests employees members visitors patients";
    Table::of(&words.split_whitespace().map(|word| (hash_of(word), 1)).collect::<Vec<_>>())
});

/// `If a customer is pregnant, …`, `Falls jemand …`: a rule for whoever it may be, and nobody yet.
fn of_anybody(block: &Block, before: Range<usize>) -> bool {
    let is = |table: &Table, at: usize| {
        block.tokens.get(at).is_some_and(|it| it.is_word() && table.bits(it.hash) != 0)
    };
    let begins = before.clone().take(3);
    begins.into_iter().any(|at| is(&CONDITIONS, at) && is(&ANYBODY, at + 1))
}

/// `Krankenhaus Software GmbH`: capitals in a row up to a legal form.
fn of_a_company(block: &Block, mention: &Range<usize>) -> bool {
    if !block.tokens[mention.start].is_capital() {
        return false;
    }
    let after = block.tokens[mention.end..].iter().take(5);
    after.take_while(|token| token.is_capital() || token.is_mark(b'&') || token.is_mark(b'-')).any(
        |token| {
            token.is_word()
                && classes(token).has(Class::CompanyAfter)
                && begins(block, token, Class::Business)
        },
    )
}

/// The tokens of the sentence around a mention.
fn sentence(block: &Block, mention: &Range<usize>) -> Range<usize> {
    let earliest = mention.start.saturating_sub(SENTENCE);
    let start = (earliest..mention.start)
        .rev()
        .find(|&at| ends_sentence(block, at))
        .map_or(earliest, |at| at + 1);
    let latest = (mention.end + SENTENCE).min(block.tokens.len());
    let end = (mention.end..latest).find(|&at| ends_sentence(block, at)).unwrap_or(latest);
    start..end
}

/// A full stop that is not that of an abbreviation, or the end of a line.
fn ends_sentence(block: &Block, at: usize) -> bool {
    let token = &block.tokens[at];
    match token.kind {
        Kind::Line => true,
        Kind::Mark(b'!' | b'?') => true,
        Kind::Mark(b'.') => {
            let begins = block
                .tokens
                .get(at + 1)
                .is_none_or(|next| next.spaced && !matches!(next.kind, Kind::Lower));
            let long = at > 0 && block.tokens[at - 1].length() > 3;
            begins && long
        }
        _ => false,
    }
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
                let name = head.trim_end_matches('?');
                assert!(name == "not" || SpecialCategory::from_name(name).is_some(), "{head}");
                for phrase in words.split_whitespace() {
                    // The scan looks at the first four bytes of a word.
                    let phrase = Phrase::of(phrase, None, false);
                    let anchor = phrase.anchor();
                    assert!(
                        !anchor.open || anchor.folded.len() >= 4,
                        "{}*: too short for every beginning",
                        anchor.folded
                    );
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
