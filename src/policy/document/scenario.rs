//! Policy tests as written: `tests/<name>.yaml`. Given these changes, expect these findings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::node::{Node, Value};
use super::reader::{Fields, Reader, optional};
use crate::model::{
    Channel, Code, GapCause, Meaning, OperationKind, Place, ReplicaIdentity, Severity, TableName,
    Timestamp,
};

/// What a document of tests says of a table.
pub struct DeclaredTable {
    /// Its replica identity.
    pub replica_identity: ReplicaIdentity,
    /// The columns of its key, where it has several.
    pub key: Vec<String>,
}

/// The tests of one document.
pub struct ScenarioDocument {
    /// What they are about.
    pub subject: Chosen,
    /// Tables that behave differently from what is usual, or that the pack does not know.
    pub tables: BTreeMap<TableName, DeclaredTable>,
    /// The tests.
    pub scenarios: Vec<Scenario>,
}

/// Names of documents, with the places where they are chosen; `None` is what is in force.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Pack.
    pub pack: Option<(String, Place)>,
    /// Register.
    pub register: Option<(String, Place)>,
    /// Profile.
    pub profile: Option<(String, Place)>,
}

/// One test.
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What happens, in order.
    pub given: Vec<Step>,
    /// Every finding and incident that must follow, and no others.
    pub expect: Vec<Expectation>,
    /// Codes that this test shows not to fire.
    pub absent: BTreeSet<Code>,
    /// Own rules that this test shows not to fire.
    pub absent_own: BTreeSet<String>,
}

/// One transaction, a pause or a gap.
pub struct Step {
    /// Stream time.
    pub time: Timestamp,
    /// What happens.
    pub action: Action,
}

/// See [`Step`].
pub enum Action {
    /// A committed transaction.
    Transaction(Vec<RowChange>),
    /// Nothing, until the step's time.
    Idle,
    /// A part of the stream that was not seen.
    Gap(GapCause),
}

/// One change of a transaction.
pub struct RowChange {
    /// What is done.
    pub operation: OperationKind,
    /// To which table.
    pub table: TableName,
    /// Where the table stands.
    pub place: Place,
    /// Columns that are set, or that name the row; `None` is SQL null.
    pub row: BTreeMap<String, Option<String>>,
}

/// What must be found.
#[derive(Clone)]
pub struct Expectation {
    /// Which rule or detector.
    pub code: Code,
    /// Of OWN-001: which own rule.
    pub own_rule: Option<String>,
    /// The step it is about, from 1.
    pub step: usize,
    /// How many changes it stands for; for an incident, records. `None`: one finding, or an
    /// incident of any size.
    pub count: Option<u64>,
    /// Purpose, when the test cares.
    pub purpose: Option<String>,
    /// Channel, when the test cares.
    pub channel: Option<Channel>,
    /// Severity, when the test cares.
    pub severity: Option<Severity>,
}

/// Most changes that `repeat` may make of one step.
const REPEAT: u64 = 10_000;

/// How much later a step without `at` happens.
const STEP: Duration = Duration::from_secs(1);

const OPERATIONS: [(&str, OperationKind); 4] = [
    ("insert", OperationKind::Insert),
    ("update", OperationKind::Update),
    ("delete", OperationKind::Delete),
    ("truncate", OperationKind::Truncate),
];

const GAPS: [(&str, GapCause); 10] = [
    ("slot_missing", GapCause::SlotMissing),
    ("slot_advanced", GapCause::SlotAdvanced),
    ("slot_lost", GapCause::SlotLost),
    ("system_changed", GapCause::SystemChanged),
    ("undecodable", GapCause::Undecodable),
    ("restored", GapCause::Restored),
    ("copy_interrupted", GapCause::CopyInterrupted),
    ("table_unpublished", GapCause::TableUnpublished),
    ("publication_missing", GapCause::PublicationMissing),
    ("table_unfit", GapCause::TableUnfit),
];

/// Reads a document of tests.
pub fn read(reader: &mut Reader, root: &Node) -> Option<ScenarioDocument> {
    let fields = reader.fields(root, &["pack", "register", "profile", "tables", "tests"])?;
    let mut chosen =
        |key: &str| optional(&fields, key, |node| Some((reader.text(node)?, node.place.clone())));
    let (pack, register, profile) = (chosen("pack"), chosen("register"), chosen("profile"));
    let tables =
        fields.optional("tables").map_or(Some(BTreeMap::new()), |node| read_tables(reader, node));
    let scenarios =
        fields.required("tests", reader).and_then(|node| reader.some(node, read_scenario));
    let subject = Chosen { pack: pack?, register: register?, profile: profile? };
    Some(ScenarioDocument { subject, tables: tables?, scenarios: scenarios? })
}

