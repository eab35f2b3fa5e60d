//! Postal addresses in each country's order, from the street to the town, as one span.

use std::sync::LazyLock;

use super::Found;
use super::hash::hash_of;
use super::scan::{Block, Kind, Token};
use super::towns::{town, town_before};
use super::words::{Class, ENDINGS, Table, classes, ends_with_any};
use crate::model::Category;

/// Words of a street's name.
const STREET_WORDS: usize = 6;

/// A street with a house number.
struct Street {
    first: usize,
    end: usize,
    /// A word says that it is a street; else postal code and town must follow.
    evident: bool,
}

/// Every address of a block.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut free = 0;
    for &index in &block.places.numbers {
        if index < free || block.tokens[index].length() > 5 {
            continue;
        }
        if let Some((first, end)) = address(block, index, free) {
            found.add(block.tokens[first].start, block.tokens[end - 1].end, Category::Address);
            free = end;
        }
    }
}

/// The address around a number, not before the token `free`.
fn address(block: &Block, index: usize, free: usize) -> Option<(usize, usize)> {
    let street = number_first(block, index).or_else(|| number_last(block, index, free))?;
    let end = town(block, street.end);
    if end.is_none() && !street.evident {
        return None;
    }
    // Hungarian: `1051 Budapest, Kossuth utca 2`.
    let first = town_before(block, street.first, free).unwrap_or(street.first);
    Some((first, end.unwrap_or(street.end)))
}

/// `12 rue de la Paix`, `221B Baker Street`.
fn number_first(block: &Block, index: usize) -> Option<Street> {
    // `9:40, Fr. Dr. Brandt`
    let of_time = index > 0 && block.tokens[index - 1].is_mark(b':') && !block.tokens[index].spaced;
    if block.tokens[index].length() > 4 || of_time {
        return None;
    }
    let mut at = index + 1;
    let suffix = block.tokens.get(at).filter(|token| token.is_word() && token.length() <= 3);
    let is_suffix =
        suffix.is_some_and(|token| !token.spaced || matches!(block.word(token), "bis" | "ter"));
    at += usize::from(is_suffix);
    at += usize::from(block.tokens.get(at).is_some_and(|token| token.is_mark(b',')));
    let start = block.tokens.get(at).filter(|token| token.is_word() && token.spaced)?;
    let classes_of_start = classes(start);
    if classes_of_start.has(Class::StreetBefore) && french(&block.folded(start)) {
        let mut end = at + 1;
        let mut capital = false;
        while let Some(token) = block.tokens.get(end).filter(|_| end - at <= STREET_WORDS) {
            let joint = matches!(block.word(token), "'" | "’" | "-" | ".");
            let word = token.is_capital()
                || token.is_word() && classes(token).has(Class::Particle)
                || matches!(block.word(token), "des" | "d" | "l" | "aux" | "sur");
            if !(word || joint && !token.spaced) {
                break;
            }
            capital |= token.is_capital();
            end += 1;
        }
        return capital.then_some(Street { first: index, end, evident: true });
    }
    english(block, index, at)
}

/// `10 Downing Street`, `48 Elm Grove, Leeds LS6 3BQ`.
fn english(block: &Block, index: usize, from: usize) -> Option<Street> {
    let mut end = from;
    while let Some(token) = block.tokens.get(end).filter(|_| end - from < STREET_WORDS) {
        let joint = matches!(token.kind, Kind::Mark(b'\'' | b'-' | b'.')) && !token.spaced;
        if !(token.is_capital() || joint) {
            break;
        }
        end += 1;
        if end - from >= 2 && token.is_capital() && classes(token).has(Class::StreetAfter) {
            let dot = block.tokens.get(end).is_some_and(|dot| dot.is_mark(b'.'));
            let goes_on = block
                .tokens
                .get(end + 1)
                .is_some_and(|next| next.is_mark(b',') || next.kind == Kind::Line);
            end += usize::from(dot && goes_on);
            return Some(Street { first: index, end, evident: true });
        }
    }
    let comma = block.tokens.get(end).is_some_and(|mark| mark.is_mark(b','));
    (end > from + 1 && comma).then_some(Street { first: index, end, evident: false })
}

