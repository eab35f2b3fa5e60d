//! What words say: names, places, the words of `text_words.txt`, and those by which special categories
//! are found, in one table of hashes.

use std::sync::LazyLock;

use super::super::fold::fold;
use super::hash::{Set, hash_of, hash_of_parts, hashes_of_beginnings};
use super::inflection::Suffixes;
use super::phrases::whole_anchors;
use super::scan::{Block, Token};

/// Declares the classes of words, each with its head in the file.
macro_rules! classes {
    ($($name:ident = $head:literal;)*) => {
        /// A class of words; one word may be of several.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Class { $(#[doc = $head] $name,)* }

        impl Class {
            fn from_head(head: &str) -> Option<Class> {
                match head { $($head => Some(Class::$name),)* _ => None }
            }
        }
    };
}

classes! {
    Given = "given";
    Surname = "surname";
    InContext = "in_context";
    Place = "place";
    Title = "title";
    TitleAfter = "title_after";
    Role = "role";
    Naming = "naming";
    Person = "person";
    Negation = "negation";
    Business = "business";
    Phone = "phone";
    Generic = "generic";
    NationalId = "national_id";
    Passport = "passport";
    Licence = "licence";
    Plate = "plate";
    Device = "device";
    Cookie = "cookie";
    Account = "account";
    Reference = "reference";
    Birth = "birth";
    Month = "month";
    StreetBefore = "street_before";
    StreetAfter = "street_after";
    CompanyBefore = "company_before";
    CompanyAfter = "company_after";
    Particle = "particle";
    Closing = "closing";
    Stop = "stop";
    Machine = "machine";
}

/// The classes of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes(u32);

/// The bit of a word by which phrases of special categories are found: no class.
const ANCHOR: u32 = 1 << 31;

impl Classes {
    pub(super) const fn of(classes: &[Class]) -> Classes {
        let (mut bits, mut place) = (0, 0);
        while place < classes.len() {
            bits |= 1 << classes[place] as u32;
            place += 1;
        }
        Classes(bits)
    }

    pub(super) fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u32) != 0
    }

    pub(super) fn any(self, classes: &[Class]) -> bool {
        classes.iter().any(|class| self.has(*class))
    }

    /// Those of both.
    pub(super) fn and(self, others: Classes) -> Classes {
        Classes(self.0 | others.0)
    }

    /// Whether both have a class in common.
    pub(super) fn meets(self, others: Classes) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether a phrase of special categories is found by the word.
    pub(super) fn is_anchor(self) -> bool {
        self.0 & ANCHOR != 0
    }

    /// Whether a name in small letters may begin with the word: given names that are nothing else, and
    /// titles.
    pub(super) fn begins_small_name(self) -> bool {
        const SOME: Classes = Classes::of(&[Class::Given, Class::Title]);
        self.meets(SOME) && (self.has(Class::Title) || is_plain_given(Classes(self.0 & !ANCHOR)))
    }
}

/// A table with open addressing: part of the hash, and bits that say what the word is. Two words meet
/// once in four thousand million.
pub(super) struct Table {
    slots: Vec<(u32, u32)>,
}

impl Table {
    /// Of words and their bits, which are not zero; those of one word are joined.
    pub(super) fn of(words: &[(u64, u32)]) -> Table {
        let size = (words.len() * 3).next_power_of_two().max(64);
        let mut table = Table { slots: vec![(0, 0); size] };
        for &(hash, bits) in words {
            let at = table.place(hash);
            table.slots[at].0 = mark(hash);
            table.slots[at].1 |= bits;
        }
        table
    }

    /// Of words and their classes.
    fn of_classes(words: &[(u64, Class)]) -> Table {
        let bits = words.iter().map(|&(hash, class)| (hash, 1 << class as u32));
        Table::of(&bits.collect::<Vec<_>>())
    }

    /// Where a hash stands or would stand.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut at = usize::try_from(hash & 0xffff_ffff).unwrap_or(0) & last;
        while self.slots[at].1 != 0 && self.slots[at].0 != mark(hash) {
            at = (at + 1) & last;
        }
        at
    }

    /// The bits of a word; zero for one that is not there.
    #[inline]
    pub(super) fn bits(&self, hash: u64) -> u32 {
        self.slots[self.place(hash)].1
    }

    /// The classes of a word.
    #[inline]
    pub(super) fn classes(&self, hash: u64) -> Classes {
        Classes(self.bits(hash))
    }
}

