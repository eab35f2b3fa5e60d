//! `lawtail demo`: a throwaway PostgreSQL with a realistic CRM, live traffic with seeded faults,
//! and the daemon on it.

mod cast;
mod daemon;
mod data;
mod dice;
mod faults;
mod history;
mod load;
mod locales;
mod people;
mod play;
mod progress;
mod scoreboard;
mod screen;
mod sighting;
mod statements;
mod traffic;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::model::{Code, Fault};

/// What a person may choose.
#[derive(clap::Args, Clone, Debug)]
pub struct DemoArguments {
    /// Stop after so many seconds of traffic, and compare what was seeded with what was found
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub seconds: Option<u64>,
    /// Contacts in the CRM
    #[arg(long, value_name = "N", default_value_t = 20_000,
          value_parser = clap::value_parser!(u32).range(i64::from(cast::FEWEST_CONTACTS)..=500_000))]
    pub contacts: u32,
    /// The same seed plays the same demonstration
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Leave database, store and events behind, and say where
    #[arg(long)]
    pub keep: bool,
}

/// What the daemon is given in order to follow the demonstration.
#[derive(Clone)]
pub struct Followed {
    /// Connection URL of the least-privileged role `lawtail`, password included.
    pub database_url: String,
    /// Replication slot; the daemon creates it.
    pub slot: String,
    /// Publication; it is there.
    pub publication: String,
    /// Policy documents by path.
    pub policies: BTreeMap<String, String>,
    /// Folder of the store, which does not exist yet.
    pub store: PathBuf,
    /// File of the published events, as JSON lines, which does not exist yet.
    pub events: PathBuf,
    /// Address for metrics; port 0 asks for any that is free.
    pub listen: SocketAddr,
    /// Key of the pseudonyms.
    pub pseudonym_key: Vec<u8>,
}

/// Plays the demonstration.
///
/// Success means: stopped on request, or, after `--seconds`, everything seeded was found and
/// nothing else.
pub fn run(arguments: DemoArguments) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(Code::DEM_001, format!("no runtime: {error}")))
        .and_then(|runtime| {
            runtime.block_on(async { play::play(&arguments, interruption()?).await })
        });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => crate::cli::faults::show(&[fault]),
    }
}

/// Becomes `true` when somebody asks us to stop: Ctrl-C, or SIGTERM.
fn interruption() -> Result<watch::Receiver<bool>, Fault> {
    let listen = |kind| {
        signal(kind).map_err(|error| Fault::new(Code::DEM_001, format!("no signals: {error}")))
    };
    let (mut interrupt, mut terminate) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        // Whoever waits may be gone already.
        let _ = sender.send(true);
        // Signals after the first change nothing: stopping is under way.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}
