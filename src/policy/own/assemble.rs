//! From rules as written to rules in force: what they say is held against pack, register and lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ListInForce, OwnRule, OwnRules};
use crate::model::limits::OWN_RULES;
use crate::model::{Place, TableName};
use crate::policy::document::own::{ListDocument, OwnDocument};
use crate::policy::document::reader::Reader;
use crate::policy::expression::{self, At, Kind, Parsed, Scope, Wrong, may_hold};
use crate::policy::{Pack, Register, SubjectMapping, TableMapping};

/// What rules are held against.
pub struct Ground<'a> {
    /// The linked pack.
    pub pack: &'a Pack,
    /// The register.
    pub register: &'a Register,
    /// Lists by name.
    pub lists: &'a BTreeMap<String, Option<ListDocument>>,
    /// The texts of the documents by path.
    pub files: &'a BTreeMap<String, String>,
}

/// Compiles rules, and reports what is wrong with them.
pub fn assemble<'a>(
    reader: &mut Reader,
    documents: impl Iterator<Item = &'a OwnDocument>,
    ground: &Ground<'_>,
) -> OwnRules {
    let known = ground.lists.values().flatten();
    let values: BTreeMap<String, Arc<BTreeSet<String>>> =
        known.clone().map(|list| (list.name.clone(), Arc::clone(&list.values))).collect();
    let mut rules = OwnRules::default();
    for document in documents {
        let (when, place) = &document.when;
        if rules.rules.len() == OWN_RULES {
            let cause = format!("there are more than {OWN_RULES} own rules");
            reader.fault(place, cause, "join those that say the same of different columns");
            break;
        }
        let source = ground.files.get(&place.file).map_or("", String::as_str);
        let Some(scope) = scope(reader, document, ground, (&values, source)) else { continue };
        let compiled =
            expression::parse(when).and_then(|parsed| expression::compile(&parsed, &scope));
        let predicate = match compiled {
            Ok(predicate) => predicate,
            Err(wrong) => {
                report(reader, source, place, wrong);
                continue;
            }
        };
        let tables: Vec<TableName> = scope.tables.keys().cloned().collect();
        let reachable = |table: &TableName| {
            document.operations.iter().any(|operation| may_hold(&predicate, *operation, table))
        };
        if !tables.iter().any(reachable) {
            let cause = format!(
                "the rule {} can never match: its condition holds of none of its operations and \
                 tables",
                document.named.name
            );
            let help = "look at `operations` and at what the condition asks of `op`, `old` and `new`: \
                        an inserted row has no old version, a deleted one no new version";
            reader.fault(place, cause, help);
            continue;
        }
        let rule = OwnRule {
            named: document.named.clone(),
            severity: document.severity,
            operations: document.operations.clone(),
            columns: predicate.columns(),
            when: predicate,
        };
        rules.add(rule, &tables);
    }
    if rules.all().len() > 0 {
        rules.lists = known.map(in_force).collect();
    }
    rules
}

fn in_force(list: &ListDocument) -> ListInForce {
    let ListDocument { name, as_of, source, values } = list;
    ListInForce { name: name.clone(), as_of: *as_of, source: source.clone(), values: values.len() }
}

/// What the expressions of a rule may speak of.
fn scope<'a>(
    reader: &mut Reader,
    document: &OwnDocument,
    ground: &Ground<'_>,
    (lists, source): (&'a BTreeMap<String, Arc<BTreeSet<String>>>, &str),
) -> Option<Scope<'a>> {
    let mut tables = BTreeMap::new();
    let mut columns: Option<BTreeSet<String>> = None;
    for (table, place) in &document.tables {
        let Some(mapping) = ground.pack.tables.get(table) else {
            let known: Vec<String> = ground.pack.tables.keys().map(TableName::to_string).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            reader.unknown(place, "table", &table.to_string(), &known);
            continue;
        };
        tables.insert(
            table.clone(),
            (mapping.subject.is_some(), knows_children(ground.pack, mapping)),
        );
        let known = known_columns(mapping);
        columns = Some(match columns {
            None => known,
            Some(former) => former.intersection(&known).cloned().collect(),
        });
    }
    if tables.len() < document.tables.len() {
        return None;
    }
    let mut columns: BTreeMap<String, Kind> =
        columns.into_iter().flatten().map(|name| (name, Kind::Text)).collect();
    columns.extend(document.columns.iter().map(|(name, kind)| (name.clone(), kind.clone())));
    let purposes = ground.register.purposes.keys().cloned().collect();
    let mut scope = Scope { tables, columns, macros: BTreeMap::new(), lists, purposes };
    let mut complete = true;
    for (name, text, place) in &document.macros {
        // A macro may use those above it.
        match expression::parse(text) {
            Ok(parsed) => complete &= is_sound(reader, &parsed, &scope, (source, place)),
            Err(wrong) => {
                report(reader, source, place, wrong);
                complete = false;
            }
        }
        if let Ok(parsed) = expression::parse(text) {
            scope.macros.insert(name.clone(), parsed);
        }
    }
    complete.then_some(scope)
}