fn mark(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

/// Every word, whole.
pub(super) static WORDS: LazyLock<Table> = LazyLock::new(|| {
    let mut words = Vec::new();
    for (text, class) in [
        (include_str!("../../../../policies/lexicons/first_names.txt"), Class::Given),
        (include_str!("../../../../policies/lexicons/surnames.txt"), Class::Surname),
        (include_str!("../../../../policies/lexicons/names_in_context.txt"), Class::InContext),
    ] {
        words.extend(plain(text).map(|word| (hash_of(&fold(word)), class)));
    }
    let places = plain(include_str!("../../../../policies/lexicons/places.txt"));
    // Of a name of several parts the longest stands for all.
    let places = places.filter(|place| place.len() > 3);
    words.extend(places.map(|place| (hash_of(&fold(place)), Class::Place)));
    words.extend(entries().filter(|(_, word)| !word.ends_with('*')).filter_map(|(head, word)| {
        Class::from_head(head).map(|class| (hash_of(&fold(word)), class))
    }));
    let words = words.into_iter().map(|(hash, class)| (hash, 1 << class as u32));
    let anchors = whole_anchors().map(|hash| (hash, ANCHOR));
    Table::of(&words.chain(anchors).collect::<Vec<_>>())
});

/// A given name that is no other word.
pub(super) fn is_plain_given(classes: Classes) -> bool {
    classes.has(Class::Given) && is_name_only(classes)
}

/// A name that is no other word; a place may be called after it.
pub(super) fn is_name_only(classes: Classes) -> bool {
    let name = 1 << Class::Given as u32 | 1 << Class::Surname as u32;
    classes.0 & name != 0 && classes.0 & !(name | 1 << Class::Place as u32) == 0
}

/// Beginnings of words about trade and machines.
struct Beginnings {
    table: Table,
    /// The set of their first three bytes.
    first_three: Set,
}

static BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(|| {
    let stems = entries()
        .filter_map(|(head, word)| Some((fold(word.strip_suffix('*')?), Class::from_head(head)?)));
    let stems: Vec<(String, Class)> = stems.collect();
    let hashes = stems.iter().map(|(stem, class)| (hash_of(stem), *class));
    Beginnings {
        table: Table::of_classes(&hashes.collect::<Vec<_>>()),
        first_three: Set::of(
            stems.iter().filter_map(|(stem, _)| hashes_of_beginnings(stem).next()),
        ),
    }
});

/// Ends of words: streets, and nouns that are written with a capital.
pub(super) struct Endings {
    pub(super) streets: Suffixes<()>,
    pub(super) nouns: Suffixes<()>,
}

pub(super) static ENDINGS: LazyLock<Endings> = LazyLock::new(|| {
    let of = |wanted: &str| {
        let words = entries().filter(|(head, _)| *head == wanted).map(|(_, word)| fold(word));
        let words: Vec<String> = words.collect();
        Suffixes::of(words.iter().map(|word| (word.as_str(), ())))
    };
    Endings { streets: of("street_end"), nouns: of("noun_end") }
});

fn plain(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let text = include_str!("../../../../policies/lexicons/text_words.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter_map(|line| line.split_once(": "));
    lines.flat_map(|(head, words)| words.split_whitespace().map(move |word| (head, word)))
}

#[cfg(test)]
thread_local! {
    /// Words looked up and pieces of text cut out, for the test that reading is linear.
    pub(super) static WORK: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts one step, in tests.
pub(super) fn count_work() {
    #[cfg(test)]
    WORK.set(WORK.get() + 1);
}

/// The classes of a token; none for what is no word.
pub(super) fn classes(token: &Token) -> Classes {
    count_work();
    Classes(token.classes.0 & !ANCHOR)
}

/// The classes of a folded word given in two parts.
pub(super) fn classes_of(stem: &str, ending: &str) -> Classes {
    Classes(WORDS.bits(hash_of_parts(stem, ending)) & !ANCHOR)
}

/// Whether a word is of a class as a whole or by its beginning.
pub(super) fn begins(block: &Block, token: &Token, class: Class) -> bool {
    if classes(token).has(class) {
        return true;
    }
    let folded = block.folded(token);
    let mut beginnings = hashes_of_beginnings(&folded).peekable();
    // Most words begin as none of them does.
    beginnings.peek().is_some_and(|three| BEGINNINGS.first_three.contains(*three))
        && beginnings.any(|hash| BEGINNINGS.table.classes(hash).has(class))
}

/// Whether a folded word ends so, with at least three letters before.
pub(super) fn ends_with_any(folded: &str, endings: &Suffixes<()>) -> bool {
    endings.stems(folded).any(|(stem, ())| stem.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_is_a_class_or_an_ending() {
        for (head, word) in entries() {
            let known =
                Class::from_head(head).is_some() || matches!(head, "street_end" | "noun_end");
            assert!(known, "{head}: {word}");
        }
    }

    #[test]
    fn words_are_found_in_every_spelling_and_others_are_not() {
        assert!(classes_of("jurgen", "").has(Class::Given));
        assert!(classes_of("kowalski", "").has(Class::Surname));
        assert!(classes_of("gmbh", "").has(Class::CompanyAfter));
        assert_eq!(classes_of("qwertzuiop", ""), Classes::default());
    }
}
