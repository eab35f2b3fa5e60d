//! PostgreSQL's own texts for arrays (manual, 8.15.6), composite types (8.16.6) and hstore (F.17).
//!
//! Each calls back for one part after the other, unescaped, and stops when it is told to.

use std::str::Chars;

/// What comes next in a literal.
enum Token {
    /// A character that is part of the literal's form.
    Mark,
    /// A text; whether it stood in quotes.
    Text(String, bool),
}

/// The tokens of a literal.
struct Tokens<'a> {
    left: Chars<'a>,
    /// The characters that are part of the form.
    marks: &'static str,
    /// Within quotes, two quotes are one.
    doubled: bool,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        let first = self.left.next()?;
        if self.marks.contains(first) {
            return Some(Token::Mark);
        }
        match first {
            '"' => Some(Token::Text(self.quoted(), true)),
            first => Some(Token::Text(self.bare(first), false)),
        }
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.left.next() {
            match next {
                '\\' => text.extend(self.left.next()),
                '"' if self.doubled && self.left.as_str().starts_with('"') => {
                    self.left.next();
                    text.push('"');
                }
                '"' => break,
                next => text.push(next),
            }
        }
        text
    }

    fn bare(&mut self, first: char) -> String {
        let mut text = String::new();
        let mut next = Some(first);
        loop {
            match next {
                Some('\\') => text.extend(self.left.next()),
                Some(plain) => text.push(plain),
                None => break,
            }
            let ahead = self.left.clone().next();
            if ahead.is_none_or(|ahead| ahead == '"' || self.marks.contains(ahead)) {
                break;
            }
            next = self.left.next();
        }
        text
    }
}

/// The elements of an array of any dimensions that are not null.
pub(super) fn array(text: &str, mut element: impl FnMut(&str) -> bool) {
    // Bounds that do not begin at one stand in front: `[0:1]={a,b}`.
    let start = text.find('{').unwrap_or(text.len());
    let mut tokens = Tokens { left: text[start..].chars(), marks: "{},;", doubled: false };
    while let Some(token) = tokens.next() {
        let Token::Text(text, quoted) = token else { continue };
        if !quoted && text.eq_ignore_ascii_case("null") {
            continue;
        }
        if !element(&text) {
            return;
        }
    }
}

/// The fields of a composite value in order; a field without a text is null.
pub(super) fn composite(text: &str, mut field: impl FnMut(Option<&str>) -> bool) {
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
        return;
    };
    let mut tokens = Tokens { left: inner.chars(), marks: ",", doubled: true };
    let mut value: Option<String> = None;
    loop {
        match tokens.next() {
            // One field may stand partly in quotes.
            Some(Token::Text(text, _)) => value.get_or_insert_default().push_str(&text),
            Some(Token::Mark) => {
                if !field(value.take().as_deref()) {
                    return;
                }
            }
            None => {
                field(value.as_deref());
                return;
            }
        }
    }
}

/// The pairs of an hstore; a value may be null.
pub(super) fn map(text: &str, mut pair: impl FnMut(&str, Option<&str>) -> bool) {
    let mut tokens = Tokens { left: text.chars(), marks: ",=> ", doubled: false };
    let mut key: Option<String> = None;
    while let Some(token) = tokens.next() {
        let Token::Text(text, quoted) = token else { continue };
        let Some(key) = key.take() else {
            key = Some(text);
            continue;
        };
        let null = !quoted && text.eq_ignore_ascii_case("null");
        if !pair(&key, (!null).then_some(text.as_str())) {
            return;
        }
    }
}
