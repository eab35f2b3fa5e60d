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
    let folded = fold(text);
    let words = folded.split(|character: char| !character.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(12).collect();
    let has_number = words.iter().any(|word| {
        word.len() <= 6 && word.starts_with(|character: char| character.is_ascii_digit())
    });
    has_number && words.len() >= 2 && words.iter().any(|word| is_street_word(word))
}

fn is_street_word(word: &str) -> bool {
    STREETS.words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
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
    fn other_texts_with_numbers_are_refused() {
        for text in ["", "Order 12", "Hauptstraße", "version 2.1", "Room 12", "2 boxes of pens"] {
            assert!(!is_street_line(text), "{text}");
        }
    }
}
