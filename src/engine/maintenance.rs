//! Declared maintenance: which changes lie in an envelope, and what is told of it.
//!
//! An envelope comes from the policies, or from a message within the transaction, by an account that
//! the policies allow to declare. It fits a change when actor, table, operation, columns and time all
//! agree; whether it holds is known when the transaction ends ([`declared`]).
//!
//! **Why**: an alarm that is switched off for a migration is off for an intruder as well. An envelope
//! says how far the work goes, and what goes further is seen (GDPR Art. 32(1)).

use std::collections::BTreeSet;

use serde::Deserialize;

use super::assess::Circumstances;
use super::classified::Classified;
use super::decide::Deciding;
use super::detect::Touch;
use super::detect::declared::{self, Envelope, Told};
use super::detect::schema_change::SchemaChange;
use super::pseudonym::Pseudonymizer;
use super::record::Record;
use super::state::State;
use crate::model::limits::MAINTENANCE_FOLLOW_UP;
use crate::model::{Fault, Message, OperationKind, PolicyEvent, Reference, TableName, Timestamp};
use crate::policy::{Maintenance, MaintenanceByMessage, Maintenances};

/// The envelopes of the policies with their actors as changes name them.
pub(super) struct Envelopes {
    declared: Vec<(Maintenance, BTreeSet<Reference>)>,
    by_message: Option<(MaintenanceByMessage, BTreeSet<Reference>)>,
}

/// What a change is asked before it lies in an envelope.
struct Asked<'a> {
    table: &'a TableName,
    operation: OperationKind,
    actor: Reference,
    time: Timestamp,
}

impl Envelopes {
    /// Names their actors.
    pub fn new(maintenances: &Maintenances, pseudonyms: &Pseudonymizer) -> Self {
        let reference = |name: &String| {
            Reference::parse(name).unwrap_or_else(|| pseudonyms.actor(name.as_bytes()))
        };
        let actors = |names: &BTreeSet<String>| names.iter().map(reference).collect();
        let declared = maintenances.declared.iter();
        Envelopes {
            declared: declared.map(|it| (it.clone(), actors(&it.actors))).collect(),
            by_message: maintenances.by_message.as_ref().map(|it| (it.clone(), actors(&it.actors))),
        }
    }

    /// Whether no change can lie in any.
    fn is_empty(&self) -> bool {
        self.declared.is_empty() && self.by_message.is_none()
    }

    fn of_policies(&self, asked: &Asked<'_>, record: &Record<'_>) -> Option<String> {
        self.fitting(asked, record).next().map(|it| it.name.clone())
    }

    fn fitting(
        &self,
        asked: &Asked<'_>,
        record: &Record<'_>,
    ) -> impl Iterator<Item = &Maintenance> {
        let fits = move |(it, actors): &&(Maintenance, BTreeSet<Reference>)| {
            holds(it, actors, asked.actor, asked.table, asked.time)
                && it.scope.operations.contains(&asked.operation)
                && keeps_to(record, &it.scope.columns)
        };
        self.declared.iter().filter(fits).map(|(it, _)| it)
    }

    /// The envelope that a schema change lies in.
    pub fn of_schema(&self, change: &SchemaChange, time: Timestamp) -> Option<String> {
        let actor = change.actor()?;
        let fits = |(it, actors): &&(Maintenance, BTreeSet<Reference>)| {
            it.scope.schema && holds(it, actors, actor, &change.table, time)
        };
        self.declared.iter().find(fits).map(|(it, _)| it.name.clone())
    }

    /// Whether any is declared by the policies.
    pub fn are_declared(&self) -> bool {
        !self.declared.is_empty()
    }

    /// Whether a change of a transaction that is still open lies in an envelope, as far as is known.
    pub fn may_hold(&self, record: &Record<'_>, actor: Reference, time: Timestamp) -> bool {
        let operation = record.change.operation.kind();
        let asked = Asked { table: &record.change.table.name, operation, actor, time };
        self.of_policies(&asked, record).is_some()
    }

    /// Until when work goes on that a change of this actor's belongs to, so that what it needs may still
    /// follow: in an envelope that was not exceeded, and for [`MAINTENANCE_FOLLOW_UP`] at most.
    fn until(
        &self,
        record: &Record<'_>,
        (actor, time): (Reference, Timestamp),
        state: &State<'_>,
    ) -> Result<Option<Timestamp>, Fault> {
        let operation = record.change.operation.kind();
        let asked = Asked { table: &record.change.table.name, operation, actor, time };
        let mut last = None;
        for it in self.fitting(&asked, record) {
            if !declared::is_exceeded(state, it)? {
                last = last.max(Some(it.until));
            }
        }
        Ok(last.map(|until| until.min(time + MAINTENANCE_FOLLOW_UP)))
    }
}

fn holds(
    maintenance: &Maintenance,
    actors: &BTreeSet<Reference>,
    actor: Reference,
    table: &TableName,
    time: Timestamp,
) -> bool {
    maintenance.from.is_none_or(|from| time >= from)
        && time < maintenance.until
        && actors.contains(&actor)
        && maintenance.scope.tables.contains(table)
}

