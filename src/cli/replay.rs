//! `lawtail replay`: a recorded change journal through the engine. Same in, same out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::faults;
use crate::engine::Engine;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Batch, Code, Emission, Fault, Place};
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
}

/// Prints one line per finding, incident and gap. Exit code 1 when there was any.
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
    let text = std::fs::read_to_string(&arguments.journal).map_err(|error| {
        let place = Place { file: arguments.journal.display().to_string(), ..Place::default() };
        vec![Fault::new(Code::WIR_002, error.to_string()).at(place)]
    })?;
    let events = wire::journal::read(&text).map_err(|found| at(found, &arguments.journal))?;
    let engine =
        Engine::new(Arc::new(policies), Pseudonymizer::new(b"lawtail replay"), "replay".into());
    let decision =
        engine.decide(&BTreeMap::new(), &Batch { events }).map_err(|fault| vec![fault])?;
    let mut found = 0;
    for emission in decision.emissions() {
        let is_catalogue = matches!(emission, Emission::Catalogue(_));
        found += usize::from(!is_catalogue);
        if !is_catalogue || arguments.catalog {
            println!("{}", wire::text::line(emission));
        }
    }
    Ok(found)
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
