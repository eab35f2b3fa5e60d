//! `lawtail key`: the keys that evidence is signed with.

use std::path::PathBuf;
use std::process::ExitCode;

use super::faults;
use crate::shell::signing;

/// What to do about keys.
#[derive(Debug, clap::Args)]
pub struct KeyArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a signing key (Ed25519, PKCS#8 in PEM) in a new file; prints its public key
    New {
        /// The file, which must not be there yet.
        file: PathBuf,
    },
    /// Print the public key of a signing key, in PEM; its id goes to standard error
    Public {
        /// The file of the signing key.
        file: PathBuf,
    },
}

/// Makes or shows a key.
pub fn run(arguments: KeyArguments) -> ExitCode {
    let key = match &arguments.action {
        Action::New { file } => signing::create(file),
        Action::Public { file } => signing::load(file),
    };
    match key {
        Ok(key) => {
            let public = key.public();
            eprintln!("key {}", public.id());
            print!("{}", public.to_pem());
            ExitCode::SUCCESS
        }
        Err(fault) => faults::show(&[fault]),
    }
}
