//! Words cut short: `nome_compl`, `eftnvn`, `gndr`. An abbreviation is read only where all that it
//! may stand for means the same, and counts only in a table about people.

use super::{Lexicon, Meaning, WordClass};

impl Lexicon {
    /// The meaning that several known phrases have in common whose words these shorten:
    /// `nome_compl` for `nome_completo`, `c_uctu` for `cislo_uctu`.
    pub(super) fn abbreviated(&self, phrase: &str) -> Option<Meaning> {
        self.abbreviated_in_order(phrase, false).or_else(|| {
            match phrase.split('_').collect::<Vec<_>>()[..] {
                // `hand_taux` is `taux_handicap`.
                [first, second] if first.len().min(second.len()) > 3 => {
                    self.abbreviated_in_order(&[second, first].join("_"), true)
                }
                _ => None,
            }
        })
    }

    /// `begins`: only words cut short at their end are read.
    fn abbreviated_in_order(&self, phrase: &str, begins: bool) -> Option<Meaning> {
        let shortens = |known: &&String| {
            let pairs = || phrase.split('_').zip(known.split('_'));
            is_telling(phrase, known)
                && pairs().all(|(word, whole)| {
                    let short = || match begins {
                        true => whole.starts_with(word),
                        false => self.abbreviates(word, whole),
                    };
                    word == whole || (!self.speaks(word) && short())
                })
        };
        let known = self.initials.get(&initials(phrase))?;
        self.agreed(known.iter().filter(shortens))
    }

    /// Whether a word says something by itself, so that it is no abbreviation.
    fn speaks(&self, word: &str) -> bool {
        use WordClass::{Flag, Property};
        self.is(Flag, word) || self.is(Property, word) || self.is_person(word)
    }

    /// `compl` for `completo`, `c` for `cislo`, `prislst` for `prislusnost`; a word that means a
    /// datum is no contraction of another.
    fn abbreviates(&self, word: &str, whole: &str) -> bool {
        let contracts =
            || word.len() > 2 && !self.columns.contains_key(word) && is_contraction(word, whole);
        word.len() < whole.len() && (whole.starts_with(word) || contracts())
    }

    /// The category of all these phrases, if it is one.
    fn agreed<'a>(&self, phrases: impl Iterator<Item = &'a String>) -> Option<Meaning> {
        let category = |phrase: &String| {
            let meaning = self.columns.get(phrase).or_else(|| self.compounds.get(phrase));
            meaning.and_then(|it| it.category)
        };
        let mut categories = phrases.map(category);
        let first = categories.next().flatten()?;
        let same = categories.all(|category| category == Some(first));
        same.then_some(Meaning { category: Some(first), weak: true, guessed: true })
    }

    /// The meaning of an unknown word that shortens known ones, all of one category: `achtern` for
    /// `achternaam`, `gndr` for `gender`.
    pub(super) fn shortened(&self, word: &str) -> Option<Meaning> {
        const SHORTEST: usize = 4;
        if word.contains('_') || self.knows(word) {
            return None;
        }
        // Three consonants with vowels between them are too many words: `dims` is not `dimos`.
        let telling = |own: &String| own == word || own.len() > 3;
        let own = consonants(word).filter(telling);
        let same_consonants = own.and_then(|own| self.consonants.get(&own));
        // `roepnm` is `roepnaam`; other vowels make another word.
        let shortens = |known: &&String| is_contraction(word, known);
        let contracted = same_consonants.map(|known| known.iter().filter(shortens));
        if let Some(meaning) = contracted.and_then(|known| self.agreed(known)) {
            return Some(meaning);
        }
        if word.len() < SHORTEST {
            return None;
        }
        let longer = self.columns.range(word.to_owned()..);
        let longer = longer.take_while(|(phrase, _)| phrase.starts_with(word));
        // `curr` may be the beginning of much, not only of `curriculum`.
        let near = |phrase: &str| !phrase.contains('_') && word.len() * 2 > phrase.len();
        let begun = longer.map(|(phrase, _)| phrase).filter(|phrase| near(phrase));
        self.agreed(begun).or_else(|| self.contracted(word))
    }

    /// The meaning of a word that lacks letters within: `eftnvn` for `efternavn`.
    fn contracted(&self, word: &str) -> Option<Meaning> {
        const SHORTEST: usize = 6;
        const MISSING: usize = 4;
        let first = word.get(..1).filter(|_| word.len() >= SHORTEST)?;
        let near = self.columns.range(first.to_owned()..).map(|(phrase, _)| phrase);
        let near = near.take_while(|phrase| phrase.starts_with(first));
        let same_end = |phrase: &str| phrase.as_bytes().last() == word.as_bytes().last();
        self.agreed(near.filter(|phrase| {
            same_end(phrase)
                && !phrase.contains('_')
                && phrase.len() <= word.len() + word.len().min(2 * MISSING) / 2
                && is_contraction(word, phrase)
        }))
    }
}

/// The consonants of a single word, its first letter whatever it is; `None` for short ones.
pub(super) fn consonants(word: &str) -> Option<String> {
    // `cmnts` is `comments`.
    let doubled =
        |index: usize| index > 0 && word[..index].chars().last() == word[index..].chars().next();
    let kept = word
        .char_indices()
        .filter(|&(index, letter)| index == 0 || !("aeiou".contains(letter) || doubled(index)));
    let kept: String = kept.map(|(_, letter)| letter).collect();
    (kept.len() >= 3 && kept != "mnr" && word.is_ascii() && !word.contains('_')).then_some(kept)
}

/// Whether so much of a phrase is left in its abbreviation that it is no accident: a whole word or the better
/// part of one, or the beginning of each.
fn is_telling(phrase: &str, known: &str) -> bool {
    const ENOUGH: usize = 6;
    let mut pairs = phrase.split('_').zip(known.split('_'));
    let sure = |(word, whole): (&str, &str)| {
        word == whole && word.len() > 2 || word.len() > 4 && whole.starts_with(word)
    };
    let begins = |(word, whole): (&str, &str)| word.len() > 2 && whole.starts_with(word);
    pairs.clone().any(sure)
        || pairs.clone().map(|(word, _)| word.len()).sum::<usize>() >= ENOUGH && pairs.all(begins)
}

/// The first letters of a phrase's words.
pub(super) fn initials(phrase: &str) -> String {
    phrase.split('_').filter_map(|word| word.chars().next()).collect()
}

/// Whether a word is a longer one without some of the letters after the first.
fn is_contraction(word: &str, whole: &str) -> bool {
    let mut letters = whole.chars();
    word.len() < whole.len()
        && word.chars().next() == whole.chars().next()
        && word.chars().all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::super::LEXICON;
    use crate::model::Category;

    fn category(phrase: &str) -> Option<Category> {
        LEXICON.column(phrase).and_then(|meaning| meaning.category)
    }

    #[test]
    fn shortened_and_misspelt_words_are_read_where_one_category_fits() {
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
    fn words_without_some_of_their_letters_are_read() {
        for (phrase, meant) in [
            ("roepnm", Category::Name),
            ("eftnvn", Category::LastName),
            ("nome_compl", Category::Name),
            ("r_cislo", Category::NationalIdentifier),
            ("stat_prisl", Category::RaceEthnicity),
        ] {
            assert_eq!(category(phrase), Some(meant), "{phrase}");
        }
        for other in ["dims", "regionen", "status_flag", "order_compl"] {
            assert!(LEXICON.column(other).is_none_or(|it| it.category.is_none()), "{other}");
        }
    }
}
