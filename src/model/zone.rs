//! The clock on the wall where the CRM's people work: which hour of which weekday is it?

use std::fmt;

use super::Timestamp;

const HOUR: i64 = 3_600_000_000;

/// An hour of stream time: hours since the Unix epoch, UTC.
pub type Hour = i32;

/// A time zone with its rules for summer time, written as a POSIX `TZ` string such as
/// `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1-2024, section 8.3; RFC 9636, section 3.3.1). The rules stand
/// in the text, so that a decision depends on no database of time zones.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeZone {
    text: String,
    rules: jiff::tz::TimeZone,
}

/// An hour on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Days since 1970-01-01, local.
    pub day: i32,
    /// 0 to 23.
    pub hour: u8,
}

impl Slot {
    /// 0 is Monday.
    pub fn weekday(self) -> usize {
        (self.day + 3).rem_euclid(7) as usize
    }
}

/// As in `Tuesday 03:00 to 04:00`.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 7] =
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let (name, hour) = (NAMES[self.weekday()], self.hour);
        write!(f, "{name} {hour:02}:00 to {:02}:00", hour + 1)
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        TimeZone { text: "UTC".into(), rules: jiff::tz::TimeZone::UTC }
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TimeZone {
    /// Reads a POSIX `TZ` string, or `UTC`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "UTC" {
            return Some(TimeZone::default());
        }
        let rules = jiff::tz::TimeZone::posix(text).ok()?;
        Some(TimeZone { text: text.to_owned(), rules })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first and the last moment that a text may mean, which has no offset of its own: it is read on the
    /// wall here. A date is its whole day. An hour that comes twice when the clocks go back is two moments; one
    /// that is skipped when they go forward is read by the offsets on either side.
    pub fn moments(&self, text: &str) -> Option<(Timestamp, Timestamp)> {
        let text = text.trim();
        if Self::is_date(text) {
            let day = text.parse::<jiff::civil::Date>().ok()?;
            let begins = |day: jiff::civil::Date| Some(self.on_the_wall(day.at(0, 0, 0, 0))?.0);
            let last = Timestamp(begins(day.tomorrow().ok()?)?.0.saturating_sub(1));
            return Some((begins(day)?, last));
        }
        let exact = |moment| Some((moment, moment));
        let Ok(wall) = text.parse::<jiff::civil::DateTime>() else {
            return exact(Timestamp::parse(text)?);
        };
        // A text with an offset says the wall's time too.
        if text.parse::<jiff::Timestamp>().is_ok() {
            return exact(Timestamp::parse(text)?);
        }
        self.on_the_wall(wall)
    }

    /// Whether a text is written as a day without a time.
    pub fn is_date(text: &str) -> bool {
        text.trim().len() == "2026-01-31".len()
    }

    fn on_the_wall(&self, wall: jiff::civil::DateTime) -> Option<(Timestamp, Timestamp)> {
        let read = |instant: Result<jiff::Timestamp, jiff::Error>| {
            instant.ok().map(|instant| Timestamp(instant.as_microsecond()))
        };
        let ambiguous = self.rules.to_ambiguous_timestamp(wall);
        let (one, other) = (read(ambiguous.earlier())?, read(ambiguous.later())?);
        Some((one.min(other), one.max(other)))
    }

    /// Which hour on the wall an hour of stream time begins in.
    pub fn slot(&self, hour: Hour) -> Slot {
        let instant = jiff::Timestamp::from_second(i64::from(hour) * 3_600);
        let offset = instant.map_or(0, |instant| self.rules.to_offset(instant).seconds());
        let local = i64::from(hour) * 3_600 + i64::from(offset);
        let day = local.div_euclid(86_400) as i32;
        Slot { day, hour: (local.rem_euclid(86_400) / 3_600) as u8 }
    }
}

impl Timestamp {
    /// The hour in which a moment lies; what lies outside of some hundred thousand years counts at
    /// its edge.
    pub fn hour(self) -> Hour {
        i32::try_from(self.0.div_euclid(HOUR)).unwrap_or(if self.0 < 0 {
            i32::MIN / 2
        } else {
            i32::MAX / 2
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(zone: &str, moment: &str) -> String {
        let hour = Timestamp::parse(moment).unwrap().hour();
        TimeZone::parse(zone).unwrap().slot(hour).to_string()
    }

    #[test]
    fn an_hour_has_a_weekday_and_a_place_on_the_wall() {
        assert_eq!(slot("UTC", "1970-01-01T00:30:00Z"), "Thursday 00:00 to 01:00");
        assert_eq!(slot("UTC", "2026-11-22T23:59:59Z"), "Sunday 23:00 to 24:00");
        assert_eq!(slot("UTC", "1969-12-31T23:30:00Z"), "Wednesday 23:00 to 24:00");
    }

    #[test]
    fn summer_time_moves_the_hour_on_the_wall() {
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(slot(berlin, "2026-03-29T00:30:00Z"), "Sunday 01:00 to 02:00");
        assert_eq!(slot(berlin, "2026-03-29T01:30:00Z"), "Sunday 03:00 to 04:00");
        assert_eq!(slot(berlin, "2026-12-31T23:30:00Z"), "Friday 00:00 to 01:00");
    }

    #[test]
    fn a_time_without_an_offset_is_read_on_the_wall() {
        let moments = |zone: &str, text: &str| {
            let (first, last) = TimeZone::parse(zone).unwrap().moments(text).unwrap();
            [first.to_string(), last.to_string()]
        };
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        let (noon, eleven) = ("2026-01-02T12:00:00Z", "2026-01-02T11:00:00Z");
        assert_eq!(moments("UTC", "2026-01-02 12:00:00"), [noon, noon]);
        assert_eq!(moments(berlin, "2026-01-02 12:00:00"), [eleven, eleven]);
        assert_eq!(moments(berlin, "2026-01-02 12:00:00+00"), [noon, noon]);
        assert_eq!(moments(berlin, "2026-01-02T12:00:00Z"), [noon, noon]);
        let twice = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"];
        assert_eq!(moments(berlin, "2026-10-25 02:30:00"), twice);
        assert_eq!(TimeZone::default().moments("yesterday"), None);
    }

    #[test]
    fn a_date_is_its_whole_day_on_the_wall() {
        let day = |zone: &str, text: &str| {
            let (first, last) = TimeZone::parse(zone).unwrap().moments(text).unwrap();
            [first.to_string(), last.to_string()]
        };
        let utc = ["2026-01-02T00:00:00Z", "2026-01-02T23:59:59.999999Z"];
        assert_eq!(day("UTC", "2026-01-02"), utc);
        let york = ["2026-01-02T05:00:00Z", "2026-01-03T04:59:59.999999Z"];
        assert_eq!(day("EST5EDT,M3.2.0,M11.1.0", "2026-01-02"), york);
        let shorter = ["2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999Z"];
        assert_eq!(day("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29"), shorter);
        assert_eq!(TimeZone::default().moments("2026-02-31"), None);
    }

    #[test]
    fn what_is_no_time_zone_is_refused() {
        for text in ["", "Europe/Berlin", "CET", "CET-99"] {
            assert_eq!(TimeZone::parse(text), None, "{text}");
        }
        let extremes = [Timestamp(i64::MIN), Timestamp(i64::MAX)];
        assert!(extremes.iter().all(|moment| TimeZone::default().slot(moment.hour()).hour < 24));
    }
}
