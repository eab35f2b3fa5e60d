//! Plays one policy test through the production engine. Time is that of the test.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::columns;
use super::compare::Found;
use crate::engine::Engine;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::limits::{CLOCK_SLACK, FINDING_WINDOW};
use crate::model::{
    Batch, Begin, Cell, Change, Code, Column, Commit, Content, Emission, Event, Fault, Gap,
    GapCause, Idle, Lsn, OldRow, Operation, OperationKind, Position, ReplicaIdentity, Row, Table,
    TableFacts, TableName, Timestamp, TransactionKind,
};
use crate::policy::Policies;
use crate::policy::document::scenario::{Action, DeclaredTable, RowChange, Scenario, Step};

/// Bytes of log between two steps, so that a step can be told from a position.
const STEP_BYTES: u64 = 0x100;

/// Times that the end of a test is announced, since one event reaches a limited number of
/// judgements.
const LAST_EVENTS: usize = 4;

/// Columns and values of one row.
type Values = BTreeMap<String, Option<String>>;

/// Plays a test and returns all that was found in it.
///
/// # Errors
///
/// `POL-002` when the test changes a row that is not there; whatever the engine cannot decide.
pub fn play(
    policies: &Arc<Policies>,
    declared: &BTreeMap<TableName, DeclaredTable>,
    scenario: &Scenario,
) -> Result<Vec<Found>, Fault> {
    let pseudonyms = Pseudonymizer::new(b"policy tests need no secret key.");
    let engine = Engine::new(Arc::clone(policies), pseudonyms, "policy tests".to_owned());
    let tables = tables(policies, declared, scenario);
    let mut player = Player {
        engine,
        tables,
        rows: BTreeMap::new(),
        memory: BTreeMap::new(),
        found: BTreeMap::new(),
    };
    for (index, step) in scenario.given.iter().enumerate() {
        let commit = Lsn(STEP_BYTES * (index as u64 + 1));
        let events = player.events(step, commit)?;
        player.decide(events)?;
    }
    let last = scenario.given.last().map_or(Timestamp::default(), |step| step.time);
    let waited = last + policies.profile.grace + Duration::from_secs(1);
    // First every judgement is reached, then what is left of every erasure, and what was not handed
    // over, then every count.
    let exports = policies.pack.tables.values().any(|table| table.duties.delivery.is_some());
    let delivered = if exports { policies.profile.delivered_within } else { Duration::ZERO };
    let carried_out = waited + policies.profile.erasure_within.max(delivered);
    let counted = carried_out + FINDING_WINDOW + policies.profile.grace;
    for time in [waited, carried_out + CLOCK_SLACK, counted + CLOCK_SLACK] {
        for _ in 0..LAST_EVENTS {
            player.decide(vec![idle(Lsn(STEP_BYTES * scenario.given.len() as u64), time)])?;
        }
    }
    Ok(player.found.into_values().collect())
}

/// Stream time passes without a change.
fn idle(lsn: Lsn, time: Timestamp) -> Event {
    Event::Idle(Idle { lsn, time })
}

/// A database in memory and the engine that follows it.
struct Player {
    engine: Engine,
    tables: BTreeMap<TableName, Shape>,
    rows: BTreeMap<(TableName, Vec<String>), Values>,
    memory: BTreeMap<Vec<u8>, Vec<u8>>,
    found: BTreeMap<Uuid, Found>,
}

/// A table and the columns that name its rows.
struct Shape {
    table: Arc<Table>,
    key: Vec<String>,
}

impl Player {
    fn events(&mut self, step: &Step, commit: Lsn) -> Result<Vec<Event>, Fault> {
        match &step.action {
            Action::Idle => Ok(vec![idle(commit, step.time)]),
            Action::Gap(cause) => Ok(vec![gap(*cause, commit, step.time)]),
            Action::Transaction(changes) => self.transaction(changes, commit, step.time),
        }
    }

    fn transaction(
        &mut self,
        changes: &[RowChange],
        commit: Lsn,
        time: Timestamp,
    ) -> Result<Vec<Event>, Fault> {
        let xid = (commit.0 / STEP_BYTES) as u32;
        let mut events =
            vec![Event::Begin(Begin { xid, commit, time, kind: TransactionKind::Live })];
        for (change, ordinal) in changes.iter().zip(1..) {
            let (table, operation) = self.operation(change)?;
            let position = Position { commit, ordinal };
            events.push(Event::Change(Change { position, table, operation }));
        }
        let position = Position { commit, ordinal: changes.len() as u64 + 1 };
        events.push(Event::Commit(Commit { position, end: Lsn(commit.0 + 1) }));
        Ok(events)
    }

