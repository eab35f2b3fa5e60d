//! What a change of the CRM's records of bases, consents and objections says against itself.
//!
//! Only for tables whose mapping says what to look for; any other row costs nothing.

use super::assess::append_only::{Mutation, mutation};
use super::assess::consent::Recorded;
use super::assess::coverage::Gap;
use super::assess::{Circumstances, Question, Violation, propagation, special};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{self, Applied, Grant, Refusal};
use super::questions::Assessment;
use super::record::Record;
use crate::model::{Fault, OperationKind, Outcome};
use crate::policy::{ConsentRules, LawfulBasis, Provenance, RegisteredBasis};

impl Deciding<'_> {
    /// Judges what a change recorded, and what it did to records.
    pub(super) fn judge_record(
        &mut self,
        change: &Classified<'_>,
        applied: Applied,
        circumstances: &Circumstances,
    ) -> Result<Assessment, Fault> {
        let mut assessment = Assessment::default();
        let Applied { grants, refusals, refused, swap, consented, basis_unmapped, .. } = applied;
        let own_act = applied.own_act;
        self.await_agreement(circumstances, applied.conflicts);
        assessment.gaps.extend(basis_unmapped.then_some(Gap::Basis));
        self.judge_special(change, circumstances, &mut assessment)?;
        assessment.gaps.extend(self.follow_person(change, circumstances, own_act)?);
        let duties = self.follow_duties(change, circumstances)?;
        assessment = assessment.and(duties);
        let seen = (circumstances.stamp, circumstances.copied);
        ledger::note_unprofiled(change, seen, &mut self.state, &self.engine.pseudonyms)?;
        if circumstances.copied {
            return Ok(assessment);
        }
        self.note_contract(change, circumstances)?;
        self.follow_bundle(&grants, circumstances)?;
        assessment = assessment.and(self.ask_of_person(change)?);
        assessment.outcome = assessment.outcome.max(self.follow_portal(change, circumstances)?);
        let (record, engine) = (change.record(), self.engine);
        let (time, rules) = (circumstances.time, &engine.policies.profile.consent);
        let (mut found, mut undecided) = self.judge_grants(record, &grants, circumstances)?;
        if let Some(evaluated) = self.judge_profiling(change, circumstances)? {
            undecided |= evaluated.is_none();
            found.extend(evaluated);
        }
        if let Some(rule) = &record.mapping.append_only {
            match mutation(rule, record, time) {
                Mutation::None => {}
                Mutation::Unknown => {
                    assessment.gaps.push(Gap::OldValues);
                    undecided = true;
                }
                Mutation::Unreadable => undecided = true,
                Mutation::Found(violation) => found.push(violation),
            }
        }
        undecided |= engine.leave_out_retired(&mut found);
        if undecided {
            assessment.outcome = assessment.outcome.max(Some(Outcome::Undecided));
        }
        if !found.is_empty() {
            assessment.outcome = Some(Outcome::Unlawful);
        }
        for violation in found {
            self.report(violation, circumstances, time)?;
        }
        let consents = grants.into_iter().filter(Grant::is_own_yes).map(|grant| grant.purpose);
        let mut tables = self.engine.policies.pack.tables.values();
        if circumstances.subject.is_some() && tables.any(|it| it.child.is_some()) {
            let asked = consents.chain(consented).map(|purpose| Question::Child { purpose });
            assessment.questions.extend(asked);
        }
        self.await_silence(refused, circumstances);
        for refusal in refusals {
            self.await_propagation(circumstances, refusal);
        }
        assessment.questions.extend(swap.and_then(|swap| swapped(swap, circumstances, rules)));
        Ok(assessment)
    }

    /// What speaks against each yes that a change recorded, and whether some of it cannot be told.
    fn judge_grants(
        &self,
        record: &Record<'_>,
        grants: &[Grant],
        circumstances: &Circumstances,
    ) -> Result<(Vec<Violation>, bool), Fault> {
        let (mut found, mut undecided) = (Vec::new(), false);
        if grants.is_empty() {
            return Ok((found, undecided));
        }
        let policies = &self.engine.policies;
        let (time, rules) = (circumstances.time, &policies.profile.consent);
        let origin = policies.pack.provenance == Provenance::Origin;
        let declared = self.work_until(record, circumstances)?.is_some();
        for grant in grants {
            let last = grant.decisions.last.as_ref().map(|last| last.stamp.place.part);
            let unseen = self.is_incomplete(circumstances.stamp.place)
                || last.is_some_and(|part| part < self.part());
            let recorded = Recorded { record, grant, time, origin, rules, declared, unseen };
            found.extend(recorded.violations());
            undecided |= recorded.is_undecided();
        }
        Ok((found, undecided))
    }

    /// What rules remember of people: how long they are kept, by what they want to be reached, whether
    /// they have been informed.
    fn follow_person(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
        own_act: bool,
    ) -> Result<Option<Gap>, Fault> {
        self.forget_choices(change);
        self.follow_preference(change, circumstances)?;
        self.follow_source(change, circumstances)?;
        self.follow_storage(change, circumstances, own_act)
    }

    /// Looks again when the withdrawal should have reached every record.
    fn await_propagation(&mut self, change: &Circumstances, refusal: Refusal) {
        let within = self.engine.policies.profile.consent.propagated_within;
        let deadline = change.stamp.time + within;
        let mut key = keys::due(deadline, change.position(), u8::MAX);
        key.push(refusal.channel as u8);
        key.extend_from_slice(refusal.purpose.as_bytes());
        self.expect(key, &Due::Propagation(change.clone(), refusal));
    }

    /// The time has come. Where the stream broke off meanwhile, what was recorded is not known.
    pub(super) fn reach_propagation(
        &mut self,
        change: &Circumstances,
        refusal: &Refusal,
    ) -> Result<(), Fault> {
        let unseen =
            change.stamp.place.part != self.part() || self.is_incomplete(change.stamp.place);
        if unseen {
            return Ok(());
        }
        let deadline = change.stamp.time + self.engine.policies.profile.consent.propagated_within;
        let policies = &self.engine.policies;
        match propagation::violation(refusal, change, policies, &self.state)? {
            Some(violation) => self.report(violation, change, deadline),
            None => Ok(()),
        }
    }

    fn judge_special(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
        assessment: &mut Assessment,
    ) -> Result<(), Fault> {
        let Some(category) = change.special() else { return Ok(()) };
        let activity = self.engine.policies.register.activity_of(&circumstances.table);
        if let Some(violation) = activity.and_then(|it| special::violation(category, it)) {
            assessment.outcome = Some(match self.engine.is_retired(violation.code) {
                true => Outcome::Undecided,
                false => Outcome::Unlawful,
            });
            self.report(violation, circumstances, circumstances.time)?;
        }
        Ok(())
    }

    /// A new row of an activity that rests on a contract with the person. It matters only where the
    /// person had withdrawn a consent.
    fn note_contract(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let inserted = change.record().change.operation.kind() == OperationKind::Insert;
        if !inserted || !ledger::is_any_consent_withdrawn(&self.state)? {
            return Ok(());
        }
        let activity = self.engine.policies.register.activity_of(&circumstances.table);
        let basis = activity.map(|activity| &activity.basis);
        let by_contract = basis == Some(&RegisteredBasis::Declared(LawfulBasis::Contract));
        match circumstances.subject.filter(|_| by_contract) {
            Some(subject) => {
                let evidence = circumstances.evidence();
                ledger::note_contract(&mut self.state, subject, circumstances.stamp, &evidence)
            }
            None => Ok(()),
        }
    }
}

/// A basis that took the place of a consent soon after it was withdrawn.
fn swapped(swap: ledger::Swap, change: &Circumstances, rules: &ConsentRules) -> Option<Question> {
    let ledger::Swap { purpose, basis, withdrawal } = swap;
    let recent = change.stamp.time <= withdrawal.stamp.time + rules.no_swap_within;
    let other = matches!(basis, LawfulBasis::Contract | LawfulBasis::LegitimateInterests);
    (recent && other).then_some(Question::Swapped { purpose, basis, withdrawal })
}
