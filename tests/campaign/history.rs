//! What was committed against what was published: pure, so that it can be shown to catch a loss.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A place in the log. A restore begins another life of the database, in which positions come
/// again with another meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub life: u32,
    pub lsn: u64,
}

/// What the server told of itself at some instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub place: Place,
    /// Its clock, in microseconds.
    pub micros: i64,
}

/// When a finding is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// With the transaction.
    AtOnce,
    /// When the grace is over in stream time.
    AfterGrace,
}

/// A finding that has to be published exactly once.
#[derive(Clone, Debug)]
pub struct Expected {
    pub code: &'static str,
    pub subject: String,
    /// The earliest transaction that has to have been seen for it.
    pub since: Place,
    pub due: Due,
}

/// A committed transaction. Its commit lies between the two moments.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub before: Moment,
    pub after: Moment,
    pub expected: Option<Expected>,
}

/// A finding as it was published for the first time.
#[derive(Clone, Debug)]
pub struct Found {
    pub code: String,
    /// `None` stands for rows of an initial copy, or for a gap.
    pub subject: Option<String>,
    pub id: String,
    /// Number of its line.
    pub line: usize,
}

/// A part that was announced as not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub cause: String,
    pub from: Place,
    pub to: Place,
}

/// What the slot had confirmed when so many lines had been published.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub confirmed: Place,
    pub lines: usize,
}

/// Everything that was published, and when.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub found: Vec<Found>,
    pub gaps: Vec<Gap>,
    pub probes: Vec<Probe>,
    /// Ids that came with two contents.
    pub contradictions: Vec<String>,
    /// Events that came again exactly as they were.
    pub repetitions: usize,
}

/// What the faults of a round explain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Justified {
    pub least_gaps: usize,
    pub most_gaps: usize,
    /// Initial copies, each of which tells of the rows that it found in a finding of its own.
    pub least_copies: usize,
    pub most_copies: usize,
}

/// What came of a history.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Empty when nothing was lost, nothing came twice and every gap was announced.
    pub violations: Vec<String>,
    pub expected: usize,
    /// Expected, not found, and in an announced gap.
    pub in_gaps: usize,
}

/// Compares. `grace` in microseconds of stream time.
pub fn check(
    history: &[Transaction],
    grace: i64,
    evidence: &Evidence,
    justified: Justified,
) -> Verdict {
    let mut verdict = Verdict::default();
    let Evidence { gaps, contradictions, .. } = evidence;
    let ids = contradictions.iter().map(|id| format!("the id {id} came with two contents"));
    verdict.violations.extend(ids);
    if gaps.len() < justified.least_gaps || gaps.len() > justified.most_gaps {
        let Justified { least_gaps, most_gaps, .. } = justified;
        verdict.violations.push(format!("{least_gaps} to {most_gaps} gaps explained: {gaps:?}"));
    }
    let mut found = by_fact(evidence, justified, &mut verdict);
    for (number, transaction) in history.iter().enumerate() {
        let Some(expected) = &transaction.expected else { continue };
        verdict.expected += 1;
        let end = match expected.due {
            Due::AtOnce => Some(transaction.after.place),
            Due::AfterGrace => judged(&history[number..], grace),
        };
        let unseen =
            gaps.iter().any(|gap| end.is_none_or(|end| end > gap.from) && expected.since < gap.to);
        let fact = (expected.code.to_owned(), expected.subject.clone());
        match found.remove(&fact) {
            Some(line) => early(expected, transaction, line, evidence, &mut verdict),
            None if unseen => verdict.in_gaps += 1,
            None => verdict.violations.push(lost(expected, transaction, gaps)),
        }
    }
    let left = found.into_keys().map(|fact| format!("nobody did that: {fact:?}"));
    verdict.violations.extend(left);
    verdict
}

fn lost(expected: &Expected, transaction: &Transaction, gaps: &[Gap]) -> String {
    let Transaction { before, after, .. } = transaction;
    let Expected { code, subject, .. } = expected;
    format!("lost: {code} about {subject}, committed between {before} and {after}; {gaps:?}")
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {} ms", self.place, self.micros / 1_000)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:X}/{:X}", self.life, self.lsn >> 32, self.lsn as u32)
    }
}

