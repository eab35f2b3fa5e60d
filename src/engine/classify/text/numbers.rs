//! Numbers and codes: accounts, cards, telephone numbers, national identifiers, addresses of networks
//! and devices, documents and vehicles. Where a number stands in a text is found by its tokens; what it
//! is, by its check digits, its form, and the words before it.

use super::super::checks::{self, Form, national};
use super::Found;
use super::hints::{Hint, hint, is_version, names_an_identifier, to_reach_somebody};
use super::scan::{Block, Kind, Token};
use super::words::{Class, classes, count_work};
use crate::model::Category;

/// Tokens that one number may have.
const LONGEST: usize = 24;

/// Digits of the longest national identifier that is all digits, France's.
const LONGER_THAN_IDENTIFIERS: usize = 15;

/// Every number of a block that is personal.
pub(super) fn find(block: &Block, found: &mut Found) {
    let mut free = 0;
    for &index in &block.places.numbers {
        if index < free || found.covers(block.tokens[index].start) {
            continue;
        }
        let run = Run::around(block, index);
        free = match run.read() {
            Some((category, first, end)) => {
                found.add(block.tokens[first].start, block.tokens[end - 1].end, category);
                end
            }
            None => run.next,
        };
    }
}

/// The tokens around a number that touch each other, and what follows them.
struct Run<'block> {
    block: &'block Block<'block>,
    /// First token that touches.
    first: usize,
    /// The number that was met, or the plus or parenthesis before it.
    number: usize,
    /// After the last that touches.
    next: usize,
    hint: Hint,
}

