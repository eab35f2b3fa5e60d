//! From a classified change to the questions that have to be answered about it.

use super::assess::Question;
use super::assess::coverage::Gap;
use super::assess::late::own_contact_points;
use super::classified::Classified;
use super::classify::checks::is_role_mailbox;
use super::keys;
use super::ledger::{self, Place, SubjectRecord, UNNAMED, contact_point};
use super::pseudonym::Pseudonymizer;
use super::record::Record;
use super::state::State;
use super::word::Word;
use crate::model::{Cell, Channel, Fault, OperationKind, Outcome, Reference};
use crate::policy::{
    ActivityMapping, Condition, ContactPointMapping, PermissionStatus, Policies,
    ProcessingActivity, RegisteredBasis,
};

/// What has to be known about a change, and what is known at once.
#[derive(Debug, Default)]
pub struct Assessment {
    /// Questions to the ledger.
    pub questions: Vec<Question>,
    /// The outcome as far as it needs no question.
    pub outcome: Option<Outcome>,
    /// What cannot be judged.
    pub gaps: Vec<Gap>,
}

impl Assessment {
    /// An outcome that needs no question.
    pub fn settled(outcome: Outcome) -> Self {
        Assessment { outcome: Some(outcome), ..Assessment::default() }
    }

    /// This and what another rule has to say of the same change.
    pub fn and(mut self, other: Assessment) -> Self {
        self.questions.extend(other.questions);
        self.gaps.extend(other.gaps);
        self.outcome = self.outcome.max(other.outcome);
        self
    }

    /// One question.
    pub fn of(question: Question) -> Self {
        Assessment { questions: vec![question], ..Assessment::default() }
    }

    fn gap(gap: Gap) -> Self {
        Assessment { outcome: Some(Outcome::Undecided), gaps: vec![gap], ..Assessment::default() }
    }
}

/// What the questions are drawn from.
pub struct Assessor<'a, 's> {
    /// Policies in force.
    pub policies: &'a Policies,
    /// Pseudonyms.
    pub pseudonyms: &'a Pseudonymizer,
    /// The ledger.
    pub state: &'a State<'s>,
    /// Where the change stands.
    pub place: Place,
    /// Whether the change comes from the initial copy.
    pub copied: bool,
}

impl Assessor<'_, '_> {
    /// Draws up the questions for one change.
    pub fn assess(&self, change: &Classified<'_>, mapped: bool) -> Result<Assessment, Fault> {
        let record = change.record();
        let operation = record.change.operation.kind();
        let table = &record.change.table.name;
        if !change.is_personal() {
            // An address that stood there may begin to be one at which somebody is reached.
            let begins = |it: &ContactPointMapping| !it.when.is_empty() && record.began(&it.when);
            let begun = record.contact_points().any(begins) && mapped && !self.copied;
            let activity = self.policies.register.activity_of(table).filter(|_| begun);
            let returned = activity.map(|activity| self.returned(change, activity)).transpose()?;
            let settled = Assessment::settled(Outcome::NotPersonal);
            return Ok(returned.filter(|it| !it.questions.is_empty()).unwrap_or(settled));
        }
        let Some(activity) = self.policies.register.activity_of(table).filter(|_| mapped) else {
            return Ok(Assessment::gap(Gap::Unmapped));
        };
        // Removing and emptying need no basis; too much of it is an alarm, not a question.
        if matches!(operation, OperationKind::Delete | OperationKind::Truncate) {
            return Ok(Assessment::settled(Outcome::Lawful));
        }
        let restricted = match self.copied {
            true => None,
            false => self.restricted(change, activity)?,
        };
        let mut assessment = match &change.record().mapping.activity {
            Some(message) => self.message(change, message, activity)?,
            None if change.erasing() && !change.categories().is_empty() => {
                Assessment::settled(Outcome::Lawful)
            }
            None => self.processing(change, activity)?,
        };
        assessment.questions.extend(restricted);
        if !change.certain() {
            assessment.gaps.push(Gap::OldValues);
        }
        let returned = match self.copied {
            true => self.restored(change, activity)?,
            false => self.returned(change, activity)?,
        };
        assessment.questions.extend(returned.questions);
        assessment.outcome = assessment.outcome.max(returned.outcome);
        Ok(assessment)
    }

