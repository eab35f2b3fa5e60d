//! `lawtail incident`: what was detected, and what people do about it, through the running daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{ApiArguments, Client};
use super::faults::{self, FAINT, STRONG};
use super::scan::show::shown;
use super::suppressed;
use crate::model::{Action, Fault};

/// Arguments of `lawtail incident`.
#[derive(clap::Args)]
pub struct IncidentArguments {
    #[command(flatten)]
    api: ApiArguments,
    /// Print JSON: the bodies of the incidents' last events
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// All incidents on file, the oldest first
    List {
        /// List instead what opened none, from files of published events (`-` is standard input): alarms over
        /// the budget, findings under an exception and of rules on trial. Needs no daemon and no token
        #[arg(long, value_name = "FILE", num_args = 1..)]
        suppressed: Vec<PathBuf>,
    },
    /// One incident, and what was done about it
    Show {
        /// Its id
        id: Uuid,
    },
    /// Take it up
    #[command(visible_alias = "ack")]
    Acknowledge(Step),
    /// Judge it a personal data breach: the 72 hours of Art. 33(1) count from here
    Confirm {
        #[command(flatten)]
        step: Step,
        /// Since when the controller has been aware, if earlier (RFC 3339, as 2026-03-02T09:00:00Z)
        #[arg(long, value_name = "TIME")]
        aware: Option<String>,
    },
    /// Judge it no breach
    Dismiss(Step),
    /// Record a notification to the supervisory authority; again for each further phase
    Notify(Step),
    /// End the matter
    Close(Step),
}

#[derive(clap::Args)]
struct Step {
    /// The incident's id
    id: Uuid,
    /// Why, without personal data; it stays in the evidence for good
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Asks the daemon and prints its answer.
pub fn run(arguments: IncidentArguments) -> ExitCode {
    match ask(&arguments) {
        Ok(answer) => {
            match (arguments.json, &answer) {
                (true, answer) => println!("{answer}"),
                (false, Value::Array(findings)) if lists_suppressed(&arguments) => {
                    suppressed::show(findings);
                }
                (false, Value::Array(incidents)) => list(incidents),
                (false, incident) => show(incident),
            }
            ExitCode::SUCCESS
        }
        Err(fault) => faults::show(&[fault]),
    }
}

fn lists_suppressed(arguments: &IncidentArguments) -> bool {
    matches!(&arguments.command, Command::List { suppressed } if !suppressed.is_empty())
}

fn ask(arguments: &IncidentArguments) -> Result<Value, Fault> {
    if let Command::List { suppressed: files } = &arguments.command
        && !files.is_empty()
    {
        return suppressed::read(files).map(Value::Array);
    }
    let client = Client::new(&arguments.api)?;
    let (action, step, aware) = match &arguments.command {
        Command::List { .. } => return client.get("/incidents"),
        Command::Show { id } => return client.get(&format!("/incidents/{id}")),
        Command::Acknowledge(step) => (Action::Acknowledge, step, None),
        Command::Confirm { step, aware } => (Action::Confirm, step, aware.as_deref()),
        Command::Dismiss(step) => (Action::Dismiss, step, None),
        Command::Notify(step) => (Action::Notify, step, None),
        Command::Close(step) => (Action::Close, step, None),
    };
    let asked = json!({"action": action.name(), "reason": step.reason, "aware": aware});
    client.post(&format!("/incidents/{}/acts", step.id), &asked)
}

fn list(incidents: &[Value]) {
    if incidents.is_empty() {
        println!("no incident is on file");
        return;
    }
    let (strong, plain) = (STRONG.render(), STRONG.render_reset());
    println!(
        "{strong}{:<36}  {:<20}  {:<7}  {:<9}  {:<12}  {:<20}  people{plain}",
        "incident", "detected", "rule", "severity", "stage", "notify until"
    );
    for incident in incidents {
        let gdpr = &incident["unmapped"]["gdpr"];
        let until = match ends_clock(word(&gdpr["handling"]["stage"])) {
            true => "-",
            false => word(&gdpr["notification_deadline"]),
        };
        println!(
            "{:<36}  {:<20}  {:<7}  {:<9}  {:<12}  {:<20}  {}",
            id(incident),
            word(&gdpr["detected"]),
            word(&gdpr["rule"]),
            word(&gdpr["score"]["band"]),
            word(&gdpr["handling"]["stage"]),
            until,
            people(gdpr),
        );
    }
}

fn show(incident: &Value) {
    let gdpr = &incident["unmapped"]["gdpr"];
    let (faint, plain) = (FAINT.render(), FAINT.render_reset());
    let line = |name: &str, value: &str| println!("  {faint}{name:<14}{plain}{}", shown(value));
    println!(
        "{}{} {}{}",
        STRONG.render(),
        word(&gdpr["rule"]),
        id(incident),
        STRONG.render_reset()
    );
    line("what", word(&incident["message"]));
    line("state", word(&gdpr["state"]));
    line("severity", &severity(gdpr));
    line("people", &people(gdpr));
    line("records", &gdpr["affected"]["records"].to_string());
    line("occurred", word(&gdpr["occurred"]));
    line("latest", word(&gdpr["latest"]));
    line("detected", word(&gdpr["detected"]));
    let handling = &gdpr["handling"];
    line("triage", word(&handling["triage_started"]));
    line("aware", word(&handling["aware"]));
    line("notify until", word(&gdpr["notification_deadline"]));
    line("notified", word(&handling["notified"]));
    line("stage", word(&handling["stage"]));
    for act in handling["acts"].as_array().into_iter().flatten() {
        let what = format!("{} as {}", word(&act["action"]), word(&act["by"]));
        println!("  {}  {}: {}", word(&act["time"]), shown(&what), shown(word(&act["reason"])));
    }
}

/// The score with its arithmetic (ENISA 2013).
pub(super) fn severity(gdpr: &Value) -> String {
    let score = &gdpr["score"];
    let part = |name: &str| score[name].as_u64().unwrap_or(0);
    let hundredths = |value: u64| format!("{}.{:02}", value / 100, value % 100);
    let circumstances = ["confidentiality", "integrity", "availability", "malicious_intent"];
    format!(
        "{} ({} = {} x {} + {})",
        word(&score["band"]),
        hundredths(part("total")),
        hundredths(part("processing_context")),
        hundredths(part("ease_of_identification")),
        hundredths(circumstances.map(part).iter().sum()),
    )
}

/// How many data subjects, as far as is known.
pub(super) fn people(gdpr: &Value) -> String {
    let subjects = &gdpr["affected"]["subjects"];
    match (subjects["value"].as_u64(), subjects["exact"].as_bool()) {
        (Some(number), Some(true)) => number.to_string(),
        // Three standard errors of 3.3 %.
        (Some(number), _) => {
            let error = (number * 99).div_ceil(1_000);
            format!("about {number} ({} to {})", number.saturating_sub(error), number + error)
        }
        (None, _) => "not known".to_owned(),
    }
}

/// The incident's id.
pub(super) fn id(incident: &Value) -> &str {
    word(&incident["finding_info_list"][0]["uid"])
}

/// A text, or a dash where there is none.
pub(super) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn ends_clock(stage: &str) -> bool {
    matches!(stage, "dismissed" | "notified" | "closed")
}
