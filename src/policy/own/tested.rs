//! Is every rule shown to match, and shown not to?

use std::collections::{BTreeMap, BTreeSet};

use super::OwnRules;
use crate::model::{Code, Fault, Place};
use crate::policy::document::reader::Reader;
use crate::policy::document::scenario::{Scenario, ScenarioDocument};
use crate::policy::{Maturity, Tested};

/// In how many tests each rule that counts in full, or is on trial, is expected and shown absent.
pub fn own_coverage<'a>(
    rules: &OwnRules,
    maturity: impl Fn(&str) -> Maturity,
    scenarios: impl IntoIterator<Item = &'a Scenario>,
) -> BTreeMap<String, (usize, usize)> {
    let names = rules.all().map(|rule| rule.named.name.as_str());
    let counted = names.filter(|name| maturity(name) != Maturity::Retired);
    let mut covers: BTreeMap<String, (usize, usize)> =
        counted.map(|name| (name.to_owned(), (0, 0))).collect();
    for scenario in scenarios {
        for (name, (expected, absent)) in &mut covers {
            let wanted = |own: &Option<String>| own.as_ref() == Some(name);
            *expected += usize::from(scenario.expect.iter().any(|it| wanted(&it.own_rule)));
            *absent += usize::from(scenario.absent_own.contains(name));
        }
    }
    covers
}

/// The enforced rules of what is in force that no test shows both ways, as faults.
pub fn untested(tested: &Tested) -> Vec<Fault> {
    let rules = &tested.policies.rules;
    let scenarios = tested.documents.iter().flat_map(|document| &document.scenarios);
    let covers = own_coverage(&tested.policies.own, |name| rules.of_own(name), scenarios);
    let enforced = covers.into_iter().filter(|(name, _)| rules.of_own(name) == Maturity::Enforced);
    let missing = |(expected, absent): (usize, usize)| match (expected, absent) {
        (0, 0) => Some("no test is about the rule"),
        (0, _) => Some("no test expects a finding of the rule"),
        (_, 0) => Some("no test names the rule under `absent`"),
        _ => None,
    };
    let fault = |(name, cover): (String, (usize, usize))| {
        let place =
            Place { file: format!("rules/{name}.yaml"), line: 1, column: 1, ..Place::default() };
        let cause = format!("{}: {name}", missing(cover)?);
        let help = format!(
            "add to tests/: one with `expect: [{{code: OWN-001, rule: {name}, at: …}}]` and one with \
             `absent: [{name}]`, or put the rule on trial in policy.yaml"
        );
        Some(Fault::new(Code::POL_002, cause).at(place).help(help))
    };
    enforced.filter_map(fault).collect()
}

/// Every rule that tests name is in force.
pub fn tests_name_rules(reader: &mut Reader, documents: &[ScenarioDocument], rules: &OwnRules) {
    let known: BTreeSet<&str> = rules.all().map(|rule| rule.named.name.as_str()).collect();
    let listed: Vec<&str> = known.iter().copied().collect();
    for scenario in documents.iter().flat_map(|document| &document.scenarios) {
        let expected = scenario.expect.iter().filter_map(|it| it.own_rule.as_ref());
        for name in expected.chain(&scenario.absent_own) {
            if !known.contains(name.as_str()) {
                reader.unknown(&scenario.place, "own rule", name, &listed);
            }
        }
    }
}
