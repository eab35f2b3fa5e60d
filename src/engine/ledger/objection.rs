//! Objections. By a request that was granted: from then on nothing is sent to the person for direct marketing
//! (Art. 21(3)), until a newer yes of their own. To profiling (Art. 21(1) and (2)), for as long as a row says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lookup::{Period, stood};
use super::{History, Place, Stamp, Version};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::says;
use crate::engine::state::State;
use crate::model::limits::{OBJECTIONS, VERSIONS_KEPT};
use crate::model::{Evidence, EvidenceRole, Fault, OperationKind, Reference};
use crate::policy::RequestKind;

/// An objection that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// A copy brought it: nobody knows what else the copy brings came before it.
    pub copied: bool,
}

/// What somebody has objected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Direct marketing.
    DirectMarketing,
    /// Profiling.
    Profiling,
}

impl Against {
    /// Where it stands that anybody ever has.
    fn ever(self) -> &'static [u8] {
        match self {
            Against::DirectMarketing => keys::OBJECTED,
            Against::Profiling => keys::UNPROFILED,
        }
    }

    /// Where those of one data subject stand.
    fn of(self, subject: Reference) -> Vec<u8> {
        match self {
            Against::DirectMarketing => keys::objected(subject),
            Against::Profiling => keys::unprofiled(subject),
        }
    }

    fn is_anybody(self, state: &State<'_>) -> Result<bool, Fault> {
        Ok(state.recall::<bool>(self.ever())?.unwrap_or_default())
    }
}

/// Those of one data subject, by the row that says so.
type Objections = BTreeMap<Reference, History<Objection>>;

/// The objections of a data subject that stand, the oldest first.
pub fn objections(
    state: &State<'_>,
    (subject, against): (Reference, Against),
    period: Period,
) -> Result<Vec<Version<Objection>>, Fault> {
    // As long as nobody has objected, nobody is looked for.
    if !against.is_anybody(state)? {
        return Ok(Vec::new());
    }
    let all = state.read::<Objections>(&against.of(subject))?.unwrap_or_default();
    let mut found = Vec::new();
    for history in all.values() {
        found.extend(stood(state, history, period)?.cloned());
    }
    found.sort_by_key(|version| version.stamp.place);
    Ok(found)
}

/// Brings one change of a request into the record of whom it is about; `copied`: a copy brings it.
pub fn note_objection(
    change: &Classified<'_>,
    seen: (Stamp, bool),
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let mapping = &change.record().mapping.request;
    if !mapping.as_ref().is_some_and(|it| it.kind.may_be(&RequestKind::Objection)) {
        return Ok(());
    }
    let objects = objects(change, state, pseudonyms)?;
    note(change, seen, (Against::DirectMarketing, objects), (state, pseudonyms))
}

/// Brings one change of a row that says who has objected to profiling into the record of whom it is about.
pub fn note_unprofiled(
    change: &Classified<'_>,
    seen: (Stamp, bool),
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let record = change.record();
    let mapping = record.mapping.profiling.as_ref().filter(|it| !it.objected.is_empty());
    let Some(mapping) = mapping else { return Ok(()) };
    let objects = match record.change.operation.kind() {
        OperationKind::Delete => Some(false),
        _ => record.holds(&mapping.objected),
    };
    if objects != Some(true) && !Against::Profiling.is_anybody(state)? {
        return Ok(());
    }
    note(change, seen, (Against::Profiling, objects), (state, pseudonyms))
}

