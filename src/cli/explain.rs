//! `lawtail explain CODE`: the page of a code, or the list of all.

use std::process::ExitCode;

use anstream::{eprintln, println};

use crate::cli::faults;
use crate::model::{Code, Meaning};
use crate::policy::document::suggestion;

/// Arguments of `lawtail explain`.
#[derive(clap::Args)]
pub struct ExplainArguments {
    /// A code, such as LB-001; without it all codes are listed
    code: Option<String>,
}

/// Prints a page or the list: 0, or 2 when there is no such code.
pub fn run(arguments: ExplainArguments) -> ExitCode {
    let Some(word) = arguments.code else {
        list();
        return ExitCode::SUCCESS;
    };
    let code = word.parse::<Code>().map(|code| code.page());
    match code.ok().or_else(|| elsewhere(&word)) {
        Some(page) => {
            print_page(page);
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("{}", unknown(&word));
            ExitCode::from(2)
        }
    }
}

/// Names of the catalogue of obligations that no event bears, because something else says it, with pages
/// that tell what.
const ELSEWHERE: [(&str, &str); 3] = [
    ("BR-001", include_str!("explain/BR-001.md")),
    ("BR-002", include_str!("explain/BR-002.md")),
    ("GOV-001", include_str!("explain/GOV-001.md")),
];

fn elsewhere(word: &str) -> Option<&'static str> {
    let found = ELSEWHERE.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map(|(_, page)| *page)
}

fn unknown(word: &str) -> String {
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.text()).collect();
    match suggestion::nearest(word, &known) {
        Some(near) => format!("there is no code {word}; did you mean {near}?"),
        None => format!("there is no code {word}; `lawtail explain` lists all"),
    }
}

fn list() {
    let strong = faults::STRONG;
    let mut heading = "";
    for code in Code::ALL {
        let kind = match code.meaning() {
            Meaning::Finding { .. } => "in the CRM's data:",
            Meaning::Fault { .. } => "in lawtail's own operation:",
        };
        if kind != heading {
            println!("{strong}{kind}{strong:#}");
            heading = kind;
        }
        println!("  {code}  {}", code.title());
    }
    println!("{strong}said by something else:{strong:#}");
    for (name, page) in ELSEWHERE {
        let title = page.lines().next().and_then(|line| line.split_once(": "));
        println!("  {name}  {}", title.map_or("", |(_, title)| title));
    }
}

/// Headings stand out on a terminal; elsewhere the page is its Markdown.
fn print_page(page: &str) {
    let strong = faults::STRONG;
    for line in page.lines() {
        match line.starts_with('#') {
            true => println!("{strong}{line}{strong:#}"),
            false => println!("{line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(code: Option<&str>) -> ExitCode {
        run(ExplainArguments { code: code.map(str::to_owned) })
    }

    #[test]
    fn codes_are_found_whatever_their_case() {
        assert_eq!(explain(Some("lb-001")), ExitCode::SUCCESS);
        assert_eq!(explain(None), ExitCode::SUCCESS);
    }

    #[test]
    fn names_of_the_catalogue_that_no_event_bears_lead_to_what_says_it() {
        for (name, page) in ELSEWHERE {
            assert!(name.parse::<Code>().is_err(), "{name} is a code");
            assert!(page.starts_with(&format!("# {name}: ")), "{name}");
            assert_eq!(explain(Some(&name.to_lowercase())), ExitCode::SUCCESS);
        }
    }

    #[test]
    fn an_unknown_code_is_a_fault_of_usage_with_a_suggestion() {
        assert_eq!(explain(Some("XX-999")), ExitCode::from(2));
        assert_eq!(unknown("LB-01"), "there is no code LB-01; did you mean LB-001?");
        assert_eq!(unknown("what"), "there is no code what; `lawtail explain` lists all");
    }
}
