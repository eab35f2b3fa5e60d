//! What a name is put together of: words with a capital, initials, and particles between them.

use super::Found;
use super::inflection::{bent, ends_like_a_surname};
use super::scan::{Block, Kind, Token};
use super::words::{Class, ENDINGS, classes, ends_with_any};

/// Parts that one name may have.
const PARTS: usize = 6;

/// A part of a name: a word, or words with hyphens or an apostrophe between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) given: bool,
    pub(super) surname: bool,
    /// Only a bent form is known.
    pub(super) bent: bool,
    /// Common as another word too.
    pub(super) in_context: bool,
    pub(super) place: bool,
    pub(super) initial: bool,
    /// Other words that have a capital.
    pub(super) excluded: bool,
    pub(super) particle: bool,
}

impl Part {
    pub(super) fn sure_given(&self) -> bool {
        self.given && !self.in_context && !self.bent && !self.excluded
    }

    pub(super) fn sure_surname(&self) -> bool {
        self.surname && !self.in_context && !self.excluded
    }

    pub(super) fn known(&self) -> bool {
        self.given || self.surname
    }
}

/// Takes the parts that follow each other from a token on.
pub(super) fn take_parts(block: &Block, index: usize, found: &Found, parts: &mut Vec<Part>) {
    parts.clear();
    let mut at = index;
    while parts.len() < PARTS && at < block.tokens.len() {
        let token = &block.tokens[at];
        if !parts.is_empty() && !token.spaced || found.covers(token.start) {
            break;
        }
        let lower_particle = token.kind == Kind::Lower && classes(token).has(Class::Particle);
        // `van 't Hof`
        let article = |at: usize| {
            let next = block.tokens.get(at + 1);
            block.tokens.get(at).is_some_and(|it| matches!(block.word(it), "'" | "’"))
                && next.is_some_and(|it| !it.spaced && matches!(block.word(it), "t" | "s"))
        };
        if parts.last().is_some_and(|part| part.particle) && article(at) {
            parts.push(Part { particle: true, ..empty(at, at + 2) });
            at += 2;
            continue;
        }
        if lower_particle {
            let from = at + if article(at + 1) { 2 } else { 0 };
            let leads = (1..=2).any(|ahead| {
                block.tokens.get(from + ahead).is_some_and(|next| next.is_capital() && next.spaced)
            });
            let known = |part: &Part| part.known() || part.particle || part.initial;
            let joins = parts.last().is_none_or(known) || is_introduced(block, index);
            if !leads || !joins {
                break;
            }
            parts.push(Part { particle: true, ..empty(at, at + 1) });
            at += 1;
            continue;
        }
        if !token.is_capital() {
            break;
        }
        let capital_particle = classes(token).has(Class::Particle) && token.kind != Kind::Initial;
        let leads = block.tokens.get(at + 1).is_some_and(|next| next.is_capital() && next.spaced);
        // `VAN DEN BERG, Johanna`
        let in_capitals = token.kind == Kind::Capitals
            && token.length() > 2
            && block.tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Capitals);
        let after_name = parts
            .last()
            .map_or(in_capitals || title(block, at), |part| part.known() || part.particle);
        if capital_particle && leads && after_name {
            parts.push(Part { particle: true, ..empty(at, at + 1) });
            at += 1;
            continue;
        }
        let part = part(block, at);
        at = part.end;
        parts.push(part);
    }
    while parts.last().is_some_and(|part| part.particle) {
        parts.pop();
    }
}

fn empty(first: usize, end: usize) -> Part {
    Part {
        first,
        end,
        given: false,
        surname: false,
        bent: false,
        in_context: false,
        place: false,
        initial: false,
        excluded: false,
        particle: false,
    }
}

/// The part that begins at a token with a capital.
fn part(block: &Block, first: usize) -> Part {
    let tokens = &block.tokens;
    let mut end = first + 1;
    // `Anne-Marie`, `O'Brien`, `D’Angelo`.
    while end + 1 < tokens.len() && !tokens[end].spaced && !tokens[end + 1].spaced {
        let joint = block.word(&tokens[end]);
        if !matches!(joint, "-" | "'" | "’" | "‑") {
            break;
        }
        // `Vermeulen-de Wit`
        let particle = joint == "-" && classes(&tokens[end + 1]).has(Class::Particle);
        let after = tokens.get(end + 2).is_some_and(|after| after.is_capital() && after.spaced);
        if tokens[end + 1].is_capital() {
            end += 2;
        } else if particle && after {
            end += 3;
        } else {
            break;
        }
    }
    let mut part = empty(first, end);
    let single = end == first + 1;
    if single && tokens[first].kind == Kind::Initial {
        part.initial = true;
        if tokens.get(end).is_some_and(|dot| dot.is_mark(b'.') && !dot.spaced) {
            part.end = end + 1;
        }
        return part;
    }
    let apostrophe = !single && tokens[first].kind == Kind::Initial;
    let words = (first..end).map(|at| &tokens[at]).filter(|token| token.is_word());
    // The O of `O'Rourke` is no word.
    for token in words.skip(usize::from(apostrophe)) {
        look_up(block, token, &mut part);
    }
    if apostrophe {
        part.surname = true;
        part.given = false;
    }
    part
}

