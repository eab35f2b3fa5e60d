//! From text to what the `cel` crate read. Its hand-written parser is used, not the generated one:
//! that takes time and memory without bounds for some short texts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::parser::{Expression, PrattParser};

use super::{At, Wrong};
use crate::model::limits::{EXPRESSION_BYTES, EXPRESSION_DEPTH, EXPRESSION_NODES};

/// An expression as the `cel` crate read it.
#[derive(Clone)]
pub struct Parsed(pub(super) Expression);

/// Reads an expression.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse(text: &str) -> Result<Parsed, Wrong> {
    if text.len() > EXPRESSION_BYTES {
        let cause = format!("the expression has more than {EXPRESSION_BYTES} bytes");
        let help = "split it into several rules, or put values into a list";
        return Err(Wrong { at: At::Expression, cause, help: help.into() });
    }
    // The parser bounds how deep everything is nested but choices one after the other.
    if text.matches('?').count() > usize::from(EXPRESSION_DEPTH) {
        let cause = format!("the expression has more than {EXPRESSION_DEPTH} question marks");
        let help = "split it into several rules";
        return Err(Wrong { at: At::Expression, cause, help: help.into() });
    }
    let parser = PrattParser::new()
        .max_recursion_depth(EXPRESSION_DEPTH)
        .max_expression_node_count(EXPRESSION_NODES)
        .error_reporting_limit(1);
    // What the parser cannot cope with is a fault of the document, whatever it does.
    let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse(text)));
    let help = || "see docs/policy.md, Own rules, for what an expression may say".to_owned();
    match parsed {
        Ok(Ok(expression)) => Ok(Parsed(expression)),
        Ok(Err(errors)) => {
            let first = errors.errors.first();
            let at = first.map_or(At::Expression, |error| place(error.pos));
            let cause = first.map_or("it cannot be read", |error| error.msg.as_str());
            Err(Wrong { at, cause: format!("this is not CEL: {cause}"), help: help() })
        }
        Err(_) => {
            let cause = "this is not CEL: it cannot be read".to_owned();
            Err(Wrong { at: At::Expression, cause, help: help() })
        }
    }
}

fn place((line, column): (isize, isize)) -> At {
    match (usize::try_from(line), usize::try_from(column)) {
        (Ok(line @ 1..), Ok(column @ 1..)) => At::Place(line, column),
        _ => At::Expression,
    }
}
