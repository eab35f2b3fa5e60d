//! Alarms before the commit: incidents that are provisional until their transaction ends.
//!
//! An alarm is a record of its own, so that a restart can still settle it, and it is remembered
//! until its deadline, so that a transaction that is told again alarms nobody twice. At the commit
//! the detectors see the transaction whole. Who reads 400 alerts wants one for one act, so
//!
//! - the incident that they open goes on under the alarm's id, with its clock;
//! - when such an incident is running already, the alarm is closed and names it;
//! - when they see nothing (what was counted turned out to be test records), the alarm stands as it
//!   was last counted, and says that it was committed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::agenda::{self, Due};
use super::record::Record;
use super::{announce, clock, publish};
use crate::engine::detect::lookout::Observed;
use crate::engine::state::State;
use crate::model::{
    Activity, Affected, Backend, Code, Emission, Fault, Incident, IncidentState, Lsn,
    OpenTransaction, Sensitivity, Timestamp, limits,
};

const ALARMS: &[u8] = b"incident/alarm/";

/// The codes that may be told before a commit.
pub const CODES: [Code; 2] = [Code::SEC_001, Code::SEC_002];

/// A transaction by what names it for good, also after its id has been used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    /// Its id.
    pub xid: u32,
    /// Where its first change lies in the log.
    pub first: Lsn,
}

/// An alarm, as of its last event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    name: Name,
    incident: Incident,
    /// Expected and observed, without what became of it.
    reason: String,
    /// Since when it is out of sight.
    lost: Option<Timestamp>,
    /// Where the incident lies that goes on under its id.
    heir: Option<Vec<u8>>,
}

impl Alarm {
    /// The alarm of a transaction under a code.
    fn find(state: &State, name: Name, code: Code) -> Result<Option<Alarm>, Fault> {
        state.read(&key(name, code))
    }

    /// Its next event, in this state.
    fn tell(&mut self, state: &mut State, stands: IncidentState) -> Result<Emission, Fault> {
        let incident = &mut self.incident;
        let continued = incident.transaction.as_ref().and_then(|of| of.continued_by).is_some();
        let closed = stands == IncidentState::Aborted || continued;
        incident.state = stands;
        incident.version += 1;
        incident.activity = match incident.version {
            _ if closed => Activity::Close,
            1 => Activity::Create,
            _ => Activity::Update,
        };
        incident.reason = format!("{}{}", self.reason, outcome(stands));
        self.store(state);
        let told = announce(state, self.incident.clone())?;
        if closed {
            state.remove(clock(&self.incident));
        }
        Ok(told)
    }

    fn store(&self, state: &mut State) {
        state.write(key(self.name, self.incident.code), self);
    }
}

/// What became of an alarm, in words.
fn outcome(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Open | IncidentState::Provisional => "",
        IncidentState::Committed => "; it committed",
        IncidentState::Aborted => "; it was rolled back",
        IncidentState::Unknown => "; whether it committed was not seen",
    }
}

/// What is known of a transaction when an alarm is raised or grows.
pub struct Sighting<'a> {
    /// What names it.
    pub name: Name,
    /// Whose it is.
    pub backend: Option<&'a Backend>,
    /// The server's clock.
    pub time: Timestamp,
    /// CloudEvents source, so that two databases never share an id.
    pub source: &'a str,
    /// Digest of the policies in force.
    pub policy_digest: &'a str,
}

/// Raises an alarm, or tells that it has become twice as large, half as large by a rollback to a
/// savepoint, or more severe. A transaction that is told again after a lost connection tells
/// nothing before it is beyond what was told.
pub fn observe(
    state: &mut State,
    code: Code,
    observed: &Observed,
    sighting: &Sighting<'_>,
) -> Result<Option<Emission>, Fault> {
    let incident = describe(code, observed, sighting);
    let Some(mut alarm) = Alarm::find(state, sighting.name, code)? else {
        let Some(incident) = incident.filter(|_| observed.crossed) else { return Ok(None) };
        let (name, reason) = (sighting.name, incident.reason.clone());
        let mut alarm = Alarm { name, incident, reason, lost: None, heir: None };
        let due = Due::Alarm(key(name, code));
        agenda::schedule(state, alarm.incident.deadline, &due)?;
        return alarm.tell(state, IncidentState::Provisional).map(Some);
    };
    if !alarm.incident.state.is_unsettled() {
        return Ok(None);
    }
    let told = alarm.incident.affected.records;
    let records = incident.as_ref().map_or(0, |incident| incident.affected.records);
    let band = incident.as_ref().map(|incident| incident.score.band());
    let grown = records > told && records >= told.saturating_mul(2);
    let shrunk = observed.peak >= told && records < told && records.saturating_mul(2) <= told;
    if !grown && !shrunk && band <= Some(alarm.incident.score.band()) {
        return Ok(None);
    }
    update(&mut alarm, incident);
    alarm.tell(state, IncidentState::Provisional).map(Some)
}