fn french(word: &str) -> bool {
    matches!(
        word,
        "rue"
            | "avenue"
            | "av"
            | "boulevard"
            | "bd"
            | "place"
            | "impasse"
            | "allee"
            | "quai"
            | "chemin"
            | "faubourg"
            | "cours"
            | "passage"
            | "square"
            | "route"
            | "ruelle"
    )
}

/// `Hauptstraße 12a`, `ul. Długa 7/3`, `Calle Mayor, 5`, `Kossuth utca 2`, `Ερμού 15`.
fn number_last(block: &Block, index: usize, free: usize) -> Option<Street> {
    let tokens = &block.tokens;
    let last = last_word(block, index, free)?;
    let (first, evident) = street_name(block, last, free);
    let name = tokens.get(first..=last).filter(|name| name.iter().any(Token::is_capital))?;
    let only_kind =
        name.len() == 1 && classes(&name[0]).any(&[Class::StreetAfter, Class::StreetBefore]);
    // `SPZ 1AB 2345`
    let other = |token: &Token| classes(token).any(&[Class::Month, Class::Reference, Class::Plate]);
    let goods = GOODS.bits(tokens[last].hash) != 0;
    let only_small = name.iter().all(|token| classes(token).has(Class::Stop));
    if only_kind || goods || !evident && (only_small || name.iter().any(other)) {
        return None;
    }
    Some(Street { first, end: house_number(block, index), evident })
}

/// Words before a number of goods or of a week, and never the end of a street.
static GOODS: LazyLock<Table> = LazyLock::new(|| {
    let words = ["los", "lot", "charge", "kw", "art", "pos", "typ", "sarja", "tetel", "partia"];
    Table::of(&words.map(|word| (hash_of(word), 1)))
});

/// Words before the number of a house.
static NUMBER: LazyLock<Table> = LazyLock::new(|| {
    let words = ["nr", "no", "n", "num", "numero", "cp"];
    Table::of(&words.map(|word| (hash_of(word), 1)))
});

/// The last word of the street's name before its number: `Calle Mayor, 5`, `Strada Lungă nr. 8`.
fn last_word(block: &Block, index: usize, free: usize) -> Option<usize> {
    let tokens = &block.tokens;
    let mut at = index.checked_sub(1)?;
    let mut comma = false;
    while at > free && index - at <= 4 {
        let word = block.word(&tokens[at]);
        match tokens[at].kind {
            Kind::Mark(b',') if !comma => comma = true,
            Kind::Mark(_) if matches!(word, "." | "º" | "°") => {}
            _ if NUMBER.bits(tokens[at].hash) != 0 => {}
            _ => break,
        }
        at -= 1;
    }
    (tokens[index].spaced && tokens[at].is_word()).then_some(at)
}

/// Where the name of a street begins that ends with a word, and whether it says that it is one.
fn street_name(block: &Block, last: usize, free: usize) -> (usize, bool) {
    let tokens = &block.tokens;
    let mut first = last + 1;
    let mut evident = false;
    while first > free && last + 1 - first < STREET_WORDS && goes_on(block, first, last) {
        first -= 1;
        let token = &tokens[first];
        if !token.is_word() {
            // `Berliner Str. 5`
            let abbreviated = first > 0 && classes(&tokens[first - 1]).has(Class::StreetAfter);
            evident |= first + 1 == last && abbreviated;
            continue;
        }
        if first < last {
            let dotted = tokens.get(first + 1).is_some_and(|dot| dot.is_mark(b'.'));
            let sure =
                || token.is_capital() || dotted || !ALSO_OTHERWISE.contains(&&*block.folded(token));
            if classes(token).has(Class::StreetBefore) && sure() {
                return (first, true);
            }
            continue;
        }
        let folded = block.folded(token);
        // Engineering and Levering are no rings.
        let noun = folded.ends_with("ering") || folded.ends_with("oring");
        if token.is_capital() && !noun && ends_with_any(&folded, &ENDINGS.streets) {
            return (with_adjective(block, first, free), true);
        }
        evident = classes(token).has(Class::StreetAfter) && (folded.len() > 2 || folded == "ut");
    }
    (first, evident)
}

