//! Whether a data subject is a child below the age of consent (Art. 8(1)), for whom nobody answers.
//!
//! A date of birth is kept nowhere. Of somebody who is a child by it the ledger notes in which thirteen weeks
//! they come of age; within them it is not known, but on the day on which the row was written.

use serde::{Deserialize, Serialize};

use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::{Reading, Record, says};
use crate::engine::state::State;
use crate::model::limits::COMING_OF_AGE_STEP;
use crate::model::{Fault, TimeZone, Timestamp};
use crate::policy::{BirthMapping, place};

const DAY: i64 = 86_400_000_000;

/// What is on record. The first two are stored as the flag was that stood here before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Childhood {
    /// No child, or one for whom somebody answers.
    #[default]
    Over,
    /// A child for as long as the row says so.
    Lasting,
    /// A child by the date of birth.
    Until {
        /// Certainly a child up to here.
        sure: Timestamp,
        /// Certainly none from here on.
        over: Timestamp,
    },
    /// The row says since when the person lives, and it cannot be read.
    Unknown,
}

impl Childhood {
    /// Whether the person is a child at a moment; `None` when it is not known.
    pub fn at(self, time: Timestamp) -> Option<bool> {
        match self {
            Childhood::Over => Some(false),
            Childhood::Lasting => Some(true),
            Childhood::Until { sure, .. } if time <= sure => Some(true),
            Childhood::Until { over, .. } if time >= over => Some(false),
            Childhood::Until { .. } | Childhood::Unknown => None,
        }
    }

    /// Of somebody born between two moments, by what is known at a time.
    fn of(
        (first, last): (Timestamp, Timestamp),
        years: u32,
        (time, zone): (Timestamp, &TimeZone),
    ) -> Childhood {
        // Forms offer the day on which they are filled in.
        if first.0.saturating_add(DAY) > time.0 {
            return Childhood::Over;
        }
        let of_age = |born: Timestamp| zone.plus_months(born, years * 12);
        let (first, last) = (of_age(first), of_age(last));
        if last <= time {
            return Childhood::Over;
        }
        let whole = |moment: i64| moment.div_euclid(COMING_OF_AGE_STEP) * COMING_OF_AGE_STEP;
        let tomorrow = Timestamp(time.0.saturating_add(DAY));
        let written = match first {
            first if first >= tomorrow => tomorrow,
            first if first > time => time,
            _ => Timestamp(i64::MIN),
        };
        Childhood::Until {
            sure: Timestamp(whole(first.0)).max(written),
            over: Timestamp(whole(last.0.saturating_sub(1)).saturating_add(COMING_OF_AGE_STEP)),
        }
    }
}

