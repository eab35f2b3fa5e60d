//! SEC-004: an account that is switched off goes on working.
//!
//! **What**: a change names as its author an account whose row said, some minutes before, that nobody
//! may work with it any more, or whose row is gone.
//!
//! **Why**: when somebody leaves, every way in must be shut (GDPR Art. 32(1)(b), Art. 32(4)). A session,
//! token or synchronisation that goes on is a way in. MITRE ATT&CK T1078, Valid Accounts.
//!
//! **Counted**: rows that the change newly puts the name on, or a transaction whose own message names the
//! account. A row that keeps the name of who changed it before says nothing about who changes it now.
//!
//! **False positives**: what was still queued when the account was switched off: the first minutes are
//! left out ([`limits::LEAVER_SLACK`]). A job that hands over a leaver's records writes under its own
//! name.
//!
//! **Blind spots**: somebody who only changes rows that already bear the name; deletions, which name
//! nobody; databases whose accounts live elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::{self, Record};
use crate::engine::state::State;
use crate::model::{Fault, OperationKind, Reference, Timestamp, limits};
use crate::policy::{AccountMapping, Pack};

const ACCOUNTS: &[u8] = b"ta";

/// What is known of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its key, named as an actor.
    pub key: Reference,
    /// Since when nobody may work with it.
    left: Option<Timestamp>,
}

/// The accounts that this batch has asked for.
#[derive(Debug)]
pub struct Accounts {
    /// Whether the pack maps any.
    mapped: bool,
    known: BTreeMap<Reference, Option<Account>>,
}

impl Accounts {
    /// Nothing asked for yet.
    pub fn new(pack: &Pack) -> Accounts {
        let mapped = pack.tables.values().any(|table| table.security.account.is_some());
        Accounts { mapped, known: BTreeMap::new() }
    }

    /// What is known of an actor's account.
    pub fn of(&mut self, actor: Reference, state: &State) -> Result<Option<Account>, Fault> {
        if !self.mapped {
            return Ok(None);
        }
        if let Some(known) = self.known.get(&actor) {
            return Ok(*known);
        }
        let account = state.read(&key(actor))?;
        if self.known.len() >= limits::KNOWN_ACTORS {
            self.known.clear();
        }
        self.known.insert(actor, account);
        Ok(account)
    }

    /// Notes what a row says of an account.
    pub fn note(
        &mut self,
        record: &Record<'_>,
        mapping: &AccountMapping,
        time: Timestamp,
        state: &mut State,
        pseudonyms: &Pseudonymizer,
    ) -> Result<(), Fault> {
        let Some((name, own_key)) = names(record, mapping, pseudonyms) else { return Ok(()) };
        let gone = record.change.operation.kind() == OperationKind::Delete;
        let off = gone || record::says(record, &mapping.inactive) == Some(true);
        let before = self.of(name, state)?;
        let since = before.and_then(|account| account.left).unwrap_or(time);
        let account = Account { key: own_key, left: off.then_some(since) };
        if before != Some(account) {
            state.write(key(name), &account);
            self.known.insert(name, Some(account));
        }
        Ok(())
    }
}

impl Account {
    /// Whether nobody may have worked with it at this moment.
    pub fn has_left(self, time: Timestamp) -> bool {
        self.left.is_some_and(|left| left + limits::LEAVER_SLACK < time)
    }
}

/// How the actor columns call an account, and its key, both named as actors.
pub fn names(
    record: &Record<'_>,
    mapping: &AccountMapping,
    pseudonyms: &Pseudonymizer,
) -> Option<(Reference, Reference)> {
    let key = record.key_content()?;
    let own_key = pseudonyms.actor(key);
    let name = match &mapping.name {
        None => own_key,
        Some(column) => pseudonyms.actor(record.text(column)?.trim().as_bytes()),
    };
    Some((name, own_key))
}

/// What the change shows; `account` is what is known of its actor's.
pub fn sign(change: &Classified<'_>, account: Option<Account>, time: Timestamp) -> Option<Sign> {
    account.filter(|account| account.has_left(time))?;
    let record = change.record();
    // A row may have kept the name of who changed it before.
    let column = record.mapping.actor.as_ref().filter(|_| record.actor_name().is_some());
    let named = column.and_then(|column| record.change.table.column(column));
    let newly = named.is_none_or(|index| record.changed(index) == Some(true));
    newly.then(|| Sign::of(Detector::Leaver))
}

fn key(actor: Reference) -> Vec<u8> {
    [ACCOUNTS, &actor.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change};
    use crate::model::Code;

    #[test]
    fn one_change_under_the_name_of_a_leaver_is_an_alarm() {
        let mut trial = Trial::new();
        let signs = vec![Sign::of(Detector::Leaver)];
        let signals = trial.commit(60, [Touch { signs, ..change("crm.contacts", 1) }]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_004));
        assert_eq!(
            signals[0].reason,
            "1 data subject touched under an account that is switched off in crm.contacts by one \
             actor within 1 h; one is enough"
        );
    }

    #[test]
    fn what_was_queued_when_the_account_was_switched_off_is_none() {
        let left = Account { key: Reference([1; 16]), left: Some(Timestamp(0)) };
        let slack = Timestamp(0) + limits::LEAVER_SLACK;
        assert!(!left.has_left(slack) && left.has_left(Timestamp(slack.0 + 1)));
        assert!(!Account { left: None, ..left }.has_left(Timestamp(i64::MAX)));
    }
}