/// `crm.notes: {replica_identity: full}`, `crm.members: {key: [list_id, contact_id]}`.
fn read_tables(reader: &mut Reader, node: &Node) -> Option<BTreeMap<TableName, DeclaredTable>> {
    let identities = [("full", ReplicaIdentity::Full), ("default", ReplicaIdentity::Default)];
    let entries = reader.entries(node)?;
    let mut read_table = |key: &super::node::Key, node: &Node| {
        let table = reader.table_name(&key.name, &key.place);
        let fields = reader.fields(node, &["replica_identity", "key"])?;
        let identity =
            fields.optional("replica_identity").map_or(Some(ReplicaIdentity::Full), |node| {
                reader.one_of(node, "replica identity", &identities)
            });
        let key = fields
            .optional("key")
            .map_or(Some(Vec::new()), |node| reader.some(node, Reader::column));
        Some((table?, DeclaredTable { replica_identity: identity?, key: key? }))
    };
    let read: Vec<_> = entries.iter().map(|(key, node)| read_table(key, node)).collect();
    read.into_iter().collect()
}

fn read_scenario(reader: &mut Reader, node: &Node) -> Option<Scenario> {
    let fields = reader.fields(node, &["name", "given", "expect", "absent"])?;
    let name = fields.required("name", reader).and_then(|node| reader.text(node));
    let mut clock = Timestamp::parse("2026-01-01T12:00:00Z");
    let given = fields
        .required("given", reader)
        .and_then(|node| reader.some(node, |reader, node| read_step(reader, node, &mut clock)));
    let steps = given.as_ref().map_or(usize::MAX, Vec::len);
    let expect = fields
        .required("expect", reader)
        .and_then(|node| reader.each(node, |reader, node| read_expectation(reader, node, steps)));
    let absent =
        fields.optional("absent").map_or(Some(Vec::new()), |node| reader.some(node, read_absent));
    let (expect, absent) = (expect?, absent?);
    let absent_own: BTreeSet<String> = absent.iter().filter_map(|it| it.clone().err()).collect();
    let absent: Vec<Code> = absent.into_iter().filter_map(Result::ok).collect();
    let own = |name: &&String| expect.iter().any(|it| it.own_rule.as_ref() == Some(*name));
    for name in absent_own.iter().filter(own) {
        let cause = format!("{name} is both expected and absent");
        reader.fault(fields.place(), cause, "remove one of the two");
    }
    for code in absent.iter().filter(|code| expect.iter().any(|wanted| wanted.code == **code)) {
        let cause = format!("{code} is both expected and absent");
        reader.fault(fields.place(), cause, "remove one of the two");
    }
    Some(Scenario {
        name: name?,
        place: node.place.clone(),
        given: given?,
        expect,
        absent: absent.into_iter().collect(),
        absent_own,
    })
}

/// The code of a finding, or the name of an own rule.
fn read_absent(reader: &mut Reader, node: &Node) -> Option<Result<Code, String>> {
    match &node.value {
        Value::Text(name) if name.starts_with(|it: char| it.is_ascii_lowercase()) => {
            Some(Err(name.clone()))
        }
        _ => finding_code(reader, node).map(Ok),
    }
}

fn read_step(reader: &mut Reader, node: &Node, clock: &mut Option<Timestamp>) -> Option<Step> {
    let fields = reader.fields(
        node,
        &[
            "at",
            "idle",
            "gap",
            "transaction",
            "repeat",
            "insert",
            "update",
            "delete",
            "truncate",
            "row",
        ],
    )?;
    let before = (*clock)?;
    let time = match (fields.optional("at"), fields.optional("idle")) {
        (Some(node), _) => moment(reader, node, before),
        (None, Some(node)) => reader.duration(node).map(|pause| before + pause),
        (None, None) => Some(before + STEP),
    };
    *clock = Some(time.unwrap_or(before));
    let action = read_action(reader, &fields, node);
    Some(Step { time: time?, action: action? })
}

/// `12:05`, `12:05:30`, or a whole timestamp; never before the step before.
fn moment(reader: &mut Reader, node: &Node, before: Timestamp) -> Option<Timestamp> {
    let text = reader.text(node)?;
    let parsed =
        Timestamp::parse(&text).or_else(|| Timestamp::parse(&format!("2026-01-01T{text}")));
    match parsed {
        None => {
            let help = "write 12:05, 12:05:30 or 2026-01-31T12:05:00Z";
            reader.fault(&node.place, "this is not a moment", help);
        }
        Some(time) if time < before => {
            reader.fault(&node.place, "stream time does not go back", "write a later moment");
        }
        Some(_) => {}
    }
    parsed
}