fn look_up(block: &Block, token: &Token, part: &mut Part) {
    let classes = classes(token);
    part.given |= classes.has(Class::Given);
    part.surname |= classes.has(Class::Surname);
    part.in_context |=
        classes.has(Class::InContext) || token.length() <= 2 && part.end == part.first + 1;
    part.place |= classes.has(Class::Place);
    // Åsa is a woman, and ASA a legal form.
    let form = classes.has(Class::CompanyAfter)
        && !(classes.has(Class::Given) && token.kind == Kind::Capital && token.length() <= 4);
    // `Maj-Britt`, `Sikorska-Wąs`: within a name short words are no others.
    let within = part.end > part.first + 1;
    part.excluded |= form && !within;
    part.excluded |= !(within && token.length() <= 4 && token.kind == Kind::Capital)
        && classes.any(&[
            Class::Stop,
            Class::CompanyBefore,
            Class::Title,
            Class::Role,
            Class::Business,
            Class::Month,
        ])
        && !(classes.has(Class::Given) && classes.has(Class::Surname) && !classes.has(Class::Stop));
    if part.given || part.surname || part.excluded {
        return;
    }
    let folded = block.folded(token);
    let like = bent(&folded);
    if like.has(Class::Given) || like.has(Class::Surname) {
        part.bent = true;
        part.given |= like.has(Class::Given);
        part.surname |= like.has(Class::Surname);
        part.in_context |= like.has(Class::InContext);
    }
    part.surname |= token.length() >= 6 && ends_like_a_surname(&folded);
    part.excluded |= token.kind == Kind::Capital && ends_with_any(&folded, &ENDINGS.nouns);
}

/// Whether a title stands just before a token: `Herr`, `Mme`, `Dr.`, `pan`.
pub(super) fn title(block: &Block, index: usize) -> bool {
    let mut at = index.cast_signed() - 1;
    let mut dot = false;
    if block.at(at).is_some_and(|token| token.is_mark(b'.')) {
        dot = true;
        at -= 1;
    }
    let Some(token) = block.at(at).filter(|token| token.is_word()) else { return false };
    // `P.IVA` is a tax number.
    let glued = |next: &Token| token.length() > 1 || next.kind != Kind::Capitals;
    let touches = block.tokens.get(index).is_some_and(|next| next.spaced || (dot && glued(next)));
    // Our Lady is a church, a school, a street.
    let ours = block.at(at - 1).is_some_and(|before| {
        before.is_word() && matches!(&*block.folded(before), "nossa" | "nuestra" | "notre")
    });
    // `m`, `p` or `ur` in small letters are other words as well.
    let written =
        || dot || token.kind == Kind::Capital || block.word(token).chars().nth(2).is_some();
    // `sig.ra`, `dott.ssa`
    let ending = !token.spaced
        && !dot
        && token.length() <= 3
        && block.at(at - 1).is_some_and(|it| it.is_mark(b'.') && !it.spaced)
        && block.at(at - 2).is_some_and(|it| it.is_word() && classes(it).has(Class::Title));
    touches && (ending || classes(token).has(Class::Title) && written()) && !ours
}

/// Whether a name is to be expected: after what a person is to us, also as a heading (`Patient: …`), or
/// after `jmenuji se`.
pub(super) fn is_introduced(block: &Block, index: usize) -> bool {
    let token = |back: usize| index.checked_sub(back).map(|at| &block.tokens[at]);
    let says = |back: usize, of: &[Class]| {
        token(back).is_some_and(|word| word.is_word() && classes(word).any(of))
    };
    if says(1, &[Class::Role, Class::Naming]) {
        return true;
    }
    let Some(before) = token(1) else { return false };
    let short = before.kind == Kind::Lower && before.length() <= 3;
    short && says(2, &[Class::Naming])
        || before.is_mark(b':') && says(2, &[Class::Role, Class::Naming])
}
