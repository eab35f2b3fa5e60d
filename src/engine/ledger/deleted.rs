//! A no whose record was deleted, or emptied away with its table.
//!
//! *Why*: who takes the record of a refusal away has no permission by that (Art. 7(3), 21(3)): a suppression list
//! that is cleaned up, a merge that drops the stricter record. So the no goes on binding until the person says
//! yes again.
//!
//! *Not so*: a no that goes with the row of the person, or of a person who is gone: whoever has the contact
//! point later is somebody else. A no of which the row is written anew, or is turned into something else.

use serde::{Deserialize, Serialize};

use super::lookup::since;
use super::{History, Period, PermissionRecord, Place, Version};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::limits::VERSIONS_KEPT;
use crate::model::{Evidence, EvidenceRole, Fault, Reference, TableName};
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

/// When a table of permissions was emptied by TRUNCATE. What it said no to goes on binding, as where a record was
/// deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cleared {
    /// Since when its records stood before: a copy had replaced what came earlier.
    pub copied: Place,
    /// Its rows are a list of refusals.
    list: bool,
    /// Each time, the latest last.
    at: Vec<Place>,
}

impl Cleared {
    /// The no that was the last word of a row when its table was emptied.
    fn no<'h>(
        &self,
        history: &'h [Version<PermissionRecord>],
    ) -> Option<(&'h Version<PermissionRecord>, Place, Evidence)> {
        let no = history.last()?;
        let recorded = no.again.map_or(no.stamp.place, |again| again.place);
        let is_no = no.says?.status == Some(PermissionStatus::OptedOut);
        let end = *self.at.iter().find(|at| is_no && **at > recorded)?;
        let role = EvidenceRole::DeletedOptOut;
        Some((no, end, Evidence { role, position: end.position, ..no.evidence.clone() }))
    }
}

/// A table was emptied. With the rows of people goes all that they say.
pub(super) fn note_cleared(
    mapping: &TableMapping,
    table: &TableName,
    here: Place,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let list = is_list_of_refusals(mapping);
    if mapping.permissions.is_empty() || (mapping.is_subject_table() && !list) {
        return Ok(());
    }
    let key = keys::cleared(table);
    let emptied = since(state, table)?;
    let known = state.read::<Cleared>(&key)?.unwrap_or_default();
    let mut cleared = match known.at.contains(&emptied) {
        true => known,
        false => Cleared { copied: emptied, ..Cleared::default() },
    };
    if cleared.at.len() == VERSIONS_KEPT {
        cleared.at.remove(0);
    }
    cleared.at.push(here);
    state.write(key, &Cleared { list, ..cleared });
    Ok(())
}

/// How the table of a record was emptied, when it was and what it recorded before is known.
pub(super) fn cleared(
    oldest: &Version<PermissionRecord>,
    emptied: Place,
    state: &State<'_>,
) -> Result<Option<Cleared>, Fault> {
    // Few tables are ever emptied.
    let cleared = match oldest.stamp.place < emptied {
        true => state.recall::<Cleared>(&keys::cleared(&oldest.evidence.table))?,
        false => None,
    };
    Ok(cleared.filter(|it| it.at.contains(&emptied)))
}

/// Whether it was by TRUNCATE that a table of permissions was emptied.
pub(super) fn was_cleared(
    table: &TableName,
    emptied: Place,
    state: &State<'_>,
) -> Result<bool, Fault> {
    let cleared = state.recall::<Cleared>(&keys::cleared(table))?;
    Ok(cleared.is_some_and(|cleared| cleared.at.contains(&emptied)))
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
        state: &State<'_>,
    ) -> Result<(), Fault> {
        let seen = |place: Place| match period {
            Period::Now => true,
            Period::At { place: here } => place <= here,
            Period::Grace { from, .. } => place <= from,
        };
        let Some(oldest) = history.first() else { return Ok(()) };
        let cleared = cleared(oldest, emptied, state)?;
        let since = cleared.as_ref().map_or(emptied, |cleared| cleared.copied);
        let known = history.iter().filter(|it| it.stamp.place >= since && seen(it.stamp.place));
        let yes = known.filter(|it| it.says.is_some_and(|says| says.status.is_none_or(allows)));
        self.allowed = self.allowed.max(yes.map(|it| it.stamp.place).max());
        let gone = deleted_no(history).map(|(no, end)| (no, end.stamp.place, end.evidence.clone()));
        let gone = gone.or_else(|| cleared.as_ref().and_then(|cleared| cleared.no(history)));
        let Some((no, end, evidence)) = gone else { return Ok(()) };
        let about = no.says.and_then(|says| says.about);
        let of_nobody = cleared.is_some_and(|cleared| cleared.list);
        let is_here = of_nobody || about.is_none_or(|about| holders.contains(&about));
        if is_here && no.stamp.place >= since && seen(end) {
            self.nos.push(Version { evidence, ..no.clone() });
        }
        Ok(())
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
