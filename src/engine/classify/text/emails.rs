//! E-mail addresses, also as people write them for people (`ada (at) example dot org`), and pages that
//! are a person's.

use std::sync::LazyLock;

use regex::Regex;

use super::super::checks;
use super::Found;
use super::scan::{Block, Token};
use crate::model::Category;

/// Bytes on each side of an `@` that are looked at.
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// Every address with `@`.
pub(super) fn find(block: &Block, found: &mut Found) {
    let text = block.text;
    for token in block.places.at_signs.iter().map(|&at| &block.tokens[at]) {
        let before = text[..token.start]
            .char_indices()
            .rev()
            .take_while(|&(at, letter)| is_address(letter) && token.start - at <= LOCAL);
        let Some((start, _)) = before.last() else { continue };
        let after = text[token.end..].char_indices().take_while(|&(at, letter)| {
            (letter.is_alphanumeric() || matches!(letter, '.' | '-')) && at < DOMAIN
        });
        let end = after.last().map_or(token.end, |(at, letter)| token.end + at + letter.len_utf8());
        let cut = text[..start].ends_with(is_address);
        let address = text[start..end].trim_end_matches(|edge: char| !edge.is_alphanumeric());
        let end = start + address.len();
        let address = address.trim_start_matches(|edge: char| !edge.is_alphanumeric());
        let start = end - address.len();
        if !cut && checks::is_email(address) {
            found.add(start, start + address.len(), Category::Email);
        }
    }
}

/// Letters of the local part that people use; quotes and operators end it.
fn is_address(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | '_' | '%' | '+' | '-' | '\'' | '~')
}

/// `(at)`, `[at]`, `{dot}`, `(ett)`: brackets on both, or on the at alone with a dotted domain.
static WRITTEN_OUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b[a-z0-9](?:[a-z0-9._+-]|[ ]?[(\[{](?:dot|punkt|point|punto)[)\]}][ ]?){0,48}",
        r"[ ]?[(\[{][ ]?(?:at|@|ät|arroba|chiocciola|arobase|malpa|kukac)[ ]?[)\]}][ ]?",
        r"[a-z0-9](?:[a-z0-9-]{0,40})",
        r"(?:(?:\.|[ ]?[(\[{][ ]?(?:dot|punkt|point|punto|\.)[ ]?[)\]}][ ]?|[ ](?:dot|punkt|point|punto)[ ])[a-z0-9-]{2,40}){1,3}\b",
    ))
    .expect("the pattern is fixed and tested")
});

/// How people say `@`.
const AT: [&str; 7] = ["at", "@", "arroba", "chiocciola", "arobase", "malpa", "kukac"];

/// Every address that is written out.
pub(super) fn find_written_out(block: &Block, found: &mut Found) {
    let written_out = |after: &Token| {
        let word = block.word(after);
        AT.iter().any(|at| word.eq_ignore_ascii_case(at)) || word == "ät"
    };
    if !block.places.brackets.iter().any(|at| block.tokens.get(at + 1).is_some_and(written_out)) {
        return;
    }
    for whole in WRITTEN_OUT.find_iter(block.text) {
        found.add(whole.start(), whole.end(), Category::Email);
    }
}

/// Every page of a person in a social network.
pub(super) fn find_pages(block: &Block, found: &mut Found) {
    // All networks that are known have `.com/` in their addresses.
    let after_com = |slash: &usize| {
        let before = slash.checked_sub(1).map(|before| block.word(&block.tokens[before]));
        before.is_some_and(|word| word.eq_ignore_ascii_case("com"))
    };
    if !block.places.slashes.iter().any(after_com) {
        return;
    }
    let mut next = 0;
    for token in block.places.slashes.iter().map(|&at| &block.tokens[at]) {
        if token.start < next {
            continue;
        }
        let text = block.text;
        let part = |letter: char| !letter.is_whitespace() && !"<>\"'()[]{},;|".contains(letter);
        let before = text[..token.start].char_indices().rev().take(80);
        let start = before.take_while(|(_, letter)| part(*letter)).last();
        let start = start.map_or(token.start, |(at, _)| at);
        let after = text[token.start..].char_indices().take(200);
        let end = after.take_while(|(_, letter)| part(*letter)).last();
        let end = end.map_or(token.end, |(at, letter)| token.start + at + letter.len_utf8());
        let page = text[start..end].trim_end_matches(['.', ':', '!', '?']);
        if checks::is_profile_url(page) {
            found.add(start, start + page.len(), Category::Url);
        }
        next = end;
    }
}