/// Whether the row says of the person that they are a child; `None` when it does not tell.
pub fn told(
    record: &Record<'_>,
    time: Timestamp,
    state: &State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<Option<Childhood>, Fault> {
    let Some(child) = &record.mapping.child else { return Ok(None) };
    let marked = says(record, &child.when);
    let stands = |born: &&BirthMapping| record.change.table.column(place(&born.column).0).is_some();
    let (Some(false), Some(born)) = (marked, child.born.as_ref().filter(stands)) else {
        return Ok(marked.map(|is_child| match is_child {
            true => Childhood::Lasting,
            false => Childhood::Over,
        }));
    };
    let text = match record.reading(false, &born.column) {
        Reading::Unknown => return Ok(None),
        Reading::Null => return Ok(Some(Childhood::Over)),
        Reading::Text(text) => text.trim(),
    };
    let country = match &born.country {
        Some(country) => record.select(country, state, pseudonyms)?,
        None => None,
    };
    let zone = &record.mapping.time_zone;
    Ok(Some(match birth(text, zone) {
        Some(born_at) => Childhood::of(born_at, born.ages.years(country), (time, zone)),
        // As databases write that there is none.
        None if text.bytes().all(|byte| b"0-./ :T".contains(&byte)) => Childhood::Over,
        None => Childhood::Unknown,
    }))
}

/// The same, where nobody with parental responsibility is on record.
pub fn unguarded(
    record: &Record<'_>,
    time: Timestamp,
    state: &State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<Option<Childhood>, Fault> {
    let Some(child) = &record.mapping.child else { return Ok(None) };
    match says(record, &child.guardian) {
        Some(true) => Ok(Some(Childhood::Over)),
        Some(false) => told(record, time, state, pseudonyms),
        None => Ok(None),
    }
}

/// When somebody may have been born, first and last: the beginning of a day, or a whole year.
fn birth(text: &str, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    if let Ok(year @ 1850..=2199) = text.parse::<u32>() {
        let first = zone.moments(&format!("{year}-01-01"))?.0;
        return Some((first, zone.moments(&format!("{year}-12-31"))?.1));
    }
    zone.days(text).or_else(|| zone.moments(text).map(|(begin, _)| (begin, begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn childhood(born: &str, written: &str) -> Childhood {
        let zone = TimeZone::default();
        Childhood::of(birth(born, &zone).unwrap(), 16, (time(written), &zone))
    }

    #[test]
    fn a_birthday_is_told_to_the_day_when_the_row_is_written() {
        let written = "2026-06-15T12:00:00Z";
        for born in [
            "2010-06-16",
            "16.06.2010",
            "16/06/2010",
            "6/16/2010",
            "20100616",
            "2010-06-16 00:00:00",
        ] {
            assert_eq!(childhood(born, written).at(time(written)), Some(true), "{born}");
        }
        for born in ["2010-06-15", "15.6.2010", "1970-01-01", "1900-01-01", "2009"] {
            assert_eq!(childhood(born, written).at(time(written)), Some(false), "{born}");
        }
        assert_eq!(childhood("2010", written).at(time(written)), None, "some time this year");
        assert_eq!(childhood("2011", written).at(time(written)), Some(true));
    }

    #[test]
    fn later_it_is_told_but_for_thirteen_weeks() {
        let child = childhood("2012-03-20", "2026-06-15T12:00:00Z");
        assert_eq!(child.at(time("2027-12-01T00:00:00Z")), Some(true));
        assert_eq!(child.at(time("2028-03-20T00:00:00Z")), None);
        assert_eq!(child.at(time("2028-07-01T00:00:00Z")), Some(false));
    }

    #[test]
    fn who_turns_of_age_within_the_step_is_a_child_on_the_day_of_the_row() {
        let child = childhood("2010-06-30", "2026-06-15T12:00:00Z");
        assert_eq!(child.at(time("2026-06-16T11:00:00Z")), Some(true));
        assert_eq!(child.at(time("2026-07-01T00:00:00Z")), None);
    }

    #[test]
    fn todays_and_coming_days_are_no_days_of_birth() {
        for born in ["2026-06-15", "2026-06-16", "2031-01-01"] {
            assert_eq!(childhood(born, "2026-06-15T12:00:00Z"), Childhood::Over, "{born}");
        }
    }

    #[test]
    fn nothing_finer_than_thirteen_weeks_and_the_rows_own_day_is_noted() {
        let written = "2026-06-15T12:00:00Z";
        let kept = |born| childhood(born, written);
        assert_eq!(kept("2012-03-20"), kept("2012-03-21"));
        assert_eq!(kept("2010-06-30"), kept("2010-07-01"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["unknown", "", "2012-13-40", "31.02.2012", "12", "1.2", "a.b.2012"] {
            assert_eq!(birth(text, &TimeZone::default()), None, "{text}");
        }
    }

    #[test]
    fn what_was_stored_as_a_flag_is_read() {
        let stored = |flag: bool| postcard::to_stdvec(&flag).unwrap();
        let read = |bytes: Vec<u8>| postcard::from_bytes::<Childhood>(&bytes).unwrap();
        assert_eq!(read(stored(false)), Childhood::Over);
        assert_eq!(read(stored(true)), Childhood::Lasting);
    }
}
