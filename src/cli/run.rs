//! `lawtail run`: the daemon.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{Level, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::copy_bar;
use super::faults;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Code, Fault};
use crate::shell::core_dumps;
use crate::shell::daemon::{Following, Watchers, follow};
use crate::shell::policies::{self, Changes, Watched};
use crate::shell::publisher::{KafkaPublisher, KafkaSettings};
use crate::shell::settings::{self, Kafka, Log, LogFormat, PolicyFolder, Settings};
use crate::shell::settings::{Publish, Webhook};
use crate::shell::signing::Signing;
use crate::shell::source::postgres::{Address, SourceSettings};
use crate::shell::store::{EncryptionKey, StoreSettings};
use crate::shell::webhook::{Receiver, WebhookSettings};

/// What Kafka refuses for itself is kept here, in the store's folder.
const DEAD_LETTERS: &str = "dead-letters.jsonl";

/// Arguments of `lawtail run`.
#[derive(clap::Args)]
pub struct RunArguments {
    /// The settings (deploy/lawtail.yaml is a commented example)
    #[arg(short, long, value_name = "FILE", default_value = "lawtail.yaml")]
    config: PathBuf,
}

/// Runs until SIGTERM or Ctrl-C; SIGHUP reads the policies anew, and so does a change where asked for.
pub fn run(arguments: RunArguments) -> ExitCode {
    // Before any secret is read.
    if let Err(error) = core_dumps::forbid() {
        let fault = Fault::new(Code::CFG_002, format!("core dumps cannot be turned off: {error}"));
        return faults::show(&[fault.help("allow lawtail prctl(2)")]);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    // Until the settings are read, nobody has asked for another format.
    let mut format = LogFormat::Text;
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(until_told(&arguments.config, &mut format)),
        Err(error) => Err(vec![Fault::new(Code::CFG_002, format!("no runtime: {error}"))]),
    };
    match (outcome, format) {
        (Ok(()), _) => ExitCode::SUCCESS,
        (Err(found), LogFormat::Text) => faults::show(&found),
        (Err(found), LogFormat::Json) => log(&found),
    }
}

/// Faults that end the process, for whoever reads one object a line.
fn log(found: &[Fault]) -> ExitCode {
    for fault in found {
        let place = fault.place.as_ref().map(ToString::to_string).unwrap_or_default();
        error!(code = %fault.code, place, cause = fault.cause, remedy = fault.remedy(), "{}", fault.code.title());
    }
    ExitCode::FAILURE
}

async fn until_told(config: &Path, format: &mut LogFormat) -> Result<(), Vec<Fault>> {
    let alone = |fault| vec![fault];
    // Before all that takes time: a signal that nobody listens to ends the process, SIGHUP as well.
    let asked = told_to_reload().map_err(alone)?;
    let stop = told_to_stop().map_err(alone)?;
    let settings = settings::load(config)?;
    *format = settings.log.format;
    let following = load(settings, asked)?;
    let (listening, _) = oneshot::channel();
    let (copy, progress) = watch::channel(None);
    let bar = std::io::stderr().is_terminal().then(|| tokio::spawn(copy_bar::draw(progress)));
    let result = follow(following, Watchers { listening, copy }, stop).await;
    if let Some(bar) = bar {
        bar.abort();
    }
    result.map_err(alone)
}

/// What is to be followed; `asked` says when the policies are to be read again.
fn load(settings: Settings, asked: mpsc::Receiver<()>) -> Result<Following, Vec<Fault>> {
    start_logging(settings.log);
    for fault in &settings.open_secrets {
        warn!(code = %fault.code, remedy = fault.remedy(), "a secret is open to others: {fault}");
    }
    let PolicyFolder { folder, reload_on_change } = settings.policies.clone();
    // Before they are loaded: what changes meanwhile is a change.
    let changes = reload_on_change.then(|| Changes::since(&folder));
    let mut following = prepare(settings)?;
    following.watched = Some(Watched { folder, asked, changes });
    Ok(following)
}

fn listen(kind: SignalKind) -> Result<Signal, Fault> {
    signal(kind).map_err(|error| Fault::new(Code::CFG_002, format!("no signals: {error}")))
}

/// Something comes with each SIGHUP; one that comes while another waits says nothing more.
fn told_to_reload() -> Result<mpsc::Receiver<()>, Fault> {
    let mut hangup = listen(SignalKind::hangup())?;
    let (ask, asked) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() && !ask.is_closed() {
            let _ = ask.try_send(());
        }
    });
    Ok(asked)
}

