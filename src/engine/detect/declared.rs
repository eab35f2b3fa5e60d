//! Changes that lie in an envelope of declared maintenance, kept apart until it is known whether it
//! holds.
//!
//! An envelope holds as long as no more rows are touched than were declared. What it held back is not
//! forgotten: when it is exceeded, everything that was done under it counts, as if nothing had ever been
//! declared.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::tally::TableTally;
use crate::engine::state::State;
use crate::model::{
    Fault, MaintenanceNews, OperationKind, Reference, TableName, Timestamp, limits,
};
use crate::policy::{Maintenance, Policies};

const PARTS: &[u8] = b"5p";
const PARTS_END: &[u8] = b"5q";
const SPOKEN: &[u8] = b"5o";
const USED: &[u8] = b"5u";

/// An envelope that a transaction declares for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// By whom.
    pub actors: BTreeSet<Reference>,
    /// In these tables.
    pub tables: BTreeSet<TableName>,
    /// These operations.
    pub operations: BTreeSet<OperationKind>,
    /// The columns that an update may change; empty: all.
    pub columns: BTreeSet<String>,
    /// So many rows.
    pub rows: u64,
    /// The first moment at which it no longer holds.
    pub until: Timestamp,
}

/// What the transaction in progress has declared for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spoken {
    envelopes: Vec<Envelope>,
    refused: bool,
}

/// What of one table lies in an envelope.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Part {
    rows: u64,
    tally: TableTally,
    #[serde(skip)]
    changed: bool,
}

/// What was done under an envelope of the policies so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Used {
    /// Until when it was declared: with another end it is another one.
    until: Timestamp,
    rows: u64,
    exceeded: bool,
    over: bool,
    /// What was held back, by table.
    kept: BTreeMap<TableName, TableTally>,
}

/// Something to be told of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its name; `None` for one that the transaction declared for itself.
    pub maintenance: Option<String>,
    /// What happened.
    pub news: MaintenanceNews,
    /// Rows so far.
    pub rows: u64,
    /// Rows that were declared.
    pub declared_rows: u64,
}

/// What became of the envelopes that a transaction used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Those that hold: what lies in them alarms nobody.
    pub within: BTreeSet<String>,
    /// What is to be told.
    pub told: Vec<Told>,
    /// Rows that stayed within an envelope, and rows that went beyond one.
    pub rows: [u64; 2],
}

/// The memory of one batch.
#[derive(Debug, Default)]
pub(super) struct Declared {
    parts: BTreeMap<(String, TableName), Part>,
    spoken: Spoken,
    stored: BTreeSet<Vec<u8>>,
}

/// The name of the n-th envelope that a transaction declares for itself. No policy has such a name.
fn spoken_name(number: usize) -> String {
    format!("#{number}")
}

impl Declared {
    /// Within a transaction: with what earlier batches left.
    pub fn load(state: &State) -> Result<Self, Fault> {
        let spoken = state.read::<Spoken>(SPOKEN)?;
        let parts = state.all::<((String, TableName), Part)>(PARTS, PARTS_END)?;
        let mut stored: BTreeSet<Vec<u8>> = parts.iter().map(|(key, _)| key.clone()).collect();
        stored.extend(spoken.is_some().then(|| SPOKEN.to_vec()));
        let parts = parts.into_iter().map(|(_, part)| part).collect();
        Ok(Declared { parts, spoken: spoken.unwrap_or_default(), stored })
    }

    /// Whether nothing was declared and nothing lies in an envelope.
    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.spoken == Spoken::default() && self.stored.is_empty()
    }

    /// The transaction declares an envelope for itself, of at most so many rows with all others;
    /// `None` is one that it may not declare. One that is told again is the same.
    pub fn speak(&mut self, envelope: Option<Envelope>, most: u64) {
        let spoken = &mut self.spoken;
        let Some(envelope) = envelope else {
            spoken.refused = true;
            return;
        };
        if spoken.envelopes.contains(&envelope) {
            return;
        }
        let declared =
            spoken.envelopes.iter().fold(envelope.rows, |sum, it| sum.saturating_add(it.rows));
        if declared > most || spoken.envelopes.len() >= limits::MAINTENANCES_BY_MESSAGE {
            spoken.refused = true;
            return;
        }
        spoken.envelopes.push(envelope);
    }

    /// The first envelope of the transaction's own that fits.
    pub fn spoken(&self, fits: impl Fn(&Envelope) -> bool) -> Option<String> {
        self.spoken.envelopes.iter().position(fits).map(spoken_name)
    }

    /// What of a table lies in an envelope, to be added to.
    pub fn part(&mut self, envelope: &str, table: &TableName) -> (&mut u64, &mut TableTally) {
        let part = self.parts.entry((envelope.to_owned(), table.clone())).or_default();
        part.changed = true;
        (&mut part.rows, &mut part.tally)
    }

    /// The transaction ends. What lies in an envelope that does not hold goes to `counted`; `emptied`
    /// says how many rows a table held that was emptied.
    pub fn settle(
        &mut self,
        state: &mut State,
        policies: &Policies,
        mut counted: impl FnMut(TableName, TableTally),
        emptied: impl Fn(&State, &TableName) -> Result<u64, Fault>,
    ) -> Result<Held, Fault> {
        let mut held = Held::default();
        if self.is_empty() {
            return Ok(held);
        }
        let Declared { parts, spoken, .. } = std::mem::take(self).cleared(state);
        if spoken.refused {
            held.told.push(Told::of(None, MaintenanceNews::Refused, (0, 0)));
        }
        let mut envelopes: BTreeMap<String, Vec<(TableName, Part)>> = BTreeMap::new();
        for ((name, table), mut part) in parts {
            if part.tally.is_emptied() {
                part.rows = part.rows.saturating_add(emptied(state, &table)?);
            }
            envelopes.entry(name).or_default().push((table, part));
        }
        for (name, parts) in envelopes {
            let rows = parts.iter().fold(0_u64, |sum, (_, part)| sum.saturating_add(part.rows));
            let tallies = parts.into_iter().map(|(table, part)| (table, part.tally));
            let mut of_policy = policies.maintenances.declared.iter();
            let released = match of_policy.find(|it| it.name == name) {
                Some(maintenance) => {
                    settle_one(state, maintenance, rows, tallies.collect(), &mut held)?
                }
                None => {
                    let own = (0..spoken.envelopes.len()).find(|it| spoken_name(*it) == name);
                    let most = own.map_or(0, |number| spoken.envelopes[number].rows);
                    let within = rows <= most;
                    let news = match within {
                        true => MaintenanceNews::Within,
                        false => MaintenanceNews::Exceeded,
                    };
                    held.told.push(Told::of(None, news, (rows, most)));
                    held.note(name, within, rows);
                    if within { Vec::new() } else { tallies.collect() }
                }
            };
            released.into_iter().for_each(|(table, tally)| counted(table, tally));
        }
        Ok(held)
    }

    /// The transaction will never end: forgets it.
    pub fn abandon(&mut self, state: &mut State) {
        std::mem::take(self).cleared(state);
    }

    fn cleared(self, state: &mut State) -> Self {
        self.stored.iter().for_each(|key| state.remove(key.clone()));
        self
    }

    /// The end of the batch: writes what must survive it.
    pub fn store(&self, state: &mut State) {
        for (name, part) in self.parts.iter().filter(|(_, part)| part.changed) {
            let key = postcard::to_stdvec(name).expect("records of the engine serialise");
            state.write([PARTS, &key].concat(), &(name, part));
        }
        if self.spoken != Spoken::default() {
            state.write(SPOKEN.to_vec(), &self.spoken);
        }
    }
}