impl<'block> Run<'block> {
    fn around(block: &'block Block<'block>, index: usize) -> Run<'block> {
        let tokens = &block.tokens;
        let mut first = index;
        while first > 0 && index - first < LONGEST && !tokens[first].spaced {
            let before = &tokens[first - 1];
            let joins = before.is_word()
                || before.kind == Kind::Number
                || matches!(
                    before.kind,
                    Kind::Mark(b'-' | b'.' | b'/' | b':' | b'+' | b'(' | b'_')
                );
            if !joins {
                break;
            }
            first -= 1;
        }
        let mut next = index + 1;
        while next < tokens.len() && next - index < LONGEST && !tokens[next].spaced {
            let joins = tokens[next].is_word()
                || tokens[next].kind == Kind::Number
                || matches!(tokens[next].kind, Kind::Mark(b'-' | b'.' | b'/' | b':' | b'_'));
            if !joins {
                break;
            }
            next += 1;
        }
        let mut number = index;
        for mark in [b'(', b'+', b'('] {
            if number > first && tokens[number - 1].is_mark(mark) {
                number -= 1;
            }
        }
        Run { block, first, number, next, hint: hint(block, first.min(number)) }
    }

    /// What it is, and its first and end tokens.
    fn read(&self) -> Option<(Category, usize, usize)> {
        let whole = self.text(self.first, self.next).trim_end_matches(['.', ':', '-', '/', '_']);
        // Most numbers touch nothing.
        let alone = self.next == self.first + 1;
        if !alone && is_timestamp(whole) {
            return None;
        }
        if !alone && is_uuid(whole) {
            return (self.hint == Hint::Cookie).then(|| self.whole(Category::CookieIdentifier));
        }
        if self.hint == Hint::Reference {
            // `számla` is an invoice and an account: the check digits tell.
            return self.account();
        }
        if let Some(found) = self.network(whole) {
            return Some(found);
        }
        if let Some(found) = self.account() {
            return Some(found);
        }
        // Where a card may also be called an identity card or a licence, its own digits tell.
        if let Some(found) = self.card(LONGER_THAN_IDENTIFIERS) {
            return Some(found);
        }
        if let Some(found) = self.document(whole) {
            return Some(found);
        }
        if let Some(found) = self.national() {
            return Some(found);
        }
        let glued = self.number > self.first && {
            let before = &self.block.tokens[self.number - 1];
            before.is_word() || before.is_mark(b'_') || before.is_mark(b'/')
        };
        if glued {
            return None;
        }
        self.card(0).or_else(|| self.phone(&self.ends()))
    }

    /// A payment card of more digits than so many.
    fn card(&self, digits: usize) -> Option<(Category, usize, usize)> {
        // Groups of a card have four digits; single ones in a row are something else.
        if self.goes_on() && self.block.tokens[self.number].length() < 4 {
            return None;
        }
        let is_card = |end: &usize| {
            let text = self.text(self.number, *end);
            text.bytes().filter(u8::is_ascii_digit).count() > digits && checks::is_card(text)
        };
        let end = self.ends().farthest_first().find(is_card)?;
        Some((Category::CreditCard, self.number, end))
    }

    fn text(&self, first: usize, end: usize) -> &'block str {
        count_work();
        let tokens = &self.block.tokens;
        if first >= end { "" } else { &self.block.text[tokens[first].start..tokens[end - 1].end] }
    }

    fn whole(&self, category: Category) -> (Category, usize, usize) {
        let mut end = self.next;
        while end > self.first + 1 && matches!(self.block.tokens[end - 1].kind, Kind::Mark(_)) {
            end -= 1;
        }
        (category, self.first, end)
    }

    /// Addresses of networks and devices, also inside brackets.
    fn network(&self, whole: &str) -> Option<(Category, usize, usize)> {
        if self.next > self.first + 1 {
            let count = |mark: u8| whole.bytes().filter(|byte| *byte == mark).count();
            let (colons, dots) = (count(b':'), count(b'.'));
            if whole.len() >= 12 && checks::is_hardware_address(whole) {
                return Some(self.whole(Category::DeviceIdentifier));
            }
            if (colons >= 2 || dots >= 3)
                && checks::is_ip_address(whole)
                && !is_version(self.block, self.first, whole)
            {
                return Some(self.whole(Category::IpAddress));
            }
            if colons >= 1 && dots == 3 {
                // An address with a port.
                let port =
                    (self.first..self.next).find(|&at| self.block.tokens[at].is_mark(b':'))?;
                let address = checks::is_ip_address(self.text(self.first, port));
                return address.then_some((Category::IpAddress, self.first, port));
            }
        }
        if self.hint == Hint::Device && whole.len() == 15 && is_imei(whole) {
            return Some(self.whole(Category::DeviceIdentifier));
        }
        // A visitor may tell the number of a card.
        if self.hint == Hint::Cookie && whole.len() >= 8 && !checks::is_card(whole) {
            return Some(self.whole(Category::CookieIdentifier));
        }
        None
    }

    /// Passports, driving licences and vehicles have no common form: a word before them must say
    /// what follows.
    fn document(&self, whole: &str) -> Option<(Category, usize, usize)> {
        let digits = whole.bytes().filter(u8::is_ascii_digit).count();
        let code = whole.chars().all(|letter| letter.is_alphanumeric() || "-/.".contains(letter));
        match self.hint {
            Hint::Passport if code && (6..=10).contains(&whole.len()) && digits >= 4 => {
                Some(self.whole(Category::PassportNumber))
            }
            Hint::Licence if code && (6..=18).contains(&whole.len()) && digits >= 4 => {
                Some(self.whole(Category::DriversLicence))
            }
            Hint::Plate if code => self.plate(),
            _ => None,
        }
    }

    /// Letters in capitals and digits, of up to three groups: `B-MW 1234`, `AB-123-CD`, `WA 12345`.
    fn plate(&self) -> Option<(Category, usize, usize)> {
        let tokens = &self.block.tokens;
        let plain = |token: &Token| {
            matches!(token.kind, Kind::Capitals | Kind::Initial) && token.length() <= 4
        };
        let mut first = self.first;
        while first > 0 && self.first - first < 4 {
            let before = &tokens[first - 1];
            let goes_on = plain(before) || before.is_mark(b'-');
            if !goes_on || classes(before).has(Class::Plate) {
                break;
            }
            first -= 1;
        }
        let mut end = self.next;
        // `1AB 2345`
        let digits = |token: &Token| token.kind == Kind::Number && token.length() <= 4;
        while end < tokens.len()
            && end - self.next < 2
            && (plain(&tokens[end]) || digits(&tokens[end]))
        {
            end += 1;
        }
        let text = self.text(first, end);
        let length = text.chars().filter(|letter| letter.is_alphanumeric()).count();
        let letters = text.chars().any(char::is_alphabetic);
        let upper = !text.chars().any(char::is_lowercase);
        ((4..=9).contains(&length) && letters && upper).then_some((
            Category::VehicleRegistration,
            first,
            end,
        ))
    }

    /// An IBAN from the first touching token, or from the word just before it.
    fn account(&self) -> Option<(Category, usize, usize)> {
        let tokens = &self.block.tokens;
        // `DE 89…`: the country apart, which some people write.
        let starts = [Some(self.first), self.first.checked_sub(1)];
        starts.into_iter().flatten().find_map(|first| {
            let country = &tokens[first];
            if !country.is_word() || country.length() != 2 {
                return None;
            }
            let wanted = checks::iban_length(self.block.word(country))?;
            let mut length = 0;
            for (end, token) in tokens.iter().enumerate().skip(first).take(LONGEST) {
                let joins = token.kind == Kind::Number || token.is_word() || token.is_mark(b'-');
                length += if token.is_mark(b'-') { 0 } else { token.length() };
                if !joins || length > wanted {
                    return None;
                }
                if length == wanted && checks::is_iban(self.text(first, end + 1)) {
                    return Some((Category::BankAccount, first, end + 1));
                }
            }
            None
        })
    }

    /// Ends of the number, the farthest first: groups of digits with one or two separators between.
    fn ends(&self) -> Ends {
        let tokens = &self.block.tokens;
        let mut ends = Ends::default();
        let (mut at, mut digits) = (self.number, 0);
        while at < tokens.len() && at - self.number < LONGEST && digits <= 19 {
            let token = &tokens[at];
            match token.kind {
                Kind::Number => {
                    digits += token.length();
                    let ends_here =
                        tokens.get(at + 1).is_none_or(|next| next.spaced || !next.is_word());
                    if ends_here && digits >= 6 {
                        ends.push(at + 1);
                    }
                }
                Kind::Mark(b'(' | b')' | b'.' | b'/' | b'-' | b'+') => {}
                _ => break,
            }
            at += 1;
        }
        ends
    }

    /// Whether a number stands before this one.
    fn goes_on(&self) -> bool {
        self.first > 0 && self.block.tokens[self.first - 1].kind == Kind::Number
    }

    fn national(&self) -> Option<(Category, usize, usize)> {
        if self.block.tokens[self.number].is_mark(b'+') {
            return None;
        }
        let counts = |text: &str| national::is_any(text, self.hint != Hint::NationalId);
        let whole = self.whole(Category::NationalIdentifier);
        let text = self.text(whole.1, whole.2);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let long = (7..=24).contains(&text.len()) && (5..=16).contains(&digits);
        if long && !is_date(text) && counts(text) {
            return Some(whole);
        }
        // In groups, unless the number goes on from others that no word explains, as in a table.
        if self.goes_on() && self.hint == Hint::None {
            return None;
        }
        // From a word of two or three capitals or from the number itself.
        let lead = self.first.checked_sub(1).filter(|&lead| {
            let token = &self.block.tokens[lead];
            token.kind == Kind::Capitals && token.length() <= 3
        });
        for first in [lead, Some(self.first)].into_iter().flatten() {
            let pass = self.groups(first).farthest_first().find(|&end| {
                let text = self.text(first, end);
                let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
                let evident = self.hint == Hint::NationalId || letters >= 1 || text.len() >= 13;
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                evident && (6..=16).contains(&digits) && !is_date(text) && counts(text)
            });
            if let Some(end) = pass {
                return Some((Category::NationalIdentifier, first, end));
            }
        }
        self.mistyped(lead)
    }

    /// After a word that names an identifier, one whose check digit does not fit: it was typed by hand,
    /// and stands for the person all the same.
    fn mistyped(&self, lead: Option<usize>) -> Option<(Category, usize, usize)> {
        if self.hint != Hint::NationalId || !names_an_identifier(self.block, self.first) {
            return None;
        }
        let whole = self.whole(Category::NationalIdentifier);
        let mut ends = Ends::default();
        ends.push(whole.2);
        let starts = [lead.map(|lead| (lead, self.groups(lead))), Some((self.first, ends))];
        let grouped = Some((self.first, self.groups(self.first)));
        for (first, ends) in starts.into_iter().chain([grouped]).flatten() {
            let fits = |end: &usize| {
                let text = self.text(first, *end);
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                digits >= 6 && !is_date(text) && national::has_length(text)
            };
            if let Some(end) = ends.farthest_first().find(fits) {
                return Some((Category::NationalIdentifier, first, end));
            }
        }
        None
    }

    /// Ends of groups of capitals and digits with single spaces between.
    fn groups(&self, first: usize) -> Ends {
        let tokens = &self.block.tokens;
        let mut ends = Ends::default();
        for (end, token) in tokens.iter().enumerate().skip(first).take(12) {
            let group = token.kind == Kind::Number
                || matches!(token.kind, Kind::Capitals | Kind::Initial if token.length() <= 6)
                || matches!(token.kind, Kind::Mark(b'-' | b'.' | b'/'));
            if !group || token.start - tokens[first].start > 24 {
                break;
            }
            let whole = tokens.get(end + 1).is_none_or(|next| next.spaced || !next.is_word());
            if end > first && whole && !matches!(token.kind, Kind::Mark(_)) {
                ends.push(end + 1);
            }
        }
        ends
    }

    fn phone(&self, ends: &Ends) -> Option<(Category, usize, usize)> {
        let tokens = &self.block.tokens;
        // The middle of a longer number is none.
        let within = self.number > 0 && tokens[self.number - 1].kind == Kind::Number;
        if within && self.hint != Hint::Phone {
            return None;
        }
        let end = ends.farthest_first().find(|&end| self.is_phone(end))?;
        // Money and measures follow a number, not a telephone.
        let unit = tokens.get(end).is_some_and(|after| {
            let word = self.block.word(after);
            matches!(
                word,
                "€" | "$" | "£" | "%" | "EUR" | "USD" | "GBP" | "PLN" | "zł" | "Kč" | "CZK"
            ) || matches!(word, "kr" | "SEK" | "DKK" | "Ft" | "HUF" | "lei" | "RON" | "km" | "kg")
        });
        (!unit).then_some((Category::PhoneNumber, self.number, end))
    }

    fn is_phone(&self, end: usize) -> bool {
        let text = self.text(self.number, end);
        if is_date(text) {
            return false;
        }
        let some_number = self.hint == Hint::Number && !text.contains('/');
        let hinted = self.hint == Hint::Phone;
        let groups = || {
            let groups = text.split(|letter: char| !letter.is_ascii_digit());
            groups.filter(|group| !group.is_empty()).map(str::len)
        };
        let digits = || groups().sum::<usize>();
        match checks::phone_form(text) {
            Some(Form::International) => true,
            Some(Form::Separated) => {
                let american = text.starts_with('(') && groups().eq([3, 3, 4]);
                let trunk = text.trim_start_matches('(').starts_with('0');
                // Short first groups such as `01.02` are days; a trunk prefix alone is not enough.
                hinted
                    || american
                    || some_number && digits() >= 9
                    // Three digits first may be thousands of something.
                    || groups().next() != Some(3) && checks::is_plain_mobile(text)
                    || (trunk && digits() >= 8 && checks::is_european_phone(text))
                    || digits() >= 9 && to_reach_somebody(self.block, self.number)
            }
            Some(Form::Plain) => hinted && text.len() >= 7,
            None => hinted && groups().nth(1).is_some() && (6..=8).contains(&digits()),
        }
    }
}

