//! Values: columns, literals, arithmetic, functions.

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;

use super::check::{Checker, column, integer, is, unknown_variable, word, wrong};
use super::compare::comparable;
use super::{At, Constant, Kind, Operator, Side, Term, Wrong, literal};
use crate::policy::document::suggestion;

const OPERATORS: [(&str, Operator); 5] = [
    (operators::ADD, Operator::Add),
    (operators::SUBSTRACT, Operator::Subtract),
    (operators::MULTIPLY, Operator::Multiply),
    (operators::DIVIDE, Operator::Divide),
    (operators::MODULO, Operator::Remainder),
];

/// What may be called beside the operators.
const FUNCTIONS: [&str; 14] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "lowerAscii",
    "has",
    "exists",
    "all",
    "exists_one",
    "permission",
    "basis",
    "timestamp",
    "duration",
];

impl Checker<'_> {
    /// An expression as a value, with what it holds.
    pub(super) fn term(&mut self, expression: &Expression) -> Result<(Term, Kind), Wrong> {
        self.deeper(|checker| checker.term_of(expression))
    }

    fn term_of(&mut self, expression: &Expression) -> Result<(Term, Kind), Wrong> {
        match &expression.expr {
            Expr::Literal(value) => constant(value),
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) if select.test => self.truth_of(expression),
            Expr::Select(select) => match is(&select.operand, "subject") {
                true => self.truth_of(expression),
                false => self.selected(&select.operand, &select.field),
            },
            Expr::Comprehension(_) => self.truth_of(expression),
            Expr::List(list) => self.list(&list.elements),
            Expr::Call(call) => self.call(call, expression),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => wrong(
                At::Expression,
                "objects are not made here",
                "compare members of the row's JSON one by one",
            ),
        }
    }

    fn truth_of(&mut self, expression: &Expression) -> Result<(Term, Kind), Wrong> {
        let truth = self.truth(expression)?;
        Ok((Term::Truth(Box::new(truth)), Kind::Boolean))
    }

    fn variable(&mut self, name: &str) -> Result<(Term, Kind), Wrong> {
        if let Some(kind) = self.item(name) {
            return Ok((Term::Item, kind));
        }
        if self.is_macro(name) {
            return self.expanded(name, |checker, parsed| checker.term(&parsed.0));
        }
        match name {
            "op" | "table" => wrong(
                word(name),
                format!("`{name}` is compared as a whole"),
                "use ==, != or in with words that are written out",
            ),
            "old" | "new" | "tx" | "subject" | "lists" => wrong(
                word(name),
                format!("`{name}` is no value by itself"),
                "name what it holds, as in new.status, tx.at, subject.restricted",
            ),
            other => unknown_variable(other, self.scope),
        }
    }

    /// `operand.field`
    pub(super) fn selected(
        &mut self,
        operand: &Expression,
        field: &str,
    ) -> Result<(Term, Kind), Wrong> {
        if let Some(side) = side(operand) {
            return column(self.scope, side, field);
        }
        if is(operand, "tx") {
            return match field {
                "at" => Ok((Term::CommitTime, Kind::Moment)),
                "actor" | "size" => wrong(
                    word(field),
                    format!("tx.{field} is compared as a whole"),
                    "write tx.actor in ['svc.import'] or tx.size > 100",
                ),
                other => wrong(
                    word(other),
                    format!("unknown word `{other}` of tx"),
                    suggestion::among(other, &["at", "actor", "size"]),
                ),
            };
        }
        if is(operand, "lists") {
            return wrong(
                word(field),
                "a list is asked with `in`",
                format!("write in lists.{field}"),
            );
        }
        let (of, kind) = self.term(operand)?;
        match kind {
            Kind::Any => Ok((Term::Member(Box::new(of), field.to_owned()), Kind::Any)),
            other => wrong(
                word(field),
                format!("{} has no member `{field}`", other.name()),
                "only JSON has members: declare the column as json under `columns`",
            ),
        }
    }

    fn list(&mut self, elements: &[Expression]) -> Result<(Term, Kind), Wrong> {
        let mut terms = Vec::new();
        let mut of: Option<Kind> = None;
        for element in elements {
            let (term, kind) = self.term(element)?;
            if of.as_ref().is_some_and(|of| !comparable(of, &kind)) {
                return wrong(self.at(element), "the list mixes kinds of values", "write one kind");
            }
            of.get_or_insert(kind);
            terms.push(term);
        }
        match of {
            Some(of) => Ok((Term::List(terms), Kind::List(Box::new(of)))),
            None => wrong(At::Expression, "the list is empty", "name at least one value"),
        }
    }

    fn call(&mut self, call: &CallExpr, whole: &Expression) -> Result<(Term, Kind), Wrong> {
        let name = call.func_name.as_str();
        if self.word(whole)?.is_some() {
            return wrong(
                word(name),
                format!("{name}(…) is compared as a whole"),
                "use ==, != or in with words that are written out",
            );
        }
        if let Some((_, operator)) = OPERATORS.iter().find(|(it, _)| *it == name) {
            return self.arithmetic(*operator, call);
        }
        let operands: Vec<&Expression> =
            call.target.as_deref().into_iter().chain(&call.args).collect();
        match (name, operands.as_slice()) {
            ("size", [of]) => self.size(of),
            ("lowerAscii", [of]) => match self.term(of)? {
                (term, Kind::Text | Kind::Any) => Ok((Term::Lower(Box::new(term)), Kind::Text)),
                (_, other) => wrong(
                    self.at(of),
                    format!("a text is expected, and this is {}", other.name()),
                    "name a text",
                ),
            },
            ("int", [of]) => self.converted(Kind::Integer, of),
            ("double", [of]) => self.converted(Kind::Number, of),
            ("timestamp", [of]) => literal::moment(of),
            ("duration", [of]) => literal::span(of),
            (operators::NEGATE, [of]) => self.negative(of),
            (operators::INDEX, [of, index]) => self.element(of, index),
            (operators::CONDITIONAL, [condition, one, other]) => self.choice(condition, one, other),
            _ if is_truth(name) => self.truth_of(whole),
            (name, _) if FUNCTIONS.contains(&name) => wrong(
                word(name),
                format!("`{name}` takes other values"),
                "see docs/policy.md, Own rules",
            ),
            (name, _) => {
                let shown = name.trim_matches(['_', '@']);
                let help = suggestion::among(shown, &FUNCTIONS);
                wrong(word(shown), format!("unknown function `{shown}`"), help)
            }
        }
    }

    fn size(&mut self, of: &Expression) -> Result<(Term, Kind), Wrong> {
        let (term, kind) = self.term(of)?;
        match kind {
            Kind::Text | Kind::List(_) | Kind::Any => {
                Ok((Term::Size(Box::new(term)), Kind::Integer))
            }
            other => {
                let cause = format!("{} has no size", other.name());
                wrong(self.at(of), cause, "ask for the size of a text, a list or JSON")
            }
        }
    }

    fn converted(&mut self, to: Kind, of: &Expression) -> Result<(Term, Kind), Wrong> {
        let (term, kind) = self.term(of)?;
        match kind {
            Kind::Text | Kind::Integer | Kind::Number | Kind::Any => {
                Ok((Term::Converted(to.clone(), Box::new(term)), to))
            }
            other => {
                let cause = format!("{} is no {}", other.name(), to.name());
                wrong(self.at(of), cause, "convert a text or number")
            }
        }
    }

    fn negative(&mut self, of: &Expression) -> Result<(Term, Kind), Wrong> {
        let (term, kind) = self.term(of)?;
        let zero = match kind {
            Kind::Integer => integer(0).0,
            Kind::Number => Term::Constant(Constant::Number(0.0)),
            other => {
                return wrong(
                    self.at(of),
                    format!("{} has no negative", other.name()),
                    "name a number",
                );
            }
        };
        Ok((Term::Arithmetic(Operator::Subtract, Box::new([zero, term])), kind))
    }

    fn element(&mut self, of: &Expression, index: &Expression) -> Result<(Term, Kind), Wrong> {
        let named = match &index.expr {
            Expr::Literal(LiteralValue::String(name)) => Some(name.inner()),
            _ => None,
        };
        if let (Some(side), Some(name)) = (side(of), named) {
            return column(self.scope, side, name);
        }
        let ((list, kind), (index, index_kind)) = (self.term(of)?, self.term(index)?);
        let found = match (kind, index_kind) {
            (Kind::List(of), Kind::Integer | Kind::Any) => *of,
            (Kind::Any, Kind::Integer | Kind::Text | Kind::Any) => Kind::Any,
            (kind, index) => {
                let cause = format!("{} has no elements by {}", kind.name(), index.name());
                return wrong(self.at(of), cause, "lists have numbers, JSON objects names");
            }
        };
        Ok((Term::Element(Box::new([list, index])), found))
    }

    fn choice(
        &mut self,
        condition: &Expression,
        one: &Expression,
        other: &Expression,
    ) -> Result<(Term, Kind), Wrong> {
        let condition = self.truth(condition)?;
        let ((one, kind), (other, other_kind)) = (self.term(one)?, self.term(other)?);
        if !comparable(&kind, &other_kind) {
            let cause = format!("one is {}, the other {}", kind.name(), other_kind.name());
            return wrong(word("?"), cause, "give both the same kind");
        }
        let kind = if kind == other_kind { kind } else { Kind::Any };
        Ok((Term::Choice(Box::new(condition), Box::new([one, other])), kind))
    }

    fn arithmetic(&mut self, operator: Operator, call: &CallExpr) -> Result<(Term, Kind), Wrong> {
        let [left, right] = self.arguments(&call.func_name, &call.args)?;
        let ((a, left_kind), (b, right_kind)) = (self.term(left)?, self.term(right)?);
        use Operator::{Add, Remainder, Subtract};
        let kind = match (&left_kind, operator, &right_kind) {
            (Kind::Integer, _, Kind::Integer) => Kind::Integer,
            (Kind::Number, Remainder, Kind::Number) => {
                return wrong(self.at(left), "`%` is of whole numbers", "use int(…)");
            }
            (Kind::Number, _, Kind::Number) => Kind::Number,
            (Kind::Moment, Subtract, Kind::Moment) => Kind::Span,
            (Kind::Moment, Add | Subtract, Kind::Span) | (Kind::Span, Add, Kind::Moment) => {
                Kind::Moment
            }
            (Kind::Span, Add | Subtract, Kind::Span) => Kind::Span,
            (Kind::Any, Add | Subtract, Kind::Any | Kind::Integer | Kind::Number)
            | (Kind::Integer | Kind::Number, Add | Subtract, Kind::Any) => Kind::Any,
            (left_kind, _, right_kind) => {
                let cause = format!(
                    "{} and {} cannot be calculated with",
                    left_kind.name(),
                    right_kind.name()
                );
                let help = "calculate with two ints, two doubles, or timestamps and durations; \
                            int(…) and double(…) convert";
                return wrong(self.at(left), cause, help);
            }
        };
        Ok((Term::Arithmetic(operator, Box::new([a, b])), kind))
    }
}

