//! Walks over what an expression is made of.

use std::collections::BTreeSet;

use super::{Fact, Predicate, Term};

impl Term {
    /// Looks at this and every value within it.
    pub fn each(&self, look: &mut dyn FnMut(&Term)) {
        look(self);
        match self {
            Term::Member(of, _) | Term::Size(of) | Term::Lower(of) | Term::Converted(_, of) => {
                of.each(look);
            }
            Term::Element(terms) | Term::Arithmetic(_, terms) | Term::Choice(_, terms) => {
                terms.iter().for_each(|term| term.each(look));
            }
            Term::List(terms) => terms.iter().for_each(|term| term.each(look)),
            Term::Constant(_)
            | Term::Column(_)
            | Term::Item
            | Term::CommitTime
            | Term::Truth(_) => {}
        }
    }

    /// The condition that it depends on.
    pub fn truth(&self) -> Option<&Predicate> {
        match self {
            Term::Truth(of) | Term::Choice(of, _) => Some(of),
            _ => None,
        }
    }
}

impl Predicate {
    /// The columns that it reads, of either version of the row.
    pub fn columns(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.each(&mut |part| {
            if let Predicate::Differ(one, other) = part {
                found.extend([one.name.clone(), other.name.clone()]);
            }
            part.each_term(&mut |term| {
                if let Term::Column(column) = term {
                    found.insert(column.name.clone());
                }
            });
        });
        found
    }

    /// Looks at this and every condition within it.
    pub fn each(&self, look: &mut dyn FnMut(&Predicate)) {
        look(self);
        match self {
            Predicate::Not(of) => of.each(look),
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter().for_each(|part| part.each(look));
            }
            Predicate::Each(_, _, of) => of.each(look),
            _ => {}
        }
        self.each_term(&mut |term| {
            if let Some(truth) = term.truth() {
                truth.each(look);
            }
        });
    }

    /// Looks at every value of this very condition, and the values within these.
    pub fn each_term(&self, look: &mut dyn FnMut(&Term)) {
        match self {
            Predicate::Holds(term)
            | Predicate::Null(term)
            | Predicate::Among(term, _)
            | Predicate::Matches(term, _)
            | Predicate::Each(_, term, _) => term.each(look),
            Predicate::Compare(_, terms) | Predicate::Within(terms) | Predicate::Text(_, terms) => {
                terms.iter().for_each(|term| term.each(look));
            }
            Predicate::Later(Fact::Permission { channel, purpose, .. }) => {
                channel.each(look);
                purpose.each(look);
            }
            Predicate::Later(Fact::Basis { purpose, .. }) => purpose.each(look),
            _ => {}
        }
    }
}
