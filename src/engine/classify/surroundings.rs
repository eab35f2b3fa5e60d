//! What a table's own name and the habits of its columns say about the words of a column's name:
//! `kund_name` in `kunde`, `nomA` in `adherent`, and `jmeno_uzivatele` in `uzivatele` are names.

use std::collections::BTreeSet;

use super::lexicon::{LEXICON, WordClass, stem};
use super::role::{self, Role};
use super::words::{pieces, words};
use crate::model::Category;

/// Letters of the longest abbreviation of a table's name.
const LONGEST_ABBREVIATION: usize = 5;

/// Letters of the longest ending that makes several of one.
const LONGEST_ENDING: usize = 3;

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
        // Of `knt_kod` the letters before the separator are the prefix, not some of them.
        let is_word = rest.chars().take(2).all(char::is_alphabetic);
        (begins && is_word && !rest.is_empty()).then_some(rest)
    }
}

/// Columns in which a word must stand before it says nothing about one of them.
const SEVERAL: usize = 3;

/// The surroundings of a column's name.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    table: Vec<String>,
    /// The first word of at least half of the columns.
    habit: Option<String>,
    /// What is written before nearly every column's name.
    glued: Option<Glued>,
    /// The last word of at least half of the columns, where no dictionary has it or the table's name
    /// begins so: `loc` in `locataire`.
    ending: Option<String>,
    /// Words at the beginning of several columns, where the table's name begins so, and short words
    /// that no dictionary has and several columns share: `fg` in `fahrgaeste`.
    repeated: Vec<String>,
    /// Words of no dictionary beside which columns hold what only somebody has: `rekvirent` where
    /// there is `rekvirent_mail`.
    somebody: Vec<String>,
}

