//! A no whose record was deleted.
//!
//! *Why*: who takes the record of a refusal away has no permission by that (Art. 7(3), 21(3)): a suppression list
//! that is cleaned up, a merge that drops the stricter record. So the no goes on binding until the person says
//! yes again.
//!
//! *Not so*: a no that goes with the row of the person, or of a person who is gone: whoever has the contact
//! point later is somebody else. A no of which the row is written anew, or is turned into something else.

use super::{History, Period, PermissionRecord, Place, Version};
use crate::model::{EvidenceRole, Reference};
use crate::policy::{PermissionStatus, Selector, TableMapping};

/// The no that was the last word of a row when that was deleted, and what ended it.
pub(super) fn deleted_no(
    history: &[Version<PermissionRecord>],
) -> Option<(&Version<PermissionRecord>, &Version<PermissionRecord>)> {
    let [.., no, end] = history else { return None };
    let is_no = no.says.and_then(|says| says.status) == Some(PermissionStatus::OptedOut);
    (is_no && end.says.is_none() && end.evidence.role == EvidenceRole::DeletedOptOut)
        .then_some((no, end))
}

/// Whether the rows of a table can say of an address nothing but no, each of somebody of its own: a list of
/// refusals.
pub(super) fn is_list_of_refusals(mapping: &TableMapping) -> bool {
    let says_yes = |it: &Selector<PermissionStatus>| {
        use PermissionStatus::{Confirmed, Given, Requested, SoftOptIn};
        [Given, Confirmed, SoftOptIn, Requested].iter().any(|status| it.may_be(status))
    };
    let mut permissions = mapping.permissions.iter();
    mapping.is_subject_table()
        && permissions.all(|it| it.address.is_some() && !says_yes(&it.status))
}

/// Those that were found for a message, and the newest word that outdoes them.
#[derive(Default)]
pub(super) struct DeletedNos {
    nos: Vec<Version<PermissionRecord>>,
    allowed: Option<Place>,
}

impl DeletedNos {
    /// Looks at what one row has recorded. A deleted yes takes a no back as well, because the no came before it,
    /// and so may a word that cannot be read.
    pub(super) fn note(
        &mut self,
        history: &History<PermissionRecord>,
        (holders, period): (&[Reference], Period),
        emptied: Place,
    ) {
        let seen = |place: Place| match period {
            Period::Now => true,
            Period::At { place: here } => place <= here,
            Period::Grace { from, .. } => place <= from,
        };
        let is_known = |version: &&Version<PermissionRecord>| {
            version.stamp.place >= emptied && seen(version.stamp.place)
        };
        let known = history.iter().filter(is_known);
        let yes = known.filter(|it| it.says.is_some_and(|says| says.status.is_none_or(allows)));
        self.allowed = self.allowed.max(yes.map(|it| it.stamp.place).max());
        let Some((no, end)) = deleted_no(history) else { return };
        let about = no.says.and_then(|says| says.about);
        let is_here = about.is_none_or(|about| holders.contains(&about));
        if is_here && no.stamp.place >= emptied && seen(end.stamp.place) {
            self.nos.push(Version { evidence: end.evidence.clone(), ..no.clone() });
        }
    }

    /// The newest that no newer word outdoes.
    pub(super) fn binding(self) -> Option<Version<PermissionRecord>> {
        let newest = self.nos.into_iter().max_by_key(|no| no.stamp.place)?;
        (self.allowed < Some(newest.stamp.place)).then_some(newest)
    }
}

fn allows(status: PermissionStatus) -> bool {
    use PermissionStatus::{Confirmed, Given, SoftOptIn};
    matches!(status, Given | Confirmed | SoftOptIn)
}
