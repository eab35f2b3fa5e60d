//! Postal address lines: a word for a street in one of the languages, and a house number.

use std::sync::LazyLock;

use super::super::fold::fold;

/// Words for streets: alone, or as the end of a compound (`-strasse`).
struct StreetWords {
    words: Vec<String>,
    endings: Vec<String>,
}

static STREETS: LazyLock<StreetWords> = LazyLock::new(|| {
    let mut streets = StreetWords { words: Vec::new(), endings: Vec::new() };
    let text = include_str!("../../../../policies/lexicons/streets.txt");
    for word in text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace) {
        match word.strip_prefix('-') {
            Some(ending) => streets.endings.push(fold(ending)),
            None => streets.words.push(fold(word)),
        }
    }
    streets.words.sort();
    streets
});

/// Whether a text is a street with a house number.
pub fn is_street_line(text: &str) -> bool {
    // Nobody writes an address with underscores: `court_12` is a code.
    if text.contains('_') {
        return false;
    }
    let folded = fold(text);
    let words = folded.split(|character: char| !character.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(12).collect();
    let has_number = words.iter().any(|word| {
        word.len() <= 6 && word.starts_with(|character: char| character.is_ascii_digit())
    });
    // A word for streets needs a name beside it: `PZ-12` is a code.
    let named = |street: &str| {
        let name = |word: &&str| *word != street && word.len() > 2 && is_alphabetic(word);
        !is_known(street) || words.iter().any(name)
    };
    has_number && words.iter().any(|word| is_street_word(word) && named(word))
}

fn is_alphabetic(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

/// Whether a word alone means a street.
fn is_known(word: &str) -> bool {
    STREETS.words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
}

/// The name in a text that is a name and the number of a house: `Ermou 15`, `Husova 12/3`, `Długa 5 m. 3`.
/// Streets have such names in languages that need no word for a street; so do rooms and models, of which
/// only few begin alike.
pub fn numbered_name(text: &str) -> Option<&str> {
    const LONGEST: usize = 48;
    let digit = text.find(|letter: char| letter.is_ascii_digit())?;
    let (name, number) = text.split_at(digit);
    let spaced = name.ends_with([' ', ',']);
    let name = name.trim_end_matches([' ', ',']);
    let plain = |letter: char| letter.is_alphabetic() || " .'’-".contains(letter);
    let fits = text.len() <= LONGEST
        && spaced
        && name.chars().count() >= 4
        && name.starts_with(char::is_uppercase)
        && name.chars().any(char::is_lowercase)
        && name.chars().all(plain);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let house = &number[digits..];
    // After the house a letter, a staircase, a flat; not a unit of measure.
    let goes_on = match house.chars().next() {
        None | Some('/' | ',') => true,
        Some(letter) => {
            letter.is_alphabetic() && house.chars().nth(1).is_none_or(|it| !it.is_alphabetic())
                || house.starts_with(" m. ")
                || house.starts_with(" as. ")
        }
    };
    (fits && (1..=3).contains(&digits) && !number.starts_with('0') && goes_on).then_some(name)
}

fn is_street_word(word: &str) -> bool {
    is_known(word)
        || STREETS.endings.iter().any(|ending| {
            word.strip_suffix(ending.as_str()).is_some_and(|stem| stem.chars().count() >= 2)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_of_many_languages_pass() {
        for text in [
            "Hauptstraße 12a",
            "12 rue de la Paix",
            "Calle Mayor, 5",
            "Via Roma 3",
            "ul. Długa 7/3",
            "Kerkstraat 4",
            "Storgatan 9",
            "221B Baker Street",
            "Rua Augusta 100",
            "Mannerheimintie 5",
            "Vestergade 3",
            "Ermou Οδός 15",
            "Kossuth utca 2",
            "Strada Lungă 8",
        ] {
            assert!(is_street_line(text), "{text}");
        }
    }

    #[test]
    fn names_with_the_number_of_a_house_are_told_from_others() {
        for text in
            ["Ερμού 15", "Husova 12/3", "Długa 5 m. 3", "Prešernova 8b", "Koivukuja 7, Oulu"]
        {
            assert!(numbered_name(text).is_some(), "{text}");
        }
        for text in ["", "12", "ABC 12", "Model 2024", "Tea 250 g", "Weight 5.5", "v 2", "Item #12"]
        {
            assert_eq!(numbered_name(text), None, "{text}");
        }
    }

    #[test]
    fn other_texts_with_numbers_are_refused() {
        for text in [
            "",
            "Order 12",
            "Hauptstraße",
            "version 2.1",
            "Room 12",
            "2 boxes of pens",
            "PZ-12",
            "spring_lane_1",
        ] {
            assert!(!is_street_line(text), "{text}");
        }
    }
}
