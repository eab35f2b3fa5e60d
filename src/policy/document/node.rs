//! A YAML document as a tree in which every node knows its place.
//!
//! Reading straight into structs would stop at the first fault. A tree lets the reader go on and
//! report them all.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use crate::model::{Code, Fault, Place};

/// A node with its place.
#[derive(Clone)]
pub struct Node {
    /// File, line, column and path of the key.
    pub place: Place,
    /// What stands there.
    pub value: Value,
}

/// What stands at a node. Without `Debug`, because settings may hold secrets.
#[derive(Clone)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A word without quotes that YAML takes for a truth value, as `true` or `no`, with what was typed.
    Bool(bool, String),
    /// Any other scalar, as it was typed: `007`, `+331` and `1.50` stay what they are.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the document.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone)]
pub struct Key {
    /// The key as it was typed; null is the empty text.
    pub name: String,
    /// What it is when YAML takes it for a truth value.
    pub truth: Option<bool>,
    /// Its place.
    pub place: Place,
}

impl Value {
    /// What kind of node it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(..) => "a boolean",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Nodes that all aliases of a document together may stand for. Aliases of aliases grow like
/// powers; documents that people write stay far below.
const ALIASED_NODES: usize = 10_000;

/// Nodes of one document: the register of a CRM with ten thousand tables has half a million.
const NODES: usize = 4_000_000;

/// PostgreSQL's text for a boolean.
pub fn boolean_text(value: bool) -> &'static str {
    if value { "t" } else { "f" }
}

/// Reads a document. `code` is that of a document which cannot be read.
///
/// # Errors
///
/// Text that is not YAML, keys that stand twice, keys that are not scalars.
pub fn parse(file: &str, text: &str, code: Code) -> Result<Node, Vec<Fault>> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_nodes: NODES, max_events: 2 * NODES },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: ALIASED_NODES },
        with_snippet: false,
    };
    let start = || Place { file: file.into(), ..Place::default() };
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let place = error.location().map_or_else(start, |at| placed(start(), at));
            vec![Fault::new(code, describe(&error)).at(place)]
        })?;
    let mut planter = Planter { source: text, code, faults: Vec::new() };
    let root = planter.plant(raw, start());
    if planter.faults.is_empty() { Ok(root) } else { Err(planter.faults) }
}

/// The parser's message without the place, which the fault carries.
fn describe(error: &serde_saphyr::Error) -> String {
    let message = error.without_snippet().to_string();
    let message = message.lines().next().unwrap_or_default();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    format!("this is not YAML: {}", &message[..end])
}

fn placed(place: Place, at: Location) -> Place {
    Place { line: at.line() as usize, column: at.column() as usize, ..place }
}

/// What the YAML library hands over, before numbers are turned back into what was typed.
enum Raw {
    Null,
    Bool(bool),
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

/// Turns what the library handed over into nodes with places.
struct Planter<'a> {
    source: &'a str,
    code: Code,
    faults: Vec<Fault>,
}

impl Planter<'_> {
    fn plant(&mut self, raw: Spanned<Raw>, at: Place) -> Node {
        let place = placed(at, raw.referenced);
        let value = match raw.value {
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(value, self.typed(raw.defined)),
            Raw::Text(text) => Value::Text(text),
            Raw::Number => Value::Text(self.typed(raw.defined)),
            Raw::List(items) => {
                let plant = |(index, item)| self.plant(item, inside(&place, format!("[{index}]")));
                Value::List(items.into_iter().enumerate().map(plant).collect())
            }
            Raw::Map(entries) => Value::Map(self.plant_map(entries, &place)),
        };
        Node { place, value }
    }

    fn plant_map(
        &mut self,
        entries: Vec<(Spanned<Raw>, Spanned<Raw>)>,
        map: &Place,
    ) -> Vec<(Key, Node)> {
        let mut planted = Vec::new();
        let mut seen = BTreeSet::new();
        for (raw_key, raw_value) in entries {
            let key_place = placed(map.clone(), raw_key.referenced);
            let truth = match raw_key.value {
                Raw::Bool(value) => Some(value),
                _ => None,
            };
            let name = match raw_key.value {
                Raw::Null => String::new(),
                Raw::Text(text) => text,
                Raw::Bool(_) | Raw::Number => self.typed(raw_key.defined),
                Raw::List(_) | Raw::Map(_) => {
                    let fault = Fault::new(self.code, "a key must be a text");
                    self.faults.push(fault.at(key_place));
                    continue;
                }
            };
            let within = inside(map, name.clone());
            let key_place = Place { key: within.key.clone(), ..key_place };
            if !seen.insert(name.clone()) {
                let fault = Fault::new(self.code, format!("the key `{name}` stands here twice"));
                self.faults.push(fault.at(key_place).help("remove one of the two"));
                continue;
            }
            let value = self.plant(raw_value, within);
            planted.push((Key { name, truth, place: key_place }, value));
        }
        planted
    }

    /// The scalar as it was typed.
    fn typed(&self, at: Location) -> String {
        let span = at.span();
        let start = span.byte_offset().unwrap_or_default() as usize;
        let end = start + span.byte_len().unwrap_or_default() as usize;
        self.source.get(start..end).unwrap_or_default().trim().to_owned()
    }
}

