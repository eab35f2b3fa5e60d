//! CN-016: a message for direct marketing over another channel than the one that the person prefers.
//!
//! It is told of as a matter of fairness, and does not make the message unlawful.
//!
//! What the message is for, or over which channel, may stand in a record that is written after it, as a mailing: then
//! it is looked at when the grace is over.
//!
//! *Silent*: a record of that kind which does not come; a preference that the pack cannot read, or that a part of the stream which was not seen may
//! have changed.
//!
//! *Not a finding*: service messages; a preference that came after the message; a yes of the person's own
//! for this very channel that is newer than the preference.

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{self, Period, Stamp, SubjectRecord, since};
use super::questions::sent_now;
use super::word::Word;
use crate::model::{
    Cell, Channel, Code, Evidence, EvidenceRole, Fault, OperationKind, Reference, Timestamp,
};
use crate::policy::PermissionStatus;

/// The channel by which a person wants to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Preference {
    channel: Channel,
    stamp: Stamp,
    evidence: Evidence,
}

/// A message to somebody who had said by which channel they want to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Addressed {
    change: Circumstances,
    preference: Preference,
    purpose: Word<String>,
    channel: Word<Channel>,
    /// The contact point that the message names, for each channel that it may be.
    points: Vec<(Channel, Reference)>,
}

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 11;

impl Deciding<'_> {
    /// Notes what a person prefers, and holds a message against it.
    pub(super) fn follow_preference(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        self.note_preference(change, circumstances)?;
        let followed = change.record().mapping.followed;
        if !followed.prefers || circumstances.copied {
            return Ok(());
        }
        let Some(addressed) = self.addressed(change, circumstances)? else { return Ok(()) };
        let late = addressed.purpose.awaits().or(addressed.channel.awaits());
        if late.is_none() {
            return self.hold_against_preference(addressed, circumstances.time);
        }
        let deadline = circumstances.stamp.time + self.engine.policies.profile.grace;
        let due = keys::due(deadline, circumstances.position(), LANE);
        self.expect(due, &Due::Addressed(Box::new(addressed)));
        Ok(())
    }

    /// The record has come in which purpose or channel stand, or never will.
    pub(super) fn reach_addressed(&mut self, addressed: Addressed) -> Result<(), Fault> {
        let Some(subject) = addressed.change.subject else { return Ok(()) };
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        if known.test || known.erased.is_some() {
            return Ok(());
        }
        let deadline = addressed.change.stamp.time + self.engine.policies.profile.grace;
        self.hold_against_preference(addressed, deadline)
    }

    fn note_preference(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let selector = record.mapping.person.preferred_channel.as_ref();
        let (Some(selector), Some(subject)) = (selector, change.subject()) else { return Ok(()) };
        let unknown = selector.column().is_some_and(|it| record.cell(it) == Cell::Unchanged);
        let removed = record.change.operation.kind() == OperationKind::Delete;
        if unknown && !removed {
            return Ok(());
        }
        let prefers = record.select(selector, &self.state, &self.engine.pseudonyms)?;
        let key = keys::preference(subject);
        let before = self.state.read::<Preference>(&key)?;
        match prefers.filter(|_| !removed) {
            None if before.is_none() => {}
            None => self.state.remove(key),
            Some(channel)
                if before.is_some_and(|before| before.channel == channel)
                    && !circumstances.copied => {}
            Some(channel) => {
                let evidence =
                    Evidence { role: EvidenceRole::Permission, ..circumstances.evidence() };
                let stamp = circumstances.stamp;
                self.state.write(key, &Preference { channel, stamp, evidence });
            }
        }
        Ok(())
    }

    /// The message that a change sends to somebody with a preference.
    fn addressed(
        &self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Addressed>, Fault> {
        let record = change.record();
        let (Some(message), Some(subject)) = (&record.mapping.activity, change.subject()) else {
            return Ok(None);
        };
        if sent_now(record, message) != Some(true) {
            return Ok(None);
        }
        let Some(preference) = self.state.read::<Preference>(&keys::preference(subject))? else {
            return Ok(None);
        };
        let pseudonyms = &self.engine.pseudonyms;
        let known = (&self.state, pseudonyms);
        let channel = Word::of(record, &message.channel, known)?;
        let purpose = Word::of(record, &message.purpose, known)?;
        let Some((channel, purpose)) = channel.zip(purpose) else { return Ok(None) };
        let channels = match &channel {
            Word::Known(channel) => vec![*channel],
            Word::In(_) => Channel::ALL.to_vec(),
        };
        let address = message.address.as_ref().and_then(|column| record.text(column));
        let point = |channel| {
            let point = pseudonyms.reached_in(message.hashed, channel, address?)?;
            Some((channel, point))
        };
        let points = channels.into_iter().filter_map(point).collect();
        let change = circumstances.clone();
        Ok(Some(Addressed { change, preference, purpose, channel, points }))
    }

    /// Tells of a message for direct marketing over another channel than the preferred one.
    fn hold_against_preference(
        &mut self,
        addressed: Addressed,
        judged: Timestamp,
    ) -> Result<(), Fault> {
        let Addressed { change, preference, purpose, channel, points } = addressed;
        let policies = &self.engine.policies;
        let mapping = policies.pack.tables.get(&change.table);
        let message = mapping.and_then(|mapping| mapping.activity.as_ref());
        let for_what = message.map(|it| &it.purpose);
        let purpose = Word::as_far_as_known(Some(&purpose), for_what, &self.state)?;
        let over = message.map(|it| &it.channel);
        let channel = Word::as_far_as_known(Some(&channel), over, &self.state)?;
        let (Some(purpose), Some(channel)) = (purpose, channel) else { return Ok(()) };
        let meant = policies.register.purposes.get(&purpose);
        let Preference { channel: preferred, stamp, evidence } = preference;
        if preferred == channel || !meant.is_some_and(|it| it.direct_marketing) {
            return Ok(());
        }
        let place = change.stamp.place;
        let unseen = stamp.place.part != self.part()
            || since(&self.state, &evidence.table)? > stamp.place
            || self.is_incomplete(place);
        if unseen || stamp.place >= place {
            return Ok(());
        }
        let points = points.into_iter().filter(|(of, _)| *of == channel).map(|(_, point)| point);
        let holders: Vec<_> = points.chain(change.subject).collect();
        let own_yes = [PermissionStatus::Given, PermissionStatus::Confirmed];
        let period = Period::At { place };
        for version in ledger::permissions(&self.state, &holders, channel, &purpose, period)? {
            let status = version.says.and_then(|says| says.status);
            let is_own = status.is_some_and(|status| own_yes.contains(&status));
            if is_own && version.stamp.place > stamp.place {
                return Ok(());
            }
        }
        let ignored = Violation {
            code: Code::CN_016,
            severity: Code::CN_016.severity(),
            reason: format!(
                "{purpose} sent by {}, and the person prefers {}",
                channel.name(),
                preferred.name()
            ),
            evidence: vec![evidence],
            purpose: Some(purpose),
            channel: Some(channel),
            column: None,
        };
        self.report(ignored, &change, judged)
    }
}
