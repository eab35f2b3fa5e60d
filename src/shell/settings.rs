//! The daemon's settings: `lawtail.yaml`, first as typed, then checked.
//!
//! The order is: parse the YAML, replace `${NAME}` in its texts by environment variables, read
//! what is there, collect every fault. A secret is a [`SecretString`] from the moment it is read.

mod read;
mod substitution;
mod webhook;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::{SecretSlice, SecretString};

pub use self::webhook::Webhook;
use crate::model::{Code, Fault, Place};
use crate::policy::document::node;
use crate::policy::document::reader::Reader;
use crate::shell::http::api::Token;
use crate::shell::secret_file::{self, Secret};
use crate::shell::source::postgres::{CircuitBreaker, CopySettings, FailoverSlot};

/// Everything the daemon is told.
#[derive(Debug)]
pub struct Settings {
    /// The followed database.
    pub database: Database,
    /// The policies.
    pub policies: PolicyFolder,
    /// Where state is kept.
    pub store: Store,
    /// How rows that are there already are copied.
    pub copy: CopySettings,
    /// Key of all pseudonyms, at least [`PSEUDONYM_KEY_BYTES`] long.
    pub pseudonym_key: SecretSlice<u8>,
    /// Where events go: to the file, to Kafka, or to both.
    pub publish: Publish,
    /// How events are vouched for.
    pub evidence: Evidence,
    /// Metrics, health and incidents over HTTP.
    pub http: Http,
    /// Bytes of write-ahead log that the slot may hold back before the CRM's disk comes first.
    pub slot_budget: u64,
    /// What is done about an open transaction that raises an alarm.
    pub circuit_breaker: CircuitBreaker,
    /// How the daemon logs.
    pub log: Log,
    /// Secrets in files that others may read.
    pub open_secrets: Vec<Fault>,
}

/// The followed database.
#[derive(Debug)]
pub struct Database {
    /// PostgreSQL URL or `key=value` string.
    pub url: SecretString,
    /// Password, when it does not stand in the URL.
    pub password: Option<SecretString>,
    /// Name of the replication slot.
    pub slot: String,
    /// Name of the publication.
    pub publication: String,
    /// Whether standbys shall keep a copy of the slot.
    pub failover_slot: FailoverSlot,
}

/// The policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFolder {
    /// Folder.
    pub folder: PathBuf,
    /// Whether a change of its files is taken over unasked, once they have come to rest.
    pub reload_on_change: bool,
}

/// Where state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Folder.
    pub folder: PathBuf,
    /// Memory for cached blocks, in bytes.
    pub cache_bytes: u64,
    /// File of the key that encrypts it; without one it is not encrypted.
    pub encryption_key: Option<PathBuf>,
}

/// Where events go; at least one is set.
#[derive(Debug)]
pub struct Publish {
    /// A file of JSON lines.
    pub file: Option<PathBuf>,
    /// Bytes of that file from which on another is begun; never when `None`.
    pub rotate: Option<u64>,
    /// Kafka.
    pub kafka: Option<Kafka>,
    /// For critical incidents, beside the others.
    pub webhook: Option<Webhook>,
}

/// Kafka as a receiver.
#[derive(Debug)]
pub struct Kafka {
    /// `host:port` of at least one broker.
    pub brokers: Vec<String>,
    /// Topics are called `<prefix>.findings` and so on.
    pub prefix: String,
    /// Partitions of a topic that has to be created.
    pub partitions: u16,
    /// Replicas of a topic that has to be created; `None` leaves it to the brokers.
    pub replication: Option<u16>,
    /// Whether events are published in transactions.
    pub exactly_once: bool,
    /// Further properties of librdkafka. All are treated as secrets, since some are.
    pub properties: BTreeMap<String, SecretString>,
}

/// How events are vouched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// File of the key that signs events; without it they are chained and not signed.
    pub signing_key: Option<PathBuf>,
    /// File of the key that signed until now, where the one above takes over from it.
    pub retiring_key: Option<PathBuf>,
}

/// Metrics, health and incidents over HTTP.
#[derive(Debug)]
pub struct Http {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Who may ask about incidents and judge them; nobody when empty.
    pub tokens: Vec<Token>,
}

/// How the daemon logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// Form of a line.
    pub format: LogFormat,
    /// Least important level that is written.
    pub level: tracing::Level,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Least length of the pseudonym key: the output length of SHA-256 (RFC 2104 §3).
pub const PSEUDONYM_KEY_BYTES: usize = 32;

/// What settings refer to outside of their file.
pub struct Surroundings<'a> {
    /// An environment variable by its name.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// A secret's file; a fault when it cannot be read or anybody may write it.
    pub secret: &'a dyn Fn(&Path) -> Result<Secret, Fault>,
}

impl Surroundings<'_> {
    /// The process's own environment and disk.
    pub fn own() -> Surroundings<'static> {
        Surroundings {
            variable: &|name| std::env::var(name).ok(),
            secret: &|path| secret_file::read_or_warn(path, Code::CFG_003),
        }
    }
}

/// Reads the settings of a file. Relative paths in it are relative to its folder.
///
/// # Errors
///
/// Every fault at once, with its place: `CFG-001` the file cannot be read, `CFG-002` a setting is
/// wrong, `CFG-003` a secret is missing.
pub fn load(path: &Path) -> Result<Settings, Vec<Fault>> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let place = Place { file: file.clone(), ..Place::default() };
        let fault = Fault::new(Code::CFG_001, error.to_string()).at(place);
        vec![match error.kind() {
            ErrorKind::NotFound => fault.help(
                "name the settings with --config; deploy/lawtail.yaml is a commented example, and \
                 docs/quick-start.md has a short one",
            ),
            ErrorKind::InvalidData => fault.help("save the file as UTF-8"),
            _ => fault,
        }]
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    read_text(&file, &text, folder, &Surroundings::own())
}

/// Reads settings from a text; the pure part of [`load`].
///
/// # Errors
///
/// As [`load`].
pub fn read_text(
    file: &str,
    text: &str,
    folder: &Path,
    surroundings: &Surroundings<'_>,
) -> Result<Settings, Vec<Fault>> {
    let mut root = node::parse(file, text, Code::CFG_001)?;
    let mut reader = Reader::new(Code::CFG_002);
    substitution::substitute(&mut root, surroundings.variable, &mut reader);
    let form = read::Form { folder, surroundings, open: RefCell::default() };
    let settings = form.settings(&mut reader, &root);
    let mut faults = reader.into_faults();
    faults.sort_by_key(|fault| fault.place.as_ref().map(|place| (place.line, place.column)));
    match settings {
        Some(settings) if faults.is_empty() => {
            Ok(Settings { open_secrets: form.open.into_inner(), ..settings })
        }
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests;
