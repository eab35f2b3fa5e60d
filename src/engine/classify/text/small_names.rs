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
    let before = index.checked_sub(1).filter(|&before| surname(before) && !given(before));
    before.map(|before| (before, end))
}

/// `klient marek`, `call marek`, `lg steffi`.
fn alone(block: &Block, index: usize) -> Option<(usize, usize)> {
    let last = block.tokens.get(index + 1).is_none_or(|next| next.kind == Kind::Line);
    let before = index.checked_sub(1).map(|before| classes(&block.tokens[before]));
    let after = |class: Class| before.is_some_and(|before| before.has(class));
    let called = after(Class::Phone) || is_introduced(block, index);
    let introduced = block.tokens[index].spaced && called;
    (introduced || last && after(Class::Closing)).then_some((index, index + 1))
}

/// `herr müller`, `mme dubois`, `pan jan kowalski`.
fn after_title(block: &Block, index: usize) -> Option<(usize, usize)> {
    if !classes(&block.tokens[index]).has(Class::Title) {
        return None;
    }
    let dot = block.tokens.get(index + 1).is_some_and(|dot: &Token| dot.is_mark(b'.'));
    let first = index + 1 + usize::from(dot);
    name_word(block, first)?;
    let goes_on = name_word(block, first + 1).is_some();
    Some((first, first + 1 + usize::from(goes_on)))
}
