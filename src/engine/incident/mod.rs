//! From signals to incidents: one per act (`act.rs`), with a severity, a clock and true numbers.
//!
//! An alarm is edge-triggered: while an incident is open, further signals add to it and only what
//! matters is published again, so that one act is one incident and not a stream of alarms. The
//! data that belong together are those about the same data subjects: a deletion of contacts and
//! the notes that go along by cascade are one incident.
//!
//! What was told before its commit ([`alarm`]) and what the detectors see at the commit is one
//! incident as well: it goes on under the id that was told first.

mod act;
mod agenda;
pub mod alarm;
pub mod case;
mod counts;
mod record;
mod severity;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use self::act::Act;
use self::agenda::Due;
use self::alarm::Alarm;
use self::record::Record;
use super::detect::Signal;
use super::state::State;
use crate::model::{BreachType, Code, Emission, Fault, Incident, Reference, TableName, Timestamp};
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
    mut signals: Vec<Signal>,
    alarms: Vec<Alarm>,
    settled: Timestamp,
    now: Timestamp,
) -> Result<Vec<Emission>, Fault> {
    let mut emissions = advance(state, now)?;
    let mut loaded: BTreeMap<Vec<u8>, Record> = BTreeMap::new();
    // What explains most opens the incident.
    signals.sort_by_key(|signal| std::cmp::Reverse(Act::rank(signal.code)));
    let mut found = Vec::new();
    for signal in signals {
        let act = act_of(policies, &signal);
        let parts = act.of_each(&signal);
        let key = act::find(state, &mut loaded, (&act, &parts), &signal, now)?;
        found.push((key, act, signal));
    }
    // One that is running goes before one that the transaction would open.
    let mut home = found.iter().find_map(|(key, ..)| key.clone());
    let mut opened: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut grown: BTreeSet<Vec<u8>> = BTreeSet::new();
    for (own, act, signal) in found {
        let near = match (&own, &home) {
            (None, Some(key)) => act::takes(state, &loaded[key], &act, now)?.then(|| key.clone()),
            _ => None,
        };
        let key = match own.or(near) {
            Some(key) => {
                act::link(state, &act, &key, false)?;
                key
            }
            None => {
                let id = identity(source, &signal, &act.class);
                let key = [OPEN, id.as_bytes()].concat();
                act::link(state, &act, &key, true)?;
                loaded.insert(key.clone(), Record::open(id, &signal, now, &policies.digest));
                opened.insert(key.clone());
                key
            }
        };
        if let Some(record) = loaded.get_mut(&key) {
            let parts = act.of_each(&signal);
            record.join(act, &signal, now);
            for part in parts {
                if record.takes_part(&part) {
                    act::link(state, &part, &key, false)?;
                }
            }
        }
        home = home.or_else(|| Some(key.clone()));
        grown.insert(key);
    }
    let (mut grown, idle): (BTreeMap<_, _>, BTreeMap<_, _>) =
        loaded.into_iter().partition(|(key, _)| grown.contains(key));
    idle.into_iter().for_each(|(key, record)| state.hold(key, record));
    emissions.extend(alarm::commit(state, alarms, &mut grown, &opened, settled)?);
    for (key, mut record) in grown {
        if record.is_news() {
            emissions.push(publish(state, &mut record)?);
        }
        if let Some(look) = record.sooner() {
            agenda::schedule(state, look, &Due::Quiet(key.clone()))?;
        }
        state.hold(key, record);
    }
    Ok(emissions)
}

fn act_of(policies: &Policies, signal: &Signal) -> Act {
    let class = data_class(policies, &signal.table).clone();
    Act { code: signal.code, breach: signal.breach, actor: signal.actor, class }
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
                if !record.is_looked_at(now) {
                    continue;
                }
                if record.has_settled(now) || (record.is_outdated() && now >= record.quiet()) {
                    emissions.push(publish(state, &mut record)?);
                }
                if now < record.quiet() {
                    if let Some(look) = record.sooner() {
                        agenda::schedule(state, look, &Due::Quiet(key.clone()))?;
                    }
                    state.write(key, &record);
                    continue;
                }
                act::unlink(state, &record, &key)?;
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

/// Whether an incident that is running collects signals of this code about this actor and kind of data
/// subject.
pub fn is_open(
    state: &State,
    (code, breach): (Code, BreachType),
    actor: Option<Reference>,
    class: &TableName,
    now: Timestamp,
) -> Result<bool, Fault> {
    act::running(state, &Act { code, breach, actor, class: class.clone() }, now)
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
