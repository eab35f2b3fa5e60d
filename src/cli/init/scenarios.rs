//! Tests for a draft: of each table one row that nothing allows and one that needs no allowance. Only tests
//! that hold are written, so that `lawtail test` has something true to say of a fresh draft.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use super::draft::{About, Drafted, quoted};
use super::pack::changer;
use crate::cli::test::passes;
use crate::model::{Category, Column, ColumnVerdict, Sensitivity, TableName};
use crate::policy::{AllTested, compile_with_tests};

const HEAD: &str = "\
# Tests of the draft: `lawtail test` runs them through the production engine. Each shows of one table that
# the pack knows whom its rows are about. Once bases, permissions and messages are mapped, add a message
# after an opt-out, a lawful message, and a day on which nothing is wrong (docs/crm/generic.md).

pack: draft
register: draft
profile: gdpr-baseline

tests:
";

const DECLARED_HEAD: &str = "\
# The same rows where a lawful basis is declared for everybody: nothing is found in them.

pack: draft
register: declared
profile: gdpr-baseline

tests:
";

/// Columns of one table that are tried at most, until one shows what the test is about.
const TRIED: usize = 4;

/// Each test as a text of its own.
pub fn split(tests: &str) -> Vec<String> {
    let mut split: Vec<String> = Vec::new();
    for line in tests.lines() {
        match split.last_mut() {
            Some(last) if !line.starts_with("  - name:") => {
                last.push_str(line);
                last.push('\n');
            }
            _ => split.push(format!("{line}\n")),
        }
    }
    split
}

/// The documents without tests that do not hold of them: another version of a CRM, or a table whose columns
/// do not show by their names what they hold. Returns how many were left out.
pub fn keep_what_holds(documents: &mut BTreeMap<String, String>) -> usize {
    let Ok(AllTested { in_force, others }) = compile_with_tests(documents) else { return 0 };
    let mut failing: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for tested in others.into_iter().chain([in_force]) {
        let policies = Arc::new(tested.policies);
        for document in &tested.documents {
            let scenarios = document.scenarios.iter();
            for scenario in scenarios.filter(|it| !passes(&policies, document, it)) {
                let lines = failing.entry(scenario.place.file.clone()).or_default();
                lines.insert(scenario.place.line);
            }
        }
    }
    let mut left_out = 0;
    for (path, lines) in failing {
        let Some(text) = documents.get(&path) else { continue };
        let Some((head, tests)) = text.split_once("\ntests:\n") else { continue };
        // Its first line is the one after those of the head and the key.
        let mut line = head.matches('\n').count() + 3;
        let mut kept = String::new();
        for test in split(tests) {
            match lines.contains(&line) {
                true => left_out += 1,
                false => kept.push_str(&test),
            }
            line += test.matches('\n').count();
        }
        match kept.is_empty() {
            true => documents.remove(&path),
            false => documents.insert(path, format!("{head}\ntests:\n{kept}")),
        };
    }
    left_out
}

/// What a test shows of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// That it needs a basis, and that this is about whoever the records before it are about.
    Unlawful,
    /// That it needs nothing else where a basis is declared.
    Lawful,
}

