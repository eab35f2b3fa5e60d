//! What a request asks for: whether the right exists where it is invoked (RT-004), and whether erasure is
//! asked for, so that a deletion is known to have been (ER-003).
//!
//! *RT-004, what*: a data subject invokes a right, and none of the lawful bases on which the person's data is
//! processed gives it: portability needs consent or a contract (Art. 20(1)(a)), objection public or legitimate
//! interests (Art. 21(1)), and there is no erasure of what the law obliges to keep or public interest asks for
//! (Art. 17(3)(b)). It is a hint for whoever answers, and breaks no rule.
//!
//! *Silent*: nothing is on record, or a basis by a word that is not known; a part of the stream that was not
//! seen; requests that a copy brings.
//!
//! *Not a finding*: a right that one of the bases gives; access, rectification and restriction, which every
//! basis leaves; an objection where data is used for direct marketing (Art. 21(2)). A permission to send
//! messages is a consent, or by soft opt-in a legitimate interest, and says that direct marketing is done.

use std::collections::BTreeMap;

use crate::engine::assess::{Circumstances, Violation};
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::judge::Due;
use crate::engine::keys;
use crate::engine::ledger::{self, Place, Says};
use crate::engine::record::says;
use crate::model::{Code, Evidence, Fault, OperationKind, TableName};
use crate::policy::{LawfulBasis, PermissionStatus, RegisteredBasis, RequestKind, RequestMapping};

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 8;

/// What data of the person is processed on.
#[derive(Default)]
struct Grounds {
    /// Each basis with the row that says so.
    bases: Vec<(LawfulBasis, Option<Evidence>)>,
    /// Whether any of it is direct marketing.
    marketing: bool,
}

impl Deciding<'_> {
    /// Notes whether a request for erasure stands.
    pub(super) fn note_kind(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
        mapping: &RequestMapping,
    ) -> Result<(), Fault> {
        let record = change.record();
        let removed = record.change.operation.kind() == OperationKind::Delete;
        let (Some(row), false) = (circumstances.row, removed) else { return Ok(()) };
        if !mapping.kind.may_be(&RequestKind::Erasure) {
            return Ok(());
        }
        let kind = record.select(&mapping.kind, &self.state, &self.engine.pseudonyms)?;
        let taken_back = [&mapping.rejected, &mapping.withdrawn].map(|it| says(record, it));
        let stands = kind == Some(RequestKind::Erasure) && !taken_back.contains(&Some(true));
        self.note_erasure_asked((circumstances.subject, row), stands)
    }

    /// Looks at the bases when the grace is over, since they may follow the request.
    pub(super) fn follow_right(
        &mut self,
        change: &Classified<'_>,
        opened: (&Circumstances, RequestKind),
    ) {
        let (circumstances, kind) = opened;
        let Some(people) = change.record().people() else { return };
        let limited = [RequestKind::Erasure, RequestKind::Portability, RequestKind::Objection];
        if circumstances.copied || !limited.contains(&kind) || self.engine.is_retired(Code::RT_004)
        {
            return;
        }
        let time = circumstances.stamp.time + self.engine.policies.profile.grace;
        let due = keys::due(time, circumstances.position(), LANE);
        self.expect(due, &Due::Right(Box::new((circumstances.clone(), people.clone(), kind))));
    }

    /// The grace is over.
    pub(in crate::engine) fn reach_right(
        &mut self,
        change: &Circumstances,
        people: &TableName,
        kind: RequestKind,
    ) -> Result<(), Fault> {
        let here = Place { part: self.part(), position: self.position() };
        if change.stamp.place.part != here.part || self.is_incomplete(here) {
            return Ok(());
        }
        let Some(grounds) = self.grounds(change, people)? else { return Ok(()) };
        let gives = |(basis, _): &(LawfulBasis, _)| gives(*basis, kind, grounds.marketing);
        if grounds.bases.is_empty() || grounds.bases.iter().any(gives) {
            return Ok(());
        }
        let judged = change.stamp.time + self.engine.policies.profile.grace;
        self.report(not_applicable(kind, grounds.bases), change, judged)
    }

    /// What is on record for the person, and what the register declares for everybody in the table; `None`
    /// when a basis or permission cannot be read.
    fn grounds(
        &self,
        change: &Circumstances,
        people: &TableName,
    ) -> Result<Option<Grounds>, Fault> {
        let Some(subject) = change.subject else { return Ok(None) };
        let purposes = &self.engine.policies.register.purposes;
        let is_marketing =
            |purpose: &str| purposes.get(purpose).is_some_and(|it| it.direct_marketing);
        let mut grounds = Grounds::default();
        // Of the permissions for one channel and purpose the newest counts.
        let mut permissions = BTreeMap::new();
        for statement in ledger::timeline(&self.state, subject)? {
            let over = statement.valid_until.is_some_and(|end| end < change.time);
            match statement.says {
                _ if !statement.stands || over => {}
                Says::Basis(None) => return Ok(None),
                Says::Basis(Some(basis)) => {
                    grounds.marketing |= is_marketing(&statement.purpose);
                    grounds.bases.push((basis, Some(statement.evidence)));
                }
                Says::Permission(channel, status) => {
                    let scope = (statement.holder, channel, statement.purpose);
                    permissions.insert(scope, (status, statement.evidence));
                }
                Says::BasisEnded | Says::PermissionEnded(_) => {}
            }
        }
        for ((_, _, purpose), (status, evidence)) in permissions {
            let Some(status) = status else { return Ok(None) };
            // A permission for every purpose names none.
            grounds.marketing |= status != PermissionStatus::Unknown
                && (purpose.is_empty() || is_marketing(&purpose));
            grounds.bases.extend(basis_of(status).map(|basis| (basis, Some(evidence))));
        }
        let activity = self.engine.policies.register.activity_of(people);
        if let Some(activity) = activity
            && let RegisteredBasis::Declared(basis) = activity.basis
        {
            grounds.marketing |= is_marketing(&activity.purpose);
            grounds.bases.push((basis, None));
        }
        Ok(Some(grounds))
    }
}

