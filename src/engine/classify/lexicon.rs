//! The dictionaries of `policies/lexicons`, parsed once.

mod abbreviations;
mod greek;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use self::abbreviations::{consonants, initials};
use self::greek::Sounds;
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
    /// It rests on words that were taken for abbreviations of known ones.
    pub(super) guessed: bool,
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
    /// A person who acts for the house.
    Colleague,
    /// Somebody at a company.
    Contact,
    /// An amount of money.
    Amount,
    /// An animal, or what only animals have.
    Animal,
    /// In a table's name, as first word, in languages that put the head first: what its rows are.
    Whole,
    /// As first word, in languages that put the head first: what says something about a datum.
    Head,
}

/// Letters of the shortest phrase that is read where it is written as one.
const SHORTEST_JOINED: usize = 6;

/// Every dictionary. Phrases are folded words joined by `_`.
pub(super) struct Lexicon {
    columns: BTreeMap<String, Meaning>,
    classes: BTreeSet<(WordClass, String)>,
    roles: BTreeMap<String, Option<Role>>,
    /// Meanings by the words of a phrase in alphabetical order.
    reordered: BTreeMap<String, Meaning>,
    /// Meanings of phrases as they are written without anything between their words: `numdni`.
    joined: BTreeMap<String, Meaning>,
    /// Words for people without the endings that languages give them.
    people: BTreeSet<String>,
    vocabulary: BTreeSet<String>,
    /// Single words with a meaning, by their consonants: `phn` is written for `phone`.
    consonants: BTreeMap<String, Vec<String>>,
    /// Phrases of several words, by the first letters of these; those that are written as one as well.
    initials: BTreeMap<String, Vec<String>>,
    /// Meanings of long words by the two known ones that they are put together of: `steuer_klasse`.
    compounds: BTreeMap<String, Meaning>,
    /// Meanings of every word that begins so.
    beginnings: BTreeMap<String, Meaning>,
    /// Meanings of every word in which these letters stand: stems that all languages share.
    stems: BTreeMap<String, Meaning>,
    /// Greek words, for those who write them in Latin letters.
    sounds: Sounds,
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
            joined: BTreeMap::new(),
            people: BTreeSet::new(),
            vocabulary: BTreeSet::new(),
            consonants: BTreeMap::new(),
            initials: BTreeMap::new(),
            compounds: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            stems: BTreeMap::new(),
            sounds: Sounds::default(),
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
        lexicon.take_compounds_apart();
        lexicon
    }

    /// Remembers of what known words the long ones consist, so that `brutto_gh` is `bruttogehalt`.
    fn take_compounds_apart(&mut self) {
        const SHORTEST: usize = 4;
        let mut found = Vec::new();
        for (phrase, meaning) in self.columns.iter().filter(|(phrase, _)| !phrase.contains('_')) {
            let cuts = phrase.char_indices().map(|(index, _)| index);
            let inner = cuts.filter(|&cut| cut >= SHORTEST && cut + SHORTEST <= phrase.len());
            for (head, tail) in inner.map(|cut| phrase.split_at(cut)) {
                let joined = ["", "s", "n", "es", "en"].into_iter();
                let mut heads = joined.filter_map(|link| head.strip_suffix(link));
                let head = heads.find(|it| it.len() >= SHORTEST && self.knows(it));
                if let Some(head) = head.filter(|_| self.knows(tail)) {
                    found.push((format!("{head}_{tail}"), *meaning));
                }
            }
        }
        for (parts, meaning) in found {
            if !self.columns.contains_key(&parts) && !self.compounds.contains_key(&parts) {
                self.initials.entry(initials(&parts)).or_default().push(parts.clone());
                self.compounds.insert(parts, meaning);
            }
        }
    }

    fn add_column_phrase(&mut self, head: &str, phrase: String) {
        let (category, weak) = match head.strip_prefix("weak ") {
            Some(key) => (Category::from_key(key), true),
            None => (Category::from_key(head), false),
        };
        let meaning = Meaning { category, weak, guessed: false };
        if let Some(beginning) = phrase.strip_suffix('*') {
            match beginning.strip_prefix('*') {
                Some(stem) => self.stems.insert(stem.to_owned(), meaning),
                None => self.beginnings.insert(beginning.to_owned(), meaning),
            };
            return;
        }
        self.learn(&phrase);
        if let Some(consonants) = consonants(&phrase) {
            self.consonants.entry(consonants).or_default().push(phrase.clone());
        }
        if phrase.contains('_') {
            self.initials.entry(initials(&phrase)).or_default().push(phrase.clone());
            let joined = phrase.replace('_', "");
            if joined.len() >= SHORTEST_JOINED {
                self.joined.entry(joined).or_insert(meaning);
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
        words.iter().for_each(|word| self.sounds.learn(word));
        self.vocabulary.extend(words.into_iter().map(str::to_owned));
    }

    /// The meaning of a phrase in a column's name.
    pub(super) fn column(&self, phrase: &str) -> Option<Meaning> {
        let reordered = || self.reordered.get(&in_any_order(phrase)?);
        let written_as_one = || self.written_as_one(phrase);
        let joined = || self.joined.get(phrase);
        let known =
            self.columns.get(phrase).or_else(reordered).or_else(written_as_one).or_else(joined);
        let abbreviated = || match phrase.contains('_') {
            true => self.abbreviated(phrase),
            false => self.shortened(phrase),
        };
        known.copied().or_else(|| self.begun(phrase)).or_else(abbreviated)
    }

    /// Whether a dictionary has these words as a phrase of their own.
    pub(super) fn is_phrase(&self, words: &[String]) -> bool {
        words.len() > 1 && self.columns.contains_key(&words.join("_"))
    }

    /// `contact_persoon` is `contactpersoon`.
    fn written_as_one(&self, phrase: &str) -> Option<&Meaning> {
        const SHORTEST: usize = 7;
        let (first, second) = phrase.split_once('_')?;
        let long = first.len() + second.len() >= SHORTEST && first.len().min(second.len()) > 2;
        (long && !second.contains('_')).then(|| self.columns.get(&[first, second].concat()))?
    }

    /// What every word that begins so means, or in which these letters stand: `epilept*`, `*allerg*`.
    fn begun(&self, word: &str) -> Option<Meaning> {
        if word.contains('_') {
            return None;
        }
        self.of_beginning(word).or_else(|| self.with_stem(word))
    }

    /// What the longest beginning of a word means.
    fn of_beginning(&self, word: &str) -> Option<Meaning> {
        let ends = word.char_indices().map(|(start, _)| start).chain([word.len()]);
        ends.rev().find_map(|end| self.beginnings.get(&word[..end])).copied()
    }

    /// What the longest stem within a word means.
    fn with_stem(&self, word: &str) -> Option<Meaning> {
        let within = self.stems.iter().filter(|(stem, _)| word.contains(stem.as_str()));
        within.max_by_key(|(stem, _)| stem.len()).map(|(_, meaning)| *meaning)
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

    /// The Greek word that an unknown one in Latin letters sounds like: `diabathrio`.
    pub(super) fn heard(&self, word: &str) -> Option<&str> {
        if self.knows(word) { None } else { self.sounds.heard(word) }
    }

    /// The Greek word that one in Latin letters sounds like, whether a dictionary knows it or not.
    pub(super) fn sounds_like(&self, word: &str) -> Option<&str> {
        self.sounds.heard(word)
    }

    /// Whether a word is one for people, whatever ending it has: `klienta`, `zakazniku`.
    pub(super) fn is_person(&self, word: &str) -> bool {
        match self.role(word) {
            Some(role) => role == Some(Role::Person),
            None => stem(word).is_some_and(|stem| self.people.contains(stem)),
        }
    }

    /// Whether an unknown word is short for one for people: `gondv` for `gondviselo`.
    pub(super) fn begins_person(&self, word: &str) -> bool {
        const SHORTEST: usize = 3;
        let longer = self.roles.range(word.to_owned()..);
        let mut longer = longer.take_while(|(known, _)| known.starts_with(word));
        word.len() >= SHORTEST
            && !self.knows(word)
            && longer.any(|(_, role)| *role == Some(Role::Person))
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

    /// The role of the long word for records or people that an unknown one ends with: `arende` of
    /// `storningsarende`. What is said of things is said of too much.
    pub(super) fn role_of_ending(&self, word: &str) -> Option<Role> {
        const SHORTEST: usize = 6;
        const FIRST: usize = 3;
        let last = word.len().saturating_sub(SHORTEST);
        let known = |start| {
            let role = word.get(start..).and_then(|end| self.role(end).flatten());
            role.filter(|role| *role == Role::Record)
        };
        (!self.knows(word)).then(|| (FIRST..=last).find_map(known)).flatten()
    }

    /// The long word for a contact point, an address or an illness that an unknown one ends with:
    /// `phone` of `satphone`.
    pub(super) fn head<'a>(&self, word: &'a str) -> Option<&'a str> {
        use Category::{Address, Email, FaxNumber, PhoneNumber};
        const SHORTEST: usize = 5;
        const FIRST: usize = 3;
        let last = word.len().saturating_sub(SHORTEST);
        let short = ["fax", "adr"].into_iter().find(|short| word.ends_with(short));
        if short.is_some() && word.len() >= FIRST + 3 {
            return short;
        }
        let mut heads = (FIRST..=last).filter_map(|start| word.get(start..));
        heads.find(|head| {
            let meaning = self.columns.get(*head).filter(|meaning| !meaning.weak);
            let category = meaning.and_then(|meaning| meaning.category);
            // `dauerdiagnosen` are `diagnosen`, whatever else they are.
            let of_health = || {
                let begun = self.of_beginning(head).and_then(|meaning| meaning.category);
                head.len() > SHORTEST && begun == Some(Category::Health)
            };
            matches!(category, Some(Email | PhoneNumber | FaxNumber | Address)) || of_health()
        })
    }

    /// Whether a word means something in a name, alone or beside others.
    pub(super) fn says_something(&self, word: &str) -> bool {
        let has_class = self.classes.iter().any(|(_, phrase)| phrase == word);
        has_class || self.role(word).is_some() || self.column(word).is_some()
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
        "colleague" => WordClass::Colleague,
        "contact" => WordClass::Contact,
        "amount" => WordClass::Amount,
        "animal" => WordClass::Animal,
        "whole" => WordClass::Whole,
        "head" => WordClass::Head,
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
    /// Letters that must be left, and the endings, the longer first.
    const ENDINGS: [(usize, &[&str]); 2] = [
        (
            4,
            &[
                "ului", "ami", "ach", "ovi", "ego", "ens", "ets", "ow", "om", "em", "es", "ei",
                "ie", "en", "s", "a", "e", "i", "o", "u", "y",
            ],
        ),
        (5, &["an", "in", "n"]),
    ];
    let ended = ENDINGS.iter().flat_map(|(least, endings)| endings.iter().map(|it| (*least, *it)));
    let mut stems = ended
        .filter_map(|(least, ending)| word.strip_suffix(ending).filter(|stem| stem.len() >= least));
    let whole = || Some(word).filter(|word| word.len() >= 4);
    stems.next().or_else(whole)
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
    fn compounds_end_with_what_they_are() {
        assert_eq!(LEXICON.head("dauerdiagnosen"), Some("diagnosen"));
        assert_eq!(LEXICON.head("satphone"), Some("phone"));
        assert_eq!(LEXICON.head("telescope"), None);
    }

    #[test]
    fn phrases_are_found_in_any_spelling() {
        let meaning = LEXICON.column("prijmeni").unwrap();
        assert_eq!(meaning.category, Some(Category::LastName));
        assert!(LEXICON.column(&fold("Διεύθυνση")).is_some());
    }
}
