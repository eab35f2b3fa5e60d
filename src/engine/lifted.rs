//! Objections to profiling that are lifted for one transaction only: whoever lifts one, evaluates the person and
//! sets it again has evaluated somebody who objects. What is lifted for good is remembered until the transaction
//! is over, and only its row.

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation, profiling};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::{Against, Period, Place, objections};
use crate::model::{Fault, OperationKind};

/// The lane of what is due once the transaction is over.
const LANE: u8 = u8::MAX;

/// An objection that was lifted.
#[derive(Serialize, Deserialize)]
struct Lifted {
    /// Where.
    place: Place,
    /// The column in which the person has been evaluated since.
    column: Option<String>,
}

impl Lifted {
    fn is_of(&self, place: Place) -> bool {
        self.place.transaction() == place.transaction()
    }
}

impl Deciding<'_> {
    /// Whether somebody who has objected to profiling is evaluated; `None` inside where nobody knows whether the
    /// evaluation is new.
    pub(super) fn judge_profiling(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Option<Violation>>, Fault> {
        match self.judge_own_objection(change, circumstances)? {
            None => self.judge_known_objection(change, circumstances),
            found => Ok(Some(found)),
        }
    }

    /// Whether another row says that the person has objected, and did before this transaction.
    fn judge_known_objection(
        &self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Option<Violation>>, Fault> {
        let record = change.record();
        let (Some(rule), Some(person)) = (&record.mapping.profiling, change.subject()) else {
            return Ok(None);
        };
        let inserted = record.change.operation.kind() == OperationKind::Insert;
        let begins =
            inserted && (record.mapping.is_subject_table() || record.put_back == Some(true));
        let Some(column) = profiling::evaluated(rule, record).filter(|_| !begins) else {
            return Ok(None);
        };
        let place = circumstances.stamp.place;
        let period = Period::At { place };
        let known = objections(&self.state, (person, Against::Profiling), period)?;
        let mut others = known.into_iter().filter(|version| {
            version.evidence.row != change.row()
                && version.stamp.place.transaction() != place.transaction()
        });
        Ok(others.next().map(|version| {
            let is_new = !inserted || record.put_back.is_some();
            is_new.then(|| profiling::after(column, version.evidence))
        }))
    }

    /// Whether the row itself says so.
    fn judge_own_objection(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Violation>, Fault> {
        let record = change.record();
        let Some(rule) = &record.mapping.profiling else { return Ok(None) };
        let found = profiling::violation(rule, record);
        let update = record.change.operation.kind() == OperationKind::Update;
        let Some(row) = change.row().filter(|_| update && found.is_none()) else {
            return Ok(found);
        };
        let (key, place) = (keys::lifted(row), circumstances.stamp.place);
        let column = profiling::evaluated(rule, record).map(str::to_owned);
        match profiling::objects(rule, record) {
            (true, true) => {}
            (true, false) => {
                self.state.write(key.clone(), &Lifted { place, column });
                let mut due = keys::due(circumstances.stamp.time, place.position, LANE);
                due.extend_from_slice(&key);
                self.expect(due, &Due::Over(key));
            }
            (false, false) if column.is_none() => {}
            (false, set_again) => {
                let lifted = self.state.read::<Lifted>(&key)?;
                let Some(lifted) = lifted.filter(|it| it.is_of(place)) else { return Ok(None) };
                let column = column.or(lifted.column);
                if set_again {
                    self.state.remove(key);
                    return Ok(column.map(|column| profiling::meanwhile(&column)));
                }
                self.state.write(key, &Lifted { column, ..lifted });
            }
        }
        Ok(None)
    }
}
