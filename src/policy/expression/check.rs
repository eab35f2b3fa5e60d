//! Every name is known and every operator fits its operands, before the first row is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cel::common::ast::{ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};
use cel::parser::Expression;

use super::compare::mismatch;
use super::{
    At, Column, Constant, Fact, Kind, Parsed, Predicate, Quantifier, Relation, Side, Term,
    TextTest, Trait, Wrong,
};
use crate::model::TableName;
use crate::model::limits::{EXPRESSION_DEPTH, EXPRESSION_NODES};
use crate::policy::document::suggestion;

/// The relations by the names that the parser gives their operators.
const RELATIONS: [(&str, Relation); 6] = [
    (operators::EQUALS, Relation::Equal),
    (operators::NOT_EQUALS, Relation::Unequal),
    (operators::LESS, Relation::Less),
    (operators::LESS_EQUALS, Relation::AtMost),
    (operators::GREATER, Relation::Greater),
    (operators::GREATER_EQUALS, Relation::AtLeast),
];

const TEXT_TESTS: [(&str, TextTest); 3] = [
    ("contains", TextTest::Contains),
    ("startsWith", TextTest::StartsWith),
    ("endsWith", TextTest::EndsWith),
];

const TRAITS: [(&str, Trait); 4] = [
    ("known", Trait::Known),
    ("restricted", Trait::Restricted),
    ("unguarded_child", Trait::UnguardedChild),
    ("erased", Trait::Erased),
];

/// Everything that has a name of its own.
const VARIABLES: [&str; 7] = ["old", "new", "op", "table", "tx", "subject", "lists"];

/// What an expression may speak of.
pub struct Scope<'a> {
    /// The rule's tables; whether their rows are about people, and whether it is known of these who
    /// is a child without a guardian.
    pub tables: BTreeMap<TableName, (bool, bool)>,
    /// The columns that are known, and what they hold.
    pub columns: BTreeMap<String, Kind>,
    /// Named expressions.
    pub macros: BTreeMap<String, Parsed>,
    /// Lists by name.
    pub lists: &'a BTreeMap<String, Arc<BTreeSet<String>>>,
    /// Purposes of the register.
    pub purposes: BTreeSet<String>,
}

impl Scope<'_> {
    pub(super) fn table_names(&self) -> Vec<String> {
        self.tables.keys().map(TableName::to_string).collect()
    }

    /// A table whose rows are about nobody.
    pub(super) fn about_nobody(&self) -> Option<&TableName> {
        self.tables.iter().find(|(_, (about, _))| !about).map(|(name, _)| name)
    }
}

/// Turns what was read into a condition.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn compile(parsed: &Parsed, scope: &Scope<'_>) -> Result<Predicate, Wrong> {
    let mut checker =
        Checker { scope, item: None, within: Vec::new(), depth: 0, nodes: 0, value: 0 };
    checker.predicate(&parsed.0)
}

/// Whether an expression means something, as a condition or as a value.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(parsed: &Parsed, scope: &Scope<'_>) -> Result<(), Wrong> {
    let checker =
        || Checker { scope, item: None, within: Vec::new(), depth: 0, nodes: 0, value: 0 };
    checker().term(&parsed.0).map(drop).or_else(|_| checker().predicate(&parsed.0).map(drop))
}

pub(super) struct Checker<'a> {
    pub(super) scope: &'a Scope<'a>,
    /// The variable of the quantifier in progress, and what it holds.
    item: Option<(String, Kind)>,
    /// The macros in progress.
    within: Vec<String>,
    depth: u16,
    nodes: usize,
    /// How many values that depend on a truth are in progress.
    value: usize,
}

pub(super) fn wrong<T>(
    at: At,
    cause: impl Into<String>,
    help: impl Into<String>,
) -> Result<T, Wrong> {
    Err(Wrong { at, cause: cause.into(), help: help.into() })
}

