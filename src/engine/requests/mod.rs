//! Requests of data subjects are followed from their first row to their answer.
//!
//! One record for each, under its row, and at most one entry among what is due: the next moment at
//! which something is to be said. A moment that has passed is said before the change that comes
//! after it is looked at, so the result does not depend on when what is due is reached.
//!
//! Whatever may have closed a request unseen keeps it from being judged: a part of the stream that
//! was not seen, a row that was deleted or emptied away, a state that cannot be read.

mod clock;
mod right;
mod unnamed;

use serde::{Deserialize, Serialize};

use self::clock::Clock;
use self::unnamed::Unnamed;
use super::assess::coverage::Gap;
use super::assess::{Circumstances, request};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{self, Place, since};
use super::record::{Record, says};
use crate::model::limits::{GDPR_APPLIES, REQUEST_PAUSE};
use crate::model::{
    Cell, Code, Evidence, EvidenceRole, Fault, OperationKind, Reference, TimeZone, Timestamp,
};
use crate::policy::{Condition, RequestKind, RequestMapping};

/// A request that has not been answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Followed {
    kind: RequestKind,
    /// The change with which it was first seen.
    opened: Circumstances,
    clock: Clock,
    /// The months of which three quarters have been said to be over; 0 before.
    warned: u32,
    overdue: bool,
    /// The change that refused it without a reason.
    refused: Option<Circumstances>,
    /// The last change of its row.
    latest: Evidence,
    seen: Place,
    /// What is due of it, by key.
    due: Option<Vec<u8>>,
}

/// Where a request stands, as its row has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Refused,
    Closed,
}

impl Followed {
    fn new(
        kind: RequestKind,
        opened: &Circumstances,
        received: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        let mut followed = Followed {
            kind,
            opened: opened.clone(),
            clock: Clock::new(received),
            warned: 0,
            overdue: false,
            refused: None,
            latest: evidence(opened),
            seen: opened.stamp.place,
            due: None,
        };
        followed.receive(received, opened.stamp.time, zone);
        followed
    }

    /// It was received earlier than was known. What is late already when that is seen is late, and not soon to be.
    fn receive(&mut self, received: Timestamp, now: Timestamp, zone: &TimeZone) {
        self.clock.receive(received);
        if self.clock.deadline(zone).is_some_and(|deadline| deadline <= now) {
            self.warned = self.clock.months();
        }
    }

    fn warning(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.clock.warning(zone).filter(|_| self.warned < self.clock.months() && !self.overdue)
    }

    fn deadline(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.clock.deadline(zone).filter(|_| !self.overdue)
    }

    /// What is counted of it.
    fn count(&self) -> Option<(RequestKind, bool)> {
        self.refused.is_none().then_some((self.kind, self.overdue))
    }
}

impl<'a> Deciding<'a> {
    /// On whose wall the days are counted in which people are to be answered.
    pub(super) fn zone(&self) -> &'a TimeZone {
        &self.engine.policies.pack.time_zone
    }
}