    /// Personal data was stored or altered.
    fn processing(
        &self,
        change: &Classified<'_>,
        activity: &ProcessingActivity,
    ) -> Result<Assessment, Fault> {
        Ok(match &activity.basis {
            RegisteredBasis::Declared(_) => Assessment::settled(Outcome::Lawful),
            RegisteredBasis::PerSubject(_) if self.is_of_an_organisation(change)? => {
                Assessment::settled(Outcome::NotPersonal)
            }
            RegisteredBasis::PerSubject(accepted) => {
                let question = Question::Basis {
                    purpose: activity.purpose.clone(),
                    accepted: accepted.clone(),
                    certain: change.certain(),
                };
                match (change.subject(), change.record().unseen(change.subject(), self.pseudonyms))
                {
                    (Some(_), _) => Assessment::of(question),
                    (None, Some(record)) => Assessment::of(late(Some(record), false, question)),
                    (None, None) => Assessment::settled(Outcome::Undecided),
                }
            }
        })
    }

    /// Whether all that the row says is how an organisation is reached: nobody is named, the e-mail address is
    /// the mailbox of a role, as `info@`, and what only people have is left at its default. That is no personal data (recital 14).
    fn is_of_an_organisation(&self, change: &Classified<'_>) -> Result<bool, Fault> {
        let record = change.record();
        let emails = record.contact_points().filter(|it| it.channel == Channel::Email);
        let texts: Vec<&str> = emails.filter_map(|it| record.text(&it.column)).collect();
        let of_a_role = !texts.is_empty() && texts.iter().all(|text| is_role_mailbox(text));
        let (Some(subject), true) = (change.subject(), of_a_role) else { return Ok(false) };
        if !record.mapping.is_subject_table() || !change.only_reaches() {
            return Ok(false);
        }
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        Ok(known.identity == Some(UNNAMED))
    }

    /// A message was written down: has it been sent, for what, to whom?
    fn message(
        &self,
        change: &Classified<'_>,
        message: &ActivityMapping,
        activity: &ProcessingActivity,
    ) -> Result<Assessment, Fault> {
        // What was sent before the stream began cannot be put in order with the permissions.
        if self.copied {
            return Ok(Assessment::settled(Outcome::Undecided));
        }
        let record = change.record();
        match sent_now(record, message) {
            None if !change.reversible() => return Ok(Assessment::gap(Gap::OldValues)),
            None => return Ok(Assessment::settled(Outcome::Undecided)),
            Some(false) => return self.processing(change, activity),
            Some(true) => {}
        }
        let known = (self.state, self.pseudonyms);
        let purpose = Word::of(record, &message.purpose, known)?;
        let channel = Word::of(record, &message.channel, known)?;
        let (purpose, channel) = match (purpose, channel) {
            (Some(Word::Known(purpose)), Some(Word::Known(channel))) => (purpose, channel),
            (Some(purpose), Some(channel)) => {
                return self.of_unseen_words(change, message, (purpose, channel));
            }
            // What stands there is not repeated: it may be anything.
            (None, _) if record.is_written(&message.purpose, self.state, self.pseudonyms)? => {
                return Ok(Assessment::gap(Gap::Purpose));
            }
            (None, _) | (_, None) => return Ok(Assessment::settled(Outcome::Undecided)),
        };
        let Some(meaning) = self.policies.register.purposes.get(&purpose) else {
            return Ok(Assessment::settled(Outcome::Undecided));
        };
        let asks = !meaning.asks_permission_for.is_empty();
        if !meaning.direct_marketing && !asks {
            return self.processing(change, activity);
        }
        let holders = self.holders(change, message, channel)?;
        let unseen = self.unseen(change);
        if holders.is_empty() && unseen.is_none() {
            return Ok(Assessment::settled(Outcome::Undecided));
        }
        // Where the person is reached may be written after the message.
        let names = message.address.as_ref().map(|column| record.cell(column));
        let by_person = !matches!(names, Some(Cell::Known(_)));
        let reached = by_person
            && holders.iter().all(|it| Some(*it) == change.subject())
            && self.policies.pack.reaches(channel);
        let of_nobody = change.subject().is_none();
        let asked = |question| match reached || of_nobody {
            true => late(unseen, by_person, question),
            false => question,
        };
        let mut assessment = match meaning.direct_marketing {
            true => {
                let (purpose, holders) = (purpose.clone(), holders.clone());
                Assessment::of(asked(Question::Message { channel, purpose, holders }))
            }
            false => self.processing(change, activity)?,
        };
        if asks {
            assessment.questions.push(asked(Question::Asking { channel, purpose, holders }));
        }
        Ok(assessment)
    }

    /// The record through which the change is about somebody who is not known yet, or never will be.
    fn unseen(&self, change: &Classified<'_>) -> Option<Reference> {
        let record = change.record();
        record
            .unseen(change.subject(), self.pseudonyms)
            .or_else(|| record.unlisted(self.pseudonyms))
    }