impl Checker<'_> {
    /// An expression of which it can be said whether it holds.
    pub(super) fn predicate(&mut self, expression: &Expression) -> Result<Predicate, Wrong> {
        self.deeper(|checker| checker.predicate_of(expression))
    }

    /// Counts what is looked at and how deep, so that neither the stack nor the work is without bound.
    pub(super) fn deeper<T>(
        &mut self,
        look: impl FnOnce(&mut Self) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        self.nodes += 1;
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH || self.nodes > EXPRESSION_NODES {
            let cause = format!(
                "the expression has more than {EXPRESSION_NODES} parts or is nested deeper than \
                 {EXPRESSION_DEPTH}, macros included"
            );
            return wrong(At::Expression, cause, "split it into several rules, or use a list");
        }
        let found = look(self);
        self.depth -= 1;
        found
    }

    fn predicate_of(&mut self, expression: &Expression) -> Result<Predicate, Wrong> {
        match &expression.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => {
                return Ok(Predicate::Constant(*value.inner()));
            }
            Expr::Ident(name) if self.is_macro(name) => {
                return self.expanded(name, |checker, parsed| checker.predicate(&parsed.0));
            }
            Expr::Select(select) if select.test => return self.present(select),
            Expr::Select(select) => {
                if let Some(found) = self.subject(select)? {
                    return Ok(found);
                }
            }
            Expr::Comprehension(each) => return self.each(each),
            Expr::Call(call) => {
                if let Some(found) =
                    self.operation(&call.func_name, call.target.as_deref(), &call.args)?
                {
                    return Ok(found);
                }
            }
            _ => {}
        }
        let (term, kind) = self.term(expression)?;
        match kind {
            Kind::Boolean | Kind::Any => Ok(Predicate::Holds(term)),
            other => wrong(
                self.at(expression),
                format!("a condition is true or false, and this is {}", other.name()),
                "compare it with something",
            ),
        }
    }

    /// What an operator or function says that holds or does not.
    fn operation(
        &mut self,
        name: &str,
        target: Option<&Expression>,
        arguments: &[Expression],
    ) -> Result<Option<Predicate>, Wrong> {
        if let Some((_, relation)) = RELATIONS.iter().find(|(operator, _)| *operator == name) {
            let [left, right] = self.arguments(name, arguments)?;
            return self.compare(*relation, left, right).map(Some);
        }
        if let Some((_, test)) = TEXT_TESTS.iter().find(|(function, _)| *function == name) {
            let (Some(text), [part]) = (target, arguments) else {
                return wrong(
                    word(name),
                    format!("`{name}` is asked of a text"),
                    "write text.contains('part')",
                );
            };
            let (text, part) = (self.text(text)?, self.text(part)?);
            return Ok(Some(Predicate::Text(*test, Box::new([text, part]))));
        }
        Ok(Some(match name {
            operators::LOGICAL_AND => Predicate::All(self.parts(name, arguments)?),
            operators::LOGICAL_OR => Predicate::Any(self.parts(name, arguments)?),
            operators::LOGICAL_NOT => {
                let [of] = self.arguments(name, arguments)?;
                Predicate::Not(Box::new(self.predicate(of)?))
            }
            operators::IN => {
                let [item, list] = self.arguments(name, arguments)?;
                self.membership(item, list)?
            }
            "matches" => self.matches(target, arguments)?,
            _ => return Ok(None),
        }))
    }

    /// The operands of a chain, flattened.
    fn parts(&mut self, name: &str, arguments: &[Expression]) -> Result<Vec<Predicate>, Wrong> {
        let mut parts = Vec::new();
        for argument in arguments {
            match (self.predicate(argument)?, name) {
                (Predicate::All(inner), operators::LOGICAL_AND)
                | (Predicate::Any(inner), operators::LOGICAL_OR) => parts.extend(inner),
                (other, _) => parts.push(other),
            }
        }
        Ok(parts)
    }

    /// `has(…)`: whether something is there and not null.
    fn present(&mut self, select: &SelectExpr) -> Result<Predicate, Wrong> {
        if is(&select.operand, "tx") && select.field == "actor" {
            return Ok(Predicate::Not(Box::new(Predicate::NoActor)));
        }
        let (term, _) = self.selected(&select.operand, &select.field)?;
        Ok(Predicate::Not(Box::new(Predicate::Null(term))))
    }

    /// `subject.…`
    fn subject(&mut self, select: &SelectExpr) -> Result<Option<Predicate>, Wrong> {
        if !is(&select.operand, "subject") {
            return Ok(None);
        }
        self.about_people("subject")?;
        if select.field == "has_basis" {
            self.later("has_basis")?;
            return Ok(Some(Predicate::Later(Fact::AnyBasis)));
        }
        let found = TRAITS.iter().find(|(name, _)| *name == select.field).map(|(_, it)| *it);
        let Some(found) = found else {
            let mut known = TRAITS.map(|(name, _)| name).to_vec();
            known.push("has_basis");
            let cause = format!("unknown word `{}` of subject", select.field);
            return wrong(word(&select.field), cause, suggestion::among(&select.field, &known));
        };
        if found == Trait::UnguardedChild
            && let Some((table, _)) = self.scope.tables.iter().find(|(_, (_, children))| !children)
        {
            return wrong(
                word(&select.field),
                format!("of whom {table} is about it is not known who is a child"),
                "add `child` to the people's table in the pack, or leave this out",
            );
        }
        Ok(Some(Predicate::Subject(found)))
    }

    /// `exists`, `all` and `exists_one`, by the shape that the parser gives them.
    fn each(&mut self, each: &ComprehensionExpr) -> Result<Predicate, Wrong> {
        if self.item.is_some() {
            let help = "write a rule for each, or look at one list only";
            return wrong(word(&each.iter_var), "one list is looked at within another", help);
        }
        let Expr::Call(step) = &each.loop_step.expr else {
            return unoffered(&each.iter_var);
        };
        let (quantifier, body) = match (step.func_name.as_str(), step.args.as_slice()) {
            (operators::LOGICAL_OR, [_, body]) => (Quantifier::Exists, body),
            (operators::LOGICAL_AND, [_, body]) => (Quantifier::All, body),
            (operators::CONDITIONAL, [body, counted, _])
                if matches!(each.accu_init.expr, Expr::Literal(LiteralValue::Int(_)))
                    && matches!(counted.expr, Expr::Call(_)) =>
            {
                (Quantifier::One, body)
            }
            _ => return unoffered(&each.iter_var),
        };
        let (list, kind) = self.term(&each.iter_range)?;
        let of = match kind {
            Kind::List(of) => *of,
            Kind::Any => Kind::Any,
            other => {
                let cause =
                    format!("the elements of a list are looked at, and this is {}", other.name());
                return wrong(
                    self.at(&each.iter_range),
                    cause,
                    "name a column that holds an array or JSON",
                );
            }
        };
        if VARIABLES.contains(&each.iter_var.as_str()) || self.is_macro(&each.iter_var) {
            return wrong(
                word(&each.iter_var),
                "the name is taken",
                "choose another name for the element",
            );
        }
        self.item = Some((each.iter_var.clone(), of));
        let body = self.predicate(body);
        self.item = None;
        Ok(Predicate::Each(quantifier, list, Box::new(body?)))
    }

    /// What waits for the end of the transaction can be no part of a value, nor asked of each element.
    pub(super) fn later(&self, what: &str) -> Result<(), Wrong> {
        if self.value == 0 && self.item.is_none() {
            return Ok(());
        }
        let help = "join it to the rest with && or ||";
        wrong(
            word(what),
            format!("`{what}` is known when the transaction ends, and is no part of a value"),
            help,
        )
    }

    /// A truth that is part of a value.
    pub(super) fn truth(&mut self, expression: &Expression) -> Result<Predicate, Wrong> {
        self.value += 1;
        let found = self.predicate(expression);
        self.value -= 1;
        found
    }

    pub(super) fn item(&self, name: &str) -> Option<Kind> {
        self.item.as_ref().filter(|(item, _)| item == name).map(|(_, kind)| kind.clone())
    }

    pub(super) fn is_macro(&self, name: &str) -> bool {
        self.item(name).is_none() && self.scope.macros.contains_key(name)
    }

    /// A macro stands for its expression, in which the element of a quantifier is not known.
    pub(super) fn expanded<T>(
        &mut self,
        name: &str,
        look: impl FnOnce(&mut Self, &Parsed) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        if self.within.iter().any(|it| it == name) {
            return wrong(
                word(name),
                format!("the macro `{name}` stands for itself"),
                "write it out",
            );
        }
        let scope = self.scope;
        let Some(parsed) = scope.macros.get(name) else {
            return wrong(
                word(name),
                format!("unknown macro `{name}`"),
                "define it under `macros`",
            );
        };
        self.within.push(name.to_owned());
        let found = look(self, parsed);
        self.within.pop();
        found
    }

    /// So many operands.
    pub(super) fn arguments<'e, const N: usize>(
        &self,
        name: &str,
        arguments: &'e [Expression],
    ) -> Result<[&'e Expression; N], Wrong> {
        let given: Vec<&Expression> = arguments.iter().collect();
        let count = given.len();
        given.try_into().map_err(|_| Wrong {
            at: word(name),
            cause: format!("`{name}` takes {N} values, and these are {count}"),
            help: "see docs/policy.md, Own rules".into(),
        })
    }

    pub(super) fn text(&mut self, expression: &Expression) -> Result<Term, Wrong> {
        let (term, kind) = self.term(expression)?;
        match kind {
            Kind::Text | Kind::Any => Ok(term),
            other => wrong(
                self.at(expression),
                format!("a text is expected, and this is {}", other.name()),
                mismatch(&other, &Kind::Text),
            ),
        }
    }

    /// Where an expression stands, as far as a word of it tells.
    pub(super) fn at(&self, expression: &Expression) -> At {
        match &expression.expr {
            Expr::Ident(name) => word(name),
            Expr::Select(select) => word(&select.field),
            Expr::Call(call) => match (&call.target, call.args.first()) {
                (Some(target), _) => self.at(target),
                (None, Some(first)) => self.at(first),
                (None, None) => word(&call.func_name),
            },
            Expr::Literal(LiteralValue::String(text)) => word(text.inner()),
            _ => At::Expression,
        }
    }
}