/// As if it were told for the first time; `None` when nothing is left of it.
fn describe(code: Code, observed: &Observed, sighting: &Sighting<'_>) -> Option<Incident> {
    let Sighting { name, time, source, policy_digest, .. } = *sighting;
    let (first, more) = observed.signals.split_first()?;
    let mut record = Record::open(identity(source, name, code), first, time, policy_digest);
    record.add(first, time);
    more.iter().for_each(|signal| record.add(signal, time));
    let mut incident = record.incident().clone();
    let special = incident.affected.cells.iter().filter(|count| {
        matches!(count.category.sensitivity(), Sensitivity::Special | Sensitivity::Criminal)
    });
    incident.transaction = Some(OpenTransaction {
        xid: name.xid,
        first: name.first,
        backend: sighting.backend.cloned(),
        erased_cells: observed.erased,
        special_cells: special.map(|count| count.cells).sum(),
        interruption: None,
        committed: None,
        continued_by: None,
    });
    Some(incident)
}

/// Puts new numbers in place of those that were told.
fn update(alarm: &mut Alarm, now: Option<Incident>) {
    let told = &mut alarm.incident;
    let Some(now) = now else {
        told.affected =
            Affected { subjects: None, records: 0, cells: Vec::new(), ..told.affected.clone() };
        alarm.reason = "all of it was taken back by a rollback to a savepoint".to_owned();
        return;
    };
    alarm.reason = now.reason;
    told.score = now.score;
    told.affected = now.affected;
    told.actor = now.actor;
    told.last = told.last.max(now.last);
    told.latest = told.latest.max(now.latest);
    if let (Some(told), Some(now)) = (&mut told.transaction, now.transaction) {
        (told.erased_cells, told.special_cells) = (now.erased_cells, now.special_cells);
    }
}

/// Adds to what is known of the transaction, also after its end: the server's answers may be late.
/// `add` says whether it was new.
pub fn annotate(
    state: &mut State,
    name: Name,
    add: impl Fn(&mut OpenTransaction) -> bool,
) -> Result<Vec<Emission>, Fault> {
    let mut emissions = Vec::new();
    for code in CODES {
        let Some(mut alarm) = Alarm::find(state, name, code)? else { continue };
        let Some(transaction) = &mut alarm.incident.transaction else { continue };
        if !add(transaction) {
            continue;
        }
        let Some(heir) = &alarm.heir else {
            let unchanged = alarm.incident.state;
            emissions.push(alarm.tell(state, unchanged)?);
            continue;
        };
        let running = state.read::<Record>(heir)?;
        let same = running.filter(|record| record.incident().id == alarm.incident.id);
        if let Some(mut record) = same {
            record.add_to_transaction(&add);
            emissions.push(publish(state, &mut record)?);
            state.write(heir.clone(), &record);
            alarm.store(state);
        }
    }
    Ok(emissions)
}

/// The transaction was rolled back.
pub fn abort(state: &mut State, name: Name) -> Result<Vec<Emission>, Fault> {
    settle(state, name, IncidentState::Aborted)
}

/// The part of the log in which the transaction may have ended was not seen.
pub fn give_up(state: &mut State, name: Name) -> Result<Vec<Emission>, Fault> {
    settle(state, name, IncidentState::Unknown)
}

fn settle(state: &mut State, name: Name, end: IncidentState) -> Result<Vec<Emission>, Fault> {
    let mut emissions = Vec::new();
    for mut alarm in unsettled(state, name)? {
        if alarm.incident.state != end {
            emissions.push(alarm.tell(state, end)?);
        }
    }
    Ok(emissions)
}

