//! CN-004, CN-005, CN-006, CN-008, CN-011, CN-013: is a recorded yes to be believed?
//!
//! *What*: a permission is recorded that allows messages, and what stands beside it contradicts it:
//! the person's own no (CN-011, CN-013), the moment of its recording (CN-005, CN-006), the double
//! opt-in that it claims (CN-004); or nothing documents it (CN-008). GDPR Art. 7(1): the controller
//! must be able to demonstrate consent.
//!
//! *Undecided*: CN-004, CN-008, CN-011 and CN-013 while records of before may be missing.
//!
//! *Silent*: what the pack does not map, what was not sent, what a copy brings. CN-005, CN-006 and
//! what rests on one transaction only where the database is the CRM's own: elsewhere commit time and
//! transaction are those of a synchronisation.
//!
//! *Not a finding*: the person's own new act, a declared import (graded down), times within the
//! tolerance of clocks and of dates.

use super::{Violation, accuracy, claim::Claim};
use crate::engine::ledger::{Grant, PermissionRecord, Version};
use crate::engine::record::Record;
use crate::model::limits::{CLAIM_AHEAD, FASTEST_CONFIRMATION};
use crate::model::{Cell, Code, Evidence, OperationKind, Severity, Timestamp};
use crate::policy::{ConsentRules, PermissionMapping, PermissionStatus};

/// A yes with the change that recorded it.
pub struct Recorded<'a> {
    /// The change.
    pub record: &'a Record<'a>,
    /// The yes.
    pub grant: &'a Grant,
    /// Commit time.
    pub time: Timestamp,
    /// Whether the database is the CRM's own.
    pub origin: bool,
    /// What the profile asks.
    pub rules: &'a ConsentRules,
    /// The change belongs to work that `maintenance` declares.
    pub declared: bool,
    /// Records of before may be missing: what they would have said against it is not known.
    pub unseen: bool,
}