fn read_action(reader: &mut Reader, fields: &Fields<'_>, node: &Node) -> Option<Action> {
    let operations = OPERATIONS.iter().filter(|(key, _)| fields.optional(key).is_some()).count();
    let others = ["idle", "gap", "transaction"];
    let others = others.iter().filter(|key| fields.optional(key).is_some()).count();
    if operations + others != 1 {
        let help = "give exactly one of insert, update, delete, truncate, transaction, idle, gap";
        reader.fault(fields.place(), "one step is one thing", help);
        return None;
    }
    if fields.optional("idle").is_some() {
        return Some(Action::Idle);
    }
    if let Some(node) = fields.optional("gap") {
        return reader.one_of(node, "cause of a gap", &GAPS).map(Action::Gap);
    }
    let repeat = fields.optional("repeat").map_or(Some(1), |node| repetition(reader, node));
    let changes = match fields.optional("transaction") {
        Some(node) => reader.some(node, |reader, node| {
            let keys = ["insert", "update", "delete", "truncate", "row"];
            reader.fields(node, &keys)?;
            Some(node.clone())
        })?,
        None => vec![node.clone()],
    };
    let mut transaction = Vec::new();
    for number in 1..=repeat? {
        for change in &changes {
            transaction.push(read_change(reader, change, number)?);
        }
    }
    Some(Action::Transaction(transaction))
}

fn repetition(reader: &mut Reader, node: &Node) -> Option<u64> {
    let number = reader.number(node)?;
    if !(1..=REPEAT).contains(&number) {
        let help = format!("write a number from 1 to {REPEAT}");
        reader.fault(&node.place, format!("{number} is out of range"), help);
        return None;
    }
    Some(number)
}

/// One change; `{n}` in its values is the number of the repetition.
fn read_change(reader: &mut Reader, node: &Node, number: u64) -> Option<RowChange> {
    let Value::Map(entries) = &node.value else { return None };
    let named = |key: &str| entries.iter().find(|(entry, _)| entry.name == key);
    let found: Vec<_> =
        OPERATIONS.iter().filter_map(|(key, kind)| Some((named(key)?, *kind))).collect();
    let [((_, table_node), operation)] = found[..] else {
        let help = "give exactly one of insert, update, delete and truncate";
        reader.fault(&node.place, "one change is one operation", help);
        return None;
    };
    let table = reader.table(table_node);
    let row = match (named("row"), operation) {
        (None, OperationKind::Truncate) => Some(BTreeMap::new()),
        (Some((_, row)), OperationKind::Truncate) => {
            reader.fault(&row.place, "truncate has no row", "remove `row`");
            None
        }
        (Some((_, row)), _) => read_row(reader, row, number),
        (None, _) => {
            reader.fault(&node.place, "`row` is missing", "add `row: {column: value}`");
            None
        }
    };
    Some(RowChange { operation, table: table?, place: table_node.place.clone(), row: row? })
}

fn read_row(
    reader: &mut Reader,
    node: &Node,
    number: u64,
) -> Option<BTreeMap<String, Option<String>>> {
    let mut row = BTreeMap::new();
    for (key, node) in reader.entries(node)? {
        let cell = match node.value {
            Value::Null => None,
            _ => Some(reader.cell(node)?.replace("{n}", &number.to_string())),
        };
        row.insert(key.name.clone(), cell);
    }
    Some(row)
}

fn read_expectation(reader: &mut Reader, node: &Node, steps: usize) -> Option<Expectation> {
    let keys = ["code", "rule", "at", "count", "purpose", "channel", "severity"];
    let fields = reader.fields(node, &keys)?;
    let own_rule = optional(&fields, "rule", |node| reader.text(node));
    let code = fields.required("code", reader).and_then(|node| finding_code(reader, node));
    let step = fields.required("at", reader).and_then(|node| {
        let number = reader.number(node)?;
        let step = usize::try_from(number).ok().filter(|step| (1..=steps).contains(step));
        if step.is_none() {
            let help = "`at` is the number of a given step, from 1";
            reader.fault(&node.place, format!("there is no step {number}"), help);
        }
        step
    });
    let count = optional(&fields, "count", |node| reader.number(node));
    let purpose = optional(&fields, "purpose", |node| reader.text(node));
    let channel = optional(&fields, "channel", |node| super::selector::channel(reader, node));
    let severities = [
        ("informational", Severity::Informational),
        ("low", Severity::Low),
        ("medium", Severity::Medium),
        ("high", Severity::High),
        ("critical", Severity::Critical),
    ];
    let severity =
        optional(&fields, "severity", |node| reader.one_of(node, "severity", &severities));
    let (code, own_rule) = (code?, own_rule?);
    if own_rule.is_some() != (code == Code::OWN_001) {
        let help = "OWN-001 needs the `rule` that is expected, and no other code has one";
        reader.fault(&node.place, "it is not clear which rule is expected", help);
        return None;
    }
    Some(Expectation {
        code,
        own_rule,
        step: step?,
        count: count?,
        purpose: purpose?,
        channel: channel?,
        severity: severity?,
    })
}

/// The code of a finding; faults of lawtail's own operation are not found by policies.
fn finding_code(reader: &mut Reader, node: &Node) -> Option<Code> {
    let findings: Vec<(&str, Code)> = Code::ALL
        .iter()
        .filter(|code| matches!(code.meaning(), Meaning::Finding { .. }))
        .map(|code| (code.text(), *code))
        .collect();
    reader.one_of(node, "finding code", &findings)
}
