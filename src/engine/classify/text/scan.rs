//! A text as words, numbers and marks, read once. Each word carries the hash of its folded form, so
//! that dictionaries are asked without building a string.

use std::sync::LazyLock;

use super::super::fold::fold_into;
use super::mentions::STEMS;

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
    /// A word of the lexicon of special categories may begin as this one does.
    pub(super) stem: bool,
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

/// What the scan saw on its way; what is absent needs no second look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) at_sign: bool,
    pub(super) number: bool,
    pub(super) capital: bool,
    pub(super) stem: bool,
    /// `(at)`, `[dot]`, `://`, `www`.
    pub(super) bracket: bool,
    pub(super) slashes: bool,
}

/// A part of a text, and its tokens.
pub(super) struct Block<'text> {
    pub(super) text: &'text str,
    pub(super) tokens: Vec<Token>,
    pub(super) seen: Seen,
}

impl<'text> Block<'text> {
    pub(super) fn word(&self, token: &Token) -> &'text str {
        &self.text[token.start..token.end]
    }

    /// The token at an index, also for an index below zero or beyond the end.
    pub(super) fn at(&self, index: isize) -> Option<&Token> {
        usize::try_from(index).ok().and_then(|index| self.tokens.get(index))
    }
}

/// Folded bytes that decide whether a word is looked up among the special categories.
pub(super) const STEM: usize = 4;

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, byte: u8) -> u64 {
    // FNV-1a: each step depends on all bytes before it, so that a beginning has its hash as well.
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

fn finish(hash: u64) -> u64 {
    hash ^ (hash >> 29)
}

/// The hash of a folded word.
pub(super) fn hash_of(folded: &str) -> u64 {
    finish(folded.bytes().fold(SEED, step))
}

/// The hash of a folded word given in two parts.
pub(super) fn hash_of_parts(stem: &str, ending: &str) -> u64 {
    finish(stem.bytes().chain(ending.bytes()).fold(SEED, step))
}

/// The hashes of the first so many bytes of a folded word, from three on.
pub(super) fn hashes_of_beginnings(folded: &str) -> impl Iterator<Item = u64> {
    let hashes = folded.bytes().scan(SEED, |hash, byte| {
        *hash = step(*hash, byte);
        Some(finish(*hash))
    });
    hashes.skip(2)
}

/// The hash of the beginning of a folded word that decides whether it is looked up.
pub(super) fn stem_of(folded: &str) -> u64 {
    finish(folded.bytes().take(STEM).fold(SEED, step))
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

/// Reads a block. Tokens go to `tokens`, which is emptied first, so that its memory is used again.
pub(super) fn scan<'text>(text: &'text str, mut tokens: Vec<Token>) -> Block<'text> {
    tokens.clear();
    tokens.reserve(text.len() / 5);
    let bytes = text.as_bytes();
    let stems = &*STEMS;
    let mut seen = Seen::default();
    let mut spaced = true;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let start = at;
        let mut token = Token { start, end: at, kind: Kind::Line, spaced, stem: false, hash: 0 };
        if byte == b'\n' {
            at += 1;
        } else if byte.is_ascii_whitespace() || byte < 0x20 {
            at += 1;
            spaced = true;
            continue;
        } else if byte.is_ascii_alphabetic() {
            at = read_word(text, at, &mut token, stems);
            seen.capital |= token.is_capital();
            seen.stem |= token.stem;
        } else if byte.is_ascii_digit() {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            token.kind = Kind::Number;
            seen.number = true;
        } else if byte < 0x80 {
            at += 1;
            token.kind = Kind::Mark(byte);
            match byte {
                b'@' => seen.at_sign = true,
                b'(' | b'[' | b'{' => seen.bracket = true,
                b'/' => seen.slashes = true,
                _ => {}
            }
        } else {
            let (letter, length, space) = letter_at(text, at);
            if letter.is_letter {
                at = read_word(text, at, &mut token, stems);
                seen.capital |= token.is_capital();
                seen.stem |= token.stem;
            } else {
                at += length;
                if space {
                    spaced = true;
                    continue;
                }
                token.kind = Kind::Mark(byte);
            }
        }
        token.end = at;
        spaced = token.kind == Kind::Line;
        tokens.push(token);
    }
    Block { text, tokens, seen }
}

/// Reads the word at `at` into `token`; where it ends.
fn read_word(text: &str, mut at: usize, token: &mut Token, stems: &[u64]) -> usize {
    let bytes = text.as_bytes();
    let (mut hash, mut stem, mut folded, mut letters, mut uppers) = (SEED, SEED, 0_usize, 0, 0);
    let mut first_upper = false;
    while let Some(&byte) = bytes.get(at) {
        let upper;
        if byte.is_ascii_alphabetic() {
            hash = step(hash, byte | 0x20);
            upper = byte & 0x20 == 0;
            folded += 1;
            at += 1;
            if folded == STEM {
                stem = hash;
            }
        } else if byte >= 0x80 {
            let (letter, length, _) = letter_at(text, at);
            if !letter.is_letter {
                break;
            }
            for &byte in &letter.folded[..usize::from(letter.length)] {
                hash = step(hash, byte);
                folded += 1;
                if folded == STEM {
                    stem = hash;
                }
            }
            upper = letter.is_upper;
            at += length;
            if letter.length == 0 {
                continue;
            }
        } else {
            break;
        }
        first_upper |= letters == 0 && upper;
        letters += 1;
        uppers += u32::from(upper);
    }
    token.kind = match (first_upper, letters) {
        (false, _) => Kind::Lower,
        (true, 1) => Kind::Initial,
        (true, _) if uppers == letters => Kind::Capitals,
        (true, _) => Kind::Capital,
    };
    let stem = finish(if folded < STEM { hash } else { stem });
    token.stem = is_in(stems, stem);
    token.hash = finish(hash);
    at
}

/// Bits of the set of beginnings.
const SET: usize = 1 << 16;

fn is_in(set: &[u64], hash: u64) -> bool {
    let bit = usize::try_from(hash % SET as u64).unwrap_or(0);
    set[bit / 64] & (1 << (bit % 64)) != 0
}

/// The set of beginnings of these words.
pub(super) fn set_of(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut set = vec![0; SET / 64];
    for hash in hashes {
        let bit = usize::try_from(hash % SET as u64).unwrap_or(0);
        set[bit / 64] |= 1 << (bit % 64);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Kind)> {
        let block = scan(text, Vec::new());
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
        for (word, folded) in [("MÜLLER", "muller"), ("Straße", "strasse"), ("Άννα", "αννα")]
        {
            assert_eq!(scan(word, Vec::new()).tokens[0].hash, hash_of(folded), "{word}");
        }
    }
}
