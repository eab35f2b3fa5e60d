//! Can a condition hold at all? One that cannot is a mistake, and not a rule that finds nothing.

use std::collections::BTreeMap;

use super::{Column, Constant, Predicate, Relation, Side, Term};
use crate::model::{OperationKind, TableName};

/// What may become of a condition for some row.
#[derive(Clone, Copy)]
struct May {
    hold: bool,
    fail: bool,
}

impl May {
    const BOTH: May = May { hold: true, fail: true };
    /// It can never be told.
    const NEITHER: May = May { hold: false, fail: false };

    fn only(holds: bool) -> May {
        May { hold: holds, fail: !holds }
    }
}

/// Whether it may hold of an operation on a table.
pub fn may_hold(predicate: &Predicate, operation: OperationKind, table: &TableName) -> bool {
    Reach { operation, table: table.to_string() }.of(predicate).hold
}

struct Reach {
    operation: OperationKind,
    table: String,
}

impl Reach {
    fn of(&self, predicate: &Predicate) -> May {
        match predicate {
            Predicate::Constant(holds) => May::only(*holds),
            Predicate::Not(of) => {
                let May { hold, fail } = self.of(of);
                May { hold: fail, fail: hold }
            }
            Predicate::All(parts) => {
                let each: Vec<May> = parts.iter().map(|part| self.of(part)).collect();
                May {
                    hold: each.iter().all(|it| it.hold) && !contradict(parts),
                    fail: each.iter().any(|it| it.fail),
                }
            }
            Predicate::Any(parts) => {
                let each: Vec<May> = parts.iter().map(|part| self.of(part)).collect();
                May { hold: each.iter().any(|it| it.hold), fail: each.iter().all(|it| it.fail) }
            }
            Predicate::Operation(operations) => May::only(operations.contains(&self.operation)),
            Predicate::Table(tables) => May::only(tables.contains(&self.table)),
            Predicate::Null(term) => match self.is_missing(term) {
                true => May::only(true),
                false => May::BOTH,
            },
            Predicate::Differ(one, other) => {
                match (self.is_absent(one.side), self.is_absent(other.side)) {
                    (true, true) => May::only(false),
                    _ => May::BOTH,
                }
            }
            Predicate::Holds(term)
            | Predicate::Among(term, _)
            | Predicate::Matches(term, _)
            | Predicate::Each(_, term, _) => self.of_values(&[term]),
            Predicate::Compare(_, terms) | Predicate::Within(terms) | Predicate::Text(_, terms) => {
                self.of_values(&[&terms[0], &terms[1]])
            }
            Predicate::Actor(_)
            | Predicate::NoActor
            | Predicate::Subject(_)
            | Predicate::Later(_) => May::BOTH,
        }
    }

    /// Of a version of the row that does not exist every column is null, and of null no more can be
    /// told than that.
    fn of_values(&self, terms: &[&Term]) -> May {
        match terms.iter().any(|term| self.is_missing(term)) {
            true => May::NEITHER,
            false => May::BOTH,
        }
    }

    fn is_missing(&self, term: &Term) -> bool {
        match term {
            Term::Column(column) => self.is_absent(column.side),
            Term::Member(of, _) | Term::Size(of) | Term::Lower(of) | Term::Converted(_, of) => {
                self.is_missing(of)
            }
            Term::Element(terms) | Term::Arithmetic(_, terms) => {
                terms.iter().any(|term| self.is_missing(term))
            }
            _ => false,
        }
    }

    fn is_absent(&self, side: Side) -> bool {
        match side {
            Side::Old => self.operation == OperationKind::Insert,
            Side::New => self.operation == OperationKind::Delete,
        }
    }
}

/// Whether one column would have to hold two things at once.
fn contradict(parts: &[Predicate]) -> bool {
    let mut held: BTreeMap<(bool, &str), &Constant> = BTreeMap::new();
    for part in parts {
        let Predicate::Compare(Relation::Equal, terms) = part else { continue };
        let ([Term::Column(column), Term::Constant(value)]
        | [Term::Constant(value), Term::Column(column)]) = terms.as_ref()
        else {
            continue;
        };
        let Column { side, name, .. } = column;
        let before = held.insert((*side == Side::New, name), value);
        if before.is_some_and(|before| before != value) {
            return true;
        }
    }
    false
}
