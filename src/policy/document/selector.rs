//! Selectors, value maps and conditions: the words that packs are made of.

use std::collections::BTreeSet;

use super::node::{Key, Node, Value};
use super::reader::{Reader, by_content};
use crate::model::{Channel, Country, Place};
use crate::policy::{
    Condition, LawfulBasis, Level, PermissionStatus, RequestKind, Selector, Test, ValueMap, place,
};

/// What a selector can stand for.
pub trait Selected: Clone + PartialEq {
    /// Reads one value as the author wrote it.
    fn read(reader: &mut Reader, node: &Node) -> Option<Self>;

    /// What the values of a column mean when the author does not say; `None` when the author must.
    fn unlisted() -> Option<ValueMap<Self>> {
        None
    }
}

/// Purposes: a column may hold them as they are.
impl Selected for String {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        reader.text(node)
    }

    fn unlisted() -> Option<ValueMap<Self>> {
        Some(ValueMap::Itself)
    }
}

impl Selected for Channel {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        channel(reader, node)
    }
}

impl Selected for LawfulBasis {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        lawful_basis(reader, node)
    }
}

impl Selected for PermissionStatus {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        use PermissionStatus::*;
        let all = [Unknown, Requested, Given, Confirmed, SoftOptIn, OptedOut];
        reader.one_of(node, "status", &all.map(|status| (status.name(), status)))
    }
}

impl Selected for RequestKind {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        let all = RequestKind::ALL.map(|kind| (kind.name(), kind));
        reader.one_of(node, "request", &all)
    }
}

/// Countries: a column may hold their codes, in capitals or small letters.
impl Selected for Country {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        country(reader, node)
    }

    fn unlisted() -> Option<ValueMap<Self>> {
        let listed = Country::all().flat_map(|country| {
            let code = country.code();
            [(code.to_lowercase(), country), (code, country)]
        });
        Some(ValueMap::Listed(listed.collect()))
    }
}

/// Levels: whole numbers.
impl Selected for Level {
    fn read(reader: &mut Reader, node: &Node) -> Option<Self> {
        let number = reader.number(node)?;
        let level = u8::try_from(number).ok();
        if level.is_none() {
            let cause = format!("{number} is out of range");
            reader.fault(&node.place, cause, "number the levels from 0 on, at most to 255");
        }
        level.map(Level)
    }
}

/// A country by its code.
pub fn country(reader: &mut Reader, node: &Node) -> Option<Country> {
    let code = reader.text(node)?;
    country_named(reader, &code, &node.place)
}

/// As [`country`], by a code that stands elsewhere than in a node.
pub fn country_named(reader: &mut Reader, code: &str, place: &Place) -> Option<Country> {
    let country = Country::from_code(code);
    if country.is_none() {
        let help = "write two capital letters (ISO 3166-1 alpha-2), such as US; NO and other words \
                    that YAML reads as something else need quotes";
        reader.fault(place, format!("`{code}` is no country"), help);
    }
    country
}

/// A channel by its name.
pub fn channel(reader: &mut Reader, node: &Node) -> Option<Channel> {
    reader.one_of(node, "channel", &Channel::ALL.map(|channel| (channel.name(), channel)))
}

/// A lawful basis by its name.
pub fn lawful_basis(reader: &mut Reader, node: &Node) -> Option<LawfulBasis> {
    reader.one_of(node, "lawful basis", &LawfulBasis::ALL.map(|basis| (basis.name(), basis)))
}

/// A selector: a value, `{column: …}` or `{lookup: {column: …, table: …, field: …}}`.
pub fn selector<T: Selected>(reader: &mut Reader, node: &Node) -> Option<Selector<T>> {
    let Value::Map(entries) = &node.value else {
        return T::read(reader, node).map(Selector::Fixed);
    };
    if entries.iter().any(|(key, _)| key.name == "lookup") {
        let fields = reader.fields(node, &["lookup"])?;
        let node = fields.required("lookup", reader)?;
        return lookup(reader, node);
    }
    let fields = reader.fields(node, &["column", "values", "lookup"])?;
    let column = fields.required("column", reader).and_then(|node| placed(reader, node));
    let values = value_map(reader, node, fields.optional("values"));
    Some(Selector::Column { column: column?, values: values? })
}