fn inside(place: &Place, step: String) -> Place {
    let key = match place.key.as_str() {
        "" => step,
        path if step.starts_with('[') => format!("{path}{step}"),
        path => format!("{path}.{step}"),
    };
    Place { key, ..place.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Node {
        parse("a.yaml", text, Code::POL_001).map_err(|faults| faults[0].to_string()).unwrap()
    }

    fn faults(text: &str) -> Vec<Fault> {
        parse("a.yaml", text, Code::POL_001).err().unwrap_or_default()
    }

    fn text(node: &Node) -> String {
        match &node.value {
            Value::Text(text) => text.clone(),
            other => other.kind().to_owned(),
        }
    }

    fn items(node: &Node) -> Vec<String> {
        let Value::List(items) = &node.value else { return Vec::new() };
        items.iter().map(text).collect()
    }

    #[test]
    fn scalars_stay_what_was_typed() {
        let tree = root("[007, +33612345678, 1.50, 1e3, 0x1F, 1_000, 10s, \"5\", 'a b', ä 1]");
        let expected =
            ["007", "+33612345678", "1.50", "1e3", "0x1F", "1_000", "10s", "5", "a b", "ä 1"];
        assert_eq!(items(&tree), expected);
        assert_eq!(
            items(&root("[~, null, true, false]")),
            ["nothing", "nothing", "a boolean", "a boolean"]
        );
    }

    #[test]
    fn every_node_knows_its_place() {
        let tree = root("# comment\ntables:\n  crm.contacts:\n    columns: [ä, 12]\n");
        let Value::Map(tables) = &tree.value else { panic!("a mapping") };
        let Value::Map(contacts) = &tables[0].1.value else { panic!("a mapping") };
        assert_eq!(contacts[0].0.place.to_string(), "a.yaml:3:3 (tables.crm.contacts)");
        let Value::Map(columns) = &contacts[0].1.value else { panic!("a mapping") };
        let Value::List(items) = &columns[0].1.value else { panic!("a list") };
        assert_eq!(items[1].place.to_string(), "a.yaml:4:18 (tables.crm.contacts.columns[1])");
    }

    #[test]
    fn an_alias_has_the_value_of_its_anchor() {
        assert_eq!(items(&root("[&a 012, *a]")), ["012", "012"]);
    }

    #[test]
    fn keys_that_stand_twice_are_all_reported() {
        let found = faults("a: 1\nb: 2\na: 3\nb: 4\n");
        let places: Vec<_> = found.iter().map(|f| f.place.as_ref().unwrap().line).collect();
        assert_eq!(places, [3, 4]);
    }

    #[test]
    fn broken_yaml_is_a_fault_with_its_place() {
        let found = faults("a: [1, 2\nb: 3\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].place.as_ref().unwrap().line > 0, "{}", found[0]);
        assert!(!found[0].cause.contains(" line "), "{}", found[0]);
        assert_eq!(faults("[a]: 1").len(), 1);
    }

    #[test]
    fn a_key_may_be_null_or_a_boolean() {
        let tree = root("~: a\ntrue: b\n\"false\": c\n7: d\noff: e\nNo: f\n");
        let Value::Map(entries) = &tree.value else { panic!("a mapping") };
        let keys: Vec<_> = entries.iter().map(|(key, _)| (key.name.as_str(), key.truth)).collect();
        let (yes, no) = (Some(true), Some(false));
        let expected =
            [("", None), ("true", yes), ("false", None), ("7", None), ("off", no), ("No", no)];
        assert_eq!(keys, expected);
    }

    #[test]
    fn an_empty_document_is_nothing() {
        for text in ["", "\n# only a comment\n", "---\n"] {
            assert!(matches!(root(text).value, Value::Null), "{text:?}");
        }
    }

    #[test]
    fn aliases_cannot_grow_without_bounds() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![below; 9].join(", "));
        }
        assert_eq!(faults(&bomb).len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_tree_or_faults(text in "[-\\[\\]{}:,&*!|>'\"%@#~ \\na-c0-9ä.+]{0,60}") {
            let _ = parse("a.yaml", &text, Code::POL_001);
        }
    }
}
