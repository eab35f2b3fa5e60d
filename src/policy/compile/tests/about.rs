//! Whose data the rows of a table are, and the faults of it.

use super::*;
use crate::model::TableName;
use crate::policy::SubjectMapping;

#[test]
fn a_column_may_say_of_which_table_somebody_is() {
    let one_of = |values: &str| {
        let about = format!("{{table: {{column: kind, values: {values}}}, column: contact_id}}");
        edited(
            "packs/small.yaml",
            "{table: crm.contacts, column: contact_id}}\n",
            &format!("{about}}}\n"),
        )
    };
    let policies = compile(&one_of("{Contact: crm.contacts}"));
    let policies = policies.map_err(|faults| faults[0].to_string()).expect("it compiles");
    let orders = &policies.pack.tables[&crate::model::TableName::new("crm", "orders")];
    assert!(orders.uses().into_iter().eq(["contact_id", "kind"]));
    check_faults(
        &one_of("{Contact: crm.contact, Order: crm.orders}"),
        expect![[r#"
            POL-002 packs/small.yaml:5:3 (tables.crm.orders): the way to the people goes in a circle: crm.orders → crm.orders; name a table that leads to a table of data subjects, and not back
            POL-002 packs/small.yaml:5:64 (tables.crm.orders.about.table.values.Contact): unknown table `crm.contact`; did you mean `crm.contacts`? allowed: crm.bases, crm.contacts, crm.orders
        "#]],
    );
}

#[test]
fn a_row_may_be_about_whom_a_record_is_about_and_not_in_a_circle() {
    let pack = |contracts: &str| {
        let pack = format!(
            "pack: proof\nprovenance: origin\ntables:\n  crm.people: {{subject: {{key: id}}}}\n  \
             crm.contracts: {{about: {contracts}}}\n  \
             crm.claims: {{about: {{table: crm.contracts, column: contract_id}}}}\n"
        );
        with("packs/proof.yaml", &pack)
    };
    assert!(compile(&pack("{table: crm.people, column: person_id}")).is_ok());
    check_faults(
        &pack("nobody"),
        expect![[r#"
        POL-002 packs/proof.yaml:6:31 (tables.crm.claims.about.table): the rows of crm.contracts are not data subjects; tables of data subjects: crm.people
    "#]],
    );
    check_faults(
        &pack("{table: crm.claims, column: claim_id}"),
        expect![[r#"
            POL-002 packs/proof.yaml:5:3 (tables.crm.contracts): the way to the people goes in a circle: crm.contracts → crm.claims → crm.contracts; name a table that leads to a table of data subjects, and not back
            POL-002 packs/proof.yaml:6:3 (tables.crm.claims): the way to the people goes in a circle: crm.claims → crm.contracts → crm.claims; name a table that leads to a table of data subjects, and not back
        "#]],
    );
}

#[test]
fn one_of_several_tables_may_be_of_records_and_not_in_a_circle() {
    let pack = |contracts: &str| {
        let pack = format!(
            "pack: proof\nprovenance: origin\ntables:\n  crm.people: {{subject: {{key: id}}}}\n  \
             crm.contracts: {{about: {contracts}}}\n  \
             crm.notes: {{about: {{table: {{column: kind, values: {{p: crm.people, c: crm.contracts}}}}, \
             column: owner_id}}}}\n"
        );
        let mut files = with("packs/proof.yaml", &pack);
        files.insert("policy.yaml".into(), "pack: proof\nregister: proof\nprofile: small\n".into());
        let register = "register: proof\ncontroller: {name: Example, contact: privacy@example.com}\n\
            purposes:\n  care: {term: \"dpv:CustomerCare\", direct_marketing: false}\nactivities:\n  \
            notes: {purpose: care, tables: [crm.people, crm.contracts, crm.notes], basis: contract, subjects: [customers], \
            categories: [user.name], recipients: [], transfers: [], retention: a year}\n";
        files.insert("register/proof.yaml".into(), register.into());
        files
    };
    let policies = compile(&pack("{table: crm.people, column: person_id}"));
    let policies = policies.map_err(|faults| faults[0].to_string()).expect("it compiles");
    let [people, contracts, notes] =
        ["people", "contracts", "notes"].map(|name| TableName::new("crm", name));
    let Some(SubjectMapping::AboutOneOf { through, .. }) = &policies.pack.tables[&notes].subject
    else {
        panic!("one of several")
    };
    assert_eq!(through.keys().collect::<Vec<_>>(), [&contracts]);
    assert!(policies.pack.tables[&contracts].passes_on);
    assert!(policies.pack.tables[&notes].is_about(&people));
    assert!(!policies.pack.tables[&notes].is_about(&contracts));
    let circle = compile(&pack("{table: crm.notes, column: note_id}")).err().unwrap_or_default();
    assert!(
        circle
            .iter()
            .any(|it| it.cause.contains("goes in a circle: crm.notes → crm.contracts → crm.notes")),
        "{circle:?}"
    );
}
