//! How a word is spelt: its letters read eight bytes at a time, whatever their case and accents.

use std::sync::LazyLock;

use super::super::fold::fold_into;
use super::hash::{Hasher, mix};

/// What a character does in a word.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    folded: [u8; 4],
    length: u8,
    pub(super) is_letter: bool,
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

/// The character at a place, its length, and whether it is a space.
pub(super) fn letter_at(text: &str, at: usize) -> (Letter, usize, bool) {
    let character = text[at..].chars().next().unwrap_or(' ');
    let known = LETTERS.get(character as usize).copied();
    let space = character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}');
    (known.unwrap_or_else(|| letter(character)), character.len_utf8(), space)
}

/// A word that was read.
#[derive(Clone, Copy)]
pub(super) struct Word {
    /// Byte after the last.
    pub(super) end: usize,
    /// Of the folded word.
    pub(super) hash: u64,
    /// Its first eight bytes, folded, the first lowest; zeros stand after a shorter word.
    pub(super) first_eight: u64,
    /// Its last eight bytes, folded, the last lowest; zeros stand before a shorter word.
    pub(super) last_eight: u64,
    pub(super) letters: u32,
    /// A small letter is among them.
    pub(super) small: bool,
    pub(super) first_upper: bool,
}

const EMPTY: Word = Word {
    end: 0,
    hash: 0,
    first_eight: 0,
    last_eight: 0,
    letters: 0,
    small: false,
    first_upper: false,
};

/// The highest bit of each of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

/// A word of the letters `a` to `z` in either case, eight bytes at a time; `None` where a letter
/// beyond ASCII may go on. It begins with such a letter.
#[inline]
pub(super) fn plain_word(bytes: &[u8], start: usize) -> Option<Word> {
    let chunk = eight(bytes, start);
    let (lower, letters, small) = letters_of(chunk);
    let mut word = Word {
        end: start + letters as usize,
        hash: mix(0, lower),
        first_eight: lower,
        last_eight: lower.swap_bytes() >> (8 * (8 - letters.clamp(1, 8))),
        letters,
        small,
        first_upper: chunk & 0x20 == 0,
    };
    if letters < 8 {
        // The byte after the last letter.
        return (chunk >> (8 * letters) & 0x80 == 0).then_some(word);
    }
    loop {
        let chunk = eight(bytes, word.end);
        let (lower, letters, small) = letters_of(chunk);
        if letters > 0 {
            word.hash = mix(word.hash, lower);
            word.small |= small;
            word.letters += letters;
            word.end += letters as usize;
        }
        if letters < 8 {
            word.last_eight = last_letters(bytes, word.end);
            return (chunk >> (8 * letters) & 0x80 == 0).then_some(word);
        }
    }
}

/// The eight letters before a place, in lower case, the last lowest.
#[inline]
fn last_letters(bytes: &[u8], end: usize) -> u64 {
    eight(bytes, end - 8).swap_bytes() | (0x20 * EACH)
}

/// The letters that eight bytes begin with, in lower case; how many; whether one of them is small.
#[inline]
fn letters_of(chunk: u64) -> (u64, u32, bool) {
    let lower = chunk | (0x20 * EACH);
    // No carry leaves a byte, as its highest bit is taken off first.
    let base = lower & !HIGH;
    let from_a = base + (0x80 - u64::from(b'a')) * EACH;
    let above_z = base + (0x7f - u64::from(b'z')) * EACH;
    let is_letter = from_a & !above_z & !chunk & HIGH;
    let others = !is_letter & HIGH;
    // The bits below the first byte that is no letter, whose highest bit alone is set.
    let below = (others & others.wrapping_neg()).wrapping_sub(1);
    let kept = if others == 0 { u64::MAX } else { below >> 7 };
    let letters = others.trailing_zeros() / 8;
    let small = chunk << 2 & HIGH & kept != 0;
    (lower & kept, letters, small)
}

/// Eight bytes from a place on, the first lowest, zeros after the end.
#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    if let Some(chunk) = bytes.get(at..at + 8) {
        return u64::from_le_bytes(chunk.try_into().unwrap_or_default());
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |chunk, byte| chunk << 8 | u64::from(*byte))
}

/// A word of any letters.
pub(super) fn any_word(text: &str, start: usize) -> Word {
    let bytes = text.as_bytes();
    let mut word = Word { end: start, ..EMPTY };
    let mut hasher = Hasher::default();
    while let Some(&byte) = bytes.get(word.end) {
        let upper;
        if byte.is_ascii_alphabetic() {
            hasher.push(byte | 0x20);
            upper = byte & 0x20 == 0;
            word.end += 1;
        } else if byte >= 0x80 {
            let (letter, length, _) = letter_at(text, word.end);
            if !letter.is_letter {
                break;
            }
            letter.folded[..usize::from(letter.length)].iter().for_each(|byte| hasher.push(*byte));
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
    let (first_eight, last_eight) = (hasher.first_eight(), hasher.last_eight());
    Word { hash: hasher.finish(), first_eight, last_eight, ..word }
}
