//! Rows among requests of which it is not known yet what is asked for.
//!
//! *Why*: a ticket is entered when somebody writes, and classified when somebody reads it. The time to answer
//! runs from receipt (Art. 12(3)), so the first sight of the row is kept, with rests and extensions, until the row
//! says which right it is about, is closed or goes. What is not written by the end of that time cannot be judged.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::{Followed, follow_state};
use crate::engine::assess::Circumstances;
use crate::engine::assess::coverage::Gap;
use crate::engine::decide::Deciding;
use crate::engine::judge::Due;
use crate::engine::keys;
use crate::engine::ledger::{Place, since};
use crate::engine::record::Record;
use crate::model::{Cell, Fault, OperationKind, Reference, TimeZone, Timestamp};
use crate::policy::{RequestKind, RequestMapping};

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 10;

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
    pub(super) fn named(
        self,
        kind: RequestKind,
        change: &Circumstances,
        zone: &TimeZone,
    ) -> Followed {
        let received = self.clock.received();
        let subject = change.subject.or(self.opened.subject);
        let mut followed =
            Followed::new(kind, &Circumstances { subject, ..self.opened }, received, zone);
        followed.clock = self.clock;
        followed.receive(received, change.stamp.time, zone);
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
                // What has passed is said before what comes after it is looked at.
                if unnamed
                    .clock
                    .deadline(self.zone())
                    .is_some_and(|deadline| deadline <= change.stamp.time)
                {
                    self.announce(Gap::Request, &unnamed.opened)?;
                }
                let again = change.copied || self.is_reloading(change)?;
                return Ok((!emptied || again).then_some(unnamed));
            }
        }
        Ok(None)
    }

    pub(super) fn keep_unnamed(&mut self, row: Option<Reference>, unnamed: Option<Unnamed>) {
        let (Some(row), Some(unnamed)) = (row, unnamed) else { return };
        let key = keys::unnamed_request(row);
        if let Some(deadline) = unnamed.clock.deadline(self.zone()) {
            let due = keys::due(deadline, unnamed.opened.position(), LANE);
            self.expect(due, &Due::Unnamed(key.clone()));
        }
        self.state.write(key, &unnamed);
    }

    /// Whether what a row asks for is written where it cannot be read. Where nothing is written yet, it may still
    /// be.
    pub(super) fn is_kind_unreadable(
        &self,
        record: &Record<'_>,
        mapping: &RequestMapping,
    ) -> Result<bool, Fault> {
        let is_sent = mapping.kind.column().is_none_or(|it| record.cell(it) != Cell::Unchanged);
        let pseudonyms = &self.engine.pseudonyms;
        Ok(!is_sent || record.is_written(&mapping.kind, &self.state, pseudonyms)?)
    }

    /// The time to answer is over, and what was asked for has not been written down.
    pub(in crate::engine) fn reach_unnamed(&mut self, key: &[u8]) -> Result<(), Fault> {
        let Some(unnamed) = self.state.read::<Unnamed>(key)? else { return Ok(()) };
        let is_over =
            unnamed.clock.deadline(self.zone()).is_some_and(|deadline| deadline <= self.now);
        match is_over {
            true => self.announce(Gap::Request, &unnamed.opened),
            false => Ok(()),
        }
    }
}
