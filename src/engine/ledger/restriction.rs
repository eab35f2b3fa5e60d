//! Processing of a person's data is restricted, or no longer: by a request that was granted, or by a
//! flag on the person.

use serde::{Deserialize, Serialize};

use super::{Place, Stamp, SubjectRecord, since};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::says;
use crate::engine::state::State;
use crate::model::limits::RESTRICTIONS;
use crate::model::{Evidence, EvidenceRole, Fault, OperationKind, Reference};
use crate::policy::RequestKind;

/// A row that says that processing of a person's data is restricted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Restriction {
    /// Since where.
    place: Place,
    /// Where it was lifted last: for good, where it has not been set again since.
    lifted: Option<Place>,
    /// The row.
    evidence: Evidence,
}

impl Restriction {
    fn stands(&self) -> bool {
        self.lifted.is_none_or(|lifted| lifted < self.place)
    }

    /// Whether it stands at this place. What is lifted in a transaction may be set again in it, and then has stood
    /// all the time.
    fn may_stand(&self, place: Place) -> bool {
        self.stands() || self.lifted.map(Place::transaction) == Some(place.transaction())
    }
}

impl SubjectRecord {
    /// The rows that say that processing is restricted, or that did so until within the transaction of this
    /// place.
    pub fn restrictions(&self, place: Place, state: &State<'_>) -> Result<Vec<&Evidence>, Fault> {
        let mut known = self.on_record(state)?;
        known.retain(|it| it.may_stand(place));
        Ok(known.into_iter().map(|it| &it.evidence).collect())
    }

    /// Whether processing is restricted now.
    pub fn is_restricted(&self, state: &State<'_>) -> Result<bool, Fault> {
        Ok(self.on_record(state)?.into_iter().any(Restriction::stands))
    }

    /// Whether what this row says stands still, and stood at this place.
    pub fn is_still_restricted(
        &self,
        row: Option<Reference>,
        place: Place,
        state: &State<'_>,
    ) -> Result<bool, Fault> {
        let stood = |it: &Restriction| it.place <= place || it.lifted > Some(place);
        let known = self.on_record(state)?;
        Ok(known.into_iter().any(|it| it.evidence.row == row && it.stands() && stood(it)))
    }

    /// What was emptied away, or replaced by an initial copy, says nothing any more.
    fn on_record(&self, state: &State<'_>) -> Result<Vec<&Restriction>, Fault> {
        let mut known = Vec::new();
        for restriction in &self.restricted {
            if restriction.place >= since(state, &restriction.evidence.table)? {
                known.push(restriction);
            }
        }
        Ok(known)
    }
}

/// Brings one change into the record of whom it is about.
pub fn note_restriction(
    change: &Classified<'_>,
    stamp: Stamp,
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let (Some(subject), Some(row)) = (change.subject(), change.row()) else { return Ok(()) };
    let former_row = change.record().former_row(pseudonyms);
    let is_own = |it: &Restriction| {
        it.evidence.row == Some(row) || (former_row.is_some() && it.evidence.row == former_row)
    };
    let former = change.record().former_subject(pseudonyms).filter(|former| *former != subject);
    if let Some(former) = former {
        lift(former, is_own, stamp.place, state)?;
    }
    let Some(restricts) = restricts(change, state, pseudonyms)? else { return Ok(()) };
    let key = keys::subject(subject);
    let known = state.share::<SubjectRecord>(&key)?;
    let place = stamp.place;
    let mut all: Vec<Restriction> = known.on_record(state)?.into_iter().cloned().collect();
    drop(known);
    let own = all.iter().position(is_own);
    let mut own = own.map(|index| all.swap_remove(index));
    let renamed = own.as_ref().is_some_and(|own| own.evidence.row != Some(row));
    if let Some(own) = &mut own {
        own.evidence.row = Some(row);
    }
    let recorded = own.as_ref().is_some_and(Restriction::stands);
    all.retain(|it| it.may_stand(place));
    if (recorded == restricts && !renamed) || (restricts && all.len() >= RESTRICTIONS) {
        return Ok(());
    }
    let evidence = Evidence {
        role: EvidenceRole::Restriction,
        table: change.record().change.table.name.clone(),
        row: Some(row),
        position: place.position,
    };
    all.push(match own {
        Some(own) if recorded == restricts => own,
        Some(own) if !restricts => Restriction { lifted: Some(place), ..own },
        Some(own) if own.may_stand(place) => Restriction { lifted: None, ..own },
        own => Restriction { place, lifted: own.and_then(|own| own.lifted), evidence },
    });
    let mut known = state.own::<SubjectRecord>(&key)?;
    known.restricted = all;
    state.write_shared(key, known);
    Ok(())
}

/// The row is about somebody else now.
fn lift(
    former: Reference,
    is_own: impl Fn(&Restriction) -> bool,
    place: Place,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let key = keys::subject(former);
    let known = state.share::<SubjectRecord>(&key)?;
    if !known.restricted.iter().any(|it| is_own(it) && it.stands()) {
        return Ok(());
    }
    drop(known);
    let mut known = state.own::<SubjectRecord>(&key)?;
    let own = known.restricted.iter_mut().filter(|it| is_own(it) && it.stands());
    own.for_each(|it| it.lifted = Some(place));
    state.write_shared(key, known);
    Ok(())
}

/// What the row says about it; `None` when it says nothing or cannot be read.
fn restricts(
    change: &Classified<'_>,
    state: &State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<Option<bool>, Fault> {
    let record = change.record();
    let mapping = record.mapping;
    let removed = record.change.operation.kind() == OperationKind::Delete;
    if !mapping.restricted.is_empty() {
        return Ok(if removed { Some(false) } else { record.holds(&mapping.restricted) });
    }
    let Some(request) = &mapping.request else { return Ok(None) };
    if !request.kind.may_be(&RequestKind::Restriction) {
        return Ok(None);
    }
    let kind = record.select(&request.kind, state, pseudonyms)?;
    let granted = says(record, &request.fulfilled);
    let withdrawn = says(record, &request.withdrawn);
    Ok(match (kind, granted, withdrawn) {
        _ if removed => Some(false),
        (Some(RequestKind::Restriction), Some(granted), Some(withdrawn)) => {
            Some(granted && !withdrawn)
        }
        (Some(RequestKind::Restriction), _, _) | (None, _, _) => None,
        (Some(_), _, _) => Some(false),
    })
}
