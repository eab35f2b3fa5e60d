//! Dates of birth: a calendar day at which a living person may have been born.

/// Whether a text is a date from 1900 to 2039, in the ISO order or day first, without a time:
/// no clock is read here, and a release is used for years.
///
/// Only a column whose name speaks of birth is believed: every old contract has such a date.
pub fn is_birth_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let [first, second, third] = parts.as_slice() else { return false };
    let number = |text: &str| match text.len() {
        1..=4 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<i16>().ok(),
        _ => None,
    };
    let (year, month, day) = match (first.len(), third.len()) {
        (4, _) => (first, second, third),
        (_, 4) => (third, second, first),
        _ => return false,
    };
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return false;
    };
    let exists = |month: i16, day: i16| {
        let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        jiff::civil::Date::new(year, month, day).is_ok()
    };
    // American dates have the month first.
    (1900..=2039).contains(&year) && (exists(month, day) || exists(day, month))
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
