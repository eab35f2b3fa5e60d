//! Which rules the tests show both ways: a test in which the rule fires, and one in which it is
//! shown not to (`absent`).

use std::collections::BTreeMap;

use super::duties::duties;
use crate::model::{Code, Sensitivity};
use crate::policy::document::scenario::Scenario;
use crate::policy::{
    LawfulBasis, Maturity, PermissionMapping, PermissionStatus, Policies, Provenance,
    RegisteredBasis, RequestKind, Selector, Storage, own_coverage,
};

/// A rule, and whether the policies can raise it.
pub type Possible = (Code, bool);

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

/// How each own rule that is not retired is covered, by name.
pub fn own<'a>(
    policies: &Policies,
    scenarios: impl IntoIterator<Item = &'a Scenario>,
) -> BTreeMap<String, Cover> {
    let covers = own_coverage(&policies.own, |name| policies.rules.of_own(name), scenarios);
    let cover = |(name, (expected, absent))| (name, Cover { expected, absent });
    covers.into_iter().map(cover).collect()
}

/// The rules of lawful basis, permission, requests and erasure that the policies can raise at all.
fn raisable(policies: &Policies) -> Vec<Code> {
    possible(policies).into_iter().filter(|(_, possible)| *possible).map(|(code, _)| code).collect()
}

/// The rules that depend on what the policies map, each with whether they can raise it. Those that
/// are retired are left out.
pub fn possible(policies: &Policies) -> Vec<(Code, bool)> {
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
        .any(|permission| yes.iter().any(|status| permission.status.may_be(status)));
    let requests = || tables().filter_map(|table| table.request.as_ref());
    let asked = requests().next().is_some();
    let reasons = requests().any(|request| request.reason.is_some());
    let erasure = requests().any(|request| request.kind.may_be(&RequestKind::Erasure));
    let objections = requests().any(|request| request.kind.may_be(&RequestKind::Objection));
    let limited = [RequestKind::Erasure, RequestKind::Portability, RequestKind::Objection];
    let limited = requests().any(|request| limited.iter().any(|it| request.kind.may_be(it)));
    let deactivated = erasure && tables().any(|table| !table.deactivated.is_empty());
    let mut possible = vec![
        (Code::LB_001, per_subject),
        (Code::CN_001, marketing && channels().any(|rule| rule.opt_in)),
        (Code::CN_002, marketing && (permissions || objections)),
        (Code::CN_003, marketing && permissions && channels().any(|rule| rule.double_opt_in)),
        (Code::CN_007, grants && policies.pack.provenance == Provenance::Origin),
        (Code::RT_001, asked),
        (Code::RT_002, asked),
        (Code::RT_003, reasons),
        (Code::RT_004, limited),
        (Code::ER_001, erasure),
        (Code::ER_002, erasure),
        (Code::RET_003, deactivated),
        (Code::RS_001, tables().any(|table| table.restrictable)),
    ];
    possible.extend(people(policies, marketing));
    possible.extend(recorded(policies, marketing));
    possible.extend(guarded(policies));
    possible.extend(duties(policies));
    possible.retain(|(code, _)| policies.rules.maturity(*code) != Maturity::Retired);
    possible
}

/// The detectors of breaches that look at columns which the pack maps for them.
fn guarded(policies: &Policies) -> [(Code, bool); 12] {
    let mapped = || policies.pack.tables.values().map(|table| &table.security);
    let accounts = || mapped().filter_map(|it| it.account.as_ref());
    let strong = accounts().any(|it| !it.privileged.is_empty() || !it.second_factor.is_empty());
    let origin = policies.pack.provenance == Provenance::Origin;
    [
        (Code::SEC_003, mapped().any(|it| it.export.is_some())),
        (Code::SEC_004, accounts().any(|it| !it.inactive.is_empty())),
        (Code::SEC_005, strong || mapped().any(|it| it.credential.is_some())),
        (Code::SEC_006, mapped().any(|it| it.access.is_some())),
        (Code::SEC_008, origin && mapped().any(|it| it.audited_by.is_some())),
        (Code::SEC_010, mapped().any(|it| it.owner.is_some())),
        (Code::SEC_011, mapped().any(|it| it.merged_into.is_some())),
        (Code::SEC_015, !policies.register.decoys.is_empty()),
        (Code::SEC_018, mapped().any(|it| it.tenant.is_some())),
        (Code::SEC_020, mapped().any(|it| it.kept_until.is_some())),
        (Code::SEC_021, mapped().any(|it| it.audited_by.is_some())),
        (Code::TR_002, mapped().any(|it| it.destination.is_some())),
    ]
}

