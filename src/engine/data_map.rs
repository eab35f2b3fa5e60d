//! The data map while a decision is in progress: read at its first use, written at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::classify::{Place, Role, TableProfile};
use super::decide::Deciding;
use super::drift::{self, News};
use super::inspect::{self, Inspected};
use super::keys;
use super::record::Record;
use super::state::State;
use crate::model::limits::{REGISTER_LOOK, SAMPLE_EVERY, SAMPLE_ROWS};
use crate::model::{
    CatalogueEntry, ColumnVerdict, Emission, Fault, Position, Table, TableName, Timestamp,
};
use crate::policy::{SubjectMapping, TableMapping};

/// The tables that this batch has used.
#[derive(Default)]
pub(super) struct DataMap {
    profiles: BTreeMap<TableName, Profiled>,
}

/// The data map of one table while a decision is in progress.
#[derive(Clone)]
struct Profiled {
    profile: TableProfile,
    /// The shape that the last row had.
    shape: Option<Arc<Table>>,
    /// Judged under other policies.
    outdated: bool,
    changed: bool,
    /// The columns whose cells are looked at, and when that was worked out.
    inspected: Option<(u64, Arc<[Inspected]>)>,
    /// When it was last written down as seen; `None` for a table that is not in the register.
    seen: Option<Timestamp>,
}

/// The data map of one table as it is stored: under other policies it is judged again.
#[derive(Serialize, Deserialize)]
struct StoredProfile {
    policy_digest: String,
    profile: TableProfile,
}

/// How a table has another shape than the one that was judged.
pub(super) struct Reshaped {
    /// The columns that it has not any more, or not of the same type.
    pub lost: BTreeSet<String>,
    /// It is seen for the first time, or for the first time under these policies.
    pub anew: bool,
}

impl Reshaped {
    fn anew() -> Self {
        Reshaped { lost: BTreeSet::new(), anew: true }
    }
}

impl Profiled {
    fn new(profile: TableProfile, seen: Option<Timestamp>) -> Self {
        let (outdated, changed) = (false, false);
        Profiled { profile, shape: None, outdated, changed, inspected: None, seen }
    }
}

/// Whether a row that comes late is looked at: one in [`SAMPLE_EVERY`], also of transactions that have
/// fewer, whatever else is in the log between them. The multiplier is that of Fibonacci hashing (Knuth, The
/// Art of Computer Programming 3, §6.4).
fn is_sampled(position: Position) -> bool {
    let mixed = position.commit.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    mixed.wrapping_add(position.ordinal).is_multiple_of(SAMPLE_EVERY)
}

/// The places among these that hold personal data.
fn news(table: &Table, profile: &mut TableProfile, reached: &[Place]) -> Vec<News> {
    let mut news = Vec::new();
    for place in reached {
        let Some(category) = profile.verdict(place).category else { continue };
        let column = table.columns[place.column].name.clone();
        let added = profile.take_added(place);
        news.push(News { column, path: place.path.clone(), category, added });
    }
    news
}

impl DataMap {
    /// The verdicts of a table that this batch has used.
    pub fn verdicts(&self, table: &TableName) -> &[ColumnVerdict] {
        self.profiles[table].profile.verdicts()
    }

    /// The columns of a table that this batch has used whose cells are looked at.
    pub fn inspected(&self, table: &TableName) -> Arc<[Inspected]> {
        let inspected = &self.profiles[table].inspected;
        inspected.as_ref().map_or_else(Arc::default, |(_, columns)| Arc::clone(columns))
    }

    /// When a table of the record was last seen was written down otherwise.
    pub fn seen(&mut self, table: &TableName, time: Timestamp) {
        if let Some(profiled) = self.profiles.get_mut(table) {
            profiled.seen = Some(time);
        }
    }

    /// Writes what has changed.
    pub fn store(self, state: &mut State, policy_digest: &str) {
        for (name, profiled) in self.profiles.into_iter().filter(|(_, it)| it.changed) {
            let policy_digest = policy_digest.to_owned();
            let stored = StoredProfile { policy_digest, profile: profiled.profile };
            state.write(keys::profile(&name), &stored);
        }
    }
}

