//! The clock on the wall where the CRM's people work: which hour of which weekday is it?

use std::fmt;

use super::Timestamp;
use super::written::{self, Written};

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

    /// The first and the last moment that a text may mean, which has no offset of its own: it is read
    /// on the wall here. A date is its whole day. An hour that comes twice when the clocks go back is two moments;
    /// one that is skipped when they go forward is read by the offsets on either side.
    pub fn moments(&self, text: &str) -> Option<(Timestamp, Timestamp)> {
        match Written::read(text)? {
            Written::Day(first, last) => {
                let end = self.begins(written::after(last)?)?;
                Some((self.begins(first)?, Timestamp(end.0.saturating_sub(1))))
            }
            Written::Wall(wall) => self.on_the_wall(wall),
            Written::Moment(moment) => Some((moment, moment)),
        }
    }

    /// When the first and the last day begin that a text may mean, where it means no more than that.
    pub fn days(&self, text: &str) -> Option<(Timestamp, Timestamp)> {
        match Written::read(text)? {
            Written::Day(first, last) => Some((self.begins(first)?, self.begins(last)?)),
            Written::Wall(_) | Written::Moment(_) => None,
        }
    }

    fn begins(&self, day: jiff::civil::Date) -> Option<Timestamp> {
        Some(self.on_the_wall(day.at(0, 0, 0, 0))?.0)
    }

    fn on_the_wall(&self, wall: jiff::civil::DateTime) -> Option<(Timestamp, Timestamp)> {
        let read = |instant: Result<jiff::Timestamp, jiff::Error>| {
            instant.ok().map(|instant| Timestamp(instant.as_microsecond()))
        };
        let ambiguous = self.rules.to_ambiguous_timestamp(wall);
        let (one, other) = (read(ambiguous.earlier())?, read(ambiguous.later())?);
        Some((one.min(other), one.max(other)))
    }

    /// The same day and time of day on the wall so many calendar months later; where that month is shorter, its
    /// last day.
    pub fn plus_months(&self, moment: Timestamp, months: u32) -> Timestamp {
        // More months than a calendar has lie beyond every moment.
        let months = jiff::Span::new().months(i64::from(months.min(119_976)));
        let later = self.civil(moment).and_then(|civil| civil.checked_add(months).ok());
        later.and_then(|civil| self.on_the_wall(civil)).map_or(Timestamp(i64::MAX), |it| it.0)
    }

    /// When the day on the wall is over on which the moment lies, or, where that is a Saturday or Sunday,
    /// the Monday after it (Regulation (EEC, Euratom) No 1182/71, Art. 3(1) and (4)). Public holidays
    /// are not known here.
    pub fn end_of_working_day(&self, moment: Timestamp) -> Timestamp {
        let end = self.civil(moment).and_then(|civil| {
            let more = match civil.weekday() {
                jiff::civil::Weekday::Saturday => 3,
                jiff::civil::Weekday::Sunday => 2,
                _ => 1,
            };
            let midnight = civil.date().to_datetime(jiff::civil::Time::midnight());
            midnight.checked_add(jiff::Span::new().days(more)).ok()
        });
        end.and_then(|civil| self.on_the_wall(civil)).map_or(Timestamp(i64::MAX), |it| it.0)
    }

    /// What the clock on the wall shows.
    fn civil(&self, moment: Timestamp) -> Option<jiff::civil::DateTime> {
        let instant = jiff::Timestamp::from_microsecond(moment.0).ok()?;
        Some(self.rules.to_datetime(instant))
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

    #[test]
    fn a_month_is_a_month_of_the_calendar() {
        let utc = TimeZone::default();
        let later = |text: &str, months| utc.plus_months(Timestamp::parse(text).unwrap(), months);
        for (from, months, to) in [
            ("2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"),
            ("2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"),
            ("2026-11-30T00:00:00Z", 3, "2027-02-28T00:00:00Z"),
            ("2026-03-15T23:59:59Z", 1, "2026-04-15T23:59:59Z"),
        ] {
            assert_eq!(later(from, months).to_string(), to);
        }
        assert_eq!(utc.plus_months(Timestamp(i64::MAX), 1), Timestamp(i64::MAX));
        assert_eq!(later("2026-01-01T00:00:00Z", u32::MAX), Timestamp(i64::MAX));
    }

    #[test]
    fn a_working_day_that_is_none_ends_with_the_next_one() {
        let utc = TimeZone::default();
        let end = |text: &str| utc.end_of_working_day(Timestamp::parse(text).unwrap()).to_string();
        assert_eq!(end("2026-02-27T10:00:00Z"), "2026-02-28T00:00:00Z");
        assert_eq!(end("2026-02-28T10:00:00Z"), "2026-03-03T00:00:00Z", "a Saturday");
        assert_eq!(end("2026-03-01T00:00:00Z"), "2026-03-03T00:00:00Z", "a Sunday");
        assert_eq!(end("2026-03-02T23:59:59Z"), "2026-03-03T00:00:00Z", "a Monday");
    }

    #[test]
    fn months_and_days_are_those_on_the_wall() {
        let berlin = TimeZone::parse("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = |text: &str| Timestamp::parse(text).unwrap();
        // 31 January, half past midnight: the last day of February, and its end is in winter time.
        let end = berlin.plus_months(at("2026-01-30T23:30:00Z"), 1);
        assert_eq!(end.to_string(), "2026-02-27T23:30:00Z");
        assert_eq!(berlin.end_of_working_day(end).to_string(), "2026-03-02T23:00:00Z");
        // Summer time begins in between.
        assert_eq!(berlin.plus_months(at("2026-03-10T11:00:00Z"), 1), at("2026-04-10T10:00:00Z"));
    }
}
