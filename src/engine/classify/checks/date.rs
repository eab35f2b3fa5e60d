//! Dates of birth: a calendar day at which a living person may have been born.

/// Whether a text is a date from 1900 to 2039, in the ISO order or day first, without a time:
/// no clock is read here, and a release is used for years.
///
/// One such date says little: every old contract has one.
pub fn is_birth_date(text: &str) -> bool {
    year_of(text).is_some_and(|year| (1900..=2039).contains(&year))
}

/// Whether a text is a date from 1900 to 1979: so old are half of the births of living people, and
/// hardly anything else that a business records.
pub fn is_early_date(text: &str) -> bool {
    year_of(text).is_some_and(|year| (1900..1980).contains(&year))
}

/// The year of a calendar day.
fn year_of(text: &str) -> Option<i16> {
    let mut parts = text.split(['-', '.', '/']);
    let (Some(first), Some(second), Some(third), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let number = |text: &str| match text.len() {
        1..=4 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<i16>().ok(),
        _ => None,
    };
    let (year, month, day) = match (first.len(), third.len()) {
        (4, _) => (first, second, third),
        (_, 4) => (third, second, first),
        _ => return None,
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let exists = |month: i16, day: i16| {
        let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        jiff::civil::Date::new(year, month, day).is_ok()
    };
    // American dates have the month first.
    (exists(month, day) || exists(day, month)).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar_pass() {
        for text in ["1984-02-29", "24.12.1950", "12/24/1950", "1/2/2001"] {
            assert!(is_birth_date(text), "{text}");
        }
    }

    #[test]
    fn early_days_are_told_from_late_ones() {
        assert!(is_early_date("1961-04-12") && is_early_date("12.4.1961"));
        assert!(!is_early_date("1984-02-29") && !is_early_date("1961-13-32"));
    }

    #[test]
    fn what_is_no_day_of_birth_is_refused() {
        for text in [
            "",
            "1985-02-29",
            "1850-01-01",
            "2040-01-01",
            "2024-01-01 10:00:00",
            "10.0.0.1",
            "99.99.1950",
            "1984-02",
        ] {
            assert!(!is_birth_date(text), "{text}");
        }
    }
}
