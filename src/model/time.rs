//! Stream time: when the server says something happened. Never a clock of our own.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Microseconds from the Unix epoch to PostgreSQL's epoch, 2000-01-01 00:00:00 UTC.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// A moment in microseconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From the replication protocol's microseconds since 2000-01-01 UTC.
    pub fn from_postgres(microseconds: i64) -> Self {
        Timestamp(microseconds.saturating_add(POSTGRES_EPOCH))
    }

    /// As the replication protocol writes it: microseconds since 2000-01-01 UTC.
    pub fn to_postgres(self) -> i64 {
        self.0.saturating_sub(POSTGRES_EPOCH)
    }

    /// Parses RFC 3339, or PostgreSQL's ISO output such as `2026-01-31 12:00:00.5+02`. A text
    /// without an offset is taken as UTC, which is what CRMs store in `timestamp` columns.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Timestamp(instant.as_microsecond()));
        }
        from_civil(text.parse::<jiff::civil::DateTime>().ok()?)
    }

    /// Microseconds from `earlier` to `self`, negative when `earlier` is later.
    pub fn microseconds_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Eight bytes that sort as the moments do, for keys of an ordered map.
    pub fn sortable(self) -> [u8; 8] {
        (self.0 as u64 ^ 1 << 63).to_be_bytes()
    }

    /// Seconds since the Unix epoch, as metrics export moments.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

fn from_civil(civil: jiff::civil::DateTime) -> Option<Timestamp> {
    let instant = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp(instant.as_microsecond()))
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, duration: Duration) -> Timestamp {
        let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(microseconds))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;

    fn sub(self, duration: Duration) -> Timestamp {
        let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(microseconds))
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => instant.fmt(f),
            Err(_) => write!(f, "out of range"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_time_counts_from_the_year_2000() {
        assert_eq!(Timestamp::from_postgres(0).to_string(), "2000-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_postgres(7).to_postgres(), 7);
    }

    #[test]
    fn text_of_postgres_and_rfc_3339_is_understood() {
        let expected = Timestamp::parse("2026-01-31T10:00:00.5Z");
        assert!(expected.is_some());
        assert_eq!(Timestamp::parse("2026-01-31 12:00:00.5+02"), expected);
        assert_eq!(Timestamp::parse("2026-01-31 10:00:00.5"), expected);
        assert_eq!(Timestamp::parse("2026-02-31 10:00:00"), None);
    }

    #[test]
    fn sortable_bytes_sort_as_the_moments_do() {
        let moments = [i64::MIN, -1, 0, 1, i64::MAX].map(|moment| Timestamp(moment).sortable());
        assert!(moments.is_sorted());
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp(i64::MAX) + Duration::from_secs(1), Timestamp(i64::MAX));
        assert_eq!(Timestamp(i64::MIN) - Duration::from_secs(1), Timestamp(i64::MIN));
    }
}