    /// What a change does to the row as it stood.
    fn operation(&mut self, change: &RowChange) -> Result<(Arc<Table>, Operation), Fault> {
        let Shape { table, key } = &self.tables[&change.table];
        if change.operation == OperationKind::Truncate {
            self.rows.retain(|(table, _), _| *table != change.table);
            return Ok((Arc::clone(table), Operation::Truncate));
        }
        let wrong = |cause: String| Fault::new(Code::POL_002, cause).at(change.place.clone());
        let says = |column: &String| match change.row.get(column) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) | None => Err(wrong(format!("the row does not say its `{column}`"))),
        };
        let name: Vec<String> = key.iter().map(says).collect::<Result<_, Fault>>()?;
        let name = (change.table.clone(), name);
        let before = self.rows.remove(&name);
        let known = || before.clone().ok_or_else(|| wrong("there is no such row".to_owned()));
        let whole = table.replica_identity == ReplicaIdentity::Full;
        let operation = match change.operation {
            OperationKind::Insert => Operation::Insert { new: row(table, &change.row) },
            OperationKind::Update => {
                let mut after = known()?;
                after.extend(change.row.clone());
                let old = if whole { OldRow::Full(row(table, &known()?)) } else { OldRow::Absent };
                Operation::Update { old, new: row(table, &after) }
            }
            OperationKind::Delete | OperationKind::Truncate => {
                let before = known()?;
                let named = |it: &String| (it.clone(), before.get(it).cloned().flatten());
                let key: Values = key.iter().map(named).collect();
                let old = match whole {
                    true => OldRow::Full(row(table, &before)),
                    false => OldRow::Key(row(table, &key)),
                };
                Operation::Delete { old }
            }
        };
        let table = Arc::clone(table);
        if change.operation != OperationKind::Delete {
            let mut after = before.unwrap_or_default();
            after.extend(change.row.clone());
            self.rows.insert(name, after);
        }
        Ok((table, operation))
    }

    fn decide(&mut self, events: Vec<Event>) -> Result<(), Fault> {
        let decision = self.engine.decide(&self.memory, &Batch { events })?;
        for (key, value) in decision.writes() {
            match value {
                Some(value) => drop(self.memory.insert(key.clone(), value.clone())),
                None => drop(self.memory.remove(key)),
            }
        }
        for emission in decision.emissions() {
            self.keep(emission);
        }
        Ok(())
    }

    /// Later events of the same finding or incident replace earlier ones.
    fn keep(&mut self, emission: &Emission) {
        let step = |position: Position| (position.commit.0 / STEP_BYTES) as usize;
        match emission {
            Emission::Finding(finding) => {
                let found = Found {
                    code: finding.code,
                    own_rule: finding.own_rule.as_ref().map(|rule| rule.name.clone()),
                    step: step(finding.position),
                    count: finding.count,
                    incident: false,
                    purpose: finding.purpose.clone(),
                    channel: finding.channel,
                    severity: finding.severity,
                    reason: finding.reason.clone(),
                };
                self.found.insert(finding.id, found);
            }
            Emission::Incident(incident) => {
                let found = Found {
                    code: incident.code,
                    own_rule: None,
                    step: step(incident.first),
                    count: incident.affected.records,
                    incident: true,
                    purpose: None,
                    channel: None,
                    severity: incident.score.band().severity(),
                    reason: incident.reason.clone(),
                };
                self.found.insert(incident.id, found);
            }
            Emission::Catalogue(_) | Emission::Coverage(_) | Emission::Policies(_) => {}
        }
    }
}

fn gap(cause: GapCause, to: Lsn, time: Timestamp) -> Event {
    Event::Gap(Gap { from: Lsn(to.0 - STEP_BYTES + 1), to, time, cause })
}

fn row(table: &Table, values: &Values) -> Row {
    Row::from_cells(table.columns.iter().map(|column| match values.get(&column.name) {
        Some(Some(text)) => Cell::Known(Content::new(text.as_bytes())),
        Some(None) | None => Cell::Null,
    }))
}

/// The shape of each table: the columns that are read and those that the test uses.
fn tables(
    policies: &Policies,
    declared: &BTreeMap<TableName, DeclaredTable>,
    scenario: &Scenario,
) -> BTreeMap<TableName, Shape> {
    let mut columns: BTreeMap<&TableName, BTreeSet<&str>> = BTreeMap::new();
    for step in &scenario.given {
        let Action::Transaction(changes) = &step.action else { continue };
        for change in changes {
            let used = change.row.keys().map(String::as_str);
            columns.entry(&change.table).or_default().extend(used);
        }
    }
    let shape = |(oid, (name, mut columns)): (usize, (&TableName, BTreeSet<&str>))| {
        columns.extend(columns::read(policies, declared, name));
        let (tested, key) = (declared.get(name), columns::key(policies, declared, name));
        let column =
            |name: &str| Column { name: name.to_owned(), type_oid: 0, key: key.contains(&name) };
        let table = Table {
            oid: oid as u32 + 1,
            name: name.clone(),
            replica_identity: tested.map_or(ReplicaIdentity::Full, |it| it.replica_identity),
            columns: columns.into_iter().map(column).collect(),
            facts: TableFacts::default(),
        };
        let key = key.into_iter().map(str::to_owned).collect();
        (name.clone(), Shape { table: Arc::new(table), key })
    };
    columns.into_iter().enumerate().map(shape).collect()
}
