//! What the words before a number say that it is.

use super::scan::{Block, Kind};
use super::words::{Class, Classes, classes};

/// Words before a number in which one may say what it is.
const CONTEXT: usize = 7;

/// What the words just before a number say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    Phone,
    /// Some number: of a telephone if it is written as one.
    Number,
    NationalId,
    Passport,
    Licence,
    Plate,
    Device,
    Cookie,
    /// An order, an invoice, an article: not a person's.
    Reference,
}

/// The nearest word that says something, within the line.
pub(super) fn hint(block: &Block, start: usize) -> Hint {
    let mut fallback = Hint::None;
    let before = block.tokens[..start].iter().rev().take_while(|token| token.kind != Kind::Line);
    let mut words = 0;
    let mut last_was_c = false;
    for token in before.take(4 * CONTEXT) {
        if !token.is_word() {
            continue;
        }
        words += 1;
        if words > CONTEXT {
            break;
        }
        let classes = classes(token);
        // `r. č.`: rodné číslo.
        let letter = if token.length() <= 2 { block.word(token) } else { "" };
        if last_was_c && matches!(letter, "r" | "R") {
            return Hint::NationalId;
        }
        last_was_c = matches!(letter, "č" | "Č" | "c" | "C");
        // `NI number`, `numer PESEL`: the word beside it says more.
        if classes.has(Class::Generic) && words <= 2 {
            fallback = Hint::Number;
            continue;
        }
        if !classes.meets(TELLING) {
            continue;
        }
        // A case or lot far before says nothing about this number.
        let says = |hint: Hint| hint != Hint::Reference || words <= 2;
        let hint = HINTS.iter().find(|(class, hint)| classes.has(*class) && says(*hint));
        if let Some(&(_, hint)) = hint {
            return hint;
        }
    }
    fallback
}

/// What each class of words says, the surest first.
const HINTS: [(Class, Hint); 8] = [
    (Class::Cookie, Hint::Cookie),
    (Class::Device, Hint::Device),
    (Class::Passport, Hint::Passport),
    (Class::Licence, Hint::Licence),
    (Class::NationalId, Hint::NationalId),
    (Class::Phone, Hint::Phone),
    (Class::Reference, Hint::Reference),
    (Class::Plate, Hint::Plate),
];

/// The classes above.
const TELLING: Classes = {
    let (mut classes, mut place) = ([HINTS[0].0; HINTS.len()], 0);
    while place < HINTS.len() {
        classes[place] = HINTS[place].0;
        place += 1;
    }
    Classes::of(&classes)
};

/// Whether a word that names a national identifier stands just before a number.
pub(super) fn names_an_identifier(block: &Block, start: usize) -> bool {
    let words = block.tokens[..start].iter().rev().take(8).take_while(|it| it.kind != Kind::Line);
    words.filter(|it| it.is_word()).take(3).any(|it| classes(it).has(Class::NationalId))
}
