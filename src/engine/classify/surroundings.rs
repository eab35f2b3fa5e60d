//! What a table's own name and the habits of its columns say about the words of a column's name:
//! `kund_name` in `kunde`, `nomA` in `adherent`, and `jmeno_uzivatele` in `uzivatele` are names.

use super::lexicon::{LEXICON, WordClass, stem};
use super::words::{pieces, words};

/// Letters of the longest abbreviation of a table's name.
const LONGEST_ABBREVIATION: usize = 5;

/// Columns that a table must have before a prefix is called its habit.
const ENOUGH_COLUMNS: usize = 4;

/// What is written before the first word of the columns, without anything between.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Glued {
    /// The same letters: `oxfname`, `oxstreet`.
    Letters(String),
    /// A letter for the type, as Hungarian notation has it: `cname`, `dgeburtstag`.
    Type,
}

/// Letters that stand for types in Hungarian notation.
const TYPE_LETTERS: &str = "bcdfiklnst";

impl Glued {
    fn of(columns: &[&str]) -> Option<Glued> {
        if columns.len() < ENOUGH_COLUMNS {
            return None;
        }
        let first = columns.iter().max_by_key(|column| column.len())?;
        let mut letters = (2..=4).rev().filter_map(|length| first.get(..length));
        let common = letters.find(|letters| {
            letters.chars().all(char::is_alphabetic) && {
                let glued = Glued::Letters(letters.to_lowercase());
                glued.explains(columns, 8)
            }
        });
        let common = common.map(|letters| Glued::Letters(letters.to_lowercase()));
        common.or_else(|| Some(Glued::Type).filter(|glued| glued.explains(columns, 7)))
    }

    /// Whether this many in ten columns begin so, and most of these are words only without it.
    fn explains(&self, columns: &[&str], in_ten: usize) -> bool {
        let rests: Vec<(&str, &str)> =
            columns.iter().filter_map(|&it| Some((it, self.strip(it)?))).collect();
        let is_word = |name: &str| pieces(name).first().is_some_and(|word| LEXICON.knows(word));
        let revealed = rests.iter().filter(|(whole, rest)| !is_word(whole) && is_word(rest));
        rests.len() * 10 >= columns.len() * in_ten && revealed.count() * 10 >= columns.len() * 4
    }

    /// The name without what is glued to it.
    fn strip<'a>(&self, column: &'a str) -> Option<&'a str> {
        let length = match self {
            Glued::Letters(letters) => letters.len(),
            Glued::Type => 1,
        };
        let (start, rest) = column.split_at_checked(length)?;
        let begins = match self {
            Glued::Letters(letters) => start.eq_ignore_ascii_case(letters),
            Glued::Type => TYPE_LETTERS.contains(&start.to_lowercase()),
        };
        (begins && rest.starts_with(char::is_alphabetic)).then_some(rest)
    }
}

/// Columns in which a word must stand before it says nothing about one of them.
const SEVERAL: usize = 3;

/// The surroundings of a column's name.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    table: Vec<String>,
    /// The first word of most columns.
    habit: Option<String>,
    /// What is written before nearly every column's name.
    glued: Option<Glued>,
    /// The last word of most columns, where the table's name begins so: `loc` in `locataire`.
    ending: Option<String>,
    /// Words at the beginning of several columns, where the table's name begins so, and short words
    /// that no dictionary has and several columns share: `fg` in `fahrgaeste`.
    repeated: Vec<String>,
}

