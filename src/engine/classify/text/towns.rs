//! The town of an address: its postal code and name, in either order, after or before the street.

use std::sync::LazyLock;

use super::super::checks::is_lettered_postal_code;
use super::hash::hash_of;
use super::scan::{Block, Kind, Token};
use super::words::{Class, Table, classes, classes_of};

/// Words of a flat, a floor, a staircase.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "m", "lok", "apt", "apto", "flat", "unit", "suite", "ap", "bl", "sc", "et", "top", "stiege", "bus", "box", "sal", "th", "tv", "mf", "em",
    "ajto", "fldsz", "fsz", "emelet", "as", "lgh", "int", "interno", "scala", "piso", "planta", "puerta", "izq", "dcha", "esc", "dto", "esq",
    "tr", "krs", "kerros", "rappu", "lph", "lepcsohaz", "em", "whg", "izda", "dcha", "drcha", "bajo", "portal", "bloque", "blq", "bloco", "frente",
    "fte", "etaj", "scara", "apartament", "bloc", "klatka", "mieszk", "lokal", "poschodi", "floor", "οροφος", "andar", "bat", "appt", "etage", "og", "eg", "hus", "sector", "jud", "byt", "patro", "ºb", "a", "b", "c", "d", "e", "f",
];

static UNIT_HASHES: LazyLock<Table> =
    LazyLock::new(|| Table::of(&UNITS.iter().map(|unit| (hash_of(unit), 1)).collect::<Vec<_>>()));

fn is_unit(token: &Token) -> bool {
    token.is_word() && UNIT_HASHES.bits(token.hash) != 0
}

/// After the street: units, then postal code and town in either order. `None` where no town follows.
pub(super) fn town(block: &Block, from: usize) -> Option<usize> {
    let tokens = &block.tokens;
    let mut at = from;
    let mut found = None;
    // Units, commas, one line end, and the town or district before the code; at most a line or two.
    while at < tokens.len() && at - from <= 18 {
        if let Some(end) = code_and_town(block, at) {
            return Some(country(block, end));
        }
        let token = &tokens[at];
        let unit = is_unit(token);
        let fine = match token.kind {
            Kind::Line => !tokens.get(at + 1).is_none_or(|next| next.kind == Kind::Line),
            Kind::Mark(b',' | b'/' | b'-') => true,
            Kind::Mark(b'.') => {
                at == from && tokens.get(at + 1).is_some_and(|next| next.is_mark(b','))
                    || at > from
                        && (is_unit(&tokens[at - 1])
                            || tokens[at - 1].kind == Kind::Number
                            || tokens[at - 1].length() <= 3)
            }
            Kind::Mark(b'(' | b')') => true,
            Kind::Mark(byte) => byte >= 0x80,
            // `lgh 1203`
            Kind::Number if at > from && is_unit(&tokens[at - 1]) => token.length() <= 4,
            Kind::Number => token.length() <= 3 && at > from,
            _ if unit => true,
            _ => {
                token.is_capital()
                    || classes(token).has(Class::Particle)
                        && !matches!(block.word(token), "i" | "y" | "e" | "le" | "da" | "la")
            }
        };
        if !fine {
            break;
        }
        let after_comma = at > from && matches!(tokens[at - 1].kind, Kind::Mark(b',') | Kind::Line);
        let place = (token.is_capital() && after_comma && found.is_none())
            .then(|| place(block, at))
            .flatten();
        if let Some(end) = place {
            found = Some(end);
            at = end - 1;
        } else if token.is_capital() && !after_comma && found.is_none() && !unit {
            // A capital that follows without a comma begins something else.
            break;
        }
        at += 1;
    }
    found
}

/// The end of a known place of one word, or of two with a hyphen (`Cluj-Napoca`).
fn place(block: &Block, at: usize) -> Option<usize> {
    let first = &block.tokens[at];
    if classes(first).has(Class::Place) {
        return Some(at + 1);
    }
    let (hyphen, second) = (block.tokens.get(at + 1)?, block.tokens.get(at + 2)?);
    let joined = hyphen.is_mark(b'-') && !hyphen.spaced && second.is_word() && !second.spaced;
    let ending = || format!("-{}", block.folded(second));
    let known = joined && classes_of(&block.folded(first), &ending()).has(Class::Place);
    known.then_some(at + 3)
}

/// `10115 Berlin`, `1234 AB Amsterdam`, `London NW1 6XE`, `Springfield, IL 62704`, `Brașov 500035`.
fn code_and_town(block: &Block, at: usize) -> Option<usize> {
    if let Some(end) = postal_code(block, at) {
        // `1234 AB, Amsterdam`: some write a comma.
        let comma = usize::from(block.tokens.get(end).is_some_and(|mark| mark.is_mark(b',')));
        if let Some(end) = town_name(block, end + comma) {
            return Some(end);
        }
        return lettered(block, at)
            .or_else(|| (at > 0 && block.tokens[at - 1].is_capital()).then_some(end));
    }
    let end = town_name(block, at)?;
    let mut code = end;
    if block.tokens.get(code).is_some_and(|token| token.is_mark(b',')) {
        code += 1;
    }
    // A state in America.
    if block
        .tokens
        .get(code)
        .is_some_and(|token| token.kind == Kind::Capitals && token.length() == 2)
        && block
            .tokens
            .get(code + 1)
            .is_some_and(|token| token.kind == Kind::Number && token.length() == 5)
    {
        return Some(code + 2);
    }
    lettered(block, code).or_else(|| postal_code(block, code).filter(|&end| end > code))
}

