//! Names of people: words with a capital that the lists know, beside each other, after a title, or
//! after what a person is to us. Names of companies, streets and places are left alone.

use super::Found;
use super::callers::named_beside;
use super::organisations::{company, followed_by_company, place, street};
use super::parts::{Part, is_introduced, take_parts, title};
use super::scan::{Block, Kind, Token};
use super::things::is_thing;
use super::words::{Class, classes};
use crate::model::Category;

/// Every name of a block.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut free = 0;
    let mut parts = Vec::new();
    for &capital in &block.places.capitals {
        // A particle in small letters may stand before the capital.
        for index in capital.saturating_sub(2)..=capital {
            let begins = index == capital || particle_begins(block, index);
            if index >= free && begins && !found.covers(block.tokens[index].start) {
                free = read_at(block, index, &mut parts, found);
            }
        }
    }
}

/// Reads what begins with a word, into `parts` on the way; where to go on.
fn read_at(block: &Block, index: usize, parts: &mut Vec<Part>, found: &mut Found) -> usize {
    if is_plain_word(block, index) || is_abbreviated_title(block, index) {
        return index + 1;
    }
    take_parts(block, index, found, parts);
    let Some(last) = parts.last() else { return index + 1 };
    let next = last.end;
    if let Some(end) = comma_between(block, parts, found) {
        found.add(block.tokens[index].start, block.tokens[end - 1].end, Category::Name);
        return end;
    }
    match name(block, parts) {
        Some((first, end)) => {
            let (start, stop) = (parts[first].first, parts[end - 1].end);
            found.add(block.tokens[start].start, block.tokens[stop - 1].end, Category::Name);
            stop
        }
        // What follows the first part may be a name by itself.
        None if parts.len() > 1 && !company(block, parts) && !is_thing(block, parts) => {
            parts[0].end
        }
        None => next,
    }
}

/// Whether a word with a capital stands for itself: no list of names has it, and nothing beside it makes
/// it one. Most do, at the beginning of a sentence, and need no closer look.
fn is_plain_word(block: &Block, index: usize) -> bool {
    let token = &block.tokens[index];
    if token.kind != Kind::Capital || classes(token).any(&[Class::Given, Class::Particle]) {
        return false;
    }
    let goes_on = |next: &Token| match next.kind {
        Kind::Lower => classes(next).any(&[Class::Particle, Class::TitleAfter]),
        Kind::Number | Kind::Line => false,
        Kind::Mark(mark) => matches!(mark, b',' | b'(') || !next.spaced,
        _ => true,
    };
    if block.tokens.get(index + 1).is_some_and(goes_on) {
        return false;
    }
    let Some(before) = index.checked_sub(1).map(|before| &block.tokens[before]) else {
        return true;
    };
    match before.kind {
        Kind::Line | Kind::Number => true,
        Kind::Mark(b':') => !is_introduced(block, index),
        Kind::Mark(mark) => mark != b'.' || !title(block, index),
        // `sig.ra Marchesini`
        _ if before.length() <= 3 && !before.spaced => !title(block, index),
        _ => !classes(before).has(Class::Title) && !is_introduced(block, index),
    }
}

