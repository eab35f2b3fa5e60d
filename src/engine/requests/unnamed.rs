//! Rows among requests of which it is not known yet what is asked for.
//!
//! *Why*: a ticket is entered when somebody writes, and classified when somebody reads it. The time to answer
//! runs from receipt (Art. 12(3)), so the first sight of the row is kept, with rests and extensions, until the row
//! says which right it is about, is closed or goes.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::{Followed, follow_state};
use crate::engine::assess::Circumstances;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::engine::ledger::{Place, since};
use crate::engine::record::Record;
use crate::model::{Fault, OperationKind, Reference, Timestamp};
use crate::policy::{RequestKind, RequestMapping};

/// An open row whose kind is not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unnamed {
    /// The change with which it was first seen.
    opened: Circumstances,
    clock: Clock,
    seen: Place,
}

impl Unnamed {
    /// A row that is seen for the first time.
    pub(super) fn new(opened: &Circumstances, received: Timestamp) -> Self {
        let seen = opened.stamp.place;
        Unnamed { opened: opened.clone(), clock: Clock::new(received), seen }
    }

    /// It is seen again, and still open.
    pub(super) fn goes_on(
        &mut self,
        row: (&Record<'_>, &RequestMapping),
        claim: Option<Timestamp>,
        change: &Circumstances,
    ) {
        if let Some(claim) = claim {
            self.clock.receive(claim);
        }
        self.seen = change.stamp.place;
        follow_state(&mut self.clock, row, change.stamp.time);
    }

    /// The request that it turns out to be, received when the row was first seen. Whose it is may have become
    /// known with its kind.
    pub(super) fn named(self, kind: RequestKind, change: &Circumstances) -> Followed {
        let received = self.clock.received();
        let subject = change.subject.or(self.opened.subject);
        let mut followed = Followed::new(kind, &Circumstances { subject, ..self.opened }, received);
        followed.clock = self.clock;
        followed.receive(received, change.stamp.time);
        followed
    }
}

impl Deciding<'_> {
    /// What is kept of the row, also under the name that it had before, unless its table was emptied since.
    pub(super) fn take_unnamed(
        &mut self,
        record: &Record<'_>,
        change: &Circumstances,
    ) -> Result<Option<Unnamed>, Fault> {
        if record.change.operation.kind() == OperationKind::Insert && !change.copied {
            return Ok(None);
        }
        let former = record.former_row(&self.engine.pseudonyms);
        for key in [change.row, former].into_iter().flatten().map(keys::unnamed_request) {
            if let Some(unnamed) = self.state.read::<Unnamed>(&key)? {
                self.state.remove(key);
                let emptied = since(&self.state, &unnamed.opened.table)? > unnamed.seen;
                return Ok((!emptied || change.copied).then_some(unnamed));
            }
        }
        Ok(None)
    }

    pub(super) fn keep_unnamed(&mut self, row: Option<Reference>, unnamed: Option<Unnamed>) {
        if let (Some(row), Some(unnamed)) = (row, unnamed) {
            self.state.write(keys::unnamed_request(row), &unnamed);
        }
    }
}
