//! CN-016: a message for direct marketing over another channel than the one that the person prefers.
//!
//! It is told of as a matter of fairness, and does not make the message unlawful.
//!
//! *Silent*: a preference that the pack cannot read, or that a part of the stream which was not seen may
//! have changed.
//!
//! *Not a finding*: service messages; a preference that came after the message; a yes of the person's own
//! for this very channel that is newer than the preference.

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation};
use super::classified::Classified;
use super::decide::Deciding;
use super::keys;
use super::ledger::{self, Period, Stamp, since};
use super::questions::sent_now;
use crate::model::{Cell, Channel, Code, Evidence, EvidenceRole, Fault, OperationKind};
use crate::policy::PermissionStatus;

/// The channel by which a person wants to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Preference {
    channel: Channel,
    stamp: Stamp,
    evidence: Evidence,
}

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
        match self.ignored(change, circumstances)? {
            Some(violation) => self.report(violation, circumstances, circumstances.time),
            None => Ok(()),
        }
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

    fn ignored(
        &self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Violation>, Fault> {
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
        let (state, pseudonyms) = (&self.state, &self.engine.pseudonyms);
        let channel = record.select(&message.channel, state, pseudonyms)?;
        let purpose = record.select(&message.purpose, state, pseudonyms)?;
        let purposes = &self.engine.policies.register.purposes;
        let marketing =
            |purpose: &String| purposes.get(purpose).is_some_and(|it| it.direct_marketing);
        let (Some(channel), Some(purpose)) = (channel, purpose.filter(marketing)) else {
            return Ok(None);
        };
        let Preference { channel: preferred, stamp, evidence } = preference;
        let unseen = stamp.place.part != self.part()
            || since(state, &evidence.table)? > stamp.place
            || self.is_incomplete(circumstances.stamp.place);
        let later = stamp.place >= circumstances.stamp.place;
        if preferred == channel || unseen || later {
            return Ok(None);
        }
        let message = record.mapping.activity.as_ref();
        let point = message.and_then(|message| {
            let address = record.text(message.address.as_ref()?)?;
            pseudonyms.reached_in(message.hashed, channel, address)
        });
        let holders: Vec<_> = point.into_iter().chain([subject]).collect();
        let own_yes = [PermissionStatus::Given, PermissionStatus::Confirmed];
        for version in ledger::permissions(state, &holders, channel, &purpose, Period::Now)? {
            let status = version.says.and_then(|says| says.status);
            let is_own = status.is_some_and(|status| own_yes.contains(&status));
            if is_own && version.stamp.place > stamp.place {
                return Ok(None);
            }
        }
        Ok(Some(Violation {
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
        }))
    }
}
