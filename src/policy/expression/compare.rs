//! What is compared with what: values, words, lists, patterns.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::common::ast::{Expr, LiteralValue};
use cel::parser::Expression;

use super::check::{Checker, is, word, wrong};
use super::words::Word;
use super::{At, Fact, Kind, Predicate, Relation, Term, Wrong};
use crate::policy::document::suggestion;

impl Checker<'_> {
    pub(super) fn compare(
        &mut self,
        relation: Relation,
        left: &Expression,
        right: &Expression,
    ) -> Result<Predicate, Wrong> {
        if let Some(found) = self.compare_word(relation, left, right)? {
            return Ok(found);
        }
        let equality = matches!(relation, Relation::Equal | Relation::Unequal);
        let negated = |found: Predicate| match relation {
            Relation::Unequal => Predicate::Not(Box::new(found)),
            _ => found,
        };
        for (null, other) in [(left, right), (right, left)] {
            if matches!(null.expr, Expr::Literal(LiteralValue::Null)) {
                if !equality {
                    return wrong(
                        word("null"),
                        "null is not more or less than anything",
                        "use == or !=",
                    );
                }
                let (term, _) = self.term(other)?;
                return Ok(negated(Predicate::Null(term)));
            }
        }
        let ((left_term, left_kind), (right_term, right_kind)) =
            (self.term(left)?, self.term(right)?);
        let fits = match relation {
            Relation::Equal | Relation::Unequal => comparable(&left_kind, &right_kind),
            _ => {
                comparable(&left_kind, &right_kind)
                    && is_ordered(&left_kind)
                    && is_ordered(&right_kind)
            }
        };
        if !fits {
            let at = match self.at(left) {
                At::Expression => self.at(right),
                at => at,
            };
            let cause =
                format!("{} cannot be compared with {}", left_kind.name(), right_kind.name());
            return wrong(at, cause, mismatch(&left_kind, &right_kind));
        }
        Ok(match (left_term, right_term) {
            (Term::Column(left), Term::Column(right)) if equality => {
                let differ = Predicate::Differ(left, right);
                match relation {
                    Relation::Unequal => differ,
                    _ => Predicate::Not(Box::new(differ)),
                }
            }
            (left, right) => Predicate::Compare(relation, Box::new([left, right])),
        })
    }

    /// A comparison with `op`, `table`, `tx.…`, `permission(…)` or `basis(…)`.
    fn compare_word(
        &mut self,
        relation: Relation,
        left: &Expression,
        right: &Expression,
    ) -> Result<Option<Predicate>, Wrong> {
        let (found, other, relation) = match self.word(left)? {
            Some(found) => (found, right, relation),
            None => match self.word(right)? {
                Some(found) => (found, left, relation.mirrored()),
                None => return Ok(None),
            },
        };
        let null = matches!(other.expr, Expr::Literal(LiteralValue::Null));
        let predicate = match (found, &other.expr) {
            (Word::Size, Expr::Literal(LiteralValue::Int(number))) => {
                self.later("size")?;
                return Ok(Some(Predicate::Later(Fact::Size(relation, *number.inner()))));
            }
            (Word::Size, _) => {
                return wrong(
                    word("size"),
                    "tx.size is compared with a number that is written out",
                    "write tx.size > 100",
                );
            }
            (Word::Actor, _) if null => Predicate::NoActor,
            (found, Expr::Literal(LiteralValue::String(text))) => {
                self.among(found, BTreeSet::from([text.inner().to_owned()]))?
            }
            _ => {
                return wrong(
                    self.at(other),
                    "op, table, tx.actor, permission(…) and basis(…) are compared with words that are \
                     written out",
                    "write == 'word', != 'word', in ['one', 'other'] or in lists.name",
                );
            }
        };
        match relation {
            Relation::Equal => Ok(Some(predicate)),
            Relation::Unequal => Ok(Some(Predicate::Not(Box::new(predicate)))),
            _ => {
                wrong(self.at(other), "a word is not more or less than another", "use ==, != or in")
            }
        }
    }

    pub(super) fn membership(
        &mut self,
        item: &Expression,
        list: &Expression,
    ) -> Result<Predicate, Wrong> {
        let found = self.word(item)?;
        let constant = self.constant_texts(list)?;
        if let Some(found) = found {
            return match constant {
                Some(words) => self.among(found, words.as_ref().clone()),
                None => wrong(
                    self.at(list),
                    "words are looked for in a list that is written out",
                    "write in ['one', 'other'] or in lists.name",
                ),
            };
        }
        let (item_term, kind) = self.term(item)?;
        if let Some(words) = constant {
            return match kind {
                Kind::Text | Kind::Any => Ok(Predicate::Among(item_term, words)),
                other => wrong(
                    self.at(item),
                    format!("the list holds texts, and this is {}", other.name()),
                    mismatch(&other, &Kind::Text),
                ),
            };
        }
        let (list_term, list_kind) = self.term(list)?;
        let fits = match &list_kind {
            Kind::List(of) => comparable(&kind, of),
            Kind::Any => true,
            _ => false,
        };
        if !fits {
            let cause = format!("{} cannot be in {}", kind.name(), list_kind.name());
            return wrong(self.at(list), cause, "write in ['one', 'other'] or in lists.name");
        }
        Ok(Predicate::Within(Box::new([item_term, list_term])))
    }

    /// The texts of a list that is part of the policies.
    fn constant_texts(
        &mut self,
        list: &Expression,
    ) -> Result<Option<Arc<BTreeSet<String>>>, Wrong> {
        match &list.expr {
            Expr::List(list) if !list.elements.is_empty() => {
                let text = |element: &Expression| match &element.expr {
                    Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
                    _ => None,
                };
                let texts: Option<BTreeSet<String>> = list.elements.iter().map(text).collect();
                Ok(texts.map(Arc::new))
            }
            Expr::Select(select) if is(&select.operand, "lists") => {
                let found = self.scope.lists.get(&select.field);
                match found {
                    Some(list) => Ok(Some(Arc::clone(list))),
                    None => {
                        let known: Vec<&str> =
                            self.scope.lists.keys().map(String::as_str).collect();
                        let cause = format!("unknown list `{}`", select.field);
                        wrong(word(&select.field), cause, suggestion::among(&select.field, &known))
                    }
                }
            }
            _ => Ok(None),
        }
    }

    pub(super) fn matches(
        &mut self,
        target: Option<&Expression>,
        arguments: &[Expression],
    ) -> Result<Predicate, Wrong> {
        let (text, pattern) = match (target, arguments) {
            (Some(text), [pattern]) | (None, [text, pattern]) => (text, pattern),
            _ => {
                return wrong(
                    word("matches"),
                    "`matches` takes a text and a pattern",
                    "write text.matches('^a')",
                );
            }
        };
        let Expr::Literal(LiteralValue::String(pattern)) = &pattern.expr else {
            return wrong(
                word("matches"),
                "the pattern is no text that is written out",
                "write text.matches('^a')",
            );
        };
        Ok(Predicate::Matches(self.text(text)?, super::literal::pattern(pattern.inner())?))
    }
}

/// A number is a number; what JSON holds shows in the row.
pub(super) fn comparable(left: &Kind, right: &Kind) -> bool {
    let number = |kind: &Kind| matches!(kind, Kind::Integer | Kind::Number);
    match (left, right) {
        (Kind::Any, _) | (_, Kind::Any) => true,
        (Kind::List(left), Kind::List(right)) => comparable(left, right),
        _ => left == right || (number(left) && number(right)),
    }
}

fn is_ordered(kind: &Kind) -> bool {
    !matches!(kind, Kind::Boolean | Kind::List(_))
}

pub(super) fn mismatch(left: &Kind, right: &Kind) -> &'static str {
    match (left, right) {
        (Kind::Moment, Kind::Text) | (Kind::Text, Kind::Moment) => {
            "write timestamp('2026-01-31T12:00:00Z'), or declare the column under `columns`"
        }
        (Kind::Span, Kind::Text) | (Kind::Text, Kind::Span) => "write duration('24h')",
        _ => "a column is text unless the rule declares its type under `columns`",
    }
}
