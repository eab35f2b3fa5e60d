//! Couples of the same sex, told by grammar: `Paolo vive con il compagno`, `klientka s manželkou`. The words
//! are those of `policies/lexicons/special/couples.txt`.

use std::sync::LazyLock;

use super::super::fold::fold;
use super::hash::hash_of;
use super::scan::{Block, Kind, Token};
use super::sentences::ends_sentence;
use super::words::{Class, Table, classes};

/// Tokens before a partner in which it is said whose it is.
const BEFORE: usize = 9;

/// What a word does in such a phrase.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    PartnerHe,
    PartnerShe,
    /// Who is spoken of is a man.
    He,
    She,
    /// `and`, `with`, `lives`.
    Joins,
    /// May stand between.
    Between,
    /// Two men, two women, and what says that both are meant: `obaj`, `båda kvinnorna`.
    PairHe,
    PairShe,
    /// Those that need no other word.
    Alone,
    Both,
}

impl Word {
    fn bit(self) -> u32 {
        1 << self as u32
    }
}

const HEADS: [(&str, Word); 10] = [
    ("partner_he", Word::PartnerHe),
    ("partner_she", Word::PartnerShe),
    ("he", Word::He),
    ("she", Word::She),
    ("joins", Word::Joins),
    ("between", Word::Between),
    ("pair_he", Word::PairHe),
    ("pair_she", Word::PairShe),
    ("alone", Word::Alone),
    ("both", Word::Both),
];

/// The words of the file and what they do. Words are folded, so that `marié` would be `Marie`: those
/// whose last letter has an accent are told apart by it.
fn entries() -> impl Iterator<Item = (u64, Word)> {
    let text = include_str!("../../../../policies/lexicons/special/couples.txt");
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.flat_map(|(head, words)| {
        let word = HEADS.iter().find(|(name, _)| *name == head).map(|(_, word)| *word);
        words.split_whitespace().filter_map(move |it| Some((hash_of(&fold(it)), word?)))
    })
}

static WORDS: LazyLock<Table> = LazyLock::new(|| {
    Table::of(&entries().map(|(hash, word)| (hash, word.bit())).collect::<Vec<_>>())
});

/// The hashes of words for a partner, for the scan.
pub(super) fn partners() -> impl Iterator<Item = u64> {
    let partner = |word: Word| matches!(word, Word::PartnerHe | Word::PartnerShe);
    entries().filter(move |(_, word)| partner(*word)).map(|(hash, _)| hash)
}

/// Whether a word means the partner, of the same sex, of whom the words before it speak.
pub(super) fn of_one_sex(block: &Block, partner: usize) -> bool {
    let is = |bits: u32, word: Word| bits & word.bit() != 0;
    let bits = WORDS.bits(block.tokens[partner].hash);
    let (he, she) = (is(bits, Word::PartnerHe), is(bits, Word::PartnerShe));
    if he == she {
        return false;
    }
    let pair = if he { Word::PairHe } else { Word::PairShe };
    if is_pair_after(block, partner, pair) {
        return true;
    }
    // Endings say nothing of the sex in Finnish and Hungarian.
    let folded = block.folded(&block.tokens[partner]);
    let other = ["nsa", "fer", "feleseg", "barat", "vo", "menyassz"];
    let romance = !folded.ends_with(other[0]) && !other.iter().any(|it| folded.starts_with(it));
    let mut joined = false;
    for token in block.tokens[..partner].iter().rev().take(BEFORE) {
        if !token.is_word() {
            // `Mrs. Weber`, `soț-ul`: others end the phrase.
            if matches!(token.kind, Kind::Mark(b'.' | b'-')) {
                continue;
            }
            return false;
        }
        let bits = WORDS.bits(token.hash);
        let ends = |end: char| romance && ends_like_a_name(block, token, end);
        let listed = is(bits, Word::He) || is(bits, Word::She);
        let man = is(bits, Word::He) && spelt(block, token) || !listed && ends('o');
        let woman = is(bits, Word::She) && spelt(block, token) || !listed && ends('a');
        joined |= is(bits, Word::Joins);
        if (man || woman) && man != woman {
            return joined && man == he;
        }
        let between = is(bits, Word::Joins) || is(bits, Word::Between) || token.is_capital();
        if !between {
            return false;
        }
    }
    false
}

/// Tokens after a partner in which it is said that both are of one sex.
const AFTER: usize = 14;

/// `Mieszka z partnerem, obaj wpłacają`, `med sin fru, båda kvinnorna`.
fn is_pair_after(block: &Block, partner: usize, pair: Word) -> bool {
    let after = (partner + 1..block.tokens.len()).take(AFTER);
    let mut after = after.take_while(|&at| !ends_sentence(block, at));
    after.any(|at| {
        let is = |at: usize, word: Word| WORDS.bits(block.tokens[at].hash) & word.bit() != 0;
        // `obaj` needs no other word; `women` needs `both`.
        is(at, pair) && (is(at, Word::Alone) || is(at - 1, Word::Both))
    })
}

/// `Íñigo` and `Radka`: known given names whose end tells the sex in Romance and Slavic languages.
fn ends_like_a_name(block: &Block, token: &Token, end: char) -> bool {
    token.kind == Kind::Capital
        && classes(token).has(Class::Given)
        && !classes(token).any(&[Class::Surname, Class::InContext])
        && block.folded(token).ends_with(end)
}

/// `marie` is a given name, `marié` a husband.
fn spelt(block: &Block, token: &Token) -> bool {
    let word = block.word(token);
    let name = token.is_capital();
    match word.strip_suffix('é') {
        Some(_) => !name,
        None => name || !matches!(word, "marie" | "rose"),
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::classify::text::{SpecialCategory, special};

    #[test]
    fn couples_of_one_sex_are_told_by_who_is_spoken_of() {
        for text in [
            "Íñigo y su marido quieren la habitación",
            "sposato con il compagno in comune a giugno",
            "klientka se svou manželkou přijde v úterý",
            "Mme Petit et sa compagne emménagent",
            "Mieszka z partnerem, obaj wpłacają co miesiąc",
            "Péter és a férje jönnek",
            "Bor med sin fru, båda kvinnorna ska stå på avtalet",
        ] {
            assert_eq!(special(text), [SpecialCategory::SexualOrientation], "{text}");
        }
    }

    #[test]
    fn couples_of_two_sexes_and_friends_of_a_household_say_nothing() {
        for text in [
            "Marie et son compagnon viennent samedi",
            "Jan Kowalski z żoną",
            "Paolo e la moglie firmano insieme",
            "Anna Nowak z mężem",
            "klient s manželkou přijde v úterý",
            "Carmen y su marido quieren la habitación",
            "Péter és a felesége jönnek",
            "Il faut rappeler la femme de ménage",
            "Bor med sin fru, båda barnen ska stå på avtalet",
        ] {
            assert_eq!(special(text), [], "{text}");
        }
    }
}
