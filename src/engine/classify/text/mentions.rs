//! Mentions of special categories (GDPR Art. 9 and 10): phrases of `policies/lexicons/special`, weighed
//! by what their sentence is about. A phrase counts when it speaks of a person and is not denied; one
//! that also means other things needs a person in its sentence, and none of trade or machines.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::couples::of_one_sex;
use super::denial::denied;
use super::hash::hash_of;
use super::others;
use super::phrases::{Mention, Weight, is_accompanied, look_up};
use super::scan::{Block, Kind, Token};
use super::sentences::sentence;
use super::words::{Class, Table, begins, classes};
use super::{Found, SpecialCategory};

/// Mentions of one category that are judged in a part: what is denied so often is not meant, and each
/// takes a look at its whole sentence.
const JUDGED: usize = 32;

/// Tokens around a sure mention in which a word of trade is looked for.
const TRADE: usize = 5;

/// Adds every special category that a block mentions.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut mentions = Vec::new();
    for (index, token) in block.places.stems.iter().map(|&at| (at, &block.tokens[at])) {
        // The Via Roma is a street, and Mr Kirche a man.
        if found.covers(token.start) {
            continue;
        }
        look_up(block, index, token, &mut mentions);
        if of_one_sex(block, index) {
            found.special.insert(SpecialCategory::SexualOrientation);
        }
    }
    if mentions.is_empty() {
        return;
    }
    let refused: Vec<Range<usize>> = mentions
        .iter()
        .filter(|mention| mention.category.is_none())
        .map(|mention| mention.tokens.clone())
        .collect();
    let mut special = BTreeSet::new();
    let person = |token: &Token| classes(token).any(&[Class::Person, Class::Role]);
    // Seldom asked, and then once.
    let anyone = LazyCell::new(|| found.has_name() || block.tokens.iter().any(person));
    let mut judged = [0; SpecialCategory::ALL.len()];
    // Languages share words: each is judged once.
    let same = |one: &Mention, other: &Mention| {
        one.tokens == other.tokens && one.category == other.category && one.weight == other.weight
    };
    mentions.dedup_by(|one, other| same(one, other));
    for mention in &mentions {
        let Some(category) = mention.category else { continue };
        if special.contains(&category)
            || judged[category as usize] == JUDGED
            || refused.iter().any(|refused| {
                refused.start < mention.tokens.end && mention.tokens.start < refused.end
            })
        {
            continue;
        }
        judged[category as usize] += 1;
        if counts(block, mention, &anyone, found) {
            special.insert(category);
        }
    }
    found.special.extend(special);
}

/// Whether a mention speaks of a person, in its sentence.
fn counts(
    block: &Block,
    mention: &Mention,
    anyone: &LazyCell<bool, impl FnOnce() -> bool>,
    found: &Found,
) -> bool {
    let sentence = sentence(block, &mention.tokens);
    let bytes = || (block.tokens[sentence.start].start, block.tokens[sentence.end - 1].end);
    let named = || found.has_name_within(bytes().0, bytes().1);
    if of_anybody(block, sentence.start..mention.tokens.start) && !named() {
        return false;
    }
    if denied(block, &mention.tokens, mention.says_no, sentence.start)
        || of_a_company(block, &mention.tokens)
    {
        return false;
    }
    if !is_accompanied(block, mention)
        || others::is_meant(block, mention, sentence.clone(), found)
        || of_a_machine(block, mention, sentence.clone())
        || in_stock(block, mention, sentence.clone()) && !named()
    {
        return false;
    }
    if mention.weight == Weight::Name {
        return true;
    }
    let tokens = |range: Range<usize>| {
        range.filter(|at| !mention.tokens.contains(at)).map(|at| &block.tokens[at])
    };
    let says_who = |token: &Token| token.is_word() && classes(token).has(Class::Person);
    // `Hij en zijn man`: a phrase of several words may name the person itself.
    let own = &block.tokens[mention.tokens.clone()];
    let within = mention.weight == Weight::Sure && own.len() > 1 && own.iter().any(says_who);
    let person = within
        || tokens(sentence.clone())
            .any(|token| says_who(token) || token.is_word() && title(block, token))
        || named();
    if person || of_whom_is_spoken(block, mention, &sentence) {
        return true;
    }
    let role = || tokens(sentence.clone()).any(|token| classes(token).has(Class::Role));
    // What is sure is about trade only where such a word is near.
    let near = match mention.weight {
        Weight::Sure | Weight::Body => {
            let first = mention.tokens.start.saturating_sub(TRADE).max(sentence.start);
            first..(mention.tokens.end + TRADE).min(sentence.end)
        }
        _ => sentence.clone(),
    };
    let business = || {
        let mut words = tokens(near).filter(|it| it.is_word() && it.length() > 1);
        let other = [Class::Business, Class::Machine];
        words.any(|token| other.iter().any(|class| begins(block, token, *class)))
    };
    match mention.weight {
        Weight::Sure | Weight::Body => role() || !business(),
        _ => !business() && (role() || **anyone),
    }
}

