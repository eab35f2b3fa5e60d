//! How people and programs write days and moments.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::Timestamp;

/// What a text says of when something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// On a day; between the two where it is not told which of two numbers is the month.
    Day(Date, Date),
    /// When a clock on some wall shows this.
    Wall(DateTime),
    /// At this moment.
    Moment(Timestamp),
}

impl Written {
    /// Reads PostgreSQL's text and RFC 3339; days and times with the day or, behind slashes, the month first; the
    /// same in digits alone, year first; and seconds, milliseconds or microseconds since the Unix epoch, of 10, 13 and
    /// 16 digits: from 2001 to 2286.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits(text);
        }
        if let Ok(day) = text.parse::<Date>()
            && text.len() == "2026-01-31".len()
        {
            return Some(Written::Day(day, day));
        }
        let Ok(wall) = text.parse::<DateTime>() else {
            let other = fraction(text).map(Written::Moment).or_else(|| by_hand(text));
            return other.or_else(|| Timestamp::parse(text).map(Written::Moment));
        };
        // A text with an offset says the wall's time too.
        match text.parse::<jiff::Timestamp>() {
            Ok(instant) => Some(Written::Moment(Timestamp(instant.as_microsecond()))),
            Err(_) => Some(Written::Wall(wall)),
        }
    }
}

/// Digits alone.
fn digits(text: &str) -> Option<Written> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let since = |unit: i64| Some(Written::Moment(Timestamp(text.parse::<i64>().ok()? * unit)));
    match text.len() {
        10 => since(1_000_000),
        13 => since(1_000),
        16 => since(1),
        length @ (8 | 14) => {
            let year = text.get(..4)?.parse().ok().filter(|year| (1800..=2200).contains(year))?;
            let day = Date::new(year, number(4, 6)?, number(6, 8)?).ok()?;
            if length == 8 {
                return Some(Written::Day(day, day));
            }
            let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
            let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
            Some(Written::Wall(day.to_datetime(time)))
        }
        _ => None,
    }
}

/// Seconds since the Unix epoch with a fraction, as `extract(epoch from …)` gives them.
fn fraction(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.')?;
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.len() != 10 || fraction.is_empty() || !are_digits(seconds) || !are_digits(fraction) {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let seconds: i64 = seconds.parse().ok()?;
    Some(Timestamp(seconds * 1_000_000 + micros.parse::<i64>().ok()?))
}

/// `31.1.2026`, `31/01/2026 9:05`, `2026/01/31`.
fn by_hand(text: &str) -> Option<Written> {
    let end = text.find([' ', 'T', ',']).unwrap_or(text.len());
    let (day, time) = text.split_at_checked(end)?;
    let (first, last) = days(day)?;
    let time = time.trim_start_matches([' ', 'T', ',']);
    if time.is_empty() {
        return Some(Written::Day(first, last));
    }
    let at = |day: Date| {
        let hours = if time.find(':') == Some(1) { "0" } else { "" };
        format!("{day} {hours}{time}").parse::<DateTime>().ok()
    };
    match first == last {
        true => at(first).map(Written::Wall),
        // Both days, whole: the time does not tell which it is.
        false => at(first).map(|_| Written::Day(first, last)),
    }
}

/// The days that three numbers may be.
fn days(text: &str) -> Option<(Date, Date)> {
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let [first, second, third] = parts[..] else { return None };
    let is_number = |text: &&str| {
        (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !parts.iter().all(is_number) {
        return None;
    }
    let day = |year: &str, month: &str, day: &str| {
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    match (first.len(), third.len()) {
        (4, 1 | 2) => day(first, second, third).map(|day| (day, day)),
        (1 | 2, 4) => {
            // Americans write the month first, and then with slashes.
            let american = text.contains('/').then(|| day(third, first, second)).flatten();
            match (day(third, second, first), american) {
                (Some(one), Some(other)) => Some((one.min(other), one.max(other))),
                (one, other) => one.or(other).map(|day| (day, day)),
            }
        }
        _ => None,
    }
}

/// The day after.
pub(super) fn after(day: Date) -> Option<Date> {
    day.checked_add(1.day()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TimeZone;

    fn read(text: &str) -> String {
        match Written::read(text) {
            None => "nothing".to_owned(),
            Some(Written::Day(first, last)) if first == last => first.to_string(),
            Some(Written::Day(first, last)) => format!("{first} to {last}"),
            Some(Written::Wall(wall)) => wall.to_string(),
            Some(Written::Moment(moment)) => moment.to_string(),
        }
    }

    #[test]
    fn days_are_read_in_the_orders_in_which_they_are_written() {
        for text in [
            "2026-01-31",
            "20260131",
            "31.1.2026",
            "31.01.2026",
            "31/01/2026",
            "1/31/2026",
            "31-01-2026",
            "2026/01/31",
        ] {
            assert_eq!(read(text), "2026-01-31", "{text}");
        }
        assert_eq!(read("02/03/2026"), "2026-02-03 to 2026-03-02");
        assert_eq!(read("02.03.2026"), "2026-03-02");
    }

    #[test]
    fn times_on_a_wall_have_no_offset() {
        for text in [
            "2026-01-31 09:05:00",
            "2026-01-31T09:05",
            "31.01.2026 9:05",
            "31.1.2026, 09:05:00",
            "20260131090500",
            "1/31/2026 9:05",
        ] {
            assert_eq!(read(text), "2026-01-31T09:05:00", "{text}");
        }
        assert_eq!(read("02/03/2026 9:05"), "2026-02-03 to 2026-03-02");
    }

    #[test]
    fn moments_have_an_offset_or_count_from_the_epoch() {
        for text in [
            "2026-01-31 10:05:00+01",
            "2026-01-31T09:05:00Z",
            "1769850300",
            "1769850300000",
            "1769850300000000",
            "1769850300.0",
        ] {
            assert_eq!(read(text), "2026-01-31T09:05:00Z", "{text}");
        }
        assert_eq!(read("1769850300.25"), "2026-01-31T09:05:00.25Z");
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for text in [
            "",
            "yesterday",
            "infinity",
            "2026",
            "31.2.2026",
            "2026-02-31",
            "13/13/2026",
            "12345",
            "20261301",
            "99999999",
            "1.2",
            "31.01.26",
            "a.b.2026",
        ] {
            assert_eq!(read(text), "nothing", "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9./: T,+-]{0,24}|\\PC{0,24}") {
            let _ = TimeZone::default().moments(&text);
        }
    }
}
