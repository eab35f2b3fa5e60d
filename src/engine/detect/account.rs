//! SEC-005: privileges gained, the second factor lost.
//!
//! **What**, each of which is enough:
//!
//! - an account becomes privileged, or is made so from the beginning, other than by an actor that
//!   manages accounts; whether the actor is the account itself is said;
//! - an account's second factor is switched off;
//! - a credential that opens everything is made, or an existing one widened;
//! - the e-mail addresses of three accounts are moved, within an hour, to one domain that no account
//!   had before: password resets then go there.
//!
//! **Why**: who may do more than their work needs, and who only needs a password for it, is what the
//! principle of least privilege and Art. 32(1)(b) and (4) are there to prevent. MITRE ATT&CK T1098.003,
//! T1136, T1528, T1556.006, T1098.
//!
//! **Not counted**: what the initial copy brings; changes of other columns of a privileged account;
//! roles that are taken away.
//!
//! **False positives**: onboarding by hand: name the actors that manage accounts under `managed_by`. A
//! company that gives all accounts a new domain: declare it as maintenance.
//!
//! **Blind spots**: roles that are rows of a table of their own and not mapped; accounts in a directory
//! elsewhere; tables without REPLICA IDENTITY FULL, where an update does not tell what it was before.

use std::collections::BTreeSet;

use super::leaver::names;
use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::engine::state::State;
use crate::model::{Channel, Fault, OperationKind, Reference, Timestamp, limits};
use crate::policy::AccountMapping;

const DOMAINS: &[u8] = b"td";

/// What a change of an account shows.
pub fn signs(
    change: &Classified<'_>,
    mapping: &AccountMapping,
    pseudonyms: &Pseudonymizer,
) -> Vec<Sign> {
    let record = change.record();
    let mut signs = Vec::new();
    let managed = || is_managed(change.actor(), &mapping.managed_by, pseudonyms);
    let Some((account, _)) = names(record, mapping, pseudonyms) else { return signs };
    if record.began(&mapping.privileged) && !managed() {
        signs.push(Sign::of(Detector::Privilege).to(account));
    }
    if record.ended(&mapping.second_factor) && !managed() {
        signs.push(Sign::of(Detector::SecondFactor).to(account));
    }
    signs
}

/// What a change of a credential shows.
pub fn credential(change: &Classified<'_>, pseudonyms: &Pseudonymizer) -> Option<Sign> {
    let mapping = change.record().mapping.security.credential.as_ref()?;
    let made = change.record().began(&mapping.privileged);
    let suspect = made && !is_managed(change.actor(), &mapping.managed_by, pseudonyms);
    suspect.then(|| Sign::of(Detector::Credential))
}

/// Notes the domain of an account's e-mail address; says so when the account was moved to one that no
/// account had before this hour.
pub fn address(
    record: &Record<'_>,
    time: Timestamp,
    copied: bool,
    state: &mut State,
    pseudonyms: &Pseudonymizer,
) -> Result<Option<Sign>, Fault> {
    let mut points = record.contact_points();
    let Some(point) = points.find(|point| point.channel == Channel::Email) else {
        return Ok(None);
    };
    let inserted = record.change.operation.kind() == OperationKind::Insert;
    let replaced = record.change.table.column(&point.column).and_then(|it| record.replaced(it));
    if !inserted && replaced.is_none() {
        return Ok(None);
    }
    let Some(domain) = record.text(&point.column).and_then(domain) else { return Ok(None) };
    let name = pseudonyms.counted(&[b"account domain", domain.as_bytes()]);
    let key = [DOMAINS, &name.0].concat();
    let since = match state.recall::<Timestamp>(&key)? {
        Some(since) => since,
        None => {
            let since = if copied { Timestamp(i64::MIN) } else { time };
            state.write(key, &since);
            since
        }
    };
    let moved = replaced.is_some_and(|(old, _)| {
        std::str::from_utf8(old).ok().and_then(self::domain).as_ref() != Some(&domain)
    });
    let new = time < since + limits::ACCOUNT_WINDOW;
    Ok((moved && new).then(|| Sign::of(Detector::AccountAddress).to(name)))
}

fn domain(address: &str) -> Option<String> {
    let (_, domain) = address.trim().rsplit_once('@')?;
    (!domain.is_empty()).then(|| domain.to_ascii_lowercase())
}

/// Whether the actor is one of those who manage such rows.
pub(super) fn is_managed(
    actor: Option<Reference>,
    managers: &BTreeSet<String>,
    pseudonyms: &Pseudonymizer,
) -> bool {
    let named = |name: &String| actor == Some(pseudonyms.actor(name.as_bytes()));
    actor.is_some() && managers.iter().any(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::model::Code;

    fn touched(number: u32, sign: Sign) -> Touch {
        Touch { signs: vec![sign], ..change("crm.users", number) }
    }

    #[test]
    fn one_account_made_privileged_is_an_alarm_that_says_whether_by_itself() {
        let mut trial = Trial::new();
        let by_another = Sign::of(Detector::Privilege).to(person(1));
        let signals = trial.commit(60, [touched(1, by_another)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_005));
        let reason = &signals[0].reason;
        assert!(reason.starts_with("1 account made privileged in crm.users by one actor"));
        let by_itself = Sign::of(Detector::Privilege).to(person(1_000_000));
        let signals = trial.commit(61, [touched(2, by_itself)]);
        assert!(signals[0].reason.contains(" by the account itself "), "{}", signals[0].reason);
    }

    #[test]
    fn three_accounts_moved_to_one_new_domain_are_an_alarm_whoever_did_it() {
        let mut trial = Trial::new();
        let moved = |number: u32| Touch {
            actor: Some(person(number)),
            ..touched(number, Sign::of(Detector::AccountAddress).to(person(9)))
        };
        assert!(trial.commit(60, [moved(1), moved(2)]).is_empty());
        let signals = trial.commit(120, [moved(3)]);
        assert_eq!(
            signals[0].reason,
            "3 accounts moved to one new address domain in crm.users within 1 h; the tripwire is 3"
        );
    }

    #[test]
    fn the_part_behind_the_last_at_is_the_domain() {
        assert_eq!(domain("Ada@Example.ORG ").as_deref(), Some("example.org"));
        assert_eq!((domain("ada"), domain("ada@")), (None, None));
    }
}
