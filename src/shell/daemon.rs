//! The daemon: the production loop with its real parts.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::attestation::{self, Attestation};
use super::clock::SystemClock;
use super::contract::Store;
use super::desk::Desk;
use super::http;
use super::http::api::{Api, Token};
use super::monitor::Monitor;
use super::pipeline::{CHAIN_MEMORY, Parts, Pipeline};
use super::policies;
use super::publisher::{FilePublisher, KafkaPublisher, Publishers};
use super::service_manager;
use super::signing::Signing;
use super::source::postgres::{
    CopyProgress, Observed, PostgresSource, Resume, SourceSettings, SourceStatus,
};
use super::store::{FjallStore, Identity, StoreSettings};
use super::webhook::{Webhook, WebhookSettings};
use crate::engine::Engine;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Fault, Table};
use crate::policy::Policies;
use crate::wire::chain::Stream;
use crate::wire::{Chain, Origin};

/// Between two log lines about the initial copy.
const COPY_REPORTS: Duration = Duration::from_secs(10);

/// What to follow, by which policies, and where to.
pub struct Following {
    /// The database.
    pub source: SourceSettings,
    /// The policies in force.
    pub policies: Policies,
    /// Where they are read anew from, if they ever are.
    pub watched: Option<policies::Watched>,
    /// Where state is kept.
    pub store: StoreSettings,
    /// Makes the references.
    pub pseudonyms: Pseudonymizer,
    /// The file that events go to.
    pub events: Option<PathBuf>,
    /// Bytes of that file from which on another is begun.
    pub rotate: Option<u64>,
    /// The Kafka that events go to.
    pub kafka: Option<KafkaPublisher>,
    /// Takes critical incidents beside the others.
    pub webhook: Option<WebhookSettings>,
    /// Address of metrics, health and incidents.
    pub listen: SocketAddr,
    /// Who may ask about incidents and judge them.
    pub tokens: Vec<Token>,
    /// The keys that events are signed with.
    pub signing: Signing,
    /// Log that the server may keep for us, in bytes.
    pub slot_budget: u64,
}

/// Who wants to know what.
pub struct Watchers {
    /// Is told the address of metrics and health as soon as they are served.
    pub listening: oneshot::Sender<SocketAddr>,
    /// Is told how the initial copy goes.
    pub copy: watch::Sender<Option<CopyProgress>>,
}

/// Follows the database until `stop` is ready.
///
/// # Errors
/// The first fault that keeps it from starting, or one that does not mend itself later. Nothing is
/// lost: the next start continues where the store stands.
pub async fn follow(
    following: Following,
    watchers: Watchers,
    stop: impl Future<Output = ()>,
) -> Result<(), Fault> {
    let mut stop = pin!(service_manager::said_before(stop));
    let store = FjallStore::open(&following.store)?;
    let folder = following.store.folder;
    // The file has one writer: whoever holds the store.
    let file = following.events.as_deref().map(FilePublisher::open).transpose()?;
    let file = file.map(|file| file.rotating(following.rotate));
    let publishers = Publishers::new(file, following.kafka);
    let monitor = Arc::new(Monitor::new(&following.policies, Arc::new(SystemClock)));
    let (running, waiting) = Engine::pending(store.view())?;
    let requests = Engine::requests(store.view())?;
    monitor.restore(&running, (waiting, &requests), store.undelivered());
    monitor.permissions(&Engine::permissions(store.view())?);
    monitor.slot_budget(following.slot_budget);
    let (desk, questions) = Desk::open();
    let _reading = following.watched.map(|it| Reading(tokio::spawn(it.follow(desk.clone()))));
    let api = Api::new(desk, following.tokens, Arc::new(SystemClock));
    let server = http::Server::start(following.listen, Arc::clone(&monitor), api).await?;
    info!(address = %server.address(), "serving metrics and health");
    // Whoever asked may be gone; that is no reason not to run.
    let _ = watchers.listening.send(server.address());
    let _telling = service_manager::tell(Arc::clone(&monitor));

    let slot = following.source.slot.clone();
    let source = tokio::select! {
        // Reaching the database may take longer than a stop may.
        () = &mut stop => return Ok(()),
        source = PostgresSource::start(following.source, resume(&store, &following.policies)?) => source?,
    };
    fit(&following.policies, &source)?;
    let system = source.system().clone();
    let identity = Identity { system: system.identifier.clone(), timeline: system.timeline };
    let slot_budget = following.slot_budget;
    let attestation = Attestation::new(folder.join(attestation::FILE));
    let monitoring = Arc::clone(&monitor);
    let report = Report { copy: watchers.copy, monitor: monitoring, attestation, slot_budget };
    let watching = tokio::spawn(report.run(source.status()));

    let name = format!("{}/{}", system.identifier, system.database);
    let engine = Engine::new(Arc::new(following.policies), following.pseudonyms, name).fitted();
    let origin = Origin { system: system.identifier, database: system.database };
    let memory = store.view().get(CHAIN_MEMORY)?;
    let Signing { key, retiring } = following.signing;
    let chain = Chain::resume(&store.chain_heads()?, memory.as_deref())?.signing(key, retiring)?;
    let chain = chain.following(Stream { slot, publication: digest(source.tables()) });
    let webhook = following.webhook.map(|settings| {
        Webhook::start(settings, store.view(), Arc::clone(&monitor), Arc::new(SystemClock))
    });
    let webhook = webhook.transpose()?;
    if let (Some(webhook), true) = (&webhook, store.outbox(1)?.is_empty()) {
        webhook.all_is_published();
    }
    let parts =
        Parts { engine, chain, origin, identity, monitor: Arc::clone(&monitor), slot_budget };
    let pipeline = Pipeline::resume(parts, source, store)?.answering(questions);
    let mut pipeline = pipeline.telling(webhook);
    let result = pipeline.run(publishers, stop).await;
    watching.abort();
    monitor.stopped();
    pipeline.into_source().stop().await;
    server.stop().await;
    result
}

