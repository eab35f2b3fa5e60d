//! `lawtail replay`: a recorded change journal through the engine. Same in, same out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::faults;
use crate::engine::Engine;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Batch, Code, Emission, Event, Fault, Place};
use crate::policy::Policies;
use crate::shell;
use crate::wire;

/// Options of `lawtail replay`.
#[derive(clap::Args)]
pub struct ReplayArguments {
    /// The journal (docs/journal.md describes the format).
    journal: PathBuf,
    /// Folder of the policies.
    #[arg(long, default_value = "policies")]
    policies: PathBuf,
    /// Also print the data map as it forms.
    #[arg(long)]
    catalog: bool,
    /// Folder of other policies: print only what differs, `-` found by these alone, `+` by those of
    /// --policies alone.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
}

/// Prints one line per finding, incident and gap, or what differs. Exit code 1 when there was any.
///
/// References are made with a fixed key, so that two replays of one journal can be compared; they
/// are not those of the daemon.
pub fn run(arguments: ReplayArguments) -> ExitCode {
    match replay(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(found) => faults::show(&found),
    }
}

fn replay(arguments: &ReplayArguments) -> Result<usize, Vec<Fault>> {
    let policies = shell::policies::load(&arguments.policies)?;
    let former = arguments.against.as_deref().map(shell::policies::load).transpose()?;
    let text = std::fs::read_to_string(&arguments.journal).map_err(|error| {
        let place = Place { file: arguments.journal.display().to_string(), ..Place::default() };
        let help =
            "name a file that is there and may be read; docs/journal.md describes the format";
        vec![Fault::new(Code::WIR_002, error.to_string()).at(place).help(help)]
    })?;
    let events = events(&text, &arguments.journal)?;
    let batch = Batch { events };
    let told = |policies| decided(policies, &batch).map_err(|fault| vec![fault]);
    let emissions = told(policies)?;
    if let Some(former) = former {
        let differences = differences(&lines(&told(former)?), &lines(&emissions));
        differences.iter().for_each(|line| println!("{line}"));
        return Ok(differences.len());
    }
    let mut found = 0;
    for emission in &emissions {
        let is_catalogue = matches!(emission, Emission::Catalogue(_));
        found += usize::from(!is_catalogue);
        if !is_catalogue || arguments.catalog {
            println!("{}", wire::text::line(emission));
        }
    }
    Ok(found)
}

/// What stands in a journal. One in which nothing happens has most likely come here by mistake, and to find
/// nothing in it would mean nothing.
fn events(text: &str, journal: &Path) -> Result<Vec<Event>, Vec<Fault>> {
    let events = wire::journal::read(text).map_err(|found| at(found, journal))?;
    if events.is_empty() {
        let fault = Fault::new(Code::WIR_002, "nothing happens in the journal")
            .at(Place { file: journal.display().to_string(), ..Place::default() })
            .help("replay a journal with changes; docs/journal.md describes the format");
        return Err(vec![fault]);
    }
    Ok(events)
}

/// All that policies have to say about a stream.
fn decided(policies: Policies, batch: &Batch) -> Result<Vec<Emission>, Fault> {
    let engine =
        Engine::new(Arc::new(policies), Pseudonymizer::new(b"lawtail replay"), "replay".into());
    Ok(engine.decide(&BTreeMap::new(), batch)?.emissions().to_vec())
}

/// The lines of findings, incidents and gaps.
fn lines(emissions: &[Emission]) -> Vec<String> {
    let told = emissions.iter().filter(|it| !matches!(it, Emission::Catalogue(_)));
    told.map(wire::text::line).collect()
}

/// What only one of them says, in the order of time; what one says more often counts as often.
fn differences(former: &[String], new: &[String]) -> Vec<String> {
    let mut often: BTreeMap<&str, i64> = BTreeMap::new();
    former.iter().for_each(|line| *often.entry(line).or_default() -= 1);
    new.iter().for_each(|line| *often.entry(line).or_default() += 1);
    let marked = often.into_iter().flat_map(|(line, more)| {
        let mark = if more < 0 { '-' } else { '+' };
        std::iter::repeat_n(format!("{mark} {line}"), more.unsigned_abs() as usize)
    });
    marked.collect()
}