impl Surroundings {
    /// From the names of a table and its columns.
    pub(super) fn of<'a>(table: &str, columns: impl Iterator<Item = &'a str>) -> Surroundings {
        let columns: Vec<&str> = columns.collect();
        let glued = Glued::of(&columns);
        let names: Vec<Vec<String>> = columns.into_iter().map(words).collect();
        let first = |name: &Vec<String>| (name.len() > 1).then(|| name[0].clone());
        let firsts: Vec<String> = names.iter().filter_map(first).collect();
        let habit = habit(&names, &firsts);
        let by_name = role::by_name(table);
        let table = words(table);
        // `casa_tel` in `telefone` is what the table is about; in `loc_locataire` the word for tenants
        // begins as the columns do, not the prefix of the house.
        let begins = |word: &&String| {
            let category = |word: &str| LEXICON.column(word).and_then(|meaning| meaning.category);
            let mut own = table.iter().filter(|own| own.starts_with(word.as_str()));
            own.any(|own| category(own).is_none() || category(own) != category(word))
        };
        let lasts = names.iter().filter(|name| name.len() > 1).filter_map(|name| name.last());
        let says_nothing = |word: &&String| {
            begins(word) || (!LEXICON.knows(word) && LEXICON.column(word).is_none())
        };
        let ending = lasts.clone().filter(says_nothing).find(|word| {
            let times = lasts.clone().filter(|other| other == word).count();
            names.len() >= ENOUGH_COLUMNS && is_shared(times, names.len())
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
        let ending = ending.cloned();
        // A depot has a telephone as well, where rows are bodies or things.
        let of_nobody = matches!(by_name, Some(Role::Organisation | Role::Thing));
        let somebody = somebody(&names, !of_nobody);
        Surroundings { repeated, habit, glued, ending, table, somebody }
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
        // `ship_via` is one even where most columns begin with `ship`.
        let is_phrase = LEXICON.is_phrase(&words);
        let leads = |word: &String| {
            let is_habit = !is_phrase && self.habit.as_ref() == Some(word);
            !is_phrase && self.abbreviates(word) || is_habit || is_repeated(word)
        };
        let is_key = |words: &[String]| words.iter().all(|word| LEXICON.is(WordClass::Key, word));
        if words.len() > 1 && leads(&words[0]) && !is_key(&words[1..]) {
            words.remove(0);
        }
        let last = words.len().saturating_sub(1);
        let ends = |word: &String| {
            self.abbreviates(word) || self.ending.as_ref() == Some(word) || is_repeated(word)
        };
        // The `a` of `nato_a` is not short for `anagrafica`.
        if last > 0 && !LEXICON.is_phrase(&words) && ends(&words[last]) && !is_key(&words[..last]) {
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

    /// Whether a word is one of those people whom the table is named for, by whatever ending a language makes
    /// several of one: `sportolo` of `sportolok`.
    pub(super) fn is_one_of_its_people(&self, word: &str) -> bool {
        self.table.iter().any(|own| {
            word.len() > LONGEST_ABBREVIATION
                && own.starts_with(word)
                && own.len() <= word.len() + LONGEST_ENDING
                && LEXICON.is_person(own)
        })
    }

    /// Whether the table's name ends with a word: `team` in `teams`, not in `team_members`.
    pub(super) fn ends_table(&self, word: &str) -> bool {
        self.table.last().is_some_and(|last| last == word || stem(last) == stem(word))
    }

    /// Whether other columns say that a word is one for somebody.
    pub(super) fn is_somebody(&self, word: &str) -> bool {
        self.somebody.iter().any(|own| own == word) && self.habit.as_deref() != Some(word)
    }

    /// Whether at least half of the columns begin so.
    pub(super) fn is_of_most(&self, word: &str) -> bool {
        self.habit.as_deref() == Some(word)
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
            let meaning = LEXICON.column(rest).filter(|meaning| !meaning.guessed);
            let known = rest.len() > 2 && meaning.is_some();
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

/// Whether a word stands in so many columns of a table that it says nothing of any of them.
fn is_shared(times: usize, columns: usize) -> bool {
    times >= SEVERAL && times * 2 >= columns
}

/// The first word of at least half of the columns.
fn habit(names: &[Vec<String>], firsts: &[String]) -> Option<String> {
    let times = |word: &String| firsts.iter().filter(|other| *other == word).count();
    let most = firsts.iter().max_by_key(|word| (times(word), std::cmp::Reverse(word.len())))?;
    let shared = names.len() >= ENOUGH_COLUMNS && is_shared(times(most), names.len());
    (shared && is_prefix(most, names)).then(|| most.clone())
}

/// Whether a first word that many columns share is only a prefix: it means no datum, or the words after
/// it mean other data (`tz_bsn` and `tz_geboren` are not about time zones).
fn is_prefix(word: &str, names: &[Vec<String>]) -> bool {
    use WordClass::{Contact, Flag, Head};
    if LEXICON.role(word) == Some(Some(Role::Organisation))
        || LEXICON.is(Flag, word) && word.len() > 1
        || LEXICON.is(Head, word)
        || LEXICON.is(Contact, word)
    {
        return false;
    }
    if !means_a_datum(word) {
        return true;
    }
    let own = LEXICON.column(word).and_then(|meaning| meaning.category);
    let rests = names.iter().filter(|name| name.len() > 1 && name[0] == word);
    let meanings = rests.filter_map(|name| LEXICON.column(&name[1..].join("_")));
    let strong = meanings.filter(|meaning| !meaning.weak && meaning.category != own);
    let others: BTreeSet<_> = strong.filter_map(|meaning| meaning.category).collect();
    others.len() > 1
}

/// The unknown words at the edge of names of which the rest is what only somebody has; `reached`: or
/// an address for messages or a telephone.
fn somebody(names: &[Vec<String>], reached: bool) -> Vec<String> {
    use Category::{
        DateOfBirth, Email, FirstName, Gender, LastName, NationalIdentifier, PhoneNumber,
    };
    let is_of_somebody = |category| match category {
        DateOfBirth | FirstName | Gender | LastName | NationalIdentifier => true,
        Email | PhoneNumber => reached,
        _ => false,
    };
    let is_owned = |rest: &[String]| {
        let phrase = rest.join("_");
        let meaning =
            LEXICON.column(&phrase).filter(|it| !it.guessed && !it.weak || phrase == "mail");
        meaning.and_then(|meaning| meaning.category).is_some_and(is_of_somebody)
    };
    let is_unknown = |word: &str| word.len() > 2 && !LEXICON.says_something(word);
    let edges = names.iter().filter(|name| name.len() > 1).flat_map(|name| {
        let last = name.len() - 1;
        let before = is_owned(&name[1..]).then_some(&name[0]);
        let after = is_owned(&name[..last]).then_some(&name[last]);
        before.into_iter().chain(after)
    });
    edges.filter(|word| is_unknown(word)).cloned().collect()
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
    fn who_has_an_address_is_somebody() {
        let columns = ["qvirent_navn", "qvirent_mail", "kapel_navn", "hotel_mail"];
        let surroundings = Surroundings::of("bdm_sag", columns.into_iter());
        assert!(surroundings.is_somebody("qvirent"));
        assert!(!surroundings.is_somebody("kapel"));
        assert!(!surroundings.is_somebody("hotel"));
        let depots = ["qdepot_navn", "qdepot_tel", "qdepot_mail"];
        assert!(!Surroundings::of("firmaer", depots.into_iter()).is_somebody("qdepot"));
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
    fn a_prefix_of_half_of_the_columns_says_nothing_however_it_reads_elsewhere() {
        let care = ["tz_bsn", "tz_geboortedatum", "tz_huisarts", "status", "versie", "route"];
        let surroundings = Surroundings::of("tz_clnt", care.into_iter());
        assert_eq!(surroundings.words("tz_huisarts"), ["huisarts"]);
        let tenants = ["loc_mail", "loc_prenom", "loc_iban", "garant", "dt_entree", "preavis"];
        let surroundings = Surroundings::of("loc_locataire", tenants.into_iter());
        assert_eq!(surroundings.words("loc_mail"), ["mail"]);
        let letters = ["email_subject", "email_body", "email_address", "sent_at"];
        let surroundings = Surroundings::of("post", letters.into_iter());
        assert_eq!(surroundings.words("email_address"), ["email", "address"]);
    }

    #[test]
    fn a_prefix_of_most_columns_is_a_habit() {
        let columns = ["xq_name", "xq_mail", "xq_ort", "xq_nr"];
        let surroundings = Surroundings::of("stamm", columns.into_iter());
        assert_eq!(surroundings.words("xq_mail"), ["mail"]);
        assert_eq!(surroundings.words("xq_nr"), ["xq", "nr"]);
    }
}
