//! `lawtail prove`: that one event was published, for whoever does not have the others.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::faults;
use crate::model::{Code, Fault};
use crate::wire::CloudEvent;
use crate::wire::chain::Proof;
use crate::wire::lines;

/// Write the proof that an event is covered by a signed checkpoint.
///
/// `lawtail verify --proof FILE` checks it without the other events.
#[derive(Debug, clap::Args)]
pub struct ProveArguments {
    /// Id of the event (CloudEvents `id`).
    event: String,
    /// Files of JSON lines that hold the event, what was published with it, and the topic
    /// `evidence`; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Prints the proof as JSON.
pub fn run(arguments: ProveArguments) -> ExitCode {
    match prove(&arguments) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(fault) => faults::show(&[fault]),
    }
}

fn prove(arguments: &ProveArguments) -> Result<String, Fault> {
    let mut events = Vec::new();
    for file in &arguments.files {
        read(file, &mut events).map_err(|error| {
            Fault::new(Code::EVD_003, format!("{} cannot be read: {error}", file.display()))
        })??;
    }
    let proof = Proof::of(&arguments.event, events)?;
    Ok(serde_json::to_string_pretty(&proof).expect("proofs have text keys and no floats"))
}

fn read(file: &Path, events: &mut Vec<CloudEvent>) -> io::Result<Result<(), Fault>> {
    let input: Box<dyn BufRead> = match file.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::new(File::open(file)?)),
    };
    for line in input.split(b'\n') {
        match lines::decode(line?.trim_ascii_end()) {
            Ok(event) => events.push(event),
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(()))
}