/// What a publication contains, as one value: SHA-256 over `schema.table` and the names of its columns
/// as JSON, a line for each table, sorted. Hexadecimal.
fn digest(tables: &[Table]) -> String {
    let line = |table: &Table| {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let columns = serde_json::to_string(&columns).expect("names are text");
        format!("{} {columns}\n", table.name)
    };
    let mut lines: Vec<String> = tables.iter().map(line).collect();
    lines.sort_unstable();
    let bytes: [u8; 32] = Sha256::digest(lines.concat()).into();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The task that reads policies; it ends with the daemon.
struct Reading(JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Where the store says that the stream goes on.
fn resume(store: &FjallStore, policies: &Policies) -> Result<Option<Resume>, Fault> {
    let (checkpoint, identity) = (store.checkpoint()?, store.identity()?);
    let copies = Engine::copy_memory(store.view(), policies)?;
    Ok(checkpoint.zip(identity).map(|(checkpoint, identity)| Resume {
        checkpoint,
        system_identifier: identity.system,
        timeline: identity.timeline,
        copies,
    }))
}

/// Tells metrics, log and whoever draws a bar how the source is doing.
struct Report {
    copy: watch::Sender<Option<CopyProgress>>,
    monitor: Arc<Monitor>,
    attestation: Attestation,
    slot_budget: u64,
}

impl Report {
    async fn run(mut self, mut status: watch::Receiver<SourceStatus>) {
        let mut observed = None;
        let mut reported = tokio::time::Instant::now();
        let mut copying = false;
        loop {
            let now = status.borrow_and_update().clone();
            self.monitor.connected(now.streaming || now.copy.is_some());
            self.monitor.copying(now.copy.as_ref());
            if let Some(progress) = &now.copy {
                if !copying || reported.elapsed() >= COPY_REPORTS {
                    reported = tokio::time::Instant::now();
                    say_copy(progress);
                    self.say_over_budget(now.retained_bytes);
                }
            } else if copying {
                info!("copy done");
            }
            copying = now.copy.is_some();
            if let Some(slot) = &now.slot {
                self.monitor.slot(slot, now.outlook);
            }
            self.attest(now.observed, &mut observed);
            self.copy.send_replace(now.copy);
            if status.changed().await.is_err() {
                return;
            }
        }
    }

    /// Compares what the database is like now with what it was like, when it was looked at anew.
    fn attest(&mut self, now: Option<Arc<Observed>>, last: &mut Option<Arc<Observed>>) {
        let Some(now) = now else { return };
        if !last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &now)) {
            self.monitor.attested(&self.attestation.take(&now));
            *last = Some(now);
        }
    }

    /// While rows are copied nothing can be acknowledged, so there is no giving way either.
    fn say_over_budget(&self, retained_bytes: u64) {
        if retained_bytes > self.slot_budget {
            warn!(
                retained_bytes,
                budget_bytes = self.slot_budget,
                "slot_budget passed while copying: the database keeps this much log for the slot \
                 until the copy is done; if its disk gets short, stop lawtail and drop the slot"
            );
        }
    }
}

fn say_copy(progress: &CopyProgress) {
    info!(
        rows = progress.rows,
        estimated_rows = progress.estimated_rows,
        bytes = progress.bytes,
        tables_done = progress.tables_done,
        tables = progress.tables,
        left_seconds = progress.left.map(|left| left.as_secs()),
        "copying"
    );
}

/// A pack that names columns which the database does not publish would leave everything undecided
/// in silence; a table that is not published is only not seen.
fn fit(policies: &Policies, source: &PostgresSource) -> Result<(), Fault> {
    let published = source.tables();
    for name in policies.pack.tables.keys() {
        if !published.iter().any(|table| table.name == *name) {
            warn!(table = %name, "the pack maps a table that the publication does not contain");
        }
    }
    let fits = |table: &Table| policies.pack.fits(table).and_then(|()| policies.own.fits(table));
    published.iter().try_for_each(fits)
}
