//! `lawtail test DIR`: unit tests of policies through the production engine.

mod columns;
mod compare;
pub(super) mod coverage;
pub(super) mod duties;
mod play;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anstream::println;

use crate::cli::faults;
use crate::model::Fault;
use crate::policy::document::scenario::{Scenario, ScenarioDocument};
use crate::policy::{AllTested, Policies, Tested, compile_with_tests};
use crate::shell::policies::read_folder;

use compare::Difference;

/// Arguments of `lawtail test`.
#[derive(clap::Args)]
pub struct TestArguments {
    /// The policy folder
    #[arg(default_value = "policies")]
    folder: PathBuf,
    /// Only tests whose name contains this text; coverage is then not judged
    #[arg(long, value_name = "TEXT")]
    run: Option<String>,
}

/// Exit code when nothing failed, and tests or coverage are missing.
const INCOMPLETE: u8 = 3;

/// How many tests passed, and how many failed.
#[derive(Clone, Copy, Default)]
struct Results {
    passed: usize,
    failed: usize,
}

/// Runs the tests of a folder: 0 when all pass and every rule of what is in force is covered both
/// ways, 1 when one fails or the policies cannot be read, 3 when nothing failed and tests or coverage
/// are missing.
pub fn run(arguments: TestArguments) -> ExitCode {
    let (files, mut unread) = read_folder(&arguments.folder);
    let AllTested { in_force, others } = match compile_with_tests(&files) {
        Ok(compiled) if unread.is_empty() => compiled,
        Ok(_) => return faults::show(&unread),
        Err(found) => {
            unread.extend(found);
            return faults::show(&unread);
        }
    };
    let only = arguments.run.as_deref();
    let (mut results, mut uncovered) = (Results::default(), Vec::new());
    for (tested, in_force) in
        others.into_iter().map(|tested| (tested, false)).chain([(in_force, true)])
    {
        let missing = play_all(tested, in_force, only, &mut results);
        uncovered.extend(missing.into_iter().filter(|_| in_force));
    }
    let (text, code) = conclusion(results, &uncovered, only);
    println!("{text}");
    ExitCode::from(code)
}

/// What is said at the end, and the exit code.
fn conclusion(results: Results, uncovered: &[String], only: Option<&str>) -> (String, u8) {
    let Results { passed, failed } = results;
    let mut text = format!("{} tests: {passed} passed, {failed} failed", passed + failed);
    let none = passed + failed == 0;
    if none {
        text += &only.map_or_else(
            || "\nThere are no tests: write them into tests/NAME.yaml of the folder.".to_owned(),
            |only| format!("\nThere is no test whose name contains \"{only}\"."),
        );
    }
    if !uncovered.is_empty() {
        text += &format!("\nNot covered both ways: {}.", uncovered.join(", "));
    }
    let code = match (failed, none || !uncovered.is_empty()) {
        (1.., _) => 1,
        (0, true) => INCOMPLETE,
        (0, false) => 0,
    };
    (text, code)
}

/// Runs the tests about one choice of policies; which of its rules are not covered both ways.
fn play_all(
    tested: Tested,
    in_force: bool,
    only: Option<&str>,
    results: &mut Results,
) -> Vec<String> {
    let Tested { names: [pack, register, profile], policies, documents } = tested;
    let policies = Arc::new(policies);
    let (strong, faint) = (faults::STRONG, faults::FAINT);
    let words = if in_force { "in force" } else { "not in force" };
    let heading = format!("pack {pack}, register {register}, profile {profile}");
    let mut told = false;
    for document in &documents {
        for scenario in &document.scenarios {
            if only.is_some_and(|text| !scenario.name.contains(text)) {
                continue;
            }
            if !std::mem::replace(&mut told, true) {
                println!("{strong}{heading}{strong:#} {faint}({words}){faint:#}");
            }
            for note in columns::misspelt(&policies, &document.tables, scenario) {
                println!("{faint}note{faint:#}  {note}");
            }
            match tell(scenario, differences(&policies, document, scenario)) {
                true => results.passed += 1,
                false => results.failed += 1,
            }
        }
    }
    if only.is_some() { Vec::new() } else { show_coverage(&policies, &documents) }
}

fn differences(
    policies: &Arc<Policies>,
    document: &ScenarioDocument,
    scenario: &Scenario,
) -> Result<Vec<Difference>, Fault> {
    let found = play::play(policies, &document.tables, scenario)?;
    Ok(compare::compare(&scenario.expect, &found))
}

/// Whether a test passes.
pub(super) fn passes(tested: &Arc<Policies>, it: &ScenarioDocument, scenario: &Scenario) -> bool {
    differences(tested, it, scenario).is_ok_and(|differences| differences.is_empty())
}

