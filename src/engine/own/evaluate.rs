//! One condition and one row. Total: no value makes it fail, and none makes it work without end.

use std::borrow::Cow;
use std::cell::Cell;

use super::left::{Asked, Left};
use super::value::{self, Value, calculate};
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Engine;
use crate::engine::keys;
use crate::engine::ledger::SubjectRecord;
use crate::engine::record::Reading;
use crate::engine::state::State;
use crate::model::limits::{EXPRESSION_ELEMENTS, EXPRESSION_VALUE_BYTES, EXPRESSION_WORK};
use crate::model::{Channel, Fault, OperationKind, Reference};
use crate::policy::expression::{
    Column, Fact, Kind, Predicate, Quantifier, Relation, Side, Term, TextTest, Trait,
};

/// What a condition is evaluated for.
pub(super) struct Evaluation<'a, 's> {
    change: &'a Classified<'a>,
    circumstances: &'a Circumstances,
    engine: &'a Engine,
    state: &'a State<'s>,
    /// Bytes that may still be looked at.
    work: Cell<usize>,
}

/// The element that a quantifier looks at.
type Item<'i, 'a> = Option<&'i Value<'a>>;

impl<'a, 's> Evaluation<'a, 's> {
    pub fn new(
        change: &'a Classified<'a>,
        circumstances: &'a Circumstances,
        (engine, state): (&'a Engine, &'a State<'s>),
    ) -> Self {
        let work = Cell::new(EXPRESSION_WORK);
        Evaluation { change, circumstances, engine, state, work }
    }

    /// What is left of a condition.
    pub fn left(&self, predicate: &'a Predicate) -> Result<Left, Fault> {
        self.judge(predicate, None)
    }

    fn judge(&self, predicate: &'a Predicate, item: Item<'_, 'a>) -> Result<Left, Fault> {
        Ok(match predicate {
            Predicate::Not(of) => self.judge(of, item)?.not(),
            Predicate::All(parts) => self.joined(parts, true, item)?,
            Predicate::Any(parts) => self.joined(parts, false, item)?,
            Predicate::Later(fact) => self.asked(fact)?,
            other => Left::Told(self.told(other, item)?),
        })
    }

    /// One after the other, until it is decided.
    fn joined(&self, parts: &'a [Predicate], all: bool, item: Item<'_, 'a>) -> Result<Left, Fault> {
        let mut left = Vec::new();
        for part in parts {
            left.push(self.judge(part, item)?);
            if left.last() == Some(&Left::Told(Some(!all))) {
                break;
            }
        }
        Ok(Left::joined(left, all))
    }

    /// What the row alone decides.
    fn told(&self, predicate: &'a Predicate, item: Item<'_, 'a>) -> Result<Option<bool>, Fault> {
        Ok(match predicate {
            Predicate::Constant(holds) => Some(*holds),
            Predicate::Holds(term) => match self.value(term, item)? {
                Value::Boolean(holds) => Some(holds),
                _ => None,
            },
            Predicate::Compare(relation, terms) => {
                let (a, b) = self.pair(terms, item)?;
                self.spend(a.weight().min(b.weight()));
                compare(*relation, &a, &b).filter(|_| self.is_affordable())
            }
            Predicate::Differ(one, other) => self.differ(one, other),
            Predicate::Null(Term::Column(column)) => self.is_null(column),
            Predicate::Null(term) => match self.value(term, item)? {
                Value::Unknown => None,
                value => Some(value == Value::Null),
            },
            Predicate::Among(term, words) => match self.value(term, item)? {
                Value::Text(text) => Some(words.contains(text.as_ref())),
                value => value.is_known().then_some(false),
            },
            Predicate::Within(terms) => {
                let (item, list) = self.pair(terms, item)?;
                self.spend(list.weight());
                within(&item, &list).filter(|_| self.is_affordable())
            }
            Predicate::Text(test, terms) => {
                let (text, part) = self.pair(terms, item)?;
                let (Value::Text(text), Value::Text(part)) = (&text, &part) else {
                    return Ok(None);
                };
                self.spend(text.len() + part.len());
                let (text, part) = (text.as_ref(), part.as_ref());
                let found = match test {
                    TextTest::Contains => || text.contains(part),
                    TextTest::StartsWith => return Ok(Some(text.starts_with(part))),
                    TextTest::EndsWith => return Ok(Some(text.ends_with(part))),
                };
                self.is_affordable().then(found)
            }
            Predicate::Matches(term, pattern) => {
                let Value::Text(text) = self.value(term, item)? else { return Ok(None) };
                self.spend(text.len());
                self.is_affordable().then(|| pattern.0.is_match(&text))
            }
            Predicate::Each(quantifier, list, body) => {
                let list = self.value(list, item)?;
                self.each(*quantifier, &list, body)?
            }
            Predicate::Operation(operations) => {
                Some(operations.contains(&self.change.record().change.operation.kind()))
            }
            Predicate::Table(tables) => {
                Some(tables.contains(&self.circumstances.table.to_string()))
            }
            Predicate::Actor(names) => self.circumstances.actor.map(|actor| {
                self.engine.excepted.names(actor).iter().any(|name| names.contains(name))
            }),
            Predicate::NoActor => Some(self.circumstances.actor.is_none()),
            Predicate::Subject(known) => self.known(*known)?,
            // What waits for the ledger is no part of a value: `later` of the check.
            Predicate::Not(_) | Predicate::All(_) | Predicate::Any(_) | Predicate::Later(_) => {
                match self.judge(predicate, item)? {
                    Left::Told(told) => told,
                    _ => None,
                }
            }
        })
    }

    fn each(
        &self,
        quantifier: Quantifier,
        list: &Value<'a>,
        body: &'a Predicate,
    ) -> Result<Option<bool>, Fault> {
        let Value::List(list) = list else { return Ok(None) };
        if list.len() > EXPRESSION_ELEMENTS {
            return Ok(None);
        }
        let (mut held, mut failed, mut unknown) = (0, 0, 0);
        for item in list {
            self.spend(1);
            if !self.is_affordable() {
                return Ok(None);
            }
            match self.told(body, Some(item))? {
                Some(true) => held += 1,
                Some(false) => failed += 1,
                None => unknown += 1,
            }
        }
        Ok(match quantifier {
            Quantifier::Exists if held > 0 => Some(true),
            Quantifier::All if failed > 0 => Some(false),
            Quantifier::One if held > 1 => Some(false),
            _ if unknown > 0 => None,
            Quantifier::Exists => Some(false),
            Quantifier::All => Some(true),
            Quantifier::One => Some(held == 1),
        })
    }

    fn pair(
        &self,
        terms: &'a [Term; 2],
        item: Item<'_, 'a>,
    ) -> Result<(Value<'a>, Value<'a>), Fault> {
        Ok((self.value(&terms[0], item)?, self.value(&terms[1], item)?))
    }

    fn value(&self, term: &'a Term, item: Item<'_, 'a>) -> Result<Value<'a>, Fault> {
        Ok(match term {
            Term::Constant(constant) => Value::constant(constant),
            Term::Column(column) => self.column(column),
            Term::CommitTime => Value::Moment(self.circumstances.time.0),
            Term::Item => item.map_or(Value::Unknown, |item| {
                self.spend(item.weight());
                item.clone()
            }),
            Term::Member(of, name) => match self.value(of, item)? {
                Value::Object(mut members) => members.remove(name).unwrap_or(Value::Null),
                Value::Null => Value::Null,
                _ => Value::Unknown,
            },
            Term::Element(terms) => match self.pair(terms, item)? {
                (Value::Object(mut members), Value::Text(name)) => {
                    members.remove(name.as_ref()).unwrap_or(Value::Null)
                }
                (Value::List(mut list), Value::Integer(index)) => match usize::try_from(index) {
                    Ok(index) if index < list.len() => list.swap_remove(index),
                    _ => Value::Unknown,
                },
                (Value::Null, _) => Value::Null,
                _ => Value::Unknown,
            },
            Term::Size(of) => self.size(&self.value(of, item)?),
            Term::Lower(of) => match self.value(of, item)? {
                Value::Text(text) => {
                    self.spend(text.len());
                    Value::Text(Cow::Owned(text.to_ascii_lowercase()))
                }
                _ => Value::Unknown,
            },
            Term::Converted(kind, of) => convert(kind, &self.value(of, item)?),
            Term::Arithmetic(operator, terms) => {
                let (a, b) = self.pair(terms, item)?;
                calculate(*operator, &a, &b)
            }
            Term::List(terms) => {
                let each = terms.iter().map(|term| self.value(term, item));
                Value::List(each.collect::<Result<_, Fault>>()?)
            }
            Term::Choice(condition, terms) => match self.told(condition, item)? {
                Some(true) => self.value(&terms[0], item)?,
                Some(false) => self.value(&terms[1], item)?,
                None => Value::Unknown,
            },
            Term::Truth(of) => self.told(of, item)?.map_or(Value::Unknown, Value::Boolean),
        })
    }

    fn column(&self, column: &'a Column) -> Value<'a> {
        match self.reading(column) {
            Reading::Unknown => Value::Unknown,
            Reading::Null => Value::Null,
            Reading::Text(text) if text.len() > EXPRESSION_VALUE_BYTES => Value::Unknown,
            Reading::Text(text) => {
                self.spend(text.len());
                match self.is_affordable() {
                    true => {
                        Value::read(text, &column.kind, &self.change.record().mapping.time_zone)
                    }
                    false => Value::Unknown,
                }
            }
        }
    }

    fn reading(&self, column: &Column) -> Reading<'a> {
        self.change.record().reading(column.side == Side::Old, &column.name)
    }

    /// Whether a column holds nothing, which needs no reading of what it holds; JSON has a null of its own.
    fn is_null(&self, column: &Column) -> Option<bool> {
        match self.reading(column) {
            Reading::Unknown => None,
            Reading::Null => Some(true),
            Reading::Text(text) => Some(matches!(column.kind, Kind::Any) && text.trim() == "null"),
        }
    }

    /// Whether two columns hold other things; null is a thing of its own.
    fn differ(&self, one: &'a Column, other: &'a Column) -> Option<bool> {
        let record = self.change.record();
        if one.name == other.name && one.side != other.side {
            let updated = record.change.operation.kind() == OperationKind::Update;
            let index = record.change.table.column(&one.name)?;
            if updated && record.changed(index) == Some(false) {
                return Some(false);
            }
        }
        match (self.reading(one), self.reading(other)) {
            (Reading::Unknown, _) | (_, Reading::Unknown) => None,
            (Reading::Null, Reading::Null) => Some(false),
            (Reading::Null, _) | (_, Reading::Null) => Some(true),
            (Reading::Text(a), Reading::Text(b)) if a == b => Some(false),
            (Reading::Text(_), Reading::Text(_)) => match (&one.kind, &other.kind) {
                (Kind::Text, Kind::Text) => Some(true),
                // The same may be written in several ways.
                _ => match (self.column(one), self.column(other)) {
                    (Value::Unknown, _) | (_, Value::Unknown) => None,
                    (a, b) => Some(!a.is(&b)),
                },
            },
        }
    }

    fn size(&self, of: &Value<'_>) -> Value<'a> {
        let size = match of {
            Value::Text(text) => {
                self.spend(text.len());
                text.chars().count()
            }
            Value::List(list) => list.len(),
            Value::Object(members) => members.len(),
            _ => return Value::Unknown,
        };
        Value::Integer(i64::try_from(size).unwrap_or(i64::MAX))
    }

    /// What is known of the data subject, this change included.
    fn known(&self, what: Trait) -> Result<Option<bool>, Fault> {
        let subject = self.change.subject();
        if what == Trait::Known {
            return Ok(Some(subject.is_some()));
        }
        let Some(subject) = subject else { return Ok(None) };
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        if what == Trait::UnguardedChild {
            return Ok(known.childhood.at(self.circumstances.stamp.time));
        }
        Ok(Some(match what {
            Trait::Known | Trait::UnguardedChild => true,
            Trait::Restricted => known.is_restricted(self.state)?,
            Trait::Erased => known.erased.is_some(),
        }))
    }

    /// What is asked of the ledger, with the words that the row decides.
    fn asked(&self, fact: &'a Fact) -> Result<Left, Fault> {
        let nobody = self.change.subject().is_none();
        let asked = match fact {
            Fact::Size(relation, than) => Asked::Size(*relation, *than),
            _ if nobody => return Ok(Left::Told(None)),
            Fact::AnyBasis => {
                let purposes = self.engine.policies.register.purposes.keys().cloned().collect();
                Asked::AnyBasis { purposes }
            }
            Fact::Basis { purpose, words } => {
                let Some(purpose) = self.purpose(purpose)? else { return Ok(Left::Told(None)) };
                Asked::Basis { purpose, words: words.clone() }
            }
            Fact::Permission { channel, purpose, words } => {
                let channel = self.value(channel, None)?;
                let named =
                    |it: &Channel| matches!(&channel, Value::Text(text) if text == it.name());
                let channel = Channel::ALL.into_iter().find(named);
                let (Some(channel), Some(purpose)) = (channel, self.purpose(purpose)?) else {
                    return Ok(Left::Told(None));
                };
                let holders = self.holders(channel)?;
                Asked::Permission { holders, channel, purpose, words: words.clone() }
            }
        };
        Ok(Left::Asked(asked))
    }

    /// A purpose of the register; any other text may be anything and is kept nowhere.
    fn purpose(&self, term: &'a Term) -> Result<Option<String>, Fault> {
        let Value::Text(text) = self.value(term, None)? else { return Ok(None) };
        let known = self.engine.policies.register.purposes.get_key_value(text.as_ref());
        Ok(known.map(|(purpose, _)| purpose.clone()))
    }

    /// The data subject, and the contact points that the channel reaches.
    fn holders(&self, channel: Channel) -> Result<Vec<Reference>, Fault> {
        let Some(subject) = self.change.subject() else { return Ok(Vec::new()) };
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        let points = known.contact_points.iter().filter(|it| it.channel.reaches(channel));
        Ok(points.map(|it| it.point).chain([subject]).collect())
    }

    fn spend(&self, bytes: usize) {
        self.work.set(self.work.get().saturating_sub(bytes.max(1)));
    }

    fn is_affordable(&self) -> bool {
        self.work.get() > 0
    }
}

/// Null is equal to nothing and not unequal either: only `== null` asks for it.
fn compare(relation: Relation, a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
    if !a.is_known() || !b.is_known() {
        return None;
    }
    match relation {
        Relation::Equal => Some(a.is(b)),
        Relation::Unequal => Some(!a.is(b)),
        _ => a.order(b).map(|order| relation.holds(order)),
    }
}

fn within(item: &Value<'_>, list: &Value<'_>) -> Option<bool> {
    match (item, list) {
        (Value::Unknown | Value::Null, _) => None,
        (item, Value::List(list)) => {
            let found = list.iter().any(|it| it.is_known() && it.is(item));
            let unsure = || list.iter().any(|it| !it.is_known());
            if found { Some(true) } else { (!unsure()).then_some(false) }
        }
        (Value::Text(name), Value::Object(members)) => Some(members.contains_key(name.as_ref())),
        _ => None,
    }
}

fn convert<'a>(kind: &Kind, value: &Value<'_>) -> Value<'a> {
    let converted = match (kind, value) {
        (Kind::Integer, Value::Integer(it)) => Some(Value::Integer(*it)),
        (Kind::Integer, Value::Number(it)) if it.abs() < 9e15 => {
            Some(Value::Integer(it.trunc() as i64))
        }
        (Kind::Integer, Value::Text(text)) => text.parse().ok().map(Value::Integer),
        (Kind::Number, Value::Integer(it)) => Some(Value::Number(*it as f64)),
        (Kind::Number, Value::Number(it)) => Some(Value::Number(*it)),
        (Kind::Number, Value::Text(text)) => value::number(text).map(Value::Number),
        _ => None,
    };
    converted.unwrap_or(Value::Unknown)
}
