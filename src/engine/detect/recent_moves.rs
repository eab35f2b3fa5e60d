//! Values moved between data subjects a few at a time: SEC-013 over several transactions.
//!
//! The last moves of a table are kept for an hour, and so are the last ones of all tables. Only when a new one takes
//! up a value that another row gave away, or gives away one that another row took up, are they looked at together.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::scramble::{self, Ends, Moved, Moves};
use super::windows::nowhere;
use super::{Signal, table_key};
use crate::engine::state::State;
use crate::model::{Fault, TableName, Timestamp};

const RECENT: &[u8] = b"6m";

const HOUR: Duration = Duration::from_secs(3_600);

/// Moves of one table that are kept; the oldest go first.
const KEPT: usize = 512;

/// One that is kept: commit time, whether a signal has told of it, and the move.
type Kept = (Timestamp, bool, Moved);

/// Those of one table, in the order of their commits.
type Recent = VecDeque<Kept>;

/// Those of all tables, each with its own.
type Everywhere = VecDeque<(TableName, Kept)>;

/// Adds the moves of a transaction that was no alarm by itself; the alarms, if they are any with others.
pub(super) fn add(
    state: &mut State,
    table: &TableName,
    moves: &Moves,
    time: Timestamp,
) -> Result<Vec<Signal>, Fault> {
    let mut net = moves.net();
    if net.is_empty() {
        return Ok(Vec::new());
    }
    net.truncate(KEPT);
    let key = table_key(RECENT, table);
    let mut recent = state.take::<Recent>(&key)?.unwrap_or_default();
    let over = recent.iter().take_while(|(seen, ..)| *seen + HOUR <= time).count();
    recent.drain(..over);
    let ends = Ends::of(&net);
    let linked = recent.iter().any(|(.., it)| ends.meet(it));
    recent.extend(net.iter().map(|moved| (time, false, *moved)));
    let surplus = recent.len().saturating_sub(KEPT);
    recent.drain(..surplus);
    let signal = if linked { together(table, &mut recent) } else { None };
    let told = signal.is_some();
    state.hold(key, recent);
    let elsewhere = everywhere(state, table, net, told, time)?;
    Ok(signal.into_iter().chain(elsewhere).collect())
}

/// All of them as one, as far as it was not told.
fn together(table: &TableName, recent: &mut Recent) -> Option<Signal> {
    let moved = Moves::of(recent.iter().map(|(.., moved)| *moved)).circular();
    let (fresh, since) = fresh(recent.iter_mut(), &moved);
    scramble::signal(table, &fresh, moved.len(), since?, "within 1 h")
}

/// Those of the kept ones that no signal has told of, which it does from now on, and when the first was.
fn fresh<'a>(
    kept: impl Iterator<Item = &'a mut Kept>,
    moved: &[Moved],
) -> (Vec<Moved>, Option<Timestamp>) {
    let (mut fresh, mut since) = (Vec::new(), None);
    for (time, told, kept) in kept.filter(|(_, told, _)| !*told) {
        if let Some(found) = moved.iter().find(|it| scramble::is_of_one_cell(it, kept)) {
            *told = true;
            since = since.or(Some(*time));
            fresh.push(*found);
        }
    }
    (fresh, since)
}

/// Adds the moves of a transaction to those of all tables; the alarms of each table, unless its own moves were told
/// of.
fn everywhere(
    state: &mut State,
    table: &TableName,
    net: Vec<Moved>,
    told: bool,
    time: Timestamp,
) -> Result<Vec<Signal>, Fault> {
    let key = table_key(RECENT, &nowhere());
    let mut recent = state.take::<Everywhere>(&key)?.unwrap_or_default();
    let over = recent.iter().take_while(|(_, (seen, ..))| *seen + HOUR <= time).count();
    recent.drain(..over);
    let net: Vec<Moved> = net
        .into_iter()
        .map(|(it, position, subject, actor)| (it.of_any_table(), position, subject, actor))
        .collect();
    let ends = Ends::of(&net);
    let linked = recent.iter().any(|(_, (.., it))| ends.meet(it));
    let several = linked && recent.iter().any(|(other, _)| other != table);
    recent.extend(net.into_iter().map(|moved| (table.clone(), (time, false, moved))));
    let surplus = recent.len().saturating_sub(KEPT);
    recent.drain(..surplus);
    let mut signals = Vec::new();
    if told {
        let own = recent.iter_mut().filter(|(other, _)| other == table);
        own.for_each(|(_, (_, told, _))| *told = true);
    } else if several {
        let moved = Moves::of(recent.iter().map(|(_, (.., moved))| *moved)).circular();
        let mut tables: BTreeMap<TableName, Vec<&mut Kept>> = BTreeMap::new();
        for (table, kept) in &mut recent {
            tables.entry(table.clone()).or_default().push(kept);
        }
        for (table, kept) in tables {
            let (fresh, since) = fresh(kept.into_iter(), &moved);
            let span = "and others within 1 h";
            signals.extend(
                since.and_then(|since| scramble::signal(&table, &fresh, moved.len(), since, span)),
            );
        }
    }
    for signal in &signals {
        tell(state, &signal.table)?;
    }
    state.hold(key, recent);
    Ok(signals)
}

/// What a table has kept was told with what others have.
fn tell(state: &mut State, table: &TableName) -> Result<(), Fault> {
    let key = table_key(RECENT, table);
    if let Some(mut recent) = state.take::<Recent>(&key)? {
        recent.iter_mut().for_each(|(_, told, _)| *told = true);
        state.hold(key, recent);
    }
    Ok(())
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
    fn a_scramble_over_tables_is_told_once_it_is_one() {
        let mut trial = Trial::new();
        let tables = ["crm.contacts", "crm.leads", "crm.members"];
        let told: Vec<_> = (0..30)
            .flat_map(|number| {
                let table = crate::engine::detect::trial::table(tables[number as usize / 10]);
                let touch = Touch { table, ..shift(number) };
                trial.commit(i64::from(number) * 60, [touch])
            })
            .collect();
        let records: u64 = told.iter().map(|it| it.extent.records).sum();
        assert_eq!((told[0].table.to_string().as_str(), records), (tables[0], 28));
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
