//! `lawtail report`: what the policies, a database and the running daemon say, for people.

mod coverage;
mod draft;
mod render;

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use uuid::Uuid;

use super::api::{ApiArguments, Client};
use super::{faults, scan};
use crate::model::Fault;
use crate::shell::clock::{Clock, SystemClock};

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

/// Prints a report: 0 when it could be made, otherwise 1.
pub fn run(arguments: ReportArguments) -> ExitCode {
    let report = match arguments.kind {
        Kind::Coverage(target) => coverage(target),
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

fn coverage(mut target: scan::Target) -> Result<String, Vec<Fault>> {
    if target.config.is_none() && target.policies.is_none() {
        target.policies = Some(PathBuf::from("policies"));
    }
    let schemas = target.schema.clone();
    let (found, policies) = scan::look(target)?;
    scan::show::skipped(&found);
    // The folder was named above, or stands in the settings.
    Ok(policies.map_or(String::new(), |policies| coverage::report(&policies, &found, &schemas)))
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
