//! `rules` and `exceptions` as written in `policy.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::node::Node;
use super::reader::{Fields, Reader, optional};
use super::selector::channel;
use crate::model::limits::{EXCEPTION_NAME, EXCEPTIONS};
use crate::model::{Code, Meaning, Place, TableName, Timestamp};
use crate::policy::rules::is_adjustable;
use crate::policy::{Exception, Maturity, Rules};

/// The rules with the places that checks against the pack and the register need.
#[derive(Clone, Default)]
pub struct RulesDocument {
    /// What is said.
    pub rules: Rules,
    /// Every table that is named, with its place.
    pub tables: Vec<(TableName, Place)>,
    /// Every purpose that is named, with its place.
    pub purposes: Vec<(String, Place)>,
    /// Every own rule that is named, with its place.
    pub own: Vec<(String, Place)>,
}

const EXCEPTION_KEYS: [&str; 8] =
    ["rule", "tables", "purposes", "channels", "actors", "owner", "reason", "expires"];

/// What an exception may be limited to.
const LIMITS: [&str; 4] = ["tables", "purposes", "channels", "actors"];

/// A day of the calendar.
const DAY: Duration = Duration::from_secs(86_400);

/// Reads both keys.
pub fn read(reader: &mut Reader, fields: &Fields<'_>) -> Option<RulesDocument> {
    let mut document = RulesDocument::default();
    let maturity = optional(fields, "rules", |node| read_maturity(reader, node, &mut document));
    let exceptions =
        optional(fields, "exceptions", |node| read_exceptions(reader, node, &mut document));
    let (maturity, exceptions) = (maturity?.unwrap_or_default(), exceptions?.unwrap_or_default());
    for (exception, place) in &exceptions {
        let own = exception.own.as_ref();
        let said = own.map_or_else(|| maturity.0.get(&exception.rule), |own| maturity.1.get(own));
        if said == Some(&Maturity::Retired) {
            let name = exception.rule_name();
            let cause = format!("{name} is retired, so nothing is excepted from it");
            reader.fault(place, cause, "remove the exception, or the rule from `rules`");
        }
    }
    let exceptions = exceptions.into_iter().map(|(exception, _)| exception).collect();
    document.rules = Rules { maturity: maturity.0, own: maturity.1, exceptions };
    Some(document)
}

/// Of codes and of own rules.
type Maturities = (BTreeMap<Code, Maturity>, BTreeMap<String, Maturity>);

fn read_maturity(
    reader: &mut Reader,
    node: &Node,
    document: &mut RulesDocument,
) -> Option<Maturities> {
    let mut read = Maturities::default();
    let mut complete = true;
    for (key, node) in reader.entries(node)? {
        let maturity = reader.one_of(node, "maturity", &Maturity::NAMES);
        if is_own(&key.name) {
            document.own.push((key.name.clone(), key.place.clone()));
            read.1.extend(maturity.map(|maturity| (key.name.clone(), maturity)));
            continue;
        }
        match (rule(reader, &key.name, &key.place), maturity) {
            (Some(code), Some(maturity)) => drop(read.0.insert(code, maturity)),
            _ => complete = false,
        }
    }
    complete.then_some(read)
}

/// Whether a name is that of an own rule, and not a code.
fn is_own(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_lowercase())
}

/// The code of a rule that policies may say something about.
fn rule(reader: &mut Reader, text: &str, place: &Place) -> Option<Code> {
    let findings = || Code::ALL.iter().filter(|it| matches!(it.meaning(), Meaning::Finding { .. }));
    let Some(code) = findings().find(|code| code.text() == text).copied() else {
        let known: Vec<&str> = findings().map(|code| code.text()).collect();
        reader.unknown(place, "rule", text, &known);
        return None;
    };
    match is_adjustable(code) {
        Ok(()) => Some(code),
        Err(help) => {
            reader.fault(place, format!("{code} cannot be set here"), help);
            None
        }
    }
}

