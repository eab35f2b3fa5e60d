//! A text as words, numbers and marks, read once. Each word carries the hash of its folded form and what
//! the dictionaries know of it, so that they are asked once and no string is built.

use std::borrow::Cow;

use super::super::fold::fold;
use super::phrases::AFFIXES;
use super::spelling::{Word, any_word, letter_at, plain_word};
use super::words::{Classes, WORDS};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word that begins with a small letter.
    Lower,
    /// A word that begins with a capital and goes on with small letters.
    Capital,
    /// Two capitals or more.
    Capitals,
    /// One capital letter.
    Initial,
    /// Digits.
    Number,
    /// Anything else that is visible: the first byte.
    Mark(u8),
    /// The end of a line.
    Line,
}

/// A word, number or mark of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Bytes from the beginning of the block.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
    pub(super) kind: Kind,
    /// White space stands before it.
    pub(super) spaced: bool,
    /// Of the folded word.
    pub(super) hash: u64,
    /// What the dictionaries know of it.
    pub(super) classes: Classes,
}

impl Token {
    pub(super) fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Lower | Kind::Capital | Kind::Capitals | Kind::Initial)
    }

    pub(super) fn is_capital(&self) -> bool {
        matches!(self.kind, Kind::Capital | Kind::Capitals | Kind::Initial)
    }

    pub(super) fn is_mark(&self, mark: u8) -> bool {
        self.kind == Kind::Mark(mark)
    }

    pub(super) fn length(&self) -> usize {
        self.end - self.start
    }
}

/// Where the tokens stand that something may begin at: each finder goes from one of its own to the next
/// instead of over all.
#[derive(Default)]
pub(super) struct Places {
    pub(super) numbers: Vec<usize>,
    /// Words with a capital.
    pub(super) capitals: Vec<usize>,
    /// Words of the lexicon of special categories, as far as the scan can tell.
    pub(super) stems: Vec<usize>,
    /// Words in small letters that are given names or titles.
    pub(super) small_names: Vec<usize>,
    pub(super) at_signs: Vec<usize>,
    pub(super) slashes: Vec<usize>,
    /// `(`, `[` or `{`, after which an at may be written out.
    pub(super) brackets: Vec<usize>,
    /// A `*` is among the marks.
    pub(super) has_star: bool,
    /// Every class of its words.
    pub(super) classes: Classes,
}

impl Places {
    fn clear(&mut self) {
        self.numbers.clear();
        self.capitals.clear();
        self.stems.clear();
        self.small_names.clear();
        self.at_signs.clear();
        self.slashes.clear();
        self.brackets.clear();
        self.has_star = false;
        self.classes = Classes::default();
    }

    fn note_mark(&mut self, mark: u8, index: usize) {
        match mark {
            b'@' => self.at_signs.push(index),
            b'(' | b'[' | b'{' => self.brackets.push(index),
            b'/' => self.slashes.push(index),
            b'*' => self.has_star = true,
            _ => {}
        }
    }

    fn note_word(&mut self, token: &Token, is_anchor: bool, index: usize) {
        self.classes = self.classes.and(token.classes);
        if token.kind != Kind::Lower {
            self.capitals.push(index);
        } else if token.classes.begins_small_name() {
            self.small_names.push(index);
        }
        if is_anchor {
            self.stems.push(index);
        }
    }
}

/// Memory of a block that was read, to be used again.
#[derive(Default)]
pub(super) struct Memory {
    lower: String,
    tokens: Vec<Token>,
    places: Places,
}

/// A part of a text, and its tokens.
pub(super) struct Block<'text> {
    pub(super) text: &'text str,
    /// The text with its ASCII letters in lower case.
    lower: String,
    pub(super) tokens: Vec<Token>,
    pub(super) places: Places,
}
impl<'text> Block<'text> {
    /// Its memory, for the next one.
    pub(super) fn into_memory(self) -> Memory {
        Memory { lower: self.lower, tokens: self.tokens, places: self.places }
    }

    #[inline]
    pub(super) fn word(&self, token: &Token) -> &'text str {
        &self.text[token.start..token.end]
    }

    /// A word in lower case without accents.
    pub(super) fn folded(&self, token: &Token) -> Cow<'_, str> {
        let word = &self.lower[token.start..token.end];
        if word.is_ascii() { Cow::Borrowed(word) } else { Cow::Owned(fold(word)) }
    }

    /// The token at an index, also for an index below zero or beyond the end.
    pub(super) fn at(&self, index: isize) -> Option<&Token> {
        usize::try_from(index).ok().and_then(|index| self.tokens.get(index))
    }
}