/// Whether an update changes no other columns than these and the one that names its actor. Where it is
/// not known what it changed, it does not.
fn keeps_to(record: &Record<'_>, columns: &BTreeSet<String>) -> bool {
    if columns.is_empty() || record.change.operation.kind() != OperationKind::Update {
        return true;
    }
    let named = record.change.table.columns.iter().enumerate();
    let mut others = named.filter(|(_, column)| {
        !columns.contains(&column.name) && record.mapping.actor.as_ref() != Some(&column.name)
    });
    others.all(|(index, _)| record.changed(index) == Some(false))
}

/// A declaration as a message writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    tables: Vec<String>,
    operations: BTreeSet<OperationKind>,
    #[serde(default)]
    columns: BTreeSet<String>,
    rows: u64,
    until: Option<String>,
}

impl Declaration {
    fn envelope(self, actors: &BTreeSet<Reference>) -> Option<Envelope> {
        let tables: Option<_> = self.tables.iter().map(|name| name.parse().ok()).collect();
        let until = match self.until {
            Some(text) => Timestamp::parse(&text)?,
            None => Timestamp(i64::MAX),
        };
        let Declaration { operations, columns, rows, .. } = self;
        let actors = actors.clone();
        Some(Envelope { actors, tables: tables?, operations, columns, rows, until })
    }
}

impl Deciding<'_> {
    /// A transaction declares an envelope for itself.
    pub(super) fn declare(&mut self, message: &Message) {
        let Some((allowed, actors)) = &self.engine.envelopes.by_message else {
            self.tally.speak(None, 0);
            return;
        };
        let declared: Option<Declaration> = serde_json::from_slice(&message.content).ok();
        let envelope = declared.and_then(|it| it.envelope(actors));
        self.tally.speak(envelope, allowed.rows);
    }

    /// Until when declared work goes on that a change belongs to.
    pub(super) fn work_until(
        &self,
        record: &Record<'_>,
        change: &Circumstances,
    ) -> Result<Option<Timestamp>, Fault> {
        let envelopes = &self.engine.envelopes;
        match change.actor.filter(|_| envelopes.are_declared()) {
            Some(actor) => envelopes.until(record, (actor, change.stamp.time), &self.state),
            None => Ok(None),
        }
    }

    /// The envelope that a change lies in.
    pub(super) fn envelope(
        &self,
        change: &Classified<'_>,
        touch: &Touch,
        time: Timestamp,
    ) -> Option<String> {
        let envelopes = &self.engine.envelopes;
        if envelopes.is_empty() {
            return None;
        }
        let record = change.record();
        let (table, operation) = (&touch.table, touch.operation);
        let asked = Asked { table, operation, actor: touch.actor?, time };
        envelopes.of_policies(&asked, record).or_else(|| {
            self.tally.spoken(|it| {
                time < it.until
                    && it.actors.contains(&asked.actor)
                    && it.tables.contains(table)
                    && it.operations.contains(&operation)
                    && keeps_to(record, &it.columns)
            })
        })
    }

    /// The transaction has ended for the tripwires: tells what became of its envelopes, and the
    /// statistics which of them hold.
    pub(super) fn settle_maintenance(&mut self) {
        let held = self.tally.held();
        self.watch.excuse(&held.within);
        for (sum, rows) in self.counts.maintenance_rows.iter_mut().zip(held.rows) {
            *sum += rows;
        }
        let position = self.position();
        for (number, told) in held.told.into_iter().enumerate() {
            let (position, number) = (position.to_string(), number.to_string());
            let id = self.identify(&["maintenance", &position, &number]);
            self.tell_maintenance(id, told);
        }
    }

    /// Other policies are in force.
    pub(super) fn forget_maintenance(&mut self) -> Result<(), Fault> {
        let declared = self.engine.envelopes.declared.iter().map(|(it, _)| it.name.as_str());
        declared::forget_others(&mut self.state, declared)
    }

    /// Announces each envelope that was used and whose time is over, once.
    pub(super) fn tell_maintenance_over(&mut self) -> Result<(), Fault> {
        let (engine, now) = (self.engine, self.now);
        let declared = engine.envelopes.declared.iter().map(|(it, _)| it);
        for maintenance in declared.filter(|it| it.until <= now) {
            if let Some(told) = declared::end(&mut self.state, maintenance)? {
                let until = maintenance.until.to_string();
                let id = self.identify(&["maintenance over", &maintenance.name, &until]);
                self.tell_maintenance(id, told);
            }
        }
        Ok(())
    }

    fn tell_maintenance(&mut self, id: uuid::Uuid, told: Told) {
        let Told { maintenance, news, rows, declared_rows } = told;
        self.tell_policies(id, PolicyEvent::Maintenance { maintenance, news, rows, declared_rows });
    }
}
