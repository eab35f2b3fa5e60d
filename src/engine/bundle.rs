//! CN-009: consents to several purposes that have nothing to do with each other, given at once.
//!
//! Consent is specific: for each purpose the person chooses (GDPR Art. 7(2), recital 43). A button
//! "accept all" beside the single choices does the same, so this is told of as a question to look into,
//! and does not make anything unlawful.
//!
//! *Not a finding*: consents of different transactions; purposes that the register calls compatible,
//! which count as one; a yes that was there before; what a copy brings.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation};
use super::decide::Deciding;
use super::keys;
use super::ledger::{Grant, Place};
use crate::model::{Code, Fault, Position};
use crate::policy::{PermissionStatus, Register};

/// The purposes that a person consented to within one transaction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Bundle {
    /// The beginning of the transaction.
    transaction: Place,
    purposes: BTreeSet<String>,
    said: bool,
}

impl Deciding<'_> {
    /// Adds what one change granted to what its transaction has granted so far.
    pub(super) fn follow_bundle(
        &mut self,
        grants: &[Grant],
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let policies = &self.engine.policies;
        let from = policies.profile.consent.bundled_from as usize;
        let Some(subject) = circumstances.subject else { return Ok(()) };
        if grants.is_empty() || policies.register.purposes.len() < from {
            return Ok(());
        }
        let new = grants.iter().filter(|grant| is_new(grant) && !grant.purpose.is_empty());
        let new: BTreeSet<String> = new.map(|grant| grant.purpose.clone()).collect();
        if new.is_empty() {
            return Ok(());
        }
        let place = circumstances.stamp.place;
        let transaction = Place { position: Position { ordinal: 0, ..place.position }, ..place };
        let key = keys::bundle(subject);
        let before = self.state.read::<Bundle>(&key)?;
        let mut bundle = before
            .filter(|bundle| bundle.transaction == transaction)
            .unwrap_or_else(|| Bundle { transaction, ..Bundle::default() });
        bundle.purposes.extend(new);
        let unrelated = unrelated(&bundle.purposes, &policies.register);
        let found = !bundle.said && unrelated >= from;
        bundle.said |= found;
        self.state.write(key, &bundle);
        if !found {
            return Ok(());
        }
        let violation = Violation {
            code: Code::CN_009,
            severity: Code::CN_009.severity(),
            reason: format!("one transaction records consent to {unrelated} unrelated purposes"),
            evidence: Vec::new(),
            purpose: None,
            channel: None,
            column: None,
        };
        self.report(violation, circumstances, circumstances.time)
    }
}

/// Whether a yes of the person's own came where none was before.
fn is_new(grant: &Grant) -> bool {
    let yes = [PermissionStatus::Given, PermissionStatus::Confirmed];
    let last = grant.decisions.last.as_ref().and_then(|last| last.says);
    let last = last.and_then(|says| says.status).or(grant.before);
    grant.is_own_yes() && !last.is_some_and(|status| yes.contains(&status))
}

/// How many purposes there are, those that are compatible with an earlier one left out.
fn unrelated(purposes: &BTreeSet<String>, register: &Register) -> usize {
    let follows = |one: &str, other: &str| {
        let compatible = register.purposes.get(one).and_then(|it| it.compatible_with.as_ref());
        compatible.is_some_and(|compatible| compatible.contains(other))
    };
    let mut counted: Vec<&str> = Vec::new();
    for purpose in purposes {
        if !counted.iter().any(|other| follows(purpose, other) || follows(other, purpose)) {
            counted.push(purpose);
        }
    }
    counted.len()
}
