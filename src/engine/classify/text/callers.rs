//! Names that no list knows, told by what stands beside them: `Tamsin Oakeshott rang`, `a nombre de Oleksandra
//! Hnatiuk`, `Clothilde Vasseur-Ngo <clo.vasseur@…>`. The words are those of `policies/lexicons/callers.txt`.

use std::sync::LazyLock;

use super::super::fold::fold;
use super::Found;
use super::hash::hash_of;
use super::organisations::{company, street};
use super::parts::{Part, take_parts};
use super::scan::{Block, Kind, Token};
use super::words::{Class, Classes, Table, classes, is_name_only};
use crate::model::Category;

/// What a word says of a name beside it.
#[derive(Clone, Copy)]
enum Word {
    Calls,
    Wants,
    Handed,
    Sender,
    NameOf,
    Body,
}

const HEADS: [(&str, Word); 6] = [
    ("calls", Word::Calls),
    ("wants", Word::Wants),
    ("handed", Word::Handed),
    ("sender", Word::Sender),
    ("name_of", Word::NameOf),
    ("body", Word::Body),
];

static WORDS: LazyLock<Table> = LazyLock::new(|| {
    let text = include_str!("../../../../policies/lexicons/callers.txt");
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    let words = lines.flat_map(|(head, words)| {
        let word = HEADS.iter().find(|(name, _)| *name == head).map(|(_, word)| *word);
        words.split_whitespace().filter_map(move |it| Some((hash_of(&fold(it)), 1 << word? as u32)))
    });
    Table::of(&words.collect::<Vec<_>>())
});

fn says(token: Option<&Token>, word: Word) -> bool {
    token.is_some_and(|it| it.is_word() && WORDS.bits(it.hash) & (1 << word as u32) != 0)
}

/// Letters of the shortest word that is a name by its neighbours alone.
const SHORTEST: usize = 3;

/// How many of the parts are a name by what stands beside them.
pub(super) fn named_beside(block: &Block, parts: &[Part]) -> Option<usize> {
    // Of a name that goes on, a place may be a part: `Graça Montenegro`.
    let is_name = |part: &&Part| !part.excluded && !part.initial;
    let names = parts.iter().take_while(is_name).take(4).count();
    // `Fackombudet Pelle Ström`: the given name is what begins.
    let later = parts.iter().skip(1).position(|part| part.given);
    if parts[0].place || !parts[0].known() && parts.len() > 2 && later.is_some() {
        return None;
    }
    let words = parts[..names].iter().filter(|part| !part.particle);
    let plain = |part: &Part| {
        let token = &block.tokens[part.first];
        let classes = classes(token);
        let other = classes != Classes::default() && !is_name_only(classes);
        let long = block.word(token).chars().count() >= SHORTEST;
        token.kind == Kind::Capital && long && (!other || part.in_context)
    };
    let sure = |part: &Part| part.sure_given() || part.sure_surname() && !part.bent;
    let known = words.clone().any(sure) || words.clone().all(|part| part.known() && !part.bent);
    if !(2..=3).contains(&words.clone().count()) || !words.clone().all(plain) {
        return None;
    }
    let whole = names == parts.len();
    let after = block.tokens.get(parts[parts.len() - 1].end);
    let calls = whole && (says(after, Word::Calls) || known && says(after, Word::Wants));
    let written = after.is_some_and(|it| it.is_mark(b'<'));
    let body = |part: &Part| is_body(block, &block.tokens[part.first]);
    let closes = whole
        && ends_a_letter(block, parts[0].first, parts[parts.len() - 1].end)
        && !parts.iter().any(body);
    (calls || whole && written || closes || introduced(block, parts[0].first)).then_some(names)
}

/// `Support Desk`, `Stadtwerke Linz`: who signs for a house.
fn is_body(block: &Block, token: &Token) -> bool {
    const ENDS: [&str; 12] = [
        "dienst",
        "service",
        "werke",
        "tjanst",
        "palvelu",
        "szolgalat",
        "abteilung",
        "team",
        "zentrale",
        "verwaltung",
        "avdelningen",
        "afdelingen",
    ];
    let folded = block.folded(token);
    says(Some(token), Word::Body) || ENDS.iter().any(|end| folded.ends_with(end))
}

/// `cdt, Solenne Abgrall` at the end of a text or before the next line.
fn ends_a_letter(block: &Block, first: usize, end: usize) -> bool {
    let ends = block.tokens.get(end).is_none_or(|it| it.kind == Kind::Line);
    let gap = |token: &&Token| {
        token.kind == Kind::Line || matches!(token.kind, Kind::Mark(b',' | b'.' | b'!'))
    };
    let before = block.tokens[..first].iter().rev().take(4);
    let mut words = before.skip_while(gap).take(1);
    ends && words.any(|it| it.is_word() && classes(it).has(Class::Closing))
}

/// Whether the words before say that a name follows.
fn introduced(block: &Block, first: usize) -> bool {
    let back = |steps: usize| first.checked_sub(steps).map(|at| &block.tokens[at]);
    let short = back(1).is_some_and(|it| it.kind == Kind::Lower && it.length() <= 4);
    let begins = |steps: usize| back(steps).is_none_or(|it| !it.is_word());
    if back(1).is_some_and(|it| it.is_mark(b':')) {
        return says(back(2), Word::Sender) && begins(3);
    }
    let told = |steps: usize| says(back(steps), Word::Calls) || says(back(steps), Word::Handed);
    told(1) || short && (told(2) || says(back(2), Word::NameOf))
}