/// `NW1 6XE`, `M1 1AE`, `D02 AF30`, `VLT 1117`, `K1A 0B1`.
fn lettered(block: &Block, at: usize) -> Option<usize> {
    let first = block.tokens.get(at).filter(|token| token.is_capital())?;
    let ends = block.tokens.iter().enumerate().skip(at + 1).take(5);
    let ends = ends.take_while(|(_, token)| token.end - first.start <= LONGEST_LETTERED);
    let fits = |end: usize| is_lettered_postal_code(&block.text[first.start..end]);
    ends.filter(|(_, token)| fits(token.end)).last().map(|(end, _)| end + 1)
}

/// Bytes of the longest code with letters: `SW1A 1AA`, `D02 AF30`.
const LONGEST_LETTERED: usize = 8;

/// Where a postal code ends that begins at a token.
fn postal_code(block: &Block, at: usize) -> Option<usize> {
    let tokens = &block.tokens;
    let mut at = at;
    // `D-10115`, `LV-1010`, `SE-114 55`.
    let country = tokens.get(at).is_some_and(|token| token.is_capital() && token.length() <= 3)
        && tokens.get(at + 1).is_some_and(|token| token.is_mark(b'-') && !token.spaced);
    if country {
        at += 2;
    }
    let first = tokens.get(at).filter(|token| token.kind == Kind::Number)?;
    let next = tokens.get(at + 1);
    let number_of = |index: usize, length: usize| {
        tokens
            .get(index)
            .is_some_and(|token| token.kind == Kind::Number && token.length() == length)
    };
    let touching = next.is_some_and(|mark| mark.is_mark(b'-') && !mark.spaced);
    match first.length() {
        2 if touching && number_of(at + 2, 3) => Some(at + 3),
        4 if touching && number_of(at + 2, 3) => Some(at + 3),
        3 if number_of(at + 1, 2) && tokens[at + 1].spaced => Some(at + 2),
        // Iceland has three digits: only before a town that is known.
        3 if next.is_some_and(|town| town.is_capital() && classes(town).has(Class::Place)) => {
            Some(at + 1)
        }
        4 if next.is_some_and(|token| token.kind == Kind::Capitals && token.length() == 2) => {
            Some(at + 2)
        }
        4..=6 => Some(at + 1),
        _ => None,
    }
}

/// One to four words of a town's name, a number of its district after it.
fn town_name(block: &Block, at: usize) -> Option<usize> {
    let tokens = &block.tokens;
    let first = tokens.get(at).filter(|token| token.is_capital() && token.kind != Kind::Initial)?;
    if classes(first).any(&[Class::Stop, Class::Phone, Class::Title, Class::Month])
        && !classes(first).has(Class::Place)
    {
        return None;
    }
    let mut end = at + 1;
    while end < tokens.len() && end - at < 8 {
        let token = &tokens[end];
        let joint = matches!(block.word(token), "-" | "'" | "’") && !token.spaced;
        let particle = token.kind == Kind::Lower
            && (classes(token).has(Class::Particle)
                || matches!(
                    block.word(token),
                    "am" | "an"
                        | "im"
                        | "nad"
                        | "pod"
                        | "sur"
                        | "en"
                        | "upon"
                        | "aan"
                        | "sous"
                        | "lès"
                        | "bei"
                        | "ob"
                ))
            && tokens.get(end + 1).is_some_and(|next| {
                next.is_capital() || next.kind == Kind::Lower && classes(next).has(Class::Particle)
            });
        let after_hyphen = matches!(block.word(&tokens[end - 1]), "-" | "'" | "’");
        let word = token.is_capital()
            && (token.spaced || after_hyphen)
            && !classes(token).any(&[Class::Stop, Class::Phone, Class::Title, Class::Birth]);
        let district = token.kind == Kind::Number
            && token.length() <= 2
            && token.spaced
            && !tokens
                .get(end + 1)
                .is_some_and(|next| next.spaced && next.is_word() && next.kind == Kind::Lower);
        // The outward part of a British code.
        let code = token.is_capital()
            && tokens.get(end + 1).is_some_and(|next| next.kind == Kind::Number && !next.spaced);
        // A line, or a known person, begins something else.
        let person =
            classes(token).has(Class::Given) && !classes(token).has(Class::Place) && !joint;
        if !(joint || particle || word && !person && !code || district) {
            break;
        }
        end += 1;
        if district {
            break;
        }
    }
    while end > at + 1 && matches!(tokens[end - 1].kind, Kind::Mark(_)) {
        end -= 1;
    }
    // `Milano (MI)`.
    let province = tokens.get(end).is_some_and(|mark| mark.is_mark(b'('))
        && tokens
            .get(end + 1)
            .is_some_and(|token| token.kind == Kind::Capitals && token.length() == 2)
        && tokens.get(end + 2).is_some_and(|mark| mark.is_mark(b')'));
    Some(if province { end + 3 } else { end })
}

/// `, Germany`: a known place after a comma.
fn country(block: &Block, end: usize) -> usize {
    let comma = block.tokens.get(end).is_some_and(|token| token.is_mark(b','));
    let known = block.tokens.get(end + 1).is_some_and(|token| {
        token.kind == Kind::Capital
            && classes(token).has(Class::Place)
            && !classes(token).has(Class::Given)
    });
    if comma && known { end + 2 } else { end }
}

/// `1051 Budapest, ` before the street.
pub(super) fn town_before(block: &Block, first: usize, free: usize) -> Option<usize> {
    let tokens = &block.tokens;
    let comma = first.checked_sub(1).filter(|&comma| tokens[comma].is_mark(b','))?;
    let start = comma.saturating_sub(6).max(free);
    (start..comma).find(|&start| {
        tokens[start].kind == Kind::Number
            && postal_code(block, start)
                .and_then(|end| town_name(block, end))
                .is_some_and(|end| end == comma || end + 1 == comma)
    })
}
