//! Faults of policy folders as people see them.

use expect_test::{Expect, expect};

use super::*;
use crate::policy::Statistics;
mod about;
mod hashed;
mod people;
mod remedies;
mod words;

/// A small folder without faults.
fn small() -> BTreeMap<String, String> {
    let documents = [
        ("policy.yaml", "pack: small\nregister: small\nprofile: small\ngrace: 5s\n"),
        ("packs/small.yaml", PACK),
        ("register/small.yaml", REGISTER),
        ("profiles/small.yaml", PROFILE),
        ("profiles/unused.yaml", UNUSED),
    ];
    documents.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

const PACK: &str = "\
pack: small
provenance: origin
tables:
  crm.contacts: {subject: {key: id}}
  crm.orders: {about: {table: crm.contacts, column: contact_id}}
  crm.bases:
    about: {table: crm.contacts, column: contact_id}
    basis: {purpose: {column: purpose}, basis: consent}
";

const REGISTER: &str = "\
register: small
controller: {name: Example, contact: privacy@example.com}
purposes:
  care: {term: \"dpv:CustomerCare\", direct_marketing: false}
  newsletter: {term: \"dpv:DirectMarketing\", direct_marketing: true}
activities:
  contacts:
    {purpose: care, tables: [crm.contacts, crm.bases], basis: contract, subjects: [customers],
     categories: [user.name], recipients: [], transfers: [], retention: a year}
  orders:
    {purpose: care, tables: [crm.orders], basis: {per_subject: [contract]}, subjects: [customers],
     categories: [user.name], recipients: [], transfers: [], retention: a year}
";

const PROFILE: &str = "\
profile: small
grace: 120s
sources: [GDPR Art. 7(1)]
channels: {email: {needs: opt_in}}
";

const UNUSED: &str = "\
profile: unused
grace: 120s
sources: [GDPR Art. 7(1)]
channels: {email: {needs: no_opt_out}}
";

/// The small folder with one document replaced or added.
fn with(path: &str, text: &str) -> BTreeMap<String, String> {
    let mut files = small();
    files.insert(path.to_owned(), text.to_owned());
    files
}

/// The small folder with a text replaced in one document.
fn edited(path: &str, from: &str, to: &str) -> BTreeMap<String, String> {
    let text = &small()[path];
    assert!(text.contains(from), "{path} has no {from}");
    with(path, &text.replacen(from, to, 1))
}

fn check_faults(files: &BTreeMap<String, String>, expected: Expect) {
    let faults = compile(files).err().unwrap_or_default();
    let line = |fault: &Fault| {
        let place = fault.place.as_ref().map(Place::to_string).unwrap_or_default();
        format!("{} {place}: {}; {}\n", fault.code, fault.cause, fault.remedy())
    };
    expected.assert_eq(&faults.iter().map(line).collect::<String>());
}

#[test]
fn every_fault_of_every_document_is_reported_at_once() {
    let mut files = with("packs/other.yaml", BROKEN_PACK);
    files.insert("register/broken.yaml".into(), "register: [broken\n".into());
    files.insert("profiles/other.yaml".into(), BROKEN_PROFILE.into());
    files.insert("notes.yaml".into(), "a: 1\n".into());
    check_faults(
        &files,
        expect![[r#"
            POL-002 notes.yaml:1:1: this document does not belong here; a policy folder holds policy.yaml, packs/, register/, profiles/, rules/, lists/ and tests/, and in them one file NAME.yaml for each document
            POL-002 packs/other.yaml:1:1: `provenance` is missing; add `provenance:` here
            POL-002 packs/other.yaml:1:7 (pack): the document is called `different` and its file `other.yaml`; give both the same name
            POL-002 packs/other.yaml:2:1 (provenence): unknown key `provenence`; did you mean `provenance`? allowed: pack, provenance, time_zone, telephone_country, tables
            POL-002 packs/other.yaml:4:3 (tables.contacts): `contacts` has no schema; name the table with its schema, as in crm.contacts
            POL-002 packs/other.yaml:7:32 (tables.crm.people.contact_points[0].channel): unknown channel `emial`; did you mean `email`? allowed: email, sms, phone, post, fax, push
            POL-002 packs/other.yaml:7:55 (tables.crm.people.contact_points[1]): `column` is missing; add `column:` here
            POL-002 packs/other.yaml:8:17 (tables.crm.people.test_rows[0]): a condition without test; give exactly one of `in: […]`, `not_in: […]` and `is_null: true` or `false`
            POL-002 packs/other.yaml:8:36 (tables.crm.people.test_rows[1]): several tests; give exactly one of `in: […]`, `not_in: […]` and `is_null: true` or `false`
            POL-002 packs/other.yaml:9:22 (tables.crm.people.columns.score): unknown category `user.demographic.profil`; did you mean `user.demographic.profile`? allowed: user.demographic.profile, user.demographic.gender, user.demographic.age_range, user.demographic.language, user.demographic.date_of_birth, user.demographic.marital_status, user.contact.email, user.contact.url, user.demographic.race_ethnicity, user.location.precise, user.demographic.political_opinion, user.demographic.religious_belief, user.device.device_id, user.behavior, user.name.first, user.contact and 43 more
            POL-002 packs/other.yaml:11:20 (tables.crm.letters.about.table): unknown table `crm.person`; allowed: crm.bases, crm.campaigns, crm.letters, crm.people
            POL-002 packs/other.yaml:12:25 (tables.crm.letters.activity.channel): nothing says what the column's values mean; add `values:` with one line for each value of the column and its meaning
            POL-002 packs/other.yaml:12:59 (tables.crm.letters.activity.purpose.lookup): `table` is missing; add `table:` here
            POL-002 packs/other.yaml:12:59 (tables.crm.letters.activity.purpose.lookup): `field` is missing; add `field:` here
            POL-002 packs/other.yaml:13:18 (tables.crm.campaigns): it must be clear whose data a row is; give exactly one: `subject: {key: …}` when each row is a person, `about: {table: …, column: …}` when it points at one, or `about: nobody`
            POL-002 packs/other.yaml:16:48 (tables.crm.bases.basis.basis): a text is expected, and this is a list; write a text
            POL-002 packs/other.yaml:17:18 (tables.crm.bases.permissions): the list is empty; name at least one
            POL-002 profiles/other.yaml:2:8 (grace): this is not a duration; write a whole number with its unit: 10s, 5m, 24h or 7d
            POL-002 profiles/other.yaml:3:10 (sources): the list is empty; name at least one
            POL-002 profiles/other.yaml:5:18 (channels.email.needs): unknown need `duoble_opt_in`; did you mean `double_opt_in`? allowed: opt_in, double_opt_in, no_opt_out
            POL-002 profiles/other.yaml:6:3 (channels.pigeon): unknown channel `pigeon`; allowed: email, sms, phone, post, fax, push
            POL-002 profiles/other.yaml:7:9 (channels.post): a soft opt-in says nothing where no opt-in is needed; remove `soft_opt_in`
            POL-001 register/broken.yaml:1:11: this is not YAML: unclosed bracket '['; correct the document at the place shown; `lawtail check DIR` shows every fault at once
        "#]],
    );
}

const BROKEN_PACK: &str = "\
pack: different
provenence: origin
tables:
  contacts: {subject: {key: id}}
  crm.people:
    subject: {key: id}
    contact_points: [{channel: emial, column: email}, {channel: sms}]
    test_rows: [{column: is_test}, {column: is_test, in: [], is_null: true}]
    columns: {score: user.demographic.profil}
  crm.letters:
    about: {table: crm.person, column: person_id}
    activity: {channel: {column: kind}, purpose: {lookup: {column: campaign_id}}}
  crm.campaigns: {}
  crm.bases:
    about: {table: crm.letters, column: letter_id}
    basis: {purpose: {column: purpose}, basis: [consent]}
    permissions: []
";

const BROKEN_PROFILE: &str = "\
profile: other
grace: 2 minutes
sources: []
channels:
  email: {needs: duoble_opt_in}
  pigeon: {needs: opt_in}
  post: {needs: no_opt_out, soft_opt_in: true}
";

#[test]
fn documents_are_checked_against_each_other() {
    let purpose = edited("packs/small.yaml", "purpose: {column: purpose}", "purpose: newsleter");
    check_faults(
        &purpose,
        expect![[r#"
        POL-002 packs/small.yaml:8:22 (tables.crm.bases.basis.purpose): unknown purpose `newsleter`; did you mean `newsletter`? allowed: care, newsletter
    "#]],
    );
    let tables = edited("register/small.yaml", "[crm.orders]", "[crm.order, crm.contacts]");
    check_faults(
        &tables,
        expect![[r#"
        POL-002 packs/small.yaml:5:3 (tables.crm.orders): crm.orders is about people and in no processing activity; add it to `tables` of an activity in register/small.yaml
        POL-002 register/small.yaml:11:30 (activities.orders.tables[0]): unknown table `crm.order`; did you mean `crm.orders`? allowed: crm.bases, crm.contacts, crm.orders
        POL-002 register/small.yaml:11:41 (activities.orders.tables[1]): crm.contacts takes part in two activities; it is named in line 8 already; remove one of the two
    "#]],
    );
    let unknown = edited("register/small.yaml", "purpose: care", "purpose: cars");
    check_faults(
        &unknown,
        expect![[r#"
        POL-002 register/small.yaml:8:15 (activities.contacts.purpose): unknown purpose `cars`; did you mean `care`? allowed: care, newsletter
    "#]],
    );
}

#[test]
fn what_is_in_force_must_exist() {
    let files = with("policy.yaml", "pack: smal\nregister: small\nprofile: lenient\n");
    check_faults(
        &files,
        expect![[r#"
        POL-002 policy.yaml:1:7 (pack): there is no pack `smal`; did you mean `small`? allowed: small
        POL-002 policy.yaml:3:10 (profile): there is no profile `lenient`; allowed: small, unused
    "#]],
    );
    let mut files = small();
    files.remove("policy.yaml");
    check_faults(
        &files,
        expect![[r#"
        POL-001 policy.yaml: the document is missing; add it: it names the pack, register and profile in force
    "#]],
    );
}

#[test]
fn a_broken_document_in_force_is_one_fault_and_not_two() {
    check_faults(
        &with("packs/small.yaml", "pack: [small\n"),
        expect![[r#"
        POL-001 packs/small.yaml:1:7: this is not YAML: unclosed bracket '['; correct the document at the place shown; `lawtail check DIR` shows every fault at once
    "#]],
    );
}

#[test]
fn tripwires_have_sensible_numbers() {
    let text = "pack: small\nregister: small\nprofile: small\ndetection:\n  mass_change: \
                {subjects: 0, share_per_mille: 1001, window: 0s}\n  mass_delete: {}\n";
    check_faults(
        &with("policy.yaml", text),
        expect![[r#"
            POL-002 policy.yaml:5:27 (detection.mass_change.subjects): 0 is out of range; at least one data subject
            POL-002 policy.yaml:5:47 (detection.mass_change.share_per_mille): 1001 is out of range; a share is 0 to 1000 per mille
            POL-002 policy.yaml:5:61 (detection.mass_change.window): the window is empty; write a duration such as 10m
            POL-002 policy.yaml:6:3 (detection.mass_delete): unknown key `mass_delete`; did you mean `mass_deletion`? allowed: mass_change, mass_deletion, bulk_consent, bulk_reassignment, merge, mass_export, payee_redirection, schema_changes_by, alert_budget_per_week, time_zone
        "#]],
    );
}

#[test]
fn rules_and_exceptions_say_everything_or_nothing() {
    let text = "pack: small\nregister: small\nprofile: small\nrules:\n  CN-0O5: trial\n  \
                SEC-001: retired\n  CN-001: testing\n  ACC-001: retired\nexceptions:\n  Paper Forms: \
                {}\n  late:\n    rule: CN-005\n    table: [crm.contacts]\n    actors: [Ada \
                Lovelace, ada@example.org, svc.import]\n    owner: ada@example.org\n    expires: \
                next year\n";
    check_faults(
        &with("policy.yaml", text),
        expect![[r#"
            POL-002 policy.yaml:5:3 (rules.CN-0O5): unknown rule `CN-0O5`; did you mean `CN-005`? allowed: CN-005, CN-015, CN-001, CN-002, CN-003, CN-004, CN-006, CN-007, CN-008, CN-009, CN-010, CN-011, CN-012, CN-013, CN-014, CN-016 and 60 more
            POL-002 policy.yaml:6:3 (rules.SEC-001): SEC-001 cannot be set here; detectors raise incidents, which people judge: set the tripwire under `detection`, and dismiss what was none with `lawtail incident dismiss`
            POL-002 policy.yaml:7:11 (rules.CN-001): unknown maturity `testing`; allowed: trial, enforced, retired
            POL-002 policy.yaml:10:3 (exceptions.Paper Forms): this cannot be a name; at most 64 small letters, digits and hyphens
            POL-002 policy.yaml:10:16 (exceptions.Paper Forms): `rule` is missing; add `rule:` here
            POL-002 policy.yaml:10:16 (exceptions.Paper Forms): `owner` is missing; add `owner:` here
            POL-002 policy.yaml:10:16 (exceptions.Paper Forms): `reason` is missing; add `reason:` here
            POL-002 policy.yaml:10:16 (exceptions.Paper Forms): `expires` is missing; add `expires:` here
            POL-002 policy.yaml:10:16 (exceptions.Paper Forms): the exception is from everything; name `tables`, `purposes`, `channels` or `actors`; a rule as a whole is switched off by `rules: {CODE: retired}`
            POL-002 policy.yaml:12:5 (exceptions.late): `reason` is missing; add `reason:` here
            POL-002 policy.yaml:13:5 (exceptions.late.table): unknown key `table`; did you mean `tables`? allowed: rule, tables, purposes, channels, actors, owner, reason, expires
            POL-002 policy.yaml:14:14 (exceptions.late.actors[0]): this may be a person's name; name a technical account such as svc.import, or write the actor's reference as the finding's event shows it
            POL-002 policy.yaml:14:28 (exceptions.late.actors[1]): this may be a person's name; name a technical account such as svc.import, or write the actor's reference as the finding's event shows it
            POL-002 policy.yaml:15:12 (exceptions.late.owner): this may be a person's address; name a role, such as data protection officer: it stays in the evidence for good
            POL-002 policy.yaml:16:14 (exceptions.late.expires): this is not a date; write the last day on which it holds, as in 2026-12-31
        "#]],
    );
    let text = "pack: small\nregister: small\nprofile: small\nrules: {ACC-001: \
                retired}\nexceptions:\n  late: {rule: CN-005, owner: sales, reason: paper, expires: \
                2026-12-31}\n  gone: {rule: ACC-001, tables: [crm.contact], purposes: [cars], owner: \
                sales, reason: paper, expires: 2026-12-31}\n";
    check_faults(
        &with("policy.yaml", text),
        expect![[r#"
            POL-002 policy.yaml:6:9 (exceptions.late): the exception is from everything; name `tables`, `purposes`, `channels` or `actors`; a rule as a whole is switched off by `rules: {CODE: retired}`
            POL-002 policy.yaml:7:3 (exceptions.gone): ACC-001 is retired, so nothing is excepted from it; remove the exception, or the rule from `rules`
            POL-002 policy.yaml:7:34 (exceptions.gone.tables[0]): unknown table `crm.contact`; did you mean `crm.contacts`? allowed: crm.bases, crm.contacts, crm.orders
            POL-002 policy.yaml:7:59 (exceptions.gone.purposes[0]): unknown purpose `cars`; did you mean `care`? allowed: care, newsletter
        "#]],
    );
}

#[test]
fn an_exception_holds_through_its_last_day() {
    let text = "pack: small\nregister: small\nprofile: small\nrules: {CN-001: trial}\nexceptions:\n  \
                late: {rule: CN-005, tables: [crm.orders], owner: sales, reason: paper, expires: \
                2026-12-31}\n";
    let policies = compile(&with("policy.yaml", text)).map_err(|it| it[0].to_string()).unwrap();
    assert_eq!(policies.rules.exceptions[0].expires.to_string(), "2027-01-01T00:00:00Z");
    assert_eq!(policies.rules.maturity(Code::CN_001), crate::policy::Maturity::Trial);
    assert_eq!(policies.rules.maturity(Code::CN_002), crate::policy::Maturity::Enforced);
}

#[test]
fn the_statistical_alarms_have_a_budget_and_a_time_zone() {
    let text = "pack: small\nregister: small\nprofile: small\ndetection:\n  \
                alert_budget_per_week: 1001\n  time_zone: Europe/Berlin\n";
    check_faults(
        &with("policy.yaml", text),
        expect![[r#"
        POL-002 policy.yaml:5:26 (detection.alert_budget_per_week): 1001 is out of range; 0 (none) to 1000 alarms a week
        POL-002 policy.yaml:6:14 (detection.time_zone): `Europe/Berlin` is no time zone; write UTC, or a POSIX TZ string with its rules such as CET-1CEST,M3.5.0,M10.5.0/3
    "#]],
    );
    let text = text.replace("1001", "5").replace("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3");
    let policies = compile(&with("policy.yaml", &text)).expect("they compile");
    let Statistics { alert_budget_per_week, time_zone } = policies.statistics;
    assert_eq!((alert_budget_per_week, time_zone.text()), (5, "CET-1CEST,M3.5.0,M10.5.0/3"));
}

#[test]
fn the_digest_changes_with_what_is_in_force_and_only_then() {
    let digest = |files: &BTreeMap<String, String>| {
        compile(files).map_err(|faults| faults[0].to_string()).unwrap().digest
    };
    let before = digest(&small());
    assert_eq!(before.len(), 64);
    let unused = edited("profiles/unused.yaml", "grace: 120s", "grace: 60s");
    assert_eq!(digest(&unused), before);
    let used = edited("profiles/small.yaml", "grace: 120s", "grace: 60s");
    assert_ne!(digest(&used), before);
}

#[test]
fn the_choice_overrides_the_profile_s_grace() {
    let grace = |files: &BTreeMap<String, String>| {
        compile(files).map_err(|faults| faults[0].to_string()).unwrap().profile.grace
    };
    assert_eq!(grace(&small()).as_secs(), 5);
    let without = edited("policy.yaml", "grace: 5s", "");
    assert_eq!(grace(&without).as_secs(), 120);
}

const BROKEN_TEST: &str = "\
tables: {crm.extra: {replica_identity: ful}}
tests:
  - name: broken
    given:
      - {at: 25:00, insert: crm.contacts, row: {id: 1}}
      - {at: '12:00', insert: crm.contacts, update: crm.contacts, row: {id: 1}}
      - {insert: crm.contacts}
      - {repeat: 0, truncate: crm.contacts}
      - {gap: slot_gone}
      - {idle: 1}
    expect: [{code: CN-02, at: 1}, {code: LB-001, at: 7}, {code: PG-001, at: 1}]
  - name: backwards
    given:
      - {at: '13:00', insert: crm.contacts, row: {id: 1}}
      - {at: '12:00', delete: crm.contacts, row: {id: 1}}
    expect: [{code: LB-001, at: 3}, {code: LB-001, at: 1}]
    absent: [LB-001]
";

#[test]
fn tests_are_documents_like_the_others() {
    check_faults(
        &with("tests/broken.yaml", BROKEN_TEST),
        expect![[r#"
            POL-002 tests/broken.yaml:1:40 (tables.crm.extra.replica_identity): unknown replica identity `ful`; did you mean `full`? allowed: full, default
            POL-002 tests/broken.yaml:5:14 (tests[0].given[0].at): this is not a moment; write 12:05, 12:05:30 or 2026-01-31T12:05:00Z
            POL-002 tests/broken.yaml:6:9 (tests[0].given[1]): one step is one thing; give exactly one of insert, update, delete, truncate, transaction, idle, gap
            POL-002 tests/broken.yaml:7:9 (tests[0].given[2]): `row` is missing; add `row: {column: value}`
            POL-002 tests/broken.yaml:8:18 (tests[0].given[3].repeat): 0 is out of range; write a number from 1 to 10000
            POL-002 tests/broken.yaml:9:15 (tests[0].given[4].gap): unknown cause of a gap `slot_gone`; did you mean `slot_lost`? allowed: slot_missing, slot_advanced, slot_lost, system_changed, undecodable, restored, copy_interrupted, table_unpublished, publication_missing, table_unfit
            POL-002 tests/broken.yaml:10:16 (tests[0].given[5].idle): this is not a duration; write a whole number with its unit: 10s, 5m, 24h or 7d
            POL-002 tests/broken.yaml:11:21 (tests[0].expect[0].code): unknown finding code `CN-02`; did you mean `CN-002`? allowed: CN-002, CN-012, CN-001, CN-003, CN-004, CN-005, CN-006, CN-007, CN-008, CN-009, CN-010, CN-011, CN-013, CN-014, CN-015, CN-016 and 60 more
            POL-002 tests/broken.yaml:11:66 (tests[0].expect[2].code): unknown finding code `PG-001`; did you mean `PO-001`? allowed: PO-001, PL-001, PS-001, LB-001, CN-001, OB-001, RT-001, ER-001, RS-001, PL-002, REG-001, TR-001, LB-002, LB-003, LB-004, LB-005 and 60 more
            POL-002 tests/broken.yaml:15:14 (tests[1].given[1].at): stream time does not go back; write a later moment
            POL-002 tests/broken.yaml:16:33 (tests[1].expect[0].at): there is no step 3; `at` is the number of a given step, from 1
        "#]],
    );
    let unmapped = "tests:\n  - {name: a, given: [{truncate: crm.contact}], expect: []}\n";
    check_faults(
        &with("tests/a.yaml", unmapped),
        expect![[r#"
        POL-002 tests/a.yaml:2:34 (tests[0].given[0].truncate): unknown table `crm.contact`; did you mean `crm.contacts`? allowed: crm.bases, crm.contacts, crm.orders
    "#]],
    );
    let declared = format!("tables: {{crm.contact: {{}}}}\n{unmapped}");
    check_faults(&with("tests/a.yaml", &declared), expect![[r""]]);
}

const ABOUT_UNUSED: &str = "profile: unused\n\
    tests:\n  - {name: a, given: [{truncate: crm.contacts}], expect: []}\n";

#[test]
fn tests_may_be_about_what_is_not_in_force() {
    let tested = compile_with_tests(&with("tests/a.yaml", ABOUT_UNUSED));
    let tested = tested.map_err(|faults| faults[0].to_string()).expect("it compiles");
    assert!(tested.in_force.documents.is_empty());
    let [other] = &tested.others[..] else { panic!("one choice beside that in force") };
    assert_eq!(other.names, ["small", "small", "unused"]);
    assert_eq!(other.policies.profile.name, "unused");
    assert_eq!(other.documents.len(), 1);
    let in_force = ABOUT_UNUSED.replace("unused", "small");
    let tested = compile_with_tests(&with("tests/a.yaml", &in_force));
    assert!(tested.is_ok_and(|it| it.in_force.documents.len() == 1 && it.others.is_empty()));
    check_faults(
        &with("tests/a.yaml", &ABOUT_UNUSED.replace("profile: unused", "pack: smal")),
        expect![[r#"
            POL-002 tests/a.yaml:1:7 (pack): there is no pack `smal`; did you mean `small`? allowed: small
        "#]],
    );
}

#[test]
fn what_tests_are_about_is_checked_like_what_is_in_force() {
    let pack = "pack: other\nprovenance: origin\ntables: {crm.leads: {subject: {key: id}}}\n";
    let mut files = with("packs/other.yaml", pack);
    let about = "pack: other\ntests:\n  - {name: a, given: [{truncate: crm.leads}], expect: []}\n";
    files.insert("tests/a.yaml".to_owned(), about.to_owned());
    check_faults(
        &files,
        expect![[r#"
        POL-002 packs/other.yaml:3:10 (tables.crm.leads): crm.leads is about people and in no processing activity; add it to `tables` of an activity in register/small.yaml
        POL-002 register/small.yaml:8:30 (activities.contacts.tables[0]): unknown table `crm.contacts`; allowed: crm.leads
        POL-002 register/small.yaml:8:44 (activities.contacts.tables[1]): unknown table `crm.bases`; allowed: crm.leads
        POL-002 register/small.yaml:11:30 (activities.orders.tables[0]): unknown table `crm.orders`; allowed: crm.leads
    "#]],
    );
}

#[test]
fn what_says_nothing_alone_and_words_that_nobody_knows_are_faults() {
    let pack = "\
pack: proof
provenance: origin
tables:
  crm.people: {subject: {key: id}, profiling: {columns: [score]}}
  crm.consents:
    about: {table: crm.people, column: person_id}
    permissions:
      - channel: email
        status: given
        requested_at: asked_at
        by_staff: [{column: clerk, is_null: false}]
        imported: [{column: file, is_null: false}]
        capture_at: given_at
  crm.history: {about: nobody, append_only: {recorded_at: at}}
  crm.log: {about: nobody, append_only: yes please}
";
    check_faults(
        &with("packs/proof.yaml", pack),
        expect![[r#"
            POL-002 packs/proof.yaml:10:23 (tables.crm.consents.permissions[0].requested_at): `requested_at` says nothing without `confirmed_at`; add `confirmed_at`, or remove `requested_at`
            POL-002 packs/proof.yaml:11:19 (tables.crm.consents.permissions[0].by_staff): `by_staff` says nothing without `requested_at` and `confirmed_at`; add `requested_at` and `confirmed_at`, or remove `by_staff`
            POL-002 packs/proof.yaml:12:19 (tables.crm.consents.permissions[0].imported): `imported` says nothing without `captured_at` or `confirmed_at`; add `captured_at` or `confirmed_at`, or remove `imported`
            POL-002 packs/proof.yaml:13:9 (tables.crm.consents.permissions[0].capture_at): unknown key `capture_at`; did you mean `captured_at`? allowed: address, hashed, channel, purpose, status, when, evidence, captured_at, requested_at, confirmed_at, documented_by, valid_until, by_staff, imported, hinged
            POL-002 packs/proof.yaml:14:45 (tables.crm.history.append_only): `kept_for` is missing; add `kept_for:` here
            POL-002 packs/proof.yaml:15:41 (tables.crm.log.append_only): true or false is expected, and this is a text; write true or false
        "#]],
    );
    let special =
        REGISTER.replacen("basis: contract", "special_categories: consent, basis: contract", 1);
    check_faults(
        &with("register/small.yaml", &special),
        expect![[r#"
        POL-002 register/small.yaml:8:76 (activities.contacts.special_categories): unknown condition of Art. 9(2) `consent`; allowed: explicit_consent, employment_and_social_protection, vital_interests, non_profit_body, made_public, legal_claims, substantial_public_interest, health_care, public_health, archiving
    "#]],
    );
    let profile = PROFILE.to_owned() + "consent: {recorded_within: 10, propagate_within: 24h}\n";
    check_faults(
        &with("profiles/small.yaml", &profile),
        expect![[r#"
            POL-002 profiles/small.yaml:5:28 (consent.recorded_within): this is not a duration; write a whole number with its unit: 10s, 5m, 24h or 7d
            POL-002 profiles/small.yaml:5:32 (consent.propagate_within): unknown key `propagate_within`; did you mean `propagated_within`? allowed: recorded_within, propagated_within, no_swap_within, in_flight, bundled_from
        "#]],
    );
}
