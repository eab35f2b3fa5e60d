//! Values as they come out of PostgreSQL's texts.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::engine::nested;
use crate::model::TimeZone;
use crate::model::limits::EXPRESSION_ELEMENTS;
use crate::policy::expression::{Constant, Kind, Operator};

/// What an expression makes of a row.
#[derive(Clone, PartialEq)]
pub(super) enum Value<'a> {
    /// It cannot be told.
    Unknown,
    /// SQL null, JSON's null, or a member that is not there.
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(Cow<'a, str>),
    /// Microseconds since 1970.
    Moment(i64),
    /// Microseconds.
    Span(i64),
    List(Vec<Value<'a>>),
    Object(BTreeMap<String, Value<'a>>),
}

/// Digits of a decimal fraction that a double keeps (`DBL_DIG`).
const EXACT_DIGITS: usize = 15;

impl<'a> Value<'a> {
    /// Reads PostgreSQL's text, and on the wall of a time zone what has no offset of its own. What cannot be read
    /// cannot be told.
    pub fn read(text: &'a str, kind: &Kind, zone: &TimeZone) -> Value<'a> {
        let read = match kind {
            Kind::Text => Some(Value::Text(Cow::Borrowed(text))),
            Kind::Boolean => match text {
                "t" | "true" => Some(Value::Boolean(true)),
                "f" | "false" => Some(Value::Boolean(false)),
                _ => None,
            },
            Kind::Integer => text.parse().ok().map(Value::Integer),
            Kind::Number => number(text).map(Value::Number),
            Kind::Moment => zone.moments(text).map(|(first, _)| Value::Moment(first.0)),
            Kind::Any => serde_json::from_str(text).ok().map(from_json),
            Kind::List(of) => elements(text, of, zone).map(Value::List),
            Kind::Span => None,
        };
        read.unwrap_or(Value::Unknown)
    }

    /// A value of the expression itself.
    pub fn constant(constant: &'a Constant) -> Value<'a> {
        match constant {
            Constant::Boolean(value) => Value::Boolean(*value),
            Constant::Integer(value) => Value::Integer(*value),
            Constant::Number(value) => Value::Number(*value),
            Constant::Text(value) => Value::Text(Cow::Borrowed(value)),
            Constant::Moment(value) => Value::Moment(*value),
            Constant::Span(value) => Value::Span(*value),
        }
    }

    /// Whether it is known and not null.
    pub fn is_known(&self) -> bool {
        !matches!(self, Value::Unknown | Value::Null)
    }

    /// Which is more; `None` for what has no order, or not with each other.
    pub fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Integer(a), Value::Integer(b))
            | (Value::Moment(a), Value::Moment(b))
            | (Value::Span(a), Value::Span(b)) => Some(a.cmp(b)),
            (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
            (Value::Integer(a), Value::Number(b)) => order_of(*a, *b),
            (Value::Number(a), Value::Integer(b)) => order_of(*b, *a).map(Ordering::reverse),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Whether both are the same. Values of different kinds are not; null is told apart before.
    pub fn is(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::Null, Value::Null) => true,
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|((name, a), (other, b))| name == other && a.is(b))
            }
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// How long a text is in bytes, for what work on it costs.
    pub fn weight(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::List(list) => list.iter().map(Value::weight).sum::<usize>() + list.len(),
            Value::Object(map) => map.iter().map(|(name, value)| name.len() + value.weight()).sum(),
            _ => 1,
        }
    }
}

/// Calculates. What has no result, or none that can be held, cannot be told.
pub(super) fn calculate<'a>(operator: Operator, a: &Value<'_>, b: &Value<'_>) -> Value<'a> {
    use Operator::{Add, Divide, Multiply, Remainder, Subtract};
    let whole = |a: i64, b: i64| match operator {
        Add => a.checked_add(b),
        Subtract => a.checked_sub(b),
        Multiply => a.checked_mul(b),
        Divide => a.checked_div(b),
        Remainder => a.checked_rem(b),
    };
    let found = match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => whole(*a, *b).map(Value::Integer),
        (Value::Number(a), Value::Number(b)) => {
            let found = match operator {
                Add => a + b,
                Subtract => a - b,
                Multiply => a * b,
                Divide => a / b,
                Remainder => f64::NAN,
            };
            found.is_finite().then_some(Value::Number(found))
        }
        (Value::Moment(a), Value::Moment(b)) => whole(*a, *b).map(Value::Span),
        (Value::Moment(a), Value::Span(b)) | (Value::Span(a), Value::Moment(b)) => {
            whole(*a, *b).map(Value::Moment)
        }
        (Value::Span(a), Value::Span(b)) => whole(*a, *b).map(Value::Span),
        _ => None,
    };
    found.unwrap_or(Value::Unknown)
}

