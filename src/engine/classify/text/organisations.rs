//! Names of people that name something else: a company, a street, a place.

use super::parts::Part;
use super::scan::{Block, Kind, Token};
use super::words::{Class, classes};

/// Whether the parts belong to the name of an organisation.
pub(super) fn company(block: &Block, parts: &[Part]) -> bool {
    let (first, last) = (parts[0].first, parts[parts.len() - 1].end);
    // The A of `Lars Larsen A/S` and the S of `Dolores García S.L.` look like initials.
    let form = |part: &Part| part.initial && has_form_with_marks(block, part.first);
    if followed_by_company(block, last)
        || after_short_word_for_firm(block, first)
        || parts.iter().skip(1).any(form)
        || parts.len() > 1 && is_short_for_firm(block, &block.tokens[first])
    {
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
    if has_form_with_marks(block, end) {
        return true;
    }
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

/// Legal forms of single letters with marks between.
const FORMS: &[&str] = &[
    "s.r.o",
    "s. r. o",
    "a.s.",
    "a. s.",
    "a/s",
    "i/s",
    "k/s",
    "p/s",
    "sp. z o",
    "sp.z o",
    "sp. j",
    "sp.j",
    "sp. k",
    "sp.k",
    "spol. s r",
    "v.o.s",
    "k.s.",
    "s.a.",
    "s.l.",
    "s.l.u",
    "s.p.a",
    "s.r.l",
    "s.n.c",
    "s.a.s",
    "b.v",
    "n.v",
    "v.o.f",
    "d.o.o",
    "d.d.",
    "e.k.",
    "e. k.",
    "e.v.",
    "e. v.",
    "s.c.",
    "p.l.c",
    "ε.π.ε",
    "α.ε",
    "ο.ε",
    "ε.ε",
    "ι.κ.ε",
    "l.d.a",
    "g.m.b.h",
    "pty ltd",
];

/// `Jan Novák s.r.o.`, `Mads Nørgaard A/S`, `Adam Kowal, sp. z o.o.`
fn has_form_with_marks(block: &Block, end: usize) -> bool {
    const LONGEST: usize = 9;
    let comma = usize::from(block.tokens[end].is_mark(b','));
    let Some(token) = block.tokens.get(end + comma).filter(|it| it.is_word() && it.spaced) else {
        return false;
    };
    let rest = block.text[token.start..].chars().take(LONGEST);
    let rest: String = rest.flat_map(char::to_lowercase).collect();
    FORMS.iter().any(|form| {
        let after = rest.strip_prefix(form).map(|after| after.chars().next());
        after.is_some_and(|next| form.ends_with('.') || !next.is_some_and(char::is_alphanumeric))
    })
}

/// `Fa. Peter Hahn`, `fy Novák`.
fn after_short_word_for_firm(block: &Block, first: usize) -> bool {
    const WITH_DOT: &[&str] = &["ste", "cia", "soc", "cie", "fma"];
    let dot = first.checked_sub(1).filter(|&at| block.tokens[at].is_mark(b'.'));
    let word = dot.unwrap_or(first).checked_sub(1).map(|at| &block.tokens[at]);
    word.filter(|word| word.is_word()).is_some_and(|word| {
        // Without a dot `fa` is a verb and a measure of time in Italian.
        (dot.is_some() || word.is_capital()) && is_short_for_firm(block, word)
            || dot.is_some() && WITH_DOT.contains(&&*block.folded(word))
    })
}

/// `Ets Martin`: what is short for a firm and for nothing else.
fn is_short_for_firm(block: &Block, word: &Token) -> bool {
    const SHORT: &[&str] = &["fa", "fy", "ets"];
    word.length() <= 3 && SHORT.contains(&&*block.folded(word))
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

#[cfg(test)]
mod tests {
    use crate::engine::classify::text::spans;
    use crate::model::Category;

    fn has_name(text: &str) -> bool {
        spans(text).into_iter().any(|span| span.category == Category::Name)
    }

    #[test]
    fn forms_with_marks_and_short_words_make_a_firm() {
        for text in [
            "Fa. Peter Hahn liefert morgen",
            "Ets Bernard Martin, devis reçu",
            "Jan Novák s.r.o. dodá v pondělí",
            "Petr Svoboda, a.s. dodá v pondělí",
            "Lars Larsen A/S har sendt faktura",
            "Adam Kowal sp. z o.o. zmienił cennik",
            "Javier Ruiz S.L. manda la factura",
            "Paolo Rossi S.n.c. ha scritto",
            "Kari Oy toimittaa ovet",
        ] {
            assert!(!has_name(text), "{text}");
        }
    }

    #[test]
    fn people_beside_what_looks_like_a_form_are_somebody() {
        for text in [
            "due anni fa Mario Rossi ha disdetto",
            "Jan Novák s rodinou přijede v pátek",
            "Lars Larsen afbestiller",
            "Javier Ruiz se ha mudado",
            "Anna Kowalska a syn przyjdą jutro",
        ] {
            assert!(has_name(text), "{text}");
        }
    }
}
