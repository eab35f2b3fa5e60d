//! What a mention of health may be about instead of a person: an animal, a product for a condition, the course of an
//! office's affairs. The words are those of `policies/lexicons/special/others.txt`. Where it is not plain, somebody is
//! meant.

use std::ops::Range;
use std::sync::LazyLock;

use super::phrases::{Companions, Mention};
use super::scan::{Block, Kind};
use super::words::{Class, classes};
use super::{Found, SpecialCategory};

struct Words {
    animal: Companions,
    harmed: Companions,
    offer: Companions,
    contract: Companions,
    for_whom: Companions,
    anyone: Companions,
    of: Companions,
    affair: Companions,
    figure: Companions,
    suffers: Companions,
    toward: Companions,
    whose: Companions,
    apart: Companions,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    animal: Companions::of("animal"),
    harmed: Companions::of("harmed"),
    offer: Companions::of("offer"),
    contract: Companions::of("contract"),
    for_whom: Companions::of("for"),
    anyone: Companions::of("anyone"),
    of: Companions::of("of"),
    affair: Companions::of("affair"),
    figure: Companions::of("figure"),
    suffers: Companions::of("suffers"),
    toward: Companions::of("toward"),
    whose: Companions::of("whose"),
    apart: Companions::of("apart"),
});

/// Words before a mention in which that is looked for of which it is said.
const SUBJECT: usize = 6;

/// Ends of compounds that name a contract: `Krebsversicherung`, `invaliditetsforsikring`.
const CONTRACTS: &[&str] = &[
    "versicherung",
    "versicherungen",
    "tarif",
    "tarife",
    "police",
    "vorsorge",
    "verzekering",
    "verzekeringen",
    "polis",
    "forsakring",
    "forsakringar",
    "forsikring",
    "forsikringer",
    "vakuutus",
    "biztositas",
];

/// Whether a mention of health speaks of something else.
pub(super) fn is_meant(
    block: &Block,
    mention: &Mention,
    sentence: Range<usize>,
    found: &Found,
) -> bool {
    if mention.category != Some(SpecialCategory::Health) {
        return false;
    }
    let own = &mention.tokens;
    is_contract(block, own, &sentence)
        || is_for_a_condition(block, own, &sentence, found)
        || is_of_an_animal(block, own, &sentence, found)
        || is_figure(block, own, &sentence)
}

fn is_word(block: &Block, at: usize) -> bool {
    block.tokens.get(at).is_some_and(super::scan::Token::is_word)
}

/// Somebody in the text, by a name, a role or a word for a person; not by what is said of animals as well.
fn is_somebody(block: &Block, at: usize) -> bool {
    let classes = classes(&block.tokens[at]);
    is_word(block, at)
        && (classes.any(&[Class::Role, Class::Given]) && !classes.has(Class::Month)
            || classes.has(Class::Person) && !WORDS.suffers.stands(block, at))
}

/// `Krebsversicherung`, `Diabetes-Tarif`, `seguro de invalidez`: what somebody has signed, which says nothing of how they
/// are. Without a word between, `assurance invalidité`, only where nobody is spoken of.
fn is_contract(block: &Block, own: &Range<usize>, sentence: &Range<usize>) -> bool {
    let last = block.folded(&block.tokens[own.end - 1]);
    let compound = CONTRACTS.iter().any(|end| last.len() > end.len() && last.ends_with(end));
    let hyphen = block.tokens.get(own.end).is_some_and(|it| it.is_mark(b'-'));
    let joined = hyphen && is_word(block, own.end + 1) && WORDS.offer.stands(block, own.end + 1);
    let before = |back: usize| own.start.checked_sub(back).filter(|&at| is_word(block, at));
    let signed = |back: usize| before(back).is_some_and(|at| WORDS.contract.stands(block, at));
    let of = before(1).is_some_and(|at| WORDS.of.stands(block, at)) && signed(2);
    let beside = || signed(1) && !sentence.clone().any(|at| is_somebody(block, at));
    compound || joined || of || beside()
}

