//! `lawtail report`: what the policies, a database and the running daemon say, for people.

pub(super) mod coverage;
mod draft;
mod register;
mod register_forms;
mod render;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use uuid::Uuid;

use super::api::{ApiArguments, Client};
use super::{faults, scan};
use crate::model::{Code, Fault};
use crate::policy::Policies;
use crate::shell::clock::{Clock, SystemClock};
use crate::shell::source::postgres::Found;

/// Arguments of `lawtail report`.
#[derive(clap::Args)]
pub struct ReportArguments {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(clap::Subcommand)]
enum Kind {
    /// What lawtail cannot see or judge in a database under these policies, and why
    Coverage(scan::Target),
    /// The record of processing activities (Art. 30(1)), and where the database parts from it
    Register {
        #[command(flatten)]
        target: scan::Target,
        /// Form of the record
        #[arg(long, value_enum, default_value_t = RegisterFormat::Markdown)]
        format: RegisterFormat,
    },
    /// What is on record of a person: bases and permissions, when, and by which rows
    Subject {
        #[command(flatten)]
        api: ApiArguments,
        /// TABLE/KEY of the person's row, CHANNEL:CONTACT-POINT, or the reference of an event; `-`
        /// reads it from standard input, where no list of processes shows it
        #[arg(value_name = "REF")]
        whom: String,
        /// Form of the report
        #[arg(long, value_enum, default_value_t = SubjectFormat::Markdown)]
        format: SubjectFormat,
    },
    /// An incident as drafts of its notifications under Art. 33(3) and Art. 34
    Incident {
        #[command(flatten)]
        api: ApiArguments,
        /// Its id
        id: Uuid,
        /// Form of the report
        #[arg(long, value_enum, default_value_t = Format::Markdown)]
        format: Format,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people and their editors
    Markdown,
    /// One page without anything from elsewhere
    Html,
    /// The incident and the drafts' sections
    Json,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum RegisterFormat {
    /// For people and their editors
    Markdown,
    /// One page without anything from elsewhere
    Html,
    /// For programs
    Yaml,
    /// A line for each activity, for a spreadsheet
    Csv,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum SubjectFormat {
    /// A timeline, for people
    Markdown,
    /// The same for programs
    Json,
    /// Consent records after ISO/IEC TS 27560
    JsonLd,
}

/// Prints a report: 0 when it could be made, otherwise 1.
pub fn run(arguments: ReportArguments) -> ExitCode {
    let report = match arguments.kind {
        Kind::Coverage(target) => coverage(target),
        Kind::Register { target, format } => record(target, format),
        Kind::Subject { api, whom, format } => {
            on_record(&api, whom, format).map_err(|fault| vec![fault])
        }
        Kind::Incident { api, id, format } => {
            incident(&api, id, format).map_err(|fault| vec![fault])
        }
    };
    match report {
        Ok(report) => {
            println!("{}", report.trim_end());
            ExitCode::SUCCESS
        }
        Err(found) => faults::show(&found),
    }
}

fn coverage(target: scan::Target) -> Result<String, Vec<Fault>> {
    let (found, policies, schemas) = looked_at(target)?;
    Ok(coverage::report(&policies, &found, &schemas, SystemClock.now()))
}

fn record(target: scan::Target, format: RegisterFormat) -> Result<String, Vec<Fault>> {
    let (found, policies, schemas) = looked_at(target)?;
    let record = register::record(&policies, &found, &schemas, &SystemClock.now().to_string());
    Ok(match format {
        RegisterFormat::Markdown => register_forms::markdown(&record),
        RegisterFormat::Html => register_forms::html(&record),
        RegisterFormat::Yaml => register_forms::yaml(&record),
        RegisterFormat::Csv => register_forms::csv(&record),
    })
}

/// What a look at the database found, the policies, and the schemas that were asked for.
fn looked_at(mut target: scan::Target) -> Result<(Found, Policies, Vec<String>), Vec<Fault>> {
    if target.config.is_none() && target.policies.is_none() {
        target.policies = Some(PathBuf::from("policies"));
    }
    let schemas = target.schema.clone();
    let (found, policies) = scan::look(target)?;
    scan::show::skipped(&found);
    // The folder was named above, or stands in the settings.
    let missing = || vec![Fault::new(Code::POL_001, "no folder of policies was named")];
    Ok((found, policies.ok_or_else(missing)?, schemas))
}

fn on_record(api: &ApiArguments, whom: String, format: SubjectFormat) -> Result<String, Fault> {
    let whom = match whom.as_str() {
        "-" => std::io::read_to_string(std::io::stdin())
            .map_err(|error| Fault::new(Code::API_003, format!("standard input: {error}")))?,
        _ => whom,
    };
    let answer = Client::new(api)?.post("/timelines", &subject::asked(&whom)?)?;
    Ok(match format {
        SubjectFormat::Markdown => subject::markdown(&answer),
        SubjectFormat::Json => answer.to_string(),
        SubjectFormat::JsonLd => subject::json_ld(&answer),
    })
}

fn incident(api: &ApiArguments, id: Uuid, format: Format) -> Result<String, Fault> {
    let incident = Client::new(api)?.get(&format!("/incidents/{id}"))?;
    let report = draft::report(&incident, &SystemClock.now().to_string());
    Ok(match format {
        Format::Markdown => render::markdown(&report),
        Format::Html => render::html(&report),
        Format::Json => render::json(&report, &incident),
    })
}
