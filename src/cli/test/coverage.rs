//! Which rules the tests show both ways: a test in which the rule fires, and one in which it is
//! shown not to (`absent`).

use std::collections::BTreeMap;

use crate::model::Code;
use crate::policy::document::scenario::Scenario;
use crate::policy::{
    PermissionStatus, Policies, Provenance, RegisteredBasis, RequestKind, Selector, ValueMap,
};

/// In how many tests a rule fires, and in how many it is shown not to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Tests that expect it.
    pub expected: usize,
    /// Tests that show its absence.
    pub absent: usize,
}

impl Cover {
    /// Whether both ways are shown.
    pub fn is_complete(self) -> bool {
        self.expected > 0 && self.absent > 0
    }
}

/// How each rule that the policies can raise is covered.
pub fn coverage<'a>(
    policies: &Policies,
    scenarios: impl IntoIterator<Item = &'a Scenario>,
) -> BTreeMap<Code, Cover> {
    let mut covers: BTreeMap<Code, Cover> =
        raisable(policies).into_iter().map(|code| (code, Cover::default())).collect();
    for scenario in scenarios {
        for (code, cover) in &mut covers {
            let expected = scenario.expect.iter().any(|wanted| wanted.code == *code);
            cover.expected += usize::from(expected);
            cover.absent += usize::from(scenario.absent.contains(code));
        }
    }
    covers
}

/// The rules of lawful basis, permission and erasure that the policies can raise at all.
fn raisable(policies: &Policies) -> Vec<Code> {
    let tables = || policies.pack.tables.values();
    let per_subject = policies
        .register
        .activities
        .iter()
        .any(|activity| matches!(activity.basis, RegisteredBasis::PerSubject(_)));
    let marketing = tables().any(|table| table.activity.is_some())
        && policies.register.purposes.values().any(|purpose| purpose.direct_marketing);
    let channels = || policies.profile.channels.values();
    let permissions = tables().any(|table| !table.permissions.is_empty());
    let yes = [PermissionStatus::Given, PermissionStatus::Confirmed, PermissionStatus::SoftOptIn];
    let grants = tables()
        .flat_map(|table| &table.permissions)
        .any(|permission| yes.iter().any(|status| may_be(&permission.status, status)));
    let erasure = tables()
        .filter_map(|table| table.request.as_ref())
        .any(|request| may_be(&request.kind, &RequestKind::Erasure));
    let possible = [
        (Code::LB_001, per_subject),
        (Code::CN_001, marketing && channels().any(|rule| rule.opt_in)),
        (Code::CN_002, marketing && permissions),
        (Code::CN_003, marketing && permissions && channels().any(|rule| rule.double_opt_in)),
        (Code::CN_007, grants && policies.pack.provenance == Provenance::Origin),
        (Code::ER_002, erasure),
    ];
    possible.into_iter().filter(|(_, possible)| *possible).map(|(code, _)| code).collect()
}

fn may_be<T: PartialEq>(selector: &Selector<T>, wanted: &T) -> bool {
    match selector {
        Selector::Fixed(value) => value == wanted,
        Selector::Column { values, .. } | Selector::Lookup { values, .. } => match values {
            ValueMap::Itself => true,
            ValueMap::Listed(listed) => listed.values().any(|value| value == wanted),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{compile, embedded};

    fn demo() -> Policies {
        compile(&embedded::demo()).map_err(|faults| faults[0].to_string()).unwrap()
    }

    #[test]
    fn without_tests_nothing_is_covered() {
        let covers = coverage(&demo(), []);
        assert_eq!(covers.len(), 6);
        assert!(covers.values().all(|cover| !cover.is_complete()));
    }

    #[test]
    fn a_rule_that_cannot_fire_needs_no_test() {
        let mut policies = demo();
        policies.profile.channels.values_mut().for_each(|rule| rule.double_opt_in = false);
        policies.pack.tables.values_mut().for_each(|table| table.request = None);
        let covers = coverage(&policies, []);
        assert!(!covers.contains_key(&Code::CN_003) && !covers.contains_key(&Code::ER_002));
        assert!(covers.contains_key(&Code::CN_001));
    }
}
