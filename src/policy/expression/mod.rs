//! Conditions of own rules: the Common Expression Language (<https://cel.dev>), as far as it can be
//! judged row by row at a bounded cost.
//!
//! The `cel` crate reads the text; [`compile`] turns what it read into a [`Predicate`] in which every
//! name is known, every operator fits its operands, and nothing can fail but by a value. What a value
//! makes of it has three outcomes (`engine/own`): it holds, it does not, or that cannot be told.

mod check;
mod compare;
mod literal;
mod parse;
mod reach;
mod read;
mod walk;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::model::OperationKind;

pub use check::{Scope, check, compile};
pub use parse::{Parsed, parse};
pub use reach::may_hold;

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where: a word of the expression, or a line and column of it.
    pub at: At,
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub help: String,
}

/// See [`Wrong`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Somewhere.
    Expression,
    /// At a word.
    Word(String),
    /// At a line and column, from 1.
    Place(usize, usize),
}

/// What a column or an expression holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `boolean`.
    Boolean,
    /// `integer`: 64 bits.
    Integer,
    /// `number`: a double.
    Number,
    /// `text`.
    Text,
    /// `timestamp` or `date`.
    Moment,
    /// What lies between two moments.
    Span,
    /// An array of such.
    List(Box<Kind>),
    /// JSON, or a part of it: what it is shows in the row.
    Any,
}

impl Kind {
    /// The name of the CEL type.
    pub fn name(&self) -> String {
        match self {
            Kind::Boolean => "bool".into(),
            Kind::Integer => "int".into(),
            Kind::Number => "double".into(),
            Kind::Text => "string".into(),
            Kind::Moment => "timestamp".into(),
            Kind::Span => "duration".into(),
            Kind::List(of) => format!("list of {}", of.name()),
            Kind::Any => "dyn".into(),
        }
    }

    /// The kind that a PostgreSQL type is read as; `None` for types that are not.
    pub fn of_type(name: &str) -> Option<Kind> {
        if let Some(element) = name.strip_suffix("[]") {
            let element = Kind::of_type(element).filter(|it| !matches!(it, Kind::List(_)))?;
            return Some(Kind::List(Box::new(element)));
        }
        let (_, kind) = TYPES.iter().find(|(known, _)| *known == name)?;
        Some(kind.clone())
    }
}

/// PostgreSQL's types and what they are read as.
pub const TYPES: [(&str, Kind); 17] = [
    ("boolean", Kind::Boolean),
    ("integer", Kind::Integer),
    ("smallint", Kind::Integer),
    ("bigint", Kind::Integer),
    ("number", Kind::Number),
    ("numeric", Kind::Number),
    ("real", Kind::Number),
    ("double precision", Kind::Number),
    ("text", Kind::Text),
    ("varchar", Kind::Text),
    ("uuid", Kind::Text),
    ("timestamp", Kind::Moment),
    ("timestamptz", Kind::Moment),
    ("date", Kind::Moment),
    ("interval", Kind::Text),
    ("json", Kind::Any),
    ("jsonb", Kind::Any),
];

/// Which version of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before the change.
    Old,
    /// After it.
    New,
}