    /// What for or over which channel is said by a record that has not been seen.
    fn of_unseen_words(
        &self,
        change: &Classified<'_>,
        message: &ActivityMapping,
        (purpose, channel): (Word<String>, Word<Channel>),
    ) -> Result<Assessment, Fault> {
        let channels = match &channel {
            Word::Known(channel) => vec![*channel],
            Word::In(_) => Channel::ALL.to_vec(),
        };
        let of = |channel| Ok((channel, self.holders(change, message, channel)?));
        let holders: Result<Vec<_>, Fault> = channels.into_iter().map(of).collect();
        let (holders, unseen) = (holders?, self.unseen(change));
        if holders.iter().all(|(_, holders)| holders.is_empty()) && unseen.is_none() {
            return Ok(Assessment::settled(Outcome::Undecided));
        }
        let question = Question::Through { purpose, channel, holders };
        let names = message.address.as_ref().map(|column| change.record().cell(column));
        let by_person = !matches!(names, Some(Cell::Known(_)));
        Ok(Assessment::of(match by_person || change.subject().is_none() {
            true => late(unseen, by_person, question),
            false => question,
        }))
    }

    /// Was personal data altered, or a message sent, of somebody whose data may only be stored? What
    /// stores it, or says that it may only be stored, is no such use.
    fn restricted(
        &self,
        change: &Classified<'_>,
        activity: &ProcessingActivity,
    ) -> Result<Option<Question>, Fault> {
        let record = change.record();
        let Some(subject) = change.subject().filter(|_| record.mapping.restrictable) else {
            return Ok(None);
        };
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        let here = record.change.position;
        let standing = known.restrictions(self.place, self.state)?;
        let earlier = standing.into_iter().find(|evidence| evidence.position != here);
        let Some(restriction) = earlier.cloned() else { return Ok(None) };
        let message = record.mapping.activity.as_ref();
        let sent = message.filter(|message| sent_now(record, message) == Some(true));
        let (purpose, channel) = match sent {
            None if change.left().written == 0 => return Ok(None),
            None => (activity.purpose.clone(), None),
            Some(message) => {
                let known = (self.state, self.pseudonyms);
                let purpose = Word::of(record, &message.purpose, known)?;
                let channel = Word::of(record, &message.channel, known)?;
                match (purpose, channel) {
                    (Some(Word::Known(purpose)), Some(Word::Known(channel))) => {
                        (purpose, Some(channel))
                    }
                    (Some(purpose), Some(channel)) => {
                        return Ok(Some(Question::RestrictedThrough {
                            restriction,
                            purpose,
                            channel,
                        }));
                    }
                    // Without either it is undecided already.
                    (None, _) | (_, None) => return Ok(None),
                }
            }
        };
        let meant = self.policies.register.purposes.get(&purpose);
        let counts = meant.is_some_and(|it| !it.legal_claims);
        Ok(counts.then_some(Question::Restricted { restriction, purpose, channel }))
    }

    /// Who can have permitted the message: the contact point it went to, and the person.
    fn holders(
        &self,
        change: &Classified<'_>,
        message: &ActivityMapping,
        channel: Channel,
    ) -> Result<Vec<Reference>, Fault> {
        let mut holders = Vec::new();
        let written = message.address.as_ref().map(|column| change.record().cell(column));
        match written {
            Some(Cell::Known(content)) => {
                let point = |text| self.pseudonyms.reached_in(message.hashed, channel, text);
                holders.extend(content.reveal_text().and_then(point));
            }
            Some(Cell::Null | Cell::Unchanged) | None => {
                holders.extend(self.own_contact_points(change, channel)?);
            }
        }
        holders.extend(change.subject());
        Ok(holders)
    }

    fn own_contact_points(
        &self,
        change: &Classified<'_>,
        channel: Channel,
    ) -> Result<Vec<Reference>, Fault> {
        match change.subject() {
            Some(subject) => own_contact_points(subject, channel, self.state),
            None => Ok(Vec::new()),
        }
    }

    /// Has a contact point, or the key, of somebody who was erased arrived with the row? When old
    /// values are missing it may have been there before: then it is undecided.
    fn returned(
        &self,
        change: &Classified<'_>,
        activity: &ProcessingActivity,
    ) -> Result<Assessment, Fault> {
        let mut assessment = Assessment::default();
        if !ledger::is_anybody_erased(self.state)? || self.only_refuses(change)? {
            return Ok(assessment);
        }
        for (suspect, arrived) in self.suspects(change)? {
            let Some(erasure) = ledger::erasure(self.state, suspect)? else { continue };
            if !arrived {
                assessment.outcome = Some(Outcome::Undecided);
                continue;
            }
            assessment.questions.push(Question::Returned {
                erased: erasure.stamp.place,
                evidence: erasure.evidence,
                purpose: Some(activity.purpose.clone()),
            });
            break;
        }
        Ok(assessment)
    }

