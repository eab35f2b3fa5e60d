//! `lawtail store`: what is done to the store while no lawtail uses it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::{faults, learn, run};
use crate::model::{Code, Fault};
use crate::shell::store::{self, EncryptionKey};
use crate::shell::{core_dumps, settings};

/// What to do to the store.
#[derive(Debug, clap::Args)]
pub struct StoreArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write the store anew under store.encryption_key of the settings: encrypts it, changes its key,
    /// or, where the settings name none, decrypts it. Prints where the former store is kept
    Rekey {
        /// The settings
        #[arg(short, long, value_name = "FILE", default_value = "lawtail.yaml")]
        config: PathBuf,
        /// The file of the key that the store has now, if it is encrypted
        #[arg(long, value_name = "FILE")]
        former_key: Option<PathBuf>,
    },
    /// Learn what is usual from a journal of the past, before lawtail starts for the first time: the
    /// statistics of SEC-009 then begin without their two weeks of warming up
    Learn {
        /// The journal (docs/journal.md)
        journal: PathBuf,
        /// The settings
        #[arg(short, long, value_name = "FILE", default_value = "lawtail.yaml")]
        config: PathBuf,
    },
}

/// Does it.
pub fn run(arguments: StoreArguments) -> ExitCode {
    // Two keys will be in memory.
    if let Err(error) = core_dumps::forbid() {
        let fault = Fault::new(Code::CFG_002, format!("core dumps cannot be turned off: {error}"));
        return faults::show(&[fault.help("allow lawtail prctl(2)")]);
    }
    let (config, former_key) = match arguments.action {
        Action::Rekey { config, former_key } => (config, former_key),
        Action::Learn { journal, config } => {
            return match learn::learn(&config, &journal) {
                Ok(number) => {
                    println!("{number} records of what is usual are in the store");
                    ExitCode::SUCCESS
                }
                Err(found) => faults::show(&found),
            };
        }
    };
    match rekey(&config, former_key.as_deref()) {
        Ok(backup) => {
            println!("{}", backup.display());
            eprintln!(
                "the store is written anew; this is the former one, under its former key if it had \
                 one: remove it when lawtail runs"
            );
            ExitCode::SUCCESS
        }
        Err(found) => faults::show(&found),
    }
}

fn rekey(config: &Path, former: Option<&Path>) -> Result<PathBuf, Vec<Fault>> {
    let settings = settings::load(config)?;
    let rekeyed = || {
        let former = former.map(EncryptionKey::load).transpose()?.map(Arc::new);
        store::rekey(&run::stored(&settings.store)?, former.as_ref())
    };
    rekeyed().map_err(|fault| vec![fault])
}
