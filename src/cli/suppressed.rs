//! `lawtail incident list --suppressed FILE`: what opened no incident and woke nobody, from published events:
//! alarms of the statistics over their budget, findings under an exception and of rules on trial. The daemon
//! keeps none of it; what was published does.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anstream::println;
use serde_json::Value;

use super::faults::STRONG;
use super::incident::word;
use super::scan::show::shown;
use crate::model::{Code, Fault};

/// The findings that count as information, in the order of the files.
pub fn read(files: &[PathBuf]) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    for file in files {
        let unreadable = |error: io::Error| {
            let cause = format!("{} cannot be read: {error}", file.display());
            Fault::new(Code::CFG_002, cause).help(
                "name a file of published events, or `-` for standard input (docs/incidents.md has the \
                 command for Kafka)",
            )
        };
        read_file(file, &mut found).map_err(unreadable)?;
    }
    Ok(found)
}

fn read_file(file: &Path, found: &mut Vec<Value>) -> io::Result<()> {
    let input: Box<dyn BufRead> = match file.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::new(File::open(file)?)),
    };
    for line in input.split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event: Value = serde_json::from_slice(&line)?;
        found.extend(suppressed(event));
    }
    Ok(())
}

/// The body of a finding that counts as information. From Kafka a body comes alone, without the envelope of
/// the event, which a file has.
fn suppressed(mut event: Value) -> Option<Value> {
    let body = match event.get("specversion") {
        Some(_) => event["data"].take(),
        None => event,
    };
    let gdpr = &body["unmapped"]["gdpr"];
    let is_finding = gdpr["status"] == "violation" && gdpr["rule"].is_string();
    (is_finding && body["severity_id"] == 1).then_some(body)
}

/// Why nobody was told.
fn why(gdpr: &Value) -> String {
    let standing = &gdpr["standing"];
    match (standing["suppressed"]["exception"].as_str(), standing.as_str()) {
        (Some(exception), _) => format!("exception {exception}"),
        (None, Some("trial")) => "rule on trial".to_owned(),
        _ if gdpr["rule"] == "SEC-009" => "over budget".to_owned(),
        _ => "information".to_owned(),
    }
}

/// One line for each.
pub fn show(findings: &[Value]) {
    if findings.is_empty() {
        println!("no finding there was suppressed, on trial or over the budget");
        return;
    }
    let (strong, plain) = (STRONG.render(), STRONG.render_reset());
    println!(
        "{strong}{:<27}  {:<8}  {:<24}  {:<24}  {:<32}  reason{plain}",
        "committed", "rule", "why nobody was told", "table", "actor"
    );
    for finding in findings {
        let gdpr = &finding["unmapped"]["gdpr"];
        println!(
            "{:<27}  {:<8}  {:<24}  {:<24}  {:<32}  {}",
            word(&gdpr["committed"]),
            word(&gdpr["rule"]),
            shown(&why(gdpr)),
            shown(word(&gdpr["table"])),
            word(&gdpr["actor"]),
            shown(word(&finding["message"])),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(rule: &str, severity: u8, standing: &Value) -> Value {
        let gdpr = json!({"rule": rule, "status": "violation", "standing": standing});
        json!({"severity_id": severity, "message": "said", "unmapped": {"gdpr": gdpr}})
    }

    #[test]
    fn what_woke_nobody_is_listed_with_the_reason_from_a_file_and_from_kafka() {
        let excepted = json!({"suppressed": {"exception": "paper-forms"}});
        for (rule, standing, expected) in [
            ("SEC-009", &Value::Null, "over budget"),
            ("CN-002", &excepted, "exception paper-forms"),
            ("CN-005", &json!("trial"), "rule on trial"),
        ] {
            let body = finding(rule, 1, standing);
            let event = json!({"specversion": "1.0", "data": body});
            for given in [body, event] {
                let found = suppressed(given).unwrap();
                assert_eq!(why(&found["unmapped"]["gdpr"]), expected);
            }
        }
    }

    #[test]
    fn what_counts_in_full_and_what_is_no_finding_is_not_listed() {
        assert_eq!(suppressed(finding("SEC-009", 4, &Value::Null)), None);
        let catalog =
            json!({"specversion": "1.0", "data": {"severity_id": 1, "unmapped": {"gdpr": {}}}});
        assert_eq!(suppressed(catalog), None);
    }

    #[test]
    fn the_published_example_of_a_suppressed_finding_is_listed() {
        let example = include_str!("../../deploy/schemas/examples/finding_suppressed.json");
        let found = suppressed(serde_json::from_str(example).unwrap()).unwrap();
        assert_eq!(why(&found["unmapped"]["gdpr"]), "exception paper-forms");
    }
}