    /// Has a copy found somebody with a contact point whose erasure was on record before, as after a restored backup?
    /// By either alone it may be what the erasure left of them, or somebody who shares the contact point.
    fn restored(
        &self,
        change: &Classified<'_>,
        activity: &ProcessingActivity,
    ) -> Result<Assessment, Fault> {
        let Some(subject) = change.subject() else {
            return Ok(Assessment::default());
        };
        let here = self.place.transaction();
        let before = |erasure: &ledger::ErasureRecord| erasure.stamp.place.transaction() < here;
        if !ledger::is_anybody_erased(self.state)? {
            return Ok(Assessment::default());
        }
        let Some(erasure) = ledger::erasure(self.state, subject)?.filter(before) else {
            return Ok(Assessment::default());
        };
        for (point, _) in self.suspects(change)? {
            if point != subject && ledger::erasure(self.state, point)?.is_some_and(|it| before(&it))
            {
                return Ok(Assessment::of(Question::Returned {
                    erased: erasure.stamp.place,
                    evidence: erasure.evidence,
                    purpose: Some(activity.purpose.clone()),
                }));
            }
        }
        Ok(Assessment::default())
    }

    /// Whether a row of a table that the register keeps says no more than that somebody shall not be
    /// written to: what an erasure has to leave behind, so that it stays so.
    fn only_refuses(&self, change: &Classified<'_>) -> Result<bool, Fault> {
        let record = change.record();
        let (mapping, table) = (record.mapping, &record.change.table.name);
        let records_else = mapping.basis.is_some() || mapping.activity.is_some();
        if mapping.permissions.is_empty() || records_else || !self.policies.register.keeps(table) {
            return Ok(false);
        }
        for permission in &mapping.permissions {
            let counts = record.holds(&permission.when) == Some(true);
            let status = record.select(&permission.status, self.state, self.pseudonyms)?;
            if counts && status != Some(PermissionStatus::OptedOut) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// By what somebody who returns would be recognised, and whether it is known to have arrived
    /// with this change.
    fn suspects(&self, change: &Classified<'_>) -> Result<Vec<(Reference, bool)>, Fault> {
        let record = change.record();
        let mut suspects = Vec::new();
        for mapping in record.contact_points() {
            let index = record.change.table.column(&mapping.column);
            let begun = !mapping.when.is_empty() && record.began(&mapping.when);
            let changed = index.and_then(|index| record.changed(index));
            let changed = if begun { Some(true) } else { changed };
            if changed != Some(false) {
                let point = contact_point(record, mapping, self.pseudonyms);
                suspects.extend(point.map(|point| (point, changed.is_some())));
            }
        }
        let created = record.change.operation.kind() == OperationKind::Insert;
        if created && record.mapping.is_subject_table() {
            suspects.extend(change.subject().map(|subject| (subject, true)));
        } else if created && record.mapping.erasable && self.is_erased(change)? {
            suspects.extend(change.subject().map(|subject| (subject, true)));
        }
        Ok(suspects)
    }

    /// Whether the row is about somebody who was erased and has not come back: no basis has been
    /// recorded since.
    fn is_erased(&self, change: &Classified<'_>) -> Result<bool, Fault> {
        let Some(subject) = change.subject() else { return Ok(false) };
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        Ok(known.erased.is_some_and(|erased| !known.has_basis_since(erased)))
    }
}

fn late(through: Option<Reference>, reached: bool, question: Question) -> Question {
    Question::Late { through, reached, question: Box::new(question) }
}

/// Whether this change is the one by which the message was sent: the conditions hold after it and did
/// not hold before. A report about a message that went out is no second message.
pub(super) fn sent_now(record: &Record<'_>, message: &ActivityMapping) -> Option<bool> {
    begins(record, &message.when)
}

/// Whether a row of a list, which says the same as before, says it of another person or by another of these
/// columns.
pub(super) fn is_listed_anew<'a>(
    record: &Record<'a>,
    conditions: &[Condition],
    columns: impl Iterator<Item = &'a str>,
) -> bool {
    let subject = record.mapping.subject.iter().flat_map(|it| it.columns());
    record.change.operation.kind() == OperationKind::Update
        && record.holds(conditions) == Some(true)
        && subject.chain(columns).any(|column| record.altered(column) == Some(true))
}

/// Whether conditions hold after a change and did not hold before it.
pub(super) fn begins(record: &Record<'_>, conditions: &[Condition]) -> Option<bool> {
    if !record.holds(conditions)? {
        return Some(false);
    }
    match record.change.operation.kind() {
        OperationKind::Insert => record.put_back.map(|put_back| !put_back),
        _ => record.held(conditions).map(|before| !before),
    }
}
