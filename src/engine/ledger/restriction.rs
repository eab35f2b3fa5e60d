//! Processing of a person's data is restricted, or no longer: by a request that was granted, or by a
//! flag on the person.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Place, Stamp, SubjectRecord, since};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::says;
use crate::engine::state::State;
use crate::model::limits::RESTRICTIONS;
use crate::model::{Evidence, EvidenceRole, Fault, OperationKind};
use crate::policy::RequestKind;

/// A row that says that processing of a person's data is restricted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Restriction {
    /// Since where.
    place: Place,
    /// The row.
    evidence: Evidence,
}

impl SubjectRecord {
    /// The rows that say that processing is restricted. What was emptied away, or replaced by an
    /// initial copy, says nothing any more.
    pub fn restrictions(&self, state: &State<'_>) -> Result<Vec<&Evidence>, Fault> {
        let mut standing = Vec::new();
        for Restriction { place, evidence } in &self.restricted {
            if *place >= since(state, &evidence.table)? {
                standing.push(evidence);
            }
        }
        Ok(standing)
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
    let Some(restricts) = restricts(change, state, pseudonyms)? else { return Ok(()) };
    let key = keys::subject(subject);
    let known = state.share::<SubjectRecord>(&key)?;
    let standing = known.restrictions(state)?;
    let recorded = standing.iter().any(|evidence| evidence.row == Some(row));
    if recorded == restricts || (restricts && standing.len() >= RESTRICTIONS) {
        return Ok(());
    }
    let standing: BTreeSet<_> = standing.iter().map(|evidence| evidence.row).collect();
    drop(known);
    let mut known = state.own::<SubjectRecord>(&key)?;
    known
        .restricted
        .retain(|it| it.evidence.row != Some(row) && standing.contains(&it.evidence.row));
    if restricts {
        let evidence = Evidence {
            role: EvidenceRole::Restriction,
            table: change.record().change.table.name.clone(),
            row: Some(row),
            position: stamp.place.position,
        };
        known.restricted.push(Restriction { place: stamp.place, evidence });
    }
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
