//! Reads nodes into values and collects every fault on the way.
//!
//! A reading function that has nothing to return has reported why. The caller goes on with the
//! other keys first and gives up only then, so that one run shows all faults of a document.

use std::collections::BTreeMap;
use std::time::Duration;

use super::node::{Key, Node, Value, boolean_text};
use super::suggestion;
use crate::model::{CallingCode, Code, Fault, Place, TableName, TimeZone, Timestamp};
use crate::policy::place;

/// Collects the faults of one document.
pub struct Reader {
    code: Code,
    faults: Vec<Fault>,
}

/// The entries of a mapping whose keys are fixed.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    place: &'a Place,
    entries: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// The value of a key; null counts as absent.
    pub fn optional(&self, key: &str) -> Option<&'a Node> {
        let entry = self.entries.iter().find(|(entry, _)| entry.name == key);
        entry.map(|(_, node)| node).filter(|node| !matches!(node.value, Value::Null))
    }

    /// The value of a key that must be there.
    pub fn required(&self, key: &str, reader: &mut Reader) -> Option<&'a Node> {
        let found = self.optional(key);
        if found.is_none() {
            reader.fault(self.place, format!("`{key}` is missing"), format!("add `{key}:` here"));
        }
        found
    }

    /// The place of the mapping.
    pub fn place(&self) -> &'a Place {
        self.place
    }
}

impl Reader {
    /// Faults will carry this code.
    pub fn new(code: Code) -> Self {
        Reader { code, faults: Vec::new() }
    }

    /// Every fault so far.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Reports a fault.
    pub fn fault(&mut self, place: &Place, cause: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault::new(self.code, cause).at(place.clone()).help(help));
    }

    /// Reports a fault with a code of its own.
    pub fn report(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Reports that a word is none of those that are known.
    pub fn unknown(&mut self, place: &Place, what: &str, word: &str, known: &[&str]) {
        self.fault(place, format!("unknown {what} `{word}`"), suggestion::among(word, known));
    }

    fn expected(&mut self, node: &Node, what: &str) {
        let cause = format!("{what} is expected, and this is {}", node.value.kind());
        let help = match (what, &node.value) {
            // Norway's code is a truth value in YAML.
            ("a text", Value::Bool(..)) => {
                "write it in quotes: YAML reads NO, yes, on, off and the like as true or false"
                    .to_owned()
            }
            ("a text", Value::Map(_) | Value::List(_)) => format!("write {what}"),
            // What YAML takes for something else: `1.10`, `2026-01-31`.
            ("a text", _) => {
                format!("write {what}; one that YAML takes for something else stands in quotes")
            }
            _ => format!("write {what}"),
        };
        self.fault(&node.place, cause, help);
    }

    /// A mapping whose keys are fixed. Unknown keys are reported, the known ones still read.
    pub fn fields<'a>(&mut self, node: &'a Node, known: &[&str]) -> Option<Fields<'a>> {
        let Value::Map(entries) = &node.value else {
            let cause = format!("a mapping is expected, and this is {}", node.value.kind());
            self.fault(&node.place, cause, format!("its keys are {}", suggestion::list(known)));
            return None;
        };
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                self.unknown(&key.place, "key", &key.name, known);
            }
        }
        Some(Fields { place: &node.place, entries })
    }

    /// A mapping with keys of the author's choosing; must not be empty.
    pub fn entries<'a>(&mut self, node: &'a Node) -> Option<&'a [(Key, Node)]> {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => Some(entries),
            Value::Map(_) => {
                self.fault(&node.place, "the mapping is empty", "fill it or remove it");
                None
            }
            _ => {
                self.expected(node, "a mapping");
                None
            }
        }
    }

    /// Reads each item of a list, which may be empty.
    pub fn each<T>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Reader, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::List(items) = &node.value else {
            self.expected(node, "a list");
            return None;
        };
        let read: Vec<Option<T>> = items.iter().map(|item| read(self, item)).collect();
        read.into_iter().collect()
    }

    /// Reads each item of a list with at least one.
    pub fn some<T>(
        &mut self,
        node: &Node,
        read: impl FnMut(&mut Reader, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.each(node, read)?;
        if items.is_empty() {
            self.fault(&node.place, "the list is empty", "name at least one");
            return None;
        }
        Some(items)
    }

    /// A text that is not empty.
    pub fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Text(_) => {
                self.fault(&node.place, "the text is empty", "write a text");
                None
            }
            _ => {
                self.expected(node, "a text");
                None
            }
        }
    }

    /// A column as a whole. Members of the JSON in one are read by selectors and conditions alone.
    pub fn column(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node)?;
        if place(&name).1.is_some() {
            let cause = format!("`{name}` is a member of a column, and here a column is asked for");
            let help = "only selectors and conditions read members of JSON: keep it in a column of its own, such \
                        as a generated one";
            self.fault(&node.place, cause, help);
            return None;
        }
        Some(name)
    }

    /// The content of a cell as PostgreSQL writes it: `true` and `false` are `t` and `f`, null is empty. Other
    /// words that YAML takes for truth values are what was typed.
    pub fn cell(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Bool(value, typed) => match typed.to_lowercase().as_str() {
                "true" | "false" => Some(boolean_text(*value).to_owned()),
                _ => Some(typed.clone()),
            },
            Value::Null => Some(String::new()),
            Value::List(_) | Value::Map(_) => {
                self.expected(node, "the value of a column");
                None
            }
        }
    }

    /// What a cell may hold to be what is written: a word that YAML takes for a truth value is that word in a column
    /// of text, and PostgreSQL's `t` or `f` in one of booleans.
    pub fn contents(&mut self, node: &Node) -> Option<Vec<String>> {
        match &node.value {
            Value::Bool(value, typed) => Some(vec![typed.clone(), boolean_text(*value).to_owned()]),
            _ => Some(vec![self.cell(node)?]),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(value, _) => Some(value),
            _ => {
                self.expected(node, "true or false");
                None
            }
        }
    }

    /// One word out of a few.
    pub fn one_of<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(node)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.unknown(&node.place, what, &word, &known);
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number.
    pub fn number(&mut self, node: &Node) -> Option<u64> {
        let text = self.text(node)?;
        let number = text.parse().ok();
        if number.is_none() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let help = format!("write a number of at most {}", u64::MAX);
            self.fault(&node.place, "this number is too large", help);
        } else if number.is_none() {
            self.fault(&node.place, "this is not a whole number", "write a number such as 50");
        }
        number
    }

    /// A duration such as `10s`.
    pub fn duration(&mut self, node: &Node) -> Option<Duration> {
        let text = self.text(node)?;
        let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
        let seconds = with_unit(&text, &units);
        if seconds.is_none() {
            let help = "write a whole number with its unit: 10s, 5m, 24h or 7d";
            self.fault(&node.place, "this is not a duration", help);
        }
        seconds.map(Duration::from_secs)
    }

    /// A day such as `2026-12-31`: its beginning, UTC.
    pub fn day(&mut self, node: &Node) -> Option<Timestamp> {
        let text = self.text(node)?;
        let is_date = text.len() == "2026-12-31".len();
        let day = Timestamp::parse(&format!("{text}T00:00:00Z")).filter(|_| is_date);
        if day.is_none() {
            self.fault(&node.place, "this is not a date", "write a day, as in 2026-12-31");
        }
        day
    }

    /// A text that goes into reports or evidence and names nobody.
    pub fn role(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if text.contains('@') {
            let help = "name a role, such as data protection officer, and no person";
            self.fault(&node.place, "this may be a person's address", help);
            return None;
        }
        Some(text)
    }

    /// A size in bytes such as `64MiB`.
    pub fn size(&mut self, node: &Node) -> Option<u64> {
        let text = self.text(node)?;
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
        let bytes = with_unit(&text, &units);
        if bytes.is_none() {
            let help = "write a whole number with its unit: 512KiB, 64MiB, 10GiB or 1TiB";
            self.fault(&node.place, "this is not a size", help);
        }
        bytes
    }

    /// A table with its schema.
    pub fn table(&mut self, node: &Node) -> Option<TableName> {
        let text = self.text(node)?;
        self.table_name(&text, &node.place)
    }

    /// A table with its schema, from its text.
    pub fn table_name(&mut self, text: &str, place: &Place) -> Option<TableName> {
        let table = text.parse().ok();
        if table.is_none() {
            let help = "name the table with its schema, as in crm.contacts";
            self.fault(place, format!("`{text}` has no schema"), help);
        }
        table
    }
}

