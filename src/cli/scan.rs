//! `lawtail scan`: where a database holds personal data, without following it.

pub(super) mod show;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;
use indicatif::{ProgressBar, ProgressStyle};

use super::faults;
use crate::model::{Code, Fault, limits};
use crate::policy::Policies;
use crate::shell::source::postgres::{Address, Found, Mapped, ScanSettings, scan};
use crate::shell::{policies, settings};

/// Arguments of `lawtail scan`.
#[derive(clap::Args)]
pub struct ScanArguments {
    #[command(flatten)]
    target: Target,
    /// How to write the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What to look at, and with whose eyes.
#[derive(clap::Args)]
pub(super) struct Target {
    /// The database; otherwise that of the settings, otherwise that of the variable DATABASE_URL
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    database_url: Option<String>,
    /// Settings with database and policies
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Only this schema; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) schema: Vec<String>,
    /// Folder of policies whose pack declares what columns hold
    #[arg(long, value_name = "DIR")]
    pub(super) policies: Option<PathBuf>,
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
    match look(arguments.target) {
        Ok((found, _)) => {
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

/// Looks at the database, with the pack of the policies if there are any.
pub(super) fn look(target: Target) -> Result<(Found, Option<Policies>), Vec<Fault>> {
    let (address, folder) = whereabouts(&target)?;
    let policies = folder.map(|folder| policies::load(&folder)).transpose()?;
    let mapped = policies.as_ref().map(|it| Mapped::by(&it.pack)).unwrap_or_default();
    let settings = ScanSettings { address, schemas: target.schema, rows: target.sample_rows };
    let bar = std::io::stderr().is_terminal().then(bar);
    let progress = |done: usize, of: usize| {
        if let Some(bar) = &bar {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let found = match runtime {
        Ok(runtime) => runtime.block_on(scan(&settings, &mapped, progress)),
        Err(error) => Err(Fault::new(Code::CFG_002, format!("no runtime: {error}"))),
    };
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    found.map(|found| (found, policies)).map_err(|fault| vec![fault])
}

/// The database, and the folder of the policies if there is one.
fn whereabouts(target: &Target) -> Result<(Address, Option<PathBuf>), Vec<Fault>> {
    let parse = |url: &str| Address::typed(url).map_err(|fault| vec![fault]);
    let own = target.policies.clone();
    if let Some(url) = &target.database_url {
        return Ok((parse(url)?, own));
    }
    if let Some(config) = &target.config {
        let settings = settings::load(config)?;
        let source = super::run::followed(&settings).map_err(|fault| vec![fault])?;
        return Ok((source.address, own.or(Some(settings.policies.folder))));
    }
    match std::env::var("DATABASE_URL") {
        Ok(url) => Ok((parse(&url)?, own)),
        Err(_) => {
            let message = "which database? Give --database-url or --config, or set DATABASE_URL";
            super::Arguments::command().error(ErrorKind::MissingRequiredArgument, message).exit()
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("scan {bar:30} {pos} of {len} tables");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
