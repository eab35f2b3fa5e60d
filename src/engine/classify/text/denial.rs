//! Whether a mention is denied: `no`, `kein`, `sans` within the few words before it. Some words deny in one
//! language and say something else in another: `pas` is `just` in Dutch, `sin` `his own` in Swedish, `nu`
//! `now` in Dutch, Swedish and Danish, `ei` `her` in Romanian, `no` `in the` in Portuguese, `mai` a month in
//! German and French, `Ole` a man.

use std::ops::Range;
use std::sync::LazyLock;

use super::hash::hash_of;
use super::scan::{Block, Kind, Token};
use super::words::{Class, Table, WORDS, classes};

/// Words before a mention in which it may be denied.
const DENIAL: usize = 3;

/// Tokens around a word of two meanings that tell which it has.
const AROUND: usize = 4;

/// Whether the word with a hash denies, in some language.
pub(super) fn is_negation(hash: u64) -> bool {
    WORDS.classes(hash).has(Class::Negation)
}

/// Whether the words before a mention deny it, or one that stands between its own.
pub(super) fn denied(block: &Block, mention: &Range<usize>, says_no: bool, start: usize) -> bool {
    let words = |range: Range<usize>| range.filter(|&at| block.tokens[at].is_word());
    let mark = |at: &usize| matches!(block.tokens[*at].kind, Kind::Mark(b',' | b';' | b':' | b'('));
    let from = (start..mention.start).rev().find(mark).map_or(start, |at| at + 1);
    words(from..mention.start).rev().take(DENIAL).any(|at| denies(block, at))
        || !says_no && words(mention.start + 1..mention.end).any(|at| denies(block, at))
}

/// A word that denies in one language only.
struct Ambiguous {
    word: u64,
    /// It denies beside one of these, or unless it stands beside one of them.
    neighbours: Table,
    denies_beside: bool,
    /// Where the neighbours are looked for.
    before: usize,
    after: usize,
}

static AMBIGUOUS: LazyLock<[Ambiguous; 6]> = LazyLock::new(|| {
    let of = |word, neighbours: &str, denies_beside, before, after| {
        let hashes = neighbours.split_whitespace().map(|word| (hash_of(word), 1));
        let neighbours = Table::of(&hashes.collect::<Vec<_>>());
        Ambiguous { word: hash_of(word), neighbours, denies_beside, before, after }
    };
    [
        of(
            "pas",
            "ne n de d du est a sont ont suis fait ai as c ca encore souffre",
            true,
            AROUND,
            1,
        ),
        of("nu", "are este e a au am ar mai sufera se i il o va sunt era exista", true, 0, 1),
        of(
            "sin",
            "for om med till av efter i pa pga fran mot trots til efter fra af han hon hun under over har",
            false,
            1,
            0,
        ),
        of(
            "mai",
            "im seit ab bis ende anfang mitte en depuis de fin debut mi jusqu au le du din luna pana cel \
            cea cei zum vom am",
            false,
            1,
            0,
        ),
        of(
            "ei",
            "sotul sotia fiul fiica mama tatal sora fratele copilul baiatul fata iubita iubitul partenera \
            prietena sefa e este are au sunt era",
            false,
            1,
            1,
        ),
        of(
            "no",
            "com nao ao uma em foi tem pelo pela na sua seu ele ela internado internada dores partiu",
            false,
            AROUND,
            AROUND,
        ),
    ]
});

/// Whether a word denies what follows.
fn denies(block: &Block, at: usize) -> bool {
    let token = &block.tokens[at];
    if !classes(token).has(Class::Negation) {
        return false;
    }
    let begins = at == 0 || !block.tokens[at - 1].is_word();
    if token.hash == hash_of("ole") && token.is_capital() {
        return false;
    }
    let Some(ambiguous) = AMBIGUOUS.iter().find(|it| it.word == token.hash) else { return true };
    // A month after its day, or written as a noun.
    if token.hash == hash_of("mai") && (token.is_capital() && !begins || follows_number(block, at))
    {
        return false;
    }
    let near =
        at.saturating_sub(ambiguous.before)..(at + 1 + ambiguous.after).min(block.tokens.len());
    let beside = near
        .filter(|&near| near != at)
        .any(|near| is_of(&ambiguous.neighbours, &block.tokens[near]));
    beside == ambiguous.denies_beside
}

fn follows_number(block: &Block, at: usize) -> bool {
    let before = block.tokens[..at].iter().rev().find(|token| !token.is_mark(b'.'));
    before.is_some_and(|token| matches!(token.kind, Kind::Number))
}

fn is_of(table: &Table, token: &Token) -> bool {
    token.is_word() && table.bits(token.hash) != 0
}

#[cfg(test)]
mod tests {
    use crate::engine::classify::text::read;

    #[test]
    fn a_word_that_denies_in_one_language_does_not_in_another() {
        for text in [
            "Klant is pas geopereerd aan haar knie, belt later.",
            "Hij is nu ziekgemeld.",
            "Kunden är nu sjukskriven.",
            "Frau Weber ist seit Mai krankgeschrieben.",
            "Seit 3. Mai krankgeschrieben.",
            "Madame Petit est depuis mai en arrêt maladie.",
            "Ole er sygemeldt.",
            "Han behandlas för sin cancer.",
            "Han bor ihop med sin pojkvän.",
            "Hun spiser ikke svinekød.",
            "Soțul ei e penticostal.",
            "Está internada no IPO com cancro.",
        ] {
            assert!(!read(text).special.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_is_denied_is_not_mentioned() {
        for text in [
            "Elle n'est pas diabétique.",
            "Elle est pas diabétique.",
            "Pas de diabète.",
            "El señor está sin cáncer desde 2020.",
            "Nu are diabet.",
            "Non ha mai avuto un infarto.",
            "Mai avuto un infarto.",
            "Ei ole sairauslomalla.",
        ] {
            assert!(read(text).special.is_empty(), "{text}");
        }
    }
}
