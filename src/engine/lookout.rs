//! Transactions that are still open: an alarm need not wait for their commit.
//!
//! What an open transaction has touched ([`Open`]) and the alarms it has raised
//! (`incident::alarm`) are records of the engine's memory like everything else, so
//! that a cut changes nothing. They take no part in what is decided: at its commit the transaction
//! is judged whole, as if nothing had been told before. While nothing is open, all of this costs
//! two empty lists in the record of progress.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::classified::Touched;
use super::decide::Deciding;
use super::detect::lookout::{Added, Open};
use super::detect::{Touch, soft_deletion};
use super::incident::alarm::{self, Alarm, Name, Sighting};
use super::keys;
use super::pseudonym::Pseudonymizer;
use super::record::Record;
use super::state::State;
use crate::model::{
    Change, Code, ColumnVerdict, Emission, Fault, News, Operation, OperationKind, Position, Table,
    Uncommitted, limits,
};
use crate::policy::{PermissionMapping, TableMapping};

/// Which transactions are looked at, in the order in which they were first seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watched {
    /// Of these there is a record of what they have touched.
    open: Vec<Name>,
    /// These have raised an alarm whose end is still to come.
    alarmed: Vec<Name>,
}

impl Watched {
    /// All of them, each once.
    pub fn all(mut self) -> Vec<Name> {
        self.open.append(&mut self.alarmed);
        self.open.sort_unstable();
        self.open.dedup();
        self.open
    }
}

/// What this batch has used of open transactions.
#[derive(Default)]
pub(super) struct Lookout<'e> {
    held: BTreeMap<Name, Open>,
    /// What the tables mean; valid until a decided change alters the data map.
    meanings: Vec<Rc<Meaning<'e>>>,
}

impl Lookout<'_> {
    /// The data map is about to change.
    pub fn forget_meanings(&mut self) {
        self.meanings.clear();
    }

    /// The end of the batch: writes what must survive it.
    pub fn store(self, state: &mut State) {
        for (name, open) in self.held {
            state.write(keys::open(name.xid, name.first), &open);
        }
    }
}

/// What a table means, for as long as the data map stays as it is.
struct Meaning<'e> {
    table: Arc<Table>,
    /// `None` when the table has nothing to do with people.
    personal: Option<(&'e TableMapping, Vec<ColumnVerdict>)>,
}

static NO_MAPPING: std::sync::LazyLock<TableMapping> =
    std::sync::LazyLock::new(TableMapping::default);

impl<'e> Deciding<'e> {
    /// Takes news of an open transaction.
    pub(super) fn uncommitted(&mut self, told: &Uncommitted) -> Result<(), Fault> {
        let name = Name { xid: told.xid, first: told.first };
        match &told.news {
            News::Change { part, table, operation } => {
                self.sighted(name, told, *part, table, operation)
            }
            News::Backend(backend) => {
                if self.watched().open.contains(&name) {
                    self.held(name)?.backend = Some(backend.clone());
                }
                let news = alarm::annotate(&mut self.state, name, |of| {
                    of.backend.replace(backend.clone()).as_ref() != Some(backend)
                });
                self.emit_all(news?);
                Ok(())
            }
            News::Interrupted(interruption) => {
                *self.counts.interruptions.entry(*interruption).or_default() += 1;
                let news = alarm::annotate(&mut self.state, name, |of| {
                    of.interruption = Some(*interruption);
                    true
                });
                self.emit_all(news?);
                Ok(())
            }
            News::Undone { part } => self.undone(name, told, *part),
            News::Aborted => {
                self.drop_open(name);
                let told = alarm::abort(&mut self.state, name)?;
                self.emit_all(told);
                self.watched().alarmed.retain(|known| *known != name);
                Ok(())
            }
            News::Lost => {
                self.drop_open(name);
                alarm::lose(&mut self.state, name, self.now)
            }
        }
    }

    /// The transaction with this id is told whole from here on.
    pub(super) fn no_longer_open(&mut self, xid: u32) {
        let ended: Vec<Name> =
            self.watched().open.iter().copied().filter(|name| name.xid == xid).collect();
        ended.into_iter().for_each(|name| self.drop_open(name));
    }