impl Recorded<'_> {
    /// Everything that speaks against it, at most one for each rule.
    pub fn violations(&self) -> Vec<Violation> {
        self.found().filter(|found| !self.unseen || is_seen(found)).collect()
    }

    /// What speaks against it as far as records of before are known.
    fn found(&self) -> impl Iterator<Item = Violation> {
        let found = [self.reversed(), self.misdated(), self.implausible(), self.undocumented()];
        found.into_iter().flatten()
    }

    fn mapping(&self) -> &PermissionMapping {
        &self.record.mapping.permissions[self.grant.place]
    }

    /// Whether it cannot be told if the yes goes against what was on record.
    pub fn is_undecided(&self) -> bool {
        let refused = self.refusal().is_some() && self.doubt().is_none();
        refused || (self.unseen && self.found().any(|found| !is_seen(&found)))
    }

    /// The person's no, when that was the last word and the pack says what would prove another.
    fn refusal(&self) -> Option<&Version<PermissionRecord>> {
        let last = self.grant.decisions.last.as_ref().filter(|_| !self.grant.touched)?;
        let refused = last.says.and_then(|says| says.status) == Some(PermissionStatus::OptedOut);
        (refused && !self.mapping().evidence.is_empty()).then_some(last)
    }

    /// Why the yes is not the person's newer word: `Some(None)` when it is, `None` when it cannot
    /// be told.
    fn doubt(&self) -> Option<Option<&'static str>> {
        Some(match self.record.holds(&self.mapping().evidence)? {
            false => Some("there is no evidence of the person's own act"),
            true if !self.has_new_evidence()? => Some("the evidence beside it is that of before"),
            true if self.refusal().is_some_and(|no| self.is_claimed_before(no)) => {
                Some("the evidence beside it is older than the no")
            }
            true => None,
        })
    }

    /// CN-011, and CN-013 when the yes was about something else before.
    fn reversed(&self) -> Option<Violation> {
        let no = self.refusal()?;
        let why = self.doubt()??;
        let (code, what) = match self.grant.moved {
            true => {
                (Code::CN_013, "a record of a yes was moved onto the person's no and outdoes it")
            }
            false => (Code::CN_011, "the person's no was turned into a yes"),
        };
        Some(self.violation(code, format!("{what}: {why}"), vec![no.evidence.clone()]))
    }

    /// Whether what proves the person's act came with this change; `None` when old values that
    /// would tell are missing.
    fn has_new_evidence(&self) -> Option<bool> {
        let tested = self.mapping().evidence.iter().map(|condition| condition.column.as_str());
        let mut known = true;
        for column in tested.chain(self.mapping().claims()) {
            match self.changed(column) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => known = false,
            }
        }
        known.then_some(false)
    }

    fn is_claimed_before<T>(&self, no: &Version<T>) -> bool {
        let act = self.claimed_act();
        act.is_some_and(|act| act.latest + self.rules.recorded_within < no.stamp.time)
    }

    /// When the person is said to have consented: the later of the two times that this change
    /// recorded, since the confirmation completes the consent.
    fn claimed_act(&self) -> Option<Claim> {
        let mapping = self.mapping();
        let columns = [&mapping.captured_at, &mapping.confirmed_at];
        let recorded = columns.into_iter().flatten().filter(|it| self.changed(it) == Some(true));
        let claims = recorded.filter_map(|column| Claim::of(self.record, column));
        claims.max_by_key(|claim| claim.latest)
    }

    /// CN-005, CN-006.
    fn misdated(&self) -> Option<Violation> {
        let act = self.claimed_act().filter(|_| self.origin && self.grant.is_own_yes())?;
        if act.latest + self.rules.recorded_within < self.time && !self.is_on_record_since(act) {
            return Some(match self.is_imported() {
                true => Violation {
                    severity: Severity::Low,
                    ..self.violation(
                        Code::CN_005,
                        "a declared import attests to a consent of earlier".to_owned(),
                        Vec::new(),
                    )
                },
                false => {
                    let why = "the consent is dated to before it was recorded".to_owned();
                    self.violation(Code::CN_005, why, Vec::new())
                }
            });
        }
        (act.earliest > self.time + CLAIM_AHEAD).then(|| {
            let why = "the consent is dated to after it was recorded".to_owned();
            self.violation(Code::CN_006, why, Vec::new())
        })
    }

    /// Whether the row has said yes since about the time that is written beside it only now, as when a
    /// column for it is added and filled.
    fn is_on_record_since(&self, act: Claim) -> bool {
        let last = self.grant.decisions.last.as_ref();
        let same = |it: &&Version<PermissionRecord>| {
            let status = it.says.and_then(|says| says.status);
            status == Some(self.grant.status) && status == self.grant.before
        };
        last.filter(same).is_some_and(|last| {
            let recorded = last.stamp.time;
            recorded <= act.latest + self.rules.recorded_within
                && act.earliest <= recorded + CLAIM_AHEAD
        })
    }

    /// CN-004.
    fn implausible(&self) -> Option<Violation> {
        let mapping = self.mapping();
        let (asked_in, came_in) =
            (mapping.requested_at.as_deref()?, mapping.confirmed_at.as_deref()?);
        let is_confirmed = self.grant.status == PermissionStatus::Confirmed;
        let news = self.grant.before != Some(PermissionStatus::Confirmed)
            || self.changed(came_in) == Some(true);
        let came = Claim::of(self.record, came_in).filter(|_| is_confirmed && news)?;
        if self.is_on_record_since(came) {
            return None;
        }
        let why = match Claim::of(self.record, asked_in) {
            None if self.was_never_asked(asked_in) && !self.is_imported() => {
                "confirmed without having been asked for"
            }
            None => return None,
            Some(asked) if came.latest + CLAIM_AHEAD < asked.earliest => {
                "confirmed before confirmation was asked for"
            }
            Some(asked) if is_machine_like(asked, came) => {
                "confirmed faster than anybody can (machine_confirmed)"
            }
            Some(_) if self.is_staff_at_once(asked_in, came_in) => {
                "asked for and confirmed in one transaction by staff"
            }
            Some(_) => return None,
        };
        let asked = self.grant.decisions.requested.as_ref();
        let evidence = asked.map(|asked| asked.evidence.clone()).into_iter().collect();
        Some(self.violation(Code::CN_004, format!("the double opt-in was {why}"), evidence))
    }

    fn was_never_asked(&self, asked_in: &str) -> bool {
        self.record.cell(asked_in) == Cell::Null && self.grant.decisions.requested.is_none()
    }

    fn is_staff_at_once(&self, asked_in: &str, came_in: &str) -> bool {
        let mapping = self.mapping();
        let holds = |conditions: &[_]| !conditions.is_empty() && self.holds_now(conditions);
        let commit = self.record.change.position.commit;
        let in_this_commit = |it: &Version<_>| it.stamp.place.position.commit == commit;
        let asked_now = self.changed(asked_in) == Some(true)
            || self.grant.decisions.requested.as_ref().is_some_and(in_this_commit);
        let came_now = self.changed(came_in) == Some(true);
        self.origin && asked_now && came_now && holds(&mapping.by_staff) && !self.is_imported()
    }

    /// Whether the row, or the work that writes it, declares that it attests to a consent of earlier, kept elsewhere.
    fn is_imported(&self) -> bool {
        let imported = &self.mapping().imported;
        self.declared || (!imported.is_empty() && self.holds_now(imported))
    }

    /// CN-008.
    fn undocumented(&self) -> Option<Violation> {
        let was_yes = matches!(
            self.grant.before,
            Some(PermissionStatus::Given | PermissionStatus::Confirmed)
        );
        if !self.grant.is_own_yes() || was_yes {
            return None;
        }
        let columns = self.mapping().documented_by.iter();
        let empty: Vec<&str> =
            columns.map(String::as_str).filter(|column| self.says_nothing(column)).collect();
        (!empty.is_empty()).then(|| {
            let why = format!("nothing is written in {}, which document it", empty.join(" and "));
            self.violation(Code::CN_008, format!("a consent was recorded and {why}"), Vec::new())
        })
    }

    fn says_nothing(&self, column: &str) -> bool {
        match self.record.cell(column) {
            Cell::Null => true,
            Cell::Unchanged => false,
            Cell::Known(_) => self.record.text(column).is_some_and(is_no_evidence),
        }
    }

    fn holds_now(&self, conditions: &[crate::policy::Condition]) -> bool {
        self.record.holds(conditions) == Some(true)
    }

    /// Whether the change set or altered a column; an insert sets what is not null.
    fn changed(&self, column: &str) -> Option<bool> {
        let altered = self.record.altered(column)?;
        let inserted = self.record.change.operation.kind() == OperationKind::Insert;
        Some(if inserted { self.record.cell(column) != Cell::Null } else { altered })
    }

    fn violation(&self, code: Code, reason: String, evidence: Vec<Evidence>) -> Violation {
        let Grant { purpose, channel, .. } = self.grant;
        Violation {
            code,
            severity: code.severity(),
            reason,
            evidence,
            purpose: (!purpose.is_empty()).then(|| purpose.clone()),
            channel: Some(*channel),
            column: Some(format!("{} {purpose}", channel.name())),
        }
    }
}

