//! How many permissions stand on record, by channel, purpose and status: who has opted in twice by e-mail,
//! who by text message, who has opted out, and of whom nothing but a question is on record.
//!
//! Kept with each change, so that nobody has to go through the ledger to know. It counts records and not
//! people: somebody with two addresses has two, and so has an address that two rows are about. A permission
//! counts as its row says until the row says something else, also when its validity has ended meanwhile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lookup::{Period, stood};
use super::{History, PermissionRecord, Place, since};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Channel, Fault, TableName};
use crate::policy::PermissionStatus;

/// How many permissions stand, by channel, purpose (empty: every purpose) and status. What there was once
/// and is no more stays with 0.
pub type Census = BTreeMap<(Channel, String, PermissionStatus), u64>;

/// Those that the rows of one table record.
#[derive(Serialize, Deserialize)]
struct TableCensus {
    table: TableName,
    /// What was counted before the table was emptied or copied anew counts no more.
    since: Place,
    counts: Census,
}

impl TableCensus {
    fn read(state: &State<'_>, key: &[u8]) -> Result<Option<TableCensus>, Fault> {
        let Some(mut known) = state.read::<TableCensus>(key)? else { return Ok(None) };
        known.outdate(state)?;
        Ok(Some(known))
    }

    fn outdate(&mut self, state: &State<'_>) -> Result<(), Fault> {
        let since = since(state, &self.table)?;
        if since > self.since {
            self.since = since;
            self.counts.values_mut().for_each(|count| *count = 0);
        }
        Ok(())
    }
}

/// A permission that a row of this table records went from one status to another; `None`: it is not on
/// record, or cannot be read.
pub(super) fn moved(
    state: &mut State<'_>,
    table: &TableName,
    (channel, purpose): (Channel, &str),
    before: Option<PermissionStatus>,
    after: Option<PermissionStatus>,
) -> Result<(), Fault> {
    if before == after {
        return Ok(());
    }
    let key = keys::census(table);
    let mut known = match TableCensus::read(state, &key)? {
        Some(known) => known,
        None => {
            let since = since(state, table)?;
            TableCensus { table: table.clone(), since, counts: Census::new() }
        }
    };
    let mut add = |status, difference| {
        let count = known.counts.entry((channel, purpose.to_owned(), status)).or_default();
        *count = count.saturating_add_signed(difference);
    };
    before.into_iter().for_each(|status| add(status, -1));
    after.into_iter().for_each(|status| add(status, 1));
    state.write(key, &known);
    Ok(())
}

/// What has this name is no longer on record.
pub(super) fn left(
    state: &mut State<'_>,
    name: &[u8],
    history: &History<PermissionRecord>,
) -> Result<(), Fault> {
    let Some(table) = history.last().map(|last| last.evidence.table.clone()) else { return Ok(()) };
    let before = status(state, history)?;
    match keys::scope_of_permission(name) {
        Some(scope) => moved(state, &table, scope, before, None),
        None => Ok(()),
    }
}

/// Where a permission stands now.
fn status(
    state: &State<'_>,
    history: &History<PermissionRecord>,
) -> Result<Option<PermissionStatus>, Fault> {
    let standing = stood(state, history, Period::Now)?.next();
    Ok(standing.and_then(|version| version.says).and_then(|says| says.status))
}

/// How many stand in all.
pub fn census(state: &State<'_>) -> Result<Census, Fault> {
    let mut all = Census::new();
    for (_, mut known) in state.all::<TableCensus>(keys::CENSUS, keys::CENSUS_END)? {
        known.outdate(state)?;
        for (of, count) in known.counts {
            *all.entry(of).or_default() += count;
        }
    }
    Ok(all)
}
