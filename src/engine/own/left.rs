//! What is left of a condition once the row has been looked at.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Reference};
use crate::policy::expression::Relation;

/// A condition, as far as it waits for the ledger. Three-valued as in Kleene's strong logic: what
/// cannot be told decides nothing, and what is decided without it stays decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// It holds, it does not, or that cannot be told.
    Told(Option<bool>),
    /// Not this.
    Not(Box<Left>),
    /// All of these.
    All(Vec<Left>),
    /// One of these.
    Any(Vec<Left>),
    /// What the ledger says.
    Asked(Asked),
}

/// A question to the ledger, about the end of the transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// Is the permission in one of these states?
    Permission {
        /// Of the data subject and the contact points.
        holders: Vec<Reference>,
        /// Over this channel.
        channel: Channel,
        /// For this purpose.
        purpose: String,
        /// The states.
        words: BTreeSet<String>,
    },
    /// Is one of these bases on record for a purpose?
    Basis {
        /// The purpose.
        purpose: String,
        /// The bases.
        words: BTreeSet<String>,
    },
    /// Is any basis on record for one of these purposes?
    AnyBasis {
        /// The purposes.
        purposes: Vec<String>,
    },
    /// Does the transaction have so many changes?
    Size(Relation, i64),
}

impl Left {
    /// Not this.
    pub fn not(self) -> Left {
        match self {
            Left::Told(told) => Left::Told(told.map(|told| !told)),
            Left::Not(of) => *of,
            open => Left::Not(Box::new(open)),
        }
    }

    /// All of these, or one of them.
    pub fn joined(parts: Vec<Left>, all: bool) -> Left {
        // False decides "all", true decides "one".
        let deciding = Left::Told(Some(!all));
        if parts.contains(&deciding) {
            return deciding;
        }
        let idle = Left::Told(Some(all));
        let mut open: Vec<Left> = parts.into_iter().filter(|part| *part != idle).collect();
        if open.iter().all(|part| *part == Left::Told(None)) {
            return open.pop().unwrap_or(idle);
        }
        match (open.len(), all) {
            (1, _) => open.remove(0),
            (_, true) => Left::All(open),
            (_, false) => Left::Any(open),
        }
    }

    /// Whether nothing is left.
    pub fn is_told(&self) -> bool {
        matches!(self, Left::Told(_))
    }

    /// Whether it asks how many changes the transaction has.
    pub fn asks_for_size(&self) -> bool {
        match self {
            Left::Told(_) => false,
            Left::Not(of) => of.asks_for_size(),
            Left::All(parts) | Left::Any(parts) => parts.iter().any(Left::asks_for_size),
            Left::Asked(asked) => matches!(asked, Asked::Size(..)),
        }
    }

    /// The condition with every question answered.
    ///
    /// # Errors
    /// Those of `answer`.
    pub fn told<E>(
        &self,
        answer: &mut dyn FnMut(&Asked) -> Result<Option<bool>, E>,
    ) -> Result<Option<bool>, E> {
        let (parts, all) = match self {
            Left::Told(told) => return Ok(*told),
            Left::Not(of) => return Ok(of.told(answer)?.map(|told| !told)),
            Left::Asked(asked) => return answer(asked),
            Left::All(parts) => (parts, true),
            Left::Any(parts) => (parts, false),
        };
        let mut told = Vec::new();
        for part in parts {
            told.push(Left::Told(part.told(answer)?));
        }
        match Left::joined(told, all) {
            Left::Told(told) => Ok(told),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_told_decides_nothing() {
        let values = [Some(true), Some(false), None];
        for a in values {
            for b in values {
                let parts = || vec![Left::Told(a), Left::Told(b)];
                let all = match (a, b) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
                let any = match (a, b) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
                assert_eq!(Left::joined(parts(), true), Left::Told(all), "{a:?} && {b:?}");
                assert_eq!(Left::joined(parts(), false), Left::Told(any), "{a:?} || {b:?}");
            }
        }
        assert_eq!(Left::joined(Vec::new(), true), Left::Told(Some(true)));
        assert_eq!(Left::Told(None).not(), Left::Told(None));
    }

    #[test]
    fn what_is_asked_stays_until_it_matters_no_more() {
        let asked = || Left::Asked(Asked::Size(Relation::Greater, 10));
        let open = Left::joined(vec![Left::Told(Some(true)), asked()], true);
        assert_eq!(open, asked());
        let decided = Left::joined(vec![Left::Told(Some(false)), asked()], true);
        assert_eq!(decided, Left::Told(Some(false)));
        let unsure = Left::joined(vec![Left::Told(None), asked()], true);
        let told = |holds| unsure.told::<()>(&mut |_| Ok(Some(holds)));
        assert_eq!((told(false), told(true)), (Ok(Some(false)), Ok(None)));
    }
}
