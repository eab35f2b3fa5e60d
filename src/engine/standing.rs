//! How much a finding counts, and what becomes of the policies while the stream is followed.
//!
//! An exception is matched when something is found, and holds until the end of its last day in stream
//! time. What it matches is a finding like any other, with its evidence; only its severity is that of
//! information, and its standing says whose exception it is.
//!
//! Which policies are in force is on record, so that other ones are announced once however they came:
//! by a reload, or by a restart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::assess::{Answer, Circumstances, Violation};
use super::decide::{Deciding, Engine};
use super::decision::Decision;
use super::detect::decoy::Decoys;
use super::keys;
use super::maintenance::Envelopes;
use super::pseudonym::Pseudonymizer;
use super::state::View;
use crate::model::{
    Channel, Code, Emission, Fault, Place, PolicyEvent, PolicyNews, Reference, Severity, Standing,
    TableName, Timestamp,
};
use crate::policy::{Exception, Maturity, Policies};

/// The actors of each exception as events name them, in the order of the exceptions, and the accounts
/// that own rules name.
pub(super) struct ExceptedActors(Vec<BTreeSet<Reference>>, BTreeMap<Reference, Vec<String>>);

impl ExceptedActors {
    pub fn new(policies: &Policies, pseudonyms: &Pseudonymizer) -> Self {
        let reference = |name: &String| {
            Reference::parse(name).unwrap_or_else(|| pseudonyms.actor(name.as_bytes()))
        };
        let exceptions = policies.rules.exceptions.iter();
        let actors = exceptions.map(|it| it.actors.iter().map(reference).collect());
        let mut accounts: BTreeMap<Reference, Vec<String>> = BTreeMap::new();
        for name in &policies.own.accounts {
            accounts.entry(reference(name)).or_default().push(name.clone());
        }
        ExceptedActors(actors.collect(), accounts)
    }

    /// By what names own rules call an actor.
    pub fn names(&self, actor: Reference) -> &[String] {
        self.1.get(&actor).map_or(&[], Vec::as_slice)
    }
}

/// What is asked about a finding before it is one.
pub(super) struct About<'a> {
    pub code: Code,
    /// Of OWN-001: the rule.
    pub own: Option<&'a str>,
    pub table: &'a TableName,
    pub purpose: Option<&'a str>,
    pub channel: Option<Channel>,
    pub actor: Option<Reference>,
    /// Stream time of the judgement.
    pub judged: Timestamp,
}

impl<'a> About<'a> {
    pub fn new(violation: &'a Violation, change: &'a Circumstances, judged: Timestamp) -> Self {
        About {
            code: violation.code,
            own: own_rule(violation),
            table: &change.table,
            purpose: violation.purpose.as_deref(),
            channel: violation.channel,
            actor: change.actor,
            judged,
        }
    }
}

/// What has been said of policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    /// Digest of those in force.
    digest: String,
    /// How often others took their place.
    replaced: u64,
    /// How often others were refused.
    refused: u64,
    /// Exceptions whose end was announced, by name and that end.
    expired: BTreeSet<(String, Timestamp)>,
}

impl Engine {
    /// Other policies are in force from the next decision on. Their pack must be the same: what is on
    /// record was read by it.
    pub fn replace(&mut self, policies: std::sync::Arc<Policies>) {
        self.excepted = ExceptedActors::new(&policies, &self.pseudonyms);
        self.decoys = Decoys::new(&policies.register.decoys, &self.pseudonyms);
        self.envelopes = Envelopes::new(&policies.maintenances, &self.pseudonyms);
        self.policies = policies;
    }