/// Reads a key that may be absent: `Some(None)` when it is, `None` when its value is wrong.
pub fn optional<T>(
    fields: &Fields<'_>,
    key: &str,
    read: impl FnOnce(&Node) -> Option<T>,
) -> Option<Option<T>> {
    fields.optional(key).map_or(Some(None), |node| read(node).map(Some))
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A time zone with its rules.
pub fn time_zone(reader: &mut Reader, node: &Node) -> Option<TimeZone> {
    let text = reader.text(node)?;
    let zone = TimeZone::parse(&text);
    if zone.is_none() {
        let help =
            "write UTC, or a POSIX TZ string with its rules such as CET-1CEST,M3.5.0,M10.5.0/3";
        reader.fault(&node.place, format!("`{text}` is no time zone"), help);
    }
    zone
}

/// A country by what its telephone numbers begin with.
pub fn calling_code(reader: &mut Reader, node: &Node) -> Option<CallingCode> {
    let text = reader.text(node)?;
    let code = CallingCode::of(&text);
    if code.is_none() {
        let help = "write the code of the country where the CRM's telephone numbers are dialled, such as DE \
                    (ISO 3166-1 alpha-2)";
        let cause = format!("`{text}` is no country with telephone numbers");
        reader.fault(&node.place, cause, help);
    }
    code
}

/// What each value means, by the texts that a cell may hold. A key without quotes that YAML takes for a truth value
/// is that word and, unless another key says otherwise, PostgreSQL's text for the boolean.
pub fn by_content<T: Clone + PartialEq>(read: Vec<(&Key, T)>) -> BTreeMap<String, T> {
    let mut implied: BTreeMap<String, Option<T>> = BTreeMap::new();
    for (key, meaning) in &read {
        let Some(truth) = key.truth else { continue };
        let known = implied.entry(boolean_text(truth).to_owned());
        let known = known.or_insert_with(|| Some(meaning.clone()));
        // Two words for one truth value that mean different things leave the boolean without meaning.
        *known = known.take().filter(|known| known == meaning);
    }
    let implied = implied.into_iter().filter_map(|(text, meaning)| Some((text, meaning?)));
    implied.chain(read.into_iter().map(|(key, meaning)| (key.name.clone(), meaning))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_carry_their_unit() {
        let units = [("s", 1), ("m", 60), ("KiB", 1024)];
        assert_eq!(with_unit("10s", &units), Some(10));
        assert_eq!(with_unit("5 m", &units), Some(300));
        assert_eq!(with_unit("2KiB", &units), Some(2048));
        for wrong in ["10", "s", "", "-1s", "1.5m", "10S", "99999999999999999999s"] {
            assert_eq!(with_unit(wrong, &units), None, "{wrong}");
        }
        assert_eq!(with_unit("18446744073709551615m", &units), None);
    }
}
