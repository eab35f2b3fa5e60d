//! Names of people that name something else: a company, a street, a place.

use super::parts::Part;
use super::scan::{Block, Kind, Token};
use super::words::{Class, classes};

/// Whether the parts belong to the name of an organisation.
pub(super) fn company(block: &Block, parts: &[Part]) -> bool {
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
pub(super) fn followed_by_company(block: &Block, end: usize) -> bool {
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
pub(super) fn street(block: &Block, parts: &[Part]) -> bool {
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
pub(super) fn place(parts: &[Part]) -> bool {
    parts.len() == 1 && parts[0].place && !parts[0].sure_given()
}