/// What a permission to send messages rests on, if it allows any.
fn basis_of(status: PermissionStatus) -> Option<LawfulBasis> {
    match status {
        PermissionStatus::Given | PermissionStatus::Confirmed => Some(LawfulBasis::Consent),
        PermissionStatus::SoftOptIn => Some(LawfulBasis::LegitimateInterests),
        PermissionStatus::Requested | PermissionStatus::OptedOut | PermissionStatus::Unknown => {
            None
        }
    }
}

/// Whether data that is processed on this basis is subject to the right.
fn gives(basis: LawfulBasis, right: RequestKind, marketing: bool) -> bool {
    use LawfulBasis::{Consent, Contract, LegalObligation, LegitimateInterests, PublicInterest};
    match right {
        RequestKind::Access | RequestKind::Rectification | RequestKind::Restriction => true,
        RequestKind::Erasure => ![LegalObligation, PublicInterest].contains(&basis),
        RequestKind::Portability => [Consent, Contract].contains(&basis),
        RequestKind::Objection => {
            marketing || [PublicInterest, LegitimateInterests].contains(&basis)
        }
    }
}

fn not_applicable(kind: RequestKind, grounds: Vec<(LawfulBasis, Option<Evidence>)>) -> Violation {
    let mut bases: Vec<&str> = grounds.iter().map(|(basis, _)| basis.name()).collect();
    bases.sort_unstable();
    bases.dedup();
    Violation {
        code: Code::RT_004,
        severity: Code::RT_004.severity(),
        reason: format!(
            "a request ({}) invokes a right that does not come with {}, on which the person's data is \
             processed as far as is on record",
            kind.name(),
            bases.join(" or ")
        ),
        evidence: grounds.into_iter().filter_map(|(_, evidence)| evidence).collect(),
        purpose: None,
        channel: None,
        column: Some(kind.name().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_right_comes_with_the_bases_that_the_regulation_names() {
        let with = |right, marketing| -> Vec<&str> {
            let bases = LawfulBasis::ALL.into_iter();
            bases.filter(|it| gives(*it, right, marketing)).map(LawfulBasis::name).collect()
        };
        assert_eq!(with(RequestKind::Access, false).len(), 6);
        assert_eq!(with(RequestKind::Portability, false), ["consent", "contract"]);
        let interests = ["public_interest", "legitimate_interests"];
        assert_eq!(with(RequestKind::Objection, false), interests);
        assert_eq!(with(RequestKind::Objection, true).len(), 6);
        let erased = ["consent", "contract", "vital_interests", "legitimate_interests"];
        assert_eq!(with(RequestKind::Erasure, false), erased);
    }
}
