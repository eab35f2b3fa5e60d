//! `lawtail report`: what an officer hands over.

mod draft;
mod render;

use std::process::ExitCode;

use anstream::println;
use uuid::Uuid;

use super::api::{ApiArguments, Client};
use super::faults;
use crate::model::Fault;

/// Arguments of `lawtail report`.
#[derive(clap::Args)]
pub struct ReportArguments {
    #[command(subcommand)]
    report: Report,
}

#[derive(clap::Subcommand)]
enum Report {
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

/// Prints a report.
pub fn run(arguments: ReportArguments) -> ExitCode {
    let Report::Incident { api, id, format } = arguments.report;
    match incident(&api, id, format) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(fault) => faults::show(&[fault]),
    }
}

fn incident(api: &ApiArguments, id: Uuid, format: Format) -> Result<String, Fault> {
    let incident = Client::new(api)?.get(&format!("/incidents/{id}"))?;
    let report = draft::report(&incident);
    Ok(match format {
        Format::Markdown => render::markdown(&report),
        Format::Html => render::html(&report),
        Format::Json => render::json(&report, &incident),
    })
}
