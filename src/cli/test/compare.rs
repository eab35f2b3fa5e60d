//! What a test expected against what was found: exact on code, step and count, and on the rest as
//! far as the test says something.

use std::fmt;

use crate::model::{Channel, Code, Severity};
use crate::policy::document::scenario::Expectation;

/// One finding or incident of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which rule or detector.
    pub code: Code,
    /// Of OWN-001: which own rule.
    pub own_rule: Option<String>,
    /// The step that it is about, from 1.
    pub step: usize,
    /// Changes of a finding, records of an incident.
    pub count: u64,
    /// Whether it is an incident.
    pub incident: bool,
    /// Purpose.
    pub purpose: Option<String>,
    /// Channel.
    pub channel: Option<Channel>,
    /// Severity.
    pub severity: Severity,
    /// Why, in words.
    pub reason: String,
}

/// One difference, as a line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Expected and not found as often.
    Missing {
        /// What was expected.
        expected: String,
        /// What was found instead.
        found: String,
    },
    /// Found and not expected.
    Unexpected(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Missing { expected, found } => {
                write!(f, "expected   {expected}\nfound      {found}")
            }
            Difference::Unexpected(found) => write!(f, "unexpected {found}"),
        }
    }
}

/// Every difference; none means that the test passed.
pub fn compare(expected: &[Expectation], found: &[Found]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for wanted in expected {
        let matching: Vec<&Found> = found.iter().filter(|found| matches(wanted, found)).collect();
        let total: u64 = matching.iter().map(|found| found.count).sum();
        let any_size = wanted.count.is_none() && matching.iter().any(|found| found.incident);
        if !(any_size || total == wanted.count.unwrap_or(1)) {
            let found = match matching.is_empty() {
                true => "nothing".to_owned(),
                false => format!("{} times", total),
            };
            differences.push(Difference::Missing { expected: describe(wanted), found });
        }
    }
    for found in found {
        if !expected.iter().any(|wanted| matches(wanted, found)) {
            let Found { code, own_rule, step, reason, .. } = found;
            let rule = own_rule.as_ref().map_or_else(String::new, |rule| format!(" of {rule}"));
            let text = format!("{code}{rule} at step {step}: {reason}");
            differences.push(Difference::Unexpected(text));
        }
    }
    differences
}

fn matches(wanted: &Expectation, found: &Found) -> bool {
    wanted.code == found.code
        && wanted.own_rule == found.own_rule
        && wanted.step == found.step
        && (wanted.purpose.is_none() || wanted.purpose == found.purpose)
        && (wanted.channel.is_none() || wanted.channel == found.channel)
        && wanted.severity.is_none_or(|severity| severity == found.severity)
}

fn describe(wanted: &Expectation) -> String {
    let mut text = format!("{} at step {}", wanted.code, wanted.step);
    let details = [
        wanted.own_rule.as_ref().map(|rule| format!("rule {rule}")),
        wanted.count.map(|count| format!("{count} times")),
        wanted.purpose.as_ref().map(|purpose| format!("purpose {purpose}")),
        wanted.channel.map(|channel| format!("channel {}", channel.name())),
        wanted.severity.map(|severity| format!("severity {}", severity.name().to_lowercase())),
    ];
    for detail in details.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&detail);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: Code, step: usize) -> Found {
        Found {
            code,
            own_rule: None,
            step,
            count: 1,
            incident: false,
            purpose: Some("newsletter".into()),
            channel: Some(Channel::Email),
            severity: code.severity(),
            reason: "why".into(),
        }
    }

    fn wanted(code: Code, step: usize) -> Expectation {
        Expectation {
            code,
            own_rule: None,
            step,
            count: None,
            purpose: None,
            channel: None,
            severity: None,
        }
    }

    #[test]
    fn code_step_and_count_must_agree() {
        let one = [found(Code::CN_001, 2)];
        assert_eq!(compare(&[wanted(Code::CN_001, 2)], &one), []);
        assert_eq!(compare(&[wanted(Code::CN_002, 2)], &one).len(), 2);
        assert_eq!(compare(&[wanted(Code::CN_001, 1)], &one).len(), 2);
        let twice = Expectation { count: Some(2), ..wanted(Code::CN_001, 2) };
        assert_eq!(compare(std::slice::from_ref(&twice), &one).len(), 1);
        let two = [found(Code::CN_001, 2), found(Code::CN_001, 2)];
        assert_eq!(compare(&[twice], &two), []);
        assert_eq!(compare(&[wanted(Code::CN_001, 2)], &two).len(), 1);
    }

    #[test]
    fn the_rest_must_agree_only_where_the_test_says_something() {
        let one = [found(Code::CN_001, 2)];
        let email = Expectation { channel: Some(Channel::Email), ..wanted(Code::CN_001, 2) };
        assert_eq!(compare(&[email], &one), []);
        let sms = Expectation { channel: Some(Channel::Sms), ..wanted(Code::CN_001, 2) };
        assert_eq!(compare(&[sms], &one).len(), 2);
    }

    #[test]
    fn an_incident_may_have_any_size_unless_the_test_says_one() {
        let incident = [Found { incident: true, count: 150, ..found(Code::SEC_001, 1) }];
        assert_eq!(compare(&[wanted(Code::SEC_001, 1)], &incident), []);
        let other = Expectation { count: Some(151), ..wanted(Code::SEC_001, 1) };
        assert_eq!(compare(&[other], &incident).len(), 1);
    }

    #[test]
    fn what_nobody_expected_is_a_difference() {
        let text = compare(&[], &[found(Code::LB_001, 1)])[0].to_string();
        assert_eq!(text, "unexpected LB-001 at step 1: why");
    }
}