    /// The alarms that the transaction which commits here has raised before.
    pub(super) fn alarms_of(&mut self, xid: u32, commit: Position) -> Result<Vec<Alarm>, Fault> {
        let of = |name: &Name| name.xid == xid && name.first <= commit.commit;
        let mut alarms = Vec::new();
        for name in self.watched().alarmed.clone().into_iter().filter(of) {
            alarms.extend(alarm::unsettled(&self.state, name)?);
        }
        self.watched().alarmed.retain(|name| !of(name));
        Ok(alarms)
    }

    /// A part of the log was not seen: whatever was open may have ended there. In the log of
    /// `another` system the same id is another transaction.
    pub(super) fn lose_all(&mut self, another: bool) -> Result<(), Fault> {
        for name in self.watched().open.clone() {
            self.drop_open(name);
        }
        for name in self.watched().alarmed.clone() {
            let told = alarm::give_up(&mut self.state, name)?;
            self.emit_all(told);
        }
        if another {
            self.watched().alarmed.clear();
        }
        Ok(())
    }

    /// A row was changed in an open transaction.
    fn sighted(
        &mut self,
        name: Name,
        told: &Uncommitted,
        part: u32,
        table: &Arc<Table>,
        operation: &Operation,
    ) -> Result<(), Fault> {
        // Who adds people alters nobody.
        if operation.kind() == OperationKind::Insert {
            return Ok(());
        }
        let meaning = self.meaning(table)?;
        let Some((mapping, verdicts)) = &meaning.personal else { return Ok(()) };
        let position = Position { commit: name.first, ordinal: 1 };
        let change = Change { position, table: Arc::clone(table), operation: operation.clone() };
        let record = Record { change: &change, mapping, put_back: Some(false) };
        if record.is_test() == Some(true) {
            return Ok(());
        }
        let envelopes = &self.engine.envelopes;
        if envelopes.are_declared()
            && let Some(actor) = record.actor_name()
            && envelopes.may_hold(&record, self.engine.pseudonyms.actor(actor), told.time)
        {
            return Ok(());
        }
        if !self.make_room(name)? {
            self.counts.evicted_series += 1;
            return Ok(());
        }
        let engine = self.engine;
        let open = self.held(name)?;
        if let Some(actor) = record.actor_name() {
            let counted = engine.pseudonyms.counted(&[b"actor", actor]);
            open.acted(counted, || engine.pseudonyms.actor(actor));
        }
        let (touch, erased) = touch(&record, verdicts, &engine.pseudonyms);
        match open.add(part, &touch, erased, &engine.policies.detection) {
            Added::Nothing => Ok(()),
            Added::Overflow => {
                self.counts.evicted_series += 1;
                Ok(())
            }
            Added::Look(code) => self.look(name, told, code),
        }
    }

    /// A subtransaction was rolled back.
    fn undone(&mut self, name: Name, told: &Uncommitted, part: u32) -> Result<(), Fault> {
        if !self.watched().open.contains(&name) {
            return Ok(());
        }
        for code in self.held(name)?.undo(part) {
            self.look(name, told, code)?;
        }
        Ok(())
    }

    /// Looks at what was seen under a code, and tells what is new.
    fn look(&mut self, name: Name, told: &Uncommitted, code: Code) -> Result<(), Fault> {
        let mut open = self.lookout.held.remove(&name).unwrap_or_else(|| Open::new(name.xid));
        let rows = |table: &_| self.tally.rows(&self.state, table);
        let detection = &self.engine.policies.detection;
        let observed = open.observe(code, detection, &rows, told.time)?;
        let sighting = Sighting {
            name,
            backend: open.backend.as_ref(),
            time: told.time,
            source: &self.engine.system,
            policy_digest: &self.engine.policies.digest,
        };
        let news = alarm::observe(&mut self.state, code, &observed, &sighting)?;
        self.lookout.held.insert(name, open);
        if news.is_some() && !self.watched().alarmed.contains(&name) {
            self.remember(name)?;
        }
        self.emit_all(news);
        Ok(())
    }

