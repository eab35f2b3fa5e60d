//! CRMs that lawtail knows: their packs and registers, inside the binary, and the tables by which a
//! database is recognised.

use std::collections::BTreeSet;

use crate::model::TableName;

/// A CRM for which `policies/` holds a pack.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownCrm {
    /// The name of its pack and register.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The schema of its tables as its pack writes it.
    pub schema: &'static str,
    /// Tables that only this CRM has together.
    signature: &'static [&'static str],
    /// The text of its pack.
    pub pack: &'static str,
    /// The text of its register.
    pub register: &'static str,
    /// The text of the tests of its pack.
    pub tests: &'static str,
}

/// Its documents are those of `policies/`.
macro_rules! known {
    ($name:literal, $title:literal, $schema:literal, $signature:expr) => {
        KnownCrm {
            name: $name,
            title: $title,
            schema: $schema,
            signature: &$signature,
            pack: include_str!(concat!("../../policies/packs/", $name, ".yaml")),
            register: include_str!(concat!("../../policies/register/", $name, ".yaml")),
            tests: include_str!(concat!("../../policies/tests/", $name, ".yaml")),
        }
    };
}

/// Every known CRM.
pub const KNOWN: &[KnownCrm] = &[
    known!("odoo", "Odoo", "public", ["ir_model", "res_users", "res_partner"]),
    known!("espocrm", "EspoCRM", "public", ["entity_email_address", "email_address", "contact"]),
    known!("twenty", "Twenty", "workspace", ["person", "workspaceMember", "timelineActivity"]),
    known!("dolibarr", "Dolibarr", "public", ["llx_const", "llx_user", "llx_societe"]),
    known!("suitecrm", "SuiteCRM", "suitecrm", ["email_addr_bean_rel", "campaign_log", "contacts"]),
    known!("civicrm", "CiviCRM", "civicrm", ["civicrm_contact", "civicrm_email"]),
    known!("salesforce", "Salesforce", "salesforce", ["_hcmeta", "_trigger_log", "contact"]),
    known!("dynamics365", "Dynamics 365", "dynamics365", ["contact", "lead", "systemuser"]),
    known!("hubspot", "HubSpot", "hubspot", ["contact", "email_event", "email_campaign"]),
    known!("mailchimp", "Mailchimp", "mailchimp", ["list", "member", "campaign_recipient"]),
];

/// The profiles that go with every draft, by name.
pub const PROFILES: &[(&str, &str)] = &[
    ("gdpr-baseline", include_str!("../../policies/profiles/gdpr-baseline.yaml")),
    ("strict", include_str!("../../policies/profiles/strict.yaml")),
    ("uk-pecr", include_str!("../../policies/profiles/uk-pecr.yaml")),
    ("de-uwg", include_str!("../../policies/profiles/de-uwg.yaml")),
    ("fr-cnil", include_str!("../../policies/profiles/fr-cnil.yaml")),
];

/// The known CRMs whose tables stand in the database, each with the schema in which they do.
pub fn recognise(tables: &BTreeSet<TableName>) -> Vec<(&'static KnownCrm, String)> {
    let schemas: BTreeSet<&str> = tables.iter().map(|table| table.schema.as_ref()).collect();
    let has = |schema: &str, table: &str| tables.contains(&TableName::new(schema, table));
    let mut found = Vec::new();
    for crm in KNOWN {
        let homes =
            schemas.iter().filter(|schema| crm.signature.iter().all(|table| has(schema, table)));
        found.extend(homes.map(|schema| (crm, (*schema).to_owned())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(names: &[&str]) -> BTreeSet<TableName> {
        names.iter().map(|name| name.parse().expect("a table's name")).collect()
    }

    #[test]
    fn a_crm_is_recognised_by_its_tables_in_whichever_schema() {
        let found = recognise(&tables(&[
            "workspace_1wgvd.person",
            "workspace_1wgvd.timelineActivity",
            "workspace_1wgvd.workspaceMember",
            "other.res_partner",
        ]));
        let [(crm, schema)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((crm.name, schema.as_str()), ("twenty", "workspace_1wgvd"));
    }

    #[test]
    fn tables_of_one_crm_in_two_schemas_are_no_crm() {
        assert!(recognise(&tables(&["a.ir_model", "a.res_users", "b.res_partner"])).is_empty());
        assert!(recognise(&tables(&["crm.contact", "crm.person"])).is_empty());
    }
}
