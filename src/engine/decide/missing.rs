//! What is known to be missing from the ledger, and what of its answers counts meanwhile.

use serde::{Deserialize, Serialize};

use super::Deciding;
use crate::engine::assess::{Answer, Circumstances, Question, Violation};
use crate::engine::keys;
use crate::engine::ledger::{Place, SubjectRecord};
use crate::model::{Fault, Lsn, Position};

/// Beyond every place.
const NOT_YET: Place =
    Place { part: u32::MAX, position: Position { commit: Lsn(u64::MAX), ordinal: u64::MAX } };

/// The changes of which records may be missing from the ledger: they lie in a part of the stream that was not
/// seen, a copy has not brought them yet, or their table was not understood. See [`crate::engine::copying`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Missing {
    /// The first of them.
    from: Place,
    /// The first that has all its records again.
    to: Place,
    /// The end of what was not seen: what is recorded behind it is known. A copy may miss anything.
    gap: Option<Lsn>,
    /// The first that has all records of permissions and contact points again.
    permissions_to: Place,
}

impl Deciding<'_> {
    /// From here on, whatever was recorded in a part up to `gap` may be missing.
    pub(super) fn lack_records_up_to(&mut self, gap: Lsn) {
        let here = Place { part: self.progress.part, position: Position::default() };
        let missing = &mut self.progress.missing;
        let open = missing.to == NOT_YET;
        // Of a copy that is still to bring records nobody knows where they were written.
        let by_a_copy = open && missing.gap.is_none();
        *missing = Missing {
            from: if open { missing.from } else { here },
            to: NOT_YET,
            gap: (!by_a_copy).then_some(gap),
            ..*missing
        };
    }

    /// Whether records that counted at this place may be missing.
    pub(in crate::engine) fn is_incomplete(&self, place: Place) -> bool {
        self.lacks_people(place) || self.lacks_permissions(place)
    }

    /// Whether records of people, bases and requests may be, and not only of permissions and contact points.
    pub(in crate::engine) fn lacks_people(&self, place: Place) -> bool {
        let Missing { from, to, .. } = self.progress.missing;
        from <= place && place < to
    }

    /// Whether a table that records permissions or contact points was not understood.
    fn lacks_permissions(&self, place: Place) -> bool {
        place < self.progress.missing.permissions_to
    }

    /// Whether it is not known yet from where on nothing is missing.
    pub(in crate::engine) fn is_incomplete_for_now(&self) -> bool {
        let Missing { to, permissions_to, .. } = self.progress.missing;
        to.max(permissions_to) == NOT_YET
    }

    /// Records may be missing from before this place.
    pub(in crate::engine) fn incomplete_before(&mut self, place: Place) {
        let missing = &mut self.progress.missing;
        let to = missing.to.max(place);
        *missing = Missing { from: Place::default(), to, gap: None, ..*missing };
    }

    /// A copy is to come, and until then records may be missing.
    pub(in crate::engine) fn incomplete_for_now(&mut self) {
        self.incomplete_before(NOT_YET);
    }

    /// A copy is to come, and until then records of permissions and contact points may be missing.
    pub(in crate::engine) fn permissions_missing_for_now(&mut self) {
        self.progress.missing.permissions_to = NOT_YET;
    }

    /// No record is missing from here on, if any was until now.
    pub(in crate::engine) fn complete_from(&mut self, place: Place) {
        let Missing { to, permissions_to, .. } = &mut self.progress.missing;
        *to = (*to).min(place);
        *permissions_to = (*permissions_to).min(place);
    }

    /// What the ledger says, as far as it counts while records may be missing.
    pub(in crate::engine) fn as_far_as_known(
        &self,
        question: &Question,
        answer: Answer,
        change: &Circumstances,
    ) -> Result<Answer, Fault> {
        let known = match &answer {
            Answer::Open | Answer::Undecided => true,
            _ if !self.is_incomplete(change.stamp.place) => true,
            // The row alone has told.
            _ if matches!(question, Question::Own { left, .. } if left.is_told()) => true,
            _ if question.is_of_basis() && !self.lacks_people(change.stamp.place) => true,
            Answer::Lawful => question.is_of_basis() && self.is_of_now(question, change)?,
            Answer::Unlawful(_) if self.lacks_permissions(change.stamp.place) => false,
            Answer::Unlawful(violation) => self.is_seen_whole(violation),
        };
        Ok(if known { answer } else { Answer::Undecided })
    }

    /// Whether a basis was recorded behind the gap: an older one may have ended in it.
    fn is_of_now(&self, question: &Question, change: &Circumstances) -> Result<bool, Fault> {
        let Some(subject) = question.about(change, &self.state)?.subject else { return Ok(false) };
        let Missing { from, gap, .. } = self.progress.missing;
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        Ok(gap.is_none() || known.has_basis_since(from))
    }

    /// Whether what speaks against a change was recorded behind the gap: nothing in the gap outdoes it.
    fn is_seen_whole(&self, violation: &Violation) -> bool {
        let Some(gap) = self.progress.missing.gap else { return false };
        let mut evidence = violation.evidence.iter();
        !violation.evidence.is_empty() && evidence.all(|it| it.position.commit > gap)
    }
}
