//! The record of processing activities (GDPR Art. 30(1)), beside what the database holds.
//!
//! What the register declares is taken from the policies, and what is there from a look at the database.
//! Where the two part is drift; it is listed and never mended here.

use std::collections::BTreeSet;

use super::coverage::{categories, unseen};
use crate::cli::scan::show::shown;
use crate::model::{Category, Heading, Sensitivity, TableName};
use crate::policy::{Policies, ProcessingActivity, RegisteredBasis, SpecialCondition};
use crate::shell::source::postgres::{Found, Scanned};

/// The record.
pub struct Record {
    /// Who keeps it, and when and by which policies it was made.
    pub head: Vec<Field>,
    /// The processing activities.
    pub activities: Vec<Entry>,
    /// Where personal data are and no activity lists them.
    pub unregistered: Vec<String>,
}

/// One processing activity.
pub struct Entry {
    /// Its identifier.
    pub id: String,
    /// What is said of it; every activity has the same fields.
    pub fields: Vec<Field>,
}

/// One statement.
pub struct Field {
    /// What it is about, in snake case.
    pub name: &'static str,
    /// The article that asks for it; empty for what lawtail adds.
    pub article: &'static str,
    /// What is declared or found.
    pub values: Vec<String>,
}

/// The name of the field that lists where an activity and the database part.
pub const DRIFT: &str = "drift";

/// What a person has to fill in.
const OPEN: &str = "TO FILL IN: `measures` of the register";

/// The record of what was looked at. `schemas` are those; empty: all. `now` is the moment, RFC 3339.
pub fn record(policies: &Policies, found: &Found, schemas: &[String], now: &str) -> Record {
    let register = &policies.register;
    let officer = register.data_protection_officer.iter().cloned().collect();
    let measures = match register.measures.is_empty() {
        true => vec![OPEN.to_owned()],
        false => register.measures.clone(),
    };
    let head = vec![
        field("controller", "Art. 30(1)(a)", vec![register.controller.clone()]),
        field("contact", "Art. 30(1)(a)", vec![register.contact.clone()]),
        field("data_protection_officer", "Art. 30(1)(a)", officer),
        field("security_measures", "Art. 30(1)(g)", measures),
        field("compared_with_the_database", "", vec![now.to_owned()]),
        field("policy_digest", "", vec![policies.digest.clone()]),
    ];
    let look = Look { policies, found, schemas };
    let activities = register.activities.iter().map(|activity| look.entry(activity)).collect();
    let listed = |it: &&Scanned| register.activity_of(&it.table.name).is_some();
    let others = found.tables.iter().filter(|it| !listed(it));
    let unregistered = others.filter_map(|it| {
        let held = keys(&categories(it));
        (!held.is_empty()).then(|| shown(&format!("{} holds {}", it.table.name, held.join(", "))))
    });
    Record { head, activities, unregistered: unregistered.collect() }
}

fn field(name: &'static str, article: &'static str, values: Vec<String>) -> Field {
    Field { name, article, values }
}

fn keys(categories: &BTreeSet<Category>) -> Vec<String> {
    categories.iter().map(|category| category.key().to_owned()).collect()
}

/// What is compared.
struct Look<'a> {
    policies: &'a Policies,
    found: &'a Found,
    schemas: &'a [String],
}

impl Look<'_> {
    fn entry(&self, activity: &ProcessingActivity) -> Entry {
        let purpose = self.policies.register.purposes.get(&activity.purpose);
        let purpose = match purpose {
            Some(purpose) => format!("{} ({})", activity.purpose, purpose.term),
            None => activity.purpose.clone(),
        };
        let declared = activity.categories.iter().map(|it| it.key().to_owned()).collect();
        let condition = activity.special_categories.map(condition).into_iter().collect();
        let tables = activity.tables.iter().map(TableName::to_string).collect();
        let fields = vec![
            field("purpose", "Art. 30(1)(b)", vec![purpose]),
            field("lawful_basis", "Art. 6(1)", basis(&activity.basis)),
            field("condition_of_special_categories", "Art. 9(2)", condition),
            field("data_subjects", "Art. 30(1)(c)", activity.subjects.clone()),
            field("categories", "Art. 30(1)(c)", declared),
            field("recipients", "Art. 30(1)(d)", activity.recipients.clone()),
            field("transfers", "Art. 30(1)(e)", activity.transfers.clone()),
            field("time_limit_for_erasure", "Art. 30(1)(f)", vec![activity.retention.clone()]),
            field("tables", "", tables),
            field("found", "", keys(&self.held(activity))),
            field(DRIFT, "", self.drift(activity)),
        ];
        Entry { id: activity.id.clone(), fields }
    }

    /// The tables of an activity that were looked at.
    fn tables(&self, activity: &ProcessingActivity) -> impl Iterator<Item = &Scanned> {
        self.found.tables.iter().filter(|it| activity.tables.contains(&it.table.name))
    }

    fn held(&self, activity: &ProcessingActivity) -> BTreeSet<Category> {
        self.tables(activity).flat_map(categories).collect()
    }

    fn drift(&self, activity: &ProcessingActivity) -> Vec<String> {
        let mut drift = Vec::new();
        let register = &self.policies.register;
        for scanned in self.tables(activity) {
            let name = &scanned.table.name;
            let held = categories(scanned);
            let unlisted = held.iter().filter(|category| !register.lists(name, **category));
            let unlisted: BTreeSet<Category> = unlisted.copied().collect();
            if !unlisted.is_empty() {
                let unlisted = keys(&unlisted).join(", ");
                drift.push(format!("{name} holds {unlisted}, which the activity does not list"));
            }
            let special = held.into_iter().filter(|it| it.sensitivity() == Sensitivity::Special);
            let special: BTreeSet<Category> = special.collect();
            if activity.special_categories.is_none() && !special.is_empty() {
                let special = keys(&special).join(", ");
                drift.push(format!("{name} holds {special} without a condition of Art. 9(2)"));
            }
        }
        let whole = activity.tables.iter().all(|name| self.absence(name).is_none());
        let held = self.held(activity);
        // Keys are in every table, and are not looked for.
        let is_held = |heading: &Heading| {
            heading.includes(Category::UniqueIdentifier)
                || held.iter().any(|it| heading.includes(*it))
        };
        // Where a table was not looked at, what is listed may lie there.
        for heading in activity.categories.iter().filter(|it| whole && !is_held(it)) {
            drift.push(format!("{} is listed and was found in no table", heading.key()));
        }
        drift.extend(activity.tables.iter().filter_map(|name| self.absence(name)));
        drift.iter().map(|line| shown(line)).collect()
    }

    /// Why nothing is known of a table.
    fn absence(&self, name: &TableName) -> Option<String> {
        if self.found.tables.iter().any(|it| it.table.name == *name) {
            return None;
        }
        Some(match unseen(name, self.found, self.schemas) {
            Some(why) => format!("{name} was not looked at: {why}"),
            None => format!("{name} is listed and is not in the database"),
        })
    }
}