pub(super) fn word(name: &str) -> At {
    At::Word(name.to_owned())
}

pub(super) fn is(expression: &Expression, variable: &str) -> bool {
    matches!(&expression.expr, Expr::Ident(name) if name == variable)
}

fn unoffered<T>(variable: &str) -> Result<T, Wrong> {
    let help = "ask with exists, all or exists_one: a rule makes no lists";
    wrong(word(variable), "`map` and `filter` are not offered", help)
}

/// A column of one version of the row.
pub(super) fn column(scope: &Scope<'_>, side: Side, name: &str) -> Result<(Term, Kind), Wrong> {
    let Some(kind) = scope.columns.get(name) else {
        let known: Vec<&str> = scope.columns.keys().map(String::as_str).collect();
        let help = format!(
            "{}; a column that the pack does not know is declared under `columns`",
            suggestion::among(name, &known)
        );
        return wrong(word(name), format!("unknown column `{name}`"), help);
    };
    let column = Column { side, name: name.to_owned(), kind: kind.clone() };
    Ok((Term::Column(column), kind.clone()))
}

/// The variables, for whoever wrote another.
pub(super) fn unknown_variable<T>(name: &str, scope: &Scope<'_>) -> Result<T, Wrong> {
    let mut known = VARIABLES.to_vec();
    known.extend(scope.macros.keys().map(String::as_str));
    wrong(word(name), format!("unknown name `{name}`"), suggestion::among(name, &known))
}

/// A number that is written out.
pub(super) fn integer(number: i64) -> (Term, Kind) {
    (Term::Constant(Constant::Integer(number)), Kind::Integer)
}