/// Whether a macro means something by itself, as a condition or as a value.
fn is_sound(
    reader: &mut Reader,
    parsed: &Parsed,
    scope: &Scope<'_>,
    (source, place): (&str, &Place),
) -> bool {
    match expression::check(parsed, scope) {
        Ok(()) => true,
        Err(wrong) => {
            report(reader, source, place, wrong);
            false
        }
    }
}

/// Columns of which the pack says something.
fn known_columns(mapping: &TableMapping) -> BTreeSet<String> {
    let declared = mapping.columns.keys().map(|name| name.split('$').next().unwrap_or(name));
    mapping.uses().into_iter().chain(declared).chain(["id"]).map(str::to_owned).collect()
}

/// Whether it is known of those whom rows are about who is a child.
fn knows_children(pack: &Pack, mapping: &TableMapping) -> bool {
    let of = |table: &TableName| pack.tables.get(table).is_some_and(|it| it.child.is_some());
    match &mapping.subject {
        Some(SubjectMapping::Itself { .. }) => mapping.child.is_some(),
        Some(subject) => subject.people().into_iter().any(of),
        None => false,
    }
}

fn report(reader: &mut Reader, source: &str, place: &Place, wrong: Wrong) {
    let place = located(source, place, &wrong.at);
    reader.fault(&place, wrong.cause, wrong.help);
}

/// Where in the document a part of an expression stands. The text of a YAML scalar may be folded or
/// quoted, so a word is looked for from where the scalar begins.
fn located(source: &str, place: &Place, at: &At) -> Place {
    let lines = || source.lines().enumerate().skip(place.line.saturating_sub(1));
    let from =
        |number: usize| if number + 1 == place.line { place.column.saturating_sub(1) } else { 0 };
    match at {
        At::Expression => place.clone(),
        At::Word(word) => {
            let found = lines().find_map(|(number, line)| {
                let column = find_word(line, from(number), word)?;
                Some(Place { line: number + 1, column, ..place.clone() })
            });
            found.unwrap_or_else(|| place.clone())
        }
        At::Place(line, column) => {
            let Some((number, text)) = lines().next() else { return place.clone() };
            let first = text.chars().nth(from(number));
            match first {
                Some('|') => {
                    let number = place.line + line;
                    let text = source.lines().nth(number - 1).unwrap_or_default();
                    let indent = text.chars().take_while(|it| *it == ' ').count();
                    Place { line: number, column: indent + column, ..place.clone() }
                }
                Some('"' | '\'') if *line == 1 => {
                    Place { column: place.column + column, ..place.clone() }
                }
                Some('>') | None => place.clone(),
                Some(_) if *line == 1 => {
                    Place { column: place.column + column - 1, ..place.clone() }
                }
                Some(_) => place.clone(),
            }
        }
    }
}

/// The column (from 1) of a word that stands by itself, from an index on.
fn find_word(line: &str, from: usize, word: &str) -> Option<usize> {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let start = line.char_indices().nth(from)?.0;
    let mut found = line[start..].match_indices(word).map(|(index, _)| start + index);
    let index = found.find(|index| {
        let before = line[..*index].chars().next_back();
        let after = line[index + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })?;
    Some(line[..index].chars().count() + 1)
}
