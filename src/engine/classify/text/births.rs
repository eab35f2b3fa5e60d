//! Dates of birth: a day of the calendar after a word that speaks of birth.

use std::sync::LazyLock;

use super::super::checks;
use super::Found;
use super::hash::hash_of;
use super::scan::{Block, Kind, Token};
use super::words::{Class, Table, classes};
use crate::model::Category;

/// Words between the one about birth and the date: `born in Kraków on 12 March 1985`.
const BETWEEN: usize = 7;

/// Every date of birth of a block.
pub(super) fn find(block: &Block, found: &mut Found) {
    let places = &block.places;
    let said = places.classes.has(Class::Birth) || places.has_star || !places.brackets.is_empty();
    // `s. 11.5.1962`
    let lettered = |&number: &usize| {
        number > 1
            && block.tokens[number - 1].is_mark(b'.')
            && block.tokens[number - 2].kind == Kind::Lower
            && block.tokens[number - 2].length() <= 2
    };
    if !said && !places.numbers.iter().any(lettered) {
        return;
    }
    let mut free = 0;
    for &number in &places.numbers {
        // `March 12, 1985`
        let month = number.checked_sub(1).filter(|&month| {
            let token = &block.tokens[month];
            token.is_word() && classes(token).has(Class::Month)
        });
        let day = month.and_then(|month| day_in_words(block, month));
        for start in [day, month, Some(number)].into_iter().flatten().filter(|start| *start >= free)
        {
            let end = begins_a_date(block, start).then(|| date(block, start)).flatten();
            let end = end.filter(|&end| speaks_of_birth(block, start, end));
            if let Some(end) = end {
                let (first, last) = (&block.tokens[start], &block.tokens[end - 1]);
                found.add(first.start, last.end, Category::DateOfBirth);
                free = end;
                break;
            }
        }
    }
}

/// Days of a month in words, as far as people write them so in dates.
#[rustfmt::skip]
const DAYS: [&str; 80] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth",
    "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "thirtieth",
    "erster", "ersten", "zweiten", "dritten", "vierten", "funften", "fuenften", "sechsten", "siebten", "achten", "neunten", "zehnten",
    "elften", "zwolften", "zwoelften", "dreizehnten", "vierzehnten", "funfzehnten", "sechzehnten", "siebzehnten", "achtzehnten",
    "neunzehnten", "zwanzigsten", "einundzwanzigsten", "zweiundzwanzigsten", "dreiundzwanzigsten", "vierundzwanzigsten",
    "funfundzwanzigsten", "sechsundzwanzigsten", "siebenundzwanzigsten", "achtundzwanzigsten", "neunundzwanzigsten", "dreissigsten",
    "einunddreissigsten", "premier", "primo", "primero", "uno", "primeiro", "um", "pierwszego", "drugiego", "trzeciego", "prvniho",
    "druheho", "tretiho", "forste", "forsta", "eerste", "intai", "πρωτη", "dos", "dois", "due", "deux", "twenty", "thirty", "zweite", "dritte",
];

static DAY_HASHES: LazyLock<Table> =
    LazyLock::new(|| Table::of(&DAYS.map(|day| (hash_of(day), 1))));

/// `twelfth of June 1958`, `primo aprile 1962`: where the day stands that is written out before a month.
fn day_in_words(block: &Block, month: usize) -> Option<usize> {
    let is_day = |at: &usize| {
        let token = &block.tokens[*at];
        token.is_word() && DAY_HASHES.bits(token.hash) != 0
    };
    let day = (month.saturating_sub(2)..month).rev().find(is_day)?;
    // `twenty-first`
    let tens = day.checked_sub(2).filter(|tens| {
        is_day(tens) && block.tokens[tens + 1].is_mark(b'-') && !block.tokens[day].spaced
    });
    Some(tens.unwrap_or(day))
}

/// Whether a date may begin so: most numbers do not, by their length and what follows.
fn begins_a_date(block: &Block, start: usize) -> bool {
    let token = &block.tokens[start];
    let day_or_year = matches!(token.length(), 1 | 2 | 4);
    let goes_on = block.tokens.get(start + 1).is_some_and(|next| match next.kind {
        Kind::Mark(mark) => matches!(mark, b'.' | b'-' | b'/' | b','),
        Kind::Number => matches!(next.length(), 1 | 2 | 4),
        Kind::Line => false,
        _ => true,
    });
    goes_on && (day_or_year || token.is_word())
}