/// Prints one result; whether the test passed.
fn tell(scenario: &Scenario, result: Result<Vec<Difference>, Fault>) -> bool {
    let (good, bad, name) = (faults::GOOD, faults::BAD, &scenario.name);
    let lines = match result {
        Ok(differences) if differences.is_empty() => {
            println!("{good}ok{good:#}    {name}");
            return true;
        }
        Ok(differences) => differences.iter().map(Difference::to_string).collect(),
        Err(fault) => vec![fault.to_string()],
    };
    let place = format!("{}:{}", scenario.place.file, scenario.place.line);
    println!("{bad}FAIL{bad:#}  {name}  ({place})");
    for line in lines.iter().flat_map(|text| text.lines()) {
        println!("      {line}");
    }
    false
}

/// Prints the coverage; which rules are not covered both ways.
fn show_coverage(policies: &Policies, documents: &[ScenarioDocument]) -> Vec<String> {
    let scenarios = || documents.iter().flat_map(|document| &document.scenarios);
    let codes = coverage::coverage(policies, scenarios());
    let codes = codes.into_iter().map(|(code, cover)| (code.text().to_owned(), cover));
    let own = coverage::own(policies, scenarios());
    let covers: BTreeMap<String, coverage::Cover> = codes.chain(own).collect();
    let bad = faults::BAD;
    println!("\nrule     found in  absent in");
    let incomplete = covers.iter().filter(|(_, cover)| !cover.is_complete());
    let uncovered: Vec<String> = incomplete.map(|(code, _)| code.clone()).collect();
    let total = covers.len();
    for (code, cover) in &covers {
        let missing = match (cover.expected, cover.absent) {
            (0, 0) => "no test",
            (0, _) => "no test in which it is found",
            (_, 0) => "no test that names it under `absent`",
            _ => "",
        };
        let (expected, absent) = (cover.expected, cover.absent);
        println!("{code:<8} {expected:>8}  {absent:>9}  {bad}{missing}{bad:#}");
    }
    println!("{} of {total} rules covered both ways\n", total - uncovered.len());
    uncovered
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn exit_code(folder: &Path, only: Option<&str>) -> ExitCode {
        run(TestArguments { folder: folder.to_owned(), run: only.map(str::to_owned) })
    }

    fn run_folder(folder: &Path, only: Option<&str>) -> bool {
        exit_code(folder, only) == ExitCode::SUCCESS
    }

    #[test]
    fn the_policies_of_this_repository_pass_their_tests() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        assert!(run_folder(&folder, None));
    }

    /// The repository's policies with a document of tests of our own.
    fn with_test(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in crate::policy::embedded::demo() {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir(folder.path().join("tests")).unwrap();
        std::fs::write(folder.path().join("tests/own.yaml"), text).unwrap();
        folder
    }

    const CONTACT: &str = "\
tests:
  - name: a contact without basis
    given:
      - {insert: crm.contacts, row: {id: 1, email: ada@example.org, modified_by: eve}}
";

    #[test]
    fn a_test_passes_only_when_it_expects_what_is_found() {
        let right = with_test(&format!("{CONTACT}    expect: [{{code: LB-001, at: 1}}]\n"));
        assert!(run_folder(right.path(), Some("without basis")));
        let wrong = with_test(&format!("{CONTACT}    expect: []\n"));
        assert_eq!(exit_code(wrong.path(), Some("without basis")), ExitCode::FAILURE);
        assert_eq!(exit_code(wrong.path(), None), ExitCode::FAILURE, "coverage is missing as well");
        let other = with_test(&format!("{CONTACT}    expect: [{{code: CN-001, at: 1}}]\n"));
        assert!(!run_folder(other.path(), Some("without basis")));
    }

    #[test]
    fn the_test_of_the_guide_passes() {
        let guide = include_str!("../../docs/policy.md");
        let (_, test) = guide.split_once("```yaml\ntests:").expect("the guide has a test");
        let (test, _) = test.split_once("```").expect("and it ends");
        let folder = with_test(&format!("tests:{test}"));
        assert!(run_folder(folder.path(), Some("a newsletter after opt-out")));
    }

    #[test]
    fn an_own_rule_needs_a_test_for_either_way() {
        let rule = "rule: exports\ntables: [crm.exports]\ncolumns: {row_count: integer}\n\
                    when: new.row_count >= 20\nseverity: low\narticle: house rule 7\n\
                    says: many rows were exported\nremedy: ask why\n";
        let step = |rows: u32| {
            format!(
                "    given: [{{insert: crm.exports, row: {{id: 1, object: contacts, row_count: {rows}, \
                 modified_by: eve}}}}]\n"
            )
        };
        let found = format!(
            "tests:\n  - name: many rows\n{}    expect: [{{code: OWN-001, rule: exports, at: 1}}]\n",
            step(20)
        );
        let absent =
            format!("  - name: few rows\n{}    expect: []\n    absent: [exports]\n", step(19));
        let folder = with_test(&format!("{found}{absent}"));
        std::fs::create_dir(folder.path().join("rules")).unwrap();
        std::fs::write(folder.path().join("rules/exports.yaml"), rule).unwrap();
        assert!(run_folder(folder.path(), Some("rows")));
        let (files, _) = read_folder(folder.path());
        let tested = compile_with_tests(&files).map_err(|it| it[0].to_string()).unwrap().in_force;
        let cover = coverage::own(&tested.policies, &tested.documents[0].scenarios);
        assert!(cover["exports"].is_complete());
        let half = coverage::own(&tested.policies, &tested.documents[0].scenarios[..1]);
        assert!(!half["exports"].is_complete());
        // A test that expects another rule, or none, fails.
        let wrong = found.replace("at: 1", "at: 1, count: 2");
        std::fs::write(folder.path().join("tests/own.yaml"), wrong).unwrap();
        assert!(!run_folder(folder.path(), Some("rows")));
    }

    #[test]
    fn a_column_that_no_step_mentions_is_null_for_own_rules_as_well() {
        let rule = "rule: unnamed\ntables: [crm.exports]\ncolumns: {purpose: text}\n\
                    when: new.purpose == null\nseverity: low\narticle: house rule 8\n\
                    says: nobody said what for\nremedy: ask\n";
        let test = |purpose: &str, expect: &str| {
            format!(
                "tests:\n  - name: an export\n    given: [{{insert: crm.exports, row: {{id: 1, \
                 object: contacts, row_count: 2{purpose}, modified_by: eve}}}}]\n    expect: [{expect}]\n"
            )
        };
        let folder = with_test(&test("", "{code: OWN-001, rule: unnamed, at: 1}"));
        std::fs::create_dir(folder.path().join("rules")).unwrap();
        std::fs::write(folder.path().join("rules/unnamed.yaml"), rule).unwrap();
        assert!(run_folder(folder.path(), Some("export")));
        std::fs::write(folder.path().join("tests/own.yaml"), test(", purpose: audit", "")).unwrap();
        assert!(run_folder(folder.path(), Some("export")));
        // Nearly the same as a column that is read is told of; one that is like none is not.
        let notes = |column: &str| {
            std::fs::write(folder.path().join("tests/own.yaml"), test(column, "")).unwrap();
            let (files, _) = read_folder(folder.path());
            let tested =
                compile_with_tests(&files).map_err(|it| it[0].to_string()).unwrap().in_force;
            let document = &tested.documents[0];
            columns::misspelt(&tested.policies, &document.tables, &document.scenarios[0])
        };
        let misspelt = notes(", pupose: audit");
        assert!(
            misspelt.len() == 1 && misspelt[0].contains("did you mean `purpose`?"),
            "{misspelt:?}"
        );
        assert!(notes(", purpose: audit, note: none").is_empty());
    }

    #[test]
    fn what_is_not_tested_has_an_exit_code_of_its_own() {
        let incomplete = ExitCode::from(INCOMPLETE);
        let right = with_test(&format!("{CONTACT}    expect: [{{code: LB-001, at: 1}}]\n"));
        assert_eq!(exit_code(right.path(), None), incomplete, "rules without tests");
        assert_eq!(exit_code(right.path(), Some("no such test")), incomplete);
        std::fs::remove_dir_all(right.path().join("tests")).unwrap();
        assert_eq!(exit_code(right.path(), None), incomplete, "no tests at all");
        std::fs::remove_file(right.path().join("policy.yaml")).unwrap();
        assert_eq!(exit_code(right.path(), None), ExitCode::FAILURE, "policies with a fault");
    }

    #[test]
    fn the_end_says_what_is_missing() {
        let uncovered = ["LB-001".to_owned(), "exports".to_owned()];
        let results = |passed, failed| Results { passed, failed };
        let (text, code) = conclusion(results(0, 0), &uncovered, None);
        assert!(text.contains("no tests") && text.contains("LB-001, exports."), "{text}");
        assert_eq!(code, INCOMPLETE);
        let (text, code) = conclusion(results(2, 0), &uncovered, None);
        assert!(!text.contains("no tests") && text.contains("LB-001, exports."), "{text}");
        assert_eq!(code, INCOMPLETE);
        let (text, code) = conclusion(results(0, 0), &[], Some("newsletter"));
        assert!(text.contains("no test whose name contains \"newsletter\""), "{text}");
        assert_eq!(code, INCOMPLETE);
        assert_eq!(conclusion(results(2, 1), &uncovered, None).1, 1);
        assert_eq!(conclusion(results(2, 0), &[], None), ("2 tests: 2 passed, 0 failed".into(), 0));
    }

    #[test]
    fn a_change_of_a_row_that_is_not_there_fails_the_test() {
        let text = CONTACT.replace("insert:", "update:");
        let missing = with_test(&format!("{text}    expect: []\n"));
        assert!(!run_folder(missing.path(), Some("without basis")));
    }
}
