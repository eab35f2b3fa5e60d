//! The dictionaries of `policies/lexicons`, parsed once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::LazyLock;

use super::fold::fold;
use super::role::Role;
use super::words::without_particles;
use crate::model::Category;

/// What a phrase in a column's name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    /// `None`: it looks personal and is not.
    pub(super) category: Option<Category>,
    /// It counts only in a table about people, beside neutral words.
    pub(super) weak: bool,
}

/// What a word of a column's name does to its meaning; one word may be of several classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WordClass {
    /// A prefix that a tool puts before every column.
    Vendor,
    /// Weak words keep their meaning beside it.
    Neutral,
    /// As last word: a property of the datum.
    Property,
    /// As first word: a flag or number about the datum.
    Flag,
    /// The member of staff who acted.
    Staff,
    /// A key.
    Key,
    /// A short word that names written as one are put together of.
    Part,
    /// One end of a journey.
    Journey,
    /// As last word: what people write, whatever it is about.
    Prose,
    /// What describes whatever the row is about.
    Description,
    /// In a table's name: its rows are about goods and money.
    Trade,
}

/// Every dictionary. Phrases are folded words joined by `_`.
pub(super) struct Lexicon {
    columns: BTreeMap<String, Meaning>,
    classes: BTreeSet<(WordClass, String)>,
    roles: BTreeMap<String, Option<Role>>,
    /// Meanings by the words of a phrase in alphabetical order.
    reordered: BTreeMap<String, Meaning>,
    /// Words for people without the endings that languages give them.
    people: BTreeSet<String>,
    vocabulary: BTreeSet<String>,
    /// Meanings of single words by their consonants: `phn` is written for `phone`. `None` where
    /// words of several meanings share them.
    consonants: BTreeMap<String, Option<Category>>,
    /// Meanings of every word that begins so.
    beginnings: BTreeMap<String, Meaning>,
    /// Words of the longest phrase.
    pub(super) longest_phrase: usize,
}

/// The dictionaries in use.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::parse(
        include_str!("../../../policies/lexicons/columns.txt"),
        include_str!("../../../policies/lexicons/words.txt"),
        include_str!("../../../policies/lexicons/tables.txt"),
    )
});

impl Lexicon {
    fn parse(columns: &str, words: &str, tables: &str) -> Lexicon {
        let mut lexicon = Lexicon {
            columns: BTreeMap::new(),
            classes: BTreeSet::new(),
            roles: BTreeMap::new(),
            reordered: BTreeMap::new(),
            people: BTreeSet::new(),
            vocabulary: BTreeSet::new(),
            consonants: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            longest_phrase: 1,
        };
        for (head, phrase) in entries(columns) {
            lexicon.add_column_phrase(head, phrase);
        }
        for (head, phrase) in entries(words) {
            lexicon.learn(&phrase);
            if let Some(class) = word_class(head) {
                lexicon.classes.insert((class, phrase));
            }
        }
        for (head, phrase) in entries(tables) {
            lexicon.learn(&phrase);
            // The first line that names a word decides, so that the file reads from top to bottom.
            let role =
                *lexicon.roles.entry(phrase.clone()).or_insert_with(|| Role::from_word(head));
            if role == Some(Role::Person) {
                lexicon.people.extend(stem(&phrase).map(str::to_owned));
            }
        }
        lexicon
    }

    fn add_column_phrase(&mut self, head: &str, phrase: String) {
        let meaning = match head.strip_prefix("weak ") {
            Some(key) => Meaning { category: Category::from_key(key), weak: true },
            None => Meaning { category: Category::from_key(head), weak: false },
        };
        if let Some(beginning) = phrase.strip_suffix('*') {
            self.beginnings.insert(beginning.to_owned(), meaning);
            return;
        }
        self.learn(&phrase);
        if let Some(consonants) = consonants(&phrase) {
            let agreed = self.consonants.entry(consonants).or_insert(meaning.category);
            if *agreed != meaning.category {
                *agreed = None;
            }
        }
        if let Some(reordered) = in_any_order(&phrase) {
            self.reordered.entry(reordered).or_insert(meaning);
        }
        self.columns.entry(phrase).or_insert(meaning);
    }

    fn learn(&mut self, phrase: &str) {
        let words: Vec<&str> = phrase.split('_').collect();
        self.longest_phrase = self.longest_phrase.max(words.len());
        self.vocabulary.extend(words.into_iter().map(str::to_owned));
    }

    /// The meaning of a phrase in a column's name.
    pub(super) fn column(&self, phrase: &str) -> Option<Meaning> {
        let reordered = || self.reordered.get(&in_any_order(phrase)?);
        let written_as_one = || self.written_as_one(phrase);
        let known = self.columns.get(phrase).or_else(reordered).or_else(written_as_one);
        known.copied().or_else(|| self.begun(phrase)).or_else(|| self.shortened(phrase))
    }

    /// `contact_persoon` is `contactpersoon`.
    fn written_as_one(&self, phrase: &str) -> Option<&Meaning> {
        const SHORTEST: usize = 9;
        let (first, second) = phrase.split_once('_')?;
        let long = first.len() + second.len() >= SHORTEST && first.len().min(second.len()) > 2;
        (long && !second.contains('_')).then(|| self.columns.get(&[first, second].concat()))?
    }

