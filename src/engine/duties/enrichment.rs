//! PL-002: an integration fills in data that nobody has said it may.
//!
//! *What*: an account that the register lists under `enrichment` gives values to empty columns of a
//! category that it may not fill in, or that the activity does not list, and does so for more people
//! within a day than anybody looks up by hand. GDPR Art. 5(1)(b) and (c).
//!
//! *Silent*: accounts that are not listed there; rows whose old values were not sent, because whether
//! anything stood there before is not known.
//!
//! *Not a finding*: a service that validates addresses, where the register lets it fill in addresses;
//! values that are corrected; new people; a few look-ups; test people.

use serde::{Deserialize, Serialize};

use super::people::People;
use super::{filled, violation};
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::model::limits::ENRICHED_PEOPLE;
use crate::model::{Category, Code, Fault, OperationKind, Timestamp};

/// How many people an account has given values of one column within the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Enriched {
    since: Timestamp,
    people: People,
}

impl Deciding<'_> {
    /// Counts what an integration fills in.
    pub(super) fn follow_enrichment(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let engine = self.engine;
        let governance = &engine.policies.register.governance;
        let record = change.record();
        let updated = record.change.operation.kind() == OperationKind::Update;
        if governance.enrichment.is_empty() || !updated || !record.mapping.is_subject_table() {
            return Ok(());
        }
        let account = record.actor_name().and_then(|name| std::str::from_utf8(name).ok());
        let (Some(account), Some(actor)) = (account, change.actor()) else { return Ok(()) };
        if !governance.enrichment.contains_key(account) {
            return Ok(());
        }
        let table = &record.change.table;
        let verdicts = self.data_map.verdicts(&table.name).to_vec();
        for (index, verdict) in verdicts.iter().enumerate() {
            let Some(category) = verdict.category else { continue };
            let column = &table.columns[index].name;
            let own = record.mapping.actor.as_deref() == Some(&**column);
            let listed = engine.policies.register.lists(&table.name, category);
            let may = listed && governance.may_enrich(account, category) == Some(true);
            if own || may || category == Category::UniqueIdentifier {
                continue;
            }
            if filled(record, index) == Some(true) {
                let key = keys::enriched(actor, &table.name, column);
                self.count_enriched(key, (column, category), circumstances)?;
            }
        }
        Ok(())
    }

    fn count_enriched(
        &mut self,
        key: Vec<u8>,
        (column, category): (&str, Category),
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let (most, window) = ENRICHED_PEOPLE;
        let now = circumstances.stamp.time;
        let Some(person) = circumstances.subject else { return Ok(()) };
        let mut enriched = self.state.read::<Enriched>(&key)?.unwrap_or_default();
        if now >= enriched.since + window {
            enriched = Enriched { since: now, people: People::default() };
        }
        if enriched.people.note(person) {
            self.state.write(key, &enriched);
        }
        if enriched.people.count() <= most {
            return Ok(());
        }
        let mut found = violation(
            Code::PL_002,
            format!(
                "an integration has filled in column {column} ({}) of more than {most} people, and \
                 the register does not say that it may",
                category.key()
            ),
        );
        found.column = Some(column.to_owned());
        self.report(found, circumstances, circumstances.time)
    }
}
