//! What has to be known because of what the pack says of people and of the use of their data: what a list
//! rests on with which they came (SRC-002), and whether their data was collected for the purpose of a
//! list that they are put on, or of a message (PL-001).

use super::assess::Question;
use super::classified::Classified;
use super::decide::Deciding;
use super::questions::{Assessment, begins, is_listed_anew};
use super::record::{Record, says};
use crate::model::{Fault, OperationKind, Outcome};
use crate::policy::{Condition, RegisteredBasis, Selector};

/// A use of data that a row tells of.
struct Used<'a> {
    purpose: &'a Selector<String>,
    when: &'a [Condition],
    /// A list, and not a message.
    listed: bool,
}

impl<'a> Used<'a> {
    fn of(record: &Record<'a>) -> Option<Used<'a>> {
        let mapping = record.mapping;
        if let Some(list) = &mapping.membership {
            return Some(Used { purpose: &list.purpose, when: &list.when, listed: true });
        }
        let message = mapping.activity.as_ref()?;
        Some(Used { purpose: &message.purpose, when: &message.when, listed: false })
    }
}

impl Deciding<'_> {
    /// Draws up the questions.
    pub(super) fn ask_of_person(&self, change: &Classified<'_>) -> Result<Assessment, Fault> {
        let record = change.record();
        let imported = self.ask_of_list(record);
        let Some(used) = Used::of(record) else { return Ok(imported) };
        Ok(imported.and(self.ask_of_purpose(change, &used)?))
    }

    /// Somebody came with a list.
    fn ask_of_list(&self, record: &Record<'_>) -> Assessment {
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let Some(import) = record.mapping.person.import.as_ref().filter(|_| inserted) else {
            return Assessment::default();
        };
        match (record.holds(&import.when), says(record, &import.evidence)) {
            (Some(false), _) | (_, Some(true)) => Assessment::default(),
            (Some(true), Some(false)) => Assessment::of(Question::Imported),
            (None, _) | (_, None) => Assessment::settled(Outcome::Undecided),
        }
    }

    /// Data is used for a purpose.
    fn ask_of_purpose(
        &self,
        change: &Classified<'_>,
        used: &Used<'_>,
    ) -> Result<Assessment, Fault> {
        let record = change.record();
        let removed = record.change.operation.new_row().is_none();
        let purposes = &self.engine.policies.register.purposes;
        let followed = |it: &crate::policy::Purpose| it.compatible_with.is_some();
        if removed || !(used.listed || purposes.values().any(followed)) {
            return Ok(Assessment::default());
        }
        let begun = match begins(record, used.when) {
            Some(false) => {
                used.listed && is_listed_anew(record, used.when, used.purpose.column().into_iter())
            }
            Some(true) => true,
            // Of a message this has been said.
            None if used.listed => return Ok(Assessment::settled(Outcome::Undecided)),
            None => false,
        };
        if !begun {
            return Ok(Assessment::default());
        }
        let purpose = record.select(used.purpose, &self.state, &self.engine.pseudonyms)?;
        let known = purpose.and_then(|purpose| purposes.get_key_value(&purpose));
        let Some((purpose, meaning)) = known else {
            return Ok(match used.listed {
                true => Assessment::settled(Outcome::Undecided),
                false => Assessment::default(),
            });
        };
        if !used.listed && (!followed(meaning) || meaning.direct_marketing) {
            return Ok(Assessment::default());
        }
        let declared = self.declared_purposes(record, purpose);
        Ok(Assessment::of(Question::Drift { purpose: purpose.clone(), declared }))
    }

    /// The purposes for which the register declares that the data is there: those of the table itself
    /// and of that of the people, and the purpose in question where it is declared for any table.
    fn declared_purposes(&self, record: &Record<'_>, purpose: &str) -> Vec<String> {
        let table = &record.change.table.name;
        let people = record.people();
        let activities = self.engine.policies.register.activities.iter();
        let declared = activities.filter(|activity| {
            matches!(activity.basis, RegisteredBasis::Declared(_))
                && (activity.purpose == purpose
                    || activity.tables.contains(table)
                    || people.is_some_and(|people| activity.tables.contains(people)))
        });
        declared.map(|activity| activity.purpose.clone()).collect()
    }
}
