//! Comparing what was observed with a tripwire, and saying so in words.

use std::fmt;
use std::time::Duration;

use super::Extent;
use super::detector::Detector;
use crate::model::{Reference, SubjectCount};
use crate::policy::Tripwire;

/// Over what a number was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// The tripwire's sliding window.
    Window,
    /// The sliding window of what all actors do.
    Together,
    /// One transaction, before its commit.
    OpenTransaction,
}

/// What a window holds, beside the size of its table.
pub(super) struct Observation {
    subjects: SubjectCount,
    unattributed: u64,
    rows: u64,
}

impl Observation {
    /// `rows`: how many the table holds after the transaction. A table whose rows were never
    /// counted seems small, so that only the absolute number holds the alarm back.
    pub fn new(detector: Detector, extent: &Extent, rows: u64) -> Self {
        let deleted = if detector == Detector::MassDeletion { extent.records } else { 0 };
        let rows = rows.saturating_add(deleted);
        // A row about an export stands for as many records as it says, whoever it names.
        if detector == Detector::Export {
            let subjects = SubjectCount { value: extent.records, exact: true };
            return Observation { subjects, unattributed: 0, rows };
        }
        let (subjects, unattributed) = (extent.subjects.count(), extent.unattributed);
        Observation { subjects, unattributed, rows }
    }

    /// Whether both numbers of the tripwire are reached.
    pub fn crosses(&self, tripwire: &Tripwire) -> bool {
        self.short_of(tripwire) == 0
    }

    /// Rows that have to be touched at least before the tripwire can be crossed.
    pub fn short_of(&self, tripwire: &Tripwire) -> u64 {
        let share = u64::try_from(self.share(tripwire).div_ceil(1000)).unwrap_or(u64::MAX);
        share.max(tripwire.subjects).max(1).saturating_sub(self.observed())
    }

    /// People, and rows of which the stream does not say whose they are.
    pub fn observed(&self) -> u64 {
        self.subjects.value.saturating_add(self.unattributed)
    }

    fn share(&self, tripwire: &Tripwire) -> u128 {
        u128::from(tripwire.share_per_mille) * u128::from(self.rows)
    }

    /// Observed and expected.
    pub fn reason(
        &self,
        detector: Detector,
        place: &impl fmt::Display,
        (actor, object): (Option<Reference>, Option<Reference>),
        tripwire: &Tripwire,
        span: Span,
    ) -> String {
        let by = match detector.joins_actors() {
            true => String::new(),
            false if span == Span::Together => " by all actors".to_owned(),
            false if actor.is_some() && actor == object => " by the account itself".to_owned(),
            false => format!(" by {}", actor_words(actor)),
        };
        let limit = match tripwire.subjects {
            0 | 1 => "one is enough".to_owned(),
            subjects => format!("the tripwire is {}", grouped(subjects)),
        };
        let span = match span {
            Span::Window | Span::Together => format!("within {}", duration(tripwire.window)),
            Span::OpenTransaction => "in one transaction, before its commit".to_owned(),
        };
        let share = match tripwire.share_per_mille {
            0 => String::new(),
            share => format!(" and {share} per mille of {} rows", grouped(self.rows)),
        };
        format!(
            "{} {} {place}{by} {span}; {limit}{share}",
            self.counted(detector),
            detector.wording(),
        )
    }

    fn counted(&self, detector: Detector) -> String {
        let Some((one, many)) = detector.counted() else { return self.people() };
        let about = if self.subjects.exact { "" } else { "about " };
        match self.observed() {
            1 => format!("1 {one}"),
            number => format!("{about}{} {many}", grouped(number)),
        }
    }

    fn people(&self) -> String {
        let about = if self.subjects.exact { "" } else { "about " };
        let many = |number: u64| if number == 1 { "" } else { "s" };
        let (value, unknown) = (self.subjects.value, self.unattributed);
        let known = format!("{about}{} data subject{}", grouped(value), many(value));
        let records = format!("{} record{}", grouped(unknown), many(unknown));
        let unknown = format!("{records} of unknown data subjects");
        match (self.subjects.value, self.unattributed) {
            (_, 0) => known,
            (0, _) => unknown,
            _ => format!("{known} and {unknown}"),
        }
    }
}

/// The actor without naming anybody.
pub(super) fn actor_words(actor: Option<Reference>) -> &'static str {
    match actor {
        Some(_) => "one actor",
        None => "an unknown actor",
    }
}

/// A number with its thousands set apart.
pub(in crate::engine) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn duration(length: Duration) -> String {
    match length.as_secs() {
        seconds if seconds > 86_400 && seconds % 86_400 == 0 => {
            format!("{} days", seconds / 86_400)
        }
        seconds if seconds >= 3600 && seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_read_well() {
        let numbers = [0, 999, 1_000, 20_104, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "20,104", "1,234,567"]);
        let durations = [90, 600, 7_200, 86_400, 1_209_600];
        let durations = durations.map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(durations, ["90 s", "10 min", "2 h", "24 h", "14 days"]);
    }

    #[test]
    fn both_numbers_must_be_reached_and_the_largest_do_not_overflow() {
        let observed = |value, rows| Observation {
            subjects: SubjectCount { value, exact: true },
            unattributed: 0,
            rows,
        };
        let tripwire =
            Tripwire { subjects: 10, share_per_mille: 5, window: Duration::from_secs(60) };
        assert!(observed(10, 2_000).crosses(&tripwire));
        assert!(!observed(10, 2_001).crosses(&tripwire));
        assert!(!observed(9, 0).crosses(&tripwire));
        assert!(!observed(9, u64::MAX).crosses(&tripwire));
        assert!(observed(u64::MAX, u64::MAX).crosses(&tripwire));
        let anything = Tripwire { subjects: 0, share_per_mille: 0, ..tripwire };
        assert!(!observed(0, 0).crosses(&anything));
    }
}