/// Tokens after which a number may end.
#[derive(Default)]
struct Ends {
    places: [u32; LONGEST],
    count: usize,
}

impl Ends {
    fn push(&mut self, end: usize) {
        if let Some(place) = self.places.get_mut(self.count) {
            *place = u32::try_from(end).unwrap_or(u32::MAX);
            self.count += 1;
        }
    }

    fn farthest_first(&self) -> impl Iterator<Item = usize> {
        self.places[..self.count].iter().rev().map(|&end| end as usize)
    }
}

/// `2024-05-01`, `01.05.2024`, `1.5.24`, also followed by a time.
fn is_date(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or(text);
    let mut parts = first.split(['-', '.', '/']).filter(|part| !part.is_empty());
    let (Some(first), Some(second), Some(third), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let number = |part: &str| part.parse::<u32>().unwrap_or(u32::MAX);
    let year_first = first.len() == 4 && (1900..=2100).contains(&number(first));
    let year_last = third.len() == 4 && (1900..=2100).contains(&number(third)) || third.len() == 2;
    let small = |part: &str| part.len() <= 2 && number(part) <= 31;
    (year_first && small(second) && small(third)) || (year_last && small(first) && small(second))
}

/// `2024-05-06T10:31:22Z` (RFC 3339).
fn is_timestamp(text: &str) -> bool {
    // The first ten bytes are the date.
    matches!(text.as_bytes().get(10), Some(b'T' | b't'))
        && text.split_once(['T', 't']).is_some_and(|(date, time)| {
            is_date(date)
                && date.len() == 10
                && time.starts_with(|first: char| first.is_ascii_digit())
        })
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    if text.len() != 36 {
        return false;
    }
    let groups = text
        .split('-')
        .map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// Fifteen digits, the last by Luhn (3GPP TS 23.003).
fn is_imei(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().rev().enumerate().fold(0, |sum, (place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
            sum + digit / 10 + digit % 10
        }) % 10
            == 0
}
