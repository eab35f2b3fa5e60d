//! SEC-013: values moved from one data subject to another.
//!
//! **What**: in one transaction, in one column that identifies people, at least twenty rows got a value
//! that another row had before, while their own former value went to another row.
//!
//! **Why**: each value stays well-formed, so that nobody notices, and yet nobody can be reached under
//! their own name any more: unauthorised alteration (GDPR Art. 4(12), Art. 5(1)(d)). MITRE ATT&CK
//! T1565.001, Stored Data Manipulation.
//!
//! **Counted**: values by keyed hash, of the first rows of the transaction ([`limits::MOVES`]); e-mail
//! addresses, telephone numbers, bank accounts and other identifiers.
//!
//! **Not counted**: two records whose values were mixed up and are set right; duplicates that are merged,
//! where the value that was kept goes one way only; a common value that is set in many rows.
//!
//! **Over several transactions, or tables**: see `recent_moves.rs`.
//!
//! **Blind spots**: a scramble that takes longer than an hour for twenty rows; columns that do not
//! identify anybody; tables without REPLICA IDENTITY FULL.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::tripwire::{actor_words, grouped};
use super::{Extent, Signal, Touch};
use crate::engine::classified::Classified;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{
    BreachType, Category, Code, ColumnVerdict, OperationKind, Position, Reference, TableName,
    Timestamp, limits,
};

/// An identifying value that an update replaced by another, both by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    column: u16,
    category: Category,
    old: u64,
    new: u64,
}

/// The moves of one transaction in one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moves(Vec<Moved>);

/// A move with its position, whose value it was, and who did it.
pub(super) type Moved = (Move, Position, Option<Reference>, Option<Reference>);

/// The moves of a change.
pub fn moves(
    change: &Classified<'_>,
    verdicts: &[ColumnVerdict],
    pseudonyms: &Pseudonymizer,
) -> Vec<Move> {
    let record = change.record();
    let concerned = record.change.operation.kind() == OperationKind::Update
        && record.mapping.subject.is_some()
        && change.categories().iter().any(|category| category.is_direct_identifier());
    if !concerned {
        return Vec::new();
    }
    let hash = |value: &[u8]| {
        let counted = pseudonyms.counted(&[value]).0;
        u64::from_be_bytes(counted[..8].try_into().expect("a reference is longer"))
    };
    let actor = record.mapping.actor.as_ref().and_then(|name| record.change.table.column(name));
    let identifying = verdicts.iter().enumerate().filter_map(|(index, verdict)| {
        let category = verdict.category.filter(|category| is_ones_own(*category))?;
        let (old, new) = record.replaced(index).filter(|_| actor != Some(index))?;
        let column = u16::try_from(index).ok()?;
        Some(Move { column, category, old: hash(old), new: hash(new) })
    });
    identifying.collect()
}

/// Whether a value of the category is one person's as a rule: many share addresses of networks and
/// of houses.
fn is_ones_own(category: Category) -> bool {
    use Category::{Address, CookieIdentifier, DeviceIdentifier, IpAddress, Street, Url};
    let shared = [Address, CookieIdentifier, DeviceIdentifier, IpAddress, Street, Url];
    category.is_direct_identifier() && !shared.contains(&category)
}

impl Move {
    /// As if all values of the category stood in one column, whichever table they are in.
    pub(super) fn of_any_table(self) -> Move {
        Move { column: self.category as u16, ..self }
    }
}

impl Moves {
    /// Adds those of one change, while there is room.
    pub fn add(&mut self, touch: &Touch) {
        let room = limits::MOVES.saturating_sub(self.0.len());
        let moves = touch.moves.iter().take(room);
        self.0.extend(moves.map(|it| (*it, touch.position, touch.subject, touch.actor)));
    }

    /// Adds those of other changes, while there is room.
    pub fn extend(&mut self, other: Moves) {
        let room = limits::MOVES.saturating_sub(self.0.len());
        self.0.extend(other.0.into_iter().take(room));
    }

    /// Whether there is room for more.
    pub fn has_room(&self) -> bool {
        self.0.len() < limits::MOVES
    }

    /// What is left when the transaction ends: a person's value that went there and back has not moved.
    pub fn net(&self) -> Vec<Moved> {
        let mut known: BTreeMap<(u16, Reference), usize> = BTreeMap::new();
        let mut net: Vec<Moved> = Vec::new();
        for moved in &self.0 {
            let place = moved.2.map(|subject| (moved.0.column, subject));
            if let Some(earlier) = place.and_then(|place| known.get(&place)) {
                net[*earlier].0.new = moved.0.new;
                continue;
            }
            known.extend(place.map(|place| (place, net.len())));
            net.push(*moved);
        }
        net.retain(|(it, ..)| it.old != it.new);
        net
    }

    /// Moves of several transactions, in their order.
    pub fn of(moves: impl Iterator<Item = Moved>) -> Self {
        Moves(moves.collect())
    }

    /// Those by which values went round between rows, where they are enough for an alarm.
    pub fn circular(&self) -> Vec<Moved> {
        let net = self.net();
        let mut columns: BTreeMap<u16, (BTreeSet<u64>, BTreeSet<u64>)> = BTreeMap::new();
        for (it, ..) in &net {
            let (old, new) = columns.entry(it.column).or_default();
            old.insert(it.old);
            new.insert(it.new);
        }
        let circular = |it: &Move| {
            let (old, new) = &columns[&it.column];
            it.old != it.new && old.contains(&it.new) && new.contains(&it.old)
        };
        let mut values: BTreeMap<u16, BTreeSet<u64>> = BTreeMap::new();
        for (it, ..) in net.iter().filter(|(it, ..)| circular(it)) {
            values.entry(it.column).or_default().insert(it.new);
        }
        let scrambled =
            |it: &Move| values.get(&it.column).is_some_and(|it| it.len() >= limits::MOVED_VALUES);
        net.into_iter().filter(|(it, ..)| circular(it) && scrambled(it)).collect()
    }

