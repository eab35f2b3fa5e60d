//! Times as a journal writes them: in full, as a time of day, or as a step from the last one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Timestamp;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 3600 * SECOND;

/// A time, possibly relative to the last one that the journal named. In microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// `2026-01-31T12:00:00Z`.
    At(Timestamp),
    /// `12:00` or `12:00:30`: on the day of the last time, UTC.
    OfDay(i64),
    /// `+90s`, `+5m`, `+2h`, `+30d`: after the last time.
    After(i64),
}

impl Moment {
    /// The moment itself; `None` when it lies beyond the years that can be written.
    pub(super) fn resolve(self, last: Timestamp) -> Option<Timestamp> {
        let microseconds = match self {
            Moment::At(time) => time.0,
            Moment::OfDay(time) => last.0.checked_sub(last.0.rem_euclid(DAY))?.checked_add(time)?,
            Moment::After(step) => last.0.checked_add(step)?,
        };
        let writable = jiff::Timestamp::from_microsecond(microseconds).is_ok();
        writable.then_some(Timestamp(microseconds))
    }

    fn parse(text: &str) -> Option<Self> {
        if let Some(step) = text.strip_prefix('+') {
            return after(step).map(Moment::After);
        }
        let full = || Timestamp::parse(text).map(Moment::At);
        of_day(text).map(Moment::OfDay).or_else(full)
    }
}

fn after(step: &str) -> Option<i64> {
    let (digits, unit) = step.split_at_checked(step.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => DAY,
        _ => return None,
    };
    number(digits)?.checked_mul(unit)
}

fn of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| number(part).filter(|_| part.len() == 2));
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let on_the_clock = hours < 24 && minutes < 60 && seconds < 60 && parts.next().is_none();
    on_the_clock.then_some((hours * 3600 + minutes * 60 + seconds) * SECOND)
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Moment::At(time) => serializer.collect_str(time),
            Moment::OfDay(_) | Moment::After(_) => {
                Err(serde::ser::Error::custom("a journal is written with times in full"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Moment::parse(&text).ok_or_else(|| {
            serde::de::Error::custom("a time is 2026-01-31T12:00:00Z, 12:00, 12:00:30, +90s or +5m")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Option<String> {
        let last = Timestamp::parse("2026-01-31T10:30:00Z").unwrap();
        Some(Moment::parse(text)?.resolve(last)?.to_string())
    }

    #[test]
    fn times_are_absolute_of_the_day_or_after_the_last() {
        for (text, expected) in [
            ("2026-02-01T00:00:00.5Z", "2026-02-01T00:00:00.5Z"),
            ("2026-02-01 01:00:00+01", "2026-02-01T00:00:00Z"),
            ("09:15", "2026-01-31T09:15:00Z"),
            ("23:59:59", "2026-01-31T23:59:59Z"),
            ("+90s", "2026-01-31T10:31:30Z"),
            ("+5m", "2026-01-31T10:35:00Z"),
            ("+2h", "2026-01-31T12:30:00Z"),
            ("+30d", "2026-03-02T10:30:00Z"),
        ] {
            assert_eq!(resolved(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in ["", "+", "+5", "+m", "+5w", "+-5m", "++5m", "24:00", "12:60", "9:00", "12:00:"]
        {
            assert_eq!(resolved(text), None, "{text}");
        }
        for text in
            ["12:00:00:00", "noon", "+9223372036854775807d", "+9000000000000s", "+é", "1é:00"]
        {
            assert_eq!(resolved(text), None, "{text}");
        }
    }
}
