//! CN-013: two records of one person say yes and no of one contact point, and nobody joins them.
//!
//! *What*: rows about different people record a yes and a no for the same contact point, channel and purpose,
//! the people are called the same, and when the profile's time for propagation has passed both still stand.
//! Whoever sends by the one record sends against the other. GDPR Art. 5(1)(d).
//!
//! *Silent*: a permission bound to a contact point beside one that is bound to none; a part of the stream
//! that was not seen since.
//!
//! *Not a finding*: people of different names who share a mailbox; addresses that only resemble each other,
//! as with a tag; other purposes or lists; rows about one and the same person; people who were deleted,
//! merged, switched off or erased; test people; people without a name; a permission whose time is over.

use super::assess::{Circumstances, Violation};
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{Conflict, Place, SubjectRecord, UNNAMED};
use crate::model::{Code, Fault, Reference, Severity, Timestamp};

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 9;

impl Deciding<'_> {
    /// Looks again when one of the two should have followed the other.
    pub(super) fn await_agreement(&mut self, change: &Circumstances, conflicts: Vec<Conflict>) {
        if self.engine.is_retired(Code::CN_013) {
            return;
        }
        for conflict in conflicts {
            let mut key = keys::due(self.agreement(change), change.position(), LANE);
            key.push(conflict.channel as u8);
            key.extend_from_slice(conflict.purpose.as_bytes());
            self.expect(key, &Due::Duplicate(Box::new((change.clone(), conflict))));
        }
    }

    fn agreement(&self, change: &Circumstances) -> Timestamp {
        let profile = &self.engine.policies.profile;
        change.stamp.time + profile.consent.propagated_within.max(profile.grace)
    }

    /// The time has come.
    pub(super) fn reach_duplicate(
        &mut self,
        change: &Circumstances,
        conflict: &Conflict,
    ) -> Result<(), Fault> {
        let here = Place { part: self.part(), position: self.position() };
        let Some(subject) = change.subject else { return Ok(()) };
        if change.stamp.place.part != here.part || self.is_incomplete(here) {
            return Ok(());
        }
        let Some(identity) = self.identity(subject)? else { return Ok(()) };
        let (own, now) = ((subject, change.row), self.agreement(change));
        for (other, version) in conflict.contradicting(own, now, &self.state)? {
            if self.identity(other)? != Some(identity) {
                continue;
            }
            let Conflict { channel, purpose, .. } = conflict;
            let found = Violation {
                code: Code::CN_013,
                severity: Severity::High,
                reason: "two records of one person, with the same contact point and name, say yes and no"
                    .to_owned(),
                evidence: vec![version.evidence],
                purpose: (!purpose.is_empty()).then(|| purpose.clone()),
                channel: Some(*channel),
                column: Some(format!("duplicate {} {purpose}", channel.name())),
            };
            let agreement = self.agreement(change);
            // What a copy brought is one finding, whose window begins when it is said.
            let mut change = change.clone();
            if change.copied {
                change.stamp.time = agreement;
            }
            return self.report(found, &change, agreement);
        }
        Ok(())
    }

    /// What somebody is called who is a person still, and is called anything.
    fn identity(&self, subject: Reference) -> Result<Option<u64>, Fault> {
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        Ok(known.identity.filter(|name| *name != UNNAMED && !known.test && known.erased.is_none()))
    }
}
