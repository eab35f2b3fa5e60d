//! What a person has agreed to, when, and by which rows: asked by somebody who knows the person.
//!
//! Whoever asks names the person by what the CRM has; only its keyed hash is looked for and answered.

use super::decide::Engine;
use super::ledger::{self, Statement};
use super::state::{State, View};
use crate::model::{Channel, Code, Fault, Reference, TableName};

/// Whom somebody asks about. Without `Debug`: keys and contact points are personal data.
pub enum Whom {
    /// As events name somebody.
    Reference(Reference),
    /// A person by table and key.
    Row(TableName, String),
    /// A contact point.
    ContactPoint(Channel, String),
}

/// What is on record of one person, or of one contact point.
pub struct Timeline {
    /// Who it is.
    pub whom: Reference,
    /// Whether the erasure of the person or contact point is on record.
    pub erased: bool,
    /// Oldest first. Of each row the last states are kept.
    pub statements: Vec<Statement>,
}

impl Engine {
    /// What is on record of somebody; nothing where nothing is.
    ///
    /// # Errors
    /// [`Code::API_003`] when nobody can be named like this; when the memory cannot be read.
    pub fn timeline(&self, view: &dyn View, whom: &Whom) -> Result<Timeline, Fault> {
        let nobody = |cause: &str| Fault::new(Code::API_003, cause);
        let whom = match whom {
            Whom::Reference(reference) => *reference,
            Whom::Row(table, key) => {
                let mapping = self.policies.pack.tables.get(table);
                if !mapping.is_some_and(|mapping| mapping.is_subject_table()) {
                    let cause = format!("the pack has no table {table} whose rows are people");
                    return Err(nobody(&cause));
                }
                self.pseudonyms.subject(table, key.as_bytes())
            }
            Whom::ContactPoint(channel, text) => {
                let cause = format!("this cannot be a contact point of {}", channel.name());
                let point = self.pseudonyms.reached_by(*channel, text);
                point.ok_or_else(|| nobody(&cause))?
            }
        };
        let state = State::new(view);
        let erased = ledger::erasure(&state, whom)?.is_some();
        Ok(Timeline { whom, erased, statements: ledger::timeline(&state, whom)? })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::engine::ledger::Says;
    use crate::engine::pseudonym::Pseudonymizer;
    use crate::model::Batch;
    use crate::policy::{LawfulBasis, PermissionStatus, compile, embedded};
    use crate::wire::journal;

    const LIFE: &str = r#"{"table":{"name":"crm.contacts","identity":"full","columns":[{"name":"id"},{"name":"email"},{"name":"modified_by"}]}}
{"table":{"name":"crm.lawful_bases","identity":"full","columns":[{"name":"id"},{"name":"contact_id"},{"name":"purpose"},{"name":"basis"},{"name":"status"},{"name":"modified_by"}]}}
{"table":{"name":"crm.consents","identity":"full","columns":[{"name":"id"},{"name":"contact_id"},{"name":"channel"},{"name":"purpose"},{"name":"address"},{"name":"state"},{"name":"modified_by"}]}}
{"begin":{"time":"12:00"}}
{"insert":{"table":"crm.contacts","new":{"id":1,"email":"Ada@example.org","modified_by":"eve"}}}
{"insert":{"table":"crm.contacts","new":{"id":2,"email":"bob@example.org","modified_by":"eve"}}}
{"insert":{"table":"crm.lawful_bases","new":{"id":1,"contact_id":1,"purpose":"customer_relationship","basis":"contract","status":"active","modified_by":"eve"}}}
{"insert":{"table":"crm.consents","new":{"id":1,"contact_id":1,"channel":"email","purpose":"newsletter","address":"ada@example.org","state":"requested","modified_by":"svc.web-form"}}}
{"insert":{"table":"crm.consents","new":{"id":2,"contact_id":2,"channel":"email","purpose":"newsletter","address":"bob@example.org","state":"confirmed","modified_by":"svc.web-form"}}}
{"commit":{}}
{"begin":{"time":"13:00"}}
{"update":{"table":"crm.consents","old":{"id":1,"contact_id":1,"channel":"email","purpose":"newsletter","address":"ada@example.org","state":"requested","modified_by":"svc.web-form"},"new":{"id":1,"contact_id":1,"channel":"email","purpose":"newsletter","address":"ada@example.org","state":"confirmed","modified_by":"svc.web-form"}}}
{"commit":{}}
{"begin":{"time":"14:00"}}
{"delete":{"table":"crm.consents","old":{"id":1,"contact_id":1,"channel":"email","purpose":"newsletter","address":"ada@example.org","state":"confirmed","modified_by":"svc.web-form"}}}
{"commit":{}}
"#;

    fn engine() -> Engine {
        let policies = compile(&embedded::demo()).map_err(|it| it[0].to_string()).unwrap();
        Engine::new(Arc::new(policies), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
    }

    fn lived(journal: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let events = journal::read(journal).unwrap_or_else(|faults| panic!("{faults:?}"));
        let decision = engine().decide(&BTreeMap::new(), &Batch { events }).unwrap();
        let writes = decision.writes().clone().into_iter();
        writes.filter_map(|(key, value)| Some((key, value?))).collect()
    }

    fn ada() -> Whom {
        Whom::Row(TableName::new("crm", "contacts"), "1".into())
    }

    #[test]
    fn what_was_recorded_is_told_in_its_order_and_of_nobody_else() {
        let timeline = engine().timeline(&lived(LIFE), &ada()).unwrap();
        let email = Channel::Email;
        let told: Vec<_> = timeline
            .statements
            .iter()
            .map(|it| (it.says, it.purpose.as_str(), it.stands, it.recorded.to_string()))
            .collect();
        let at = |hour: u8| format!("2026-01-01T{hour}:00:00Z");
        assert_eq!(
            told,
            [
                (Says::Basis(Some(LawfulBasis::Contract)), "customer_relationship", true, at(12)),
                (
                    Says::Permission(email, Some(PermissionStatus::Requested)),
                    "newsletter",
                    false,
                    at(12)
                ),
                (
                    Says::Permission(email, Some(PermissionStatus::Confirmed)),
                    "newsletter",
                    false,
                    at(13)
                ),
                (Says::PermissionEnded(email), "newsletter", false, at(14)),
            ]
        );
        assert!(!timeline.erased);
    }

    #[test]
    fn a_person_a_reference_and_a_contact_point_lead_to_what_each_has() {
        let (engine, view) = (engine(), lived(LIFE));
        let by_row = engine.timeline(&view, &ada()).unwrap();
        let by_reference = engine.timeline(&view, &Whom::Reference(by_row.whom)).unwrap();
        assert_eq!(by_reference.statements, by_row.statements);
        let address = Whom::ContactPoint(Channel::Email, " ADA@example.org ".into());
        let by_address = engine.timeline(&view, &address).unwrap();
        assert_eq!(by_address.statements, by_row.statements[1..]);
        let other = Whom::Row(TableName::new("crm", "contacts"), "3".into());
        assert!(engine.timeline(&view, &other).unwrap().statements.is_empty());
    }

    #[test]
    fn what_was_emptied_away_no_longer_stands() {
        let truncate = "{\"begin\":{\"time\":\"15:00\"}}\n{\"truncate\":{\"tables\":[\"crm.lawful_bases\"]}}\n{\"commit\":{}}\n";
        let timeline = engine().timeline(&lived(&format!("{LIFE}{truncate}")), &ada()).unwrap();
        assert!(timeline.statements.iter().all(|statement| !statement.stands));
        assert_eq!(timeline.statements.len(), 4);
    }

    #[test]
    fn who_cannot_be_named_is_a_fault_without_the_name() {
        let (engine, view) = (engine(), BTreeMap::new());
        let table = TableName::new("crm", "campaigns");
        for whom in
            [Whom::Row(table, "canary".into()), Whom::ContactPoint(Channel::Email, "canary".into())]
        {
            let fault = engine.timeline(&view, &whom).err().unwrap();
            assert_eq!(fault.code, Code::API_003);
            assert!(!fault.to_string().contains("canary"), "{fault}");
        }
    }
}
