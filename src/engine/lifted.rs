//! Objections to profiling that are lifted for one transaction only: whoever lifts one, evaluates the person and
//! sets it again has evaluated somebody who objects. What is lifted for good is remembered until the transaction
//! is over, and only its row.

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation, profiling};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::Place;
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
    /// Whether somebody who has objected to profiling is evaluated.
    pub(super) fn judge_profiling(
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