    /// What every word that begins so means: `epilept*`.
    fn begun(&self, word: &str) -> Option<Meaning> {
        let up_to = (Bound::Unbounded, Bound::Included(word));
        let before = self.beginnings.range::<str, _>(up_to).next_back();
        let (_, meaning) = before.filter(|(beginning, _)| word.starts_with(beginning.as_str()))?;
        (!word.contains('_')).then_some(*meaning)
    }

    /// The meaning of an unknown word that shortens known ones, all of one category: `achtern` for
    /// `achternaam`, `gndr` for `gender`.
    fn shortened(&self, word: &str) -> Option<Meaning> {
        const SHORTEST: usize = 4;
        if word.contains('_') || self.knows(word) {
            return None;
        }
        let weak = |category| Meaning { category: Some(category), weak: true };
        let by_consonants = match consonants(word) {
            Some(own) if own == word => self.consonants.get(word).copied().flatten(),
            _ => None,
        };
        if let Some(category) = by_consonants {
            return Some(weak(category));
        }
        if word.len() < SHORTEST {
            return None;
        }
        let longer = self.columns.range(word.to_owned()..);
        let longer = longer.take_while(|(phrase, _)| phrase.starts_with(word));
        // `curr` may be the beginning of much, not only of `curriculum`.
        let near = |phrase: &str| !phrase.contains('_') && word.len() * 2 > phrase.len();
        let mut categories =
            longer.filter(|(phrase, _)| near(phrase)).map(|(_, meaning)| meaning.category);
        let category = categories.next().flatten()?;
        categories.all(|other| other == Some(category)).then(|| weak(category))
    }

    /// The word with a strong meaning that an unknown one goes on from by a few letters:
    /// `adresse` of `adresseliv`.
    pub(super) fn beginning<'a>(&self, word: &'a str) -> Option<&'a str> {
        const SHORTEST: usize = 7;
        const MORE: usize = 4;
        let least = word.len().saturating_sub(MORE).max(SHORTEST);
        let ends = (least..word.len()).rev().filter(|&end| word.is_char_boundary(end));
        let mut beginnings = ends.map(|end| &word[..end]);
        beginnings.find(|beginning| {
            let meaning = self.columns.get(*beginning);
            meaning.is_some_and(|meaning| !meaning.weak && meaning.category.is_some())
        })
    }

    /// The long word with a strong meaning that an unknown one misspells by one letter:
    /// `telefoonummer`.
    pub(super) fn misspelt(&self, word: &str) -> Option<&str> {
        const SHORTEST: usize = 8;
        let first = word.get(..1).filter(|_| word.len() >= SHORTEST && !self.knows(word))?;
        let near = self.columns.range(first.to_owned()..);
        let near = near.take_while(|(phrase, _)| phrase.starts_with(first));
        let mut near = near.filter(|(phrase, meaning)| {
            !meaning.weak
                && meaning.category.is_some()
                && phrase.len() >= SHORTEST
                && is_one_letter_off(phrase.as_bytes(), word.as_bytes())
        });
        near.next().map(|(phrase, _)| phrase.as_str())
    }

    /// Whether a word is one for people, whatever ending it has: `klienta`, `zakazniku`.
    pub(super) fn is_person(&self, word: &str) -> bool {
        match self.role(word) {
            Some(role) => role == Some(Role::Person),
            None => stem(word).is_some_and(|stem| self.people.contains(stem)),
        }
    }

    /// Whether a word or phrase is of a class.
    pub(super) fn is(&self, class: WordClass, phrase: &str) -> bool {
        self.classes.contains(&(class, phrase.to_owned()))
    }

    /// The role that a word gives a table: `Some(None)` for a word that says nothing.
    pub(super) fn role(&self, word: &str) -> Option<Option<Role>> {
        self.roles.get(word).copied()
    }

    /// The role of the long word that an unknown one goes on from by a few letters: `facturas` of
    /// `facturascli`.
    pub(super) fn role_of_beginning(&self, word: &str) -> Option<Role> {
        const SHORTEST: usize = 6;
        const MORE: usize = 5;
        let least = word.len().saturating_sub(MORE).max(SHORTEST);
        let ends = (least..word.len()).rev().filter(|&end| word.is_char_boundary(end));
        let known = |end| self.role(&word[..end]).flatten();
        (!self.knows(word)).then(|| ends.filter_map(known).next()).flatten()
    }

    /// The long word for a contact point that an unknown one ends with: `phone` of `satphone`.
    pub(super) fn head<'a>(&self, word: &'a str) -> Option<&'a str> {
        const SHORTEST: usize = 5;
        const FIRST: usize = 3;
        let last = word.len().saturating_sub(SHORTEST);
        if word.ends_with("fax") && word.len() >= FIRST + 3 {
            return word.get(word.len() - 3..);
        }
        let mut heads = (FIRST..=last).filter_map(|start| word.get(start..));
        heads.find(|head| {
            let meaning = self.columns.get(*head).filter(|meaning| !meaning.weak);
            let category = meaning.and_then(|meaning| meaning.category);
            matches!(category, Some(Category::Email | Category::PhoneNumber | Category::FaxNumber))
        })
    }

    /// Whether a word stands in any dictionary.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains(word)
    }
}