/// `old` or `new`.
fn side(expression: &Expression) -> Option<Side> {
    match () {
        () if is(expression, "old") => Some(Side::Old),
        () if is(expression, "new") => Some(Side::New),
        () => None,
    }
}

/// Whether what is called says that something holds or does not.
fn is_truth(name: &str) -> bool {
    matches!(
        name,
        operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS
            | operators::LOGICAL_AND
            | operators::LOGICAL_OR
            | operators::LOGICAL_NOT
            | operators::IN
            | "contains"
            | "startsWith"
            | "endsWith"
            | "matches"
    )
}

fn constant(value: &LiteralValue) -> Result<(Term, Kind), Wrong> {
    let (constant, kind) = match value {
        LiteralValue::Boolean(value) => (Constant::Boolean(*value.inner()), Kind::Boolean),
        LiteralValue::Int(value) => return Ok(integer(*value.inner())),
        LiteralValue::Double(value) if value.inner().is_finite() => {
            (Constant::Number(*value.inner()), Kind::Number)
        }
        LiteralValue::String(value) => (Constant::Text(value.inner().to_owned()), Kind::Text),
        LiteralValue::Null => {
            return wrong(word("null"), "null is no value", "use == null, != null or has(…)");
        }
        LiteralValue::Double(_) | LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
            let help = "write an int, a double or a text";
            return wrong(At::Expression, "no column holds such a value", help);
        }
    };
    Ok((Term::Constant(constant), kind))
}
