//! Faults whose remedy fits what most likely was meant.

use super::*;

/// The small folder, with a time limit for the erasure of contacts that counts from their last act.
fn limited(pack: &str) -> BTreeMap<String, String> {
    let limit = "retention: a year, erase_after: {last_act: 1095d}}\n  orders:";
    let mut documents = with("packs/small.yaml", pack);
    let register = REGISTER.replacen("retention: a year}\n  orders:", limit, 1);
    documents.insert("register/small.yaml".into(), register);
    documents
}

#[test]
fn a_circle_of_tables_is_told_and_nothing_that_follows_from_it() {
    let pack = PACK.replace(
        "  crm.orders: {about: {table: crm.contacts, column: contact_id}}\n",
        "  crm.orders: {about: {table: crm.calls, column: call_id}, subject_act: {}}\n  \
         crm.calls: {about: {table: crm.orders, column: order_id}}\n",
    );
    check_faults(
        &limited(&pack),
        expect![[r#"
        POL-002 packs/small.yaml:5:3 (tables.crm.orders): the way to the people goes in a circle: crm.orders → crm.calls → crm.orders; name a table that leads to a table of data subjects, and not back
        POL-002 packs/small.yaml:6:3 (tables.crm.calls): the way to the people goes in a circle: crm.calls → crm.orders → crm.calls; name a table that leads to a table of data subjects, and not back
    "#]],
    );
}

#[test]
fn what_was_meant_is_told() {
    let pack = "\
pack: meant
provenance: origin
telephone_country: NO
tables:
  crm.people:
    subject: {key: id}
    contact_points:
      - {channel: {column: kind, values: {1: email}}, column: value}
    columns: {value: user.demographic, name: user.name}
";
    check_faults(
        &with("packs/meant.yaml", pack),
        expect![[r#"
        POL-002 packs/meant.yaml:3:20 (telephone_country): a text is expected, and this is a boolean; write it in quotes: YAML reads NO, yes, on, off and the like as true or false
        POL-002 packs/meant.yaml:8:19 (tables.crm.people.contact_points[0].channel): a contact point has one channel, and this is a mapping; where one column holds addresses of several kinds, write an entry for each channel with the rows it is about: {channel: email, column: value, when: [{column: kind, in: [mail]}]}
        POL-002 packs/meant.yaml:9:22 (tables.crm.people.columns.value): `user.demographic` is a heading, and a column holds one category; name one of those under it: user.demographic.date_of_birth, user.demographic.age_range, user.demographic.gender, user.demographic.language, user.demographic.marital_status, user.demographic.political_opinion, user.demographic.race_ethnicity, user.demographic.religious_belief, user.demographic.sexual_orientation, user.demographic.profile
    "#]],
    );
}

#[test]
fn a_number_that_is_too_large_is_a_number_all_the_same() {
    let tripwire = |rows: &str| {
        let choice = format!(
            "pack: small\nregister: small\nprofile: small\ndetection:\n  mass_deletion: {{subjects: {rows}, window: 10s}}\n"
        );
        with("policy.yaml", &choice)
    };
    check_faults(
        &tripwire("99999999999999999999999"),
        expect![[r#"
        POL-002 policy.yaml:5:29 (detection.mass_deletion.subjects): this number is too large; write a number of at most 18446744073709551615
    "#]],
    );
    check_faults(
        &tripwire("many"),
        expect![[r#"
        POL-002 policy.yaml:5:29 (detection.mass_deletion.subjects): this is not a whole number; write a number such as 50
    "#]],
    );
}

#[test]
fn requests_and_consents_with_evidence_are_acts_without_more() {
    let permission = |evidence: &str| {
        format!("permissions: [{{channel: email, purpose: newsletter, status: given{evidence}}}]")
    };
    let compiled = |mapping: &str| {
        let orders = "crm.orders: {about: {table: crm.contacts, column: contact_id}";
        let pack = PACK.replace(&format!("{orders}}}"), &format!("{orders}, {mapping}}}"));
        compile(&limited(&pack)).map(|_| ()).map_err(|found| found[0].cause.clone())
    };
    assert_eq!(compiled(&permission(", evidence: [{column: ip, is_null: false}]")), Ok(()));
    assert_eq!(
        compiled("request: {kind: erasure, fulfilled: [{column: state, in: [done]}]}"),
        Ok(())
    );
    assert!(compiled(&permission("")).unwrap_err().contains("knows of no such acts"));
}
