//! OWN-001: a rule of the controller's own matches.
//!
//! *What*: the condition of a rule under `rules/` of the policies holds of a change. What it asks of
//! permissions and bases is answered about the end of the transaction.
//!
//! *Undecided*: the condition depends on a value that was not sent, is null or cannot be read, on a
//! record that cannot be read, or on records from before a gap; the rule is not in force any more.
//!
//! *Not a finding*: test people; what an initial copy brings; a table that was emptied at once.

use std::collections::BTreeSet;

use super::{Answer, Circumstances, Until, Violation};
use crate::engine::keys;
use crate::engine::ledger::{self, Period, PermissionRecord, Version};
use crate::engine::own::{Asked, Left};
use crate::engine::state::State;
use crate::model::{Code, Evidence, Fault, Position};
use crate::policy::{LawfulBasis, PermissionStatus, Policies};

/// Rows of the ledger that a finding names.
const EVIDENCE: usize = 8;

/// Answers from the ledger.
pub fn answer(
    (rule, left): (&str, &Left),
    change: &Circumstances,
    until: Until,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Some(rule) = policies.own.rule(rule) else { return Ok(Answer::Undecided) };
    if until == Until::Open && !left.is_told() {
        return Ok(Answer::Open);
    }
    let mut ledger = Ledger { change, state, evidence: Vec::new() };
    Ok(match left.told(&mut |asked| ledger.answer(asked))? {
        Some(false) => Answer::Lawful,
        None => Answer::Undecided,
        Some(true) => Answer::Unlawful(Violation {
            code: Code::OWN_001,
            severity: rule.severity,
            reason: rule.named.says.clone(),
            evidence: ledger.evidence,
            purpose: None,
            channel: None,
            column: Some(rule.named.name.clone()),
        }),
    })
}

/// The ledger as it stood when the transaction ended.
struct Ledger<'a, 's> {
    change: &'a Circumstances,
    state: &'a State<'s>,
    /// The rows that answers rest on.
    evidence: Vec<Evidence>,
}

impl Ledger<'_, '_> {
    fn answer(&mut self, asked: &Asked) -> Result<Option<bool>, Fault> {
        match asked {
            Asked::Size(relation, than) => {
                let key = keys::transaction_size(self.change.stamp.place);
                // Of a transaction that was broken off nobody knows how many it would have had.
                let size = self.state.read::<u64>(&key)?.filter(|size| *size > 0);
                let size = size.and_then(|size| i64::try_from(size).ok());
                Ok(size.map(|size| relation.holds(size.cmp(than))))
            }
            Asked::Basis { purpose, words } => self.basis(purpose, words),
            Asked::AnyBasis { purposes } => {
                let any = LawfulBasis::ALL.map(|it| it.name().to_owned()).into();
                let mut found = Some(false);
                for purpose in purposes {
                    match self.basis(purpose, &any)? {
                        Some(true) => return Ok(Some(true)),
                        Some(false) => {}
                        None => found = None,
                    }
                }
                Ok(found)
            }
            Asked::Permission { holders, channel, purpose, words } => {
                let end = self.end();
                let found = ledger::permissions(self.state, holders, *channel, purpose, end)?;
                let Some(word) = self.standing(&found) else { return Ok(None) };
                self.note(found.iter().map(|version| &version.evidence));
                Ok(Some(words.contains(word)))
            }
        }
    }

    /// After the last change of the transaction.
    fn end(&self) -> Period {
        let mut place = self.change.stamp.place;
        place.position = Position { ordinal: u64::MAX, ..place.position };
        Period::At { place }
    }

    /// Whether one of some bases is on record. Of several that are, each counts.
    fn basis(&mut self, purpose: &str, words: &BTreeSet<String>) -> Result<Option<bool>, Fault> {
        let Some(subject) = self.change.subject else { return Ok(None) };
        let found = ledger::bases(self.state, subject, purpose, self.end())?;
        let (mut standing, mut unreadable) = (Vec::new(), false);
        for version in &found {
            let Some(says) = version.says else { continue };
            match says.basis {
                _ if says.valid_until.is_some_and(|end| end < self.change.time) => {}
                Some(basis) => standing.push((basis, &version.evidence)),
                None => unreadable = true,
            }
        }
        let is_named = standing.iter().any(|(basis, _)| words.contains(basis.name()));
        self.note(standing.iter().map(|(_, evidence)| *evidence));
        Ok(match (is_named, unreadable) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(standing.is_empty() && words.contains("none")),
        })
    }

    /// Where a permission stands: a no before everything else, then what may be one, then the
    /// strongest yes.
    fn standing(&self, found: &[Version<PermissionRecord>]) -> Option<&'static str> {
        let says = || found.iter().filter_map(|version| version.says);
        if says().any(|it| it.status == Some(PermissionStatus::OptedOut)) {
            return Some(PermissionStatus::OptedOut.name());
        }
        if says().any(|it| it.status.is_none()) {
            return None;
        }
        let valid = || says().filter(|it| !it.is_over(self.change.time));
        use PermissionStatus::{Confirmed, Given, Requested, SoftOptIn, Unknown};
        let strongest = [Confirmed, Given, SoftOptIn, Requested, Unknown]
            .into_iter()
            .find(|status| valid().any(|it| it.status == Some(*status)));
        Some(match strongest {
            Some(status) => status.name(),
            None if says().next().is_some() => "expired",
            None => "none",
        })
    }

    fn note<'e>(&mut self, rows: impl Iterator<Item = &'e Evidence>) {
        for row in rows {
            if self.evidence.len() < EVIDENCE && !self.evidence.contains(row) {
                self.evidence.push(row.clone());
            }
        }
    }
}