impl Told {
    fn of(name: Option<&str>, news: MaintenanceNews, (rows, declared_rows): (u64, u64)) -> Told {
        Told { maintenance: name.map(str::to_owned), news, rows, declared_rows }
    }
}

impl Held {
    fn note(&mut self, name: String, within: bool, rows: u64) {
        self.rows[usize::from(!within)] += rows;
        if within {
            self.within.insert(name);
        }
    }
}

/// A transaction did so much under an envelope of the policies; returns what counts after all.
fn settle_one(
    state: &mut State,
    maintenance: &Maintenance,
    rows: u64,
    tallies: Vec<(TableName, TableTally)>,
    held: &mut Held,
) -> Result<Vec<(TableName, TableTally)>, Fault> {
    let Maintenance { name, until, .. } = maintenance;
    let most = maintenance.scope.rows;
    let known = used(state, maintenance)?;
    let first = known.is_none();
    let mut used = known.unwrap_or_else(|| Used {
        until: *until,
        rows: 0,
        exceeded: false,
        over: false,
        kept: BTreeMap::new(),
    });
    used.rows = used.rows.saturating_add(rows);
    let within = !used.exceeded && used.rows <= most;
    let mut tell = |news| held.told.push(Told::of(Some(name), news, (used.rows, most)));
    if first {
        tell(MaintenanceNews::Begun);
    }
    let mut released = Vec::new();
    match within {
        true => {
            for (table, tally) in tallies {
                used.kept.entry(table).or_default().keep(tally);
            }
        }
        false => {
            if !std::mem::replace(&mut used.exceeded, true) {
                tell(MaintenanceNews::Exceeded);
            }
            released.extend(std::mem::take(&mut used.kept));
            released.extend(tallies);
        }
    }
    held.note(name.clone(), within, rows);
    state.write(used_key(name), &used);
    Ok(released)
}

/// What was done under an envelope as it is declared now.
fn used(state: &State, maintenance: &Maintenance) -> Result<Option<Used>, Fault> {
    let used = state.read::<Used>(&used_key(&maintenance.name))?;
    Ok(used.filter(|used| used.until == maintenance.until))
}

/// Whether more was done under an envelope of the policies than it declares.
pub fn is_exceeded(state: &State, maintenance: &Maintenance) -> Result<bool, Fault> {
    Ok(used(state, maintenance)?.is_some_and(|used| used.exceeded))
}

/// What is to be told, once, of an envelope whose time is over and that was used.
pub fn end(state: &mut State, maintenance: &Maintenance) -> Result<Option<Told>, Fault> {
    let key = used_key(&maintenance.name);
    let known = state.recall::<Used>(&key)?;
    let Some(mut used) = known.filter(|used| used.until == maintenance.until && !used.over) else {
        return Ok(None);
    };
    (used.over, used.kept) = (true, BTreeMap::new());
    state.write(key, &used);
    let rows = (used.rows, maintenance.scope.rows);
    Ok(Some(Told::of(Some(&maintenance.name), MaintenanceNews::Ended, rows)))
}

/// Forgets what was kept of envelopes that are declared no more.
pub fn forget_others<'n>(
    state: &mut State,
    declared: impl Iterator<Item = &'n str>,
) -> Result<(), Fault> {
    let declared: BTreeSet<Vec<u8>> = declared.map(used_key).collect();
    let end = [USED, &[0xFF]].concat();
    for key in state.keys(USED, &end)? {
        if !declared.contains(&key) {
            state.remove(key);
        }
    }
    Ok(())
}

fn used_key(name: &str) -> Vec<u8> {
    [USED, name.as_bytes()].concat()
}
