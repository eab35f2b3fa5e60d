//! TR-001: personal data goes to a recipient in a third country, and nothing on record allows it.
//!
//! *What*: a row names a recipient in a country outside of the European Economic Area that is not on the
//! profile's list of countries with an adequate level of protection, and when the grace is over it names
//! no safeguards either. GDPR Art. 44 to 46, 49.
//!
//! *Undecided*: a country that the pack does not list; a state that cannot be read; a profile without that
//! list; an update of which the old row was not sent.
//!
//! *Not a finding*: recipients within the area or in a listed country; rows that do not count yet, or not
//! any more; safeguards that are recorded within the grace; a row that is only saved again.

use super::{violation, written};
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::record::{Record, says};
use crate::model::{Code, Country, Fault, OperationKind, Outcome};
use crate::policy::TransferMapping;

impl Deciding<'_> {
    /// Brings a change of a recipient's row into its record.
    pub(super) fn follow_transfer(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let (Some(mapping), Some(row)) = (&record.mapping.duties.transfer, change.row()) else {
            return Ok(None);
        };
        let now = circumstances.stamp.time;
        if record.change.operation.new_row().is_none() {
            self.set_right(Code::TR_001, (row, ""), now)?;
            return Ok(None);
        }
        let Some(country) = self.unprotected(record, mapping)? else {
            self.set_right(Code::TR_001, (row, ""), now)?;
            return Ok(Some(Outcome::Undecided));
        };
        let Some(country) = country else {
            self.set_right(Code::TR_001, (row, ""), now)?;
            return Ok(None);
        };
        if self.is_awaited(Code::TR_001, (row, ""))? {
            return Ok(None);
        }
        match is_new(record, mapping) {
            Some(true) => {}
            Some(false) => return Ok(None),
            None => return Ok(Some(Outcome::Undecided)),
        }
        // Where the row is a person's, the country is the person's own affair.
        let whither = match record.mapping.subject {
            None => format!("to {}, ", country.code()),
            Some(_) => String::new(),
        };
        let mut found = violation(
            Code::TR_001,
            format!(
                "data goes {whither}outside of the European Economic Area and of the countries \
                 whose protection is adequate, and no safeguards are on record"
            ),
        );
        // Recipients are told of one by one, other than by the copy.
        found.column = (!circumstances.copied).then(|| row.to_string());
        let deadline = now + self.engine.policies.profile.grace;
        self.await_right(found, (row, ""), circumstances, deadline, None)?;
        Ok(None)
    }

    /// The country to which data goes without protection or safeguards; `None` outside: it cannot be
    /// told.
    fn unprotected(
        &self,
        record: &Record<'_>,
        mapping: &TransferMapping,
    ) -> Result<Option<Option<Country>>, Fault> {
        let counts = record.holds(&mapping.when);
        let safe = says(record, &mapping.safeguards);
        if counts == Some(false) || safe == Some(true) {
            return Ok(Some(None));
        }
        let country = record.select(&mapping.country, &self.state, &self.engine.pseudonyms)?;
        let adequacy = &self.engine.policies.profile.adequacy;
        Ok(match (country, adequacy) {
            (Some(country), _) if country.is_in_economic_area() => Some(None),
            (Some(country), Some(list)) if list.countries.contains(&country) => Some(None),
            (Some(country), Some(_)) if counts == Some(true) && safe == Some(false) => {
                Some(Some(country))
            }
            _ => None,
        })
    }
}

/// Whether it has come to this by the change, and is not only saved again; `None` when the old row
/// was not sent.
fn is_new(record: &Record<'_>, mapping: &TransferMapping) -> Option<bool> {
    let operation = &record.change.operation;
    let table = &record.change.table;
    let country = mapping.country.column().and_then(|column| table.column(column));
    let moved = country.and_then(|index| written(record, index)) == Some(true);
    let new = operation.kind() == OperationKind::Insert
        || moved
        || record.began(&mapping.when)
        || record.ended(&mapping.safeguards);
    let compared = operation.old_row().is_some_and(|old| old.full().is_some());
    (new || compared).then_some(new)
}
