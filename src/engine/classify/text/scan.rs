//! A text as words, numbers and marks, read once. Each word carries the hash of its folded form, so
//! that dictionaries are asked without building a string.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::super::fold::{fold, fold_into};
use super::hash::{Hasher, is_in};
use super::mentions::STEMS;
use super::words::SMALL_NAMES;

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
    /// Words in small letters that may be given names or titles, as far as the scan can tell.
    pub(super) small_names: Vec<usize>,
    pub(super) at_signs: Vec<usize>,
    pub(super) slashes: Vec<usize>,
    /// `(`, `[` or `{`, after which an at may be written out.
    pub(super) brackets: Vec<usize>,
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
    }
}

/// Memory of a block that was read, to be used again.
#[derive(Default)]
pub(super) struct Memory {
    tokens: Vec<Token>,
    places: Places,
}

/// A part of a text, and its tokens.
pub(super) struct Block<'text> {
    pub(super) text: &'text str,
    pub(super) tokens: Vec<Token>,
    pub(super) places: Places,
}
impl<'text> Block<'text> {
    /// Its memory, for the next one.
    pub(super) fn into_memory(self) -> Memory {
        Memory { tokens: self.tokens, places: self.places }
    }

    pub(super) fn word(&self, token: &Token) -> &'text str {
        &self.text[token.start..token.end]
    }

    /// A word in lower case without accents.
    pub(super) fn folded(&self, token: &Token) -> Cow<'text, str> {
        let word = self.word(token);
        let as_it_is = word.bytes().all(|byte| byte.is_ascii_lowercase());
        if as_it_is { Cow::Borrowed(word) } else { Cow::Owned(fold(word)) }
    }

    /// The token at an index, also for an index below zero or beyond the end.
    pub(super) fn at(&self, index: isize) -> Option<&Token> {
        usize::try_from(index).ok().and_then(|index| self.tokens.get(index))
    }
}

/// What a character does in a word.
#[derive(Clone, Copy)]
struct Letter {
    folded: [u8; 4],
    length: u8,
    is_letter: bool,
    is_upper: bool,
}

/// Latin, Greek and Cyrillic letters and the combining accents.
const TABLED: u32 = 0x0530;

static LETTERS: LazyLock<Vec<Letter>> =
    LazyLock::new(|| (0..TABLED).map(|code| letter(char::from_u32(code).unwrap_or(' '))).collect());

fn letter(character: char) -> Letter {
    let mut text = String::new();
    let is_accent = ('\u{300}'..='\u{36f}').contains(&character);
    let is_letter = (character.is_alphabetic() || is_accent) && !"ºª".contains(character);
    if is_letter {
        fold_into(character, &mut text);
    }
    let mut folded = [0; 4];
    let length = text.len().min(4);
    folded[..length].copy_from_slice(&text.as_bytes()[..length]);
    let length = u8::try_from(length).unwrap_or(0);
    Letter { folded, length, is_letter, is_upper: character.is_uppercase() }
}

fn letter_at(text: &str, at: usize) -> (Letter, usize, bool) {
    let character = text[at..].chars().next().unwrap_or(' ');
    let known = LETTERS.get(character as usize).copied();
    let space = character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}');
    (known.unwrap_or_else(|| letter(character)), character.len_utf8(), space)
}

/// Reads a block in memory that is emptied first.
pub(super) fn scan<'text>(text: &'text str, memory: Memory) -> Block<'text> {
    let Memory { mut tokens, mut places } = memory;
    tokens.clear();
    places.clear();
    let bytes = text.as_bytes();
    let (stems, small_names) = (&*STEMS, &*SMALL_NAMES);
    let mut spaced = true;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let index = tokens.len();
        let mut token = Token { start: at, end: at + 1, kind: Kind::Line, spaced, hash: 0 };
        let character = if byte < 0x80 { None } else { Some(letter_at(text, at)) };
        if byte.is_ascii_alphabetic() || character.is_some_and(|(letter, ..)| letter.is_letter) {
            let hasher = read_word(text, at, &mut token);
            if token.kind != Kind::Lower {
                places.capitals.push(index);
            } else if is_in(small_names, token.hash) {
                places.small_names.push(index);
            }
            if stems.may_be(&hasher) {
                places.stems.push(index);
            }
        } else if byte == b'\n' {
        } else if byte <= b' ' {
            at += 1;
            spaced = true;
            continue;
        } else if byte.is_ascii_digit() {
            let rest = &bytes[at..];
            token.end = at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            token.kind = Kind::Number;
            places.numbers.push(index);
        } else if let Some((_, length, space)) = character {
            if space {
                at += length;
                spaced = true;
                continue;
            }
            token.end = at + length;
            token.kind = Kind::Mark(byte);
        } else {
            token.kind = Kind::Mark(byte);
            match byte {
                b'@' => places.at_signs.push(index),
                b'(' | b'[' | b'{' => places.brackets.push(index),
                b'/' => places.slashes.push(index),
                _ => {}
            }
        }
        at = token.end;
        spaced = token.kind == Kind::Line;
        tokens.push(token);
    }
    Block { text, tokens, places }
}

