//! Dates of birth: a day of the calendar after a word that speaks of birth.

use super::super::checks;
use super::Found;
use super::scan::{Block, Kind};
use super::words::{Class, classes};
use crate::model::Category;

/// Words between the one about birth and the date: `born in Kraków on 12 March 1985`.
const BETWEEN: usize = 7;

/// Every date of birth of a block.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut index = 0;
    while index < block.tokens.len() {
        let token = &block.tokens[index];
        let before_number =
            block.tokens.get(index + 1).is_some_and(|next| next.kind == Kind::Number);
        let starts = token.kind == Kind::Number
            || (token.is_word() && before_number && classes(token).has(Class::Month));
        let end = if starts { date(block, index) } else { None };
        match end {
            Some(end) if speaks_of_birth(block, index, end) => {
                found.add(token.start, block.tokens[end - 1].end, Category::DateOfBirth);
                index = end;
            }
            _ => index += 1,
        }
    }
}

fn speaks_of_birth(block: &Block, start: usize, end: usize) -> bool {
    let before = block.tokens[..start].iter().rev().take_while(|token| token.kind != Kind::Line);
    let mut words = 0;
    for (distance, token) in before.take(3 * BETWEEN).enumerate() {
        // `*12.03.1985`, as in German registers; a date before it ends the search.
        if distance == 0 && token.is_mark(b'*') {
            return true;
        }
        words += usize::from(token.is_word());
        if words > BETWEEN || (token.kind == Kind::Number && token.length() == 4) {
            return false;
        }
        if classes(token).has(Class::Birth) && block.word(token) != "ne" {
            return true;
        }
    }
    // `1985. március 12-én született`
    let after = block.tokens[end..].iter().take(5);
    after.filter(|token| token.is_word()).take(3).any(|token| {
        classes(token).has(Class::Birth)
            && matches!(block.word(token), "született" | "születésű" | "syntynyt")
    })
}

/// Where the date ends that begins at a token.
fn date(block: &Block, start: usize) -> Option<usize> {
    digits(block, start).or_else(|| written_out(block, start))
}

/// `12.03.1985`, `12. 3. 1985`, `1985-03-12`, `12/03/85`.
fn digits(block: &Block, start: usize) -> Option<usize> {
    let mut parts = [""; 3];
    let mut at = start;
    for (place, part) in parts.iter_mut().enumerate() {
        let token = block.tokens.get(at).filter(|token| token.kind == Kind::Number)?;
        *part = block.word(token);
        at += 1;
        if place < 2 {
            let mark = block.tokens.get(at)?;
            matches!(mark.kind, Kind::Mark(b'.' | b'-' | b'/')).then_some(())?;
            at += 1;
        }
    }
    let [first, second, third] = parts;
    let joined = if third.len() == 2 && first.len() <= 2 {
        let century = if third > "25" { "19" } else { "20" };
        format!("{first}-{second}-{century}{third}")
    } else {
        parts.join("-")
    };
    checks::is_birth_date(&joined).then_some(at)
}

/// `12 March 1985`, `12. März 1985`, `1er mars 1985`, `12 de marzo de 1985`, `March 12, 1985`,
/// `1985. március 12.`
fn written_out(block: &Block, start: usize) -> Option<usize> {
    let (mut day, mut month, mut year) = (false, false, false);
    let mut at = start;
    while at < block.tokens.len().min(start + 9) {
        let token = &block.tokens[at];
        let number = || block.word(token).parse::<u32>().unwrap_or(0);
        match token.kind {
            Kind::Number if token.length() == 4 && !year => {
                year = (1900..=2025).contains(&number());
                year.then_some(())?;
            }
            Kind::Number if token.length() <= 2 && !day => {
                day = (1..=31).contains(&number());
                day.then_some(())?;
            }
            Kind::Mark(b'.' | b',') => {}
            _ if token.is_word() && !month && classes(token).has(Class::Month) => month = true,
            Kind::Lower
                if matches!(
                    block.word(token),
                    "de" | "of" | "st" | "nd" | "rd" | "th" | "er" | "di"
                ) => {}
            _ => return None,
        }
        at += 1;
        if day && month && year {
            return Some(at);
        }
    }
    None
}
