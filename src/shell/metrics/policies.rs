//! Metrics of the policies: which are in force, and what they say of findings.

use prometheus::{IntCounterVec, IntGaugeVec};

use super::registration::Registration;
use crate::model::{Activity, Code, Finding, Standing};
use crate::policy::{Maturity, Policies};

/// What came of an attempt to read the policies anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Others are in force.
    Accepted,
    /// They are those in force.
    Unchanged,
    /// They have faults, and nothing has changed.
    Refused,
}

impl Reload {
    const ALL: [Reload; 3] = [Reload::Accepted, Reload::Unchanged, Reload::Refused];

    fn name(self) -> &'static str {
        match self {
            Reload::Accepted => "accepted",
            Reload::Unchanged => "unchanged",
            Reload::Refused => "refused",
        }
    }
}

/// See the module.
pub(super) struct PolicyMetrics {
    info: IntGaugeVec,
    reloads: IntCounterVec,
    suppressed: IntCounterVec,
    trial: IntCounterVec,
}

impl PolicyMetrics {
    pub fn new(register: &Registration, policies: &Policies) -> Self {
        let metrics = PolicyMetrics {
            info: register.build_info(),
            reloads: register.counters(
                "policy_reloads_total",
                "Attempts to read the policies anew, by what came of them.",
                &["outcome"],
            ),
            suppressed: register.counters(
                "suppressed_findings_total",
                "Findings that an exception of the policies holds for, by its name.",
                &["code", "exception"],
            ),
            trial: register.counters(
                "trial_findings_total",
                "Findings of rules that are on trial.",
                &["code"],
            ),
        };
        for outcome in Reload::ALL {
            metrics.reloads.with_label_values(&[outcome.name()]);
        }
        metrics.replaced(policies);
        metrics
    }

    /// Series whose labels are known beforehand begin at zero.
    pub fn replaced(&self, policies: &Policies) {
        self.info.reset();
        let version = env!("CARGO_PKG_VERSION");
        self.info.with_label_values(&[version, policies.digest.as_str()]).set(1);
        for exception in &policies.rules.exceptions {
            self.suppressed.with_label_values(&[exception.rule.text(), exception.name.as_str()]);
        }
        if policies.rules.own.values().any(|maturity| *maturity == Maturity::Trial) {
            self.trial.with_label_values(&[Code::OWN_001.text()]);
        }
        for (code, maturity) in &policies.rules.maturity {
            if *maturity == Maturity::Trial {
                self.trial.with_label_values(&[code.text()]);
            }
        }
    }

    pub fn read(&self, outcome: Reload) {
        self.reloads.with_label_values(&[outcome.name()]).inc();
    }

    pub fn found(&self, finding: &Finding) {
        if finding.activity != Activity::Create {
            return;
        }
        let code = finding.code.text();
        match &finding.standing {
            Standing::Enforced => {}
            Standing::Trial => self.trial.with_label_values(&[code]).inc(),
            Standing::Suppressed { exception, .. } => {
                self.suppressed.with_label_values(&[code, exception.as_str()]).inc();
            }
        }
    }
}