fn read_exceptions(
    reader: &mut Reader,
    node: &Node,
    document: &mut RulesDocument,
) -> Option<Vec<(Exception, Place)>> {
    let entries = reader.entries(node)?;
    if entries.len() > EXCEPTIONS {
        let cause = format!("there are {} exceptions, and at most {EXCEPTIONS}", entries.len());
        reader.fault(&node.place, cause, "retire the rule, or map what it misses in the pack");
    }
    let mut read = Vec::new();
    let mut complete = true;
    for (key, node) in entries {
        named(reader, &key.name, &key.place);
        match exception(reader, &key.name, node, document) {
            Some(exception) => read.push((exception, key.place.clone())),
            None => complete = false,
        }
    }
    complete.then_some(read)
}

/// The name stands in events and metrics.
pub(super) fn named(reader: &mut Reader, name: &str, place: &Place) {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > EXCEPTION_NAME || !name.bytes().all(allowed) {
        let help = format!("at most {EXCEPTION_NAME} small letters, digits and hyphens");
        reader.fault(place, "this cannot be a name", help);
    }
}

fn exception(
    reader: &mut Reader,
    name: &str,
    node: &Node,
    document: &mut RulesDocument,
) -> Option<Exception> {
    let fields = reader.fields(node, &EXCEPTION_KEYS)?;
    let rule = fields.required("rule", reader).and_then(|node| {
        let text = reader.text(node)?;
        if is_own(&text) {
            document.own.push((text.clone(), node.place.clone()));
            return Some((Code::OWN_001, Some(text)));
        }
        Some((rule(reader, &text, &node.place)?, None))
    });
    let tables = set(reader, &fields, "tables", |reader, node| {
        let table = reader.table(node)?;
        document.tables.push((table.clone(), node.place.clone()));
        Some(table)
    });
    let purposes = set(reader, &fields, "purposes", |reader, node| {
        let purpose = reader.text(node)?;
        document.purposes.push((purpose.clone(), node.place.clone()));
        Some(purpose)
    });
    let channels = set(reader, &fields, "channels", channel);
    let actors = set(reader, &fields, "actors", account);
    let owner = fields.required("owner", reader).and_then(|node| role(reader, node));
    let reason = fields.required("reason", reader).and_then(|node| role(reader, node));
    let expires = fields.required("expires", reader).and_then(|node| end_of_day(reader, node));
    if LIMITS.iter().all(|key| fields.optional(key).is_none()) {
        let help = "name `tables`, `purposes`, `channels` or `actors`; a rule as a whole is switched \
                    off by `rules: {CODE: retired}`";
        reader.fault(fields.place(), "the exception is from everything", help);
    }
    let (rule, own) = rule?;
    Some(Exception {
        name: name.to_owned(),
        rule,
        own,
        tables: tables?,
        purposes: purposes?,
        channels: channels?,
        actors: actors?,
        owner: owner?,
        reason: reason?,
        expires: expires?,
    })
}

/// A list with at least one item; absent is empty.
fn set<T: Ord>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    read: impl FnMut(&mut Reader, &Node) -> Option<T>,
) -> Option<BTreeSet<T>> {
    let items = optional(fields, key, |node| reader.some(node, read))?;
    Some(items.unwrap_or_default().into_iter().collect())
}

/// A technical account, or a reference as events show it: people are not named in policies.
pub(super) fn account(reader: &mut Reader, node: &Node) -> Option<String> {
    let name = reader.text(node)?;
    if name.contains('@') || name.chars().any(char::is_whitespace) {
        let help = "name a technical account such as svc.import, or write the actor's reference as \
                    the finding's event shows it";
        reader.fault(&node.place, "this may be a person's name", help);
        return None;
    }
    Some(name)
}

/// A text that goes into the evidence for good.
pub(super) fn role(reader: &mut Reader, node: &Node) -> Option<String> {
    let text = reader.text(node)?;
    if text.contains('@') {
        let help =
            "name a role, such as data protection officer: it stays in the evidence for good";
        reader.fault(&node.place, "this may be a person's address", help);
        return None;
    }
    Some(text)
}

/// The end of a day, UTC.
fn end_of_day(reader: &mut Reader, node: &Node) -> Option<Timestamp> {
    let text = reader.text(node)?;
    let is_date = text.len() == "2026-12-31".len();
    let day = Timestamp::parse(&format!("{text}T00:00:00Z")).filter(|_| is_date);
    if day.is_none() {
        let help = "write the last day on which it holds, as in 2026-12-31";
        reader.fault(&node.place, "this is not a date", help);
    }
    day.map(|day| day + DAY)
}
