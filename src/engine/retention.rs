//! How long people are kept: the register's time limits for erasure count from the last act of the
//! data subject, or from the collection of the data.
//!
//! One record for each person under a limit, and at most one entry among what is due. Acts only move
//! the record; where the entry is reached too early, it is entered again. A limit that has passed is
//! said before the act that comes after it counts, so the result does not depend on when what is due
//! is reached.
//!
//! Whatever may have been an act counts as one: a row whose conditions cannot be read, a part of the
//! stream that was not seen, a row that the copy brings without its time.

mod holds;

use serde::{Deserialize, Serialize};

use self::holds::Holds;
use super::assess::claim::Claim;
use super::assess::coverage::Gap;
use super::assess::{Circumstances, retention};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{self, Period, Place, SubjectRecord, since};
use super::record::{Record, says};
use super::standing::About;
use crate::model::limits::{
    LAST_ACT_PRECISION, RECOUNT_PAUSE, RECOUNTED, REQUEST_PAUSE, STORAGE_PAUSE,
};
use crate::model::{
    Cell, Evidence, Fault, OperationKind, Position, Reference, Standing, Timestamp,
};
use crate::policy::{LawfulBasis, Register, Storage};

/// Somebody whose data is kept for a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The change with which the person was first seen; `None` while only acts were.
    entered: Option<Circumstances>,
    /// When the data was collected, or the person acted last.
    last: Timestamp,
    /// The row of that act.
    act: Option<Evidence>,
    /// Category of data subjects.
    category: Option<String>,
    /// Must not be erased.
    held: bool,
    /// Until when rows about the person are to be kept by law.
    until: Timestamp,
    /// That the limit has passed has been said.
    said: bool,
    /// It was said as information: of a rule on trial, or under an exception.
    lightly: bool,
    /// Where the person's row was last known to stand.
    seen: Place,
    /// What is due of it.
    due: Option<Vec<u8>>,
}

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 2;

impl Kept {
    /// An act of the person's own at some moment; not every one of a day is written down.
    fn acted(&mut self, at: Timestamp, evidence: Evidence) {
        if self.act.is_none() && at >= self.last || at > self.last + LAST_ACT_PRECISION {
            self.last = self.last.max(at);
            self.act = Some(evidence);
            (self.said, self.lightly) = (false, false);
        }
    }

    /// The first moment at which the person is kept for too long; `None` where that never comes or
    /// is not known.
    fn end(&self, register: &Register, unbroken: Timestamp) -> Option<Timestamp> {
        let table = &self.entered.as_ref().filter(|_| !self.held)?.table;
        let limit = register.activity_of(table)?.erase_after.as_ref()?;
        let period = limit.period(self.category.as_deref())?;
        let last = if limit.from_last_act { self.last.max(unbroken) } else { self.last };
        let end = (last + period + LAST_ACT_PRECISION).max(self.until);
        (end < NEVER).then_some(end)
    }
}

/// Kept for good.
const NEVER: Timestamp = Timestamp(i64::MAX);

