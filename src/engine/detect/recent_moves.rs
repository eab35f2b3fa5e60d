//! Values moved between data subjects a few at a time: SEC-013 over several transactions.
//!
//! The last moves of a table are kept for an hour. Only when a new one takes up a value that another row gave
//! away, or gives away one that another row took up, are they looked at together.

use std::time::Duration;

use super::scramble::{self, Ends, Moved, Moves};
use super::{Signal, table_key};
use crate::engine::state::State;
use crate::model::{Fault, TableName, Timestamp};

const RECENT: &[u8] = b"6m";

const HOUR: Duration = Duration::from_secs(3_600);

/// Moves of one table that are kept; the oldest go first.
const KEPT: usize = 512;

/// Commit time, whether a signal has told of it, and the move.
type Recent = Vec<(Timestamp, bool, Moved)>;

/// Adds the moves of a transaction that was no alarm by itself; the alarm, if they are one with others.
pub(super) fn add(
    state: &mut State,
    table: &TableName,
    moves: &Moves,
    time: Timestamp,
) -> Result<Option<Signal>, Fault> {
    let mut net = moves.net();
    if net.is_empty() {
        return Ok(None);
    }
    net.truncate(KEPT);
    let key = table_key(RECENT, table);
    let mut recent = state.take::<Recent>(&key)?.unwrap_or_default();
    recent.retain(|(seen, ..)| time < *seen + HOUR);
    let ends = Ends::of(&net);
    let linked = recent.iter().any(|(.., it)| ends.meet(it));
    recent.extend(net.into_iter().map(|moved| (time, false, moved)));
    let surplus = recent.len().saturating_sub(KEPT);
    recent.drain(..surplus);
    let signal = if linked { together(table, &mut recent) } else { None };
    state.hold(key, recent);
    Ok(signal)
}

/// All of them as one, as far as it was not told.
fn together(table: &TableName, recent: &mut Recent) -> Option<Signal> {
    let moved = Moves::of(recent.iter().map(|(.., moved)| *moved)).circular();
    let mut fresh = Vec::new();
    let mut since = None;
    for (time, told, kept) in recent.iter_mut().filter(|(_, told, _)| !told) {
        if let Some(found) = moved.iter().find(|it| scramble::is_of_one_cell(it, kept)) {
            *told = true;
            since = since.or(Some(*time));
            fresh.push(*found);
        }
    }
    scramble::signal(table, &fresh, moved.len(), since?, "within 1 h")
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::Touch;
    use crate::engine::detect::scramble::tests::{moved, moved_together};
    use crate::engine::detect::trial::Trial;
    use crate::model::Category;

    /// The person's address goes to the one before.
    fn shift(number: u32) -> Touch {
        moved(number, u64::from(number), u64::from(number) + 1)
    }

    #[test]
    fn a_scramble_in_many_transactions_is_told_once_it_is_one() {
        let mut trial = Trial::new();
        let told: Vec<usize> = (0..30)
            .map(|number| trial.commit(i64::from(number) * 60, [shift(number)]).len())
            .collect();
        let first = told.iter().position(|signals| *signals > 0);
        // The first and the last of them are the ends of a chain and no circle.
        assert_eq!((first, told.iter().sum::<usize>()), (Some(21), 9));
    }

    #[test]
    fn each_value_that_an_update_moves_counts_as_what_it_is() {
        let mut trial = Trial::new();
        let shifted = (0..30).map(|number| (number, u64::from(number)));
        let told: Vec<_> = shifted
            .flat_map(|(number, old)| {
                let touch = moved_together(number, old, old + 1);
                trial.commit(i64::from(number) * 60, [touch])
            })
            .collect();
        assert_eq!(told.len(), 9);
        let cells = |category| told.iter().map(|it| it.extent.cells[&category]).sum::<u64>();
        assert_eq!((cells(Category::Email), cells(Category::PhoneNumber)), (28, 28));
    }

    #[test]
    fn a_scramble_over_days_and_corrections_are_nothing() {
        let mut trial = Trial::new();
        for number in 0..60 {
            assert_eq!(trial.commit(i64::from(number) * 400, [shift(number)]), []);
        }
        let mut trial = Trial::new();
        for number in 0..60 {
            let corrected = moved(number, u64::from(number), 1_000 + u64::from(number));
            assert_eq!(trial.commit(i64::from(number), [corrected]), []);
        }
    }
}
