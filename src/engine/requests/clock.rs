//! The time in which a request has to be answered: Art. 12(3) GDPR.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{TimeZone, Timestamp};

/// Months in which an answer is due, and with an extension.
const MONTHS: (u32, u32) = (1, 3);

/// A clock that started when the request was received, and rests while identity is being checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    received: Timestamp,
    extended: bool,
    /// How long it has rested, when it rests no longer.
    rested: Duration,
    /// Since when it rests.
    rests_since: Option<Timestamp>,
}

impl Clock {
    /// A clock that runs from here on.
    pub fn new(received: Timestamp) -> Self {
        Clock { received, extended: false, rested: Duration::ZERO, rests_since: None }
    }

    /// When it was received.
    pub fn received(&self) -> Timestamp {
        self.received
    }

    /// It was received earlier than was known.
    pub fn receive(&mut self, received: Timestamp) {
        self.received = self.received.min(received);
    }

    /// Whether the two further months count, as the request's row has it now.
    pub fn extend(&mut self, extended: bool) {
        self.extended = extended;
    }

    /// Whether it rests from this moment on. What it did before stands.
    pub fn rest(&mut self, rests: bool, now: Timestamp) {
        match (self.rests_since, rests) {
            (None, true) => self.rests_since = Some(now),
            (Some(since), false) => {
                let rested = now.microseconds_since(since).max(0).unsigned_abs();
                self.rested += Duration::from_micros(rested);
                self.rests_since = None;
            }
            (Some(_), true) | (None, false) => {}
        }
    }

    /// Months after receipt in which the answer is due.
    pub fn months(&self) -> u32 {
        if self.extended { MONTHS.1 } else { MONTHS.0 }
    }

    /// The first moment at which it is late; `None` while it rests. The day on which a period ends
    /// belongs to it, and one that ends on a Saturday or Sunday ends with the Monday after. Days are those on
    /// the wall of the time zone.
    pub fn deadline(&self, zone: &TimeZone) -> Option<Timestamp> {
        let end = zone.plus_months(self.received, self.months()) + self.rested;
        self.rests_since.is_none().then(|| zone.end_of_working_day(end))
    }

    /// When three quarters of the time have passed; `None` while it rests.
    pub fn warning(&self, zone: &TimeZone) -> Option<Timestamp> {
        let end = zone.plus_months(self.received, self.months());
        let whole = end.microseconds_since(self.received).max(0).unsigned_abs();
        let quarters = Duration::from_micros(whole / 4 * 3);
        self.rests_since.is_none().then(|| self.received + quarters + self.rested)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: u64 = 86_400;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn deadline(clock: Clock) -> String {
        clock.deadline(&TimeZone::default()).unwrap().to_string()
    }

    #[test]
    fn an_answer_is_due_within_a_month_of_the_calendar() {
        assert_eq!(deadline(Clock::new(at("2026-01-31T10:00:00Z"))), "2026-03-03T00:00:00Z");
        assert_eq!(deadline(Clock::new(at("2028-01-31T10:00:00Z"))), "2028-03-01T00:00:00Z");
        assert_eq!(deadline(Clock::new(at("2026-04-15T23:00:00Z"))), "2026-05-16T00:00:00Z");
    }

    #[test]
    fn an_extension_adds_two_months_and_a_rest_its_length() {
        let mut clock = Clock::new(at("2026-04-15T12:00:00Z"));
        assert_eq!(clock.warning(&TimeZone::default()), Some(at("2026-05-08T00:00:00Z")));
        clock.rest(true, at("2026-04-20T12:00:00Z"));
        clock.rest(true, at("2026-04-21T12:00:00Z"));
        assert_eq!(
            (clock.deadline(&TimeZone::default()), clock.warning(&TimeZone::default())),
            (None, None)
        );
        clock.rest(false, at("2026-04-23T12:00:00Z"));
        assert_eq!(deadline(clock), "2026-05-19T00:00:00Z");
        clock.extend(true);
        assert_eq!(deadline(clock), "2026-07-21T00:00:00Z", "18 July 2026 is a Saturday");
    }

    /// Counts the days one by one on a calendar of its own.
    fn by_counting(mut date: (i64, u64, u64), months: u64, rested_days: u64) -> (i64, u64, u64) {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = |year: i64, month: u64| match month {
            2 => 28 + u64::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        for _ in 0..months {
            date =
                if date.1 == 12 { (date.0 + 1, 1, date.2) } else { (date.0, date.1 + 1, date.2) };
        }
        date.2 = date.2.min(length(date.0, date.1));
        let next = |(year, month, day): (i64, u64, u64)| match (month, day) {
            (12, 31) => (year + 1, 1, 1),
            (month, day) if day == length(year, month) => (year, month + 1, 1),
            (month, day) => (year, month, day + 1),
        };
        let weekday = |(year, month, day): (i64, u64, u64)| {
            let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month as usize - 1];
            let year = year - i64::from(month < 3);
            (year + year / 4 - year / 100 + year / 400 + shift + day as i64).rem_euclid(7)
        };
        for _ in 0..rested_days {
            date = next(date);
        }
        while matches!(weekday(date), 0 | 6) {
            date = next(date);
        }
        next(date)
    }

    proptest! {
        #[test]
        fn deadlines_are_those_of_counting_days(
            year in 2019i64..2100, month in 1u64..=12, day in 1u64..=28, late in 0u64..3,
            second in 0u64..86_400, extended: bool, rest in 0u64..40, begin in 0u64..20,
        ) {
            let first = at(&format!("{year}-{month:02}-{day:02}T00:00:00Z"));
            let received = first + Duration::from_secs(late * DAY + second);
            let date = received.to_string();
            let part = |from: usize, to: usize| date[from..to].parse::<u64>().unwrap();
            let start = (part(0, 4) as i64, part(5, 7), part(8, 10));
            let mut clock = Clock::new(received);
            clock.rest(true, received + Duration::from_secs(begin * DAY));
            clock.rest(false, received + Duration::from_secs((begin + rest) * DAY));
            clock.extend(extended);
            let (year, month, day) = by_counting(start, u64::from(clock.months()), rest);
            let expected = format!("{year}-{month:02}-{day:02}T00:00:00Z");
            prop_assert_eq!(deadline(clock), expected);
            prop_assert!(clock.warning(&TimeZone::default()) < clock.deadline(&TimeZone::default()));
        }
    }
}