impl Surroundings {
    /// From the names of a table and its columns.
    pub(super) fn of<'a>(table: &str, columns: impl Iterator<Item = &'a str>) -> Surroundings {
        let columns: Vec<&str> = columns.collect();
        let glued = Glued::of(&columns);
        let names: Vec<Vec<String>> = columns.into_iter().map(words).collect();
        let first = |name: &Vec<String>| (name.len() > 1).then(|| name[0].clone());
        let firsts: Vec<String> = names.iter().filter_map(first).collect();
        let most = firsts.iter().max_by_key(|word| {
            (firsts.iter().filter(|other| other == word).count(), std::cmp::Reverse(word.len()))
        });
        let is_habit = |word: &&String| {
            let times = firsts.iter().filter(|other| other == word).count();
            names.len() >= ENOUGH_COLUMNS && times * 10 >= names.len() * 7
        };
        // `cp_name` and `cp_fax` beside `cp_city` are no postal codes.
        let says_nothing = |word: &&String| {
            !means_a_datum(word)
                || (word.len() <= 3 && LEXICON.column(word).is_some_and(|meaning| meaning.weak))
        };
        let habit = most.filter(is_habit).filter(says_nothing);
        let table = words(table);
        // `casa_tel` in `telefone` is what the table is about.
        let begins = |word: &&String| {
            let category = |word: &str| LEXICON.column(word).and_then(|meaning| meaning.category);
            let is_own = |own: &&String| own.starts_with(word.as_str());
            let own = table.iter().find(is_own);
            own.is_some_and(|own| category(own).is_none() || category(own) != category(word))
        };
        let lasts = names.iter().filter(|name| name.len() > 1).filter_map(|name| name.last());
        let ending = lasts.clone().filter(begins).find(|word| {
            let times = lasts.clone().filter(|other| other == word).count();
            names.len() >= ENOUGH_COLUMNS && times * 2 >= names.len()
        });
        let several = words_of_several(&names);
        let is_own = |word: &String| {
            let unknown = word.len() <= LONGEST_ABBREVIATION
                && !LEXICON.knows(word)
                && LEXICON.column(word).is_none_or(|meaning| meaning.guessed);
            // `ship_to_name` in `shipments` is one of its own.
            let says = LEXICON.is(WordClass::Neutral, word);
            unknown || !says && word.len() > 2 && firsts.contains(word) && begins(&word)
        };
        let repeated = several.into_iter().filter(is_own).collect();
        Surroundings { repeated, habit: habit.cloned(), glued, ending: ending.cloned(), table }
    }

    /// The words of a column's name without abbreviations that only repeat the table's name.
    pub(super) fn words(&self, column: &str) -> Vec<String> {
        let column = match self.glued.as_ref().and_then(|glued| glued.strip(column)) {
            // `cort` is `ort`, but `land` is no type `l`.
            Some(rest) if !pieces(column).first().is_some_and(|word| LEXICON.knows(word)) => rest,
            _ => column,
        };
        let mut words = words(column);
        let is_repeated = |word: &String| self.repeated.contains(word);
        let leads = |word: &String| {
            self.abbreviates(word) || self.habit.as_ref() == Some(word) || is_repeated(word)
        };
        let is_key = |words: &[String]| words.iter().all(|word| LEXICON.is(WordClass::Key, word));
        if words.len() > 1 && leads(&words[0]) && !is_key(&words[1..]) {
            words.remove(0);
        }
        let last = words.len().saturating_sub(1);
        let ends = |word: &String| {
            self.abbreviates(word) || self.ending.as_ref() == Some(word) || is_repeated(word)
        };
        if last > 0 && ends(&words[last]) && !is_key(&words[..last]) {
            words.pop();
        }
        if let [word] = words.as_slice()
            && let Some(rest) = self.without_glued_abbreviation(word)
        {
            return super::words::words(&rest);
        }
        words
    }

    /// Whether a word only repeats the table's name, in full or in short.
    pub(super) fn repeats(&self, word: &str) -> bool {
        let same_stem =
            |own: &String| own == word || stem(own).is_some_and(|it| stem(word) == Some(it));
        self.table.iter().any(same_stem) || self.abbreviates(word)
    }

    /// `m` and `ma` in `mitarbeiter`, unless the word means something.
    fn abbreviates(&self, word: &str) -> bool {
        let means = means_a_datum(word)
            || LEXICON.is(WordClass::Neutral, word)
            || LEXICON.is(WordClass::Key, word)
            || LEXICON.is(WordClass::Flag, word)
            || LEXICON.is(WordClass::Property, word);
        let starts = |own: &String| own.len() > word.len() && own.starts_with(word);
        !means && word.len() <= LONGEST_ABBREVIATION && self.table.iter().any(starts)
    }

    /// `asnimi` in `asiakas` is `nimi`.
    fn without_glued_abbreviation(&self, word: &str) -> Option<String> {
        if LEXICON.knows(word) {
            return None;
        }
        let rests = (1..=3).filter_map(|length| {
            let (start, rest) = word.split_at_checked(length)?;
            let known = rest.len() > 2 && LEXICON.column(rest).is_some();
            (known && self.table.iter().any(|own| own.starts_with(start))).then_some(rest)
        });
        let before = rests.min_by_key(|rest| rest.len());
        before.or_else(|| self.before_glued_abbreviation(word)).map(str::to_owned)
    }

    /// `villeloc` in `locataire` is `ville`.
    fn before_glued_abbreviation<'a>(&self, word: &'a str) -> Option<&'a str> {
        let mut rests = (2..=LONGEST_ABBREVIATION).rev().filter_map(|length| {
            let (rest, end) = word.split_at_checked(word.len().checked_sub(length)?)?;
            self.table.iter().any(|own| own.starts_with(end)).then_some(rest)
        });
        // `telemployeurloc` is `tel_employeur`.
        let tells = |rest: &str| words(rest).iter().any(|word| LEXICON.column(word).is_some());
        rests.find(|rest| rest.len() > 2 && tells(rest))
    }
}