/// The first place by which the judgement of the first of these transactions was due for certain:
/// a later transaction began to commit after the grace. `None`: perhaps not in this history.
fn judged(history: &[Transaction], grace: i64) -> Option<Place> {
    let over = history[0].after.micros + grace;
    let later = history.iter().filter(|it| it.before.micros >= over);
    later.map(|it| it.after.place).min()
}

/// Line by code and data subject, once each.
fn by_fact(
    evidence: &Evidence,
    justified: Justified,
    verdict: &mut Verdict,
) -> BTreeMap<(String, String), usize> {
    let mut facts = BTreeMap::new();
    let mut copies = BTreeSet::new();
    for found in &evidence.found {
        let Some(subject) = &found.subject else {
            match found.code.as_str() {
                "COV-002" if !evidence.gaps.is_empty() => {}
                "LB-001" => {
                    copies.insert(&found.id);
                }
                code => verdict.violations.push(format!("{code} about nobody")),
            }
            continue;
        };
        if facts.insert((found.code.clone(), subject.clone()), found.line).is_some() {
            verdict.violations.push(format!("found twice: {found:?}"));
        }
    }
    if copies.len() < justified.least_copies || copies.len() > justified.most_copies {
        verdict.violations.push(format!("{} findings about copies", copies.len()));
    }
    facts
}