/// The transaction is out of sight; if it does not show again soon, its end is unknown.
pub fn lose(state: &mut State, name: Name, now: Timestamp) -> Result<(), Fault> {
    for code in CODES {
        let Some(mut alarm) = Alarm::find(state, name, code)? else { continue };
        if alarm.incident.state == IncidentState::Provisional {
            alarm.lost = Some(now);
            alarm.store(state);
            let due = Due::Alarm(key(name, code));
            agenda::schedule(state, now + limits::OPEN_PATIENCE, &due)?;
        }
    }
    Ok(())
}

/// The transaction shows again.
pub fn regain(state: &mut State, name: Name) -> Result<Vec<Emission>, Fault> {
    let mut emissions = Vec::new();
    for mut alarm in unsettled(state, name)? {
        if alarm.lost.take().is_none() {
            continue;
        }
        match alarm.incident.state {
            IncidentState::Unknown => {
                emissions.push(alarm.tell(state, IncidentState::Provisional)?);
            }
            _ => alarm.store(state),
        }
    }
    Ok(emissions)
}

/// The alarms of a transaction whose end is still to come, as far as is known.
pub fn unsettled(state: &State, name: Name) -> Result<Vec<Alarm>, Fault> {
    let found: Result<Vec<Option<Alarm>>, Fault> =
        CODES.iter().map(|code| Alarm::find(state, name, *code)).collect();
    let unsettled = |alarm: &Alarm| alarm.incident.state.is_unsettled();
    Ok(found?.into_iter().flatten().filter(unsettled).collect())
}

/// Settles the alarms of a transaction that commits: see the module. `grown` are the incidents that
/// its signals belong to, `opened` those of them that it opens.
pub(super) fn commit(
    state: &mut State,
    alarms: Vec<Alarm>,
    grown: &mut BTreeMap<Vec<u8>, Record>,
    opened: &BTreeSet<Vec<u8>>,
    time: Timestamp,
) -> Result<Vec<Emission>, Fault> {
    let mut emissions = Vec::new();
    // Each goes on as one alarm; a second alarm of the transaction names it.
    let mut heirs = opened.clone();
    for mut alarm in alarms {
        let code = alarm.incident.code;
        let of_code =
            |(_, record): &(_, &mut Record)| record.incident().codes().any(|it| it == code);
        let mut same = grown.iter_mut().filter(of_code);
        let mut running = None;
        let heir = same.find(|(key, record)| {
            running = running.or(Some(record.incident().id));
            heirs.contains(*key)
        });
        let heir = heir.map(|(key, record)| (key.clone(), record));
        let Some(transaction) = &mut alarm.incident.transaction else { continue };
        transaction.committed = Some(time);
        match heir {
            Some((key, record)) => {
                alarm.incident.state = IncidentState::Committed;
                record.succeed(alarm.incident.clone());
                heirs.remove(&key);
                alarm.heir = Some(key);
                alarm.store(state);
            }
            None => {
                transaction.continued_by = running;
                (alarm.incident.occurred, alarm.incident.latest) = (time, time);
                emissions.push(alarm.tell(state, IncidentState::Committed)?);
            }
        }
    }
    Ok(emissions)
}

/// Some time has come for an alarm: it is out of sight for too long, or its deadline has passed.
pub(super) fn reach(
    state: &mut State,
    key: Vec<u8>,
    now: Timestamp,
) -> Result<Vec<Emission>, Fault> {
    let Some(mut alarm) = state.read::<Alarm>(&key)? else { return Ok(Vec::new()) };
    let provisional = alarm.incident.state == IncidentState::Provisional;
    if provisional && alarm.lost.is_some_and(|lost| now >= lost + limits::OPEN_PATIENCE) {
        return Ok(vec![alarm.tell(state, IncidentState::Unknown)?]);
    }
    if now >= alarm.incident.deadline {
        match provisional {
            true => {
                agenda::schedule(state, now + limits::NOTIFICATION_WINDOW, &Due::Alarm(key))?;
            }
            false => state.remove(key),
        }
    }
    Ok(Vec::new())
}

fn key(name: Name, code: Code) -> Vec<u8> {
    let Name { xid, first } = name;
    [ALARMS, &xid.to_be_bytes(), &first.0.to_be_bytes(), code.text().as_bytes()].concat()
}

/// The same transaction gives the same id, however often it is told.
fn identity(source: &str, name: Name, code: Code) -> Uuid {
    let name = format!("alarm\n{source}\n{}\n{}\n{code}", name.xid, name.first);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}