/// A column of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Of which version.
    pub side: Side,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// Something that holds of a change, does not, or cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// `true`, `false`.
    Constant(bool),
    /// `!`
    Not(Box<Predicate>),
    /// `&&`
    All(Vec<Predicate>),
    /// `||`
    Any(Vec<Predicate>),
    /// A boolean value.
    Holds(Term),
    /// `==`, `<`, ...
    Compare(Relation, Box<[Term; 2]>),
    /// Whether two columns hold other things; null is a thing of its own.
    Differ(Column, Column),
    /// `== null`
    Null(Term),
    /// `in` a list of texts that is part of the policies.
    Among(Term, Arc<BTreeSet<String>>),
    /// `in` a value of the row.
    Within(Box<[Term; 2]>),
    /// `contains`, `startsWith`, `endsWith`
    Text(TextTest, Box<[Term; 2]>),
    /// `matches`
    Matches(Term, Pattern),
    /// `exists`, `all`, `exists_one`
    Each(Quantifier, Term, Box<Predicate>),
    /// `op`
    Operation(BTreeSet<OperationKind>),
    /// `table`, as schema and name.
    Table(BTreeSet<String>),
    /// `tx.actor` is one of these accounts.
    Actor(BTreeSet<String>),
    /// `tx.actor == null`
    NoActor,
    /// What is known of the data subject as of the change.
    Subject(Trait),
    /// What the ledger says as of the end of the transaction.
    Later(Fact),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Relation {
    /// Whether it holds of two values in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Relation::Equal => order.is_eq(),
            Relation::Unequal => order.is_ne(),
            Relation::Less => order.is_lt(),
            Relation::AtMost => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::AtLeast => order.is_ge(),
        }
    }

    /// The same with the operands exchanged.
    pub(super) fn mirrored(self) -> Relation {
        match self {
            Relation::Less => Relation::Greater,
            Relation::AtMost => Relation::AtLeast,
            Relation::Greater => Relation::Less,
            Relation::AtLeast => Relation::AtMost,
            equal => equal,
        }
    }
}

/// How one text lies in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// Anywhere.
    Contains,
    /// At its beginning.
    StartsWith,
    /// At its end.
    EndsWith,
}

/// Of how many elements something must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Of one at least.
    Exists,
    /// Of each.
    All,
    /// Of exactly one.
    One,
}

/// A pattern that is matched in time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern(pub Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// What is known of the data subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// The row says about whom it is.
    Known,
    /// Processing of the person's data is restricted.
    Restricted,
    /// A child for whom nobody with parental responsibility is on record.
    UnguardedChild,
    /// The person was erased and has not been entered again.
    Erased,
}

/// A question to the ledger, about the end of the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Where the permission over a channel for a purpose stands: one of these words.
    Permission {
        /// Channel, by its name.
        channel: Term,
        /// Purpose of the register.
        purpose: Term,
        /// As `docs/policy.md` lists them.
        words: BTreeSet<String>,
    },
    /// Which bases are on record for a purpose: one of these words.
    Basis {
        /// Purpose of the register.
        purpose: Term,
        /// Names of bases, or `none`.
        words: BTreeSet<String>,
    },
    /// Whether any basis is on record.
    AnyBasis,
    /// How many changes the transaction has.
    Size(Relation, i64),
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Always the same.
    Constant(Constant),
    /// A column of the row.
    Column(Column),
    /// A member of an object.
    Member(Box<Term>, String),
    /// An element of a list or object, by its number or name.
    Element(Box<[Term; 2]>),
    /// The element that a quantifier looks at.
    Item,
    /// How long a text is, in characters, or how many elements a list has.
    Size(Box<Term>),
    /// A text in small letters (ASCII).
    Lower(Box<Term>),
    /// A number or text as another kind.
    Converted(Kind, Box<Term>),
    /// `+`, `-`, ...
    Arithmetic(Operator, Box<[Term; 2]>),
    /// `tx.at`
    CommitTime,
    /// Values side by side.
    List(Vec<Term>),
    /// One of two values.
    Choice(Box<Predicate>, Box<[Term; 2]>),
    /// Whether something holds, as a value.
    Truth(Box<Predicate>),
}

/// See [`Term::Arithmetic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// A value that is part of the expression.
#[derive(Clone, Debug)]
pub enum Constant {
    /// `true`
    Boolean(bool),
    /// `7`
    Integer(i64),
    /// `1.5`
    Number(f64),
    /// `'text'`
    Text(String),
    /// `timestamp('…')`: microseconds since 1970.
    Moment(i64),
    /// `duration('…')`: microseconds.
    Span(i64),
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        match (self, other) {
            (Constant::Boolean(a), Constant::Boolean(b)) => a == b,
            (Constant::Integer(a), Constant::Integer(b))
            | (Constant::Moment(a), Constant::Moment(b))
            | (Constant::Span(a), Constant::Span(b)) => a == b,
            (Constant::Number(a), Constant::Number(b)) => a.to_bits() == b.to_bits(),
            (Constant::Text(a), Constant::Text(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Constant {}
