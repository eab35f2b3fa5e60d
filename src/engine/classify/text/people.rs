//! Names of people: words with a capital that the lists know, beside each other, after a title, or
//! after what a person is to us. Names of companies, streets and places are left alone.

use super::Found;
use super::inflection::{bent, ends_like_a_surname};
use super::scan::{Block, Kind, Token};
use super::words::{Class, ENDINGS, classes, ends_with_any};
use crate::model::Category;

/// Parts that one name may have.
const PARTS: usize = 6;

/// A part of a name: a word, or words with hyphens or an apostrophe between.
#[derive(Clone, Copy, Debug)]
struct Part {
    first: usize,
    end: usize,
    given: bool,
    surname: bool,
    /// Only a bent form is known.
    bent: bool,
    /// Common as another word too.
    in_context: bool,
    place: bool,
    initial: bool,
    /// Other words that have a capital.
    excluded: bool,
    particle: bool,
}

impl Part {
    fn sure_given(&self) -> bool {
        self.given && !self.in_context && !self.bent && !self.excluded
    }

    fn sure_surname(&self) -> bool {
        self.surname && !self.in_context && !self.excluded
    }

    fn known(&self) -> bool {
        self.given || self.surname
    }
}

/// Every name of a block.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut index = 0;
    while index < block.tokens.len() {
        let token = &block.tokens[index];
        if !token.is_capital() && !particle_begins(block, index) {
            index += 1;
            continue;
        }
        if found.covers(token.start) {
            index += 1;
            continue;
        }
        let parts = parts(block, index, found);
        let Some(last) = parts.last() else {
            index += 1;
            continue;
        };
        let next = last.end;
        if let Some(end) = comma_between(block, &parts, found) {
            found.add(token.start, block.tokens[end - 1].end, Category::Name);
            index = end;
            continue;
        }
        match name(block, &parts) {
            Some((first, end)) => {
                let (start, stop) = (parts[first].first, parts[end - 1].end);
                found.add(block.tokens[start].start, block.tokens[stop - 1].end, Category::Name);
                index = stop;
            }
            // What follows the first part may be a name by itself.
            None if parts.len() > 1 && !company(block, &parts) => index = parts[0].end,
            None => index = next,
        }
    }
}

/// `Novák, Jan`: the end, where a surname, a comma and a given name follow each other.
fn comma_between(block: &Block, parts: &[Part], found: &Found) -> Option<usize> {
    let [surname] = parts else { return None };
    let comma = block.tokens.get(surname.end)?;
    let fits = surname.sure_surname() && (!surname.given || surname.bent) && !surname.place;
    if !fits || !comma.is_mark(b',') || company(block, parts) {
        return None;
    }
    let given = self::parts(block, surname.end + 1, found);
    let plain = given.iter().all(Part::sure_given) && (1..=2).contains(&given.len());
    let list = given.last().is_some_and(|last| {
        block.tokens.get(last.end).is_some_and(|next| next.is_mark(b',')) && !given[0].in_context
    });
    (plain && !list).then(|| given[given.len() - 1].end)
}

/// `van der Berg` after a title begins with a small letter.
fn particle_begins(block: &Block, index: usize) -> bool {
    let token = &block.tokens[index];
    let capital_follows =
        || (1..=2).any(|ahead| block.tokens.get(index + ahead).is_some_and(Token::is_capital));
    token.kind == Kind::Lower
        && token.length() <= 4
        && capital_follows()
        && classes(token).has(Class::Particle)
        && block.tokens.get(index + 1).is_some_and(|next| next.spaced && next.is_word())
        && title(block, index)
}

