//! How far the stream has been decided.

use std::collections::BTreeMap;

use super::Deciding;
use crate::engine::ledger::Place;
use crate::engine::lookout::Watched;
use crate::engine::unfit::Unfit;
use crate::model::{Lsn, Position, TableName, Timestamp};

impl Deciding<'_> {
    /// Which unbroken part of the stream this is.
    pub(in crate::engine) fn part(&self) -> u32 {
        self.progress.part
    }

    /// First byte after the last transaction that was decided to its end.
    pub(in crate::engine) fn decided_to(&self) -> Lsn {
        self.progress.checkpoint.end
    }

    pub(in crate::engine) fn unfit(&self) -> &BTreeMap<TableName, Unfit> {
        &self.progress.unfit
    }

    pub(in crate::engine) fn unfit_mut(&mut self) -> &mut BTreeMap<TableName, Unfit> {
        self.refits = true;
        &mut self.progress.unfit
    }

    /// Where the copy in progress stands, if one is.
    pub(in crate::engine) fn copy_place(&self) -> Option<Place> {
        let open = self.progress.open.filter(|open| open.kind.is_copy())?;
        Some(self.stamp(open, self.progress.checkpoint.position).place)
    }

    /// Stream time of the transaction in progress.
    pub(in crate::engine) fn transaction_time(&self) -> Timestamp {
        self.progress.open.map_or(self.now, |open| open.arrived)
    }

    /// The last position that was decided.
    pub(in crate::engine) fn position(&self) -> Position {
        self.progress.checkpoint.position
    }

    pub(in crate::engine) fn watched(&mut self) -> &mut Watched {
        &mut self.progress.watched
    }
}