fn word_class(head: &str) -> Option<WordClass> {
    Some(match head {
        "vendor" => WordClass::Vendor,
        "neutral" => WordClass::Neutral,
        "property" => WordClass::Property,
        "flag" => WordClass::Flag,
        "staff" => WordClass::Staff,
        "key" => WordClass::Key,
        "part" => WordClass::Part,
        "journey" => WordClass::Journey,
        "prose" => WordClass::Prose,
        "description" => WordClass::Description,
        "trade" => WordClass::Trade,
        _ => return None,
    })
}

/// The words of a phrase in alphabetical order, where their order says nothing: `data_nascita` is
/// `nascita_data`, but the `id` of a card is no identity card.
fn in_any_order(phrase: &str) -> Option<String> {
    let mut words: Vec<&str> = phrase.split('_').collect();
    let telling = words.iter().all(|word| word.len() > 2 && !matches!(*word, "code" | "name"));
    words.sort_unstable();
    (words.len() > 1 && telling).then(|| words.join("_"))
}

/// The consonants of a single word, its first letter whatever it is; `None` for short ones.
fn consonants(word: &str) -> Option<String> {
    let kept =
        word.char_indices().filter(|&(index, letter)| index == 0 || !"aeiou".contains(letter));
    let kept: String = kept.map(|(_, letter)| letter).collect();
    (kept.len() >= 3 && word.is_ascii() && !word.contains('_')).then_some(kept)
}

/// One letter more or less, two neighbours exchanged, or, in words so long that no other word is
/// as near, one letter other: `direction` is not `direccion`.
fn is_one_letter_off(one: &[u8], other: &[u8]) -> bool {
    const LONG: usize = 11;
    let long = one.len() >= LONG;
    let common = one.iter().zip(other).take_while(|(left, right)| left == right).count();
    let (one, other) = (&one[common..], &other[common..]);
    match (one, other) {
        ([_, one @ ..], rest) if one == rest => true,
        (rest, [_, other @ ..]) if rest == other => true,
        ([_, one @ ..], [_, other @ ..]) if long && one == other => true,
        ([first, second, one @ ..], [third, fourth, other @ ..]) => {
            first == fourth && second == third && one == other
        }
        _ => false,
    }
}

/// A word without the ending of its case or number; `None` for short words.
pub(super) fn stem(word: &str) -> Option<&str> {
    const ENDINGS: [&str; 14] =
        ["ului", "ami", "ach", "ovi", "ow", "om", "em", "ie", "a", "e", "i", "o", "u", "y"];
    let ending = ENDINGS.iter().copied().find(|ending| word.ends_with(ending)).unwrap_or("");
    word.strip_suffix(ending).filter(|stem| stem.len() > 4)
}

/// `head: phrase phrase …` lines as pairs, phrases folded.
fn entries(text: &str) -> impl Iterator<Item = (&str, String)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter_map(|line| line.split_once(": "));
    lines.flat_map(|(head, phrases)| {
        phrases.split_whitespace().map(move |phrase| {
            let words = fold(phrase).split('_').map(str::to_owned).collect();
            (head.trim(), without_particles(words).join("_"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_in_the_dictionaries_is_known() {
        let columns = include_str!("../../../policies/lexicons/columns.txt");
        for (head, phrase) in entries(columns) {
            let key = head.strip_prefix("weak ").unwrap_or(head);
            assert!(key == "not" || Category::from_key(key).is_some(), "{head}: {phrase}");
        }
        let words = include_str!("../../../policies/lexicons/words.txt");
        for (head, _) in entries(words) {
            assert!(head == "plain" || word_class(head).is_some(), "{head}");
        }
        let tables = include_str!("../../../policies/lexicons/tables.txt");
        for (head, _) in entries(tables) {
            assert!(head == "neutral" || Role::from_word(head).is_some(), "{head}");
        }
    }

    #[test]
    fn shortened_and_misspelt_words_are_read_where_one_category_fits() {
        let category = |word: &str| LEXICON.column(word).and_then(|meaning| meaning.category);
        assert_eq!(category("achtern"), Some(Category::LastName));
        assert_eq!(category("gndr"), Some(Category::Gender));
        assert_eq!(category("brkr"), None);
        assert_eq!(
            LEXICON.misspelt("telefoonummer").and_then(category),
            Some(Category::PhoneNumber)
        );
        assert_eq!(LEXICON.misspelt("direction"), None);
        assert_eq!(LEXICON.misspelt("meditation"), None);
    }

    #[test]
    fn phrases_are_found_in_any_spelling() {
        let meaning = LEXICON.column("prijmeni").unwrap();
        assert_eq!(meaning.category, Some(Category::LastName));
        assert!(LEXICON.column(&fold("Διεύθυνση")).is_some());
    }
}