    /// The alarm of a transaction in which values went round.
    pub fn signal(&self, table: &TableName, time: Timestamp) -> Option<Signal> {
        if self.0.len() < limits::MOVED_VALUES {
            return None;
        }
        let moved = self.circular();
        signal(table, &moved, moved.len(), time, "in one transaction")
    }
}

/// What a number of moves gave away and took up, by column and in order: looked up for every move
/// kept, so comparing each with each would cost a transaction of a hundred rows more than all else.
pub(super) struct Ends {
    given: Vec<(u16, u64)>,
    taken: Vec<(u16, u64)>,
}

impl Ends {
    pub fn of(moves: &[Moved]) -> Self {
        let sorted = |value: fn(&Move) -> u64| {
            let mut ends: Vec<_> = moves.iter().map(|(it, ..)| (it.column, value(it))).collect();
            ends.sort_unstable();
            ends
        };
        Ends { given: sorted(|it| it.old), taken: sorted(|it| it.new) }
    }

    /// Whether a further move took up what one of them gave away, or gave away what one took up.
    pub fn meet(&self, (it, ..): &Moved) -> bool {
        self.given.binary_search(&(it.column, it.new)).is_ok()
            || self.taken.binary_search(&(it.column, it.old)).is_ok()
    }
}

/// Whether both are of one change and one column: an update may move several values.
pub(super) fn is_of_one_cell(one: &Moved, other: &Moved) -> bool {
    (one.1, one.0.column) == (other.1, other.0.column)
}

/// The alarm about these moves, of so many altogether; `None` when there are none.
pub(super) fn signal(
    table: &TableName,
    moved: &[Moved],
    number: usize,
    since: Timestamp,
    span: &str,
) -> Option<Signal> {
    let (_, first, _, actor) = *moved.first()?;
    let actor = actor.filter(|_| moved.iter().all(|(_, _, _, other)| *other == actor));
    let reason = format!(
        "{} values moved between the data subjects of {table} by {} {span}; the tripwire is {}",
        grouped(number as u64),
        actor_words(actor),
        limits::MOVED_VALUES
    );
    Some(Signal {
        code: Code::SEC_013,
        breach: BreachType::Integrity,
        table: table.clone(),
        actor,
        together: None,
        extent: extent(first, moved),
        countable: true,
        occurred: since,
        reason,
    })
}

fn extent(first: Position, moved: &[Moved]) -> Extent {
    let mut extent = Extent::from(first);
    let rows: BTreeSet<Position> = moved.iter().map(|(_, position, ..)| *position).collect();
    extent.records = rows.len() as u64;
    for (it, position, subject, _) in moved {
        match subject {
            Some(subject) => extent.subjects.insert(*subject),
            None => extent.unattributed += 1,
        }
        *extent.cells.entry(it.category).or_default() += 1;
        extent.last = extent.last.max(*position);
    }
    extent
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::engine::detect::trial::{Trial, change};

    pub fn moved(number: u32, old: u64, new: u64) -> Touch {
        let moves = vec![Move { column: 3, category: Category::Email, old, new }];
        // Without a category, so that no other detector counts it.
        Touch { moves, categories: Vec::new(), ..change("crm.contacts", number) }
    }

    /// An update that moves an e-mail address and a telephone number at once.
    pub fn moved_together(number: u32, old: u64, new: u64) -> Touch {
        let mut touch = moved(number, old, new);
        touch.moves.push(Move { column: 4, category: Category::PhoneNumber, old, new });
        touch
    }

    fn signals(touches: impl IntoIterator<Item = Touch>) -> Vec<Signal> {
        let mut trial = Trial::new();
        let signals = trial.commit(60, touches);
        signals.into_iter().filter(|signal| signal.code == Code::SEC_013).collect()
    }

    #[test]
    fn values_that_moved_one_row_on_are_an_alarm() {
        let shifted = (0..200).map(|row| moved(row, row.into(), u64::from(row + 1)));
        let signals = signals(shifted);
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].extent.subjects.count().value, 198, "the two ends are not");
        assert_eq!(
            signals[0].reason,
            "198 values moved between the data subjects of crm.contacts by one actor in one \
             transaction; the tripwire is 20"
        );
    }

    #[test]
    fn two_mixed_up_records_set_right_are_no_alarm() {
        assert_eq!(signals([moved(1, 1, 2), moved(2, 2, 1)]), []);
    }

    #[test]
    fn duplicates_that_pass_on_their_value_are_no_alarm() {
        let pairs = (0..100_u32).flat_map(|pair| {
            let (survivor, loser) = (u64::from(2 * pair), u64::from(2 * pair + 1));
            [moved(2 * pair, survivor, loser), moved(2 * pair + 1, loser, 1_000_000)]
        });
        assert_eq!(signals(pairs), []);
    }

    #[test]
    fn one_value_for_everybody_is_no_alarm() {
        assert_eq!(signals((0..200).map(|row| moved(row, row.into(), 0))), []);
    }
}
