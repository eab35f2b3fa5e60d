//! What rows record of somebody through a record that has not been seen yet.
//!
//! *Why*: in one transaction a consent may be written before the account that says whose it is, and a copy or a
//! synchronisation brings tables in any order. So lawful bases and permissions of an unseen record are put aside
//! under it, and are those of its person from when they were recorded, once that is known. What speaks against
//! such a yes by itself is not looked at: it is looked at when the row comes, or not at all.

use serde::{Deserialize, Serialize};

use super::histories::{self, Recorded};
use super::{BasisRecord, PermissionRecord, Stamp, Version, census};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::limits::ORPHANS;
use crate::model::{Channel, Evidence, Fault, Reference};

/// What one row says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Words {
    /// A lawful basis.
    Basis { purpose: String, says: BasisRecord },
    /// A permission of the person's, by its place in the row.
    Permission { place: u8, channel: Channel, purpose: String, says: PermissionRecord },
    /// It is itself a record through which others are about somebody.
    Record,
}

/// What is kept of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Orphan {
    /// The row, or of a record what others call it by.
    pub row: Reference,
    pub words: Words,
    pub stamp: Stamp,
    pub evidence: Evidence,
}

/// What a row says now of whoever the record is about, in place of what it said before.
pub(super) fn put_aside(
    state: &mut State<'_>,
    record: Reference,
    row: Reference,
    now: Vec<Orphan>,
) -> Result<(), Fault> {
    let key = keys::orphans(record);
    let before = state.read::<Vec<Orphan>>(&key)?.unwrap_or_default();
    let mut after: Vec<Orphan> = before.iter().filter(|it| it.row != row).cloned().collect();
    after.extend(now);
    after.truncate(ORPHANS);
    match after.is_empty() {
        _ if after == before => {}
        true => state.remove(key),
        false => state.write(key, &after),
    }
    Ok(())
}

/// It is known now whose the record is, and so whose everything is that was put aside under it.
pub(super) fn adopt(
    state: &mut State<'_>,
    record: Reference,
    subject: Reference,
) -> Result<(), Fault> {
    let mut known = vec![record];
    while let Some(record) = known.pop() {
        let key = keys::orphans(record);
        let Some(orphans) = state.read::<Vec<Orphan>>(&key)? else { continue };
        state.remove(key);
        for Orphan { row, words, stamp, evidence } in orphans {
            match words {
                Words::Record => {
                    state.write(keys::whose(row), &subject);
                    known.push(row);
                }
                Words::Basis { purpose, says } => {
                    let name = keys::basis(subject, &purpose, row);
                    enter(
                        state,
                        (name, row),
                        Version { says: Some(says), stamp, evidence, again: None },
                    )?;
                }
                Words::Permission { place, channel, purpose, says } => {
                    let of = (channel, purpose.as_str());
                    census::moved(state, &evidence.table, of, None, says.status)?;
                    let name = keys::permission(subject, channel, &purpose, row, place);
                    enter(
                        state,
                        (name, row),
                        Version { says: Some(says), stamp, evidence, again: None },
                    )?;
                }
            }
        }
    }
    Ok(())
}

pub(super) fn enter<T: Recorded>(
    state: &mut State<'_>,
    (name, row): (Vec<u8>, Reference),
    version: Version<T>,
) -> Result<(), Fault> {
    let mut history = histories::one::<T>(state, &name)?;
    history.push(version);
    histories::write(state, &name, history)?;
    let index = keys::recorded_by(row);
    let mut names = state.read::<Vec<Vec<u8>>>(&index)?.unwrap_or_default();
    if !names.contains(&name) {
        names.push(name);
        state.write(index, &names);
    }
    Ok(())
}
