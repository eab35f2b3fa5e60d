//! PS-001: what a person chose in a portal is not what the CRM goes by.
//!
//! *What*: a row of the portal records that the person says yes or no to messages; when the profile's
//! time for propagation has passed, the permissions on record say something else. GDPR Art. 7(3), Art.
//! 12(2), Art. 24(1).
//!
//! *Undecided*: a choice or permission that cannot be read; a part of the stream that was not seen since.
//!
//! *Not a finding*: a choice that a later one of the person's replaced; a no to a channel on which nothing
//! goes out without a yes, when there is no yes; a yes of which confirmation has been asked for; what a
//! copy brings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{self, Period, PermissionRecord, Place, SubjectRecord, Version};
use super::questions::begins;
use super::record::Record;
use crate::model::{Channel, Code, Fault, OperationKind, Outcome, Reference};
use crate::policy::{PermissionStatus, PortalMapping};

/// What a person chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Choice {
    channel: Channel,
    /// Empty for every purpose.
    purpose: String,
    /// Yes, or no.
    yes: bool,
}

/// Where the last choice was made, by channel and purpose.
type Choices = BTreeMap<(Channel, String), Place>;

impl Deciding<'_> {
    /// Notes a choice, and when it should have been reflected. `Some` when it cannot be read.
    pub(super) fn follow_portal(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let Some(portal) = &record.mapping.portal else { return Ok(None) };
        if record.change.operation.new_row().is_none() {
            if let Some(subject) = change.subject() {
                self.state.remove(keys::choices(subject));
            }
            return Ok(None);
        }
        match begins(record, &portal.when) {
            None => return Ok(Some(Outcome::Undecided)),
            Some(false) if !self.is_another(record, portal) => return Ok(None),
            Some(_) => {}
        }
        let choice = self.choice(record, portal)?;
        let (Some(choice), Some(subject)) = (choice, change.subject()) else {
            return Ok(Some(Outcome::Undecided));
        };
        let key = keys::choices(subject);
        let mut choices = self.state.read::<Choices>(&key)?.unwrap_or_default();
        let place = circumstances.stamp.place;
        choices.insert((choice.channel, choice.purpose.clone()), place);
        self.state.write(key, &choices);
        let within = self.engine.policies.profile.consent.propagated_within;
        let mut due = keys::due(circumstances.stamp.time + within, place.position, LANE);
        due.push(choice.channel as u8);
        self.expect(due, &Due::Portal(circumstances.clone(), choice));
        Ok(None)
    }

    /// Whoever is deleted has no choice any more that could be reflected.
    pub(super) fn forget_choices(&mut self, change: &Classified<'_>) {
        let record = change.record();
        let deleted = record.change.operation.kind() == OperationKind::Delete;
        if let Some(subject) =
            change.subject().filter(|_| deleted && record.mapping.followed.chooses)
        {
            self.state.remove(keys::choices(subject));
        }
    }

    /// Whether an update made another choice out of one, or somebody else's.
    fn is_another(&self, record: &Record<'_>, portal: &PortalMapping) -> bool {
        let columns = [
            portal.channel.column(),
            portal.status.column(),
            portal.purpose.as_ref().and_then(|purpose| purpose.column()),
        ];
        record.holds(&portal.when) == Some(true)
            && columns
                .into_iter()
                .flatten()
                .chain(record.mapping.subject.iter().flat_map(|it| it.columns()))
                .any(|column| record.altered(column) == Some(true))
    }

    fn choice(&self, record: &Record<'_>, portal: &PortalMapping) -> Result<Option<Choice>, Fault> {
        use PermissionStatus::{Confirmed, Given, OptedOut};
        let (state, pseudonyms) = (&self.state, &self.engine.pseudonyms);
        let channel = record.select(&portal.channel, state, pseudonyms)?;
        let status = record.select(&portal.status, state, pseudonyms)?;
        let purpose = match &portal.purpose {
            Some(purpose) => record.select(purpose, state, pseudonyms)?,
            None => Some(String::new()),
        };
        let yes = match status {
            Some(Given | Confirmed) => Some(true),
            Some(OptedOut) => Some(false),
            _ => None,
        };
        let choice = channel.zip(purpose).zip(yes);
        Ok(choice.map(|((channel, purpose), yes)| Choice { channel, purpose, yes }))
    }

    /// The time has come at which the choice should have been reflected.
    pub(super) fn reach_portal(
        &mut self,
        change: &Circumstances,
        choice: &Choice,
    ) -> Result<(), Fault> {
        let Some(subject) = change.subject else { return Ok(()) };
        let place = change.stamp.place;
        let choices = self.state.read::<Choices>(&keys::choices(subject))?.unwrap_or_default();
        let last = choices.get(&(choice.channel, choice.purpose.clone()));
        let unseen = place.part != self.part() || self.is_incomplete(place);
        if unseen || last != Some(&place) {
            return Ok(());
        }
        for choice in self.each(choice) {
            let standing = self.standing(subject, &choice, change)?;
            if let Some(violation) = self.contradiction(&choice, &standing) {
                let within = self.engine.policies.profile.consent.propagated_within;
                return self.report(violation, change, change.stamp.time + within);
            }
        }
        Ok(())
    }

    /// A no to everything is one to each purpose of direct marketing.
    fn each(&self, choice: &Choice) -> Vec<Choice> {
        let purposes = self.engine.policies.register.purposes.iter();
        let purposes = purposes.filter(|(_, purpose)| purpose.direct_marketing);
        let purposes = purposes.filter(|_| !choice.yes && choice.purpose.is_empty());
        let of = |(purpose, _): (&String, _)| Choice { purpose: purpose.clone(), ..choice.clone() };
        std::iter::once(choice.clone()).chain(purposes.map(of)).collect()
    }

    /// The permissions that other rows record for the person and the contact points.
    fn standing(
        &self,
        subject: Reference,
        choice: &Choice,
        change: &Circumstances,
    ) -> Result<Vec<Version<PermissionRecord>>, Fault> {
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        let reached = known.contact_points.iter().filter(|it| it.channel.reaches(choice.channel));
        let holders: Vec<Reference> =
            std::iter::once(subject).chain(reached.map(|it| it.point)).collect();
        let Choice { channel, purpose, .. } = choice;
        let all = ledger::permissions(&self.state, &holders, *channel, purpose, Period::Now)?;
        Ok(all.into_iter().filter(|version| version.evidence.row != change.row).collect())
    }

    fn contradiction(
        &self,
        choice: &Choice,
        standing: &[Version<PermissionRecord>],
    ) -> Option<Violation> {
        use PermissionStatus::{Confirmed, Given, OptedOut, Requested, SoftOptIn};
        let status = |version: &Version<PermissionRecord>| version.says.and_then(|it| it.status);
        let find = |wanted: &[PermissionStatus]| {
            standing.iter().find(|it| status(it).is_some_and(|status| wanted.contains(&status)))
        };
        if standing.iter().any(|version| status(version).is_none()) {
            return None;
        }
        let opt_in = self.engine.policies.profile.channel(choice.channel).opt_in;
        let against = match choice.yes {
            true if find(&[Given, Confirmed, Requested]).is_some() => return None,
            true => find(&[OptedOut]),
            // A no outdoes what else stands beside it.
            false if find(&[OptedOut]).is_some() => return None,
            false => match find(&[Given, Confirmed, SoftOptIn]) {
                None if opt_in => return None,
                yes => yes,
            },
        };
        let said = if choice.yes { "yes" } else { "no" };
        let Choice { channel, purpose, .. } = choice;
        Some(Violation {
            code: Code::PS_001,
            severity: Code::PS_001.severity(),
            reason: format!(
                "the person said {said} to messages by {} in the portal, and the permissions on \
                 record do not say so",
                channel.name()
            ),
            evidence: against.into_iter().map(|version| version.evidence.clone()).collect(),
            purpose: (!purpose.is_empty()).then(|| purpose.clone()),
            channel: Some(*channel),
            column: Some(format!("{} {purpose}", channel.name())),
        })
    }
}

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 4;