fn basis(basis: &RegisteredBasis) -> Vec<String> {
    match basis {
        RegisteredBasis::Declared(basis) => vec![basis.name().to_owned()],
        RegisteredBasis::PerSubject(bases) => bases
            .iter()
            .map(|basis| format!("{} (on record for each person)", basis.name()))
            .collect(),
    }
}

fn condition(wanted: SpecialCondition) -> String {
    let mut names = SpecialCondition::NAMES.iter();
    let name = names.find(|(_, condition)| *condition == wanted).map(|(name, _)| *name);
    name.unwrap_or_default().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::engine::classify::TableProfile;
    use crate::model::{Column, ReplicaIdentity, Table, TableFacts};
    use crate::policy::{compile, embedded};
    use crate::shell::source::postgres::Skipped;

    fn scanned(name: &str, columns: &[&str]) -> Scanned {
        let column = |name: &&str| Column { name: (*name).to_owned(), type_oid: 25, key: false };
        let table = Table {
            oid: 1,
            name: name.parse().unwrap(),
            replica_identity: ReplicaIdentity::Full,
            columns: columns.iter().map(column).collect(),
            facts: TableFacts::default(),
        };
        let profile = TableProfile::new(&table, &Default::default());
        Scanned { table, profile }
    }

    pub fn example() -> Record {
        let policies = compile(&embedded::demo()).map_err(|it| it[0].to_string()).unwrap();
        let tables = vec![
            scanned("crm.contacts", &["id", "first_name", "email", "iban", "religion"]),
            scanned("crm.leavers", &["id", "email", "phone"]),
            scanned("crm.event_visitors", &["id", "last_name", "email"]),
            scanned("crm.stock", &["id", "pieces"]),
        ];
        let calls = "crm.calls".parse().unwrap();
        let skipped = vec![Skipped { table: calls, reason: "no privilege".into(), judged: false }];
        record(&policies, &Found { tables, skipped }, &[], "2026-03-01T12:00:00Z")
    }

    fn values<'r>(record: &'r Record, activity: &str, name: &str) -> &'r [String] {
        let entry = record.activities.iter().find(|entry| entry.id == activity).unwrap();
        &entry.fields.iter().find(|field| field.name == name).unwrap().values
    }

    #[test]
    fn what_the_database_holds_is_held_against_what_is_declared() {
        let record = example();
        let drift = values(&record, "customer_relationship", DRIFT);
        let holds = |words: &str| drift.iter().any(|line| line.contains(words));
        assert!(
            holds("user.financial.bank_account, which the activity does not list"),
            "{drift:?}"
        );
        assert!(holds("user.demographic.religious_belief without a condition of Art. 9(2)"));
        assert!(holds("user.job_title is listed and was found in no table"), "{drift:?}");
        assert!(!holds("user.name is listed"), "a part of it was found: {drift:?}");
        let found = values(&record, "customer_relationship", "found");
        assert!(found.contains(&"user.contact.email".to_owned()), "{found:?}");
        assert_eq!(record.unregistered.len(), 1, "{:?}", record.unregistered);
        assert!(record.unregistered[0].starts_with("crm.leavers holds "));
    }

    #[test]
    fn an_activity_that_agrees_with_the_database_has_no_drift() {
        assert_eq!(values(&example(), "fairs", DRIFT), [""; 0]);
    }

    #[test]
    fn a_table_that_is_missing_or_was_not_looked_at_says_so_and_proves_nothing() {
        let record = example();
        let drift = values(&record, "communication_history", DRIFT);
        assert!(drift.contains(&"crm.calls was not looked at: no privilege".to_owned()));
        assert!(drift.contains(&"crm.sends is listed and is not in the database".to_owned()));
        assert!(!drift.iter().any(|line| line.contains("was found in no table")), "{drift:?}");
    }

    #[test]
    fn what_the_register_does_not_say_is_left_open() {
        let record = example();
        let measures = record.head.iter().find(|field| field.name == "security_measures").unwrap();
        assert_eq!(measures.values, [OPEN]);
        let per_subject = values(&record, "customer_relationship", "lawful_basis");
        assert!(per_subject[0].ends_with("(on record for each person)"));
    }
}