    /// An alarm was raised. Those of which the end is no longer waited for are forgotten.
    fn remember(&mut self, name: Name) -> Result<(), Fault> {
        let mut alarmed = vec![name];
        for known in std::mem::take(&mut self.watched().alarmed) {
            if !alarm::unsettled(&self.state, known)?.is_empty() {
                alarmed.push(known);
            }
        }
        self.watched().alarmed = alarmed;
        Ok(())
    }

    /// Whether a transaction is followed, which it is from now on if there is room.
    fn make_room(&mut self, name: Name) -> Result<bool, Fault> {
        let watched = self.watched();
        if watched.open.contains(&name) {
            return Ok(true);
        }
        if watched.open.len() >= limits::OPEN_TRANSACTIONS {
            return Ok(false);
        }
        watched.open.push(name);
        let again = watched.alarmed.contains(&name);
        self.lookout.held.insert(name, Open::new(name.xid));
        if again {
            let told = alarm::regain(&mut self.state, name)?;
            self.emit_all(told);
        }
        Ok(true)
    }

    /// What a followed transaction has touched so far.
    fn held(&mut self, name: Name) -> Result<&mut Open, Fault> {
        match self.lookout.held.entry(name) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(place) => {
                let stored = self.state.read(&keys::open(name.xid, name.first))?;
                Ok(place.insert(stored.unwrap_or_else(|| Open::new(name.xid))))
            }
        }
    }

    fn drop_open(&mut self, name: Name) {
        self.lookout.held.remove(&name);
        if self.watched().open.contains(&name) {
            self.watched().open.retain(|known| *known != name);
            self.state.remove(keys::open(name.xid, name.first));
        }
    }

    fn emit_all(&mut self, emissions: impl IntoIterator<Item = Emission>) {
        emissions.into_iter().for_each(|emission| self.emit(emission));
    }

    /// What a table means by the data map as it stands.
    fn meaning(&mut self, table: &Arc<Table>) -> Result<Rc<Meaning<'e>>, Fault> {
        let known = self.lookout.meanings.iter().find(|known| Arc::ptr_eq(&known.table, table));
        if let Some(known) = known {
            return Ok(Rc::clone(known));
        }
        let mapping = self.engine.policies.pack.tables.get(&table.name).unwrap_or(&NO_MAPPING);
        let profile = self.profile_of(table, mapping)?;
        let personal = mapping.subject.is_some() || profile.is_personal();
        let personal = personal.then(|| (mapping, profile.verdicts().to_vec()));
        let meaning = Rc::new(Meaning { table: Arc::clone(table), personal });
        self.lookout.meanings.push(Rc::clone(&meaning));
        Ok(meaning)
    }
}

/// What the detectors see of the change, and how many personal cells it emptied or removed.
fn touch(
    record: &Record<'_>,
    verdicts: &[ColumnVerdict],
    pseudonyms: &Pseudonymizer,
) -> (Touch, u64) {
    let operation = record.change.operation.kind();
    let touched = Touched::of(record, verdicts);
    let subject = record.subject_key().map(|(table, key)| {
        let (schema, name) = (table.schema.as_bytes(), table.name.as_bytes());
        pseudonyms.counted(&[b"subject", schema, name, key])
    });
    let permissions = &record.mapping.permissions;
    let touch = Touch {
        position: record.change.position,
        table: record.change.table.name.clone(),
        operation,
        about_people: record.mapping.subject.is_some(),
        actor: None,
        subject,
        categories: touched.categories,
        reversible: touched.reversible,
        // Whether consent was there before stands in the ledger: it is left to the commit.
        permission_granted: !permissions.is_empty(),
        own_act: permissions.iter().any(|permission| is_proven(record, permission)),
        signs: soft_deletion::sign(record).into_iter().collect(),
        moves: Vec::new(),
    };
    let counted = operation != OperationKind::Truncate;
    (touch, if counted { touched.erased } else { 0 })
}

/// Whether the change brings evidence of the data subject's own act.
fn is_proven(record: &Record<'_>, permission: &PermissionMapping) -> bool {
    let evidence = &permission.evidence;
    let fresh = evidence.iter().any(|it| record.altered(&it.column) == Some(true));
    fresh && record.holds(evidence) == Some(true)
}