/// `Novák, Jan`, `Peláez Ruiz, Begoña`, `VAN DEN BERG, Johanna`: the end, where a surname, a comma and a
/// given name follow each other.
fn comma_between(block: &Block, parts: &[Part], found: &Found) -> Option<usize> {
    let (surname, others) = parts.split_last()?;
    let family = others.iter().all(|part| part.particle || part.sure_surname() && !part.place);
    if others.len() > 3 || !family {
        return None;
    }
    let comma = block.tokens.get(surname.end)?;
    // Many names are given to families as well; two of them are a family's.
    let plain = !surname.given || surname.bent || !others.is_empty();
    let particle = others.iter().any(|part| part.particle);
    let known = surname.sure_surname() || particle && surname.surname && !surname.excluded;
    let fits = known && plain && !surname.place;
    if !fits || !comma.is_mark(b',') || company(block, parts) {
        return None;
    }
    let mut given = Vec::new();
    take_parts(block, surname.end + 1, found, &mut given);
    let plain = given.iter().all(Part::sure_given) && (1..=2).contains(&given.len());
    let list = given.last().is_some_and(|last| {
        let another = |next: &Token| classes(next).any(&[Class::Given, Class::Surname]);
        block.tokens.get(last.end).is_some_and(|next| next.is_mark(b','))
            && block.tokens.get(last.end + 1).is_none_or(another)
            && !given[0].in_context
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

/// The M of `M. Jean Dupont`, which is no initial.
fn is_abbreviated_title(block: &Block, index: usize) -> bool {
    let token = &block.tokens[index];
    token.kind == Kind::Initial
        && classes(token).has(Class::Title)
        && block.tokens.get(index + 1).is_some_and(|dot| dot.is_mark(b'.') && !dot.spaced)
        && block
            .tokens
            .get(index + 2)
            .is_some_and(|next| matches!(next.kind, Kind::Capital | Kind::Capitals) && next.spaced)
}

/// Which of the parts are a person's name.
fn name(block: &Block, parts: &[Part]) -> Option<(usize, usize)> {
    if titled(block, parts) {
        return after_title(block, parts);
    }
    if company(block, parts) || street(block, parts) || place(parts) || is_thing(block, parts) {
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
        let of_a_family = place > 0 && parts[place - 1].particle;
        let stop = part.excluded && !part.sure_given() && !of_a_family;
        if stop && place > 0 {
            break;
        }
        let goes_on = place == 0
            || part.particle
            || part.initial
            || !seen_surname
            || part.surname && !part.in_context;
        // `Sr. Adelino Figueira`: of neither does a list know anything.
        let unknown = place == 1 && !parts[0].known() && !german_title(block, parts[0].first);
        if !(goes_on || unknown) || (place > 0 && !part.known() && seen_surname && !unknown) {
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

/// After `Frau` and her name any noun may follow.
fn german_title(block: &Block, index: usize) -> bool {
    let mut before = block.tokens[..index].iter().rev().take(3);
    let title = before.find(|token| token.is_word());
    title.is_some_and(|it| {
        matches!(&*block.folded(it), "herr" | "herrn" | "hr" | "frau" | "fr" | "familie")
    })
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
    let mut initials = usize::from(start.initial);
    if start.initial {
        while parts.get(at).is_some_and(|part| part.initial) {
            at += 1;
            initials += 1;
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
        let initials_sure = start.initial && (part.sure_surname() || initials >= 2 && !part.place);
        let fits = match (sure, part.surname || part.given) {
            (true, true) => true,
            // A surname that no list knows.
            (true, false) => end.is_none() && !german_noun(block, part) && !start.initial,
            (false, true) => {
                initials_sure
                    || start.given && !start.initial && (part.sure_surname() || !start.in_context)
            }
            // `W. van Beek`
            (false, false) => initials_sure || start.initial && of_a_family(block, parts, at),
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
    block.tokens[part.first].kind == Kind::Capitals
}

/// `van Beek` after an initial; the A of `S.A. y la …` is none.
fn of_a_family(block: &Block, parts: &[Part], at: usize) -> bool {
    let particles = parts[..at].iter().filter(|part| part.particle);
    let joins = |part: &Part| {
        matches!(block.word(&block.tokens[part.first]), "y" | "i" | "e" | "la" | "le" | "el" | "al")
    };
    block.tokens[parts[0].first].spaced && parts[at - 1].particle && !particles.clone().any(joins)
}

/// `…, born on`, `… (DOB`: whoever is born has been named.
fn born_after(block: &Block, end: usize) -> bool {
    let mark = block.tokens.get(end).is_some_and(|it| it.is_mark(b',') || it.is_mark(b'('));
    mark && block
        .tokens
        .get(end + 1)
        .is_some_and(|word| word.is_word() && word.length() > 2 && classes(word).has(Class::Birth))
}

/// One part that is a name by itself: a given name that is nothing else, or a surname after what the
/// person is to us.
fn alone(block: &Block, parts: &[Part]) -> Option<(usize, usize)> {
    let first = &parts[0];
    let token = &block.tokens[first.first];
    let role = token.spaced
        && (is_introduced(block, first.first) || born_after(block, parts[parts.len() - 1].end));
    if role && !first.excluded {
        // Two words that no list knows are one as well; particles may stand between.
        let names = parts.iter().take_while(|part| !part.excluded && !part.initial);
        let names = names.take(4).count();
        let enough = parts[..names].iter().filter(|part| !part.particle).count() >= 2;
        if (enough && !first.place) || first.known() {
            return Some((0, if enough { names } else { 1 }));
        }
    }
    if let Some(names) = named_beside(block, parts) {
        return Some((0, names));
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