/// The rules that rest on what pack and register say of people.
fn people(policies: &Policies, marketing: bool) -> [(Code, bool); 10] {
    let tables = || policies.pack.tables.values();
    let activity = tables().any(|table| table.activity.is_some());
    let limited = tables().any(|table| table.followed.storage == Storage::Limited);
    let asked = policies.register.purposes.values().any(|it| !it.asks_permission_for.is_empty());
    let compatible = policies.register.purposes.values().any(|it| it.compatible_with.is_some());
    let permissions = || tables().flat_map(|table| &table.permissions);
    // Any purpose that a permission may name can be consented to.
    let named = |purpose: &&String| {
        let mut selectors = permissions().filter_map(|permission| permission.purpose.as_ref());
        selectors.any(|selector| selector.may_be(purpose))
    };
    let named = policies.register.purposes.keys().filter(named).count();
    let bundled = named as u64 >= policies.profile.consent.bundled_from;
    let hinged = permissions().any(|permission| permission.hinged);
    [
        (Code::RET_001, limited),
        (Code::RET_002, limited),
        (
            Code::PL_001,
            tables().any(|table| table.membership.is_some()) || (activity && compatible),
        ),
        (Code::PS_001, tables().any(|table| table.portal.is_some())),
        (Code::SRC_001, tables().any(|table| table.person.source.is_some())),
        (Code::SRC_002, tables().any(|table| table.person.import.is_some())),
        (Code::CN_009, bundled),
        (Code::CN_015, asked && activity && permissions().next().is_some()),
        (Code::CN_016, marketing && tables().any(|table| table.followed.prefers)),
        (Code::CN_017, marketing && hinged),
    ]
}