    /// The policies in force.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Puts on record that other policies were to take the place of those in force and cannot.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn refuse(&self, view: &dyn View, faults: &[Fault]) -> Result<Decision, Fault> {
        let mut deciding = Deciding::resume(self, view)?;
        let mut said = deciding.said()?;
        said.refused += 1;
        if let Some(first) = faults.first() {
            let event = PolicyEvent::Refused {
                code: first.code,
                place: first.place.as_ref().map(Place::to_string),
                faults: faults.len() as u64,
            };
            let id = deciding.identify(&["policies refused", &said.refused.to_string()]);
            deciding.tell_policies(id, event);
        }
        deciding.state.write(keys::POLICIES.to_vec(), &said);
        Ok(deciding.finish())
    }

    /// How much a finding counts; `None`: its rule is retired, and there is none.
    pub(super) fn standing(&self, about: &About<'_>) -> Option<Standing> {
        match self.maturity(about.code, about.own) {
            Maturity::Retired => return None,
            Maturity::Trial => return Some(Standing::Trial),
            Maturity::Enforced => {}
        }
        let exceptions = self.policies.rules.exceptions.iter().zip(&self.excepted.0);
        let mut matching = exceptions.filter(|(it, actors)| matches(it, actors, about));
        let suppressed = matching.next().map(|(exception, _)| Standing::Suppressed {
            exception: exception.name.clone(),
            owner: exception.owner.clone(),
        });
        Some(suppressed.unwrap_or_default())
    }

    /// How far a rule is trusted.
    fn maturity(&self, code: Code, own: Option<&str>) -> Maturity {
        match own {
            Some(own) => self.policies.rules.of_own(own),
            None => self.policies.rules.maturity(code),
        }
    }

    /// Whether a rule is off.
    pub(super) fn is_retired(&self, code: Code) -> bool {
        self.policies.rules.maturity(code) == Maturity::Retired
    }

    /// Leaves out what retired rules found; whether there was any, which is undecided then.
    pub(super) fn leave_out_retired(&self, found: &mut Vec<Violation>) -> bool {
        let before = found.len();
        found.retain(|violation| !self.is_retired(violation.code));
        found.len() < before
    }

    /// What a retired rule would have found is undecided: nobody has judged it.
    pub(super) fn unless_retired(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Unlawful(violation)
                if self.maturity(violation.code, own_rule(&violation)) == Maturity::Retired =>
            {
                Answer::Undecided
            }
            answer => answer,
        }
    }
}

/// Of OWN-001: the rule of the controller's own.
pub(super) fn own_rule(violation: &Violation) -> Option<&str> {
    violation.column.as_deref().filter(|_| violation.code == Code::OWN_001)
}

/// How much a finding of this severity matters when it stands like this.
pub(super) fn severity(standing: &Standing, severity: Severity) -> Severity {
    match standing {
        Standing::Enforced => severity,
        Standing::Trial | Standing::Suppressed { .. } => Severity::Informational,
    }
}

fn matches(exception: &Exception, actors: &BTreeSet<Reference>, about: &About<'_>) -> bool {
    let Exception { rule, own, tables, purposes, channels, expires, .. } = exception;
    *rule == about.code
        && own.as_deref().is_none_or(|own| about.own == Some(own))
        && about.judged < *expires
        && (tables.is_empty() || tables.contains(about.table))
        && (purposes.is_empty() || about.purpose.is_some_and(|it| purposes.contains(it)))
        && (channels.is_empty() || about.channel.is_some_and(|it| channels.contains(&it)))
        && (actors.is_empty() || about.actor.is_some_and(|it| actors.contains(&it)))
}

impl Deciding<'_> {
    /// Announces that other policies are in force than at the last decision.
    pub(super) fn tell_replaced(&mut self) -> Result<(), Fault> {
        let mut said = self.said()?;
        let digest = &self.engine.policies.digest;
        if said.digest == *digest {
            return Ok(());
        }
        let former = std::mem::replace(&mut said.digest, digest.clone());
        if !former.is_empty() {
            said.replaced += 1;
            let id = self.identify(&["policies replaced", &said.replaced.to_string()]);
            self.tell_policies(id, PolicyEvent::Replaced { former });
            self.recount_storage();
            self.read_anew()?;
            self.forget_maintenance()?;
        }
        let exceptions = &self.engine.policies.rules.exceptions;
        let known = |(name, expires): &(String, Timestamp)| {
            exceptions.iter().any(|it| it.name == *name && it.expires == *expires)
        };
        said.expired.retain(known);
        self.state.write(keys::POLICIES.to_vec(), &said);
        Ok(())
    }

    /// Announces each exception whose time is over, once.
    pub(super) fn tell_expired(&mut self) -> Result<(), Fault> {
        let (engine, now) = (self.engine, self.now);
        let exceptions = &engine.policies.rules.exceptions;
        let mut known = None;
        for exception in exceptions.iter().filter(|exception| exception.expires <= now) {
            let said = match &mut known {
                Some(said) => said,
                None => known.insert(self.said()?),
            };
            let Exception { name, rule, owner, expires, .. } = exception;
            if !said.expired.insert((name.clone(), *expires)) {
                continue;
            }
            self.state.write(keys::POLICIES.to_vec(), &*said);
            let id = self.identify(&["exception expired", name, &expires.to_string()]);
            self.tell_policies(
                id,
                PolicyEvent::ExceptionExpired {
                    exception: name.clone(),
                    rule: *rule,
                    owner: owner.clone(),
                    expired: expires.to_string(),
                },
            );
        }
        Ok(())
    }

    fn said(&self) -> Result<Said, Fault> {
        Ok(self.state.recall::<Said>(keys::POLICIES)?.unwrap_or_default())
    }

    pub(super) fn tell_policies(&mut self, id: uuid::Uuid, event: PolicyEvent) {
        let digest = self.engine.policies.digest.clone();
        let news = PolicyNews { id, time: self.now, event, digest };
        self.emit(Emission::Policies(Box::new(news)));
    }
}
