//! How far each rule is trusted, and what the controller has excepted from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Channel, Code, Meaning, TableName, Timestamp};

/// How far a rule is trusted. A rule that nothing is said about is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Maturity {
    /// Its findings are information until somebody trusts it.
    Trial,
    /// Its findings count.
    #[default]
    Enforced,
    /// It is off: what it would have judged is undecided.
    Retired,
}

impl Maturity {
    /// Every maturity with the name that policies use.
    pub const NAMES: [(&'static str, Maturity); 3] = [
        ("trial", Maturity::Trial),
        ("enforced", Maturity::Enforced),
        ("retired", Maturity::Retired),
    ];

    /// The name that policies use.
    pub fn name(self) -> &'static str {
        match self {
            Maturity::Trial => "trial",
            Maturity::Enforced => "enforced",
            Maturity::Retired => "retired",
        }
    }
}

/// What is said of the rules themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The rules that are not simply enforced.
    pub maturity: BTreeMap<Code, Maturity>,
    /// The same of own rules, by name.
    pub own: BTreeMap<String, Maturity>,
    /// In the order in which they are written: the first that matches holds.
    pub exceptions: Vec<Exception>,
}

impl Rules {
    /// How far a rule is trusted.
    pub fn maturity(&self, code: Code) -> Maturity {
        self.maturity.get(&code).copied().unwrap_or_default()
    }

    /// How far a rule of the controller's own is trusted: as said of itself, or else of all of them.
    pub fn of_own(&self, name: &str) -> Maturity {
        self.own.get(name).copied().unwrap_or_else(|| self.maturity(Code::OWN_001))
    }
}

/// A finding that somebody answers for: it stays on record and counts as information. It matches
/// where all that it names agree; what it does not name does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// The rule.
    pub rule: Code,
    /// Of OWN-001: the one rule of the controller's own.
    pub own: Option<String>,
    /// Tables of the change that is judged.
    pub tables: BTreeSet<TableName>,
    /// Purposes of the finding.
    pub purposes: BTreeSet<String>,
    /// Channels of the finding.
    pub channels: BTreeSet<Channel>,
    /// Technical accounts as the CRM names them, or references of actors.
    pub actors: BTreeSet<String>,
    /// Who answers for it: a role.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The first moment at which it no longer holds.
    pub expires: Timestamp,
}

impl Exception {
    /// What policies call its rule.
    pub fn rule_name(&self) -> &str {
        self.own.as_deref().unwrap_or(self.rule.text())
    }
}

/// Whether findings of a code come of a rule that may be on trial, off, or excepted from; `Err` says
/// what to do about the others.
pub fn is_adjustable(code: Code) -> Result<(), &'static str> {
    match code.meaning() {
        Meaning::Fault { .. } => Err("this is no rule; `lawtail explain` lists the findings"),
        Meaning::Finding { .. } if is_detector(code) => Err(
            "detectors raise incidents, which people judge: set the tripwire under `detection`, and \
             dismiss what was none with `lawtail incident dismiss`",
        ),
        Meaning::Finding { .. } if code.text().starts_with("COV-") => {
            Err("what could not be seen or judged is said whatever the policies ask for")
        }
        Meaning::Finding { .. } => Ok(()),
    }
}

/// Whether what it names are incidents.
fn is_detector(code: Code) -> bool {
    code.text().starts_with("SEC-") || [Code::CN_007, Code::TR_002].contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_may_be_adjusted_and_detectors_gaps_and_faults_may_not() {
        for code in [Code::LB_001, Code::CN_012, Code::RT_001, Code::REG_001] {
            assert_eq!(is_adjustable(code), Ok(()), "{code}");
        }
        for code in [Code::SEC_001, Code::CN_007, Code::TR_002, Code::COV_002, Code::PG_001] {
            assert!(is_adjustable(code).is_err(), "{code}");
        }
    }
}