/// Capitals before and after an e-mail address in which its owner is looked for.
const NEAR: (usize, usize) = (8, 3);

/// Adds names whose surname an e-mail address repeats.
pub(super) fn find_by_addresses(block: &Block, found: &mut Found) {
    let addresses = found.spans.iter().filter(|(.., category)| *category == Category::Email);
    let addresses: Vec<(usize, usize)> = addresses.map(|&(start, end, _)| (start, end)).collect();
    let mut parts = Vec::new();
    for (start, end) in addresses {
        let capitals = &block.places.capitals;
        let middle = capitals.partition_point(|&at| block.tokens[at].start < start);
        let near = middle.saturating_sub(NEAR.0)..(middle + NEAR.1).min(capitals.len());
        let owner = block.text[start..end].split('@').next().unwrap_or_default();
        let pieces: Vec<String> = owner.split(['.', '_', '-', '+']).map(fold).collect();
        for &at in &capitals[near] {
            if repeats(block, at, &pieces) {
                add_around(block, at, &mut parts, found);
            }
        }
    }
}

/// Whether a word is one of the pieces of an address, or one after an initial: `ohnatiuk`.
fn repeats(block: &Block, at: usize, pieces: &[String]) -> bool {
    let token = &block.tokens[at];
    if token.kind != Kind::Capital || token.length() < 4 {
        return false;
    }
    let word = block.folded(token);
    pieces.iter().any(|piece| {
        let more = piece.strip_suffix(&*word).map(str::len);
        more.is_some_and(|more| more == 0 || more <= 2 && word.len() > 4)
    })
}

/// Adds the name around a word: of two or three parts, none of which is anything else.
fn add_around(block: &Block, at: usize, parts: &mut Vec<Part>, found: &mut Found) {
    let capital = |at: usize| block.tokens[at].kind == Kind::Capital && block.tokens[at].spaced;
    let begins = if at > 0 && capital(at - 1) && block.tokens[at].spaced { at - 1 } else { at };
    take_parts(block, begins, found, parts);
    let words = parts.iter().filter(|part| !part.particle).count();
    let other = |part: &Part| part.excluded || part.place && !part.known();
    let within = parts.last().is_some_and(|last| at < last.end);
    if !within || !(2..=3).contains(&words) || parts.iter().any(other) {
        return;
    }
    if company(block, parts) || street(block, parts) {
        return;
    }
    let (first, end) = (parts[0].first, parts[parts.len() - 1].end);
    found.add(block.tokens[first].start, block.tokens[end - 1].end, Category::Name);
}

#[cfg(test)]
mod tests {
    use crate::engine::classify::text::spans;
    use crate::model::Category;

    /// The names of a text.
    fn names(text: &str) -> Vec<String> {
        let piece = |start: usize, end: usize| text.chars().skip(start).take(end - start).collect();
        let spans = spans(text).into_iter().filter(|span| span.category == Category::Name);
        spans.map(|span| piece(span.start, span.end)).collect()
    }

    #[test]
    fn a_name_that_no_list_knows_is_told_by_what_stands_beside_it() {
        for (text, name) in [
            ("Zyrelle Quandersby rang about the boiler", "Zyrelle Quandersby"),
            ("ritirato da Orvello Bramistrini alle 9", "Orvello Bramistrini"),
            ("NIE a nombre de Zyrelle Quandersby", "Zyrelle Quandersby"),
            ("Van: Zyrelle Quandersby", "Zyrelle Quandersby"),
            ("Zyrelle Quandersby <office@mill.example>", "Zyrelle Quandersby"),
            ("reply to Zyrelle Quandersby, z.quandersby@mill.example", "Zyrelle Quandersby"),
            ("ringede Zyrelle Quandersby, vil se huset", "Zyrelle Quandersby"),
        ] {
            assert_eq!(names(text), [name], "{text}");
        }
    }

    #[test]
    fn firms_and_things_beside_the_same_words_are_no_names() {
        for text in [
            "Quandersby Logistics rang about the boiler",
            "Zyrelle Systems wants the contract",
            "Great Service wants a reply",
            "delivered to Quandersby Holdings",
            "Support Desk <support@mill.example>",
            "reply to Quandersby Logistics, info@quandersby.example",
            "Mit freundlichen Grüßen\nKundendienst Hamburg",
            "Kind regards,\nSupport Desk",
            "Best regards\nOrder Confirmation",
            "Cordialement,\nService Comptabilité",
            "Saludos,\nAtención Cliente",
            "Cordiali saluti,\nUfficio Acquisti",
            "Pozdrawiam\nDział Sprzedaży",
            "Groeten,\nAfdeling Verkoop",
            "Mvh\nKundtjänst Stockholm",
            "Cumprimentos,\nApoio Cliente",
            "S pozdravem\nZákaznická Podpora",
            "Cu stimă,\nServiciul Clienți",
            "Üdvözlettel\nÜgyfélszolgálat Budapest",
            "Με εκτίμηση,\nΤμήμα Πωλήσεων",
            "Terveisin\nAsiakaspalvelu Helsinki",
            "Venlig hilsen\nKundeservice Aarhus",
            "Thanks,\nBlue Kitchen",
            "Grüße, Stadtwerke Linz",
        ] {
            assert_eq!(names(text), Vec::<String>::new(), "{text}");
        }
    }
}
