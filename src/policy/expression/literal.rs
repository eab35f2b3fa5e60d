//! Patterns, moments and durations that are written out in an expression.

use cel::common::ast::{Expr, LiteralValue};
use cel::parser::Expression;
use regex::RegexBuilder;

use super::check::{word, wrong};
use super::{At, Constant, Kind, Pattern, Term, Wrong};
use crate::model::Timestamp;
use crate::model::limits::PATTERN_BYTES;

/// A pattern, without what would take time beyond measure.
pub(super) fn pattern(text: &str) -> Result<Pattern, Wrong> {
    let compiled = RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
    compiled.map(Pattern).or_else(|error| match error {
        regex::Error::CompiledTooBig(_) => wrong(
            word(text),
            format!("the pattern takes more than {PATTERN_BYTES} bytes of memory"),
            "repeat less: `{1,1000}` and classes of all letters take most".to_owned(),
        ),
        error => wrong(
            word(text),
            format!("the pattern cannot be used: {}", last_line(&error.to_string())),
            "write a pattern as RE2 has them; it knows neither look-around nor back-references"
                .to_owned(),
        ),
    })
}

/// What is wrong, without the picture of where.
fn last_line(said: &str) -> &str {
    let line = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or(said);
    line.trim().trim_start_matches("error: ")
}

/// `timestamp('2026-01-31T12:00:00Z')`
pub(super) fn moment(of: &Expression) -> Result<(Term, Kind), Wrong> {
    let help = "write timestamp('2026-01-31T12:00:00Z')";
    let parsed = text(of).and_then(Timestamp::parse);
    match parsed {
        Some(moment) => Ok((Term::Constant(Constant::Moment(moment.0)), Kind::Moment)),
        None => wrong(at(of), "this is not a moment that is written out", help),
    }
}

/// `duration('1h30m')`
pub(super) fn span(of: &Expression) -> Result<(Term, Kind), Wrong> {
    let help = "write a duration as in duration('72h'), with the units h, m, s and ms";
    match text(of).and_then(microseconds) {
        Some(span) => Ok((Term::Constant(Constant::Span(span)), Kind::Span)),
        None => wrong(at(of), "this is not a duration that is written out", help),
    }
}

fn text(of: &Expression) -> Option<&str> {
    match &of.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn at(of: &Expression) -> At {
    text(of).map_or(At::Expression, word)
}

/// Whole numbers with units, the largest unit first or not.
fn microseconds(text: &str) -> Option<i64> {
    let (negative, mut left) = match text.strip_prefix('-') {
        Some(left) => (true, left),
        None => (false, text),
    };
    if left.is_empty() {
        return None;
    }
    let units = [("ms", 1_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)];
    let mut sum: i64 = 0;
    while !left.is_empty() {
        let digits = left.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = left.get(..digits)?.parse().ok()?;
        left = &left[digits..];
        let (unit, factor) = units.iter().find(|(unit, _)| left.starts_with(unit))?;
        left = &left[unit.len()..];
        sum = sum.checked_add(number.checked_mul(*factor)?)?;
    }
    Some(if negative { -sum } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_units() {
        assert_eq!(microseconds("1h30m"), Some(5_400_000_000));
        assert_eq!(microseconds("-10s"), Some(-10_000_000));
        assert_eq!(microseconds("500ms"), Some(500_000));
        for wrong in ["", "-", "1", "h", "1d", "1.5h", "99999999999999h"] {
            assert_eq!(microseconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_pattern_that_takes_too_much_is_refused() {
        assert!(pattern("^[a-z]+$").is_ok());
        assert!(pattern("(a{1000}){1000}").is_err());
        assert!(pattern("(").is_err());
    }
}