/// What a byte begins.
#[derive(Clone, Copy)]
enum Byte {
    Space,
    Line,
    Letter,
    Digit,
    Mark,
    /// A character beyond ASCII, of which more has to be read.
    Beyond,
}

static BYTES: [Byte; 256] = {
    let mut bytes = [Byte::Beyond; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        bytes[byte as usize] = match byte {
            b'\n' => Byte::Line,
            0..=b' ' => Byte::Space,
            b'0'..=b'9' => Byte::Digit,
            b'a'..=b'z' | b'A'..=b'Z' => Byte::Letter,
            _ => Byte::Mark,
        };
        byte += 1;
    }
    bytes
};

/// Reads a block in memory that is emptied first.
pub(super) fn scan<'text>(text: &'text str, memory: Memory) -> Block<'text> {
    let Memory { mut lower, mut tokens, mut places } = memory;
    tokens.clear();
    places.clear();
    lower.clear();
    lower.push_str(text);
    lower.make_ascii_lowercase();
    let bytes = text.as_bytes();
    let (words, affixes) = (&*WORDS, &*AFFIXES);
    let (mut at, mut spaced) = (0, true);
    while let Some(&byte) = bytes.get(at) {
        let mut token = Token {
            start: at,
            end: at + 1,
            kind: Kind::Line,
            spaced,
            hash: 0,
            classes: Classes::default(),
        };
        let word = match BYTES[usize::from(byte)] {
            Byte::Space => {
                at += 1;
                spaced = true;
                continue;
            }
            Byte::Letter => Some(plain_word(bytes, at).unwrap_or_else(|| any_word(text, at))),
            Byte::Line => None,
            Byte::Digit => {
                let more = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit());
                token.end += more.count();
                token.kind = Kind::Number;
                places.numbers.push(tokens.len());
                None
            }
            Byte::Mark => {
                token.kind = Kind::Mark(byte);
                places.note_mark(byte, tokens.len());
                None
            }
            Byte::Beyond => {
                let (letter, length, space) = letter_at(text, at);
                if space && !letter.is_letter {
                    at += length;
                    spaced = true;
                    continue;
                }
                token.end = at + length;
                token.kind = Kind::Mark(byte);
                letter.is_letter.then(|| any_word(text, at))
            }
        };
        if let Some(word) = word {
            token.end = word.end;
            token.kind = kind_of(&word);
            token.hash = word.hash;
            token.classes = words.classes(word.hash);
            let is_anchor = token.classes.is_anchor() || affixes.fit(&word);
            places.note_word(&token, is_anchor, tokens.len());
        }
        at = token.end;
        spaced = token.kind == Kind::Line;
        tokens.push(token);
    }
    Block { text, lower, tokens, places }
}

fn kind_of(word: &Word) -> Kind {
    match (word.first_upper, word.letters) {
        (false, _) => Kind::Lower,
        (true, 1) => Kind::Initial,
        (true, _) if !word.small => Kind::Capitals,
        (true, _) => Kind::Capital,
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::hash_of;
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Kind)> {
        let block = scan(text, Memory::default());
        block.tokens.iter().map(|token| (&text[token.start..token.end], token.kind)).collect()
    }

    #[test]
    fn words_numbers_and_marks_are_told_apart() {
        assert_eq!(
            kinds("Škoda OK, 12a\nΆννα é"),
            [
                ("Škoda", Kind::Capital),
                ("OK", Kind::Capitals),
                (",", Kind::Mark(b',')),
                ("12", Kind::Number),
                ("a", Kind::Lower),
                ("\n", Kind::Line),
                ("Άννα", Kind::Capital),
                ("é", Kind::Lower),
            ]
        );
    }

    #[test]
    fn the_hash_is_that_of_the_folded_word() {
        for (word, folded) in [
            ("MÜLLER", "muller"),
            ("Straße", "strasse"),
            ("Άννα", "αννα"),
            ("Unabhängigkeit", "unabhangigkeit"),
            ("internationale", "internationale"),
            ("standing.", "standing"),
        ] {
            assert_eq!(scan(word, Memory::default()).tokens[0].hash, hash_of(folded), "{word}");
        }
    }
}