impl Deciding<'_> {
    /// Brings a change of a request's row into its record.
    pub(super) fn follow_request(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let (Some(mapping), Some(row)) = (&record.mapping.request, change.row()) else {
            return Ok(());
        };
        self.note_kind(change, circumstances, mapping)?;
        let (state, pseudonyms) = (&mut self.state, &self.engine.pseudonyms);
        let seen = (circumstances.stamp, circumstances.copied);
        ledger::note_objection(change, seen, state, pseudonyms)?;
        let key = keys::request(row);
        let known = self.known_request(record, row)?;
        let counted = known.as_ref().and_then(Followed::count);
        let known = match known {
            Some(followed) => self.up_to(followed, circumstances)?,
            None => None,
        };
        let unnamed = match known {
            Some(_) => None,
            None => self.take_unnamed(record, circumstances)?,
        };
        let after = match standing(record, mapping) {
            _ if record.change.operation.kind() == OperationKind::Delete => {
                if known.is_some() || unnamed.is_some() {
                    self.announce(Gap::Request, circumstances)?;
                }
                None
            }
            None => {
                if known.is_some() {
                    self.announce(Gap::Request, circumstances)?;
                }
                // It goes on with the next state that can be read.
                self.keep_unnamed(Some(row), unnamed);
                known.map(|followed| (followed, false))
            }
            Some(Standing::Closed) => None,
            Some(Standing::Refused) => {
                self.refused(known, change, circumstances)?.map(|followed| (followed, true))
            }
            Some(Standing::Open) => {
                let known = (known, unnamed);
                self.opened(known, change, circumstances)?.map(|followed| (followed, true))
            }
        };
        self.keep_request(key, counted, after)
    }

    /// Where a request that has not been answered was first seen.
    pub(super) fn requested(&self, row: Reference) -> Result<Option<Place>, Fault> {
        let followed = self.state.read::<Followed>(&keys::request(row))?;
        Ok(followed.map(|followed| followed.opened.stamp.place))
    }

    /// The record of the row, also under the name that it had before. What was due of it no longer
    /// is.
    fn known_request(
        &mut self,
        record: &Record<'_>,
        row: Reference,
    ) -> Result<Option<Followed>, Fault> {
        let former = record.former_row(&self.engine.pseudonyms);
        for key in [Some(row), former].into_iter().flatten().map(keys::request) {
            if let Some(mut followed) = self.state.read::<Followed>(&key)? {
                if let Some(due) = followed.due.take() {
                    self.state.remove(due);
                }
                self.state.remove(key);
                return Ok(Some(followed));
            }
        }
        Ok(None)
    }

    /// What was to be said before this change is said. A row that was emptied away and comes again
    /// is another request, unless it is copied anew or its table was emptied a moment ago.
    fn up_to(
        &mut self,
        mut followed: Followed,
        change: &Circumstances,
    ) -> Result<Option<Followed>, Fault> {
        if self.is_outdated(&followed)? {
            let again = change.copied || self.is_reloading(change)?;
            return Ok(again.then_some(followed));
        }
        let unread = self.is_unfit(&change.table) || self.lacks_people(change.stamp.place);
        if followed.seen.part == self.part() && followed.refused.is_none() && !unread {
            self.lapse(&mut followed, change.stamp.time)?;
        }
        Ok(Some(followed))
    }

    fn opened(
        &mut self,
        (known, unnamed): (Option<Followed>, Option<Unnamed>),
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Followed>, Fault> {
        let record = change.record();
        let Some(mapping) = &record.mapping.request else { return Ok(known) };
        let kind = record.select(&mapping.kind, &self.state, &self.engine.pseudonyms)?;
        let now = circumstances.stamp.time;
        let zone = self.zone();
        let claim = claimed(record, mapping, circumstances);
        let Some(kind) = kind.or(known.as_ref().map(|followed| followed.kind)) else {
            if self.is_kind_unreadable(record, mapping)? {
                self.announce(Gap::Request, circumstances)?;
            }
            let mut unnamed =
                unnamed.unwrap_or_else(|| Unnamed::new(circumstances, claim.unwrap_or(now)));
            unnamed.goes_on((record, mapping), claim, circumstances);
            self.keep_unnamed(circumstances.row, Some(unnamed));
            return Ok(None);
        };
        if known.is_none() {
            self.follow_right(change, (circumstances, kind));
        }
        let mut followed = match (known, unnamed) {
            (Some(followed), _) => followed,
            (None, Some(unnamed)) => unnamed.named(kind, circumstances, zone),
            (None, None) => Followed::new(kind, circumstances, claim.unwrap_or(now), zone),
        };
        // One that is filled in later may say that it came earlier.
        if let Some(claim) = claim {
            followed.receive(claim, now, zone);
        }
        followed.kind = kind;
        followed.refused = None;
        followed.latest = evidence(circumstances);
        followed.seen = circumstances.stamp.place;
        follow_state(&mut followed.clock, (record, mapping), now);
        Ok(Some(followed))
    }

    /// A refusal needs a reason (Art. 12(4)), which may come within the grace. Only the change that
    /// refuses is looked at.
    fn refused(
        &mut self,
        known: Option<Followed>,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Followed>, Fault> {
        let record = change.record();
        let mapping = record.mapping.request.as_ref();
        let Some((mapping, column)) = mapping.and_then(|it| Some((it, it.reason.as_ref()?))) else {
            return Ok(None);
        };
        match record.cell(column) {
            Cell::Unchanged => {
                self.announce(Gap::Request, circumstances)?;
                return Ok(None);
            }
            Cell::Known(content) if !content.reveal().trim_ascii().is_empty() => return Ok(None),
            Cell::Known(_) | Cell::Null => {}
        }
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let now = inserted || record.held(&mapping.rejected) == Some(false);
        if circumstances.copied || (known.is_none() && !now) {
            return Ok(None);
        }
        let kind = record.select(&mapping.kind, &self.state, &self.engine.pseudonyms)?;
        let Some(kind) = kind.or(known.as_ref().map(|followed| followed.kind)) else {
            self.announce(Gap::Request, circumstances)?;
            return Ok(None);
        };
        let time = circumstances.stamp.time;
        let mut followed =
            known.unwrap_or_else(|| Followed::new(kind, circumstances, time, self.zone()));
        followed.seen = circumstances.stamp.place;
        followed.latest = evidence(circumstances);
        followed.refused.get_or_insert_with(|| circumstances.clone());
        Ok(Some(followed))
    }

    /// The next moment of a request has come.
    pub(super) fn reach_request(&mut self, key: Vec<u8>) -> Result<(), Fault> {
        let Some(mut followed) = self.state.read::<Followed>(&key)? else { return Ok(()) };
        followed.due = None;
        let counted = followed.count();
        if self.is_outdated(&followed)? {
            self.announce(Gap::Request, &followed.opened)?;
            self.state.remove(key.clone());
            return self.keep_request(key, counted, None);
        }
        if followed.seen.part != self.part() || self.is_unfit(&followed.opened.table) {
            self.announce(Gap::Request, &followed.opened)?;
            return self.keep_request(key, counted, Some((followed, false)));
        }
        let here = Place { part: self.part(), position: self.position() };
        if self.lacks_people(here) {
            let due = keys::due(self.now + REQUEST_PAUSE, followed.opened.position(), LANE);
            self.expect(due.clone(), &Due::Request(key.clone()));
            followed.due = Some(due);
            self.state.write(key, &followed);
            return Ok(());
        }
        if let Some(refused) = followed.refused.take() {
            let judged = refused.stamp.time + self.engine.policies.profile.grace;
            let violation = request::without_reason(followed.kind, &evidence(&followed.opened));
            self.report(violation, &refused, judged)?;
            self.state.remove(key);
            return Ok(());
        }
        let zone = self.zone();
        if let Some(moment) = followed.warning(zone).or(followed.deadline(zone)) {
            self.lapse(&mut followed, moment)?;
        }
        self.keep_request(key, counted, Some((followed, true)))
    }

    /// Says what has come to pass by a moment.
    fn lapse(&mut self, followed: &mut Followed, now: Timestamp) -> Result<(), Fault> {
        if let Some(warning) = followed.warning(self.zone()).filter(|warning| *warning <= now) {
            followed.warned = followed.clock.months();
            self.say(Code::RT_002, followed, warning)?;
        }
        if let Some(deadline) = followed.deadline(self.zone()).filter(|deadline| *deadline <= now) {
            followed.overdue = true;
            self.say(Code::RT_001, followed, deadline)?;
        }
        Ok(())
    }

    fn say(&mut self, code: Code, followed: &Followed, moment: Timestamp) -> Result<(), Fault> {
        let months = followed.clock.months();
        let violation = request::late(code, followed.kind, months, &followed.latest);
        // Only what was late already when the copy began is counted for the whole table.
        let copied = followed.opened.copied && moment <= followed.opened.stamp.time;
        let opened = Circumstances { copied, ..followed.opened.clone() };
        self.report(violation, &opened, moment)
    }

    /// Keeps the record, if one is left, enters its next moment if it can be judged, and counts.
    fn keep_request(
        &mut self,
        key: Vec<u8>,
        counted: Option<(RequestKind, bool)>,
        followed: Option<(Followed, bool)>,
    ) -> Result<(), Fault> {
        let counts_now = followed.as_ref().and_then(|(followed, _)| followed.count());
        self.counts.requests.moved(counted, counts_now);
        let Some((mut followed, readable)) = followed else { return Ok(()) };
        let grace = self.engine.policies.profile.grace;
        let next = match &followed.refused {
            Some(refused) => Some(refused.stamp.time + grace),
            None => followed.warning(self.zone()).or(followed.deadline(self.zone())),
        };
        if let Some(next) = next.filter(|_| readable) {
            let due = keys::due(next, followed.opened.position(), LANE);
            self.expect(due.clone(), &Due::Request(key.clone()));
            followed.due = Some(due);
        }
        self.state.write(key, &followed);
        Ok(())
    }

    /// Whether the transaction has emptied the table of the row.
    pub(super) fn is_reloading(&self, change: &Circumstances) -> Result<bool, Fault> {
        let emptied = since(&self.state, &change.table)?;
        Ok(emptied.transaction() == change.stamp.place.transaction())
    }

    /// Whether its table has been emptied or copied anew since its row was last seen.
    fn is_outdated(&self, followed: &Followed) -> Result<bool, Fault> {
        Ok(since(&self.state, &followed.opened.table)? > followed.seen)
    }
}

/// What a request leaves behind among what is due, beside what its change does.
const LANE: u8 = u8::MAX;

/// What the row says of the time itself: that it is longer, or rests.
fn follow_state(
    clock: &mut Clock,
    (record, mapping): (&Record<'_>, &RequestMapping),
    now: Timestamp,
) {
    if let Some(extended) = says(record, &mapping.extended) {
        clock.extend(extended);
    }
    if let Some(rests) = says(record, &mapping.paused) {
        clock.rest(rests, now);
    }
}

fn evidence(change: &Circumstances) -> Evidence {
    Evidence { role: EvidenceRole::Request, ..change.evidence() }
}

/// `None` when a column on which it depends is not known.
fn standing(record: &Record<'_>, mapping: &RequestMapping) -> Option<Standing> {
    let closed = [says(record, &mapping.fulfilled), says(record, &mapping.withdrawn)];
    let refused = says(record, &mapping.rejected);
    match (closed.contains(&Some(true)), refused) {
        (true, _) => Some(Standing::Closed),
        (false, Some(true)) => Some(Standing::Refused),
        (false, Some(false)) if !closed.contains(&None) => Some(Standing::Open),
        (false, _) => None,
    }
}

/// When the request was received, as its row says. The claim counts when it was written with the row or into an
/// empty column of it, or the row was open all the time and only its kind was not known; and if it can be true: not
/// in the future, and not before the regulation applied. A row that was not followed does not say how long its
/// clock has rested; where it may have, it counts from first sight.
fn claimed(
    record: &Record<'_>,
    mapping: &RequestMapping,
    change: &Circumstances,
) -> Option<Timestamp> {
    let column = mapping.received_at.as_ref()?;
    let rests = !mapping.paused.is_empty();
    let counts = match record.change.operation.kind() {
        OperationKind::Insert => !(change.copied && rests),
        _ => {
            let filled_in = record.former_text(column) == Some(None);
            filled_in || (was_open(record, mapping) && !rests)
        }
    };
    let (first, _) = record.mapping.time_zone.moments(record.text(column).filter(|_| counts)?)?;
    (GDPR_APPLIES..=change.stamp.time).contains(&first).then_some(first)
}

/// Whether the row was that of an open request before an update.
fn was_open(record: &Record<'_>, mapping: &RequestMapping) -> bool {
    let held = |conditions: &[Condition]| match conditions.is_empty() {
        true => Some(false),
        false => record.held(conditions),
    };
    [&mapping.fulfilled, &mapping.withdrawn, &mapping.rejected]
        .into_iter()
        .all(|conditions| held(conditions) == Some(false))
}