/// A finding that is due with its transaction has been published before that is acknowledged.
fn early(
    expected: &Expected,
    transaction: &Transaction,
    line: usize,
    evidence: &Evidence,
    verdict: &mut Verdict,
) {
    let too_early = |probe: &&Probe| {
        transaction.after.place <= probe.confirmed
            && transaction.after.place.life == probe.confirmed.life
            && line >= probe.lines
    };
    if expected.due == Due::AtOnce
        && let Some(probe) = evidence.probes.iter().find(too_early)
    {
        let text = format!("acknowledged before published: {expected:?} at {probe:?}");
        verdict.violations.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    const COPIES: Justified =
        Justified { least_gaps: 0, most_gaps: 0, least_copies: 0, most_copies: 1 };

    fn at(lsn: u64) -> Moment {
        Moment { place: Place { life: 0, lsn }, micros: lsn as i64 * SECOND / 100 }
    }

    /// Transactions at 100, 200, … of which each but the third is a violation.
    fn history() -> Vec<Transaction> {
        let expected = |number: u64| Expected {
            code: if number == 2 { "CN-002" } else { "LB-001" },
            subject: number.to_string(),
            since: Place { life: 0, lsn: number * 100 },
            due: if number == 2 { Due::AtOnce } else { Due::AfterGrace },
        };
        let transaction = |number: u64| Transaction {
            before: at(number * 100),
            after: at(number * 100 + 50),
            expected: (number != 3).then(|| expected(number)),
        };
        (1..=6).map(transaction).collect()
    }

    fn evidence() -> Evidence {
        let expected = history().into_iter().filter_map(|transaction| transaction.expected);
        let found = expected.enumerate().map(|(line, expected)| Found {
            code: expected.code.into(),
            subject: Some(expected.subject.clone()),
            id: expected.subject,
            line,
        });
        Evidence { found: found.collect(), ..Evidence::default() }
    }

    fn gap(from: u64, to: u64) -> Gap {
        let place = |lsn| Place { life: 0, lsn };
        Gap { cause: "slot_missing".into(), from: place(from), to: place(to) }
    }

    fn violations(evidence: &Evidence, most_gaps: usize) -> Vec<String> {
        let justified = Justified { least_gaps: 0, most_gaps, ..COPIES };
        check(&history(), SECOND, evidence, justified).violations
    }

    #[test]
    fn an_undisturbed_history_is_fine() {
        assert_eq!(violations(&evidence(), 0), [""; 0]);
    }

    #[test]
    fn a_loss_is_caught() {
        for lost in 0..5 {
            let mut evidence = evidence();
            evidence.found.remove(lost);
            assert!(violations(&evidence, 0)[0].starts_with("lost"), "{lost}");
        }
    }

    #[test]
    fn what_comes_twice_or_was_never_done_is_caught() {
        let mut twice = evidence();
        twice.found.push(Found { id: "another".into(), ..twice.found[2].clone() });
        assert!(violations(&twice, 0)[0].starts_with("found twice"));
        let mut invented = evidence();
        invented.found[0].subject = Some("3".into());
        let told = violations(&invented, 0);
        assert!(told[0].starts_with("lost") && told[1].starts_with("nobody did"), "{told:?}");
        let mut other = evidence();
        other.contradictions.push("1".into());
        assert_eq!(violations(&other, 0).len(), 1);
    }

    #[test]
    fn a_loss_is_excused_within_an_announced_gap_only() {
        let mut evidence = evidence();
        evidence.found.remove(1);
        evidence.gaps = vec![gap(150, 240)];
        assert_eq!(violations(&evidence, 1), [""; 0]);
        for (from, to) in [(10, 200), (250, 600)] {
            evidence.gaps = vec![gap(from, to)];
            assert!(violations(&evidence, 1)[0].starts_with("lost"), "{from} to {to}");
        }
    }

    #[test]
    fn what_waits_for_its_grace_is_excused_by_a_gap_before_the_grace_is_over() {
        let mut evidence = evidence();
        evidence.found.remove(0);
        // Its commit is at 150 at the latest; from 250 on it was due, first seen with 350.
        evidence.gaps = vec![gap(300, 340)];
        assert_eq!(violations(&evidence, 1), [""; 0]);
        evidence.gaps = vec![gap(350, 400)];
        assert!(violations(&evidence, 1)[0].starts_with("lost"));
    }

    #[test]
    fn a_gap_that_no_fault_explains_is_caught_and_so_is_one_that_was_not_announced() {
        let mut evidence = evidence();
        evidence.gaps = vec![gap(150, 240)];
        assert_eq!(violations(&evidence, 0).len(), 1);
        let silent = Evidence { gaps: Vec::new(), ..evidence };
        let justified = Justified { least_gaps: 1, most_gaps: 1, ..COPIES };
        assert_eq!(check(&history(), SECOND, &silent, justified).violations.len(), 1);
    }

    #[test]
    fn acknowledging_before_publishing_is_caught() {
        let mut evidence = evidence();
        let confirmed = |lsn| Place { life: 0, lsn };
        evidence.probes.push(Probe { confirmed: confirmed(249), lines: 0 });
        evidence.probes.push(Probe { confirmed: confirmed(900), lines: 2 });
        assert_eq!(violations(&evidence, 0), [""; 0]);
        evidence.probes.push(Probe { confirmed: confirmed(250), lines: 1 });
        assert!(violations(&evidence, 0)[0].starts_with("acknowledged before published"));
    }

    #[test]
    fn more_findings_about_copies_than_copies_are_caught() {
        let mut evidence = evidence();
        for id in ["first copy", "second copy"] {
            let line = evidence.found.len();
            evidence.found.push(Found {
                code: "LB-001".into(),
                subject: None,
                id: id.into(),
                line,
            });
        }
        assert_eq!(violations(&evidence, 0).len(), 1);
    }

    #[test]
    fn positions_of_another_life_are_later() {
        let mut history = history();
        for transaction in &mut history[3..] {
            for moment in [&mut transaction.before, &mut transaction.after] {
                moment.place = Place { life: 1, lsn: moment.place.lsn - 300 };
            }
            if let Some(expected) = &mut transaction.expected {
                expected.since = transaction.before.place;
            }
        }
        let to = Place { life: 1, lsn: 120 };
        let gap = Gap { to, ..gap(250, 0) };
        let mut evidence = Evidence { gaps: vec![gap], ..evidence() };
        let justified = Justified { least_gaps: 1, most_gaps: 1, ..COPIES };
        // The fourth, at 100 to 150 of the second life, is in the gap; the fifth is not.
        evidence.found.remove(2);
        assert_eq!(check(&history, SECOND, &evidence, justified).violations, [""; 0]);
        evidence.found.remove(2);
        assert_eq!(check(&history, SECOND, &evidence, justified).violations.len(), 1);
    }
}