fn speaks_of_birth(block: &Block, start: usize, end: usize) -> bool {
    let before = block.tokens[..start].iter().rev().take_while(|token| token.kind != Kind::Line);
    let mut words = 0;
    for (distance, token) in before.take(3 * BETWEEN).enumerate() {
        // `*12.03.1985`, as in German registers; a date before it ends the search.
        if distance == 0 && token.is_mark(b'*') {
            return true;
        }
        words += usize::from(token.is_word());
        if words > BETWEEN || (token.kind == Kind::Number && token.length() == 4) {
            return false;
        }
        if classes(token).has(Class::Birth) && block.word(token) != "ne" {
            return true;
        }
    }
    if in_brackets_after_a_name(block, start, end) || after_a_letter_for_birth(block, start, end) {
        return true;
    }
    // `1985. március 12-én született`, `am 12.03.1985 in Linz geboren`
    let after = block.tokens[end..].iter().take(8);
    let after = after.take_while(|token| {
        !matches!(token.kind, Kind::Line | Kind::Number | Kind::Mark(b';' | b':' | b'('))
    });
    after
        .filter(|token| token.is_word() && token.length() > 3)
        .take(4)
        .any(|token| classes(token).has(Class::Birth))
}

/// `s. 11.5.1962`, `f. 12.03.1975`, `n. 4/6/1982`: at the beginning or after a comma, of one who is no small child.
fn after_a_letter_for_birth(block: &Block, start: usize, end: usize) -> bool {
    const LETTERS: &[&str] = &["s", "f", "n", "r", "γ"];
    let year = block.tokens[start..end].iter().find(|token| token.length() == 4);
    let grown = year.is_some_and(|year| block.word(year) <= "2010");
    let Some(dot) = start.checked_sub(1).filter(|&at| block.tokens[at].is_mark(b'.')) else {
        return false;
    };
    let Some(letter) = dot.checked_sub(1) else { return false };
    let begins = letter.checked_sub(1).is_none_or(|before| {
        matches!(block.tokens[before].kind, Kind::Line | Kind::Mark(b',' | b'(' | b';'))
    });
    let word = &block.tokens[letter];
    grown && begins && word.kind == Kind::Lower && LETTERS.contains(&block.word(word))
}

/// `Anna Novák (12.03.1985)`, of one who is no small child.
fn in_brackets_after_a_name(block: &Block, start: usize, end: usize) -> bool {
    let opens = start >= 3 && block.tokens[start - 1].is_mark(b'(');
    let closes = block.tokens.get(end).is_some_and(|mark| mark.is_mark(b')'));
    let year = block.tokens[start..end].iter().find(|token| token.length() == 4);
    let grown = year.is_some_and(|year| block.word(year) <= "2010");
    opens
        && closes
        && grown
        && block.tokens[start - 3..start - 1].iter().all(Token::is_capital)
        && block.tokens[start - 3..start - 1]
            .iter()
            .any(|token| classes(token).any(&[Class::Given, Class::Surname]))
}

/// Where the date ends that begins at a token.
fn date(block: &Block, start: usize) -> Option<usize> {
    let has_month = block.places.classes.has(Class::Month);
    digits(block, start).or_else(|| has_month.then(|| written_out(block, start)).flatten())
}

/// `12.03.1985`, `12. 3. 1985`, `1985-03-12`, `12/03/85`.
fn digits(block: &Block, start: usize) -> Option<usize> {
    let mut parts = [""; 3];
    let mut at = start;
    for (place, part) in parts.iter_mut().enumerate() {
        let token = block.tokens.get(at).filter(|token| token.kind == Kind::Number)?;
        *part = block.word(token);
        at += 1;
        if place < 2 {
            let mark = block.tokens.get(at)?;
            matches!(mark.kind, Kind::Mark(b'.' | b'-' | b'/')).then_some(())?;
            at += 1;
        }
    }
    let [first, second, third] = parts;
    let joined = if third.len() == 2 && first.len() <= 2 {
        let century = if third > "25" { "19" } else { "20" };
        format!("{first}-{second}-{century}{third}")
    } else {
        parts.join("-")
    };
    checks::is_birth_date(&joined).then_some(at)
}

/// `12 March 1985`, `12. März 1985`, `1er mars 1985`, `12 de marzo de 1985`, `March 12, 1985`,
/// `1985. március 12.`
fn written_out(block: &Block, start: usize) -> Option<usize> {
    let (mut day, mut month, mut year) = (false, false, false);
    let mut at = start;
    while at < block.tokens.len().min(start + 9) {
        let token = &block.tokens[at];
        let number = || block.word(token).parse::<u32>().unwrap_or(0);
        match token.kind {
            Kind::Number if token.length() == 4 && !year => {
                year = (1900..=2025).contains(&number());
                year.then_some(())?;
            }
            Kind::Number if token.length() <= 2 && !day => {
                day = (1..=31).contains(&number());
                day.then_some(())?;
            }
            Kind::Mark(b'.' | b',') => {}
            _ if token.is_word() && !month && classes(token).has(Class::Month) => month = true,
            _ if token.is_word() && !month && DAY_HASHES.bits(token.hash) != 0 => day = true,
            Kind::Mark(b'-') if day && !month && at == start + 1 => {}
            Kind::Lower
                if matches!(
                    block.word(token),
                    "de" | "of" | "st" | "nd" | "rd" | "th" | "er" | "di"
                ) => {}
            _ => return None,
        }
        at += 1;
        if day && month && year {
            return Some(at);
        }
    }
    None
}
