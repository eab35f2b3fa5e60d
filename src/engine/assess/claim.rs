//! Times that stand in rows: claims, compared with commit times and never trusted as order.

use crate::engine::record::Record;
use crate::model::limits::DATE_TOLERANCE;
use crate::model::{TimeZone, Timestamp};

/// When something happened, as far as a claimed time tells. A time without a zone is read in the pack's
/// `time_zone`, and as UTC where it names none; a date is its day in every time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Not before.
    pub earliest: Timestamp,
    /// Not after.
    pub latest: Timestamp,
}

impl Claim {
    /// What a column of the row claims; `None` when it is null, unknown or no time.
    pub fn of(record: &Record<'_>, column: &str) -> Option<Claim> {
        Claim::read(record.text(column)?, &record.mapping.time_zone)
    }

    fn read(text: &str, zone: &TimeZone) -> Option<Claim> {
        if let Some((first, last)) = TimeZone::default().days(text) {
            return Some(Claim {
                earliest: first - DATE_TOLERANCE,
                latest: last + DATE_TOLERANCE + DATE_TOLERANCE,
            });
        }
        let (earliest, latest) = zone.moments(text)?;
        Some(Claim { earliest, latest })
    }

    /// The moment, when it is claimed to the second.
    pub fn exact(self) -> Option<Timestamp> {
        (self.earliest == self.latest).then_some(self.earliest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Claim> {
        Claim::read(text, &TimeZone::default())
    }

    #[test]
    fn a_date_is_its_day_in_every_time_zone() {
        let claim = read("2026-01-02").unwrap();
        assert_eq!(claim.earliest.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(claim.latest.to_string(), "2026-01-04T00:00:00Z");
        assert_eq!(claim.exact(), None);
    }

    #[test]
    fn a_time_is_exact_and_without_a_zone_in_utc() {
        let utc = read("2026-01-02 12:00:00+00").unwrap();
        assert_eq!(read(" 2026-01-02 12:00:00"), Some(utc));
        assert_eq!(read("2026-01-02 13:00:00+01"), Some(utc));
        assert!(utc.exact().is_some());
        for text in ["", "yesterday", "infinity", "2026"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