impl Deciding<'_> {
    /// Brings one change into the record of whom it is about. It is a gap where the register sets no
    /// limit for the person. `own_act`: it records evidence of an act of the person's own.
    pub(super) fn follow_storage(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
        own_act: bool,
    ) -> Result<Option<Gap>, Fault> {
        let record = change.record();
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let Some(subject) = change.subject() else { return Ok(None) };
        match record.mapping.followed.storage {
            Storage::Unjudged => Ok(None),
            Storage::Unlimited => Ok(inserted.then_some(Gap::Limit)),
            Storage::Limited => self.follow_own_row(subject, change, circumstances, own_act),
            Storage::About { holds } => {
                let act = happened(record, circumstances.stamp.time).or_else(|| {
                    (own_act || inserted && record.mapping.request.is_some())
                        .then_some(circumstances.stamp.time)
                });
                let until = match holds && !circumstances.copied {
                    true => self.follow_hold(subject, change, circumstances)?,
                    false => (holds && inserted).then(|| self.kept_by_law(circumstances)),
                };
                if act.is_some() || until.is_some() {
                    self.follow_act(subject, act, until, circumstances)?;
                }
                Ok(None)
            }
        }
    }

    fn follow_own_row(
        &mut self,
        subject: Reference,
        change: &Classified<'_>,
        circumstances: &Circumstances,
        own_act: bool,
    ) -> Result<Option<Gap>, Fault> {
        let record = change.record();
        let before = self.state.read::<Kept>(&keys::kept(subject))?;
        let operation = record.change.operation.kind();
        let inserted = operation == OperationKind::Insert;
        let left = change.left();
        let updated = operation == OperationKind::Update;
        let anonymised = updated && left.touched && left.kept == 0 && left.unsure == 0;
        let goes = operation == OperationKind::Delete || anonymised;
        let now = circumstances.stamp.time;
        let known = self.what_stands(subject, before.clone(), goes, (record, circumstances))?;
        let is_entered = known.as_ref().is_some_and(|kept| kept.entered.is_some());
        let mut kept = known.unwrap_or_default();
        if is_entered && !circumstances.copied {
            self.lapse_storage(subject, &mut kept, now)?;
        }
        if goes {
            if is_entered && operation == OperationKind::Delete {
                let holds = self.state.read::<Holds>(&keys::holds(subject))?;
                self.set_aside(keys::aside(b'K', subject), (kept, holds), circumstances);
            }
            self.forget_kept(subject)?;
            return Ok(None);
        }
        // What a row of before holds that is only touched is not known to be anything.
        if !is_entered && updated && left.written == 0 {
            return Ok(None);
        }
        if !is_entered || inserted {
            kept.seen = circumstances.stamp.place;
        }
        if !is_entered {
            self.enter(&mut kept, record, circumstances);
        }
        let selector = record.mapping.person.category.as_ref();
        if let Some(selector) = selector {
            kept.category = record.select(selector, &self.state, &self.engine.pseudonyms)?;
        }
        kept.held = says(record, &record.mapping.person.legal_hold).unwrap_or(kept.held);
        let act = happened(record, now).or(own_act.then_some(now));
        if let Some(at) = act.filter(|_| self.counts_acts(&kept)) {
            kept.acted(at, circumstances.evidence());
        }
        let register = &self.engine.policies.register;
        let limit = register.activity_of(&circumstances.table);
        let limit = limit.and_then(|activity| activity.erase_after.as_ref());
        let limited = limit.is_some_and(|it| it.period(kept.category.as_deref()).is_some());
        if before.as_ref() != Some(&kept) {
            self.keep(subject, kept, Timestamp(i64::MIN))?;
        }
        Ok((!limited).then_some(Gap::Limit))
    }

    /// What is known of the person still as the row comes.
    fn what_stands(
        &mut self,
        subject: Reference,
        before: Option<Kept>,
        goes: bool,
        (record, circumstances): (&Record<'_>, &Circumstances),
    ) -> Result<Option<Kept>, Fault> {
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let known = match before {
            Some(kept) if !self.is_gone(&kept)? || circumstances.copied => Some(kept),
            Some(kept) if inserted && self.is_reloading(circumstances)? => Some(kept),
            Some(kept) => {
                self.state.remove(keys::kept(subject));
                kept.due.into_iter().for_each(|due| self.state.remove(due));
                None
            }
            None => None,
        };
        match known {
            Some(kept) if kept.entered.is_some() => Ok(Some(kept)),
            known if goes || circumstances.copied => Ok(known),
            known => self.as_before(subject, known, (record, circumstances)),
        }
    }

    /// What was known of a row that is written anew in the transaction that deleted it, or gets another key, with
    /// what has come since.
    fn as_before(
        &mut self,
        subject: Reference,
        known: Option<Kept>,
        (record, circumstances): (&Record<'_>, &Circumstances),
    ) -> Result<Option<Kept>, Fault> {
        let former = record.former_person(&self.engine.pseudonyms);
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let gone = match former.filter(|former| *former != subject) {
            Some(former) => self.set_free(former)?,
            None if inserted => self.take_back(keys::aside(b'K', subject), circumstances)?,
            None => None,
        };
        let Some((mut kept, holds)) = gone else { return Ok(known) };
        self.unite_holds(subject, holds)?;
        kept.due = None;
        if let Some(entered) = &mut kept.entered {
            (entered.subject, entered.row) = (Some(subject), circumstances.row);
        }
        if let Some(known) = known {
            kept.until = kept.until.max(known.until);
            known.act.into_iter().for_each(|act| kept.acted(known.last, act));
        }
        Ok(Some(kept))
    }

    /// What is known of a person, and is not any more.
    fn set_free(&mut self, subject: Reference) -> Result<Option<(Kept, Option<Holds>)>, Fault> {
        let Some(kept) = self.state.read::<Kept>(&keys::kept(subject))? else { return Ok(None) };
        let holds = self.state.read::<Holds>(&keys::holds(subject))?;
        self.forget_kept(subject)?;
        Ok(Some((kept, holds)))
    }

    /// The person's row is known from here on.
    fn enter(&self, kept: &mut Kept, record: &Record<'_>, circumstances: &Circumstances) {
        let now = circumstances.stamp.time;
        let collected = record.mapping.person.collected_at.as_ref();
        let claim = collected.and_then(|column| Claim::of(record, column));
        let claim = claim.filter(|_| circumstances.copied);
        let collected = claim.map_or(now, |claim| claim.latest.min(now));
        kept.entered = Some(circumstances.clone());
        kept.last = kept.last.max(collected);
        // Acts may have come before the row.
        if !self.counts_acts(kept) {
            (kept.last, kept.act) = (collected, None);
        }
    }

    /// Whether the limit counts from the person's last act, as far as is known.
    fn counts_acts(&self, kept: &Kept) -> bool {
        let Some(entered) = &kept.entered else { return true };
        let activity = self.engine.policies.register.activity_of(&entered.table);
        let limit = activity.and_then(|activity| activity.erase_after.as_ref());
        limit.is_none_or(|limit| limit.from_last_act)
    }

    fn follow_act(
        &mut self,
        subject: Reference,
        act: Option<Timestamp>,
        until: Option<Timestamp>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let before = self.state.read::<Kept>(&keys::kept(subject))?;
        let mut kept = before.clone().unwrap_or_default();
        if !circumstances.copied {
            self.lapse_storage(subject, &mut kept, circumstances.stamp.time)?;
        }
        if let Some(at) = act.filter(|_| self.counts_acts(&kept)) {
            kept.acted(at, circumstances.evidence());
        }
        if let Some(until) = until {
            self.hold((subject, &mut kept), until, circumstances)?;
        }
        if before.as_ref() != Some(&kept) {
            self.keep(subject, kept, Timestamp(i64::MIN))?;
        }
        Ok(())
    }

    /// Until when a row of the table is to be kept; for good where the register does not say in a way
    /// that can be counted.
    fn kept_by_law(&self, circumstances: &Circumstances) -> Timestamp {
        let activity = self.engine.policies.register.activity_of(&circumstances.table);
        let limit = activity.and_then(|activity| activity.erase_after.as_ref());
        let period = limit.and_then(|limit| limit.period(None));
        period.map_or(NEVER, |period| circumstances.stamp.time + period)
    }

    /// The moment has come at which somebody should have been erased, unless they have acted since.
    pub(super) fn reach_storage(&mut self, subject: Reference) -> Result<(), Fault> {
        let Some(mut kept) = self.state.read::<Kept>(&keys::kept(subject))? else {
            return Ok(());
        };
        kept.due = None;
        if self.is_gone(&kept)? {
            self.state.remove(keys::kept(subject));
            return Ok(());
        }
        let now = self.now;
        self.lapse_storage(subject, &mut kept, now)?;
        let here = Place { part: self.part(), position: self.position() };
        let pause = match () {
            () if self.lacks_people(here) => REQUEST_PAUSE,
            () if kept.lightly => LAST_ACT_PRECISION,
            () => STORAGE_PAUSE,
        };
        self.keep(subject, kept, now + pause)
    }

    /// Says that the limit has passed, if it has by now.
    fn lapse_storage(
        &mut self,
        subject: Reference,
        kept: &mut Kept,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let end = kept.end(&self.engine.policies.register, self.unbroken_since()?);
        let (Some(end), Some(entered)) = (end.filter(|end| *end <= now), &kept.entered) else {
            return Ok(());
        };
        let here = Place { part: self.part(), position: self.position() };
        let settled = kept.said && !kept.lightly;
        if settled || self.lacks_people(here) || self.is_excused(subject, now)? {
            return Ok(());
        }
        // Only what was late already when the copy began is counted for the whole table.
        let copied = entered.copied && end <= entered.stamp.time;
        let entered = Circumstances { copied, ..entered.clone() };
        let register = &self.engine.policies.register;
        let activity = register.activity_of(&entered.table);
        let violation = activity.and_then(|activity| {
            retention::violation(activity, kept.category.as_deref(), kept.act.as_ref())
        });
        let Some(violation) = violation else {
            (kept.said, kept.lightly) = (true, false);
            return Ok(());
        };
        let standing = self.engine.standing(&About::new(&violation, &entered, now));
        // Nobody has judged it; it is looked at again.
        let Some(standing) = standing else { return Ok(()) };
        let lightly = standing != Standing::Enforced;
        // It is said again once it counts in full.
        if kept.said && lightly {
            return Ok(());
        }
        let judged = if kept.said { now } else { end };
        (kept.said, kept.lightly) = (true, lightly);
        self.report(violation, &entered, judged)
    }

    /// Whether a law may ask to keep the person's data, or the person is a test.
    fn is_excused(&self, subject: Reference, now: Timestamp) -> Result<bool, Fault> {
        if self.state.share::<SubjectRecord>(&keys::subject(subject))?.test {
            return Ok(true);
        }
        let obliged = [LawfulBasis::LegalObligation];
        for purpose in self.engine.policies.register.purposes.keys() {
            for version in ledger::bases(&self.state, subject, purpose, Period::Now)? {
                let covers = version.says.map(|says| says.covers(&obliged, now));
                if matches!(covers, Some(Some(true) | None)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether the table has been emptied or copied anew since the person's row was last seen.
    fn is_gone(&self, kept: &Kept) -> Result<bool, Fault> {
        match &kept.entered {
            Some(entered) => Ok(since(&self.state, &entered.table)? > kept.seen),
            None => Ok(false),
        }
    }

    /// Writes the record, and enters what is due of it, not `before` a moment.
    fn keep(&mut self, subject: Reference, mut kept: Kept, before: Timestamp) -> Result<(), Fault> {
        let end = kept.end(&self.engine.policies.register, self.unbroken_since()?);
        let at = end.filter(|_| !kept.said || kept.lightly).map(|end| match end > self.now {
            true => end,
            false => end.max(before),
        });
        let key = at.zip(kept.entered.as_ref());
        let key = key.map(|(at, entered)| keys::due(at, entered.position(), LANE));
        let written = self.state.read::<Kept>(&keys::kept(subject))?;
        if kept.due == key && written.as_ref() == Some(&kept) {
            return Ok(());
        }
        if kept.due != key {
            kept.due.take().into_iter().for_each(|due| self.state.remove(due));
            if let Some(key) = &key {
                self.expect(key.clone(), &Due::Storage(subject));
            }
            kept.due = key;
        }
        self.state.write(keys::kept(subject), &kept);
        Ok(())
    }

    /// Other policies may set other limits: everybody is looked at again, some at a time.
    pub(super) fn recount_storage(&mut self) {
        if self.engine.policies.register.sets_limits() {
            let key = keys::due(self.now, Position::default(), LANE);
            self.expect(key, &Due::Recount(keys::KEPT_FROM.to_vec()));
        }
    }

    /// Looks again at the next ones, from a record on.
    pub(super) fn reach_recount(&mut self, mut from: Vec<u8>) -> Result<(), Fault> {
        for _ in 0..RECOUNTED {
            let Some((key, kept)) = self.state.first::<Kept>(&from, keys::KEPT_END)? else {
                return Ok(());
            };
            let subject = keys::kept_by(&key);
            from = key;
            from.push(0);
            if let Some(subject) = subject.filter(|_| !kept.said) {
                self.keep(subject, kept, Timestamp(i64::MIN))?;
            }
        }
        let key = keys::due(self.now + RECOUNT_PAUSE, Position::default(), LANE);
        self.expect(key, &Due::Recount(from));
        Ok(())
    }

    /// The person has been erased.
    pub(super) fn forget_kept(&mut self, subject: Reference) -> Result<(), Fault> {
        let key = keys::kept(subject);
        if let Some(kept) = self.state.read::<Kept>(&key)? {
            kept.due.into_iter().for_each(|due| self.state.remove(due));
            self.state.remove(key);
            self.state.remove(keys::holds(subject));
        }
        Ok(())
    }

    /// Since when nothing of the stream is missing.
    fn unbroken_since(&self) -> Result<Timestamp, Fault> {
        let since = self.state.recall::<Timestamp>(keys::UNBROKEN)?;
        Ok(since.unwrap_or(Timestamp(i64::MIN)))
    }
}

/// When the person acted, as a change of a row tells; `None` when it tells of no act.
fn happened(record: &Record<'_>, now: Timestamp) -> Option<Timestamp> {
    let act = record.mapping.subject_act.as_ref()?;
    let operation = record.change.operation.kind();
    if matches!(operation, OperationKind::Delete | OperationKind::Truncate)
        || record.holds(&act.when) == Some(false)
    {
        return None;
    }
    let index = act.at.as_ref().and_then(|column| record.change.table.column(column));
    let moved = index.is_some_and(|index| record.changed(index) != Some(false));
    let began = record.held(&act.when) != Some(true);
    if operation == OperationKind::Update && !moved && !began {
        return None;
    }
    let Some(column) = &act.at else { return Some(now) };
    match record.cell(column) {
        // The person of the row has not acted yet; any other row is an act by itself.
        Cell::Null if record.mapping.is_subject_table() => None,
        Cell::Null | Cell::Unchanged | Cell::Known(_) => {
            Some(Claim::of(record, column).map_or(now, |claim| claim.latest.min(now)))
        }
    }
}
