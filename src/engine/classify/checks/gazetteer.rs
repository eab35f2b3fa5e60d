//! Names of people by lists of frequent names, per language. A list never knows every name, so a
//! column's share of known names decides, not one value.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::super::fold::fold;

/// Which parts of a person's name a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameParts {
    /// One or more given names.
    Given,
    /// A surname.
    Surname,
    /// Several words, a given name among the first two or last, or a surname beside a particle.
    Full,
}

struct Gazetteer {
    given: BTreeSet<String>,
    surnames: BTreeSet<String>,
    places: BTreeSet<String>,
}

static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer {
    given: names(include_str!("../../../../policies/lexicons/first_names.txt")),
    surnames: names(include_str!("../../../../policies/lexicons/surnames.txt")),
    places: names(include_str!("../../../../policies/lexicons/places.txt")),
});

fn names(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(fold).collect()
}

/// Which parts of a person's name a text is; `None` where it is none as far as the lists know.
pub fn name_parts(text: &str) -> Option<NameParts> {
    const LONGEST: usize = 80;
    if text.len() > LONGEST
        || !text.chars().any(char::is_uppercase)
        || !is_spelled_like_a_name(text)
    {
        return None;
    }
    let words: Vec<String> = text
        .split([' ', '-', ',', '\u{a0}'])
        .filter(|word| !word.is_empty())
        .map(|word| fold(&word.replace('’', "'")))
        .collect();
    if words.is_empty() || words.len() > 6 || words.iter().any(|word| is_word_of_calendar(word)) {
        return None;
    }
    let given = |word: &String| GAZETTEER.given.contains(word);
    let surname = |word: &String| GAZETTEER.surnames.contains(word);
    if words.len() == 1 || text.find([' ', ',']).is_none() {
        return match (words.iter().any(given), words.iter().any(surname)) {
            (true, _) => Some(NameParts::Given),
            (false, true) => Some(NameParts::Surname),
            (false, false) => None,
        };
    }
    // `van Dijk`: `van` is a given name elsewhere.
    if words.len() == 2 && is_particle(&words[0]) && text.starts_with(char::is_lowercase) {
        return surname(&words[1]).then_some(NameParts::Surname);
    }
    match (words.iter().any(given), words.iter().any(surname)) {
        (true, true) => Some(NameParts::Full),
        (true, false) if words.iter().all(given) => Some(NameParts::Given),
        (true, false) => Some(NameParts::Full),
        (false, true) if words.len() == 2 && is_particle(&words[0]) => Some(NameParts::Surname),
        _ => None,
    }
}

/// Whether a text is one word that is the name of a place, whatever else it may be: `Charlotte`.
pub fn is_place(text: &str) -> bool {
    const LONGEST: usize = 40;
    text.len() <= LONGEST
        && text.chars().all(char::is_alphabetic)
        && GAZETTEER.places.contains(&fold(text))
}

/// Letters, spaces, and what stands between the parts of names; no digits.
fn is_spelled_like_a_name(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_alphabetic() || " -'’.,\u{a0}\u{301}".contains(character))
}

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "van"
            | "von"
            | "der"
            | "den"
            | "di"
            | "da"
            | "le"
            | "la"
            | "del"
            | "dos"
            | "zu"
            | "af"
    )
}

/// Months and weekdays that are also names: `April`, `May`, `August`, `Sunday`.
pub fn is_word_of_calendar(folded: &str) -> bool {
    matches!(
        folded,
        "january"
            | "february"
            | "march"
            | "april"
            | "may"
            | "june"
            | "july"
            | "august"
            | "september"
            | "october"
            | "november"
            | "december"
            | "monday"
            | "tuesday"
            | "wednesday"
            | "thursday"
            | "friday"
            | "saturday"
            | "sunday"
            | "januar"
            | "februar"
            | "marz"
            | "mai"
            | "juni"
            | "juli"
            | "oktober"
            | "dezember"
            | "montag"
            | "dienstag"
            | "mittwoch"
            | "donnerstag"
            | "freitag"
            | "samstag"
            | "sonntag"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_languages_are_recognised() {
        for (text, parts) in [
            ("Łukasz", NameParts::Given),
            ("Anne-Marie", NameParts::Given),
            ("KOVÁCS", NameParts::Surname),
            ("Jürgen Müller", NameParts::Full),
            ("Novák, Jan", NameParts::Full),
            ("Μαρία Παπαδοπούλου", NameParts::Full),
            ("van Dijk", NameParts::Surname),
        ] {
            assert_eq!(name_parts(text), Some(parts), "{text}");
        }
    }

    #[test]
    fn towns_may_be_names_as_well() {
        assert!(is_place("Berlin") && is_place("VALENCIA"));
        assert!(!is_place("Kovács") && !is_place(""));
    }

    #[test]
    fn other_words_are_refused() {
        for text in [
            "",
            "April",
            "Monday",
            "Acme Widgets",
            "closed",
            "john",
            "John2",
            "New York",
            "Quarterly Review",
        ] {
            assert_eq!(name_parts(text), None, "{text}");
        }
    }
}