/// What begins a sentence that does not say of whom, as notes do: `Is ziek, factuur later`.
static STATES: LazyLock<Table> = LazyLock::new(|| {
    let words = "is has was had suffers hat ist war leidet est a etait souffre esta tiene padece sufre \
        estaba e ha soffre era jest ma choruje cierpi heeft lijdt had ar har lider tem sofre tinha je \
        trpi este are sufera avea εχει ειναι πασχει ειχε on oli er lider";
    Table::of(&words.split_whitespace().map(|word| (hash_of(word), 1)).collect::<Vec<_>>())
});
static JOINS: LazyLock<Table> = LazyLock::new(|| {
    let words = "and und et y e i en och og a es si και ja since until seit bis depuis desde dal od do sinds \
        sedan til din απο";
    Table::of(&words.split_whitespace().map(|word| (hash_of(word), 1)).collect::<Vec<_>>())
});

/// `Má cukrovku a potřebuje pauzy`: somebody is or has it, and nothing is said of what it would be for.
fn of_whom_is_spoken(block: &Block, mention: &Mention, sentence: &Range<usize>) -> bool {
    let is = |table: &Table, at: usize| {
        block.tokens.get(at).is_some_and(|it| it.is_word() && table.bits(it.hash) != 0)
    };
    let (first, at) = (sentence.start, mention.tokens.start);
    let begins = is(&STATES, first) && at <= first + 2 || at == first && is(&STATES, at);
    let end = mention.tokens.end;
    let asked = block.tokens.get(sentence.end).is_some_and(|it| it.is_mark(b'?'));
    let is_over = end >= sentence.end || block.tokens[end].is_mark(b',') || is(&JOINS, end);
    begins && is_over && !asked
}

fn title(block: &Block, token: &Token) -> bool {
    token.length() > 2 && classes(token).has(Class::Title) && block.word(token).len() > 2
}

/// Words for a condition, and for nobody in particular.
static CONDITIONS: LazyLock<Table> = LazyLock::new(|| {
    let words = "if whether should when unless wenn falls sofern si quand se qualora caso cuando jesli \
        jezeli gdy als indien wanneer om ifall nar daca ha amennyiben hvis dersom pokud kdyz jestlize \
        jos kun αν εαν οταν";
    Table::of(&words.split_whitespace().map(|word| (hash_of(word), 1)).collect::<Vec<_>>())
});
static ANYBODY: LazyLock<Table> = LazyLock::new(|| {
    let words = "a an any anyone anybody someone somebody ein eine einer jemand un une quelqu alguien \
        una uno qualcuno um uma alguem ktos een iemand en nagon et nogen nekdo cineva o egy valaki \
        joku καποιος καποια ενας μια klient klientka zakaznik zakaznice pacjent pracownik ugyfel \
        vendeg asiakas potilas client customers guests employees members visitors patients";
    Table::of(&words.split_whitespace().map(|word| (hash_of(word), 1)).collect::<Vec<_>>())
});