/// Writes down what a row says by now; `None`: nothing new.
fn note(
    change: &Classified<'_>,
    (stamp, copied): (Stamp, bool),
    (against, objects): (Against, Option<bool>),
    (state, pseudonyms): (&mut State<'_>, &Pseudonymizer),
) -> Result<(), Fault> {
    let record = change.record();
    let (Some(subject), Some(row)) = (change.subject(), change.row()) else { return Ok(()) };
    let evidence = Evidence {
        role: match against {
            Against::DirectMarketing => EvidenceRole::Request,
            Against::Profiling => EvidenceRole::Permission,
        },
        table: record.change.table.name.clone(),
        row: Some(row),
        position: stamp.place.position,
    };
    let says = |objects: bool| Version {
        says: objects.then_some(Objection { copied }),
        stamp,
        evidence: evidence.clone(),
        again: None,
    };
    let former_row = record.former_row(pseudonyms);
    let former = record.former_subject(pseudonyms).filter(|former| *former != subject);
    if let Some(former) = former {
        alter(state, (former, against), |all, state| {
            let row = former_row.unwrap_or(row);
            let Some(history) = all.remove(&row) else { return Ok(false) };
            let stands = stood(state, &history, Period::Now)?.next().is_some();
            all.insert(row, if stands { append(history, says(false)) } else { history });
            Ok(stands)
        })?;
    }
    alter(state, (subject, against), |all, state| {
        let renamed = former_row.and_then(|former| all.remove(&former));
        let moved = renamed.is_some();
        let history = renamed.or_else(|| all.remove(&row)).unwrap_or_default();
        let stands = stood(state, &history, Period::Now)?.next().is_some();
        let objects = objects.unwrap_or(stands);
        let history = match stands == objects {
            true => history,
            false => append(history, says(objects)),
        };
        if !history.is_empty() {
            all.insert(row, history);
        }
        Ok(moved || stands != objects)
    })
}

/// Whether the row is an objection that was granted; `None` when it says nothing new of it. What was granted
/// is not taken back by being filed away: only by the person, by a refusal, or with its row.
fn objects(
    change: &Classified<'_>,
    state: &State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<Option<bool>, Fault> {
    let record = change.record();
    let Some(request) = &record.mapping.request else { return Ok(None) };
    if record.change.operation.kind() == OperationKind::Delete {
        return Ok(Some(false));
    }
    let kind = record.select(&request.kind, state, pseudonyms)?;
    let taken_back = [&request.rejected, &request.withdrawn].map(|it| says(record, it));
    Ok(match kind {
        Some(RequestKind::Objection) if taken_back.contains(&Some(true)) => Some(false),
        Some(RequestKind::Objection) if taken_back.contains(&None) => None,
        Some(RequestKind::Objection) => says(record, &request.fulfilled).filter(|done| *done),
        Some(_) => Some(false),
        None => None,
    })
}

/// A row that is deleted and written again in one transaction, as when it moves to another partition, is no
/// newer by that.
fn append(mut history: History<Objection>, version: Version<Objection>) -> History<Objection> {
    let transaction = |version: &Version<Objection>| version.stamp.place.transaction();
    let ended = history.last().filter(|last| last.says.is_none()).map(transaction);
    if version.says.is_some() && ended == Some(transaction(&version)) {
        history.pop();
        return history;
    }
    if history.len() == VERSIONS_KEPT {
        history.remove(0);
    }
    history.push(version);
    history
}

/// An erasure removes the objections of before it.
pub(super) fn erase(state: &mut State<'_>, subject: Reference, erased: Place) -> Result<(), Fault> {
    for against in [Against::DirectMarketing, Against::Profiling] {
        alter(state, (subject, against), |all, _| {
            let whole = all.len();
            all.retain(|_, history| history.last().is_some_and(|last| last.stamp.place > erased));
            Ok(all.len() < whole)
        })?;
    }
    Ok(())
}

/// Writes what `change` has changed; of too many the oldest go.
fn alter(
    state: &mut State<'_>,
    (subject, against): (Reference, Against),
    change: impl FnOnce(&mut Objections, &State<'_>) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let key = against.of(subject);
    let known = state.read::<Objections>(&key)?;
    let was_known = known.is_some();
    let mut all = known.unwrap_or_default();
    if !change(&mut all, state)? {
        return Ok(());
    }
    while all.len() > OBJECTIONS {
        let newest = |history: &History<Objection>| history.last().map(|last| last.stamp.place);
        let oldest = all.iter().min_by_key(|(_, history)| newest(history)).map(|(row, _)| *row);
        oldest.map(|row| all.remove(&row));
    }
    match all.is_empty() {
        true if was_known => state.remove(key),
        true => {}
        false => state.write(key, &all),
    }
    if !all.is_empty() && !against.is_anybody(state)? {
        state.write(against.ever().to_vec(), &true);
    }
    Ok(())
}
