//! Greek words as developers write them in Latin letters, of which no two agree: `diavatirio`,
//! `diabathrio` and `diavatyrio` are read as they sound.

use std::collections::BTreeMap;

/// Sounds that a word must have before it is taken for a Greek one.
const FEWEST_SOUNDS: usize = 5;

/// Greek words by how they sound.
#[derive(Default)]
pub(super) struct Sounds(BTreeMap<String, String>);

impl Sounds {
    /// Remembers a word if it is written in Greek letters.
    pub(super) fn learn(&mut self, word: &str) {
        let is_greek = |letter: char| ('\u{370}'..='\u{3ff}').contains(&letter);
        if word.chars().all(is_greek) {
            let sound = sound(word, GREEK, 'i');
            if sound.len() >= FEWEST_SOUNDS {
                self.0.entry(sound).or_insert_with(|| word.to_owned());
            }
        }
    }

    /// The Greek word that one in Latin letters sounds like.
    pub(super) fn heard(&self, word: &str) -> Option<&str> {
        if !word.is_ascii() || word.len() < FEWEST_SOUNDS {
            return None;
        }
        // `h` is written for eta, whose capital it is, and for chi, as which it sounds.
        let mut readings = [
            sound(word, LATIN, 'i'),
            sound(word, LATIN, 'x'),
            sound(&word.replace('h', "i"), LATIN, 'i'),
        ]
        .into_iter();
        readings.find_map(|sound| self.0.get(&sound)).map(String::as_str)
    }
}

/// Letters and what they sound like, the longer first.
type Spelling = &'static [(&'static str, &'static str)];

const GREEK: Spelling = &[
    ("ου", "u"),
    ("ει", "i"),
    ("οι", "i"),
    ("υι", "i"),
    ("αι", "e"),
    ("ευ", "ev"),
    ("αυ", "av"),
    ("μπ", "v"),
    ("ντ", "d"),
    ("γγ", "g"),
    ("γκ", "g"),
    ("α", "a"),
    ("β", "v"),
    ("γ", "g"),
    ("δ", "d"),
    ("ε", "e"),
    ("ζ", "z"),
    ("η", "i"),
    ("θ", "8"),
    ("ι", "i"),
    ("κ", "k"),
    ("λ", "l"),
    ("μ", "m"),
    ("ν", "n"),
    ("ξ", "x"),
    ("ο", "o"),
    ("π", "p"),
    ("ρ", "r"),
    ("σ", "s"),
    ("τ", "t"),
    ("υ", "i"),
    ("φ", "f"),
    ("χ", "x"),
    ("ψ", "ps"),
    ("ω", "o"),
];

const LATIN: Spelling = &[
    ("ou", "u"),
    ("ei", "i"),
    ("oi", "i"),
    ("ai", "e"),
    ("eu", "ev"),
    ("ey", "ev"),
    ("au", "av"),
    ("ay", "av"),
    ("th", "8"),
    ("ph", "f"),
    ("ch", "x"),
    ("kh", "x"),
    ("ks", "x"),
    ("mp", "v"),
    ("nt", "d"),
    ("gg", "g"),
    ("gk", "g"),
    ("ng", "g"),
    ("b", "v"),
    ("c", "k"),
    ("j", "i"),
    ("q", "k"),
    ("u", "i"),
    ("w", "o"),
    ("y", "i"),
];

/// How a word sounds; what the table does not have sounds as it is written, and doubled letters as
/// one.
fn sound(word: &str, spelling: Spelling, aspirate: char) -> String {
    let mut sounds = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let spelt = spelling.iter().find(|(letters, _)| rest.starts_with(letters));
        let (letters, heard) = match spelt {
            Some((letters, heard)) => (letters.len(), (*heard).to_owned()),
            None if first == 'h' => (1, aspirate.to_string()),
            None => (first.len_utf8(), first.to_string()),
        };
        // `aftokinito` is αυτοκίνητο.
        if sounds.ends_with('v') && heard.starts_with(['k', 't', 'p', 'x', 's', '8', 'f']) {
            sounds.pop();
            sounds.push('f');
        }
        if sounds.chars().last() != heard.chars().next() {
            sounds.push_str(&heard);
        }
        rest = &rest[letters..];
    }
    sounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greek_words_are_heard_however_they_are_spelt() {
        let mut sounds = Sounds::default();
        for word in ["διαβατηριο", "επωνυμο", "ταχυδρομικοσ", "θρησκευμα", "αυτοκινητο", "οδοσ"]
        {
            sounds.learn(word);
        }
        for (latin, greek) in [
            ("diavatirio", "διαβατηριο"),
            ("diabathrio", "διαβατηριο"),
            ("eponymo", "επωνυμο"),
            ("epwnumo", "επωνυμο"),
            ("tachydromikos", "ταχυδρομικοσ"),
            ("tahudromikos", "ταχυδρομικοσ"),
            ("thriskevma", "θρησκευμα"),
            ("aftokinhto", "αυτοκινητο"),
        ] {
            assert_eq!(sounds.heard(latin), Some(greek), "{latin}");
        }
        assert_eq!(sounds.heard("odos"), None, "too short to be sure");
        assert_eq!(sounds.heard("passport"), None);
    }
}
