//! From signals to incidents: one per code, actor and kind of data subject, with a severity, a
//! clock and true numbers.
//!
//! An alarm is edge-triggered: while an incident is open, further signals add to it and only what
//! matters is published again, so that one act is one incident and not a stream of alarms. The
//! data that belong together are those about the same data subjects: a deletion of contacts and
//! the notes that go along by cascade are one incident.
//!
//! What was told before its commit ([`alarm`]) and what the detectors see at the commit is one
//! incident as well: it goes on under the id that was told first.

mod agenda;
pub mod alarm;
pub mod case;
mod record;
mod severity;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use self::agenda::Due;
use self::alarm::Alarm;
use self::record::Record;
use super::detect::Signal;
use super::state::State;
use crate::model::{Code, Emission, Fault, Incident, Reference, TableName, Timestamp};
use crate::policy::{Policies, SubjectMapping};

const OPEN: &[u8] = b"incident/open/";
const CLOCK: &[u8] = b"incident/clock/";
const CLOCK_END: &[u8] = b"incident/clock0";

/// Adds the signals of one transaction to their incidents, opening new ones where there is none.
///
/// `source` is the CloudEvents source, so that two databases never share an incident's id; `now`
/// is stream time. What had fallen due by then comes first, as from [`advance`]. `alarms` are those
/// that were raised of this transaction before its commit, at `settled` by the server's clock.
pub fn correlate(
    state: &mut State,
    policies: &Policies,
    source: &str,
    signals: Vec<Signal>,
    alarms: Vec<Alarm>,
    settled: Timestamp,
    now: Timestamp,
) -> Result<Vec<Emission>, Fault> {
    let mut emissions = advance(state, now)?;
    let mut opened: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut grown: BTreeMap<Vec<u8>, Record> = BTreeMap::new();
    for signal in signals {
        let class = data_class(policies, &signal.table);
        let key = key(signal.code, signal.actor, class);
        let record = match grown.remove(&key) {
            Some(record) => Some(record),
            None => state.take::<Record>(&key)?,
        };
        let record = match record {
            Some(mut record) => {
                record.add(&signal, now);
                record
            }
            None => match taken_over(state, &mut grown, &signal, class)? {
                Some(mut record) => {
                    record.escalate(&signal, now);
                    agenda::schedule(state, record.quiet(), &Due::Quiet(key.clone()))?;
                    record
                }
                None => {
                    opened.insert(key.clone());
                    let id = identity(source, &signal, class);
                    Record::open(id, &signal, now, &policies.digest)
                }
            },
        };
        grown.insert(key, record);
    }
    emissions.extend(alarm::commit(state, alarms, &mut grown, &opened, settled)?);
    for (key, mut record) in grown {
        if opened.contains(&key) {
            agenda::schedule(state, record.quiet(), &Due::Quiet(key.clone()))?;
        }
        if record.is_news() {
            emissions.push(publish(state, &mut record)?);
        }
        state.hold(key, record);
    }
    Ok(emissions)
}

/// The incident that statistics opened about the same act, which goes on under the tripwire's code: one
/// act is one incident.
fn taken_over(
    state: &mut State,
    grown: &mut BTreeMap<Vec<u8>, Record>,
    signal: &Signal,
    class: &TableName,
) -> Result<Option<Record>, Fault> {
    if signal.code == Code::SEC_009 || signal.actor.is_none() {
        return Ok(None);
    }
    let key = key(Code::SEC_009, signal.actor, class);
    if let Some(record) = grown.remove(&key) {
        return Ok(Some(record));
    }
    let record = state.take::<Record>(&key)?;
    if record.is_some() {
        state.remove(key);
    }
    Ok(record)
}

/// Stream time has moved on: says the final numbers of incidents that have gone quiet. To be
/// called with every commit and every keepalive; costs one small read when nothing is due.
pub fn advance(state: &mut State, now: Timestamp) -> Result<Vec<Emission>, Fault> {
    let mut emissions = Vec::new();
    while let Some(due) = agenda::take(state, now)? {
        match due {
            Due::Deadline(clock) => {
                let incident = state.read::<Incident>(&clock)?;
                // Somebody may have taken it up meanwhile.
                if !incident.is_some_and(|incident| incident.is_running(now)) {
                    state.remove(clock);
                }
            }
            Due::Case(key) => case::reach(state, key, now)?,
            Due::Quiet(key) => {
                let Some(mut record) = state.read::<Record>(&key)? else { continue };
                if now < record.quiet() {
                    agenda::schedule(state, record.quiet(), &Due::Quiet(key))?;
                    continue;
                }
                if record.is_outdated() {
                    emissions.push(publish(state, &mut record)?);
                }
                state.remove(key);
            }
            Due::Alarm(key) => emissions.extend(alarm::reach(state, key, now)?),
        }
    }
    Ok(emissions)
}

/// The incidents whose time for notification is still running, as of their last events, in the
/// order of their deadlines. What a dashboard shows after a restart.
pub fn running(state: &State) -> Result<Vec<Incident>, Fault> {
    let records = state.all(CLOCK, CLOCK_END)?;
    Ok(records.into_iter().map(|(_, incident)| incident).collect())
}

fn publish(state: &mut State, record: &mut Record) -> Result<Emission, Fault> {
    announce(state, record.publish())
}

/// An incident's event, and its place among those whose time is running.
fn announce(state: &mut State, mut incident: Incident) -> Result<Emission, Fault> {
    let opened = incident.version == 1;
    let clock = clock(&incident);
    case::file(state, &mut incident)?;
    if opened {
        agenda::schedule(state, incident.deadline, &Due::Deadline(clock.clone()))?;
    }
    if opened || state.read::<Incident>(&clock)?.is_some() {
        state.write(clock, &incident);
    }
    Ok(Emission::Incident(Box::new(incident)))
}

/// Where an incident lies while its time is running.
fn clock(incident: &Incident) -> Vec<u8> {
    [CLOCK, &incident.deadline.sortable(), incident.id.as_bytes()].concat()
}

/// Whose data a table holds: the table of the data subjects it is about, or itself.
pub fn data_class<'a>(policies: &'a Policies, table: &'a TableName) -> &'a TableName {
    match policies.pack.tables.get(table).and_then(|mapping| mapping.subject.as_ref()) {
        Some(SubjectMapping::About { table, .. }) => table,
        Some(SubjectMapping::AboutThrough { people, .. }) if people.len() == 1 => {
            people.first().unwrap_or(table)
        }
        Some(
            SubjectMapping::Itself { .. }
            | SubjectMapping::AboutOneOf { .. }
            | SubjectMapping::AboutThrough { .. },
        )
        | None => table,
    }
}

/// Whether an incident collects signals of this code about this actor and kind of data subject.
pub fn is_open(
    state: &State,
    code: Code,
    actor: Option<Reference>,
    class: &TableName,
) -> Result<bool, Fault> {
    Ok(state.read::<Record>(&key(code, actor, class))?.is_some())
}

/// Where the incident lies that signals belong to.
fn key(code: Code, actor: Option<Reference>, class: &TableName) -> Vec<u8> {
    let name = postcard::to_stdvec(&(code, actor, class));
    [OPEN, &name.expect("records of the engine serialise")].concat()
}

/// The same stream gives the same id, whatever the batches and however often it is replayed.
fn identity(source: &str, signal: &Signal, class: &TableName) -> Uuid {
    let actor = signal.actor.map_or("unknown".to_owned(), |actor| actor.to_string());
    let name =
        format!("incident\n{source}\n{}\n{actor}\n{class}\n{}", signal.code, signal.extent.first);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

#[cfg(test)]
mod case_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod tests;