/// Whether a finding rests on the change alone, and not on what was on record before.
fn is_seen(found: &Violation) -> bool {
    [Code::CN_005, Code::CN_006].contains(&found.code)
}

/// Two clocks may differ, so that a confirmation may seem to come a little before it was asked for.
fn is_machine_like(asked: Claim, came: Claim) -> bool {
    let Some((asked, came)) = asked.exact().zip(came.exact()) else { return false };
    asked <= came && came < asked + FASTEST_CONFIRMATION
}

/// Whether every line of a text says that there is nothing, with or without a label: some CRMs write
/// "Remote IP: None" where they know no address.
fn is_no_evidence(text: &str) -> bool {
    text.split(['\n', ';', ',']).all(|part| {
        let part = part.rsplit_once(": ").map_or(part, |(_, value)| value).trim();
        part.is_empty() || part.ends_with(':') || accuracy::is_none(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_no_evidence() {
        for text in ["", " ", "None", "n/a", "Remote IP: None", "IP:\nAgent: null", "unknown; -"] {
            assert!(is_no_evidence(text), "{text:?}");
        }
        for text in ["web form", "Remote IP: 192.0.2.1", "IP: None\nform 7", "none of them"] {
            assert!(!is_no_evidence(text), "{text:?}");
        }
    }
}
