//! Given names of goods, rooms, shops and ships: `Saal Wilhelm`, `a Márton csomag`, `Stolene Karen og Poul er udsolgt`,
//! `Camille 3.2`. The words are those of `policies/lexicons/things.txt`.

use std::sync::LazyLock;

use super::super::fold::fold;
use super::hash::hash_of;
use super::parts::{Part, title};
use super::scan::{Block, Kind, Token};
use super::words::Table;

/// What a word says of a name near it.
#[derive(Clone, Copy)]
enum Word {
    Kind,
    KindAfter,
    Sold,
    Between,
    And,
    Instead,
}

const HEADS: [(&str, Word); 6] = [
    ("instead", Word::Instead),
    ("kind", Word::Kind),
    ("kind_after", Word::KindAfter),
    ("sold", Word::Sold),
    ("between", Word::Between),
    ("and", Word::And),
];

/// Single words, and pairs by the hashes of both.
struct Words {
    single: Table,
    pairs: Table,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let text = include_str!("../../../../policies/lexicons/things.txt");
    let (mut single, mut pairs) = (Vec::new(), Vec::new());
    for (head, words) in text.lines().filter_map(|line| line.split_once(": ")) {
        let Some((_, word)) = HEADS.iter().find(|(name, _)| *name == head) else { continue };
        for entry in words.split_whitespace() {
            match entry.split_once('_') {
                Some((one, other)) => {
                    pairs.push((pair(hash_of(&fold(one)), hash_of(&fold(other))), 1))
                }
                None => single.push((hash_of(&fold(entry)), 1 << *word as u32)),
            }
        }
    }
    Words { single: Table::of(&single), pairs: Table::of(&pairs) }
});

fn pair(before: u64, word: u64) -> u64 {
    before.rotate_left(21) ^ word
}

fn is(token: &Token, word: Word) -> bool {
    token.is_word() && WORDS.single.bits(token.hash) & (1 << word as u32) != 0
}

/// Tokens that one list of names may have.
const LIST: usize = 8;

/// Whether what is said of the parts makes them the name of a thing.
pub(super) fn is_thing(block: &Block, parts: &[Part]) -> bool {
    let (first, end) = (parts[0].first, parts[parts.len() - 1].end);
    if title(block, first) {
        return false;
    }
    let within = parts.iter().any(|part| is(&block.tokens[part.first], Word::KindAfter))
        || parts.len() > 1 && is(&block.tokens[first], Word::Kind);
    within
        || is_kind_before(block, first, end)
        || block.tokens.get(end).is_some_and(|it| is(it, Word::KindAfter))
        || parts.len() == 1
            && (is_sold(block, end) || is_version(block, end) || is_instead(block, first))
}

/// `Modellen Freja udgår, tilbyd Agnes`: what is offered instead of a thing is one.
fn is_instead(block: &Block, first: usize) -> bool {
    const REACH: usize = 10;
    let tokens = &block.tokens[first.saturating_sub(REACH)..first];
    let Some(offered) = tokens.iter().rposition(|it| is(it, Word::Instead)) else { return false };
    let near = first.min(REACH) - offered <= 3;
    let thing = |pair: &[Token]| {
        is(&pair[0], Word::Kind) && pair[1].is_capital()
            || pair[0].is_capital() && is(&pair[1], Word::KindAfter)
    };
    near && tokens[..offered].windows(2).any(thing)
}

/// `zaal Willem`, `Talot Onni, Aino ja Toivo`: over the names that a list has before this one.
fn is_kind_before(block: &Block, first: usize, end: usize) -> bool {
    let token = |at: usize| block.tokens.get(at);
    let direct = |at: usize| first_before(at).and_then(token).is_some_and(|it| is(it, Word::Kind));
    if direct(first) {
        return true;
    }
    let mut joined = token(end).is_some_and(|it| is(it, Word::And) || it.is_mark(b','));
    let mut at = first;
    for _ in 0..LIST {
        let Some(before) = first_before(at) else { return false };
        let it = &block.tokens[before];
        let and = is(it, Word::And) && !it.is_capital();
        // A list goes on over names, commas and what joins them.
        if !(and || it.is_mark(b',') || it.kind == Kind::Capital) || at == first && it.is_capital()
        {
            return false;
        }
        joined |= and;
        at = before;
        if it.is_capital() && direct(at) {
            return joined;
        }
    }
    false
}

