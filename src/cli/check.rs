//! `lawtail check DIR`: every fault of a policy folder at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};

use crate::cli::faults;
use crate::cli::report::coverage::excepted;
use crate::model::Fault;
use crate::policy::{Policies, Tested, compile_with_tests, untested};
use crate::shell::clock::{Clock, SystemClock};
use crate::shell::policies::{read_folder, unconfirmed};

/// Arguments of `lawtail check`.
#[derive(clap::Args)]
pub struct CheckArguments {
    /// The policy folder
    #[arg(default_value = "policies")]
    folder: PathBuf,
}

/// Checks a folder: 0 without faults, otherwise 1.
pub fn run(arguments: CheckArguments) -> ExitCode {
    let (files, mut found) = read_folder(&arguments.folder);
    let compiled = match files.is_empty() && !found.is_empty() {
        true => Err(Vec::new()),
        false => compile_with_tests(&files).map(|all| all.in_force),
    };
    // A rule of one's own that no test shows is in force all the same, but not known to be right.
    found.extend(compiled.iter().flat_map(untested));
    match compiled {
        Ok(Tested { policies, names, .. }) if found.is_empty() => {
            println!("{}", summary(&policies, files.len()));
            for (document, lines) in unconfirmed(&files, &names) {
                println!("to confirm: {}", confirmable(document, &lines));
            }
            for exception in &policies.rules.exceptions {
                println!("exception {}", excepted(exception, SystemClock.now()));
            }
            for rule in policies.own.all() {
                let maturity = policies.rules.of_own(&rule.named.name).name();
                println!("own rule {}: {maturity}", rule.named.name);
            }
            return ExitCode::SUCCESS;
        }
        Ok(_) => {}
        Err(faults) => found.extend(faults),
    }
    let exit = faults::show(&found);
    eprintln!("{}", count(&found));
    exit
}

/// Lines of one document are told up to this many.
const TOLD_LINES: usize = 12;

/// A document with the lines that are still marked.
fn confirmable(document: &str, lines: &[usize]) -> String {
    let told: Vec<String> = lines.iter().take(TOLD_LINES).map(usize::to_string).collect();
    let more = match lines.len().saturating_sub(TOLD_LINES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    format!("{document}, {word} {}{more}", told.join(", "))
}

fn summary(policies: &Policies, documents: usize) -> String {
    let good = faults::GOOD;
    let tables = policies.pack.tables.len();
    let activities = policies.register.activities.len();
    format!(
        "{good}ok{good:#}: {documents} documents without fault\n\
         in force: pack {} ({tables} tables), register of {} ({activities} activities), profile \
         {} (grace {} s)\n\
         digest: {}",
        policies.pack.name,
        policies.register.controller,
        policies.profile.name,
        policies.profile.grace.as_secs(),
        policies.digest
    )
}

fn count(faults: &[Fault]) -> String {
    let mut documents: BTreeMap<&str, usize> = BTreeMap::new();
    for place in faults.iter().filter_map(|fault| fault.place.as_ref()) {
        *documents.entry(&place.file).or_default() += 1;
    }
    let plural = |number: usize| if number == 1 { "" } else { "s" };
    let (faults, documents) = (faults.len(), documents.len());
    format!("{faults} fault{} in {documents} document{}", plural(faults), plural(documents))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, Place};

    fn check(folder: &str) -> ExitCode {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        run(CheckArguments { folder })
    }

    #[test]
    fn the_policies_of_this_repository_are_without_fault() {
        assert_eq!(check("policies"), ExitCode::SUCCESS);
    }

    #[test]
    fn what_is_not_a_policy_folder_fails() {
        assert_eq!(check("nowhere"), ExitCode::FAILURE);
        assert_eq!(check("src/codes"), ExitCode::FAILURE);
    }

    #[test]
    fn faults_are_counted_by_document() {
        let fault = |file: &str| {
            Fault::new(Code::POL_002, "").at(Place { file: file.into(), ..Place::default() })
        };
        assert_eq!(count(&[fault("a"), fault("a"), fault("b")]), "3 faults in 2 documents");
        assert_eq!(count(&[fault("a")]), "1 fault in 1 document");
    }
}