/// Ready when SIGTERM or Ctrl-C has come.
fn told_to_stop() -> Result<impl Future<Output = ()>, Fault> {
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => info!("SIGTERM: stopping"),
            _ = interrupt.recv() => info!("interrupted: stopping"),
        }
    })
}

/// What the settings ask to be followed.
pub(super) fn followed(settings: &Settings) -> Result<SourceSettings, Fault> {
    let database = &settings.database;
    let address = Address::parse(database.url.expose_secret())?;
    let address = match &database.password {
        Some(password) => address.with_password(password.clone()),
        None => address,
    };
    let (slot, publication) = (database.slot.clone(), database.publication.clone());
    let folder = settings.store.folder.clone();
    Ok(SourceSettings {
        failover: database.failover_slot,
        breaker: settings.circuit_breaker.clone(),
        ..SourceSettings::new(address, slot, publication, folder)
    })
}

/// From settings to parts; every fault of settings and policies at once.
fn prepare(settings: Settings) -> Result<Following, Vec<Fault>> {
    let source = followed(&settings);
    let Publish { file, rotate, kafka, webhook } = settings.publish;
    let kafka = kafka
        .map(|kafka| {
            let set_aside = Some(settings.store.folder.join(DEAD_LETTERS));
            let wanted = kafka_settings(kafka, &settings.database.slot);
            KafkaPublisher::new(KafkaSettings { set_aside, ..wanted })
        })
        .transpose();
    let evidence = &settings.evidence;
    let signing = Signing::read(evidence.signing_key.as_deref(), evidence.retiring_key.as_deref());
    let policies = policies::load(&settings.policies.folder);
    let store = stored(&settings.store);
    let webhook = webhook.map(webhook_settings).transpose();
    match (source, kafka, signing, policies, store, webhook) {
        (Ok(source), Ok(kafka), Ok(signing), Ok(policies), Ok(store), Ok(webhook)) => {
            Ok(Following {
                source,
                policies,
                watched: None,
                store,
                pseudonyms: Pseudonymizer::new(settings.pseudonym_key.expose_secret()),
                events: file,
                rotate,
                kafka,
                webhook,
                listen: settings.http.listen,
                tokens: settings.http.tokens,
                signing,
                slot_budget: settings.slot_budget,
            })
        }
        (source, kafka, signing, policies, store, webhook) => {
            let single = source.err().into_iter().chain(kafka.err()).chain(signing.err());
            let single = single.chain(store.err()).chain(webhook.err());
            Err(single.chain(policies.err().into_iter().flatten()).collect())
        }
    }
}

/// Where the store lies, with its key.
pub(super) fn stored(settings: &settings::Store) -> Result<StoreSettings, Fault> {
    let key = settings.encryption_key.as_deref().map(EncryptionKey::load).transpose()?;
    let (folder, cache_bytes) = (settings.folder.clone(), settings.cache_bytes);
    Ok(StoreSettings { folder, cache_bytes, key: key.map(Arc::new) })
}

pub(super) fn webhook_settings(webhook: Webhook) -> Result<WebhookSettings, Fault> {
    let receiver = Receiver::new(&webhook.url, webhook.authorities.as_deref())?;
    Ok(WebhookSettings { receiver, secret: webhook.secret, when: webhook.when })
}

/// `slot` is the one that is followed.
pub(super) fn kafka_settings(kafka: Kafka, slot: &str) -> KafkaSettings {
    let revealed =
        |(name, value): (String, secrecy::SecretString)| (name, value.expose_secret().to_owned());
    KafkaSettings {
        partitions: i32::from(kafka.partitions),
        replication: kafka.replication.map(i32::from),
        exactly_once: kafka.exactly_once,
        slot: slot.to_owned(),
        properties: kafka.properties.into_iter().map(revealed).collect(),
        ..KafkaSettings::new(kafka.brokers.join(","), kafka.prefix)
    }
}

/// Logs go to standard error; `RUST_LOG` is not read, so that what is logged is what the settings
/// say.
fn start_logging(log: Log) {
    // What libraries have to say is for us, unless something is wrong; and it may quote values.
    let others = log.level.min(Level::WARN);
    let wanted = Targets::new().with_default(others).with_target("lawtail", log.level);
    let lines = fmt::layer().with_target(false).with_writer(std::io::stderr);
    // One filter for everything: one of a layer alone loses the next event of a thread on which a library has
    // asked whether it should log at all, as the client of Kafka does.
    let registry = tracing_subscriber::registry().with(wanted);
    match log.format {
        LogFormat::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal());
            registry.with(lines).init();
        }
        LogFormat::Json => {
            registry.with(lines.json().flatten_event(true)).init();
        }
    }
}
