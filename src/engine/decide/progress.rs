//! How far the stream has been decided, and what of it is known to be missing.

use std::collections::BTreeMap;

use super::{Deciding, Progress};
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

    /// Whether records that counted at this place may be missing.
    pub(in crate::engine) fn is_incomplete(&self, place: Place) -> bool {
        self.lacks_people(place) || place < self.progress.permissions_from
    }

    /// Whether records of people, bases and requests may be, and not only of permissions and contact points.
    pub(in crate::engine) fn lacks_people(&self, place: Place) -> bool {
        place < self.progress.complete_from
    }

    /// Records may be missing from before this place.
    pub(in crate::engine) fn incomplete_before(&mut self, place: Place) {
        self.progress.complete_from = self.progress.complete_from.max(place);
    }

    /// Records of permissions and contact points may be missing from before this place.
    pub(in crate::engine) fn permissions_missing_before(&mut self, place: Place) {
        self.progress.permissions_from = self.progress.permissions_from.max(place);
    }

    /// No record is missing from here on.
    pub(in crate::engine) fn complete_from(&mut self, place: Place) {
        let Progress { complete_from, permissions_from, .. } = &mut self.progress;
        *complete_from = (*complete_from).min(place);
        *permissions_from = (*permissions_from).min(place);
    }

    /// The last position that was decided.
    pub(in crate::engine) fn position(&self) -> Position {
        self.progress.checkpoint.position
    }

    pub(in crate::engine) fn watched(&mut self) -> &mut Watched {
        &mut self.progress.watched
    }
}
