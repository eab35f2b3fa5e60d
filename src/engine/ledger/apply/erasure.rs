//! A fulfilled erasure enters the erased set, and leaves it when its request is opened again, or turns out to be about
//! somebody else.

use std::collections::BTreeSet;

use super::Ledger;
use crate::engine::keys;
use crate::engine::ledger::{ErasureRecord, Place, SubjectRecord, sharing};
use crate::engine::state::State;
use crate::model::{EvidenceRole, Fault, Reference};
use crate::policy::RequestKind;

/// Nothing of the erasure is taken back any more, so that what belonged together is forgotten.
pub fn carried_out(
    subject: Reference,
    fulfilled: Place,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let key = keys::erased(subject);
    let known = state.read::<ErasureRecord>(&key)?;
    if let Some(known) = known.filter(|it| it.stamp.place == fulfilled) {
        state.write(key, &ErasureRecord { taken: BTreeSet::new(), ..known });
    }
    Ok(())
}

impl Ledger<'_, '_> {
    /// A fulfilled erasure: the person's contact points and key become the erased set, and that
    /// they belonged together is forgotten. What the CRM goes on recording goes on counting, an
    /// opt-out above all.
    pub(super) fn note_request(&mut self) -> Result<Option<BTreeSet<Reference>>, Fault> {
        let record = self.record;
        let Some(mapping) = &record.mapping.request else { return Ok(None) };
        if self.is_removal() {
            return Ok(None);
        }
        let kind = record.select(&mapping.kind, self.state, self.pseudonyms)?;
        let fulfilled = record.holds(&mapping.fulfilled);
        let (Some(subject), Some(row)) = (self.change.subject(), self.change.row()) else {
            return Ok(None);
        };
        let former = record.former_row(self.pseudonyms);
        let of_row =
            |it: &ErasureRecord| [Some(row), former.or(Some(row))].contains(&it.evidence.row);
        let moved_from = record.former_subject(self.pseudonyms).filter(|from| *from != subject);
        if let Some(from) = moved_from
            && let Some(erasure) =
                self.state.read::<ErasureRecord>(&keys::erased(from))?.filter(of_row)
        {
            self.take_back(from, &erasure)?;
        }
        let already = self.state.read::<ErasureRecord>(&keys::erased(subject))?.filter(of_row);
        let is_other = kind.is_some_and(|kind| kind != RequestKind::Erasure);
        match already {
            Some(erasure) if is_other || fulfilled == Some(false) => {
                self.take_back(subject, &erasure)?;
                Ok(None)
            }
            None if kind == Some(RequestKind::Erasure) && fulfilled == Some(true) => {
                self.erased(subject, row).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn erased(&mut self, subject: Reference, row: Reference) -> Result<BTreeSet<Reference>, Fault> {
        let evidence = self.evidence(EvidenceRole::Erasure, row);
        let key = keys::subject(subject);
        let mut known = self.state.own::<SubjectRecord>(&key)?;
        let taken = std::mem::take(&mut known.contact_points);
        let points: BTreeSet<Reference> = taken.iter().map(|known| known.point).collect();
        sharing::note(self.state, subject, (&points, &BTreeSet::new()), self.stamp.time)?;
        let erasure = ErasureRecord { stamp: self.stamp, evidence, taken: BTreeSet::new() };
        for point in &points {
            self.state.write(keys::erased(*point), &erasure);
        }
        // A copy shows what was done long ago.
        let taken = if self.copied { BTreeSet::new() } else { taken };
        self.state.write(keys::erased(subject), &ErasureRecord { taken, ..erasure });
        self.state.write(keys::ERASED.to_vec(), &true);
        known.erased = Some(self.stamp.place);
        self.state.write_shared(key, known);
        Ok(points)
    }

    /// The request is open again, or asks for something else: nobody was erased, as far as that has not been
    /// carried out in memory. What the person's own row has said since counts.
    fn take_back(&mut self, subject: Reference, erasure: &ErasureRecord) -> Result<(), Fault> {
        let key = keys::subject(subject);
        let mut known = self.state.own::<SubjectRecord>(&key)?;
        let untouched = known.own.place <= erasure.stamp.place;
        let points: BTreeSet<Reference> = erasure.taken.iter().map(|known| known.point).collect();
        for point in &points {
            let of_this = self.state.read::<ErasureRecord>(&keys::erased(*point))?;
            if of_this.is_some_and(|it| it.evidence.row == erasure.evidence.row) {
                self.state.remove(keys::erased(*point));
            }
        }
        self.state.remove(keys::erased(subject));
        known.erased = None;
        if untouched {
            known.contact_points.extend(erasure.taken.iter().copied());
            self.state.write_shared(key, known);
            sharing::note(self.state, subject, (&BTreeSet::new(), &points), self.stamp.time)?;
        } else {
            self.state.write_shared(key, known);
        }
        Ok(())
    }
}