/// The reader does not know the name of the file.
fn at(faults: Vec<Fault>, journal: &Path) -> Vec<Fault> {
    let named = |mut fault: Fault| {
        if let Some(place) = &mut fault.place {
            place.file = journal.display().to_string();
        }
        fault
    };
    faults.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{compile, embedded};

    const CALL: &str = r#"{"table":{"name":"crm.calls","identity":"full","columns":[{"name":"id"},{"name":"contact_id"},{"name":"direction"},{"name":"purpose"},{"name":"phone"},{"name":"status"},{"name":"modified_by"}]}}
{"begin":{"time":"12:00"}}
{"insert":{"table":"crm.calls","new":{"id":1,"contact_id":1,"direction":"outbound","purpose":"product_news","phone":"+49 30 123456","status":"held","modified_by":"eve"}}}
{"commit":{}}
{"idle":{"time":"+1h"}}
"#;

    fn told(profile: &str) -> Vec<String> {
        let mut documents = embedded::demo();
        let choice = format!("pack: demo\nregister: demo\nprofile: {profile}\n");
        documents.insert("policy.yaml".into(), choice);
        let policies = compile(&documents).map_err(|faults| faults[0].to_string()).unwrap();
        let events = wire::journal::read(CALL).unwrap_or_else(|faults| panic!("{faults:?}"));
        lines(&decided(policies, &Batch { events }).unwrap())
    }

    #[test]
    fn other_policies_differ_in_what_they_find() {
        let (former, new) = (told("gdpr-baseline"), told("strict"));
        let differing = differences(&former, &new);
        assert_eq!(differing.len(), 1, "{differing:?}");
        assert!(differing[0].starts_with("+ ") && differing[0].contains("CN-001"));
        assert!(differences(&new, &former)[0].starts_with("- "));
        assert_eq!(differences(&new, &new), [""; 0]);
    }

    #[test]
    fn a_journal_that_is_not_there_or_empty_is_no_journal_in_which_nothing_is_found() {
        let journal = Path::new("empty.journal");
        for text in ["", "# a story\n", "{\"table\":{\"name\":\"crm.a\",\"columns\":[]}}\n"] {
            let faults = events(text, journal).unwrap_err();
            assert_eq!(
                faults[0].place.as_ref().map(|place| place.file.as_str()),
                Some("empty.journal")
            );
            assert!(faults[0].cause.contains("nothing happens"), "{}", faults[0]);
        }
        assert_eq!(events("{\"idle\":{\"time\":\"12:00\"}}", journal).map(|it| it.len()), Ok(1));
        let arguments = ReplayArguments {
            journal: "not/there.journal".into(),
            policies: concat!(env!("CARGO_MANIFEST_DIR"), "/policies").into(),
            catalog: false,
            against: None,
        };
        let told = replay(&arguments).unwrap_err()[0].to_string();
        assert!(
            told.contains("name a file that is there") && !told.contains("correct the line"),
            "{told}"
        );
    }

    const EXPORT: &str = r#"{"table":{"name":"crm.exports","identity":"full","columns":[{"name":"id"},{"name":"object"},{"name":"row_count"},{"name":"modified_by"}]}}
{"begin":{"time":"12:00"}}
{"insert":{"table":"crm.exports","new":{"id":1,"object":"contacts","row_count":20,"modified_by":"eve"}}}
{"commit":{}}
"#;

    #[test]
    fn an_own_rule_differs_in_what_it_finds() {
        let told = |rule: Option<&str>| {
            let mut documents = embedded::demo();
            documents.extend(rule.map(|rule| ("rules/exports.yaml".to_owned(), rule.to_owned())));
            let policies = compile(&documents).map_err(|faults| faults[0].to_string()).unwrap();
            let events = wire::journal::read(EXPORT).unwrap_or_else(|faults| panic!("{faults:?}"));
            lines(&decided(policies, &Batch { events }).unwrap())
        };
        let rule = "rule: exports\ntables: [crm.exports]\ncolumns: {row_count: integer}\n\
                    when: new.row_count >= 20\nseverity: low\narticle: house rule 7\n\
                    says: many rows were exported\nremedy: ask why\n";
        let differing = differences(&told(None), &told(Some(rule)));
        assert_eq!(differing.len(), 1, "{differing:?}");
        let parts = ["+ ", "OWN-001 low crm.exports", "rule exports", "many rows were exported"];
        assert!(parts.iter().all(|part| differing[0].contains(part)), "{differing:?}");
        let stricter = rule.replace(">= 20", "> 20");
        assert!(differences(&told(Some(rule)), &told(Some(&stricter)))[0].starts_with("- "));
    }

    #[test]
    fn what_is_said_more_often_differs_as_often() {
        let line = |text: &str| text.to_owned();
        assert_eq!(differences(&[line("a")], &[line("a"), line("a"), line("b")]), ["+ a", "+ b"]);
    }
}
