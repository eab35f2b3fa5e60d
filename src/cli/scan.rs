//! `lawtail scan`: where a database holds personal data, without following it.

pub(super) mod show;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;
use indicatif::{ProgressBar, ProgressStyle};

use super::faults;
use crate::engine::classify::Declared;
use crate::model::{Code, Fault, TableName, limits};
use crate::shell::source::postgres::{Address, Found, ScanSettings, scan};
use crate::shell::{policies, settings};

/// Arguments of `lawtail scan`.
#[derive(clap::Args)]
pub struct ScanArguments {
    /// The database; otherwise that of the settings, otherwise that of the variable DATABASE_URL
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    database_url: Option<String>,
    /// Settings with database and policies
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Only this schema; may be given several times
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Folder of policies whose pack declares what columns hold
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// Most rows to look at in one table; with 0 names and types alone decide
    #[arg(long, value_name = "N", default_value_t = limits::SCAN_ROWS)]
    sample_rows: u32,
}

/// How the result is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON array.
    Json,
}

/// Prints the data map: 0 when every table was looked at or said to be left out, otherwise 1.
pub fn run(arguments: ScanArguments) -> ExitCode {
    let format = arguments.format;
    match look(arguments) {
        Ok(found) => {
            show::skipped(&found);
            let written = match format {
                Format::Table => show::table(&found),
                Format::Json => show::json(&found),
            };
            // Whoever reads the output may have seen enough.
            written.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
        }
        Err(found) => faults::show(&found),
    }
}

fn look(arguments: ScanArguments) -> Result<Found, Vec<Fault>> {
    let (address, folder) = whereabouts(&arguments)?;
    let declared = match folder {
        Some(folder) => declared(policies::load(&folder)?),
        None => BTreeMap::new(),
    };
    let settings = ScanSettings { address, schemas: arguments.schema, rows: arguments.sample_rows };
    let bar = std::io::stderr().is_terminal().then(bar);
    let progress = |done: usize, of: usize| {
        if let Some(bar) = &bar {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let found = match runtime {
        Ok(runtime) => runtime.block_on(scan(&settings, &declared, progress)),
        Err(error) => Err(Fault::new(Code::CFG_002, format!("no runtime: {error}"))),
    };
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    found.map_err(|fault| vec![fault])
}

/// The database, and the folder of the policies if there is one.
fn whereabouts(arguments: &ScanArguments) -> Result<(Address, Option<PathBuf>), Vec<Fault>> {
    let parse = |url: &str| Address::parse(url).map_err(|fault| vec![fault]);
    let own = arguments.policies.clone();
    if let Some(url) = &arguments.database_url {
        return Ok((parse(url)?, own));
    }
    if let Some(config) = &arguments.config {
        let settings = settings::load(config)?;
        let source = super::run::followed(&settings).map_err(|fault| vec![fault])?;
        return Ok((source.address, own.or(Some(settings.policies))));
    }
    match std::env::var("DATABASE_URL") {
        Ok(url) => Ok((parse(&url)?, own)),
        Err(_) => {
            let message = "which database? Give --database-url or --config, or set DATABASE_URL";
            super::Arguments::command().error(ErrorKind::MissingRequiredArgument, message).exit()
        }
    }
}

/// What the pack declares, by table.
fn declared(policies: crate::policy::Policies) -> BTreeMap<TableName, Declared> {
    let tables = policies.pack.tables.iter();
    tables.map(|(name, mapping)| (name.clone(), mapping.columns.clone())).collect()
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("scan {bar:30} {pos} of {len} tables");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