/// The rules about records of bases, permissions and objections: what the pack says of their columns
/// is what they rest on.
fn recorded(policies: &Policies, marketing: bool) -> [(Code, bool); 14] {
    use PermissionStatus::{Confirmed, OptedOut};
    let tables = || policies.pack.tables.values();
    let bases = || tables().filter_map(|table| table.basis.as_ref());
    let any = |holds: fn(&PermissionMapping) -> bool| {
        tables().flat_map(|table| &table.permissions).any(holds)
    };
    let origin = policies.pack.provenance == Provenance::Origin;
    let dated = origin && any(|it| it.captured_at.is_some() || it.confirmed_at.is_some());
    let proven = any(|it| !it.evidence.is_empty() && it.status.may_be(&OptedOut));
    let whole_person = any(|it| it.address.is_none() && it.status.may_be(&OptedOut))
        && tables().map(|table| table.permissions.len()).sum::<usize>() > 1;
    let swapped = bases().any(|it| {
        let others = [LawfulBasis::Contract, LawfulBasis::LegitimateInterests];
        !it.withdrawn.is_empty()
            && it.basis.may_be(&LawfulBasis::Consent)
            && others.iter().any(|other| it.basis.may_be(other))
    });
    let special = policies.pack.tables.iter().any(|(name, table)| {
        let activity = policies.register.activity_of(name);
        let mut declared = table.columns.values().flatten().map(|it| it.sensitivity());
        activity.is_some_and(|activity| activity.special_categories.is_none())
            && declared.any(|it| it == Sensitivity::Special)
    });
    let profiling = || tables().filter_map(|table| table.profiling.as_ref());
    let evaluated = profiling().any(|it| !it.columns.is_empty())
        && profiling().any(|it| !it.objected.is_empty());
    [
        (Code::LB_002, special),
        (Code::LB_003, tables().any(|table| table.child.is_some())),
        (Code::LB_004, swapped),
        (Code::LB_005, bases().any(|it| matches!(it.basis, Selector::Column { .. }))),
        (Code::CN_004, any(|it| it.requested_at.is_some() && it.status.may_be(&Confirmed))),
        (Code::CN_005, dated),
        (Code::CN_006, dated),
        (Code::CN_008, any(|it| !it.documented_by.is_empty())),
        (Code::CN_010, marketing && any(|it| it.valid_until.is_some())),
        (Code::CN_011, proven),
        (Code::CN_013, proven),
        (Code::CN_012, tables().any(|table| table.append_only.is_some())),
        (Code::CN_014, whole_person),
        (Code::OB_001, evaluated),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Channel, TableName};
    use crate::policy::{
        ChildMapping, Condition, ImportMapping, MembershipMapping, PortalMapping, ProfilingMapping,
        Test, compile, embedded,
    };

    fn demo() -> Policies {
        compile(&embedded::demo()).map_err(|faults| faults[0].to_string()).unwrap()
    }

    #[test]
    fn without_tests_nothing_is_covered() {
        let covers = coverage(&demo(), []);
        assert_eq!(covers.len(), 25);
        assert!(covers.values().all(|cover| !cover.is_complete()));
    }

    #[test]
    fn a_rule_that_cannot_fire_needs_no_test() {
        let mut policies = demo();
        policies.profile.channels.values_mut().for_each(|rule| rule.double_opt_in = false);
        policies.pack.tables.values_mut().for_each(|table| {
            table.request = None;
            table.append_only = None;
        });
        policies.pack.provenance = Provenance::Replica;
        let covers = coverage(&policies, []);
        let gone = [Code::CN_003, Code::ER_002, Code::CN_005, Code::CN_006, Code::CN_012];
        assert!(gone.iter().all(|code| !covers.contains_key(code)));
        assert!(covers.contains_key(&Code::CN_001));
    }

    #[test]
    fn a_retired_rule_needs_no_test() {
        let mut policies = demo();
        policies.rules.maturity.insert(Code::CN_002, Maturity::Retired);
        policies.rules.maturity.insert(Code::CN_001, Maturity::Trial);
        let covers = coverage(&policies, []);
        assert!(!covers.contains_key(&Code::CN_002) && covers.contains_key(&Code::CN_001));
    }

    #[test]
    fn a_rule_can_fire_once_the_pack_maps_what_it_rests_on() {
        let mut policies = demo();
        let mapped = [Code::LB_003, Code::OB_001];
        let covers = coverage(&policies, []);
        assert!(mapped.iter().all(|code| !covers.contains_key(code)));
        let contacts = policies.pack.tables.get_mut(&TableName::new("crm", "contacts")).unwrap();
        contacts.child = Some(ChildMapping { when: Vec::new(), born: None, guardian: Vec::new() });
        let columns = vec!["lead_score".to_owned()];
        let objects = Condition { column: "no_profiling".to_owned(), test: Test::NotNull };
        contacts.profiling = Some(ProfilingMapping { columns, objected: vec![objects] });
        let covers = coverage(&policies, []);
        assert!(mapped.iter().all(|code| covers.contains_key(code)));
    }

    #[test]
    fn what_pack_and_register_say_of_people_makes_rules_possible() {
        let mut policies = demo();
        let (contacts, consents) =
            (TableName::new("crm", "contacts"), TableName::new("crm", "consents"));
        let said =
            [Code::PL_001, Code::PS_001, Code::SRC_002, Code::CN_015, Code::CN_016, Code::CN_017];
        let covers = coverage(&policies, []);
        assert!(said.iter().all(|code| !covers.contains_key(code)));
        let tables = &mut policies.pack.tables;
        let import = ImportMapping { when: Vec::new(), evidence: Vec::new() };
        tables.get_mut(&contacts).unwrap().person.import = Some(import);
        let (purpose, when) = (Selector::Fixed("support".to_owned()), Vec::new());
        tables.get_mut(&consents).unwrap().membership = Some(MembershipMapping { purpose, when });
        tables.get_mut(&consents).unwrap().permissions[0].hinged = true;
        let status = Selector::Fixed(PermissionStatus::OptedOut);
        let channel = Selector::Fixed(Channel::Email);
        let portal = PortalMapping { channel, purpose: None, status, when: Vec::new() };
        tables.get_mut(&consents).unwrap().portal = Some(portal);
        tables.get_mut(&TableName::new("crm", "sends")).unwrap().followed.prefers = true;
        let support = policies.register.purposes.get_mut("support").unwrap();
        support.asks_permission_for = ["newsletter".to_owned()].into();
        let covers = coverage(&policies, []);
        assert!(said.iter().all(|code| covers.contains_key(code)));
    }
}