/// A word that was read.
#[derive(Default)]
struct Word {
    end: usize,
    hasher: Hasher,
    letters: u32,
    /// A small letter is among them.
    small: bool,
    first_upper: bool,
}

/// Reads the word at `at` into `token`; its hash.
fn read_word(text: &str, at: usize, token: &mut Token) -> Hasher {
    let word = plain_word(text.as_bytes(), at).unwrap_or_else(|| any_word(text, at));
    token.kind = match (word.first_upper, word.letters) {
        (false, _) => Kind::Lower,
        (true, 1) => Kind::Initial,
        (true, _) if !word.small => Kind::Capitals,
        (true, _) => Kind::Capital,
    };
    token.hash = word.hasher.finish();
    token.end = word.end;
    word.hasher
}

/// The highest bit of each of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

/// A word of the letters `a` to `z` in either case, eight bytes at a time; `None` where a letter
/// beyond ASCII may go on.
fn plain_word(bytes: &[u8], start: usize) -> Option<Word> {
    let mut word = Word { end: start, first_upper: bytes[start] & 0x20 == 0, ..Word::default() };
    loop {
        let chunk = eight(bytes, word.end);
        let lower = chunk | (0x20 * EACH);
        // No carry leaves a byte, as its highest bit is taken off first.
        let base = lower & !HIGH;
        let from_a = base + (0x80 - u64::from(b'a')) * EACH;
        let above_z = base + (0x7f - u64::from(b'z')) * EACH;
        let is_letter = from_a & !above_z & !chunk & HIGH;
        let letters = (!is_letter & HIGH).trailing_zeros() / 8;
        let kept = if letters == 8 { u64::MAX } else { (1 << (8 * letters)) - 1 };
        let uppers = !(chunk << 2) & HIGH & kept;
        word.small |= uppers != HIGH & kept;
        word.letters += letters;
        word.end += letters as usize;
        if letters > 0 {
            word.hasher.push_chunk(lower & kept, letters);
        }
        if letters < 8 {
            let goes_on = bytes.get(word.end).is_some_and(|byte| *byte >= 0x80);
            return (!goes_on).then_some(word);
        }
    }
}

/// Eight bytes from a place on, the first lowest, zeros after the end.
fn eight(bytes: &[u8], at: usize) -> u64 {
    if let Some(chunk) = bytes.get(at..at + 8) {
        return u64::from_le_bytes(chunk.try_into().unwrap_or_default());
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |chunk, byte| chunk << 8 | u64::from(*byte))
}

/// A word of any letters.
fn any_word(text: &str, start: usize) -> Word {
    let bytes = text.as_bytes();
    let mut word = Word { end: start, ..Word::default() };
    while let Some(&byte) = bytes.get(word.end) {
        let upper;
        if byte.is_ascii_alphabetic() {
            word.hasher.push(byte | 0x20);
            upper = byte & 0x20 == 0;
            word.end += 1;
        } else if byte >= 0x80 {
            let (letter, length, _) = letter_at(text, word.end);
            if !letter.is_letter {
                break;
            }
            letter.folded[..usize::from(letter.length)]
                .iter()
                .for_each(|byte| word.hasher.push(*byte));
            upper = letter.is_upper;
            word.end += length;
            if letter.length == 0 {
                continue;
            }
        } else {
            break;
        }
        word.first_upper |= word.letters == 0 && upper;
        word.letters += 1;
        word.small |= !upper;
    }
    word
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