fn lookup<T: Selected>(reader: &mut Reader, node: &Node) -> Option<Selector<T>> {
    let fields = reader.fields(node, &["column", "table", "field", "values"])?;
    let column = fields.required("column", reader).and_then(|node| placed(reader, node));
    let table = fields.required("table", reader).and_then(|node| reader.table(node));
    let field = fields.required("field", reader).and_then(|node| placed(reader, node));
    let values = value_map(reader, node, fields.optional("values"));
    Some(Selector::Lookup { column: column?, table: table?, field: field?, values: values? })
}

/// A column, or a member of one that holds JSON: `prefs$.email.news`.
fn placed(reader: &mut Reader, node: &Node) -> Option<String> {
    let name = reader.text(node)?;
    let (column, path) = place(&name);
    let part_of_list = name.contains("$[") || path.is_some_and(|path| path.contains('['));
    let unreadable = part_of_list || path.is_some_and(|path| path.split('.').any(str::is_empty));
    if unreadable || column.is_empty() {
        let help = "write a column, or `column$.key.key` for a member of the JSON in it; elements of lists \
                    cannot be named";
        reader.fault(&node.place, format!("`{name}` is no place in a row"), help);
        return None;
    }
    Some(name)
}

fn value_map<T: Selected>(
    reader: &mut Reader,
    selector: &Node,
    values: Option<&Node>,
) -> Option<ValueMap<T>> {
    let Some(values) = values else {
        let unlisted = T::unlisted();
        if unlisted.is_none() {
            let help = "add `values:` with one line for each value of the column and its meaning";
            reader.fault(&selector.place, "nothing says what the column's values mean", help);
        }
        return unlisted;
    };
    let entries = reader.entries(values)?;
    let read: Vec<Option<(&Key, T)>> =
        entries.iter().map(|(key, node)| Some((key, T::read(reader, node)?))).collect();
    let read: Option<Vec<(&Key, T)>> = read.into_iter().collect();
    read.map(|read| ValueMap::Listed(by_content(read)))
}

/// A list of conditions, or none.
pub fn conditions(reader: &mut Reader, node: Option<&Node>) -> Option<Vec<Condition>> {
    node.map_or(Some(Vec::new()), |node| reader.some(node, condition))
}

/// One condition: a column with exactly one test.
fn condition(reader: &mut Reader, node: &Node) -> Option<Condition> {
    const TESTS: [&str; 3] = ["in", "not_in", "is_null"];
    let fields = reader.fields(node, &["column", "in", "not_in", "is_null"])?;
    let column = fields.required("column", reader).and_then(|node| placed(reader, node));
    let given: Vec<(&str, &Node)> =
        TESTS.iter().filter_map(|test| Some((*test, fields.optional(test)?))).collect();
    let [(test, value)] = given[..] else {
        let cause = if given.is_empty() { "a condition without test" } else { "several tests" };
        let help = "give exactly one of `in: […]`, `not_in: […]` and `is_null: true` or `false`";
        reader.fault(fields.place(), cause, help);
        return None;
    };
    let test = match test {
        "in" => cells(reader, value).map(Test::In),
        "not_in" => cells(reader, value).map(Test::NotIn),
        _ => reader.flag(value).map(|null| if null { Test::Null } else { Test::NotNull }),
    };
    Some(Condition { column: column?, test: test? })
}

fn cells(reader: &mut Reader, node: &Node) -> Option<BTreeSet<String>> {
    Some(reader.some(node, Reader::contents)?.into_iter().flatten().collect())
}