/// Words that several names share, of those that have more.
fn words_of_several(names: &[Vec<String>]) -> Vec<String> {
    let mut all: Vec<&String> = names.iter().filter(|name| name.len() > 1).flatten().collect();
    all.sort_unstable();
    let groups = all.chunk_by(|one, other| one == other);
    groups.filter(|group| group.len() >= SEVERAL).map(|group| group[0].clone()).collect()
}

/// A word of the dictionaries, and not only the beginning of one.
fn means_a_datum(word: &str) -> bool {
    LEXICON.knows(word) && LEXICON.column(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_repeat_the_table_are_left_out() {
        let alone = |table: &str| Surroundings::of(table, std::iter::empty());
        assert_eq!(alone("adherent").words("nomA"), ["nom"]);
        assert_eq!(alone("asiakas").words("asnimi"), ["nimi"]);
        assert_eq!(alone("locataire").words("villeloc"), ["ville"]);
        assert_eq!(alone("locataire").words("telemployeurloc"), ["tel", "employeur"]);
        assert_eq!(alone("mitarbeiter").words("m_vorname"), ["vorname"]);
        assert_eq!(alone("mitarbeiter").words("m_nr"), ["m", "nr"]);
        assert_eq!(alone("notes").words("no_email"), ["no", "email"]);
        assert!(alone("uzivatele").repeats("uzivateli"));
    }

    #[test]
    fn letters_glued_to_every_column_are_left_out() {
        let shop = ["oxid", "oxactive", "oxfname", "oxstreet", "oxstreetnr", "oxcity"];
        assert_eq!(Surroundings::of("oxuser", shop.into_iter()).words("oxstreet"), ["street"]);
        let typed = ["kkunde", "cvorname", "cnachname", "cort", "dgeburtstag", "cmail"];
        assert_eq!(Surroundings::of("tkunde", typed.into_iter()).words("cort"), ["ort"]);
        let plain = ["city", "name", "country", "street", "land", "title"];
        assert_eq!(Surroundings::of("x", plain.into_iter()).words("land"), ["land"]);
    }

    #[test]
    fn a_prefix_of_most_columns_is_a_habit() {
        let columns = ["xq_name", "xq_mail", "xq_ort", "xq_nr"];
        let surroundings = Surroundings::of("stamm", columns.into_iter());
        assert_eq!(surroundings.words("xq_mail"), ["mail"]);
        assert_eq!(surroundings.words("xq_nr"), ["xq", "nr"]);
    }
}
