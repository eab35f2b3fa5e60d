//! Consents that were withdrawn, so that another basis does not quietly take their place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Place, Stamp};
use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Evidence, Fault, Reference};

/// A consent that was withdrawn and has not been given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// When it was recorded.
    pub stamp: Stamp,
    /// The row that records it.
    pub evidence: Evidence,
    /// The first contract with the data subject since then.
    pub contract: Option<(Stamp, Evidence)>,
}

/// Those of one data subject, by purpose.
type Withdrawals = BTreeMap<String, Withdrawal>;

/// Whether any consent was ever withdrawn: as long as none was, nothing takes its place.
pub fn is_any_consent_withdrawn(state: &State<'_>) -> Result<bool, Fault> {
    Ok(state.recall::<bool>(keys::WITHDRAWN)?.unwrap_or_default())
}

/// The withdrawal of a data subject's consent to a purpose.
pub fn withdrawal(
    state: &State<'_>,
    subject: Reference,
    purpose: &str,
) -> Result<Option<Withdrawal>, Fault> {
    if !is_any_consent_withdrawn(state)? {
        return Ok(None);
    }
    let all = state.read::<Withdrawals>(&keys::withdrawn(subject))?;
    Ok(all.and_then(|mut all| all.remove(purpose)))
}

/// A contract was concluded with the data subject.
pub fn note_contract(
    state: &mut State<'_>,
    subject: Reference,
    stamp: Stamp,
    evidence: &Evidence,
) -> Result<(), Fault> {
    let key = keys::withdrawn(subject);
    let Some(mut all) = state.read::<Withdrawals>(&key)? else { return Ok(()) };
    let mut first = false;
    for withdrawal in all.values_mut().filter(|it| it.contract.is_none()) {
        withdrawal.contract = Some((stamp, evidence.clone()));
        first = true;
    }
    if first {
        state.write(key, &all);
    }
    Ok(())
}

/// A consent was withdrawn.
pub(super) fn note(
    state: &mut State<'_>,
    subject: Reference,
    purpose: &str,
    stamp: Stamp,
    evidence: Evidence,
) -> Result<(), Fault> {
    let key = keys::withdrawn(subject);
    let mut all = state.read::<Withdrawals>(&key)?.unwrap_or_default();
    all.insert(purpose.to_owned(), Withdrawal { stamp, evidence, contract: None });
    state.write(key, &all);
    if !is_any_consent_withdrawn(state)? {
        state.write(keys::WITHDRAWN.to_vec(), &true);
    }
    Ok(())
}

/// It was given again.
pub(super) fn forget(
    state: &mut State<'_>,
    subject: Reference,
    purpose: &str,
) -> Result<(), Fault> {
    if !is_any_consent_withdrawn(state)? {
        return Ok(());
    }
    retain(state, subject, |other, _| other != purpose)
}

/// An erasure removes what was withdrawn before it.
pub(super) fn erase(state: &mut State<'_>, subject: Reference, erased: Place) -> Result<(), Fault> {
    retain(state, subject, |_, withdrawal| withdrawal.stamp.place > erased)
}

fn retain(
    state: &mut State<'_>,
    subject: Reference,
    stays: impl Fn(&str, &Withdrawal) -> bool,
) -> Result<(), Fault> {
    let key = keys::withdrawn(subject);
    let Some(mut all) = state.read::<Withdrawals>(&key)? else { return Ok(()) };
    let whole = all.len();
    all.retain(|purpose, withdrawal| stays(purpose, withdrawal));
    match all.len() {
        0 => state.remove(key),
        left if left < whole => state.write(key, &all),
        _ => {}
    }
    Ok(())
}