/// A whole number beside a double, without losing digits of either.
fn order_of(whole: i64, number: f64) -> Option<Ordering> {
    // Two to the power of 63, which is a double and no whole number of 64 bits.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if number.is_nan() {
        return None;
    }
    if number >= END {
        return Some(Ordering::Less);
    }
    if number < -END {
        return Some(Ordering::Greater);
    }
    let floor = number.floor();
    let order = whole.cmp(&(floor as i64));
    Some(if order.is_eq() && number > floor { Ordering::Less } else { order })
}

/// A decimal fraction, as far as a double holds it.
pub(super) fn number(text: &str) -> Option<f64> {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let digits = mantissa.trim_start_matches(['-', '+', '0', '.']).bytes();
    if digits.filter(u8::is_ascii_digit).count() > EXACT_DIGITS
        && !mantissa.trim_end_matches('0').is_empty()
        && significant(mantissa) > EXACT_DIGITS
    {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Digits between the first and the last that are not zero.
fn significant(mantissa: &str) -> usize {
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let first = digits.iter().position(|digit| *digit != b'0');
    let last = digits.iter().rposition(|digit| *digit != b'0');
    first.zip(last).map_or(0, |(first, last)| last - first + 1)
}

fn from_json<'a>(json: serde_json::Value) -> Value<'a> {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(value),
        Json::Number(value) => match (value.as_i64(), value.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(number)) => Value::Number(number),
            (None, None) => Value::Unknown,
        },
        Json::String(value) => Value::Text(Cow::Owned(value)),
        Json::Array(list) => Value::List(list.into_iter().map(from_json).collect()),
        Json::Object(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (name, from_json(value))).collect())
        }
    }
}

/// The elements of an array that are not null; `None` when there are too many or it is none.
fn elements<'a>(text: &str, of: &Kind, zone: &TimeZone) -> Option<Vec<Value<'a>>> {
    if !text.ends_with('}') {
        return None;
    }
    let mut found = Vec::new();
    nested::elements(text, &mut |element| {
        found.push(match Value::read(element, of, zone) {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Boolean(value) => Value::Boolean(value),
            Value::Integer(value) => Value::Integer(value),
            Value::Number(value) => Value::Number(value),
            Value::Moment(value) => Value::Moment(value),
            _ => Value::Unknown,
        });
        found.len() <= EXPRESSION_ELEMENTS
    });
    (found.len() <= EXPRESSION_ELEMENTS).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_what_the_rule_says_they_are() {
        let zone = TimeZone::default();
        let read = |text, kind: &str| Value::read(text, &Kind::of_type(kind).unwrap(), &zone);
        assert!(matches!(read("t", "boolean"), Value::Boolean(true)));
        assert!(matches!(read("-7", "bigint"), Value::Integer(-7)));
        assert!(matches!(read("0.10", "numeric"), Value::Number(it) if it == 0.1));
        assert!(matches!(read("2026-01-31", "date"), Value::Moment(1_769_817_600_000_000)));
        assert!(matches!(read("{a,\"b c\",NULL}", "text[]"), Value::List(it) if it.len() == 2));
        let json = read(r#"{"a": [1, {"b": null}]}"#, "jsonb");
        assert!(matches!(json, Value::Object(it) if it.len() == 1));
        let unreadable = [
            ("yes", "boolean"),
            ("7.5", "integer"),
            ("99999999999999999999", "integer"),
            ("NaN", "numeric"),
            ("12345678901234567.5", "numeric"),
            ("infinity", "timestamptz"),
            ("{a", "text[]"),
            ("{", "json"),
        ];
        for (text, kind) in unreadable {
            assert!(read(text, kind) == Value::Unknown, "{text} as {kind}");
        }
        assert!(read("{1,x}", "integer[]") == Value::List(vec![Value::Integer(1), Value::Unknown]));
    }

    #[test]
    fn numbers_of_both_kinds_are_compared_without_loss() {
        let order = |a, b: f64| Value::Integer(a).order(&Value::Number(b));
        assert_eq!(order(9_007_199_254_740_993, 9_007_199_254_740_992.0), Some(Ordering::Greater));
        assert_eq!(order(i64::MAX, 9.3e18), Some(Ordering::Less));
        assert_eq!(order(i64::MIN, -9.3e18), Some(Ordering::Greater));
        assert_eq!(order(-1, -0.5), Some(Ordering::Less));
        assert_eq!(order(2, 2.0), Some(Ordering::Equal));
    }

    #[test]
    fn a_result_that_cannot_be_held_cannot_be_told() {
        let all = [
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Remainder,
        ];
        let extremes = [i64::MIN, -1, 0, 1, i64::MAX];
        for operator in all {
            for a in extremes {
                for b in extremes {
                    calculate(operator, &Value::Integer(a), &Value::Integer(b));
                    calculate(operator, &Value::Moment(a), &Value::Span(b));
                }
            }
        }
        let none = calculate(Operator::Divide, &Value::Integer(1), &Value::Integer(0));
        assert!(none == Value::Unknown);
        let none = calculate(Operator::Divide, &Value::Number(1.0), &Value::Number(0.0));
        assert!(none == Value::Unknown);
    }
}