impl Deciding<'_> {
    /// Brings the row into the data map and publishes what changed in it. Returns the places that
    /// have become personal, and how the table has another shape than the one that was judged.
    pub(super) fn profile(
        &mut self,
        record: &Record<'_>,
        time: Timestamp,
    ) -> Result<(Vec<News>, Option<Reshaped>), Fault> {
        let table = &record.change.table;
        let declared = &record.mapping.columns;
        let (mut reached, mut reshaped) = (Vec::new(), None);
        if !self.data_map.profiles.contains_key(&table.name) {
            let (profiled, columns) = self.load_profile(table, record.mapping)?;
            self.data_map.profiles.insert(table.name.clone(), profiled);
            reshaped = (!columns.is_empty()).then(Reshaped::anew);
            reached = columns;
        }
        let profiled = self.data_map.profiles.get_mut(&table.name).expect("it was put there");
        if let Some(mut seen) = profiled.seen
            && self.now >= seen + REGISTER_LOOK
        {
            seen = self.now;
            profiled.seen = Some(seen);
            drift::write_seen(&mut self.state, &table.name, seen);
        }
        let Profiled { profile, shape, outdated, changed, inspected, .. } = profiled;
        let mut dropped = Vec::new();
        let same = shape.as_ref().is_some_and(|shape| Arc::ptr_eq(shape, table));
        if !same && (*outdated || !profile.fits(table)) {
            self.lookout.forget_meanings();
            dropped = profile.dropped(table);
            reshaped = Some(Reshaped { lost: profile.lost(table), anew: *outdated });
            profile.say(said(record.mapping));
            reached.extend(profile.reshape(table, declared));
            (*outdated, *changed) = (false, true);
        }
        if !same {
            *shape = Some(Arc::clone(table));
        }
        if let Some(row) = record.change.operation.new_row() {
            let early = profile.sampled() < SAMPLE_ROWS || profile.awaits(row);
            let sampled = early || is_sampled(record.change.position);
            if sampled || profile.has_news(table, row, |it| record.changed(it) != Some(false)) {
                reached.extend(profile.observe(table, row, declared));
                *changed = true;
            }
        }
        reached.sort_unstable();
        reached.dedup();
        if !same || inspected.as_ref().is_none_or(|(judged, _)| *judged != profile.judged()) {
            *inspected = Some((profile.judged(), inspect::inspected(table, profile)));
        }
        let news = news(table, profile, &reached);
        if !reached.is_empty() {
            self.lookout.forget_meanings();
        }
        let reached = reached.iter().map(|place| {
            let column = table.columns[place.column].name.clone();
            (column, place.path.clone(), profile.verdict(place).clone())
        });
        for (column, path, verdict) in dropped.into_iter().chain(reached) {
            let (table, position) = (table.name.clone(), record.change.position);
            let entry = CatalogueEntry { table, column, path, verdict, position, time };
            self.emissions.push(Emission::Catalogue(Box::new(entry)));
        }
        Ok((news, reshaped))
    }

    /// The stored profile and the columns to publish: all of a new table.
    fn load_profile(
        &self,
        table: &Table,
        mapping: &TableMapping,
    ) -> Result<(Profiled, Vec<Place>), Fault> {
        let seen = self.last_seen(&table.name)?;
        let stored = self.state.read::<StoredProfile>(&keys::profile(&table.name))?;
        let Some(StoredProfile { policy_digest, profile }) = stored else {
            let profile = TableProfile::of(table, &mapping.columns, said(mapping));
            let profiled =
                Profiled { outdated: false, changed: true, ..Profiled::new(profile, seen) };
            return Ok((profiled, (0..table.columns.len()).map(Place::column).collect()));
        };
        let outdated = policy_digest != self.engine.policies.digest;
        Ok((Profiled { outdated, ..Profiled::new(profile, seen) }, Vec::new()))
    }

    /// The data map of a table as it stands, in this shape.
    pub(super) fn profile_of(
        &self,
        table: &Table,
        mapping: &TableMapping,
    ) -> Result<TableProfile, Fault> {
        let loaded = || Ok(self.load_profile(table, mapping)?.0);
        let known = self.data_map.profiles.get(&table.name).cloned();
        let Profiled { mut profile, outdated, .. } = known.map_or_else(loaded, Ok)?;
        if outdated || !profile.fits(table) {
            profile.say(said(mapping));
            profile.reshape(table, &mapping.columns);
        }
        Ok(profile)
    }
}

/// What the pack says of the rows of a table.
pub fn said(mapping: &TableMapping) -> Option<Role> {
    mapping.subject.as_ref().map(|subject| match subject {
        SubjectMapping::Itself { .. } => Role::Person,
        _ => Role::Record,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lsn;

    #[test]
    fn one_row_in_as_many_is_looked_at_however_large_the_transactions_are() {
        for (rows, transactions) in [(1, 64_000), (10, 6_400), (64_000, 1)] {
            let positions = (1..=transactions).flat_map(|transaction: u64| {
                (1..=rows).map(move |ordinal| Position { commit: Lsn(transaction * 344), ordinal })
            });
            let looked = positions.filter(|position| is_sampled(*position)).count();
            assert!((900..1_100).contains(&looked), "{looked} of transactions of {rows}");
        }
    }
}
