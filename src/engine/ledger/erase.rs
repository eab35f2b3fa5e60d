//! An erasure reaches lawtail's own store as well.

use std::collections::BTreeSet;

use super::histories::{self, Recorded};
use super::{BasisRecord, Childhood, History, PermissionRecord, Place, SubjectRecord, census};
use super::{objection, withdrawal};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Fault, Reference};
use crate::policy::PermissionStatus;

/// Removes what was recorded of somebody up to the erasure: the lawful bases, the permissions of the
/// person and of the contact points, the consents withdrawn, the objections, what rows these stood in, what stood in the person's
/// row and how many rows there were.
///
/// What stays are keyed hashes alone: that the person and the contact points were erased, and the
/// opt-outs of the contact points, so that nobody writes to them again; and about whom the records were
/// through which rows of other tables are about somebody. What has been recorded since the erasure
/// stays too: somebody came back.
pub fn erase(
    subject: Reference,
    contact_points: &BTreeSet<Reference>,
    erased: Place,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let key = keys::subject(subject);
    let mut known = state.own::<SubjectRecord>(&key)?;
    let mut alone = Vec::new();
    let (from, to) = keys::behind(&keys::bases_of(subject));
    for name in state.keys(&from, &to)? {
        let history: History<BasisRecord> = state.read(&name)?.unwrap_or_default();
        match is_of_before(&history, erased) {
            true => forget_row(&name, &history, state)?,
            false => alone.push((name.clone(), history)),
        }
        state.remove(name);
    }
    for (which, history) in std::mem::take(&mut known.bases) {
        let name = [keys::bases_of(subject), which.clone()].concat();
        match is_of_before(&history, erased) {
            true => forget_row(&name, &history, state)?,
            false => drop(known.bases.insert(which, history)),
        }
    }
    if known.erased.is_some() {
        known.rows.clear();
        known.own = super::OwnRow::default();
        known.restricted.clear();
        known.test = false;
        known.childhood = Childhood::Over;
        known.identity = None;
    }
    match known == SubjectRecord::default() {
        true => state.remove(key),
        false => state.write_shared(key, known),
    }
    // There is room again for those that lay alone, and only while there is none are they looked for.
    for (name, history) in alone {
        histories::write(state, &name, history)?;
    }
    withdrawal::erase(state, subject, erased)?;
    objection::erase(state, subject, erased)?;
    erase_permissions(subject, erased, false, state)?;
    contact_points.iter().try_for_each(|point| erase_permissions(*point, erased, true, state))
}

fn erase_permissions(
    holder: Reference,
    erased: Place,
    keep_opt_outs: bool,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    let (from, to) = keys::permissions_of(holder);
    let goes = |history: &History<PermissionRecord>| {
        let says = history.last().and_then(|version| version.says).and_then(|says| says.status);
        let opt_out = says == Some(PermissionStatus::OptedOut);
        is_of_before(history, erased) && !(keep_opt_outs && opt_out)
    };
    for name in state.keys(&from, &to)? {
        let (together, which) = PermissionRecord::among(&name);
        if !which.is_empty() {
            let history: History<PermissionRecord> = state.read(&name)?.unwrap_or_default();
            state.remove(name.clone());
            match goes(&history) {
                true => forget_permission(&name, &history, state)?,
                false => histories::write(state, &name, history)?,
            }
            continue;
        }
        let mut all: histories::Histories<PermissionRecord> = state.own(&together)?;
        let whole = all.len();
        for (which, history) in std::mem::take(&mut all) {
            match goes(&history) {
                true => forget_permission(&[name.clone(), which].concat(), &history, state)?,
                false => drop(all.insert(which, history)),
            }
        }
        match all.len() {
            0 => state.remove(name),
            left if left < whole => state.write_shared(name, all),
            _ => {}
        }
    }
    Ok(())
}

fn is_of_before<T>(history: &History<T>, erased: Place) -> bool {
    history.last().is_none_or(|version| version.stamp.place <= erased)
}

fn forget_permission(
    name: &[u8],
    history: &History<PermissionRecord>,
    state: &mut State<'_>,
) -> Result<(), Fault> {
    census::left(state, name, history)?;
    forget_row(name, history, state)
}