fn first_before(at: usize) -> Option<usize> {
    at.checked_sub(1)
}

/// `Karen og Poul er udsolgt`: nothing but a copula, and names joined to this one, stand between.
fn is_sold(block: &Block, end: usize) -> bool {
    let mut joined = false;
    for at in (end..block.tokens.len()).take(LIST) {
        let token = &block.tokens[at];
        let before = first_before(at).map_or(0, |before| block.tokens[before].hash);
        let said = token.kind == Kind::Lower
            && (is(token, Word::Sold) || WORDS.pairs.bits(pair(before, token.hash)) != 0);
        if said {
            return true;
        }
        let and = token.kind == Kind::Lower && is(token, Word::And);
        let name = joined && token.kind == Kind::Capital;
        joined = and || token.is_mark(b',');
        if !(joined || name || token.kind == Kind::Lower && is(token, Word::Between)) {
            return false;
        }
    }
    false
}

/// `Camille 3.2`, and no date or time.
fn is_version(block: &Block, end: usize) -> bool {
    let [major, dot, minor, rest @ ..] = &block.tokens[end.min(block.tokens.len())..] else {
        return false;
    };
    let number = |token: &Token| token.kind == Kind::Number;
    number(major)
        && dot.is_mark(b'.')
        && number(minor)
        && !(dot.spaced || minor.spaced)
        && minor.length() == 1
        && major.length() <= 2
        && rest.first().is_none_or(|it| it.spaced || !(it.is_mark(b'.') || it.is_mark(b'/')))
}

#[cfg(test)]
mod tests {
    use crate::engine::classify::text::spans;
    use crate::model::Category;

    fn names(text: &str) -> Vec<String> {
        let piece = |start: usize, end: usize| text.chars().skip(start).take(end - start).collect();
        let spans = spans(text).into_iter().filter(|span| span.category == Category::Name);
        spans.map(|span| piece(span.start, span.end)).collect()
    }

    #[test]
    fn goods_rooms_shops_and_ships_are_nobody() {
        for text in [
            "Der Saal Wilhelm ist belegt.",
            "la salle Camille est libre",
            "sala Carmen ocupada hasta las 5",
            "Il divano Chiara è in saldo",
            "Sklep Anna zmienił godziny",
            "zaal Willem is dicht",
            "modellen Astrid och modellen Björn",
            "A loja Helena fechou.",
            "učebna Božena je zamčená",
            "depozitul Mihai Bravu e închis",
            "a Márton csomag elfogyott",
            "το πλοίο Ελευθέριος καθυστερεί",
            "Talot Onni, Aino ja Toivo valmistuvat",
            "Stolene Karen og Poul er udsolgt",
            "Camille 3.2 est la nouvelle version",
            "Roos en Iris staan in de aanbieding",
            "Bank Emma in grijs, kast Daan in eiken",
            "Anna kanapé szürkében, Bence asztal tölgyből",
            "Stolen Freja udgår, tilbyd Agnes.",
            "Tuoli Aada poistuu, tilalle Venla.",
        ] {
            assert_eq!(names(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn people_beside_such_words_are_somebody() {
        for (text, name) in [
            ("Im Saal wartet Frau Anna Müller.", "Frau Anna Müller"),
            ("Modell Astrid, Peter Hahn ruft an", "Peter Hahn"),
            ("Anna Müller fragt, ob es lieferbar ist", "Anna Müller"),
            ("Sofa Freja er solgt, ring til Agnes Holm", "Agnes Holm"),
            ("winkel gesloten, belde Willem de Vries", "Willem de Vries"),
        ] {
            let found = names(text);
            assert!(found.iter().any(|it| name.contains(it.as_str())), "{text}: {found:?}");
        }
    }
}