/// The parts that follow each other from a token on.
fn parts(block: &Block, index: usize, found: &Found) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut at = index;
    while parts.len() < PARTS && at < block.tokens.len() {
        let token = &block.tokens[at];
        if !parts.is_empty() && !token.spaced || found.covers(token.start) {
            break;
        }
        let lower_particle = token.kind == Kind::Lower && classes(token).has(Class::Particle);
        if lower_particle {
            let leads = (1..=2).any(|ahead| {
                block.tokens.get(at + ahead).is_some_and(|next| next.is_capital() && next.spaced)
            });
            let joins =
                parts.last().is_none_or(|part| part.known() || part.particle) || at == index;
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
        let after_name =
            parts.last().map_or(title(block, at), |part| part.known() || part.particle);
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
    parts
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
        if !matches!(joint, "-" | "'" | "’" | "‑") || !tokens[end + 1].is_capital() {
            break;
        }
        end += 2;
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
    let words = (first..end).map(|at| &tokens[at]).filter(|token| token.is_word());
    for token in words {
        look_up(block, token, &mut part);
    }
    let apostrophe = !single && tokens[first].kind == Kind::Initial;
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
    part.in_context |= classes.has(Class::InContext) || token.length() <= 2;
    part.place |= classes.has(Class::Place);
    part.excluded |= classes.any(&[
        Class::Stop,
        Class::CompanyAfter,
        Class::CompanyBefore,
        Class::Title,
        Class::Role,
        Class::Business,
        Class::Month,
    ]) && !(classes.has(Class::Given)
        && classes.has(Class::Surname)
        && !classes.has(Class::Stop));
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

/// Which of the parts are a person's name.
fn name(block: &Block, parts: &[Part]) -> Option<(usize, usize)> {
    if titled(block, parts) {
        return after_title(block, parts);
    }
    if company(block, parts) || street(block, parts) || place(parts) {
        return None;
    }
    if let Some(found) = turned(parts) {
        return Some(found);
    }
    for first in 0..parts.len() {
        if parts[first].particle {
            continue;
        }
        if let Some(end) = full(block, parts, first) {
            return Some((first, end));
        }
    }
    alone(block, parts)
}

/// Whether a title stands just before a token: `Herr`, `Mme`, `Dr.`, `pan`.
fn title(block: &Block, index: usize) -> bool {
    let mut at = index.cast_signed() - 1;
    let mut dot = false;
    if block.at(at).is_some_and(|token| token.is_mark(b'.')) {
        dot = true;
        at -= 1;
    }
    let Some(token) = block.at(at).filter(|token| token.is_word()) else { return false };
    let touches = block.tokens.get(index).is_some_and(|next| next.spaced || dot);
    // `m`, `p` or `ur` in small letters are other words as well.
    let written =
        || dot || token.kind == Kind::Capital || block.word(token).chars().nth(2).is_some();
    touches && classes(token).has(Class::Title) && written()
}

fn titled(block: &Block, parts: &[Part]) -> bool {
    title(block, parts[0].first)
}

/// After a title any word with a capital is a name, as far as the next that is none.
fn after_title(block: &Block, parts: &[Part]) -> Option<(usize, usize)> {
    let last = parts.last()?;
    if followed_by_company(block, last.end) || parts[0].excluded && !parts[0].known() {
        return None;
    }
    let mut end = 0;
    let mut seen_surname = false;
    for (place, part) in parts.iter().enumerate() {
        let stop = part.excluded && !part.sure_given();
        if stop && place > 0 {
            break;
        }
        let goes_on = place == 0
            || part.particle
            || part.initial
            || !seen_surname
            || part.surname && !part.in_context;
        if !goes_on || (place > 0 && !part.known() && seen_surname) {
            break;
        }
        if !part.particle {
            end = place + 1;
        }
        let given_only = part.given && !(part.surname && place > 0);
        seen_surname |= !part.particle && !part.initial && !given_only;
    }
    (end > 0).then_some((0, end))
}

/// `Novák, Jan` and, as forms print it, `DUPONT Marie`.
fn turned(parts: &[Part]) -> Option<(usize, usize)> {
    let [first, second, ..] = parts else { return None };
    let turned = first.sure_surname() && !first.given && second.sure_given();
    let followed = parts.get(2).is_some_and(|third| third.sure_surname() && !third.given);
    (turned && !followed).then_some((0, 2))
}

/// The end of a full name that begins at a part: a given name or initials, and what goes with it.
fn full(block: &Block, parts: &[Part], first: usize) -> Option<usize> {
    let start = &parts[first];
    if start.excluded && !start.sure_given() {
        return None;
    }
    let mut at = first + 1;
    let mut sure = start.sure_given();
    if start.initial {
        while parts.get(at).is_some_and(|part| part.initial) {
            at += 1;
        }
    } else if !start.given {
        return None;
    }
    while parts.get(at).is_some_and(|part| {
        part.initial || part.given && !part.surname && !part.excluded && parts.get(at + 1).is_some()
    }) {
        sure |= parts[at].sure_given();
        at += 1;
    }
    let mut end = None;
    while let Some(part) = parts.get(at) {
        if part.particle {
            at += 1;
            continue;
        }
        if part.excluded && !part.sure_surname() {
            break;
        }
        let initials_sure =
            start.initial && (part.sure_surname() || at - first >= 2 && !part.place);
        let fits = match (sure, part.surname || part.given) {
            (true, true) => true,
            // A surname that no list knows.
            (true, false) => end.is_none() && !german_noun(block, part) && !start.initial,
            (false, true) => {
                initials_sure
                    || start.given && !start.initial && (part.sure_surname() || !start.in_context)
            }
            (false, false) => initials_sure,
        };
        if !fits || end.is_some() && !part.known() {
            break;
        }
        at += 1;
        end = Some(at);
    }
    // A given name before an unknown word is not more than itself.
    end.filter(|&end| end > first + 1)
}

/// A word after a name in German may be any noun; two words in capitals are often a heading.
fn german_noun(block: &Block, part: &Part) -> bool {
    let token = &block.tokens[part.first];
    token.kind == Kind::Capitals || part.place && !part.surname
}

/// One part that is a name by itself: a given name that is nothing else, or a surname after what the
/// person is to us.
fn alone(block: &Block, parts: &[Part]) -> Option<(usize, usize)> {
    let first = &parts[0];
    let token = &block.tokens[first.first];
    let before = block.at(first.first.cast_signed() - 1);
    let role = before
        .is_some_and(|before| before.is_word() && token.spaced && classes(before).has(Class::Role));
    if role && first.known() && !first.excluded {
        return Some((0, 1));
    }
    let after = block.tokens.get(first.end);
    if after.is_some_and(|after| after.is_word() && classes(after).has(Class::TitleAfter))
        && first.known()
    {
        return Some((0, 1));
    }
    let place = first.place || parts.iter().any(|part| part.place);
    let long = block.word(token).chars().count() >= 3;
    let plain = token.kind == Kind::Capital && long && first.sure_given() && !place;
    let one = parts.len() == 1 || parts[1].excluded && !company(block, parts);
    (plain && one).then_some((0, 1))
}

/// Whether the parts belong to the name of an organisation.
fn company(block: &Block, parts: &[Part]) -> bool {
    let (first, last) = (parts[0].first, parts[parts.len() - 1].end);
    if followed_by_company(block, last) {
        return true;
    }
    let within = parts.iter().skip(1).any(|part| {
        classes(&block.tokens[part.first]).has(Class::CompanyAfter) && !part.sure_given()
    });
    if within {
        return true;
    }
    let mut at = first.cast_signed() - 1;
    // `Hôpital de la Pitié`: over particles.
    while block
        .at(at)
        .is_some_and(|token| token.kind == Kind::Lower && classes(token).has(Class::Particle))
    {
        at -= 1;
    }
    let ampersand = block.at(first.cast_signed() - 1).is_some_and(|token| token.is_mark(b'&'));
    let dash = block
        .at(first.cast_signed() - 1)
        .is_some_and(|token| token.is_mark(b'-') && !block.tokens[first].spaced);
    ampersand
        || dash
        || block.at(at).is_some_and(|token| {
            token.is_capital() && classes(token).has(Class::CompanyBefore)
                || token.kind == Kind::Lower
                    && classes(token).has(Class::CompanyBefore)
                    && !classes(token).has(Class::Role)
        })
        || parts[0].first != parts[0].end
            && classes(&block.tokens[parts[0].first]).has(Class::CompanyBefore)
}

/// `… GmbH`, `… & Co`, `… Ltd`.
fn followed_by_company(block: &Block, end: usize) -> bool {
    let Some(next) = block.tokens.get(end) else { return false };
    if next.is_mark(b'&') {
        return block.tokens.get(end + 1).is_some_and(Token::is_capital);
    }
    if next.is_mark(b'-') && !next.spaced {
        return block.tokens.get(end + 1).is_some_and(|after| !after.spaced && after.is_word());
    }
    let word = if next.is_mark(b',') { block.tokens.get(end + 1) } else { Some(next) };
    word.is_some_and(|word| {
        let form = classes(word).has(Class::CompanyAfter);
        let small = word.kind == Kind::Lower
            && !matches!(block.word(word), "sp" | "sro" | "spol" | "gmbh" | "ltd" | "bv");
        form && word.is_word() && !(small && next.is_mark(b',')) && !(small && word.length() <= 4)
    })
}

/// `Rue Victor Hugo`, `Baker Street`, `Kossuth Lajos utca`.
fn street(block: &Block, parts: &[Part]) -> bool {
    let (first, last) = (parts[0].first, parts[parts.len() - 1].end);
    let mut at = first.cast_signed() - 1;
    while block.at(at).is_some_and(|token| {
        token.is_mark(b'.') || token.kind == Kind::Lower && classes(token).has(Class::Particle)
    }) {
        at -= 1;
    }
    let long = |token: &Token| token.length() > 2;
    let before = block.at(at).is_some_and(|token| {
        classes(token).has(Class::StreetBefore)
            && (long(token) || token.end + 1 == block.tokens[first].start)
            && !matches!(block.word(token), "via" | "al" | "c" | "os")
    });
    let inside = parts.iter().any(|part| {
        let classes = classes(&block.tokens[part.first]);
        classes.any(&[Class::StreetAfter, Class::StreetBefore]) && !part.known()
    });
    let after = block.tokens.get(last).is_some_and(|token| {
        token.is_word() && token.length() > 2 && classes(token).has(Class::StreetAfter)
    });
    before
        || inside
        || after
            && !matches!(
                block.tokens.get(last).map(|it| block.word(it)),
                Some(
                    "hill"
                        | "walk"
                        | "close"
                        | "way"
                        | "drive"
                        | "place"
                        | "court"
                        | "row"
                        | "tere"
                )
            )
}

/// `in Jordan`, `San Francisco`: a known place that is no more than that.
fn place(parts: &[Part]) -> bool {
    parts.len() == 1 && parts[0].place && !parts[0].sure_given()
}