/// `If a customer is pregnant, …`, `Falls jemand …`: a rule for whoever it may be, and nobody yet.
fn of_anybody(block: &Block, before: Range<usize>) -> bool {
    let is = |table: &Table, at: usize| {
        block.tokens.get(at).is_some_and(|it| it.is_word() && table.bits(it.hash) != 0)
    };
    let begins = before.clone().take(3);
    begins.into_iter().any(|at| is(&CONDITIONS, at) && is(&ANYBODY, at + 1))
}

/// `Nemocniční lůžka s.r.o.`, `Sanitex sp. z o.o.`: a form of single letters with dots, a few words on.
fn has_dotted_form(block: &Block, end: usize) -> bool {
    let tokens = &block.tokens;
    let letter = |at: usize| {
        let one = tokens.get(at).is_some_and(|it| it.is_word() && it.length() == 1);
        one && tokens.get(at + 1).is_some_and(|dot| dot.is_mark(b'.') && !dot.spaced)
    };
    let glued = |at: usize| tokens.get(at).is_some_and(|it| !it.spaced);
    let words = (end..end + 3).take_while(|&at| tokens.get(at).is_some_and(Token::is_word));
    words.chain([end]).any(|at| letter(at) && letter(at + 2) && glued(at + 2))
}

/// Words before and after a mention in which a machine is looked for.
const MACHINE: (usize, usize) = (4, 2);

/// `The printer is sick`, `Winda choruje`: machines are ill and on strike as people are. Which of the two is
/// nearer counts.
fn of_a_machine(block: &Block, mention: &Mention, sentence: Range<usize>) -> bool {
    let human = [SpecialCategory::Health, SpecialCategory::Union];
    if !mention.category.is_some_and(|category| human.contains(&category)) {
        return false;
    }
    let near = |at: &usize| {
        let token = &block.tokens[*at];
        token.is_word() || token.is_mark(b'-')
    };
    let before = (sentence.start..mention.tokens.start).rev().take_while(near).take(MACHINE.0);
    let after = (mention.tokens.end..sentence.end).take_while(near).take(MACHINE.1);
    let told = before.chain(after).map(|at| &block.tokens[at]).find(|token| {
        begins(block, token, Class::Machine) || classes(token).any(&[Class::Role, Class::Given])
    });
    told.is_some_and(|token| begins(block, token, Class::Machine))
}

/// `12 crutches, 3 shelves`: goods that are counted one after the other, where nobody is spoken of.
fn in_stock(block: &Block, mention: &Mention, sentence: Range<usize>) -> bool {
    const LONGEST_COUNT: usize = 4;
    let number = |at: usize| {
        let token = &block.tokens[at];
        token.kind == Kind::Number && token.length() <= LONGEST_COUNT
    };
    let word = |at: usize| block.tokens.get(at).is_some_and(|it| it.is_word() && it.length() > 2);
    let counts = |at: usize| number(at) && word(at + 1) && block.tokens[at + 1].spaced;
    let before = mention.tokens.start.saturating_sub(2).max(sentence.start)..mention.tokens.start;
    if mention.category != Some(SpecialCategory::Health) || !before.clone().any(counts) {
        return false;
    }
    let of_somebody = |at: usize| {
        let token = &block.tokens[at];
        token.is_word() && classes(token).any(&[Class::Person, Class::Role])
    };
    sentence.clone().filter(|&at| counts(at)).count() > 1 && !sentence.clone().any(of_somebody)
}

/// `Krankenhaus Software GmbH`: capitals in a row up to a legal form.
fn of_a_company(block: &Block, mention: &Range<usize>) -> bool {
    if !block.tokens[mention.start].is_capital() {
        return false;
    }
    let after = block.tokens[mention.end..].iter().take(5);
    let mut row =
        after.take_while(|token| token.is_capital() || token.is_mark(b'&') || token.is_mark(b'-'));
    let form = |token: &Token| {
        token.is_word()
            && classes(token).has(Class::CompanyAfter)
            && begins(block, token, Class::Business)
    };
    row.any(form) || has_dotted_form(block, mention.end)
}