/// Words for streets that in small letters mean other things.
const ALSO_OTHERWISE: [&str; 16] = [
    "via", "al", "c", "place", "passage", "largo", "cours", "os", "pl", "square", "route", "corso",
    "nam", "u", "ter", "str",
];

/// Whether the token before `first` may belong to the name of the street.
fn goes_on(block: &Block, first: usize, last: usize) -> bool {
    let tokens = &block.tokens;
    let token = &tokens[first - 1];
    let word = block.word(token);
    if matches!(word, "-" | "." | "'" | "’") && !token.spaced {
        // A dot ends a sentence unless it is that of an abbreviation.
        let abbreviation = first >= 2
            && (classes(&tokens[first - 2]).any(&[Class::StreetBefore, Class::StreetAfter])
                || tokens[first - 2].length() <= 3);
        return word != "." || abbreviation;
    }
    let small = token.kind == Kind::Lower
        && (classes(token).any(&[Class::Particle, Class::StreetBefore, Class::StreetAfter])
            || matches!(word, "den" | "am" | "vom"));
    let heading = token.kind == Kind::Capitals
        && token.length() > 3
        && first <= last
        && !tokens[last].is_capital();
    (token.is_capital() || small) && !heading
}

/// One word more before a compound, such as `Große Bergstraße` or `Alte Poststr.`.
fn with_adjective(block: &Block, first: usize, free: usize) -> usize {
    let Some(before) = first.checked_sub(1).filter(|&before| before >= free) else { return first };
    let token = &block.tokens[before];
    let folded = block.folded(token);
    let adjective = token.kind == Kind::Capital
        && matches!(
            &*folded,
            "grosse"
                | "kleine"
                | "alte"
                | "neue"
                | "obere"
                | "untere"
                | "lange"
                | "hohe"
                | "am"
                | "an"
                | "im"
                | "oude"
                | "nieuwe"
                | "grote"
                | "stora"
                | "lilla"
                | "norra"
                | "sodra"
                | "vastra"
                | "ostra"
                | "nordre"
                | "sondre"
                | "vestre"
                | "ostre"
        );
    if adjective && block.tokens[first].spaced { before } else { first }
}

/// After the house number: `12a`, `7/3`, `12-14`, `5 m. 3`, `12, 2. sal`, `9 A 12`.
fn house_number(block: &Block, index: usize) -> usize {
    let tokens = &block.tokens;
    let mut end = index + 1;
    if tokens.get(end).is_some_and(|token| {
        token.is_word() && token.length() == 1 && (!token.spaced || token.is_capital())
    }) {
        end += 1;
    }
    // `112 bis, 3511 AW Utrecht`
    let again = tokens.get(end).is_some_and(|token| matches!(block.word(token), "bis" | "ter"));
    if again && tokens.get(end + 1).is_some_and(|comma| comma.is_mark(b',')) {
        return end + 1;
    }
    while end + 1 < tokens.len() {
        let joint = matches!(tokens[end].kind, Kind::Mark(b'/' | b'-')) && !tokens[end].spaced;
        let part = &tokens[end + 1];
        // `211-bis`, `14-hs`
        let staircase = matches!(block.word(part), "bis" | "ter" | "hs" | "huis" | "zw" | "rood");
        let letter = part.is_word() && (part.length() == 1 || staircase);
        let number = part.kind == Kind::Number && part.length() <= 4 || letter;
        if joint && number && !part.spaced {
            end += 2;
        } else if tokens[end - 1].kind != Kind::Number
            && tokens[end].kind == Kind::Number
            && tokens[end].length() <= 3
            && tokens[end].spaced
        {
            end += 1;
        } else {
            break;
        }
    }
    end
}
