//! Names that people type in small letters: `called marek sobczak`, `herr müller`, `lg steffi`. Words of
//! the lists that mean anything else do not count here.

use super::Found;
use super::parts::is_introduced;
use super::scan::{Block, Kind, Token};
use super::words::{Class, Classes, classes, is_name_only, is_plain_given};
use crate::model::Category;

/// Every such name of a block.
pub(super) fn find(block: &Block, found: &mut Found) {
    for &index in &block.places.small_names {
        let name = if is_plain_given(given_at(block, index)) {
            full(block, index).or_else(|| alone(block, index))
        } else {
            after_title(block, index)
        };
        if let Some((first, end)) = name {
            found.add(block.tokens[first].start, block.tokens[end - 1].end, Category::Name);
        }
    }
}

fn given_at(block: &Block, index: usize) -> Classes {
    classes(&block.tokens[index])
}

/// A word in small letters, apart from the one before, that is nothing but a name.
fn name_word(block: &Block, index: usize) -> Option<Classes> {
    let token = block.tokens.get(index)?;
    let small =
        token.kind == Kind::Lower && token.spaced && block.word(token).chars().nth(2).is_some();
    Some(classes(token)).filter(|classes| small && is_name_only(*classes))
}

/// `marek sobczak`, `jean-marc leroy`, `tóth krisztián`.
fn full(block: &Block, index: usize) -> Option<(usize, usize)> {
    let mut end = index + 1;
    while block.tokens.get(end).is_some_and(|dash| dash.is_mark(b'-') && !dash.spaced)
        && block.tokens.get(end + 1).is_some_and(|next| classes(next).has(Class::Given))
    {
        end += 2;
    }
    let given = |at: usize| name_word(block, at).is_some_and(|it| it.has(Class::Given));
    let surname = |at: usize| name_word(block, at).is_some_and(|it| it.has(Class::Surname));
    if surname(end) {
        return Some((index, end + 1 + usize::from(surname(end + 1))));
    }
    if given(end) && surname(end + 1) {
        return Some((index, end + 2));
    }
    if unknown(block, end) && is_called(block, index) {
        return Some((index, end + 1));
    }
    let before = index.checked_sub(1).filter(|&before| surname(before) && !given(before));
    before.map(|before| (before, end))
}

/// `klient marek`, `call marek`, `lg steffi`.
fn alone(block: &Block, index: usize) -> Option<(usize, usize)> {
    let last = block.tokens.get(index + 1).is_none_or(|next| next.kind == Kind::Line);
    let before = index.checked_sub(1).map(|before| classes(&block.tokens[before]));
    let after = |class: Class| before.is_some_and(|before| before.has(class));
    let called = is_called(block, index);
    let introduced = block.tokens[index].spaced && called;
    (introduced || last && after(Class::Closing)).then_some((index, index + 1))
}

/// `call marek`, `llamar a begoña`, `klient marek`.
fn is_called(block: &Block, index: usize) -> bool {
    let phone = |at: usize| classes(&block.tokens[at]).has(Class::Phone);
    let short = |at: usize| block.tokens[at].length() <= 2 && block.tokens[at].is_word();
    is_introduced(block, index)
        || index > 0 && phone(index - 1)
        || index > 1 && short(index - 1) && phone(index - 2)
}

/// `herr müller`, `mme dubois`, `pan jan kowalski`.
fn after_title(block: &Block, index: usize) -> Option<(usize, usize)> {
    if !classes(&block.tokens[index]).has(Class::Title) {
        return None;
    }
    let dot = |at: usize| block.tokens.get(at).is_some_and(|dot: &Token| dot.is_mark(b'.'));
    let mut first = index + 1 + usize::from(dot(index + 1));
    // `sig.ra`
    let rest = |token: &Token| token.kind == Kind::Lower && !token.spaced && token.length() <= 2;
    if dot(index + 1) && block.tokens.get(first).is_some_and(rest) {
        first += 1;
    }
    if name_word(block, first).is_none() {
        let short = is_abbreviated(block, index);
        return (short && unknown(block, first)).then_some((first, first + 1));
    }
    let goes_on = name_word(block, first + 1).is_some();
    Some((first, first + 1 + usize::from(goes_on)))
}

/// Titles that are written short, after which a verb seldom stands.
fn is_abbreviated(block: &Block, index: usize) -> bool {
    const SHORT: &[&str] = &[
        "mr", "mrs", "ms", "dr", "hr", "fr", "mme", "mlle", "sr", "sra", "srta", "sig", "dott",
        "dl", "dna", "dlui", "dnei", "dhr", "mevr", "κος", "κα",
    ];
    SHORT.contains(&block.word(&block.tokens[index]))
}

/// A word in small letters that no list knows, with a telephone number soon after: `fr. stövesand, 0151 …`.
fn unknown(block: &Block, index: usize) -> bool {
    let Some(token) = block.tokens.get(index) else { return false };
    let word = token.kind == Kind::Lower && token.spaced && token.length() >= 5;
    if !word || classes(token) != Classes::default() {
        return false;
    }
    let after = block.tokens[index + 1..].iter().take(10);
    let number = |token: &&Token| token.kind == Kind::Number;
    let reached = after.take_while(|token| token.length() <= 2 || number(token));
    reached.filter(number).map(Token::length).sum::<usize>() >= 6
}