/// `Seguro de vida para diabéticos`, where nobody else is spoken of.
fn is_for_a_condition(
    block: &Block,
    own: &Range<usize>,
    sentence: &Range<usize>,
    found: &Found,
) -> bool {
    const NEAR: usize = 6;
    let words = |range: Range<usize>| range.rev().take_while(|&at| is_word(block, at)).take(NEAR);
    let mut strange = 0;
    // Of those for whom it is one more may be said: `para jubilados con discapacidad`.
    let of_anyone = |at: &usize| {
        let known = WORDS.for_whom.stands(block, *at) || WORDS.anyone.stands(block, *at);
        strange += usize::from(!known);
        known || strange == 1 && block.tokens[*at].length() > 4 && !is_somebody(block, *at)
    };
    let mut before = words(sentence.start..own.start).take_while(of_anyone);
    let offer = before.find(|&at| WORDS.for_whom.stands(block, at)).and_then(|preposition| {
        words(sentence.start..preposition).find(|&at| WORDS.offer.stands(block, at))
    });
    let Some(offer) = offer else { return false };
    let somebody = |range: Range<usize>| {
        let named = range.start < range.end && {
            let (first, last) = (&block.tokens[range.start], &block.tokens[range.end - 1]);
            found.has_name_within(first.start, last.end)
        };
        named || range.into_iter().any(|at| is_somebody(block, at))
    };
    !somebody(sentence.start..offer) && !somebody(own.end..sentence.end)
}

/// `El perro está enfermo`, `Der Hund meines Kunden ist krank`. Not `Biss vom Hund, Wunde entzündet`.
fn is_of_an_animal(
    block: &Block,
    own: &Range<usize>,
    sentence: &Range<usize>,
    found: &Found,
) -> bool {
    let animal = |at: usize| WORDS.animal.stands(block, at);
    let Some(subject) = subject(block, own, sentence, &animal) else { return false };
    let called = found.covers(block.tokens[subject].start);
    !called
        && !WORDS.harmed.stands(block, own.start)
        && is_subject(block, subject, sentence)
        && !sentence.clone().any(|at| is_word(block, at) && WORDS.harmed.stands(block, at))
}

/// `Expediente en fase terminal de tramitación`, `das Verfahren liegt im Koma`.
fn is_figure(block: &Block, own: &Range<usize>, sentence: &Range<usize>) -> bool {
    let affair = |at: usize| WORDS.affair.stands(block, at);
    let figure = own.clone().any(|at| is_word(block, at) && WORDS.figure.stands(block, at));
    if !figure {
        return false;
    }
    let after = (own.end..sentence.end).take_while(|&at| is_word(block, at)).take(3);
    let (mut belongs, mut told) = (false, false);
    for at in after {
        told |= belongs && affair(at);
        belongs |= WORDS.of.stands(block, at) || WORDS.whose.stands(block, at);
        if is_somebody(block, at) && !WORDS.whose.stands(block, at) {
            break;
        }
    }
    told || subject(block, own, sentence, &affair).is_some_and(|at| is_subject(block, at, sentence))
}

/// The nearest word before a mention of which it may be said: one of those wanted, unless somebody is nearer. Whose an
/// animal is stands behind it: `el perro de la clienta está`.
fn subject(
    block: &Block,
    own: &Range<usize>,
    sentence: &Range<usize>,
    wanted: &dyn Fn(usize) -> bool,
) -> Option<usize> {
    let near = |at: &usize| is_word(block, *at) || block.tokens[*at].is_mark(b'\'');
    let words = (sentence.start..own.start).rev().take_while(near).take(SUBJECT);
    // A verb of the mention itself says something, `está enfermo`; `clienta enferma` speaks of the client.
    let mut said = usize::from(own.len() > 1 && !WORDS.figure.stands(block, own.start));
    for at in words {
        if wanted(at) {
            return Some(at);
        }
        let joins = is_and(block, at) && at > sentence.start && wanted(at - 1);
        if WORDS.apart.stands(block, at) || joins {
            return None;
        }
        if is_somebody(block, at) {
            let behind = (sentence.start..at).rev().take(3).find(|&it| wanted(it))?;
            let owner =
                (behind + 1..at).all(|it| WORDS.whose.stands(block, it) || is_title(block, it));
            return (said > 0 && behind + 1 < at && owner).then_some(behind);
        }
        said += usize::from(block.tokens[at].kind != Kind::Number);
    }
    None
}

/// Whether a word joins two things: `has a cat and asthma`. By its letters, as Italian's `è` says something else.
fn is_and(block: &Block, at: usize) -> bool {
    const AND: [&str; 13] =
        ["and", "und", "y", "e", "et", "i", "a", "en", "och", "og", "ja", "și", "και"];
    AND.contains(&block.word(&block.tokens[at]))
}

fn is_title(block: &Block, at: usize) -> bool {
    is_word(block, at) && classes(&block.tokens[at]).has(Class::Title)
}

/// Whether the sentence is about it: nothing before it says that it is only beside, by or of something, and it is not
/// what somebody is called (`Herr Vogel`).
fn is_subject(block: &Block, at: usize, sentence: &Range<usize>) -> bool {
    let mut before = (sentence.start..at).rev().take_while(|&at| is_word(block, at)).take(2);
    !before.any(|before| {
        WORDS.toward.stands(block, before) || before + 1 == at && is_title(block, before)
    })
}