/// The row no longer records what has this name.
fn forget_row<T>(name: &[u8], history: &History<T>, state: &mut State<'_>) -> Result<(), Fault> {
    let Some(row) = history.last().and_then(|version| version.evidence.row) else { return Ok(()) };
    let index = keys::recorded_by(row);
    let Some(mut names) = state.read::<Vec<Vec<u8>>>(&index)? else { return Ok(()) };
    names.retain(|other| other != name);
    match names.is_empty() {
        true => state.remove(index),
        false => state.write(index, &names),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{PermissionRecord, Stamp, Version};
    use super::*;
    use crate::model::{Channel, Evidence, EvidenceRole, Lsn, Position, TableName};
    use crate::policy::LawfulBasis;

    const ADA: Reference = Reference([1; 16]);
    const ADDRESS: Reference = Reference([2; 16]);

    fn permission(status: PermissionStatus) -> PermissionRecord {
        PermissionRecord { status: Some(status), ..PermissionRecord::default() }
    }

    fn place(commit: u64) -> Place {
        Place { part: 0, position: Position { commit: Lsn(commit), ordinal: 1 } }
    }

    fn says<T>(says: T, row: u8, at: u64) -> History<T> {
        let (role, table) = (EvidenceRole::Permission, TableName::new("crm", "consents"));
        let position = place(at).position;
        let evidence = Evidence { role, table, row: Some(Reference([row; 16])), position };
        vec![Version {
            says: Some(says),
            stamp: Stamp { place: place(at), ..Stamp::default() },
            evidence,
            again: None,
        }]
    }

    #[test]
    fn what_lay_alone_and_stays_is_found_afterwards() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let together = crate::model::limits::HISTORIES_TOGETHER as u8;
        let basis = BasisRecord { basis: Some(LawfulBasis::Contract), valid_until: None };
        let opted_out = permission(PermissionStatus::OptedOut);
        let given = permission(PermissionStatus::Given);
        for row in 0..=together {
            let last = row == together;
            let of = Reference([row; 16]);
            let name = keys::basis(ADA, "news", of);
            histories::write(&mut state, &name, says(basis, row, if last { 99 } else { 1 }))
                .unwrap();
            let name = keys::permission(ADDRESS, Channel::Email, "news", of, 0);
            let permission = if last { opted_out } else { given };
            histories::write(&mut state, &name, says(permission, row, 1)).unwrap();
        }
        erase(ADA, &BTreeSet::from([ADDRESS]), place(50), &mut state).unwrap();
        let mut found = 0;
        let bases = keys::bases(ADA, "news");
        histories::each::<BasisRecord>(&state, &bases, |_| {
            found += 1;
            Ok(())
        })
        .unwrap();
        let permissions = keys::permissions(ADDRESS, Channel::Email, "news");
        histories::each::<PermissionRecord>(&state, &permissions, |_| {
            found += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(found, 2);
    }

    #[test]
    fn nothing_else_stays_of_the_person() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let erased = Some(place(50));
        let childhood = Childhood::Lasting;
        let child = SubjectRecord { erased, childhood, test: true, ..Default::default() };
        state.write_shared(keys::subject(ADA), child);
        let evidence = says((), 10, 1).remove(0).evidence;
        let stamp = Stamp { place: place(1), ..Stamp::default() };
        withdrawal::note(&mut state, ADA, "news", stamp, evidence.clone()).unwrap();
        let stamp = Stamp { place: place(99), ..Stamp::default() };
        withdrawal::note(&mut state, ADA, "offers", stamp, evidence).unwrap();
        erase(ADA, &BTreeSet::new(), place(50), &mut state).unwrap();
        let known = state.share::<SubjectRecord>(&keys::subject(ADA)).unwrap();
        assert_eq!(*known, SubjectRecord { erased, ..Default::default() });
        assert!(withdrawal::withdrawal(&state, ADA, "news").unwrap().is_none());
        assert!(withdrawal::withdrawal(&state, ADA, "offers").unwrap().is_some());
    }

    fn record(state: &mut State<'_>, name: Vec<u8>, row: u8) -> Vec<u8> {
        state.write(keys::recorded_by(Reference([row; 16])), &vec![name.clone()]);
        name
    }

    /// A basis in row 10 at place 1, another in row 11 at place 99; a permission of Ada and one of
    /// her address in rows 20 and 21; an opt-out of the address in row 22.
    fn known(state: &mut State<'_>) {
        let basis = BasisRecord { basis: Some(LawfulBasis::Contract), valid_until: None };
        for (row, at) in [(10, 1), (11, 99)] {
            let name = record(state, keys::basis(ADA, "news", Reference([row; 16])), row);
            histories::write(state, &name, says(basis, row, at)).unwrap();
        }
        for (holder, purpose, row, status) in [
            (ADA, "news", 20, PermissionStatus::Confirmed),
            (ADDRESS, "news", 21, PermissionStatus::Confirmed),
            (ADDRESS, "offers", 22, PermissionStatus::OptedOut),
        ] {
            let row_of = Reference([row; 16]);
            let name = keys::permission(holder, Channel::Email, purpose, row_of, 0);
            let name = record(state, name, row);
            let permission = permission(status);
            histories::write(state, &name, says(permission, row, 1)).unwrap();
        }
    }

    #[test]
    fn only_opt_outs_and_what_came_after_the_erasure_stay() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        known(&mut state);
        let points = BTreeSet::from([ADDRESS]);
        erase(ADA, &points, place(50), &mut state).unwrap();
        let left: Vec<Vec<u8>> =
            state.into_writes().into_iter().filter_map(|(key, value)| value.map(|_| key)).collect();
        let expected = [
            keys::census(&TableName::new("crm", "consents")),
            keys::permissions(ADDRESS, Channel::Email, "offers"),
            keys::recorded_by(Reference([11; 16])),
            keys::recorded_by(Reference([22; 16])),
            keys::subject(ADA),
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn bases_that_lie_alone_go_as_well() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let basis = BasisRecord { basis: Some(LawfulBasis::Contract), valid_until: None };
        for row in 0..crate::model::limits::HISTORIES_TOGETHER as u8 + 3 {
            let name = record(&mut state, keys::basis(ADA, "news", Reference([row; 16])), row);
            histories::write(&mut state, &name, says(basis, row, 1)).unwrap();
        }
        erase(ADA, &BTreeSet::new(), place(50), &mut state).unwrap();
        assert!(state.into_writes().values().all(Option::is_none));
    }
}
