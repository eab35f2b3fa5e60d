//! The same day of earlier months: what is done at the end of a month is done at the end of the next.

/// So many months back.
const MONTHS: i32 = 3;

/// Days of a month, from its beginning or its end, on which things are done that are done on no other.
const EDGE: i32 = 3;

/// The days of earlier months that are as far from the beginning or from the end of theirs as this one.
pub(super) fn alike(day: i32) -> impl Iterator<Item = [Option<i32>; 2]> {
    let (month, first) = month_of(day);
    let (begun, left) = (day - first, first_of(month + 1) - day);
    (1..=MONTHS).map(move |back| {
        let (first, next) = (first_of(month - back), first_of(month - back + 1));
        let from_end = (next - left >= first).then_some(next - left);
        let from_beginning = first + begun < next && first + begun != next - left;
        [from_end, from_beginning.then_some(first + begun)]
    })
}

/// Whether a day is one of the first or last few of its month.
pub(super) fn is_edge(day: i32) -> bool {
    let (month, first) = month_of(day);
    day - first < EDGE || first_of(month + 1) - day <= EDGE
}

/// Months since the year 0, and the day on which the month begins. Days are counted from 1970-01-01.
fn month_of(day: i32) -> (i32, i32) {
    // No month is shorter than 28 days nor longer than 31, so the guess is at most a month off.
    let guess = 1970 * 12 + (i64::from(day) * 4_800).div_euclid(146_097) as i32;
    let month = (guess - 1..=guess + 1).rev().find(|month| first_of(*month) <= day);
    let month = month.unwrap_or(guess);
    (month, first_of(month))
}

/// The first day of a month (Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`).
fn first_of(month: i32) -> i32 {
    // Years begin in March, so that the leap day is their last.
    let shifted = i64::from(month) - 2;
    let (year, month) = (shifted.div_euclid(12), shifted.rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5;
    (era * 146_097 + days - 719_468) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        let date: jiff::civil::Date = text.parse().unwrap();
        let since = date.since(jiff::civil::date(1970, 1, 1)).unwrap();
        since.get_days()
    }

    #[test]
    fn months_begin_where_the_calendar_says() {
        let mut date = jiff::civil::date(1899, 12, 1);
        for _ in 0..3_000 {
            let (first, number) = (day(&date.to_string()), i32::from(date.year()) * 12);
            let number = number + i32::from(date.month()) - 1;
            let last = first + i32::from(date.days_in_month()) - 1;
            assert_eq!((month_of(first), month_of(last)), ((number, first), (number, first)));
            date = date.checked_add(jiff::Span::new().months(1)).unwrap();
        }
        for edge in [i32::MIN / 24, i32::MAX / 24] {
            let (_, first) = month_of(edge);
            assert!((0..31).contains(&(edge - first)));
        }
    }

    #[test]
    fn the_last_of_a_month_is_like_the_last_of_others_and_the_fifteenth_like_the_fifteenth() {
        let of = |text| alike(day(text)).flatten().flatten().collect::<Vec<_>>();
        assert!(of("2026-03-31").contains(&day("2026-02-28")));
        assert!(of("2026-02-28").contains(&day("2026-01-31")));
        assert!(of("2026-03-15").contains(&day("2026-02-15")));
        assert!(of("2026-03-15").iter().all(|it| *it < day("2026-03-01")));
        assert!(is_edge(day("2026-02-28")) && is_edge(day("2026-02-01")));
        assert!(!is_edge(day("2026-02-15")));
    }
}