/// Tests of a draft that may hold: of each table as many as may be needed for one that does.
pub fn candidates(drafted: &[Drafted<'_>], shown: Shown) -> String {
    let by_name: BTreeMap<&TableName, &Drafted<'_>> =
        drafted.iter().map(|it| (&it.scanned.table.name, it)).collect();
    let mut text = String::from(match shown {
        Shown::Unlawful => HEAD,
        Shown::Lawful => DECLARED_HEAD,
    });
    for table in drafted {
        let Some(before) = records_before(table, &by_name) else { continue };
        let cells = telling(table).into_iter().map(Some).chain([None]);
        for cell in cells {
            test(table, &before, cell, shown, &mut text);
        }
    }
    text
}

fn test(
    table: &Drafted<'_>,
    before: &[String],
    cell: Option<(&str, &str)>,
    shown: Shown,
    text: &mut String,
) {
    let name = &table.scanned.table.name;
    let nobody = matches!(table.about, About::Nobody);
    let says = match (shown, nobody) {
        (Shown::Unlawful, false) => "a row without a basis on record is told of",
        (Shown::Lawful, false) => "a row whose basis is declared is lawful",
        (_, true) => "a row about nobody needs no basis",
    };
    let _ = write!(text, "  - name: {name}, {says}\n    given:\n");
    before.iter().for_each(|record| _ = writeln!(text, "      - {record}"));
    let _ = writeln!(text, "      - {}", row(table, cell));
    let _ = match (shown, nobody, before.len() + 1) {
        (Shown::Lawful, ..) | (_, true, _) => {
            writeln!(text, "    expect: []\n    absent: [LB-001]\n")
        }
        (Shown::Unlawful, false, 1) => {
            writeln!(text, "    expect:\n      - {{code: LB-001, at: 1}}\n")
        }
        // One finding of one person, for each row.
        (Shown::Unlawful, false, count) => {
            writeln!(text, "    expect:\n      - {{code: LB-001, at: 1, count: {count}}}\n")
        }
    };
}

/// Of the tests that hold, the first of each name.
pub fn first_of_each(text: &str) -> String {
    let Some((head, tests)) = text.split_once("\ntests:\n") else { return text.to_owned() };
    let mut seen = BTreeSet::new();
    let is_new = |test: &String| seen.insert(test.lines().next().unwrap_or_default().to_owned());
    let kept: String = split(tests).into_iter().filter(is_new).collect();
    format!("{head}\ntests:\n{}\n", kept.trim_end())
}

/// The rows of other tables that have to be there, so that it is known whom the row is about: a contract
/// before its claim. `None` for more than is worth a test.
fn records_before(
    table: &Drafted<'_>,
    by_name: &BTreeMap<&TableName, &Drafted<'_>>,
) -> Option<Vec<String>> {
    let mut rows = Vec::new();
    let mut about = &table.about;
    while let Some(table) = about.referred() {
        let referred = by_name.get(table)?;
        about = &referred.about;
        if about.referred().is_some() {
            rows.push(row(referred, None));
        }
        if rows.len() > 8 {
            return None;
        }
    }
    rows.reverse();
    Some(rows)
}

/// An insertion of a row with its key, whom it is about, who did it, and one more column.
fn row(table: &Drafted<'_>, more: Option<(&str, &str)>) -> String {
    let mut cells: BTreeMap<&str, &str> = BTreeMap::new();
    let key = match &table.about {
        About::Itself { key, .. } => Some(key.column.as_str()),
        _ => table.key.as_ref().filter(|key| key.sure).map(|key| key.column.as_str()),
    };
    cells.insert(key.unwrap_or("id"), "7");
    let label;
    match &table.about {
        About::Other(reference) => drop(cells.insert(&reference.column, "7")),
        About::ByKind { pair, tables } => {
            label = tables.first().map(|(label, _)| quoted(label)).unwrap_or_default();
            cells.extend([(pair.column.as_str(), "7"), (pair.kind.as_str(), label.as_str())]);
        }
        About::Itself { .. } | About::Nobody => {}
    }
    cells.extend(changer(&table.scanned.table).map(|actor| (actor, "eve")));
    cells.extend(more);
    let cells: Vec<String> =
        cells.into_iter().map(|(column, value)| format!("{}: {value}", quoted(column))).collect();
    format!("{{insert: {}, row: {{{}}}}}", table.scanned.table.name, cells.join(", "))
}

/// Columns that hold personal data, each with a value such as it may hold; those that need more than a basis
/// last.
fn telling<'a>(table: &'a Drafted<'_>) -> Vec<(&'a str, &'static str)> {
    let scanned = table.scanned;
    let verdicts = scanned.table.columns.iter().zip(scanned.profile.verdicts());
    let personal = |(column, verdict): (&'a Column, &ColumnVerdict)| {
        let category = verdict.category.filter(|it| *it != Category::UniqueIdentifier)?;
        let is_plain = quoted(&column.name) == column.name;
        let special = category.sensitivity() == Sensitivity::Special;
        is_plain.then(|| (special, column.name.as_str(), sample(category)))
    };
    let mut found: Vec<_> = verdicts.filter_map(personal).collect();
    found.sort_by_key(|(special, ..)| *special);
    found.into_iter().take(TRIED).map(|(_, column, value)| (column, value)).collect()
}

fn sample(category: Category) -> &'static str {
    match category {
        Category::Email => "ada@example.org",
        Category::PhoneNumber | Category::FaxNumber => "\"+49 30 901820\"",
        Category::DateOfBirth => "1980-12-10",
        Category::IpAddress => "192.0.2.7",
        _ => "Ada",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_apart_by_their_names() {
        let text = "  - name: one\n    given: []\n\n  - name: two\n    expect: []\n";
        let parts = split(text);
        assert_eq!(parts.len(), 2);
        assert_eq!(parts.concat(), text);
    }

    #[test]
    fn what_does_not_hold_is_left_out_and_counted() {
        let mut documents = crate::policy::embedded::demo();
        let test = |name: &str, expect: &str| {
            format!(
                "  - name: {name}\n    given:\n      - {{insert: crm.contacts, row: {{id: 1, email: \
                 ada@example.org, modified_by: eve}}}}\n    expect: {expect}\n"
            )
        };
        let (holds, fails) = (test("holds", "[{code: LB-001, at: 1}]"), test("fails", "[]"));
        let path = "tests/own.yaml".to_owned();
        documents.insert(path.clone(), format!("\ntests:\n{fails}{holds}"));
        assert_eq!(keep_what_holds(&mut documents), 1);
        assert_eq!(documents[&path], format!("\ntests:\n{holds}"));
        documents.insert(path.clone(), format!("\ntests:\n{fails}"));
        assert_eq!(keep_what_holds(&mut documents), 1);
        assert!(!documents.contains_key(&path));
    }
}
